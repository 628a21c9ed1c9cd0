# The queue's scripts (ngx_logistics_module/queue/*.lua) against a real redis-server, each as it is sent.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Scripts;
use Logistics::Test;

my $serial = 0;

# A message about the given keys; more => fields, key/print/most of the idempotency record and ceiling. What accept takes.
sub message_texts {
    my ($keys, %opt) = @_;
    my $id = $opt{id} // sprintf('m%04d', ++$serial);
    my %is = (partner => 'acme', class => 'standard', bytes => 100, route => 'events', correlation => "c-$id",
        body => "[\"$id\"]", source => "bytes of $id", %{ $opt{fields} // {} });
    my @first = ($id, $opt{key} // '', $opt{print} // '', $opt{keep} // 60000, $opt{most} // 1000, delete $is{class}, $keys,
        delete $is{partner}, delete $is{bytes},
        done_record($opt{print} // '', 202, 'application/json', "{\"id\":\"$id\"}", "/v1/messages/$id"));
    return (@first, map { ($_, $is{$_}) } sort keys %is);
}

# Many in one call: (a list of texts of each) to (a reply for each).
sub accept_together { return @{ run_script('accept', map { (scalar @$_, @$_) } @_) } }

sub accept_message {
    my @texts = message_texts(@_);
    my ($reply) = accept_together(\@texts);
    return wantarray ? ($texts[0], $reply) : $texts[0];
}

# (ms until something is due, ready ones left, claimed messages as hashes)
sub claim {
    my (%opt) = @_;
    my ($due, $left, @lists) = @{ run_script('claim', $opt{consumer} // 'r1', $opt{lease} // 60000, $opt{n} // 100,
        $opt{bytes} // 1e6, @{ $opt{classes} // [qw(critical standard bulk)] }) };
    return ($due, $left, map { my ($id, $token, $attempts, @pairs) = @$_;
        +{ id => $id, token => $token, attempts => $attempts, @pairs } } @lists);
}

sub ids { my (undef, undef, @messages) = claim(@_); return join ' ', map { $_->{id} } @messages }
sub one { my (undef, undef, @messages) = claim(@_, n => 1); return $messages[0] }
# Of each message: "settled" or "lost".
sub settle { return join ' ', map { /^\d+$/ ? 'settled' : $_ } @{ run_script('settle', 60000, map { (@$_{qw(id token)}, '[]', $_->{states} // '') } @_) } }
sub state { return { @{ run_script('state') } } }
sub shown { return { @{ run_script('show', $_[0]) } } }
sub clean { $redis->cmd('FLUSHALL'); return }

subtest 'accept, claim, settle' => sub {
    my ($id, $reply) = accept_message('k1');
    is_deeply($reply, ['accepted']);
    is(shown($id)->{state}, 'accepted');
    is(state()->{open}, 1);
    is(state()->{bytes}, 100);
    my ($due, $left, $m) = claim();
    is($m->{id}, $id);
    is($m->{body}, "[\"$id\"]", 'its records');
    is($m->{attempts}, 1);
    is($m->{correlation}, "c-$id");
    cmp_ok($due, '>', 59000, 'the lease is the next that is due');
    is($left, 0);
    is(shown($id)->{state}, 'delivering');
    is(ids(), '', 'nobody else gets it');
    my $settled = run_script('settle', 60000, $id, $m->{token}, '[{"outcome":"written"}]', '');
    like($settled->[0], qr/^\d+$/, 'ms from acceptance');
    is(shown($id)->{state}, 'delivered');
    is(shown($id)->{outcome}, '[{"outcome":"written"}]');
    is($redis->cmd('HEXISTS', "$LANE:m:$id", 'body'), 0, 'records and bytes go when they are in Odoo');
    is($redis->cmd('HEXISTS', "$LANE:m:$id", 'source'), 0);
    cmp_ok($redis->cmd('PTTL', "$LANE:m:$id"), '>', 0, 'and the rest after its time');
    is(settle($m), 'lost', 'not twice');
    my $state = state();
    is_deeply([@$state{qw(open bytes leased delivered depth:standard)}], [0, 0, 0, 1, 0], 'the lane is empty');
    clean();
};

subtest 'many are accepted in one call, each as if it came alone' => sub {
    accept_message('z', id => 'before', key => 'old', print => 'p');
    my @replies = accept_together(map { [message_texts(@$_)] } ['a', id => 'm-a1', key => 'new', print => 'p', fields => { notify => 'ear' }],
        ['a', id => 'm-a2'], ['b', id => 'm-b', key => 'new', print => 'p'], ['b', id => 'm-c', key => 'new', print => 'other'],
        ['b', id => 'm-d', key => 'old', print => 'p'], ['b', id => 'm-e', fields => { class => 'critical', partner => 'dhl', bytes => 7 }],
        ['c', id => 'm-f', most => 4], ['c d', id => 'm-g', fields => { callback => 'dead' }], ['d', id => 'm-h', most => 5]);
    is_deeply(\@replies, [['accepted'], ['accepted'], ['done', 202, 'application/json', '{"id":"m-a1"}', '/v1/messages/m-a1'], ['other'],
        ['done', 202, 'application/json', '{"id":"before"}', '/v1/messages/before'], ['accepted'], ['full'], ['accepted'], ['full']]);
    my $state = state();
    is_deeply([@$state{qw(open bytes accepted partner:acme partner:dhl)}], [5, 407, 5, 4, 1], 'counted');
    is($redis->cmd('HGET', "$LANE:m:m-a1", 'notify'), 'ear', 'with its own fields');
    is($redis->cmd('HEXISTS', "$LANE:m:m-a2", 'notify'), 0);
    is($redis->cmd('HGET', "$LANE:m:m-g", 'callback'), 'dead');
    is($redis->cmd('EXISTS', map {"$LANE:m:m-$_"} qw(b c d f h)), 0, 'what is not taken leaves nothing');
    is_deeply($redis->cmd('ZRANGE', "$LANE:a:standard", 0, -1), [qw(before m-a1 m-a2 m-g)]);
    is(ids(), 'm-e before m-a1 m-g', 'in their order, one of a key at a time');
    is(settle({ id => 'm-a1', token => 'r1:1' }), 'settled');
    is(ids(), 'm-a2');
    clean();
};

# What keep_traces takes of one: time, id, itself, its request's key, its business keys.
sub trace_texts { my ($at, $id, @business) = @_; return ($at, $id, "{$id}", "$LANE:t:$id", scalar @business, map {"$LANE:k:$_"} @business) }
sub trace_head { my (%most) = @_; return (60, $most{traces} // 100, $most{ids} // 100) }

subtest 'traces of other requests go along' => sub {
    my @traces = (trace_head(), trace_texts(10, 'c1', 'T1', 'T2'), trace_texts(11, 'c2'), trace_texts(12, 'c1', 'T1'));
    my @texts = message_texts('a', id => 'm-1', key => 'k', print => 'p');
    my $replies = run_script('accept', scalar @texts, @texts, 0, @traces);
    is_deeply($replies, [['accepted'], 'OK']);
    is(ids(), 'm-1');
    is_deeply($redis->cmd('LRANGE', "$LANE:t:c1", 0, -1), ['{c1}', '{c1}'], 'each under its request');
    is_deeply($redis->cmd('ZRANGE', "$LANE:k:T1", 0, -1, 'WITHSCORES'), ['c1', 12]);
    is_deeply($redis->cmd('ZRANGE', "$LANE:k:T2", 0, -1), ['c1']);
    cmp_ok($redis->cmd('TTL', "$LANE:$_"), '>', 0, "$_ goes after its time") for qw(t:c1 t:c2 k:T1 k:T2);
    $redis->cmd('SET', "$LANE:k:T1", 'no set');
    @texts = message_texts('b', id => 'm-2', key => 'k2', print => 'p');
    ok(!eval { run_script('accept', scalar @texts, @texts, 0, @traces) }, 'the last of the replies is an error');
    like($@, qr/WRONGTYPE/);
    is($redis->cmd('HGET', "$LANE:m:m-2", 'state'), 'accepted', 'what was accepted is accepted, though a trace could not be kept');
    is($redis->cmd('EXISTS', "$LANE:i:k2"), 1);
    clean();
};

subtest 'traces alone' => sub {
    is(run_script('traces', trace_head(traces => 2, ids => 2), map { trace_texts($_, 'c1', 'T1'), trace_texts($_, "x$_", 'T1') } 1 .. 3), 'OK');
    is($redis->cmd('LLEN', "$LANE:t:c1"), 2, 'no more under a request than are kept');
    is(run_script('traces', trace_head(ids => 2), trace_texts(9, 'c9', 'T1')), 'OK');
    is_deeply($redis->cmd('ZRANGE', "$LANE:k:T1", 0, -1), [qw(x3 c9)], 'nor under a business key: the newest');
    clean();
};

# Redis does not take back what a script wrote before it failed.
subtest 'a key is the last that is written' => sub {
    for my $damaged ("$LANE:o:line", "$LANE:n", "$LANE:a:standard", "$LANE:q:standard") {
        $redis->cmd('SET', $damaged, 'no list, no hash, no set');
        ok(!eval { accept_together(map { [message_texts($_, key => "key $_", print => 'p')] } qw(first line)); 1 }, "$damaged: refused");
        is($redis->cmd('EXISTS', map {"$LANE:i:key $_"} qw(first line)), 0, '... and no key says that it was taken');
        clean();
    }
};

subtest 'one of a key at a time, in order; others overtake' => sub {
    my @a = map { scalar accept_message('a') } 1 .. 3;
    my $b = accept_message('b');
    my $ab = accept_message('a b');
    is(ids(), "$a[0] $b", 'the first of each key');
    is(ids(), '');
    is(settle({ id => $b, token => 'r1:1' }), 'settled');
    is(ids(), '', 'a message of two keys waits for both');
    for my $i (0 .. 2) {
        is(settle({ id => $a[$i], token => 'r1:1' }), 'settled');
        is(ids(), $i < 2 ? $a[$i + 1] : $ab);
    }
    is(settle({ id => $ab, token => 'r1:1' }), 'settled');
    is_deeply($redis->cmd('KEYS', "$LANE:o:*"), [], 'no line is left');
    clean();
};

subtest 'many are settled at once' => sub {
    my @ids = map { scalar accept_message($_, fields => { partner => $_ eq 'a' ? 'acme' : 'dhl', class => $_ eq 'c' ? 'bulk' : 'standard' }) }
        qw(a b c a);
    my (undef, undef, @m) = claim();
    is(@m, 3);
    $m[1]{token} = 'r2:1';
    is(settle(@m), 'settled lost settled', 'each by itself');
    my $state = state();
    is_deeply([@$state{qw(open delivered leased depth:standard depth:bulk partner:acme partner:dhl bytes)}],
        [2, 2, 1, 2, 0, 1, 1, 200], 'and counted together');
    is(ids(), $ids[3], 'those behind them go on');
    clean();
};

subtest 'relays are told of the first that is ready, not of those behind it' => sub {
    my $ear = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $redis->{port}) or die $!;
    my $heard = sub {
        my $n = 0;
        $redis->cmd('PUBLISH', 'lgs:ready', 'end');
        local $/ = "\r\n";
        while (my $line = <$ear>) {
            $n++ if $line eq "$LANE\r\n";
            last if $line eq "end\r\n";
        }
        return $n;
    };
    print {$ear} "SUBSCRIBE lgs:ready\r\n";
    wait_for(sub { $redis->cmd('PUBSUB', 'NUMSUB', 'lgs:ready')->[1] == 1 }, 10, 'the subscription');
    accept_message($_) for qw(a b c);
    is($heard->(), 1, 'a burst');
    my (undef, undef, @m) = claim();
    accept_message('a');
    is($heard->(), 0, 'what has to wait');
    is(settle($m[0]), 'settled');
    is($heard->(), 1, 'until it is the first');
    accept_message('d', fields => { class => 'bulk' });
    is($heard->(), 1, 'each class by itself');
    clean();
};

subtest 'a retry keeps its place' => sub {
    my ($first, $second) = map { scalar accept_message('a') } 1 .. 2;
    my $m = one();
    is_deeply(run_script('retry', $first, $m->{token}, 1500, 'odoo-away', '["left"]', '[1]', 1), ['delayed']);
    is(shown($first)->{state}, 'retrying');
    is(shown($first)->{error}, 'odoo-away');
    my ($due) = claim();
    cmp_ok($due, '<=', 1500, 'claim says when');
    is(shown($second)->{state}, 'accepted');
    my $again;
    wait_for(sub { $again = one() }, 10, 'the retry');
    is($again->{id}, $first, 'the same first, not the one behind it');
    is($again->{attempts}, 2);
    is($again->{body}, '["left"]', 'with the records that are left');
    is(run_script('retry', $first, $m->{token}, 0, '', '', '', 1)->[0], 'lost', 'the old lease says nothing');
    is_deeply(run_script('retry', $first, $again->{token}, 0, '', '', '', 0), ['delayed'], 'handed back');
    $again = one();
    is("$again->{id} $again->{attempts}", "$first 2", 'at once, and the attempt does not count');
    is(settle($again), 'settled');
    is(ids(), $second);
    clean();
};

subtest 'leases' => sub {
    my $id = accept_message('a');
    my $lost = one(lease => 20, consumer => 'dead');
    is_deeply(run_script('renew', 20, $id, $lost->{token}, 'm0', 'x:1'), ['m0'], 'renewed; the unknown one is lost');
    my $m;
    wait_for(sub { $m = one(consumer => 'r2') }, 5, 'the lease of a dead consumer to end');
    is("$m->{id} $m->{attempts} $m->{token}", "$id 2 r2:2");
    is(settle($lost), 'lost', 'who comes back decides nothing');
    is_deeply(run_script('renew', 1000, $id, $lost->{token}), [$id]);
    is(state()->{leases_lost}, 1);
    is(settle($m), 'settled');
    clean();
};

subtest 'classes and ceilings' => sub {
    my %of = map { $_ => scalar accept_message($_, fields => { class => $_ }) } qw(bulk standard critical);
    is(ids(classes => ['bulk'], n => 0), '');
    is(ids(), "$of{critical} $of{standard} $of{bulk}");
    clean();
    accept_message("k$_") for 1 .. 5;
    my ($due, $left, @two) = claim(n => 2);
    is(@two, 2, 'no more than asked for');
    is($left, 3, 'what is ready still');
    is(() = claim(bytes => 1), 3, 'one at least, however large');
    my (undef, $full) = accept_message('k6', most => 5);
    is_deeply($full, ['full']);
    is(state()->{open}, 5, 'nothing was taken');
    clean();
};

subtest 'dead letters, replay, drop' => sub {
    my ($first, $second) = map { scalar accept_message('a') } 1 .. 2;
    my $m = one();
    is_deeply(run_script('dead', $first, $m->{token}, 'refused', 'no such transfer', '[{"outcome":"refused"}]', '', 60000),
        ['dead']);
    is_deeply([@{ shown($first) }{qw(state reason error)}], ['dead', 'refused', 'no such transfer']);
    is($redis->cmd('HGET', "$LANE:m:$first", 'source'), "bytes of $first", 'the original bytes are kept');
    is(ids(), $second, 'those behind it go on');
    is(state()->{dead}, 1);
    is(state()->{'dead:refused'}, 1);
    is_deeply(run_script('replay', $second, '', '', '{"by":"op"}', ''), ['unknown'], 'only what is dead');
    my $closed = shown($first)->{closed};
    is_deeply(run_script('replay', $first, '', '', '{"by":"op"}', $closed - 1), ['changed'], 'only the one that was looked at');
    is_deeply(run_script('replay', $first, '["fixed"]', 'a', '{"by":"op"}', $closed), ['replayed']);
    is(ids(), '', 'at the end of its line');
    is(settle({ id => $second, token => 'r1:1' }), 'settled');
    $m = one();
    is("$m->{id} $m->{attempts} $m->{body}", "$first 1 [\"fixed\"]");
    is($redis->cmd('PTTL', "$LANE:m:$first"), -1, 'it does not fade meanwhile');
    is(run_script('dead', $first, $m->{token}, 'attempts', 'x', '[]', '["left"]', 60000, '', '[{"code":"c"}]')->[0], 'dead');
    my %left = @{ run_script('show', $first, '1') };
    is_deeply([@left{qw(body whys)}], ['["left"]', '[{"code":"c"}]'], 'what is left, and why');
    is({ @{ run_script('show', $first) } }->{whys}, undef, 'for who asks for it');
    is_deeply(run_script('drop', $first, '{"by":"op2"}', 1), ['changed']);
    is_deeply(run_script('drop', $first, '{"by":"op2"}', ''), ['dropped']);
    like($redis->cmd('HGET', "$LANE:m:$first", 'history'), qr/^\{"by":"op","at":\d{13}\},\{"by":"op2","at":\d{13}\}$/,
        'who did what, when');
    is_deeply(run_script('drop', $first, '{"by":"op2"}', ''), ['unknown']);
    is_deeply([@{ state() }{qw(open dead bytes replayed dropped)}], [0, 0, 0, 1, 1]);
    ok(!grep({ /^partner:/ } keys %{ state() }), 'no partner has anything open');
    is($redis->cmd('EXISTS', "$LANE:a:standard"), 0);
    clean();
};

subtest 'the lane in numbers' => sub {
    my $old = accept_message('a', fields => { partner => 'acme', class => 'bulk' });
    my $new = accept_message('b', fields => { partner => 'dhl', class => 'critical' });
    my $state = { @{ run_script('state', 100) } };
    is_deeply([@$state{qw(open depth:bulk depth:critical partner:acme partner:dhl)}], [2, 1, 1, 1, 1]);
    cmp_ok($state->{'oldest_ms:bulk'}, '>=', $state->{'oldest_ms:critical'}, 'the oldest of each class');
    ok(defined $state->{"partner_ms:$_"}, "the oldest of $_") for qw(acme dhl);
    my $m = one(classes => ['bulk']);
    run_script('retry', $old, $m->{token}, 0, 'x', '', '', 1);
    is(settle(one(classes => ['bulk'])), 'settled');
    $state = state();
    is_deeply([@$state{qw(attempts retries depth:bulk oldest_ms:bulk)}], [2, 1, 0, 0]);
    is((grep { /^took:bulk:/ } keys %$state), 1, 'how long it took');
    is_deeply([@$state{qw(tries:bulk:2 tries_sum:bulk)}], [1, 2], 'and how many attempts');
    $m = one();
    is(run_script('dead', $new, $m->{token}, 'refused', 'x', '[]', '', 60000, '')->[0], 'dead');
    is(state()->{'tries:critical:1'}, 1, 'of what is given up, too');
    is_deeply([@{ state() }{qw(delivered:acme given_up:dhl)}], [1, 1], 'by partner');
    like(state()->{at_ms}, qr/^\d{13}$/, 'by whose clock');
    ok(defined $state->{'took_ms:bulk'});
    clean();
};

subtest 'relays' => sub {
    is_deeply(run_script('beat', 'r1', 20, 'closed', 3), ['seen']);
    is_deeply(run_script('beat', 'r2', 60000, 'open', 1), ['seen']);
    my $state = state();
    is_deeply([@$state{qw(relay:r2 relay_open:r2)}], [1, 1]);
    wait_for(sub { !exists state()->{'relay:r1'} }, 5, 'the first to be gone');
    run_script('beat', 'r2', 60000, 'closed', 1);
    is(state()->{'relay_open:r2'}, 0);
    is($redis->cmd('ZCARD', "$LANE:r"), 1);
    clean();
};

subtest 'letters' => sub {
    my @ids = map { my $id = accept_message("k$_", fields => { partner => $_ % 2 ? 'acme' : 'dhl' }); $id } 1 .. 4;
    my (undef, undef, @m) = claim();
    run_script('dead', $_->{id}, $_->{token}, $_->{id} eq $ids[3] ? 'attempts' : 'refused', 'why', '[]', '', 60000) for @m;
    my $list = sub {
        my ($more, @texts) = @{ run_script('letters', @_) };
        my @found;
        push @found, [splice @texts, 0, 11] while @texts;
        return ($more, map { $_->[0] } @found);
    };
    is_deeply([sort $list->('-inf', '+inf', '', '', 10, 100)], [sort '', @ids], 'all');
    is_deeply([$list->('-inf', '+inf', 'dhl', 'refused', 10, 100)], ['', $ids[1]], 'of a partner, for a reason');
    like(($list->('-inf', '+inf', '', '', 3, 100))[0], qr/^\d{13}$/, 'there are more');
    like(($list->('-inf', '+inf', 'nobody', '', 3, 2))[0], qr/^\d{13}$/, 'more to look at');
    is_deeply([$list->('-inf', 1000, '', '', 10, 100)], [''], 'none so long ago');
    my %look = @{ run_script('look', $ids[0], 1) };
    is_deeply([@look{qw(state body source)}], ['dead', "[\"$ids[0]\"]", "bytes of $ids[0]"]);
    %look = @{ run_script('look', $ids[0], 0) };
    ok(!exists $look{body} && !exists $look{source} && $look{reason} eq 'refused', 'without what came');
    is_deeply(run_script('look', 'm0', 1), []);
    clean();
};

# Dead letters, all of them about one thing if they share a key; their ids.
sub dead_letters {
    my ($n, %opt) = @_;
    my @ids = map { my $id = accept_message($opt{key} // "k$_", fields => { partner => $_ % 2 ? 'acme' : 'dhl' }); $id } 1 .. $n;
    while (my $m = one()) {
        run_script('dead', $m->{id}, $m->{token}, $m->{id} eq $ids[-1] ? 'attempts' : 'refused', 'why', '[]', '', 60000);
    }
    return @ids;
}

# What letters_from says: (until, time, id behind which it goes on), then the ids.
sub letters_from {
    my ($until, $time, $id, @texts) = @{ run_script('letters_from', @_, 'dead') };
    my @ids;
    push @ids, (splice @texts, 0, 11)[0] while @texts;
    return ($until, $time, $id, @ids);
}

subtest 'all dead letters, a piece at a time' => sub {
    my @ids = dead_letters(7);
    my ($until, $time, $id, @found) = letters_from('0', '', '', '', 100, 100, '');
    is_deeply(\@found, \@ids, 'oldest first');
    is_deeply([$time, $id], ['', ''], 'that is all');
    my @all;
    ($time, $id) = (0, '');
    for (1 .. 10) {
        (undef, $time, $id, @found) = letters_from($time, $until, '', '', 2, 100, $id);
        push @all, @found;
        cmp_ok(scalar @found, '<=', 2);
        last if $time eq '';
    }
    is_deeply(\@all, \@ids, 'in pieces');
    is_deeply([(letters_from('0', '', 'dhl', 'refused', 100, 100, ''))[3 .. 5]], [@ids[1, 3, 5]], 'of a partner, for a reason');
    (undef, $time, $id, @found) = letters_from('0', '', 'nobody', '', 100, 3, '');
    is_deeply([$id, @found], [$ids[2]], 'where it stopped to look');
    is_deeply([letters_from($time, $until, 'nobody', '', 100, 3, $id)]->[2], $ids[5], '... and goes on');
    is_deeply([(letters_from('0', 1000, '', '', 100, 100, ''))], [1000, '', ''], 'none so long ago');
    # of one moment: more than one look finds
    $redis->cmd('ZADD', "$LANE:x", 5000, sprintf 'x%03d', $_) for 1 .. 250;
    my $n = 0;
    ($time, $id) = (0, '');
    do { (undef, $time, $id) = letters_from($time, 6000, '', '', 10, 90, $id); $n++ } until $time eq '' || $n > 9;
    is($n, 3, 'those that died together, and are gone, are passed over');
    clean();
};

subtest 'some messages of a lane' => sub {
    my @ids = dead_letters(2);
    my $other = accept_message('z');
    my @texts = @{ run_script('pick', 'dead', $ids[1], 'm0', $other) };
    is(scalar @texts, 22, 'those that are there');
    is_deeply([@texts[0, 1, 8, 10]], [$ids[1], 'dhl', 'attempts', 'dead']);
    is_deeply([@texts[11, 21]], [$other, 'accepted']);
    clean();
};

subtest 'many at once' => sub {
    my @ids = dead_letters(6);
    my %closed = map { ($_ => shown($_)->{closed}) } @ids;
    my @replay = map { ($_, '', '', '{"by":"op"}', $closed{$_}) } @ids[0, 1, 0];
    $replay[9] -= 1;
    push @replay, ('m0', '', '', '{}', '');
    is_deeply(run_script('replay', @replay), [qw(replayed changed unknown unknown)], 'each has its answer');
    is_deeply([@{ state() }{qw(open dead replayed bytes partner:acme)}], [1, 5, 1, 100, 1], 'counted once');
    is(ids(), $ids[0]);
    is_deeply(run_script('drop', map { ($_, '{"by":"op"}', $closed{$_}) } @ids[1, 2, 1]), [qw(dropped dropped unknown)]);
    is_deeply([@{ state() }{qw(dead dropped)}], [3, 2]);
    $redis->cmd('HDEL', "$LANE:m:$ids[3]", 'partner');
    is_deeply(run_script('replay', map { ($_, '', '', '{"by":"op"}', '') } @ids[3, 4]), [qw(damaged replayed)],
        'one that is damaged does not stop the next');
    is_deeply([@{ state() }{qw(open dead replayed)}], [2, 2, 2]);
    is($redis->cmd('HGET', "$LANE:m:$ids[3]", 'history'), undef, 'and stays as it is');
    clean();
};

subtest 'parking lets the others by' => sub {
    my ($first, $second) = map { scalar accept_message('a') } 1 .. 2;
    my $m = one();
    is_deeply(run_script('park', $first, $m->{token}, 700, 'nothing was picked up yet', '', '',
        "shipment:1 -\n", ''), ['parked']);
    is(shown($first)->{state}, 'parked');
    is(ids(), $second, 'the one behind it may go');
    wait_for(sub { claim(); shown($first)->{state} eq 'accepted' }, 5, 'the end of parking');
    is(ids(), '', 'now it is the second');
    is(settle({ id => $second, token => 'r1:1' }), 'settled');
    $m = one();
    is("$m->{id} $m->{attempts}", "$first 1", 'parking is no attempt');
    clean();
};

subtest 'once: queued' => sub {
    my %once = (key => 'acme:events:h', print => 'p1', keep => 1000);
    my ($id, $reply) = accept_message('a', %once);
    is_deeply($reply, ['accepted']);
    my (undef, $again) = accept_message('a', %once);
    is_deeply($again, ['done', 202, 'application/json', "{\"id\":\"$id\"}", "/v1/messages/$id"], 'the first answer');
    (undef, $again) = accept_message('a', %once, print => 'p2');
    is_deeply($again, ['other']);
    is(state()->{open}, 1, 'one message');
    wait_for(sub { (accept_message('a', %once))[1][0] eq 'accepted' }, 5, 'the end of its time');
    clean();
};

subtest 'once: answered now' => sub {
    my @begin = ('k', 'p1', 'w1', 60000);
    is_deeply(run_script('begin', @begin), ['begun']);
    my $running = run_script('begin', 'k', 'p1', 'w2', 60000);
    is($running->[0], 'running');
    cmp_ok($running->[1], '>', 59000, 'and for how long');
    is_deeply(run_script('begin', 'k', 'p2', 'w2', 60000), ['other']);
    is_deeply(run_script('finish', 'k', 'w2', 60000, 200, 'text/plain', 'x'), ['lost'], 'who has it ends it');
    is_deeply(run_script('finish', 'k', 'w1', 60000, '', '', ''), ['freed']);
    is_deeply(run_script('begin', @begin), ['begun'], 'free again');
    is_deeply(run_script('finish', 'k', 'w1', 60000, 200, 'text/plain', 'answer'), ['kept']);
    is_deeply(run_script('begin', @begin), ['done', 200, 'text/plain', 'answer', undef]);
    is_deeply(run_script('begin', 'k2', 'p', 'w1', 20), ['begun']);
    wait_for(sub { run_script('begin', 'k2', 'p', 'w2', 60000)->[0] eq 'begun' }, 5, 'the key of a dead worker');
    clean();
};

subtest 'a full Redis accepts nothing by halves, and is emptied' => sub {
    my $id = accept_message('a');
    $redis->cmd('CONFIG', 'SET', 'maxmemory', 1);
    ok(!eval { accept_message('b'); 1 }, 'refused');
    like($@, qr/OOM/);
    is(state()->{open}, 1);
    ok(!eval { run_script('begin', 'k', 'p', 'w', 1000); 1 });
    is(settle(one()), 'settled', 'what is there is delivered');
    $redis->cmd('CONFIG', 'SET', 'maxmemory', 0);
    clean();
};

subtest 'interchanges: claimed all or none' => sub {
    is_deeply(run_script('edi_claim', 'w1', 60000, 'a', 'p', 'b', 'q'), ['begun', '', 'begun', '']);
    my ($word, $ms) = @{ run_script('edi_claim', 'w2', 60000, 'c', 'r', 'a', 'p') };
    is($word, 'running', 'another request has one of them');
    cmp_ok($ms, '>', 50000, 'for so long');
    is($redis->cmd('EXISTS', "$LANE:edi:c"), 0, 'and holds nothing of the others');
    is_deeply(run_script('edi_claim', 'w1', 90000, 'a', 'p'), ['begun', ''], 'its own once more');
    cmp_ok($redis->cmd('PTTL', "$LANE:edi:a"), '>', 60000, 'for longer');
    is_deeply(run_script('edi_claim', 'w2', 60000, 'a', 'x'), ['other', ''], 'other bytes under its number');
    is_deeply(run_script('edi_end', 'w2', 60000, 'a', 'ack'), ['lost'], 'only the owner ends it');
    is_deeply(run_script('edi_end', 'w1', 60000, 'a', 'ack of a', 'b', ''), ['kept', 'freed']);
    is_deeply(run_script('edi_claim', 'w2', 60000, 'a', 'p', 'b', 'q'), ['done', 'ack of a', 'begun', '']);
    is_deeply(run_script('edi_end', 'w1', 60000, 'a', '', 'b', ''), ['lost', 'lost'], 'what is kept is not freed');
    cmp_ok($redis->cmd('PTTL', "$LANE:edi:a"), '>', 50000, 'kept for its time');
    is_deeply(run_script('edi_claim', 'w3', 60000, 'e', 's', 'e', 's', 'e', 't', 'e', '?s', 'e', '?t'),
        ['begun', '', 'again', '', 'other', '', 'again', '', 'other', ''], 'one number in one call');
    is_deeply(run_script('edi_claim', 'w3', 60000, 'f', '?s', 'f', 't', 'a', '?p', 'a', '?x'),
        ['free', '', 'begun', '', 'done', 'ack of a', 'other', ''], 'what is refused anyway takes none');
    is($redis->cmd('HGET', "$LANE:edi:f", 'print'), 't');
    is(run_script('edi_claim', 'w4', 60000, 'f', '?t')->[0], 'running', '... and waits as any other');
    is_deeply(run_script('edi_claim', 'w3', 1, 'd', 's'), ['begun', '']);
    wait_for(sub { !$redis->cmd('EXISTS', "$LANE:edi:d") }, 10, 'the lease of a worker that died');
    clean();
};

subtest 'interchanges: numbers of ours' => sub {
    is_deeply(run_script('edi_numbers', 'r', 1, 's', 3, 'r', 2), [1, 1, 2], 'by relation, without a gap');
    is_deeply(run_script('edi_numbers', 'r', 1, 's', 1), [4, 4]);
    $redis->cmd('SET', "$LANE:edi-number:r", 999999997);
    is_deeply(run_script('edi_numbers', 'r', 2), [999999998], 'up to the last of nine digits');
    is_deeply(run_script('edi_numbers', 'r', 1), [1], 'then from the beginning');
    $redis->cmd('SET', "$LANE:edi-number:r", 999999998);
    my ($first) = @{ run_script('edi_numbers', 'r', 3) };
    cmp_ok($first, '<', 1000, 'several that would be cut in two begin anew') or diag $first;
    is_deeply(run_script('edi_numbers', 'r', 1), [$first + 3], 'and are taken once');
    $redis->cmd('SET', "$LANE:edi-number:r", 1999999997);
    is_deeply(run_script('edi_numbers', 'r', 1), [999999999], 'the second time, too');
    is_deeply(run_script('edi_numbers', 'r', 1), [1]);
    clean();
};

# ---- callbacks -----------------------------------------------------------------------------------

sub decided {
    my ($script, %opt) = @_;
    my $id = accept_message($opt{key} // "k$serial", fields => { callback => $opt{wants} // 'delivered failed dropped',
        partner => $opt{partner} // 'acme' });
    my (undef, undef, $m) = claim();
    $script eq 'settle' ? run_script('settle', $opt{keep} // 60000, $id, $m->{token}, '[{"outcome":"written"}]', '')
        : run_script('dead', $id, $m->{token}, 'refused', 'why', '[]', '', $opt{keep} // 60000);
    return $id;
}

# (ms until the next is due, callbacks as hashes)
sub claim_callbacks {
    my (%opt) = @_;
    my ($due, @lists) = @{ run_script('callback_claim', $opt{partner} // 'acme', $opt{consumer} // 'r1', $opt{lease} // 60000,
        $opt{n} // 100) };
    return ($due, map { my ($id, $token, $attempts, $round, @pairs) = @$_;
        +{ @pairs, id => $id, token => $token, attempts => $attempts, round => $round } } @lists);
}

sub end_callback { my ($c, @rest) = @_; return run_script('callback_end', @$c{qw(id token)}, $c->{partner} // 'acme', @rest)->[0] }

# Of those that were given up: as hashes.
sub untold {
    my (%opt) = @_;
    my ($more, @texts) = @{ run_script('callback_list', $opt{from} // '-inf', $opt{until} // '+inf', $opt{partner} // '', $opt{reason} // '',
        $opt{n} // 100, $opt{looked} // 1000) };
    my @found;
    while (my ($id, @pairs) = splice @texts, 0, 29) { push @found, { @pairs, id => $id } }
    return ($more, @found);
}
sub untold_ids { my (undef, @found) = untold(@_); return join ' ', map { $_->{id} } @found }
sub give_up { my ($id, $why, $keep) = @_; my ($c) = grep { $_->{id} eq $id } do { my (undef, @all) = claim_callbacks(); @all }; return end_callback($c, 'given-up', $why, $keep // 60000, 1) }

subtest 'callbacks: an outcome puts one into the lane, once' => sub {
    my $id = decided('settle');
    my ($due) = run_script('callbacks', 10);
    is_deeply($due, ['acme', 0], 'the partner has one that is due');
    my ($next, $c) = claim_callbacks();
    is_deeply([@$c{qw(id attempts round callback_event state correlation)}], [$id, 1, 1, 'delivered', 'delivered', "c-$id"]);
    is($c->{outcome}, '[{"outcome":"written"}]', 'with what the partner may see');
    ok(!exists $c->{body} && !exists $c->{keys}, 'and nothing else');
    cmp_ok($next, '>', 50000, 'the lease is the next that is due');
    is(shown($id)->{callback_state}, 'sending');
    is(scalar(my @none = claim_callbacks()), 1, 'nobody else gets it');
    is($redis->cmd('PTTL', "$LANE:m:$id"), -1, 'kept while it is not told');
    is(end_callback({ id => $id, token => 'r2:1' }, 'sent', '204', 1000, 1), 'lost', 'only who holds it ends it');
    is(end_callback($c, 'sent', 'answered 204', 1000, 1), 'ended');
    is(end_callback($c, 'sent', 'answered 204', 1000, 1), 'lost', 'once');
    is_deeply([@{ shown($id) }{qw(callback_state callback_attempts callback_last)}], ['sent', 1, 'answered 204']);
    my $left = $redis->cmd('PTTL', "$LANE:m:$id");
    ok($left > 50000 && $left <= 60000, 'then as long as any other') or diag $left;
    is_deeply(run_script('callbacks', 10), [], 'nobody waits');
    is_deeply($redis->cmd('KEYS', "$LANE:h*"), [], 'and no set is left');
    my $state = state();
    is_deeply([@$state{qw(callbacks callbacks_sent)}], [0, 1]);
    ok(!exists $state->{'callback:acme'}, 'no partner waits');
    clean();
};

subtest 'callbacks: for those who asked for that event' => sub {
    decided('settle', wants => 'failed');
    decided('dead', wants => 'delivered');
    decided('settle', wants => '');
    is_deeply(run_script('callbacks', 10), []);
    my $id = decided('dead', wants => 'failed', partner => 'other');
    my ($due) = run_script('callbacks', 10);
    is_deeply($due, ['other', 0]);
    my (undef, @none) = claim_callbacks();
    is(scalar @none, 0, 'each partner by itself');
    my (undef, $c) = claim_callbacks(partner => 'other');
    is_deeply([@$c{qw(id callback_event reason error)}], [$id, 'failed', 'refused', 'why']);
    is(state()->{'callback:other'}, 1);
    clean();
};

subtest 'callbacks: again, handed back, given up, and of a relay that died' => sub {
    my $id = decided('settle', keep => 1000);
    my (undef, $c) = claim_callbacks();
    is(end_callback($c, 'waiting', 'answered 500', 300, 1), 'ended');
    is_deeply([@{ shown($id) }{qw(callback_state callback_last)}], ['waiting', 'answered 500']);
    my ($due) = claim_callbacks();
    ok($due > 0 && $due <= 300, 'not before its time') or diag $due;
    wait_for(sub { (undef, $c) = claim_callbacks(lease => 1); $c }, 10, 'its time');
    is($c->{attempts}, 2);
    my $again;
    wait_for(sub { (undef, $again) = claim_callbacks(consumer => 'r2'); $again }, 10, 'the end of the lease');
    is_deeply([@$again{qw(attempts token)}], [3, 'r2:3'], 'another relay has it');
    is(end_callback($c, 'sent', 'answered 200', 1000, 1), 'lost', 'the first one may not say what became of it');
    is(end_callback($again, 'waiting', '', 0, 0), 'ended', 'handed back');
    (undef, $again) = claim_callbacks();
    is($again->{attempts}, 3, 'the attempt did not count');
    is(end_callback($again, 'given-up', 'answered 410', 60000, 1), 'ended');
    is_deeply([@{ shown($id) }{qw(callback_state callback_attempts callback_last)}], ['given-up', 3, 'answered 410']);
    cmp_ok($redis->cmd('PTTL', "$LANE:m:$id"), '>', 50000, 'and can be looked at, however short messages are kept');
    my $state = state();
    is_deeply([@$state{qw(callbacks callbacks_given_up callback_given_up:acme callbacks_retries)}], [0, 1, 1, 1]);
    clean();
};

subtest 'callbacks: replay and drop' => sub {
    my $id = decided('dead');
    my (undef, $c) = claim_callbacks();
    is(run_script('replay', $id, '', '', '{"did":"replay"}', '')->[0], 'replayed');
    is(end_callback($c, 'sent', 'answered 200', 1000, 1), 'lost', 'an outcome that is none any more');
    is_deeply(run_script('callbacks', 10), []);
    ok(!exists shown($id)->{callback_event}, 'is not told of');
    is(state()->{callbacks}, 0);
    my (undef, undef, $m) = claim();
    is(run_script('dead', $id, $m->{token}, 'refused', 'why', '[]', '', 60000)->[0], 'dead');
    (undef, $c) = claim_callbacks();
    is_deeply([@$c{qw(round attempts callback_event)}], [2, 1, 'failed'], 'its second outcome');
    is(run_script('drop', $id, '{"did":"drop"}', '')->[0], 'dropped');
    is(end_callback($c, 'sent', 'answered 200', 1000, 1), 'lost');
    (undef, $c) = claim_callbacks();
    is_deeply([@$c{qw(round callback_event state)}], [3, 'dropped', 'dropped'], 'its third');
    is(end_callback($c, 'sent', 'answered 200', 1000, 1), 'ended');
    my $left = $redis->cmd('PTTL', "$LANE:m:$id");
    ok($left > 0 && $left <= 60000, 'kept as the dead letter was') or diag $left;
    clean();
};

subtest 'callbacks: those that were given up are listed, and sent again' => sub {
    my @ids;
    for my $why ('answered 410: gone', 'answered 503', 'answered 503') {
        push @ids, decided('settle');
        is(give_up($ids[-1], $why), 'ended');
    }
    is(join(' ', sort split / /, untold_ids()), "@ids");
    my (undef, $first) = untold(n => 100, reason => '410');
    is_deeply([@$first{qw(id partner route callback_state callback_event callback_attempts callback_last state)}],
        [$ids[0], 'acme', 'events', 'given-up', 'delivered', 1, 'answered 410: gone', 'delivered']);
    my $at = $first->{callback_closed};
    is($at, shown($ids[0])->{callback_closed}, 'when');
    my ($more, @two) = untold(n => 2);
    is(scalar @two, 2);
    ok($more, 'there are more');
    my %count = ('partner acme' => 3, 'partner x' => 0, 'reason 503' => 2, 'reason .' => 0, 'from 1' => 3, 'until 5' => 0);
    is(scalar(() = untold_ids(split / /) =~ /\S+/g), $count{$_}, $_) for sort keys %count;
    is(run_script('callback_resend', $ids[0], '{"did":"resend"}', $at + 1)->[0], 'changed', 'another one was looked at');
    is(run_script('callback_resend', 'nobody', '{"did":"resend"}', '')->[0], 'unknown');
    is($redis->cmd('HGET', "$LANE:m:$ids[0]", 'history'), undef, 'nothing was done');
    is(run_script('callback_resend', $ids[0], '{"did":"resend"}', $at)->[0], 'resent');
    is(run_script('callback_resend', $ids[0], '{"did":"resend"}', $at)->[0], 'unknown', 'it waits now');
    unlike(untold_ids(), qr/$ids[0]/);
    is(state()->{callbacks}, 1);
    is(state()->{'callback:acme'}, 1);
    is(state()->{callbacks_resent}, 1);
    is($redis->cmd('PTTL', "$LANE:m:$ids[0]"), -1, 'what is told is kept');
    like($redis->cmd('HGET', "$LANE:m:$ids[0]", 'history'), qr/^\{"did":"resend","at":\d+\}\z/);
    my (undef, $again) = claim_callbacks();
    is_deeply([@$again{qw(id attempts round callback_last)}], [$ids[0], 1, 1, ''], 'its schedule begins anew, its id is the same');
    is(end_callback($again, 'sent', 'answered 204', 1000, 1), 'ended');
    cmp_ok($redis->cmd('PTTL', "$LANE:m:$ids[0]"), '>', 50000);
    is(shown($ids[0])->{callback_closed}, undef);
    clean();
};

subtest 'callbacks: given up, and then another outcome' => sub {
    my $id = decided('dead');
    give_up($id, 'answered 410');
    is(run_script('drop', $id, '{"did":"drop"}', '')->[0], 'dropped');
    is(untold_ids(), '', 'dropped: it has another now');
    give_up($id, 'answered 410');
    is(untold_ids(), $id);
    my $second = decided('dead');
    give_up($second, 'answered 410');
    is(run_script('replay', $second, '', '', '{"did":"replay"}', '')->[0], 'replayed');
    is(untold_ids(), $id, 'replayed: it has none');
    is(run_script('callback_resend', $second, '{}', '')->[0], 'unknown');
    is(settle(one()), 'settled');
    run_script('callback_end', $second, (claim_callbacks())[1]{token}, 'acme', 'sent', '', 0, 1);
    $redis->cmd('DEL', "$LANE:m:$id");
    is(untold_ids(), '', 'what is gone is not listed');
    is(give_up(scalar(decided('dead')), 'answered 410'), 'ended') for 1 .. 2;
    is($redis->cmd('ZSCORE', "$LANE:u", $id), undef, 'and goes from the list when others come');
    clean();
};

subtest 'callbacks: too many to be sent again, too many that were given up' => sub {
    my $id = decided('settle');
    give_up($id, 'answered 410');
    $redis->cmd('EVAL', 'for i = 1, 100000 do redis.call("ZADD", KEYS[1], 9e15, "x" .. i) end', 1, "$LANE:h:acme");
    is(run_script('callback_resend', $id, '{}', '')->[0], 'full');
    is(untold_ids(), $id, 'it stays what it was');
    $redis->cmd('DEL', "$LANE:h:acme");
    $redis->cmd('EVAL', 'for i = 1, 100000 do redis.call("ZADD", KEYS[1], 9e15, "x" .. i) end', 1, "$LANE:u");
    is(give_up(scalar(decided('settle')), 'answered 410'), 'ended');
    is($redis->cmd('ZCARD', "$LANE:u"), 100_000, 'the oldest go');
    is(run_script('callback_resend', $id, '{}', '')->[0], 'resent', 'one that is not listed any more still can be');
    clean();
};

subtest 'callbacks: damaged ones are handed out as they are, and given up' => sub {
    my %damage = (callback_attempts => 'x', callback_round => '', partner => undef, state => undef);
    for my $field (sort keys %damage) {
        my $id = decided('settle');
        defined $damage{$field} ? $redis->cmd('HSET', "$LANE:m:$id", $field, $damage{$field}) : $redis->cmd('HDEL', "$LANE:m:$id", $field);
        my (undef, $c) = claim_callbacks();
        is($c->{id}, $id, "$field: handed out");
        is(run_script('callback_end', $id, $c->{token}, 'acme', 'given-up', 'damaged', 60000, 1)->[0], 'ended', '... given up');
        is(shown($id)->{callback_state}, 'given-up');
        is_deeply(run_script('callbacks', 10), [], '... and nobody waits');
        is(state()->{callbacks}, 0);
        is(run_script('callback_resend', $id, '{}', '')->[0], $field eq 'partner' ? 'unknown' : 'resent');
        clean();
    }
};

# A relay that hears no reply tells once more; meanwhile the message, or its callback, may be its own again.
subtest 'a token never comes again, whatever becomes of the attempts' => sub {
    my $id = accept_message('k1', fields => { callback => 'failed' });
    my %seen;
    my $take = sub { my (undef, undef, $m) = claim(); ok(!$seen{ $m->{token} }++, "token $m->{token} is new"); return $m };
    my $m = $take->();
    run_script('retry', $id, $m->{token}, 0, '', '', '', 0);
    $m = $take->();
    is($m->{attempts}, 1, 'handed back: the attempt did not count');
    run_script('park', $id, $m->{token}, 60000, 'too early', '', '', "p:1 -\n", '');
    run_script('move', "p:1 - here\@1+here 60000 1\n");
    $m = $take->();
    is($m->{attempts}, 1, 'parked: neither did that');
    run_script('dead', $id, $m->{token}, 'refused', 'why', '[]', '', 60000);
    my (undef, $c) = claim_callbacks();
    is(end_callback($c, 'given-up', 'answered 410', 60000, 1), 'ended');
    is(run_script('callback_resend', $id, '{}', '')->[0], 'resent');
    my (undef, $again) = claim_callbacks();
    is($again->{attempts}, 1);
    isnt($again->{token}, $c->{token}, 'of callbacks neither');
    is(end_callback($c, 'given-up', 'answered 410', 60000, 1), 'lost', 'who says once more what was heard is not believed');
    is(run_script('replay', $id, '', '', '{"did":"replay"}', '')->[0], 'replayed');
    my $last = $take->();
    is($last->{attempts}, 1, 'replayed: they begin anew');
    is(run_script('dead', $id, $m->{token}, 'refused', 'why', '[]', '', 60000)->[0], 'lost');
    clean();
};

subtest 'a message that somebody deleted stops nobody' => sub {
    my ($held, $late, $id) = map { scalar accept_message("k$_") } 1 .. 3;
    my (undef, undef, $m, $other) = claim(n => 2, lease => 1);
    is(run_script('retry', $other->{id}, $other->{token}, 1, '', '', '', 1)->[0], 'delayed');
    $redis->cmd('DEL', "$LANE:m:$held", "$LANE:m:$late");
    is(ids(), $id, 'the third goes');
    wait_for(sub { claim(n => 0); my $is = state(); $is->{delayed} == 0 && $is->{leased} == 1 }, 10, 'the others to be passed over');
    ok(!$redis->cmd('EXISTS', "$LANE:m:$held"), 'nothing is made of nothing');
    clean();
};

subtest 'callbacks: a partner who takes none cannot fill Redis' => sub {
    $redis->cmd('EVAL', 'for i = 1, 99999 do redis.call("ZADD", KEYS[1], 9e15, "x" .. i) end', 1, "$LANE:h:acme");
    my ($last, $over) = (decided('settle'), decided('settle'));
    is(shown($last)->{callback_state}, 'waiting', 'the last one');
    is_deeply([@{ shown($over) }{qw(callback_state callback_last)}], ['given-up', 'too many wait already'], 'one past it');
    cmp_ok($redis->cmd('PTTL', "$LANE:m:$over"), '>', 0);
    is(state()->{callbacks_given_up}, 1, 'is counted');
    clean();
};

subtest 'callbacks: of a message that somebody deleted' => sub {
    my ($gone, $id) = (decided('settle'), decided('settle'));
    $redis->cmd('DEL', "$LANE:m:$gone");
    my (undef, @found) = claim_callbacks();
    is_deeply([map { $_->{id} } @found], [$id]);
    is(state()->{callbacks}, 1);
    clean();
};

subtest 'what was answered outlives a kill' => sub {
    my @ids = map { scalar accept_message("k$_") } 1 .. 20;
    my $m = one();
    is(settle($m), 'settled');
    $redis->stop('KILL');
    $redis->run;
    is(shown($m->{id})->{state}, 'delivered');
    is(ids(), join(' ', @ids[1 .. 19]), 'all of them, in order');
    clean();
};

subtest 'the page names each script' => sub {
    my ($table) = slurp(root() . '/docs/queue.md') =~ /^\| script \|.*?\n\|[-|]+\n(.*?)\n\n/ms;
    my @named = map { /^\| ([^|]+) \|/ ? $1 =~ /`(\w+)`/g : () } split /\n/, $table;
    my @there = map { m{(\w+)\.lua$} } glob root() . '/ngx_logistics_module/queue/*.lua';
    is_deeply([sort @named], [sort grep { $_ ne 'common' } @there]);
};

$redis->stop;
done_testing();
