# logisticsctl map and logisticsctl test: what they print, where they point, how they end.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

my $dir = File::Temp->newdir('map-XXXXXX', TMPDIR => 1);
my %FILES = (
    'mappings/plain.yaml' => <<'END',
mapping: plain
input: {format: json, schema: plain}
lookup:
  states: {file: states, else: warn}
emit:
  - for_each: /list
    id: /id
    type: {lookup: states, key: /state, get: type, default: shipment.unknown}
    at: {date: /at, tz_default: {partner: tz}}
    who: $partner
    when_received: $received_at
END
    'codelists/states.yaml' => "codelist: states\ncodes:\n  D: {type: shipment.delivered}\n",
    'schemas/plain.json' => '{"type": "object", "required": ["list"]}',
    'schemas/canonical/event.json' =>
        '{"type": "object", "properties": {"id": {"type": "string"}, "type": {"$ref": "#/$defs/type"}},'
        . ' "$defs": {"type": {"enum": ["shipment.delivered", "shipment.unknown"]}}}',
    'cases/plain/good/input.json' => '{"list": [{"id": "1", "state": "D"}]}',
    'cases/plain/good/expected.json' => '[{"id": "1", "type": "shipment.delivered", "who": "acme",'
        . ' "when_received": "2024-01-01T00:00:00Z"}]',
    'cases/plain/good/case.yaml' =>
        "about: all of it\npartner: acme\nreceived_at: '2024-01-01T00:00:00Z'\nwarnings: 0\n",
    'cases/plain/refused/input.json' => '{"list": [{"id": "1", "state": "D", "at": "soon"}]}',
    'cases/plain/refused/expected.json' => '{"refused": ["mapping-date 1:43"]}',
);

write_files($dir, %FILES);

sub map_input {
    my ($input, @options) = @_;
    write_files($dir, 'input.json', $input);
    return ctl_run('map', '--policies', $dir, '--received-at', '2024-01-01T00:00:00Z', @options, 'plain',
        "$dir/input.json");
}

# ---- map -----------------------------------------------------------------------------------------

my ($code, $out, $err) = map_input('{"list": [{"id": "1", "state": "D"}, {"id": "2", "state": "D"}]}');
is($code, 0, 'translated');
is($out, join('', map {
    qq({"id":"$_","type":"shipment.delivered","who":"partner","when_received":"2024-01-01T00:00:00Z"}\n)
} 1, 2), 'a record a line');
is($err, '', 'nothing to say');

($code, $out) = map_input('{"list": [{"id": "1", "state": "D", "at": "2024-05-14T11:02:00"}]}',
    '--partner', 'acme', '--timezone', 'America/Denver');
like($out, qr/"at":"2024-05-14T11:02:00-06:00","who":"acme"/, 'partner and zone');

($code, $out, $err) = map_input('{"list": []}', '--received-at', 'tomorrow');
is($code, 2, 'what is no moment');
like($err, qr/--received-at "tomorrow" is no moment of RFC 3339: write 20/, 'is said');

write_files($dir, 'partners/acme.yaml', "partner: acme\ntimezone: America/Denver\n");
write_files($dir, 'codelists/partners/acme/states.yaml', "codelist: states\ncodes:\n  Z: {type: shipment.delivered}\n");
my $of_acme = '{"list": [{"id": "1", "state": "Z", "at": "2024-05-14T11:02:00"}]}';
($code, $out, $err) = map_input($of_acme, '--partner', 'acme');
is($out, '{"id":"1","type":"shipment.delivered","at":"2024-05-14T11:02:00-06:00","who":"acme","when_received":"2024-01-01T00:00:00Z"}' . "\n",
    "a partner's own zone and codes") or diag $err;
($code, $out) = map_input($of_acme, '--partner', 'acme', '--timezone', 'Europe/Berlin');
like($out, qr/11:02:00\+02:00/, 'unless another zone is given');
($code, $out, $err) = ctl_run('map', 'plain', "$dir/input.json", '--partner', 'acme', '--received-at', '2024-01-01T00:00:00Z', '--policies', $dir);
like($out, qr/"at":"2024-05-14T11:02:00-06:00","who":"acme"/, 'options behind the file') or diag $err;
($code, $out, $err) = map_input($of_acme, '--partner', 'other');
like($out, qr/"type":"shipment.unknown","at":"2024-05-14T11:02:00","who":"other"/, 'of nobody else');
write_files($dir, 'partners/acme.yaml', "partner: acme\ntimezone: America/Denvr\n");
($code, $out, $err) = map_input($of_acme, '--partner', 'acme');
is($code, 2, 'a zone that is none');
like($err, qr{America/Denvr}) or diag $out;
write_files($dir, 'partners/acme.yaml', "partner: acme\n");

($code, $out, $err) = map_input(qq({"list": [\n{"id": "1", "state": "X"}]}));
is($code, 0, 'an unknown code is no refusal');
like($out, qr/"type":"shipment.unknown"/, 'but its own type');
is($err, qq($dir/input.json:2:22: /list/0/state: warning: mapping "plain": "X" is not in the code list "states"\n),
    'and a warning with its place');

($code, $out, $err) = map_input(qq({"list": [{"id": "1", "state": "D",\n "at": "soon"}]}));
is($code, 1, 'refused');
is($out, '', 'nothing is printed');
is($err, qq($dir/input.json:2:8: /list/0/at: mapping "plain": "soon" is no date; write 2026-11-21T14:05:00+01:00, with or without offset\n),
    'line and column of the document');

($code, $out, $err) = map_input(qq({"list": [\n{"id": 7, "state": "D"}]}));
is($code, 1, 'a record that is not canonical');
like($err, qr/^\Q$dir\E\/input\.json:2:8: \/id: /, 'at the place its value came from');

($code, $out, $err) = map_input('{"other": 1}');
is($code, 1, 'the input has a schema');
like($err, qr/^\Q$dir\E\/input\.json:1:1: .*"list" is missing/, 'told by it');

($code, $out, $err) = map_input('{"list": [}');
is($code, 1, 'not JSON');
like($err, qr/input\.json:1:11: /, 'with its place');

write_files($dir, 'mappings/bad.yaml', "mapping: bad\nemit:\n  - type: shipment.deliverd\n    at: {dat: /at, formats: [iso]}\n");
($code, $out, $err) = ctl_run('map', "$dir/mappings/bad.yaml", "$dir/input.json");
is($code, 2, 'a mapping with findings');
like($err, qr/bad\.yaml:3:11: .*did you mean "shipment\.delivered"\?/, 'a type that is none');
like($err, qr/bad\.yaml:4:10: .*did you mean "date"\?/, 'an operation that is none, in the same load');
unlink "$dir/mappings/bad.yaml";

is((ctl_run('map', 'plain'))[0], 2, 'no file');
is((ctl_run('map', '--zone', 'UTC', 'plain', 'x'))[0], 2, 'an unknown option');
is((ctl_run('map', '--policies', $dir, 'nowhere', 'x'))[0], 2, 'an unknown mapping');
is((ctl_run('map', '--policies', $dir, '--timezone', 'Mars/Olympus', 'plain', "$dir/input.json"))[0], 2,
    'an unknown zone');

# ---- test ----------------------------------------------------------------------------------------

($code, $out, $err) = ctl_run('test', $dir);
is("$code $out$err", "0 2 passed, 0 failed\n", 'all pass');

# Runs the cases with one file changed; the file is put back.
sub with_file {
    my ($name, $text) = @_;
    write_files($dir, $name, $text);
    my @result = ctl_run('test', $dir);
    write_files($dir, $name, $FILES{$name});
    return @result;
}

($code, $out) = with_file('cases/plain/good/expected.json',
    $FILES{'cases/plain/good/expected.json'} =~ s/"acme"/"dhl"/r);
is($code, 1, 'a difference');
is($out, <<'END', 'the first one is shown');
failed: plain/good: /0/who
  expected: "dhl"
  got:      "acme"
1 passed, 1 failed
END

($code, $out) = with_file('cases/plain/good/expected.json', '[{"id": "1"}]');
like($out, qr{/0/type\n  expected: \(not there\)\n  got:      "shipment\.delivered"}, 'a member too many');

($code, $out) = with_file('cases/plain/good/expected.json',
    $FILES{'cases/plain/good/expected.json'} =~ s/"id"/"extra": 1, "id"/r);
like($out, qr{/0/extra\n  expected: 1\n  got:      \(not there\)}, 'a member that is missing');

($code, $out) = with_file('cases/plain/good/expected.json', '[]');
like($out, qr/plain\/good: 1 records, not 0/, 'the number of records');

($code, $out) = with_file('cases/plain/good/case.yaml', "partner: acme\nwarnings: 1\n");
like($out, qr/plain\/good: 0 warnings, not 1/, 'the number of warnings');

($code, $out, $err) = with_file('cases/plain/good/case.yaml', "partnr: acme\n");
is($code, 1, 'an unknown key of case.yaml');
like($err, qr/case\.yaml:1:1: .*partnr/, 'with its place');

($code, $out) = with_file('cases/plain/refused/input.json', $FILES{'cases/plain/good/input.json'});
like($out, qr/plain\/refused: it was not refused/, 'a refusal that does not come');

($code, $out) = with_file('cases/plain/refused/expected.json', '{"refused": ["mapping-date 1:4"]}');
like($out, qr/refusal 0 is "mapping-date 1:43", not "mapping-date 1:4"/, 'a refusal somewhere else');

($code, $out, $err) = with_file('cases/plain/good/input.json', $FILES{'cases/plain/refused/input.json'});
like($out, qr/plain\/good: it was refused/, 'a refusal that should not come');
like($err, qr/good\/input\.json:1:43: /, 'and why');

is((ctl_run('test', "$dir/nowhere"))[0], 2, 'no such directory');
is((ctl_run('test'))[0], 2, 'no directory');

# ---- what ships ----------------------------------------------------------------------------------

chdir root();
($code, $out, $err) = ctl_run('test', 'lua-free-policies');
is($code, 0, 'the cases of the policies that ship') or diag("$out$err");
my %form_of; # a mapping of a read's `as` → the read, whose cases show it
for my $read (glob 'lua-free-policies/reads/*.yaml') {
    my ($name) = $read =~ m{([^/]+)\.yaml$};
    my ($forms) = slurp($read) =~ /^as: \{(.*)\}$/m or next;
    $form_of{$_} = "read.$name" for $forms =~ /: ([\w-]+)/g;
}
for my $mapping (glob 'lua-free-policies/mappings/*.yaml') {
    my ($name) = $mapping =~ m{([^/]+)\.yaml$};
    my $cases = $form_of{$name} // (slurp($mapping) =~ /^output: view\./m ? 'read.' . $name =~ s/-view$//r : $name);
    cmp_ok(scalar(() = glob "lua-free-policies/cases/$cases/*/input.*"), '>', 0, "$name has cases");
}

# ---- the page ------------------------------------------------------------------------------------

my $page = slurp('docs/mappings.md');
my ($table) = slurp('ngx_logistics_module/mapping/ops.c') =~ /operations\[\] = \{(.*?)^\};/ms;
my @operations = $table =~ /^\s+\{"(\w+)",/mg;
cmp_ok(scalar @operations, '>', 20, 'the table of operations');
like($page, qr/^\|[^\n]*`\{$_:/m, "docs/mappings.md has $_") for @operations;
my ($conditions) = slurp('ngx_logistics_module/mapping/cond.c') =~ /conditions\[\] = \{(.*?)^\};/ms;
like($page, qr/`\{?$_\b/, "and the condition $_") for $conditions =~ /^\s+\{"(\w+)",/mg;
my ($example) = $page =~ /```yaml\n(.*?)```/s;
write_files($dir, 'mappings/acme-json.yaml', $example);
write_files($dir, 'codelists/acme-status.yaml', $FILES{'codelists/states.yaml'});
write_files($dir, 'schemas/acme.json', '{}');
write_files($dir, "schemas/canonical/$_.json", slurp("lua-free-policies/schemas/canonical/$_.json")) for qw(event parts);
write_files($dir, 'input.json', '{"shipments": [{"id": "7", "pieces": ["p"],'
    . ' "events": [{"code": "D", "at": "2024-05-14T11:02:00Z"}, {"at": ""}]}]}');
($code, $out, $err) = ctl_run('map', '--policies', $dir, 'acme-json', "$dir/input.json");
is($code, 0, 'the example of the page runs') or diag($err);
like($out, qr/\A\{"v":1,"id":"ev_[0-9a-f]{64}","type":"shipment\.delivered".*"v":"p".*\}\n\z/, 'and does what it says');

# The examples of assertions and templates, in one mapping.
my ($assert) = $page =~ /^## Assert\n\n```yaml\n(.*?)```/ms;
my ($templates) = $page =~ /^## Templates\n\n```yaml\n(.*?)```/ms;
write_files($dir, 'mappings/pieces.yaml', "mapping: pieces\noutput: piece\n$assert$templates");
write_files($dir, 'input.json', '{"id":"7","date":"20240514","bol":"B","pieces":["p"],"from":{"city":"Aden","countryCode":"YE"},'
    . '"lines":[{"net":"1.50"},{"net":2}],"total":3.5}');
($code, $out, $err) = ctl_run('map', '--policies', $dir, 'pieces', "$dir/input.json");
is($code, 0, 'the examples of assert and templates run') or diag($err);
is($out, '{"location":{"addr":{"city":"Aden","country":"YE"}},"occurred_at":null,"local":"2024-05-14",'
    . '"refs":[{"t":"tracking","v":"7"},{"t":"piece","v":"p"},{"t":"bol","v":"B"}]}' . "\n", 'and do what they say');
write_files($dir, 'input.json', '{"id":"7","date":"20240514","lines":[{"net":1}],"total":"3.50"}');
($code, $out, $err) = ctl_run('map', '--policies', $dir, 'pieces', "$dir/input.json");
is($code, 1, 'the assertion refuses');
like($err, qr/input\.json:1:57: \/total: mapping "pieces": the lines do not add up to 3\.50/);

# The envelope of EDI that is written: the partner's ids, the house's environment, the number that is given.
write_files($dir, 'mappings/status.yaml', "mapping: status\noutput: {format: x12, set: '214', version: '004010'}\n"
    . "emit: [{segments: [{B10: {'01': /number, '03': ACMX}}]}]\n");
write_files($dir, 'input.json', '{"number":"88124"}');
my @edi = ('map', '--policies', $dir, '--received-at', '2026-03-14T09:30:00Z');
($code, $out, $err) = ctl_run(@edi, 'status', "$dir/input.json");
is($code, 0, 'a set without a partner') or diag($err);
like($out, qr/^ISA.{29}ZZ\*SENDER {9}\*ZZ\*RECEIVER {7}\*260314\*0930\*U\*00401\*000000001\*0\*T\*>~\n/, 'has stand-ins and is a test');
make_path("$dir/partners");
write_files($dir, 'partners/acme.yaml', "partner: acme\nedi: {id: [02/ACMX, ZZ/B], ours: ZZ/OURCO}\n");
write_files($dir, 'gateway.yaml', "environment: production\n");
($code, $out, $err) = ctl_run(@edi, '--partner', 'acme', '--control', 123, 'status', "$dir/input.json");
is($code, 0, 'with one') or diag($err);
like($out, qr/^ISA.{29}ZZ\*OURCO {10}\*02\*ACMX {11}\*260314\*0930\*U\*00401\*000000123\*0\*P\*>~\nGS\*QM\*OURCO\*ACMX\*20260314\*0930\*123\*/,
    'it has their ids, the number, and is none');
for my $number (qw(0 x 1234567890)) {
    ($code, $out, $err) = ctl_run(@edi, '--control', $number, 'status', "$dir/input.json");
    is($code, 2, "$number is no control number");
    like($err, qr/"$number" is no control number: 1 to 999999999/, '... and it is said');
}
done_testing();
