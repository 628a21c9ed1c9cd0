# logisticsctl validate: exit codes, places, files that refer to each other, YAML, --json.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

use File::Temp ();

my $dir = File::Temp->newdir;
my $input = '{"part": 1, "two": "abc"}';

# Runs it in the folder of the files: (exit code, stdout, stderr).
sub validate { return ctl_run({ dir => "$dir", stdin => $input }, 'validate', @_) }

write_files($dir, 'a b/root.yaml', <<'END');
$id: https://x.example/root
properties:
  part: {$ref: "../part%231.json"}
  two: {$ref: "two.json#/$defs/q"}
required: [part]
END
write_files($dir, 'part#1.json', '{"type": "integer"}');
write_files($dir, 'a b/two.json', '{"$defs": {"q": {"maxLength": 2}}}');
write_files($dir, 'good.json', '{"part": 1, "two": "ab"}');
write_files($dir, 'bad.json', qq({"part": 1.5,\n "two": "abc"}));
write_files($dir, 'broken.json', '{"part": 1,}');
write_files($dir, 'doc.yaml', "part: no\n");
write_files($dir, 'gone.json', '{"$ref": "nowhere.json", "typ": 1}');

my ($code, $out, $err) = validate('a b/root.yaml', 'good.json');
is($code, 0, 'valid');
is($out, "good.json: valid\n", 'and said so');
is($err, '', 'nothing else');

($code, $out, $err) = validate('a b/root.yaml', 'good.json', 'bad.json', 'broken.json', 'doc.yaml');
is($code, 1, 'one of them is not');
is($out, "good.json: valid\n", 'the one that is');
like($err, qr/^bad\.json:1:10: \/part: "part": 1\.5 is not a whole number$/m, 'file, place, text');
like($err, qr/^bad\.json:2:9: \/two: .* at most 2 are allowed$/m, 'by the file beside the schema');
like($err, qr/^broken\.json:1:12: /m, 'not JSON at all');
like($err, qr/^doc\.yaml:1:7: \/part: "part": "no" is not a whole number$/m, 'YAML: no is a string');

($code, $out, $err) = validate('a b/root.yaml', '-');
is($code, 1, 'standard input');
like($err, qr/^-:1:20: \/two:/m, 'with its place');

($code, $out, $err) = validate('--json', 'a b/root.yaml', 'good.json', 'bad.json');
is($code, 1, '--json');
like($out, qr/^\[\{"file":"good\.json","valid":true,"errors":\[\],"more":0\},$/m, 'the valid one');
like($out, qr/\{"code":"type",.*"line":1,"column":10,"pointer":"\/part","schema":"[^"]*#\/type"\}/,
    'code, place, pointer, schema');
ok(eval { decode_json($out); 1 }, 'it is JSON');

($code, $out, $err) = validate('gone.json', 'good.json');
is($code, 2, 'a bad schema');
is($err, <<'END', 'every finding, with its place');
gone.json:1:26: "typ" is no keyword; did you mean "type"?
gone.json:1:10: /$ref: "$ref": "nowhere.json" refers to nothing that is here
END

is((validate('a b/root.yaml', 'nothing.json'))[0], 2, 'a document that is not there');
is((validate('nothing.json', 'good.json'))[0], 2, 'a schema that is not there');
is((validate('a b/root.yaml'))[0], 2, 'no document');
is((validate())[0], 2, 'nothing at all');
done_testing();
