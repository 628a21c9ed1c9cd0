# conf/prometheus/ asks for nothing that the gateway does not have: metrics, labels, outcomes.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $rules = slurp('conf/prometheus/alerts.yaml');
my $counters = slurp('ngx_logistics_module/nginx/ngx_http_logistics_counters.c');
my $problems = slurp('ngx_logistics_module/formats/problem.c');

# What PromQL and Prometheus themselves bring along.
my %known = map { $_ => 1 } qw(sum by rate increase histogram_quantile count and up max);
my %label = map { $_ => 1 } qw(instance job le outcome partner revision class reason relay);

# Metrics as /metrics of a running gateway shows them, with the labels that the source writes.
my $gw = gateway(odoo => 0);
my $text; # of a worker that has its Redis already
wait_for(sub { ($text = $gw->get('/metrics')->{body}) =~ /^logistics_queue_up 1$/m }, 10, 'the queue to be known');
my %type = my %shown = $text =~ /^# TYPE (\w+) (\w+)$/mg;
for my $name (grep { $type{$_} eq 'histogram' } keys %type) {
    $type{"${name}_$_"} = 'counter' for qw(bucket sum count);
    delete $type{$name};
}
finish($gw);
cmp_ok(scalar keys %type, '>=', 20, 'the gateway has metrics');

my @alerts = $rules =~ /^      - alert: (.*)$/mg;
my @blocks = split /^      - alert: /m, $rules;
shift @blocks;
my %seen;
is_deeply([grep { $seen{$_}++ } @alerts], [], 'no alert stands twice');
cmp_ok(scalar @blocks, '>=', 10, 'alerts are found');

for my $block (@blocks) {
    my ($name) = $block =~ /\A(Logistics\w+)\n/;
    my ($expr) = $block =~ /^        expr: (.*)$/m;
    like($block, qr/^        labels: \{severity: (?:page|ticket)\}$/m, "$name: severity");
    like($block, qr/^          summary: "[^"]+"$/m, '... summary');
    is($expr =~ tr/(//, $expr =~ tr/)//, '... parentheses pair');

    my $words = $expr;
    my @matchers;
    push @matchers, [$1, $2] while $words =~ /(\w+)=~?"([^"]*)"/g;
    $words =~ s/\{[^}]*\}|\[\d+m\]|"[^"]*"//g;
    $words =~ s/\bby \(([\w, ]+)\)//g and is_deeply([grep { !$label{$_} } split /, /, $1], [], '... labels of by');
    my @unknown = grep { !$known{$_} && !$type{$_} } $words =~ /\b([a-z_]\w*)\b/g;
    is_deeply(\@unknown, [], '... every metric exists') or diag $expr;
    is_deeply([grep { !$label{ $_->[0] } } @matchers], [], '... every label exists');

    # a counter is asked for its rate, a gauge is not
    for my $metric (grep { $type{$_} } $words =~ /\b(logistics_\w+)\b/g) {
        my $is_rated = $expr =~ /(?:rate|increase)\($metric(?:\{[^}]*\})?\[\d+m\]\)/;
        is(!!$is_rated, $type{$metric} eq 'counter', "... $metric, a $type{$metric}, is used as one");
    }
    for my $value (map { split /\|/, $_->[1] } grep { $_->[0] eq 'outcome' } @matchers) {
        my $is_outcome = $expr =~ /logistics_partner_requests_total/
            ? $counters =~ /partner_outcomes\[N_PARTNER_OUTCOMES\] = \{[^}]*"\Q$value\E"/ : $problems =~ /\("\Q$value\E"\)/;
        ok($is_outcome, "... outcome $value exists");
    }
}

my $scrape = slurp('conf/prometheus/prometheus.yaml');
my ($job) = $scrape =~ /job_name: (\w+)/;
like($rules, qr/up\{job="$job"\}/, 'the job is the one that the alert on it names');
like($scrape, qr/rule_files:\n  - alerts\.yaml\n/);
my ($path) = $scrape =~ /metrics_path: (\S+)/;
like(slurp('conf/gateway.conf'), qr/location = $path \{\s+logistics_status metrics;/, 'the path is served');

my $page = slurp('docs/operations.md');
like($page, qr{`conf/prometheus/`}, 'docs/operations.md names the folder');
my @rows = map { /`(logistics_\w+)`/g } $page =~ /^(\| `logistics_[^|]*)\|/mg;
is_deeply([sort @rows], [sort keys %shown], 'each metric has its row in docs/operations.md, and each row its metric');
done_testing;
