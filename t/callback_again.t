# Callbacks that were given up: operators find them and send them again; and what may happen while they wait: a damaged one,
# another secret, a partner without them, a restart of Redis, two relays, a replay.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Receiver;
use Logistics::Test;
use Digest::SHA qw(hmac_sha256_base64);
use File::Temp ();
use MIME::Base64 qw(decode_base64 encode_base64);
use Time::HiRes qw(time);

my $LATER = '/v1/later/tracking-events';
my $dir = File::Temp->newdir;
my $port = free_port();
my $receiver = start_receiver($port, "$dir/log");
my %secret = map { my $first = $_; ($first => 'whsec_' . encode_base64(join('', map { chr($first + $_) } 1 .. 32), '')) } 0, 100;
spew("$dir/secret", "$secret{0}\n");

sub partner_file {
    my ($name, $path) = @_;
    my $callback = $path ? "callback: {url: \"http://127.0.0.1:$port/$path\", allow: [127.0.0.0/8], timeout: 3s, schedule: [20ms], "
        . "events: [delivered, failed], secret: {file: $dir/secret}}\n" : '';
    return "partner: cb-$name\nidentities: [{issuer: https://demo.logistics.example/, client_id: cb-$name}]\n"
        . "scopes: [tracking:write, trace:read]\nodoo: {scope: all}\n$callback";
}

my $seed = File::Temp->new(SUFFIX => '.json');
print $seed encode_json({ 'stock.picking' => [{ id => 100, name => 'WH/OUT/9', carrier_tracking_ref => 'T1', state => 'assigned',
    picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9 }] });
$seed->flush;
my %path = (gate => 'gate', other => 'gate/other', hang => 'hang', ok => 'ok', broken => 'ok/broken');
my $gw = gateway(append_only => 1, relay => 1, lease => '2s', odoo_args => ['--stock-delivery', '--seed', "$seed"], policies => {
    'gateway.yaml' => sub { s/\z/\nqueue: {schedule: [50ms, 50ms, 50ms]}\n/ }, 'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    map { ("partners/cb-$_.yaml" => partner_file($_, $path{$_})) } keys %path });
my %token = (ops => $gw->token(partner => 'ops'), map { $_ => $gw->token(partner => "cb-$_") } keys %path);
my $REDIS = $gw->{redis_server}->address;
my $serial = 0;

sub event {
    my ($partner, $tracking) = @_;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking // 'T1' }], src => { partner => "cb-$partner", format => 'json' } };
}
sub send_event {
    my ($partner, $tracking) = @_;
    my $answer = $gw->post_json($LATER, event($partner, $tracking), bearer($token{$partner}));
    is($answer->{status}, 202, "accepted of $partner") or diag $answer->{body};
    return $answer->json->{message};
}

sub message { my ($id) = @_; my ($rc, $out) = ctl_run('message', '--redis', $REDIS, $id); return $rc ? {} : decode_json($out) }
# The lane's key of a message.
sub key_of { my ($id) = @_; my ($key) = @{ $gw->redis_cmd('KEYS', "lgs:*:m:$id") }; return $key // 'none' }
sub until_callback {
    my ($id, $state) = @_;
    my $key;
    eval { wait_for(sub { $key = key_of($id); $key ne 'none' }, 40, $id);
        wait_for(sub { ($gw->redis_cmd('HGET', $key, 'callback_state') // '') eq $state }, 40, "callback $state of $id"); 1 }
        or diag $@ . encode_json(message($id)) . $gw->relay_log;
    return message($id)->{callback};
}
sub gate { my ($is_open) = @_; $is_open ? spew("$dir/log.open", '') : unlink "$dir/log.open"; return }
sub got { my ($id) = @_; return grep { ($_->{headers}{'webhook-id'} // '') =~ /^\Q$id\E_/ } requests_in("$dir/log") }
sub callbacks_ctl { my ($do, @more) = @_; return ctl_run('callbacks', $do, '--redis', $REDIS, @more) }
sub ids { return sort map { (split)[0] } split /\n/, $_[0] }
sub reload {
    my $before = () = $gw->relay_log =~ /relay: policies [0-9a-f]{12}/g;
    $_->kill('HUP') for @{ $gw->{relays} };
    wait_for(sub { (() = $gw->relay_log =~ /relay: policies [0-9a-f]{12}/g) >= $before + @{ $gw->{relays} } }, 40, 'new policies');
    return;
}
my @ids = map { send_event('gate') } 1 .. 3;
push @ids, send_event('other', 'nowhere');
until_callback($_, 'given-up') for @ids;

subtest 'logisticsctl callbacks list' => sub {
    my ($rc, $out, $err) = callbacks_ctl('list');
    is($rc, 0) or diag $err;
    is_deeply([ids($out)], [sort @ids], 'all');
    like($out, qr/^$ids[0]  \S+Z cb-gate +tracking-events-later +delivered +2: +answered 503$/m, 'with partner, outcome, attempts and why');
    my %count = ('--partner cb-gate' => 3, '--partner cb-other' => 1, '--partner ops' => 0, '--reason 503' => 4, '--reason 410' => 0,
        '--since 1h' => 4, '--until 1h' => 0, '--limit 2' => 2);
    for my $filter (sort keys %count) {
        ($rc, $out, $err) = callbacks_ctl('list', split / /, $filter);
        is(scalar(() = $out =~ /\n/g), $count{$filter}, $filter);
        like($err, $filter =~ /limit/ ? qr/there are more/ : qr/\A\z/);
    }
    ($rc, $out) = callbacks_ctl('list', '--json', '--partner', 'cb-other');
    my $is = decode_json($out);
    is_deeply([@$is{qw(message partner state)}, @{ $is->{callback} }{qw(event state last)}],
        [$ids[3], 'cb-other', 'dead', 'failed', 'given-up', 'answered 503'], 'as JSON');
    like($is->{callback}{given_up_at}, qr/^\d{4}-.*Z\z/);
};

subtest 'logisticsctl callbacks resend' => sub {
    my ($rc, $out, $err) = callbacks_ctl('resend', '--dry-run', '--all');
    is($rc, 0) or diag $err;
    is_deeply([ids($out)], [sort @ids], 'a dry run says which');
    like($err, qr/^4 sent again if it were done, 0 not$/m);
    is(message($_)->{callback}{state}, 'given-up') for @ids;
    gate(1);
    ($rc, $out, $err) = callbacks_ctl('resend', '--by', 'eva', '--why', 'their server is back', $ids[0]);
    is($rc, 0) or diag $err;
    is_deeply(until_callback($ids[0], 'sent'), { event => 'delivered', state => 'sent', attempts => 1, last => 'answered 204' });
    my @got = got($ids[0]);
    is(scalar @got, 3, 'twice in vain, and then once');
    is(scalar(keys %{ { map { $_->{headers}{'webhook-id'} => 1 } @got } }), 1, 'under one id');
    my ($deed, @more) = @{ message($ids[0])->{history} };
    like(delete $deed->{at}, qr/^\d{13}$/);
    is_deeply([$deed, @more], [{ did => 'resend', by => 'eva', why => 'their server is back' }], 'who did it');
    ($rc, undef, $err) = callbacks_ctl('resend', $ids[0]);
    is($rc, 1, 'only what was given up');
    like($err, qr/has no callback that was given up: it is sent/);
    ($rc, undef, $err) = callbacks_ctl('resend', 'm0');
    is($rc, 1);
    like($err, qr/no message m0/);
    ($rc, undef, $err) = callbacks_ctl('resend', '--partner', 'cb-gate', '--reason', '503', '--since', '1h');
    is($rc, 0) or diag $err;
    like($err, qr/^2 sent again, 0 not$/m);
    until_callback($_, 'sent') for @ids[1, 2];
    (undef, $out) = callbacks_ctl('list');
    is_deeply([ids($out)], [$ids[3]], 'one is left');
    is($gw->metric('logistics_callbacks_resent_total'), 3, 'counted');
};

subtest 'what is no command' => sub {
    for my $bad ([], ['bury'], ['list', 'a'], ['resend'], ['resend', '--all', 'a'], ['resend', '--set', '/0/a=1', 'a'], ['list', '--why', 'x'],
        ['list', '--limit', '0'], ['list', '--since', 'yesterday'], ['resend', 'a b'], ['resend', '--why', 'x' x 1001, 'a'])
    {
        my ($rc, $out, $err) = ctl_run('callbacks', @$bad);
        ok($rc == 2 && $out eq '' && $err ne '', substr("@$bad", 0, 40) . ': exit 2') or diag("exit $rc: $out$err");
    }
};

subtest 'over HTTP' => sub {
    my @ops = bearer($token{ops});
    my $list = $gw->get('/v1/ops/callbacks', @ops);
    is($list->{status}, 200) or diag $list->{body};
    is_deeply([map { $_->{message} } @{ $list->json->{callbacks} }], [$ids[3]]);
    my %count = ('partner=cb-other' => 1, 'partner=cb-gate' => 0, 'reason=answered%20503' => 1, 'reason=x' => 0, 'since=2020-01-01T00:00:00Z' => 1);
    is(scalar @{ $gw->get("/v1/ops/callbacks?$_", @ops)->json->{callbacks} }, $count{$_}, $_) for sort keys %count;
    is($gw->get('/v1/ops/callbacks?limit=0', @ops)->{status}, 400);
    my $path = "/v1/ops/callbacks/$ids[3]/resend";
    my $answer = $gw->post_json($path, { dry_run => JSON::PP::true() }, @ops);
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->json->{callback}{state}, 'given-up', 'a dry run shows it');
    is(message($ids[3])->{callback}{state}, 'given-up');
    is($gw->post_json($path, $_, @ops)->{status}, 400, encode_json($_)) for { set => [] }, { what => 1 }, [];
    is($gw->post_json($path, {}, bearer($token{gate}))->{status}, 403, 'for operators only');
    is($gw->get($path, @ops)->{status}, 405, 'not by GET');
    $answer = $gw->post_json($path, { why => 'a test' }, @ops);
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply($answer->json, { message => $ids[3], outcome => 'resent' });
    until_callback($ids[3], 'sent');
    is_deeply([@{ message($ids[3])->{history}[0] }{qw(did by why)}], ['resend', 'ops', 'a test']);
    $answer = $gw->post_json($path, {}, @ops);
    is($answer->{status}, 404, 'not twice');
    like($answer->json->{detail}, qr/no callback .* given up: it is sent/);
    is($gw->post_json('/v1/ops/callbacks/m0/resend', {}, @ops)->{status}, 404);
};

subtest 'many over HTTP' => sub {
    my @ops = bearer($token{ops});
    my $path = '/v1/ops/callbacks/resend';
    my $ask = sub { my ($wish, $status) = @_; my $answer = $gw->post_json($path, $wish, @ops); is($answer->{status}, $status // 200, encode_json($wish))
        or diag $answer->{body}; return $answer->json };
    # as of a receiver that was away: given up a second apart, each outcome for its own reason
    my @given_up = @ids[0, 1, 2];
    for my $i (0 .. 2) {
        my ($key, $at) = (key_of($given_up[$i]), 1795000000000 + 1000 * $i);
        $gw->redis_cmd('HSET', $key, 'callback_state', 'given-up', 'callback_closed', $at, 'callback_last', "answered 50$i: away");
        $gw->redis_cmd('ZADD', $key =~ s/:m:.*/:u/r, $at, $given_up[$i]);
    }
    my $outcomes = sub { return [map { [@$_{qw(message outcome)}] } @{ $_[0]{messages} }] };
    $ask->($_, 400) for {}, { ids => [] }, { ids => [$ids[0]], all => JSON::PP::true() }, { all => JSON::PP::true(), set => [] }, { limit => 5 };
    is($gw->post_json($path, { all => JSON::PP::true() }, bearer($token{gate}))->{status}, 403, 'for operators only');
    my $is = $ask->({ all => JSON::PP::true(), dry_run => JSON::PP::true() });
    is_deeply([@$is{qw(resent not more)}], [3, 0, JSON::PP::false()], 'a dry run says what would be done');
    is_deeply([sort map { $_->{reason} } @{ $is->{messages} }], [map {"answered 50$_: away"} 0 .. 2], '... and why they were given up');
    is(message($_)->{callback}{state}, 'given-up', '... and does nothing') for @given_up;
    is($ask->({ reason => 'answered 509' })->{resent}, 0);
    is($ask->({ partner => 'nobody' })->{resent}, 0);
    is_deeply($outcomes->($ask->({ reason => '502', why => 'they are back' })), [[$given_up[2], 'resent']], 'a part of the reason');
    is($gw->metric('logistics_callbacks_resent_total'), 5, 'counted');
    until_callback($given_up[2], 'sent');
    is_deeply([@{ message($given_up[2])->{history}[-1] }{qw(did by why)}], ['resend', 'ops', 'they are back'], 'who, and why');
    $is = $ask->({ all => JSON::PP::true(), limit => 1 });
    my @resent = map { $_->{message} } @{ $is->{messages} };
    ok($is->{more}, 'there may be more');
    for (1 .. 5) {
        last if !$is->{more};
        $is = $ask->({ all => JSON::PP::true(), limit => 1, next => $is->{next} });
        push @resent, map { $_->{message} } @{ $is->{messages} };
    }
    is_deeply([sort @resent], [sort @given_up[0, 1]], '... each is sent once');
    until_callback($_, 'sent') for @given_up;
    my $key = key_of($given_up[0]);
    $gw->redis_cmd('HSET', $key, 'callback_state', 'given-up', 'callback_closed', 1795000000000);
    $is = $ask->({ ids => [@given_up[0, 1], 'm0'] });
    is_deeply({ map {@$_} @{ $outcomes->($is) } }, { $given_up[0] => 'resent', $given_up[1] => 'not-given-up', m0 => 'unknown' }, 'ids, each with its answer');
    is_deeply([map { $_->{detail} } grep { $_->{outcome} eq 'not-given-up' } @{ $is->{messages} }], ['it is sent']);
    until_callback($given_up[0], 'sent');
};

subtest 'damaged ones are given up, and stop nobody' => sub {
    my %damage = (callback_attempts => [HSET => 'x'], callback_round => [HSET => 'x'], callback_event => [HSET => 'exploded'], partner => [HDEL => ()],
        state => [HDEL => ()]);
    $_->stop for splice @{ $gw->{relays} };
    my %id = map { $_ => send_event('broken') } sort keys %damage;
    my $whole = send_event('broken');
    # the outcomes are there, and nobody has sent them yet: as of a relay that was killed in between
    for my $id (values %id, $whole) {
        my $key = key_of($id);
        my $lane = $key =~ s/:m:.*//r;
        $gw->redis_cmd('HSET', $key, 'state', 'delivered', 'closed', 1795000000000, 'outcome', '[]', 'callback_event', 'delivered', 'callback_state', 'waiting',
            'callback_attempts', 0, 'callback_round', 1, 'callback_at', 1795000000000);
        $gw->redis_cmd('ZADD', "$lane:h:cb-broken", 0, $id);
        $gw->redis_cmd('ZADD', "$lane:h", 0, 'cb-broken');
        $gw->redis_cmd('HINCRBY', "$lane:n", $_, 1) for 'callbacks', 'callback:cb-broken';
        $gw->redis_cmd('DEL', map {"$lane:q:$_"} qw(critical standard bulk));
    }
    for my $field (sort keys %damage) {
        my ($do, @value) = @{ $damage{$field} };
        $gw->redis_cmd($do, key_of($id{$field}), $field, @value);
    }
    my $before = $gw->metric('logistics_callbacks_given_up_total');
    $gw->start_relay;
    until_callback($whole, 'sent');
    for my $field (sort keys %damage) {
        my $key = key_of($id{$field});
        wait_for(sub { ($gw->redis_cmd('HGET', $key, 'callback_state') // '') eq 'given-up' }, 40, "$field to be given up");
        like($gw->redis_cmd('HGET', $key, 'callback_last'), qr/^damaged: /, "$field: says so");
        is(scalar(my @none = got($id{$field})), 0, '... and was not sent');
    }
    my ($rc, $out) = callbacks_ctl('list', '--reason', 'damaged');
    is_deeply([ids($out)], [sort values %id], 'listed');
    is($gw->metric('logistics_callbacks_given_up_total') - $before, scalar keys %damage, 'counted');
    is($gw->metric('logistics_callbacks'), 0, 'and none waits');
    unlike($gw->relay_log, qr/redis \S+ is lost/, 'no script failed');
};

subtest 'another secret while one waits' => sub {
    gate(0);
    my $id = send_event('gate');
    until_callback($id, 'given-up');
    spew("$dir/secret", "$secret{100}\n");
    reload();
    gate(1);
    is((callbacks_ctl('resend', $id))[0], 0);
    until_callback($id, 'sent');
    my ($last) = reverse got($id);
    my $text = hmac_sha256_base64(join('.', @{ $last->{headers} }{qw(webhook-id webhook-timestamp)}, $last->{body}),
        decode_base64($secret{100} =~ s/^whsec_//r));
    is($last->{headers}{'webhook-signature'}, 'v1,' . $text . '=' x (-length($text) % 4), 'signed by the new one');
};

subtest 'a partner without callbacks, and with them again' => sub {
    gate(0);
    my $id = send_event('other', 'nowhere');
    until_callback($id, 'given-up');
    $gw->edit_policies('partners/cb-other.yaml' => undef);
    reload();
    is((callbacks_ctl('resend', $id))[0], 0);
    wait_for(sub { (message($id)->{callback}{last} // '') =~ /no callback for this partner any more/ }, 40, 'it to be given up again');
    is(message($id)->{callback}{state}, 'given-up');
    $gw->edit_policies('partners/cb-other.yaml' => partner_file('other', 'gate/other'));
    reload();
    gate(1);
    is((callbacks_ctl('resend', '--reason', 'any more', '--partner', 'cb-other'))[0], 0);
    until_callback($id, 'sent');
};

# One that is due in a look at all lanes, as after a reload, when its partner is nobody any more.
subtest 'a partner who is removed while callbacks wait' => sub {
    gate(0);
    $gw->edit_policies('partners/cb-other.yaml' => sub { s/schedule: \[20ms\]/schedule: [2s, 2s, 2s]/ });
    reload();
    my @waiting = map { send_event('other') } 1 .. 3;
    wait_for(sub { got($_) && ($gw->redis_cmd('HGET', key_of($_), 'callback_state') // '') eq 'waiting' }, 40, 'it to wait') for @waiting;
    $gw->edit_policies('partners/cb-other.yaml' => undef);
    reload();
    like(until_callback($_, 'given-up')->{last}, qr/no callback for this partner any more/) for @waiting;
    ok($_->alive, 'the relay goes on') or diag $gw->relay_log for @{ $gw->{relays} };
    my $id = send_event('ok');
    until_callback($id, 'sent');
};

subtest 'Redis restarts while one is under way; two relays' => sub {
    $gw->start_relay('second');
    my @hanging = map { send_event('hang') } 1 .. 2;
    wait_for(sub { got($hanging[0]) }, 40, 'one under way');
    $gw->{redis_server}->stop('KILL');
    $gw->{redis_server}->run;
    my @sent;
    for (1 .. 20) {
        wait_for(sub { my $answer = $gw->post_json($LATER, event('ok'), bearer($token{ok}));
            push @sent, $answer->json->{message} if $answer->{status} == 202; $answer->{status} == 202 }, 40, 'its acceptance');
    }
    until_callback($_, 'sent') for @sent;
    is_deeply([map { scalar(my @g = got($_)) } @sent], [(1) x @sent], 'each once');
    until_callback($_, 'given-up') for @hanging;
    pop(@{ $gw->{relays} })->stop;
};

subtest 'a Redis that only reads is not asked without a pause' => sub {
    my $lost = sub { scalar(() = $gw->relay_log =~ /relay: redis \S+ is lost: \S*\s?READONLY/g) };
    my $before = $lost->();
    my $begin = time;
    $gw->redis_cmd('REPLICAOF', '127.0.0.1', free_port());
    wait_for(sub { $lost->() >= $before + 5 }, 60, 'five losses');
    cmp_ok(time - $begin, '>=', 1.5, 'take 0.1, 0.2, 0.4 and 0.8 s at least');
    $gw->redis_cmd('REPLICAOF', 'NO', 'ONE');
    my $id;
    wait_for(sub { my $answer = $gw->post_json($LATER, event('ok'), bearer($token{ok})); $id = $answer->json->{message}; $answer->{status} == 202 },
        40, 'its acceptance');
    until_callback($id, 'sent');
};

subtest 'a replay while the callback of its failure is under way' => sub {
    my $id = send_event('hang', 'nowhere');
    wait_for(sub { got($id) }, 40, 'it to be under way');
    my ($rc, undef, $err) = ctl_run('dead', 'replay', '--redis', $REDIS, '--policies', $gw->{policies_dir}, '--set', '/0/refs/0/v=T1', $id);
    is($rc, 0) or diag $err;
    my $is = until_callback($id, 'given-up');
    is_deeply([@$is{qw(event attempts)}], ['delivered', 2], 'what is told of is the second outcome');
    my %by_id;
    $by_id{ $_->{headers}{'webhook-id'} }++ for got($id);
    is($by_id{"${id}_delivered_2"}, 2, 'under its own id');
    is($by_id{"${id}_failed_1"}, 1, 'and of the first no more');
};

subtest 'what docs/operations.md says to do' => sub {
    my ($page) = slurp(root() . '/docs/operations.md') =~ /^(## A partner was not told.*?)^## /ms;
    my @commands = ($page // '') =~ /^    logisticsctl (.*)$/mg;
    cmp_ok(scalar @commands, '>=', 3, 'commands are found');
    for my $command (@commands) {
        gate(0);
        my $id = send_event('gate');
        until_callback($id, 'given-up');
        gate(1);
        my @words = map { s/"//gr } $command =~ /("[^"]*"|\S+)/g;
        @words = map { { ID => $id, acme => 'cb-gate' }->{$_} // $_ } @words;
        local $ENV{LGS_REDIS} = $REDIS;
        my ($rc, $out, $err) = ctl_run(@words);
        is($rc, 0, "logisticsctl $command") or diag "$out$err";
        like("$out$err", qr/\Q$id\E|[1-9]\d* sent again/, '... finds one');
    }
};

is(valid_callback($dir, map { $_->{body} } requests_in("$dir/log")), '', 'all of it is as docs/callback.schema.json says');

finish($gw);
done_testing();
