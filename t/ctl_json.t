# logisticsctl json: what the gateway's reader accepts, refuses, and says about it.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

use File::Temp ();

my $dir = File::Temp->newdir;

# Runs logisticsctl json with standard input and arguments: (exit code, stdout, stderr).
sub json {
    my ($input, @args) = @_;
    return ctl_run({ stdin => $input }, 'json', @args);
}

my ($code, $out, $err) = json(qq({ "a" : [1, 2.50, 1e400],\n "b" : "\\u00e9\\n", "c" : {} }\n), '-');
is($code, 0, 'accepted');
is($out, qq({"a":[1,2.50,1e400],"b":"\xc3\xa9\\n","c":{}}\n), 'compact, numbers as written');
is($err, '', 'nothing to say');

($code, $out) = json('{"a":[1,{}]}', '--pretty', '-');
is($code, 0, 'accepted');
is($out, qq({\n  "a": [\n    1,\n    {}\n  ]\n}\n), 'indented');

spew("$dir/bad.json", qq({"shipments":[{"id":1},\n  {"id":2 "x":3}]}));
($code, $out, $err) = json('', "$dir/bad.json");
is($code, 1, 'refused');
is($out, '', 'nothing written');
is($err, qq($dir/bad.json:2:11: /shipments/1: expected ',' or '}' after the member "id", found '"'\n),
    'file, line, column, pointer, reason');

($code, $out, $err) = json('[1,2', '-');
is($code, 1, 'refused from standard input');
like($err, qr/^-:1:5: expected/, 'its name is -');

($code, $out, $err) = json('[' x 65 . ']' x 65, '-');
is($code, 1, 'one level too deep');
like($err, qr/more than 64 arrays and objects/, 'the limit is named');

($code, $out, $err) = json('"' . 'x' x (20 * 1024 * 1024) . '"', '-');
is($code, 2, 'more than the largest body');
like($err, qr/more than 20971520 bytes/, 'the limit is named');

for my $usage ([], ['--pretty'], ['--ugly', '-'], ['-', '-'], ['--pretty', '-', 'x']) {
    ($code, $out, $err) = json('1', @$usage);
    is($code, 2, "usage: json @$usage");
    like($err, qr/^usage: logisticsctl json \[--pretty\] FILE\|-$/, 'says how');
}

($code, $out, $err) = json('', "$dir/none.json");
is($code, 2, 'no such file');
like($err, qr/none\.json: No such file/, 'says which');

SKIP: {
    skip 'no /dev/full', 2 unless -c '/dev/full';
    spew("$dir/in", '[1]');
    $code = system("'" . Logistics::Gateway::build_dir() . "/logisticsctl' json $dir/in > /dev/full 2> $dir/err");
    is($code >> 8, 2, 'output that cannot be written');
    like(slurp("$dir/err"), qr/standard output/, 'says so');
}
# Real payloads, where they are at hand: accepted, and what was written is written again alike.
# GS1's own example AssociationEvent-h has its eventID twice: that is refused, and said.
my $corpus = $ENV{LGS_CORPUS} || '../shared/corpus';
SKIP: {
    skip 'no corpus', 1 unless -r "$corpus/INDEX.tsv";
    my @files = map { "$corpus/$_->[0]" } grep { $_->[0] =~ /\.json(ld)?$/ && $_->[5] =~ /^valid/ }
        map { [split /\t/] } split /\n/, slurp("$corpus/INDEX.tsv");
    cmp_ok(scalar @files, '>', 50, 'real payloads');
    for my $path (@files) {
        my ($bad, $first, $why) = json('', $path);
        if ($path =~ /AssociationEvent-h\.jsonld$/) {
            like($why, qr{:15:5: /epcisBody/eventList/0/eventID: the member "eventID" stands twice}, $path);
            next;
        }
        is($bad, 0, $path) or diag($why);
        my (undef, $second) = json($first, '-');
        is($second, $first, 'a fixed point');
    }
}
done_testing;
