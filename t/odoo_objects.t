# Every canonical event through the gateway into Odoo, on both versions and both APIs: what stands there then,
# and that the same message again changes nothing at all.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Objects;
use Logistics::Test;

my $EVENTS = '/v1/every-event'; # the shipped routes take what their scope is for
my $ALL = <<'END';
route: every-event
path: /v1/every-event
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: now, odoo: events-to-odoo}
END
my $number = 0;

sub event {
    my ($type, %more) = @_;

    return { v => 1, id => sprintf('ev_test%08d', ++$number), type => $type, timing => 'actual',
        occurred_at => '2026-11-20T10:30:00+01:00', local => '2026-11-20T10:30:00',
        src => { partner => 'ops', format => 'json' }, %more };
}

sub truck { return (equipment => [{ kind => 'vehicle', vin => 'WDB9634031L123456' }]) }

my $NOTES = 'select m.model, m.res_id from mail_message m order by m.id desc limit 1';
my %places = read_places();

sub read_places {
    return map { /^  (\S+): \{place: (\w+), title: (.+)\}$/ ? ($1 => [$2, $3]) : () } split /\n/, slurp('lua-free-policies/codelists/event-places.yaml');
}

# Every type of the vocabulary: what a note is, is one.
sub check_every_type {
    my ($gw, $token) = @_;
    my $schema = decode_json(slurp('lua-free-policies/schemas/canonical/event.json'));
    my @types = @{ $schema->{'$defs'}{type}{enum} };
    my @all;

    is_deeply([sort @types], [sort keys %places], 'each type of the vocabulary has a place');
    is(scalar @types, 96);
    for my $type (@types) {
        my $place = $places{$type}[0];
        push @all, event($type, refs(transfer => 'WH/OUT/00011', order => 'S00060', work_order => 'WO-9', invoice => "I-$type"),
            truck(), measures => { odometer_m => '8200500', engine_s => '36000', fuel_ml => '250000' },
            location => { geo => { lat => '48.137', lon => '11.575' } },
            $place =~ /^(?:receipt|shipment)$/ ? () : (items => [{ sku => 'CRT-1', qty => '7' }]),
            party => [{ role => 'vendor', name => 'Fix & Go', ids => [{ s => 'vat', v => 'DE811223344' }] }],
            amounts => [amount(parts => '80.10'), amount(tax => '15.22'), amount(total => '95.32')], note => "all of <$type>");
    }
    my $first = $gw->post_json($EVENTS, \@all, bearer($token));
    is($first->{status}, 200, 'all types') or diag $first->{body};
    is_deeply([grep { $_->{outcome} ne 'written' } @{ $first->json->{records} }],
        [grep { $_->{type} =~ /^(?:fleet.fault_cleared|fleet.defect_resolved)$/ } @{ $first->json->{records} }],
        'each is written; but for a fault that nobody raised');
    my $before = $gw->odoo_dump;
    my $again = $gw->post_json($EVENTS, \@all, bearer($token));
    is($again->{status}, 200);
    check_unchanged($before, $gw->odoo_dump, 'all types');
    return;
}

# What one message raises and clears is told in its order, and so is what it clears and raises again.
sub check_faults {
    my ($gw, $token) = @_;
    my $stages = 'select s.name from maintenance_request r join maintenance_stage s on s.id = r.stage_id where r.name like "%ONCE%" order by r.id';
    my ($raised, $cleared) = map { my $type = $_; sub { event("fleet.fault_$type", refs(fault => 'P-ONCE'), truck()) } } qw(raised cleared);
    my $say = 'maintenance.request:written';

    twice($gw, $EVENTS, $token, [$raised->(), $cleared->()], "$say $say", [$stages => ['Repaired']]);
    twice($gw, $EVENTS, $token, [$raised->(), $cleared->(), $raised->()], "$say $say $say", [$stages => ['Repaired', 'Repaired', 'New Request']]);
    $gw->post_json($EVENTS, [$cleared->()], bearer($token));
    is_deeply([map { $_->{name} } $gw->odoo_rows($stages)], [('Repaired') x 3], 'a later message clears what is open');
    my $answer = $gw->post_json($EVENTS, [event('fleet.fault_raised', refs(fault => 'P-ONCE'), equipment => [{ kind => 'vehicle', vin => 'NO-SUCH' }]),
        event('fleet.fault_cleared', refs(fault => 'P-ONCE'), equipment => [{ kind => 'vehicle', vin => 'NO-SUCH' }])], bearer($token));
    is_deeply([map { $_->{outcome} } @{ $answer->json->{records} }], [qw(refused refused)], 'of a vehicle that nobody has neither');
    return;
}

sub check_notes {
    my ($gw, $token) = @_;
    twice($gw, $EVENTS, $token, event('yard.gate_in', refs(transfer => 'WH/OUT/00011'), location => { dock => 'D14' }),
        'mail.message:written', [$NOTES => ['stock.picking|11']]);
    twice($gw, $EVENTS, $token, event('yard.trailer_dropped', truck()), 'mail.message:written', [$NOTES => ['fleet.vehicle|2']]);
    twice($gw, $EVENTS, $token, event('order.acknowledged', refs(order => 'P00050')),
        'mail.message:written mail.message:already-there', [$NOTES => ['purchase.order|5']]);
    twice($gw, $EVENTS, $token, event('order.changed', refs(customer => 'PO-77')),
        'mail.message:skipped mail.message:written', [$NOTES => ['sale.order|6']]);
    twice($gw, $EVENTS, $token, event('wms.putaway', items => [{ gtin => '4012345000023', qty => '3' }]),
        'mail.message:written', [$NOTES => ['product.product|37']]);
    twice($gw, $EVENTS, $token, event('shipment.picked_up', refs(tracking => 'T-NEW-1', order => 'S00060')),
        'mail.message:written stock.picking:written', ['select carrier_tracking_ref from stock_picking where id = 60' => ['T-NEW-1']]);
    refused($gw, $EVENTS, $token, event('shipment.delivered', refs(tracking => 'NOWHERE', order => 'S9')),
        qr/no stock\.picking with carrier_tracking_ref, origin or name "NOWHERE" or "S9"/);
    refused($gw, $EVENTS, $token, event('fleet.engine_hours', equipment => [{ kind => 'vehicle', vin => 'NOSUCHVIN', plate => 'X 1' }]),
        qr/no fleet\.vehicle with vin_sn or license_plate "NOSUCHVIN" or "X 1"/);
    refused($gw, $EVENTS, $token, event('order.created', refs(order => 'S404')), qr/no sale\.order with name or client_order_ref "S404"/);
    refused($gw, $EVENTS, $token, event('shipment.delivered'), qr/no place in Odoo/);
    refused($gw, $EVENTS, $token, event('wms.putaway', items => [{ lot => 'L-1', qty => '3' }]),
        qr/find "product" \(product\.product by default_code or barcode\) has no value; it comes from sku or gtin of the line$/);
    return;
}

sub check_stock {
    my ($gw, $token) = @_;
    my $moves = 'select picking_id p1, product_id p2, product_uom_qty p3, quantity p4, state p5 from stock_move where picking_id ';
    my $half = event('wms.received', refs(order => 'P00050'), items => [
        { sku => 'PAL-1', qty => '6', uom => 'C62' }, { sku => 'PAL-1', qty => '1.5' }, { gtin => '4012345000023', qty => '4' }]);

    twice($gw, $EVENTS, $token, $half, 'mail.message:written stock.move:written stock.move:written stock.picking:written', [
        $moves . '= 50 order by p2' => ['50|15|7.5|7.5|done', '50|37|4|4|done'],
        $moves . 'in (select id from stock_picking where backorder_id = 50)' =>
            ['61|15|2.5|0|assigned'],
        'select quantity from stock_quant where product_id = 15 and location_id = 8' => ['107.5'] ]);
    # the rest comes with another receipt: to the backorder
    twice($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00050'), items => [{ sku => 'PAL-1', qty => '2.5' }]),
        'mail.message:written stock.move:written stock.picking:written',
        ['select count(*) n, sum(state = "done") s from stock_picking where origin = "P00050"' => ['2|2'],
         'select quantity from stock_quant where product_id = 15 and location_id = 8' => ['110']]);
    twice($gw, $EVENTS, $token, event('wms.shipped', refs(tracking => 'T-NEW-1'), items => [{ sku => 'PAL-1', qty => '3' }]),
        'mail.message:written stock.move:written stock.picking:written',
        ['select state from stock_picking where id = 60' => ['done'],
         'select quantity from stock_quant where product_id = 15 and location_id = 8' => ['107']]);
    twice($gw, $EVENTS, $token, event('wms.inventory_snapshot', items => [{ sku => 'PAL-1', qty => '90' }, { sku => 'CRT-1', qty => '0' }]),
        'stock.quant:written mail.message:written stock.quant:written mail.message:written',
        ['select product_id, quantity from stock_quant where location_id = 8 order by product_id' => ['15|90', '37|0']]);
    twice($gw, $EVENTS, $token, event('wms.inventory_adjusted', items => [{ sku => 'PAL-1', qty => '-2.25' }, { sku => 'CRT-1', qty => '5' }]),
        join(' ', ('stock.picking:written', 'stock.move:written', 'stock.picking:written') x 2),
        ['select product_id, quantity from stock_quant where location_id = 8 order by product_id' => ['15|87.75', '37|5']]);
    refused($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00051'), items => [{ sku => 'PAL-1', qty => '6' }, { sku => 'NO-1', qty => '1' }]),
        qr/^product\.product|no product\.product with default_code or barcode "NO-1"$/);
    refused($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00051'), items => [{ sku => 'CRT-1', qty => '6' }]),
        qr/no stock\.move with product_id "37"/);
    refused($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00051'), items => [{ sku => 'PAL-1', qty => '6', uom => 'KGM' }]),
        qr/no stock\.move with product_id "15"/);
    return;
}

# What is tracked is received by lots and serial numbers, or not at all.
sub check_lots {
    my ($gw, $token) = @_;
    my $quants = 'select l.name lot, q.product_id p, q.quantity q from stock_quant q join stock_lot l on l.id = q.lot_id where q.location_id = 8 order by l.name';
    my @battery = (sku => 'BAT-1', uom => 'C62');

    refused($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00053'), items => [{ @battery, qty => '10' }, { sku => 'SCAN-1', serial => 'S-1', qty => '1' }]),
        qr/no product\.product with id "90": these goods are tracked; send the lot or serial number in each line/);
    refused($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00053'), items => [{ @battery, lot => 'L-7', qty => '6' }, { @battery, qty => '4' }]),
        qr/these goods are tracked/);
    twice($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00053'), items => [{ @battery, lot => 'L-7', qty => '6' },
        { sku => 'SCAN-1', serial => 'S-1', qty => '1' }, { @battery, lot => 'L-8', qty => '1.5' }, { sku => 'SCAN-1', serial => 'S-2', qty => '1' }]),
        join(' ', 'mail.message:written', ('stock.move:written', ('stock.move.line:written') x 2) x 2, 'stock.picking:written'),
        ['select product_id, quantity, state from stock_move where picking_id = 53 order by product_id' => ['90|7.5|done', '91|2|done'],
         $quants => ['L-7|90|6', 'L-8|90|1.5', 'S-1|91|1', 'S-2|91|1'],
         'select m.product_id p1, m.product_uom_qty p2 from stock_move m join stock_picking p on p.id = m.picking_id where p.backorder_id = 53 order by p1' =>
            ['90|2.5', '91|1']]);
    # a lot that is there already is taken, a serial number is not received twice
    twice($gw, $EVENTS, $token, event('wms.received', refs(order => 'P00053'), items => [{ @battery, lot => 'L-7', qty => '2.5' }]),
        'mail.message:written stock.move:written stock.move.line:written stock.picking:written',
        [$quants => ['L-7|90|8.5', 'L-8|90|1.5', 'S-1|91|1', 'S-2|91|1']]);
    my $answer = $gw->post_json($EVENTS, event('wms.received', refs(order => 'P00053'), items => [{ sku => 'SCAN-1', serial => 'S-2', qty => '1' }]), bearer($token));
    is($answer->{status}, 422);
    like($answer->json->{errors}[0]{detail}, qr/serial number has already been assigned/, 'in the words of Odoo');
    # stock that is told as one number
    refused($gw, $EVENTS, $token, event('wms.inventory_snapshot', items => [{ @battery, qty => '90' }]), qr/counted and corrected in Odoo/);
    refused($gw, $EVENTS, $token, event('wms.inventory_adjusted', items => [{ @battery, qty => '-1' }]), qr/counted and corrected in Odoo/);
    return;
}

# A scope reaches no further than its route.
sub check_routes {
    my ($gw, $token) = @_;
    my %route = (shipment => 'tracking-events', wms => 'warehouse-events', fleet => 'fleet-readings', cost => 'costs');
    my %event = (
        shipment => event('shipment.delivered', refs(transfer => 'WH/OUT/00011')), fleet => event('fleet.engine_hours', truck()),
        wms => event('wms.picked', refs(transfer => 'WH/OUT/00011')), cost => event('cost.toll', truck(), amounts => [amount(toll => '9')]));

    for my $kind (sort keys %route) {
        for my $other (sort keys %event) {
            my $answer = $gw->post_json("/v1/$route{$kind}", $event{$other}, bearer($token));
            is($answer->{status}, $kind eq $other ? 200 : 422, "$other by $route{$kind}") or diag $answer->{body};
            is($answer->json->{errors}[0]{code}, $kind eq $other ? undef : 'type-not-taken');
        }
    }
    refused($gw, '/v1/tracking-events', $token, $event{wms}, qr/does not take events of type "wms\.picked"/);
    return;
}

sub check_fleet {
    my ($gw, $token) = @_;
    my @fault = (refs(fault => 'j1939:110/16@0'), truck());
    my @hold = ('select s.name from fleet_vehicle v join fleet_vehicle_state s on s.id = v.state_id where v.id = 2');
    my $old;

    twice($gw, $EVENTS, $token, event('fleet.odometer', equipment => [{ kind => 'tractor', vin => 'NOT1THERE', plate => 'DN-LG 101' }],
        measures => { odometer_m => '123456789' }), 'fleet.vehicle.odometer:written',
        ['select vehicle_id, value, date from fleet_vehicle_odometer where vehicle_id = 3' => ['2026-11-20|123456.789|3']]);
    twice($gw, $EVENTS, $token, event('fleet.fault_raised', @fault, note => 'Coolant <hot>'), 'maintenance.request:written',
        ['select stage_id, name, description from maintenance_request' =>
            ["<p>Coolant &lt;hot&gt;</p><p>ops \x{b7} 2026-11-20T10:30:00+01:00 \x{b7} WDB9634031L123456</p>|Fault j1939:110/16\@0 \x{b7} WDB9634031L123456|1"]]);
    twice($gw, $EVENTS, $token, event('fleet.fault_cleared', @fault), 'maintenance.request:written',
        ['select stage_id from maintenance_request' => ['3']]);
    $old = event('fleet.hold_placed', truck(), note => 'Brakes');
    twice($gw, $EVENTS, $token, $old, 'fleet.vehicle.state:written fleet.vehicle:written mail.message:written', [@hold => ['On hold']]);
    twice($gw, $EVENTS, $token, event('fleet.hold_released', truck()), 'fleet.vehicle:written mail.message:written', [@hold => ['Registered']]);
    twice($gw, $EVENTS, $token, $old, 'fleet.vehicle.state:already-there fleet.vehicle:already-there mail.message:already-there',
        [@hold => ['Registered']]); # an old hold holds nothing
    twice($gw, $EVENTS, $token, [event('fleet.work_order_opened', refs(work_order => 'WO-1'), truck()),
        event('fleet.work_order_completed', refs(work_order => 'WO-1'), truck(), amounts => [amount(parts => '80.10'), amount(labour => '120')])],
        join(' ', ('fleet.service.type:written fleet.vehicle.log.services:written', 'fleet.service.type:already-there fleet.vehicle.log.services:written')),
        ['select state, amount, inv_ref, vehicle_id from fleet_vehicle_log_services where inv_ref = "WO-1"' => ['200.1|WO-1|done|2']]);
    twice($gw, $EVENTS, $token, event('cost.fuel', refs(receipt => 'R-1'), truck(), measures => { fuel_ml => '312400' },
        amounts => [amount(fuel => '499.84'), amount(tax => '94.97'), amount(total => '594.81')]),
        'fleet.service.type:written fleet.vehicle.log.services:written',
        ['select amount, description, inv_ref from fleet_vehicle_log_services order by id desc limit 1' => ["594.81|Fuel \x{b7} 312.4 l|R-1"]]);
    return;
}

sub check_bills {
    my ($gw, $token) = @_;
    my @from = (party => [{ role => 'workshop', name => 'Fix and Go', ids => [{ s => 'vat', v => 'DE811223344' }] }]);
    my $bill = event('cost.repair_invoice', refs(invoice => 'R-4711'), truck(), @from,
        amounts => [amount(parts => '80.10'), amount(labour => '120.00'), amount(tax => '38.02'), amount(total => '238.12')]);

    twice($gw, $EVENTS, $token, $bill, 'account.move:written', [
        'select partner_id, ref, move_type, state, currency_id, invoice_date from account_move where ref = "R-4711"' =>
            ['125|2026-11-20|in_invoice|70|R-4711|draft'],
        'select sum(quantity * price_unit) total, count(*) n from account_move_line' => ['3|238.12'] ]);
    $bill->{id} = 'ev_test-as-another'; # the vendor's number decides, not the message's
    my $answer = $gw->post_json($EVENTS, $bill, bearer($token));
    is(outcomes($answer), 'account.move:already-there');
    is($answer->json->{records}[0]{odoo}[0]{detail}, 'account.move with ref "R-4711" is there', 'a duplicate is told');
    $answer = $gw->post_json($EVENTS, event('cost.repair_invoice', refs(invoice => 'TYPED-1'), @from, amounts => [amount(parts => '1')]), bearer($token));
    is($answer->json->{records}[0]{odoo}[0]{id}, 80, 'also of one that somebody typed in');
    refused($gw, $EVENTS, $token, event('cost.repair_invoice', refs(invoice => 'R-9'), amounts => [amount(parts => '1')],
        party => [{ role => 'vendor', name => 'Nobody Ltd' }]), qr/no res\.partner with ref, vat or name "Nobody Ltd"$/);
    twice($gw, $EVENTS, $token, event('cost.credit', refs(invoice => 'C-1'), @from, amounts => [amount(parts => '10.5')]),
        'account.move:written', ['select move_type from account_move where ref = "C-1"' => ['in_refund']]);
    return;
}

for my $case ([19, 'json2'], [17, 'jsonrpc']) {
    my ($version, $api) = @$case;

    subtest "Odoo $version, $api" => sub {
        my $gw = gateway(odoo => $version, odoo_args => ['--seed', seed($version), '--stock-delivery'],
            policies => { 'routes/every-event.yaml' => $ALL, $api eq 'json2' ? () : ('gateway.yaml' => sub { s/api: json2/api: $api/ }) });
        my $token = $gw->token(partner => 'ops');

        check_notes($gw, $token);
        check_stock($gw, $token);
        check_lots($gw, $token);
        check_routes($gw, $token);
        check_fleet($gw, $token);
        check_bills($gw, $token);
        check_every_type($gw, $token);
        check_faults($gw, $token);
        finish($gw);
    };
}
done_testing();
