# make install: what it puts where, and that the installed pieces work together.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $dest = File::Temp->newdir;
my $build = Logistics::Gateway::build_dir();
my $output = `make --no-print-directory BUILD=$build DESTDIR=$dest PREFIX=/opt install 2>&1`;
is($?, 0, 'make install') or diag($output);
ok(-e "$dest/opt/$_", $_) for qw(
    bin/logisticsctl bin/logistics-relay lib/ngx_logistics/ngx_http_logistics_module.so
    share/ngx_logistics/conf/nginx.conf share/ngx_logistics/conf/prometheus/alerts.yaml share/ngx_logistics/lua-free-policies/gateway.yaml);
like(scalar(`$dest/opt/bin/logisticsctl help`), qr/usage/, 'logisticsctl runs');

{
    delete local @ENV{ grep {/^LGS_/} keys %ENV };
    local $ENV{LGS_STATE} = "$dest/state";
    is(system("$dest/opt/share/ngx_logistics/tools/render-conf", "$dest/conf"), 0, 'the installed render-conf');
    like(slurp("$dest/conf/local/main.conf"), qr{^load_module $dest/opt/lib/\S+\.so;$}m, '... finds the installed module');
    like(slurp("$dest/conf/local/http.conf"), qr{^logistics_policies $dest/opt/share/\S+;$}m, '... and policies');
}
done_testing;
