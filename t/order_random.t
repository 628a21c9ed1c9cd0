# Random machines, messages and mishaps: where things are is kept by the queue's scripts against a real redis-server, what
# becomes of an event is decided by order/ (t/suite/order_oracle.c). Several relays and requests that are answered now
# work on old knowledge, lose leases, fail and park. Then:
#
#   each decision that counts was made about the state in which its thing really was, so one history tells all of them;
#   nothing that is still parked could be applied now: nobody waits for what has come (a repeat where the thing is already
#   is no move: what it makes late waits on, for lgs_history as well);
#   each record is decided once, or refused; nothing is left in a line or a list.
#
# LGS_SEED=7 LGS_HISTORIES=1000 for others and more.
use strict;
use warnings;
use lib 't/lib';
use IPC::Open2 ();
use List::Util qw(shuffle);
use Logistics::Scripts;
use Logistics::Test;

my $SEED = $ENV{LGS_SEED} // time & 0xffff;
my $HISTORIES = $ENV{LGS_HISTORIES} // 25;
my $PROGRAM = Logistics::Gateway::build_dir() . '/unit-gcc/suite/order_oracle';
my $temp = File::Temp->newdir;
my ($ask, $answers, $pid);
my %count;

sub pick { return $_[rand @_] }
sub maybe { return rand() < $_[0] }

# ---- machines ----

sub random_machine {
    my @states = map {"s$_"} 0 .. 3 + int rand 5;
    my $rank = 0;
    my %rank = map { my $is = $rank; $rank += pick(0, 10, 10) if $_ ne 's0'; $rank ||= 10; ($_ => { rank => $is }) } @states;
    my %events = map { my $to = $_; my @from = grep { maybe(0.5) } @states[0 .. $to - 1];
        ("e$to" => { to => "s$to", maybe(0.6) && @from ? (from => \@from) : (), maybe(0.2) ? (repeat => JSON::PP::true()) : () }) } 1 .. $#states;
    $events{"x$_"} = { to => pick(@states[1 .. $#states]), from => [pick(@states)] } for 1 .. int rand 3;
    my $impossible = pick(qw(park park park note refuse));
    return { machine => 'random', key => ['tracking'], start => 's0', states => \%rank, events => \%events, late => pick(qw(note note refuse)),
        duplicate => pick(qw(note note refuse)), impossible => $impossible, $impossible eq 'park' ? (park => { for => '2h', then => pick(qw(apply note refuse)) }) : () };
}

sub stop_oracle { return if !$pid; close $ask; waitpid $pid, 0; $pid = undef; return }

# A machine that order/ takes, and its program begun.
sub begin_machine {
    for (1 .. 1000) {
        my $machine = random_machine();
        spew("$temp/machine.json", encode_json($machine));
        stop_oracle();
        $pid = IPC::Open2::open2($answers, $ask, $PROGRAM, "$temp/machine.json");
        $ask->autoflush(1);
        local $SIG{PIPE} = 'IGNORE';
        print {$ask} "- e1 1 0\n";
        return $machine if defined readline $answers;
    }
    die 'no machine of a thousand is one';
}

# (decision, where the thing is then, has it moved)
sub decide {
    my ($kept, $event, $is_due) = @_;
    print {$ask} join(' ', $kept, @$event{qw(type at)}, $is_due ? 1 : 0), "\n";
    chomp(my $line = readline $answers);
    return split / /, $line;
}

# ---- one history ----

my (%things, %records, %message, @log, $serial);

sub known { my @is = @{ run_script('states', "@_") }; return map { $_ eq '' ? '-' : $_ } @is }
sub lines { return join '', map {"$_->{thing} $_->{known} $_->{kept} 600000 $_->{moved}\n"} grep { $_->{kept} ne $_->{known} } @_ }

sub accept_message {
    my ($events, $n_things) = @_;
    my %of;
    $of{"t:" . int rand $n_things} = 1 for 1 .. pick(1, 1, 1, 2, 3);
    my @records = map { +{ id => 'r' . ++$serial, thing => $_, type => pick(@$events), at => pick('-', 1 + int rand 50) } } sort keys %of;
    my $id = 'm' . ++$serial;
    $records{ $_->{id} } = $_ for @records;
    $message{$id} = { lease_ms => 600000 };
    my @texts = ($id, '', '', 60000, 100000, pick(qw(critical standard bulk)), join(' ', map { $_->{thing} =~ s/://r } @records), 'acme', 10, '',
        route => 'events', correlation => $id, body => encode_json([map { $_->{id} } @records]), source => '');
    run_script('accept', scalar @texts, @texts);
    return;
}

sub claim {
    my ($consumer, $lease_ms) = @_;
    my (undef, undef, @lists) = @{ run_script('claim', $consumer, $lease_ms, pick(1, 2, 5), 1e6, shuffle(qw(critical standard bulk))) };
    return map { my ($id, $token, $attempts, @pairs) = @$_; my %is = @pairs; +{ id => $id, token => $token, due => $is{due}, left => decode_json($is{body}) } } @lists;
}

# What the gateway does with a claimed message: all things asked first, then each record decided.
sub decide_message {
    my ($m) = @_;
    my @records = map { $records{$_} } @{ $m->{left} };
    my @known = known(map { $_->{thing} } @records);
    $m->{decided} = [map { my ($what, $kept, $moved) = decide($known[$_], $records[$_], $m->{due});
        +{ record => $records[$_], thing => $records[$_]{thing}, known => $known[$_], what => $what, kept => $kept, moved => $moved, due => $m->{due} } } 0 .. $#records];
    return $m;
}

sub count_word { my ($word, @decided) = @_; $count{$word}++; push @log, @decided; return }

# What the relay tells when Odoo has answered; `fails`: not for all records.
sub tell_outcome {
    my ($m) = @_;
    my @written = grep { $_->{what} =~ /^(?:applied|noted|passed)$/ } @{ $m->{decided} };
    my @parked = grep { $_->{what} eq 'parked' } @{ $m->{decided} };
    my @refused = grep { $_->{what} eq 'refused' } @{ $m->{decided} };
    my @failed = maybe(0.15) ? grep { maybe(0.5) } @written : ();
    my %failed = map { $_ => 1 } @failed;
    @written = grep { !$failed{$_} } @written;
    my $left = sub { @_ == @{ $m->{decided} } ? '' : encode_json([map { $_->{record}{id} } @_]) };
    my $word;
    if (@failed) {
        $word = run_script('retry', $m->{id}, $m->{token}, pick(0, 1), 'why', $left->(@failed, @parked, @refused), '[]', 1, lines(@written))->[0];
    } elsif (@parked) {
        $word = run_script('park', $m->{id}, $m->{token}, 600000, 'too early', $left->(@parked, @refused), '[]',
            join('', map {"$_->{thing} $_->{known}\n"} @parked), lines(@written))->[0];
        $word = 'moved-in-part' if $word eq 'moved' && @{ decode_json($redis->cmd('HGET', "$LANE:m:$m->{id}", 'body')) } < @{ $m->{left} };
    } elsif (@refused) {
        $word = run_script('dead', $m->{id}, $m->{token}, 'out-of-order', 'why', '[]', $left->(@refused), 600000, lines(@written))->[0];
    } else {
        $word = run_script('settle', 600000, $m->{id}, $m->{token}, '[]', lines(@written))->[0];
        $word = 'settled' if $word =~ /^\d+$/;
    }
    count_word($word, $word =~ /^(?:lost|moved)$/ ? () : @written);
    push @{ $message{ $m->{id} }{refused} }, map { $_->{record}{id} } @refused if $word eq 'dead';
    return;
}

# A request that is answered now: decides, writes, and moves what nobody was faster with, again and again.
sub answer_now {
    my ($events, $n_things) = @_;
    my $event = { id => 'r' . ++$serial, thing => 't:' . int rand $n_things, type => pick(@$events), at => pick('-', 1 + int rand 50) };
    my ($known) = known($event->{thing});
    return sub {
        for (1 .. 20) {
            my ($what, $kept, $moved) = decide($known, $event, 1);
            my $one = { record => $event, thing => $event->{thing}, known => $known, what => $what, kept => $kept, moved => $moved, due => 1 };
            return if $what eq 'refused';
            my $is = lines($one) eq '' ? '' : run_script('move', lines($one))->[0];
            if ($is eq '') {
                return count_word('now', $kept eq $known ? () : $one);
            }
            $known = $is;
        }
    };
}

sub end_waiting { # their time is over: as if two hours had passed
    my @ids = grep { ($redis->cmd('HGET', "$LANE:m:$_", 'state') // '') eq 'parked' } sort keys %message;
    $redis->cmd('ZADD', "$LANE:d", 0, $_) for @ids;
    return scalar @ids;
}

sub work_off { # until nothing is claimable
    for (1 .. 2000) {
        my @claimed = claim('end', 600000);
        tell_outcome(decide_message($_)) for @claimed;
        my %state = @{ run_script('state') };
        return if !@claimed && $state{delayed} == ($state{parked} // 0) && !$state{leased};
    }
    die 'it never ends';
}

sub run_history {
    my $machine = begin_machine();
    my @events = (sort(keys %{ $machine->{events} }), 'unnamed');
    my $n_things = pick(1, 2, 4);
    (%things, %records, %message, @log) = ();
    $serial = 0;
    my (@open, @now, @problems);
    for (1 .. 60) {
        my $do = rand;
        push @problems, map {"mended what was healthy: @$_"} grep { "@$_" ne '0 0' } run_script('mend', 600000, 0, 1000) if maybe(0.3);
        if ($do < 0.35) { accept_message(\@events, $n_things) }
        elsif ($do < 0.55) { push @open, claim(pick(qw(r1 r2 r3)), pick(0, 600000, 600000)) }
        elsif ($do < 0.70 && @open) { decide_message(pick(@open)) }
        elsif ($do < 0.88 && @open) {
            my $m = splice @open, rand @open, 1;
            maybe(0.05) ? $redis->cmd('ZADD', "$LANE:l", 'XX', 0, $m->{id}) : tell_outcome($m->{decided} ? $m : decide_message($m)); # dies, or tells
        }
        elsif ($do < 0.94) { push @now, answer_now(\@events, $n_things) }
        elsif (@now) { splice(@now, rand @now, 1)->() }
    }
    $_->() for @now;
    tell_outcome($_->{decided} ? $_ : decide_message($_)) for @open;
    $redis->cmd('ZADD', "$LANE:l", 'XX', 0, $_) for keys %message;
    work_off();
    for my $id (grep { ($redis->cmd('HGET', "$LANE:m:$_", 'state') // '') eq 'parked' } sort keys %message) {
        my @left = map { $records{$_} } @{ decode_json($redis->cmd('HGET', "$LANE:m:$id", 'body')) };
        my @known = known(map { $_->{thing} } @left);
        push @problems, "$id waits for what has come: " . join(q{, }, map { "$left[$_]{type} at $left[$_]{at}: " . join(q{ }, $known[$_], decide($known[$_], $left[$_], 0)) } 0 .. $#left) if grep { (decide($known[$_], $left[$_], 0))[0] eq 'applied' } 0 .. $#left and
            !grep { (decide($known[$_], $left[$_], 0))[0] eq 'parked' } 0 .. $#left;
    }
    while (end_waiting()) { work_off(); last if ++$count{ends} > 1e6 }
    my (%at, %times);
    for my $one (@log) {
        my $is = $at{ $one->{thing} } // '-';
        my $kept = $one->{kept};
        push @problems, "$one->{record}{id} of $one->{thing} was decided at $one->{known}, which was $is" if $one->{known} ne $is && $kept ne $one->{known};
        $at{ $one->{thing} } = $kept if $kept ne $one->{known};
        $times{ $one->{record}{id} }++;
    }
    my @names = sort keys %at;
    my @are = @names ? known(@names) : ();
    push @problems, map {"$names[$_] is at $are[$_], and should be at $at{$names[$_]}"} grep { $are[$_] ne $at{ $names[$_] } } 0 .. $#names;
    $times{$_}++ for map { @{ $_->{refused} // [] } } values %message;
    push @problems, map {"$_ was decided " . ($times{$_} // 0) . ' times'} grep { ($times{$_} // 0) != 1 } sort keys %records;
    my %state = @{ run_script('state') };
    push @problems, "$_ is $state{$_}" for grep { $state{$_} } qw(open parked delayed leased);
    push @problems, grep { !/:(?:[sm]:.*|n|x|r.*)$/ } @{ $redis->cmd('KEYS', "$LANE:*") };
    $redis->cmd('FLUSHALL');
    return (\@problems, $machine);
}

for my $n (0 .. $HISTORIES - 1) {
    srand $SEED + $n;
    my ($problems, $machine) = run_history();
    is_deeply($problems, [], 'LGS_SEED=' . ($SEED + $n) . ' LGS_HISTORIES=1') or diag encode_json($machine);
}
stop_oracle();
diag join ', ', "seed $SEED", map {"$_ $count{$_}"} sort keys %count;
cmp_ok($count{$_} // 0, '>', 0, "$_: it was there") for $HISTORIES >= 25 ? qw(settled parked lost now dead delayed) : (), $HISTORIES >= 250 ? 'moved' : ();
done_testing();
