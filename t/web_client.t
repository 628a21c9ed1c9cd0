# The reverse proxy of Odoo's web client, as shipped in conf/.  sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

# What Odoo would answer: a session cookie without flags, and what it got.
my $odoo = upstream(sub {
    my ($request) = @_;
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello"
        if $request->{path} eq '/websocket';
    return [200, { 'Content-Type' => 'text/html', Server => 'Werkzeug/2.2.2 Python/3.11.2',
        'Set-Cookie' => 'session_id=abc; HttpOnly; Path=/' }, 'page'];
});
my $gw = gateway(odoo => 0, redis => 0,
    env => { LGS_ODOO => $odoo->address, LGS_ODOO_WEBSOCKET => $odoo->address });

subtest 'an ordinary page' => sub {
    my $answer = $gw->get('/odoo?x=1', 'X-Forwarded-For' => '203.0.113.9', 'X-Forwarded-Proto' => 'https',
        'X-Forwarded-Host' => 'evil.example', Forwarded => 'for=203.0.113.9', Host => 'erp.example.com',
        'X-Logistics-Partner' => 'acme-express');
    is($answer->{status}, 200);
    is($answer->{body}, 'page');
    is($answer->header('Server'), 'nginx', 'Server says neither version nor Werkzeug');
    my $cookie = $answer->header('Set-Cookie');
    like($cookie, qr/; secure/i, 'the session cookie is Secure');
    like($cookie, qr/; samesite=lax/i, '... and SameSite=Lax');
    like($cookie, qr/; HttpOnly/, '... and still HttpOnly');
    is($answer->header('X-Content-Type-Options'), 'nosniff');
    is($answer->header('Strict-Transport-Security'), undef, 'no promise of TLS over plain HTTP');

    my $got = ($odoo->requests)[-1];
    is($got->{path}, '/odoo?x=1');
    is($got->{headers}{'x-forwarded-for'}, '127.0.0.1', 'X-Forwarded-For is overwritten');
    is($got->{headers}{'x-forwarded-proto'}, 'http', 'X-Forwarded-Proto too');
    is($got->{headers}{'x-forwarded-host'}, 'erp.example.com', 'X-Forwarded-Host too');
    ok(!exists $got->{headers}{forwarded}, 'Forwarded is dropped');
    is($got->{headers}{host}, 'erp.example.com');
    ok(!grep { $_->[0] =~ /^x-forwarded-for$/i && $_->[1] =~ /203/ } @{ $got->{list} });
};

subtest 'an upload' => sub {
    my $body = 'x' x 300_000;
    is($gw->request('POST', '/web/binary/upload_attachment', [], $body)->{status}, 200);
    is(length(($odoo->requests)[-1]{body}), 300_000);
    my $client = $gw->client;
    $client->send("POST /web/x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n\r\n");
    is($client->answer->{status}, 413, 'more than 128 MiB is refused before it is sent');
};

subtest 'closed to the outside' => sub {
    my $before = () = $odoo->requests;
    for my $path (qw(
        /jsonrpc //jsonrpc /json%72pc /jsonrpc/ /jsonrpc/x /./jsonrpc /x/../jsonrpc /%6a%73onrpc
        /json/2/res.partner/search /json/2 //json//2/res.users/read
        /xmlrpc /xmlrpc/2/object /xmlrpc/2/db /xmlrpc/common
        /web/database/manager /web//database/selector /web/database /web/%64atabase/list
        /_logistics/odoo
    )) {
        is($gw->get($path)->{status}, 404, $path);
    }
    is(scalar(() = $odoo->requests), $before, 'nothing of it reached Odoo');
    for my $path (qw(/web/login /web/databases /jsonrpcx /json-editor)) {
        is($gw->get($path)->{status}, 200, "$path is open");
    }
};

subtest 'two lengths' => sub {
    my $answer = $gw->raw("POST /web/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        . "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    like($answer, qr{^HTTP/1\.1 400 }, 'Content-Length with Transfer-Encoding is refused');
    unlike($answer, qr{HTTP/1\.1 200 }, '... and what follows is not a request');
};

subtest 'websocket' => sub {
    my @upgrade = (Host => 'erp.example.com', Connection => 'Upgrade', Upgrade => 'websocket',
        'Sec-WebSocket-Version' => 13, 'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==');
    my $client = $gw->client;
    my $answer = $client->request('GET', '/websocket', [@upgrade, Origin => 'http://erp.example.com']);
    is($answer->{status}, 101, 'of the same site');
    is($client->take(5), 'hello', '... carries bytes');
    $client->close;
    is($gw->client->request('GET', '/websocket', [@upgrade, Origin => $_])->{status}, 403, "refused from $_")
        for 'https://evil.example', 'http://erp.example.com.evil.example', 'null';
};

subtest 'operators' => sub {
    my $answer = $gw->get('/healthz');
    is($answer->{status}, 200);
    like($gw->get('/metrics')->{body}, qr/^logistics_policy_info\{revision="[0-9a-f]{12}"\} 1$/m);
};

finish($gw);
done_testing;
