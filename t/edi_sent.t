# EDI that we write: reads by Accept and what a forward sends on, in envelopes of ours, numbered in Redis.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;

my $up = upstream(sub { return [202, { 'Content-Type' => 'text/plain' }, 'taken'] });

sub partner {
    my ($name, $edi) = @_;
    return ("partners/$name.yaml" => <<"END");
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [tracking:write, tracking:read, trace:read, inventory:read, invoices:read, invoices:status]
timezone: America/Denver
odoo: {scope: all, carrier_id: 2, contact_id: 9, location_ids: [8]}
limits: {rate: 1000/s, burst: 1000}
formats: {edi: {x12: t-214, edifact: t-iftsta}, tracking-events: {json: canonical}}
$edi
END
}

my $dir = File::Temp->newdir;
spew("$dir/seed.json", encode_json({
    'product.product' => [{ id => 50, name => 'Widget', default_code => 'W-1', barcode => '4006381333931' }],
    'stock.quant' => [map { { product_id => 50, location_id => 8, quantity => $_, reserved_quantity => 1, available_quantity => $_ - 1 } } 5, 7],
    'account.move' => [
        { id => 71, name => 'INV/2026/00071', move_type => 'out_invoice', state => 'posted', partner_id => 9, ref => 'PO-9',
          invoice_date => '2026-11-01', invoice_date_due => '2026-12-01', amount_untaxed => 24.1, amount_total => 24.1,
          amount_residual => 24.1, payment_state => 'not_paid' },
        { id => 72, name => 'BILL/2026/00072', move_type => 'in_invoice', state => 'posted', partner_id => 9, ref => 'AX-1',
          invoice_date => '2026-11-02', payment_state => 'not_paid' }],
    'account.move.line' => [
        { move_id => 71, name => 'Transport', quantity => 2, product_uom_id => 1, price_unit => 10, price_subtotal => 20 },
        { move_id => 71, name => 'Toll', quantity => 1, price_unit => 4.1, price_subtotal => 4.1 }],
}));
my $gw = gateway(odoo => 19, append_only => 1, odoo_args => ['--stock-delivery', '--seed', "$dir/seed.json"], forward => $up, policies => {
    edi_mappings(),
    partner('sender', 'edi: {id: [ZZ/SENDER, "14/SENDER"], ours: OURS}'),
    partner('other', 'edi: {id: OTHER, ours: OURS}'),
    partner('none', ''),
    'codelists/carrier-scac.yaml' => "codelist: carrier-scac\ncodes: {ACME Express: ACMX}\n",
    map {
        my ($name, $as) = @$_;
        ("routes/as-$name.yaml" => <<"END")
route: as-$name
path: /v1/as/$name
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: forward, upstream: tms, as: $as}
END
    } ['x12', 'event-to-214'], ['edifact', 'event-to-iftsta'],
});
my %token = map { $_ => $gw->token(partner => $_) } qw(sender other none);
my $SHIPMENT = "/v1/shipments/$TRACKING";
my $X12 = 'application/edi-x12';

sub read_as {
    my ($who, $type, @more) = @_;
    return $gw->get($SHIPMENT, bearer($token{$who}), Accept => $type, @more);
}

# Our control number in what we wrote.
sub number {
    my ($answer) = @_;
    my ($isa) = $answer->{body} =~ /^ISA.*\*(\d{9})\*0\*[PT]\*>~/ or return;
    return $isa + 0;
}

my $EVENT = { v => 1, id => 'ev_00000001', type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z',
    tz_from => 'offset', refs => [{ t => 'tracking', v => 'A1' }],
    party => [{ role => 'carrier', ids => [{ s => 'scac', v => 'ABCD' }] }] };

sub event {
    my ($who, %other) = @_;
    return { %$EVENT, src => { partner => $who, format => 'json' }, %other };
}

is($gw->post_json('/v1/tracking-events', [
        event(sender => refs => [{ t => 'tracking', v => $TRACKING }]),
        event(sender => id => 'ev_00000002', type => 'shipment.in_transit', occurred_at => '2026-11-19T08:15:00+01:00', refs => [{ t => 'tracking', v => $TRACKING }]),
        event(sender => id => 'ev_00000003', type => 'shipment.unknown', refs => [{ t => 'tracking', v => $TRACKING }]),
    ], bearer($token{sender}))->{status}, 200, 'things happened to the shipment');

subtest 'a shipment as 214' => sub {
    my $answer = read_as(sender => $X12);
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->header('Content-Type'), $X12);
    like($answer->{body}, qr/^ISA\*00\* {10}\*00\* {10}\*ZZ\*OURS {11}\*ZZ\*SENDER {9}\*\d{6}\*\d{4}\*U\*00401\*\d{9}\*0\*P\*>~\nGS\*QM\*OURS\*SENDER\*/, 'from us to them');
    is_deeply([segments($answer->{body}, '214')], ["B10*$TRACKING*S00011*ACMX", 'LX*1', 'AT7*D1*NS***20261120*1000*UT',
        'LX*2', 'AT7*X6*NS***20261119*0715*UT'], 'what has a code, newest first')
        or diag $answer->{body};
    my $number = number($answer);
    like($answer->{body}, qr/^IEA\*1\*0*$number~$/m, 'one number');
    like($answer->{body}, qr/^GE\*1\*$number~$/m);
    is(number(read_as(sender => $X12)), $number + 1, 'the next answer is another interchange');
    my $ack = post_edi($gw, $token{sender}, x12([status('WOT')]), Accept => $X12);
    is(number($ack), $number + 2, 'acknowledgements count with it');
    is(number(read_as(other => $X12)), 1, "another relation counts by itself");
};

subtest 'a shipment as IFTSTA' => sub {
    my $answer = read_as(sender => 'application/edifact');
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->header('Content-Type'), 'application/edifact');
    like($answer->{body}, qr/^UNB\+UNOC:3\+OURS\+SENDER:ZZ\+\d{6}:\d{4}\+1'\nUNH\+1\+IFTSTA:D:96A:UN'/, 'a relation of its own');
    like(join('|', segments($answer->{body}, 'IFTSTA')), qr/\|CNI\+1\+$TRACKING\|STS\+1\+21\|DTM\+334:202611201000\?\+0000:205\|STS\+1\+31\|DTM\+334:202611190715\?\+0000:205$/) or diag $answer->{body};
    like(read_as(sender => 'application/edifact')->{body}, qr/^UNB\+.*\+2'\n/, 'counted');
};

subtest 'what nobody reads takes no number' => sub {
    my $answer = read_as(sender => $X12);
    my $number = number($answer);
    my $etag = $answer->header('ETag');
    like($etag, qr{^W/"[0-9a-f]{32}"$}, 'a weak tag: the number is another each time');
    my $known = read_as(sender => $X12, 'If-None-Match' => $etag);
    is($known->{status}, 304, 'the same shipment') or diag $known->{body};
    my $head = $gw->request('HEAD', $SHIPMENT, [bearer($token{sender}), Accept => $X12]);
    is($head->{status}, 200);
    is($head->header('ETag'), $etag, 'HEAD has the tag');
    is($head->header('Content-Length'), undef, 'and no length');
    my $json = read_as(sender => 'application/json');
    isnt($json->header('ETag'), $etag);
    my $next = read_as(sender => $X12, 'If-None-Match' => '"0123"');
    is($next->{status}, 200);
    is(number($next), $number + 1, 'the next number');
    is($next->header('ETag'), $etag, 'the tag is that of the shipment');
};

subtest 'stock as 846 and INVRPT, page by page' => sub {
    my $read = sub { return $gw->get($_[0], bearer($token{sender}), Accept => $_[1], @_[2 .. $#_]) };
    my $path = '/v1/inventory?sku=W-1&limit=1';
    my $answer = $read->($path, $X12);
    is($answer->{status}, 200) or diag $answer->{body};
    my ($bia, $dtm, @rest) = segments($answer->{body}, '846');
    like($bia, qr/^BIA\*00\*LC\*(\d{8})(\d{6})\*\1\*\2$/, 'of when it was asked');
    like($dtm, qr/^DTM\*097\*\d{8}\*\d{6}\*UT$/, 'in UTC');
    is_deeply(\@rest, ['LIN*1*SK*W-1*EN*4006381333931', 'PID*F****Widget', 'REF*WS*WH/Stock', 'QTY*17*5.000', 'QTY*33*4.000',
        'QTY*27*1.000', 'CTT*1'], 'a line') or diag $answer->{body};
    my ($next) = $answer->header('Link') =~ /^<\?(.*)>; rel="next"$/;
    like($read->("/v1/inventory?$next", $X12)->{body}, qr/^QTY\*17\*7\.000~$/m, 'the next page');
    is($read->($path, $X12, 'If-None-Match' => $answer->header('ETag'))->{status}, 304, 'the time is none of what changed');
    is($read->('/v1/inventory?sku=NONE', $X12)->{status}, 204, 'nothing is no 846');

    $answer = $read->($path, 'application/edifact');
    is($answer->{status}, 200) or diag $answer->{body};
    my (undef, undef, @lines) = segments($answer->{body}, 'INVRPT');
    is_deeply(\@lines, ['LIN+1++4006381333931:EN', 'PIA+1+W-1:SA', 'IMD+F++:::Widget', 'LOC+18+WH/Stock', 'QTY+145:5.000',
        'QTY+66:1.000'], 'as INVRPT') or diag $answer->{body};
};

subtest 'an invoice as 810 and INVOIC' => sub {
    my $read = sub { return $gw->get("/v1/invoices/$_[0]", bearer($_[2] // $token{sender}), Accept => $_[1]) };
    my $answer = $read->('INV/2026/00071', $X12);
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply([segments($answer->{body}, '810')], ['BIG*20261101*INV/2026/00071**PO-9***DI*00', 'CUR*SE*USD', 'ITD******20261201',
        'IT1*1*2.000*UN*10.0', 'PID*F****Transport', 'IT1*2*1*EA*4.10', 'PID*F****Toll', 'TDS*2410', 'CTT*2'], 'lines, without a unit in one piece')
        or diag $answer->{body};
    $answer = $read->('INV/2026/00071', 'application/edifact');
    is($answer->{status}, 200) or diag $answer->{body};
    like(join('|', segments($answer->{body}, 'INVOIC')), qr/^BGM\+380\+INV.2026.00071\+9\|.*\|MOA\+77:24\.10\|MOA\+9:24\.10$/);
    for my $type ($X12, 'application/edifact') {
        $answer = $read->('AX-1', $type);
        is($answer->{status}, 406, "$type: a bill of its own");
        like($answer->json->{detail}, qr/goes to who pays/, '… and why');
        $answer = $read->('INV/2026/00071', $type, $gw->token(partner => 'sender', scope => 'invoices:status'));
        is($answer->{status}, 406, 'amounts that the token does not see');
        like($answer->json->{detail}, qr/tells amounts/, '… and why');
    }
};

subtest 'forms that there are not' => sub {
    my $answer = read_as(none => $X12);
    is($answer->{status}, 406, 'who has agreed on no EDI') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'accept');
    unlike($answer->json->{detail}, qr/is none of what there is of this: .*edi/, 'it is not offered');
    is(read_as(none => "$X12, application/json;q=0.5")->{status}, 200, 'it gets what else it takes');
    $answer = $gw->get('/v1/shipments/NOBODYS', bearer($token{sender}), Accept => $X12);
    is($answer->{status}, 404);
    is($answer->header('Content-Type'), 'application/problem+json');
};

subtest 'two at once' => sub {
    my $before = number(read_as(sender => $X12));
    my %seen;
    my @answers = at_once(8, sub { return number(read_as(sender => $X12)) });
    $seen{$_}++ for @answers;
    is_deeply([sort { $a <=> $b } keys %seen], [$before + 1 .. $before + 8], 'each has a number, and no other has it');
};

sub forward {
    my ($who, $form, $event) = @_;
    return $gw->post_json("/v1/as/$form", [$event // event($who)], bearer($token{$who}));
}

subtest 'a forward sends it on' => sub {
    my $before = number(read_as(sender => $X12));
    my $answer = forward(sender => 'x12');
    is($answer->{status}, 202, 'the service answers') or diag $answer->{body};
    my $sent = $up->last_request;
    is($sent->{headers}{'content-type'}, $X12, 'it is told what it gets');
    is(number($sent), $before + 1, 'under a number of the relation') or diag $sent->{body};
    is_deeply([(segments($sent->{body}, 'forward'))[0]], ['B10*A1**ABCD'], 'a 214');
    my $n = $up->count;
    my $refused = forward(sender => 'x12', event(sender => party => []));
    is($refused->{status}, 422, 'what cannot be written') or diag $refused->{body};
    like($refused->json->{errors}[0]{detail}, qr/a 214 wants the carrier's SCAC/);
    is(number(read_as(sender => $X12)), $before + 2, 'has used up no number');
    $refused = forward(none => 'x12');
    is($refused->{status}, 422);
    is($refused->json->{errors}[0]{code}, 'edi-parties', 'nobody to write to') or diag $refused->{body};
    is($up->count, $n, 'nothing of that was sent');
    forward(sender => 'edifact');
    like($up->last_request->{body}, qr/^UNB\+UNOC:3\+OURS\+SENDER:ZZ\+\d{6}:\d{4}\+5'\nUNH\+1\+IFTSTA:D:96A:UN'/, 'EDIFACT');
};

subtest 'without Redis nothing is sent' => sub {
    my $before = number(read_as(sender => $X12));
    $gw->{redis_server}->stop('KILL');
    redis_is($gw, $token{sender}, 503);
    my $n = $up->count;
    for my $answer (read_as(sender => $X12), forward(sender => 'x12')) {
        is($answer->{status}, 503) or diag $answer->{body};
        is($answer->json->{errors}[0]{code}, 'control-numbers-away');
        ok($answer->header('Retry-After'), 'when to try again');
    }
    is($up->count, $n, 'the service has heard nothing');
    is(read_as(sender => 'application/json')->{status}, 200, 'JSON needs no number');
    $gw->{redis_server}->run;
    is(number(when_back(sub { read_as(sender => $X12) })), $before + 1, 'and then our numbers go on');
};
finish($gw);
done_testing();
