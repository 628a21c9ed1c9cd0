#!/usr/bin/env perl
# make bench-schema: what validation costs, ours beside ajv (npm, compiled) and valijson (Debian).
# Each program is run ROUNDS times in turn on the same files and prints the fastest and the median
# of its own rounds; shown are the medians of those medians in microseconds, and their range.
use strict;
use warnings;
use FindBin;
use File::Temp ();

my $rounds = shift // 5;
my $build = $ENV{LGS_BUILD} // "$FindBin::Bin/../build";
my $dir = File::Temp->newdir('lgs-bench-XXXXXX', TMPDIR => 1);
my @programs = (
    ['ours', "'$build/bench/micro_schema' --plain"],
    ['ajv', "node '$FindBin::Bin/peer_ajv.js' '$build/npm/node_modules' '$dir'"],
    ['valijson', "'$build/bench/peer_valijson' '$dir'"],
);
system("'$build/bench/micro_schema' --write '$dir'") == 0 or die "no files\n";

my (%times, @rows);
for my $round (1 .. $rounds) {
    for my $program (@programs) {
        my ($name, $command) = @$program;
        my @lines = `$command`;
        die "$name failed\n" if $?;
        for my $line (@lines) {
            my ($what, $bytes, $min, $median) = $line =~ /^(.+)\t(\d+)\t([\d.]+)\t([\d.]+)$/
                or die "$name: $line";
            push @rows, [$what, $bytes] if $round == 1 && $name eq 'ours';
            push @{$times{$name}{"$what $bytes"}}, $median;
        }
    }
}
printf "%-20s %7s", '', 'bytes';
printf "  %24s", "$_->[0], us" for @programs;
print "\n";
for my $row (@rows) {
    printf "%-20s %7d", @$row;
    for my $program (@programs) {
        my @sorted = sort { $a <=> $b } @{$times{$program->[0]}{"@$row"} // [0]};
        printf "  %10.3f (%.2f to %.2f)", $sorted[@sorted / 2], $sorted[0], $sorted[-1];
    }
    print "\n";
}
