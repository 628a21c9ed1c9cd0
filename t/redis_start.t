# A worker that has just started: what comes before its link to Redis is up waits for it, not for long and not without
# number; once Redis is known to be away nobody waits. Also who prefers to wait for an outcome: until the worker hears of it.
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use Logistics::Test;
use Time::HiRes qw(time);

my $LATER = '/v1/later/tracking-events';
my $MOST = 256;      # commands that wait in a worker's link (MAX_FIRST)
my $CONNECT_S = 2.0; # and how long (CONNECT_MS)
# One worker: what is asked behind a request is answered behind it.
my $gw = gateway(workers => 1, odoo => 0, policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $token = $gw->token(partner => 'ops');
my $redis = $gw->{redis_server};
my $serial = 0;

# Sent, not waited for: a client.
sub send_event {
    my (@headers) = @_;
    my $client = $gw->client;
    my $event = { v => 1, id => sprintf('ev_%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => 'T1' }],
        src => { partner => 'ops', format => 'json' } };

    $client->send(Logistics::Http::format_request($client, 'POST', $LATER,
        [bearer($token), 'Content-Type' => 'application/json', @headers], encode_json($event)));
    return $client;
}

sub said { my ($client) = @_; my $answer = $client->answer('POST'); $client->close; return $answer }

# Redis hangs, and the worker is a new one.
sub start_worker {
    $redis->{process}->kill('STOP');
    my ($old) = $gw->worker_pids;
    kill KILL => $old;
    wait_for(sub { my ($new) = $gw->worker_pids; $new && $new != $old && $gw->get('/healthz')->{status} == 200 }, 30, 'a new worker');
    return;
}

sub let_redis_go_on { $redis->{process}->kill('CONT'); return }

# On a machine that is too slow for that the link is given up before all is sent: then once more.
sub until_right {
    my ($try, $what) = @_;
    wait_for(sub { start_worker(); my $is = $try->(); let_redis_go_on(); $is }, 90, $what);
    pass($what);
    return;
}

wait_for(sub { $gw->metric('logistics_redis_up') == 1 }, 20, 'the link');

until_right(sub {
    my $client = send_event();
    $gw->get('/healthz'); # the worker has read what came before
    let_redis_go_on();
    my $answer = said($client);
    return $answer->{status} == 202;
}, 'a request waits for the link');

until_right(sub {
    my @clients = map { send_event() } 1 .. $MOST + 10;
    $gw->get('/healthz');
    let_redis_go_on();
    my @answers = map { said($_) } @clients;
    my %n;
    $n{ $_->{status} }++ for @answers;
    my ($refused) = grep { $_->{status} == 503 } @answers;
    return ($n{202} // 0) == $MOST && $n{503} == 10 && $refused->json->{errors}[0]{code} eq 'queue-away';
}, 'so many and no more');

# Channels of those whose outcome is waited for, by message.
sub channels {
    my %channel = map { my ($id) = /:m:(.*)/; ($id => $redis->cmd('HGET', $_, 'notify')) } @{ $redis->cmd('KEYS', '*:m:*') };
    delete @channel{ grep { !$channel{$_} } keys %channel };
    return \%channel;
}

sub answers { my ($client) = @_; return IO::Select->new($client->{socket})->can_read(0) }

until_right(sub {
    my $client = send_event(Prefer => 'wait=30');
    $gw->get('/healthz');
    let_redis_go_on();
    my ($id, $channel);
    wait_for(sub { (($id, $channel) = %{ channels() }) || answers($client) }, 20, 'the message, or an answer');
    $redis->cmd('PUBLISH', $channel, $id) if $id;
    my $answer = said($client);
    $redis->cmd('FLUSHALL');
    return $id && $answer->{status} == 200 && $answer->header('Preference-Applied') eq 'wait';
}, 'who waits for an outcome waits until the worker hears of outcomes');

until_right(sub {
    my @clients = map { send_event(Prefer => 'wait=1') } 1 .. $MOST + 10;
    $gw->get('/healthz');
    let_redis_go_on();
    my @answers = map { said($_) } @clients;
    my $n = keys %{ channels() };
    $redis->cmd('FLUSHALL');
    return $n == $MOST && (grep { $_->{status} == 202 } @answers) == $MOST && (grep { $_->{status} == 503 } @answers) == 10;
}, 'they are of those who wait for Redis: so many and no more');

subtest 'Redis does not come' => sub {
    start_worker();
    is(said(send_event(Prefer => 'wait=30'))->{status}, 503, 'nobody waits for an ear that does not come');
    start_worker();
    my $answer = said(send_event());
    is($answer->{status}, 503) or diag $answer->{body};
    is($answer->header('Retry-After'), 5);
    is($answer->json->{errors}[0]{code}, 'queue-away');
    wait_for(sub { my $since = time; said(send_event())->{status} == 503 && time - $since < $CONNECT_S / 4 }, 30,
        'a refusal at once');
    pass('known to be away: nobody waits');
    let_redis_go_on();
    wait_for(sub { said(send_event())->{status} == 202 }, 30, 'Redis again');
};

finish($gw, allow => qr/exited on signal 9/);
done_testing();
