# The module among what administrators put beside it: error pages, internal redirects, auth_request,
# mirror, conditions, gzip, a single process, too many workers, HTTP/2.  sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $EVENT = encode_json({
    v => 1, id => 'ev_' . 'b' x 64, type => 'shipment.delivered', timing => 'actual', local => '2026-11-20T10:00:00',
    occurred_at => '2026-11-20T10:00:00Z', refs => [{ t => 'tracking', v => 'S00012' }],
    src => { partner => 'ops', format => 'json' },
});
my $FORWARD = '/v1/forward/tracking-events';

# Refused with the words of $why by nginx -t.
sub is_refused {
    my ($conf, $why, $name) = @_;
    my $gw = gateway(start => 0, odoo => 0, redis => 0, conf => $conf);

    $gw->write_policies;
    $gw->write_conf;
    my ($good, $said) = $gw->check_conf;
    ok(!$good, $name);
    like($said, $why, '… and it says why');
    return;
}

sub conf {
    my ($main, $http, $server, $location) = @_;
    return <<"END";
daemon off;
pid %%DIR%%/state/nginx.pid;
error_log %%DIR%%/state/error.log info;
load_module %%MODULE%%;
$main
events { worker_connections 256; }
http {
    client_body_temp_path %%DIR%%/state/tmp-body;
    proxy_temp_path %%DIR%%/state/tmp-proxy;
    fastcgi_temp_path %%DIR%%/state/tmp-fastcgi;
    uwsgi_temp_path %%DIR%%/state/tmp-uwsgi;
    scgi_temp_path %%DIR%%/state/tmp-scgi;
    access_log off;
    $http
    server {
        listen 127.0.0.1:%%PORT%%;
        $server
        location /v1/ {
            proxy_pass http://\$logistics_upstream;
            proxy_set_header Authorization "";
            $location
        }
    }
}
END
}

my $POLICIES = "logistics_policies %%DIR%%/policies;\n";
sub tms { return "upstream tms { server " . $_[0]->address . "; }\n" }

subtest 'open by mistake' => sub {
    for my $what ('logistics on;', 'logistics_guard on;', 'logistics_status metrics;', 'logistics_status ready;') {
        is_refused(conf('', '', '', $what), qr/need "logistics_policies"/, "$what without policies");
    }
    is_refused(conf('', $POLICIES, '', 'if ($args) { logistics off; }'), qr/"logistics" directive is not allowed here/,
        'not by an "if"');
    is_refused(conf('', "${POLICIES}logistics_zone 512k;", '', 'logistics on;'), qr/logistics_zone/, 'a zone that is too small');
};

my $up = upstream(sub {
    my ($request) = @_;
    my $want = $request->{headers}{'x-want'} // '';
    return [200, { 'X-Accel-Redirect' => $1 }, { ok => 1 }] if $want =~ /^redirect (.*)/;
    return [500, {}, 'traceback of the service'] if $want eq '500';
    return [200, { 'X-Correlation-ID' => 'theirs', 'ETag' => '"x"' }, { path => $request->{path}, body => $request->{body} }];
});

sub post { my ($gw, $path, @headers) = @_; return $gw->post_json($path, $EVENT, bearer($gw->token(partner => 'ops')), @headers) }

subtest 'error pages, redirects, subrequests and filters around it' => sub {
    my $gw = gateway(odoo => 0, redis => 0, forward => $up, workers => 1, conf => conf('', $POLICIES . tms($up) . 'gzip on; gzip_types *; gzip_min_length 1;', <<'END', <<'END'));
        error_page 401 403 404 405 413 415 422 429 500 502 503 /v1/error-page;
        client_max_body_size 30m;
        location /nowhere/ { logistics on; proxy_pass http://127.0.0.1:1; }
        location /named/ { logistics on; error_page 413 502 = @named; proxy_pass http://127.0.0.1:1; }
        location @named { logistics on; proxy_pass http://127.0.0.1:1; }
        location = /allow { return 204; }
        location = /inner { internal; return 200 "inner\n"; }
        location = /mirror { internal; return 200; }
        location /limited/ { logistics on; limit_except GET { deny all; } return 200; }
        location /auth/ { logistics on; auth_request /allow; mirror /mirror; rewrite ^/auth(/.*)$ $1 break;
            proxy_pass http://$logistics_upstream; }
END
        logistics on;
        proxy_intercept_errors on;
END
    is(post($gw, $FORWARD)->{status}, 200, 'as ever');
    is($gw->post_json($FORWARD, $EVENT)->{status}, 401, 'a refusal is no matter of error_page');

    my $client = $gw->client(5);
    $client->send("POST $FORWARD HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " . $gw->token(partner => 'ops')
        . "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    $client->send("10000\r\n" . ('x' x 65536) . "\r\n") for 1 .. 320;
    $client->send("1\r\nx\r\n"); # 20 MiB and one byte, and nothing that would wake it again
    my $answer = $client->answer;
    is($answer->{status}, 413, 'an error_page below a partner route does not begin the way again');
    is($answer->header('Content-Type'), 'application/problem+json', '… a problem as ever');

    $answer = post($gw, '/nowhere/x');
    is($answer->{status}, 404, 'refused before anything is proxied');
    $answer = post($gw, '/named/x');
    is($answer->{status}, 404, 'with a named error page too');
    $answer = post($gw, $FORWARD, 'X-Want' => '500');
    is($answer->{status}, 500, 'proxy_intercept_errors');
    unlike($answer->{body}, qr/traceback/, '… keeps what the service said');

    $answer = post($gw, $FORWARD, 'X-Want' => 'redirect /inner');
    is($answer->{body}, "inner\n", 'X-Accel-Redirect to another location');
    $answer = post($gw, $FORWARD, 'X-Want' => "redirect $FORWARD");
    like($answer->{status}, qr/^(?:500|200)$/, '… and in a circle ends');

    is(post($gw, "/auth$FORWARD")->{status}, 200, 'auth_request and mirror beside it');
    is(post($gw, '/limited/x')->{status}, 403, 'limit_except');
    is(post($gw, '/limited/x')->header('Content-Type'), 'application/problem+json', '… as a problem');

    for my $coding ('gzip', 'identity') {
        $answer = post($gw, '/nowhere/x', 'Accept-Encoding' => $coding);
        is($answer->{status}, 404, "a problem in $coding");
        is($answer->header('Content-Encoding') // 'identity', $coding);
        isnt($answer->{body}, '');
    }
    $answer = post($gw, $FORWARD, 'X-Correlation-ID' => 'ours');
    is($answer->header('X-Correlation-ID'), 'ours', 'one correlation id in an answer, ours');
    $answer = post($gw, $FORWARD, 'Range' => 'bytes=0-0');
    is($answer->{status}, 200, 'Range');
    is($gw->request('HEAD', $FORWARD, [bearer($gw->token(partner => 'ops'))])->{status}, 405, 'HEAD');
    finish($gw);
};

subtest 'as shipped the service behind does not steer nginx' => sub {
    my $gw = gateway(redis => 0, forward => $up);
    for my $to ('/_logistics/odoo', '/metrics', '/healthz', '/web/login') {
        my $answer = post($gw, $FORWARD, 'X-Want' => "redirect $to");
        is($answer->{body}, '{"ok":1}', "X-Accel-Redirect to $to");
    }
    is_deeply([grep { ($_->{path} // '') !~ /health/ } @{ $gw->odoo_calls->{calls} // [] }], [], 'nothing of it came to Odoo');
    finish($gw);
};

# nginx itself does not survive a reload without a master; serving it does.
subtest 'one process' => sub {
    my $gw = gateway(odoo => 0, forward => $up, workers => 0, conf => conf('master_process off;',
        $POLICIES . tms($up) . "logistics_redis %%REDIS%%;
", '', 'logistics on;'));
    is(post($gw, $FORWARD, 'X-Correlation-ID' => 'alone')->{status}, 200, 'serves');
    wait_for(sub { @{ $gw->redis_cmd('KEYS', '*:t:ops:alone') } }, 10, 'its trace');
    finish($gw);
};

subtest 'more workers than the zone has room for' => sub {
    my $gw = gateway(odoo => 0, redis => 0, forward => $up, workers => 60, policies => {
        map { my $name = sprintf 'many-%04d', $_; ("partners/$name.yaml" => <<"END") } 1 .. 3000,
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [tracking:write]
odoo: {scope: all}
limits: {in_flight: 2}
END
    }, conf => conf('worker_processes 60;', "${POLICIES}logistics_zone 1m;\n" . tms($up), '', 'logistics on;'));
    like($gw->log, qr/logistics_zone is too small for one more worker/, 'it is said');
    my $token = $gw->token(partner => 'many-0001');
    my %status;
    for (1 .. 60) {
        my $answer = $gw->post_json($FORWARD, $EVENT =~ s/"ops"/"many-0001"/r, bearer($token));
        $status{ $answer->{status} }++;
    }
    is_deeply(\%status, { 200 => 60 }, 'all serve');
    is(scalar($gw->worker_pids), 60, '… and live');
    finish($gw, within => 20); # under a sanitizer and beside other tests each takes its time
};

SKIP: {
    skip 'no curl with HTTP/2', 1 unless `curl --version` =~ /HTTP2/;
    subtest 'HTTP/2' => sub {
        my $port = free_port();
        my $gw = gateway(forward => $up, server => "listen 127.0.0.1:$port http2;\n");
        my $token = $gw->token(partner => 'ops');
        my $ask = sub { `curl -s --http2-prior-knowledge -o /dev/null -w '%{http_code} %{http_version}' @_ 2>&1` };
        spew($gw->dir . '/event', $EVENT);
        spew($gw->dir . '/large', '[' . join(',', ($EVENT) x 1000) . ']');
        my $url = "http://127.0.0.1:$port";
        my @send = ("-H 'Content-Type: application/json'", "-H 'Authorization: Bearer $token'");
        is($ask->(@send, '--data-binary @' . $gw->dir . '/event', "$url$FORWARD"), '200 2', 'forward');
        is($ask->(@send, '--data-binary @' . $gw->dir . '/event', "$url/v1/tracking-events"), '200 2', 'now');
        is($ask->(@send, '--data-binary @' . $gw->dir . '/large', "$url$FORWARD"), '200 2', 'a large body');
        is($ask->("$url$FORWARD"), '401 2', 'no token');
        is($ask->(@send, '-X PUT', "$url$FORWARD"), '405 2', 'another method');
        is($ask->(@send, "$url/v1/traces/none"), '404 2', 'a trace');
        is($ask->(@send, "$url/readyz"), '200 2', 'readiness');
        finish($gw);
    };
}

done_testing;
