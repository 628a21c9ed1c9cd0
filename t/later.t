# Accepted for later: 202 when Redis has it on the disk, what became of it, and 503 when Redis does not take it. The relay
# has t/relay.t.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $LATER = '/v1/later/tracking-events';
my $NOW = '/v1/tracking-events';
my $gw = gateway(append_only => 1, odoo_args => ['--stock-delivery'], policies => {
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    'routes/tracking-events-later.yaml' => sub { s/keep: 72h/keep: 2s/ },
    'routes/keyed.yaml' => <<'END',
route: keyed
path: /v1/keyed
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical, ndjson: canonical}
once: {key: optional}
deliver: {mode: later, odoo: events-to-odoo}
END
    'gateway.yaml' => sub { s/\z/queue: {messages: 20}\n/ },
});
my %token = map { $_ => $gw->token(partner => $_) } qw(acme-express ops);
my $serial = 0;

sub event {
    my (%more) = @_;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => 'WH/OUT/00011' }], src => { partner => 'ops', format => 'json' }, %more };
}

sub post { my ($path, $body, @headers) = @_; return $gw->post_json($path, $body, bearer($token{ops}), @headers) }
sub code { my ($answer) = @_; return "$answer->{status} " . ($answer->json->{errors}[0]{code} // '') }
sub open_messages {
    my ($lane) = map { /^(lgs:\{L\d\d\})/ ? $1 : () } @{ $gw->redis_cmd('KEYS', '*:n') };
    return $lane ? $gw->redis_cmd('HGET', "$lane:n", 'open') // 0 : 0;
}
sub clean { $gw->redis_cmd($_) for 'FLUSHALL'; return }

subtest 'accepted' => sub {
    my $before = $gw->odoo_dump;
    my $event = event();
    my $answer = post($LATER, $event, 'X-Correlation-ID' => 'mine-1');
    is($answer->{status}, 202) or diag $answer->{body};
    my $id = $answer->json->{message};
    like($id, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    is($answer->header('Location'), "/v1/messages/$id");
    is_deeply($answer->json, { correlation_id => 'mine-1', status => 'accepted', message => $id,
        records => [{ id => $event->{id}, outcome => 'accepted' }] });
    my $shown = $gw->get("/v1/messages/$id", bearer($token{ops}));
    is($shown->{status}, 200) or diag $shown->{body};
    like(delete $shown->{json}{accepted_at} // $shown->json->{accepted_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    my $is = $shown->json;
    delete $is->{accepted_at};
    is_deeply($is, { message => $id, correlation_id => 'mine-1', route => 'tracking-events-later', status => 'accepted',
        attempts => 0 });
    is(code($gw->get("/v1/messages/$id", bearer($token{'acme-express'}))), '404 message-unknown', "another partner's is not there");
    is(code($gw->get('/v1/messages/no-such', bearer($token{ops}))), '404 message-unknown');
    is(code($gw->get('/v1/messages/' . 'x' x 65, bearer($token{ops}))), '400 message-id');
    is($gw->odoo_dump, $before, 'Odoo has heard nothing');
    my $again = post($LATER, $event);
    is($again->{status}, 202);
    is($again->{body}, $answer->{body}, 'the same event: the same answer');
    is($again->header('Idempotency-Replayed'), 'true');
    is($again->header('Location'), "/v1/messages/$id");
    is(open_messages(), 1, 'one message');
    is($gw->metric('logistics_queued_total'), 1);
    my ($key) = grep { /:m:/ } @{ $gw->redis_cmd('KEYS', '*') };
    is($gw->redis_cmd('HGET', $key, 'class'), 'critical');
    is_deeply(decode_json($gw->redis_cmd('HGET', $key, 'source')), $event, 'the bytes that came');
    is($gw->redis_cmd('HGET', $key, 'media'), 'application/json');
    like($gw->redis_cmd('HGET', $key, 'keys'), qr/^[0-9a-f]{16}$/);
    clean();
};

subtest 'what cannot be delivered is refused at once' => sub {
    is(post($LATER, event(type => 'shipment.flown'))->{status}, 422, 'what is not canonical');
    is(post($LATER, event(refs => []))->{status}, 422);
    is(open_messages(), 0);
};

subtest 'keys' => sub {
    my $event = event();
    my @key = ('Idempotency-Key' => '"k"');
    my $first = post('/v1/keyed', $event, @key);
    is($first->{status}, 202);
    is(post('/v1/keyed', $event, @key)->{body}, $first->{body});
    is(code(post('/v1/keyed', event(), @key)), '422 once-other-content');
    is(code(post('/v1/keyed', $event, 'Idempotency-Key' => 'k')), '400 once-key');
    isnt(post('/v1/keyed', $event)->json->{message}, $first->json->{message}, 'without a key each is a message');
    is(open_messages(), 2);
    clean();
};

subtest 'a batch' => sub {
    my @events = map { event() } 1 .. 3;
    my $lines = join "\n", (map { encode_json($_) } @events), '{"v":1}';
    my $answer = post($LATER, $lines, 'Content-Type' => 'application/x-ndjson');
    is($answer->{status}, 202) or diag $answer->{body};
    is_deeply([map { "$_->{index} $_->{outcome}" } @{ $answer->json->{records} }],
        ['0 accepted', '1 accepted', '2 accepted', '3 refused']);
    is(open_messages(), 1, 'one message of all its records');
    clean();
};

subtest 'Prefer: respond-async on a route that answers now' => sub {
    my $answer = post($NOW, event(), Prefer => 'return=minimal, respond-async');
    is($answer->{status}, 202) or diag $answer->{body};
    is($answer->header('Preference-Applied'), 'respond-async');
    is(open_messages(), 1);
    is(post($NOW, event(), Prefer => 'respond-asynchronously')->{status}, 200, 'other preferences are others');
    is(post($NOW, event(), Prefer => 'return=minimal', Prefer => 'respond-async')->{status}, 202, 'in a header of its own');
    clean();
};

subtest 'full, out of memory, read-only, away' => sub {
    is(post($LATER, event())->{status}, 202) for 1 .. 20;
    my $answer = post($LATER, event());
    is(code($answer), '503 queue-full');
    is($answer->header('Retry-After'), 30);
    clean();
    for my $setting (['maxmemory', '1', '0'], ['min-replicas-to-write', '1', '0']) {
        my ($name, $bad, $good) = @$setting;
        $gw->redis_cmd('CONFIG', 'SET', $name, $bad);
        $answer = post($LATER, event());
        is(code($answer), '503 queue-away', $name);
        is($answer->header('Retry-After'), 5);
        $gw->redis_cmd('CONFIG', 'SET', $name, $good);
        is(open_messages(), 0, 'nothing is half accepted');
        is(post($LATER, event())->{status}, 202, 'again');
        clean();
    }
    $gw->redis_cmd('SCRIPT', 'FLUSH');
    is(post($LATER, event())->{status}, 202, 'a Redis that has forgotten the scripts is told them again');
    my @accepted = map { post($LATER, event())->json->{message} } 1 .. 5;
    $gw->{redis_server}->stop('KILL');
    wait_for(sub { code(post($LATER, event())) eq '503 queue-away' }, 10, 'Redis away');
    $gw->{redis_server}->run;
    wait_for(sub { $gw->metric('logistics_redis_up') == 2 }, 20, 'every worker to have Redis again');
    is(post($LATER, event())->{status}, 202);
    is_deeply([map { $gw->get("/v1/messages/$_", bearer($token{ops}))->{status} } @accepted], [(200) x 5],
        'what was accepted is there');
};

subtest 'the relay has a door of its own' => sub {
    is($gw->post_json('/_logistics/relay', { route => 'tracking-events', messages => [] }, bearer($token{ops}))->{status}, 404,
        'not from outside');
};

finish($gw, allow => qr/redis refused/);

# Nobody needs a route for later to wait for what is queued on one that answers now.
subtest 'waiting, with routes for now only' => sub {
    my $now = gateway(relay => 1, append_only => 1, odoo_args => ['--stock-delivery'], policies => {
        'routes/tracking-events-later.yaml' => undef });
    my $answer = $now->post_json($NOW, event(), bearer($now->token(partner => 'ops')), Prefer => 'respond-async, wait=20');
    is($answer->{status}, 200, 'the outcome') or diag $answer->{body};
    is($answer->header('Preference-Applied'), 'wait');
    is($answer->json->{status}, 'delivered');
    finish($now);
};
done_testing();
