# What an attacker puts on the wire, with and without a good token: each request gets its own right
# answer or none, nothing crosses from one to the next, and the worker never notices.  sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use IO::Select;

my $SECRET = '0123456789abcdef0123456789abcdef';
my $up = upstream(sub { return [200, {}, { path => $_[0]{path}, headers => $_[0]{headers}, body => $_[0]{body} }] });
my $gw = gateway(forward => $up, policies => {
    'issuers/hand.yaml' => <<'END',
issuer: https://hand.example.com/
audience: [logistics-api]
keys: {file: hand.jwks.json}
algorithms: [HS256]
require: [exp, iat]
END
    'hand.jwks.json' => encode_json({ keys => [{ kty => 'oct', kid => 'h1', alg => 'HS256', k => base64url($SECRET) }] }),
    'partners/hand.yaml' => <<'END',
partner: hand
identities: [{issuer: https://hand.example.com/, client_id: hand-prod}]
scopes: [tracking:write, fleet:write, trace:read]
odoo: {scope: all}
END
    'routes/small.yaml' => <<'END',
route: small
path: /v1/small
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: forward, upstream: tms}
body: 200k
END
}, server => "client_header_timeout 2s;\n");
my ($FORWARD, $NOW) = ('/v1/forward/tracking-events', '/v1/tracking-events');

sub token {
    my %claims = (iss => 'https://hand.example.com/', aud => 'logistics-api', client_id => 'hand-prod',
        scope => 'tracking:write fleet:write trace:read', iat => time, exp => time + 600, @_);
    return hs256(\%claims, $SECRET, kid => 'h1');
}

my $TOKEN = token();
my $AUTH = "Authorization: Bearer $TOKEN\r\n";
my $n_events = 0;

sub event {
    my $id = sprintf 'ev_%064d', ++$n_events;
    return {
        v => 1, id => $id, type => 'shipment.delivered', timing => 'actual', local => '2026-11-20T10:00:00',
        occurred_at => '2026-11-20T10:00:00Z', refs => [{ t => 'tracking', v => 'S00012' }],
        src => { partner => 'hand', format => 'json' }, @_,
    };
}

my $EVENT = encode_json(event());

# One request as text; %more: headers => lines, version, connection.
sub text {
    my ($method, $path, $body, %more) = @_;
    my $version = $more{version} // '1.1';
    my $length = defined $body && !$more{no_length} ? 'Content-Length: ' . length($body) . "\r\n" : '';
    return "$method $path HTTP/$version\r\nHost: localhost\r\n" . ($more{auth} // $AUTH)
        . "Content-Type: application/json\r\n$length" . ($more{headers} // '') . "\r\n" . ($body // '');
}

# All answers of a connection that is closed behind the last request.
sub answers {
    my ($bytes) = @_;
    my $client = $gw->client;
    my @answers;

    $client->send($bytes);
    while (my $answer = eval { $client->answer }) {
        push @answers, $answer;
        last if $answer->{closed};
    }
    $client->close;
    return @answers;
}

sub statuses { return join ' ', map { $_->{status} } answers(@_) }
sub last_one { return text(@_, headers => "Connection: close\r\n") }
sub still_serves { return is($gw->get('/healthz')->{status}, 200, 'the workers serve') }

my @WORKERS = sort $gw->worker_pids;

subtest 'pipelined: good and bad ones, each its own answer' => sub {
    my $bad_token = "Authorization: Bearer x.y.z\r\n";
    my @mix = (
        [200, text('POST', $FORWARD, $EVENT, headers => "X-Correlation-ID: p1\r\n")],
        [401, text('POST', $FORWARD, $EVENT, auth => $bad_token, headers => "X-Correlation-ID: p2\r\n")],
        [422, text('POST', $FORWARD, '{"v":1}', headers => "X-Correlation-ID: p3\r\n")],
        [404, text('POST', '/v1/none', $EVENT, headers => "X-Correlation-ID: p4\r\n")],
        [405, text('PUT', $FORWARD, $EVENT, headers => "X-Correlation-ID: p5\r\n")],
        [400, text('POST', $FORWARD, '{"v":', headers => "X-Correlation-ID: p6\r\n")],
        [404, text('GET', '/v1/traces/nothing-here', undef, headers => "X-Correlation-ID: p7\r\n")],
        [415, text('POST', $FORWARD, $EVENT, headers => "Content-Encoding: gzip\r\nX-Correlation-ID: p8\r\n")],
        [401, text('POST', $FORWARD, 'x' x 200_000, auth => '', headers => "X-Correlation-ID: p9\r\n")],
        [200, text('POST', $NOW, $EVENT, headers => "X-Correlation-ID: p10\r\nConnection: close\r\n")],
    );
    my @got = answers(join '', map { $_->[1] } @mix);
    is(join(' ', map { $_->{status} } @got), join(' ', map { $_->[0] } @mix), 'statuses in order');
    is(join(' ', map { $_->header('X-Correlation-ID') } @got), join(' ', map {"p$_"} 1 .. 10), 'ids in order');
    my @byte_by_byte = answers_slowly(join '', map { $_->[1] } @mix[0, 1, 2, 9]);
    is(join(' ', map { $_->{status} } @byte_by_byte), '200 401 422 200', 'the same in pieces of a few bytes');
};

sub answers_slowly {
    my ($bytes) = @_;
    my $client = $gw->client->connect;
    my @answers;

    while (length $bytes) {
        $client->send(substr $bytes, 0, 7, '');
        IO::Select->new($client->{socket})->can_read(0);
    }
    while (my $answer = $client->answer) {
        push @answers, $answer;
        last if $answer->{closed};
    }
    return @answers;
}

subtest 'closed early, at every point' => sub {
    my $whole = text('POST', $NOW, $EVENT);
    my $tries = 0;
    for my $cut (1 .. 40, map { int($_ * length($whole) / 60) } 10 .. 60) {
        my $client = $gw->client->connect;
        $client->send(substr $whole, 0, $cut);
        $tries++;
        # a reset at every second one, an orderly end at the others
        setsockopt $client->{socket}, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0 if $cut % 2;
        $client->close;
    }
    cmp_ok($tries, '>', 80, 'tries');
    is(statuses(last_one('POST', $FORWARD, $EVENT)), '200');
    still_serves();
};

subtest 'slow headers and slow bodies' => sub {
    my $client = $gw->client(10)->connect;
    $client->send("POST $FORWARD HTTP/1.1\r\nHost: x\r\n");
    my $answer = eval { $client->rest };
    like($answer, qr/^(?:HTTP\/1\.1 408|$)/, 'a header that does not end is given up');

    my $half = text('POST', $FORWARD, $EVENT);
    my @held = map { my $c = $gw->client->connect; $c->send(substr $half, 0, -10); $c } 1 .. 50;
    is(statuses(last_one('POST', $FORWARD, $EVENT)), '200', '50 bodies that stall hold nobody up');
    $_->send(substr $half, -10) for @held;
    is(join(' ', map { $_->answer->{status} } @held), join(' ', (200) x 50), '… and are served when they end');
    $_->close for @held;
};

subtest 'lengths that lie' => sub {
    my $longer = "POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Type: application/json\r\n"
        . 'Content-Length: ' . (length($EVENT) - 1) . "\r\n\r\n$EVENT";
    my @got = answers($longer . last_one('POST', $FORWARD, $EVENT));
    is($got[0]{status}, 400, 'shorter than the body: what is announced is parsed');
    is(scalar(grep { $_->{status} == 200 } @got), 0, '… and the rest is no request with a body of its own');

    for my $length ('-1', '1e3', '0x10', '99999999999999999999', '12, 12', '+5', ' ') {
        my ($status) = statuses("POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: $length\r\n\r\n$EVENT");
        like($status, qr/^400/, "Content-Length \"$length\"");
    }
    is(statuses("POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: 5\r\nContent-Length: 5\r\n\r\n12345"),
        '400', 'twice');
    is(statuses("POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        '400', 'with Transfer-Encoding');
    is(statuses(text('POST', $FORWARD, '', headers => "Connection: close\r\n")), '400', 'zero bytes');
    my ($huge) = answers("POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Type: application/json\r\n"
        . "Content-Length: 9999999999\r\n\r\n$EVENT");
    is($huge->{status}, 413, 'gigabytes are refused before they come');
    is($huge->header('Content-Type'), 'application/problem+json');
};

sub chunked {
    my ($chunks, %more) = @_;
    return text('POST', $more{path} // $FORWARD, undef,
        headers => "Transfer-Encoding: chunked\r\nConnection: close\r\n" . ($more{headers} // '')) . $chunks;
}

sub chunk { return sprintf "%x\r\n%s\r\n", length $_[0], $_[0] }

subtest 'chunks' => sub {
    my $half = int(length($EVENT) / 2);
    my @parts = (substr($EVENT, 0, $half), substr($EVENT, $half));
    is(statuses(chunked(join('', map { chunk($_) } @parts) . "0\r\n\r\n")), '200', 'two chunks');
    is(statuses(chunked(join('', map { chunk($_) } split //, $EVENT) . "0\r\n\r\n")), '200', 'a chunk a byte');
    is(statuses(chunked(sprintf("%x;name=\"v\";x\r\n%s\r\n0\r\n\r\n", length $EVENT, $EVENT))), '200', 'extensions');
    is(statuses(chunked(chunk($EVENT) . "0\r\nX-Partner: evil\r\n\r\n")), '200', 'trailers');
    is(statuses(chunked("0\r\n\r\n")), '400', 'none');
    for my $size ('ffffffffffffffffff', '-1', 'x', '7fffffffffffffff') {
        like(statuses(chunked("$size\r\n$EVENT\r\n0\r\n\r\n")), qr/^(?:400|413)/, "a chunk of $size bytes");
    }
    like(statuses(chunked("5\r\nabcdefgh\r\n0\r\n\r\n")), qr/^400/, 'longer than announced');
    like(statuses(chunked('', headers => "Transfer-Encoding: gzip\r\n")), qr/^(?:400|501)/, 'another coding');

    # A route of 200k: no more than that and a buffer is taken off the wire.
    my $client = $gw->client->connect;
    $client->send(text('POST', '/v1/small', undef, headers => "Transfer-Encoding: chunked\r\n"));
    my $sent = 0;
    my $wait = IO::Select->new($client->{socket});
    while (!$wait->can_read(0) && $sent < 20_000_000) {
        $client->send(chunk('x' x 65536));
        $sent += 65536;
    }
    is($client->answer->{status}, 413, 'without an end: refused');
    cmp_ok($sent, '<', 15_000_000, '… when the limit of the route is passed');
    $client->close;
};

subtest 'large bodies through a temporary file' => sub {
    my @events = map { event() } 1 .. 400;
    my $body = encode_json(\@events);
    cmp_ok(length $body, '>', 100_000);
    my ($answer) = answers(last_one('POST', $FORWARD, $body));
    is($answer->{status}, 200) or diag substr $answer->{body}, 0, 300;
    is_deeply(decode_json($answer->json->{body}), \@events, 'arrives whole');
    ($answer) = answers(last_one('POST', '/v1/small', 'x' x 210_000));
    is($answer->{status}, 413, 'over the limit of its route') or diag $answer->{body};
};

subtest 'Expect' => sub {
    my $head = sub { "POST $FORWARD HTTP/1.1\r\nHost: x\r\n$_[0]Content-Type: application/json\r\nContent-Length: "
        . length($EVENT) . "\r\nExpect: 100-continue\r\n\r\n" };
    my $client = $gw->client->connect;
    $client->send($head->($AUTH));
    is($client->head->{status}, 100, 'a good token: go on');
    $client->send($EVENT);
    is($client->answer->{status}, 200);
    $client->send($head->(''));
    is($client->head->{status}, 401, 'no token: refused without an invitation to send the body');
    $client->close;
};

subtest 'headers' => sub {
    is(statuses(last_one('POST', $FORWARD, $EVENT, headers => '')), '200');
    for ([90, 200], [1000, 400]) {
        my $many = join '', map {"X-Many-$_: v\r\n"} 1 .. $_->[0];
        is(statuses(text('POST', $FORWARD, $EVENT, headers => "${many}Connection: close\r\n")), $_->[1], "$_->[0] headers");
    }
    like(statuses(text('POST', $FORWARD, $EVENT, headers => 'X-Long: ' . ('y' x 70_000) . "\r\n")), qr/^400/, 'too long');
    for my $value ("a\r\nSet-Cookie: x=1", "a\nSet-Cookie: x=1", '<script>', "a\x00b", "a\x7fb", '../..', '%0d%0aX: y') {
        my $raw = $gw->raw(text('POST', $FORWARD, $EVENT, headers => "X-Correlation-ID: $value\r\nConnection: close\r\n"));
        my ($head) = split /\r\n\r\n/, $raw;
        unlike($head, qr/Set-Cookie|script|\.\.|^X:/m, 'a correlation id brings nothing of its own into the answer');
    }
    is(statuses(text('POST', $FORWARD, $EVENT, headers => "${AUTH}Connection: close\r\n")), 400,
        'two Authorization headers: which of them would count?');
    my ($answer) = answers(text('POST', $FORWARD, $EVENT, auth => 'Authorization: Bearer ' . ('A' x 15_000) . "\r\n",
        headers => "Connection: close\r\n"));
    is($answer->{status}, 401, 'a token of 15,000 bytes');
    like(statuses(text('POST', $FORWARD, $EVENT, auth => "Authorization: Bearer a\x00b\r\n")), qr/^400/, 'NUL in a token');
    ($answer) = answers(text('POST', $FORWARD, $EVENT, auth => 'Authorization: Bearer "\\<b>' . "\xff\xfe\r\n",
        headers => "Connection: close\r\n"));
    is($answer->{status}, 401);
    like($answer->header('WWW-Authenticate'), qr/^Bearer realm="logistics", error="invalid_token", error_description="[^"\\\x80-\xff]+"$/,
        'nothing breaks out of the challenge');
    ok(eval { decode_json($answer->{body}) }, 'the problem is JSON');
};

subtest 'what the token says cannot break out of the answer' => sub {
    my $evil = "x\"\r\nSet-Cookie: a=1\r\n\r\n<script>\x{2028}";
    for my $claims ({ client_id => $evil }, { iss => $evil }, { aud => $evil }, { scope => $evil }, { client_id => 'y' x 3000 }) {
        my $raw = $gw->raw(text('POST', $FORWARD, $EVENT, auth => 'Authorization: Bearer ' . token(%$claims) . "\r\n",
            headers => "Connection: close\r\n"));
        my ($head, $body) = split /\r\n\r\n/, $raw, 2;
        like($head, qr/^HTTP\/1\.1 40[13] /, join ' ', keys %$claims);
        unlike($head, qr/^Set-Cookie/m, '… no header of its own');
        ok(eval { decode_json($body) }, '… the problem is JSON') or diag $body;
    }
};

subtest 'paths' => sub {
    my %path = (
        '//v1//forward/tracking-events'                => 200,
        '/v1/%66orward/tracking-events'                => 200,
        '/v1/forward/./tracking-events'                => 200,
        '/admin/%2e%2e/v1/forward/tracking-events'     => 200,
        '/v1/x/../forward/tracking-events?a=/../b'     => 200,
        'http://evil.example.com/v1/forward/tracking-events' => 200,
        '/v1/forward/tracking-events/'                 => 404,
        '/v1/forward/tracking-events%00'               => 400,
        '/v1/forward%2ftracking-events%2f'             => 404,
        '/v1/forward/tracking-events%20'               => 404,
        '/v1/forward/tracking-events;a=b'              => 404,
        '/v1/FORWARD/tracking-events'                  => 404,
        '/v1/%ff%fe%22%3cscript%3e%0a%0d2026/01/01%20[alarm]%20x' => 404,
        '/v1/' . 'a/' x 3000                           => 404,
        '/v1/' . '%41' x 3000                          => 404,
        '/v1/../../etc/passwd'                         => 400,
    );
    for my $path (sort keys %path) {
        my ($answer) = answers(last_one('POST', $path, $EVENT));
        my $name = length $path > 60 ? substr($path, 0, 60) . '…' : $path;
        is($answer->{status}, $path{$path}, $name);
        if ($path{$path} == 200) {
            like($answer->json->{path}, qr{^/v1/forward/tracking-events(?:\?|$)}, '… the service behind sees the path that was checked');
        } elsif ($path{$path} == 404) {
            ok(eval { $answer->json }, '… the problem is JSON');
        }
    }
    is($gw->request('POST', '/jsonrpc/%0a2026/01/01%20[alarm]%20x', [])->{status}, 404, 'one that the guard closes');
    unlike($gw->log, qr/^\s*2026\/01\/01 \[alarm\]/m, 'no line of the log is made by a path');
};

subtest 'methods, versions, protocols' => sub {
    is(statuses(text('post', $FORWARD, $EVENT)), '400', 'lower case');
    for my $method (qw(DELETE PATCH OPTIONS TRACE CONNECT PROPFIND FOO)) {
        like(statuses(text($method, $FORWARD, undef, headers => "Connection: close\r\n")), qr/^40[05]$/, $method);
    }
    my ($trace) = answers(text('TRACE', $FORWARD, undef, headers => "Connection: close\r\n"));
    is($trace->header('Content-Type'), 'application/problem+json', 'TRACE, which nginx refuses before it looks for a location');
    is($trace->header('Allow'), 'POST');
    like($trace->json->{detail}, qr/^TRACE is not for this route, but POST$/);
    ok($trace->header('X-Correlation-ID'), 'and has an id');
    ($trace) = answers(text('TRACE', '/v1/none', undef, headers => "Connection: close\r\n"));
    is($trace->header('Content-Type'), 'application/problem+json', 'nor where routes are, but none');
    is($trace->{status}, 405);
    ($trace) = answers(text('TRACE', '/web', undef, headers => "Connection: close\r\n"));
    is($trace->header('Content-Type'), 'text/html', 'the web client has pages');
    my ($answer) = answers(text('POST', $FORWARD, $EVENT, headers => "X-HTTP-Method-Override: DELETE\r\n"
        . "X-HTTP-Method: DELETE\r\nX-Method-Override: DELETE\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n"
        . "Connection: close\r\n"));
    is($answer->{status}, 200);
    is_deeply([grep {/override|http-method|original-url|rewrite-url/} keys %{ $answer->json->{headers} }], [],
        'headers that would change method or path do not go on');
    ($answer) = answers(text('POST', $FORWARD, $EVENT, headers => "Upgrade: websocket\r\nConnection: Upgrade, close\r\n"));
    is($answer->{status}, 200);
    is($answer->json->{headers}{upgrade}, undef, 'Upgrade does not go on');
    ($answer) = answers(text('POST', $FORWARD, $EVENT, version => '1.0'));
    is($answer->{status}, 200, 'HTTP/1.0');
    is(statuses(text('POST', $FORWARD, $EVENT, version => '1.0', headers => "Transfer-Encoding: chunked\r\n", no_length => 1)),
        '400', 'chunks in HTTP/1.0');
    like($gw->raw("GET /v1/traces\r\n"), qr/^\{"type":/, 'HTTP/0.9: a body without headers');
    is(statuses("POST $FORWARD HTTP/1.1\r\n${AUTH}Content-Length: 2\r\n\r\n{}"), '400', 'no Host');
    is(statuses("POST $FORWARD HTTP/1.1\r\nHost: a\r\nHost: b\r\n${AUTH}Content-Length: 2\r\n\r\n{}"), '400', 'two Hosts');
    like(statuses("POST $FORWARD HTTP/9.9\r\nHost: a\r\n\r\n"), qr/^(?:505|400)/, 'a version to come');
    $gw->raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    $gw->raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" . "\0" x 64);
    still_serves();
};

subtest 'conditions do not hide an answer' => sub {
    for my $condition ('If-None-Match: *', 'If-Match: "x"', 'If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT',
        'If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT', 'Range: bytes=0-0') {
        my ($answer) = answers(text('POST', $NOW, encode_json(event()), headers => "$condition\r\nConnection: close\r\n"));
        is($answer->{status}, 200, $condition);
        like($answer->{body}, qr/"status":"delivered"/, '… with what became of it');
    }
};

subtest 'media types' => sub {
    my $post = sub { (answers("POST $FORWARD HTTP/1.1\r\nHost: x\r\n${AUTH}$_[0]Content-Length: " . length($EVENT)
        . "\r\nConnection: close\r\n\r\n$EVENT"))[0] };
    is($post->($_)->{status}, 415, $_ || 'none')
        for '', map {"$_\r\n"} 'Content-Type: text/plain', 'Content-Type: application/jsonx', 'Content-Type: +json',
        'Content-Type: ', "Content-Type: application/json\r\nContent-Encoding: gzip",
        "Content-Type: application/json\r\nContent-Encoding: identity\r\nContent-Encoding: br",
        'Content-Type: <script>alert(1)</script>', "Content-Type: \xff\xfe";
    my $answer = $post->("X-Partner: evil\r\nContent-Type: application/vnd.evil+json\r\nContent-Type: text/html\r\n");
    is($answer->{status}, 200, 'a +json type');
    like($answer->json->{headers}{'content-type'}, qr{^application/json(?:, application/json)*$},
        'the service behind is told what the body is now');
};

subtest 'JSON bombs' => sub {
    my %bomb = (
        'arrays in arrays'    => ('[' x 1_000_000),
        'closed ones'         => ('[' x 100_000) . (']' x 100_000),
        'objects in objects'  => ('{"a":' x 500_000),
        'a million members'   => '{' . join(',', map {"\"k$_\":1"} 1 .. 300_000) . '}',
        'a million values'    => '[' . join(',', (1) x 1_200_000) . ']',
        'the same member'     => '{' . join(',', ('"a":1') x 100_000) . '}',
        'a long string'       => '"' . 'x' x 18_000_000 . '"',
        'a long number'       => '1' x 1_000_000,
        'an exponent'         => '{"v":1e999999999}',
        'invalid UTF-8'       => "{\"v\":\"\xff\xfe\xc0\x80\xed\xa0\x80\"}",
        'a lone surrogate'    => '{"v":"\ud800"}',
        'NUL in a key'        => '{"a\u0000b":1}',
        'NUL as a byte'       => "{\"a\0b\":1}",
        'a byte order mark'   => "\xef\xbb\xbf{}",
        'UTF-16'              => "{\0}\0",
        'two documents'       => '{}{}',
    );
    for my $name (sort keys %bomb) {
        my ($answer) = answers(last_one('POST', $FORWARD, $bomb{$name}));
        like($answer->{status}, qr/^(?:400|413|422)$/, "$name: $answer->{status}");
        cmp_ok(length $answer->{body}, '<', 20_000, '… said in few words');
        ok(eval { $answer->json }, '… in JSON') or diag substr $answer->{body}, 0, 300;
    }
    still_serves();
};

# What the partner writes goes to Redis keys, to Odoo, to a note that people read in a browser.
subtest 'values on their way' => sub {
    my $html = '<img src=x onerror=alert(1)>"\'&</p><script>';
    my ($answer) = answers(last_one('POST', $NOW, encode_json(event(note => $html,
        location => { name => $html, addr => { city => $html } }))));
    is($answer->{status}, 200) or diag $answer->{body};
    my ($note) = $gw->odoo_rows('select * from mail_message where id = ?', $answer->json->{records}[0]{odoo}[0]{id});
    unlike($note->{body}, qr/<(?:img|script)/, 'no element of the partner in the note');
    like($note->{body}, qr/&lt;img src=x/, '… but what it wrote');

    my %refs = (
        'blanks and line ends' => "a b\r\nDEL x\r\n",
        'braces'               => '{L00}:t:dhl:x',
        'another hash tag'     => '}{L99}',
        'quotes'               => q('"; --),
        'a wildcard'           => '*',
        'an arrow'             => "\x{2192} \x{1F4A9}",
        'NUL'                  => "a\0b",
        'an external id'       => '__export__.stock_picking_1',
    );
    my $before = join ' ', sort grep { !/^lgs:\{L\d\d\}:[tk]:hand:/ } @{ $gw->redis_cmd('KEYS', '*') };
    for my $name (sort keys %refs) {
        my $event = encode_json(event(refs => [{ t => 'tracking', v => $refs{$name} }]));
        ($answer) = answers(last_one('POST', $FORWARD, $event));
        like($answer->{status}, qr/^(?:200|400|422)$/, "$name: $answer->{status}");
        ok(eval { $answer->json }, '… in JSON');
        ($answer) = answers(last_one('POST', $NOW, $event));
        like($answer->{status}, qr/^(?:400|404|422)$/, "$name, to Odoo: $answer->{status}") or diag $answer->{body};
    }
    my $last = $answer->header('X-Correlation-ID');
    wait_for(sub { grep {/:\Q$last\E$/} @{ $gw->redis_cmd('KEYS', "lgs:*:t:hand:*") } }, 5, 'the last trace');
    my @keys = @{ $gw->redis_cmd('KEYS', '*') };
    is(join(' ', sort grep { !/^lgs:\{L\d\d\}:[tk]:hand:/s } @keys), $before, 'no key but those of the partner');
    my %lanes = map { /^lgs:\{(L\d\d)\}:[tk]:hand:/s ? ($1 => 1) : () } @keys;
    is(scalar(keys %lanes), 1, 'all in one lane') or diag explain \%lanes;
    for my $query ('*', '%00', '%0d%0aDEL', '{L00}', 'x%26y', '%ff', 'a=b') {
        like($gw->get("/v1/traces?tracking=$query", bearer($TOKEN))->{status}, qr/^(?:200|400)$/, "asked for $query");
    }
    is($gw->get("/v1/traces?$_=1", bearer($TOKEN))->{status}, 400, "a type of $_") for '', 'a:b', 'A', '%2a', 'x' x 33;
    is($gw->get("/v1/traces/$_", bearer($TOKEN))->{status}, 400, "an id of $_") for '%2a', 'a%0ab', '{x}', 'x' x 65;
};

subtest 'a partner cannot crowd traces out' => sub {
    my ($dropped) = $gw->get('/metrics')->{body} =~ /^logistics_traces_dropped_total (\d+)/m;
    my $event = event(refs => [map { { t => "t$_" . 'x' x 600_000, v => 'v' } } 1 .. 20]);
    my ($answer) = answers(last_one('POST', $FORWARD, encode_json($event)));
    is($answer->{status}, 422, 'types of 600 kB');
    my $id = $answer->header('X-Correlation-ID');
    ok(eval { wait_for(sub { $gw->get("/v1/traces/$id", bearer($TOKEN))->{status} == 200 }, 5, 'its trace') }, '… leave a trace');
    my ($after) = $gw->get('/metrics')->{body} =~ /^logistics_traces_dropped_total (\d+)/m;
    is($after, $dropped, '… and drop nobody\'s');
};

sub peak_kib {
    my ($sum) = (0);
    for my $pid ($gw->worker_pids) {
        my ($kib) = slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m;
        $sum += $kib;
    }
    return $sum;
}

subtest 'small documents that want to become large ones' => sub {
    my $dhl = decode_json(slurp(root() . '/docs/examples/dhl-delivered.json'));
    my ($shipment) = @{ $dhl->{shipments} };
    my ($event) = @{ $shipment->{events} };
    my $before = peak_kib();
    for ([4900, 900], [4900, 100_000], [10, 900_000]) {
        my ($events, $pieces) = @$_;
        $shipment->{events} = [map { +{ %$event, remark => "n$_", pieceIds => undef } } 1 .. $events];
        delete $_->{pieceIds} for @{ $shipment->{events} };
        $shipment->{details}{pieceIds} = [map {"p$_"} 1 .. $pieces];
        my $answer = $gw->client(60)->request('POST', $FORWARD, [bearer($gw->token(partner => 'dhl')),
            'Content-Type' => 'application/json', Connection => 'close'], encode_json($dhl));
        is($answer->{status}, 413, "$events events of $pieces pieces each");
        like($answer->json->{detail}, qr/more memory than one request may use/);
        my $id = $answer->header('X-Correlation-ID');
        ok(eval { wait_for(sub { $gw->get("/v1/traces/$id", bearer($gw->token(partner => 'dhl')))->{status} == 200 }, 5, 'it') },
            '… and it has its trace');
    }
    cmp_ok(peak_kib() - $before, '<', 400_000, 'KiB that both workers took for it') unless $ENV{LGS_SANITIZE};
    still_serves();
};

subtest 'a trace stays small' => sub {
    my ($answer) = answers(last_one('POST', $NOW, encode_json([map { event() } 1 .. 1000])));
    is($answer->{status}, 200) or diag substr $answer->{body}, 0, 500;
    is(scalar @{ $answer->json->{records} }, 1000, 'the answer tells of each record');
    my $id = $answer->header('X-Correlation-ID');
    my $trace;
    wait_for(sub { $trace = $gw->get("/v1/traces/$id", bearer($TOKEN)); $trace->{status} == 200 }, 5, 'its trace');
    is($trace->json->{requests}[0]{records}, 1000);
    cmp_ok(length $trace->{body}, '<', 80_000, 'the trace of the first');
    cmp_ok(scalar @{ $trace->json->{requests}[0]{outcomes} }, '>', 50);
};

subtest 'hangs up while Odoo works' => sub {
    $gw->odoo_control(latency_ms => 300);
    my $event = event();
    my $client = $gw->client->connect;
    $client->send(text('POST', $NOW, encode_json($event), headers => "X-Correlation-ID: hung-up\r\n"));
    wait_for(sub { $gw->get('/metrics')->{body} =~ /^logistics_odoo_calls_total (\d+)/m && $1 > 0 }, 5, 'a call');
    $client->close;
    my $trace;
    wait_for(sub { $trace = $gw->get('/v1/traces/hung-up', bearer($TOKEN)); $trace->{status} == 200 }, 10, 'its trace');
    is($trace->json->{requests}[0]{outcomes}[0]{outcome}, 'written', 'what was begun is ended, and told in the trace');
    $gw->odoo_control(latency_ms => 0);
};

is_deeply([sort $gw->worker_pids], \@WORKERS, 'the same workers as at the start');
finish($gw);
done_testing;
