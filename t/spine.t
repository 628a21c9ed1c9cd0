# The main job, end to end on both Odoos and both APIs: a carrier's answer goes in, records are in Odoo,
# sent again it changes nothing, and its trace is read back by correlation id and by tracking number.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $EXAMPLE = slurp(root() . '/docs/examples/dhl-delivered.json');
my $TRACKING = decode_json($EXAMPLE)->{shipments}[0]{id};
my $SHARED = $ENV{LGS_SHARED} // root() . '/../shared';
my $dir = File::Temp->newdir;

# DHL's own answers, where the corpus is. Each has a transfer of its tracking number in Odoo.
my @real = map { [decode_json(slurp($_))->{shipments}[0]{id}, slurp($_)] }
    sort glob "$SHARED/corpus/carrier/dhl_universal/netresearch*/*.json";
my %transfer = (
    state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9,
    carrier_id => 1);

my %transfer_of; # tracking number → name

# Where stock_delivery is not installed, the number stands in the transfer's origin.
sub seed {
    my ($with_delivery) = @_;
    my $number = 20;
    my @more;

    %transfer_of = ($with_delivery ? ($TRACKING => 'WH/OUT/00011') : ());
    for my $tracking ((map { $_->[0] } @real), $with_delivery ? () : $TRACKING) {
        my $name = $transfer_of{$tracking} = 'WH/OUT/000' . ++$number;
        push @more, { id => $number, name => $name, %transfer,
            $with_delivery ? (origin => "S$number", carrier_tracking_ref => $tracking) : (origin => $tracking) };
    }
    my $file = "$dir/seed-" . ($with_delivery ? 1 : 0) . '.json';

    spew($file, encode_json({ 'stock.picking' => \@more }));
    return $file;
}

sub outcomes {
    my ($answer) = @_;
    return map { $_->{outcome} } @{ $answer->json->{records} };
}

# What is in Odoo of one answered record.
sub check_note {
    my ($gw, $record, $tracking) = @_;
    my ($odoo) = @{ $record->{odoo} };
    my ($note) = $gw->odoo_rows('select m.*, d.module, d.name xid, p.origin, p.name transfer from mail_message m '
        . 'join ir_model_data d on d.model = "mail.message" and d.res_id = m.id '
        . 'join stock_picking p on p.id = m.res_id and m.model = "stock.picking" where m.id = ?', $odoo->{id});

    is("$note->{module}.$note->{xid}", $odoo->{external_id}, 'external id');
    is($odoo->{external_id}, "__logistics__.dhl_$record->{id}", '… made of the partner and the event');
    is($note->{message_id}, "<dhl_$record->{id}\@logistics>", 'message_id');
    is($note->{transfer}, $transfer_of{$tracking}, 'on its transfer');
    like($note->{body}, qr/\Q$tracking\E/, 'the body names the shipment');
    return $note;
}

sub post_twice {
    my ($gw, $token, $tracking, $body) = @_;
    my $first = $gw->post_json($PATH, $body, bearer($token));

    is($first->{status}, 200, "$tracking: taken") or diag $first->{body};
    is($first->json->{status}, 'delivered');
    is_deeply([grep { $_ ne 'written' } outcomes($first)], [], 'every record is written');
    my @notes = map { check_note($gw, $_, $tracking) } @{ $first->json->{records} };

    my $before = $gw->odoo_dump;
    my $second = $gw->post_json($PATH, $body, bearer($token));
    is($second->{status}, 200, "$tracking: again") or diag $second->{body};
    is_deeply([grep { !/^(?:written|already-there)$/ } outcomes($second)], [], 'every record is there');
    is_deeply([map { $_->{id} } @{ $second->json->{records} }], [map { $_->{id} } @{ $first->json->{records} }],
        'the same ids');
    check_unchanged($before, $gw->odoo_dump);
    return ($first, @notes);
}

# Odoo's write_date moves with a repeated load, as on a real server; nothing else may.
sub check_unchanged {
    my ($before, $after) = map { s/'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?'/'time'/gr } @_;
    my %was = map { $_ => 1 } split /\n/, $before;
    is_deeply([grep { !$was{$_} } split /\n/, $after], [], 'nothing changed in the database');
    is(length $after, length $before, '… and nothing went');
    return;
}

sub read_trace {
    my ($gw, $path, $token) = @_;
    my $answer;

    wait_for(sub { $answer = $gw->get($path, bearer($token)); $answer->{status} == 200
        && $answer->{body} =~ /"requests"/ }, 5, "$path to be readable");
    return $answer->json;
}

sub check_traces {
    my ($gw, $token, $other, $first, $tracking) = @_;
    my $id = $first->json->{correlation_id};
    my $trace = read_trace($gw, "/v1/traces/$id", $token);
    my ($request) = @{ $trace->{requests} };

    is($trace->{correlation_id}, $id);
    is($request->{partner}, 'dhl');
    is($request->{route}, 'tracking-events');
    is($request->{status}, 200);
    is($request->{records}, scalar @{ $first->json->{records} });
    is_deeply($request->{outcomes}, $first->json->{records}, 'the outcomes are what the partner was told');
    is_deeply([map { "$_:$request->{stages}{$_}[0]" } sort keys %{ $request->{stages} }],
        [map {"$_:pass"} qw(answer authenticate authorize correlate deliver limit once parse read trace translate validate)],
        'every stage passed');
    cmp_ok($request->{odoo_calls}, '>=', 2, 'calls to Odoo');
    cmp_ok($request->{total_us}, '>=', $request->{odoo_us}, 'times');
    ok((grep { $_->{type} eq 'tracking' && $_->{value} eq $tracking } @{ $request->{keys} }), 'business keys');
    unlike($request->{detail} // '', qr/./, 'nothing to tell');

    my $by_key = read_trace($gw, "/v1/traces?tracking=$tracking", $token);
    ok((grep { $_->{correlation_id} eq $id } @{ $by_key->{traces} }), 'found by its tracking number');
    cmp_ok(scalar @{ $by_key->{traces} }, '>=', 2, 'both times');

    my $answer = $gw->get("/v1/traces/$id", bearer($other));
    is($answer->{status}, 404, "another partner's trace is not there");
    is($answer->json->{errors}[0]{code}, 'trace-unknown');
    $answer = $gw->get("/v1/traces?tracking=$tracking", bearer($other));
    is($answer->{status}, 200);
    is_deeply($answer->json, { traces => [] }, 'nor by its tracking number');
    return;
}

sub check_fleet {
    my ($gw, $token) = @_;
    my $body = { readings => [
        { vehicle => { vin => 'WDB9634031L123456' }, at => '2026-11-20T07:00:00+01:00',
          odometer => { value => 8101.5, unit => 'km' },
          faults => [{ code => 'j1939:520192/3@0', text => 'Voltage <above> normal' }] },
        { vehicle => { plate => 'DN-LG 101' }, at => '2026-11-20T23:30:00-05:00',
          odometer => { value => '100', unit => 'mi' } },
    ] };
    my $answer = $gw->post_json('/v1/fleet-readings', $body, bearer($token));

    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply([sort map { $_->{odoo}[0]{model} } @{ $answer->json->{records} }],
        ['fleet.vehicle.odometer', 'fleet.vehicle.odometer', 'maintenance.request']);
    is_deeply([outcomes($answer)], [('written') x 3]);
    my @odometers = $gw->odoo_rows('select vehicle_id, value, date from fleet_vehicle_odometer order by value');
    is_deeply([map { [$_->{vehicle_id}, 0 + sprintf('%.3f', $_->{value})] } @odometers], [[3, 160.934], [2, 8101.5]],
        'metres and miles became kilometres');
    my @requests = $gw->odoo_rows('select r.*, d.name xid from maintenance_request r '
        . 'join ir_model_data d on d.model = "maintenance.request" and d.res_id = r.id');
    is(scalar @requests, 1);
    like($requests[0]{name}, qr{^Fault j1939:520192/3\@0 \x{b7} WDB9634031L123456$}) or diag $requests[0]{name};
    like($requests[0]{description}, qr/Voltage &lt;above&gt; normal/, 'text is no markup');
    like($requests[0]{xid}, qr/^north-telematics_ev_/);

    my $before = $gw->odoo_dump;
    $answer = $gw->post_json('/v1/fleet-readings', $body, bearer($token));
    is($answer->{status}, 200) or diag $answer->{body};
    check_unchanged($before, $gw->odoo_dump);
    return;
}

diag('without the corpus: the example alone') unless @real;

for my $case ([19, 'json2', 1], [19, 'jsonrpc', 0], [17, 'jsonrpc', 1], [17, 'jsonrpc', 0]) {
    my ($version, $api, $with_delivery) = @$case;

    subtest "Odoo $version, $api, stock_delivery: " . ($with_delivery ? 'yes' : 'no') => sub {
        my $gw = gateway(odoo => $version,
            odoo_args => ['--seed', seed($with_delivery), $with_delivery ? '--stock-delivery' : ()],
            policies => { $api eq 'json2' ? () : ('gateway.yaml' => sub { s/api: json2/api: $api/ }),
                # without shipping methods a carrier's transfers are those of its operation types
                'partners/dhl.yaml' => $with_delivery ? sub { s/carrier_id: 1/carrier_id: [1, 2]/ } : sub { s/carrier_id: 1/carrier_id: 1, picking_type_ids: [2]/ } });
        my ($dhl, $acme, $fleet) = map { $gw->token(partner => $_) } qw(dhl acme-express north-telematics);

        my ($first, @notes) = post_twice($gw, $dhl, $TRACKING, $EXAMPLE);
        is_deeply([map { $_->{date} } @notes], ['2026-11-20 09:12:00', '2026-11-20 06:41:00'], "Berlin's time as UTC");
        like($notes[0]{body}, qr{^<p><b>Delivered</b>.*Berlin.*successfully delivered}, 'readable');
        is($notes[0]{message_type}, 'comment');
        check_traces($gw, $dhl, $acme, $first, $TRACKING);

        for my $real (@real) {
            my ($id, $body) = @$real;
            my ($answer) = post_twice($gw, $dhl, $id, $body);
            my $trace = read_trace($gw, '/v1/traces/' . $answer->json->{correlation_id}, $dhl);
            is_deeply($trace->{requests}[0]{outcomes}, $answer->json->{records}, "$id: trace");
        }
        check_fleet($gw, $fleet);
        my @calls = @{ $gw->odoo_calls->{calls} };
        is_deeply([grep { $_->{status} != 200 } @calls], [], 'no call to Odoo failed');
        is_deeply([grep { !$_->{correlation_id} } @calls], [], 'each carries a correlation id');
        finish($gw);
    };
}
done_testing();
