# logisticsctl as a whole: help of each command, commands that are none, exit codes as the help says.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my ($rc, $out, $err) = ctl_run('help');
is($rc, 0, 'help');
is($err, '');
my @commands = do { my %seen; grep { !$seen{$_}++ } $out =~ /^  ([\w-]+)/mg };
cmp_ok(scalar @commands, '>=', 7, 'the commands') or diag $out;

for my $command (@commands) {
    for my $call ([$command, '--help'], [$command, '-h'], ['help', $command]) {
        my ($rc, $help, $err) = ctl_run(@$call);
        is($rc, 0, "@$call");
        is($err, '', '... is no error');
        like($help, qr/\Ausage: logisticsctl $command \.\.\.\n\n  $command .*\n      \S/, '... says how and what for');
        is_deeply([grep { $_ ne $command } $help =~ /^  ([\w-]+)/mg], [], '... of this command only');
    }
    local $ENV{LGS_REDIS} = '127.0.0.1:1';
    ($rc, $out, $err) = ctl_run($command);
    is($rc, 2, "$command alone");
    # queue needs no argument, but a Redis
    like($err, $command eq 'queue' ? qr/^logisticsctl queue: redis at 127\.0\.0\.1:1: / : qr/^usage: logisticsctl $command /m,
        '... says how');
}
for my $word (qw(--help -h)) {
    ($rc, $out, $err) = ctl_run($word);
    is($rc, 0, $word);
}
for my $case (['lnt', qr/^logisticsctl: no command "lnt"; did you mean "lint"\?; see logisticsctl help$/],
    ['xyzzy', qr/^logisticsctl: no command "xyzzy"; see logisticsctl help$/]) {
    for my $call ([$case->[0]], ['help', $case->[0]], [$case->[0], '--help']) {
        ($rc, $out, $err) = ctl_run(@$call);
        is($rc, 2, "@$call");
        like($err, $case->[1], '... says what was meant');
    }
}
done_testing();
