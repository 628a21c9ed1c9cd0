# Canonical → a partner's format → canonical: what we send says what we know. Every canonical record of its kind that
# the cases of the packs hold goes out and in again, by the packs that ship. What is not the same afterwards stands
# here, by pointer and value, with the reason: the format has no place for it. A reason that nothing needs any more is a
# failure, too.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Canonical;
use File::Temp ();

chdir root();
my $policies = 'lua-free-policies';
my $dir = File::Temp->newdir('roundtrip-XXXXXX', TMPDIR => 1);

# What is lost by a mapping: a row a member in t/roundtrip/, its place (* is any number), what it was, what it becomes
# (- is nothing, ... is something, = the same number, ~ the same words), and why.
sub lost_by {
    my ($name) = @_;
    my $path = "t/roundtrip/$name.tsv";
    return -e $path ? map { [split /\t/] } split /\n/, slurp($path) : ();
}

# Lists in the order of a set that says what is packed in what: goods by their numbers, handling units each once.
sub in_order {
    my ($record) = @_;
    my ($n, %seen) = (0);
    my $key = sub { my ($line) = @_; join "\0", map { $line->{$_} // '' } qw(qty received order lot serial line) };
    my @units = grep { !$_->{sscc} || !$seen{ $_->{sscc} }++ } @{ $record->{units} // [] };
    return {
        %$record,
        @units ? (units => [sort { ($a->{sscc} // '') cmp ($b->{sscc} // '') } @units]) : (),
        $record->{equipment} ? (equipment => [sort { $a->{kind} cmp $b->{kind} } @{ $record->{equipment} }]) : (),
        map({ $record->{$_} ? ($_ => [sort { $key->($a) cmp $key->($b) } @{ $record->{$_} }]) : () } qw(items lines)),
    };
}

# Goods in a unit that is not there; units three deep.
sub has_lost_units {
    my ($record) = @_;
    my %units = map { $_->{unit} => 1 } @{ $record->{units} // [] };
    return grep { defined $_->{unit} && !$units{ $_->{unit} } } @{ $record->{items} };
}

sub has_deep_units {
    my ($record) = @_;
    my %parent = map { $_->{unit} => $_->{parent} } @{ $record->{units} // [] };
    return grep { $_ && $parent{$_} } values %parent;
}

# A line that is not quantity times price, with its charges and without its allowances.
sub has_other_amount {
    my ($line) = @_;
    my %of = map { $_ => "$line->{$_}" } grep { defined $line->{$_} } qw(qty price price_qty amount); # copies: a number that was counted with is no text any more
    my $other = 0;
    $other += $_->{kind} eq 'charge' ? "$_->{amount}" : -"$_->{amount}" for @{ $line->{charges} // [] };
    return 0 unless defined $of{qty} && defined $of{price};
    return abs($of{amount} - $other - sprintf('%.2f', $of{qty} * $of{price} / ($of{price_qty} // 1) + 1e-9)) > 0.001;
}

# Records with a character that UNOC does not have.
sub has_foreign_text {
    my ($record) = @_;
    return JSON::PP->new->encode($record) =~ /[^\x00-\xff]/;
}

# Records whose goods are all in units that X12 has a code for, one pallet deep.
sub has_x12_units {
    my ($list) = @_;
    my ($codes) = slurp("$policies/codelists/x12-355-out.yaml") =~ /^codes:\n(.*)/ms;
    return !grep { ($_->{uom} // '') eq '' || $codes !~ /^  $_->{uom}: /m } @{ $list // [] };
}

my @PACKS = (
    {
        out => 'asn-to-856',
        in => 'x12-856',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub { ($_[0]{purpose} // '') eq 'acknowledge' || has_lost_units($_[0]) || has_deep_units($_[0]) || !has_x12_units($_[0]{items}) && $_[0]{src}{format} ne 'x12' },
        as => \&in_order,
    },
    {
        out => 'asn-to-desadv',
        in => 'edifact-desadv',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub { my ($asn) = @_; ($asn->{purpose} // '') eq 'acknowledge' || has_lost_units($asn) || has_foreign_text($asn) },
        as => \&in_order,
    },
    {
        out => 'invoice-to-invoic',
        in => 'edifact-invoic',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^invoice_/ },
        refused => sub { ($_[0]{purpose} // '') eq 'acknowledge' || has_foreign_text($_[0]) },
    },
    {
        out => 'invoice-to-810',
        in => 'x12-810',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^invoice_/ },
        refused => sub {
            my @lines = @{ $_[0]{lines} };
            return ($_[0]{purpose} // '') eq 'acknowledge' || grep({ has_other_amount($_) } @lines)
                || $_[0]{src}{format} ne 'x12' && !has_x12_units([grep { defined $_->{qty} && defined $_->{price} } @lines]);
        },
    },
    {
        out => 'event-to-945',
        in => 'x12-945',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{type} =~ /^wms[.](?:short_)?shipped$/ },
        refused => sub {
            my ($event) = @_;
            my @goods = grep { defined $_->{qty} } @{ $event->{items} // [] };
            my @parties = grep { ($_->{name} || $_->{ids}) && $_->{role} ne 'workshop' && !($_->{role} eq 'carrier' && scac($event)) } @{ $event->{party} // [] };
            return $event->{type} ne 'wms.shipped' || !@goods || !@parties || !grep({ $_->{t} eq 'order' } @{ $event->{refs} // [] })
                || grep({ $_->{qty} =~ /^-/ } @goods) || $event->{src}{format} ne 'x12' && !has_x12_units(\@goods);
        },
    },
    {
        out => 'receipt-to-recadv',
        in => 'edifact-recadv',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^receipt_/ },
        refused => sub {
            my ($receipt) = @_;
            my $place = $receipt->{location} // {};
            return ($receipt->{purpose} // '') eq 'acknowledge' || has_foreign_text($receipt) || !@{ $receipt->{party} // [] } && !$place->{name} && !$place->{ids};
        },
        as => \&in_order,
    },
    {
        out => 'tender-to-990',
        in => 'x12-990',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^tender_/ },
        refused => sub { $_[0]{status} !~ /^(?:accepted|declined|countered|withdrawn)$/ || !scac($_[0]) },
    },
    {
        out => 'event-to-214',
        in => 'x12-214',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && scac($_[0]) && $_[0]{type} =~ /^(?:shipment|yard)\./ },
        refused => sub { !has_code($_[0], 'x12-1650-out', 'x12-1651-out') },
    },
    {
        out => 'event-to-iftsta',
        in => 'edifact-iftsta',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{src}{format} =~ /^(?:edifact|x12)$/ && $_[0]{type} =~ /^(?:shipment|yard)\./ },
        refused => sub { !has_code($_[0], 'rec24-status-out') },
    },

    {
        out => 'asn-to-ubl',
        in => 'ubl-despatch-advice',
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub {
            ($_[0]{purpose} // '') =~ /^(?:change|acknowledge)$/
                || grep {
                    my $line = $_;
                    !grep { defined } @$line{qw(sku gtin description)}, grep { $_->{s} =~ /^(?:buyer|seller|mpn|standard)$/ } @{ $line->{ids} // [] };
                } @{ $_[0]{items} // [] };
        },
        as => sub { my ($asn) = @_; $asn->{equipment} ? { %$asn, equipment => [sort { $b->{kind} cmp $a->{kind} } @{ $asn->{equipment} }] } : $asn }, # vehicles first
    },
    {
        out => 'inventory-to-csv',
        in => 'inventory-csv',
        takes => sub { $_[0]{id} =~ /^inventory_/ },
        merge => sub { # a row is a document of its own
            my ($first, @others) = @_;
            return { %$first, lines => [map { @{ $_->{lines} } } $first, @others] };
        },
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
            return ($event->{occurred_at} // '') =~ /Z$/ || ($event->{local} // '') !~ /T/ || !$refs{ $number{ $event->{type} } }
                || grep { length($_->{line} // '') > 6 } @{ $event->{items} // [] };
        },
    },
    {
        out => 'events-to-ndjson',
        in => undef, # canonical as it is
        takes => sub { $_[0]{id} =~ /^ev_/ },
        lost => [],
    },
    {
        out => 'events-to-json', # the same in the one format that no pack writes
        mapping => sub { slurp("$policies/mappings/events-to-ndjson.yaml") =~ s/format: ndjson/format: json, list: true/r },
        in => undef,
        read => sub { @{ decode_json($_[0]) } },
        takes => sub { $_[0]{id} =~ /^ev_/ },
        lost => [],
    },
);

sub mapping_of {
    my ($pack) = @_;
    return $pack->{out} unless $pack->{mapping};
    my $file = "$dir/policies/mappings/$pack->{out}.yaml";
    return ('--policies', "$dir/policies", $file) if -e $file;
    mkdir "$dir/policies" and mkdir "$dir/policies/mappings";
    symlink root() . "/$policies/schemas", "$dir/policies/schemas";
    spew($file, $pack->{mapping}->() =~ s/^mapping: .*/mapping: $pack->{out}/mr);
    return mapping_of($pack);
}

# Policies of the guide of its set alone: all guides take ten times as long to load.
sub guides_of {
    my ($pack) = @_;
    my $policy = "$dir/guides-$pack->{out}";
    return $policy if -e $policy;
    my ($format, $set) = slurp("$policies/mappings/$pack->{out}.yaml") =~ /^output: \{format: (\w+), set: "?(\w+)/m;
    my @guides = glob "$policies/edi/$format/" . lc($set) . '-*.yaml';
    ok(scalar @guides, "$pack->{out}: there is a guide");
    mkdir $_ for $policy, "$policy/edi", "$policy/edi/$format";
    symlink root() . "/$_", "$policy/edi/$format/" . s{.*/}{}r for @guides, glob "$policies/edi/$format/segments-*.yaml";
    symlink root() . "/$policies/gateway.yaml", "$policy/gateway.yaml";
    return $policy;
}

# It satisfies its guide, and what is read of it is written as the same. A time with its zone is form 205, of directories
# behind D.96A, but nothing else says it.
sub is_good_edi {
    my ($file, $name, $pack) = @_;
    my ($code, $out) = ctl_run('edi', 'check', '--guide', 'auto', '--policies', guides_of($pack), $file);
    my @problems = grep { !/DTM.*: "205" is none of its codes/ } $out =~ /^(.*\[\w+\])$/mg;

    is("@problems", '', "$name: fits its guide") or diag(slurp($file));
    like($out, qr/1 accepted, 0 refused/, '... and is accepted');
    (undef, $out) = ctl_run('edi', 'to-json', $file);
    spew("$dir/tree.json", $out);
    (undef, $out) = ctl_run('edi', 'from-json', '--lines', "$dir/tree.json");
    is($out, slurp($file), '... and is written again as it was');
}

sub there_and_back {
    my ($pack, $record) = @_;
    my @facts = facts_of($record);

    spew("$dir/canonical.json", encode_json($record->{tree}));
    my ($code, $written, $err) = ctl_run('map', @facts, mapping_of($pack), "$dir/canonical.json");
    return (undef, $err) if $code;
    spew("$dir/written", $written);
    is_good_edi("$dir/written", $record->{case}, $pack) if $pack->{is_edi};
    return [$pack->{read} ? $pack->{read}->($written) : map { decode_json($_) } split /\n/, $written] unless $pack->{in};
    ($code, my $read, $err) = ctl_run('map', @facts, $pack->{in}, "$dir/written");
    return (undef, "$err$written") if $code;
    return [map { decode_json($_) } split /\n/, $read];
}

my ($wanted) = @ARGV;
my @records = canonical_records();
cmp_ok(scalar @records, '>', 100, 'canonical records of the cases: ' . @records);

for my $pack (grep { !$wanted || $_->{out} eq $wanted } @PACKS) { # prove t/roundtrip.t :: asn-to-856
    subtest $pack->{out} => sub {
        my @shared = $pack->{is_edi} ? lost_by('edi') : (); # what one set has no use for another has
        my @lost = (@shared, lost_by($pack->{out}));
        my (%used, $n);
        for my $record (grep { $pack->{takes}->($_->{tree}) } @records) {
            my ($back, $err) = there_and_back($pack, $record);
            $n++;
            if ($pack->{refused} && $pack->{refused}->($record->{tree})) {
                ok(!$back, "$record->{case}: refused, as it is meant");
                next;
            }
            ok($back, "$record->{case} $record->{tree}{id}: goes out and in") or diag($err // '') or next;
            my $merged = $pack->{merge} && @$back ? $pack->{merge}->(@$back) : $back->[0];
            my ($before, $after) = map { $pack->{as} ? $pack->{as}->($_) : $_ } $record->{tree}, $merged;
            my @unknown;
            for my $difference (differences($before, $after, '')) {
                my ($row) = named_in(\@lost, $difference);
                defined $row ? $used{$row}++ : push @unknown, $difference;
            }
            ok(!@unknown, '... and is the same') or diag(map { encode_json($_) . "\n" } @unknown);
        }
        cmp_ok($n // 0, '>', 1, 'records: ' . ($n // 0));
        for my $row (@shared .. $#lost) {
            ok($used{$row}, 'still so: ' . join(' ', @{ $lost[$row] }));
        }
    };
}

done_testing;
