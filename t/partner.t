# What a partner's developer is told: answers that say what is wrong, where, and what to do, and that
# nothing of a message is accepted in silence.
# sanitize: yes
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $TRACKING = '00340434161094042557';
my $gw = gateway(odoo => 19, odoo_args => ['--stock-delivery'], policies => {
    'mappings/said-by.yaml' => <<'END', 'routes/said-by.yaml' => <<'END',
mapping: said-by
input: {format: json}
emit:
  - v: 1
    id: {hash: [/id], prefix: ev_}
    type: shipment.in_transit
    timing: actual
    occurred: {date: $received_at}
    refs: [{t: tracking, v: /number}]
    src: {partner: /sender, format: json}
END
route: said-by
path: /v1/said-by
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: said-by}
deliver: {mode: now, odoo: events-to-odoo}
END
    map { ("partners/$_.yaml" => <<"END") } qw(ops_ev ops.ev) });
partner: $_
identities: [{issuer: https://demo.logistics.example/, client_id: $_}]
scopes: [tracking:write]
odoo: {carrier_id: 2}
limits: {rate: 20/s, burst: 100, in_flight: 10}
END
my ($acme, $ops) = map { $gw->token(partner => $_) } qw(acme-express ops);

# A DHL answer of one event; undef leaves a member out.
sub dhl {
    my (%more) = @_;
    my %event = (timestamp => '2026-11-20T10:12:00', statusCode => 'transit', status => 'on its way', %more);
    delete @event{ grep { !defined $event{$_} } keys %event };
    return { shipments => [{ id => $TRACKING, events => [\%event] }] };
}

sub canonical {
    return { v => 1, id => 'ev_partner01', type => 'shipment.delivered', timing => 'actual',
        local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => $TRACKING }],
        src => { partner => 'ops', format => 'json' }, @_ };
}

sub first_error {
    my ($answer, $status, $code, $text, $name) = @_;
    my $error = $answer->json->{errors}[0];

    is($answer->{status}, $status, "$name: status") or diag $answer->{body};
    is($error->{code}, $code, "$name: code");
    like($error->{detail}, $text, "$name: what to do");
    return $error;
}

sub post { return $gw->post_json($PATH, $_[0], bearer($_[1] // $acme)) }

subtest 'warnings are told' => sub {
    my $good = post(dhl());
    is($good->{status}, 200) or diag $good->{body};
    ok(!exists $good->json->{warnings}, 'none where there is nothing to tell');

    my $answer = post(dhl(statusCode => 'wibble', status => 'lost in space'));
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->json->{records}[0]{type}, 'shipment.unknown');
    my ($warning) = @{ $answer->json->{warnings} };
    is($warning->{code}, 'mapping-unknown-code');
    like($warning->{detail}, qr/wibble.*is not in the code list "dhl-unified-status"/);
    is($warning->{pointer}, '/shipments/0/events/0/statusCode');
    is($warning->{record}, 0);
    ok($warning->{line} && $warning->{column}, 'its place');

    # 02:30 is not on Denver's clocks that night, 01:30 twice in the autumn
    for my $time ('2026-03-08T02:30:00', '2026-11-01T01:30:00') {
        my $answer = post(dhl(timestamp => $time));
        is($answer->{status}, 200, $time);
        is(scalar @{ $answer->json->{warnings} // [] }, 1, "$time is told") or diag $answer->{body};
    }
    my $many = dhl();
    $many->{shipments}[0]{events} = [map { { timestamp => sprintf('2026-11-20T10:12:%02d', $_), statusCode => "x$_" } } 0 .. 29];
    $answer = post($many);
    is($answer->{status}, 200) or diag $answer->{body};
    is(@{ $answer->json->{warnings} } + $answer->json->{more_warnings}, 30, 'the others are counted');
};

subtest 'nobody speaks for another partner' => sub {
    my $error = first_error(post(canonical(src => { partner => 'dhl', format => 'json' }), $ops),
        422, 'foreign-partner', qr/"dhl" is not who sends this; write "ops"/, 'another partner');
    is($error->{pointer}, '/src/partner');
    is($error->{record}, 0);
    cmp_ok($error->{column}, '>', 1);
    is(post(canonical(), $ops)->{status}, 200, 'the sender itself');
    $error = first_error(post([canonical(), canonical(id => 'ev_partner02', src => { partner => 'acme-express', format => 'json' })], $ops),
        422, 'foreign-partner', qr/acme-express/, 'one of several');
    is($error->{record}, 1);
    my $message = { id => 'said-by-1', sender => 'dhl', number => $TRACKING };
    $error = first_error($gw->post_json('/v1/said-by', $message, bearer($ops)), 422, 'foreign-partner',
        qr/mapping "said-by".*"dhl" is not who sends this/, 'a mapping that takes the sender from the message');
    is($gw->post_json('/v1/said-by', { %$message, sender => 'ops' }, bearer($ops))->{status}, 200, 'the sender itself');
};

# A partner of the canonical form chooses its ids: knowing another's gives no hold on what it writes.
subtest 'the ids of two partners do not meet' => sub {
    my %written;

    for my $case (['ops', 'ev_shared01'], ['ops_ev', 'ev_shared01'], ['ops.ev', 'ev_shared01'], ['ops', 'ev_ev_shared01']) {
        my ($partner, $id) = @$case;
        my $event = canonical(id => $id, refs => [{ t => 'tracking', v => 'S00011' }], note => "said by $partner",
            src => { partner => $partner, format => 'json' });
        my $token = $gw->token(partner => $partner);

        for my $outcome ('written', 'already-there') {
            my $answer = post($event, $token);
            is($answer->{status}, 200, "$partner, $id: $outcome") or diag $answer->{body};
            my $record = $answer->json->{records}[0];
            is($record->{outcome}, $outcome);
            push @{ $written{ $record->{odoo}[0]{id} } }, "$partner $id";
        }
    }
    is(scalar keys %written, 4, 'four notes in Odoo');
    is_deeply([grep { $_->[0] ne $_->[1] } values %written], [], 'each is one partner\'s');
    my @notes = $gw->odoo_rows('select body from mail_message where message_id like ?', '%shared01@logistics>');
    is_deeply([sort map { m{<p>said by ([^<]*)</p>} } @notes ? map { $_->{body} } @notes : ()],
        [qw(ops ops ops.ev ops_ev)], 'nobody wrote over another\'s');
};

subtest 'U+0000 does not reach Odoo' => sub {
    my $calls = @{ $gw->odoo_calls->{calls} };
    my $answer = post(dhl(description => "a\0b", timestamp => '2026-11-20T10:12:01'));
    first_error($answer, 422, 'refused-by-odoo', qr/U\+0000.*leave it out/, 'in a note');
    ok(!$answer->json->{retryable});
    my $number = dhl();
    $number->{shipments}[0]{id} = "0034\0";
    first_error(post($number), 422, 'refused-by-odoo', qr/U\+0000/, 'in a number');
    is(scalar @{ $gw->odoo_calls->{calls} }, $calls, 'Odoo was not asked');
};

subtest 'tokens and media types' => sub {
    my @json = ('Content-Type' => 'application/json');
    my $ask = sub { $gw->request('POST', $PATH, [@_], '{}') };
    first_error($ask->(@json), 401, 'token-missing', qr/^the request has no bearer token: send/, 'no token');
    first_error($ask->(@json, Authorization => 'Basic YTpi'), 401, 'token-missing',
        qr/Authorization holds no bearer token: send Authorization: Bearer <JWT>/, 'Basic');
    first_error($ask->(@json, Authorization => $acme), 401, 'token-missing', qr/holds no bearer token/, 'no scheme');
    first_error($ask->(bearer($acme), 'Content-Type' => 'application/xml'), 415, 'content-type',
        qr{"application/xml" is not agreed.*; send application/json$}, 'XML');
    first_error($ask->(bearer($acme)), 415, 'content-type',
        qr{no Content-Type; partner "acme-express" and route "tracking-events" have agreed on application/json$}, 'no type');
};

subtest 'what stands in the message' => sub {
    my $error = first_error(post({ shipments => [{ id => $TRACKING, events => [] }] }), 422, 'minItems',
        qr/"events" has 0 items/, 'a shipment of nothing');
    is($error->{pointer}, '/shipments/0/events');
    $error = first_error(post({ shipments => [{ id => $TRACKING }] }), 422, 'required', qr/^"events" or "status" is missing$/, 'neither');
    is($error->{pointer}, '/shipments/0');
    $error = first_error(post(dhl(timestamp => 'yesterday')), 422, 'mapping-date',
        qr/"yesterday" is no date; write 2026-11-21T14:05:00\+01:00, with or without offset or 2026-11-21$/, 'no date');
    is($error->{pointer}, '/shipments/0/events/0/timestamp');
};

subtest 'addresses' => sub {
    first_error($gw->post_json("$PATH/", {}, bearer($acme)), 404, 'route-unknown', qr{"$PATH/"; paths have no slash at their end$}, 'slash');
    first_error($gw->post_json("${PATH}s", {}, bearer($acme)), 404, 'route-unknown', qr{"${PATH}s"$}, 'typo');
    for my $case (
        ['/v1/traces', qr/^ask for one business key/], ['/v1/traces?tracking=', qr/^the key has no value; ask for one/],
        ['/v1/traces?tracking=1&order=2', qr/^there is more than one parameter; ask/]) {
        my ($path, $text) = @$case;
        first_error($gw->get($path, bearer($acme)), 400, 'query', $text, $path);
    }
    is($gw->get("/v1/traces?$_=1", bearer($acme))->{status}, 200, $_) for qw(tracking order own_kind);
    first_error($gw->get("/v1/traces?$_=1", bearer($acme)), 400, 'query', qr/^there is no parameter "$_": a business key alone/, $_)
        for qw(limit since page status);
    first_error($gw->get("/v1/$_?limit=1", bearer($acme)), 400, 'query', qr{^/v1/\w+/\{\w+\} takes no parameters behind a "\?"}, $_)
        for 'traces/x', 'messages/01a1ff1e-17f8-798f-aa7d-98176b32015f';
    for my $slip (['trackng', 'tracking'], ['oder', 'order'], ['purchase_ordre', 'purchase_order']) {
        first_error($gw->get("/v1/traces?$slip->[0]=1", bearer($acme)), 400, 'query',
            qr/^there is no business key "$slip->[0]"; did you mean "$slip->[1]"\?$/, $slip->[0]);
    }
};
finish($gw);
done_testing();
