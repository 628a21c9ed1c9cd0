# logisticsctl validate's options, schema infer and schema compat.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

use File::Temp ();
use JSON::PP ();

my $dir = File::Temp->newdir;

# Runs it in the folder of the files: (exit code, stdout, stderr).
sub run_ctl { return ctl_run({ dir => "$dir" }, @_) }

# ---- validate ----

write_files($dir, 'doc.json', '{"at": "soon", "list": [1, "a"], "u": {"v": 1}}');
write_files($dir, 'formats.json', '{"properties": {"at": {"format": "date-time"}}}');
is((run_ctl('validate', 'formats.json', 'doc.json'))[0], 1, 'formats are asserted');
is((run_ctl('validate', '--formats', 'assert', 'formats.json', 'doc.json'))[0], 1, 'and on request');
is((run_ctl('validate', '--formats', 'annotate', 'formats.json', 'doc.json'))[0], 0, 'or annotations');

write_files($dir, 'array.json', '{"properties": {"list": {"items": [{"type": "integer"}],'
    . ' "additionalItems": {"type": "null"}}}}');
is((run_ctl('validate', 'array.json', 'doc.json'))[0], 2, 'an array of items is none of 2020-12');
is((run_ctl('validate', '--draft', '7', 'array.json', 'doc.json'))[0], 1, 'but of draft 7');
is((run_ctl('validate', '--draft', '2019-09', 'array.json', 'doc.json'))[0], 1, 'and of 2019-09');
write_files($dir, 'own.json', '{"$schema": "http://json-schema.org/draft-07/schema#", "definitions":'
    . ' {"i": {"type": "integer"}}, "properties": {"list": {"items": [{"$ref": "#/definitions/i"}]}}}');
is((run_ctl('validate', 'own.json', 'doc.json'))[0], 0, '$schema says the draft');

write_files($dir, 'unknown.json', '{"nullable": true}');
is((run_ctl('validate', 'unknown.json', 'doc.json'))[0], 2, 'an unknown keyword is refused');
is((run_ctl('validate', '--unknown', 'ignore', 'unknown.json', 'doc.json'))[0], 0, 'or ignored');

write_files($dir, 'remote.json', '{"$id": "https://x.example/root", "properties":'
    . ' {"u": {"$ref": "https://partner.example/s/u%20v.json#/$defs/u"}}}');
write_files($dir, 'mirror/s/u v.json', '{"$defs": {"u": {"properties": {"v": {"$ref": "deep/v.json"}}}}}');
write_files($dir, 'mirror/s/deep/v.json', '{"type": "string"}');
write_files($dir, 'secret.json', '{}');
my ($code, $out, $err) = run_ctl('validate', 'remote.json', 'doc.json');
is($code, 2, 'the network is not asked');
like($err, qr/refers to nothing that is here/, 'and it says so');
($code, $out, $err) = run_ctl('validate', '--base', 'https://partner.example/=mirror', 'remote.json',
    'doc.json');
is($code, 1, '--base has it');
like($err, qr{^doc\.json:1:\d+: /u/v: "v": 1 is not a string$}m, 'and what it refers to');
write_files($dir, 'out.json', '{"$ref": "https://partner.example/%2e%2e/secret.json"}');
is((run_ctl('validate', '--base', 'https://partner.example=mirror', 'out.json', 'doc.json'))[0], 2,
    'nothing above the folder is read');
write_files($dir, 'meta.json', '{"$ref": "https://json-schema.org/draft/2020-12/schema"}');
is((run_ctl('validate', 'meta.json', 'formats.json'))[0], 0, 'the meta-schemas are built in');
is((run_ctl('validate', 'meta.json', 'array.json'))[0], 1, 'and are right');

for my $bad (['--draft', '4'], ['--draft'], ['--formats', 'maybe'], ['--base', 'x'], ['--wobble']) {
    ($code, $out, $err) = run_ctl('validate', @$bad, 'formats.json', 'doc.json');
    is($code, 2, "validate @$bad");
    isnt($err, '', 'says why');
}

# ---- a meta-schema of one's own ----

write_files($dir, 'ours.json', '{"$id": "https://x.example/ours", "$vocabulary": {'
    . '"https://json-schema.org/draft/2020-12/vocab/core": true,'
    . '"https://json-schema.org/draft/2020-12/vocab/applicator": true,'
    . '"https://json-schema.org/draft/2020-12/vocab/meta-data": true}, "required": ["title"]}');
write_files($dir, 'good.json', '{"$schema": "https://x.example/ours", "title": "a", "properties": {}}');
write_files($dir, 'untitled.json', '{"$schema": "https://x.example/ours"}');
write_files($dir, 'typed.json', '{"$schema": "https://x.example/ours", "title": "a", "type": "null"}');
my @base = ('--base', 'https://x.example=.');
write_files($dir, 'ours', slurp("$dir/ours.json"));
is((run_ctl('validate', @base, 'good.json', 'doc.json'))[0], 0, 'a meta-schema of one\'s own');
($code, $out, $err) = run_ctl('validate', @base, 'untitled.json', 'doc.json');
is($code, 2, 'a schema is checked with it');
like($err, qr/^untitled\.json:1:1: "title" is missing$/m, 'and told where it is wrong');
is((run_ctl('validate', @base, 'typed.json', 'doc.json'))[0], 2, 'its vocabularies say what there is');
write_files($dir, 'strange', '{"$vocabulary": {"https://x.example/vocab": true}}');
write_files($dir, 'needs.json', '{"$schema": "https://x.example/strange"}');
($code, $out, $err) = run_ctl('validate', @base, 'needs.json', 'doc.json');
is($code, 2, 'a vocabulary that is needed and not known');
like($err, qr{"https://x\.example/vocab", which is not known here}, 'is named');

# ---- infer ----

write_files($dir, "s$_.json", qq({"id": "$_", "at": "2026-11-0${_}T10:00:00Z", "kind": "transit", "n": $_,)
        . qq( "w": $_.5, "any": @{[$_ % 2 ? 'null' : '"x"']}@{[$_ == 2 ? ', "late": true' : '']}}))
    for 1 .. 4;
($code, $out, $err) = run_ctl('schema', 'infer', map { "s$_.json" } 1 .. 4);
is($code, 0, 'a schema is inferred');
is_deeply(JSON::PP->new->decode($out), {
    '$schema' => 'https://json-schema.org/draft/2020-12/schema',
    type => 'object',
    required => ['id', 'at', 'kind', 'n', 'w', 'any'],
    properties => {
        id => {type => 'string'},
        at => {type => 'string', format => 'date-time'},
        kind => {type => 'string', enum => ['transit']},
        n => {type => 'integer'},
        w => {type => 'number'},
        any => {type => ['null', 'string']},
        late => {type => 'boolean'},
    },
}, 'types, required, few values, formats');
write_files($dir, 'inferred.json', $out);
is((run_ctl('validate', 'inferred.json', map { "s$_.json" } 1 .. 4))[0], 0, 'the samples are valid');
is((run_ctl('schema', 'infer', 'nothing.json'))[0], 2, 'a sample that is not there');
write_files($dir, 'broken.json', '{');
is((run_ctl('schema', 'infer', 'broken.json'))[0], 2, 'a sample that is no JSON');

# ---- compat ----

sub compat {
    my ($old, $new, @options) = @_;
    write_files($dir, 'old.json', $old);
    write_files($dir, 'new.json', $new);
    return run_ctl('schema', 'compat', @options, 'old.json', 'new.json');
}

($code, $out, $err) = compat(
    '{"type": "object", "required": ["id"], "additionalProperties": false, "properties":'
        . ' {"id": {"type": "string", "maxLength": 35}, "kind": {"enum": ["a", "b"]}}}',
    '{"type": "object", "required": ["id", "w"], "additionalProperties": false, "properties":'
        . ' {"id": {"type": "string", "maxLength": 40}, "kind": {"enum": ["b", "c"]},'
        . ' "w": {"type": "number"}}}');
is($code, 1, 'not backward');
is($out, <<'END', 'what each refuses, with its place');
backward: no
  new.json:1:32: /required: "required" refuses objects without "w"
  new.json:1:151: /properties/kind/enum: "enum" refuses "a"
forward: no
  old.json:1:124: /properties/id/maxLength: "maxLength" refuses longer texts
  old.json:1:146: /properties/kind/enum: "enum" refuses "c"
  old.json:1:64: /additionalProperties: refuses "w"
full: no
END

my $narrow = '{"type": "integer", "minimum": 1, "multipleOf": 4}';
my $wide = '{"type": ["number", "null"], "minimum": 0.5, "multipleOf": 2}';
is((compat($narrow, $wide))[0], 0, 'wider: backward');
is((compat($narrow, $wide, '--level', 'forward'))[0], 1, 'but not forward');
is((compat($narrow, $wide, '--level', 'full'))[0], 1, 'nor full');
is((compat($wide, $narrow))[0], 1, 'narrower: not backward');
is((compat($wide, $narrow, '--level', 'forward'))[0], 0, 'but forward');
is((compat($wide, $wide, '--level', 'full'))[0], 0, 'the same');
my $optional = '{"properties": {"a": {"type": "string"}}}';
is((compat('{}', $optional))[0], 1, 'an open object may have had anything there');
is((compat('{}', $optional, '--named'))[0], 0, 'unless only members that are named are sent');
is((compat('{"$ref": "#/$defs/n", "$defs": {"n": {"items": {"$ref": "#/$defs/n"}, "maxItems": 3}}}',
        '{"$ref": "#/$defs/n", "$defs": {"n": {"items": {"$ref": "#/$defs/n"}, "maxItems": 4}}}'))[0],
    0, 'schemas that refer to themselves');
is((compat('{"anyOf": [{"type": "string"}, {"type": "null"}]}', '{"type": ["string", "null"]}',
        '--level', 'full'))[0], 1, 'a choice taken apart');
is((compat('{"anyOf": [{"type": "string"}, {"type": "null"}]}', '{"type": ["string", "null"]}'))[0],
    0, 'in one direction');
is((compat('{"not": {"type": "string"}}', '{"not": {"type": "null"}}'))[0], 1,
    'what cannot be decided is told');
($code, $out, $err) = compat($wide, $narrow, '--json');
my $report = JSON::PP->new->decode($out);
ok(!$report->{backward} && $report->{forward} && !$report->{kept}, '--json');
is_deeply([sort map { $_->{pointer} } @{$report->{new_refuses}}],
    ['/minimum', '/multipleOf', '/type'], 'with pointers');
is((compat('{"typ": 1}', '{}'))[0], 2, 'a bad schema');
is((run_ctl('schema', 'compat', 'old.json'))[0], 2, 'one schema is none to compare');
is((run_ctl('schema', 'compat', '--level', 'sideways', 'old.json', 'new.json'))[0], 2, 'no such level');
is((run_ctl('schema'))[0], 2, 'nothing at all');
done_testing;
