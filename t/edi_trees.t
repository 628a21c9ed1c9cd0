# What the readers of EDI give is written and read again as the same tree.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $dir = File::Temp->newdir('edi-trees-XXXXXX', TMPDIR => 1);

sub trees {
    my ($file) = @_;
    my ($code, $out, $err) = ctl_run('edi', 'to-json', $file);
    is($code, 0, "$file is read") or diag($err);
    return $out;
}
spew("$dir/batch.edi", q{STX=ANA:1+500+501+260314+7'BAT=1'MHD=1+X:9'MTR=2'EOB=1'END=1'}); # a group of TRADACOMS
for my $name (qw(x12 x12_two x12_rep x12_bin edifact edifact_4 edifact_group edifact_una tradacoms batch)) {
    subtest "edi: $name" => sub {
        my $first = trees($name eq 'batch' ? "$dir/batch.edi" : "t/fuzz/corpus/edi/$name");
        spew("$dir/first.json", $first);
        my ($code, $written, $err) = ctl_run('edi', 'from-json', "$dir/first.json");
        is($code, 0, 'and written') or diag($err);
        spew("$dir/written.edi", $written);
        is_deeply([map { decode_json($_) } split /\n/, trees("$dir/written.edi")],
            [map { decode_json($_) } split /\n/, $first], 'the same tree');
    };
}
done_testing;
