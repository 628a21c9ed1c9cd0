# Odoo in trouble: every fault that the stand-in can play, over both APIs, as the partner sees it: status,
# problem type, whether and when to send again. No words of Odoo's machine reach a partner. What an
# uncertain call has left is there once, and the partner's repeat changes nothing.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Objects qw(seed);
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $SHORT_S = 1; # how long a call to Odoo may take here

# What no answer may hold: tracebacks, paths, SQL, names of Odoo's inside, secrets.
my $INSIDE = qr{Traceback|File "|/usr/|/opt/|/tmp/|site-packages|SELECT |INSERT |UPDATE |LINE \d|psycopg2|werkzeug
    |<!DOCTYPE|<html|gateway-key|gateway-pw|127\.0\.0\.1|clerk-pw}x;

my $number = 0;

# A canonical event of its own for each request: $n of them on transfer 11, 12 or 13 of the seeds.
sub event {
    my ($tracking, %more) = @_;
    return {
        v => 1, id => sprintf('ev_%064x', ++$number), type => 'shipment.in_transit', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking // 'S00011' }], src => { partner => 'ops', format => 'json' }, %more,
    };
}

sub notes {
    my ($gw, $event) = @_;
    return $gw->odoo_rows('select * from mail_message where message_id = ?', "<$event->{src}{partner}_$event->{id}\@logistics>");
}

sub check_problem {
    my ($answer, $name, $status, $slug, $retryable, $retry_after) = @_;

    is($answer->{status}, $status, "$name: status") or diag $answer->{body};
    is($answer->header('Content-Type'), 'application/problem+json', "$name: a problem document");
    my $problem = $answer->json;
    like($problem->{type}, qr{/\Q$slug\E$}, "$name: type");
    is($problem->{retryable} ? 1 : 0, $retryable, "$name: retryable");
    is($answer->header('Retry-After'), $retry_after, "$name: Retry-After");
    is($problem->{status}, $status);
    is($problem->{correlation_id}, $answer->header('X-Correlation-ID'));
    unlike($answer->{body}, $INSIDE, "$name: nothing of Odoo's inside");
    ok(length $problem->{errors}[0]{detail}, "$name: a reason");
    return $problem;
}

# name => [fault, what it strikes, status, type, retryable, Retry-After, notes in Odoo afterwards]. Times 0:
# until it is reset, so that the planner's own repeats meet it too.
my @faults = (
    ['no connection',        { fault => 'refuse', ms => 600_000 }, 503, 'odoo-away', 1, 5, 0],
    ['hangs at the look-up', { fault => 'hang', match => 'search_read' }, 503, 'odoo-away', 1, 5, 0],
    ['hangs before it works', { fault => 'hang', match => 'load' }, 504, 'odoo-uncertain', 1, undef, 0],
    ['cut at the look-up',   { fault => 'cut-before', match => 'search_read', times => 0 }, 503, 'odoo-away', 1, 5, 0],
    ['cut before it works',  { fault => 'cut-before', match => 'load', times => 0 }, 504, 'odoo-uncertain', 1, undef, 0],
    ['cut within a look-up\'s answer', { fault => 'cut-half', match => 'search_read', times => 0 }, 503, 'odoo-away', 1, 5, 0],
    ['500 page',             { fault => 'html500', match => 'search_read', times => 0 }, 503, 'odoo-away', 1, 5, 0],
    ['500 page at the write', { fault => 'html500', match => 'load', times => 0 }, 504, 'odoo-uncertain', 1, undef, 0],
    ['a proxy\'s 503',       { fault => 'maintenance', times => 0 }, 503, 'odoo-away', 1, 3, 0],
    ['a proxy\'s 503 at the write', { fault => 'maintenance', match => 'load', times => 0 }, 503, 'odoo-away', 1, 3, 0],
    ['a proxy\'s 429',       { fault => 'too-many', times => 0 }, 503, 'odoo-busy', 1, 4, 0],
    ['a proxy\'s 429 at the write', { fault => 'too-many', match => 'load', times => 0 }, 503, 'odoo-busy', 1, 4, 0],
    ['404 page',             { fault => 'html404', times => 0 }, 503, 'odoo-away', 1, 5, 0],
    ['serialization',        { fault => 'serialization', match => 'load', times => 0 }, 503, 'odoo-busy', 1, 5, 0],
    ['serialization in load', { fault => 'load-serialization', match => 'load', times => 0 }, 503, 'odoo-busy', 1, 5, 0],
    ['no rights',            { fault => 'access-error', match => 'load', times => 0 }, 502, 'odoo-credentials', 0, undef, 0],
    ['no rights to look',    { fault => 'access-error', match => 'search_read', times => 0 }, 502, 'odoo-credentials', 0, undef, 0],
    ['database away',        { fault => 'db-down', times => 0 }, 503, 'odoo-away', 1, 5, 0],
    ['database away at the write', { fault => 'db-down', match => 'load', times => 0 }, 503, 'odoo-away', 1, 5, 0],
);

# What the planner gets over: the partner sees a success.
my @survived = (
    ['answers after it was cut before', { fault => 'cut-before', match => 'load' }],
    ['cut after it has worked',         { fault => 'cut-after', match => 'load' }],
    ['cut after it has worked, twice',  { fault => 'cut-after', match => 'load', times => 2 }],
    ['cut within its answer',           { fault => 'cut-half', match => 'load' }],
    ['too late with its answer',        { fault => 'hang-after', match => 'load', ms => 10_000 }],
    ['serialization once',              { fault => 'serialization', match => 'load' }],
    ['serialization in load once',      { fault => 'load-serialization', match => 'load' }],
);

sub clean_odoo {
    my ($gw) = @_;
    $gw->odoo_control(reset => JSON::PP::true);
    return;
}

sub check_fault {
    my ($gw, $token, $case) = @_;
    my ($name, $fault, $status, $slug, $retryable, $retry_after, $n) = @$case;
    my $event = event();

    $gw->odoo_control(%$fault);
    wait_for(sub { !eval { Logistics::Http->new(port => $gw->{odoo_server}{port})->connect->close; 1 } }, 5, 'no listener')
        if $fault->{fault} eq 'refuse';
    my $answer = $gw->post_json($PATH, [$event], bearer($token));
    my $problem = check_problem($answer, $name, $status, $slug, $retryable, $retry_after);
    is($problem->{errors}[0]{record}, 0, "$name: which record");
    if ($retry_after && $retry_after != 5) {
        is(scalar(grep { ($_->{fault} // '') eq $fault->{fault} } @{ $gw->odoo_calls->{calls} }), 1, "$name: who says when is asked once");
    }
    clean_odoo($gw);
    is(scalar notes($gw, $event), $n, "$name: notes in Odoo");

    $answer = wait_for(sub { my $again = $gw->post_json($PATH, [$event], bearer($token));
        $again->{status} == 200 && $again }, 10, "$name: Odoo to be back");
    is($answer->json->{records}[0]{outcome}, 'written', "$name: written when it is back");
    is(scalar notes($gw, $event), 1, "$name: once");
    return;
}

sub check_survived {
    my ($gw, $token, $case) = @_;
    my ($name, $fault) = @$case;
    my $event = event();

    $gw->odoo_control(%$fault);
    my $answer = $gw->post_json($PATH, [$event], bearer($token));
    is($answer->{status}, 200, "$name: the partner hears of a success") or diag $answer->{body};
    like($answer->json->{records}[0]{outcome}, qr/^(?:written|already-there)$/);
    clean_odoo($gw);
    is(scalar notes($gw, $event), 1, "$name: once in Odoo");
    my $before = $gw->odoo_dump;
    $answer = $gw->post_json($PATH, [$event], bearer($token));
    is($answer->{status}, 200, "$name: the partner's repeat");
    is(without_times($gw->odoo_dump), without_times($before), "$name: changes nothing");
    return;
}

sub without_times { return $_[0] =~ s/'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?'/'time'/gr }

# Bad records among good ones: which are bad is said, and where they stand; the others are in Odoo.
sub check_bad_rows {
    my ($gw, $token) = @_;
    my @events = map { event() } 1 .. 6;
    my %is_bad = (2 => 'unknown-reference', 4 => 'refused-by-odoo');

    $events[2]{refs}[0]{v} = 'NOBODY-1';
    $events[4]{src}{raw} = { text => 'smoke-signal' }; # see the mapping's edit
    my $text = "[\n" . join(",\n", map {'  ' . encode_json($_)} @events) . "\n]";
    my $answer = $gw->post_json($PATH, $text, bearer($token));
    my $problem = check_problem($answer, 'two bad records', 422, 'refused-by-odoo', 0, undef);

    is_deeply([map { [@$_{qw(code record line column)}] } @{ $problem->{errors} }],
        [['unknown-reference', 2, 4, 3], ['refused-by-odoo', 4, 6, 3]], 'record, line and column of each');
    like($problem->{errors}[0]{detail}, qr/no stock\.picking with .*"NOBODY-1"/, 'what is not there');
    like($problem->{errors}[1]{detail}, qr/^mail\.message, field "message_type": .*smoke-signal/, 'what Odoo says');
    is_deeply([map { $_->{outcome} } @{ $problem->{records} }], [map { $is_bad{$_} ? 'refused' : 'written' } 0 .. 5],
        'the outcome of each');
    is_deeply([map { scalar notes($gw, $_) } @events], [map { $is_bad{$_} ? 0 : 1 } 0 .. 5], 'the good ones are in Odoo');

    $events[2]{refs}[0]{v} = 'S00012';
    delete $events[4]{src}{raw};
    $answer = $gw->post_json($PATH, \@events, bearer($token));
    is($answer->{status}, 200, 'mended and sent again') or diag $answer->{body};
    is_deeply([map { scalar notes($gw, $_) } @events], [(1) x 6], 'each is there once');

    $answer = $gw->post_json($PATH, [event('NOBODY-2')], bearer($token));
    check_problem($answer, 'an unknown transfer', 422, 'unknown-reference', 0, undef);
    return;
}

# A partner that hangs up while Odoo works: what was begun is done, and the trace tells.
sub check_hang_up {
    my ($gw, $token) = @_;
    my $event = event();
    my $id = "hang-up-$number";
    my @workers = $gw->worker_pids;
    my $client = $gw->client->connect;

    $gw->odoo_control(latency_ms => 400);
    $client->send(Logistics::Http::format_request($client, 'POST', $PATH, [bearer($token),
        'Content-Type' => 'application/json', 'X-Correlation-ID' => $id], encode_json([$event])));
    wait_for(sub { $gw->odoo_calls->{running} }, 5, 'Odoo to work');
    $client->close;
    wait_for(sub { notes($gw, $event) }, 5, 'the note of a partner that has gone');
    clean_odoo($gw);

    my $answer;
    wait_for(sub { $answer = $gw->get("/v1/traces/$id", bearer($token)); $answer->{status} == 200 }, 5, 'its trace');
    is($answer->json->{requests}[0]{outcomes}[0]{outcome}, 'written', 'a partner hangs up: written, and in the trace');
    is($answer->json->{requests}[0]{stages}{deliver}[0], 'pass');
    is_deeply([sort $gw->worker_pids], [sort @workers], 'nobody crashed');
    return;
}

# What the operator has to mend: the partner hears whose fault it is, and no key.
sub check_access {
    my ($api, $name, $key, $user) = @_;
    my $gw = gateway(odoo_key => $key, policies => {
        'gateway.yaml' => sub { s/api: json2/api: $api/; s/user: gateway/user: $user/; s/timeout: 30s/timeout: 5s/ } });
    my $token = $gw->token(partner => 'ops');
    my $event = event();

    for (1, 2) {
        my $answer = $gw->post_json($PATH, [$event], bearer($token));
        check_problem($answer, "$api, $name", 502, 'odoo-credentials', 0, undef);
        unlike($answer->{body}, qr/\Q$key\E/, "$api, $name: the key is not in the answer");
    }
    is(scalar notes($gw, $event), 0);
    unlike($gw->log, qr/\Q$key\E/, "$api, $name: nor in the log");
    finish($gw);
    return;
}

# Calls that change stock or books, whose answer is lost: what Odoo has done is there once, whatever the partner
# was told, and its repeat changes nothing.
sub check_once {
    my ($api) = @_;
    my $control = free_port();
    my $gw = gateway(odoo_args => ['--seed', seed(19), '--stock-delivery', '--control-port', $control], odoo_control_port => $control,
        policies => { 'gateway.yaml' => sub { s/api: json2/api: $api/; s/timeout: 30s/timeout: ${SHORT_S}s/ } });
    my $token = $gw->token(partner => 'ops');
    my @goods = (lines => [{ sku => 'PAL-1', received => '2' }]);
    my @at = (at => '2026-11-25T10:00:00+01:00', local => '2026-11-25T10:00:00');
    my @cases = (['cut-after', 'P00050', 50], ['hang-after', 'P00051', 51], ['cut-half', 'P00050', undef]);

    for my $case (@cases) {
        my ($fault, $order, $picking) = @$case;
        my $receipt = { v => 1, id => "receipt_once$fault", number => "R-$fault", received => {@at}, against => { order => $order }, @goods,
            src => { partner => 'ops', format => 'json' } };
        my $bill = { v => 1, id => "invoice_once$fault", kind => 'goods', doc_type => 'invoice', direction => 'payable', number => "F-$fault",
            issued => {@at}, currency => 'EUR', party => [{ role => 'seller', name => 'Fix & Go' }],
            lines => [{ line => '1', kind => 'goods', description => 'x', amount => '10.00' }], totals => { total => '10.00' },
            src => { partner => 'ops', format => 'json' } };
        once($gw, $token, "$api: $fault at button_validate", '/v1/receipts', $receipt, { fault => $fault, match => 'button_validate', ms => 3000 });
        once($gw, $token, "$api: $fault at a bill", '/v1/invoices', $bill, { fault => $fault, match => 'account.move.load', ms => 3000 });
        is(scalar $gw->odoo_rows('select 1 from account_move where ref = ?', "F-$fault"), 1, "$api: $fault: one bill");
        next unless $picking;
        is_deeply([map { $_->{state} } $gw->odoo_rows('select state from stock_picking where id = ?', $picking)], ['done'], "$api: $fault: validated");
        is(scalar $gw->odoo_rows('select 1 from stock_picking where backorder_id = ?', $picking), 1, "$api: $fault: one backorder");
    }
    my @moved = map { 0 + $_->{quantity} } $gw->odoo_rows('select quantity from stock_move where state = "done" and product_id = 15 and quantity > 0');
    is_deeply(\@moved, [(2) x @cases], "$api: the goods of each receipt, once");
    finish($gw);
    return;
}

sub once {
    my ($gw, $token, $name, $path, $body, $fault) = @_;

    $gw->odoo_control(%$fault);
    my $first = $gw->post_json($path, $body, bearer($token));
    like($first->{status}, qr/^(?:200|504)$/, "$name: done, or not known") or diag $first->{body};
    clean_odoo($gw);
    wait_for(sub { !$gw->odoo_calls->{running} }, 10, 'Odoo to come to rest');
    my $second = $gw->post_json($path, $body, bearer($token));
    is($second->{status}, 200, "$name: the repeat") or diag $second->{body};
    my $before = $gw->odoo_dump;
    my $third = $gw->post_json($path, $body, bearer($token));
    is($third->{status}, 200, "$name: and again");
    unlike($third->{body}, qr/"model":"(?:stock.picking|account.move)"[^}]*"outcome":"written"/, "$name: nothing is done twice");
    is(without_times($gw->odoo_dump), without_times($before), "$name: it changes nothing");
    return;
}

for my $api (qw(json2 jsonrpc)) {
    subtest "once, $api" => sub { check_once($api) };
    subtest $api => sub {
        my $control = free_port();
        my $gw = gateway(odoo_args => ['--control-port', $control], odoo_control_port => $control,
            policies => {
                # looks at whether Odoo is back are requests, too
                'partners/ops.yaml' => sub { s/rate: 20\/s, burst: 100/rate: 1000\/s, burst: 1000/ || die },
                'gateway.yaml' => sub { s/api: json2/api: $api/; s/timeout: 30s/timeout: ${SHORT_S}s/ },
                # so that a partner's text can make a row that Odoo's import refuses
                'mappings/templates/odoo-note.yaml' =>
                    sub { s{message_type: comment}{message_type: {path: /src/raw/text, default: comment}} },
            });
        my $token = $gw->token(partner => 'ops');
        my $warm = $gw->post_json($PATH, [event()], bearer($token));
        is($warm->{status}, 200, 'all is well') or diag $warm->{body};
        check_fault($gw, $token, $_) for @faults;
        check_survived($gw, $token, $_) for @survived;
        check_bad_rows($gw, $token);
        check_hang_up($gw, $token);
        unlike($gw->log, qr/gateway-key/, 'no secret in the log');
        finish($gw);
        check_access($api, 'a wrong key', 'no-such-key-0815', 'gateway');
        check_access($api, "a clerk's rights", 'clerk-key', 'clerk');
    };
}
done_testing();
