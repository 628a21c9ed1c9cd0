# What operators see: /healthz, /readyz, /metrics. Numbers are right over all workers, and never go back.
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use Logistics::Test;

my $forward = upstream(sub {
    my ($request) = @_;
    return [$request->{body} =~ /"t":"po"/ ? 503 : 200, {}, { ok => 1 }];
});
my $gw = gateway(forward => $forward);
my $PATH = '/v1/forward/tracking-events';
my $DEMO = $gw->token(partner => 'ops');
my %EVENT = (
    v => 1, id => 'ev_' . 'b' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => '1' }], src => { partner => 'ops', format => 'json' });

# ---- Prometheus text, read strictly ----------------------------------------------------------------

my %SUFFIXES = (histogram => ['_bucket', '_sum', '_count'], counter => [''], gauge => ['']);

sub labels_of {
    my ($text, $line) = @_;
    my %labels;

    while ($text =~ /\G([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|\z)/gc) {
        die "label $1 twice: $line\n" if exists $labels{$1};
        $labels{$1} = $2;
    }
    die "no labels: $line\n" if (pos($text) // 0) != length $text;
    return \%labels;
}

# { name => { type, help, samples => { "suffix{sorted labels}" => value } } }; dies on the first line
# that Prometheus would not take.
sub parse_metrics {
    my ($text) = @_;
    my (%family, $current);

    die "no line end at the end\n" if $text !~ /\n\z/;
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP (\w+) (\S.*)$/) {
            die "HELP twice: $line\n" if $family{$1};
            $current = $family{$1} = { name => $1, help => $2, samples => {} };
        } elsif ($line =~ /^# TYPE (\w+) (counter|gauge|histogram)$/) {
            die "TYPE without its HELP before: $line\n" if !$current || $current->{name} ne $1 || $current->{type};
            $current->{type} = $2;
        } elsif ($line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/) {
            my ($name, $labels, $value) = ($1, labels_of($2 // '', $line), $3);
            die "sample before its TYPE: $line\n" if !$current || !$current->{type};
            my ($suffix) = grep { $name eq $current->{name} . $_ } @{ $SUFFIXES{ $current->{type} } };
            die "sample of another family: $line\n" if !defined $suffix;
            die "no number: $line\n" if $value !~ /^(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$/;
            my $key = $suffix . encode_json($labels);
            die "sample twice: $line\n" if exists $current->{samples}{$key};
            $current->{samples}{$key} = $value;
        } else {
            die "no line of Prometheus text: $line\n";
        }
    }
    check_histogram($_) for grep { $_->{type} eq 'histogram' } values %family;
    die "a counter's name ends in _total: $_->{name}\n"
        for grep { $_->{type} eq 'counter' && $_->{name} !~ /_total$/ } values %family;
    return \%family;
}

# Each set of labels is a histogram of its own.
sub check_histogram {
    my ($family) = @_;
    my %series;

    for my $key (keys %{ $family->{samples} }) {
        my ($suffix, $labels) = $key =~ /^(_\w+)(.*)/;
        $labels = decode_json($labels);
        my $le = delete $labels->{le};
        $suffix eq '_bucket' ? $series{ encode_json($labels) }{_bucket}{$le} = $family->{samples}{$key}
            : ($series{ encode_json($labels) }{$suffix} = $family->{samples}{$key});
    }
    check_series($family, $_) for values %series;
    return;
}

sub check_series {
    my ($family, $series) = @_;
    my %at = %{ $series->{_bucket} // {} };
    my ($last, $last_le) = (0, 0);

    die "$family->{name} has no +Inf\n" if !exists $at{'+Inf'};
    for my $le (sort { $a <=> $b } grep { $_ ne '+Inf' } keys %at) {
        die "$family->{name}: bucket $le is less than the one before\n" if $at{$le} < $last || $le <= $last_le;
        ($last, $last_le) = ($at{$le}, $le);
    }
    die "$family->{name}: +Inf\n" if $at{'+Inf'} < $last || $at{'+Inf'} != ($series->{_count} // -1);
    die "$family->{name} has no sum\n" if !exists $series->{_sum};
}

sub metrics {
    my ($gateway) = @_;
    return parse_metrics(($gateway // $gw)->get('/metrics')->{body});
}

sub value {
    my ($metrics, $name, %labels) = @_;
    my ($suffix) = $name =~ s/(_bucket|_count|_sum)$// ? $1 : '';
    return $metrics->{$name}{samples}{ $suffix . encode_json(\%labels) } // 0;
}

# Every counter of $before is at least as high in $after.
sub never_back {
    my ($before, $after, $what) = @_;
    my @back;

    for my $name (grep { $before->{$_}{type} ne 'gauge' } sort keys %$before) {
        for my $key (sort keys %{ $before->{$name}{samples} }) {
            my ($was, $is) = ($before->{$name}{samples}{$key}, $after->{$name}{samples}{$key} // 'gone');
            push @back, "$name$key: $was, then $is" if $is eq 'gone' || $is < $was;
        }
    }
    is_deeply(\@back, [], $what);
}

subtest 'the parser refuses what Prometheus would' => sub {
    my $head = "# HELP a_total x\n# TYPE a_total counter\n";
    is(value(parse_metrics("${head}a_total{b=\"c\\\"\\\\\\n\"} 1\n"), 'a_total', b => 'c\\"\\\\\\n'), 1);
    for ("a_total 1\n", "${head}a_total 1", "${head}a_total\n", "${head}a_total{b=c} 1\n", "${head}b_total 1\n",
        "${head}a_total{b=\"c\",b=\"d\"} 1\n", "${head}a_total 1\na_total 2\n", "${head}a_total one\n",
        "${head}a_total{b=\"\"\"} 1\n", "${head}a_total{b=\"\\x\"} 1\n", "# HELP a x\n# TYPE a counter\na 1\n",
        "# TYPE a_total counter\na_total 1\n", "# HELP h x\n# TYPE h histogram\nh_sum 1\nh_count 1\n",
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 1\n") {
        ok(!eval { parse_metrics($_) }, s/\n/ | /gr);
    }
};

# ---- health ----------------------------------------------------------------------------------------

subtest '/healthz' => sub {
    my $answer = $gw->get('/healthz');
    is($answer->{status}, 200);
    is($answer->header('Content-Type'), 'application/json');
    is_deeply($answer->json, { status => 'pass' });
    is($gw->request('HEAD', '/healthz')->{status}, 200);
    is($gw->post_json($_, {})->{status}, 405, "POST $_") for qw(/healthz /readyz /metrics);
};

# Waits until both workers say so: each has its own view of Redis and Odoo.
sub ready_is {
    my ($status, %want) = @_;
    my ($seen, $answer) = (0);

    wait_for(sub {
        $answer = $gw->get('/readyz');
        my $json = $answer->json;
        $seen = $answer->{status} == $status && !(grep { $json->{$_} ne $want{$_} } keys %want) ? $seen + 1 : 0;
        $seen >= 20;
    }, 20, "$status " . encode_json(\%want));
    return $answer;
}

subtest '/readyz' => sub {
    my $answer = ready_is(200, status => 'pass', redis => 'up', odoo => 'up');
    my ($revision) = ctl('lint', $gw->{policies_dir}) =~ /revision ([0-9a-f]+)/;
    is($answer->json->{policy_revision}, $revision, "the revision that logisticsctl lint says");
    is(value(metrics(), 'logistics_policy_info', revision => $revision), 1, '... and /metrics');
    is(value(metrics(), 'logistics_redis_up'), 2, 'both workers are linked to Redis');

    $gw->{redis_server}->stop;
    ready_is(200, status => 'warn', redis => 'down', odoo => 'up');
    is(value(metrics(), 'logistics_redis_up'), 0);
    $gw->{redis_server}->run;
    ready_is(200, status => 'pass', redis => 'up', odoo => 'up');
    cmp_ok(value(metrics(), 'logistics_redis_losses_total'), '>=', 2, 'losses are counted');
    wait_for(sub { value(metrics(), 'logistics_redis_up') == 2 }, 10, 'both links');

    $gw->stop_odoo;
    ready_is(503, status => 'fail', odoo => 'down');
    $gw->start_odoo;
    ready_is(200, status => 'pass', odoo => 'up');
    $gw->odoo_control(fault => 'db-down', times => 0);
    ready_is(503, status => 'fail', odoo => 'down');
    $gw->odoo_control(reset => JSON::PP::true);
    ready_is(200, status => 'pass', odoo => 'up');
};

# ---- counts ----------------------------------------------------------------------------------------

# Requests by outcome: route => outcome => how often.
my @KNOWN = (
    [7, 'tracking-events-forward', 'ok', sub { $gw->post_json($PATH, \%EVENT, bearer($DEMO)) }],
    [2, 'tracking-events-forward', 'upstream-5xx',
        sub { $gw->post_json($PATH, { %EVENT, refs => [{ t => 'po', v => '1' }] }, bearer($DEMO)) }],
    [3, '-', 'unauthenticated', sub { $gw->post_json($PATH, \%EVENT) }],
    [4, '-', 'no-route', sub { $gw->get('/v1/nothing', bearer($DEMO)) }],
    [2, 'tracking-events-forward', 'method-not-allowed', sub { $gw->get($PATH, bearer($DEMO)) }],
    [5, 'tracking-events-forward', 'schema-invalid', sub { $gw->post_json($PATH, { v => 1 }, bearer($DEMO)) }],
    [6, 'tracking-events-forward', 'malformed', sub { $gw->post_json($PATH, '{', bearer($DEMO)) }],
);
my $N_KNOWN = 0;
$N_KNOWN += $_->[0] for @KNOWN;

# All of them, by one worker alone: the others are stopped meanwhile.
sub send_known_to {
    my ($worker) = @_;
    my @others = grep { $_ != $worker } $gw->worker_pids;

    kill 'STOP', @others;
    # A new connection wakes one waiting worker only (EPOLLEXCLUSIVE), perhaps one that is stopped: each
    # of them gets a connection of its own, so that the next ones wake ours.
    my @pokes = map { $gw->client->connect } @others;
    for my $case (@KNOWN) {
        my ($n, undef, undef, $send) = @$case;
        $send->() for 1 .. $n;
    }
    kill 'CONT', @others;
}

sub sum_of {
    my ($metrics, $name) = @_;
    my $sum = 0;
    $sum += $_ for values %{ $metrics->{$name}{samples} };
    return $sum;
}

# A request is counted after its answer has gone.
sub counted {
    my ($n) = @_;
    my $now;
    wait_for(sub { $now = metrics(); sum_of($now, 'logistics_requests_total') >= $n }, 10, "$n requests counted");
    return $now;
}

subtest 'counts are right' => sub {
    my $before = metrics();
    my $sum = sum_of($before, 'logistics_requests_total');
    is($sum, 0, 'status pages are no requests of partners');
    send_known_to($_) for $gw->worker_pids;
    my $after = counted(2 * $N_KNOWN);

    is(sum_of($after, 'logistics_requests_total'), 2 * $N_KNOWN);
    for my $case (@KNOWN) {
        my ($n, $route, $outcome) = @$case;
        is(value($after, 'logistics_requests_total', route => $route, outcome => $outcome), 2 * $n, "$route $outcome");
    }
    my $partner = sub { value($after, 'logistics_partner_requests_total', partner => 'ops', outcome => $_[0]) };
    is($partner->('ok'), 2 * 7);
    is($partner->('refused'), 2 * (4 + 2 + 5 + 6), 'without a token there is no partner');
    is($partner->('failed'), 2 * 2);

    my $verdict = sub { value($after, 'logistics_stage_verdicts_total', stage => $_[0], verdict => $_[1]) };
    is($verdict->('authenticate', 'refuse'), 2 * 3);
    is($verdict->('authenticate', 'pass'), 2 * ($N_KNOWN - 3));
    is($verdict->('authorize', 'refuse'), 2 * (4 + 2));
    is($verdict->('parse', 'refuse'), 2 * 6);
    is($verdict->('translate', 'refuse'), 2 * 5, "records are checked where they are made");
    is($verdict->('deliver', 'pass'), 2 * (7 + 2));
    is(value($after, "logistics_records_total"), 2 * (7 + 2 + 5), "refused records, too");
    is(value($after, 'logistics_gateway_seconds_count') - value($before, 'logistics_gateway_seconds_count'), 2 * $N_KNOWN,
        'each was timed');
    is(value($after, 'logistics_token_cache_misses_total'), 1, 'one token, verified once for both workers');
    is(value($after, 'logistics_token_cache_hits_total'), 2 * ($N_KNOWN - 3) - 1);
    wait_for(sub { value(metrics(), 'logistics_traces_sent_total') == 2 * $N_KNOWN }, 10, 'all traces in Redis');
};

# ---- what happens to workers -----------------------------------------------------------------------

subtest 'a reload' => sub {
    my $before = metrics();
    $gw->reload;
    my $after = metrics();
    never_back($before, $after, 'no counter went back');
    is(value($after, 'logistics_policy_generation'), value($before, 'logistics_policy_generation') + 1);
    $KNOWN[0][3]->();
    is(value(counted(2 * $N_KNOWN + 1), 'logistics_requests_total', route => $KNOWN[0][1], outcome => 'ok'), 15);
};

subtest 'a reload with many new routes' => sub {
    my $before = metrics();
    $gw->edit_policies(map { ("routes/more-$_.yaml" => <<"END") } 1 .. 200);
route: more-$_
path: /v1/more/$_
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: canonical}
deliver: {mode: forward, upstream: tms}
END
    # twice: the second load's workers count in the columns of the first ones
    $gw->reload for 1 .. 3;
    never_back($before, metrics(), 'no counter went back');
    $gw->post_json('/v1/more/200', \%EVENT, bearer($DEMO));
    $gw->get('/v1/nothing', bearer($DEMO));
    my $after = counted(2 * $N_KNOWN + 3);
    is(value($after, 'logistics_requests_total', route => 'more-200', outcome => 'ok'), 1);
    is(value($after, 'logistics_requests_total', route => '-', outcome => 'no-route'), 9);
    is(sum_of($after, 'logistics_requests_total'), 2 * $N_KNOWN + 3);
};

subtest 'killed workers' => sub {
    my $before = metrics();
    my %old = map { $_ => 1 } $gw->worker_pids;
    kill 'KILL', keys %old;
    wait_for(sub { 2 == grep { !$old{$_} } $gw->worker_pids }, 10, 'new workers');
    wait_for(sub { value(metrics(), 'logistics_redis_up') == 2 }, 10, 'their links, and no dead ones');
    never_back($before, metrics(), 'no counter went back');
    $KNOWN[0][3]->();
    is(sum_of(counted(2 * $N_KNOWN + 4), 'logistics_requests_total'), 2 * $N_KNOWN + 4);
};

subtest 'the access log' => sub {
    my $id = "status-$$";
    $gw->post_json($PATH, \%EVENT, bearer($DEMO), 'X-Correlation-ID' => $id);
    my ($line) = wait_for(sub { [grep { $_->{id} eq $id } $gw->access_log]->[0] }, 10, 'the line');
    my %want = (partner => 'ops', route => 'tracking-events-forward', outcome => 'ok', method => 'POST',
        path => $PATH, status => 200, client => '127.0.0.1', upstream => $forward->address);
    is($line->{$_}, $want{$_}, $_) for sort keys %want;
    like($line->{traceparent}, qr/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/, 'traceparent');
    like($line->{gateway_us}, qr/^\d+$/);
    cmp_ok(scalar(grep { length $_->{id} } $gw->access_log), '>=', 2 * $N_KNOWN, 'every line has its id');
    is(scalar(grep { $_->{path} =~ m{^/(?:healthz|readyz|metrics)$} && $_->{status} == 200 } $gw->access_log), 0,
        'scrapes are not logged');
};

finish($gw, allow => qr/exited on signal 9/);

subtest 'an Odoo that hangs' => sub {
    my $gate = $gw->dir . '/gate';
    my $hanging = upstream(sub { wait_for(sub { -e $gate }, 60, 'the gate') if $_[0]{path} =~ /health/;
        return [200, {}, { status => 'pass' }] });
    my $one = gateway(odoo => 0, redis => 0, workers => 1, env => { LGS_ODOO => $hanging->address });
    my $answer = $one->client(12)->request('GET', '/readyz', []);
    is($answer->{status}, 503, 'is not waited for');
    is($answer->json->{odoo}, 'down');
    my $before = $hanging->count;
    # the next probe hangs, too; meanwhile the last answer counts
    my @clients = map { $one->client(12)->connect } 1 .. 20;
    my $asker = $one->client(12)->connect;
    my $text = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    $asker->send($text);
    wait_for(sub {
        return 1 if $hanging->count > $before;
        return if !IO::Select->new($asker->{socket})->can_read(0);
        $asker->answer;
        $asker->send($text);
        return 0;
    }, 10, 'the next probe');
    $_->send($text) for @clients;
    is($_->answer->{status}, 503) for @clients;
    is($hanging->count, $before + 1, 'one probe for all who ask');
    spew($gate, '');
    wait_for(sub { $one->get('/readyz')->{status} == 200 }, 20, 'readiness');
    pass('back when Odoo is');
    $_->close for @clients, $asker;
    finish($one);
};

# ---- many partners, and who may look ---------------------------------------------------------------

subtest '300 partners' => sub {
    my $secret = '0123456789abcdef0123456789abcdef';
    my $many = gateway(odoo => 0, redis => 0, forward => $forward, env => { LGS_TRUSTED_PROXIES => '127.0.0.1' },
        policies => {
            (map { my $of = root() . '/lua-free-policies'; (s{^\Q$of\E/}{}r => undef) } # and what is theirs
                glob root() . '/lua-free-policies/{partners/*,codelists/partners/*/*}.*'),
            'issuers/hand.yaml' => <<'END',
issuer: https://hand.example.com/
audience: [logistics-api]
keys: {file: hand.jwks.json}
algorithms: [HS256]
END
            'hand.jwks.json' => encode_json({ keys => [{ kty => 'oct', kid => 'h1', alg => 'HS256', k => base64url($secret) }] }),
            map { my $name = $_ == 300 ? 'other' : "p$_"; ("partners/$name.yaml" => <<"END") } 1 .. 300,
partner: $name
identities: [{issuer: https://hand.example.com/, client_id: $name}]
scopes: [tracking:write]
odoo: {scope: all}
END
        });
    my $client = $many->client;
    for my $name ((map {"p$_"} 1 .. 299), 'other') {
        my $token = hs256({ iss => 'https://hand.example.com/', aud => 'logistics-api', client_id => $name,
            sub => $name, scope => 'tracking:write', iat => time, exp => time + 600 }, $secret, kid => 'h1');
        my $answer = $client->request('POST', $PATH,
            [bearer($token), 'Content-Type' => 'application/json'], encode_json({ %EVENT, src => { partner => $name, format => 'json' } }));
        is($answer->{status}, 200, $name) if $answer->{status} != 200;
    }
    my $now;
    wait_for(sub { $now = metrics($many); sum_of($now, 'logistics_partner_requests_total') == 300 }, 10, '300 requests');
    my %of = %{ $now->{logistics_partner_requests_total}{samples} };
    is(scalar keys %of, 257, '256 partners and the others');
    is(value($now, 'logistics_partner_requests_total', partner => '-other', outcome => 'ok'), 44);

    my @outside = ('X-Forwarded-For' => '203.0.113.9');
    is($many->get($_, @outside)->{status}, 403, "$_ from outside") for qw(/readyz /metrics);
    is($many->get('/healthz', @outside)->{status}, 200, '/healthz says nothing that is not seen anyway');
    is($many->get('/metrics', 'X-Forwarded-For' => '10.1.2.3')->{status}, 200, 'from a private network');
    finish($many);
};

done_testing;
