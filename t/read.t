# Read routes: what partners read back from Odoo, through the gateway, over both APIs: who sees which
# records and which of their fields, pages, entity tags, parameters, and what Odoo is asked at all.
# sanitize: yes
use strict;
use warnings;
use Encode ();
use lib 't/lib';
use Logistics::Test;

my $TRACKING = '00340434161094042557'; # transfer 11 of the seeds: DHL's, to partner 9
my $SCRIPT = '<p>hello <script>alert(1)</script><b onclick="x()">world</b> &lt;i&gt;</p>';
my $dir = File::Temp->newdir;

# Beside the stand-in's own: carriers, notes, documents, stock, vehicles, invoices.
my %seed = (
    'stock.picking' => [
        { id => 31, name => 'WH/OUT/00031', state => 'done', origin => 'S00031', picking_type_id => 2,
          location_id => 5, location_dest_id => 9, partner_id => 16, carrier_tracking_ref => 'AZ-31', carrier_id => 1,
          carrier_price => 19.9, scheduled_date => '2026-11-20 09:00:00', date_done => '2026-11-20 17:30:00' },
        { id => 32, name => 'WH/OUT/00032', state => 'assigned', origin => 'S00031', picking_type_id => 2,
          location_id => 5, location_dest_id => 9, partner_id => 14, carrier_tracking_ref => 'AZ-32', carrier_id => 2 },
        { id => 33, name => 'WH/OUT/00033', state => 'done', origin => 'S00033', picking_type_id => 2,
          location_id => 5, location_dest_id => 9, partner_id => 9, carrier_id => 1, carrier_price => 7.5,
          carrier_tracking_ref => 'AC-33' },
        { id => 34, name => 'WH/IN/00034', state => 'done', origin => 'S00034', picking_type_id => 1,
          location_id => 4, location_dest_id => 5, partner_id => 14 }],
    'mail.message' => [
        map({ { model => 'stock.picking', res_id => 31, message_type => 'comment', @$_ } }
            [date => '2026-11-20 10:00:00', message_id => '<dhl_ev_1@logistics>',
             body => '<p><b>Picked up</b> · 2026-11-20T10:00:00Z · Berlin</p><p>dhl · AZ-31</p>'],
            [date => '2026-11-20 12:00:00', message_id => '<dhl_ev_2@logistics>',
             body => "<p><b>Held by customs</b></p>$SCRIPT"],
            [date => '2026-11-20 17:30:00', message_id => '<dhl_ev_3@logistics>', body => '<p><b>Delivered</b></p>'],
            [date => '2026-11-20 18:00:00', message_id => '<1234@example.com>', body => '<p>customer is angry</p>'],
            [date => '2026-11-20 18:01:00', body => '<p>internal: do not tell</p>'])],
    'ir.attachment' => [
        map({ { res_model => 'stock.picking', res_id => 31, mimetype => 'application/pdf', file_size => 1000, @$_ } }
            [name => 'pod.pdf', description => 'POD'], [name => 'note.pdf', description => 'Delivery note'],
            [name => 'claim.pdf', description => 'Internal claim']),
        { res_model => 'sale.order', res_id => 31, name => 'other.pdf', description => 'POD' }],
    'product.product' => [
        { id => 50, name => 'Widget', default_code => 'W-1', barcode => '4006381333931' },
        { id => 51, name => 'Gadget, 2nd', default_code => 'G%_2' }],
    'stock.quant' => [
        map({ { product_id => 50, location_id => 8, quantity => $_ + 0.5, reserved_quantity => 1,
                available_quantity => $_ - 0.5 } } 1 .. 25),
        { product_id => 51, location_id => 8, quantity => 3, owner_id => 14 },
        { product_id => 50, location_id => 5, quantity => 777 },               # not the partner's place
        { product_id => 50, location_id => 5, quantity => 2, owner_id => 14 },
        { product_id => 50, location_id => 9, quantity => 888, owner_id => 14 }], # at the customer's: not stock
    'fleet.vehicle.state' => [{ id => 44, name => 'Downgraded', sequence => 9 }],
    'fleet.service.type' => [{ id => 41, name => 'Repair and maintenance', category => 'service' }],
    'res.company' => [{ id => 2, name => 'Another Company' }],
    'fleet.vehicle' => [
        { id => 61, license_plate => 'B-LG 61', model_id => 1, vin_sn => 'WDB9634031L000061', state_id => 1,
          company_id => 1, odometer => 1234.5 },
        { id => 62, license_plate => 'B-LG 62', model_id => 1, vin_sn => 'WDB9634031L000062', state_id => 1, company_id => 1 },
        { id => 63, license_plate => 'B-LG 63', model_id => 1, vin_sn => 'WDB9634031L000063', state_id => 44, company_id => 1 },
        { id => 64, license_plate => 'B-LG 64', model_id => 1, vin_sn => 'WDB9634031L000064', state_id => 1, company_id => 2 }],
    'fleet.vehicle.log.services' => [
        { vehicle_id => 61, description => 'Oil', state => 'new', date => '2026-12-01', amount => 99, service_type_id => 41 },
        { vehicle_id => 61, description => 'Brakes', state => 'done', date => '2026-10-01', amount => 500, service_type_id => 41 },
        { vehicle_id => 62, description => 'Gearbox', state => 'running', date => '2026-11-01', amount => 4000, service_type_id => 41 }],
    'account.move' => [
        { id => 71, name => 'INV/2026/00071', move_type => 'out_invoice', state => 'posted', partner_id => 9, ref => 'PO-9',
          invoice_date => '2026-11-01', invoice_date_due => '2026-12-01', amount_residual => 12.1, payment_state => 'partial' },
        { id => 72, name => 'BILL/2026/00072', move_type => 'in_invoice', state => 'posted', partner_id => 15, ref => 'AX-1',
          invoice_date => '2026-11-02', payment_state => 'not_paid' },
        { id => 73, name => 'INV/2026/00073', move_type => 'out_invoice', state => 'draft', partner_id => 9 }],
    'account.move.line' => [
        { move_id => 71, name => 'Transport', quantity => 2, price_unit => 10, price_subtotal => 20 },
        { move_id => 71, name => 'Toll', quantity => 1, price_unit => 4.1, price_subtotal => 4.1 },
        { move_id => 71, name => 'VAT', display_type => 'tax', price_unit => 0 }],
);
spew("$dir/seed.json", encode_json(\%seed));

my ($gw, %token);

sub get {
    my ($path, $partner, @more) = @_;
    return $gw->get($path, bearer($token{$partner} //= $gw->token(partner => $partner)), @more);
}

sub read_ok {
    my ($path, $partner, $name) = @_;
    my $answer = get($path, $partner);
    is($answer->{status}, 200, $name // "$partner: $path") or diag $answer->{body};
    return $answer->json;
}

sub problem {
    my ($path, $partner, $status, $code, $text, $name) = @_;
    my $answer = get($path, $partner);
    is($answer->{status}, $status, $name // "$partner: $path: $status") or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, $code, '… code');
    like($answer->json->{errors}[0]{detail}, $text, '… what to do') if $text;
    return $answer;
}

# The searches that Odoo got for what the sub does: {model, domain, fields}.
sub calls_of {
    my ($do) = @_;
    my $before = @{ $gw->odoo_calls->{calls} };
    $do->();
    my @calls = @{ $gw->odoo_calls->{calls} };
    return map { { model => $_->{call} =~ s/\.search_read$//r, %{ $_->{search} } } } grep { $_->{search} } @calls[$before .. $#calls];
}

sub shipments {
    my ($delivery) = @_;
    my $ref = $delivery ? 'AZ-31' : 'WH/OUT/00031';

    my $seen = $delivery ? read_ok("/v1/shipments/$ref", 'dhl') : undef;
    if ($delivery) {
        is($seen->{ref}, $ref);
        is($seen->{state}, 'done');
        is($seen->{order}, 'S00031');
        is($seen->{carrier}, 'DHL', 'a many2one is its name');
        is($seen->{scheduled_at}, '2026-11-20T09:00:00Z', "Odoo's naive times are UTC");
        is($seen->{done_at}, '2026-11-20T17:30:00Z');
        is($seen->{last_event}, 'shipment.delivered');
        is_deeply([map { "$_->{type} $_->{at}" } @{ $seen->{events} }],
            ['shipment.delivered 2026-11-20T17:30:00Z', 'shipment.customs_held 2026-11-20T12:00:00Z',
             'shipment.picked_up 2026-11-20T10:00:00Z'], 'the timeline, newest first');
        is($seen->{events}[1]{text}, 'Held by customs', 'what it says first');
        ok(!exists $seen->{events}[1]{note}, 'and no more: amounts may stand there');
        is($seen->{events}[2]{title}, 'Picked up');
        ok($seen->{events_complete});
        ok(!exists $seen->{documents}, 'no documents without the scope');
        my $body = encode_json($seen);
        unlike($body, qr/angry|internal/, "colleagues' words stay in Odoo");
        unlike($body, qr/cost|19\.9/, 'a carrier sees no price');
        is_deeply([map { $_->{name} } @{ $seen->{transfers} }], ['WH/OUT/00031'], 'one transfer');
        problem('/v1/shipments/AZ-32', 'dhl', 404, 'unknown', qr/no shipment of that reference that partner "dhl" may see/);
        is(read_ok('/v1/shipments/AZ-32', 'acme-express')->{state}, 'ready', 'the other carrier has it');
        problem('/v1/shipments/AZ-31', 'acme-express', 404, 'unknown');
    } else {
        # without stock_delivery there is no carrier_id: a carrier is bound by nothing else
        problem("/v1/shipments/$ref", 'dhl', 404, 'unknown', undef, 'a condition on a missing field matches nothing');
    }

    $seen = read_ok("/v1/shipments/$ref", 'azure-interior');
    is_deeply([sort keys %$seen], [sort qw(ref state order scheduled_at done_at events documents), $delivery ? 'tracking' : ()],
        'a portal sees what is listed for it');
    is_deeply([map { $_->{type} } @{ $seen->{events} }], ['shipment.delivered', 'shipment.picked_up'],
        'approved statuses only');
    is_deeply([sort keys %{ $seen->{events}[0] }], [qw(at title type)], 'and not their words');
    is_deeply([sort map { $_->{name} } @{ $seen->{documents} }], ['note.pdf', 'pod.pdf'], 'approved documents only');
    unlike(encode_json($seen), qr/claim|other\.pdf|customs/i);
    is_deeply(read_ok('/v1/shipments/S00031', 'azure-interior')->{ref}, 'S00031', 'by its order, address of a contact below');
    problem('/v1/shipments/S00033', 'azure-interior', 404, 'unknown', undef, "another customer's is not there");
    problem('/v1/shipments/S00099', 'azure-interior', 404, 'unknown', undef, 'as if it were none');
    is(get('/v1/shipments/S00033', 'azure-interior')->json->{errors}[0]{detail},
       get('/v1/shipments/S00099', 'azure-interior')->json->{errors}[0]{detail}, '… word by word');

    # a customer with invoices:read beside tracking:read sees the price, and Odoo is asked for it only then
    my ($call) = grep { $_->{model} eq 'stock.picking' }
        calls_of(sub { $seen = read_ok('/v1/shipments/S00033', 'acme-corp') });
    is($seen->{transfers}[0]{cost}, $delivery ? '7.50' : undef, 'its price, as a decimal');
    ok(!exists $seen->{documents}, 'what there is none of is left out');
    is(scalar(grep { $_ eq 'carrier_price' } @{ $call->{fields} }), $delivery ? 1 : 0, 'asked with the scope');
    my @calls = calls_of(sub { get($delivery ? "/v1/shipments/$ref" : '/v1/shipments/S00031', $delivery ? 'dhl' : 'azure-interior') });
    unlike(encode_json(\@calls), qr/carrier_price|amount/, 'not asked without');
    is(scalar(grep { $_->{model} eq 'ir.attachment' } @calls), $delivery ? 0 : 1, 'nor documents') ;
    return;
}

sub scopes {
    my $only = $gw->token(partner => 'acme-corp', scope => 'invoices:read');
    my $answer = $gw->get('/v1/shipments/S00033', bearer($only));
    is($answer->{status}, 403, 'invoices:read alone opens no shipment');
    is($answer->json->{errors}[0]{code}, 'scope-missing');
    $answer = $gw->get('/v1/shipments/S00033', bearer($gw->token(partner => 'acme-corp', scope => 'tracking:read')));
    is($answer->{status}, 200);
    ok(!exists $answer->json->{transfers}[0]{cost}, "the token's scopes count, not the partner's grants");
    problem('/v1/invoices/INV/2026/00071', 'dhl', 403, 'scope-missing');
    is($gw->request('POST', '/v1/inventory', [bearer($token{dhl})], '{}')->{status}, 405);
    return;
}

sub inventory {
    my $all = read_ok('/v1/inventory?sku=W-1', 'acme-corp');
    is(scalar @{ $all->{items} }, 25, 'what lies at its place');
    is($all->{next}, undef);
    is_deeply($all->{items}[0], { sku => 'W-1', name => 'Widget', barcode => '4006381333931', location => 'WH/Stock',
        quantity => '1.500', reserved => '1.000', available => '0.500' }, 'an item');
    unlike(encode_json($all), qr/777|888/);
    is_deeply(read_ok('/v1/inventory?sku=G%25_2,W-1', 'azure-interior')->{items},
        [{ sku => 'G%_2', name => 'Gadget, 2nd', available => '0.000' }, { sku => 'W-1', name => 'Widget', available => '0.000' }],
        'a portal: what it owns, three members');
    is_deeply(read_ok('/v1/inventory?sku=NONE', 'acme-corp'), { items => [], next => undef }, 'nothing is an empty list');
    my @calls = calls_of(sub { read_ok('/v1/inventory?sku=NONE', 'acme-corp') });
    is_deeply([map { $_->{model} } @calls], ['product.product'], 'and no further question');
    return;
}

# Rows come and go between pages: every row that was there all the time is told once.
sub pages {
    my (@ids, $n, %seen);
    my $path = '/v1/inventory?sku=W-1&limit=7';

    while (defined $path) {
        my $answer = get($path, 'acme-corp');
        is($answer->{status}, 200, $path) or diag($answer->{body}), last;
        my $page = $answer->json;
        $seen{ $_->{quantity} }++ for @{ $page->{items} };
        $n++;
        my $link = $answer->header('Link');
        is(!!$link, defined $page->{next}, 'Link where there is a next');
        if (defined $link) {
            my ($query) = $link =~ /^<\?(.*)>; rel="next"$/;
            like($query, qr/^sku=W-1&limit=7&cursor=\Q$page->{next}\E$/, 'it leads on');
            $path = "/v1/inventory?$query";
        } else {
            $path = undef;
        }
        change_stock("insert into stock_quant (id, product_id, location_id, quantity) values (@{[1 + $n]}000, 50, 8, 9000 + $n)");
        change_stock('delete from stock_quant where product_id = 50 and quantity = 1.5') if $n == 2;
    }
    is_deeply([grep { $seen{$_} != 1 } keys %seen], [], 'nothing twice');
    is(scalar(grep { $_ < 9000 } keys %seen), 25, 'nothing skipped');
    change_stock('delete from stock_quant where quantity > 9000');
    cmp_ok($n, '>=', 4, 'pages');
    return;
}

sub change_stock {
    my ($sql) = @_;
    my $program = 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None); db.execute(sys.argv[2])';
    system('python3', '-c', $program, $gw->{odoo_server}{db}, $sql) == 0 or die 'change_stock';
    return;
}

sub cursors {
    my $next = read_ok('/v1/inventory?sku=W-1&limit=5', 'acme-corp')->{next};
    my $forged = $next;
    substr($forged, 4, 1) = substr($forged, 4, 1) eq 'A' ? 'B' : 'A';
    my $try = sub { problem("/v1/inventory?$_[0]", $_[1], 400, 'cursor', qr/begin again without one/, $_[2]) };

    $try->("sku=W-1&cursor=$forged", 'acme-corp', 'a changed cursor');
    $try->("sku=W-1&cursor=" . substr($next, 0, -4), 'acme-corp', 'a cut one');
    $try->('sku=W-1&cursor=AAAA', 'acme-corp', 'an invented one');
    $try->('sku=W-1&cursor=' . 'A' x 4000, 'acme-corp', 'a long one');
    $try->("sku=W-2&cursor=$next", 'acme-corp', 'one of other parameters');
    $try->("sku=W-1&cursor=$next", 'azure-interior', 'one of another partner');
    is(get("/v1/inventory?sku=W-1&limit=20&cursor=$next", 'acme-corp')->{status}, 200, 'the size of a page may change');
    return;
}

sub parameters {
    my @bad = (
        ['sku=W-1&limt=3', 'parameter-unknown', qr/"limt".*did you mean "limit"/],
        ['sku=W-1&owner_id=9', 'parameter-unknown', qr/no parameter "owner_id"/],
        ['', 'parameter-missing', qr/"sku" is missing/],
        ['sku=', 'parameter-value', qr/empty/],
        ['sku=a&sku=b', 'parameter-twice', qr/"sku" stands twice; several values are joined by a comma/],
        ['sku=W-1&limit=0', 'parameter-value', qr/from 1 to 200/],
        ['sku=W-1&limit=201', 'parameter-value', qr/from 1 to 200/],
        ['sku=W-1&limit=-1', 'parameter-value', qr/from 1 to 200/],
        ['sku=W-1&limit=1e2', 'parameter-value', qr/from 1 to 200/],
        ['sku=W-1&limit=5&limit=5', 'parameter-twice', qr/limit/],
        ['sku=' . join(',', 1 .. 51), 'parameter-value', qr/51 values; it takes up to 50/],
        ['sku=' . 'x' x 65, 'parameter-value', qr/65 bytes; at most 64/],
        ['sku=%00', 'parameter-value', qr/control character/],
        ['sku=a%0Ab', 'parameter-value', qr/control character/],
        ['sku=%zz', 'query', qr/not well encoded/],
        ['sku=%C3', 'query', qr/not well encoded/],
        ['sku=' . 'x,' x 5000, 'query', qr/at most 8192/],
    );
    problem("/v1/inventory?$_->[0]", 'acme-corp', 400, $_->[1], $_->[2], substr $_->[0], 0, 40) for @bad;
    problem('/v1/shipments/x?limit=1', 'acme-corp', 400, 'parameter-unknown', qr/no parameter "limit" here/, 'one thing has no pages');
    problem('/v1/shipments/' . 'x' x 65, 'acme-corp', 400, 'parameter-value', qr/at most 64/);
    return;
}

# Whatever is sent is compared with, never read as a pattern, an operator or a domain.
sub injections {
    my @values = ('%25', '_____', '%25-%25', "W-1'%20OR%20'1'='1", '%22%5D%2C%5B%22id%22%2C%22%3E%22%2C0%5D', '$partner.contact_id',
        'false', 'null', '%7B%7D', '%5B%22|%22%5D', '*', "%F0%9F%9A%9A");
    for my $value (@values) {
        my ($call) = calls_of(sub { is_deeply(read_ok("/v1/inventory?sku=$value", 'acme-corp')->{items}, [], "sku=$value") });
        my @texts = split /,/, Encode::decode('UTF-8', $value =~ s/%(..)/chr hex $1/ger);
        is_deeply($call->{domain}, [@texts == 1 ? ['default_code', '=', @texts] : ['default_code', 'in', \@texts]], '… equal, and nothing else');
    }
    for my $value ('%25', 'S0003_', '%22', '[]', '..%2f..%2fetc', "S00031'--") {
        my $answer = get("/v1/shipments/$value", 'acme-corp');
        like($answer->{status}, qr/^40[04]$/, "ref=$value: $answer->{status}");
    }
    return;
}

sub vehicles {
    my $seen = read_ok('/v1/vehicles/WDB9634031L000061/availability', 'north-telematics');
    is_deeply($seen, { ref => 'WDB9634031L000061', vin => 'WDB9634031L000061', plate => 'B-LG 61', state => 'Registered',
        available => JSON::PP::true, odometer => { value => '1234.5', unit => 'km' },
        services => [{ state => 'new', on => '2026-12-01', kind => 'Repair and maintenance', text => 'Oil' }] }, 'free, a service ahead');
    is(read_ok('/v1/vehicles/B-LG%2062/availability', 'north-telematics')->{available}, JSON::PP::false, 'in the workshop, by plate');
    is(read_ok('/v1/vehicles/WDB9634031L000063/availability', 'north-telematics')->{available}, JSON::PP::false, 'held by its state');
    problem('/v1/vehicles/WDB9634031L000064/availability', 'north-telematics', 404, 'unknown', undef, "another company's");
    return;
}

sub invoices {
    my $seen = read_ok('/v1/invoices/INV/2026/00071', 'acme-corp');
    is_deeply([@$seen{qw(name kind dated due payment currency open their_ref)}],
        ['INV/2026/00071', 'invoice', '2026-11-01', '2026-12-01', 'partial', 'USD', '12.10', 'PO-9']);
    is_deeply($seen->{lines}, [{ text => 'Transport', quantity => '2.000', price => '10.0', subtotal => '20.00' },
        { text => 'Toll', quantity => '1.000', price => '4.1', subtotal => '4.10' }], 'lines, without the tax');
    is_deeply(read_ok('/v1/invoices/INV%2F2026%2F00071', 'acme-corp'), $seen, 'its number encoded');
    is(read_ok('/v1/invoices/PO-9', 'acme-corp')->{name}, 'INV/2026/00071', 'by their own reference');
    problem('/v1/invoices/INV/2026/00073', 'acme-corp', 404, 'unknown', undef, 'a draft is none yet');
    my @calls = calls_of(sub { $seen = read_ok('/v1/invoices/AX-1', 'acme-express') });
    is_deeply($seen, { ref => 'AX-1', name => 'BILL/2026/00072', kind => 'bill', their_ref => 'AX-1', dated => '2026-11-02',
        payment => 'open' }, 'a carrier sees that its bill is there, no amount');
    unlike(encode_json(\@calls), qr/amount|price/, 'and Odoo was asked for none');
    problem('/v1/invoices/INV/2026/00071', 'acme-express', 404, 'unknown', undef, "not another's");
    return;
}

sub tags {
    my $first = get('/v1/invoices/PO-9', 'acme-corp');
    my $tag = $first->header('ETag');
    like($tag, qr/^"[0-9a-f]{32}"$/, 'a strong tag');
    is($first->header('Cache-Control'), 'private, no-cache');
    is($first->header('Vary'), 'Accept, Authorization');
    is(get('/v1/invoices/PO-9', 'acme-corp')->header('ETag'), $tag, 'the same bytes, the same tag');
    for my $known ($tag, "\"x\", $tag", "W/$tag", '*') {
        my $again = get('/v1/invoices/PO-9', 'acme-corp', 'If-None-Match' => $known);
        is($again->{status}, 304, "If-None-Match: $known");
        is($again->{body}, '', '… without a body');
        is($again->header('ETag'), $tag, '… with the tag');
        is($again->header('Content-Type'), undef);
    }
    is(get('/v1/invoices/PO-9', 'acme-corp', 'If-None-Match' => '"x"')->{status}, 200, 'another tag');
    is(get('/v1/invoices/PO-99', 'acme-corp', 'If-None-Match' => '*')->{status}, 404, 'what is not there is not known');
    my $head = $gw->request('HEAD', '/v1/invoices/PO-9', [bearer($token{'acme-corp'})]);
    is($head->{status}, 200, 'HEAD');
    is($head->header('ETag'), $tag);
    is($head->{body}, '');
    change_stock("update account_move set payment_state = 'paid' where id = 71");
    my $changed = get('/v1/invoices/PO-9', 'acme-corp', 'If-None-Match' => $tag);
    is($changed->{status}, 200, 'it changed');
    isnt($changed->header('ETag'), $tag);
    change_stock("update account_move set payment_state = 'partial' where id = 71");
    return;
}

# The same answer in other forms, by Accept (docs/reading.md).
sub forms {
    my $path = '/v1/inventory?sku=W-1&limit=2';
    my %tag;
    my %accept = (json => 'application/json', csv => 'text/csv', ndjson => 'application/x-ndjson');

    for my $form (sort keys %accept) {
        my $answer = get($path, 'acme-corp', Accept => "text/html, $accept{$form};q=0.8, */*;q=0.1");
        is($answer->{status}, 200, $form) or diag $answer->{body};
        like($answer->header('Content-Type'), qr/^\Q$accept{$form}\E(?:; charset=utf-8)?$/);
        is($answer->header('Vary'), 'Accept, Authorization', 'what it depends on');
        like($answer->header('Link'), qr/^<\?sku=W-1&limit=2&cursor=[\w-]+>; rel="next"$/, 'the next page');
        $tag{ $answer->header('ETag') } = $answer->{body};
        my $known = get($path, 'acme-corp', Accept => $accept{$form}, 'If-None-Match' => $answer->header('ETag'));
        is($known->{status}, 304, 'its tag is known again');
        is($known->header('Vary'), 'Accept, Authorization');
        my $head = $gw->request('HEAD', $path, [bearer($token{'acme-corp'}), Accept => $accept{$form}]);
        is($head->header('ETag'), $answer->header('ETag'), 'HEAD: the same');
        is($head->header('Content-Type'), $answer->header('Content-Type'));
    }
    is(scalar keys %tag, 3, 'a tag each');
    is((grep {/^sku,/} values %tag)[0], "sku,name,barcode,location,lot,quantity,reserved,available\r\n"
        . join('', map {"W-1,Widget,4006381333931,WH/Stock,,$_\r\n"} '2.500,1.000,1.500', '3.500,1.000,2.500'), 'the table');
    is(get('/v1/inventory?sku=NONE', 'acme-corp', Accept => 'text/csv')->{body},
        "sku,name,barcode,location,lot,quantity,reserved,available\r\n", 'of nothing: its header');
    is(get('/v1/inventory?sku=NONE', 'acme-corp', Accept => 'application/x-ndjson')->{body}, '', 'no line');
    like(get($path, 'azure-interior', Accept => 'text/csv')->{body}, qr/^W-1,Widget,,,,,,0\.000\r\n\z/m, 'a scope sees no more of it');
    is($gw->get($path, bearer($token{'acme-corp'}), Accept => 'text/html', Accept => 'text/csv')->header('Content-Type'),
        'text/csv; charset=utf-8', 'two headers are one list');

    my @calls = calls_of(sub {
        my $answer = get($path, 'acme-corp', Accept => 'application/xml, application/json;q=0, text/*;q=0');
        is($answer->{status}, 406) or diag $answer->{body};
        is($answer->json->{errors}[0]{code}, 'accept');
        like($answer->json->{detail}, qr{"application/xml, .*" is none of what there is of this: application/json, application/x-ndjson, text/csv; charset=utf-8, application/edi-x12, application/edifact$});
    });
    is(scalar @calls, 0, 'Odoo is not asked for what nobody takes');
    my $xml = get('/v1/shipments/S00031', 'azure-interior', Accept => 'application/xml');
    is($xml->{status}, 200) or diag $xml->{body};
    is($xml->header('Content-Type'), 'application/xml');
    like($xml->{body}, qr{^<Shipment ref="S00031" .*<Event type="shipment\.delivered" title="Delivered" at="2026-11-20T17:30:00Z"/>}m);
    my $none = get('/v1/shipments/S00099', 'azure-interior', Accept => 'application/xml');
    is($none->{status}, 404);
    is($none->header('Content-Type'), 'application/problem+json', 'a problem is a problem in any form');
    return;
}

sub outages {
    for my $case ([{ fault => 'db-down', times => 0 }, 503, 'odoo-away'], [{ fault => 'cut-before', match => 'search_read', times => 0 }, 503, 'odoo-away'],
        [{ fault => 'hang', match => 'search_read' }, 503, 'odoo-away'], [{ fault => 'serialization', match => 'search_read', times => 0 }, 503, 'odoo-busy'],
        [{ fault => 'access-error', match => 'search_read', times => 0 }, 502, 'odoo-credentials']) {
        my ($fault, $status, $slug) = @$case;
        $gw->odoo_control(%$fault);
        my $answer = get('/v1/invoices/PO-9', 'acme-corp');
        is($answer->{status}, $status, "$fault->{fault}: $status") or diag $answer->{body};
        like($answer->json->{type}, qr{/\Q$slug\E$});
        is($answer->header('ETag'), undef, 'no tag on a problem');
        $gw->odoo_control(reset => JSON::PP::true);
    }
    $gw->odoo_control(fault => 'serialization', match => 'search_read');
    is(get('/v1/invoices/PO-9', 'acme-corp')->{status}, 200, 'rolled back once: asked again');
    $gw->odoo_control(reset => JSON::PP::true);
    return;
}

# What the gateway wrote of an event, it reads back as that event.
sub round_trip {
    my @types = map { /^  ([\w.]+): \{place: transfer, / ? $1 : () }
        split /\n/, slurp(root() . '/lua-free-policies/codelists/event-places.yaml');
    my $n = 0;
    my $ops = $gw->token(partner => 'ops');

    cmp_ok(scalar @types, '>=', 20, 'types');
    my @events = map { {
        v => 1, id => sprintf('ev_%064x', ++$n), type => $_, timing => 'actual', occurred_at => sprintf('2026-11-21T10:%02d:00Z', $n),
        local => sprintf('2026-11-21T10:%02d:00', $n), refs => [{ t => 'tracking', v => 'S00033' }],
        src => { partner => 'ops', format => 'json' } } } @types;
    my %route = (wms => 'warehouse-events', cost => 'costs');
    my $answer;
    for my $kind ('wms', 'cost', '') {
        my @some = grep { my ($its) = $_->{type} =~ /^(\w+)/; ($route{$its} ? $its : '') eq $kind } @events;
        $answer = $gw->post_json('/v1/' . ($route{$kind} // 'tracking-events'), \@some, bearer($ops));
        is($answer->{status}, 200, 'written') or diag $answer->{body};
    }
    my $seen = read_ok('/v1/shipments/S00033', 'acme-corp');
    is_deeply([reverse map { $_->{type} } @{ $seen->{events} }], \@types, 'every type comes back');
    is($seen->{events}[-1]{at}, '2026-11-21T10:01:00Z', 'at its time');

    my %event = (%{ $events[0] }, id => 'ev_' . 'f' x 64, occurred_at => '2026-11-21T11:59:00Z', note => 'hello <script>alert(1)</script> & <b>you</b>',
        amounts => [{ kind => 'freight', amount => '41.20', cur => 'EUR' }]);
    $answer = $gw->post_json('/v1/tracking-events', [\%event], bearer($ops));
    is($answer->{status}, 200) or diag $answer->{body};
    like(read_ok('/v1/shipments/S00033', 'acme-corp')->{events}[0]{note}, qr/^hello <script>alert\(1\)<\/script> & <b>you<\/b>$/m,
        'what a partner wrote as text comes back as that text');
    unlike(encode_json(read_ok('/v1/shipments/AC-33', 'dhl')), qr/41\.20|script/, 'a carrier sees neither amounts nor words');
    return;
}

for my $case ([19, 'json2', 1], [17, 'jsonrpc', 1], [19, 'jsonrpc', 0]) {
    my ($version, $api, $delivery) = @$case;

    subtest "Odoo $version, $api, stock_delivery: " . ($delivery ? 'yes' : 'no') => sub {
        %token = ();
        $gw = gateway(odoo => $version, odoo_args => ['--seed', "$dir/seed.json", $delivery ? '--stock-delivery' : ()],
            policies => { 'gateway.yaml' => sub { s/api: json2/api: $api/; s/timeout: 30s/timeout: 1s/ },
                map { ("partners/$_.yaml" => sub { s/^limits: .*\n//m }) } qw(acme-corp azure-interior) });
        subtest shipments => sub { shipments($delivery) };
        subtest scopes => \&scopes;
        subtest inventory => \&inventory;
        subtest pages => \&pages;
        subtest cursors => \&cursors;
        subtest parameters => \&parameters;
        subtest injections => \&injections;
        subtest vehicles => \&vehicles;
        subtest invoices => \&invoices;
        subtest tags => \&tags;
        subtest forms => \&forms;
        subtest outages => \&outages;
        subtest 'round trip' => \&round_trip if $delivery;
        finish($gw);
    };
}
done_testing();
