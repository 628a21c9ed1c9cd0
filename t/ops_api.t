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
    ok(!exists $is->{accepted_per_second}, 'no rates of one look');
    $is = get('/v1/ops/queue?over=200ms')->json;
    is_deeply([map { $is->{$_} } qw(accepted_per_second delivered_per_second dead_per_second)], [0, 0, 0], 'of two');
    is($is->{classes}{critical}{accepted_per_second}, 0);
    for my $bad ('over=99ms', 'over=11s', 'over=x', 'over=', 'over=1s&over=1s', 'x=1', 'over=1s&x=1') {
        is(get("/v1/ops/queue?$bad")->{status}, 400, $bad);
    }
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

# Follows `next`; (answers, messages).
sub work_off {
    my ($do, $body) = @_;
    my (@answers, @messages, $next);
    do {
        my $answer = post("/v1/ops/dead/$do", { %$body, defined $next ? (next => $next) : () });
        is($answer->{status}, 200) or diag $answer->{body};
        push @answers, $answer->json;
        push @messages, @{ $answers[-1]{messages} };
        $next = $answers[-1]{next};
    } while (defined $next && @answers < 20);
    return (\@answers, \@messages);
}

sub outcomes { return join ' ', map { $_->{outcome} } @{ $_[0] } }

subtest 'many of them' => sub {
    my $true = JSON::PP::true();
    my @many = map { dead_letter("nobody-$_") } 1 .. 5;
    my (undef, $found) = work_off('replay', { since => '2020-01-01T00:00:00Z', dry_run => $true });
    is_deeply([map { $_->{message} } @$found], [$ids[1], @many], 'oldest first') or diag explain $found;
    is(outcomes($found), join(' ', ('replayed') x 6), 'what would become of them');
    is_deeply([@{ $found->[1] }{qw(partner route reason)}], ['ops', 'tracking-events-later', 'unknown-reference']);
    is(state_of($_), 'dead', 'and did not') for @many;
    my ($answers, $paged) = work_off('drop', { partner => 'ops', limit => 4, dry_run => $true });
    is_deeply([map { $_->{message} } @$paged], [$ids[1], @many], 'by pieces');
    is_deeply([map { [@$_{qw(dry_run dropped not more)}] } @$answers],
        [[$true, 4, 0, $true], [$true, 2, 0, JSON::PP::false()]], 'how many');
    is(scalar @{ (work_off('drop', { %$_, dry_run => $true }))[1] }, 0, encode_json($_))
        for { partner => 'dhl' }, { reason => 'attempts' }, { until => '2020-01-01T00:00:00Z' };

    my ($is) = work_off('replay', { ids => [$many[0], $ids[0], $many[1], '00000000-0000-7000-8000-000000000000'], why => 'a look' });
    my %is = map { ($_->{message} => $_) } @{ $is->[0]{messages} };
    is_deeply([map { $_->{outcome} } @is{$many[0], $many[1], $ids[0], '00000000-0000-7000-8000-000000000000'}],
        ['replayed', 'replayed', 'not-dead', 'unknown'], 'those that are named');
    is($is{$ids[0]}{detail}, 'it is delivered');
    is_deeply([@{ $is->[0] }{qw(replayed not more)}], [2, 2, JSON::PP::false()]);
    for my $id (@many[0, 1]) {
        wait_for(sub { state_of($id) eq 'dead' && get("/v1/ops/messages/$id")->json->{history} }, 20, 'its second death');
        is_deeply([@{ get("/v1/ops/messages/$id")->json->{history}[0] }{qw(did by why)}], ['replay', 'ops', 'a look']);
    }

    my $set = [{ pointer => '/0/refs/0/v', value => 'T2' }];
    (undef, $found) = work_off('replay', { ids => [@many[2, 3]], set => $set, dry_run => $true });
    is_deeply([map { $_->{changes}[0]{before} } @$found], ['nobody-3', 'nobody-4'], 'what would be changed');
    (undef, $found) = work_off('replay', { ids => [$many[2]], set => $set, why => 'typing error' });
    is(outcomes($found), 'replayed');
    wait_for(sub { state_of($many[2]) eq 'delivered' }, 20, 'its delivery');
    is_deeply(get("/v1/ops/messages/$many[2]")->json->{history}[0]{changes},
        [{ pointer => '/0/refs/0/v', before => 'nobody-3', after => 'T2' }], 'is kept');
    (undef, $found) = work_off('replay', { ids => [$many[3]], set => [{ pointer => '/7/x', value => 1 }] });
    is(outcomes($found), 'not-changed');
    like($found->[0]{detail}, qr{/7/x});

    (undef, $found) = work_off('drop', { ids => \@many, why => 'a test' });
    is_deeply([sort map { $_->{outcome} } @$found], [('dropped') x 4, 'not-dead']);
    is(state_of($many[4]), 'dropped');
    is(get("/v1/ops/messages/$many[4]")->json->{history}[0]{why}, 'a test');
};

subtest 'what is no choice of many' => sub {
    my $id = $ids[1];
    for my $bad ({}, { why => 'x' }, { dry_run => JSON::PP::true() }, { all => JSON::PP::false() }, { ids => [] }, { ids => 'x' },
        { ids => ['a b'] }, { ids => [$id], partner => 'ops' }, { ids => [$id], all => JSON::PP::true() }, { ids => [($id) x 101] },
        { partner => 1 }, { partner => 'ops', limit => 0 }, { partner => 'ops', limit => 1001 }, { since => 'yesterday' },
        { until => '1h' }, { what => 1 }, { partner => 'ops', next => 'x' }, { all => JSON::PP::true(), next => '64-1-1-' },
        { all => JSON::PP::true(), next => '1-1-1-a b' }, { all => JSON::PP::true(), next => '1-x-1-' }, [])
    {
        my $answer = post('/v1/ops/dead/replay', $bad);
        is($answer->{status}, 400, encode_json($bad)) or diag $answer->{body};
    }
    is(post('/v1/ops/dead/drop', { ids => [$id], set => [] })->{status}, 400, 'nothing is changed by a drop');
    is(post('/v1/ops/dead/drop', { ids => [($id) x 100], dry_run => JSON::PP::true() })->{status}, 200, 'as many as there may be');
    is(post('/v1/ops/dead/drop', { all => JSON::PP::true(), limit => 1000, dry_run => JSON::PP::true() })->{status}, 200);
    is(state_of($id), 'dead');
};

subtest 'what docs/operations.md shows' => sub {
    my ($page) = slurp(root() . '/docs/operations.md') =~ /^(## A message is stuck.*?)^## /ms;
    my ($path, $body, $shown) = $page =~ m{^    POST (\S+)\n    (\{.*\})\n\n    (\{.*?\})\n\n}ms or BAIL_OUT('the example is gone');
    my $answer = post($path, { %{ decode_json($body) }, dry_run => JSON::PP::true() });
    is($answer->{status}, 200, "POST $path") or diag $answer->{body};
    my ($first) = @{ $answer->json->{messages} };
    is_deeply([sort($shown =~ /"(\w+)":/g)], [sort keys %$first, qw(replayed not messages more next)], 'has the members that are shown');
    my %known = map { ($_ => 1) } $page =~ /`([\w-]+)`(?=[^|\n]*\|[^|\n]*\|$)/mg;
    ok($known{$_}, "outcome $_ is explained") for qw(replayed dropped changed not-dead unknown not-changed damaged unsure not-done);
};

subtest 'a Redis that takes no changes' => sub {
    my $redis = $gw->{redis_server};
    $gw->redis_cmd('REPLICAOF', '127.0.0.1', '1');
    for my $do (qw(replay drop)) {
        for my $which ({ ids => [$ids[1]] }, { partner => 'ops' }) {
            my $answer = post("/v1/ops/dead/$do", $which);
            is($answer->{status}, 503, "$do " . encode_json($which)) or diag $answer->{body};
            ok($answer->header('Retry-After'));
        }
    }
    is(post('/v1/ops/dead/drop', { partner => 'ops', dry_run => JSON::PP::true() })->json->{dropped}, 1, 'looking goes on');
    $gw->redis_cmd('REPLICAOF', 'NO', 'ONE');
    is(state_of($ids[1]), 'dead', 'nothing was done');
};

# In a lane behind that of "ops" the counters are no hash: the script ends in the middle.
subtest 'a Redis that refuses in the middle' => sub {
    my ($id, $lane) = ('00000000-0000-7000-8000-0000000000aa', 'lgs:{L63}');
    my %letter = (state => 'dead', closed => 5, partner => 'acme', class => 'bulk', route => 'events', at => 1, bytes => 2,
        body => '[]', reason => 'unknown-reference', attempts => 1, keys => '');
    my $mine = dead_letter('nobody-at-all');
    $gw->redis_cmd('HSET', "$lane:m:$id", %letter);
    $gw->redis_cmd('ZADD', "$lane:x", 5, $id);
    $gw->redis_cmd('SET', "$lane:n", 'x');
    my $is = post('/v1/ops/dead/drop', { reason => 'unknown-reference', dry_run => JSON::PP::true() })->json;
    is($is->{dropped}, 3, 'three are found');
    $is = post('/v1/ops/dead/drop', { ids => [$mine, $id] })->json;
    my %is = map { ($_->{message} => $_->{outcome}) } @{ $is->{messages} };
    is_deeply(\%is, { $mine => 'dropped', $id => 'unsure' }, 'what is known of each');
    like($is->{stopped}, qr/refuses/);
    is(post('/v1/ops/dead/drop', { ids => [$id] })->{status}, 503, 'nothing was done');
    $gw->redis_cmd('DEL', "$lane:n", "$lane:x", "$lane:m:$id");
    like($gw->log, qr/redis refused: WRONGTYPE/, 'why');
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
    is($gw->post_json("/v1/ops/dead/$_", { ids => [$ids[1]] }, bearer($dhl))->{status}, 403, "many: $_") for qw(replay drop);
    is(state_of($ids[1]), 'dead');
};

subtest 'scripts that Redis forgot' => sub {
    $gw->redis_cmd('SCRIPT', 'FLUSH');
    is(get('/v1/ops/queue')->{status}, 200);
    like($gw->get('/metrics')->{body}, qr/^logistics_queue_up 1$/m);
};

subtest '/metrics' => sub {
    my $text = $gw->get('/metrics')->{body};
    like($text, qr/^logistics_queue_dead_total\{reason="unknown-reference"\} 12$/m);
    like($text, qr/^logistics_queue_dead 1$/m);
    like($text, qr/^logistics_queue_replayed_total 5$/m);
    like($text, qr/^logistics_queue_seconds_bucket\{class="critical",le="\+Inf"\} 2$/m);
    like($text, qr/^logistics_queue_message_attempts_bucket\{class="critical",le="1"\} 14$/m);
    like($text, qr/^logistics_queue_seconds_count\{class="critical"\} 2$/m);
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
