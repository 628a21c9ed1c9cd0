# karrio parses the same answers of carriers as our packs do: its parsed events, where the shared corpus has them beside
# the raw answer, and its tables of codes are read against ours. Where we differ stands here, with the reason; a reason
# that no longer applies fails, too. The corpus is not part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus/carrier";
my $tables = "$shared/facts/tables/carrier_status_karrio.json";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -d $corpus && -e $tables;
chdir root();

# karrio's status → the types that say the same; karrio has no more than these eleven.
my %same = (
    pending => [qw(announced)],
    picked_up => [qw(picked_up)],
    in_transit => [qw(in_transit arrived departed handed_over customs_arrived customs_cleared)],
    out_for_delivery => [qw(out_for_delivery)],
    delivered => [qw(delivered)],
    ready_for_pickup => [qw(available_for_pickup)],
    delivery_failed => [qw(delivery_attempted exception)],
    delivery_delayed => [qw(delayed)],
    on_hold => [qw(exception customs_held delayed)],
    return_to_sender => [qw(returned)],
    cancelled => [qw(cancelled)],
);

# pack, raw answer, what karrio makes of it
my @pairs = (
    ['dhl-express-xml', 'dhl_express/*/test_tracking__TrackingResponseXML.xml', 'dhl_express/*/*ParsedTrackingR*.json'],
    ['laposte', 'laposte/*/schema__tracking_response.json', 'laposte/*/*ParsedTrackingR*.json'],
    ['mydhl', 'mydhl/*/test_tracking__TrackingResponse.json', 'mydhl/*/*ParsedTrackingR*.json'],
    ['ups-track', 'ups/*/test_tracking__TrackingResponseJSON.json', 'ups/*/*ParsedTrackingR*.json'],
);

# karrio's parsed events whose raw answer is not in the corpus: code list, how it writes the code, parsed events
my @parsed = (
    ['dhl-unified-status', '%s|*', 'dhl_universal/*/*ParsedTrackingR*.json'],
    ['fedex-event', '%s', 'fedex/*/*ParsedInconsistent*.json'],
    ['hermes-de-status', '%s', 'hermes/*/*ParsedTrackingR*.json'],
    ['usps-event', '%s', 'usps/*/*ParsedTrackingR*.json'],
);

# code list, how it writes the code, karrio's table. karrio's tables of mydhl (a code in several lists) and of
# Canada Post (replaced by karrio itself, codelists/canada-post-event) are no oracle.
my @tabled = (
    ['dhl-express-event', '%s', 'dhl_express'],
    ['dpd-status', 'status|%s', 'dpd'],
    ['fedex-event', '%s', 'fedex'],
    ['gls-event', 'parcel|%s', 'gls'],
    ['hermes-de-status', '%s', 'hermes'],
    ['laposte-event', '%s', 'laposte'],
    ['sendle-event', '%s', 'sendle'],
    ['spring-event', '%s', 'spring'],
);

# pack or code list, code, karrio's status → our type, why
my %differs = (
    'dhl-express-xml PL picked_up' => ['in_transit', 'processed at a location: three times on the way'],
    'dhl-unified-status pre-transit delivered' => ['announced', 'statusCode decides, karrio reads the word'],
    'laposte ET1 out_for_delivery' => ['in_transit', '"en cours de traitement"'],
    'mydhl PU pending' => ['picked_up', '"Shipment picked up"'],
    'ups-track X|SR on_hold' => ['customs_cleared', '"released by the customs agency"'],

    'dhl-express-event CC in_transit' => ['available_for_pickup', '"awaiting pickup by recipient"'],
    'dhl-express-event CD in_transit' => ['customs_held', '"clearance delay"'],
    'dhl-express-event HP on_hold' => ['available_for_pickup', '"available on payment"'],
    'dhl-express-event PL picked_up' => ['in_transit', '"processed at location"'],
    'dhl-express-event RT delivery_failed' => ['returned', '"returned to shipper"'],
    'dhl-express-event UD delivery_delayed' => ['customs_held', '"clearance delay"'],
    'dpd-status ReturningFromDelivery out_for_delivery' => ['delivery_attempted', 'it comes back'],
    'hermes-de-status 1000 in_transit' => ['picked_up', '"left the client\'s warehouse"'],
    'laposte-event ET1 out_for_delivery' => ['in_transit', '"en cours de traitement"'],
    'sendle-event Card Left delivery_delayed' => ['delivery_attempted', 'a card is left where nobody opened'],
    'sendle-event Delivery Attempted on_hold' => ['delivery_attempted', 'the same word'],
    'sendle-event Drop Off in_transit' => ['picked_up', 'Sendle has it now'],
    'sendle-event Dropped Off in_transit' => ['picked_up', 'Sendle has it now'],
    'sendle-event Pickup in_transit' => ['picked_up', 'Sendle has it now'],
    'spring-event 101 delivered' => ['arrived', '"delivered to destination country"'],
    'spring-event 12506 return_to_sender' => ['exception', '"return received - destroyed"'],
    'spring-event 18 in_transit' => ['picked_up', '"collection"'],
    'spring-event 20 in_transit' => ['picked_up', '"accepted"'],
    'spring-event 40 on_hold' => ['customs_arrived', '"in customs"'],
    'spring-event 4106 delivery_failed' => ['cancelled', '"consignment cancelled"'],
);
my %met;
my ($agreed, $compared, $timed) = (0, 0, 0);

sub one_file {
    my ($pattern) = @_;
    my @files = glob "$corpus/$pattern";
    is(scalar @files, 1, "$pattern: one file") or return;
    return $files[0];
}

sub events_of {
    my ($value) = @_;
    return map { events_of($_) } @$value if ref $value eq 'ARRAY';
    return ref $value eq 'HASH' ? @{ $value->{events} // [] } : ();
}

sub says_the_same {
    my ($where, $code, $status, $type) = @_;
    my $key = "$where $code $status";

    $compared++;
    if (grep { $_ eq $type } @{ $same{$status} or die "karrio's $status is new" }) {
        $agreed++;
        return pass("$key: $type");
    }
    $met{$key} = 1;
    my ($expected, $why) = @{ $differs{$key} // ['what karrio says', 'no reason given'] };
    is($type, $expected, "$key: $why");
}

# karrio writes local times with a Z behind, and most of them without seconds.
sub minute_of { return $_[0] =~ /^(.{16})/ ? $1 : $_[0] }

sub list_of {
    my ($name) = @_;
    my %types = slurp("lua-free-policies/codelists/$name.yaml") =~ /^ +"?([^":#\n]+)"?: \{type: shipment\.(\w+)/mg;
    return \%types;
}

for my $pair (@pairs) {
    my ($pack, $raw, $parsed) = @$pair;
    my ($document, $theirs) = (one_file($raw), one_file($parsed));
    my ($code, $out, $err) = ctl_run('map', '--policies', 'lua-free-policies', '--partner', 'oracle', $pack, $document);
    is($code, 0, "$pack: translates") or diag($err);
    my @ours = grep { $_->{type} ne 'shipment.eta_updated' } map { decode_json($_) } split /\n/, $out;
    my @theirs = events_of(decode_json(slurp($theirs)));

    cmp_ok(scalar @theirs, '>', 0, "$pack: karrio made events of it");
    is(scalar @ours, scalar @theirs, "$pack: as many events");
    my @left = @ours;
    for my $event (@theirs) {
        my ($place) = grep {
            my $of_code = $left[$_]{src}{raw}{code} =~ /(?:^|\|)\Q$event->{code}\E(?:$|\|)/;
            $of_code && minute_of($left[$_]{local}) eq minute_of($event->{timestamp})
        } 0 .. $#left;
        ok(defined $place, "$pack: $event->{code} at " . minute_of($event->{timestamp})) or next;
        my ($ours) = splice @left, $place, 1;
        my ($type) = $ours->{type} =~ /([^.]+)$/;

        $timed++;
        says_the_same($pack, $ours->{src}{raw}{code}, $event->{status}, $type)
            if defined $event->{status};
    }
    is(scalar @left, 0, "$pack: nothing that karrio has not");
}

for my $entry (@parsed) {
    my ($list, $form, $pattern) = @$entry;
    my $types = list_of($list);
    for my $event (events_of(decode_json(slurp(one_file($pattern))))) {
        my $type = $types->{ sprintf $form, $event->{code} };
        ok(defined $type, "$list: $event->{code} is known") or next;
        says_the_same($list, $event->{code}, $event->{status}, $type) if defined $event->{status};
    }
}

my $karrio = decode_json(slurp($tables))->{carriers};
for my $entry (@tabled) {
    my ($list, $form, $carrier) = @$entry;
    my $types = list_of($list);
    my $statuses = $karrio->{$carrier}{TrackingStatus};
    my %of_code;

    cmp_ok(scalar keys %$types, '>', 0, "$list: is read");
    for my $status (sort keys %$statuses) {
        push @{ $of_code{$_} }, $status for grep { length } @{ $statuses->{$status} };
    }
    for my $code (sort keys %of_code) {
        my $type = $types->{ sprintf $form, $code } // next;
        # In two lists at once: one of them agreeing is all that can be asked.
        my ($agrees) = grep { my $s = $_; grep { $_ eq $type } @{ $same{$s} } } @{ $of_code{$code} };
        says_the_same($list, $code, $agrees // $of_code{$code}[0], $type);
    }
}

is_deeply([sort grep { !$met{$_} } keys %differs], [], 'every reason for a difference applies');
diag("$compared statuses compared with karrio's, $agreed the same, " . keys(%met)
    . " codes differ for a reason; $timed times the same");
done_testing();
