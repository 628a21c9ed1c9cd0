# The model of the queue's protocol (t/model/queue.pml): it holds in every order of steps and of trouble, and it does
# not when a part of the protocol is left out, so the checker sees what that part is for.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use Test::More;

my $model = abs_path('t/model/queue.pml');

# [outcome, number of states] of a whole search: 'holds' or what pan says is wrong.
sub check {
    my ($trouble, @defines) = @_;
    my $dir = File::Temp->newdir;
    my $options = join ' ', map {"-D$_"} "TROUBLE=$trouble", @defines;
    my $said = `cd $dir && spin $options -a $model 2>&1 && gcc -w -O1 -DSAFETY -DCOLLAPSE -o pan pan.c 2>&1 && ./pan -m20000 2>&1`;
    my ($wrong) = $said =~ /^pan:1: (.*?) \(at depth/m;
    my ($errors) = $said =~ /errors: (\d+)/;
    my ($states) = $said =~ /^\s*(\S+) states, stored/m;

    return ("no answer: $said", 0) if !defined $errors;
    return ($wrong // 'errors', $states) if $errors;
    return ($said =~ /max search depth too small|Search not completed/ ? 'not all of it was searched' : 'holds', $states);
}

my @holds = ([], [qw(ORDER_OF_REWRITES CALLS_END)]);
my %trouble = (NO_TOKEN => 2); # else once is enough
my %refuted = (
    NO_EXTERNAL_ID => qr/^assertion violated.*copies/,
    NO_LINE => qr/^assertion violated.*copies/,
    NO_LEASE => qr/^assertion violated.*state/,
    NO_RENEWAL => qr/^assertion violated.*state/,
    NO_TOKEN => qr/^assertion violated.*state/,
    SETTLE_FIRST => qr/^assertion violated.*(?:state|copies)/,
    NOT_ON_DISK => qr/^invalid end state/,
    ORDER_OF_REWRITES => qr/^assertion violated.*e>=last/,
    'ORDER_OF_REWRITES CALLS_END LONG_CALLS' => qr/^assertion violated.*e>=last/,
    'ORDER_OF_REWRITES CALLS_END BLIND' => qr/^assertion violated.*e>=last/,
);

for my $defines (@holds) {
    my ($is, $states) = check(2, @$defines);
    is($is, 'holds', join ' ', 'the protocol', @$defines);
    note "$states states";
    cmp_ok($states, '>', 10_000, 'and there was much to look at');
}
for my $defines (sort keys %refuted) {
    my ($is) = check($trouble{$defines} // 1, split ' ', $defines);
    like($is, $refuted{$defines}, "refuted: $defines");
}
done_testing();
