# Documents go the way that events go: a partner's order becomes a canonical one, is checked against its schema,
# forwarded, and its trace is found by its numbers; sums that do not add up are refused by the mapping.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

# docs/canonical.md has this one
my ($ASSERT) = slurp(root() . '/docs/canonical.md') =~ /^```yaml\n(assert: \{that.*?)\n```$/ms;

my $up = upstream(sub { return [200, {}, $_[0]{body}] });
my %POLICIES = (
    'mappings/shop-order.yaml' => <<'END',
mapping: shop-order
output: order
input: {format: json}
emit:
  - v: 1
    id: {hash: [/number], prefix: order_}
    kind: sales
    number: /number
    issued: {date: /ordered, formats: [iso, date], tz_default: {partner: tz}, out: moment}
    currency: /currency
    lines:
      - for_each: /items
        line: {string: /pos}
        sku: /sku
        qty: {number: /qty}
        uom: C62
        price: {number: /price}
    refs: [{t: sales_order, v: /number}, {t: customer, v: /customer}]
    src: {partner: $partner, format: json}
END
    'mappings/shop-invoice.yaml' => <<"END",
mapping: shop-invoice
output: invoice
input: {format: json}
$ASSERT
emit:
  - v: 1
    id: {hash: [/number], prefix: invoice_}
    kind: repair
    doc_type: invoice
    direction: payable
    number: /number
    issued: {date: /day, formats: [date], out: moment}
    currency: EUR
    lines: [{for_each: /items, line: {string: /pos}, kind: /kind, amount: {number: /net}}]
    totals: {object: {net: {number: /net}, total: {number: /net}}}
    refs: [{t: work_order, v: /job}]
    equipment: [{kind: vehicle, vin: /vin}]
    src: {partner: \$partner, format: json}
END
    map { my ($kind, $mapping) = @$_; ("routes/test-$kind.yaml" => <<"END") } ['order', 'shop-order'], ['invoice', 'shop-invoice'], ['receipt', 'canonical']);
route: test-$kind
path: /v1/test/$kind
methods: {POST: {scope: tracking:write}}
record: $kind
formats: {json: $mapping}
deliver: {mode: forward, upstream: tms}
END
my $gw = gateway(odoo => 0, forward => $up, policies => \%POLICIES);
my $acme = $gw->token(partner => 'acme-express');
my $reader = $gw->token(partner => 'ops');

sub post { my ($kind, $body, $token) = @_; return $gw->post_json("/v1/test/$kind", $body, bearer($token // $acme)) }

# The one request that is traced by a number.
sub is_traced {
    my ($key, $answer, $name) = @_;
    my $found;
    wait_for(sub { $found = $gw->get("/v1/traces?$key", bearer($acme)); @{ $found->json->{traces} // [] } }, 5, "a trace by $key");
    is($found->json->{traces}[0]{correlation_id}, $answer->header('X-Correlation-ID'), $name);
    return;
}

my %order = (number => 'S-1001', ordered => '2026-11-20T09:15:00', currency => 'EUR', customer => 'C77',
    items => [{ pos => 10, sku => 'PUMP-7', qty => 2, price => '12.50' }, { pos => 20, sku => 'BELT', qty => '1.5', price => 3 }]);

subtest 'an order' => sub {
    my $answer = post('order', \%order);
    is($answer->{status}, 200) or diag $answer->{body};
    my ($order) = @{ $answer->json };
    like(delete $order->{id}, qr/^order_[0-9a-f]{64}$/, 'its id');
    is_deeply($order, {
        v => 1, kind => 'sales', number => 'S-1001', currency => 'EUR',
        issued => { at => '2026-11-20T09:15:00-07:00', local => '2026-11-20T09:15:00', tz => 'America/Denver', tz_from => 'partner' },
        lines => [{ line => '10', sku => 'PUMP-7', qty => '2', uom => 'C62', price => '12.50' },
            { line => '20', sku => 'BELT', qty => '1.5', uom => 'C62', price => '3' }],
        refs => [{ t => 'sales_order', v => 'S-1001' }, { t => 'customer', v => 'C77' }],
        src => { partner => 'acme-express', format => 'json' },
    }, 'what is forwarded');
    is_traced('order=S-1001', $answer, 'its trace is found by its number');
    is_traced('customer=C77', $answer, '… and by its references');

    my $day = post('order', { %order, number => 'S-1002', ordered => '2026-11-20' });
    is_deeply($day->json->[0]{issued}, { local => '2026-11-20' }, 'a day is a day: no time, no zone');
    $day = post('order', { map({ $_ => $order{$_} } grep { $_ ne 'ordered' } keys %order), number => 'S-1003' });
    ok(!exists $day->json->[0]{issued}, 'and nothing is nothing');
};

subtest 'an order that is none' => sub {
    my $answer = post('order', { %order, items => [{ pos => 10, sku => 'x' x 129, qty => -1 }] });
    is($answer->{status}, 422) or diag $answer->{body};
    my %error = map { $_->{pointer} => $_ } @{ $answer->json->{errors} };
    is_deeply([sort keys %error], ['/lines/0/qty', '/lines/0/sku'], 'each fault is told');
    is($error{'/lines/0/sku'}{code}, 'maxLength');
    like($error{'/lines/0/qty'}{detail}, qr/mapping "shop-order"/);
    ok($error{'/lines/0/qty'}{column}, 'at the place in the message');
};

my %invoice = (number => 'W-1187', day => '2026-11-19', job => 'WO-5513', vin => 'WDB9634031L123456', net => '356.40',
    items => [{ pos => 1, kind => 'parts', net => '212.40' }, { pos => 2, kind => 'labour', net => 144 }]);

subtest 'an invoice whose sums are right, and one whose are not' => sub {
    my $answer = post('invoice', \%invoice);
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply([map { $_->{amount} } @{ $answer->json->[0]{lines} }], ['212.40', '144'], 'to the digit');
    is_traced($_, $answer, "found by $_") for 'invoice=W-1187', 'work_order=WO-5513', 'vin=WDB9634031L123456';

    $answer = post('invoice', { %invoice, net => '356.41' });
    is($answer->{status}, 422) or diag $answer->{body};
    my ($error) = @{ $answer->json->{errors} };
    is($error->{code}, 'mapping-assert');
    is($error->{pointer}, '/net');
    like($error->{detail}, qr/the lines do not add up to the net amount/);
};

subtest 'a partner that speaks the canonical form' => sub {
    my %receipt = (v => 1, id => 'receipt_00000001', number => 'RCT-1', received => { local => '2026-11-22T08:12:00' },
        against => { order => '4500017263' }, lines => [{ sku => 'PUMP-7', expected => '2', received => '2', uom => 'C62' }],
        src => { partner => 'ops', format => 'json' });
    my $answer = post('receipt', \%receipt, $reader);
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply($answer->json, [\%receipt], 'goes on as it is');
    for my $case (
        [{ src => { partner => 'dhl', format => 'json' } }, 'foreign-partner', '/src/partner'],
        [{ id => 'order_00000001' }, 'pattern', '/id'],
        [{ surprise => 1 }, 'additionalProperties', '/surprise'],
        [{ lines => [{ received => '2' }] }, 'anyOf', '/lines/0'],
        [{ received => { at => '2026-11-22T08:12:00Z' } }, 'required', '/received'],
    ) {
        my ($change, $code, $pointer) = @$case;
        $answer = post('receipt', { %receipt, %$change }, $reader);
        is($answer->{status}, 422, $code) or diag $answer->{body};
        is($answer->json->{errors}[0]{pointer}, $pointer, '… where') or diag $answer->{body};
    }
};

finish($gw);
done_testing();
