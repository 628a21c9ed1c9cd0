# A file of orders in TRADACOMS at /v1/edi: its header and its trailer are messages of their own, of which nothing is made.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;

my $gw = gateway(odoo => 19, append_only => 1, policies => {
    'mappings/t-frame.yaml' => <<'END_OF_IT',
mapping: t-frame
input: {format: tradacoms, set: [ORDHDR, ORDTLR]}
output: order
emit: [{ignore: what frames the orders of a file}]
END_OF_IT
    'mappings/t-orders.yaml' => <<'END_OF_IT',
mapping: t-orders
input: {format: tradacoms, set: ORDERS, versions: ["9"]}
output: order
emit:
  - v: 1
    id: {hash: [$partner, ORD/0/0], prefix: order_}
    kind: sales
    number: ORD/0/0
    issued: {date: ORD/0/2, formats: [YYMMDD], out: moment}
    party: [{role: {const: buyer}, name: {const: Nobody Ltd}}]
    lines:
      - {for_each: OLD, line: OLD/0, gtin: OLD/1/0, qty: {number: OLD/5/0}}
    src: {partner: $partner, format: {const: edifact}, msg: ORDERS, ctl: [$/message/interchange, $/message/control]}
END_OF_IT
    'routes/tra.yaml' => <<'END_OF_IT',
route: tra
path: /v1/tra
methods: {POST: {}}
edi: {sets: {ORDHDR: orders, ORDERS: orders, ORDTLR: orders}}
formats: {tradacoms: [t-orders, t-frame]}
END_OF_IT
    'partners/grocer.yaml' => <<'END_OF_IT',
partner: grocer
identities: [{issuer: https://demo.logistics.example/, client_id: grocer}]
scopes: [orders:write]
timezone: Europe/London
odoo: {scope: all}
END_OF_IT
});
my $token = $gw->token(partner => 'grocer');

sub file {
    my ($number, @order) = @_;
    return join("\n", "STX=ANA:1+5000000000001:GROCER+5000000000002:OURS+260314:093000+$number'", "MHD=1+ORDHDR:9'", "TYP=0430'",
        "SDT=5000000000002'", "CDT=5000000000001'", "FIL=1+1+260314'", "MTR=6'", "MHD=2+ORDERS:9'", "CLO=5000000000003'", @order,
        "MTR=@{[@order + 3]}'", "MHD=3+ORDTLR:9'", "OFT=1'", "MTR=3'", "END=3'") . "\n";
}

sub post {
    my ($body) = @_;
    return $gw->request('POST', '/v1/tra', [bearer($token), 'Content-Type' => 'application/edi-consent', Accept => 'application/json'], $body);
}

my @ORDER = ("ORD=4711::260314'", "OLD=1+5000000000010+++12+80'", "OTR=1'");
my $answer = post(file(7, @ORDER));
is($answer->{status}, 422, 'Odoo does not know who ordered') or diag $answer->{body};
my $body = $answer->json;
is_deeply([map { "$_->{set} $_->{outcome}" } @{ $body->{records} }], ['ORDHDR ignored', 'ORDERS refused', 'ORDTLR ignored'], 'message by message')
    or diag $answer->{body};
is($body->{errors}[0]{code}, 'unknown-reference');
like($body->{errors}[0]{detail}, qr/no res\.partner with .*"Nobody Ltd"/, 'it was asked, so the order was read');
is($body->{acknowledgement}, undef, 'there is no acknowledgement in TRADACOMS');

$answer = post(file(8, @ORDER[0, 2]));
is($answer->{status}, 422, 'an order without lines');
($body) = map { $_->{problem} } grep { $_->{set} eq 'ORDERS' } @{ $answer->json->{records} };
is_deeply([@$body{qw(code line detail)}], ['missing', 11, 'loop lines as a whole is missing before this OTR'], 'by its guide') or diag $answer->{body};

done_testing();
