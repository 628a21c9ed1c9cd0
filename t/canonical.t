# docs/canonical.md and the canonical schemas say the same: a row for each field and none else, what must be
# there, every word of a closed list, all types of events. Its examples are good records, and stop being so
# when anything is put in or left out. Every text, list and object of the schemas has a limit.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my $FOLDER = root() . '/lua-free-policies/schemas/canonical';
my @RECORDS = qw(event order tender asn receipt inventory invoice return pod);
my %schema = map { $_ => decode_json(slurp("$FOLDER/$_.json")) } @RECORDS, 'parts';
my %part = %{ $schema{parts}{'$defs'} };
my $page = slurp(root() . '/docs/canonical.md');
my (%section, %part_section);
$section{$1} = $2 while $page =~ /^## (\w+)\n(.*?)(?=^## |\z)/msg;
$part_section{$1} = $2 while $section{Parts} =~ /^### (\w+)\n(.*?)(?=^### |\z)/msg;

# (what a schema comes to, the name of the part that it is)
sub resolve {
    my ($file, $schema) = @_;
    my $name;

    while (my $ref = $schema->{'$ref'}) {
        my ($other, $def) = $ref =~ m{^(parts\.json)?#/\$defs/(\w+)$} or die "$file: $ref";
        $file = 'parts' if $other;
        $name = $def if $file eq 'parts';
        $schema = $schema{$file}{'$defs'}{$def} // die "$file: $ref leads nowhere";
    }
    return ($schema, $name, $file);
}

# path → [schema, must it be there]: of objects that are no parts, and not of those that are
sub fields_of {
    my ($file, $object, $path, $found) = @_;
    my %must = map { $_ => 1 } @{ $object->{required} // [] };

    for my $name (keys %{ $object->{properties} }) {
        my ($schema, $part, $in) = resolve($file, $object->{properties}{$name});
        my $at = length $path ? "$path.$name" : $name;

        if (($schema->{type} // '') eq 'array') {
            my ($items, $item_part, $items_in) = resolve($in, $schema->{items});
            fields_of($items_in, $items, "$at\[]", $found) if $items->{properties} && !$item_part;
            $found->{$at} = [$items, $must{$name}, $item_part];
            next;
        }
        fields_of($in, $schema, $at, $found) if $schema->{properties} && !$part;
        $found->{$at} = [$schema, $must{$name}, $part];
    }
    return $found;
}

sub check_rows {
    my ($file, $object, $text) = @_;
    my $fields = fields_of($file, $object, '', {});
    my %row = map { m/^\| `([^`]+)` \| (.*) \|$/ ? ($1 => [split / *\| */, $2, -1]) : () } $text =~ /^(\| `.*)$/mg;
    my (@rows) = $text =~ /^\| `([^`]+)` \| (?:must)? ?\|/mg;

    is_deeply([sort @rows], [sort keys %$fields], 'a row for each field, once');
    for my $name (sort keys %$fields) {
        my ($schema, $must, $part) = @{ $fields->{$name} };
        my ($said, $is, $meaning) = @{ $row{$name} // [] };
        is($said, $must ? 'must' : '', "$name: what must be there");
        ok(length $meaning, "$name: its meaning");
        my @words = grep { defined && !ref } @{ $schema->{enum} // [] };
        is_deeply([grep { index($meaning, "`$_`") < 0 } @words], [], "$name: its words") if @words < 50;
        like($is, qr/\(#\Q$part\E\)/, "$name: leads to its part") if $part && $schema->{properties};
    }
    return;
}

sub examples_of { return $section{ $_[0] } =~ /^```json\n(.*?)^```$/msg }

my $dir = File::Temp->newdir;

# (valid, texts of the errors) of each value
sub validate {
    my ($record, @values) = @_;
    my @files = map { my $path = "$dir/$record-$_.json"; spew($path, encode_json($values[$_])); $path } 0 .. $#values;
    my ($rc, $out) = ctl_run('validate', '--json', "$FOLDER/$record.json", @files);
    return @{ decode_json($out) };
}

sub without { my ($value, $name) = @_; my %copy = %$value; delete $copy{$name}; return \%copy }

for my $record (@RECORDS) {
    subtest $record => sub {
        ok(defined $section{$record}, 'has a section') or return;
        check_rows($record, $schema{$record}, $section{$record} =~ s/^### .*//msr);
        my @examples = map { decode_json($_) } examples_of($record);
        cmp_ok(scalar @examples, '>=', 1, 'has examples');
        my @answers = validate($record, @examples);
        is_deeply([map { $_->{errors} } grep { !$_->{valid} } @answers], [], 'which are good');

        my @bad = map {
            my $example = $_;
            ({ %$example, surprise => 1 }, { %$example, v => 2 }, { %$example, id => 'x_5a98b6bdbbfd1da4' },
                { %$example, src => { %{ $example->{src} }, partner => '' } },
                map { without($example, $_) } @{ $schema{$record}{required} })
        } @examples;
        my @taken = grep { $_->{valid} } validate($record, @bad);
        is(scalar @taken, 0, scalar(@bad) . ' that are not so are refused') or diag explain \@taken;
    };
}

subtest 'parts' => sub {
    my @objects = sort grep { $part{$_}{properties} } keys %part;
    is_deeply([sort keys %part_section], \@objects, 'a section for each');
    for my $name (@objects) {
        next unless defined $part_section{$name};
        subtest $name => sub { check_rows('parts', $part{$name}, $part_section{$name}) };
    }
};

subtest 'types of events' => sub {
    my ($text) = $section{event} =~ /^### Types of events\n(.*)/ms;
    my @rows = $text =~ /^\| `(\w+\.\w+)` \| \S.* \|$/mg;
    is_deeply([sort @rows], [sort @{ $schema{event}{'$defs'}{type}{enum} }], 'each has its line');
    is(scalar @rows, 96);
};

subtest 'what is said of the form' => sub {
    my %record = $section{record_table} // $page =~ /^\| \[(\w+)\]\(#\1\) \|.* \| `(\w+_)` \|$/mg;
    is_deeply([sort keys %record], [sort @RECORDS], 'the table of records');
    for my $record (@RECORDS) {
        my $pattern = $schema{$record}{properties}{id}{pattern};
        is($pattern, "^$record{$record}" . '[A-Za-z0-9_-]{8,100}$', "$record: its ids");
        is_deeply($schema{$record}{properties}{correction_of}{pattern}, $pattern, '… and what they correct');
        is($schema{$record}{properties}{v}{const}, 1);
    }
    is(scalar(keys %{ { map { $_ => 1 } values %record } }), scalar @RECORDS, 'no two kinds have ids alike');
    my @links = $page =~ /\]\(([^)]+)\)/g;
    for my $link (do { my %seen; grep { !$seen{$_}++ } @links }) {
        my ($file, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
        ok(length $file ? -e root() . "/docs/$file" : $page =~ /^##+ \Q$anchor\E$/mi, "the link to $link leads somewhere");
    }
};

# ---- the schemas themselves ----

# A pattern from end to end that repeats nothing without end.
sub is_bounded {
    my $pattern = $_[0] // return 0;
    $pattern =~ s/\[[^\]]*\]/x/g;
    return $pattern =~ /^\^.*\$$/ && $pattern !~ /[*+]|\{\d+,\}/;
}

my @LIMITS = (
    [object => sub { my ($s) = @_; exists $s->{additionalProperties} && !$s->{additionalProperties} }, 'takes no other members'],
    [array  => sub { my ($s) = @_; defined $s->{maxItems} }, 'has a most of items'],
    [string => sub { my ($s) = @_; defined $s->{maxLength} || $s->{enum} || is_bounded($s->{pattern})
            || ($s->{format} // '') eq 'date' }, 'has a limit'],
    [string => sub { my ($s) = @_; $s->{minLength} || $s->{pattern} || $s->{enum} || $s->{format} || ref $s->{type} }, 'is not empty'],
);

sub check_limits {
    my ($schema, $at, $bad) = @_;
    if (ref $schema eq 'ARRAY') { check_limits($schema->[$_], "$at/$_", $bad) for 0 .. $#$schema; return }
    return if ref $schema ne 'HASH';
    my @types = ref $schema->{type} ? @{ $schema->{type} } : $schema->{type} // ();
    for my $limit (@LIMITS) {
        my ($type, $holds, $text) = @$limit;
        push @$bad, "$at $text" if !$schema->{'$ref'} && grep({ $_ eq $type } @types) && !$holds->($schema);
    }
    push @$bad, "$at has no description"
        if $at =~ m{/properties/\w+$} && $at !~ m{/(?:anyOf|allOf|then|if)/} && !$schema->{'$ref'} && !$schema->{description};
    for my $key (grep { $_ ne 'examples' } sort keys %$schema) {
        my $inner = $schema->{$key};
        if ($key eq 'properties' || $key eq '$defs') { # names, not keywords
            check_limits($inner->{$_}, "$at/$key/$_", $bad) for sort keys %$inner;
        } else {
            check_limits($inner, "$at/$key", $bad);
        }
    }
    return;
}

for my $file (sort keys %schema) {
    my @bad;
    check_limits($schema{$file}, $file, \@bad);
    # event's times are text or null beside a format: of a length, too
    is_deeply([grep { !m{/(?:anyOf|then)/} } @bad], [], "$file: strict, limited, described");
}

# Editors and this page show the examples of the schemas: each fits where it stands.
subtest 'examples in the schemas' => sub {
    for my $file (sort keys %schema) {
        my (%with, $n);
        my $walk; $walk = sub {
            my ($node) = @_;
            if (ref $node eq 'ARRAY') { $walk->($_) for @$node; return }
            return if ref $node ne 'HASH';
            $with{ 'x' . ++$n } = $node if ref $node->{examples} eq 'ARRAY';
            $walk->($node->{$_}) for grep { $_ ne 'examples' } keys %$node;
        };
        $walk->($schema{$file});
        my $defs = { %part, %{ $schema{$file}{'$defs'} // {} } };
        my $inside = sub { my $text = encode_json($_[0]); $text =~ s/parts\.json#/#/g; return decode_json($text) };
        spew("$dir/schema.json", encode_json($inside->({ '$schema' => $schema{event}{'$schema'}, '$defs' => $defs,
            properties => { map { $_ => { items => $with{$_} } } keys %with } })));
        spew("$dir/examples.json", encode_json({ map { $_ => $with{$_}{examples} } keys %with }));
        my ($rc, $out, $err) = ctl_run('validate', "$dir/schema.json", "$dir/examples.json");
        is($rc, 0, "$file: the examples fit") or diag($out . $err);
        cmp_ok(scalar keys %with, '>', 0);
    }
};

done_testing();
