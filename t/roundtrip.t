# Canonical → a partner's format → canonical: what we send says what we know. Every canonical record of its kind that
# the cases of the packs hold goes out and in again, by the packs that ship. What is not the same afterwards stands
# here, by pointer and value, with the reason: the format has no place for it. A reason that nothing needs any more is a
# failure, too.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $policies = 'lua-free-policies';
my $dir = File::Temp->newdir('roundtrip-XXXXXX', TMPDIR => 1);
my $zone_name = 'a zone has no name there: an offset, or the clock at the place';

my $own_number = 'its number is that of what was sent, and so is where it came from';

my @PACKS = (
    {
        out => 'asn-to-ubl',
        in => 'ubl-despatch-advice',
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub { ($_[0]{purpose} // '') =~ /^(?:change|acknowledge)$/ },
        lost => [
            [qr{^/(?:issued|shipped|expected/\w+)/tz(?:_from)? }, $zone_name],
            [qr{^/issued nothing$}, 'an advice is issued on some day'],
            [qr{^/(?:id|src/\S*) }, $own_number],
            [qr{^/direction }, 'an advice goes from who sends to who receives it, and does not say so'],
            [qr{^/orders/\d+/kind nothing$}, 'the order of an advice is the one that the receiver bought by'],
            [qr{^/refs/purchase_order nothing$}, '... and is told as a reference, too'],
            [qr{^/refs/order }, 'a reference that is no order of the document has no place'],
            [qr{^/items/\d+/ids/buyer nothing$}, 'our number of a product is the buyer\'s, and is told as such, too'],
            [qr{^/items/\d+/line nothing$}, 'a line has a number'],
            [qr{^/items/\d+/src_uom nothing$}, 'a unit has its code only'],
            [qr{^/orders nothing$}, 'the order of a line is one of the document\'s'],
            [qr{^/(?:items|units)/\d+/unit \["(?!\d{18}")}, 'a handling unit is called by its SSCC'],
            [qr{^/units/\d+/package nothing$}, 'its kind is told by a code'],
            [qr{^/units/\d+/kind \["tote"\]$}, '... which a tote has not'],
            [qr{^/units/\d+/parent }, 'units do not stand in each other'],
            [qr{^/party/\d+/ids/(?:carrier|partner) }, 'a number of whom it is not said is the sender\'s own'],
        ],
    },
    {
        out => 'inventory-to-csv',
        in => 'inventory-csv',
        takes => sub { $_[0]{id} =~ /^inventory_/ },
        merge => sub { # a row is a document of its own
            my ($first, @others) = @_;
            return { %$first, lines => [map { @{ $_->{lines} } } $first, @others] };
        },
        lost => [
            [qr{^/as_of/tz(?:_from)? }, $zone_name],
            [qr{^/(?:id|src/\S*) }, $own_number],
            [qr{^/lines/\d+/src_uom nothing$}, 'a unit has one column: its code is what is written there'],
            [qr{^/(?:party |location)}, 'of the report as a whole a row has the name of the warehouse only'],
        ],
    },
    {
        out => 'wamas-out',
        in => 'wamas',
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{type} =~ /^wms\.(?:received|shipped|returned)$/ },
        refused => sub {
            my ($event) = @_;
            my %refs;
            $refs{ $_->{t} }++ for @{ $event->{refs} // [] };
            my %number = ('wms.received' => 'receipt', 'wms.shipped' => 'order', 'wms.returned' => 'rma');
            return ($event->{occurred_at} // '') =~ /Z$/ || !$refs{ $number{ $event->{type} } }
                || grep { length($_->{line} // '') > 6 } @{ $event->{items} // [] };
        },
        lost => [],
    },
    {
        out => 'events-to-ndjson',
        in => undef, # canonical as it is
        takes => sub { $_[0]{id} =~ /^ev_/ },
        lost => [],
    },
);

# Every canonical record in the cases: what packs make, and what goes to Odoo.
sub canonical_records {
    my @records;
    for my $case (glob "$policies/cases/*/*") {
        my ($pack) = $case =~ m{cases/([^/]+)/};
        my $file = $pack =~ /-to-/ ? "$case/input.json" : "$case/expected.json";
        next unless -e $file && $pack !~ /^read\./;
        my $tree = decode_json(slurp($file));
        my ($partner, $zone) = -e "$case/case.yaml" ? map { slurp("$case/case.yaml") =~ /^$_: (.*)$/m ? $1 : undef } qw(partner timezone) : ();
        for my $record (ref $tree eq 'ARRAY' ? @$tree : $tree->{records} ? @{ $tree->{records} } : $tree) {
            next unless ref $record eq 'HASH' && ($record->{v} // '') eq '1' && $record->{id};
            push @records, { case => $case =~ s{.*cases/}{}r, tree => $record, zone => $zone };
        }
    }
    return @records;
}

sub differences {
    my ($want, $got, $at, $found) = @_;
    if ($at =~ m{/(?:refs|ids)$}) { # in no order: those that only one of both has
        my ($left, $right) = map { my $list = $_; +{ map { (encode_json([$_]) => $_->{t} // $_->{s}) } @{ $list // [] } } } $want, $got;
        push @$found, map { ["$at/$left->{$_}", $_, 'nothing'] } grep { !$right->{$_} } sort keys %$left;
        push @$found, map { ["$at/$right->{$_}", 'nothing', $_] } grep { !$left->{$_} } sort keys %$right;
    } elsif (ref $want eq 'HASH' && ref $got eq 'HASH') {
        my %names = (%$want, %$got);
        differences($want->{$_}, $got->{$_}, "$at/$_", $found) for sort keys %names;
    } elsif (ref $want eq 'ARRAY' && ref $got eq 'ARRAY') {
        my $n = @$want > @$got ? @$want : @$got;
        differences($want->[$_], $got->[$_], "$at/$_", $found) for 0 .. $n - 1;
    } elsif ((defined $want ? encode_json([$want]) : '') ne (defined $got ? encode_json([$got]) : '')) {
        push @$found, [$at, defined $want ? encode_json([$want]) : 'nothing', defined $got ? encode_json([$got]) : 'nothing'];
    }
    return;
}

# Facts of the request are those that the record was made with, so that what they say comes back.
sub facts_of {
    my ($record) = @_;
    my $tree = $record->{tree};
    return ('--partner', $tree->{src}{partner}, $record->{zone} ? ('--timezone', $record->{zone}) : (),
        '--received-at', $tree->{received_at} // '2026-01-02T03:04:05Z');
}

sub there_and_back {
    my ($pack, $record) = @_;
    my @facts = facts_of($record);

    spew("$dir/canonical.json", encode_json($record->{tree}));
    my ($code, $written, $err) = ctl_run('map', @facts, $pack->{out}, "$dir/canonical.json");
    return (undef, $err) if $code;
    spew("$dir/written", $written);
    return [map { decode_json($_) } split /\n/, $written] unless $pack->{in};
    ($code, my $read, $err) = ctl_run('map', @facts, $pack->{in}, "$dir/written");
    return (undef, "$err$written") if $code;
    return [map { decode_json($_) } split /\n/, $read];
}

my @records = canonical_records();
cmp_ok(scalar @records, '>', 100, 'canonical records of the cases: ' . @records);

for my $pack (@PACKS) {
    subtest $pack->{out} => sub {
        my (%used, $n);
        for my $record (grep { $pack->{takes}->($_->{tree}) } @records) {
            my ($back, $err) = there_and_back($pack, $record);
            my @found;
            $n++;
            if ($pack->{refused} && $pack->{refused}->($record->{tree})) {
                ok(!$back, "$record->{case}: refused, as it is meant");
                next;
            }
            ok($back, "$record->{case} $record->{tree}{id}: goes out and in") or diag($err // '') or next;
            my $merged = $pack->{merge} && @$back ? $pack->{merge}->(@$back) : $back->[0];
            differences($record->{tree}, $merged, '', \@found);
            my @unknown;
            for my $difference (@found) {
                my ($reason) = grep { "@$difference[0, 1]" =~ $_->[0] } @{ $pack->{lost} };
                $reason ? $used{ $reason->[0] }++ : push @unknown, $difference;
            }
            ok(!@unknown, '... and is the same') or diag(map { "$_->[0]: $_->[1] became $_->[2]\n" } @unknown);
        }
        cmp_ok($n // 0, '>', 1, 'records: ' . ($n // 0));
        ok($used{ $_->[0] }, "still so: $_->[0]: $_->[1]") for @{ $pack->{lost} };
    };
}
done_testing;
