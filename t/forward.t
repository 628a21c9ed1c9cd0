# Forward with `as`: the service behind gets the records in its own format, with its content type and character set.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Encode qw(encode);
use File::Temp ();

my $up = upstream(sub { return [201, { 'Content-Type' => 'text/xml' }, '<ok/>'] });

sub route {
    my ($name, $record, $as) = @_;
    return "routes/as-$name.yaml" => <<"END";
route: as-$name
path: /v1/as/$name
methods: {POST: {scope: tracking:write}}
record: $record
formats: {json: canonical, ndjson: canonical}
deliver: {mode: forward, upstream: tms, as: $as}
END
}

my %POLICIES = (
    route('advice', 'asn', 'asn-to-ubl'),
    route('table', 'event', 'event-table'),
    route('strict', 'event', 'event-strict'),
    'mappings/event-table.yaml' => <<'END',
mapping: event-table
input: {format: json, schema: canonical/event}
output: {format: csv, delimiter: ";", charset: cp1252, columns: [wer, was, wo, text, um]}
emit:
  - when: {not: {eq: [/type, shipment.in_transit]}}
    wer: $partner
    was: /type
    wo: /location/name
    text: /note
    um: {regex: '^[0-9]{4}', of: $received_at}
END
    'mappings/event-strict.yaml' => <<'END',
mapping: event-strict
input: {format: json, schema: canonical/event}
output: {format: json, schema: strict}
emit: [{type: /type, note: /note}]
END
    'schemas/strict.json' => '{"type": "object", "required": ["type"], "properties": {"type": {"type": "string"},'
        . ' "note": {"type": "string", "maxLength": 5}}, "additionalProperties": false}',
);
my $gw = gateway(odoo => 0, forward => $up, policies => \%POLICIES);
my $token = $gw->token(partner => 'acme-express');

my $before; # requests that the service had got before the last post

sub post {
    my ($path, $type, $body) = @_;
    $before = $up->count;
    return $gw->request('POST', $path, ['Content-Type' => $type, bearer($token)], $body);
}

sub event {
    return { v => 1, id => 'ev_00000001', type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z',
        tz_from => 'offset', refs => [{ t => 'tracking', v => 'A1' }], src => { partner => 'acme-express', format => 'json' }, @_ };
}

sub got { return $up->count > $before ? $up->last_request : {} }
sub sent { return got()->{headers}{ $_[0] } }

subtest 'a table in the character set of the service' => sub {
    my @events = (event(note => "Gr\x{fc}\x{df}e; ganz", location => { name => "K\x{f6}ln" }), event(id => 'ev_00000002', type => 'shipment.in_transit'),
        event(id => 'ev_00000003', type => 'shipment.exception'));
    my $answer = post('/v1/as/table', 'application/json', encode_json(\@events));
    is($answer->{status}, 201, 'the service answers') or diag $answer->{body};
    is($answer->{body}, '<ok/>', 'as it is');
    is($answer->header('Content-Type'), 'text/xml');
    is(sent('content-type'), 'text/csv; charset=windows-1252', 'it is told what it gets');
    my ($year) = got()->{body} =~ /;(\d{4})\r\n/;
    is(got()->{body}, encode('cp1252', "wer;was;wo;text;um\r\nacme-express;shipment.delivered;K\x{f6}ln;\"Gr\x{fc}\x{df}e; ganz\";$year\r\n"
        . "acme-express;shipment.exception;;;$year\r\n"), 'and gets it');
    is(sent('content-length'), length got()->{body}, 'all of it');

    $answer = post('/v1/as/table', 'application/x-ndjson', join '', map { encode_json($_) . "\n" } @events);
    is($answer->{status}, 201, 'of a batch, too') or diag $answer->{body};
    is(scalar(split /\r\n/, got()->{body} // ''), 3, 'in one body');
};

subtest 'what cannot be written is refused where it stands' => sub {
    my $body = encode_json([event(), event(id => 'ev_00000002', note => "\x{20ac} \x{4e2d}")]);
    my $answer = post('/v1/as/table', 'application/json', $body);
    my $problem = $answer->json;
    is($answer->{status}, 422) or diag $answer->{body};
    is($problem->{errors}[0]{code}, 'flat-write', 'windows-1252 has no such character');
    is($problem->{errors}[0]{record}, 1, 'of which record');
    is($problem->{errors}[0]{column}, index($body, '"note"') + length('"note":') + 1, 'and where');
    is($up->count, $before, 'nothing is sent');

    $answer = post('/v1/as/strict', 'application/json', encode_json(event(note => 'too long')));
    is($answer->{status}, 422) or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'maxLength', 'what the schema of the service refuses');
    $answer = post('/v1/as/strict', 'application/json', encode_json([event(), event(id => 'ev_00000002')]));
    is($answer->json->{errors}[0]{code}, 'output-single', 'one document is one record');
    $answer = post('/v1/as/table', 'application/json', encode_json(event(type => 'shipment.in_transit')));
    is($answer->{status}, 422);
    is($answer->json->{errors}[0]{code}, 'no-records', 'nothing is no request');
    is($up->count, $before, 'nothing is sent');
    is(post('/v1/as/strict', 'application/json', encode_json(event(note => 'short')))->{status}, 201);
    is(got()->{body}, qq({"type":"shipment.delivered","note":"short"}\n));
    is(sent('content-type'), 'application/json');
};

subtest 'a despatch advice for customs' => sub {
    my ($case) = glob root() . '/lua-free-policies/cases/asn-to-ubl/*/expected.xml';
    my $input = slurp($case =~ s/expected\.xml/input.json/r);
    my $tree = decode_json($input);
    $tree->{src}{partner} = 'acme-express';
    my $answer = post('/v1/as/advice', 'application/json', encode_json($tree));
    is($answer->{status}, 201) or diag $answer->{body};
    is(sent('content-type'), 'application/xml');
    like(got()->{body}, qr{^<\?xml .*<DespatchAdvice .*<cbc:ID>\Q$tree->{number}\E</cbc:ID>}s);
};
finish($gw);

# ---- what is refused when it is loaded ------------------------------------------------------------

sub lint {
    my %files = @_;
    my $dir = File::Temp->newdir('lgs-forward-XXXXXX', TMPDIR => 1);

    system('cp', '-R', root() . '/lua-free-policies/.', "$dir") == 0 or die "cp: $?";
    %files = (%POLICIES, %files);
    spew("$dir/$_", $files{$_}) for keys %files;
    my ($rc, $out, $err) = ctl_run('lint', "$dir");
    return ($rc, $out . $err);
}

my ($rc, $said) = lint();
is($rc, 0, 'the routes of this test are good') or diag $said;
for my $case (
    ['table', 'event', 'nobody', qr/no mapping "nobody"/],
    ['table', 'event', 'events-to-odoo', qr/.* makes records of the kind "odoo-operation"; here it must write documents/],
    ['table', 'event', 'asn-to-ubl', qr{.*: its input must be \{format: json, schema: canonical/event\}, not \{format: json, schema: canonical/asn\}}],
    ['table', 'event', 'event-part', qr/.*"event-part" is not for all that comes here/],
    ['table', 'event', 'event-any', qr{.*: its input must be \{format: json, schema: canonical/event\}, not \{format: json\}}],
) {
    my ($name, $record, $as, $text) = @$case;
    my $table = $POLICIES{'mappings/event-table.yaml'};
    ($rc, $said) = lint(route($name, $record, $as),
        'mappings/event-part.yaml' => $table =~ s/event-table/event-part/r =~ s/event\}/event, match: {exists: \/note}}/r,
        'mappings/event-any.yaml' => $table =~ s/event-table/event-any/r =~ s/, schema: canonical.event//r);
    is($rc, 1, "as: $as");
    like($said, qr{routes/as-table\.yaml:6:45: /deliver/as: $text}, 'where, and why');
}
($rc, $said) = lint('routes/as-now.yaml' => <<'END');
route: as-now
path: /v1/as/now
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: now, odoo: events-to-odoo, as: event-table}
END
like($said, qr{routes/as-now\.yaml:6:48: /deliver/as: "as" says what a service is sent: it needs mode: forward}, 'not to Odoo');
done_testing;
