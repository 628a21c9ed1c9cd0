# A Redis that forgets the scripts while it works (SCRIPT FLUSH, a replica that takes over): whoever asks is answered as if
# nothing were, keys keep their answers, and what was accepted is delivered once.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my ($LATER, $NOW) = qw(/v1/later/tracking-events /v1/tracking-events);
my ($CLIENTS, $ROUNDS, $FLUSH_EVERY) = (8, 30, 3);
my $gw = gateway(append_only => 1, relay => 1, lease => '3s', odoo_args => ['--stock-delivery'], policies => {
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    'routes/tracking-events.yaml' => sub { s/^once: .*/once: {key: required, keep: 10m}/m },
});
my $token = $gw->token(partner => 'ops');
my @clients = map { $gw->client } 1 .. $CLIENTS;
my ($serial, @now, @accepted, %said) = (0);

sub event {
    return encode_json({ v => 1, id => sprintf('ev_%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => 'WH/OUT/00011' }], src => { partner => 'ops', format => 'json' } });
}

sub request_of {
    my ($path, $body, $key) = @_;
    return Logistics::Http::format_request($clients[0], 'POST', $path, [bearer($token), 'Content-Type' => 'application/json',
        'Idempotency-Key' => $key], $body);
}

# Every client asks at once, one of them on the route that answers now; the scripts go while they are asked for.
for my $round (1 .. $ROUNDS) {
    my ($event, $key) = (event(), "\"now-$round\"");
    push @now, [$event, $key];
    $clients[0]->send(request_of($NOW, $event, $key));
    $clients[$_]->send(request_of($LATER, event())) for 1 .. $#clients;
    $gw->redis_cmd('SCRIPT', 'FLUSH') if $round % $FLUSH_EVERY == 0;
    for my $i (0 .. $#clients) {
        my $answer = $clients[$i]->answer('POST');
        $said{"$answer->{status} " . ($i ? 'later' : 'now')}++;
        push @accepted, $answer->json->{message} if $answer->{status} == 202;
        diag $answer->{body} if $answer->{status} >= 300;
    }
}
is_deeply(\%said, { '200 now' => $ROUNDS, '202 later' => $ROUNDS * $#clients }, 'everybody is answered');

# What finishes a key is told Redis without anybody who waits for it.
sub is_replayed {
    my ($event, $key) = @{ $_[0] };
    my $answer = $clients[0]->request('POST', $NOW, [bearer($token), 'Content-Type' => 'application/json', 'Idempotency-Key' => $key],
        $event);
    return $answer->{status} == 200 && ($answer->header('Idempotency-Replayed') // '') eq 'true';
}
for my $sent (@now) {
    wait_for(sub { is_replayed($sent) }, 10, "the answer under $sent->[1]");
}
pass('every key has its answer');

my $notes = 'select message_id from mail_message';
my %is_open = map { $_ => 1 } @accepted;
wait_for(sub {
    for my $id (sort keys %is_open) {
        delete $is_open{$id} if ($gw->get("/v1/messages/$id", bearer($token))->json->{status} // '') eq 'delivered';
    }
    return !%is_open;
}, 120, 'all to be delivered');
my %times;
$times{$_}++ for map { $_->{message_id} =~ /(ev_[0-9a-f]{64})/ ? $1 : () } $gw->odoo_rows($notes);
is(keys %times, $ROUNDS * $CLIENTS, 'every event is in Odoo');
is_deeply([grep { $times{$_} > 1 } keys %times], [], 'none of them twice');
$_->close for @clients;
finish($gw);
done_testing();
