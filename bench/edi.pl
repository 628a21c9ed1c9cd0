#!/usr/bin/env perl
# Part of make bench-edi: interchanges with the shipped mappings from bytes to canonical records, each
# checked against its schema. Shown are the medians of the rounds in MB of source for each second of
# CPU: file to file, through `logisticsctl map` (reading the file, loading the policies and writing are
# in it), and in memory, by the same functions (edi_map.c); then the most memory that the process ever
# had, with 1 MB and with SIZE.
#
#   bench/edi.pl [rounds] [size in MB]
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use EdiSets;
use File::Temp ();
use Time::HiRes qw(sleep);

my ($rounds, $size) = (shift // 5, shift // 500);
my $build = $ENV{LGS_BUILD} // "$FindBin::Bin/../build";
my $policies = "$FindBin::Bin/../lua-free-policies";
my $dir = File::Temp->newdir('lgs-bench-XXXXXX', TMPDIR => 1);

for my $mapping (EdiSets::mappings()) {
    my ($file, $small, $large) = map {"$dir/$mapping-$_.edi"} 64, 1, $size;
    my $n = EdiSets::write_file($mapping, $file, 64e6);
    my $small_n = EdiSets::write_file($mapping, $small, 1e6);
    my @rates = sort { $a <=> $b } map { (-s $file) / 1e6 / run($mapping, $file, $n)->{cpu} } 1 .. $rounds;
    my $in_memory = `$build/bench/edi_map $policies $policies/mappings/$mapping.yaml $file $n $rounds`;
    die "edi_map does not run\n" if $?;

    printf "%-16s %u sets of %.0f bytes to canonical, file to file: %6.1f MB/s (%.1f to %.1f)\n", $mapping, $n, (-s $file) / $n,
        @rates[@rates / 2, 0, -1];
    printf "%-16s … in memory: %s", '', $in_memory;
    my $large_n = EdiSets::write_file($mapping, $large, $size * 1e6);
    printf "%-16s at most %u KB with 1 MB, %u KB with %u MB\n", '', run($mapping, $small, $small_n)->{kb},
        run($mapping, $large, $large_n)->{kb}, $size;
    unlink $large;
}

# CPU seconds and the most resident KB. Fewer records than sets, or a warning: no figure.
sub run {
    my ($mapping, $file, $n) = @_;
    my @before = times;
    my $kb = 0;
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', "$dir/records" or die;
        open STDERR, '>', "$dir/said" or die;
        exec "$build/logisticsctl", 'map', "$policies/mappings/$mapping.yaml", $file or die;
    }
    until (waitpid $pid, 1) {
        open my $status, '<', "/proc/$pid/status" or next;
        for (<$status>) { $kb = $1 if /^VmHWM:\s+(\d+)/ && $1 > $kb }
        sleep 0.01;
    }
    my @after = times;
    my $records = `wc -l < $dir/records` + 0;
    die "$mapping: $records records of $n sets\n" . `head -5 $dir/said` if $? || $records != $n || -s "$dir/said";
    return { cpu => $after[2] + $after[3] - $before[2] - $before[3], kb => $kb };
}
