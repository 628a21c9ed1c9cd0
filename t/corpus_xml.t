# Every XML document of the shared corpus that a carrier sent: those that say what happened to a shipment
# translate, each time of theirs used, no code unknown, no offset invented; the others (labels, rates, errors)
# are refused by every pack that reads XML, with the reason here. None may be left out of both lists. The
# corpus is not part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus/carrier";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -d $corpus;
chdir root();

my %month = map { $_->[0] => $_->[1] } (['January', 1], ['February', 2], ['March', 3], ['April', 4], ['May', 5], ['June', 6],
    ['July', 7], ['August', 8], ['September', 9], ['October', 10], ['November', 11], ['December', 12]);

# "April 28, 2015" and "9:01 pm" → 20150428210100
sub american {
    my ($date, $time) = @_;
    my ($name, $day, $year) = $date =~ /^(\w+) (\d+), (\d+)$/;
    my ($hour, $minute, $half) = $time =~ /^(\d+):(\d+) ([ap])m$/;
    return sprintf '%04d%02d%02d%02d%02d00', $year, $month{$name}, $day, $hour % 12 + ($half eq 'p' ? 12 : 0), $minute;
}

# pack, files, the times of a document as its sender wrote them, found without an XML reader of ours
my @kinds = (
    ['dhl-express-xml', 'dhl_express/*/*.xml', sub {
        map { digits("$_->[0]$_->[1]") } pairs($_[0] =~ m{<ShipmentEvent>\s*<Date>(.*?)</Date>\s*<Time>(.*?)</Time>}g);
    }],
    ['usps-track', 'usps/*/*.xml', sub {
        map { american($_->[1], $_->[0]) } pairs($_[0] =~ m{<EventTime>(.*?)</EventTime>\s*<EventDate>(.*?)</EventDate>}g);
    }],
    ['fedex-track-xml', 'fedex/*/*tracking_response*.xml', sub { map { digits($_) } $_[0] =~ m{<Timestamp>(.*?)</Timestamp>}g }],
    ['canada-post', 'canadapost/*/*tracking*.xml', sub {
        map { digits("$_->[0]$_->[1]") } pairs($_[0] =~ m{<event-date>(.*?)</event-date>\s*<event-time>(.*?)</event-time>}g);
    }],
    ['chronopost', 'chronopost/*/*tracking*.xml', sub { map { digits($_) } $_[0] =~ m{<eventDate>(.*?)</eventDate>}g }],
    ['ups-track-xml', 'ups/*/*Track__Response2.xml', sub { () }], # announced, nothing has happened yet
);

# files, why they are none of a pack's documents
my @refused = (
    ['dpd/*/test_tracking__TrackingResponse.xml', 'does not say which parcel it is of'],
    ['dpd/*/test_tracking__ErrorResponse.xml', 'an error'],
    ['dpd/*/test_shipment__*.xml', 'a label'],
    ['canadapost_pws/*/*error.xml', 'an error'],
    ['canadapost_pws/*/*shipment*.xml', 'an order to ship'],
    ['fedex/*/*create_shipment*.xml', 'a label'],
    ['purolator/*/*.xml', 'a label'],
    ['postat/*/*.xml', 'a label'],
    ['royal_mail/*/*create*.xml', 'a label, in UTF-16'],
    ['royal_mail/*/*cancel*.xml', 'the receipt of a cancellation'],
    ['ups/*/*TimeInTransit*.xml', 'a schedule'],
);

sub pairs { my @list; push @list, [splice @_, 0, 2] while @_; return @list }
sub digits { return substr($_[0] =~ s/(?<=\d)(?:Z|[+-]\d\d:?\d\d)$//r =~ s/\D//gr, 0, 14) }

sub translate {
    my ($mapping, $path) = @_;
    my ($code, $out, $err) = ctl_run('map', $mapping, $path);
    return ($code, $err, map { decode_json($_) } split /\n/, $out);
}

my (%seen, %count);

for my $kind (@kinds) {
    my ($mapping, $files, $times) = @$kind;
    my @paths = glob "$corpus/$files";

    ok(scalar @paths, "$files: in the corpus");
    for my $path (@paths) {
        my ($code, $err, @records) = translate($mapping, $path);

        $seen{$path} = 1;
        is($code, 0, "$mapping: " . substr($path, length "$corpus/")) or diag($err);
        is($err, '', 'no warning: every code is known');
        is_deeply([grep { /[.]unknown$/ } map { $_->{type} } @records], [], 'none of an unknown type');
        my %told = map { digits($_->{local} // $_->{occurred_at}) => 1 } @records;
        is_deeply([grep { !$told{$_} } $times->(slurp($path))], [], 'every time is used');
        my %ids = map { $_->{id} => 1 } @records;
        is(scalar keys %ids, scalar @records, 'no two events have one id');
        is_deeply([grep { defined $_->{occurred_at} && !defined $_->{tz_from} } @records], [], 'no offset is invented');
        is_deeply([grep { !@{ $_->{refs} // [] } } @records], [], 'each says what it is of');
        $count{files}++;
        $count{records} += @records;
    }
}

for my $row (@refused) {
    my ($files, $why) = @$row;
    my @paths = glob "$corpus/$files";

    ok(scalar @paths, "$files: in the corpus");
    for my $path (@paths) {
        $seen{$path} = 1;
        for my $mapping (map { $_->[0] } @kinds) {
            my ($code, $err, @records) = translate($mapping, $path);
            is($code, 1, "$mapping refuses " . substr($path, length "$corpus/") . ": $why");
            isnt($err, '', '... and says so');
        }
        $count{refused}++;
    }
}
is_deeply([grep { !$seen{$_} } glob "$corpus/*/*/*.xml"], [], 'no document is left out');
diag("$count{files} documents translated to $count{records} records, $count{refused} refused on purpose");
done_testing;
