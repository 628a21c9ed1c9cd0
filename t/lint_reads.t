# logisticsctl lint of reads, and docs/reading.md: every slip has its place and what to do; what the page
# shows is what the cases of the policies that ship answer.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my %GOOD = (
    'gateway.yaml' => "environment: production\nodoo: {upstream: odoo, api: json2, database: prod, key: {env: ODOO_KEY}}\n",
    'issuers/idp.yaml' => "issuer: https://id.example.com/\naudience: [x]\nkeys: {file: keys/none-yet.json}\nalgorithms: [RS256]\n",
    'partners/acme.yaml' => "partner: acme\nidentities: [{issuer: https://id.example.com/, client_id: acme}]\n"
        . "scopes: [a:read, more:read]\nodoo: {contact_id: 7}\n",
    'routes/thing.yaml' => "route: thing\npath: /v1/things/{ref}\nmethods: {GET: {scope: [a:read, b:read]}}\nserve: odoo\nread: thing\n",
    'routes/list.yaml' => "route: list\npath: /v1/things\nmethods: {GET: {scope: a:read}, HEAD: {scope: a:read}}\nserve: odoo\nread: list\n",
    'reads/thing.yaml' => <<'END',
read: thing
answer: one
params: {ref: {in: path, max: 20, pattern: '^[A-Z]+$'}, kind: {values: 3}}
sources:
  - name: things
    model: a.thing
    where: [{any: [{name: $ref}, {code: $ref}]}, {partner_id.top: $partner.contact_id}, {kind: $kind}]
    fields: [name, kind]
    fields_for: {more:read: [price]}
    optional: [code]
    order: id desc
    limit: 5
  - name: notes
    model: a.note
    where: [{thing_id: $things.id}, {state: {not: [draft]}}, {name: {starts: x_}}]
    fields: [name, thing_id]
    join: {thing: {source: things, by: thing_id}}
mapping: thing-view
show:
  a:read: [/name, /notes/text]
  b:read: [/name]
  more:read: [/price]
only: {b:read: {/notes: {kind: [x]}}, a:read: {/notes: {kind: [x, y]}}}
END
    'reads/list.yaml' => <<'END',
read: list
answer: list
sources:
  - name: things
    model: a.thing
    where: [{active: true}]
    fields: [name]
    order: name
    all_partners: true
page: {source: things}
mapping: thing-view
as: {csv: thing-table}
show: {a:read: [/name]}
END
    'mappings/thing-table.yaml' => "mapping: thing-table\noutput: {format: csv, columns: [name]}\n"
        . "emit: [{for_each: /items, name: /name}]\n",
    'mappings/thing-view.yaml' => "mapping: thing-view\noutput: view.thing\nemit:\n  - name: /things/0/name\n",
    'schemas/views/thing.json' => '{"type":"object","additionalProperties":false,"properties":{"name":{},"price":{},'
        . '"notes":{"type":"array","items":{"$ref":"#/$defs/note"}}},"$defs":{"note":{"properties":{"text":{},"kind":{}}}}}',
);
$GOOD{'reads/thing.yaml'} =~ s/^only: \{b:read.*\}, a:read/only: {a:read/m;

sub policies {
    my (%edits) = @_;
    my $dir = File::Temp->newdir('lint-XXXXXX', TMPDIR => 1);
    my %files = %GOOD;
    for my $name (keys %edits) {
        my $before = local $_ = $files{$name};
        $edits{$name}->();
        die "the edit of $name changed nothing" if $_ eq $before;
        $files{$name} = $_;
    }
    write_files($dir, %files);
    return $dir;
}

sub findings {
    my ($dir) = @_;
    my ($rc, $out, $err) = ctl_run('lint', "$dir");
    $err =~ s/^\Q$dir\E\///mg;
    return ($rc, split /\n/, $err);
}

my ($rc, @lines) = findings(policies());
is($rc, 0, 'a good directory');
is_deeply(\@lines, [], 'has no findings');

my ($thing, $list) = qw(reads/thing.yaml reads/list.yaml);
my @cases = (
    ['no binding', { $thing => sub { s/, \{partner_id\.top: \$partner\.contact_id\}// } },
        qr{^$thing:5:5: /sources/0: source "things" shows every partner's records: .*all_partners: true},
        qr{^$thing:13:5: /sources/1: source "notes" shows every partner's records}],
    ['a binding in one way only', { $thing => sub { s/\{partner_id\.top: (\S+?)\}/{any: [{partner_id.top: $1}, {kind: x}]}/ } },
        qr{^$thing:5:5: .*every partner's records}, qr{^$thing:13:5: }],
    ['a binding that is none', { $thing => sub { s/partner_id\.top: (\S+?)\}/partner_id.top: {not: $1}}/ } },
        qr{^$thing:5:5: .*every partner's records}, qr{^$thing:13:5: }],
    ['everybody without a word', { $list => sub { s/    all_partners: true\n// } }, qr{^$list:4:5: /sources/0: .*every partner's records}],
    ['a parameter that is none', { $thing => sub { s/\{name: \$ref\}/{name: \$reff}/ } },
        qr{^$thing:7:27: /sources/0/where/0/any/0/name: there is no parameter "reff" \(.*\$\$\); did you mean "ref"\?}],
    ['a source that is none', { $thing => sub { s/\$things\.id/\$thing.id/ } },
        qr{^$thing:15:24: /sources/1/where/0/thing_id: no source "thing" stands before this one; did you mean "things"\?}],
    ['an optional parameter among ways', { $thing => sub { s/\{code: \$ref\}/{code: \$kind}/ } },
        qr{^$thing:7:41: .*"kind" may be missing; within any that would let everything through}],
    ['a pattern by a partner', { $thing => sub { s/starts: x_/starts: \$ref/ } }, qr{^$thing:15:\d+: .*never what a partner sends}],
    ['an operator that is none', { $thing => sub { s/\{not: \[draft\]\}/{nott: [draft]}/ } }, qr{^$thing:15:\d+: .*did you mean "not"\?}],
    ['any and more', { $thing => sub { s/\{any: (\[.*?\])\}/{any: $1, name: x}/ } }, qr{^$thing:7:13: .*beside any stands nothing}],
    ['a parameter in a list', { $thing => sub { s/\[draft\]/[draft, \$kind]/ } }, qr{^$thing:15:\d+: .*a parameter stands alone}],
    ['two sources of one name', { $thing => sub { s/name: notes/name: things/ } },
        qr{^$thing:13:11: /sources/1/name: there is a source "things" already}],
    ['a field twice', { $thing => sub { s/\[name, kind\]/[name, kind, price]/ } }, qr{^$thing:9:\d+: .*"price" is asked for already}],
    ['a boolean that is no field', { $thing => sub { s/    optional/    booleans: [active]\n    optional/ } }, qr{^$thing:10:16: .*"active" is not among the fields}],
    ['a join by no field', { $thing => sub { s/by: thing_id/by: thing/ } }, qr{^$thing:17:40: .*"thing" is not among the fields}],
    ['a scope that show has not', { $thing => sub { s/fields_for: \{more:read/fields_for: {mor:read/ } },
        qr{^$thing:9:18: .*no scope "mor:read".*did you mean "more:read"\?}],
    ['a pointer that the view has not', { $thing => sub { s{/notes/text}{/notes/txt} } },
        qr{^$thing:20:19: /show/a:read/1: the view has no "txt"; did you mean "text"\?}],
    ['only of no list', { $thing => sub { s!/notes: \{kind!/name: {kind! } }, qr{^$thing:23:17: .*/name is no list of the view}],
    ['only of what is not shown', { $thing => sub { s!only: \{a:read!only: {b:read! } }, qr{^$thing:23:17: .*does not let this scope see /notes at all}],
    ['a pattern that is none', { $thing => sub { s/\[A-Z\]\+/[A-Z+/ } }, qr{^$thing:3:\d+: /params/ref/pattern: this is no pattern}],
    ['a word of our own', { $thing => sub { s/kind: \{values/limit: {values/; s/\$kind/\$limit/ } }, qr{^$thing:3:\d+: /params/limit: "limit" is a word of the gateway's own}],
    ['a list without pages', { $list => sub { s/^page.*\n//m } }, qr{^$list:1:1: a list needs page}],
    ['one thing with pages', { $thing => sub { s/$/\npage: {source: things}/ } }, qr{^$thing:24:7: /page: only a list}],
    ['pages of what Odoo rounds', { $list => sub { s/order: name/order: write_date/; s/\[name\]\n/[name, write_date]\n/ } },
        qr{^$list:10:16: .*Odoo keeps write_date to the microsecond}],
    ['pages by what is not read', { $list => sub { s/order: name/order: code/ } }, qr{^$list:10:16: .*pages need it among its fields}],
    ['a mapping of something else', { 'mappings/thing-view.yaml' => sub { s/view\.thing/odoo-operation/ } },
        qr{^$list:11:10: .*makes "odoo-operation", not a view}, qr{^$thing:18:10: .*not a view}],
    ['a view without a schema', { 'mappings/thing-view.yaml' => sub { s/view\.thing/view.none/ } },
        qr{^$list:11:10: .*there is no schemas/views/none\.json}, qr{^$thing:18:10: }],
    ['a form of another format', { $list => sub { s/csv: thing/xml: thing/ } }, qr{^$list:12:11: /as/xml: mapping "thing-table" writes csv, not xml}],
    ['a form that is a record', { $list => sub { s/thing-table/thing-view/ } }, qr{^$list:12:11: /as/csv: .*here it must write documents}],
    ['a form of something else', { 'mappings/thing-table.yaml' => sub { s/output/input: {format: json, schema: views\/thing}\noutput/ } },
        qr{^$list:12:11: .*its input must be \{format: json\}, not \{format: json, schema: views/thing\}}],
    ['a path without its parameter', { 'routes/thing.yaml' => sub { s/\{ref\}/{id}/ } }, qr{^routes/thing.yaml:2:7: /path: read "thing" needs \{ref\} in the path}],
    ['a parameter too many', { 'routes/thing.yaml' => sub { s/\{ref\}/{ref}\/{id}/ } }, qr{^routes/thing.yaml:2:7: .*no parameter for each}],
    ['a query parameter in the path', { 'routes/thing.yaml' => sub { s/\{ref\}/{ref}\/{kind}/ } }, qr{^routes/thing.yaml:2:7: .*takes "kind" from the query}],
    ['a scope that sees nothing', { 'routes/thing.yaml' => sub { s/b:read/c:read/ } },
        qr{^routes/thing.yaml:3:24: /methods/GET/scope: "show" of reads/thing.yaml has no scope "c:read"}],
    ['a method that writes', { 'routes/list.yaml' => sub { s/HEAD/POST/ } }, qr{^routes/list.yaml:3:\d+: /methods/POST: .*GET and HEAD, not POST}],
    ['a read that is none', { 'routes/thing.yaml' => sub { s/read: thing/read: thng/ } },
        qr{^routes/thing.yaml:5:7: /read: no read "thng": there is no reads/thng\.yaml; did you mean "thing"\?}],
    ['no read at all', { 'routes/thing.yaml' => sub { s/read: thing\n$// } }, qr{^routes/thing.yaml:1:1: .*"read" is missing}],
    ['a partner without its fact', { 'partners/acme.yaml' => sub { s/odoo:.*\n// } },
        qr{^partners/acme.yaml:3:10: /scopes/0: "a:read" lets it use route "thing", .*odoo\.contact_id: without it nothing is ever found}],
    ['a fact of another kind', { 'partners/acme.yaml' => sub { s/contact_id: 7/contact_id: {id: 7}/ } }, qr{^partners/acme.yaml:4:\d+: /odoo/contact_id: }],
    ['a gateway without Odoo', { 'gateway.yaml' => sub { s/odoo:.*\n// } },
        qr{^routes/list.yaml:5:7: .*gateway.yaml has no odoo}, qr{^routes/thing.yaml:5:7: }],
    ['a name that is not the file', { $thing => sub { s/^read: thing/read: things/ } }, qr{^$thing:1:7: /read: .*called thing\.yaml}],
    ['an unknown key', { $thing => sub { s/    limit: 5/    limits: 5/ } }, qr{^$thing:12:5: /sources/0/limits: .*did you mean "limit"}],
);

for my $case (@cases) {
    my ($name, $edits, @want) = @$case;
    my ($code, @got) = findings(policies(%$edits));

    subtest $name => sub {
        is($code, 1, 'exit 1');
        is(scalar @got, scalar @want, 'as many as there are slips') or diag explain \@got;
        like($got[$_] // '(nothing)', $want[$_]) for 0 .. $#want;
    };
}

subtest 'docs/reading.md' => sub {
    my $page = slurp(root() . '/docs/reading.md');
    my %shown = $page =~ /<!-- (read\.\S+) -->\n```json\n(.*?)```/sg;
    my %other = $page =~ /<!-- (read\.\S+) -->\n```(?:csv|xml|edi)\n(.*?)```/sg;
    cmp_ok(scalar keys %other, '>=', 1, 'examples in other forms');
    for my $case (sort keys %other) {
        my ($file) = glob root() . "/lua-free-policies/cases/$case/expected.*";
        is($other{$case}, slurp($file) =~ s/\r//gr, "$case is what the case answers");
    }
    cmp_ok(scalar keys %shown, '>=', 5, 'examples');
    is($shown{$_}, slurp(root() . "/lua-free-policies/cases/$_/expected.json"), "$_ is what the case answers") for sort keys %shown;
    for my $route (grep { slurp($_) =~ /^serve: odoo/m } glob root() . '/lua-free-policies/routes/*.yaml') {
        my ($path) = slurp($route) =~ /^path: (\S+)/m;
        my ($scopes) = slurp($route) =~ /GET: \{scope: \[(.*?)\]/;
        $path =~ s/\{\+/{/;
        my ($row) = grep { index($_, "GET $path") >= 0 } split /\n/, $page;
        ok($row, "$path is on the page") or next;
        like($row, qr/`\Q$_\E`/, "… with $_") for split /, /, $scopes;
    }
    like($page, qr/`\Q$_\E`/, "the code $_") for map { /"((?:parameter-\w+)|query|cursor)"/g }
        slurp(root() . '/ngx_logistics_module/query/params.c'), slurp(root() . '/ngx_logistics_module/query/plan.c');
};

done_testing();
