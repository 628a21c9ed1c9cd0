# Reload: under load no request is lost and every answer is 200; a bad policy set keeps the old one and
# says why; a request in flight ends on the revision that it began with; nothing grows.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use Logistics::Process qw(fork_child);
use Logistics::Test;

my $PATH = '/v1/forward/tracking-events';
my $gate = "lgs-reload-gate-$$";
my $up = upstream(sub {
    my ($request) = @_;
    wait_for(sub { -e "/tmp/$gate" }, 20, 'the gate') if ($request->{headers}{'x-other'} // '') eq 'wait';
    return [200, {}, '{}'];
});
my $EVENT = encode_json({
    v => 1, id => 'ev_' . 'a' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => '1' }], src => { partner => 'ops', format => 'json' },
});

my $gw = gateway(forward => $up, odoo => 0, policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $token = $gw->token(partner => 'ops');
my @HEADERS = (bearer($token), 'Content-Type' => 'application/json');

sub post { return $gw->post_json($PATH, $EVENT, bearer($token), @_) }
sub revision { return $gw->get('/readyz')->json->{policy_revision} }

# Some other valid set: a comment would do for a new revision.
my $edits = 0;

sub edit_and_reload {
    $edits++;
    $gw->edit_policies('partners/dhl.yaml' => sub { s/burst: \d+/burst: @{[ 400 + $edits ]}/ });
    $gw->reload;
    return;
}

sub requests_of {
    my ($id) = @_;
    my $answer;
    wait_for(sub { $answer = $gw->get("/v1/traces/$id", bearer($token)); $answer->{status} == 200 }, 10, "trace $id");
    return @{ $answer->json->{requests} };
}

# A process that posts until its file says stop; its findings are in its report. nginx closes kept
# connections when a worker leaves. HTTP lets it do so between two requests; a client asks again on a new one.
sub load_loop {
    my ($name, $keep) = @_;
    my $report = $gw->dir . "/load-$name";

    return [$report, fork_child("load $name", sub {
        my $client = $gw->client;
        my %seen = (status => {}, lost => 0, n => 0);
        while (!-e $gw->dir . '/stop-load') {
            my $used = $client->{socket} && $client->{used};
            my $answer = eval { $client->request('POST', $PATH, [@HEADERS, $keep ? () : (Connection => 'close')], $EVENT) };
            if (!$answer) {
                # An idle connection that nginx had closed: the only case in which no answer is in order.
                $seen{ $used ? 'again' : 'lost' }++;
                $client->close;
                next;
            }
            $client->{used} = 1;
            $client->{used} = 0 unless $client->{socket};
            $seen{n}++;
            $seen{status}{ $answer->{status} }++;
        }
        spew($report, encode_json(\%seen));
    })];
}

subtest 'under load' => sub {
    my @loops = map { load_loop(@$_) } ['keep-1', 1], ['keep-2', 1], ['new-1', 0], ['new-2', 0];
    my %revisions = (revision() => 1);
    my $own = 0;
    for (1 .. 5) {
        my $total = $gw->metric('logistics_traces_sent_total');
        edit_and_reload();
        $revisions{ revision() } = 1;
        is(post()->{status}, 200) and $own++;
        wait_for(sub { $gw->metric('logistics_traces_sent_total') > $total + 50 }, 20, 'load between two reloads');
    }
    spew($gw->dir . '/stop-load', '');
    is(scalar keys %revisions, 6, 'each set has a revision of its own');
    my %all;
    for my $loop (@loops) {
        my ($report, $process) = @$loop;
        ok($process->wait_exit(20), 'a load loop ends');
        my $seen = decode_json(slurp($report));
        $all{status}{$_} += $seen->{status}{$_} for keys %{ $seen->{status} };
        $all{$_} += $seen->{$_} // 0 for qw(lost again n);
    }
    is_deeply([keys %{ $all{status} }], [200], 'every answer is 200');
    is($all{lost}, 0, 'no request is lost');
    is(scalar $up->requests, $all{n} + $own, 'each was delivered once');
    cmp_ok($all{n}, '>', 250, 'requests were made');
    note("$all{n} requests, $all{again} kept connections closed between two requests");
    unlink $gw->dir . '/stop-load';
};

subtest 'a request in flight' => sub {
    my $old = revision();
    my $client = $gw->client->connect;
    my @workers = $gw->worker_pids;
    $client->send(Logistics::Http::format_request($client, 'POST', $PATH,
        [@HEADERS, 'X-Other' => 'wait', 'X-Correlation-ID' => 'in-flight'], $EVENT));
    wait_for(sub { grep { ($_->{headers}{'x-other'} // '') eq 'wait' } $up->requests }, 5, 'it to be in the upstream');
    edit_and_reload();
    isnt(revision(), $old, 'the new set serves');
    is(post('X-Correlation-ID' => 'after-reload')->{status}, 200);
    spew("/tmp/$gate", '');
    is($client->answer('POST')->{status}, 200, 'it gets its answer');
    unlink "/tmp/$gate";
    is((requests_of('in-flight'))[0]{revision}, $old, 'on the revision that it began with');
    is((requests_of('after-reload'))[0]{revision}, revision(), 'those after it on the new one');
    wait_for(sub { !grep { kill 0, $_ } @workers }, 10, 'the old workers to go');
};

subtest 'a bad set keeps the old one' => sub {
    my $old = revision();
    my @workers = $gw->worker_pids;
    my $good = slurp("$gw->{policies_dir}/partners/dhl.yaml");
    $gw->edit_policies(
        'partners/dhl.yaml' => sub { s/timezone: Europe\/Berlin/timezone: Europe\/Berlinn/; s/^limits: \{rate/limits: {raet/m },
        'routes/tracking-events.yaml' => sub { s/scope: tracking:write/scop: tracking:write/ });

    my ($rc, undef, $lint) = ctl_run('lint', $gw->{policies_dir});
    is($rc, 1, 'lint finds it');
    my @lint = grep {/:\d+:\d+: /} split /\n/, $lint;
    cmp_ok(scalar @lint, '>=', 3, 'three findings') or diag $lint;

    my ($ok, $said) = $gw->check_conf;
    ok(!$ok, 'so does nginx -t');
    my @said = map { s/^.*?\[emerg\](?: \d+#\d+:)? //r } grep {/\[emerg\].*:\d+:\d+: /} split /\n/, $said;
    is_deeply(\@said, \@lint, 'in the same words');

    $gw->reload(expect => 'refused');
    my $log = $gw->log;
    like($log, qr/\[emerg\].*\Q$_\E/, "the log has it: $_") for @lint;
    is_deeply([sort $gw->worker_pids], [sort @workers], 'the workers are the same');
    is(revision(), $old, 'and their revision');
    is(post()->{status}, 200, 'they serve');

    $gw->edit_policies('partners/dhl.yaml' => sub { $_ = $good },
        'routes/tracking-events.yaml' => sub { s/scop: /scope: / });
    $gw->reload;
    is(revision(), $old, 'mended: the same files, the same revision');
    is(post()->{status}, 200);
};

# The master's memory in KiB: all of it, and what is its own.
sub memory {
    my $smaps = slurp('/proc/' . $gw->master_pid . '/smaps_rollup');
    my ($rss) = $smaps =~ /^Rss:\s+(\d+)/m;
    my ($own) = $smaps =~ /^Anonymous:\s+(\d+)/m;
    return { rss => $rss, own => $own };
}

sub zone_free { return $gw->metric('logistics_zone_free_bytes') }

subtest 'ten more reloads' => sub {
    edit_and_reload() for 1 .. 3; # warm: allocators have their arenas
    post() for 1 .. 20;
    my $free = zone_free();
    # Freed memory may stay with the allocator once; what leaks grows every time, so in each of three runs.
    my @grown;
    while (@grown < 3 && !grep { $_->{rss} < 1024 && $_->{own} < 1024 } @grown) {
        my $before = memory();
        for (1 .. 10) {
            edit_and_reload();
            post() for 1 .. 5;
        }
        my $after = memory();
        push @grown, { map { $_ => $after->{$_} - $before->{$_} } qw(rss own) };
        note("master: $before->{rss} -> $after->{rss} KiB");
    }
    # freed memory waits in ASan's quarantine: only the plain module can be weighed
    if (!$ENV{LGS_SANITIZE}) {
        cmp_ok($grown[-1]{rss}, '<', 1024, 'KiB of the master');
        cmp_ok($grown[-1]{own}, '<', 1024, 'KiB of its own');
    }
    cmp_ok($free - zone_free(), '<', 16384, 'bytes of the shared zone');
    cmp_ok($free, '>', 0, 'which is known');
    note("zone: $free -> " . zone_free() . ' bytes free');
    is($gw->metric('logistics_redis_up'), 2, 'two links to Redis, no more');
};

finish($gw, allow => qr/\[emerg\].*(?:dhl\.yaml|tracking-events\.yaml|edi\.yaml)/);
done_testing();
