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
scopes: [tracking:write, tracking:read, trace:read]
timezone: America/Denver
odoo: {scope: all, carrier_id: 2}
limits: {rate: 1000/s, burst: 1000}
formats: {edi: {x12: t-214, edifact: t-iftsta}, tracking-events: {json: canonical}}
$edi
END
}

my $gw = gateway(odoo => 19, append_only => 1, odoo_args => ['--stock-delivery'], forward => $up, policies => {
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
    like($up->last_request->{body}, qr/^UNB\+UNOC:3\+OURS\+SENDER:ZZ\+\d{6}:\d{4}\+3'\nUNH\+1\+IFTSTA:D:96A:UN'/, 'EDIFACT');
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
