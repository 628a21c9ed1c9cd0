#!/usr/bin/env perl
# make bench: CPU time per request of the gateway process, ours beside bare nginx and HAProxy.
#
#   bench/run.pl [--rounds N] [--rate R] [--seconds S] [--requests N] [--only PATTERN] [--list]
#
# One worker of each gateway on core 0; load, upstream and Redis on core 1. Rounds are interleaved:
# every round runs every case, in turned order. A case runs twice a round: closed loop, so that its
# core is full (cpu_us, req_s), then open loop at one rate for all (paced_cpu_us, p50, p99). The first
# is the figure to compare by: at a low rate every request pays its own wake-up of the process, which
# hides what the gateway does. Figures are medians over the rounds, spread is the range. CPU time is
# the worker's own, from /proc/PID/schedstat.
# A case that does not answer as it should is shown as FAILED, and the run ends with exit code 1.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../t/lib", $FindBin::Bin;

use Cases;
use File::Temp ();
use Getopt::Long;
use JSON::PP ();
use Logistics::Process qw(slurp spew);

binmode STDOUT, ':utf8';
my %opt = (rounds => 5, rate => 2000, seconds => 2, requests => 20000, connections => 32);
GetOptions(\%opt, 'rounds=i', 'rate=i', 'seconds=f', 'requests=i', 'connections=i', 'only=s', 'list')
    or die "see the head of bench/run.pl\n";

my $build = $ENV{LGS_BUILD} // "$FindBin::Bin/../build";
my $temp = File::Temp->newdir('lgs-bench-XXXXXX', TMPDIR => 1);
chmod 0755, "$temp";
my $open_requests = int($opt{rate} * $opt{seconds});
my $set = Cases->new(dir => "$temp", build => $build,
    tokens => $opt{requests} > $open_requests ? $opt{requests} : $open_requests);
my @cases = grep { !$opt{only} || $_->{name} =~ /$opt{only}/ } $set->list;
if ($opt{list}) {
    print "$_->{name}\n" for @cases;
    exit 0;
}
die "no case matches $opt{only}\n" unless @cases;

$set->prepare(@cases);
for my $round (1 .. $opt{rounds}) {
    printf STDERR "round %d of %d\n", $round, $opt{rounds};
    my $turn = ($round - 1) % @cases;
    measure($_) for grep { !$_->{failed} } @cases[$turn .. $#cases], @cases[0 .. $turn - 1];
}
my $failed = grep { $_->{failed} } @cases;
my $report = report();
print_table($report);
if (!$opt{only} && !$failed) {
    mkdir "$FindBin::Bin/results";
    spew("$FindBin::Bin/results/latest.json", JSON::PP->new->pretty->canonical->encode($report));
    print "\nwritten to bench/results/latest.json\n";
}
exit($failed ? 1 : 0);

sub measure {
    my ($case) = @_;
    my $ok = eval {
        my $full = one_run($case, $opt{requests}, 0);
        my $paced = one_run($case, $open_requests, $opt{rate});
        push @{ $case->{runs} }, {
            cpu_us => $full->{cpu_us}, req_s => $full->{req_s},
            paced_cpu_us => $paced->{cpu_us}, p50_us => $paced->{p50_us}, p99_us => $paced->{p99_us},
        };
        1;
    };
    $case->{failed} = $@ unless $ok;
    return;
}

# One run of the load generator against a case, with the CPU time of its gateway.
sub one_run {
    my ($case, $requests, $rate) = @_;

    $set->fresh($case) if $case->{fresh};
    load($case, 300, 0) unless $case->{fresh};
    my $pid = $set->worker_pid($case);
    my $before = cpu_ns($pid);
    my $result = load($case, $requests, $rate);
    $result->{cpu_us} = (cpu_ns($pid) - $before) / 1000 / $requests;
    return $result;
}

sub load {
    my ($case, $requests, $rate) = @_;
    my @argv = ('taskset', '-c', '1', "$build/bench/load", $set->port($case), $opt{connections},
        $requests, $rate, $case->{file});
    my $output = `@argv 2>&1`;

    die "load: $output" if $? != 0;
    return JSON::PP::decode_json($output);
}

# Nanoseconds on a CPU so far: the first field of schedstat.
sub cpu_ns {
    my ($pid) = @_;
    my ($ns) = slurp("/proc/$pid/schedstat") =~ /^(\d+)/ or die "no /proc/$pid/schedstat\n";
    return $ns;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[$#sorted / 2];
}

sub report {
    my %report = (
        machine => (slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)/m)[0] // 'unknown',
        load_average => (split ' ', slurp('/proc/loadavg'))[0] + 0,
        options => { map { $_ => $opt{$_} + 0 } qw(rounds rate seconds requests connections) },
        time => scalar gmtime,
    );

    for my $case (@cases) {
        my $runs = $case->{runs} // [];
        my %row = (name => $case->{name}, about => $case->{about}, bytes => $case->{bytes});
        if ($case->{failed} || !@$runs) {
            $row{failed} = $case->{failed} // 'no run';
        } else {
            for my $figure (qw(cpu_us paced_cpu_us req_s p50_us p99_us)) {
                my @values = map { $_->{$figure} } @$runs;
                $row{$figure} = 0 + sprintf '%.2f', median(@values);
            }
            my @cpu = sort { $a <=> $b } map { $_->{cpu_us} } @$runs;
            $row{cpu_spread_us} = [map { 0 + sprintf '%.2f', $_ } @cpu[0, -1]];
        }
        push @{ $report{cases} }, \%row;
    }
    # each beside the bare case of its size; an Odoo case beside 2 KB
    my %bare = map { ($_->{name} =~ /^bare-(.*)/)[0] // '' => $_ } @{ $report{cases} };
    for my $row (grep { !$_->{failed} } @{ $report{cases} }) {
        my ($size) = $row->{name} =~ /-(\w+)$/;
        my $bare = $bare{$size} or next;
        next if $bare->{failed};
        $row->{ratio} = 0 + sprintf '%.2f', $row->{cpu_us} / $bare->{cpu_us};
        $row->{paced_ratio} = 0 + sprintf '%.2f', $row->{paced_cpu_us} / $bare->{paced_cpu_us};
    }
    return \%report;
}

sub print_table {
    my ($report) = @_;

    printf "\n%d rounds, %d requests/s open loop, %d connections closed loop, load average %.2f\n",
        @{ $report->{options} }{qw(rounds rate connections)}, $report->{load_average};
    printf "%-22s %8s %15s %6s %8s %9s %6s %8s %8s\n", 'case', 'CPU µs', 'spread', 'ratio', 'req/s',
        'paced µs', 'ratio', 'p50 µs', 'p99 µs';
    for my $row (@{ $report->{cases} }) {
        if ($row->{failed}) {
            printf "%-22s FAILED: %s\n", $row->{name}, substr $row->{failed} =~ s/\s+/ /gr, 0, 400;
            next;
        }
        printf "%-22s %8.2f %15s %6s %8.0f %9.2f %6s %8.0f %8.0f\n", $row->{name}, $row->{cpu_us},
            sprintf('%.1f to %.1f', @{ $row->{cpu_spread_us} }), $row->{ratio} // '-', $row->{req_s},
            $row->{paced_cpu_us}, $row->{paced_ratio} // '-', $row->{p50_us}, $row->{p99_us};
    }
    return;
}
