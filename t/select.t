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
limits: {rate: 20/s, burst: 100, in_flight: 10}
formats: {tracking-events: {json: LIST}}
END

my $gw = gateway(odoo => 19, odoo_args => ['--stock-delivery'],
    policies => { %mappings, 'partners/kinds.yaml' => $partner =~ s/LIST/[kind-out, kind-done]/r });
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
    like($said, qr{partners/kinds\.yaml:5:46: .*"kind-out" is never tried: "kind-any" before it takes every document});
    ($rc, $said) = lint('[kind-out, nobody]');
    like($said, qr/no mapping "nobody"/);
    ($rc, $said) = lint('[kind-out, kind-part]', mapping('kind-part', '{format: json, records: /all}', 'shipment.delivered'));
    like($said, qr/"kind-part" reads documents in another way than "kind-out"/);
    ($rc, $said) = lint('[]');
    is($rc, 1, 'an empty list');
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
};

done_testing;
