# Callbacks end to end: what became of a message is posted to its partner, signed, until it is taken; to the partner's
# address and no other; and none is lost whoever is killed.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Receiver;
use Logistics::Test;
use Digest::SHA qw(hmac_sha256_base64);
use File::Temp ();
use MIME::Base64 qw(decode_base64 encode_base64);

my $LATER = '/v1/later/tracking-events';
my $dir = File::Temp->newdir;
my $port = free_port();
my $plain_port = free_port();
my $SECRET = 'whsec_' . encode_base64(join('', map { chr } 1 .. 32), '');
my $OLD = 'whsec_' . encode_base64(join('', map { chr } 101 .. 132), '');
spew("$dir/secret", "$SECRET\n");
spew("$dir/old", "$OLD\n");

# Before anything is sent: a registry may take its time, and callbacks are believed for five minutes.
my $npm = Logistics::Gateway::build_dir() . '/npm';
my $has_node = system('node --version >/dev/null 2>&1') == 0;
my $has_npm = $has_node && system(root() . "/tools/npm-packages '$npm'") == 0;

# A private authority, and a certificate of it for 127.0.0.1; another one that nobody asked.
sub openssl { system("openssl @_ >>$dir/openssl.log 2>&1") == 0 or die slurp("$dir/openssl.log") }
spew("$dir/san", "subjectAltName=IP:127.0.0.1\n");
for my $ca ('ca', 'other') {
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $dir/$ca.key -out $dir/$ca.pem -subj /CN=$ca -days 2");
}
openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $dir/server.key -out $dir/server.csr -subj /CN=127.0.0.1");
openssl("x509 -req -in $dir/server.csr -CA $dir/ca.pem -CAkey $dir/ca.key -CAcreateserial -days 2 -extfile $dir/san -out $dir/server.pem");

my $receiver = start_receiver($port, "$dir/log", "$dir/server.pem", "$dir/server.key");
my $plain = start_receiver($plain_port, "$dir/plain.log");

# Requests that came, of a path when it is given.
sub requests { my ($path, $log) = @_; return requests_in($log // "$dir/log", $path) }

my $URL = "https://127.0.0.1:$port";
my $OPEN = "allow: [127.0.0.1], ca: $dir/ca.pem, timeout: 3s";
my %callback = (
    ok       => "url: \"$URL/ok\", $OPEN",
    both     => "url: \"$URL/both?a=b\", $OPEN, events: [delivered, failed, dropped]",
    flaky    => "url: \"$URL/flaky\", $OPEN",
    later    => "url: \"$URL/later\", $OPEN",
    gone     => "url: \"$URL/gone\", $OPEN",
    down     => "url: \"$URL/down\", $OPEN, schedule: [20ms, 20ms]",
    redirect => "url: \"$URL/redirect\", $OPEN, schedule: [20ms]",
    hang     => "url: \"$URL/hang\", allow: [127.0.0.1], ca: $dir/ca.pem, timeout: 1s, schedule: [20ms]",
    endless  => "url: \"$URL/endless\", $OPEN",
    heads    => "url: \"$URL/heads\", $OPEN, schedule: [20ms]",
    private  => "url: \"https://localhost:$port/private\", ca: $dir/ca.pem, schedule: [20ms]",
    stranger => "url: \"$URL/stranger\", allow: [127.0.0.1], ca: $dir/other.pem, schedule: [20ms]",
    system   => "url: \"$URL/system\", allow: [127.0.0.1], schedule: [20ms]",
    name     => "url: \"https://localhost:$port/name\", allow: [127.0.0.1], ca: $dir/ca.pem, schedule: [20ms]",
    plain    => "url: \"http://127.0.0.1:$plain_port/plain\", allow: [127.0.0.0/8]",
    protocol => "url: \"http://127.0.0.1:$port/protocol\", allow: [127.0.0.0/8], schedule: [20ms]",
    failures => "url: \"$URL/failures\", $OPEN, events: [failed]",
    nobody   => undef,
);

sub partner_file {
    my ($name, $callback) = @_;
    my $secret = $name eq 'both' ? "[{file: $dir/secret}, {file: $dir/old}]" : "{file: $dir/secret}";
    return "partner: cb-$name\nidentities: [{issuer: https://demo.logistics.example/, client_id: cb-$name}]\n"
        . "scopes: [tracking:write, trace:read]\nodoo: {scope: all}\n"
        . ($callback ? "callback: {$callback, secret: $secret}\n" : '');
}

# Whoever has proxies in the environment still sends callbacks straight.
local @ENV{qw(https_proxy http_proxy ALL_PROXY)} = ("http://127.0.0.1:$plain_port") x 3;
my $seed = File::Temp->new(SUFFIX => '.json');
print $seed encode_json({ 'stock.picking' => [{ id => 100, name => 'WH/OUT/9', carrier_tracking_ref => 'T1', state => 'assigned',
    picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9 }] });
$seed->flush;
my $gw = gateway(append_only => 1, relay => 1, lease => '1s', odoo_args => ['--stock-delivery', '--seed', "$seed"], policies => {
    'gateway.yaml' => sub { s/\z/\nqueue: {schedule: [50ms, 50ms, 50ms, 50ms, 50ms, 50ms, 50ms, 50ms]}\n/ },
    map { ("partners/cb-$_.yaml" => partner_file($_, $callback{$_})) } keys %callback });
my %token = map { $_ => $gw->token(partner => "cb-$_") } keys %callback;
my $serial = 0;

# The id of its message. T1 is known to Odoo, anything else is refused.
sub send_event {
    my ($partner, $tracking) = @_;
    my $event = { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking // 'T1' }], src => { partner => "cb-$partner", format => 'json' } };
    my $answer = $gw->post_json($LATER, $event, bearer($token{$partner}));
    is($answer->{status}, 202, "accepted of $partner") or diag $answer->{body};
    return $answer->json->{message};
}

sub message { my ($partner, $id) = @_; return $gw->get("/v1/messages/$id", bearer($token{$partner}))->json }

# The message once its callback is in that state.
sub until_callback {
    my ($partner, $id, $state) = @_;
    my $is;
    eval { wait_for(sub { $is = message($partner, $id); ($is->{callback}{state} // '') eq $state }, 40, "callback $state of $partner") }
        or diag encode_json($is) . $gw->relay_log;
    return $is;
}

sub signature {
    my ($secret, $request) = @_;
    my $content = join '.', @{ $request->{headers} }{qw(webhook-id webhook-timestamp)}, $request->{body};
    my $text = hmac_sha256_base64($content, decode_base64($secret =~ s/^whsec_//r));
    return 'v1,' . $text . '=' x (-length($text) % 4);
}

subtest 'delivered' => sub {
    my $before = time;
    my $id = send_event('ok');
    my $is = until_callback('ok', $id, 'sent');
    is_deeply($is->{callback}, { event => 'delivered', state => 'sent', attempts => 1, last => 'answered 204' });
    my ($request, @more) = requests('/ok');
    is(scalar @more, 0, 'once');
    my $header = $request->{headers};
    is($header->{'webhook-id'}, "${id}_delivered_1");
    is($header->{'content-type'}, 'application/json');
    cmp_ok(abs($header->{'webhook-timestamp'} - $before), '<', 60, 'the time of the attempt');
    is($header->{'webhook-signature'}, signature($SECRET, $request), 'signed');
    my $body = decode_json($request->{body});
    delete $is->{callback};
    is_deeply($body->{data}, $is, 'with what GET shows');
    is($body->{type}, 'message.delivered');
    like($body->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/);
    ok($body->{timestamp} ge $is->{closed_at}, 'the time of the outcome'); # Redis' clock is asked for each
    ok(!grep({ /authorization|cookie|x-/ } keys %$header), 'and with nothing of ours') or diag encode_json($header);
};

# Who verifies as docs/callbacks.md says it, and as others do: name => sub ($secret, $request) → is it genuine?
my %snippet = slurp(root() . '/docs/callbacks.md') =~ /^```(\w+)\n(.*?)^```$/msg;
my %verifier = (
    sh => sub {
        my ($secret, $request) = @_;
        my $h = $request->{headers};
        local @ENV{qw(SECRET ID TIMESTAMP SIGNATURE)} = ($secret, @$h{qw(webhook-id webhook-timestamp webhook-signature)});
        spew("$dir/body", $request->{body});
        spew("$dir/verify.sh", $snippet{sh});
        return `cd '$dir' && sh verify.sh` eq "genuine\n";
    },
    python => sub {
        my ($secret, $request) = @_;
        spew("$dir/verify.py", $snippet{python} . 'import json, sys' . "\n" . 'request = json.load(open(sys.argv[2]))' . "\n"
            . 'sys.exit(not is_genuine(sys.argv[1], request["headers"], request["body"].encode()))' . "\n");
        return system('/usr/bin/python3', "$dir/verify.py", $secret, "$dir/request") == 0;
    },
    $has_node ? (js => sub {
        my ($secret, $request) = @_;
        spew("$dir/verify.js", $snippet{js} . "const request = JSON.parse(require('node:fs').readFileSync(process.argv[3]));\n"
            . "process.exit(isGenuine(process.argv[2], request.headers, Buffer.from(request.body)) ? 0 : 1);\n");
        return system('node', "$dir/verify.js", $secret, "$dir/request") == 0;
    }) : (),
    $has_npm || $ENV{CI} ? ('standardwebhooks of npm' => sub {
        my ($secret) = @_;
        return system('node', root() . '/t/suite/webhook_peer.js', "$npm/node_modules", $secret, "$dir/request") == 0;
    }) : (),
);

# Callbacks with one and with two signatures, and what somebody else might send.
sub check_verifiers {
    my ($request, @secrets) = @_;
    my %forged = %$request;
    $forged{body} =~ s/message\.\w+/message.delivery/;
    for my $name (sort keys %verifier) {
        spew("$dir/request", encode_json($request));
        ok($verifier{$name}->($_, $request), "$name believes it") for @secrets;
        ok(!$verifier{$name}->('whsec_' . encode_base64('another secret of 32 bytes length', ''), $request), '... not by another secret');
        spew("$dir/request", encode_json(\%forged));
        ok(!$verifier{$name}->($secrets[0], \%forged), '... nor with another body');
    }
    return;
}

sub of_both { my ($id) = @_; return grep { $_->{headers}{'webhook-id'} =~ /^\Q$id/ } requests('/both?a=b') }

subtest 'others verify it' => sub {
    check_verifiers((requests('/ok'))[0], $SECRET);
    my $id = send_event('both');
    until_callback('both', $id, 'sent');
    check_verifiers((of_both($id))[0], $SECRET, $OLD);
};

subtest 'two secrets; failed, and dropped by an operator' => sub {
    my $id = send_event('both', 'nowhere');
    my $is = until_callback('both', $id, 'sent');
    is($is->{status}, 'failed');
    my ($request) = of_both($id);
    is($request->{headers}{'webhook-signature'}, join(' ', signature($SECRET, $request), signature($OLD, $request)));
    my $body = decode_json($request->{body});
    is_deeply([$body->{type}, @{ $body->{data} }{qw(status reason)}], ['message.failed', 'failed', 'unknown-reference']);
    ctl('dead', 'drop', '--redis', $gw->{redis_server}->address, '--why', 'a test', $id);
    wait_for(sub { of_both($id) == 2 }, 20, 'the second one');
    (undef, $request) = of_both($id);
    is($request->{headers}{'webhook-id'}, "${id}_dropped_2", 'another outcome has another id');
    is(decode_json($request->{body})->{data}{status}, 'dropped');
};

subtest 'only what was asked for' => sub {
    my $delivered = send_event('failures');
    my $failed = send_event('failures', 'nowhere');
    my $nobody = send_event('nobody');
    until_callback('failures', $failed, 'sent');
    wait_for(sub { message('failures', $delivered)->{status} eq 'delivered' && message('nobody', $nobody)->{status} eq 'delivered' },
        20, 'all outcomes');
    ok(!message('failures', $delivered)->{callback}, 'no callback of a delivery');
    ok(!message('nobody', $nobody)->{callback}, 'nor of somebody without one');
    is_deeply([map { $_->{headers}{'webhook-id'} } requests('/failures')], ["${failed}_failed_1"]);
};

subtest 'again until it is taken' => sub {
    my $id = send_event('flaky');
    my $is = until_callback('flaky', $id, 'sent');
    is_deeply([@{ $is->{callback} }{qw(attempts last)}], [3, 'answered 200: thanks']);
    my @got = requests('/flaky');
    is(scalar @got, 3);
    is(scalar(keys %{ { map { $_->{headers}{'webhook-id'} => 1 } @got } }), 1, 'each time with the same id');
    is($_->{headers}{'webhook-signature'}, signature($SECRET, $_), 'and a signature of its own time') for @got;
    $id = send_event('later');
    $is = until_callback('later', $id, 'sent');
    my @times = map { $_->{headers}{'webhook-timestamp'} } requests('/later');
    cmp_ok($times[1] - $times[0], '>=', 1, 'Retry-After is kept to') or diag "@times";
};

subtest 'given up' => sub {
    my %id = map { $_ => send_event($_) } qw(gone down redirect hang heads);
    is_deeply([@{ until_callback('gone', $id{gone}, 'given-up')->{callback} }{qw(attempts last)}],
        [1, 'answered 410: we closed'], '410 ends it');
    is_deeply([@{ until_callback('down', $id{down}, 'given-up')->{callback} }{qw(attempts last)}],
        [3, 'answered 503'], 'the schedule is used up');
    is(until_callback('redirect', $id{redirect}, 'given-up')->{callback}{last}, 'answered 307', 'a redirect is no success');
    is(scalar(my @stolen = requests('/stolen')), 0, 'and is not followed');
    like(until_callback('hang', $id{hang}, 'given-up')->{callback}{last}, qr/timeout/i, 'no answer');
    is(scalar(my @hang = requests('/hang')), 2, 'was tried twice');
    ok(until_callback('heads', $id{heads}, 'given-up'), 'a head without an end is no answer');
    my @redis = ('--redis', $gw->{redis_server}->address);
    is(decode_json(ctl('message', @redis, $id{gone}))->{callback}{state}, 'given-up', 'operators see it');
    my $queue = ctl('queue', @redis, '--every', '10ms');
    like($queue, qr/^not told +so far\n(?:cb-\w+ +1\n)*cb-gone +1\n/m) or diag $queue;
    is(decode_json(ctl('queue', @redis, '--every', '10ms', '--json'))->{queue}{callbacks_given_up_by_partner}{'cb-gone'}, 1);
    is($gw->metric('logistics_partner_callbacks_given_up_total{partner="cb-gone"}'), 1, 'and what watches over them');
    like($gw->relay_log, qr/callbacks: delivered of message $id{gone} is given up for partner cb-gone, attempt 1: answered 410/);
};

subtest 'an endless body' => sub {
    my $id = send_event('endless');
    my $is = until_callback('endless', $id, 'sent');
    like($is->{callback}{last}, qr/^answered 200: x+\z/);
    cmp_ok(length $is->{callback}{last}, '<=', 240, 'a sentence is kept');
    wait_for(sub { requests('hung up on') == 1 }, 20, 'nobody reads on');
};

subtest 'where it must not go' => sub {
    my %id = map { $_ => send_event($_) } qw(private stranger system name protocol plain);
    is(until_callback('private', $id{private}, 'given-up')->{callback}{last}, 'not connected: the address is loopback',
        'a name that leads to our own network');
    like(until_callback('stranger', $id{stranger}, 'given-up')->{callback}{last}, qr/certificate|SSL/, 'another authority');
    like(until_callback('system', $id{system}, 'given-up')->{callback}{last}, qr/certificate|SSL/, 'none of the system\'s');
    like(until_callback('name', $id{name}, 'given-up')->{callback}{last}, qr/certificate|SSL/, 'a name that the certificate has not');
    ok(until_callback('protocol', $id{protocol}, 'given-up'), 'http where TLS is spoken');
    is(until_callback('plain', $id{plain}, 'sent')->{callback}{last}, 'answered 204', 'http within a listed network');
    is_deeply([requests("/$_")], [], "nothing came to $_") for qw(private stranger system name protocol);
    is_deeply([map { $_->{path} } requests(undef, "$dir/plain.log")], ['/plain'], 'no proxy of the environment was asked');
};

subtest 'who hangs holds nobody up' => sub {
    my @hanging = map { send_event('hang') } 1 .. 12;
    my @quick = map { send_event('ok') } 1 .. 12;
    until_callback('ok', $_, 'sent') for @quick;
    is(message('ok', $_)->{status}, 'delivered') for @quick;
    is(until_callback('hang', $_, 'given-up')->{status}, 'delivered') for @hanging[0, 1];
};

subtest 'a relay that is killed' => sub {
    my @sent = map { send_event('flaky') } 1 .. 6;
    my @held = map { send_event('hang') } 1 .. 2;
    wait_for(sub { grep { (message('hang', $_)->{callback}{state} // '') eq 'sending' } @held }, 20, 'one under way');
    pop(@{ $gw->{relays} })->stop('KILL');
    my @later = map { send_event('ok') } 1 .. 4;
    $gw->start_relay;
    until_callback('flaky', $_, 'sent') for @sent;
    until_callback('ok', $_, 'sent') for @later;
    my %times;
    $times{ $_->{headers}{'webhook-id'} }++ for requests('/flaky');
    cmp_ok($times{"${_}_delivered_1"}, '>=', 3, 'told, perhaps twice, under one id') for @sent;
    until_callback('hang', $_, 'given-up') for @held;
};

subtest 'each body is as docs/callback.schema.json says' => sub {
    my @bodies = map { $_->{body} } grep { $_->{body} } requests(), requests(undef, "$dir/plain.log");
    my %type = map { decode_json($_)->{type} => 1 } @bodies;
    is_deeply([sort keys %type], [map {"message.$_"} qw(delivered dropped failed)], 'of each type');
    is(valid_callback($dir, @bodies), '', scalar(@bodies) . ' bodies');
    my ($failed) = grep {/message\.failed/} @bodies;
    my %wrong = ('another type' => qr/message\.failed(?{ 'message.gone' })/, 'the status of another' => qr/"status":"failed"(?{ '"status":"delivered"' })/,
        'no time' => qr/"timestamp":"[^"]*"(?{ '"timestamp":1763719201' })/, 'no reason' => qr/"reason":"[^"]*",(?{ '' })/,
        'attempts' => qr/"attempts":\d+(?{ '"attempts":"1"' })/);
    for my $what (sort keys %wrong) {
        my $body = $failed =~ s/$wrong{$what}/$^R/r;
        isnt($body, $failed, "$what: changed");
        isnt(valid_callback($dir, $body), '', "$what: refused");
    }
};

subtest 'a receiver that is away for a while' => sub {
    $receiver->stop;
    my @sent = map { send_event('ok') } 1 .. 3;
    wait_for(sub { (message('ok', $sent[0])->{callback}{attempts} // 0) >= 1 }, 20, 'an attempt');
    $receiver = start_receiver($port, "$dir/log", "$dir/server.pem", "$dir/server.key");
    my @ended = map { my $id = $_; my $is;
        wait_for(sub { $is = message('ok', $id); ($is->{callback}{state} // '') =~ /^(?:sent|given-up)$/ }, 40, 'its end'); $is } @sent;
    is($_->{status}, 'delivered', 'the message is what it is') for @ended;
};

subtest 'a partner who is told no more' => sub {
    my $id = send_event('down');
    $gw->edit_policies('partners/cb-down.yaml' => partner_file('down'));
    spew("$dir/secret", "no secret\n");
    $_->kill('HUP') for @{ $gw->{relays} };
    wait_for(sub { $gw->relay_log =~ /the old ones stay/ }, 20, 'refused policies');
    unlike($gw->relay_log, qr/no secret/, 'a secret is not in the log');
    spew("$dir/secret", "$SECRET\n");
    my $revisions = () = $gw->relay_log =~ /relay: policies [0-9a-f]{12}/g;
    $_->kill('HUP') for @{ $gw->{relays} };
    wait_for(sub { (() = $gw->relay_log =~ /relay: policies [0-9a-f]{12}/g) > $revisions }, 20, 'new policies');
    $id = send_event('down');
    like(until_callback('down', $id, 'given-up')->{callback}{last}, qr/no callback for this partner any more/);
};

is(valid_callback($dir, map { $_->{body} // () } requests()), '', 'each body since is as docs/callback.schema.json says, too');

finish($gw);
done_testing();
