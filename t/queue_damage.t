# Messages that lost fields, or all, in Redis (an operator's HDEL or DEL, an eviction): no lane stops for one of them, and what
# is whole is delivered once, in order. The random part prints its seed: SEED=7 prove t/queue_damage.t does the same again.
use strict;
use warnings;
use lib 't/lib';
use List::Util qw(sample shuffle);
use Logistics::Scripts;
use Logistics::Test;

my $LEASE = 60_000;
my $serial = 0;

sub accept_message {
    my ($keys, %is) = @_;
    my $id = sprintf 'm%03d', ++$serial;
    my @texts = ($id, '', '', 60000, 10_000, delete $is{class} // 'standard', $keys, delete $is{partner} // 'acme', 100, '',
        route => 'events', correlation => "c-$id", body => "[\"$id\"]", source => "of $id", %is);
    run_script('accept', scalar @texts, @texts)->[0][0] eq 'accepted' or die;
    return $id;
}

sub claim {
    my ($n) = @_;
    my (undef, undef, @lists) = @{ run_script('claim', 'r1', $LEASE, $n // 100, 1e6, qw(critical standard bulk)) };
    return map { my ($id, $token, $attempts, @pairs) = @$_; +{ id => $id, token => $token, attempts => $attempts, damaged => '', @pairs } } @lists;
}
sub ids { return join ' ', map { $_->{id} } @_ }
sub settle { my ($m) = @_; return run_script('settle', 60000, $m->{id}, $m->{token}, '[]', '')->[0] =~ s/^\d+$/settled/r }
# As the relay does with what it cannot deliver.
sub give_up { my ($m) = @_; return run_script('dead', $m->{id}, $m->{token}, 'damaged', 'why', '[]', '', 60000, '')->[0] }
sub retry { my ($m, $ms) = @_; return run_script('retry', $m->{id}, $m->{token}, $ms, 'why', '', '', 1, '')->[0] }
sub field { my ($id, $name) = @_; return $redis->cmd('HGET', "$LANE:m:$id", $name) }
sub lose { my ($id, @fields) = @_; return $redis->cmd('HDEL', "$LANE:m:$id", @fields) }
sub end_lease_of { my ($id) = @_; $redis->cmd('ZADD', "$LANE:l", 'XX', 1, $id); return }
sub state { return { @{ run_script('state') } } }
sub clean { $redis->cmd('FLUSHALL'); return }

# All of the lane, as the relay does it in rounds; what is gone.
sub mend {
    my ($from, @gone) = (0);
    do {
        ($from, undef, my @some) = @{ run_script('mend', $LEASE, $from, 100) };
        push @gone, @some;
    } while ($from);
    return join ' ', @gone;
}

sub is_untouched {
    my ($what) = @_;
    my $sum = sub { return join '|', map { $_, $redis->cmd('DUMP', $_) } sort @{ $redis->cmd('KEYS', '*') } };
    my $before = $sum->();
    is(mend(), '', "$what: nothing is gone");
    is($sum->(), $before, '... and nothing is changed');
    return;
}

subtest 'what is healthy is left as it is' => sub {
    accept_message($_) for ('a', 'a', 'a b', 'b', '', 'c');
    is_untouched('accepted');
    my ($a, $none, $c) = claim();
    is_untouched('delivering');
    is(retry($a, 60_000), 'delayed');
    is(run_script('park', $c->{id}, $c->{token}, 60_000, 'too early', '', '', "p:1 -\n", '')->[0], 'parked');
    is_untouched('retrying, parked');
    is(settle($none), 'settled');
    is_untouched('delivered');
    clean();
};

# Field that is lost → whether it is delivered all the same: what can be found out again is.
my %is_found = (state => 1, ahead => 1, claims => 1, token => 1, next => 1, correlation => 1, source => 1);
subtest 'a message that lost a field is given up, those behind it go on' => sub {
    for my $field (qw(state ahead class keys partner route bytes attempts at correlation source)) {
        my ($first, $second, $other) = map { accept_message($_) } qw(a a b);
        is(lose($first, $field), 1, "$field lost");
        my ($m, $is_other) = claim();
        is(ids($m, $is_other), "$first $other", '... the lane goes on');
        is($m->{damaged}, $is_found{$field} ? '' : $field, '... claim says what is wrong');
        is($is_found{$field} ? settle($m) : give_up($m), $is_found{$field} ? 'settled' : 'dead');
        is(settle($is_other), 'settled');
        mend();
        my ($next) = claim();
        is($next && $next->{id}, $second, '... what is behind it comes');
        is(settle($next), 'settled');
        is_deeply($redis->cmd('ZRANGE', "$LANE:x", 0, -1), $is_found{$field} ? [] : [$first], '... a dead letter');
        is(field($first, 'source'), $field eq 'source' || $is_found{$field} ? undef : "of $first", '... with what is left of it');
        mend();
        my $state = state();
        is_deeply([@$state{qw(open)}, map { $_ // 0 } @$state{qw(bytes partner:acme depth:standard)}], [0, 0, 0, 0], '... and nothing is counted as open');
        is($state->{'dead:damaged'} // 0, $is_found{$field} ? 0 : 1);
        clean();
    }
};

subtest 'lost while it is delivered, or waits' => sub {
    for my $field (qw(state token class keys partner bytes attempts at)) {
        my ($first, $second) = map { accept_message('a') } 1 .. 2;
        my ($m) = claim();
        lose($first, $field);
        mend();
        is(ids(claim()), '', "$field: nobody overtakes what is under way");
        my $is_lost = $field eq 'state' || $field eq 'token';
        is(settle($m), $is_lost ? 'lost' : 'settled');
        end_lease_of($first);
        claim(0);
        mend();
        ($m) = claim();
        is(settle($m), 'settled') if $is_lost;
        ($m) = claim() if $is_lost;
        is($m && $m->{id}, $second, '... and then it comes');
        clean();
        ($first, $second) = map { accept_message('a') } 1 .. 2;
        is(retry(claim(), 60_000), 'delayed');
        lose($first, $field);
        if ($field ne 'state') {
            mend();
            is(ids(claim()), '', "$field: nobody overtakes what waits for its retry");
        }
        $redis->cmd('ZADD', "$LANE:d", 1, $first);
        claim(0);
        mend();
        ($m) = claim(1);
        is($m && $m->{id}, $first, "$field: a retry comes");
        is($m->{damaged} ? give_up($m) : settle($m), $is_found{$field} ? 'settled' : 'dead');
        mend();
        is(ids(claim()), $second);
        clean();
    }
};

subtest 'in the list once more, and its state lost: it is not handed out twice' => sub {
    my $id = accept_message('a');
    my ($m) = claim();
    $redis->cmd('RPUSH', "$LANE:q:standard", $id);
    lose($id, 'state');
    is(ids(claim()), '', 'while it is under way');
    end_lease_of($id);
    is(ids(claim()), $id, 'and then it is');
    clean();
};

subtest 'one that is gone holds nobody, whoever it is that is looked at' => sub {
    my ($gone, $second, $third) = map { accept_message('a') } 1 .. 3;
    $redis->cmd('DEL', "$LANE:m:$gone");
    $redis->cmd('DEL', "$LANE:q:standard");
    is(run_script('mend', $LEASE, 2, 1)->[1], 1, "only $third is looked at");
    is_deeply($redis->cmd('LRANGE', "$LANE:q:standard", 0, -1), [$second], '... and what stands before it may go');
    clean();
};

subtest 'one that is decided, and stands in its line again, holds nobody' => sub {
    for my $state (qw(delivered dead dropped parked)) {
        my ($first, $second) = map { accept_message('a') } 1 .. 2;
        $redis->cmd('DEL', "$LANE:q:standard");
        $redis->cmd('HSET', "$LANE:m:$first", 'state', $state);
        $redis->cmd(@$_) for $state eq 'parked' ? [ZADD => "$LANE:d", 9e15, $first] : [ZREM => "$LANE:a:standard", $first];
        mend();
        is(ids(claim()), $second, $state);
        clean();
    }
};

# As accept and time would make it, in one call: $n messages about one thing, each a millisecond older than the next.
sub fill {
    my ($n) = @_;
    $redis->cmd('EVAL', <<'END', 1, $LANE, $n);
local lane, n = KEYS[1], tonumber(ARGV[1])
for i = 1, n do
  local id = string.format('m%06d', i)
  redis.call('HSET', lane .. ':m:' .. id, 'state', 'accepted', 'attempts', 0, 'at', 1000000 + i, 'ahead', i == 1 and 0 or 1, 'class', 'standard',
    'keys', 'a', 'partner', 'acme', 'bytes', 100, 'route', 'events', 'body', '[]')
  redis.call('RPUSH', lane .. ':o:a', id)
  redis.call('ZADD', lane .. ':a:standard', 1000000 + i, id)
end
redis.call('RPUSH', lane .. ':q:standard', 'm000001')
redis.call('HSET', lane .. ':n', 'open', n)
END
    return;
}

sub calls_of { my ($command) = @_; return $redis->cmd('INFO', 'commandstats') =~ /^cmdstat_$command:calls=(\d+)/m ? $1 : 0 }
sub line { my (@range) = @_; return $redis->cmd('LRANGE', "$LANE:o:a", @range) }

subtest 'a long line of one thing holds Redis up for no time' => sub {
    my $n = 100_000;
    my $mend = sub { my ($from) = @_; $redis->cmd('CONFIG', 'RESETSTAT'); return run_script('mend', $LEASE, $from, 100) };
    fill($n);
    for my $from (0, 10_000, 50_000, $n - 100) {
        is_deeply($mend->($from), [$from + 100 == $n ? 0 : $from + 100, 0], "healthy from $from on");
        cmp_ok(calls_of('lpos'), '<=', 1, '... no search of the line');
        cmp_ok(calls_of('hmget') + calls_of('lindex') + calls_of('lrange'), '<', 600, '... and little besides');
    }
    $redis->cmd('LREM', "$LANE:o:a", 1, 'm050000');
    $redis->cmd('RPUSH', "$LANE:o:a", 'm050000');
    is_deeply($mend->(49_999), [50_099, 0], 'one at the end, where it was put once more, is found there');
    $redis->cmd('LREM', "$LANE:o:a", 1, 'm060000');
    $redis->cmd('LINSERT', "$LANE:o:a", 'BEFORE', 'm010000', 'm060000');
    is_deeply($mend->(59_999), [60_000, 0], 'for one that stands elsewhere all is searched, and that is enough for a call');
    is($redis->cmd('LLEN', "$LANE:o:a"), $n, 'all stand in the line once');
    $redis->cmd('LREM', "$LANE:o:a", 1, 'm070000');
    $mend->(69_999);
    is_deeply(line(-1, -1), ['m070000'], 'one that has lost its place gets another');
    $redis->cmd('EVAL', "for i = 1, 600 do redis.call('DEL', string.format('$LANE:m:m%06d', i)) end", 0);
    is_deeply($mend->(2000), [2001, 250], 'those that are gone leave it some at a time');
    is_deeply(line(0, 0), ['m000251']);
    is_deeply($mend->(2001), [2002, 250], '... at each call');
    is_deeply($mend->(2002), [2102, 100]);
    is_deeply(line(0, 0), ['m000601']);
    is($redis->cmd('LINDEX', "$LANE:q:standard", -1), 'm000601', '... and then the next one may go');
    clean();
};

subtest 'one that is gone holds nobody' => sub {
    my ($gone, $second) = map { accept_message('a') } 1 .. 2;
    my ($both, $last) = map { accept_message($_) } 'a b', 'b';
    $redis->cmd('DEL', "$LANE:m:$gone");
    is(ids(claim()), '', 'it was the first');
    is(mend(), $gone, 'it is told of, once');
    is(mend(), '');
    is(state()->{gone}, 1, 'and counted');
    is(state()->{open}, 3);
    my ($m) = claim();
    is(ids($m), $second);
    $redis->cmd('DEL', "$LANE:m:$both");
    is(settle($m), 'settled');
    ok(!$redis->cmd('EXISTS', "$LANE:m:$both"), 'nothing is made of nothing');
    is(mend(), $both);
    ($m) = claim();
    is(ids($m), $last, 'of all its lines');
    $redis->cmd('DEL', "$LANE:m:$last");
    my $behind = accept_message('b');
    is(mend(), '', 'what is under way holds its lines until its lease ends');
    is(ids(claim()), '');
    end_lease_of($last);
    claim(0);
    is(mend(), $last);
    is(ids(claim()), $behind);
    clean();
};

subtest 'a key that is no hash' => sub {
    for my $class (qw(critical bulk)) {
        my ($first, $second, $other) = map { accept_message($_, class => $class) } qw(a a b);
        $redis->cmd('SET', "$LANE:m:$first", 'somebody wrote this');
        ok(!eval { claim(); 1 }, 'a claim fails') if $class eq 'critical';
        is(mend(), $first, 'it is gone');
        is(ids(claim()), "$other $second");
        clean();
    }
};

subtest 'lists and sets that are gone' => sub {
    my @ids = map { accept_message($_) } qw(a b c a);
    my ($retry, $m) = claim(2);
    is(retry($retry, 60_000), 'delayed');
    $redis->cmd('DEL', map {"$LANE:$_"} qw(q:standard l d n));
    mend();
    is(state()->{open}, 4, 'counted');
    my ($again, @more) = claim();
    is(ids($again, @more), "@ids[0, 2]", 'what may go goes, a retry comes');
    is_deeply([sort @{ $redis->cmd('ZRANGE', "$LANE:l", 0, -1) }], [@ids[0, 1, 2]], 'a lease is held by somebody');
    is(settle($again), 'settled');
    mend();
    is(ids(claim()), $ids[3]);
    clean();
};

subtest 'a damaged letter is replayed with what is left of it, or says that it cannot be' => sub {
    my %replayed = (class => 1, bytes => 1, attempts => 1, at => 1, keys => 0, partner => 0, route => 0);
    for my $field (sort keys %replayed) {
        my $id = accept_message('a', class => 'bulk');
        lose($id, $field);
        my ($m) = claim();
        is(give_up($m), 'dead');
        mend();
        is(run_script('replay', $id, '', '', '{"by":"op"}', '')->[0], $replayed{$field} ? 'replayed' : 'damaged', "without $field");
        if (!$replayed{$field}) {
            is(state()->{dead}, 1, '... it stays a letter');
            is(run_script('drop', $id, '{"by":"op"}', '')->[0], 'dropped');
            clean();
            next;
        }
        is_deeply([@{ state() }{qw(open bytes)}], [1, $field eq 'bytes' ? length "[\"$id\"]of $id" : 100], '... counted');
        mend();
        ($m) = claim();
        is("$m->{id} $m->{damaged}", "$id ", '... whole');
        is(settle($m), 'settled');
        mend();
        is(state()->{open}, 0);
        clean();
    }
    my $id = accept_message('a');
    lose($id, 'keys');
    give_up(claim());
    is(run_script('replay', $id, '["fixed"]', 'a', '{"by":"op"}', '')->[0], 'replayed', 'with keys from who changed it');
    clean();
};

# ---- random ----

my (%keys_of, %is_damaged, %times, %settled_of, %flying);

sub damage_one {
    my $id = (sample 1, grep { !$times{$_} && !$is_damaged{$_} } keys %keys_of)[0] // return;
    my @has = @{ $redis->cmd('HKEYS', "$LANE:m:$id") };
    $is_damaged{$id} = 1;
    return $redis->cmd('DEL', "$LANE:m:$id") if rand() < 0.2;
    return $redis->cmd('HSET', "$LANE:m:$id", (sample 1, qw(bytes attempts at ahead class))[0], 'no number') if rand() < 0.2;
    return lose($id, sample 1 + int(rand 3), @has);
}

sub take {
    my ($n) = @_;
    for my $m (claim($n)) {
        my %of_it = map { $_ => 1 } @{ $keys_of{ $m->{id} } };
        my @same = grep { !$flying{$_}{damaged} && grep { $of_it{$_} } @{ $keys_of{$_} } } keys %flying;
        die "$m->{id} is under way while @same of its line is" if @same && !$m->{damaged};
        $flying{ $m->{id} } = $m;
    }
    return;
}

# What a relay may do with a message that it has.
sub end_one {
    my ($m, $is_end) = @_;
    my $how = $m->{damaged} || !$m->{body} ? 'dead' : $is_end || rand() < 0.7 ? 'settle' : 'retry';
    my $said = $how eq 'dead' ? give_up($m) : $how eq 'retry' ? retry($m, (sample 1, 0, 1)[0]) : settle($m);
    delete $flying{ $m->{id} };
    if ($said eq 'settled') {
        $times{ $m->{id} }++;
        push @{ $settled_of{$_} }, $m->{id} for @{ $keys_of{ $m->{id} } };
    } elsif ($said eq 'lost') {
        $is_damaged{ $m->{id} } or die "$m->{id}: lost, and nobody damaged it";
        end_lease_of($m->{id});
    }
    return;
}

sub accept_one {
    my @keys = sample 1 + int(rand 3), 'a' .. 'l';
    my $id = accept_message("@keys", class => (sample 1, qw(critical standard bulk))[0], partner => (sample 1, qw(acme dhl))[0]);
    $keys_of{$id} = \@keys;
    return;
}

sub is_open { return grep { $redis->cmd('ZCARD', "$LANE:a:$_") } qw(critical standard bulk) }

subtest 'random damage of random messages' => sub {
    my $seed = $ENV{SEED} // int rand 1e6;
    srand $seed;
    diag "seed $seed";
    for my $step (1 .. 1500) {
        my $die = rand();
        if    ($die < 0.15) { accept_one() }
        elsif ($die < 0.40) { take(1 + int rand 5) }
        elsif ($die < 0.90) { end_one($_) for sample 1, values %flying }
        elsif ($die < 0.95) { damage_one() }
        else                { mend() }
    }
    for (1 .. 1000) {
        last if !is_open() && !%flying;
        mend();
        take(100);
        end_one($_, 1) for values %flying;
    }
    is_deeply([is_open()], [], 'nothing is open any more');
    cmp_ok(scalar(keys %is_damaged), '>', 30, 'some were damaged: ' . keys(%is_damaged) . ' of ' . keys %keys_of);
    is_deeply([grep { !$is_damaged{$_} && ($times{$_} // 0) != 1 } sort keys %keys_of], [], 'what is whole is delivered once');
    my @late = grep { my @whole = grep { !$is_damaged{$_} } @{ $settled_of{$_} }; "@whole" ne join ' ', sort @whole } sort keys %settled_of;
    is_deeply(\@late, [], 'in order');
    is_deeply([grep { ($times{$_} // 0) > 1 } sort keys %keys_of], [], 'nothing is settled twice');
    mend();
    my %left = map { $_ => 1 } @{ $redis->cmd('KEYS', "$LANE:*") };
    ok(!$left{"$LANE:$_"}, "$_ is empty") for qw(l d q:critical q:standard q:bulk);
    my $state = state();
    is_deeply([$state->{open}, $state->{bytes} // 0, grep { /^partner:/ } keys %$state], [0, 0], 'nothing is counted as open');
    my @open = grep { (field($_, 'state') // 'gone') !~ /^(?:gone|delivered|dead)$/ } sort keys %is_damaged;
    is_deeply(\@open, [], 'of what was damaged each is delivered, a dead letter or gone');
    my @new = map { my $id = accept_message($_); $keys_of{$id} = [$_]; $id } 'a' .. 'l';
    mend();
    is(join(' ', sort map { $_->{id} } claim()), join(' ', sort @new), 'and no line is stopped for those to come');
    clean();
};

$redis->stop;
done_testing();
