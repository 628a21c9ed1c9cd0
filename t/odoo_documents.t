# Every canonical document through the gateway into Odoo, on both versions and both APIs: what stands there then,
# and that the same document again changes nothing at all.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Objects;
use Logistics::Test;

my $number = 0;
my $NOTE = 'select m.model, m.res_id from mail_message m order by m.id desc limit 1';

sub document {
    my ($kind, %more) = @_;
    return { v => 1, id => sprintf('%s_test%08d', $kind, ++$number), src => { partner => 'ops', format => 'json' }, %more };
}

sub at { return { at => "$_[0]T10:00:00+01:00", local => "$_[0]T10:00:00" } }
sub party { my ($role, $name, %ids) = @_; return { role => $role, name => $name, ids => [map { { s => $_, v => $ids{$_} } } sort keys %ids] } }

sub check_orders {
    my ($gw, $token) = @_;
    my $order = document('order', kind => 'sales', number => 'PO-88', issued => at('2026-11-20'), currency => 'USD',
        requested_delivery => { to => at('2026-12-01') }, party => [party('buyer', 'Azure Interior')],
        lines => [{ line => '10', sku => 'PAL-1', qty => '12', uom => 'C62', price => '9.95' },
            { line => '20', gtin => '4012345000023', qty => '0.5', uom => 'KGM', price => '100', description => 'Crates, by weight' }]);
    my $unit = $gw->{odoo_version} >= 19 ? 'product_uom_id' : 'product_uom';

    twice($gw, '/v1/orders', $token, $order, 'sale.order:written sale.order.line:written sale.order.line:written mail.message:written', [
        'select partner_id, client_order_ref, commitment_date, state from sale_order where client_order_ref = "PO-88"' =>
            ['PO-88|2026-12-01 09:00:00|14|draft'],
        "select product_id, product_uom_qty, price_unit, $unit u, name from sale_order_line order by id" =>
            ['PAL-1|9.95|15|12|1', 'Crates, by weight|100|37|0.5|3'],
        $NOTE => ['sale.order|7'] ]);
    twice($gw, '/v1/orders', $token, document('order', kind => 'sales', purpose => 'change', number => 'PO-88',
        lines => [{ line => '10', qty => '14' }]), 'mail.message:written', [$NOTE => ['sale.order|7']]);
    twice($gw, '/v1/orders', $token, document('order', kind => 'sales', purpose => 'cancel', number => 'PO-88'),
        'mail.message:written sale.order:written', ['select state from sale_order where id = 7' => ['cancel']]);
    # of one that was sent to the customer Odoo asks first, up to 18
    twice($gw, '/v1/orders', $token, document('order', kind => 'sales', purpose => 'cancel', number => 'PO-70'),
        'mail.message:written sale.order:written', ['select state from sale_order where id = 4' => ['cancel']]);
    # a confirmed one is a person's affair
    twice($gw, '/v1/orders', $token, document('order', kind => 'sales', purpose => 'cancel', number => 'PO-77'),
        'mail.message:written sale.order:skipped', ['select state from sale_order where id = 6' => ['sale']]);
    twice($gw, '/v1/orders', $token, document('order', kind => 'purchase', number => 'V-1', currency => 'EUR', party => [party('seller', 'x', vat => 'DE811223344')],
        lines => [{ line => '1', sku => 'CRT-1', qty => '3', price => '4.10' }]),
        'purchase.order:written purchase.order.line:written mail.message:written',
        ['select partner_id, partner_ref, currency_id from purchase_order where partner_ref = "V-1"' => ['125|70|V-1'],
         'select product_id, product_qty, price_unit from purchase_order_line' => ['4.1|37|3']]);
    twice($gw, '/v1/orders', $token, document('order', kind => 'purchase', purpose => 'acknowledge', number => 'P00050', status => 'accepted'),
        'mail.message:written', [$NOTE => ['purchase.order|5']]);
    twice($gw, '/v1/orders', $token, document('order', kind => 'warehouse', number => 'S00060'), 'mail.message:written', [$NOTE => ['stock.picking|60']]);
    $order->{$_->[0]} = $_->[1] for ['id', 'order_test-another'], ['number', 'PO-99'];
    $order->{lines}[1]{gtin} = '4099999999993';
    refused($gw, '/v1/orders', $token, $order, qr/no product\.product with default_code or barcode "4099999999993"/);
    $order->{lines}[1] = { line => '3', description => 'Something', qty => '1' };
    refused($gw, '/v1/orders', $token, $order, qr/find "product" \(product\.product by default_code or barcode\) has no value; it comes from sku or gtin/);
    $order->{lines}[1] = { line => '3', sku => 'PAL-1', qty => '1', price => '100', price_qty => '100' };
    refused($gw, '/v1/orders', $token, $order, qr/price for more than one unit/);
    $order->{lines}[1] = { line => '3', sku => 'PAL-1', qty => '1', price => '1' };
    $order->{party} = [party('buyer', 'Unknown GmbH')];
    refused($gw, '/v1/orders', $token, $order, qr/no res\.partner with ref, vat or name "Unknown GmbH"/);
    return;
}

sub check_goods {
    my ($gw, $token) = @_;
    my $asn = document('asn', number => 'DA-1', shipped => at('2026-11-19'), expected => { to => at('2026-11-25') }, refs(tracking => 'T-IN-1'),
        orders => [{ number => 'P00050' }, { number => 'P00051' }], items => [{ sku => 'PAL-1', qty => '10', lot => 'L1', order => 'P00050' }]);

    twice($gw, '/v1/asns', $token, $asn,
        join(' ', ('mail.message:written stock.picking:written stock.picking:written') x 2),
        ['select id, scheduled_date, carrier_tracking_ref from stock_picking where id in (50, 51)' => ['T-IN-1|50|2026-11-25 09:00:00', 'T-IN-1|51|2026-11-25 09:00:00'],
         'select count(*) n from mail_message where body like "%10 PAL-1 L1%"' => ['2']]);
    refused($gw, '/v1/asns', $token, { %$asn, id => 'asn_test-other', orders => [{ number => 'P404' }] }, qr/no stock\.picking with origin, name or carrier_tracking_ref "P404"/);

    twice($gw, '/v1/receipts', $token, document('receipt', number => 'R-1', received => at('2026-11-25'), against => { order => 'P00050' },
        lines => [{ sku => 'PAL-1', received => '9', accepted => '8', rejected => '1', uom => 'C62', reason => { class => 'carrier', code => 'damaged' } },
            { gtin => '4012345000023', received => '4' }]),
        'mail.message:written stock.move:written stock.move:written stock.picking:written',
        ['select product_id, quantity, state from stock_move where picking_id = 50 order by product_id' => ['15|8|done', '37|4|done'],
         'select m.product_uom_qty from stock_move m join stock_picking p on p.id = m.picking_id where p.backorder_id = 50' => ['2'],
         'select body from mail_message where message_id like "%receipt%"' =>
            ['<p><b>Receipt</b> R-1</p><p>9 C62 PAL-1; 4 4012345000023</p><p>Not accepted: PAL-1 rejected 1 damaged</p><p>ops</p>']]);
    twice($gw, '/v1/receipts', $token, document('receipt', number => 'R-2', received => at('2026-11-26'), against => { order => 'P00051' }, more_expected => JSON::PP::false,
        lines => [{ sku => 'PAL-1', received => '5' }]), 'mail.message:written stock.move:written stock.picking:written',
        ['select state from stock_picking where id = 51' => ['done'], 'select count(*) n from stock_picking where backorder_id = 51' => ['0']]);
    twice($gw, '/v1/receipts', $token, document('receipt', number => 'R-3', status => 'refused', issued => at('2026-11-26'), refs(transfer => 'WH/OUT/00060'),
        lines => [{ sku => 'PAL-1', received => '0' }]), 'mail.message:written', [$NOTE => ['stock.picking|60']]);
    refused($gw, '/v1/receipts', $token, document('receipt', number => 'R-4', received => at('2026-11-26'), against => { order => 'P00052' },
        lines => [{ sku => 'PAL-1', received => '5' }]), qr/no stock\.picking with name, origin or carrier_tracking_ref "P00052"/);

    twice($gw, '/v1/inventory-reports', $token, document('inventory', kind => 'snapshot', as_of => at('2026-11-27'),
        lines => [{ sku => 'PAL-1', lot => 'A', quantities => { on_hand => '60.5' } }, { sku => 'PAL-1', lot => 'B', quantities => { on_hand => '40' } }]),
        'stock.quant:written mail.message:written',
        ['select quantity from stock_quant where product_id = 15 and location_id = 8' => ['100.5']]);
    twice($gw, '/v1/inventory-reports', $token, document('inventory', kind => 'adjustment', as_of => at('2026-11-27'),
        lines => [{ sku => 'PAL-1', changes => { on_hand => '-0.5' } }, { sku => 'CRT-1', changes => { on_hand => '6' } }]),
        join(' ', ('stock.picking:written', 'stock.move:written', 'stock.picking:written') x 2),
        ['select product_id, quantity from stock_quant where location_id = 8 order by product_id' => ['15|100', '37|10']]);
    return;
}

sub check_invoices {
    my ($gw, $token) = @_;
    my $bill = document('invoice', kind => 'goods', doc_type => 'invoice', direction => 'payable', number => 'F-2026-1', issued => at('2026-11-20'),
        currency => 'EUR', party => [party('seller', 'Fix & Go', vat => 'DE811223344')],
        lines => [{ line => '1', kind => 'goods', sku => 'PAL-1', qty => '3', uom => 'C62', price => '3.3333', amount => '10.00', taxes => [{ rate => '19' }] },
            { line => '2', kind => 'freight', description => 'Freight', amount => '5.50', taxes => [{ rate => '0' }] }],
        charges => [{ kind => 'allowance', amount => '1.25', text => 'Bonus' }], totals => { net => '14.25', tax => '1.90', total => '16.15' });

    twice($gw, '/v1/invoices', $token, $bill, 'account.move:written', [
        'select move_type, partner_id, ref, invoice_date, currency_id, state from account_move where ref = "F-2026-1"' =>
            ['125|2026-11-20|in_invoice|70|F-2026-1|draft'],
        'select name, product_id, quantity, price_unit, tax_ids from account_move_line order by id' =>
            ["PAL-1 \x{b7} 3 C62 \x{d7} 3.3333|10|15|1|2", 'Freight|5.5||1|4', 'Bonus|-1.25||1|'] ]);
    $bill->{id} = 'invoice_test-again';
    my $answer = $gw->post_json('/v1/invoices', $bill, bearer($token));
    is($answer->json->{records}[0]{odoo}[0]{detail}, 'account.move with ref "F-2026-1" is there', 'a duplicate is told');
    refused($gw, '/v1/invoices', $token, { %$bill, number => 'F-3', lines => [{ %{ $bill->{lines}[0] }, taxes => [{ rate => '7.7' }] }] },
        qr/no account\.tax with amount "7\.7"/);
    twice($gw, '/v1/invoices', $token, { %$bill, id => 'invoice_test-credit', doc_type => 'credit', number => 'F-4' }, 'account.move:written',
        ['select move_type from account_move where ref = "F-4"' => ['in_refund']]);
    twice($gw, '/v1/invoices', $token, { %$bill, id => 'invoice_test-sale', direction => 'receivable', number => 'OUR-1',
        party => [party('buyer', 'Azure Interior')], lines => [{ %{ $bill->{lines}[0] } }] }, 'account.move:written',
        ['select m.move_type, l.tax_ids from account_move m join account_move_line l on l.move_id = m.id where m.ref = "OUR-1" and l.product_id' => ['out_invoice|3']]);
    refused($gw, '/v1/invoices', $token, { %$bill, direction => 'receivable', number => 'OUR-2', party => [], lines => [$bill->{lines}[0]] }, qr/find "whom" \(res\.partner by ref, vat or name\) has no value/);
    refused($gw, '/v1/invoices', $token, { %$bill, doc_type => 'proforma' }, qr/proforma is no claim/);
    return;
}

sub check_notes {
    my ($gw, $token) = @_;
    twice($gw, '/v1/pods', $token, document('pod', status => 'delivered', signed_by => 'M. <Yilmaz>', signed_at => at('2026-11-20'), refs(order => 'S00060'),
        documents => [{ kind => 'signature', url => 'https://pod.acme.example/4711.pdf?a=1&b=2' }]), 'mail.message:written',
        [$NOTE => ['stock.picking|60'], 'select body, date from mail_message order by id desc limit 1' =>
            ["<p><b>Proof of delivery</b> \x{b7} delivered</p><p>Signed by: M. &lt;Yilmaz&gt; \x{b7} 2026-11-20T10:00:00+01:00</p>"
            . '<p><a href="https://pod.acme.example/4711.pdf?a=1&amp;b=2">signature</a></p><p>ops</p>|2026-11-20 09:00:00']]);
    twice($gw, '/v1/returns', $token, document('return', kind => 'authorization', number => 'RMA-1', order => 'S00060',
        lines => [{ line => '1', sku => 'PAL-1', qty => '1', return_reason => 'damaged' }]), 'mail.message:written', [$NOTE => ['stock.picking|60']]);
    twice($gw, '/v1/tenders', $token, document('tender', status => 'offered', number => 'L-1', currency => 'USD', rate => { amount => '1250.00', per => 'load' },
        party => [party('broker', 'Acme Corporation')], stops => [{ seq => 1, role => 'pickup' }, { seq => 2, role => 'delivery' }]),
        'sale.order:written mail.message:written', ['select partner_id, client_order_ref from sale_order where client_order_ref = "L-1"' => ['L-1|9']]);
    twice($gw, '/v1/tenders', $token, document('tender', status => 'declined', number => 'P00050', reason => { class => 'carrier', code => 'no_capacity' }),
        'mail.message:written mail.message:already-there', [$NOTE => ['purchase.order|5']]);
    refused($gw, '/v1/pods', $token, document('pod', status => 'delivered', delivered => at('2026-11-20'), refs(tracking => 'NO-1')),
        qr/no stock\.picking with carrier_tracking_ref, origin or name "NO-1"/);
    return;
}

for my $case ([19, 'json2'], [17, 'jsonrpc']) {
    my ($version, $api) = @$case;

    subtest "Odoo $version, $api" => sub {
        my $gw = gateway(odoo => $version, odoo_args => ['--seed', seed($version), '--stock-delivery'],
            policies => $api eq 'json2' ? {} : { 'gateway.yaml' => sub { s/api: json2/api: $api/ } });
        $gw->{odoo_version} = $version;
        my $token = $gw->token(partner => 'ops');

        check_orders($gw, $token);
        check_goods($gw, $token);
        check_invoices($gw, $token);
        check_notes($gw, $token);
        finish($gw);
    };
}
done_testing();
