# Interchanges that come at the same time, whose sender goes away, or whose control numbers cannot be kept: each is
# delivered once, and none is refused for ever.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use File::Temp ();
use IO::Socket::INET;
use Logistics::Test;
use Logistics::Edi;

my $LIMITS = '{rate: 1000/s, burst: 1000}';
my $dir = File::Temp->newdir;
my $port = Logistics::Process::free_port();
my $gw = gateway(server => "listen 127.0.0.1:$port http2;\n", odoo => 19, append_only => 1, odoo_args => ['--stock-delivery'], policies => {
    edi_mappings(),
    edi_partner('sender', limits => $LIMITS, edi => '{id: [ZZ/SENDER, "14/SENDER"], ours: OURS}'),
    edi_partner('strict', limits => $LIMITS, edi => '{id: [ZZ/SENDER, "14/SENDER"], ours: OURS, checks: {gs02_sender: reject, gs03_receiver: ignore}}'),
});
my %token = map { $_ => $gw->token(partner => $_) } qw(sender strict);

sub json {
    my ($who, $body) = @_;
    return post_edi($gw, $token{$who}, $body, Accept => 'application/json');
}

# What became of it, in a word.
sub word {
    my ($answer) = @_;
    my $body = $answer->json;
    return $answer->{status} == 200 ? $body->{status} : "$answer->{status} $body->{errors}[0]{code}";
}

# Of what is being delivered.
sub claims {
    return grep { ($gw->redis_cmd('HGET', $_, 'state') // '') eq 'running' } grep {/:edi:[0-9a-f]{64}$/} @{ $gw->redis_cmd('KEYS', '*:edi:*') };
}

# The fault that was asked for has met its call.
sub odoo_hangs { return !@{ $gw->odoo_calls->{faults} } }

subtest 'the same interchange at the same time' => sub {
    my $body = x12([status('D1')]);
    my %n;
    $n{$_}++ for at_once(8, sub { return word(json(sender => $body)) });
    is($n{delivered}, 1, 'one is delivered') or diag explain \%n;
    is_deeply([grep { !/^(?:delivered|replayed|409 interchange-running)$/ } keys %n], [], 'the others are told so, or have to wait');
    is(word(json(sender => $body)), 'replayed', 'and then get its acknowledgement');
};

subtest 'different interchanges under one number at the same time' => sub {
    my @bodies = map { x12([status('D1', $TRACKING, $_)], control => 4711) } 1 .. 8;
    my %n;
    $n{$_}++ for at_once(8, sub { return word(json(sender => $bodies[$_[0]])) });
    is_deeply(\%n, { delivered => 1, '422 duplicate' => 7 }, 'one has it, the others are refused');
};

subtest 'an interchange without a number' => sub {
    my $body = x12([status('X6', $TRACKING, 4)]);
    my $number = sprintf '%09d', last_control();
    $body =~ s/\Q$number\E/         /g;
    my $answer = json(sender => $body);
    is(word($answer), 'delivered') or diag $answer->{body};
    is(word(json(sender => $body)), 'replayed', 'is known by its bytes');
    is(word(json(sender => $body =~ s/20261124/20261125/r)), 'delivered', 'other bytes are another one');
    $answer = json(sender => $body =~ s/20261124/20261126/r x 2);
    is_deeply([map { $_->{outcome} } @{ $answer->json->{records} }], ['written', 'replayed'], 'twice in one body') or diag $answer->{body};
};

subtest 'groups of others' => sub {
    my $body = x12([status('X6', $TRACKING, 7)]) =~ s/GS\*QM\*SENDER\*OURS/GS*QM*THEIRAPP*OURAPP/r;
    my $answer = json(sender => $body);
    is(word($answer), 'delivered', 'are told') or diag $answer->{body};
    is_deeply([map { [@$_{qw(code detail)}] } @{ $answer->json->{warnings} }], [
        ['gs02_sender', 'GS02: "THEIRAPP" is not an id of partner "sender"'],
        ['gs03_receiver', 'GS03: "OURAPP" is not who this is for']]) or diag $answer->{body};
    $answer = json(strict => $body);
    is($answer->{status}, 422, 'or refused, by policy') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'gs02_sender');
    is($answer->json->{errors}[0]{line}, 2, 'at its place');
    is($answer->json->{warnings}, undef, 'the other one is ignored');
    like($answer->json->{acknowledgement}, qr/^AK9\*R\*1\*1\*0\*1~$/m, 'the group is not supported');
};

# A connection that has sent the body and waits.
sub begin {
    my ($body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gw->{port}) or die "no connection: $!";
    print $socket "POST /v1/edi HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token{sender}\r\nConnection: close\r\n",
        "Accept: application/json\r\nContent-Type: application/edi-x12\r\nContent-Length: ", length $body, "\r\n\r\n$body";
    return $socket;
}

# Over HTTP/2 nginx ends such a request when Odoo has answered, without another word.
subtest 'a client that goes away' => sub {
    my $body = x12([status('X6', $TRACKING, 8)]);
    spew("$dir/body", $body);
    $gw->odoo_control(fault => 'hang', match => 'load');
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        exec 'curl', '-s', '--http2-prior-knowledge', '-o', '/dev/null', '-H', "Authorization: Bearer $token{sender}",
            '-H', 'Content-Type: application/edi-x12', '--data-binary', "\@$dir/body", "http://127.0.0.1:$port/v1/edi";
    }
    wait_for(sub { return odoo_hangs() }, 20, 'Odoo is at it');
    ok(scalar claims(), 'its number is taken');
    kill 'TERM', $pid;
    waitpid $pid, 0;
    $gw->odoo_control(reset => JSON::PP::true);
    wait_for(sub { return !claims() }, 20, 'it is free again');
    is(word(json(sender => $body)), 'delivered', 'the same bytes again');
};

subtest 'Redis goes away between Odoo and the answer' => sub {
    my $body = x12([status('X6', $TRACKING, 9)]);
    $gw->odoo_control(fault => 'hang-after', match => 'load');
    my $socket = begin($body);
    wait_for(sub { return odoo_hangs() }, 20, 'Odoo is at it');
    my @claims = claims();
    my $left = $gw->redis_cmd('PTTL', $claims[0]);
    $gw->{redis_server}->stop('KILL');
    redis_is($gw, $token{sender}, 503);
    $gw->odoo_control(reset => JSON::PP::true);
    my $answer = do { local $/ = undef; <$socket> };
    like($answer, qr{^HTTP/1\.1 503 .*"control-numbers-away"}s, 'its sender is told to try again') or diag $answer;
    $gw->{redis_server}->run;
    wait_for(sub { return eval { $gw->redis_cmd('PING') } }, 20, 'Redis is back');
    cmp_ok($left, '<=', 120_000, 'its number is held for a while only');
    my $again = when_back(sub { json(sender => $body) });
    if ($again->{status} == 409) {
        $gw->redis_cmd('PEXPIRE', $_, 1) for claims();
        wait_for(sub { return !claims() }, 10, 'that is over');
        $again = when_back(sub { json(sender => $body) });
    }
    is(word($again), 'delivered', 'the same bytes again') or diag $again->{body};
    is($again->json->{records}[0]{outcome}, 'already-there', 'and not twice');
};
finish($gw);
done_testing();
