package Logistics::Test;

# The harness of t/*.t:
#
#   use lib 't/lib';
#   use Logistics::Test;
#   my $gw = gateway(policies => { 'gateway.yaml' => sub { s/20m/1k/ } });
#   my $answer = $gw->post_json('/v1/tracking-events', $event, bearer($gw->token(partner => 'dhl')));
#   is($answer->{status}, 200);
#   finish($gw);
#
# Options of gateway:
#   policies       edits of the copy of lua-free-policies: file => text | undef | sub { change $_ }
#   policies_only  the same, on an empty folder
#   odoo           17, 19 (default) or 0; odoo_args => [more arguments of the stand-in]
#   redis          0: none; append_only => 1: with an append-only file
#   forward        an upstream (see upstream) behind forward routes
#   relay          1: logistics-relay is started; lease => '60s'
#   workers        2; log_level => 'info'
#   main, http, server   more lines for those blocks of the shipped configuration
#   conf           a whole nginx.conf instead, with %%PORT%% %%DIR%% %%MODULE%% %%REDIS%%
#   module         0: stock nginx, no policies (with conf)
#   start          0: nothing is started until ->up, or ->write_policies, ->write_conf, ->check_conf
#   prefix         words before nginx's command line (taskset, valgrind)
#   env            more variables for tools/render-conf
#
# Environment: LGS_BUILD (build folder, "build"), LGS_SANITIZE=1 (module from $LGS_BUILD/asan under
# ASan and UBSan), LGS_KEEP=1 (keep the temporary folders).

use strict;
use warnings;

use Digest::SHA ();
use Exporter qw(import);
use File::Temp ();
use JSON::PP ();
use MIME::Base64 ();
use Test::More;

use Logistics::Gateway;
use Logistics::Http;
use Logistics::Process qw(wait_for free_port slurp spew write_files);
use Logistics::Redis;
use Logistics::Upstream;

our @EXPORT = (
    @Test::More::EXPORT, qw(
        gateway upstream finish bearer jws hs256 base64url wait_for free_port slurp spew write_files root
        ctl ctl_run decode_json encode_json
    ));

sub root { return $Logistics::Gateway::ROOT }
sub gateway { return Logistics::Gateway->new(@_) }
sub ctl { return Logistics::Gateway::ctl(@_) }
sub ctl_run { return Logistics::Gateway::ctl_run(@_) }
sub decode_json { return JSON::PP->new->utf8->allow_nonref->decode($_[0]) }
sub encode_json { return JSON::PP->new->utf8->allow_nonref->canonical->encode($_[0]) }

# upstream(sub { my $request = shift; return [200, { header => value }, body] }); options of
# Logistics::Upstream may follow.
my @upstream_dirs;

sub upstream {
    my ($answer, %opt) = @_;
    push @upstream_dirs, File::Temp->newdir('lgs-upstream-XXXXXX', TMPDIR => 1);
    return Logistics::Upstream->start(%opt, dir => "$upstream_dirs[-1]", answer => $answer);
}

# Ends a gateway and asserts that it went cleanly. allow => qr/…/ names complaints that the test caused; within: seconds that
# nginx may take, 5.
sub finish {
    my ($gateway, %opt) = @_;
    my $left = $gateway->quit($opt{within});
    my @complaints = $gateway->complaints($opt{allow});

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($left, 'nginx left after QUIT');
    is_deeply(\@complaints, [], 'no alert and no sanitizer report in the logs');
    return;
}

# ---- tokens --------------------------------------------------------------------------------------

sub bearer { return (Authorization => "Bearer $_[0]") }

sub base64url {
    my $text = MIME::Base64::encode_base64($_[0], '');
    $text =~ tr{+/}{-_};
    $text =~ s/=+$//;
    return $text;
}

# A JWS made by hand, for what no honest issuer makes: header and claims are structures or raw JSON
# text, $sign gets the signing input and returns the signature's bytes.
sub jws {
    my ($header, $claims, $sign) = @_;
    my $input = join '.', map { base64url(ref $_ ? encode_json($_) : $_) } $header, $claims;
    return $input . '.' . base64url($sign->($input));
}

sub hs256 {
    my ($claims, $secret, %header) = @_;
    return jws({ alg => 'HS256', typ => 'JWT', %header }, $claims,
        sub { Digest::SHA::hmac_sha256($_[0], $secret) });
}

1;
