# logisticsctl order: what it prints, how it ends; and that cases of machines can fail.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

my $policies = root() . '/lua-free-policies';
my $dir = File::Temp->newdir('order-XXXXXX', TMPDIR => 1);

sub event {
    my ($type, $at, %more) = @_;
    return { type => $type, timing => 'actual', occurred_at => $at,
        refs => [{ t => 'pro', v => 'P1' }, { t => 'appointment', v => 'A1' }], %more };
}
sub lines { return join '', map { encode_json($_) . "\n" } @_ }
# Runs it in the directory of the files, so that their names are short.
sub order { return ctl_run('order', '--policies', $policies, @_) }

spew("$dir/a.ndjson", lines(event('yard.gate_in', '2026-11-20T08:05:00Z'), event('fleet.position', '2026-11-20T08:06:00Z')));
spew("$dir/b.json", encode_json([event('yard.appointment_scheduled', '2026-11-20T08:00:00Z', timing => 'planned')]));

my ($rc, $out, $err) = order('appointment', "$dir/a.ndjson", "$dir/b.json");
is($rc, 0, 'nothing is refused') or diag($err);
is($out =~ s/\Q$dir\E\///gr, <<'END', 'each event, then where the thing is');
a.ndjson:1: A1 yard.gate_in: unknown, parked (impossible)
a.ndjson:2: A1 fleet.position: passed
b.json:1: A1 yard.appointment_scheduled: unknown -> scheduled, applied
a.ndjson:1: A1 yard.gate_in: scheduled -> arrived, applied (was parked)
A1 is arrived
END

($rc, $out) = order('--json', '--key', 'pro', 'appointment', "$dir/a.ndjson");
is($rc, 0, 'another number, as JSON');
is_deeply([map { decode_json($_) } split /\n/, $out], [
    { line => 1, type => 'yard.gate_in', order => 'parked', key => 'P1', why => 'impossible', from => 'unknown',
        to => 'unknown' },
    { line => 2, type => 'fleet.position', order => 'passed', key => 'P1' },
    { line => 1, type => 'yard.gate_in', order => 'applied', key => 'P1', why => 'impossible', from => 'unknown',
        to => 'arrived', missing => ['scheduled'], was_parked => JSON::PP::true, is_over => JSON::PP::true },
    { key => 'P1', is => 'arrived' },
], 'with what waited in vain');

($rc, $out) = order('--key', 'bol', 'appointment', "$dir/b.json");
like($out, qr/b\.json:1: - yard\.appointment_scheduled: passed \(has none of the numbers\)$/m, 'no such number');

spew("$dir/bad.ndjson", lines(event('yard.gate_in', '2026-11-20T08:05:00Z')) . "{\"type\": }\n");
($rc, $out, $err) = order('appointment', "$dir/bad.ndjson");
is($rc, 2, 'a line that is no JSON');
like($err, qr/bad\.ndjson:2:10: /, '... with its place');
($rc, $out, $err) = order('apointment', "$dir/b.json");
is($rc, 2, 'a machine that is not there');
like($err, qr{there is no .*/machines/apointment\.yaml}, '... is named');
is((order('appointment'))[0], 2, 'without a file');
is((order('--jsn', 'appointment', "$dir/b.json"))[0], 2, 'an unknown option');

# A directory of its own: a machine that refuses, and cases.
make_path("$dir/p/machines", "$dir/p/cases/machine.strict/late");
spew("$dir/p/gateway.yaml", "environment: sandbox\n");
spew("$dir/p/machines/strict.yaml", <<'END');
machine: strict
key: [pro]
start: none
states: {none: {rank: 0}, here: {rank: 1}, there: {rank: 2}}
events: {yard.gate_in: {to: here}, yard.gate_out: {to: there}}
late: refuse
END
my @late = (event('yard.gate_out', '2026-11-20T09:00:00Z'), event('yard.gate_in', '2026-11-20T08:00:00Z'));
spew("$dir/late.ndjson", lines(@late));
($rc, $out) = ctl_run('order', '--policies', "$dir/p", 'strict', "$dir/late.ndjson");
is($rc, 1, 'a refused event is a finding');
like($out, qr/late\.ndjson:2: P1 yard\.gate_in: there, refused \(late\)$/m, '... and says so');

my @want = (
    { type => 'yard.gate_out', order => 'applied', key => 'P1', why => 'fits', from => 'none', to => 'there' },
    { type => 'yard.gate_in', order => 'refused', key => 'P1', why => 'late', from => 'there', to => 'there' },
    { key => 'P1', is => 'there' });
my $case = "$dir/p/cases/machine.strict/late";
spew("$case/input.json", encode_json(\@late));
spew("$case/expected.json", encode_json(\@want));
($rc, $out) = ctl_run('test', "$dir/p");
is($rc, 0, 'a case that holds') or diag($out);
like($out, qr/^1 passed, 0 failed$/m);
$want[2]{is} = 'here';
spew("$case/expected.json", encode_json(\@want));
($rc, $out) = ctl_run('test', "$dir/p");
is($rc, 1, 'one that does not');
like($out, qr{^failed: .*machine\.strict/late: .*/2/is}m, '... says where');
spew("$case/expected.json", encode_json([@want[0, 1]]));
($rc, $out) = ctl_run('test', "$dir/p");
is($rc, 1, 'nor one that expects less');

done_testing();
