# A message that comes again: the first answer again, on routes that answer now. t/later.t has queued ones.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $gw = gateway(append_only => 1, odoo_args => ['--stock-delivery'], policies => {
    'routes/tracking-events.yaml' => sub { s/^once: .*/once: {key: required, keep: 8s}/m },
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    map { ("routes/once-$_.yaml" => <<"END") } qw(optional derived),
route: once-$_
path: /v1/once/$_
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
once: {key: $_}
deliver: {mode: now, odoo: events-to-odoo}
END
});
my %token = map { $_ => $gw->token(partner => $_) } qw(dhl ops);
my $serial = 0;

sub event {
    my (%more) = @_;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => 'WH/OUT/00011' }], src => { partner => 'ops', format => 'json' }, %more };
}

sub post {
    my ($path, $body, $key, %opt) = @_;
    return $gw->post_json($path, $body, bearer($token{ $opt{partner} // 'ops' }),
        defined $key ? ('Idempotency-Key' => $key) : ());
}

sub notes { return scalar(my @rows = $gw->odoo_rows('select id from mail_message')) }
sub code { my ($answer) = @_; return "$answer->{status} " . ($answer->json->{errors}[0]{code} // '') }
sub replayed { return $_[0]->header('Idempotency-Replayed') // 'no' }

subtest 'the header' => sub {
    is(code(post($PATH, event())), '400 once-key-missing');
    is(code(post($PATH, event(), 'without-quotes')), '400 once-key');
    is(code(post($PATH, event(), '"' . 'k' x 256 . '"')), '400 once-key');
    like($gw->post_json($PATH, event(), bearer($token{ops}), 'Idempotency-Key' => '"a"', 'idempotency-key' => '"b"')->{body},
        qr/stands there twice/, 'which of two it is would be a guess');
    like(post($PATH, event(), '""')->{body}, qr/must have 1 to 255 characters/);
    my $event = event();
    my $before = notes();
    my $first = post($PATH, $event, '"a"');
    is($first->{status}, 200) or diag $first->{body};
    is(replayed($first), 'no');
    is(notes(), $before + 1);
    my $calls = $gw->odoo_calls->{calls};
    my $again = post($PATH, encode_json($event) =~ s/,/ ,\n  /gr, '"a"');
    is($again->{status}, 200);
    is($again->{body}, $first->{body}, 'the same answer, to other white space');
    is(replayed($again), 'true');
    is(scalar @{ $gw->odoo_calls->{calls} }, scalar @$calls, 'Odoo is not asked');
    isnt($again->header('X-Correlation-ID'), $first->header('X-Correlation-ID'), 'a request of its own');
    is(code(post($PATH, event(), '"a"')), '422 once-other-content', 'another event under the key');
    wait_for(sub { replayed(post($PATH, $event, '"a"')) eq 'no' }, 30, 'the end of its time');
    is($gw->metric('logistics_replayed_total') >= 1, 1, 'counted');
};

subtest 'optional and derived' => sub {
    my $event = event();
    is(replayed(post('/v1/once/optional', $event)), 'no');
    is(replayed(post('/v1/once/optional', $event)), 'no', 'without a key each is a new one');
    is(replayed(post('/v1/once/optional', $event, '"o"')), 'no');
    is(replayed(post('/v1/once/optional', $event, '"o"')), 'true');
    my $other = post('/v1/once/optional', { %$event, src => { partner => 'dhl', format => 'json' } }, '"o"', partner => 'dhl');
    is(replayed($other), 'no', "another partner's key is another key");
    unlike($other->{body}, qr/key-reused/, '... of any content');
    $event = event();
    my $first = post('/v1/once/derived', $event);
    is(replayed($first), 'no');
    my $again = post('/v1/once/derived', $event);
    is(replayed($again), 'true');
    is($again->{body}, $first->{body});
    is(replayed(post('/v1/once/derived', { %$event, note => 'left at the gate' })), 'no', 'a correction is another message');
};

subtest 'while the first is running' => sub {
    my $event = event();
    $gw->odoo_control(latency_ms => 800);
    my $client = $gw->client;
    $client->send(join "\r\n", "POST $PATH HTTP/1.1", 'Host: x', 'Authorization: Bearer ' . $token{ops},
        'Content-Type: application/json', 'Idempotency-Key: "r"', 'Content-Length: ' . length encode_json($event), '',
        encode_json($event));
    # what is asked before the first has the key would be the first itself
    wait_for(sub { my @held = grep { $gw->redis_cmd('GET', $_) =~ /running/ } @{ $gw->redis_cmd('KEYS', 'lgs:*:i:*') }; @held },
        5, 'the first to run');
    my $answer = post($PATH, $event, '"r"');
    is(code($answer), '409 once-running');
    is($answer->header('Retry-After'), 1);
    ok($answer->json->{retryable});
    my $first = $client->answer;
    is($first->{status}, 200) or diag $first->{body};
    $gw->odoo_control(latency_ms => 0);
    wait_for(sub { $answer = post($PATH, $event, '"r"'); $answer->{status} != 409 }, 5, 'its end');
    is($answer->{body}, $first->{body});
    is(replayed($answer), 'true');
};

subtest 'what was no success is tried again' => sub {
    my $event = event(refs => [{ t => 'tracking', v => 'nowhere' }]);
    my $answer = post($PATH, $event, '"n"');
    is($answer->{status}, 422);
    $answer = post($PATH, $event, '"n"');
    is($answer->{status}, 422, 'asked again');
    is(replayed($answer), 'no');
    $gw->stop_odoo;
    $event = event();
    is(post($PATH, $event, '"s"')->{status}, 503);
    $gw->start_odoo;
    is(post($PATH, $event, '"s"')->{status}, 200);
    # another worker may ask for the key before the first has told Redis of the answer
    wait_for(sub { $answer = post($PATH, $event, '"s"'); $answer->{status} != 409 }, 5, 'the end of the first');
    is(replayed($answer), 'true');
};

subtest 'Redis away' => sub {
    $gw->{redis_server}->stop('KILL');
    wait_for(sub { $gw->metric('logistics_redis_up') == 0 }, 10, 'the gateway to see it');
    my $answer = post($PATH, event(), '"z"');
    is(code($answer), '503 queue-away', 'no promise that cannot be kept');
    is($answer->header('Retry-After'), 5);
    is(post('/v1/once/optional', event())->{status}, 200, 'without a key it goes on');
    $gw->{redis_server}->run;
    wait_for(sub { post($PATH, event(), '"z"')->{status} == 200 }, 20, 'Redis again');
};

finish($gw);
done_testing();
