# Stage 4: rates and requests in flight are exact over two workers and many connections.
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use Logistics::Test;

# Answers only when the gate file is there, so that requests stay in flight as long as the test wants.
my $gates = File::Temp->newdir;
my $up = upstream(sub {
    my ($request) = @_;
    if (($request->{headers}{'x-other'} // '') eq 'wait') {
        wait_for(sub { -e "$gates/$request->{headers}{'x-gate'}" }, 20, 'the gate');
    }
    return [200, {}, { ok => 1 }];
});

sub partner {
    my ($name, $limits) = @_;
    return ("partners/$name.yaml" => <<"END");
partner: $name
identities:
  - {issuer: https://demo.logistics.example/, client_id: $name}
scopes: [tracking:write]
odoo: {scope: all}
limits: $limits
END
}

my $gw = gateway(forward => $up, odoo => 0, policies => {
    partner('slow', '{rate: 1/h, burst: 25}'),
    partner('narrow', '{in_flight: 4}'),
    partner('routed', '{rate: 1000/s, burst: 1000}'),
    partner('quick', '{rate: 5/s, burst: 1}'),
    partner('single', '{in_flight: 1}'),
    'routes/once.yaml' => <<'END',
route: once
path: /v1/once
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: forward, upstream: tms}
limits: {rate: 1/day, burst: 7}
END
});
my %token = map { $_ => $gw->token(partner => $_) } qw(slow narrow routed quick single);
my %event = map { $_ => encode_json({
    v => 1, id => 'ev_' . 'b' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => '1' }], src => { partner => $_, format => 'json' },
}) } keys %token;

# $n requests at once on connections of their own; counts the statuses.
sub storm {
    my ($n, $partner, $path) = @_;
    my @clients = map { $gw->client->connect } 1 .. $n;
    my $text = Logistics::Http::format_request($clients[0], 'POST', $path,
        [bearer($token{$partner}), 'Content-Type' => 'application/json'], $event{$partner});
    my %count;

    $_->send($text) for @clients;
    for my $client (@clients) {
        my $answer = $client->answer('POST');
        $count{ $answer->{status} }++;
        $client->{last} = $answer;
        $client->close;
    }
    return (\%count, map { $_->{last} } @clients);
}

subtest 'rate: exactly the burst, whoever asks first' => sub {
    my ($count, @answers) = storm(80, 'slow', '/v1/forward/tracking-events');
    is_deeply($count, { 200 => 25, 429 => 55 });
    my ($refused) = grep { $_->{status} == 429 } @answers;
    cmp_ok($refused->header('Retry-After'), '>=', 3500, 'Retry-After is when a request is free');
    cmp_ok($refused->header('Retry-After'), '<=', 3600);
    is($refused->header('RateLimit-Policy'), '"partner";q=1;w=3600');
    like($refused->header('RateLimit'), qr/^"partner";r=0;t=\d+$/);
    my $problem = $refused->json;
    is($problem->{type}, 'https://iana.org/assignments/http-problem-types#quota-exceeded');
    is_deeply($problem->{'violated-policies'}, ['partner']);
    is($problem->{retryable}, JSON::PP::true);
};

subtest "the route's limit, and what the partner had taken comes back" => sub {
    my ($count, @answers) = storm(40, 'routed', '/v1/once');
    is_deeply($count, { 200 => 7, 429 => 33 });
    my ($refused) = grep { $_->{status} == 429 } @answers;
    is_deeply($refused->json->{'violated-policies'}, ['route']);
    my $answer = $gw->post_json('/v1/forward/tracking-events', $event{routed}, bearer($token{routed}));
    my ($left) = $answer->header('RateLimit') =~ /r=(\d+)/;
    cmp_ok($left, '>=', 980, 'refused requests cost the partner nothing');
};

subtest 'tokens come back in time' => sub {
    my $ok = 0;
    wait_for(sub { $gw->post_json('/v1/forward/tracking-events', $event{quick}, bearer($token{quick}))->{status} == 200 && ++$ok == 3 },
        5, 'three of five a second');
    is($ok, 3);
};

subtest 'in flight' => sub {
    my $name = 'narrow';
    my @clients = map { $gw->client->connect } 1 .. 12;
    my $text = Logistics::Http::format_request($clients[0], 'POST', '/v1/forward/tracking-events',
        [bearer($token{narrow}), 'Content-Type' => 'application/json', 'X-Other' => 'wait', 'X-Gate' => $name], $event{narrow});
    $_->send($text) for @clients;

    # the refused ones answer at once, the others hang in the upstream
    my $select = IO::Select->new(map { $_->{socket} } @clients);
    wait_for(sub { @{ [$select->can_read(0)] } >= 8 }, 10, 'eight refusals');
    my %ready = map { $_ => 1 } $select->can_read(0);
    my @refused = map { $_->answer('POST') } grep { $ready{ $_->{socket} } } @clients;
    is(scalar @refused, 8, 'four are in, eight are out');
    is($_->{status}, 503) for @refused;
    is($refused[0]->json->{errors}[0]{code}, 'in-flight');
    is($refused[0]->header('Retry-After'), 1);

    spew("$gates/$name", '');
    is($_->answer('POST')->{status}, 200) for grep { !$ready{ $_->{socket} } } @clients;
    is($gw->post_json('/v1/forward/tracking-events', $event{narrow}, bearer($token{narrow}))->{status}, 200,
        'who leaves makes room');
};

# The next request comes from somebody who has the answer to the last, and goes to any worker.
subtest 'one after the other is never two in flight' => sub {
    my %count;
    for (1 .. 150) {
        $count{ $gw->post_json('/v1/forward/tracking-events', $event{single}, bearer($token{single}))->{status} }++;
        $count{ $gw->request('DELETE', '/v1/forward/tracking-events', [bearer($token{single})])->{status} }++;
        $count{ $gw->post_json('/v1/forward/tracking-events', '{', bearer($token{single}))->{status} }++;
    }
    is_deeply(\%count, { 200 => 150, 405 => 150, 400 => 150 });
};

subtest 'limits survive a reload' => sub {
    $gw->edit_policies('partners/slow.yaml' => sub { s/burst: 25/burst: 26/ });
    $gw->reload;
    my ($count) = storm(20, 'slow', '/v1/forward/tracking-events');
    is_deeply($count, { 200 => 1, 429 => 19 }, 'one more, not a fresh burst');
};

subtest 'a killed worker takes no room with it' => sub {
    my $name = 'killed';
    my @clients = map { $gw->client->connect } 1 .. 4;
    my $text = Logistics::Http::format_request($clients[0], 'POST', '/v1/forward/tracking-events',
        [bearer($token{narrow}), 'Content-Type' => 'application/json', 'X-Other' => 'wait', 'X-Gate' => $name], $event{narrow});
    $_->send($text) for @clients;
    # a request that asks would itself take the room of one of them
    wait_for(sub { 4 == grep { ($_->{headers}{'x-gate'} // '') eq $name } $up->requests }, 10, 'four in flight');
    is($gw->post_json('/v1/forward/tracking-events', $event{narrow}, bearer($token{narrow}))->{status}, 503, 'no room');
    my @before = $gw->worker_pids;
    kill 'KILL', @before;
    wait_for(sub { my %old = map { $_ => 1 } @before; 2 == grep { !$old{$_} } $gw->worker_pids }, 10, 'new workers');
    spew("$gates/$name", '');
    is($gw->post_json('/v1/forward/tracking-events', $event{narrow}, bearer($token{narrow}))->{status}, 200);
};

finish($gw, allow => qr/exited on signal 9/);
done_testing();
