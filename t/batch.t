# Bodies of many documents: NDJSON, CSV, fixed width and lists of canonical records. Each document has an
# outcome of its own; what is good goes on, unless the route wants all or nothing.
# sanitize: yes
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use lib 't/lib';
use Logistics::Test;

my $TRACKING = '00340434161094042557';
my @forwarded;
my $behind = upstream(sub { push @forwarded, $_[0]{body}; return [200, {}, { ok => 1 }] });
my $flat = <<'END';
mapping: NAME
input: INPUT
emit:
  - v: 1
    id: {hash: [NUMBER, AT, {const: NAME}], prefix: ev_}
    type: shipment.delivered
    timing: actual
    occurred: {date: AT, tz_default: {partner: tz}}
    refs: [{t: tracking, v: NUMBER}]
    note: NOTE
    src: {partner: $partner, format: FORMAT}
END

sub mapping {
    my ($name, $format, %part) = @_;
    my $text = $flat =~ s/NAME/$name/gr =~ s/FORMAT/$format/r;
    $text =~ s/\b$_\b/$part{$_}/g for keys %part;
    return ("mappings/$name.yaml" => $text);
}

my $gw = gateway(odoo => 19, odoo_args => ['--stock-delivery'], forward => $behind, policies => {
    mapping('flat-csv', 'csv', INPUT => '{format: csv, delimiter: ";", charset: cp1252, schema: flat}',
        NUMBER => '/Number', AT => '/At', NOTE => '/Note'),
    mapping('flat-fixed', 'fixed', INPUT => '{format: fixed, select: [1, 1], records: {'
        . 'F: {role: file, fields: {note: [2, 10]}}, H: {role: header, fields: {number: [2, 20]}}, '
        . 'D: {role: detail, fields: {at: [2, 20]}}}}', NUMBER => '/H/number', AT => '/D/0/at', NOTE => '/F/note'),
    mapping('flat-json', 'json', INPUT => '{format: json, records: /list}',
        NUMBER => '/number', AT => '/at', NOTE => '$/note'),
    'schemas/flat.json' => '{"type": "object", "properties": {"Note": {"maxLength": 10, "type": ["string", "null"]}}}',
    'partners/batches.yaml' => <<'END',
partner: batches
identities: [{issuer: https://demo.logistics.example/, client_id: batches}]
scopes: [tracking:write, trace:read]
odoo: {scope: all}
timezone: Europe/Berlin
limits: {rate: 100/s, burst: 200, in_flight: 10}
formats:
  tracking-events: {csv: flat-csv, fixed: flat-fixed, ndjson: canonical}
  all-or-nothing: {csv: flat-csv, json: flat-json, ndjson: canonical}
  tracking-events-forward: {csv: flat-csv, ndjson: canonical}
END
    (map { my ($name, $pack) = @$_; "partners/$name.yaml" => <<"END" } [cards => 'fuel-card'], [tolls => 'toll-statement']),
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [costs:write]
odoo: {scope: all}
timezone: Europe/Berlin
formats: {costs: {csv: $pack}}
END
    'codelists/partners/tolls/toll-tag.csv' => "code,value\n00412,DN-LG 101\n",
    'partners/metered.yaml' => <<'END',
partner: metered
identities: [{issuer: https://demo.logistics.example/, client_id: metered}]
scopes: [tracking:write]
odoo: {scope: all}
limits: {rate: 100/s, records: 10/h}
formats:
  metered: {csv: flat-csv}
  tracking-events: {csv: flat-csv}
END
    'routes/metered.yaml' => <<'END',
route: metered
path: /v1/metered
methods: {POST: {scope: tracking:write}}
record: event
deliver: {mode: now, odoo: events-to-odoo}
limits: {records: 4/day}
END
    'routes/all-or-nothing.yaml' => <<'END',
route: all-or-nothing
path: /v1/all-or-nothing
methods: {POST: {scope: tracking:write}}
record: event
deliver: {mode: now, odoo: events-to-odoo}
all_or_nothing: true
records: 5
END
});
my $token = $gw->token(partner => 'batches');

sub post {
    my ($path, $type, $body) = @_;
    return $gw->request('POST', $path, [bearer($token), 'Content-Type' => $type], $body);
}

sub canonical {
    return { v => 1, id => 'ev_batch001', type => 'shipment.delivered', timing => 'actual',
        local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => $TRACKING }],
        src => { partner => 'batches', format => 'json' }, @_ };
}

sub outcomes { return [map { [$_->{index}, $_->{outcome}] } @{ $_[0]->json->{records} }] }

# Traces are written behind the answer.
sub traced {
    my ($answer, $want) = @_;
    my $trace;

    wait_for(sub { ($trace = $gw->get('/v1/traces/' . $answer->json->{correlation_id}, bearer($token)))->{status} == 200 });
    like($trace->{body}, $want, 'told in the trace');
    return;
}

my $HEAD = "Number;At;Note\n";

sub row { return join(';', $TRACKING, @_) . "\n" }

subtest 'CSV: all good' => sub {
    my $answer = post('/v1/tracking-events', 'text/csv; charset=windows-1252',
        encode('cp1252', $HEAD . row('2026-11-20T10:00:00', '"Grüße"') . row('2026-11-20T11:00:00', '')));

    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'written']], 'an outcome each');
    traced($answer, qr/"records":2,"refused":0/);
};

# Letters would silently become others.
subtest 'a charset that is not the agreed one' => sub {
    my $body = $HEAD . row('2026-11-20T10:00:00', 'a');
    my $answer = post('/v1/tracking-events', 'text/csv;header=present; Charset="utf-8"', $body);

    is($answer->{status}, 415) or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'charset');
    like($answer->json->{errors}[0]{detail},
        qr/the Content-Type says charset "utf-8", but the body is read as cp1252, as agreed with partner/);
    is(post('/v1/tracking-events', $_, $body)->{status}, 200, $_)
        for 'text/csv;charset=us-ascii', 'text/csv; charset=ISO-8859-1', 'text/csv; charset=';
    is(post('/v1/tracking-events', 'application/json; charset=utf-16', encode_json(canonical()))->{status}, 415, 'JSON is UTF-8');
    is(post('/v1/tracking-events', 'application/json; charset=UTF8', encode_json(canonical(id => 'ev_charset1')))->{status}, 200);
};

subtest 'CSV: the good ones go on' => sub {
    my $answer = post('/v1/tracking-events', 'text/csv', $HEAD . row('2026-11-21T10:00:00', 'a')
        . row('soon', 'b') . row('2026-11-21T11:00:00', 'this is too long') . row('2026-11-21T12:00:00', "\xfc\x81")
        . row('2026-11-21T13:00:00', 'c'));
    my $problem = $answer->json;

    is($answer->{status}, 422) or diag $answer->{body};
    like($problem->{type}, qr/documents-refused$/);
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'refused'], [2, 'refused'], [3, 'refused'], [4, 'written']],
        'in the order of the file');
    my @told = map { [@{ $_->{problem} }{qw(code line column)}] } grep { $_->{problem} } @{ $problem->{records} };
    is_deeply(\@told, [['mapping-date', 3, 22], ['maxLength', 4, 42], ['charset', 5, 43]], 'what and where');
    is_deeply([map { [@{$_}{qw(code line column record)}] } @{ $problem->{errors} }],
        [map { [@{ $told[$_] }, $_ + 1] } 0 .. 2], 'the errors say it, too');
    ok(!$problem->{retryable}, 'the same bytes will be refused again');
    is(scalar $gw->odoo_rows("select id from mail_message where body like '%2026-11-21%' or date like '2026-11-21%'"), 2,
        'the two are in Odoo') or 1;
    traced($answer, qr/"records":2,"refused":3/);
};

subtest 'CSV: sent again nothing is doubled' => sub {
    my $answer = post('/v1/tracking-events', 'text/csv', $HEAD . row('2026-11-21T10:00:00', 'a'));
    is_deeply(outcomes($answer), [[0, 'already-there']]);
};

subtest 'CSV: a header that cannot be used' => sub {
    my $answer = post('/v1/tracking-events', 'text/csv', "Nummer;At;Note\n" . row('2026-11-21T10:00:00', 'a'));
    my $problem = $answer->json;

    is($answer->{status}, 400, 'nothing can be read') or diag $answer->{body};
    like($problem->{type}, qr/malformed$/);
    is($problem->{errors}[0]{code}, 'csv-header');
    like($problem->{errors}[0]{detail}, qr/no column "Number" \("Nummer"\?\)/, 'the column that was meant');
    ok(!exists $problem->{records}, 'no outcomes');
};

subtest 'all or nothing' => sub {
    my $answer = post('/v1/all-or-nothing', 'text/csv', $HEAD . row('2026-11-22T10:00:00', 'a') . row('soon', 'b'));
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'held-back'], [1, 'refused']], 'one keeps the other back');
    is_deeply([$gw->odoo_rows("select id from mail_message where date like '2026-11-22%'")], [], 'nothing in Odoo');
    $answer = post('/v1/all-or-nothing', 'text/csv', $HEAD . row('2026-11-22T10:00:00', 'a'));
    is($answer->{status}, 200, 'without it all is well') or diag $answer->{body};
};

subtest 'records of a JSON text' => sub {
    my $answer = post('/v1/all-or-nothing', 'application/json',
        qq({"note": "of all", "list": [{"number": "$TRACKING", "at": "2026-11-23T10:00:00"}]}));
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'written']]);
    $answer = post('/v1/all-or-nothing', 'application/json', '{"list": 5}');
    is($answer->{status}, 400) or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'no-records');
};

subtest 'more records than the route takes' => sub {
    for my $n (5, 6) {
        my $answer = post('/v1/all-or-nothing', 'text/csv', $HEAD . join '', map { row("2026-11-24T1$_:00:00", $n) } 1 .. $n);
        is($answer->{status}, $n == 5 ? 200 : 422, "$n records") or diag $answer->{body};
        is($answer->json->{errors}[0]{code}, 'max-records') if $n == 6;
    }
};

subtest 'fixed width' => sub {
    my $answer = post('/v1/tracking-events', 'text/plain',
        "Ffile note\nH$TRACKING\nD2026-11-25T10:00:00\nX\nH$TRACKING\nD2026-11-25T11:00:00\n");
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'refused'], [1, 'written']]);
    is($answer->json->{records}[0]{problem}{code}, 'record-type');
    is($answer->json->{records}[0]{problem}{line}, 4);
};

subtest 'NDJSON of canonical records' => sub {
    my @good = map { encode_json(canonical(id => "ev_ndjson0$_")) } 1, 2;
    my $answer = post('/v1/tracking-events', 'application/x-ndjson', "$good[0]\n{\"v\": \n$good[1]\n");
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'refused'], [2, 'written']]);
    is($answer->json->{records}[1]{problem}{line}, 2, 'the line');
    is($answer->json->{records}[0]{id}, 'ev_ndjson01');
    $answer = post('/v1/tracking-events', 'application/x-ndjson',
        encode_json(canonical(id => 'ev_ndjson03', src => { partner => 'dhl', format => 'json' })));
    is($answer->json->{records}[0]{problem}{code}, 'foreign-partner', 'nobody speaks for another');
};

subtest 'records that have no place in Odoo, or that Odoo does not know' => sub {
    my $nowhere = { refs => [{ t => 'piece', v => 'P-1' }] };
    my $unknown = { refs => [{ t => 'tracking', v => 'NOT-OURS' }] };
    my $n = 0;
    my $send = sub {
        my ($path, @records) = @_;
        return post($path, 'application/x-ndjson',
            join '', map { encode_json(canonical(id => sprintf('ev_placed%02u', $n++), %$_)) . "\n" } @records);
    };

    my $answer = $send->('/v1/tracking-events', {}, $nowhere, $unknown, {});
    my $problem = $answer->json;
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'refused'], [2, 'refused'], [3, 'written']], 'the others go on');
    like($problem->{type}, qr/documents-refused$/, 'the type and the detail are of one error');
    is($problem->{detail}, $problem->{errors}[0]{detail});
    is($problem->{records}[1]{problem}{code}, 'mapping-refused');
    is($problem->{records}[1]{problem}{line}, 2);
    is_deeply([map { [@{$_}{qw(code record)}] } @{ $problem->{errors} }],
        [['mapping-refused', 1], ['unknown-reference', 2]], 'which document');

    $answer = $send->('/v1/tracking-events', {}, $unknown);
    like($answer->json->{type}, qr/unknown-reference$/, 'when Odoo alone refuses');
    $answer = $send->('/v1/all-or-nothing', {}, $nowhere);
    is_deeply(outcomes($answer), [[0, 'held-back'], [1, 'refused']], 'all or nothing') or diag $answer->{body};
    $answer = $send->('/v1/all-or-nothing', {}, $unknown);
    is_deeply(outcomes($answer), [[0, 'held-back'], [1, 'refused']], 'what Odoo does not know keeps the others back, too')
        or diag $answer->{body};
    like($answer->json->{type}, qr/unknown-reference$/);
    is(scalar $gw->odoo_rows(sprintf "select id from mail_message where message_id like '%%ev_placed%02u%%'", $n - 2), 0,
        'nothing of it is in Odoo') or 1;
    like($answer->json->{records}[0]{odoo}[0]{detail}, qr/all or nothing/, 'and it is said why');
    $answer = $send->('/v1/all-or-nothing', {}, {});
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'written']], 'all') or diag $answer->{body};
    $answer = $send->('/v1/tracking-events', $nowhere);
    is_deeply(outcomes($answer), [[0, 'refused']], 'none is left') or diag $answer->{body};
};

subtest 'a list of canonical records' => sub {
    my $answer = post('/v1/tracking-events', 'application/json',
        encode_json([canonical(id => 'ev_listed01'), canonical(id => 'ev_listed02', type => 'shipment.lost'),
            canonical(id => 'ev_listed03')]));
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'refused'], [2, 'written']]);
    is($answer->json->{records}[1]{problem}{pointer}, '/type');
    ok($answer->json->{records}[1]{problem}{column} > 1, 'its place in the body');
    $answer = post('/v1/tracking-events', 'application/json', encode_json(canonical(id => 'ev_single01')));
    is($answer->{status}, 200, 'one is no batch') or diag $answer->{body};
    ok(!exists $answer->json->{records}[0]{index}, 'and has no index');
};

subtest 'forward: all or nothing, for the answer is the service\'s' => sub {
    @forwarded = ();
    my $answer = post('/v1/forward/tracking-events', 'text/csv', $HEAD . row('2026-11-20T10:00:00', 'a') . row('soon', 'b'));
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply(outcomes($answer), [[0, 'held-back'], [1, 'refused']]);
    $answer = post('/v1/forward/tracking-events', 'text/csv',
        encode('cp1252', $HEAD . row('2026-11-20T10:00:00', 'Grüße') . row('2026-11-20T11:00:00', '"say ""no"""')));
    is($answer->{status}, 200) or diag $answer->{body};
};

subtest 'nothing to read' => sub {
    for my $body ($HEAD, "\n") {
        my $answer = post('/v1/tracking-events', 'text/csv', $body);
        is($answer->{status}, 422) or diag $answer->{body};
        is($answer->json->{errors}[0]{code}, 'no-records');
    }
};

subtest 'many rows' => sub {
    my $body = $HEAD . join '', map { row('soon', $_ % 10) } 1 .. 3000;
    my $answer = post('/v1/tracking-events', 'text/csv', $body);
    my $problem = $answer->json;

    is($answer->{status}, 422) or diag substr $answer->{body}, 0, 500;
    is(scalar @{ $problem->{records} // [] }, 3000, 'an outcome each');
    is($problem->{records}[2999]{problem}{line}, 3001);
    is(scalar @{ $problem->{errors} }, 20);
    is($problem->{more}, 2980);
};
subtest 'statements find their vehicles: plates as written, tags by list' => sub {
    my $send = sub {
        my ($partner, $body) = @_;
        return $gw->request('POST', '/v1/costs', [bearer($gw->token(partner => $partner)), 'Content-Type' => 'text/csv'], $body);
    };
    my $sheet = $gw->request('POST', '/v1/costs', [bearer($gw->token(partner => 'cards')),
        'Content-Type' => 'application/vnd.ms-excel'], 'x');
    is($sheet->{status}, 415);
    like($sheet->json->{detail}, qr{; send application/json, text/csv$}, 'all that is agreed');
    my $answer = $send->('cards', "Card;Plate;Date;Station;Product;Qty;Net;Gross;Currency;Receipt\n"
        . "7002 0531;DN-LG 101;14.05.2024;Depot;Diesel;10,00;12,00;12,00;EUR;1\n");
    is($answer->{status}, 200) or diag $answer->{body};
    $answer = $send->('tolls', "Transaction Date,Tag/Plate,Exit Time,Exit Plaza,Amount\n"
        . "02/03/2026,00412,06:31:44,North,\$1.50\n02/03/2026,DN-LG 100,06:31:44,North,\$1.50\n02/03/2026,00413,06:31:44,North,\$1.50\n");
    is_deeply(outcomes($answer), [[0, 'written'], [1, 'written'], [2, 'refused']], 'by tag, by plate') or diag $answer->{body};
    my @services = $gw->odoo_rows('select vehicle_id, amount from fleet_vehicle_log_services order by id');
    is_deeply([map { [@{$_}{qw(vehicle_id amount)}] } @services], [[3, 12], [3, 1.5], [2, 1.5]], 'on the vehicles') or diag explain \@services;
};

subtest 'many short rows become long records' => sub {
    my $body = $HEAD . join '', map { row(sprintf('2026-10-%02uT%02u:%02u:%02u', 1 + $_ / 1200, $_ / 60 % 20, $_ % 60, 0), '') } 1 .. 4990;
    my $answer = post('/v1/tracking-events', 'text/csv', $body);

    is($answer->{status}, 200) or diag substr $answer->{body}, 0, 500;
    is(scalar @{ $answer->json->{records} // [] }, 4990, 'an outcome each');
};

subtest 'limits that count records' => sub {
    my $metered = $gw->token(partner => 'metered');
    my $n = 0;
    my $send = sub {
        my ($path, $rows) = @_;
        my $body = $HEAD . join '', map { row(sprintf('2026-11-26T10:%02u:00', $n++), 'x') } 1 .. $rows;
        return $gw->request('POST', $path, [bearer($metered), 'Content-Type' => 'text/csv'], $body);
    };
    my $refused = sub {
        my ($answer, $status, $code, $text) = @_;
        is($answer->{status}, $status, "refused with $status") or diag $answer->{body};
        is($answer->json->{errors}[0]{code}, $code);
        like($answer->json->{detail}, $text);
    };

    $refused->($send->('/v1/metered', 5), 413, 'records-burst', qr/5 records are more than the 4 that the route's limit/);
    is($send->('/v1/metered', 4)->{status}, 200, 'what the route takes');
    my $answer = $send->('/v1/metered', 1);
    $refused->($answer, 429, 'rate', qr/the route's limit of 4 records in 86400 s is used up/);
    is_deeply($answer->json->{'violated-policies'}, ['route-records']);
    ok($answer->header('Retry-After') > 3600, 'when the next is free');
    is($send->('/v1/tracking-events', 6)->{status}, 200, 'what the route refused is not taken from the partner');
    $answer = $send->('/v1/tracking-events', 1);
    $refused->($answer, 429, 'rate', qr/the partner's limit of 10 records in 3600 s is used up/);
    is_deeply($answer->json->{'violated-policies'}, ['partner-records']);
    $refused->($send->('/v1/tracking-events', 11), 413, 'records-burst', qr/11 records are more than the 10 that the partner's/);
};
is_deeply([$gw->complaints], [], 'nothing in the log') if $gw->can('complaints');
done_testing();
