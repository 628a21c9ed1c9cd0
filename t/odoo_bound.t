# What a partner writes touches only what is that partner's: two partners, each tries the other's transfers,
# orders, bills, vehicles and contacts by every key that mappings look for. Nothing is written, and the answer is
# that for a number which nobody has: who guesses learns nothing.
# sanitize: yes
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Logistics::Objects;
use Logistics::Test;

my $number = 0;
my $dir = File::Temp->newdir;
my @SCOPES = qw(tracking:write warehouse:write fleet:write costs:write orders:write tenders:write asns:write
    receipts:write inventory:write invoices:write returns:write pods:write);

# Everything that is red's has a number that begins with 1, blue's with 2.
my %worlds = (red => 1, blue => 2);

sub world_seed {
    my ($n) = @_;
    my $name = $n == 1 ? 'Red' : 'Blue';
    my %base = (partner_id => $n . 70, state => 'assigned', carrier_id => $n . 20);
    my %in = (%base, picking_type_id => $n . 31, location_id => 4, location_dest_id => $n . 80);
    my %out = (%base, picking_type_id => $n . 32, location_id => $n . 80, location_dest_id => 9);

    return (
        'stock.warehouse' => [{ id => $n . 10, name => "$name house" }],
        'delivery.carrier' => [{ id => $n . 20, name => "$name carrier" }],
        'stock.location' => [{ id => $n . 80, name => "$name stock", usage => 'internal', warehouse_id => $n . 10 }],
        'stock.picking.type' => [map { { id => $n . $_->[0], name => "$name $_->[1]", code => $_->[1], prefix => "$n/", warehouse_id => $n . 10,
            default_location_src_id => $n . 80, default_location_dest_id => $n . 80 } } [31, 'incoming'], [32, 'outgoing'], [35, 'internal']],
        'res.partner' => [{ id => $n . 70, name => "$name Ltd", ref => "${name}REF", vat => "${name}VAT", is_company => 1 }],
        'stock.picking' => [
            { id => $n . 50, name => "WH/OUT/${n}50", origin => "SO-${n}50", carrier_tracking_ref => "TRACK-${n}50", %out },
            { id => $n . 51, name => "WH/IN/${n}51", origin => "PO-${n}51", carrier_tracking_ref => "TRACK-${n}51", %in },
            { id => $n . 52, name => "WH/OUT/${n}52", origin => "SO-${n}52", %out }],
        'stock.move' => [map { { id => $_ . 0, picking_id => $_, product_id => 15, product_uom_qty => 4, name => 'x' } } $n . 50, $n . 51, $n . 52],
        'stock.quant' => [{ product_id => 15, location_id => $n . 80, quantity => 10 }],
        'sale.order' => [{ id => $n . 60, name => "S-${n}60", client_order_ref => "CUST-${n}60", partner_id => $n . 70, state => 'sent' }],
        'purchase.order' => [{ id => $n . 65, name => "P-${n}65", partner_ref => "VEND-${n}65", partner_id => $n . 70, state => 'draft' }],
        'account.move' => [{ id => $n . 90, move_type => 'in_invoice', partner_id => $n . 70, ref => "BILL-${n}90" }],
        'fleet.vehicle.tag' => [{ id => $n . 40, name => $name }],
        'fleet.vehicle' => [{ id => $n . 41, license_plate => "PLATE-${n}41", model_id => 1, tag_ids => [$n . 40] }],
        'maintenance.equipment' => [{ id => $n . 45, name => "Truck $n", serial_no => vin($n) }],
    );
}

sub vin { return sprintf 'VIN%s4100000000000', $_[0] }

sub seeds {
    my %all;
    for my $n (1, 2) {
        my %seed = world_seed($n);
        $seed{'fleet.vehicle'}[0]{vin_sn} = vin($n);
        push @{ $all{$_} }, @{ $seed{$_} } for keys %seed;
    }
    spew("$dir/seed.json", encode_json(\%all));
    return "$dir/seed.json";
}

sub partner_file {
    my ($name, $facts, @scopes) = @_;
    return ("partners/$name.yaml" => "partner: $name\nidentities: [{issuer: https://demo.logistics.example/, client_id: $name}]\n"
        . 'scopes: [' . join(', ', @scopes) . "]\n" . ($facts ? "odoo: $facts\n" : ''));
}

sub facts {
    my ($n) = @_;
    return "{carrier_id: ${n}20, warehouse_ids: [${n}10], contact_id: ${n}70, vehicle_tag_ids: [${n}40]}";
}

# ---- messages: each is made for a key, that of somebody or of nobody ----

sub head { my ($who) = @_; return (v => 1, src => { partner => $who, format => 'json' }) }
sub at { return { at => "$_[0]T10:00:00+01:00", local => "$_[0]T10:00:00" } }

sub event {
    my ($who, $type, %more) = @_;
    return { head($who), id => sprintf('ev_bound%08d', ++$number), type => $type, timing => 'actual',
        occurred_at => '2026-11-20T10:30:00+01:00', local => '2026-11-20T10:30:00', %more };
}

sub document {
    my ($who, $kind, %more) = @_;
    return { head($who), id => sprintf('%s_bound%08d', $kind, ++$number), %more };
}

sub party { my ($role, $name, %ids) = @_; return [{ role => $role, name => $name, ids => [map { { s => $_, v => $ids{$_} } } sort keys %ids] }] }

my @goods = (items => [{ sku => 'PAL-1', qty => '2' }]);
my @lines = (lines => [{ line => '1', sku => 'PAL-1', qty => '1', price => '5' }]);
my @costs = (amounts => [amount(parts => '80.10'), amount(total => '80.10')]);

sub bill {
    my ($who, $number, $party) = @_;
    return document($who, 'invoice', kind => 'goods', doc_type => 'invoice', direction => 'payable', number => $number, issued => at('2026-11-20'),
        currency => 'EUR', $party ? (party => $party) : (), lines => [{ line => '1', kind => 'goods', amount => '10.00', description => 'x' }], totals => { total => '10.00' });
}

# keys of the other's → [what is done, path, message]
my %attempts = (
    'the transfer to ship' => [['WH/OUT/%s50', 'SO-%s50', 'TRACK-%s50'],
        [note => '/v1/tracking-events', sub { event($_[0], 'shipment.in_transit', refs(tracking => $_[1])) }],
        [gate => '/v1/tracking-events', sub { event($_[0], 'yard.gate_in', refs(transfer => $_[1])) }],
        [pod => '/v1/pods', sub { document($_[0], 'pod', status => 'delivered', delivered => at('2026-11-20'), refs(order => $_[1])) }],
        [return => '/v1/returns', sub { document($_[0], 'return', kind => 'request', number => 'R1', order => $_[1],
            lines => [{ line => '1', sku => 'PAL-1', qty => '1', return_reason => 'damaged' }]) }],
        [work => '/v1/orders', sub { document($_[0], 'order', kind => 'warehouse', number => $_[1]) }],
        [detention => '/v1/costs', sub { event($_[0], 'cost.detention', refs(order => $_[1]), @costs) }],
        [asn => '/v1/asns', sub { document($_[0], 'asn', direction => 'outbound', number => 'D1', shipped => at('2026-11-19'), expected => { to => at('2026-11-25') },
            orders => [{ number => $_[1] }], @goods) }],
        [shipped => '/v1/warehouse-events', sub { event($_[0], 'wms.shipped', refs(order => $_[1]), @goods) }]],
    'the transfer that has no tracking number' => [['SO-%s52', 'WH/OUT/%s52'],
        [tracking => '/v1/tracking-events', sub { event($_[0], 'shipment.in_transit', refs(tracking => 'STOLEN', order => $_[1])) }]],
    'the transfer to receive' => [['WH/IN/%s51', 'PO-%s51', 'TRACK-%s51'],
        [asn => '/v1/asns', sub { document($_[0], 'asn', number => 'D1', shipped => at('2026-11-19'), expected => { to => at('2026-11-25') }, orders => [{ number => $_[1] }], @goods) }],
        [received => '/v1/warehouse-events', sub { event($_[0], 'wms.received', refs(order => $_[1]), @goods) }],
        [receipt => '/v1/receipts', sub { document($_[0], 'receipt', number => 'R1', received => at('2026-11-25'), against => { order => $_[1] },
            lines => [{ sku => 'PAL-1', received => '1' }]) }],
        [refused => '/v1/receipts', sub { document($_[0], 'receipt', number => 'R1', status => 'refused', issued => at('2026-11-25'), against => { transfer => $_[1] },
            lines => [{ sku => 'PAL-1', received => '0' }]) }]],
    'the sales order' => [['S-%s60', 'CUST-%s60'],
        [event => '/v1/tracking-events', sub { event($_[0], 'order.acknowledged', refs(order => $_[1])) }],
        [change => '/v1/orders', sub { document($_[0], 'order', kind => 'sales', purpose => 'change', number => $_[1], @lines) }],
        [answer => '/v1/tenders', sub { document($_[0], 'tender', status => 'declined', number => $_[1], reason => { class => 'carrier', code => 'no_capacity' }) }],
        [cancel => '/v1/orders', sub { document($_[0], 'order', kind => 'sales', purpose => 'cancel', number => $_[1]) }]],
    'the purchase order' => [['P-%s65', 'VEND-%s65'],
        [acknowledge => '/v1/orders', sub { document($_[0], 'order', kind => 'purchase', purpose => 'acknowledge', number => $_[1], status => 'accepted') }],
        [cancel => '/v1/orders', sub { document($_[0], 'order', kind => 'purchase', purpose => 'cancel', number => $_[1]) }]],
    'the contact' => [['%R Ltd', '%RREF', '%RVAT'],
        [bill => '/v1/invoices', sub { bill($_[0], "B-$_[1]", party('seller', $_[1])) }],
        [bill_by_id => '/v1/invoices', sub { bill($_[0], "C-$_[1]", party('vendor', 'Somebody', vat => $_[1])) }],
        [repair => '/v1/costs', sub { event($_[0], 'cost.repair_invoice', refs(invoice => "D-$_[1]"), @costs, party => party('vendor', $_[1])) }],
        [credit => '/v1/costs', sub { event($_[0], 'cost.credit', refs(invoice => "E-$_[1]"), @costs, party => party('carrier', 'x', ref => $_[1])) }],
        [sold => '/v1/orders', sub { document($_[0], 'order', kind => 'sales', number => "F-$_[1]", party => party('buyer', $_[1]), @lines) }],
        [bought => '/v1/orders', sub { document($_[0], 'order', kind => 'purchase', number => "G-$_[1]", party => party('seller', $_[1]), @lines) }],
        [tender => '/v1/tenders', sub { document($_[0], 'tender', status => 'offered', number => "H-$_[1]", currency => 'EUR', party => party('broker', $_[1]),
            stops => [{ seq => 1, role => 'pickup' }, { seq => 2, role => 'delivery' }]) }]],
    'the vehicle' => [['VIN%s4100000000000', 'PLATE-%s41'],
        map { my $type = $_; [$type => $type =~ /^cost/ ? '/v1/costs' : $type =~ /^yard/ ? '/v1/tracking-events' : '/v1/fleet-readings', sub {
            event($_[0], $type, $_[1] =~ /^VIN/ ? (equipment => [{ kind => 'vehicle', vin => $_[1] }]) : (equipment => [{ kind => 'vehicle', plate => $_[1] }]),
                measures => { odometer_m => '8200500' }, location => { geo => { lat => '48.1', lon => '11.5' } }, @costs,
                $type =~ /^yard/ ? () : refs(fault => 'P0301', work_order => 'WO-1', receipt => 'Q1')) }] }
            qw(yard.trailer_dropped fleet.odometer fleet.position fleet.fault_raised fleet.fault_cleared fleet.inspection_passed fleet.hold_placed fleet.hold_released
               fleet.work_order_opened cost.fuel)],
);

# "SO-%s50" of red is SO-150; nobody's has the same length.
sub key_of {
    my ($pattern, $n) = @_;
    my $name = { 1 => 'Red', 2 => 'Blue', 9 => 'Nemo' }->{$n};
    return $pattern =~ s/%s/$n/r =~ s/%R/$name/r;
}

# The answer without what differs from request to request: the key, its record's id, ids of messages.
sub neutral {
    my ($answer, $key) = @_;
    my $body = $answer->{body};

    $body =~ s/\Q$key\E/KEY/g;
    $body =~ s/"correlation_id":"[^"]*"|"instance":"[^"]*"|"revision":"[^"]*"/"-"/g;
    $body =~ s/bound\d{8}/ID/g;
    $body =~ s/_[0-9a-f]{64}/_HASH/g;
    return "$answer->{status} $body";
}

sub try_all {
    my ($gw, $tokens, $who, $other) = @_;
    my $what = "$who at ${other}'s";

    for my $thing (sort keys %attempts) {
        my ($keys, @ways) = @{ $attempts{$thing} };
        my $before = $gw->odoo_dump;
        for my $way (@ways) {
            my ($name, $path, $make) = @$way;
            for my $pattern (@$keys) {
                my ($theirs, $nobodys) = map { key_of($pattern, $_) } $worlds{$other}, 9;
                my $answer = $gw->post_json($path, $make->($who, $theirs), bearer($tokens->{$who}));
                my $unknown = $gw->post_json($path, $make->($who, $nobodys), bearer($tokens->{$who}));

                cmp_ok($answer->{status}, '>=', 400, "$what $thing, $name $theirs: refused") or diag $answer->{body};
                is(neutral($answer, $theirs), neutral($unknown, $nobodys), "$what $thing, $name $theirs: as for one that nobody has");
            }
        }
        check_unchanged($before, $gw->odoo_dump, "$what $thing");
    }
    return;
}

# The same messages with one's own keys do something: else the above would show nothing.
sub try_own {
    my ($gw, $tokens, $who) = @_;

    for my $thing (sort keys %attempts) {
        my ($keys, @ways) = @{ $attempts{$thing} };
        for my $way (grep { $_->[0] !~ /^(?:shipped|received|receipt)$/ } @ways) {
            my ($name, $path, $make) = @$way;
            my $answer = $gw->post_json($path, $make->($who, key_of($keys->[0], $worlds{$who})), bearer($tokens->{$who}));
            is($answer->{status}, 200, "${who}'s own: $thing, $name") or diag $answer->{body};
            like($answer->{body}, qr/"outcome":"written"/, "${who}'s own: $thing, $name is written");
        }
    }
    for my $case (['the transfer to ship', 'shipped'], ['the transfer to receive', 'received']) {
        my ($keys, @ways) = @{ $attempts{ $case->[0] } };
        my ($way) = grep { $_->[0] eq $case->[1] } @ways;
        my $answer = $gw->post_json($way->[1], $way->[2]->($who, key_of($keys->[1], $worlds{$who})), bearer($tokens->{$who}));
        is($answer->{status}, 200, "${who}'s own: $case->[1]") or diag $answer->{body};
    }
    return;
}

# Counts and differences are those of one's own warehouse, of goods that all have.
sub check_stock {
    my ($gw, $tokens) = @_;
    my $quants = sub { return { map { $_->{location_id} => 0 + $_->{quantity} } $gw->odoo_rows('select location_id, quantity from stock_quant where product_id = 15 and location_id in (180, 280)') } };
    my $was = $quants->();

    for my $who (qw(red blue)) {
        my $n = $worlds{$who};
        my $answer = $gw->post_json('/v1/inventory-reports', document($who, 'inventory', kind => 'snapshot', as_of => at('2026-11-27'),
            lines => [{ gtin => '4012345000016', quantities => { on_hand => '10' . $n } }]), bearer($tokens->{$who}));
        is($answer->{status}, 200, "$who counts") or diag $answer->{body};
        $was->{ $n . 80 } = 100 + $n;
        is_deeply($quants->(), $was, "$who counts its own");
        $answer = $gw->post_json('/v1/inventory-reports', document($who, 'inventory', kind => 'adjustment', as_of => at('2026-11-27'),
            lines => [{ sku => 'PAL-1', changes => { on_hand => '-3' } }]), bearer($tokens->{$who}));
        is($answer->{status}, 200, "$who adjusts") or diag $answer->{body};
        $was->{ $n . 80 } -= 3;
        is_deeply($quants->(), $was, "$who adjusts its own");
    }
    # the same number as lies in the other's place is a count of its own
    my $answer = $gw->post_json('/v1/inventory-reports', document('red', 'inventory', kind => 'snapshot', as_of => at('2026-11-28'),
        lines => [{ sku => 'PAL-1', quantities => { on_hand => "$was->{280}" } }]), bearer($tokens->{red}));
    is($quants->()->{180}, $was->{280}, "red counts what blue has, too") or diag $answer->{body};
    return;
}

# Who names nobody sends his own bill; who has no fact for something hears that, and the operator which.
sub check_facts {
    my ($gw, $tokens) = @_;
    my $bills = 'select partner_id, ref from account_move where ref = ?';
    my $answer = $gw->post_json('/v1/invoices', bill('red', 'OWN-1'), bearer($tokens->{red}));

    is($answer->{status}, 200, 'a bill that names nobody') or diag $answer->{body};
    is_deeply([map {"$_->{partner_id} $_->{ref}"} $gw->odoo_rows($bills, 'OWN-1')], ['170 OWN-1'], 'is of the sender');

    my $before = $gw->odoo_dump;
    for my $case (
        ['/v1/receipts', document('carrier', 'receipt', number => 'R1', received => at('2026-11-25'), against => { order => 'PO-151' },
            lines => [{ sku => 'PAL-1', received => '1' }]), 'stock.picking', 'warehouse_ids'],
        ['/v1/costs', event('carrier', 'cost.repair_invoice', refs(invoice => 'N-1'), @costs, party => party('vendor', 'Red Ltd')), 'res.partner', 'contact_id'],
        ['/v1/fleet-readings', event('carrier', 'fleet.position', equipment => [{ kind => 'vehicle', vin => vin(1) }],
            location => { name => 'x' }), 'fleet.vehicle', 'company_ids'],
    ) {
        my ($path, $body, $model, $fact) = @$case;
        $answer = $gw->post_json($path, $body, bearer($tokens->{carrier}));
        is($answer->{status}, 403, "$path without odoo.$fact: forbidden") or diag $answer->{body};
        like($answer->json->{errors}[0]{detail}, qr/not set up here which records of \Q$model\E are yours; ask the gateway's operator/, 'the partner is told whom to ask');
        unlike($answer->{body}, qr/$fact/, '... not what it is called');
        my $id = $answer->header('X-Correlation-ID');
        ok(eval { wait_for(sub { $gw->log =~ /\Q$id\E: \S+ is not written: partners\/carrier\.yaml has no odoo\.$fact/ }, 5, 'the line') }, '... the operator is');
    }
    check_unchanged($before, $gw->odoo_dump, 'what is forbidden');
    return;
}

# Two plates or two VINs in one message: the name of a request is that by which the vehicle was found.
sub check_requests {
    my ($gw, $tokens) = @_;
    my $raise = event('blue', 'fleet.fault_raised', refs(fault => 'B1'), equipment => [{ kind => 'vehicle', vin => vin(2) }]);
    is($gw->post_json('/v1/fleet-readings', $raise, bearer($tokens->{blue}))->{status}, 200, "blue's fault");
    my $before = $gw->odoo_dump;
    my $answer = $gw->post_json('/v1/fleet-readings', event('red', 'fleet.fault_cleared', refs(fault => 'B1'),
        equipment => [{ kind => 'vehicle', vin => vin(2), plate => 'PLATE-141' }]), bearer($tokens->{red}));
    cmp_ok($answer->{status}, '>=', 400, "red does not clear it by its own plate beside") or diag $answer->{body};
    check_unchanged($before, $gw->odoo_dump, "blue's fault");
    return;
}

my %files = map { partner_file($_, facts($worlds{$_}), @SCOPES) } keys %worlds;

for my $case ([19, 'json2'], [17, 'jsonrpc']) {
    my ($version, $api) = @$case;

    subtest "Odoo $version, $api" => sub {
        my $gw = gateway(odoo => $version, odoo_args => ['--seed', seeds(), '--stock-delivery'], policies => { %files,
            'routes/fleet-readings.yaml' => sub { s/fleet-telemetry/canonical/ },
            partner_file('carrier', '{carrier_id: 120}', qw(tracking:write receipts:write costs:write fleet:write)),
            $api eq 'json2' ? () : ('gateway.yaml' => sub { s/api: json2/api: $api/ }) });
        my %tokens = map { $_ => $gw->token(partner => $_) } qw(red blue carrier);

        try_all($gw, \%tokens, 'red', 'blue');
        try_all($gw, \%tokens, 'blue', 'red') if $version == 19;
        check_facts($gw, \%tokens);
        check_stock($gw, \%tokens);
        check_requests($gw, \%tokens);
        try_own($gw, \%tokens, $_) for qw(red blue);
        finish($gw);
    };
}
done_testing();
