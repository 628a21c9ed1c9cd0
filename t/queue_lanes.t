# accept with messages of several lanes in one call.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Scripts;
use Logistics::Test;

sub texts {
    my ($keys, %is) = @_;
    my @texts = ($is{id}, $is{key} // '', $is{print} // '', 60000, $is{most} // 1000, 'standard', $keys, $is{partner} // 'acme', 100,
        done_record($is{print} // '', 202, 'application/json', '{}', "/v1/messages/$is{id}"),
        route => 'events', body => "[\"$is{id}\"]", source => 'bytes');
    return (scalar @texts, @texts);
}

subtest 'messages of several lanes are accepted in one call, each as if its lane had one of its own' => sub {
    my @lanes = map {"lgs:{L$_}"} qw(07 08 63);
    my @argv = (texts('a', id => 'm-1', key => 'k', print => 'p'), texts('a', id => 'm-2'), '-',
        texts('a', id => 'm-3', key => 'k', print => 'p', partner => 'dhl'), '-',
        texts('a', id => 'm-4', most => 1), texts('b', id => 'm-5', most => 1), 0,
        60, 100, 100, 10, 'c1', '{c1}', "$LANE:t:c1", 1, "$LANE:k:T1");
    is_deeply(run_in(\@lanes, 'accept', @argv), [(['accepted']) x 4, ['full'], 'OK'], 'answers in their order');
    my %is = map { $_ => { @{ run_in([$_], 'state') } } } @lanes;
    is_deeply([map { @$_{qw(open accepted bytes depth:standard)} } @is{@lanes}], [2, 2, 200, 2, 1, 1, 100, 1, 1, 1, 100, 1],
        'what a lane counts is its own');
    is_deeply([map { $is{$_}{'partner:acme'} // 0 } @lanes], [2, 0, 1]);
    for my $is (['m-1', 0], ['m-3', 1], ['m-4', 2]) {
        my (undef, undef, @lists) = @{ run_in([$lanes[$is->[1]]], 'claim', 'r1', 60000, 100, 1e6, 'standard') };
        is(join(' ', map { $_->[0] } @lists), $is->[0], "$lanes[$is->[1]]: $is->[0] may go");
    }
    is($redis->cmd('LLEN', "$LANE:t:c1"), 1, 'the trace is kept');
    $redis->cmd('FLUSHALL');
    $redis->cmd('SET', "$lanes[1]:a:standard", 'no set');
    ok(!eval { run_in(\@lanes, 'accept', @argv); 1 }, 'a lane in which something is wrong: an error');
    like($@, qr/WRONGTYPE/);
    is_deeply([map { $redis->cmd('EXISTS', $_) } map { ("$_:i:k", "$_:a:standard") } @lanes], [1, 1, 0, 1, 0, 1],
        '... no other lane is stopped, and no key says "taken" in that one');
    is($redis->cmd('LLEN', "$LANE:t:c1"), 1, '... nor traces');
    $redis->cmd('FLUSHALL');
};

$redis->stop;
done_testing();
