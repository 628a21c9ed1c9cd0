# A Redis that hangs in the middle of accepts and goes on: whoever heard 503 sends the same again under the same key, and each
# is one message, delivered once.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Time::HiRes qw(time);

my $LATER = '/v1/later/tracking-events';
my ($CLIENTS, $ROUNDS, $HANGS_IN, $HANGS_S) = (12, 6, 3, 3);
my $gw = gateway(append_only => 1, relay => 1, lease => '3s', odoo_args => ['--stock-delivery'], policies => {
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    'routes/tracking-events-later.yaml' => sub { s/^once: .*/once: {key: required, keep: 10m}/m },
});
my $token = $gw->token(partner => 'ops');
my @clients = map { $gw->client } 1 .. $CLIENTS;
my ($serial, @sent) = (0);

sub event {
    return { v => 1, id => sprintf('ev_%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => 'WH/OUT/00011' }],
        src => { partner => 'ops', format => 'json' } };
}

sub headers_of { my ($one) = @_; return (bearer($token), 'Content-Type' => 'application/json', 'Idempotency-Key' => $one->{key}) }

# What it was told: [status, code of the error, message, whether it came before].
sub told {
    my ($answer) = @_;
    my $is = $answer->json;
    return [$answer->{status}, $is->{errors} ? $is->{errors}[0]{code} : '', $is->{message} // '', $answer->header('Idempotency-Replayed') // ''];
}

# All clients ask at once.
sub round {
    my @these = map { my $event = event(); +{ event => $event, key => "\"$event->{id}\"" } } @clients;
    for my $i (0 .. $#clients) {
        $clients[$i]->send(Logistics::Http::format_request($clients[$i], 'POST', $LATER, [headers_of($these[$i])],
            encode_json($these[$i]{event})));
    }
    $these[$_]{told} = told($clients[$_]->answer('POST')) for 0 .. $#clients;
    push @sent, @these;
    return @these;
}

subtest 'Redis hangs' => sub {
    round() for 1 .. $HANGS_IN;
    is(scalar(grep { $_->{told}[0] == 202 } @sent), $HANGS_IN * $CLIENTS, 'accepted');
    my $redis = $gw->{redis_server}{process};
    $redis->kill('STOP');
    my $since = time;
    my %said;
    $said{"$_->{told}[0] $_->{told}[1]"}++ for round();
    cmp_ok(time - $since, '<', 10, 'nobody waits for ever');
    cmp_ok($said{'503 queue-unsure'}, '>', 0, 'what was with Redis: it is not known what became of it');
    is($said{'503 queue-unsure'} + ($said{'503 queue-away'} // 0), $CLIENTS, 'what waited for that was not sent');
    $said{"$_->{told}[0] $_->{told}[1]"}++ for round(); # a worker that asked nothing before has not seen it yet
    is(($said{'503 queue-unsure'} // 0) + ($said{'503 queue-away'} // 0), 2 * $CLIENTS, 'later ones may not have been sent');
    wait_for(sub { time - $since >= $HANGS_S }, 10, 'some time');
    $redis->kill('CONT');
    wait_for(sub { $gw->metric('logistics_redis_up') == 2 }, 20, 'both workers to have Redis again');
    round() for 1 .. $ROUNDS - $HANGS_IN;
};

subtest 'the same again under the same key' => sub {
    my %came_before;
    for my $one (@sent) {
        my $again = told($clients[0]->request('POST', $LATER, [headers_of($one)], encode_json($one->{event})));
        is($again->[0], 202) or diag "@$again";
        is($again->[2], $one->{told}[2], 'the same message') if $one->{told}[0] == 202;
        $came_before{"$one->{told}[0] $one->{told}[1]"} += $again->[3] eq 'true';
        $one->{message} = $again->[2];
    }
    is($came_before{'202 '}, $ROUNDS * $CLIENTS, 'what was accepted is not accepted again');
    is($came_before{'503 queue-unsure'}, scalar(grep { $_->{told}[1] eq 'queue-unsure' } @sent), 'Redis did what it had heard, when it went on');
    is($came_before{'503 queue-away'} // 0, 0, 'what it had not heard is new');
    is($gw->metric('logistics_queue_accepted_total'), scalar @sent, 'each is one message');
    my %open = map { $_->{message} => 1 } @sent;
    is(scalar keys %open, scalar @sent);
    wait_for(sub {
        for my $id (sort keys %open) {
            delete $open{$id} if ($gw->get("/v1/messages/$id", bearer($token))->json->{status} // '') eq 'delivered';
        }
        return !%open;
    }, 120, 'all to be delivered');
    my %times;
    $times{$_}++ for map { $_->{message_id} =~ /(ev_[0-9a-f]{64})/ ? $1 : () } $gw->odoo_rows('select message_id from mail_message');
    is_deeply(\%times, { map { $_->{event}{id} => 1 } @sent }, 'and once in Odoo');
};

$_->close for @clients;
finish($gw);
done_testing();
