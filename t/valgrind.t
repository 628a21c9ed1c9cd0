# The module under memcheck in stock nginx, one process, with a short mixed load: no error, and
# nothing leaked but what nginx itself leaks (t/valgrind.supp).
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

plan skip_all => 'this run has sanitizers' if $ENV{LGS_SANITIZE};
my $report = File::Temp->new;
chmod 0666, "$report";
my $up = upstream(sub { return [200, {}, { n => length $_[0]{body} }] });
my $gw = gateway(
    forward => $up, workers => 0, env => { LGS_WORKERS => 1 }, main => "master_process off;\n",
    prefix => ['valgrind', '--quiet', '--leak-check=full', '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite',
        '--error-exitcode=99', '--num-callers=30', "--log-file=$report", '--suppressions=' . root() . '/t/valgrind.supp']);
my $token = $gw->token(partner => 'ops');
my ($FORWARD, $NOW) = ('/v1/forward/tracking-events', '/v1/tracking-events');
my $dhl = slurp(root() . '/docs/examples/dhl-delivered.json');
my $dhl_token = $gw->token(partner => 'dhl');

sub event {
    my ($n) = @_;
    return {
        v => 1, id => sprintf('ev_%064d', $n), type => 'shipment.delivered', timing => 'actual',
        local => '2026-11-20T10:00:00', occurred_at => '2026-11-20T10:00:00Z',
        refs => [{ t => 'tracking', v => 'S00012' }], src => { partner => 'ops', format => 'json' },
    };
}

sub is_answered {
    my ($status, $method, $path, $body, @headers) = @_;
    my $answer = $gw->client(60)->request($method, $path, [@headers, Connection => 'close'], $body);
    return is($answer->{status}, $status, "$method " . substr($path, 0, 60) . " is answered with $status")
        || diag $answer->{body};
}

my @json = ('Content-Type' => 'application/json');
for my $round (1 .. 15) {
    is_answered(200, 'POST', $NOW, encode_json(event($round)), bearer($token), @json);
    is_answered(200, 'POST', $FORWARD, $dhl, bearer($dhl_token), @json);
    is_answered(401, 'POST', $NOW, '{}', bearer("x.$round.z"), @json);
    is_answered(422, 'POST', $NOW, encode_json({ %{ event(1) }, refs => [{ t => 'tracking', v => 'nobody' }] }),
        bearer($token), @json);
    is_answered(200, 'GET', '/metrics');
    is_answered(200, 'GET', '/readyz');
}
is_answered(200, 'POST', $FORWARD, encode_json([map { event($_) } 1 .. 500]), bearer($token), @json);
is_answered(400, 'POST', $FORWARD, '[' x 100_000, bearer($token), @json);
is_answered(413, 'POST', '/v1/fleet-readings', ' ' x 6_000_000, bearer($token), @json);
is_answered(404, 'GET', '/v1/traces/nothing', undef, bearer($token));
is_answered(200, 'GET', '/v1/traces?tracking=S00012', undef, bearer($token));
is_answered(404, 'POST', '/jsonrpc', '{}', @json);

# Redis and clients that go while something waits for them
for my $cut (100, 1000, 1300) {
    my $client = $gw->client->connect;
    $client->send(substr Logistics::Http::format_request($client, 'POST', $NOW, [bearer($token), @json],
        encode_json(event(9))), 0, $cut);
    $client->close;
}
$gw->{redis_server}->stop;
is_answered(200, 'POST', $FORWARD, encode_json(event(3)), bearer($token), @json);
is_answered(503, 'GET', '/v1/traces/nothing', undef, bearer($token));

$gw->{nginx}->kill('QUIT');
ok($gw->{nginx}->wait_exit(30), 'nginx leaves');
is($gw->{nginx}->status, 0, 'without an error that memcheck counts');
is(slurp("$report"), '', 'memcheck has nothing to say');
is_deeply([$gw->complaints], [], 'and the log no alert');
done_testing;
