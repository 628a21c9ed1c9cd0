# State machines decide in the gateway: what comes late, twice or too early ends in the same state in Odoo.
use strict;
use warnings;
use lib 't/lib';
use List::Util qw(shuffle);
use Logistics::Test;

my $seed = File::Temp->new(SUFFIX => '.json');
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
print $seed encode_json({ 'stock.picking' => [map { +{ id => 200 + $_, name => sprintf('WH/OUT/8%02d', $_),
    carrier_tracking_ref => "T$_", %transfer } } 0 .. 59] });
$seed->flush;

# The transfer's origin is where the parcel is: what moves nothing must not write there.
my $MAPPING = <<'END';
mapping: parcel-to-odoo
output: odoo-operation
input: {format: json, schema: canonical/event}
vars:
  xid: {concat: [__logistics__., /id]}
  message: {concat: [<, /id, '@logistics>']}
emit:
  - when: {not: {eq: [$decision, noted]}}
    op: write
    model: stock.picking
    find:
      transfer: {model: stock.picking, by: carrier_tracking_ref, value: '/refs[t=tracking]/v'}
    record: {find: transfer}
    values: {origin: /type}
  - when: {eq: [$decision, noted]}
    include: odoo-note
    with: {id: $xid, message: $message, model: stock.picking, find: transfer, body: /type, at: /occurred_at}
    find:
      transfer: {model: stock.picking, by: carrier_tracking_ref, value: '/refs[t=tracking]/v'}
END

sub machine {
    my ($name, $park) = @_;
    return <<"END";
machine: $name
key: [tracking]
start: expected
states:
  expected: {rank: 0}
  picked_up: {rank: 20}
  in_transit: {rank: 30}
  delivered: {rank: 90, needs: [in_transit]}
  returned: {rank: 95}
events:
  shipment.picked_up: {to: picked_up}
  shipment.in_transit: {to: in_transit, repeat: true}
  shipment.delivered: {to: delivered, from: [picked_up, in_transit], impossible: park}
  shipment.returned: {to: returned, from: [delivered], impossible: refuse}
park: {for: $park, then: refuse}
END
}

sub route {
    my ($name, $mode, $machine, $more) = @_;
    return <<"END" . ($more // '');
route: $name
path: /v1/$name
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical, ndjson: canonical}
order: {machine: $machine}
deliver: {mode: $mode, odoo: parcel-to-odoo}
END
}

my $gw = gateway(append_only => 1, relay => 1, lease => '2s', odoo_args => ['--stock-delivery', '--seed', "$seed"],
    policies => {
        'partners/ops.yaml' => sub { s/^limits:.*\n//m },
        'machines/parcel.yaml' => machine('parcel', '1h'),
        'machines/brief.yaml' => machine('brief', '1s'),
        'mappings/parcel-to-odoo.yaml' => $MAPPING,
        'machines/scan.yaml' => machine('scan', '1h') =~ s/key: \[tracking\]/key: [tracking, pro]/r
            =~ s/(shipment.picked_up: ).*/$1\{to: returned, from: [delivered], impossible: refuse}\n  shipment.departed: {to: picked_up}\n  shipment.arrived: {to: in_transit, repeat: true}/r,
        'routes/tracking-events.yaml' => sub { s/^record: event/record: event\norder: {machine: scan}/m },
        'routes/ordered.yaml' => route('ordered', 'later', 'parcel'),
        'routes/ordered-now.yaml' => route('ordered-now', 'now', 'parcel', "once: {key: optional}\n"),
        'routes/brief.yaml' => route('brief', 'later', 'brief'),
        'routes/reported.yaml' => route('reported', 'now', 'brief', "stages: {order: report}\n"),
        'routes/whole.yaml' => route('whole', 'now', 'parcel', "all_or_nothing: true\n"),
    });
my $token = $gw->token(partner => 'ops');
my ($serial, $number) = (0, 0);

sub event {
    my ($tracking, $type, $minute, %more) = @_;
    my $at = sprintf '2026-11-20T10:%02d:00', $minute // 0;
    return { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => "shipment.$type", timing => 'actual',
        occurred_at => "${at}Z", local => $at, refs => [{ t => 'tracking', v => $tracking }],
        src => { partner => 'ops', format => 'json' }, %more };
}

sub post { my ($path, $what, @headers) = @_; return $gw->post_json("/v1/$path", $what, bearer($token), @headers) }

# The id of its message.
sub queue {
    my ($path, $what) = @_;
    my $answer = post($path, $what);
    is($answer->{status}, 202) or diag $answer->{body};
    return $answer->json->{message};
}

sub message { return $gw->get("/v1/messages/$_[0]", bearer($token))->json }

sub until_it {
    my ($id, $status, $seconds) = @_;
    my $is;
    wait_for(sub { $is = message($id); ($is->{status} // '') =~ /^(?:$status)$/ }, $seconds // 30, "message $id to be $status");
    return $is;
}

sub parcel { return 'T' . $number++ }

sub place {
    my ($tracking) = @_;
    my ($row) = $gw->odoo_rows('select origin from stock_picking where carrier_tracking_ref = ?', $tracking);
    return $row->{origin} // '';
}

# The decisions in the answer or message, in the order of its records.
sub decisions { return join ' ', map { $_->{order}{decision} // '-' } @{ $_[0]{records} } }

subtest 'later: in order, late, double' => sub {
    my $t = parcel();
    my @ids = map { queue('ordered', event($t, @$_)) } ['picked_up', 1], ['delivered', 9], ['in_transit', 5], ['delivered', 9];
    my @is = map { until_it($_, 'delivered') } @ids;
    is(join(' ', map { decisions($_) } @is), 'applied applied noted noted');
    is_deeply($is[1]{records}[0]{order}, { machine => 'parcel', decision => 'applied', why => 'fits', from => 'picked_up',
        to => 'delivered', missing => ['in_transit'] }, 'what was decided, and what is missing');
    is(place($t), 'shipment.delivered', 'what is late did not set it back');
    my $trace;
    wait_for(sub { $trace = $gw->get("/v1/traces/$is[1]{correlation_id}", bearer($token));
        $trace->{status} == 200 && @{ $trace->json->{requests} } == 2 }, 10, 'both halves of its trace');
    my ($delivered) = grep { $_->{status} == 200 } @{ $trace->json->{requests} };
    is_deeply($delivered->{order}, [{ record => 0, %{ $is[1]{records}[0]{order} } }], 'in its trace');
    is($delivered->{stages}{order}[0], 'pass');
    ok($gw->metric('logistics_order_total{machine="parcel",route="ordered",decision="noted"}') >= 2, 'counted');
    ok($gw->metric('logistics_order_incomplete_total{machine="parcel",route="ordered"}') >= 1, 'what was missing, too');
};

subtest 'parked until what comes before it is there' => sub {
    my $t = parcel();
    my $early = queue('ordered', event($t, 'delivered', 9));
    my $is = until_it($early, 'parked');
    is($is->{detail}, qq{parcel "$t" is at "expected": "shipment.delivered" is impossible there, and it may come from }
        . '"picked_up", "in_transit"', 'what it waits for');
    ok($is->{next_attempt_at}, 'and until when at most');
    is($is->{attempts}, 0, 'which is no attempt');
    like($gw->get('/metrics')->{body}, qr/^logistics_queue_parked\S* 1$/m, 'counted');
    until_it(queue('ordered', event($t, 'picked_up', 1)), 'delivered');
    $is = until_it($early, 'delivered');
    is(decisions($is), 'applied');
    is(place($t), 'shipment.delivered');
};

subtest 'the time to wait is over' => sub {
    my $t = parcel();
    my $is = until_it(queue('brief', event($t, 'delivered', 9)), 'failed');
    is($is->{reason}, 'out-of-order');
    like($is->{detail}, qr/^brief "$t" is at "expected"/);
    is(place($t), '', 'it never was in Odoo');
    my (undef, $out) = ctl_run('dead', 'list', '--redis', $gw->{redis_server}->address, '--json');
    like($out, qr/out-of-order/, 'a dead letter');
};

subtest 'what is refused' => sub {
    my $t = parcel();
    my $is = until_it(queue('ordered', event($t, 'returned', 9)), 'failed');
    is($is->{reason}, 'out-of-order');
    my $now = post('ordered-now', event($t, 'returned', 9));
    is($now->{status}, 409);
    is($now->json->{type} =~ s{.*/}{}r, 'out-of-order');
    is($now->json->{errors}[0]{detail}, qq{parcel "$t" is at "expected": "shipment.returned" is impossible there, and it may }
        . 'come from "delivered"');
    is($now->json->{records}[0]{outcome}, 'refused');
};

subtest 'one record waits, the others of its message do not' => sub {
    my ($one, $two) = (parcel(), parcel());
    my $id = queue('ordered', [event($one, 'delivered', 9), event($two, 'picked_up', 1)]);
    my $is = until_it($id, 'parked');
    is(place($two), 'shipment.picked_up');
    is(scalar @{ $is->{records} }, 1, 'one is told already');
    until_it(queue('ordered', event($one, 'picked_up', 1)), 'delivered');
    $is = until_it($id, 'delivered');
    is(decisions($is), 'applied applied');
    is(place($one), 'shipment.delivered');
    until_it(queue('ordered', event($two, 'delivered', 9)), 'delivered');
    is(place($two), 'shipment.delivered', 'what was delivered while another waited has moved its thing');
};

subtest 'now' => sub {
    my $t = parcel();
    my @is = map { post('ordered-now', event($t, @$_)) } ['picked_up', 1], ['in_transit', 5], ['picked_up', 1];
    is_deeply([map { $_->{status} } @is], [200, 200, 200]);
    is(join(' ', map { decisions($_->json) } @is), 'applied applied noted');
    is(place($t), 'shipment.in_transit');
    until_it(queue('ordered', event($t, 'delivered', 9)), 'delivered');
    is(place($t), 'shipment.delivered', 'routes with one machine know of each other');
    my $late = post('ordered-now', [event($t, 'in_transit', 8), event($t, 'returned', 12)]);
    is($late->{status}, 200) or diag $late->{body};
    is(decisions($late->json), 'noted applied', 'a list, record by record');
};

subtest 'now, and it has to wait: 202' => sub {
    my $t = parcel();
    my @key = ('Idempotency-Key' => qq{"early-$t"});
    my $event = event($t, 'delivered', 9);
    my $answer = post('ordered-now', $event, @key);
    is($answer->{status}, 202) or diag $answer->{body};
    my $id = $answer->json->{message};
    is($answer->header('Location'), "/v1/messages/$id");
    is($answer->header('Preference-Applied'), undef, 'nobody preferred that');
    until_it($id, 'parked');
    $answer = post('ordered-now', $event, @key);
    is($answer->{status}, 202, 'the same again gets the same answer');
    is($answer->json->{message}, $id);
    is($answer->header('Idempotency-Replayed'), 'true');
    is(post('ordered-now', event($t, 'picked_up', 1))->{status}, 200);
    is(decisions(until_it($id, 'delivered')), 'applied', 'one that is answered now lets it in');
    is(place($t), 'shipment.delivered');
};

subtest 'some of a list are refused' => sub {
    my ($one, $two) = (parcel(), parcel());
    my $both = sub { return [event($one, 'returned', 9), event($two, 'picked_up', 1)] };
    my $answer = post('whole', $both->());
    is($answer->{status}, 409, 'all or nothing');
    is(place($two), '', 'nothing is written');
    $answer = post('ordered-now', $both->());
    is($answer->{status}, 409);
    is(join(' ', map { $_->{outcome} } @{ $answer->json->{records} }), 'refused written');
    is($answer->json->{errors}[0]{record}, 0);
    is(place($two), 'shipment.picked_up');
};

subtest 'report' => sub {
    my $t = parcel();
    my @is = map { post('reported', event($t, @$_)) } ['picked_up', 1], ['in_transit', 5], ['picked_up', 1], ['returned', 2];
    is_deeply([map { $_->{status} } @is], [200, 200, 200, 200], 'nothing is held back');
    is(join(' ', map { decisions($_->json) } @is), 'applied applied noted refused', 'it is told what would be');
    is(place($t), 'shipment.returned', 'and written as it comes');
};

subtest 'sets of an interchange' => sub {
    my $acme = $gw->token(partner => 'acme-express');
    my $send = sub {
        my ($number) = @_;
        my $answer = $gw->request('POST', '/v1/edi', [bearer($acme), 'Content-Type' => 'application/edi-x12',
            Accept => 'application/json'], slurp(root() . '/docs/examples/status-214.edi') =~ s/000000041/$number/gr);
        is($answer->{status}, 200) or diag $answer->{body};
        return $answer->json;
    };
    my $is = $send->('000000041');
    is(decisions($is), 'applied refused', 'each set is decided');
    is(join(' ', map { $_->{outcome} } @{ $is->{records} }), 'written written', 'and what would be refused is noted');
    my @notes = map { $_->{body} } $gw->odoo_rows("select body from mail_message where body like '%SHP-7781%' or body like "
        . "'%00340434161094042557%' order by id");
    is(scalar(grep { /late or told before/ } @notes), 1, 'its mapping was told') or diag explain \@notes;
    is(decisions($send->('000000042')), 'noted refused', 'a machine knows the thing of the next interchange');
};

subtest 'what Odoo refuses moves nothing' => sub {
    my $t = 'nowhere-' . ++$serial;
    is(post('ordered-now', event($t, 'picked_up', 1))->{status}, 422);
    my $is = post('ordered-now', event($t, 'picked_up', 1));
    is($is->json->{records}[0]{order}{from}, 'expected', 'it is still where it was');
};

subtest 'any order of arrival, through kills: the same state' => sub {
    srand($ENV{LGS_SEED} // 20261121);
    my @steps = (['picked_up', 1], ['in_transit', 3], ['in_transit', 5], ['delivered', 9], ['delivered', 9]);
    my (%ids, @parcels, @all, @apart);
    for my $round (1 .. 12) {
        my $t = parcel();
        push @parcels, $t;
        push @all, map { [$t, @$_] } shuffle @steps;
    }
    my $n = 0;
    for my $one (shuffle @all) {
        my ($t, @step) = @$one;
        push @{ $ids{$t} }, queue('ordered', event($t, @step));
        if (++$n == 20) { # between claim and settle: Odoo has it, Redis does not know
            $gw->odoo_control(latency_ms => 1000);
            my $another = parcel(); # for what came before it may all have been delivered
            push @apart, queue('ordered', event($another, 'picked_up', 1));
            wait_for(sub { $gw->odoo_calls->{running} }, 10, 'a call');
            my $relay = pop @{ $gw->{relays} };
            $relay->stop('KILL');
            $gw->odoo_control(latency_ms => 0);
            $gw->start_relay;
        } elsif ($n == 35) {
            kill KILL => ($gw->worker_pids)[0];
        } elsif ($n == 45) {
            $gw->odoo_control(fault => 'cut-after', times => 2, match => 'write');
        }
    }
    for my $t (@parcels) {
        my @is = map { until_it($_, 'delivered', 60) } @{ $ids{$t} };
        is(place($t), 'shipment.delivered', "$t is where its history ends");
        is(scalar(grep { /applied/ } map { decisions($_) } @is) + scalar(grep { /noted/ } map { decisions($_) } @is),
            scalar @steps, 'each is decided');
    }
    until_it($_, 'delivered', 60) for @apart;
    is($gw->metric('logistics_queue_parked'), 0, 'nothing waits');
};

subtest 'replayed, a dead letter is decided anew' => sub {
    my $t = parcel();
    my $id = queue('brief', event($t, 'delivered', 9));
    until_it($id, 'failed');
    until_it(queue('brief', event($t, 'picked_up', 1)), 'delivered');
    my @done = ctl_run('dead', 'replay', '--redis', $gw->{redis_server}->address, '--why', 'it was picked up', $id);
    is($done[0], 0, 'replayed') or diag @done;
    my $is = until_it($id, 'delivered');
    is(decisions($is), 'applied');
    is(place($t), 'shipment.delivered');
};

finish($gw, allow => qr/exited on signal 9/);
done_testing();
