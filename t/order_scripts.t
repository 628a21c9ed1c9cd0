# Where things are, and what waits for them, in the queue's scripts against a real redis-server (docs/order.md).
use strict;
use warnings;
use lib 't/lib';
use List::Util qw(shuffle);
use Logistics::Scripts;
use Logistics::Test;

my $serial = 0;

# A message about things; each of them is a line, too.
sub accept_message {
    my ($keys) = @_;
    my $id = 'm' . ++$serial;
    my @texts = ($id, '', '', 60000, 1000, 'standard', $keys, 'acme', 10, '',
        route => 'events', correlation => "c-$id", body => "[\"$id\"]", source => '');
    run_script('accept', scalar @texts, @texts);
    return $id;
}

sub claim {
    my (undef, undef, @lists) = @{ run_script('claim', 'r1', $_[0] // 60000, 100, 1e6, qw(critical standard bulk)) };
    return map { my ($id, $token, $attempts, @pairs) = @$_; +{ id => $id, token => $token, attempts => $attempts, @pairs } } @lists;
}
sub ids { return join ' ', map { $_->{id} } @_ }
sub known { return run_script('states', "@_") }

# thing => [known, state, moved]
sub lines { my (%of) = @_; return join '', map { "$_ $of{$_}[0] $of{$_}[1] 60000 $of{$_}[2]\n" } sort keys %of }
sub settle { my ($m, %of) = @_; return run_script('settle', 60000, $m->{id}, $m->{token}, '[]', lines(%of))->[0] =~ s/^\d+$/settled/r }

sub park {
    my ($m, $ms, $waits, %of) = @_;
    return run_script('park', $m->{id}, $m->{token}, $ms, 'too early', '', '', $waits, lines(%of))->[0];
}
sub shown { return { @{ run_script('show', $_[0]) } } }
sub state { return { @{ run_script('state') } } }
sub clean { $redis->cmd('FLUSHALL'); return }

subtest 'a thing moves with the script that ends the delivery' => sub {
    is_deeply(known('p:1', 'p:2'), ['', ''], 'nothing is known');
    accept_message('a');
    my ($m) = claim();
    is(settle($m, 'p:1' => ['-', 'there@-+here', 1]), 'settled');
    is_deeply(known('p:1', 'p:2'), ['there@-+here', '']);
    cmp_ok($redis->cmd('PTTL', "$LANE:s:p:1"), '>', 50000, 'it is kept for its time');
    is(settle($m, 'p:1' => ['there@-+here', 'gone@-+here', 1]), 'lost', 'who has lost its lease moves nothing');
    is_deeply(known('p:1'), ['there@-+here']);
    accept_message('a');
    ($m) = claim();
    is_deeply(run_script('retry', $m->{id}, $m->{token}, 0, '', '["left"]', '[1]', 1,
        lines('p:1' => ['there@-+here', 'far@-+here', 1])), ['delayed'], 'some of its records are in Odoo');
    is_deeply(known('p:1'), ['far@-+here'], 'and have moved it');
    ($m) = claim();
    run_script('dead', $m->{id}, $m->{token}, 'refused', 'why', '[]', '', 60000, lines('p:1' => ['far@-+here', 'end@-+here', 1]));
    is_deeply(known('p:1'), ['end@-+here'], 'so of one that is given up');
    clean();
};

subtest 'parked until its thing moves' => sub {
    my ($early, $mover) = (accept_message('a'), accept_message('a'));
    my ($m) = claim();
    is($m->{due}, '', 'it has not waited');
    is(park($m, 60000, "p:1 -\n"), 'parked');
    is(shown($early)->{state}, 'parked');
    is(state()->{parked}, 1);
    ($m) = claim();
    is($m->{id}, $mover, 'the other may come');
    is(settle($m, 'p:1' => ['-', 'here@5+here', 0]), 'settled');
    is(shown($early)->{state}, 'parked', 'the thing is at the same place: nothing for it');
    accept_message('a');
    is(settle((claim())[0], 'p:1' => ['here@5+here', 'there@6+here', 1]), 'settled');
    is(shown($early)->{state}, 'accepted', 'now it has moved');
    is(state()->{parked}, 0);
    ($m) = claim();
    is("$m->{id} $m->{attempts} $m->{due}", "$early 1 ", 'it comes back, and waiting was no attempt');
    is(park($m, 60000, "p:1 there\@6+here\n"), 'parked', 'and may wait once more');
    my $until = shown($early)->{next};
    my (undef, $wait) = (accept_message('a'), (claim())[0]);
    is(settle($wait, 'p:1' => ['there@6+here', 'far@7+here', 1]), 'settled');
    ($m) = claim();
    is(park($m, 600000, "p:1 far\@7+here\n"), 'parked');
    is(shown($early)->{next}, $until, 'its time began when it was parked first');
    is_deeply($redis->cmd('KEYS', "$LANE:o:*"), [], 'it stands in no line');
    clean();
};

subtest 'the time is over' => sub {
    my $early = accept_message('a');
    my ($m) = claim();
    is(park($m, 1, "p:1 -\n"), 'parked');
    wait_for(sub { ($m) = claim(); $m }, 5, 'it to come back');
    is("$m->{id} $m->{due}", "$early 1", 'and to be told as due');
    is(state()->{parked}, 0);
    is_deeply($redis->cmd('KEYS', "$LANE:w:*"), [], 'nothing waits for the thing any more');
    is(settle($m), 'settled');
    clean();
};

subtest 'somebody was faster' => sub {
    my ($id) = (accept_message('a'));
    my ($m) = claim();
    is_deeply(run_script('move', lines('p:1' => ['-', 'there@1+here', 1])), [''], 'a request that is answered now');
    is_deeply(run_script('move', lines('p:1' => ['-', 'far@1+here', 1])), ['there@1+here'], 'another, which hears of it');
    is(settle($m, 'p:1' => ['-', 'here@1+here', 1]), 'moved', 'a delivery that was decided before');
    is_deeply(known('p:1'), ['there@1+here'], 'does not overwrite it');
    ($m) = claim();
    is("$m->{id} $m->{attempts}", "$id 1", 'but comes again, and that is no attempt');
    is(park($m, 60000, "p:1 -\n"), 'moved', 'nor does one wait for what has come already');
    ($m) = claim();
    is(park($m, 60000, "p:1 there\@1+here\n"), 'parked');
    is_deeply(run_script('move', lines('p:1' => ['there@1+here', 'end@1+here', 1])), ['']);
    is(shown($id)->{state}, 'accepted', 'a request that is answered now lets it in, too');
    ($m) = claim();
    is(settle($m, 'p:1' => ['end@1+here', 'end@2+here', 0]), 'settled');
    clean();
};

subtest 'of several things it waits for, one is enough' => sub {
    my $id = accept_message('a b');
    my ($m) = claim();
    is(park($m, 60000, "p:1 -\np:2 -\n"), 'parked');
    accept_message('b');
    is(settle((claim())[0], 'p:2' => ['-', 'there@1+here', 1]), 'settled');
    ($m) = claim();
    is($m->{id}, $id);
    is_deeply($redis->cmd('LRANGE', "$LANE:w:p:1", 0, -1), [], 'it waits for the other no more');
    is(settle($m), 'settled');
    clean();
};

subtest 'replayed, it may wait again' => sub {
    my $id = accept_message('a');
    park((claim())[0], 1, "p:1 -\n");
    my $m;
    wait_for(sub { ($m) = claim(); $m }, 5, 'it to come back');
    run_script('dead', $id, $m->{token}, 'out-of-order', 'why', '[]', '', 60000, '');
    is_deeply(run_script('replay', $id, '', '', '{"did":"replay"}', ''), ['replayed']);
    ($m) = claim();
    is($m->{due}, '', 'its time begins anew');
    is(park($m, 60000, "p:1 -\n"), 'parked');
    cmp_ok(shown($id)->{next} - $redis->cmd('TIME')->[0] * 1000, '>', 30000);
    clean();
};

# Messages of a few things in a random order; step n of a thing needs step n - 1, and waits for it.
subtest 'whatever the order, all comes through and nothing is left behind' => sub {
    srand($ENV{LGS_SEED} // 7);
    for my $round (1 .. 8) {
        my @plan = shuffle map { my $t = $_; map { [$t, $_] } 1 .. 5 } 1 .. 4;
        my (%step, %decided);
        $step{ accept_message("t$_->[0]") } = $_ for @plan;
        for (my $turn = 0; $turn < 400; $turn++) {
            my @claimed = shuffle(claim()) or last;
            for my $m (@claimed) {
                my ($t, $n) = @{ $step{ $m->{id} } };
                my $is = known("p:$t")->[0];
                if ($n == ($is || 0) + 1) {
                    my $word = settle($m, "p:$t" => [$is || '-', $n, 1]);
                    $decided{"$t:$n"}++ if $word eq 'settled';
                } else {
                    park($m, 600000, "p:$t " . ($is || '-') . "\n");
                }
            }
        }
        my $state = state();
        is_deeply([scalar(keys %decided), @$state{qw(open parked delayed leased)}], [20, 0, 0, 0, 0], "round $round");
        is_deeply([sort grep { !/:s:|:m:|:n$/ } @{ $redis->cmd('KEYS', "$LANE:*") }], [], 'no line and no list is left');
        clean();
    }
};

done_testing();
