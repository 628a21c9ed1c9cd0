# docs/policies.md is true and complete: every key of every schema has its row and no other has one,
# every word of an enum is in its row, and the page's files load as one policy directory.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

my $page = slurp(root() . '/docs/policies.md');
my %section; # heading → text
$section{$1} = $2 while $page =~ /^## (\S+)\n(.*?)(?=^## |\z)/msg;

my %heading = (
    gateway => 'gateway.yaml', issuer => 'issuers/', partner => 'partners/', route => 'routes/',
    mapping => 'mappings/', read => 'reads/', template => 'templates/', codelist => 'codelists/', guide => 'edi/', machine => 'machines/', case => 'cases/',
);

sub resolve {
    my ($root, $schema) = @_;
    while (ref $schema eq 'HASH' && ($schema->{'$ref'} // '') =~ m{^#/\$defs/(\w+)$}) {
        my %more = %$schema;
        delete $more{'$ref'};
        $schema = { %{ $root->{'$defs'}{$1} }, %more };
    }
    return $schema;
}

# keys($root, $schema, $path, \%found): path → schema of every key
sub keys_of {
    my ($root, $schema, $path, $found) = @_;
    $schema = resolve($root, $schema);
    return unless ref $schema eq 'HASH';
    for my $name (sort keys %{ $schema->{properties} // {} }) {
        my $at = length $path ? "$path.$name" : $name;
        $found->{$at} = resolve($root, $schema->{properties}{$name});
        keys_of($root, $schema->{properties}{$name}, $at, $found);
    }
    if (ref $schema->{additionalProperties} eq 'HASH') {
        $found->{"$path.*"} = undef;
        keys_of($root, $schema->{additionalProperties}, "$path.*", $found);
    }
    keys_of($root, $schema->{items}, "${path}[]", $found) if ref $schema->{items} eq 'HASH';
    return;
}

# Editors offer the examples: each must fit where it is offered.
sub check_examples {
    my ($schema, $found) = @_;
    my $dir = File::Temp->newdir;
    my %with = map { $_ => $found->{$_} } grep { defined $found->{$_} } keys %$found;

    spew("$dir/schema.json", encode_json({
        '$defs' => $schema->{'$defs'} // {},
        properties => { map { $_ => { items => $with{$_} } } keys %with },
    }));
    spew("$dir/examples.json", encode_json({ map { $_ => $with{$_}{examples} } keys %with }));
    my ($rc, $out, $err) = ctl_run('validate', "$dir/schema.json", "$dir/examples.json");
    is($rc, 0, 'the examples fit') or diag($out . $err);
    return;
}

for my $path (glob root() . '/docs/schema/*.json') {
    my ($kind) = $path =~ m{(\w+)\.json$};
    my $schema = decode_json(slurp($path));
    my %found;
    keys_of($schema, $schema, '', \%found);

    subtest $kind => sub {
        ok(defined $heading{$kind} && defined $section{ $heading{$kind} }, 'has a section') or return;
        my %row = $section{ $heading{$kind} } =~ /^\| `([^`]+)` \|(.*)$/mg;

        is_deeply([sort keys %row], [sort keys %found], 'the rows are the keys');
        for my $key (sort grep { defined $found{$_} } keys %found) {
            my $about = $found{$key};
            ok($about->{title} && $about->{description} && $about->{examples},
                "$key has title, description and examples")
                or next;
            my @words = grep { index($row{$key} // '', $_) < 0 } @{ $about->{enum} // [] };
            is_deeply(\@words, [], "$key names its words");
        }
        check_examples($schema, \%found);
        my @methods = @{ $schema->{properties}{methods}{propertyNames}{enum} // [] };
        like($row{methods}, qr/`$_`/, "methods names $_") for @methods;
    };
}

ok(-e root() . "/docs/$_", "the link to $_ leads somewhere") for $page =~ /\]\(([^)#:]+)\)/g;

subtest 'the examples are a good policy directory' => sub {
    my $dir = File::Temp->newdir;
    my %file = $page =~ /^```yaml\n# (\S+\.yaml)\n(.*?)^```$/msg;

    cmp_ok(scalar keys %file, '>=', 8, 'files on the page');
    write_files($dir, %file);
    # what the page does not show
    make_path("$dir/schemas/canonical", "$dir/schemas/views");
    spew("$dir/schemas/views/order-state.json", '{"type":"object"}');
    spew("$dir/schemas/acme.json", '{"type":"object"}');
    spew("$dir/schemas/canonical/$_.json", slurp(root() . "/lua-free-policies/schemas/canonical/$_.json"))
        for qw(event parts odoo-operation);
    make_path("$dir/mappings/templates");
    spew("$dir/$_", slurp(root() . "/lua-free-policies/$_")) for 'mappings/events-to-odoo.yaml',
        map { s{.*/lua-free-policies/}{}r } glob root() . '/lua-free-policies/mappings/templates/odoo-*.yaml';
    spew("$dir/codelists/$_.yaml", slurp(root() . "/lua-free-policies/codelists/$_.yaml")) for qw(event-places odoo-units);
    my ($bounds) = slurp(root() . '/lua-free-policies/gateway.yaml') =~ /^(  bounds:\n(?:    .*\n)+)/m;
    $file{'gateway.yaml'} =~ s/^  bounds:\n(?:    .*\n)+/$bounds/m or fail('the page has bounds');
    spew("$dir/gateway.yaml", $file{'gateway.yaml'});
    my ($rc, $out, $err) = ctl_run('lint', "$dir");
    is($rc, 0) or diag($err);

    my ($revision) = $out =~ /revision (\w{12})/;
    my ($command) = $page =~ /cd lua-free-policies && (find .*?sha256sum)\n\n/s;
    my $want = `cd '$dir' && $command`;
    is($revision, substr($want, 0, 12), 'and the revision is what the page says');
};

done_testing();
