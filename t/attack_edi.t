# What a partner with a good token could do with EDI and with what is delivered later: bodies that are crowded,
# numbers and messages of others, requests that only wait.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;
use IO::Select;
use IO::Socket::INET;

my $WAIT_S = 8;
my $CONNECTIONS = 128; # of a worker; a quarter of them may wait

my $gw = gateway(workers => 1, conf => slurp('conf/nginx.conf') =~ s/worker_connections \d+/worker_connections $CONNECTIONS/r, odoo => 19, append_only => 1, odoo_args => ['--stock-delivery'], policies => {
    edi_mappings(), map { edi_partner($_) } qw(alice bob),
});
my %token = map { $_ => $gw->token(partner => $_) } qw(alice bob acme-express);

sub post {
    my ($who, $body, %headers) = @_;
    return post_edi($gw, $token{$who}, $body, Accept => 'application/json', %headers);
}

subtest 'crowded bodies have an answer' => sub {
    my $answer = post(alice => x12([map { status('D1') } 1 .. 3000], no_end => 1));
    is($answer->{status}, 422, 'an interchange without its end') or diag substr $answer->{body}, 0, 500;
    is($answer->json->{errors}[0]{code}, 'no_iea');
    is(scalar @{ $answer->json->{records} }, 3000, 'each set is told');
    $answer = post(alice => x12([map { ['820', 'BPR*C*1'] } 1 .. 5001]));
    is($answer->{status}, 422, 'more sets than a route takes') or diag substr $answer->{body}, 0, 500;
    like($answer->json->{detail}, qr/^more than the 5000 records that this route takes/);
    $answer = post(alice => x12([map { status('WOT') } 1 .. 3000]), Accept => 'application/edi-x12');
    is($answer->{status}, 422, 'all of them refused');
    like($answer->{body}, qr/AK9\*R\*3000\*3000\*0~/, 'and acknowledged so');
    $answer = post('acme-express' => x12([map { ['997', 'AK1*SM*7', 'AK9*A*1*1*1'] } 1 .. 5001], group => 'FA'));
    is($answer->{status}, 422, 'sets of which nothing is made count, too') or diag substr $answer->{body}, 0, 500;
    like($answer->json->{detail}, qr/^more than the 5000 records that this route takes/);
    is($gw->get('/healthz')->{status}, 200);
};

subtest 'crowded envelopes have one, too' => sub {
    my ($isa, $gs, $rest, $iea) = x12([status('D1')]) =~ /^(ISA.*?\n)(GS.*?\n)(.*)(IEA.*)$/s;
    my $groups = sub { my $n = shift; $isa . "${gs}GE*0*12~" x $n . $iea =~ s/IEA\*1/IEA*$n/r };
    my $answer = post(alice => $groups->(1000));
    is($answer->{status}, 200, 'as many groups as there may be') or diag substr $answer->{body}, 0, 500;
    is(scalar(() = $answer->json->{acknowledgement} =~ /^AK9\*A\*0\*0\*0~/mg), 1000, 'are acknowledged');
    for my $n (1001, 60_000) {
        $answer = post(alice => $groups->($n));
        is($answer->{status}, 413, "$n groups") or diag substr $answer->{body}, 0, 500;
        like($answer->json->{detail}, qr/^the body has more than 1000 groups; send them in parts/);
    }
    $answer = post(alice => "$isa$iea" x 30_000);
    is($answer->{status}, 413, 'a crowd of interchanges without anything') or diag substr $answer->{body}, 0, 500;
    like($answer->json->{detail}, qr/^the body has more than 120 interchanges; send them in parts/);
};

subtest 'nothing but blanks is no interchange' => sub {
    for my $blank (' ', "\r\n" x 5000, '~' x 1000) {
        my $answer = post(alice => $blank);
        is($answer->{status}, 400);
        like($answer->json->{detail}, qr/the body holds nothing but blanks/);
    }
};

subtest 'control numbers are of one sender' => sub {
    my $same = x12([status('D1')], control => 900_000_001);
    my $answer = post(alice => $same);
    is($answer->{status}, 200) or diag $answer->{body};
    my $other = post(bob => $same);
    is($other->{status}, 200) or diag $other->{body};
    is($other->header('Idempotency-Replayed'), undef, "another's number is unknown");
    is($other->json->{records}[0]{outcome}, 'written', 'and so is its record');
    $other = post(bob => x12([status('X6')], control => 900_000_001));
    is($other->json->{errors}[0]{code}, 'duplicate', 'its own is known');
    is(post(alice => $same)->json->{acknowledgement}, $answer->json->{acknowledgement}, "and alice's is what it was");
};

subtest 'sets without a scope stay out, the others go in' => sub {
    my $answer = post(alice => x12([status('X6', $TRACKING), ['850', 'BEG*00*SA*PO-9**20261120']]));
    is_deeply([map { $_->{problem} ? $_->{problem}{code} : $_->{outcome} } @{ $answer->json->{records} }], ['written', 'scope-missing'])
        or diag $answer->{body};
};

subtest 'what is only warned of is told, and is not why' => sub {
    my $answer = post(bob => x12([status('X6', $TRACKING)], se => 3));
    is_deeply([map { [@$_{qw(code record)}] } @{ $answer->json->{warnings} }], [['se01_count', 0]]) or diag $answer->{body};
    like($answer->json->{acknowledgement}, qr/^AK5\*E\*4~$/m);
    $answer = post(alice => x12([status('X6', 'NOBODYS')], se => 3));
    is($answer->{status}, 422);
    like($answer->json->{acknowledgement}, qr/^AK5\*R\*5\*4~$/m, 'Odoo refused it, not its count');
};

subtest 'groups of ours have numbers of their own' => sub {
    my %seen;
    for (1 .. 3) {
        my ($isa, $gs) = post(bob => x12([status('WOT')]))->json->{acknowledgement} =~ /^ISA.*\*(\d{9})\*0\*P\*>~\nGS\*FA\*.*\*(\d+)\*X\*/;
        is($gs, $isa + 0, 'GS06 goes with ISA13');
        $seen{$gs}++;
    }
    is(scalar keys %seen, 3, 'never the same');
};

subtest "another's message" => sub {
    my $event = { v => 1, id => 'ev_' . '1' x 64, type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z',
        local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => $TRACKING }], src => { partner => 'alice', format => 'json' } };
    my $answer = $gw->post_json('/v1/later/tracking-events', $event, bearer($token{alice}));
    is($answer->{status}, 202) or diag $answer->{body};
    my $id = $answer->json->{message};
    is($gw->get("/v1/messages/$id", bearer($token{alice}))->{status}, 200);
    my ($theirs, $nobodys) = map { $gw->get("/v1/messages/$_", bearer($token{bob})) } $id, $id =~ tr/0-9a-f/1-90a-f/r;
    is($theirs->{status}, 404);
    is($theirs->json->{detail} =~ s/"[0-9a-f-]{36}"//r, $nobodys->json->{detail} =~ s/"[0-9a-f-]{36}"//r, 'is as one that never was');
};

subtest 'the way of the relay is not open' => sub {
    my $body = encode_json({ route => 'tracking-events', messages => [{ partner => 'bob', correlation => 'x', records => [{}] }] });
    for my $path ('/_logistics/relay', '//_logistics/relay', '/v1/../_logistics/relay', '/%5flogistics/relay') {
        my $answer = $gw->request('POST', $path, [bearer($token{alice}), 'Content-Type' => 'application/json'], $body);
        is($answer->{status}, 404, $path);
    }
};

# Nothing takes what is queued here: everybody would wait to the end.
subtest 'who only waits' => sub {
    my $most = $CONNECTIONS / 4;
    my $n = $most + 8;
    my @sockets = map {
        my $event = encode_json({ v => 1, id => sprintf('ev_%064x', $_), type => 'shipment.in_transit', timing => 'actual',
            occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
            refs => [{ t => 'tracking', v => $TRACKING }], src => { partner => 'bob', format => 'json' } });
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gw->{port}) or die "no connection: $!";
        print $socket "POST /v1/later/tracking-events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token{bob}\r\nConnection: close\r\n",
            "Prefer: wait=$WAIT_S\r\nContent-Type: application/json\r\nContent-Length: ", length $event, "\r\n\r\n$event";
        $socket;
    } 1 .. $n;
    my $open = IO::Select->new(@sockets);
    my ($n_at_once, $begun) = (0, time);
    is($gw->get('/healthz')->{status}, 200, 'there is room for others');
    while ($open->count) {
        my @ready = $open->can_read(30) or last;
        $n_at_once += time - $begun < $WAIT_S - 2 ? @ready : 0;
        for my $socket (@ready) {
            like(do { local $/ = undef; <$socket> }, qr{^HTTP/1\.1 202 }, 'accepted');
            $open->remove($socket);
        }
    }
    is($open->count, 0, 'all of them have their answer');
    is($n_at_once, $n - $most, 'those beyond a quarter of the connections had it at once');
};
finish($gw);
done_testing();
