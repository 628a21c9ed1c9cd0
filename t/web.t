# The reverse proxy of Odoo's web client as shipped in conf/: in front of the stand-in what people see,
# in front of a Perl upstream what Odoo gets to see.  sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $WEBSOCKET_ANSWER = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello";

# Records what came, and answers with what Odoo's answers are known for.
my $recorder = upstream(sub {
    my ($request) = @_;
    return $WEBSOCKET_ANSWER if $request->{path} eq '/websocket';
    return [200, { 'Content-Type' => 'text/html', Server => 'Werkzeug/2.2.2 Python/3.11.2',
        'Set-Cookie' => $request->{headers}{'x-cookie'} // 'session_id=abc; HttpOnly; Path=/' }, 'page'];
});
my $gw = gateway(odoo => 0, redis => 0,
    env => { LGS_ODOO => $recorder->address, LGS_ODOO_WEBSOCKET => $recorder->address });
my $real = gateway(odoo => 19, redis => 0);

# Nothing of what $code does may reach Odoo.
sub reaches_nobody {
    my ($code) = @_;
    my ($before, $calls) = ($recorder->count, $real->odoo_calls->{count});

    $code->();
    is($recorder->count, $before, 'nothing of it reached the upstream');
    is($real->odoo_calls->{count}, $calls, '... nor the stand-in');
}

subtest 'what Odoo gets to see' => sub {
    my $answer = $gw->get('/odoo?x=1', Host => 'erp.example.com', 'X-Correlation-ID' => 'web-1',
        'X-Forwarded-For' => '203.0.113.9', 'X-Forwarded-Proto' => 'https', 'X-Forwarded-Host' => 'evil.example',
        Forwarded => 'for=203.0.113.9', 'X-Real-IP' => '203.0.113.9', 'X-Odoo-Database' => 'other',
        'X-Logistics-Partner' => 'acme-express', 'X-Logistics-Route' => 'trace',
        Upgrade => 'h2c', TE => 'trailers', Cookie => 'session_id=s');
    is($answer->{status}, 200);

    my $got = $recorder->last_request;
    is($got->{path}, '/odoo?x=1');
    my %want = (
        'host' => 'erp.example.com', 'x-forwarded-for' => '127.0.0.1', 'x-forwarded-proto' => 'http',
        'x-forwarded-host' => 'erp.example.com', 'x-real-ip' => '127.0.0.1', 'x-correlation-id' => 'web-1',
        'cookie' => 'session_id=s', map { $_ => undef } qw(forwarded x-odoo-database x-logistics-partner
            x-logistics-route upgrade te connection));
    is($got->{headers}{$_}, $want{$_}, "$_ is " . ($want{$_} // 'not sent')) for sort keys %want;
    unlike(encode_json($got->{list}), qr/203\.0\.113|evil/, 'what the client claimed is nowhere');
    my %times;
    $times{ lc $_->[0] }++ for @{ $got->{list} };
    is_deeply([grep { $times{$_} > 1 } keys %times], [], 'no header stands twice');
};

subtest 'what people get to see' => sub {
    my $answer = $gw->get('/odoo');
    is($answer->{body}, 'page');
    is($answer->header('Server'), 'nginx', 'Server says neither version nor Werkzeug');
    is($answer->header('X-Content-Type-Options'), 'nosniff');
    is($answer->header('Strict-Transport-Security'), undef, 'no promise of TLS over plain HTTP');
    like($answer->header('X-Correlation-ID'), qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'a correlation id');
    is($recorder->last_request->{headers}{'x-correlation-id'}, $answer->header('X-Correlation-ID'), '... Odoo has it too');

    my $cookie = $answer->header('Set-Cookie');
    like($cookie, qr/; $_(?:;|$)/i, "the session cookie has $_") for qw(secure samesite=lax HttpOnly);
    $cookie = $gw->get('/odoo', 'X-Cookie' => 'frontend_lang=en_US; Path=/')->header('Set-Cookie');
    like($cookie, qr/; secure/i, 'other cookies are Secure');
    unlike($cookie, qr/samesite/i, '... and keep their SameSite');
};

subtest "Odoo's own pages" => sub {
    my $answer = $real->get('/web/login');
    is($answer->{status}, 200);
    like($answer->{body}, qr/class="oe_login_form"/, 'the login page');
    my ($token) = $answer->{body} =~ /name="csrf_token" value="(\w+)"/;
    my ($session) = $answer->header('Set-Cookie') =~ /(session_id=[^;]+)/;
    like($answer->header('Set-Cookie'), qr/; Secure; SameSite=Lax/i);

    for (['/', '/odoo'], ['/odoo', '/web/login?redirect=%2Fodoo%3F']) {
        my ($path, $location) = @$_;
        $answer = $real->get($path, Host => 'erp.example.com');
        is($answer->{status}, 303);
        is($answer->header('Location'), $location, "$path is redirected relatively");
    }
    $answer = $real->request('POST', '/web/login',
        [Cookie => $session, 'Content-Type' => 'application/x-www-form-urlencoded'],
        "csrf_token=$token&login=admin&password=admin");
    is($answer->{status}, 303, 'login');
    is($answer->header('Location'), '/odoo');
    like($answer->header('Set-Cookie'), qr/session_id=[^;]+.*; Secure; SameSite=Lax/i, 'the new session too');

    is($real->get('/web/assets/1/web.assets_web.min.js')->{status}, 200, 'assets');
    is($real->get('/no/such/page')->{status}, 404, "Odoo's own 404");
};

subtest 'uploads' => sub {
    my $part = "--b\r\nContent-Disposition: form-data; name=\"ufile\"; filename=\"a.bin\"\r\n\r\n"
        . join('', map { chr($_ & 0x7f) } 0 .. 2_000_000) . "\r\n--b--\r\n";
    my @type = ('Content-Type' => 'multipart/form-data; boundary=b');
    is($gw->request('POST', '/web/binary/upload_attachment', [@type], $part)->{status}, 200, '2 MB of multipart');
    my $got = $recorder->last_request;
    ok($got->{body} eq $part, '... arrive byte by byte');
    is($got->{headers}{'content-length'}, length $part, '... with their length');

    my $chunked = join('', map { sprintf "%x\r\n%s\r\n", length, $_ } $part =~ /(.{1,60000})/sg) . "0\r\n\r\n";
    is($gw->request('POST', '/web/binary/upload_attachment', [@type, 'Transfer-Encoding' => 'chunked'], $chunked)
        ->{status}, 200, 'the same in chunks');
    $got = $recorder->last_request;
    ok($got->{body} eq $part, '... arrive byte by byte');
    is($got->{headers}{'content-length'}, length $part, '... buffered, with a length');

    for ([128 << 20, undef], [(128 << 20) + 1, 413]) {
        my ($length, $want) = @$_;
        my $client = $gw->client;
        $client->send("POST /web/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: $length\r\n\r\n");
        my $line = do { $client->fill; $client->{buffer} };
        like($line, $want ? qr{^HTTP/1\.1 $want } : qr{^HTTP/1\.1 100 }, "$length bytes");
        $client->close;
    }
};

subtest 'closed to the outside' => sub {
    my @closed = (qw(
        /jsonrpc //jsonrpc /json%72pc /jsonrpc/ /jsonrpc/x /./jsonrpc /x/../jsonrpc /%6a%73onrpc
        /JSONRPC /JsonRpc /jsonrpc;x=1 /jsonrpc?db=prod /json%2572pc /json%252572pc /%2fjsonrpc
        /json/1 /json/2 /json/2/res.partner/search //json//2/res.users/read /json%2f2%2Fres.users/read
        /json/1/../../odoo /web/../jsonrpc /web/login/../database/manager
        /xmlrpc /xmlrpc/2/object /xmlrpc/2/db /xmlrpc/2/common /xmlrpc/common
        /web/database /web/database/manager /web//database/selector /web/%64atabase/list
        /web%2fdatabase%2fmanager /web/database%2fmanager /web/database/manager?x=1
        /en/jsonrpc /fr_BE/json/2/res.users/read /sr@latin/web/database/manager
        /_logistics/odoo /_logistics/odoo/web/health /%5Flogistics/odoo //_logistics//odoo
    ), '/\jsonrpc', '/web\database\manager', '/web/static/..\..\jsonrpc', 'http://localhost/jsonrpc',
        'http://elsewhere.example/web/database/manager');
    reaches_nobody(sub {
        for my $path (@closed) {
            for my $method (qw(GET POST)) {
                my $answer = $gw->request($method, $path, [], $method eq 'POST' ? '{}' : undef);
                is($answer->{status}, 404, "$method $path");
                unlike($answer->{body}, qr{nginx/}, '... a plain page without a version') if $method eq 'GET';
            }
            is($real->get($path)->{status}, 404, "... and before the stand-in");
        }
    });
    reaches_nobody(sub {
        for ("/jsonrpc%00", "/%00/../jsonrpc", "/jsonrpc\x00", "/json\x09rpc", '/%zz') {
            my $answer = $gw->raw("GET $_ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            like($answer, qr{^HTTP/1\.1 400 }, sprintf 'no path at all: %s', $_ =~ s/([\x00-\x1f])/sprintf '\\x%02x', ord $1/er);
        }
        unlike($gw->raw("GET /jsonrpc\r\n"), qr/page/, 'HTTP/0.9');
        like($gw->raw("POST /jsonrpc HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}"), qr{^HTTP/1\.1 404 }, 'HTTP/1.0');
    });
    for my $path (qw(/web/login /web/databases /jsonrpcx /json-editor /web/dataset/call_kw/res.partner/read
        /web/content/database /a/b/jsonrpc), '/odoo?next=/jsonrpc') {
        is($gw->get($path)->{status}, 200, "$path is open");
        is($recorder->last_request->{path}, $path, '... and handed on as it was sent');
    }
};

subtest 'the partner API is no way to Odoo' => sub {
    reaches_nobody(sub {
        is($gw->get('/v1/jsonrpc')->{status}, 401, 'without a token');
        is($gw->get('/v1/nothing', bearer($gw->token(partner => 'dhl')))->{status}, 404, 'with one');
        is($gw->get('/v1/../jsonrpc')->{status}, 404);
        is($gw->get('/v1/..%2fjsonrpc')->{status}, 404);
        is($gw->get('/v1/..%2f_logistics/odoo')->{status}, 404);
    });
};

subtest 'requests that two servers would read in two ways' => sub {
    my %bad = (
        'Content-Length and Transfer-Encoding' => [400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
        'Transfer-Encoding and Content-Length' => [400, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
        'two lengths'                => [400, "Content-Length: 5\r\nContent-Length: 50\r\n"],
        'the same length twice'      => [400, "Content-Length: 5\r\nContent-Length: 5\r\n"],
        'a list of lengths'          => [400, "Content-Length: 5, 5\r\n"],
        'a signed length'            => [400, "Content-Length: +5\r\n"],
        'a negative length'          => [400, "Content-Length: -5\r\n"],
        'chunked, identity'          => [501, "Transfer-Encoding: chunked, identity\r\n"],
        'identity'                   => [501, "Transfer-Encoding: identity\r\n"],
        'gzip, chunked'              => [501, "Transfer-Encoding: gzip, chunked\r\n"],
        'xchunked'                   => [501, "Transfer-Encoding: xchunked\r\n"],
        'chunked twice'              => [400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"],
        'two Hosts'                  => [400, "Host: b\r\nContent-Length: 5\r\n"],
    );
    reaches_nobody(sub {
        for my $what (sort keys %bad) {
            for my $target (qw(/web/login /v1/tracking-events)) {
                my $answer = $gw->raw("POST $target HTTP/1.1\r\nHost: a\r\n$bad{$what}[1]\r\n"
                    . "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                like($answer, qr{^HTTP/1\.1 $bad{$what}[0] }, "$target: $what");
                is(scalar(() = $answer =~ m{^HTTP/1\.1 }mg), 1, '... and what follows is no request');
            }
        }
        like($gw->raw("POST /web/login HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), qr{^HTTP/1\.1 400 }, 'no Host');
        like($gw->raw("POST /web/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            qr{^HTTP/1\.1 400 }, 'chunks in HTTP/1.0');
    });
    $gw->raw("GET /odoo HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 203.0.113.9\r\nConnection: close\r\n\r\n");
    unlike(encode_json($recorder->last_request->{list}), qr/203\.0\.113/, 'a header with an underscore is dropped');
};

# A masked text frame, and what a server sends back for it.
sub frame { my $mask = "\x01\x02\x03\x04"; return chr(0x81) . chr(0x80 | length $_[0]) . $mask . ($_[0] ^ substr($mask x length $_[0], 0, length $_[0])) }

subtest 'websocket' => sub {
    my @upgrade = (Host => 'erp.example.com', Connection => 'Upgrade', Upgrade => 'websocket',
        'Sec-WebSocket-Version' => 13, 'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==');
    for (['of the same site', Origin => 'https://erp.example.com'], ['... in capitals', Origin => 'https://ERP.example.com'],
        ['without an Origin']) {
        my ($what, @origin) = @$_;
        my $client = $real->client;
        my $answer = $client->request('GET', '/websocket?version=19.0-1', [@upgrade, @origin]);
        is($answer->{status}, 101, $what);
        is($answer->header('Sec-WebSocket-Accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', '... the handshake is whole');
        for my $text ('ping', 'x' x 100) {
            $client->send(frame($text));
            is($client->take(2 + length $text), chr(0x81) . chr(length $text) . $text, '... frames go both ways');
        }
        $client->close;
    }
    reaches_nobody(sub {
        for my $gateway ($gw, $real) {
            for my $origin ('https://evil.example', 'http://erp.example.com.evil.example', 'null', '',
                'https://erp.example.com:8443', 'erp.example.com', 'https://evil.example/://erp.example.com') {
                is($gateway->client->request('GET', '/websocket', [@upgrade, Origin => $origin])->{status}, 403,
                    "refused from \"$origin\"");
            }
            is($gateway->client->request('GET', $_, [@upgrade, Origin => 'https://evil.example'])->{status}, 403, $_)
                for qw(//websocket /%77ebsocket /websocket?x);
        }
    });
    $gw->request('GET', '/en/websocket', [@upgrade[0 .. 5], Origin => 'https://erp.example.com']);
    is($recorder->last_request->{headers}{upgrade}, undef, 'an upgrade elsewhere is not handed on');
    my $got = do { $gw->client->request('GET', '/websocket', [@upgrade, 'X-Forwarded-Host' => 'evil.example']);
        $recorder->last_request };
    is($got->{headers}{'x-forwarded-host'}, 'erp.example.com', 'headers are overwritten here, too');
};

subtest 'the configuration in force' => sub {
    local %ENV = (%ENV, %{ Logistics::Gateway::nginx_env() });
    my $conf = `@{[ join ' ', map { quotemeta } $gw->nginx_argv ]} -T 2>/dev/null`;
    my ($web) = $conf =~ m<^location / \{(.*?)^\}>ms;
    my ($websocket) = $conf =~ m<^location = /websocket \{(.*?)^\}>ms;
    ok($web && $websocket, 'nginx -T shows the locations');
    for (qw(logistics_guard), 'include odoo-web.conf') {
        like($web, qr/$_/, "/ has $_");
        like($websocket, qr/$_/, "/websocket has $_");
    }
    my @proxied = $conf =~ m<^location [^{]*?\{((?:(?!^\}).)*?proxy_pass http://odoo_\w+(?:(?!^\}).)*)^\}>gms;
    is(scalar @proxied, 3, 'three locations lead to the web client');
    is(scalar(grep {/logistics_guard on;/} @proxied), 3, '... each is guarded');
    like($conf, qr/^\s*$_;/m, $_) for 'client_max_body_size 128m', 'client_body_timeout 30s', 'client_header_timeout 15s',
        'proxy_connect_timeout 5s', 'proxy_read_timeout 720s', 'proxy_send_timeout 720s', 'server_tokens off';
    like($websocket, qr/$_ 3600s;/, "/websocket: $_") for qw(proxy_read_timeout proxy_send_timeout);
};

subtest 'the access log is JSON, whatever came' => sub {
    my $odd = "/\xff\xfe\"%22\\x?token=secret";
    $gw->raw("GET $odd HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: odd-1\r\nConnection: close\r\n\r\n");
    $gw->get('//jsonrpc', 'X-Correlation-ID' => 'odd-2');
    my %line;
    wait_for(sub { %line = map { $_->{id} => $_ } $gw->access_log; $line{'odd-1'} && $line{'odd-2'} }, 10, 'the lines');
    is($line{'odd-1'}{path}, '/%FF%FE"%22\\x', 'a strange path is kept, escaped, without its query');
    is($line{'odd-2'}{path}, '//jsonrpc', 'a spelling is seen as it was sent');
    is($line{'odd-2'}{status}, 404);
    unlike(slurp($gw->dir . '/state/access.log'), qr/secret/);
    my @without = grep { !length $_->{id} && $_->{status} != 400 && $_->{status} != 501 } $gw->access_log;
    is_deeply(\@without, [], 'each line has its correlation id');
};

subtest 'refusals are counted' => sub {
    my ($before) = $gw->get('/metrics')->{body} =~ /^logistics_guard_refused_total (\d+)$/m;
    cmp_ok($before, '>', 50);
    $gw->get('/jsonrpc') for 1 .. 3;
    like($gw->get('/metrics')->{body}, qr/^logistics_guard_refused_total @{[ $before + 3 ]}$/m);
};

subtest 'Odoo away' => sub {
    $recorder->stop;
    my $answer = $gw->get('/odoo');
    is($answer->{status}, 502);
    unlike($answer->{body}, qr{nginx/}, 'a page without a version');
};

finish($gw);
finish($real);
done_testing;
