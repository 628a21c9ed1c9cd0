# Stages 2 and 3 as a partner sees them: tokens, scopes, routes; and what a token cannot be.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $up = upstream(sub { return [200, {}, { headers => $_[0]{headers}, path => $_[0]{path} }] });
my $SECRET = '0123456789abcdef0123456789abcdef';
my $OTHER = 'fedcba9876543210fedcba9876543210';

# An issuer with a shared secret beside the demo issuer, so that any token can be made by hand.
sub issuer_files {
    return (
        'issuers/hand.yaml' => <<'END',
issuer: https://hand.example.com/
audience: [logistics-api, other-api]
keys: {file: hand.jwks.json}
algorithms: [HS256, HS512]
require: [exp, iat]
leeway: 1s
END
        'hand.jwks.json' => encode_json({ keys => [
            { kty => 'oct', kid => 'h1', alg => 'HS256', k => base64url($SECRET) }] }),
        'issuers/strange.yaml' => <<'END',
issuer: https://strange.example.com/
audience: [logistics-api]
keys: {file: strange.jwks.json}
algorithms: [HS256]
require: [exp]
END
        'strange.jwks.json' => encode_json({ keys => [
            { kty => 'oct', kid => 's1', alg => 'HS256', k => base64url($OTHER) }] }),
        'partners/hand.yaml' => <<'END',
partner: hand
identities:
  - {issuer: https://hand.example.com/, client_id: hand-prod}
scopes: [tracking:write]
odoo: {scope: all}
END
    );
}

my $gw = gateway(forward => $up, odoo => 0, policies => { issuer_files() });
my $PATH = '/v1/forward/tracking-events';
my $EVENT = {
    v => 1, id => 'ev_' . 'a' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => '00340434' }], src => { partner => 'hand', format => 'json' },
};

sub claims {
    my %claims = (iss => 'https://hand.example.com/', aud => 'logistics-api', client_id => 'hand-prod',
        sub => 'hand', scope => 'tracking:write', iat => time, exp => time + 600, @_);

    delete @claims{ grep { !defined $claims{$_} } keys %claims };
    return \%claims;
}

sub token { return hs256(claims(@_), $SECRET, kid => 'h1') }
sub ask { return $gw->post_json($PATH, $EVENT, bearer($_[0])) }

subtest 'a good token' => sub {
    my $answer = ask(token());
    is($answer->{status}, 200) or diag $answer->{body};
    like($answer->header('X-Correlation-ID'), qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'a UUIDv7');
    is($answer->header('WWW-Authenticate'), undef);
    is(ask(token(aud => ['x', 'other-api']))->{status}, 200, 'one of several audiences');
    is(ask(token(scope => undef, scp => ['a', 'tracking:write']))->{status}, 200, 'scp as a list');
    is(ask(token(client_id => undef, azp => 'hand-prod'))->{status}, 200, 'azp');
    is(ask(token(client_id => undef, sub => 'hand-prod'))->{status}, 200, 'sub');
    is($gw->post_json($PATH, $EVENT, Authorization => 'bearer ' . token())->{status}, 200, 'any case');
};

subtest 'what is refused with 401, and why' => sub {
    my $key = token();
    my ($h, $c, $s) = split /\./, $key;
    my %bad = (
        'no token'            => [undef, 'token-missing'],
        'another scheme'      => ['Basic x', 'token-missing'],
        'garbage'             => ['Bearer x', 'token-malformed'],
        'no signature'        => ["Bearer $h.$c.", qr/token-(?:malformed|signature)/],
        'two segments'        => ["Bearer $h.$c", 'token-malformed'],
        'alg none'            => ['Bearer ' . jws({ alg => 'none', kid => 'h1' }, claims(), sub { 'x' }), 'token-alg'],
        'another secret'      => ['Bearer ' . hs256(claims(), $OTHER, kid => 'h1'), 'token-signature'],
        'kid of another'      => ['Bearer ' . hs256(claims(), $OTHER, kid => 's1'), 'token-kid'],
        'unknown issuer'      => ['Bearer ' . hs256(claims(iss => 'https://x/'), $SECRET, kid => 'h1'), 'token-issuer'],
        'another audience'    => ['Bearer ' . token(aud => 'x'), 'token-audience'],
        'expired'             => ['Bearer ' . token(exp => time - 60), 'token-expired'],
        'not yet'             => ['Bearer ' . token(nbf => time + 600), 'token-not-yet'],
        'no exp'              => ['Bearer ' . token(exp => undef), 'token-claims'],
        'crit'                => ['Bearer ' . hs256(claims(), $SECRET, kid => 'h1', crit => ['b64']), 'token-crit'],
        'another type'        => ['Bearer ' . hs256(claims(), $SECRET, kid => 'h1', typ => 'secevent+jwt'), 'token-type'],
        'duplicate alg'       => ['Bearer ' . jws('{"alg":"HS256","alg":"HS256","kid":"h1"}', claims(),
                sub { Digest::SHA::hmac_sha256($_[0], $SECRET) }), 'token-malformed'],
        'non-canonical bits'  => ["Bearer $h.$c." . substr($s, 0, -1) . chr(ord(substr $s, -1) + 1), qr/token-/],
        'bytes behind it'     => ["Bearer $key.x", 'token-malformed'],
        'too long'            => ['Bearer ' . token(x => 'y' x 9000), 'token-too-long'],
    );
    for my $name (sort keys %bad) {
        my ($header, $code) = @{ $bad{$name} };
        my $answer = $gw->post_json($PATH, $EVENT, defined $header ? (Authorization => $header) : ());
        is($answer->{status}, 401, $name);
        is($answer->header('Content-Type'), 'application/problem+json');
        my $problem = $answer->json;
        like($problem->{errors}[0]{code}, ref $code ? $code : qr/^\Q$code\E$/, "$name: code");
        is($problem->{correlation_id}, $answer->header('X-Correlation-ID'), "$name: correlation id");
        like($answer->header('WWW-Authenticate'), $code eq 'token-missing' ? qr/^Bearer realm="logistics"$/
                : qr/^Bearer realm="logistics", error="invalid_token", error_description="[^"\\]+"$/, "$name: challenge");
        unlike($answer->{body}, qr/\Q$s\E/, "$name: no signature in the answer");
    }
};

subtest 'refused with 403' => sub {
    my $answer = ask(token(scope => 'trace:read'));
    is($answer->{status}, 403);
    is($answer->header('WWW-Authenticate'),
        'Bearer realm="logistics", error="insufficient_scope", scope="tracking:write"');
    is($answer->json->{errors}[0]{code}, 'scope-missing');

    $answer = $gw->get('/v1/traces?tracking=1', bearer(token(scope => 'trace:read')));
    is($answer->{status}, 403);
    is($answer->json->{errors}[0]{code}, 'scope-not-granted', 'in the token, but not among the grants');

    $answer = ask(token(client_id => 'nobody'));
    is($answer->{status}, 403);
    is($answer->json->{errors}[0]{code}, 'token-partner');
};

subtest 'routes and methods' => sub {
    my $answer = $gw->post_json('/v1/nothing', {}, bearer(token()));
    is($answer->{status}, 404);
    like($answer->json->{type}, qr{/no-route$});
    is($gw->post_json('/v1/nothing', {})->{status}, 401, 'strangers do not learn which routes there are');

    $answer = $gw->request('PUT', $PATH, [bearer(token())], '{}');
    is($answer->{status}, 405);
    is($answer->header('Allow'), 'POST');
    is($gw->request('HEAD', $PATH, [bearer(token())])->{body}, '', 'HEAD: no body');
};

subtest 'identity headers of clients' => sub {
    my $answer = $gw->post_json($PATH, $EVENT, bearer(token()), 'X-Partner' => 'evil', 'X-Logistics-Partner' => 'evil',
        'x-partner-id' => 'evil', 'X-Odoo-Database' => 'evil', 'X-Other' => 'kept', Cookie => 'session_id=1');
    is($answer->{status}, 200);
    my $seen = $answer->json->{headers};
    is($seen->{'x-logistics-partner'}, 'hand', 'ours');
    is($seen->{$_}, undef, "$_ is gone") for qw(x-partner x-partner-id x-odoo-database authorization cookie);
    is($seen->{'x-other'}, 'kept');
    is($seen->{'x-correlation-id'}, $answer->header('X-Correlation-ID'));
    like($seen->{traceparent}, qr/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
};

subtest 'correlation' => sub {
    my $answer = $gw->post_json($PATH, $EVENT, bearer(token()), 'X-Correlation-ID' => 'order-1.2_3',
        traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    is($answer->header('X-Correlation-ID'), 'order-1.2_3', "the partner's own");
    my $seen = $answer->json->{headers};
    is($seen->{'x-correlation-id'}, 'order-1.2_3');
    like($seen->{traceparent}, qr/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/, 'continued');

    for my $bad ('x' x 65, 'a b', '<script>', "\x{e9}") {
        $answer = $gw->post_json($PATH, $EVENT, bearer(token()), 'X-Correlation-ID' => $bad);
        like($answer->header('X-Correlation-ID'), qr/^[0-9a-f-]{36}$/, 'ours instead of a malformed one');
    }
    is($gw->post_json($PATH, $EVENT, bearer(token()), 'X-Correlation-ID' => 'y' x 64)
        ->header('X-Correlation-ID'), 'y' x 64, '64 characters are the most');
};

subtest 'verified tokens are remembered' => sub {
    my ($hits, $misses) = map { $gw->get('/metrics')->{body} =~ /^logistics_token_cache_${_}_total (\d+)/m } qw(hits misses);
    my $token = token(jti => 'cache');
    is(ask($token)->{status}, 200) for 1 .. 10;
    my $metrics = $gw->get('/metrics')->{body};
    my ($hits_after) = $metrics =~ /^logistics_token_cache_hits_total (\d+)/m;
    my ($misses_after) = $metrics =~ /^logistics_token_cache_misses_total (\d+)/m;
    is($misses_after - $misses, 1, 'verified once');
    is($hits_after - $hits, 9, 'found nine times');

    my $short = token(exp => time + 2, iat => time - 60, leeway => 0);
    is(ask($short)->{status}, 200);
    wait_for(sub { ask($short)->{status} == 401 }, 10, 'a remembered token to end at exp and leeway');

    is(ask($token)->{status}, 200);
    $gw->edit_policies('issuers/hand.yaml' => sub { s/\[logistics-api, other-api\]/[other-api]/ });
    $gw->reload;
    wait_for(sub { ask($token)->{status} == 401 }, 5, 'a reload to forget what was verified');
};

finish($gw);
done_testing();
