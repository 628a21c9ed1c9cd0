# logisticsctl odoo check: what the shipped policies need, asked of the stand-in in both versions.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $url = sub { "http://127.0.0.1:$_[0]{odoo_server}{port}" };
my %jsonrpc = ('gateway.yaml' => sub { s/api: json2/api: jsonrpc/ });

sub odoo {
    my (%opt) = @_;
    my $gw = gateway(start => 0, redis => 0, %opt);
    $gw->write_policies;
    $gw->start_odoo;
    return $gw;
}

sub check { return ctl_run('odoo', 'check', '--policies', $_[0]{policies_dir}, '--url', $_[1] // $url->($_[0])) }

{
    my $gw = odoo(odoo_args => ['--stock-delivery']);
    my ($rc, $out, $err) = check($gw);

    is($rc, 0, 'all is there');
    is($err, '', 'and nothing to complain of');
    like($out, qr/^ok +version +19\.0$/m, 'the version');
    like($out, qr/^ok +stock\.picking\.carrier_tracking_ref +there$/m, 'a field');
    like($out, qr/^ok +mail\.message create +allowed$/m, 'a right');
    like($out, qr/^ok +stock\.quant\.available_quantity +there$/m, 'what only a read asks for');
    like($out, qr/^ok +ir\.attachment read +allowed$/m, '… and its right');
    unlike($out, qr/^(?:BAD|look)/m, 'nothing bad');
    unlike($out . $err, qr/gateway-key/, 'the key is not shown');
    is((check($gw, $url->($gw) . '/'))[0], 0, 'a slash at the end of the URL does no harm');
    my @written = grep { $_->{call} !~ /fields_get|search_read|has_access|check_access_rights|authenticate|^$/ }
        @{ $gw->odoo_calls->{calls} };
    is_deeply(\@written, [], 'it only asked');
    $gw->stop_odoo;
    ($rc, $out) = check($gw);
    is($rc, 1, 'Odoo away');
    like($out, qr/^BAD +connection +Odoo takes no connection$/m, 'and it says so');
    ($rc, $out, $err) = check($gw, 'odoo.example.com:8069');
    is($rc, 2, 'no URL');
    like($err, qr{^logisticsctl odoo: --url "odoo\.example\.com:8069": write http://HOST:PORT$}m, '... and what one is');
}
{
    my $gw = odoo();
    my ($rc, $out) = check($gw);

    is($rc, 0, 'without stock_delivery there are other fields to find a transfer by');
    like($out, qr/^look +stock\.picking\.carrier_tracking_ref .*module stock_delivery/m, 'which is worth a look');
    like($out, qr/^look +stock\.picking\.carrier_price .*not there/m, 'what a read says is optional, too');
    $gw->odoo_control(fault => 'access-error', match => 'mail.message.has_access', times => 0);
    ($rc, $out) = check($gw);
    is($rc, 1, 'a missing right');
    like($out, qr/^BAD +mail\.message create /m, 'is named');
    spew("$gw->{dir}/run/keys/odoo.key", 'another-key');
    ($rc, $out) = check($gw);
    is($rc, 1, 'a wrong key');
    like($out, qr/^BAD +key +Invalid apikey$/m, 'is told');
    unlike($out, qr/another-key/, 'but not shown');
    unlink "$gw->{dir}/run/keys/odoo.key";
    is((check($gw))[0], 2, 'no key file: policies cannot be read');
}
{
    my $gw = odoo(odoo => 17, odoo_key => 'gateway-pw', odoo_args => ['--stock-delivery', '--no-gateway-email'],
        policies => \%jsonrpc);
    my ($rc, $out) = check($gw);

    is($rc, 0, '17 by JSON-RPC');
    like($out, qr/^look +user +has no email address/m, 'a user without email is worth a look');
    like($out, qr/^ok +maintenance\.request create +allowed$/m, 'rights by the old method');
    $gw->edit_policies('gateway.yaml' => sub { s/api: jsonrpc/api: json2/ });
    ($rc, $out) = check($gw);
    is($rc, 1, '17 by JSON-2');
    like($out, qr/^BAD +version +before 19 there is no JSON-2/m, 'says what to do');
}
is((ctl_run('odoo', @$_))[0], 2, "usage: odoo @$_") for [], ['check'], ['check', '--url'], ['look', '--url', 'x'],
    ['check', '--nosuch', 'x', '--url', 'y'];
done_testing();
