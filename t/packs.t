# The mapping packs of lua-free-policies: docs/packs.md names each of them, each has cases, each code list says what was
# consulted for it, and the ids of what they make depend neither on the order of a list nor on the wording of a
# description, nor, in EDI, on the numbers and times of the interchange that it comes in.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $policies = 'lua-free-policies';
my $page = slurp('docs/packs.md');
my $at = File::Temp->newdir;
my $wording = qr/^(?:description|message|text|note|remark|label|longLabel|shortLabel)\w*$/i;

my @mappings = map { m{([^/]+)\.yaml$} } glob "$policies/mappings/*.yaml";
# What goes to Odoo, and what is shown of it, is of the house.
my %of_house = map { $_ => 1 }
    (grep { slurp("$policies/mappings/$_.yaml") =~ /^output: (?:odoo-operation|view[.])/m } @mappings),
    map { slurp($_) =~ /^as: \{(.*)\}$/m ? map { s/.*: //r } split /, /, $1 : () } glob "$policies/reads/*.yaml";
# What we send has no id of its own.
my %writes = map { $_ => 1 } grep { slurp("$policies/mappings/$_.yaml") =~ /^output:\s*(?:\{|\n  )format:/m } @mappings;
my @rows = $page =~ /^\| \[([^\]]+)\]\([^)]*\) \|/mg;

is_deeply([sort @rows], [sort grep { !$of_house{$_} } @mappings], 'docs/packs.md: a row for each, in it once');
for my $name (@rows) {
    my ($link) = $page =~ /^\| \[\Q$name\E\]\(([^)]*)\)/m;
    is($link, "../$policies/mappings/$name.yaml", "$name: the row leads to its file");
    my @cases = glob "$policies/cases/$name/*/expected.*";
    cmp_ok(scalar @cases, '>=', 1, "$name: has cases");
    my ($head) = slurp("$policies/mappings/$name.yaml") =~ /\A((?:#[^\n]*\n)+)/;
    ok($head, "$name: says what it is");
}

# Lists that serve many packs stand in no row of their own; those of one standard are named on the page.
my @of_x12 = map { "x12-$_" } qw(time-codes 40 66 91 98 103 128 146 184 188 235 353 355);
my %serves_all = map { $_ => 1 } qw(countries-iso3 reason-words), @of_x12;
like($page, qr{\[\Q$_\E\]\(\.\./$policies/codelists/\Q$_\E\.yaml\)}, "$_: the page leads to it") for @of_x12;

sub lists_of {
    my ($mapping) = @_;
    my @files = $mapping =~ /\bfile: (\[[^\]]*\]|[\w-]+)/g;
    my %lists = map { $_ => 1 } map { /([\w-]+)/g } @files;
    return grep { !$serves_all{$_} } sort keys %lists;
}

for my $list (glob "$policies/codelists/*.yaml") {
    my ($name) = $list =~ m{([^/]+)\.yaml$};
    my ($head) = slurp($list) =~ /\A((?:#[^\n]*\n)*)/;
    like($head, qr/Consulted:|No list was consulted/, "$name: the head says what was consulted");
}
for my $name (@rows) {
    my ($row) = $page =~ /^(\| \[\Q$name\E\].*)$/m;
    for my $list (lists_of(slurp("$policies/mappings/$name.yaml"))) {
        like($row, qr{\[\Q$list\E\]\(\.\./$policies/codelists/\Q$list\E\.yaml\)}, "$name: the row leads to $list");
    }
}

# What a partner writes to be understood: the page's block of formats is one of a good policy directory.
my ($formats) = $page =~ /^```yaml\n(formats:.*?)^```$/ms;
Logistics::Gateway::copy_tree($policies, "$at/policies");
spew("$at/policies/partners/packs-page.yaml", <<"END" . $formats);
partner: packs-page
identities: [{issuer: https://demo.logistics.example/, client_id: packs-page}]
scopes: [tracking:write, tenders:write, orders:write, asns:write, receipts:write, warehouse:write, inventory:write, invoices:write]
odoo: {scope: all}
END
is((ctl_run('lint', "$at/policies"))[0], 0, 'the formats of the page are good');

sub shuffled {
    my ($value) = @_;
    return [map { shuffled($_) } reverse @$value] if ref $value eq 'ARRAY';
    return { map { $_ => shuffled($value->{$_}) } keys %$value } if ref $value eq 'HASH';
    return $value;
}

sub reworded {
    my ($value) = @_;
    return [map { reworded($_) } @$value] if ref $value eq 'ARRAY';
    return $value if ref $value ne 'HASH';
    return { map {
        my $inner = $value->{$_};
        $_ => /$wording/ && defined $inner && !ref $inner && length $inner ? "$inner, as they say today" : reworded($inner)
    } keys %$value };
}


# What a pack makes leads to a route: the table says which, and the routes that ship do so.
my %row_of; # route → what it takes
for my $line ($page =~ /^A pack goes to a route.*?\n\n(.*?)\n\n/ms ? split(/\n/, $1) : ()) {
    my ($makes, $routes) = $line =~ /^\| (?:events )?(`.*`) \| (`.*`) \|$/ or next;
    my @kinds = $makes =~ /`([^`]+)`/g;
    $row_of{$_} = \@kinds for $routes =~ /`([^`]+)`/g;
}
for my $file (glob "$policies/routes/*.yaml") {
    my $text = slurp($file);
    my ($record) = $text =~ /^record: (\S+)/m or next;
    my ($name) = $file =~ m{([^/]+)\.yaml$};
    my ($types) = $text =~ /^types: \[(.*)\]/m;
    my @takes = $types ? split /, /, $types : $record eq 'event' ? () : $record;
    ok($row_of{$name}, "route $name is in the table") or next;
    is_deeply([sort @{ $row_of{$name} }], [sort @takes], '... with what it takes') if @takes;
}
for my $case (grep { -e "$_/expected.json" } glob "$policies/cases/*/*") {
    my ($mapping) = $case =~ m{([^/]+)/[^/]+$};
    next if $of_house{$mapping} || $writes{$mapping} || $mapping =~ /^(?:read|machine)[.]/;
    my $tree = decode_json(slurp("$case/expected.json"));
    my ($record) = slurp("$policies/mappings/$mapping.yaml") =~ /^output: (\w+)$/m;
    my @kinds = $record ? $record : map { $_->{type} } grep { ref } @{ ref $tree eq 'ARRAY' ? $tree : $tree->{records} // [] };
    for my $kind (@kinds) {
        my ($group) = $kind =~ /^(\w+)[.]/;
        next if grep { my $taken = $_; $taken eq $kind || ($group && $taken eq "$group.*") } map { @$_ } values %row_of;
        fail("$case: no route takes $kind");
    }
}

# Sets of EDI go a way that takes what their pack makes.
my ($sets) = slurp("$policies/routes/edi.yaml") =~ /^  sets:\n((?:    .*\n)+)/m;
my %way = $sets =~ /^    "?(\w+)"?: (\S+)/mg;
for my $set (sort keys %way) {
    my ($mapping) = grep { -e "$policies/mappings/$_.yaml" } map { "$_-" . lc($set eq '999' ? '997' : $set) } qw(x12 edifact) or next;
    my ($record) = slurp("$policies/mappings/$mapping.yaml") =~ /^output: (\w+)$/m;
    my %made = map { $_ => 1 } $record // map { $_->{type} } grep { ref } map { ref $_ eq 'ARRAY' ? @$_ : () }
        map { decode_json(slurp($_)) } glob "$policies/cases/$mapping/*/expected.json";
    my @taken = @{ $row_of{ $way{$set} } // [] };
    my @not = grep {
        my $kind = $_;
        !grep { $kind eq $_ || $kind =~ /^(\w+)[.]/ && $_ eq "$1.*" } @taken
    } sort keys %made;

    is_deeply(\@not, [], "set $set: $way{$set} takes what $mapping makes");
}

# Who asks for traces by a type of reference that packs make is not told that it is a slip of another (trace/keys.c).
sub distance {
    my ($x, $y) = @_;
    my @row = 0 .. length $y;
    for my $i (1 .. length $x) {
        my @next = ($i);
        for my $j (1 .. length $y) {
            my ($best) = sort { $a <=> $b } $row[$j] + 1, $next[$j - 1] + 1,
                $row[$j - 1] + (substr($x, $i - 1, 1) ne substr($y, $j - 1, 1));
            push @next, $best;
        }
        @row = @next;
    }
    return $row[-1];
}
my ($table) = slurp('ngx_logistics_module/trace/keys.c') =~ /known_types\[\] = \{(.*?)\n\};/s;
my %known = map { $_ => 1 } $table =~ /"(\w+)"/g;
my %made = map { $_ => 1 } map { slurp($_) =~ /[{ ]t: ([a-z]\w+)[,}\n ]/g } glob "$policies/mappings/*.yaml $policies/mappings/templates/*.yaml";
cmp_ok(scalar keys %known, '>', 50, 'types in trace/keys.c');
for my $type (grep { !$known{$_} } sort keys %made) {
    is_deeply([grep { distance($type, $_) <= length($type) / 3 } sort keys %known], [], "$type is like no other: else trace/keys.c needs it");
}

sub ids_of {
    my ($mapping, $case, $tree) = @_;
    my $path = -d $case ? "$case/input.json" : $case;

    spew($path = "$at/document.json", encode_json($tree)) if $tree;
    my ($code, $out, $err) = ctl_run('map', $mapping, $path);
    diag($err) if $code;
    return [sort map { decode_json($_)->{id} } split /\n/, $out];
}

for my $case (grep { -e "$_/input.json" && -e "$_/expected.json" } glob "$policies/cases/*/*") {
    my ($mapping, $name) = $case =~ m{([^/]+)/([^/]+)$};
    next if $of_house{$mapping} || $writes{$mapping} || $mapping =~ /^machine[.]/;
    next if ref decode_json(slurp("$case/expected.json")) ne 'ARRAY';
    my $tree = decode_json(slurp("$case/input.json"));
    my $ids = ids_of($mapping, $case);

    is(scalar @$ids, scalar keys %{ { map { $_ => 1 } @$ids } }, "$mapping/$name: one id an event");
    is_deeply(ids_of($mapping, $case, shuffled($tree)), $ids, '... whatever the order of lists');
    is_deeply(ids_of($mapping, $case, reworded($tree)), $ids, '... and whatever the descriptions say');
}
# The same sets in another interchange: other numbers and another time of sending. Places: segment → elements.
my %of_sending = (
    ISA => { 9 => '991231', 10 => '2359', 13 => '000009999' }, IEA => { 2 => '000009999' },
    GS => { 4 => '19991231', 5 => '2359', 6 => '9999' }, GE => { 2 => '9999' },
    UNB => { 4 => '991231:2359', 5 => 'R9999' }, UNZ => { 2 => 'R9999' }, UNH => { 1 => 'M9999' }, UNT => { 2 => 'M9999' },
);

# Nothing in them says when but the time of sending: they are told apart by it.
my %by_sending = map { $_ => 1 } qw(edifact-codeco/minimal);

sub resent {
    my ($text) = @_;
    my ($e, $end) = $text =~ /^ISA(.)/ ? ($1, substr($text, 105, 1)) : ('+', "'");
    my @segments = split /(\Q$end\E\s*)/, $text;

    for my $segment (@segments) {
        my @elements = split /\Q$e\E/, $segment, -1;
        my $changes = $of_sending{ $elements[0] // '' } or next;
        $elements[$_] = $changes->{$_} for keys %$changes;
        $segment = join $e, @elements;
    }
    return join '', @segments;
}

for my $case (grep { -e "$_/input.edi" } glob "$policies/cases/*/*") {
    my ($mapping, $name) = $case =~ m{([^/]+)/([^/]+)$};
    my $text = slurp("$case/input.edi");
    next if $by_sending{"$mapping/$name"} || $text =~ /^UNA(?!:[+])/ || ref decode_json(slurp("$case/expected.json")) ne 'ARRAY';

    spew("$at/document.edi", resent($text));
    isnt(slurp("$at/document.edi"), $text, "$mapping/$name: sent again");
    is_deeply(ids_of($mapping, "$at/document.edi"), ids_of($mapping, "$case/input.edi"), '... has the same ids');
}
done_testing();
