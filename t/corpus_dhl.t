# Every answer of DHL Shipment Tracking – Unified of the shared corpus translates, each of its events,
# without an unknown code. The corpus is not part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus/carrier/dhl_universal";
my @answers = grep { is_answer($_) } glob "$corpus/*/*.json";

plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless @answers;
chdir root();

# karrio's own results lie there too: lists, not answers
sub is_answer {
    my ($path) = @_;
    my $tree = eval { decode_json(slurp($path)) };
    return ref $tree eq 'HASH' && ref $tree->{shipments} eq 'ARRAY';
}

# Of a partner without a file, so without a zone of its own.
sub translate {
    my ($path, @options) = @_;
    my ($code, $out, $err) = ctl_run('map', '--partner', 'unlisted', @options, 'dhl-unified', $path);
    is($code, 0, "$path: translated") or diag($err);
    is($err, '', 'no warning: every code is known');
    return map { decode_json($_) } split /\n/, $out;
}

for my $path (@answers) {
    my @events = map { @{ $_->{events} || [] } } @{ decode_json(slurp($path))->{shipments} };
    my @records = translate($path, '--timezone', 'Europe/Berlin');
    my @told = grep { $_->{type} ne 'shipment.eta_updated' } @records;

    is(scalar @told, scalar @events, 'one record for each event');
    is(scalar(grep { $_->{type} eq 'shipment.unknown' } @told), 0, 'none of an unknown type');
    is(scalar(grep { !defined $_->{occurred_at} } @told), 0, 'with the partner\'s zone each has its instant');
    for my $i (0 .. $#events) {
        is($told[$i]{src}{raw}{code}, $events[$i]{statusCode}, "event $i keeps DHL's own code");
        is($told[$i]{local}, $events[$i]{timestamp} =~ s/(?:\.000)?(?:Z|[+-]\d\d:\d\d)?$//r, 'and its local time');
    }

    my %ids = map { $_->{id} => 1 } @records;
    is(scalar keys %ids, scalar @records, 'no two events have one id');
    is_deeply([map { $_->{id} } translate($path)], [map { $_->{id} } @records],
        'ids do not depend on the time zone');
    for my $record (translate($path)) {
        my ($event) = grep { $_->{timestamp} =~ /^\Q$record->{local}\E/ } @events;
        next unless $event && $event->{timestamp} !~ /(?:Z|[+-]\d\d:\d\d)$/;
        is($record->{occurred_at}, undef, 'without a zone no offset is invented');
    }
}
done_testing();
