# logistics-relay end to end: what was accepted is in Odoo once, in order, whatever is killed meanwhile.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Time::HiRes qw(time);

my $LATER = '/v1/later/tracking-events';
my $seed = File::Temp->new(SUFFIX => '.json');
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
print $seed encode_json({ 'stock.picking' => [map { +{ id => 100 + $_, name => "WH/OUT/9$_", carrier_tracking_ref => "T$_",
    %transfer } } 0 .. 9] });
$seed->flush;

my $gw = gateway(append_only => 1, relay => 1, lease => '2s', odoo_args => ['--stock-delivery', '--seed', "$seed"], policies => {
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    'routes/tracking-events-later.yaml' => sub { s/odoo: events-to-odoo/odoo: events-to-odoo, schedule: [100ms, 200ms, 200ms, 300ms, 300ms, 500ms, 500ms, 1s, 1s, 1s, 2s, 2s, 2s]/ },
    'routes/brief.yaml' => <<'END',
route: brief
path: /v1/brief
methods: {POST: {scope: tracking:write}}
record: event
class: critical
formats: {json: canonical}
deliver: {mode: later, odoo: events-to-odoo, schedule: [50ms]}
END
});
my $token = $gw->token(partner => 'ops');
my $serial = 0;

sub event {
    my ($tracking, %more) = @_;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking }], src => { partner => 'ops', format => 'json' }, %more };
}

# The ids of its message and of its event.
sub send_event {
    my ($event, $path) = @_;
    my $answer = $gw->post_json($path // $LATER, $event, bearer($token));
    is($answer->{status}, 202) or diag $answer->{body};
    return ($answer->json->{message}, $event->{id});
}

sub message { return $gw->get("/v1/messages/$_[0]", bearer($token))->json }

sub until_closed {
    my ($id, $seconds) = @_;
    my $is;
    wait_for(sub { $is = message($id); ($is->{status} // '') =~ /^(?:delivered|failed)$/ }, $seconds // 15, "message $id");
    return $is;
}

# Event ids of the notes in Odoo, oldest first.
sub notes {
    return map { $_->{message_id} =~ /(ev_[0-9a-f]{64})/ ? $1 : () }
        $gw->odoo_rows('select message_id from mail_message order by id');
}

sub times_in_odoo { my ($event) = @_; return scalar grep { $_ eq $event } notes() }

subtest 'delivered' => sub {
    my ($id, $event) = send_event(event('T1'));
    my $is = until_closed($id);
    is($is->{status}, 'delivered') or diag encode_json($is);
    is($is->{attempts}, 1);
    is($is->{records}[0]{id}, $event);
    is($is->{records}[0]{outcome}, 'written');
    is($is->{records}[0]{odoo}[0]{model}, 'mail.message');
    ok($is->{closed_at} ge $is->{accepted_at}, 'times');
    is(times_in_odoo($event), 1, 'a note in Odoo');
    my $trace;
    wait_for(sub { $trace = $gw->get("/v1/traces/$is->{correlation_id}", bearer($token));
        $trace->{status} == 200 && @{ $trace->json->{requests} } == 2 }, 10, 'both halves of its trace');
    my ($accepted, $delivered) = @{ $trace->json->{requests} };
    is($accepted->{status}, 202);
    is_deeply($delivered->{outcomes}, $is->{records}, 'what became of it');
    is($delivered->{keys}[0]{value}, 'T1', 'and by what it is found');
};

subtest 'Prefer: wait' => sub {
    my $answer = $gw->post_json($LATER, event('T7'), bearer($token), Prefer => 'wait=20');
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->json->{status}, 'delivered', 'the answer is the outcome');
    is($answer->json->{records}[0]{outcome}, 'written');
    is($answer->header('Preference-Applied'), 'wait');
    is($answer->header('Location'), '/v1/messages/' . $answer->json->{message});
    $answer = $gw->post_json($LATER, event('nowhere-else'), bearer($token), Prefer => 'wait=20');
    is($answer->json->{status}, 'failed', 'of a refusal, too');
    $gw->odoo_control(latency_ms => 3000);
    $answer = $gw->post_json($LATER, event('T8'), bearer($token), Prefer => 'wait=1');
    is($answer->{status}, 202, 'no longer than was asked for');
    $gw->odoo_control(latency_ms => 0);
    is(until_closed($answer->json->{message})->{status}, 'delivered');
};

subtest 'refused: a dead letter, the others go on' => sub {
    my ($bad) = send_event(event('nowhere'));
    my ($good, $event) = send_event(event('T2'));
    is(until_closed($good)->{status}, 'delivered');
    my $is = until_closed($bad);
    is($is->{status}, 'failed');
    is($is->{reason}, 'unknown-reference');
    like($is->{detail}, qr/nowhere/, 'why') or diag encode_json($is);
    is($is->{attempts}, 1, 'not tried again');
};

subtest 'Odoo away' => sub {
    my ($brief) = send_event(event('nobody'), '/v1/brief');
    until_closed($brief);
    $gw->stop_odoo;
    my @sent = map { [send_event(event("T$_"))] } 0 .. 4;
    ($brief) = send_event(event('T9'), '/v1/brief');
    wait_for(sub { message($sent[0][0])->{status} eq 'retrying' }, 15, 'a retry');
    my $is = message($sent[0][0]);
    like($is->{detail}, qr/^odoo-away/, 'why');
    wait_for(sub { $gw->relay_log =~ /Odoo is away/ }, 20, 'the breaker');
    $gw->start_odoo;
    is(until_closed($_->[0], 30)->{status}, 'delivered') for @sent;
    is(times_in_odoo($_->[1]), 1, 'once') for @sent;
    $is = until_closed($brief, 30);
    ok($is->{status} eq 'delivered' || $is->{reason} eq 'attempts', 'two attempts are all that it has')
        or diag encode_json($is);
};

# While Odoo is away for long, one delivery after the other finds that out. That must not use up what it carries.
subtest 'a sample does not count' => sub {
    my ($away) = map { scalar(() = $gw->relay_log =~ /Odoo is away/g) } 1;
    $gw->stop_odoo;
    my @sent = map { [send_event(event("T$_"))] } 0 .. 2;
    wait_for(sub { (() = $gw->relay_log =~ /Odoo is away/g) > $away }, 20, 'the breaker');
    my ($brief) = send_event(event('T9'), '/v1/brief');
    my $is = wait_for(sub { my $is = message($brief); return $is->{status} eq 'retrying' && $is }, 60, 'a sample with it');
    is($is->{attempts}, 0, 'that was none of its two attempts');
    $gw->start_odoo;
    $is = until_closed($brief, 60);
    is($is->{status}, 'delivered');
    is($is->{attempts}, 1);
    is(until_closed($_->[0], 60)->{status}, 'delivered') for @sent;
};

# An event that meets the fault: when it goes again, since it was sent and since that was seen (s), and what is said of it.
sub next_attempt {
    my ($fault) = @_;
    my ($since, $is, $due, $lines) = (time);
    $gw->odoo_control(fault => $fault, times => 0);
    my ($id) = send_event(event('T9'));
    wait_for(sub { $is = message($id);
        ($lines) = grep { /:d$/ } @{ $gw->redis_cmd('KEYS', '*:d') };
        $due = $lines && $gw->redis_cmd('ZSCORE', $lines, $id);
        $is->{status} eq 'retrying' && $due }, 15, "a retry after $fault");
    my $seen = time;
    $gw->odoo_control(reset => JSON::PP::true);
    is(until_closed($id, 30)->{status}, 'delivered', "$fault: delivered when it is over");
    return ($due / 1000 - $since, $due / 1000 - $seen, $is->{detail});
}

subtest 'again when the schedule or Odoo says so' => sub {
    my (undef, $left, $why) = next_attempt('html404');
    cmp_ok($left, '<', 2, 'by the schedule (100 ms, then 200), not by what we tell partners');
    is($why, "odoo-away: mail.message: Odoo's database is away or has another name", 'what was said, and no more');
    my ($wait) = next_attempt('maintenance');
    cmp_ok($wait, '>=', 3, 'Retry-After: 3 is kept to');
    ($wait) = next_attempt('too-many');
    cmp_ok($wait, '>=', 4, 'of a 429, too');
};

subtest 'order of a shipment through errors and kills' => sub {
    my (%sent, @all);
    for my $round (1 .. 12) {
        for my $t (3 .. 6) {
            my ($id, $event) = send_event(event("T$t"));
            push @{ $sent{$t} }, $event;
            push @all, $id;
        }
        if ($round == 3) { # the relay dies with messages in its hands
            my $relay = pop @{ $gw->{relays} };
            $relay->stop('KILL');
            $gw->start_relay;
        } elsif ($round == 5) {
            kill KILL => ($gw->worker_pids)[0];
        } elsif ($round == 7) {
            $gw->{redis_server}->stop('KILL');
            $gw->{redis_server}->run;
            wait_for(sub { $gw->metric('logistics_redis_up') == 2 }, 20, 'the gateway to have Redis again');
        } elsif ($round == 9) {
            $gw->odoo_control(fault => 'cut-after', times => 2, match => 'load');
        }
    }
    is(until_closed($_, 40)->{status}, 'delivered') for @all;
    my @notes = notes();
    for my $t (sort keys %sent) {
        my %mine = map { $_ => 1 } @{ $sent{$t} };
        is_deeply([grep { $mine{$_} } @notes], $sent{$t}, "T$t: each once, in the order of acceptance");
    }
};

subtest 'what somebody deleted from Redis stops nobody' => sub {
    ok((pop @{ $gw->{relays} })->stop, 'nobody delivers');
    my %sent = map { my $t = $_; $t => [map { [send_event(event($t))] } 1 .. 3] } qw(T0 T1 T2);
    my ($gone, $no_bytes, $no_class, $no_hash) = map { $_->[0] } $sent{T0}[0], @{ $sent{T1} }[0, 1], $sent{T2}[0];
    my $key = sub { return $gw->redis_cmd('KEYS', "*:m:$_[0]")->[0] };
    $gw->redis_cmd('DEL', $key->($gone));
    $gw->redis_cmd('HDEL', $key->($no_bytes), 'bytes');
    $gw->redis_cmd('HDEL', $key->($no_class), 'class');
    $gw->redis_cmd('SET', $key->($no_hash), 'x');
    $gw->start_relay('mends');
    for my $sent (@{ $sent{T0} }[1, 2], $sent{T1}[2], @{ $sent{T2} }[1, 2]) {
        is(until_closed($sent->[0], 60)->{status}, 'delivered', 'those behind them go on');
        is(times_in_odoo($sent->[1]), 1);
    }
    for my $id ($no_bytes, $no_class) {
        my $is = until_closed($id, 60);
        is("$is->{status} $is->{reason}", 'failed damaged', 'a dead letter');
        like($is->{detail}, qr/^its "(?:bytes|class)" is gone from Redis$/);
    }
    for my $id ($gone, $no_hash) {
        is($gw->get("/v1/messages/$id", bearer($token))->{status}, 404);
        like($gw->relay_log, qr/message \Q$id\E is gone from Redis/, 'the log names it');
    }
    like($gw->relay_log, qr/a script failed in one lane: WRONGTYPE/);
    is($gw->metric('logistics_queue_gone_total'), 2, 'they are counted');
};

subtest 'TERM hands over' => sub {
    my $first = pop @{ $gw->{relays} };
    $gw->start_relay('second');
    my @sent = map { [send_event(event('T' . $_ % 10))] } 1 .. 30;
    ok($first->stop, 'it leaves by itself');
    is($first->status, 0);
    is(until_closed($_->[0], 30)->{status}, 'delivered') for @sent;
    is(times_in_odoo($_->[1]), 1) for @sent;
    like($gw->relay_log, qr/stopped$/m);
};

finish($gw, allow => qr/exited on signal 9/);
done_testing();
