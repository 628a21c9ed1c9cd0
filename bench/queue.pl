#!/usr/bin/env perl
# make bench-queue: accepting, delivering and draining, each figure beside its target (issue 6).
#
#   bench/queue.pl [--accepts N] [--seconds S] [--outage S] [--only accept|lanes|relay|many|pace|outage]
#                  [--redis NAME=VALUE]    another setting of Redis, to compare
#
# Gateway with two workers, Redis with appendfsync always, relay, the Odoo stand-in with two workers of 22 ms a call,
# and the load generator, all on this machine. What the stand-in itself takes for a record is measured first and
# shown: it stands for Odoo's 0.4 ms.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../t/lib";
use File::Temp ();
use Getopt::Long;
use List::Util qw(sum0 min max);
use Logistics::Process qw(spawn wait_for);
use Logistics::Test;
use Time::HiRes qw(time);

my %opt = (accepts => 30_000, seconds => 15, outage => 20, backlog => 12_000);
GetOptions(\%opt, 'accepts=i', 'seconds=i', 'outage=i', 'backlog=i', 'only=s', 'redis=s') or die "see the head of bench/queue.pl\n";
chdir "$FindBin::Bin/.." or die $!;
my $SHIPMENTS = 12_000;
my $PARTNERS = 200; # of the part "many": each with a carrier, and every 200th shipment, of its own
my $SENDERS = 512;  # of the part "lanes": of those some are in each lane
my @CLASSES = qw(critical standard bulk);
my $CALL_MS = 22;
my $build = Logistics::Gateway::build_dir();
my $dir = File::Temp->newdir;
my $serial = 0;
my $missed = 0;

sub start {
    my (%more) = @_;
    my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
    spew("$dir/seed.json", encode_json({ 'stock.picking' => [map { +{ id => 100 + $_, name => "WH/OUT/9$_",
        carrier_tracking_ref => "T$_", carrier_id => 1000 + $_ % $PARTNERS, %transfer } } 0 .. $SHIPMENTS - 1],
        'delivery.carrier' => [map { +{ id => 1000 + $_, name => "Carrier $_" } } 0 .. $PARTNERS - 1] }));
    my $later = slurp(root() . '/lua-free-policies/routes/tracking-events-later.yaml');
    my %routes;
    for my $class (@CLASSES) {
        $routes{"routes/tracking-events-$class.yaml"} = $later =~ s/tracking-events-later/tracking-events-$class/r
            =~ s{/v1/later/}{/v1/$class/}r =~ s/class: critical/class: $class/r;
    }
    $routes{'routes/unkeyed.yaml'} = $later =~ s/tracking-events-later/unkeyed/r =~ s{/v1/later/tracking-events}{/v1/unkeyed}r
        =~ s/^once:.*\n//mr;
    my $gw = gateway(append_only => 1, log_level => 'warn', odoo_args => ['--stock-delivery', '--seed', "$dir/seed.json"],
        policies => { %routes, %{ delete $more{policies} // {} }, 'partners/ops.yaml' => sub { s/^limits:.*\n//m },
            'gateway.yaml' => sub { s/\z/queue: {messages: 10000000}\n/ } }, %more);
    $gw->redis_cmd('CONFIG', 'SET', split /=/, $opt{redis}, 2) if $opt{redis};
    $gw->{bench_token} = $gw->token(partner => 'ops', ttl => '3600s');
    return $gw;
}

sub event {
    my ($shipment, $who) = @_;
    $who //= 'ops';
    return { v => 1, id => sprintf('ev_%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => "T$shipment" }], src => { partner => $who, format => 'json' } };
}

sub request {
    my ($path, $token, $type, $body) = @_;
    my $text = "POST $path HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer $token\r\nContent-Type: $type\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    return length($text) . "\n$text";
}

# A file of $n requests with $size events each, all of them different. Each class has shipments of its own: behind
# a bulk event about the same shipment a critical one would have to wait.
sub requests {
    my ($gw, $path, $n, $size) = @_;
    my ($class) = grep { $path =~ /$CLASSES[$_]/ } 0 .. $#CLASSES;
    my $file = "$dir/requests-" . ++$serial;
    my $made = 0;
    my $type = $size > 1 ? 'application/x-ndjson' : 'application/json';

    open my $out, '>', $file or die $!;
    for (1 .. $n) {
        print {$out} request($path, $gw->{bench_token}, $type,
            join "\n", map { encode_json(event(@CLASSES * $made++ % $SHIPMENTS + ($class // 0))) } 1 .. $size);
    }
    close $out;
    return $file;
}

sub load_argv { my ($gw, $connections, $n, $rate, $file) = @_; return ("$build/bench/load", $gw->port, $connections, $n, $rate, $file) }

sub load {
    my @argv = load_argv(@_);
    my $said = `@argv`;
    die "load ended with $?\n" if $?;
    return decode_json($said);
}

sub load_in_background { return spawn(name => 'load', argv => [load_argv(@_)], stdout => "$dir/load.json", stderr => "$dir/load.err") }

# Seconds of CPU time; seconds in which they could have run and had no core.
sub schedstat { my ($field, @pids) = @_; return sum0(map { (split ' ', slurp($_))[$field] / 1e9 } map { glob "/proc/$_/task/*/schedstat" } @pids) }
sub cpu { return schedstat(0, @_) }
sub queued { return schedstat(1, @_) }

# Once a gateway: KEYS among many keeps Redis busy.
sub lanes { my ($gw) = @_; return @{ $gw->{bench_lanes} //= [map { /^(lgs:\{L\d\d\}):n$/ } @{ $gw->redis_cmd('KEYS', '*:n') }] } }
sub counted { my ($gw, $what) = @_; return sum0(map { $gw->redis_cmd('HGET', "$_:n", $what) // 0 } lanes($gw)) }
sub open_messages { return counted($_[0], 'open') }
sub delivered { return counted($_[0], 'delivered') }

sub say_figure {
    my ($what, $value, $unit, $target, $is_met) = @_;
    my $verdict = !defined $target ? '' : $is_met ? 'met' : 'MISSED';

    $missed++ if $verdict eq 'MISSED';
    printf "%-62s %10s %-10s %-14s %s\n", $what, $value, $unit, $target // '', $verdict;
    return;
}

sub bench_accept {
    my $gw = start();
    my %calls;
    load($gw, 32, 1000, 0, requests($gw, '/v1/critical/tracking-events', 1000, 1));
    # What it can take is shown by 256 connections; with fewer, Redis waits for who asks.
    for my $case (['one event', '/v1/critical/tracking-events', 1, 1, 256], ['one event, no idempotency', '/v1/unkeyed', 1, 1, 256],
        ['one event, 128 connections', '/v1/critical/tracking-events', 1, 1, 128], ['20 events', '/v1/critical/tracking-events', 20, 10, 256]) {
        my ($name, $path, $size, $fewer, $connections) = @$case;
        my $n = int $opt{accepts} / $fewer;
        $calls{$name} = accepts($gw, $name, $connections, $n, $size, requests($gw, $path, $n, $size));
    }
    my $more = $calls{'one event'} - $calls{'one event, no idempotency'};
    say_figure('idempotency: scripts a request more', sprintf('%.2f', $more), '', '<= 1', $more <= 1);
    $gw->quit;
    return;
}

# Sends $n requests of $size events as fast as they are answered; how many calls of Redis a request was.
sub accepts {
    my ($gw, $name, $connections, $n, $size, $file) = @_;
    my @nginx = $gw->worker_pids;
    my $redis = $gw->{redis_server}{process}->pid;

    $gw->redis_cmd('CONFIG', 'RESETSTAT');
    my @before = (cpu(@nginx), cpu($redis), queued(@nginx), queued($redis));
    my $is = load($gw, $connections, $n, 0, $file);
    my @used = map { ($_->[1] - $_->[0]) * 1e6 / $n } [$before[0], cpu(@nginx)], [$before[1], cpu($redis)],
        [$before[2], queued(@nginx)], [$before[3], queued($redis)];
    my ($calls) = $gw->redis_cmd('INFO', 'commandstats') =~ /cmdstat_evalsha:calls=(\d+)/;
    say_figure("accept: requests of $name", sprintf('%.0f', $is->{req_s}), 'requests/s',
        $size == 1 && $connections == 256 ? ('>= 10000', $is->{req_s} >= 10000) : ());
    say_figure('  events', sprintf('%.0f', $is->{req_s} * $size), 'events/s', $size > 1 ? '>= 10000' : undef, $is->{req_s} * $size >= 10000)
        if $size > 1;
    say_figure('  p50, p99', sprintf('%.1f, %.1f', $is->{p50_us} / 1e3, $is->{p99_us} / 1e3), 'ms');
    say_figure('  CPU of nginx, Redis', sprintf('%.0f, %.0f', @used[0, 1]), 'us/request');
    say_figure('  waiting for a core', sprintf('%.0f, %.0f', @used[2, 3]), 'us/request');
    say_figure('  calls of Redis (accept, traces)', sprintf('%.2f', $calls / $n), 'a request');
    return $calls / $n;
}

# As above, but each request is another partner's, and the partners are in all lanes: what one call may take is little.
sub bench_lanes {
    my $gw = start(policies => { partners('send', $SENDERS) });
    my @tokens = map { $gw->token(partner => "send-$_", ttl => '3600s') } 0 .. $SENDERS - 1;
    my $file = "$dir/requests-lanes";
    open my $out, '>', $file or die $!;
    print {$out} request('/v1/critical/tracking-events', $tokens[$_ % $SENDERS], 'application/json',
        encode_json(event($_ % $SHIPMENTS, 'send-' . $_ % $SENDERS))) for 0 .. $opt{accepts} - 1;
    close $out;
    load($gw, 32, 1000, 0, requests($gw, '/v1/unkeyed', 1000, 1));
    accepts($gw, "one event of $SENDERS partners", 256, $opt{accepts}, 1, $file);
    my @lanes = lanes($gw);
    die 'only ' . @lanes . " lanes had messages\n" if @lanes != 64;
    $gw->quit;
    return;
}

sub partners {
    my ($name, $n) = @_;
    return map { ("partners/$name-$_.yaml" => "partner: $name-$_\nidentities: [{issuer: https://demo.logistics.example/, client_id: $name-$_}]\n"
        . "scopes: [tracking:write]\nodoo: {carrier_id: " . (1000 + $_) . "}\n") } 0 .. $n - 1;
}

# Backlog as fast as it goes.
sub bench_relay {
    my $gw = start();
    my $n = $opt{backlog};
    my $empty = redis_memory($gw);
    load($gw, 32, $n, 0, requests($gw, '/v1/critical/tracking-events', $n, 1));
    say_figure('memory of Redis: a message that waits, with its trace', sprintf('%.0f', (redis_memory($gw) - $empty) / $n), 'bytes');
    drain($gw, $n, "relay: backlog of $n messages of one event", 1500);
    $gw->quit;
    return;
}

sub redis_memory { my ($gw) = @_; return $gw->redis_cmd('INFO', 'memory') =~ /^used_memory:(\d+)/m && $1 }

# What is many partners': ten messages each, of which none is about another's shipment.
sub bench_many {
    my $gw = start(policies => { partners('many', $PARTNERS) });
    my @tokens = map { $gw->token(partner => "many-$_", ttl => '3600s') } 0 .. $PARTNERS - 1;
    my $file = "$dir/requests-many";
    open my $out, '>', $file or die $!;
    for my $round (0 .. 9) {
        print {$out} request('/v1/critical/tracking-events', $tokens[$_], 'application/json',
            encode_json(event($round * $PARTNERS + $_, "many-$_"))) for 0 .. $PARTNERS - 1;
    }
    close $out;
    my $n = 10 * $PARTNERS;
    load($gw, 32, $n, 0, $file);
    delete $gw->{bench_lanes};
    die 'not all was accepted: ' . open_messages($gw) . "\n" if open_messages($gw) != $n;
    drain($gw, $n, "many: backlog of $n messages of $PARTNERS partners, once the relay is ready", 0, 1);
    die 'not all was delivered: ' . delivered($gw) . "\n" if delivered($gw) != $n;
    $gw->quit;
    return;
}

sub drain {
    my ($gw, $n, $what, $least, $once_ready) = @_;
    $gw->odoo_control(latency_ms => $CALL_MS);
    my $redis = $gw->{redis_server}{process}->pid;
    my ($idle, $redis_before) = (cpu($gw->{odoo_server}{process}->pid), cpu($redis));
    my $began = time;
    my $relay = $gw->start_relay;
    $began = time if $once_ready;
    wait_for(sub { open_messages($gw) == 0 }, 300, 'the backlog to be delivered');
    my $took = time - $began;
    my $calls = $gw->odoo_calls;
    say_figure($what, sprintf('%.0f', $n / $took), 'events/s', $least ? (">= $least", $n / $took >= $least) : ());
    say_figure('  calls to Odoo, at most at once', "$calls->{count}, $calls->{most_running}", '');
    for my $method (qw(search_read load)) {
        my @ms = map { $_->{ms} } grep { $_->{call} =~ /\.$method$/ } @{ $calls->{calls} };
        say_figure("  $method: calls, mean with the 22 ms", sprintf('%d, %.1f', scalar @ms, sum0(@ms) / @ms), 'ms') if @ms;
    }
    say_figure('  CPU of the stand-in (Odoo: 400 us a record of a batch)',
        sprintf('%.0f', (cpu($gw->{odoo_server}{process}->pid) - $idle) * 1e6 / $n), 'us/event');
    say_figure('  CPU of relay, gateway, Redis', sprintf('%.0f, %.0f, %.0f', map { $_ * 1e6 / $n } cpu($relay->pid), cpu($gw->worker_pids),
        cpu($redis) - $redis_before), 'us/event');
    return;
}

sub closed_after {
    my ($gw) = @_;
    my @ms;
    for my $key (@{ $gw->redis_cmd('KEYS', '*:m:*') }) {
        my ($at, $closed, $class) = @{ $gw->redis_cmd('HMGET', $key, 'at', 'closed', 'class') };
        push @ms, { at => $at, closed => $closed, class => $class } if $closed;
    }
    return @ms;
}

sub part { my ($share, @values) = @_; @values = sort { $a <=> $b } @values; return $values[min($#values, $share * @values)] // -1 }

# Half of the relay's target, in open loop.
sub bench_pace {
    my $gw = start();
    my $n = 750 * $opt{seconds};
    my $file = requests($gw, '/v1/critical/tracking-events', $n, 1);
    $gw->odoo_control(latency_ms => $CALL_MS);
    $gw->start_relay;
    my $is = load($gw, 64, $n, 750, $file);
    wait_for(sub { open_messages($gw) == 0 }, 120, 'all to be delivered');
    my @ms = map { $_->{closed} - $_->{at} } closed_after($gw);
    my $p99 = part(0.99, @ms);
    say_figure(sprintf('accept to Odoo at 750/s (%d accepted in %.0f s): p99', scalar @ms, $is->{seconds}), $p99, 'ms', '< 1000', $p99 < 1000);
    say_figure('  p50', part(0.5, @ms), 'ms');
    $gw->quit;
    return;
}

# Odoo is away while 500/s come; then it is there and they still come.
sub bench_outage {
    my $gw = start();
    my @paths = map {"/v1/$_/tracking-events"} @CLASSES;
    my $seconds = 1.6 * $opt{outage}; # they come while the backlog drains, too
    my @files = map { requests($gw, $_, 500 * $seconds / @paths, 1) } @paths;
    spew("$dir/all", join '', map { slurp($_) } @files);
    my @requests = map { [slurp($_) =~ /(\d+\nPOST .*?\r\n\r\n[^\n]*?\}(?=\d+\nPOST|\z))/gs] } @files;
    open my $mixed, '>', "$dir/mixed" or die $!;
    for my $i (0 .. $#{ $requests[0] }) {
        print {$mixed} $_->[$i] // () for @requests;
    }
    close $mixed;
    $gw->odoo_control(latency_ms => $CALL_MS);
    $gw->start_relay;
    $gw->stop_odoo;
    my $n = @{ $requests[0] } * @paths;
    my $load = load_in_background($gw, 64, $n, 500, "$dir/mixed");
    my $end = time + $opt{outage};
    wait_for(sub { time >= $end }, $opt{outage} + 5, 'the outage');
    $gw->start_odoo;
    $gw->odoo_control(latency_ms => $CALL_MS);
    my $backlog = open_messages($gw);
    my $back = time;
    my $first = wait_for(sub { delivered($gw) > 0 && time }, 120, 'the first after the outage');
    wait_for(sub { open_messages($gw) < 200 }, 300 + $opt{outage}, 'the backlog to drain');
    my $took = time - $first;
    my $rate = delivered($gw) / $took;
    say_figure("outage: backlog of $backlog, 500/s go on to come: delivered", sprintf('%.0f', $rate), 'events/s', '>= 1500', $rate >= 1500);
    my $loads = grep { $_->{call} =~ /\.load$/ } @{ $gw->odoo_calls->{calls} };
    say_figure('  events in a call', sprintf('%.0f', delivered($gw) / $loads), '') if $loads;
    say_figure('  from the end of the outage to the first delivery', sprintf('%.1f', $first - $back), 's');
    say_figure('  until the backlog was gone', sprintf('%.1f', $took), 's');
    wait_for(sub { !$load->alive && open_messages($gw) == 0 }, 300, 'all to be delivered');
    my %closed;
    push @{ $closed{ $_->{class} } }, $_->{closed} / 1e3 - $back for grep { $_->{at} / 1e3 < $back } closed_after($gw);
    my %mean = map { $_ => sum0(@{ $closed{$_} }) / @{ $closed{$_} } } keys %closed;
    say_figure('  backlog delivered on average after: critical, standard, bulk', join(', ', map { sprintf '%.1f', $mean{$_} // -1 } @CLASSES),
        's', 'critical first', $mean{critical} < min(@mean{qw(standard bulk)}));
    $gw->quit;
    return;
}

my %parts = (accept => \&bench_accept, lanes => \&bench_lanes, relay => \&bench_relay, many => \&bench_many, pace => \&bench_pace, outage => \&bench_outage);
printf "%s, load average %s\n", scalar(gmtime), join ' ', (split ' ', slurp('/proc/loadavg'))[0 .. 2];
for my $part (grep { !$opt{only} || $_ eq $opt{only} } qw(accept lanes relay many pace outage)) {
    eval { $parts{$part}->(); 1 } or do { print "$part FAILED: $@"; $missed++ };
}
printf "load average %s\n", join ' ', (split ' ', slurp('/proc/loadavg'))[0 .. 2];
exit($missed ? 1 : 0);
