# UBL documents of the shared corpus: those of a pack's kind translate without a warning and say what they
# must; the others are refused by every mapping of UBL, with the reason beside. The corpus is not part of
# this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus/xml-ubl";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -d $corpus;
chdir root();

# mapping, file, what must stand in its record
my @kinds = (
    ['ubl-transportation-status', '*UBL-TransportationStatus-2.1*', {
        type => 'shipment.exception', occurred_at => '2011-10-06T09:29:30+01:00',
        reason => { class => 'equipment', code => 'equipment_failure' },
    }],
    ['ubl-stock', '*UBL-StockAvailabilityReport-2.1*', {
        kind => 'snapshot', number => 'SA2009', as_of => { local => '2010-04-11T08:00:00' },
    }],
);

# every mapping refuses them; why they have no pack
my %refused = (
    '*UBL-Statement-2.0*' => 'open items of an account, no document of its own',
    '*UBL-ExceptionNotification-2.1*' => 'a forecast that was missed',
    '*UBL-TransportExecutionPlan-2.1*' => 'a plan between carriers; the order and its statuses are told',
    '*UBL-Waybill-2.0*' => 'a contract of carriage; it repeats order and despatch advice',
);
my @mappings = map { m{([^/]+)\.yaml$} } glob 'lua-free-policies/mappings/ubl-*.yaml';
my %seen;

sub one {
    my ($files) = @_;
    my @paths = glob "$corpus/*/$files";
    is(scalar @paths, 1, "$files: in the corpus");
    $seen{ $paths[0] } = 1;
    return $paths[0];
}

for my $kind (@kinds) {
    my ($mapping, $files, $want) = @$kind;
    my ($code, $out, $err) = ctl_run('map', $mapping, one($files));
    my @records = map { decode_json($_) } split /\n/, $out;

    is($code, 0, "$mapping translates it") or diag($err);
    is($err, '', 'no warning: every code is known');
    is(scalar @records, 1, 'one record');
    is_deeply($records[0]{$_}, $want->{$_}, $_) for sort keys %$want;
}

for my $files (sort keys %refused) {
    my $path = one($files);
    my @taken = grep { (ctl_run('map', $_, $path))[0] == 0 } @mappings;
    is_deeply(\@taken, [], "refused: $refused{$files}");
}
is_deeply([grep { !$seen{$_} } glob "$corpus/*/*.xml"], [], 'no other file is there');
done_testing();
