# logisticsctl queue, dead, message and callbacks beside a Redis that is away, refuses, leaves, or holds what the queue did not
# put there: what is wrong is said once and in words, and the exit code is 2.
use strict;
use warnings;
use lib 't/lib';
use File::Temp ();
use IO::Socket::INET;
use Logistics::Redis;
use Logistics::Test;

my $dir = File::Temp->newdir;
my $redis = Logistics::Redis->start(dir => "$dir");
my $LANE = 'lgs:{L07}';
local $ENV{LGS_REDIS} = $redis->address;

sub refused {
    my ($expected, @command) = @_;
    my ($rc, $out, $err) = ctl_run(@command);
    is($rc, 2, "@command: exit 2") or diag "$out$err";
    like($err, $expected, '... and why');
    is((() = $err =~ /^logisticsctl/mg), 1, '... once') or diag $err;
    return $out;
}

# A dead letter as the queue would have put it, less some of its fields.
sub letter {
    my ($id, @without) = @_;
    my %is = (state => 'dead', closed => 5, partner => 'acme', class => 'bulk', route => 'events', at => 1, bytes => 2,
        body => '[]', reason => 'refused', attempts => 1);
    delete @is{@without};
    $redis->cmd('HSET', "$LANE:m:$id", %is);
    $redis->cmd('ZADD', "$LANE:x", 5, $id);
    return;
}

subtest 'away' => sub {
    local $ENV{LGS_REDIS} = '127.0.0.1:1';
    is(refused(qr/redis at 127\.0\.0\.1:1: Connection refused$/m, @$_), '')
        for ['queue'], ['dead', 'list'], ['dead', 'drop', 'm1'], ['message', 'm1'], ['callbacks', 'list'];
};

subtest 'a password' => sub {
    $redis->cmd('CONFIG', 'SET', 'requirepass', 'secret');
    is(refused(qr/it wants a password/, @$_), '') for ['queue'], ['dead', 'list'], ['message', 'm1'];
    $redis->cmd('AUTH', 'secret');
    $redis->cmd('CONFIG', 'SET', 'requirepass', '');
};

subtest 'a replica' => sub {
    letter('m1');
    $redis->cmd('REPLICAOF', '127.0.0.1', '1');
    my ($rc, $out) = ctl_run('dead', 'list');
    is($rc, 0, 'is good for looking');
    like($out, qr/^m1 /);
    like((ctl_run('dead', 'drop', 'm1', 'm2', 'm3'))[2], qr/^0 dropped, 1 not, 2 not tried$/m);
    refused(qr/it is a replica, which takes no changes: name its master \(READONLY/, 'dead', $_, 'm1', 'm2') for qw(drop replay);
    $redis->cmd('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    refused(qr/it is a replica without its master/, 'queue');
    $redis->cmd('CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
    $redis->cmd('REPLICAOF', 'NO', 'ONE');
    is((ctl_run('dead', 'drop', 'm1'))[0], 0, 'a master again');
    $redis->cmd('FLUSHALL');
};

subtest 'a lane with a key of another kind' => sub {
    $redis->cmd('SET', "$LANE:n", 'x');
    $redis->cmd('HSET', 'lgs:{L09}:n', 'open', 3, 'accepted', 3);
    my $out = refused(qr/lane L07 is damaged and left out: WRONGTYPE [^:]*; docs/, 'queue', '--every', '10ms');
    like($out, qr/^3 open/, 'the others are shown');
    $redis->cmd('FLUSHALL');
    $redis->cmd('SET', "$LANE:m:m1", 'x');
    $redis->cmd('HSET', 'lgs:{L09}:m:m2', 'state', 'accepted');
    my ($rc, undef, $err) = ctl_run('message', 'm1');
    is($rc, 2, 'it may be there');
    like($err, qr/lane L07 is damaged.*\n.*no message m1 .*, as far as it can be read$/m);
    is((ctl_run('message', 'm2'))[0], 0, 'another message is found') or diag +(ctl_run('message', 'm2'))[2];
    $redis->cmd('FLUSHALL');
};

subtest 'letters that lack something' => sub {
    letter('m1', 'body');
    letter('m2', 'partner');
    letter('m3', qw(closed partner class route at bytes body reason attempts));
    my ($rc, $out) = ctl_run('dead', 'list');
    is($rc, 0);
    like($out, qr/^m1  1970-01-01T00:00:00\.005Z acme events 1 refused: $/m);
    like($out, qr/^m3  - +- +- +- +-: *$/m);
    my %why = (m1 => qr/m1 is damaged: its records are gone/, m2 => qr/m2 is damaged: its partner, route, records or order keys are gone/);
    for my $id (sort keys %why) {
        ($rc, undef, my $err) = ctl_run('dead', 'replay', $id);
        is($rc, 1, "$id cannot go");
        like($err, $why{$id});
    }
    $redis->cmd('ZADD', "$LANE:x", 6, 'gone');
    unlike((ctl_run('dead', 'list'))[1], qr/gone/, 'what is kept no more is no letter');
    ($rc, undef, my $err) = ctl_run('dead', 'drop', qw(m1 m2 m3));
    is($rc, 0, 'but can be dropped') or diag $err;
};

# Answers the first round of scripts with nothing, and leaves.
subtest 'it leaves in the middle' => sub {
    my $listen = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!";
    my $child = Logistics::Process::fork_child('leaving redis', sub {
        my $client = $listen->accept;
        my $text = '';
        1 while (() = $text =~ /^EVAL\r$/mg) < 64 && sysread $client, $text, 65536, length $text;
        syswrite $client, "*0\r\n" x 64;
    });
    local $ENV{LGS_REDIS} = '127.0.0.1:' . $listen->sockport;
    my ($rc, undef, $err) = ctl_run('dead', 'drop', qw(m1 m2 m3));
    is($rc, 2);
    like($err, qr/no message m1.*redis at [^\n]*\n0 dropped, 2 not, 1 not tried$/s, 'the rest is left alone');
    $child->stop;
};

$redis->stop;
done_testing();
