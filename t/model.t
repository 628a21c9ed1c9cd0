# The models of the queue's protocol (t/model/queue.pml) and of machines and callbacks in it (t/model/order.pml): they hold in
# every order of steps and of trouble, and they do not when a part of the protocol is left out, so the checker sees what
# that part is for.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use Test::More;

# [outcome, number of states] of a whole search: 'holds' or what pan says is wrong.
sub check {
    my ($name, $trouble, @defines) = @_;
    my $model = abs_path("t/model/$name.pml");
    my $dir = File::Temp->newdir;
    my $options = join ' ', map {"-D$_"} "TROUBLE=$trouble", @defines;
    my $said = `cd $dir && spin $options -a $model 2>&1 && gcc -w -O2 -DSAFETY -DCOLLAPSE -o pan pan.c 2>&1 && ./pan -m20000 2>&1`;
    my ($wrong) = $said =~ /^pan:1: (.*?) \(at depth/m;
    my ($errors) = $said =~ /errors: (\d+)/;
    my ($states) = $said =~ /^\s*(\S+) states, stored/m;

    return ("no answer: $said", 0) if !defined $errors;
    return ($wrong // 'errors', $states) if $errors;
    return ($said =~ /max search depth too small|Search not completed/ ? 'not all of it was searched' : 'holds', $states);
}

# model => what it is made of that holds, and what is refuted: [what pan says, times of trouble (else once is enough)]
my %models = (
    queue => {
        holds => [[2], [2, qw(ORDER_OF_REWRITES CALLS_END)]],
        refuted => {
            NO_EXTERNAL_ID => [qr/^assertion violated.*copies/],
            NO_LINE => [qr/^assertion violated.*copies/],
            NO_LEASE => [qr/^assertion violated.*state/],
            NO_RENEWAL => [qr/^assertion violated.*state/],
            NO_TOKEN => [qr/^assertion violated.*state/, 2],
            SETTLE_FIRST => [qr/^assertion violated.*(?:state|copies)/],
            NOT_ON_DISK => [qr/^invalid end state/],
            ORDER_OF_REWRITES => [qr/^assertion violated.*e>=last/],
            'ORDER_OF_REWRITES CALLS_END LONG_CALLS' => [qr/^assertion violated.*e>=last/],
            'ORDER_OF_REWRITES CALLS_END BLIND' => [qr/^assertion violated.*e>=last/],
        },
    },
    order => {
        holds => [[1]],
        refuted => {
            NO_WAKE => [qr/^assertion violated.*thing==0/, 0],
            PARK_BLIND => [qr/^assertion violated.*thing==0/, 0],
            SETTLE_BLIND => [qr/^assertion violated.*thing</, 0],
            IN_LINE => [qr/^assertion violated.*thing==0/, 0],
            STAYS_DUE => [qr/^assertion violated.*thing==0/, 0],
            TWO_STEPS => [qr/^assertion violated.*callback/],
            NO_TAKING_BACK => [qr/^assertion violated.*heard/],
            ONE_NUMBER => [qr/^assertion violated.*heard/, 0],
            NO_SENDER_TOKEN => [qr/^assertion violated.*heard/, 0],
        },
    },
);

for my $name (reverse sort keys %models) {
    my ($holds, $refuted) = @{ $models{$name} }{qw(holds refuted)};
    for my $with (@$holds) {
        my ($is, $states) = check($name, @$with);
        is($is, 'holds', "$name: the protocol, @$with");
        note "$states states";
        cmp_ok($states, '>', 10_000, 'and there was much to look at');
    }
    for my $defines (sort keys %$refuted) {
        my ($want, $trouble) = @{ $refuted->{$defines} };
        my ($is) = check($name, $trouble // 1, split ' ', $defines);
        like($is, $want, "$name refuted: $defines");
    }
}
done_testing();
