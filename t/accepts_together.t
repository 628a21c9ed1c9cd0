# What comes while two accepts are under way goes with the next, whoever's it is: Redis is asked three times for 21 requests.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use Logistics::Test;

my $LATER = '/v1/later/tracking-events';
my @PARTNERS = map {"many-$_"} 1 .. 4; # of as many lanes
my $gw = gateway(append_only => 1, workers => 1, policies => {
    (map { ("partners/$_.yaml" => "partner: $_\nidentities: [{issuer: https://demo.logistics.example/, client_id: $_}]\nscopes: [tracking:write]\nodoo: {carrier_id: 1}\n") } @PARTNERS),
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    'routes/tracking-events-later.yaml' => sub { s/^once: .*/once: {key: required, keep: 10m}/m },
});
my %token = map { $_ => $gw->token(partner => $_) } 'ops', @PARTNERS;
my $token = $token{ops};
my ($first, @clients) = map { $gw->client } 0 .. 20;
my $serial = 0;

sub event {
    my ($by) = @_;
    my $id = sprintf 'ev_%064x', ++$serial;
    return { v => 1, id => $id, type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z',
        local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => "T$serial" }], src => { partner => $by // 'ops', format => 'json' } };
}

sub ask {
    my ($client, $event) = @_;
    $client->send(Logistics::Http::format_request($client, 'POST', $LATER,
        [bearer($token{ $event->{src}{partner} }), 'Content-Type' => 'application/json', 'Idempotency-Key' => "\"$event->{id}\""], encode_json($event)));
    return;
}

sub redis_says { my ($section, $what) = @_; return $gw->redis_cmd('INFO', $section) =~ /^$what(\d+)/m ? $1 : 0 }

# The first request's accept is with Redis, which does nothing; those of the others have been read. They are by these
# partners in turn.
sub ask_all {
    my @by = @_ ? @_ : 'ops';
    my @events = map { event($by[$_ % @by]) } 0 .. @clients;
    $gw->redis_cmd('CLIENT', 'PAUSE', 60_000, 'WRITE');
    ask($first, $events[0]);
    wait_for(sub { redis_says('clients', 'blocked_clients:') == 1 }, 20, 'the first accept to be with Redis');
    for my $i (1 .. $#events) {
        ask($clients[$i - 1], $events[$i]);
        $gw->get('/healthz')->{status} == 200 or die; # the worker, which takes what came in its order, has come to it
    }
    return @events;
}

is($first->request('POST', $LATER, [bearer($token), 'Content-Type' => 'application/json', 'Idempotency-Key' => '"warm"'],
    encode_json(event()))->{status}, 202, 'one alone goes alone');

subtest 'they are accepted in three calls' => sub {
    $gw->redis_cmd('CONFIG', 'RESETSTAT');
    ask_all();
    $gw->redis_cmd('CLIENT', 'UNPAUSE');
    is($_->answer('POST')->{status}, 202) for $first, @clients;
    is(redis_says('commandstats', 'cmdstat_mget:calls='), 3, 'accept looks once a call at the keys of idempotency');
    wait_for(sub { $gw->metric('logistics_traces_sent_total') == 22 }, 20, 'the traces of all, one before them among these');
};

subtest 'those of several partners, too' => sub {
    $gw->redis_cmd('CONFIG', 'RESETSTAT');
    my @events = ask_all(@PARTNERS);
    $gw->redis_cmd('CLIENT', 'UNPAUSE');
    my @answers = map { $_->answer('POST') } $first, @clients;
    is(join(' ', map { $_->{status} } @answers), join(' ', (202) x 21));
    is(redis_says('commandstats', 'cmdstat_mget:calls='), 1 + 1 + @PARTNERS, 'three calls: two of one message, and one for all lanes');
    is_deeply([map { $_->json->{records}[0]{id} } @answers], [map { $_->{id} } @events], 'each has the answer to what it sent');
    my %lane;
    for my $i (0 .. $#answers) {
        my $id = $answers[$i]->json->{message};
        my $keys = $gw->redis_cmd('KEYS', "*:m:$id");
        is($gw->redis_cmd('HGET', $keys->[0], 'partner'), $PARTNERS[$i % @PARTNERS], 'and its message is the partner\'s') or last;
        push @{ $lane{ $keys->[0] =~ s/:m:.*//r } }, $id;
    }
    is(keys %lane, @PARTNERS, 'in a lane each');
    is_deeply($gw->redis_cmd('LRANGE', "$_:q:critical", 0, -1), $lane{$_}, "$_: in the order in which they came") for sort keys %lane;
    # One of the lanes is not what it should be: its partner is told so, no other.
    my ($broken) = map { s/:m:.*//r } @{ $gw->redis_cmd('KEYS', '*:m:' . $answers[1]->json->{message}) };
    $gw->redis_cmd('DEL', "$broken:a:critical");
    $gw->redis_cmd('SET', "$broken:a:critical", 'no set');
    ask_all(@PARTNERS);
    $gw->redis_cmd('CLIENT', 'UNPAUSE');
    is(join(' ', map { $_->answer('POST')->{status} } $first, @clients), join(' ', map { $_ % @PARTNERS == 1 ? 503 : 202 } 0 .. 20),
        'a lane that is damaged stops no other');
    is($gw->redis_cmd('DEL', "$broken:a:critical"), 1);
    like($gw->log, qr/redis refused: WRONGTYPE/, '... and the log says why');
};

subtest 'traces go with the accept that follows' => sub {
    my $monitor = IO::Socket::INET->new(PeerAddr => $gw->{redis_server}->address) or die $!;
    print {$monitor} "MONITOR\r\n";
    <$monitor> =~ /OK/ or die;
    $gw->redis_cmd('CLIENT', 'PAUSE', 60_000, 'WRITE');
    ask($first, event());
    wait_for(sub { redis_says('clients', 'blocked_clients:') == 1 }, 20, 'an accept to be with Redis');
    ask($clients[0], event());
    is($clients[2]->request('POST', $LATER, [bearer($token), 'Content-Type' => 'application/json', 'Idempotency-Key' => '"bad"',
        'X-Correlation-ID' => 'is-refused'], '{')->{status}, 400, 'a request that is refused has a trace, too');
    ask($clients[1], event());
    $gw->get('/healthz')->{status} == 200 or die;
    $gw->redis_cmd('CLIENT', 'UNPAUSE');
    is($_->answer('POST')->{status}, 202) for $first, @clients[0, 1];
    my $line = '';
    $line = <$monitor> // die until $line =~ /"EVALSHA".*is-refused/;
    like($line, qr/"route" "tracking-events-later".*"0" .*is-refused/, 'it is in the call that accepts the next one');
    close $monitor;
};

subtest 'what has not gone when its time is over does not go any more' => sub {
    my @events = ask_all();
    my %said;
    is($_->answer('POST')->json->{errors}[0]{code}, 'queue-unsure', 'what Redis has may yet be done') for $first, $clients[0];
    $said{ $_->answer('POST')->json->{errors}[0]{code} }++ for @clients[1 .. $#clients];
    is_deeply(\%said, { 'queue-away' => $#clients }, 'of the others nothing was accepted');
    $gw->redis_cmd('CLIENT', 'UNPAUSE');
    wait_for(sub { $gw->metric('logistics_redis_up') == 1 }, 20, 'the worker to have Redis again');
    for my $event (@events[2 .. $#events]) {
        ask($first, $event);
        my $answer = $first->answer('POST');
        is("$answer->{status} " . ($answer->header('Idempotency-Replayed') // 'new'), '202 new');
    }
};

$_->close for $first, @clients;
finish($gw);
done_testing();
