# Redis in trouble: requests go on as if nothing were, traces wait in a bounded buffer and arrive by
# themselves, what does not fit is counted.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Time::HiRes qw(time);

my $PATH = '/v1/forward/tracking-events';
my $LATENCY_S = 1.0;   # no request may take longer; a time-out of ours or of TCP takes 2 s
my $BUFFER = 4 << 20;  # bytes of traces that a worker holds
my $up = upstream(sub { return [200, {}, q({})] }, record => 0);

my $EVENT = {
    v => 1, id => 'ev_' . 'a' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => '00340434' }], src => { partner => 'ops', format => 'json' },
};
my $n = 0;

# $how_many requests on one connection; the ids, all 200 and none slow.
sub post_some {
    my ($gw, $token, $how_many, $what) = @_;
    my $client = $gw->client;
    my (@ids, @slow, %status);

    for (1 .. $how_many) {
        push @ids, 'redis-' . ++$n;
        my $since = time;
        my $answer = $client->request('POST', $PATH, [bearer($token), 'Content-Type' => 'application/json',
            'X-Correlation-ID' => $ids[-1]], encode_json($EVENT));
        push @slow, time - $since if time - $since > $LATENCY_S;
        $status{ $answer->{status} }++;
    }
    $client->close;
    is_deeply(\%status, { 200 => $how_many }, "$what: requests go on");
    is_deeply(\@slow, [], "$what: none waits");
    return @ids;
}

sub arrived {
    my ($gw, @ids) = @_;
    return !grep { !$gw->redis_cmd('EXISTS', redis_key($gw, $_)) } @ids;
}

# Asked once: the lane of the partner stands in any of its keys.
my $prefix;

sub redis_key {
    my ($gw, $id) = @_;
    return "$prefix$id";
}

sub links { return $_[0]->metric('logistics_redis_up') }
sub wait_up { my ($gw) = @_; wait_for(sub { links($gw) == 2 }, 30, 'both links'); return }
sub wait_down { my ($gw) = @_; wait_for(sub { links($gw) == 0 }, 10, 'both links to be gone'); return }

sub check_away {
    my ($gw, $token, $what) = @_;
    my $answer = $gw->get('/v1/traces/redis-1', bearer($token));

    is($answer->{status}, 503, "$what: traces cannot be read");
    is($answer->header('Retry-After'), 5);
    is($answer->json->{errors}[0]{code}, 'traces-away');
    is($answer->json->{retryable}, JSON::PP::true);
    return;
}

my $gw = gateway(forward => $up, odoo => 0,
    policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $token = $gw->token(partner => 'ops');
my $redis = $gw->{redis_server};

subtest 'Redis there' => sub {
    wait_up($gw);
    my @ids = post_some($gw, $token, 3, 'there');
    my @keys;
    wait_for(sub { (@keys = @{ $gw->redis_cmd('KEYS', '*:t:ops:*') }) == 3 }, 5, 'three traces');
    ($prefix) = $keys[0] =~ /^(.*:)redis-\d+$/;
    ok(arrived($gw, @ids));
    cmp_ok($gw->redis_cmd('TTL', $keys[0]), '>', 29 * 86400, 'they end by themselves');
};

subtest 'Redis stopped, and back' => sub {
    my $losses = $gw->metric('logistics_redis_losses_total');
    $redis->stop;
    wait_down($gw);
    my @ids = post_some($gw, $token, 50, 'stopped');
    check_away($gw, $token, 'stopped');
    is($gw->metric('logistics_traces_dropped_total'), 0, 'nothing is dropped');
    is($gw->get('/healthz')->{status}, 200);
    is($gw->get('/readyz')->json->{redis}, 'down');
    cmp_ok($gw->metric('logistics_redis_losses_total'), '>', $losses, 'losses are counted');
    $redis->run; # empty: the script is gone, too
    wait_up($gw);
    wait_for(sub { arrived($gw, @ids) }, 10, 'the traces that waited');
    my $answer = $gw->get("/v1/traces/$ids[0]", bearer($token));
    is($answer->{status}, 200, 'and they are readable');
    is(scalar @{ $answer->json->{requests} }, 1, 'once');
};

subtest 'the script is gone' => sub {
    my $errors = $gw->metric('logistics_redis_errors_total');
    my @ids;
    # once more when a worker that has just come back loaded its scripts behind the flush
    wait_for(sub { $gw->redis_cmd('SCRIPT', 'FLUSH');
                   push @ids, post_some($gw, $token, 20, 'no script');
                   wait_for(sub { arrived($gw, @ids) }, 20, 'the traces, with the script loaded again');
                   $gw->metric('logistics_redis_errors_total') > $errors }, 20, 'an error to be counted');
    is($gw->metric('logistics_traces_dropped_total'), 0, 'nothing is dropped');
    wait_up($gw);
};

subtest 'Redis hangs' => sub {
    $redis->{process}->kill('STOP');
    my $since = time;
    my @ids = post_some($gw, $token, 50, 'hanging');
    my $answer = $gw->get("/v1/traces/$ids[0]", bearer($token));
    is($answer->{status}, 503, 'reading traces does not wait for ever');
    cmp_ok(time - $since, '<', 5);
    wait_for(sub { links($gw) < 2 }, 10, 'the link that owes replies to be given up');
    push @ids, post_some($gw, $token, 50, 'hanging, link given up');
    $redis->{process}->kill('CONT');
    wait_up($gw);
    wait_for(sub { arrived($gw, @ids) }, 10, 'the traces that waited');
    is($gw->metric('logistics_traces_dropped_total'), 0, 'nothing is dropped');
};

subtest 'Redis refuses to write' => sub {
    for my $case (['maxmemory', '1', '0'], ['min-replicas-to-write', '1', '0']) {
        my ($setting, $bad, $good) = @$case;
        my ($errors, $dropped) = map { $gw->metric($_) } qw(logistics_redis_errors_total logistics_traces_dropped_total);
        $gw->redis_cmd('CONFIG', 'SET', $setting, $bad);
        my @ids = post_some($gw, $token, 5, $setting);
        wait_for(sub { $gw->metric('logistics_redis_errors_total') > $errors }, 5, "$setting: an error is counted");
        wait_for(sub { $gw->metric('logistics_traces_dropped_total') == $dropped + 5 }, 5, "$setting: and the drops");
        $gw->redis_cmd('CONFIG', 'SET', $setting, $good);
        @ids = post_some($gw, $token, 5, "$setting: mended");
        wait_for(sub { arrived($gw, @ids) }, 10, 'traces are written again');
    }
    unlike($gw->log, qr/00340434/, 'no record of a partner in the log');
};

subtest 'the buffer is full' => sub {
    my $dropped = $gw->metric('logistics_traces_dropped_total');
    my $sent = $gw->metric('logistics_traces_sent_total');
    $redis->stop;
    wait_down($gw);
    my $before = $gw->worker_rss;
    # Many business keys make a trace of more than 4 KiB, so that 4 MiB in each of two workers are soon full.
    my $event = { %$EVENT, refs => [map { { t => "tracking", v => sprintf('%0120d', $_) } } 1 .. 30] };
    my @clients = map { $gw->client } 1 .. 8;
    my $request = Logistics::Http::format_request($clients[0], 'POST', $PATH,
        [bearer($token), 'Content-Type' => 'application/json'], encode_json($event));
    my $posted = 0;
    wait_for(sub {
        for (1 .. 50) {
            $_->send($request) for @clients;
            $_->answer('POST')->{status} == 200 && $posted++ for @clients;
        }
        return $gw->metric('logistics_traces_dropped_total') > $dropped + 100;
    }, 60, 'drops to be counted');
    $_->close for @clients;
    # freed memory waits in ASan's quarantine: only the plain module can be weighed
    cmp_ok($gw->worker_rss - $before, '<', 2 * $BUFFER / 1024 + 8192, 'KiB: the buffer is bounded')
        unless $ENV{LGS_SANITIZE};
    check_away($gw, $token, 'full');
    $redis->run;
    wait_up($gw);
    my $lost = $gw->metric('logistics_traces_dropped_total') - $dropped;
    cmp_ok($lost, '<', $posted, 'some of them fit');
    wait_for(sub { $gw->metric('logistics_traces_sent_total') - $sent >= $posted - $lost }, 20,
        'all that were not dropped arrive');
    my @ids = post_some($gw, $token, 5, 'afterwards');
    wait_for(sub { arrived($gw, @ids) }, 10, 'there is room again');
};

finish($gw);
done_testing();
