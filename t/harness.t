# The harness itself: what other tests stand on, on stock nginx without the module.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use POSIX ();

my $CONF = <<'END';
daemon off;
worker_processes 2;
pid %%DIR%%/state/nginx.pid;
error_log %%DIR%%/state/error.log info;
events { }
http {
    client_body_temp_path %%DIR%%/state/body;
    proxy_temp_path %%DIR%%/state/proxy;
    fastcgi_temp_path %%DIR%%/state/fastcgi;
    uwsgi_temp_path %%DIR%%/state/uwsgi;
    scgi_temp_path %%DIR%%/state/scgi;
    access_log %%DIR%%/state/access.log;
    upstream up { server UPSTREAM; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://up; proxy_http_version 1.1; }
        location /hello { add_header X-One a; add_header X-One b; return 200 '{"hello":"world"}'; }
    }
}
END

my $up = upstream(sub {
    my ($request) = @_;
    return 'cut' if $request->{path} eq '/cut';
    return [201, { 'X-Up' => 'yes' }, { got => length $request->{body} }];
});
(my $conf = $CONF) =~ s/UPSTREAM/$up->address/e;
my $gw = gateway(module => 0, odoo => 0, conf => $conf);

subtest 'requests and answers' => sub {
    my $answer = $gw->get('/hello', 'X-A' => 1);
    is($answer->{status}, 200);
    is_deeply($answer->json, { hello => 'world' });
    is($answer->header('X-One'), 'a, b', 'a header that stands twice');

    my $client = $gw->client;
    is($client->request('GET', '/hello')->{status}, 200) for 1 .. 3;
    like(join('', map { $_->[0] } @{ $client->request('GET', '/hello')->{list} }), qr/Connection/);
    is($client->request('HEAD', '/hello')->{body}, '', 'HEAD has no body');

    like($gw->raw("GET /hello HTTP/1.0\r\n\r\n"), qr/^HTTP\/1\.1 200 OK\r\n/, 'raw bytes');
    like($gw->raw("nonsense\r\n\r\n"), qr/400 Bad Request/);
};

subtest 'an upstream in Perl' => sub {
    my $answer = $gw->post_json('/x', { text => "\x{e9}" }, 'X-B' => 'b');
    is($answer->{status}, 201);
    is($answer->header('x-up'), 'yes');
    my ($request) = $up->requests;
    is($request->{method}, 'POST');
    is($request->{headers}{'x-b'}, 'b');
    is($request->{body}, "{\"text\":\"\xc3\xa9\"}", 'the body byte by byte');
    is($gw->get('/cut')->{status}, 502, 'an upstream that cuts');
    is(scalar(() = $up->requests), 2);
    my $chunked = $gw->request('POST', '/x', ['Transfer-Encoding' => 'chunked'], "3\r\nabc\r\n0\r\n\r\n");
    is_deeply($chunked->json, { got => 3 });
};

subtest 'a private Redis' => sub {
    is($gw->redis_cmd('SET', 'a', "b\r\nc"), 'OK');
    is($gw->redis_cmd('GET', 'a'), "b\r\nc");
    is($gw->redis_cmd('GET', 'none'), undef);
    is_deeply($gw->redis_cmd('LRANGE', 'list', 0, -1), []);
    is($gw->redis_cmd('RPUSH', 'list', 1, 2), 2);
    is_deeply($gw->redis_cmd('LRANGE', 'list', 0, -1), [1, 2]);
    ok(!eval { $gw->redis_cmd('NONSENSE'); 1 }, 'an error dies');
    ok(eval { $gw->redis_cmd('PING') }, '... and the next command works');
};

subtest 'workers and reload' => sub {
    my @before = sort $gw->worker_pids;
    is(scalar @before, 2);
    cmp_ok($gw->worker_rss, '>', 1000, 'resident KiB of the workers');
    $gw->reload;
    my %before = map { $_ => 1 } @before;
    ok(wait_for(sub { !grep { $before{$_} } $gw->worker_pids }, 5, 'the old workers to go'));
    is($gw->get('/hello')->{status}, 200);

    my $path = $gw->dir . '/conf/nginx.conf';
    my $good = slurp($path);
    spew($path, "nonsense;\n$good");
    $gw->reload(expect => 'refused');
    is($gw->get('/hello')->{status}, 200, 'a refused reload keeps the old configuration');
    spew($path, $good);
};

subtest 'waiting' => sub {
    my $n = 0;
    is(wait_for(sub { ++$n == 3 && 'third' }, 5, 'the third look'), 'third');
    ok(!eval { wait_for(sub { 0 }, 0.05, 'what never comes'); 1 });
    like($@, qr/waited 0.05 s for what never comes/);

    # one look in 10 ms: hundreds of thousands would say that it does not wait between them
    my $looks = 0;
    ok(!eval { wait_for(sub { $looks++; 0 }, 0.5, 'half a second'); 1 });
    cmp_ok($looks, '<', 100, 'it waits between its looks');
    cmp_ok($looks, '>', 1, '... and looks again');
};

subtest 'logisticsctl' => sub {
    my $dir = File::Temp->newdir;
    local $ENV{LGS_BUILD} = "$dir";
    spew("$dir/logisticsctl", "#!/bin/sh\npwd; cat; echo said \$* >&2; exit 3\n");
    chmod 0755, "$dir/logisticsctl" or die "chmod: $!";
    is_deeply([ctl_run({ stdin => 'read', dir => '/' }, 'a', 'b')], [3, "/\nread", "said a b\n"], 'in a folder, with input');
    is_deeply([(ctl_run('a'))[1]], [POSIX::getcwd() . "\n"], 'here, without');
    spew("$dir/logisticsctl", "#!/bin/sh\nkill -TERM \$\$\n");
    ok(!eval { ctl_run('a'); 1 }, 'one that a signal ended');
    like($@, qr/logisticsctl a: signal 15/, '... has no exit code');
};

subtest 'tokens made by hand' => sub {
    # RFC 7515 appendix A.1 with its key
    my $key = pack 'C*', 3, 35, 53, 75, 43, 15, 165, 188, 131, 126, 6, 101, 119, 123, 166, 143, 90, 179,
        40, 230, 240, 84, 201, 40, 169, 15, 132, 178, 210, 80, 46, 191, 211, 251, 90, 146, 210, 6, 71, 239,
        150, 138, 180, 195, 119, 98, 61, 34, 61, 46, 33, 114, 5, 46, 79, 8, 192, 205, 154, 245, 103, 208, 128, 163;
    my $token = jws("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}",
        sub { Digest::SHA::hmac_sha256($_[0], $key) });
    like($token, qr/\.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk$/);
    like(hs256({ iss => 'x' }, 'secret', kid => 'k'), qr/^[\w-]+\.[\w-]+\.[\w-]{43}$/);
};

subtest 'complaints are seen' => sub {
    is_deeply([$gw->complaints(qr/nonsense/)], [], 'none but the one that was caused');
    cmp_ok(scalar(() = $gw->complaints), '==', 1);
};

subtest 'a relay that crashes is a complaint, one that is killed is none' => sub {
    for my $signal (qw(SEGV KILL)) {
        my $gw = gateway(relay => 1);
        my ($relay) = @{ $gw->{relays} };
        $relay->kill($signal);
        wait_for(sub { !$relay->alive }, 10, 'its end');
        ok($gw->quit);
        is_deeply([$gw->complaints], $signal eq 'SEGV' ? ['logistics-relay ended by signal 11'] : [], $signal);
    }
};

# A test that dies must leave nobody behind.
subtest 'a test that dies ends what it started' => sub {
    my $dir = File::Temp->newdir;
    spew("$dir/dies.t", <<'END');
use lib 't/lib';
use Logistics::Test;
my $up = upstream(sub { [200] });
my $gw = gateway(module => 0, odoo => 0, conf => <<'CONF');
daemon off; worker_processes 2; pid %%DIR%%/state/nginx.pid; error_log %%DIR%%/state/error.log; events { }
http { access_log off; client_body_temp_path %%DIR%%/b; proxy_temp_path %%DIR%%/p; fastcgi_temp_path %%DIR%%/f;
uwsgi_temp_path %%DIR%%/u; scgi_temp_path %%DIR%%/s; server { listen 127.0.0.1:%%PORT%%; } }
CONF
print join(' ', $gw->master_pid, $gw->worker_pids, $up->{process}->pid, $gw->{redis_server}{process}->pid), "\n";
HOW
END
    my %how = ('dies' => 'die "on purpose\n";', 'is killed' => 'kill KILL => $$;', 'is ended' => 'kill TERM => $$; 1 while 1;');
    for my $how (sort keys %how) {
        (my $text = slurp("$dir/dies.t")) =~ s/HOW/$how{$how}/;
        spew("$dir/this.t", $text);
        my @pids = split " ", `TMPDIR=$dir $^X $dir/this.t 2>/dev/null`;
        is(scalar @pids, 5, "five processes of a test that $how");
        ok(eval { wait_for(sub { !grep { kill 0, $_ } @pids }, 5, 'them to go') }, '... are gone');
    }
};

finish($gw, allow => qr/nonsense/);
is($gw->{redis_server}{process}->alive, 0, 'Redis is gone');
done_testing;
