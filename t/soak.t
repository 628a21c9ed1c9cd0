# A minute of mixed traffic (LGS_SOAK seconds): good, bad, large, chunked and aborted requests from several
# processes. Afterwards the workers have the memory and the descriptors that they had when warm.
use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use Logistics::Process qw(fork_child);
use Logistics::Test;
use Time::HiRes qw(time);

my $SECONDS = $ENV{LGS_SOAK} // 60;
my $WARM = $SECONDS / 3;
my $GROWTH_KIB = 2048; # of both workers together, after the warm-up
my $PAUSE_S = 0.12;    # between two rounds of a client: other tests run beside this one

my $up = upstream(sub { return [200, {}, '{}'] }, record => 0);
my $gw = gateway(forward => $up, odoo_args => ['--stock-delivery'], log_level => 'notice', policies => {
    'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $token = $gw->token(partner => 'ops', ttl => '2h');
my $forward = '/v1/forward/tracking-events';
my $stop = $gw->dir . '/stop-soak';

sub event {
    my ($n, %more) = @_;
    return { v => 1, id => sprintf('ev_%064x', $n), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => 'S00011' }], src => { partner => 'ops', format => 'json' }, %more };
}

sub events { return encode_json([map { event($_) } 1 .. $_[0]]) }

my $ONE = encode_json(event(1));
my $LARGE = events(3700);
die 'a large body has about 1 MB, not ' . length $LARGE unless length($LARGE) > 900_000 && length($LARGE) < 1_100_000;
my $MIDDLE = events(100);
my @JSON = (bearer($token), 'Content-Type' => 'application/json');

sub chunked {
    my ($text) = @_;
    my $body = '';

    for (my $at = 0; $at < length $text; $at += 7000) {
        my $chunk = substr $text, $at, 7000;
        $body .= sprintf("%x\r\n%s\r\n", length $chunk, $chunk);
    }
    return "${body}0\r\n\r\n";
}

# kind => [every how many rounds, statuses that are right, what is sent]
my %kinds = (
    good      => [1, qr/^200$/, sub { $_[0]->request('POST', $forward, [@JSON], $ONE) }],
    middle    => [5, qr/^200$/, sub { $_[0]->request('POST', $forward, [@JSON], $MIDDLE) }],
    large     => [50, qr/^200$/, sub { $_[0]->request('POST', $forward, [@JSON], $LARGE) }],
    chunked   => [4, qr/^200$/,
        sub { $_[0]->request('POST', $forward, [@JSON, 'Transfer-Encoding' => 'chunked'], chunked($MIDDLE)) }],
    odoo      => [10, qr/^200$/, sub { $_[0]->request('POST', '/v1/tracking-events', [@JSON], $ONE) }],
    stranger  => [3, qr/^401$/, sub { $_[0]->request('POST', $forward, ['Content-Type' => 'application/json'], $ONE) }],
    malformed => [3, qr/^400$/, sub { $_[0]->request('POST', $forward, [@JSON], substr $MIDDLE, 0, -1) }],
    invalid   => [3, qr/^422$/, sub { $_[0]->request('POST', $forward, [@JSON], encode_json(event(1, v => 2))) }],
    unknown   => [10, qr/^422$/, sub { $_[0]->request('POST', '/v1/tracking-events', [@JSON],
        encode_json(event(1, refs => [{ t => 'tracking', v => 'NOBODY' }]))) }],
    route     => [5, qr/^404$/, sub { $_[0]->request('GET', '/v1/nothing', [@JSON]) }],
    trace     => [5, qr/^200$/, sub { $_[0]->request('GET', '/v1/traces?tracking=soak', [@JSON]) }],
    ready     => [20, qr/^200$/, sub { $_[0]->request('GET', '/readyz', []) }],
);

# Hangs up in the head, in the body, and before the answer.
sub hang_up {
    my ($round) = @_;
    my $client = $gw->client->connect;
    my $text = Logistics::Http::format_request($client, 'POST', $round % 2 ? $forward : '/v1/tracking-events', [@JSON], $MIDDLE);
    my $cut = (40, length($text) - 500, length $text)[$round % 3];

    $client->send(substr $text, 0, $cut);
    $client->close;
    return;
}

sub soak_client {
    my ($name) = @_;
    my $report = $gw->dir . "/soak-$name";

    return [$report, fork_child("soak $name", sub {
        my ($client, %seen, %wrong) = ($gw->client);
        pipe(my $quiet, my $end);
        for (my $round = 1; !-e $stop; $round++) {
            for my $kind (sort keys %kinds) {
                my ($every, $right, $send) = @{ $kinds{$kind} };
                next if $round % $every;
                my $answer = $send->($client);
                $seen{$kind}++;
                $wrong{"$kind: $answer->{status}"}++ unless $answer->{status} =~ $right;
            }
            if ($round % 4 == 0) {
                hang_up($round);
                $seen{'hung up'}++;
            }
            IO::Select->new($quiet)->can_read($PAUSE_S);
        }
        spew($report, encode_json({ seen => \%seen, wrong => \%wrong }));
    })];
}

# Open files of all workers, but the connections to the forward upstream that nginx keeps on purpose.
sub descriptors {
    my $port = sprintf '%04X', $up->{port};
    my %is_kept = map { $_ => 1 } slurp('/proc/net/tcp') =~ /^ *\d+: \S+ \w+:$port \w+ \S+ \S+ \S+ +\d+ +\d+ (\d+)/mg;
    my $n = 0;

    for my $pid ($gw->worker_pids) {
        for my $link (glob "/proc/$pid/fd/*") {
            my ($inode) = (readlink($link) // next) =~ /^socket:\[(\d+)\]/;
            $n++ unless $inode && $is_kept{$inode};
        }
    }
    return $n;
}

my @workers = sort $gw->worker_pids;
wait_for(sub { $gw->metric('logistics_redis_up') == 2 }, 10, 'both links to Redis');
my $descriptors = descriptors();
my $began = time;
my @clients = map { soak_client($_) } 1 .. 3;

sub wait_until {
    my ($second) = @_;
    wait_for(sub { time - $began >= $second }, $second + 30, "second $second");
    return;
}

wait_until($WARM);
my $warm = $gw->worker_rss;
wait_until($SECONDS);
my $hot = $gw->worker_rss;
# What grows once is a peak: traces wait for a busy Redis, 4 MB a worker. A leak grows as much again.
if ($hot - $warm >= $GROWTH_KIB) {
    wait_until(2 * $SECONDS - $WARM);
    ($warm, $hot) = ($hot, $gw->worker_rss);
}
spew($stop, '');

my (%seen, %wrong);
for my $client (@clients) {
    my ($report, $process) = @$client;
    ok($process->wait_exit(30) && $process->status == 0, 'a client ends well');
    my $part = decode_json(-e $report ? slurp($report) : '{"seen":{},"wrong":{"no report":1}}');
    $seen{$_} += $part->{seen}{$_} for keys %{ $part->{seen} };
    $wrong{$_} += $part->{wrong}{$_} for keys %{ $part->{wrong} };
}
is_deeply(\%wrong, {}, 'every answer is what it should be');
is_deeply([grep { !$seen{$_} } sort keys %kinds], [], 'requests of every kind were made');
cmp_ok($hot - $warm, '<', $GROWTH_KIB, "KiB of growth from $warm after the warm-up");
is_deeply([sort $gw->worker_pids], \@workers, 'the workers are the same');
ok(eval { wait_for(sub { descriptors() <= $descriptors }, 10, 'files to be closed') }, 'no descriptor is left open')
    or diag("$descriptors at the start, " . descriptors() . ' at the end');
is($gw->metric('logistics_traces_dropped_total'), 0, 'no trace was dropped');
unlike($gw->log, qr/\[(?:alert|crit|emerg)\]/, 'no alert');
note(join ', ', map {"$_ $seen{$_}"} sort keys %seen);
note("RSS of both workers: $warm KiB after $WARM s, $hot KiB after $SECONDS s");

finish($gw);
done_testing();
