#!/usr/bin/env perl
# Part of make bench-edi: interchanges through `logisticsctl map` with the shipped mappings, from bytes
# to canonical records, each checked against its schema. Shown are the medians of the rounds: MB of
# source for each second of CPU (reading the file, loading the policies and writing are in it), and the
# most memory that the process ever had, with 1 MB and with SIZE.
#
#   bench/edi.pl [rounds] [size in MB]
use strict;
use warnings;
use FindBin;
use File::Temp ();
use Time::HiRes qw(sleep);

my ($rounds, $size) = (shift // 5, shift // 500);
my $build = $ENV{LGS_BUILD} // "$FindBin::Bin/../build";
my $policies = "$FindBin::Bin/../lua-free-policies";
my $dir = File::Temp->newdir('lgs-bench-XXXXXX', TMPDIR => 1);

# One status each, with the parties and references that carriers send along.
my %SETS = (
    'x12-214' => {
        head => "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
            . "000000007*0*P*>~\nGS*QM*ACME*OURS*20260314*0930*12*X*004010~\n",
        tail => sub {"GE*$_[0]*12~\nIEA*1*000000007~\n"},
        set => sub {
            my ($i) = @_;
            sprintf "ST*214*%09u~\nB10*PRO%07u*BOL%06u*SCAC~\nL11*%08u*PO~\nN1*SH*NORTHERN PAPER MILLS INC*93*"
                . "%06u~\nN3*161 WELLINGTON ROAD~\nN4*BRATTLEBORO*VT*05301*US~\nN1*CN*FABER AND SONS~\nN3*1 DUMP "
                . "ROAD~\nN4*RUMFORD*ME*04276*US~\nLX*1~\nAT7*AF*NS***20260314*%02u%02u*ET~\nMS1*BRATTLEBORO*VT*"
                . "USA~\nMS2*SCAC*%06u*TL~\nAT8*G*L*%u*%u~\nSE*15*%09u~\n",
                $i, $i, $i % 999983, $i * 7, $i % 99991, $i % 24, $i % 60, $i % 99991, $i % 40000 + 1, $i % 30 + 1, $i;
        },
    },
    'edifact-iftsta' => {
        head => "UNA:+.? '\nUNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'\n",
        tail => sub {"UNZ+$_[0]+REF7'\n"},
        set => sub {
            my ($i) = @_;
            sprintf "UNH+%u+IFTSTA:D:96A:UN:EAN003'\nBGM+77+STAT%07u+9'\nDTM+137:202603140930:203'\nNAD+CZ+54000"
                . "00000%03u::9++NORTHERN PAPER MILLS INC'\nNAD+CN+5411111111%03u::9'\nCNI+1+SHIP%07u'\nSTS+1+24+13"
                . ":::COLLECTED BY CARRIER?'S VAN'\nRFF+CU:%08u'\nDTM+334:202603140915:203'\nLOC+5+USBVT::6:"
                . "BRATTLEBORO'\nGID+1+%u:PK'\nMEA+WT+AAE+KGM:%u'\nUNT+13+%u'\n",
                $i, $i, $i % 1000, $i % 997, $i, $i * 7, $i % 30 + 1, $i % 40000, $i;
        },
    },
);

for my $mapping (sort keys %SETS) {
    my ($file, $n) = write_source($mapping, 64);
    my @rates = sort { $a <=> $b } map { (-s $file) / 1e6 / run($mapping, $file, $n)->{cpu} } 1 .. $rounds;
    my ($small, $small_n) = write_source($mapping, 1);
    my ($large, $large_n) = write_source($mapping, $size);

    printf "%-16s to canonical %6.1f MB/s (%.1f to %.1f), %u sets of %.0f bytes; at most %u KB with 1 MB, %u KB with %u MB\n",
        $mapping, @rates[@rates / 2, 0, -1], $n, (-s $file) / $n, run($mapping, $small, $small_n)->{kb},
        run($mapping, $large, $large_n)->{kb}, $size;
    unlink $large;
}

sub write_source {
    my ($mapping, $mb) = @_;
    my ($set, $file, $n) = ($SETS{$mapping}, "$dir/$mapping-$mb.edi", 0);

    open my $out, '>', $file or die "$file: $!\n";
    print {$out} $set->{head};
    for (my $bytes = 0; $bytes < $mb * 1e6;) {
        my $text = $set->{set}->(++$n);
        print {$out} $text;
        $bytes += length $text;
    }
    print {$out} $set->{tail}->($n);
    close $out or die "$file: $!\n";
    return ($file, $n);
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
