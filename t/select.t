# A partner that sends several kinds of documents to one route: the first mapping of its list that is
# for the document is taken; when none is, the answer says what they are for.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

sub mapping {
    my ($name, $input, $type) = @_;
    return "mappings/$name.yaml" => <<"END";
mapping: $name
input: $input
emit:
  - v: 1
    id: {hash: [/id, {const: $type}], prefix: ev_}
    type: $type
    timing: actual
    occurred: {date: /at}
    refs: [{t: tracking, v: /id}]
    src: {partner: \$partner, format: json}
END
}

my %mappings = (
    mapping('kind-out', '{format: json, match: {eq: [/event, out]}}', 'shipment.out_for_delivery'),
    mapping('kind-done', '{format: json, version: /v, versions: ["1", "2"], match: {eq: [/event, done]}}', 'shipment.delivered'),
    mapping('kind-any', '{format: json}', 'shipment.in_transit'),
);
my $partner = <<'END';
partner: kinds
identities: [{issuer: https://demo.logistics.example/, client_id: kinds}]
scopes: [tracking:write]
odoo: {scope: all}
limits: {rate: 20/s, burst: 100, in_flight: 10}
formats: {tracking-events: {json: LIST}}
END

# docs/mappings.md, "Several mappings for one format"
my $page = slurp(root() . '/docs/mappings.md');
my ($section) = $page =~ /^## Several mappings for one format\n(.*?)^## /ms;
my ($other) = $section =~ /^```yaml\n(mapping: acme-other\n.*?)^```/ms;

my $gw = gateway(odoo => 19, odoo_args => ['--stock-delivery'],
    policies => { %mappings, 'mappings/acme-other.yaml' => $other,
        'partners/kinds.yaml' => $partner =~ s/LIST/[kind-out, kind-done]/r,
        'partners/others.yaml' => $partner =~ s/LIST/[kind-out, kind-done, acme-other]/r =~ s/(partner|client_id): kinds/$1: others/gr });
my $token = $gw->token(partner => 'kinds');

sub post {
    return $gw->post_json('/v1/tracking-events',
        { id => '00340434161094042557', at => '2026-11-20T10:00:00Z', @_ }, bearer($token));
}

subtest 'the first that is for the document' => sub {
    for my $case ([{ event => 'out' }, 'shipment.out_for_delivery'], [{ event => 'done', v => 2 }, 'shipment.delivered']) {
        my ($document, $type) = @$case;
        my $answer = post(%$document);
        is($answer->{status}, 200, $type) or diag $answer->{body};
        is($answer->json->{records}[0]{type}, $type);
    }
};

subtest 'none of them' => sub {
    for my $document ({ event => 'lost' }, { event => 'done', v => 3 }, {}) {
        my $answer = post(%$document);
        my $error = $answer->json->{errors}[0];
        is($answer->{status}, 422) or diag $answer->{body};
        is($error->{code}, 'mapping-none');
        like($error->{detail}, qr/"kind-out" \(\{"eq":\["\/event","out"\]\}\); "kind-done" \(version "1" or "2", /);
    }
};

subtest 'the last of the list ignores what no other is for' => sub {
    my $ignoring = $gw->token(partner => 'others');
    my $send = sub {
        return $gw->post_json('/v1/tracking-events', { id => '00340434161094042557', at => '2026-11-20T10:00:00Z', @_ }, bearer($ignoring));
    };
    my $answer = $send->(event => 'ping');
    my $said = $answer->json;
    is($answer->{status}, 200) or diag $answer->{body};
    is(delete $said->{correlation_id}, $answer->header('X-Correlation-ID'));
    is_deeply($said, { status => 'ignored', accepted => 0, records => [], detail => 'only what is shipped or delivered is news' },
        'a success, and that nothing came of it');
    my $calls = @{ $gw->odoo_calls->{calls} };
    $send->(event => 'ping');
    is(scalar @{ $gw->odoo_calls->{calls} }, $calls, 'Odoo is not asked');
    is($send->(event => 'out')->json->{records}[0]{type}, 'shipment.out_for_delivery', 'the others are taken as before');
};

finish($gw);

# One list for the partner; what lint says of it.
sub lint {
    my ($list, %more) = @_;
    my $dir = File::Temp->newdir('lgs-select-XXXXXX', TMPDIR => 1);
    my %file = (%mappings, %more, 'partners/kinds.yaml' => $partner =~ s/LIST/$list/r);

    system('cp', '-R', root() . '/lua-free-policies/.', "$dir") == 0 or die "cp: $?";
    spew("$dir/$_", $file{$_}) for keys %file;
    my ($rc, $out, $err) = ctl_run('lint', "$dir");
    return ($rc, $out . $err);
}

subtest 'lists that cannot work are refused' => sub {
    my ($rc, $said) = lint('[kind-out, kind-done, kind-any]');
    is($rc, 0, 'the one that takes all comes last') or diag $said;
    ($rc, $said) = lint('[kind-out, canonical]');
    is($rc, 0, 'canonical may come last') or diag $said;

    ($rc, $said) = lint('[kind-any, kind-out]');
    is($rc, 1);
    like($said, qr{partners/kinds\.yaml:6:46: .*"kind-out" is never tried: "kind-any" before it takes every document});
    ($rc, $said) = lint('[kind-out, nobody]');
    like($said, qr/no mapping "nobody"/);
    ($rc, $said) = lint('[kind-out, kind-part]', mapping('kind-part', '{format: json, records: /all}', 'shipment.delivered'));
    like($said, qr/"kind-part" reads documents in another way than "kind-out"/);
    ($rc, $said) = lint('[]');
    is($rc, 1, 'an empty list');
};

subtest 'the examples of the page' => sub {
    my ($block) = $section =~ /^```yaml\n(input: .*?)^```/ms;
    my @inputs = grep {/^input/} split /\n/, $block;
    my $desadv = sub { "UNB+UNOC:3+A+B+261120:1000+1'UNH+1+DESADV:D:$_[0]:UN'BGM+351+7+9'UNT+3+1'UNZ+1+1'" };
    my @documents = ( # one that each is for, and others
        ['{"header": {"version": "1.1"}}', '{"header": {"version": "2.0"}}', '{}'],
        ['<Invoice xmlns="urn:x"><CustomizationID>urn:example:bis:3</CustomizationID></Invoice>',
            '<Invoice><CustomizationID>urn:example:bis:2</CustomizationID></Invoice>',
            '<CreditNote><CustomizationID>urn:example:bis:3</CustomizationID></CreditNote>'],
        [$desadv->('96A'), $desadv->('01B')],
    );
    my $dir = File::Temp->newdir('lgs-select-XXXXXX', TMPDIR => 1);

    make_path("$dir/mappings");
    is(scalar @inputs, scalar @documents, 'as many as this test knows');
    for my $i (0 .. $#inputs) {
        my ($good, @others) = @{ $documents[$i] };
        spew("$dir/mappings/m.yaml", "mapping: m\n$inputs[$i]\noutput: any\nemit: [{found: {const: true}}]\n");
        spew("$dir/in", $good);
        my ($rc, $out, $err) = ctl_run('map', "$dir/mappings/m.yaml", "$dir/in");
        is("$rc $out$err", qq(0 {"found":true}\n), $inputs[$i]);
        for my $document (@others) {
            spew("$dir/in", $document);
            ($rc, $out, $err) = ctl_run('map', "$dir/mappings/m.yaml", "$dir/in");
            like($err, qr/the mapping is not for this document/, $document);
        }
    }
};

subtest 'map says that it would not have been taken' => sub {
    my $dir = File::Temp->newdir('lgs-select-XXXXXX', TMPDIR => 1);

    make_path("$dir/mappings");
    spew("$dir/$_", $mappings{$_}) for keys %mappings;
    spew("$dir/in.json", '{"event":"lost","id":"1","at":"2026-11-20T10:00:00Z"}');
    my ($rc, $out, $err) = ctl_run('map', "$dir/mappings/kind-out.yaml", "$dir/in.json");
    is($rc, 0) or diag $err;
    like($err, qr/in\.json:1:1: warning: the mapping is not for this document, but for \{"eq":\["\/event","out"\]\}/);
    like($out, qr/"shipment.out_for_delivery"/);

    spew("$dir/mappings/acme-other.yaml", $other);
    ($rc, $out, $err) = ctl_run('map', "$dir/mappings/acme-other.yaml", "$dir/in.json");
    is("$rc $out", '0 ', 'and what is ignored');
    like($err, qr/in\.json:1:1: note: nothing is made of this: only what is shipped or delivered is news$/);
};

done_testing;
