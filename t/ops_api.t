# The queue and dead letters over HTTP, for operators: on routes whose policy serves them, and to nobody else.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $seed = File::Temp->new(SUFFIX => '.json');
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
print $seed encode_json({ 'stock.picking' => [map { +{ id => 100 + $_, name => "WH/OUT/9$_", carrier_tracking_ref => "T$_",
    %transfer } } 0 .. 9] });
$seed->flush;
my $gw = gateway(append_only => 1, relay => 1, odoo_args => ['--stock-delivery', '--seed', "$seed"],
    policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $token = $gw->token(partner => 'ops');
my $serial = 0;

sub get { return $gw->get($_[0], bearer($token)) }
sub post { return $gw->post_json($_[0], $_[1], bearer($token)) }
sub state_of { return get("/v1/ops/messages/$_[0]")->json->{state} // '' }

sub dead_letter {
    my ($tracking) = @_;
    my $answer = post('/v1/later/tracking-events', { v => 1, id => 'ev_' . sprintf('%064x', ++$serial),
        type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking }], src => { partner => 'ops', format => 'json' } });
    is($answer->{status}, 202) or diag $answer->{body};
    my $id = $answer->json->{message};
    wait_for(sub { state_of($id) eq 'dead' }, 20, "$id to be dead");
    return $id;
}

my @ids = map { dead_letter("nobody$_") } 1 .. 3;

subtest 'the queue' => sub {
    my $answer = get('/v1/ops/queue');
    is($answer->{status}, 200) or diag $answer->{body};
    my $is = $answer->json;
    is_deeply([@$is{qw(open dead accepted)}], [0, 3, 3]);
    is($is->{dead_by_reason}{'unknown-reference'}, 3);
    is_deeply([map { $_->{breaker} } @{ $is->{relays} }], ['closed'], 'the relay is there');
};

subtest 'letters' => sub {
    my $is = get('/v1/ops/dead')->json;
    is_deeply([sort map { $_->{message} } @{ $is->{letters} }], [sort @ids]);
    is($is->{more}, JSON::PP::false());
    my %count = ('partner=ops' => 3, 'partner=dhl' => 0, 'reason=unknown-reference' => 3, 'reason=x' => 0, 'limit=2' => 2,
        'since=2020-01-01T00:00:00Z&partner=ops' => 3, 'until=2020-01-01T00%3A00%3A00Z' => 0);
    is(scalar @{ get("/v1/ops/dead?$_")->json->{letters} }, $count{$_}, $_) for sort keys %count;
    is(get('/v1/ops/dead?limit=2')->json->{more}, JSON::PP::true(), 'there are more');
    for my $bad ('limit=0', 'limit=1001', 'limit=x', 'since=yesterday', 'who=me', 'partner=ops&partner=dhl') {
        my $answer = get("/v1/ops/dead?$bad");
        is($answer->{status}, 400, $bad);
        is($answer->header('Content-Type'), 'application/problem+json');
    }
};

subtest 'one of them' => sub {
    my $is = get("/v1/ops/messages/$ids[0]")->json;
    is_deeply([@$is{qw(message partner state reason)}], [$ids[0], 'ops', 'dead', 'unknown-reference']);
    is($is->{left}[0]{refs}[0]{v}, 'nobody1');
    is(get('/v1/ops/messages/m0')->{status}, 404);
    is(get('/v1/ops/messages/a%20b')->{status}, 400);
};

subtest 'replay' => sub {
    my $path = "/v1/ops/dead/$ids[0]/replay";
    my $set = [{ pointer => '/0/refs/0/v', value => 'T1' }];
    my $answer = post($path, { set => $set, dry_run => JSON::PP::true() });
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->json->{records}[0]{refs}[0]{v}, 'T1', 'what would be sent');
    is(state_of($ids[0]), 'dead', 'and was not');
    for my $bad ([], { set => 1 }, { set => [{ pointer => '/0/x' }] }, { why => 1 }, { why => 'x' x 1001 }, { what => 1 },
        { set => [{ pointer => '/0/id', value => 'x' }] }, { set => [{ pointer => '/7/x', value => 'x' }] })
    {
        $answer = post($path, $bad);
        is($answer->{status}, 400, encode_json($bad)) or diag $answer->{body};
    }
    is($gw->post_json($path, '{', bearer($token))->{status}, 400, 'no JSON');
    $answer = post($path, { set => $set, why => 'typing error' });
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->json->{outcome}, 'replayed');
    wait_for(sub { state_of($ids[0]) eq 'delivered' }, 20, 'its delivery');
    my ($deed) = @{ get("/v1/ops/messages/$ids[0]")->json->{history} };
    is_deeply([@$deed{qw(did by why)}], ['replay', 'ops', 'typing error']);
    is_deeply($deed->{changes}, [{ pointer => '/0/refs/0/v', before => 'nobody1', after => 'T1' }]);
    $answer = post($path, {});
    is($answer->{status}, 404, 'not twice');
    like($answer->json->{detail}, qr/the message is delivered/);
    $answer = post("/v1/ops/dead/$ids[1]/replay", {});
    is($answer->{status}, 200, 'as it is') or diag $answer->{body};
    wait_for(sub { state_of($ids[1]) eq 'dead' && get("/v1/ops/messages/$ids[1]")->json->{history} }, 20, 'its second death');
};

subtest 'drop' => sub {
    my $path = "/v1/ops/dead/$ids[2]/drop";
    is(post($path, { set => [] })->{status}, 400, 'nothing is changed by it');
    is(post($path, { why => 'a test' })->json->{outcome}, 'dropped');
    is(state_of($ids[2]), 'dropped');
    ok(!exists get("/v1/ops/messages/$ids[2]")->json->{left}, 'its records are gone');
    is(post($path, {})->{status}, 404);
};

subtest 'for operators only' => sub {
    my $dhl = $gw->token(partner => 'dhl');
    my $narrow = $gw->token(partner => 'ops', scope => 'tracking:write');
    for my $path ('/v1/ops/queue', '/v1/ops/dead', "/v1/ops/messages/$ids[1]") {
        is($gw->get($path, bearer($dhl))->{status}, 403, "$path: another partner");
        is($gw->get($path, bearer($narrow))->{status}, 403, '... a token without the scope');
        is($gw->get($path)->{status}, 401, '... no token');
    }
    for my $do (qw(replay drop)) {
        is($gw->post_json("/v1/ops/dead/$ids[1]/$do", {}, bearer($dhl))->{status}, 403, $do);
        is($gw->get("/v1/ops/dead/$ids[1]/$do", bearer($token))->{status}, 405, '... by GET');
    }
    is(state_of($ids[1]), 'dead');
};

subtest 'scripts that Redis forgot' => sub {
    $gw->redis_cmd('SCRIPT', 'FLUSH');
    is(get('/v1/ops/queue')->{status}, 200);
    like($gw->get('/metrics')->{body}, qr/^logistics_queue_up 1$/m);
};

subtest '/metrics' => sub {
    my $text = $gw->get('/metrics')->{body};
    like($text, qr/^logistics_queue_dead_total\{reason="unknown-reference"\} 4$/m);
    like($text, qr/^logistics_queue_dead 1$/m);
    like($text, qr/^logistics_queue_replayed_total 2$/m);
    like($text, qr/^logistics_queue_seconds_bucket\{class="critical",le="\+Inf"\} 1$/m);
    like($text, qr/^logistics_queue_message_attempts_bucket\{class="critical",le="1"\} 5$/m);
    like($text, qr/^logistics_queue_seconds_count\{class="critical"\} 1$/m);
    like($text, qr/^logistics_relays 1$/m);
    like($text, qr/^logistics_relay_breaker_open\{relay="[^"]+"\} 0$/m);
    $gw->{redis_server}->stop;
    wait_for(sub { $gw->get('/metrics')->{body} =~ /^logistics_queue_up 0$/m }, 20, 'it to be known');
    unlike($gw->get('/metrics')->{body}, qr/^logistics_queue_depth/m, 'no old numbers');
    my $answer = get('/v1/ops/queue');
    is($answer->{status}, 503);
    ok($answer->header('Retry-After'));
};

finish($gw);
done_testing();
