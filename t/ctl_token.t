# logisticsctl token: what libjwt mints the gateway's verifier accepts, what openssl signs too, and
# what is refused says why. openssl is the second opinion on minted signatures.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $ISS = 'https://demo.logistics.example/';
my $AT  = '2026-11-21T07:00:00Z';
my $dir = File::Temp->newdir;
my ($policies, $keys) = ("$dir/policies", "$dir/deep/keys");

sub write_policies {
    mkdir "$policies$_" or die "$policies$_: $!" for '', '/issuers', '/partners', '/routes';
    spew("$policies/gateway.yaml", <<'YAML');
environment: production
odoo: {upstream: odoo, api: json2, database: prod, user: gateway, key: {file: /run/none}}
YAML
    spew("$policies/issuers/demo.yaml", <<"YAML");
issuer: $ISS
audience: [logistics-api]
keys: {file: ../deep/keys/demo.jwks.json}
algorithms: [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA]
require: [exp, iat]
leeway: 30s
YAML
    spew("$policies/issuers/hs.yaml", <<'YAML');
issuer: https://hs.logistics.example/
audience: [logistics-api]
keys: {file: ../deep/keys/demo-hs.jwks.json}
algorithms: [HS256, HS384, HS512]
YAML
    spew("$policies/partners/acme.yaml", <<"YAML");
partner: acme
identities:
  - {issuer: $ISS, client_id: acme-prod}
  - {issuer: https://hs.logistics.example/, client_id: acme-hs}
scopes: [trace:read]
YAML
    spew("$policies/routes/trace.yaml", <<'YAML');
route: trace
path: /v1/traces/{id}
methods: {GET: {scope: trace:read}}
class: bulk
serve: traces
YAML
    return;
}

sub mint {
    my (@more) = @_;
    my $token = ctl('token', '--policies', $policies, '--keys', $keys, '--partner', 'acme', '--at', $AT,
        @more);

    chomp $token;
    return $token;
}

# (exit code, stdout)
sub verify {
    my ($token, %opt) = @_;
    my ($rc, $out, $err) = ctl_run('token', 'verify', '--issuer', $opt{issuer} // "$policies/issuers/demo.yaml",
        '--at', $opt{at} // $AT, $token);

    diag($err) if $err ne '';
    return ($rc, $out);
}

sub refused_ok {
    my ($token, $why, $name, %opt) = @_;
    my ($rc, $out) = verify($token, %opt);

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($rc == 1 && $out =~ $why, $name) or diag("exit $rc: $out");
    return;
}

sub decoded {
    my ($text) = @_;

    $text =~ tr{-_}{+/};
    return MIME::Base64::decode_base64($text);
}

sub parts { return map { decode_json(decoded($_)) } (split /\./, $_[0])[0, 1] }

# Bytes signed by openssl with a key of the demo issuer; @how are options of openssl.
sub openssl_sign {
    my ($input, $file, @how) = @_;

    spew("$dir/input", $input);
    system('openssl', @how, '-inkey', "$keys/$file", '-in', "$dir/input", '-out', "$dir/signature") == 0
        or die 'openssl failed';
    return slurp("$dir/signature");
}

write_policies();

subtest 'keys' => sub {
    ctl('token', 'keys', '--out', $keys, '--alg', $_) for qw(RS256 ES256 ES384 ES512 EdDSA HS256);
    for my $file (qw(demo.key.pem demo-es256.key.pem demo-es384.key.pem demo-es512.key.pem demo-eddsa.key.pem
        demo-hs.jwks.json))
    {
        is(sprintf('%o', (stat "$keys/$file")[2] & 07777), '600', "$file is nobody else's");
    }
    my $set = decode_json(slurp("$keys/demo.jwks.json"));
    is(join(' ', map { $_->{kty} } @{ $set->{keys} }), 'RSA EC EC EC OKP', 'public keys of all pairs');
    is(scalar(grep { exists $_->{d} || exists $_->{k} } @{ $set->{keys} }), 0, 'nothing private among them');
    my $before = slurp("$keys/demo.key.pem") . slurp("$keys/demo.jwks.json");
    ctl('token', 'keys', '--out', $keys);
    is(slurp("$keys/demo.key.pem") . slurp("$keys/demo.jwks.json"), $before, 'made once');
    is_deeply([glob "$keys/*.[0-9]*"], [], 'no half-written file is left');
};

subtest 'a minted token' => sub {
    my ($header, $claims) = parts(mint());
    my ($rc, $out) = verify(mint());

    is($header->{alg}, 'RS256', 'alg');
    like($header->{kid}, qr/^demo-rsa-[0-9a-f]{8}$/, 'kid');
    is($claims->{iss}, $ISS, 'iss');
    is($claims->{aud}, 'logistics-api', 'aud');
    is($claims->{client_id}, 'acme-prod', 'client_id of the partner');
    is($claims->{scope}, 'trace:read', 'scopes of the partner');
    is($claims->{exp} - $claims->{iat}, 3600, 'an hour');
    isnt((parts(mint()))[1]{jti}, $claims->{jti}, 'another jti each time');
    is($rc, 0, 'accepted');
    is($out, "accepted: partner acme\nscopes:  trace:read\nclient:  acme-prod of $ISS\nsigned:  RS256\n"
            . "expires: 2026-11-21T08:00:00Z\n", 'and what of it counts');
};

subtest 'all that libjwt signs' => sub {
    for my $alg (qw(RS256 RS384 RS512 ES256 ES384 ES512)) {
        my ($rc, $out) = verify(mint('--alg', $alg));
        ok($rc == 0 && $out =~ /^signed:  \Q$alg\E$/m, $alg) or diag($out);
    }
    for my $alg (qw(HS256 HS384 HS512)) {
        my ($rc, $out) = verify(mint('--alg', $alg, '--issuer', 'hs'), issuer => "$policies/issuers/hs.yaml");
        ok($rc == 0 && $out =~ /^signed:  \Q$alg\E$/m, $alg) or diag($out);
    }
};

subtest 'what openssl signs' => sub {
    my ($set) = decode_json(slurp("$keys/demo.jwks.json"));
    my ($header, $claims) = parts(mint());
    my $pss = sub {
        my ($bits) = @_;
        return sub {
            my ($input) = @_;
            return openssl_sign(Digest::SHA->new($bits)->add($input)->digest, 'demo.key.pem', 'pkeyutl', '-sign',
                '-pkeyopt', "digest:sha$bits", '-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest');
        };
    };
    for my $bits (256, 384, 512) {
        my ($rc, $out) = verify(jws({ alg => "PS$bits", kid => $header->{kid} }, $claims, $pss->($bits)));
        is($rc, 0, "PS$bits") or diag($out);
    }
    my ($rc, $out) = verify(jws({ alg => 'EdDSA', kid => $set->{keys}[4]{kid} }, $claims,
        sub { openssl_sign($_[0], 'demo-eddsa.key.pem', 'pkeyutl', '-sign', '-rawin') }));
    is($rc, 0, 'EdDSA') or diag($out);
};

subtest 'openssl on what libjwt signed' => sub {
    my ($input, $signature) = mint() =~ /^(.*)\.(.*)$/;

    spew("$dir/input", $input);
    spew("$dir/signature", decoded($signature));
    is(system("openssl dgst -sha256 -prverify $keys/demo.key.pem -signature $dir/signature $dir/input > $dir/out"), 0,
        'RS256 verified');
};

subtest 'refused, and exactly why' => sub {
    my $token = mint('--ttl', '10m');
    my ($head, $body, $signature) = split /\./, $token;

    is((verify($token, at => '2026-11-21T07:10:29Z'))[0], 0, 'within the leeway');
    refused_ok($token, qr/^refused: token-expired: expired at 2026-11-21T07:10:00Z, 30 s before now; leeway is 30 s$/,
        'expired to the second', at => '2026-11-21T07:10:30Z');
    refused_ok($token, qr/, 3 h 2 m before now; leeway is 30 s$/, 'long ago', at => '2026-11-21T11:12:00+01:00');
    refused_ok($token, qr/^refused: token-not-yet: issued at 2026-11-21T07:00:00Z, 1 h after now/, 'from the future',
        at => '1795240800');
    refused_ok($token, qr/^refused: token-issuer: issuer "\Q$ISS\E" is not one of ours$/, 'wrong issuer',
        issuer => "$policies/issuers/hs.yaml");
    refused_ok("$head.$body.A$signature", qr/^refused: token-(malformed|signature): /, 'one more letter');
    refused_ok($head . '.' . base64url('{"iss":"' . $ISS . '","exp":9}') . ".$signature",
        qr/^refused: token-signature: /, 'other claims');
    refused_ok("$head.$body.", qr/^refused: token-signature: the token's signature is empty$/, 'stripped');
    refused_ok(base64url('{"alg":"none"}') . ".$body.", qr/^refused: token-/, 'none');
    refused_ok('x' x 8193, qr/^refused: token-too-long: the token has 8193 bytes; 8192 are allowed$/, 'too long');
    refused_ok(hs256({ iss => $ISS }, slurp("$keys/demo.jwks.json")), qr/^refused: token-alg: issuer "demo" signs with /,
        'HS256 with what is public');
};

subtest 'partner and scopes' => sub {
    my ($rc, $out) = verify(mint('--scope', 'trace:read fleet:write'));

    is($rc, 0, 'accepted with a scope too many');
    like($out, qr/^scopes:  trace:read$/m, 'what is granted');
    like($out, qr/^not granted to the partner: fleet:write$/m, 'what is not');
    ($rc, $out) = verify(mint('--scope', ''));
    like($out, qr/^scopes:  none$/m, 'none');

    my $token = mint();
    my $file  = "$policies/partners/acme.yaml";
    my $text  = slurp($file);
    spew($file, $text =~ s/acme-prod/acme-new/r);
    refused_ok($token, qr/^refused: token-partner: .*client_id: acme-prod/, 'an identity that nobody has');
    spew($file, $text);
};

subtest 'an issuer file alone' => sub {
    my $alone = "$dir/alone";
    mkdir $_ or die "$_: $!" for $alone, "$alone/issuers";
    spew("$alone/issuers/demo.yaml", slurp("$policies/issuers/demo.yaml"));
    my ($rc, $out) = verify(mint(), issuer => "$alone/issuers/demo.yaml");
    is($rc, 0, 'accepted') or diag($out);
    like($out, qr/^accepted: no gateway.yaml in \S+, so no partner was looked up$/m, 'and said without whom');
    spew("$alone/issuers/demo.yaml", slurp("$policies/issuers/demo.yaml") . "leewy: 1s\n");
    my ($bad, undef, $err) = ctl_run('token', 'verify', '--issuer', "$alone/issuers/demo.yaml", mint());
    is($bad, 2, 'a bad file is no verdict');
    like($err, qr/issuers\/demo\.yaml:\d+:\d+: .*leewy/, 'with its place');
};

subtest 'standard input, and usage' => sub {
    my $token = mint();
    spew("$dir/token", "$token\n");
    my $ctl = Logistics::Gateway::build_dir() . '/logisticsctl';
    is(system("$ctl token verify --issuer $policies/issuers/demo.yaml --at $AT - < $dir/token > $dir/out"), 0, 'from -');
    for my $argv (
        [], ['--partner'], ['--partner', 'nobody', '--policies', $policies],
        ['--partner', '../acme', '--policies', $policies],
        ['--partner', 'acme', '--policies', $policies, '--keys', $keys, '--alg', 'PS256'],
        ['--partner', 'acme', '--policies', $policies, '--keys', $keys, '--ttl', 'soon'],
        ['--partner', 'acme', '--policies', $policies, '--keys', $keys, '--at', 'noon'],
        ['--partner', 'acme', '--policies', $policies, '--keys', '/dev/null/keys'],
        ['--partner', 'acme', '--partner', 'acme'],
        ['verify', $token], ['verify', '--issuer', "$policies/issuers/none.yaml", $token],
        ['verify', '--issuer', "$policies/partners/acme.yaml", $token], ['keys', '--alg', 'none'],
        )
    {
        my ($rc, $out, $err) = ctl_run('token', @$argv);
        ok($rc == 2 && $out eq '' && $err ne '', "token @$argv") or diag("exit $rc: $out$err");
    }
};

subtest 'keys that were replaced' => sub {
    my $token = mint();
    unlink "$keys/demo.key.pem" or die "demo.key.pem: $!";
    ctl('token', 'keys', '--out', $keys);
    refused_ok($token, qr/^refused: token-kid: no key with kid "demo-rsa-/, 'named by kid');
    is((verify(mint()))[0], 0, 'the new ones are used');
};

done_testing;
