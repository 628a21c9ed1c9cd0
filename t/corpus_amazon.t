# Amazon's documents of the shared corpus: those of a pack's kind translate without a warning, every time in
# them that says when something was or will be comes out, no two records have one id; the others are refused,
# with the reason beside. The corpus is not part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -d "$corpus/wms/amazon";
chdir root();

sub list { return map { ref $_ eq 'ARRAY' ? @$_ : $_ } grep { defined } @_ }

# mapping, files, how many records, the times of a document
my @kinds = (
    ['amazon-vendor-orders', 'orders/amazon/*/*purchaseOrders*', 2, sub {
        map { @{ $_->{orderDetails} }{qw(purchaseOrderDate purchaseOrderChangedDate)}, split /--/, $_->{orderDetails}{shipWindow} }
            list($_[0]{payload}{orders});
    }],
    ['amazon-shipments', 'wms/amazon/*/externalFulfillmentShipments*', 1,
        sub { ($_[0]{creationDateTime}, $_[0]{earliestPackDateTime}, $_[0]{shippingInfo}{expectedShippingDateTimeInUTC}) }],
    ['amazon-returns', 'returns/amazon/*/externalFulfillmentReturns*', 2, sub { map { $_->{creationDateTime} } list($_[0]{returns}) }],
    ['amazon-returns', 'returns/amazon/*/4_externalFulfillmentReturns*', 1, sub { map { $_->{creationDateTime} } list($_[0]{returns}) }],
    ['amazon-fulfillment', 'wms/amazon/*/FBAOutbound*', 1, sub { $_[0]{EventTime} }],
    ['amazon-fulfillment', 'wms/amazon/*/FulfillmentOrderStatus*', 3, sub {
        my $of = $_[0]{Payload}{FulfillmentOrderStatusNotification};
        ($of->{StatusUpdatedDateTime}, $of->{FulfillmentShipment}{EstimatedArrivalDateTime}, $of->{FulfillmentReturnItem}{ReceivedDateTime});
    }],
    ['amazon-inventory', 'wms/amazon/*/ItemInventory*', 1, sub { map { $_->{endTime} } list($_[0]{payload}{itemInventoryEventChanges}) }],
);

my %refused = (
    'wms/amazon/*/*fulfillmentOrders_get*' => 'what was ordered, as it was ordered',
    'wms/amazon/*/*returnReasonCodes*' => 'a list of codes',
    'wms/amazon/*/*tracking_get*' => 'events by codes that are not documented well enough',
);
my @mappings = grep { $_ ne 'amazon-milestones' } map { m{([^/]+)\.yaml$} } glob 'lua-free-policies/mappings/amazon-*.yaml';

# 2024-05-14T11:02:00.000Z, 2024-05-14 11:02:00Z → 20240514110200
sub digits { return substr($_[0] =~ s/[.]\d+//r =~ s/\D//gr, 0, 14) }

for my $kind (@kinds) {
    my ($mapping, $files, $n, $times) = @$kind;
    my @paths = glob "$corpus/$files";

    is(scalar @paths, 1, "$files: in the corpus");
    my ($code, $out, $err) = ctl_run('map', $mapping, $paths[0]);
    my %ids = map { decode_json($_)->{id} => 1 } split /\n/, $out;
    my %told = map { digits($_) => 1 } $out =~ /"(\d{4}-\d\d-\d\dT[^"]+)"/g;

    is($code, 0, "$mapping: $files") or diag($err);
    is($err, '', 'no warning: every code is known');
    is(scalar keys %ids, $n, "$n records, each with an id of its own");
    is_deeply([grep { !$told{ digits($_) } } $times->(decode_json(slurp($paths[0])))], [], 'every time is used');
}

for my $files (sort keys %refused) {
    my @paths = glob "$corpus/$files";
    my @taken = map { my $path = $_; grep { (ctl_run('map', $_, $path))[0] == 0 } @mappings } @paths;

    is(scalar @paths, 1, "$files: in the corpus");
    is_deeply(\@taken, [], "refused: $refused{$files}");
}
done_testing();
