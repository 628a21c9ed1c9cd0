# make run as a newcomer meets it: it says what to do, the curl line that it prints works, and it ends
# everything that it started.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Process qw(spawn children_of);

chdir root();
my $dir = File::Temp->newdir;
chmod 0755, "$dir";
Logistics::Gateway::copy_tree(root() . '/lua-free-policies', "$dir/policies");

sub start_run {
    my ($port, %env) = @_;
    spew("$dir/out", "");
    return spawn(name => 'tools/run', argv => ['tools/run'], stdout => "$dir/out", stderr => "$dir/out",
        env => { PORT => $port, STATE => "$dir/state", POLICIES => "$dir/policies",
            LGS_BUILD => Logistics::Gateway::build_dir(), %env });
}

my $port = free_port();

subtest 'a port that is taken' => sub {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1);
    my $run = start_run($port);
    ok($run->wait_exit(10), 'it ends');
    isnt($run->status, 0, '... not well');
    like(slurp("$dir/out"), qr/port $port of 127\.0\.0\.1 is taken.*PORT=/, '... and says what to do');
};

my $run = start_run($port);
ok(eval { wait_for(sub { $run->alive || die slurp("$dir/out"); slurp("$dir/out") =~ /Stop with Ctrl-C/ }, 60, 'make run') },
    'make run is ready') or diag($@, slurp("$dir/out"));
my $said = slurp("$dir/out");
my @pids = map { ($_, children_of($_)) } children_of($run->pid);
cmp_ok(scalar @pids, '>=', 5, 'Redis, the stand-in, nginx with its workers');

subtest 'the curl lines' => sub {
    $said =~ s/\\\n\s*/ /g;
    my ($post, $get, $later) = $said =~ /^\s*(curl .*)$/mg;
    my $answer = `$post -sS 2>&1`;
    like($answer, qr{^HTTP/1\.1 20[01] }, 'the event is accepted') or diag($answer);
    like($answer, qr/"outcome":"written"/, '... and written');
    my ($id) = $answer =~ /^X-Correlation-ID: (\S+)\r$/mi;
    ok($id, 'it has a correlation id');
    my $again = `$post -sS 2>&1`;
    like($again, qr{^HTTP/1\.1 200 }, 'sent again it is accepted') or diag($again);
    like($again, qr/"outcome":"already-there"/, '... and changes nothing');
    unlike($again, qr/"outcome":"written"/);
    my $trace = '';
    ok(eval { wait_for(sub { $trace = `$get -sS`; $id && $trace =~ /\Q$id\E/ }, 5, 'the trace') },
        'its trace is found by tracking number') or diag($trace);
    my ($location) = `$later -sS 2>&1` =~ m{^HTTP/1\.1 202 .*^Location: (\S+)\r$}ms;
    ok($location, 'for later it is accepted');
    my ($asked) = $get =~ /(-H .*)/;
    my ($gateway) = $get =~ m{'(http://[^/]+)/};
    ok(eval { wait_for(sub { `curl -sS $gateway$location $asked` =~ /"status":"delivered"/ }, 15, 'the relay') },
        '... and delivered by the relay') or diag(`curl -sS $gateway$location $asked`);
    my ($read) = slurp(root() . '/docs/quickstart.md') =~ /^    (curl -i \S+\/v1\/shipments\/.*)$/m;
    my ($address, $token) = $post =~ m{(http://\S+?)/v1/\S+.*\$\(cat (\S+)\)};
    $read =~ s{http://127\.0\.0\.1:8080}{$address};
    $read =~ s{run/token}{$token};
    like(`$read -sS 2>&1`, qr{^HTTP/1\.1 200 .*"last_event":"shipment\.delivered"}s, 'and the shipment is read back as the page says');
    my %holds = ('shipments/AZ-31' => qr/"type":"shipment\.delivered".*pod\.pdf/s, 'inventory' => qr/"sku":"W-1".*"sku":"G-2"/s,
        'INV/2026/00071' => qr/"name":"INV\/2026\/00071".*Toll/s, 'availability' => qr/"available":false.*Gearbox/s,
        'v1/edi' => qr/"status":"delivered".*AK9\*A\*2\*2\*2~/s);
    my @reads = slurp(root() . '/docs/quickstart.md') =~ /^    (curl -f .*)$/mg;
    is(scalar @reads, scalar keys %holds, 'what others read and send, line by line');
    for my $line (@reads) {
        my ($what) = grep { index($line, $_) >= 0 } sort keys %holds;
        my $build = Logistics::Gateway::build_dir();
        $line =~ s{http://127\.0\.0\.1:8080}{$address};
        $line =~ s{build/logisticsctl token --keys run/keys}{$build/logisticsctl token --policies $dir/policies --keys $dir/run/keys};
        like(`$line -sS 2>&1`, $holds{$what}, "... $what") or diag $line;
    }
    my ($ctl) = $said =~ /^\s*(\S+logisticsctl trace .*)$/m;
    like(`$ctl 2>&1`, qr/\Q$id\E acme-express POST tracking-events 200/, '... and by the line for the operator');
};

subtest 'a second one with the same state' => sub {
    my $second = start_second();
    ok($second->wait_exit(10));
    like(slurp("$dir/second"), qr/already running/);
};

sub start_second {
    return spawn(name => 'second', argv => ['tools/run'], stdout => "$dir/second", stderr => "$dir/second",
        env => { PORT => free_port(), STATE => "$dir/state", POLICIES => "$dir/policies",
            LGS_BUILD => Logistics::Gateway::build_dir() });
}

$run->kill('TERM');
ok($run->wait_exit(20), 'it ends on TERM');
is($run->status, 0, '... well');
is(scalar(grep { kill 0, $_ } @pids), 0, '... and leaves no process behind');

subtest 'killed without a chance to clean up' => sub {
    my $killed = start_run($port);
    wait_for(sub { $killed->alive || die slurp("$dir/out"); slurp("$dir/out") =~ /Stop with Ctrl-C/ }, 60, 'make run');
    my @left = map { ($_, children_of($_)) } children_of($killed->pid);
    $killed->kill('KILL');
    ok(eval { wait_for(sub { !grep { kill 0, $_ } @left }, 10, 'them to go') }, 'its processes end by themselves');
};

subtest 'a part that ends' => sub {
    my $lamed = start_run($port);
    wait_for(sub { $lamed->alive || die slurp("$dir/out"); slurp("$dir/out") =~ /Stop with Ctrl-C/ }, 60, 'make run');
    # the shell has short-lived children, too
    my ($redis) = grep { (eval { slurp("/proc/$_/cmdline") } // "") =~ /^redis-server/ } children_of($lamed->pid);
    kill 'TERM', $redis;
    ok($lamed->wait_exit(20), 'the others end with it');
    is($lamed->status >> 8, 1, '... not well');
    like(slurp("$dir/out"), qr{^make run: redis ended by itself; see the logs in }m, '... and it is named');
};

done_testing;
