# Messages of several partners in one delivery: they share the calls to Odoo, and nothing else. Each is about its
# partner's own transfer, also where others' have the same number; what is said of one is nowhere in another's traces.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use List::Util qw(first);
use Logistics::Test;

my $LATER = '/v1/later/tracking-events';
my @CARRIERS = (21 .. 26); # of the partners many-21 …
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
my $seed = File::Temp->new(SUFFIX => '.json');
print $seed encode_json({
    'delivery.carrier' => [map { +{ id => $_, name => "Carrier $_" } } @CARRIERS],
    'stock.picking' => [map {
        my $carrier = $_;
        (map { +{ id => $carrier * 100 + $_, name => "WH/OUT/$carrier$_", carrier_id => $carrier, carrier_tracking_ref => "T$carrier-$_", %transfer } } 1 .. 9),
        { id => $carrier * 100, name => "WH/OUT/${carrier}0", carrier_id => $carrier, carrier_tracking_ref => 'SAME', %transfer }
    } @CARRIERS],
});
$seed->flush;

my %partners = map { ("partners/many-$_.yaml" => "partner: many-$_\nidentities: [{issuer: https://demo.logistics.example/, client_id: many-$_}]\n"
    . "scopes: [tracking:write, trace:read]\nodoo: {carrier_id: $_}\n") } @CARRIERS;
my $gw = gateway(append_only => 1, lease => '20s', odoo_args => ['--stock-delivery', '--seed', "$seed"], policies => {
    %partners,
    'gateway.yaml' => sub { s/\z/queue: {batch: 12}\n/ },
    'routes/tracking-events-later.yaml' => sub { s/odoo: events-to-odoo/odoo: events-to-odoo, schedule: [100ms, 30s, 30s]/ },
});
my %tokens = map { $_ => $gw->token(partner => "many-$_") } @CARRIERS;
my $serial = 0;
my $relay;

sub event {
    my ($carrier, $tracking, $type, $minute) = @_;
    my $at = sprintf '2026-11-20T10:%02d:00', $minute // 0;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.' . ($type // 'delivered'), timing => 'actual',
        occurred_at => "${at}Z", local => $at, refs => [{ t => 'tracking', v => $tracking }], src => { partner => "many-$carrier", format => 'json' } };
}

# What is known of it: carrier, ids of its message and of its event.
sub queue {
    my ($carrier, @event) = @_;
    my $event = event($carrier, @event);
    my $answer = $gw->post_json($LATER, $event, bearer($tokens{$carrier}), 'X-Correlation-ID' => "c-$serial");

    is($answer->{status}, 202) or diag $answer->{body};
    return { carrier => $carrier, message => $answer->json->{message}, event => $event->{id}, correlation => "c-$serial", tracking => $event->{refs}[0]{v} };
}

sub message { my ($of) = @_; return $gw->get("/v1/messages/$of->{message}", bearer($tokens{ $of->{carrier} }))->json }

sub until_it {
    my ($of, $status) = @_;
    my $is;
    wait_for(sub { $is = message($of); ($is->{status} // '') =~ /^(?:$status)$/ }, 30, "a message of $of->{carrier} to be $status");
    return $is;
}

# The delivery's half of its trace, as its partner reads it.
sub trace {
    my ($of) = @_;
    my $answer;
    wait_for(sub { $answer = $gw->get("/v1/traces/$of->{correlation}", bearer($tokens{ $of->{carrier} }));
        $answer->{status} == 200 && @{ $answer->json->{requests} } >= 2 }, 15, "the trace of $of->{correlation}");
    return ($answer->json->{requests}[1], $answer->{body});
}

# Transfer that the event's note is on; undef: there is none.
sub noted_on {
    my ($of) = @_;
    my ($row) = $gw->odoo_rows('select res_id from mail_message where message_id like ?', "%$of->{event}%");
    return $row && $row->{res_id};
}

sub calls_of { my ($method) = @_; return scalar grep { $_->{call} =~ /\.$method$/ } @{ $gw->odoo_calls->{calls} } }
sub with_relay { my ($work) = @_; $relay = $gw->start_relay; $work->(); $relay->stop; pop @{ $gw->{relays} }; return }
sub keep_of { my ($id) = @_; return { @{ $gw->redis_cmd('HGETALL', $gw->redis_cmd('KEYS', "*:m:$id")->[0]) } } }

subtest 'one delivery of six partners' => sub {
    my @own = map { queue($_, "T$_-1") } @CARRIERS;
    my ($thief, $lost) = (queue(21, 'T22-2'), queue(23, 'nowhere'));
    with_relay(sub { until_it($_, 'delivered|failed') for @own, $thief, $lost });

    is(calls_of('load'), 1, 'one load');
    is(calls_of('search_read'), 2, 'one search, and one that says whose is whose');
    for my $of (@own) {
        is(message($of)->{status}, 'delivered', "$of->{carrier}: delivered");
        is(noted_on($of), $of->{carrier} * 100 + 1, '... on its own transfer');
        my ($trace, $text) = trace($of);
        is($trace->{status}, 200, '... and its trace says so');
        ok(!exists $trace->{problem}, '... without a problem of others') or diag $text;
        is(scalar @{ $trace->{outcomes} }, 1, '... of its own record');
        is_deeply([map { $_->{value} } @{ $trace->{keys} }], [$of->{tracking}], '... and by its own number');
        my @others = grep { $_->{correlation} ne $of->{correlation} } @own, $thief, $lost;
        ok(!(first { $text =~ /\Q$_->{event}\E|\b\Q$_->{tracking}\E\b|\Q$_->{message}\E/ } @others), '... and holds nothing of others') or diag $text;
    }
    for my $case ([$thief, 'T22-2'], [$lost, 'nowhere']) {
        my ($of, $number) = @$case;
        my $is = message($of);
        is($is->{status}, 'failed', "$number for $of->{carrier}: not there");
        is($is->{reason}, 'unknown-reference');
        like($is->{detail}, qr/"\Q$number\E"/, '... and why is about its own number');
        my ($trace) = trace($of);
        is($trace->{status}, 422);
        like($trace->{detail}, qr/"\Q$number\E"/, '... in its trace, too');
        is(noted_on($of), undef, 'nothing is written');
    }
    is($gw->get("/v1/messages/$own[0]{message}", bearer($tokens{22}))->{status}, 404, "another's message is none");
    my $refused = sub { $gw->metric(qq(logistics_partner_requests_total{partner="many-$_[0]",outcome="refused"})) // 0 };
    ok(wait_for(sub { $refused->(23) == 1 }, 10, 'the count of 23'), 'what is refused counts for its partner');
    is($refused->(24), 0, '... and for no other');
};

subtest 'the same number of all of them' => sub {
    my @same = map { queue($_, 'SAME', 'in_transit', 5) } @CARRIERS;
    push @same, queue(21, 'T21-3', 'in_transit', 5);
    with_relay(sub { until_it($_, 'delivered|failed') for @same });
    for my $of (@same) {
        is(message($of)->{status}, 'delivered', "$of->{carrier}: delivered");
        is(noted_on($of), $of->{carrier} * 100 + ($of->{tracking} eq 'SAME' ? 0 : 3), '... each on its own');
    }
};

# A machine keeps things apart by partner, wherever their lanes are.
subtest 'where a thing is, of each partner' => sub {
    my @ends = map { queue($_, 'SAME', 'delivered', 9) } @CARRIERS[0 .. 2];
    with_relay(sub { until_it($_, 'delivered') for @ends });
    my @late = map { queue($_, 'SAME', 'out_for_delivery', 7) } @CARRIERS[0 .. 3];
    with_relay(sub { until_it($_, 'delivered') for @late });
    for my $of (@late) {
        my ($trace) = trace($of);
        my $decision = $trace->{order}[0]{decision};
        is($decision, $of->{carrier} == $CARRIERS[3] ? 'applied' : 'noted', "$of->{carrier}: what comes late there is new for who is not so far")
            or diag encode_json($trace);
    }
};

# Fourteen of one partner are more than a delivery takes: the others are in the first.
subtest 'who has many waiting does not keep the others out' => sub {
    my @many = map { queue(21, "T21-$_", 'in_transit', 20 + $_) } (map { ($_) x 2 } 3 .. 9);
    my @few = map { queue($_, "T$_-4", 'in_transit', 20) } @CARRIERS[1 .. 5];
    $gw->odoo_control(latency_ms => 50);
    with_relay(sub { until_it($_, 'delivered') for @many, @few });
    $gw->odoo_control(latency_ms => 0);
    my %at; # number of the load that brought it: those of one have ids without a gap
    my @notes = map { $_->{message_id} =~ /(ev_[0-9a-f]{64})/ ? $1 : () } $gw->odoo_rows('select message_id from mail_message order by id');
    my %place = map { $notes[$_] => $_ } 0 .. $#notes;
    my $first = first { defined } sort { $a <=> $b } map { $place{ $_->{event} } } @many, @few;
    my @behind = grep { $place{ $_->{event} } - $first >= 24 } @few; # two deliveries may be under way at once
    is(scalar @behind, 0, 'all others are in the first deliveries') or diag join ', ', map { $place{ $_->{event} } - $first } @few;
    my @order = sort { $place{ $a->{event} } <=> $place{ $b->{event} } } grep { $_->{tracking} eq 'T21-3' } @many;
    is_deeply([map { $_->{event} } @order], [map { $_->{event} } grep { $_->{tracking} eq 'T21-3' } @many], 'in order, of one shipment');
};

# His messages come again in vain; the others are neither held nor sent one by one.
subtest 'a partner who is gone' => sub {
    my @own = map { queue($_, "T$_-5", 'in_transit', 30) } @CARRIERS;
    $gw->edit_policies('partners/many-22.yaml' => undef);
    $gw->reload;
    my $loads = calls_of('load');
    with_relay(sub {
        until_it($_, 'delivered') for grep { $_->{carrier} != 22 } @own;
        wait_for(sub { (keep_of($own[1]{message})->{error} // '') =~ /no partner "many-22"/ }, 20, 'what is said of it');
    });
    is(noted_on($own[1]), undef, 'nothing of it is written');
    is(calls_of('load') - $loads, 1, 'the others go in one call');
    for my $of (grep { $_->{carrier} != 22 } @own) {
        is(message($of)->{attempts}, 1, "$of->{carrier}: in one attempt");
        is(noted_on($of), $of->{carrier} * 100 + 5);
        my ($trace, $text) = trace($of);
        unlike($text, qr/many-22/, '... and is told nothing of it');
    }
};

finish($gw);
done_testing();
