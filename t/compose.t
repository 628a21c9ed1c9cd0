# What docker-compose.yml would start, as far as it can be checked without a Docker engine: the file
# itself, and the same conf/ files with the values of the image and of compose, by nginx -t and by
# redis-server.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Process qw(spawn);

chdir root();

# docker-compose's own reading of the file, as text.
my $config = `docker-compose -f docker-compose.yml config 2>&1`;
is($?, 0, 'docker-compose config') or diag($config);
for my $service (qw(gateway relay redis postgres odoo odoo-init gateway-keys)) {
    like($config, qr/^  \Q$service\E:$/m, "service $service");
}
like($config, qr/image: odoo:19/, 'a real Odoo 19');
like($config, qr/image: postgres:15/);

my $compose = slurp('docker-compose.yml');
subtest 'mounted files are there' => sub {
    my @files = $compose =~ m{^\s+- (\./[^:]+):}mg;
    cmp_ok(scalar @files, '>=', 5);
    ok(-e $_, $_) for @files;
    ok(-x $_, "$_ can be run") for grep {/\.sh$/} @files, 'docker/gateway-entrypoint.sh';
    is(system("bash -n $_"), 0, "$_ parses") for glob 'docker/*.sh';
    is(system("/usr/bin/python3 -m py_compile docker/odoo-init.py"), 0, 'odoo-init.py parses');
    system('rm -rf docker/__pycache__');
};

# What the image and compose set, so that the same values are tested.
my %env = slurp('docker/Dockerfile') =~ /^\s*(?:ENV )?(LGS_\w+)=(\S+)/mg;
my ($service) = $compose =~ /^  gateway:\n(.*?)\n\n/ms;
%env = (%env, $service =~ /^\s+(LGS_\w+): "?([^"\n]+)"?$/mg);
cmp_ok(scalar keys %env, '>=', 10, 'environment of the gateway');

subtest 'every variable is one that tools/render-conf knows' => sub {
    my $render = slurp('tools/render-conf');
    like($render, qr/\$\{$_[:}?]/, $_) for sort keys %env;
};

subtest 'nginx -t' => sub {
    my $gw = gateway(start => 0, odoo => 0, redis => 0);
    my $dir = $gw->dir;
    $gw->write_policies;
    my ($key, $cert) = ("$dir/key.pem", "$dir/cert.pem");
    is(system("openssl req -x509 -newkey rsa:2048 -nodes -keyout $key -out $cert -subj /CN=localhost -days 2 2>/dev/null"), 0);

    my %here = (
        LGS_MODULE => undef, LGS_CONF => undef, LGS_POLICIES => undef, LGS_STATE => undef,
        # names of the compose network do not resolve on this machine
        LGS_REDIS => '127.0.0.1:6379', LGS_ODOO => '127.0.0.1:8069', LGS_ODOO_WEBSOCKET => '127.0.0.1:8072',
        LGS_ERROR_LOG => "$dir/state/error.log", LGS_ACCESS_LOG => "$dir/state/access.log",
        LGS_LISTEN => '127.0.0.1:' . $gw->port, LGS_RELAY_SOCKET => "$dir/state/relay.sock",
    );
    my %as_compose = (%env, %here);
    delete $as_compose{$_} for grep { !defined $as_compose{$_} } keys %as_compose;
    delete $as_compose{LGS_USER} if $> != 0;
    my %variants = (
        'as in compose' => {},
        'with TLS' => { LGS_TLS_CERT => $cert, LGS_TLS_KEY => $key },
        'behind trusted proxies' => { LGS_TRUSTED_PROXIES => '10.0.0.0/8 192.168.7.1' },
    );
    for my $name (sort keys %variants) {
        $gw->{env} = { %as_compose, %{ $variants{$name} } };
        $gw->write_conf;
        my ($ok, $output) = $gw->check_conf;
        ok($ok, $name) or diag($output);
        unlike($output, qr/\[warn\]/, '... without a warning');
    }
    append_line("$dir/conf/gateway.conf", 'no_such_directive on;');
    my ($ok) = $gw->check_conf;
    ok(!$ok, 'a wrong directive is found');
};

sub append_line { spew($_[0], slurp($_[0]) . "$_[1]\n") }

subtest 'redis.conf' => sub {
    my $dir = File::Temp->newdir;
    my $redis = bless { port => free_port(), dir => "$dir" }, 'Logistics::Redis';
    $redis->{process} = spawn(name => 'redis-server', stdout => "$dir/log", stderr => "$dir/log",
        argv => ['redis-server', 'conf/redis.conf', '--port', $redis->{port}, '--bind', '127.0.0.1', '--dir', "$dir"]);
    ok(wait_for(sub { $redis->{process}->alive || die slurp("$dir/log"); eval { $redis->cmd('PING') } }, 10, 'redis'),
        'redis-server takes it');
    my %want = (appendonly => 'yes', appendfsync => 'always', 'maxmemory-policy' => 'noeviction', save => '');
    is($redis->cmd('CONFIG', 'GET', $_)->[1], $want{$_}, $_) for sort keys %want;
    $redis->stop;
};

subtest 'odoo.conf fits the gateway' => sub {
    my %odoo = slurp('docker/odoo.conf') =~ /^(\w+) = (.*)$/mg;
    is($odoo{proxy_mode}, 'True', 'proxy_mode');
    is($odoo{list_db}, 'False');
    is($odoo{gevent_port}, 8072);
    my ($web) = slurp('conf/gateway.conf') =~ /^proxy_read_timeout (\d+)s;/m;
    cmp_ok($odoo{limit_time_real}, '<', $web, 'Odoo gives up before the gateway does');
    my ($calls) = slurp('conf/gateway.conf') =~ m{location /_logistics/odoo .*?proxy_read_timeout (\d+)s}s;
    cmp_ok($calls, '>=', 90, 'no call is cut while Odoo repeats a serialization failure');
};

done_testing;
