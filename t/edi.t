# POST /v1/edi: sets of all kinds go the ways of their routes; the acknowledgement in step with the status.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;

my $PATH = '/v1/edi';
my $LIMITS = '{rate: 1000/s, burst: 1000}';

# A door for sets whose own stage limit says $mode.
sub door_with {
    my ($mode) = @_;
    return ("routes/edi-$mode.yaml" => <<"END");
route: edi-$mode
path: $PATH-$mode
methods: {POST: {}}
edi: {sets: {"214": tracking-events}}
formats: {x12: t-214}
stages: {limit: $mode}
END
}

my $gw = gateway(odoo => 19, append_only => 1, odoo_args => ['--stock-delivery'], policies => {
    edi_mappings(),
    edi_partner('sender', limits => $LIMITS, edi => '{id: [ZZ/SENDER, "14/SENDER", SENDER2], ours: OURS, checks: {counts: reject}}'),
    edi_partner('plain', limits => $LIMITS, edi => '{contrl: always, ta1: always, acknowledge: 999}'),
    edi_partner('metered', limits => $LIMITS),
    'routes/tracking-events.yaml' => sub { s/$/\nlimits: {rate: 1000\/day, burst: 300, records: 1000000\/day}/ },
    'routes/edi.yaml' => sub { s/$/\nrecords: 350/ },
    door_with('report'), door_with('off'),
    edi_partner('loose', limits => $LIMITS, edi => '{checks: {all: warn}, fragments: true}'),
});
my %token = map { $_ => $gw->token(partner => $_) } qw(sender plain loose metered);

sub post {
    my ($who, @more) = @_;
    return post_edi($gw, $token{$who}, @more);
}

sub json { return post(@_, Accept => 'application/json') }

sub odoo_calls { return scalar @{ $gw->odoo_calls->{calls} } }

subtest 'an interchange of X12' => sub {
    my $answer = post(sender => x12([status('D1')]));
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->header('Content-Type'), 'application/edi-x12', 'who says nothing gets the acknowledgement');
    my $number = sprintf '%09d', last_control();
    is_deeply([segments($answer->{body}, '997')], ['AK1*QM*12', 'AK2*214*0001', 'AK5*A', 'AK9*A*1*1*1']);
    like($answer->{body}, qr/^ISA\*00\* {10}\*00\* {10}\*ZZ\*OURS {11}\*ZZ\*SENDER {9}\*\d{6}\*\d{4}\*U\*00401\*000000001\*0\*P\*>~/,
        'from us to them, our first number');
    $answer = json(sender => x12([status('X6', $TRACKING, 1)]));
    is($answer->header('Content-Type'), 'application/json');
    is($answer->json->{status}, 'delivered') or diag $answer->{body};
    my $record = $answer->json->{records}[0];
    is_deeply([@$record{qw(index set control route type outcome)}], [0, '214', '0001', 'tracking-events', 'shipment.in_transit', 'written']);
    like($answer->json->{acknowledgement}, qr/^ISA.*\*000000002\*0\*P.*^AK9\*A\*1\*1\*1~$/ms, 'our next number');
    is_deeply($answer->json->{interchanges}, [{ control => sprintf('%09d', last_control()), sender => 'SENDER', receiver => 'OURS', outcome => 'read' }]);
};

subtest 'sets by themselves' => sub {
    my $before = odoo_calls();
    my $answer = post(sender => x12([status('D1', $TRACKING, 2), ['850', 'BEG*00*SA*PO-1**20261120'], status('WOT'), ['820', 'BPR*C*1'], ['997', 'AK1*QM*1']]));
    is($answer->{status}, 200, 'what is good is taken') or diag $answer->{body};
    my @ack = segments($answer->{body}, 'partly');
    is_deeply(\@ack, ['AK1*QM*12', 'AK2*214*0001', 'AK5*A', 'AK2*850*0002', 'AK5*R*1*6', 'AK2*214*0003', 'AK3*AT7*3**8', 'AK4*1**7*WOT', 'AK5*R*5',
        'AK2*820*0004', 'AK5*R*1*6', 'AK2*997*0005', 'AK5*R*1*6', 'AK9*P*5*5*1'], 'each with its reason') or diag $answer->{body};
    $answer = json(sender => x12([['850', 'BEG*00*SA*PO-1**20261120'], status('WOT'), ['820', 'BPR*C*1']]));
    is($answer->{status}, 422, 'nothing is taken') or diag $answer->{body};
    my $body = $answer->json;
    like($body->{type}, qr{/documents-refused$});
    is_deeply([map { [@$_{qw(index set outcome)}, $_->{problem}{code}] } @{ $body->{records} }],
        [[0, '850', 'refused', 'scope-missing'], [1, '214', 'refused', 'mapping-lookup'], [2, '820', 'refused', 'set-unknown']]);
    is($body->{records}[1]{problem}{segment}, 3, 'the place');
    like($body->{records}[2]{problem}{detail}, qr/no set "820" is taken here; those taken are 204, 210/);
    like($body->{acknowledgement}, qr/AK9\*R\*3\*3\*0~/);
    $answer = post(sender => x12([status('WOT')]), Accept => 'application/edi-x12');
    is($answer->{status}, 422, 'EDI, refused');
    is($answer->header('Content-Type'), 'application/edi-x12');
    is_deeply([(segments($answer->{body}, 'refused'))[-1]], ['AK9*R*1*1*0']);
    $answer = post(sender => x12([status('WOT')]), Accept => 'application/edi-x12;q=0.5, application/json');
    is($answer->header('Content-Type'), 'application/problem+json', 'JSON is liked better');
};

subtest 'EDIFACT' => sub {
    my $answer = post(sender => iftsta());
    is($answer->{status}, 204, 'no CONTRL is asked for') or diag $answer->{body};
    is($answer->{body}, '');
    $answer = post(sender => iftsta(ask => 1, code => 22));
    is($answer->{status}, 422, 'refused') or diag $answer->{body};
    is($answer->header('Content-Type'), 'application/edifact');
    my @ack = segments($answer->{body}, 'CONTRL');
    is_deeply(\@ack, ["UCI+" . last_control() . "+SENDER:14+OURS+7", 'UCM+1+IFTSTA:D:95B:UN+4', 'UCS+4', 'UCD+12+3'], 'at its place') or diag $answer->{body};
    $answer = post(plain => iftsta(sender => 'OTHER'));
    is_deeply([segments($answer->{body}, 'CONTRL')], ["UCI+" . last_control() . "+OTHER+OURS+7"], 'always: by policy');
};

subtest 'two standards in one body' => sub {
    my $answer = json(plain => x12([status('X6', $TRACKING, 5)], sender => 'OTHER') . (iftsta() =~ s/SENDER:14/OTHER/r), 'Content-Type' => 'application/edi-x12');
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply([map { $_->{set} } grep { $_->{outcome} =~ /^(?:written|already-there)$/ } @{ $answer->json->{records} }], [qw(214 IFTSTA)],
        'neither is lost');
    like($answer->json->{acknowledgement}, qr/^AK9\*A\*1\*1\*1~.*^UCI\+/ms, 'each has its acknowledgement');
};

subtest 'Odoo refuses one of two' => sub {
    my $answer = json(sender => x12([status('X6', $TRACKING, 4), status('X6', 'NOBODYS', 4)]));
    is($answer->{status}, 200) or diag $answer->{body};
    my ($good, $bad) = @{ $answer->json->{records} };
    is_deeply([map { "$_->{control} $_->{outcome}" } $good, $bad], ['0001 written', '0002 refused']);
    is($bad->{odoo}[0]{code}, 'unknown-reference');
    like($bad->{odoo}[0]{detail}, qr/no stock\.picking with .*"NOBODYS"/, 'why stands beside it');
};

# As logisticsctl edi ack says it: the segment that is missing, not the one before which it is, and numbers of elements.
subtest 'what a guide refuses' => sub {
    my $answer = post(sender => x12([['214', 'L11*1*BM', 'LX*1', "AT7*D1*NS***20261340"]], version => '004010'));
    is($answer->{status}, 422) or diag $answer->{body};
    is_deeply([grep { /^AK[345]/ } segments($answer->{body}, 'a guide')],
        ['AK3*B10*2**3', 'AK3*AT7*4**8', 'AK4*5*373*8*20261340', 'AK5*R*5'], 'X12') or diag $answer->{body};
};

subtest 'EDIFACT without its end' => sub {
    my $whole = iftsta();
    for my $case ([$whole =~ s/UNT\+.*//sr, '4+13+UNZ'], [$whole =~ s/UNH\+.*//sr, '4+13+UNZ']) {
        my ($body, $uci) = @$case;
        my $answer = post(plain => $body =~ s/SENDER:14/OTHER/r);
        is($answer->{status}, 422) or diag $answer->{body};
        is_deeply([segments($answer->{body}, 'cut')], ['UCI+' . last_control() . "+OTHER+OURS+$uci"], 'what is missing') or diag $answer->{body};
    }
    my $answer = post(plain => $whole =~ s/SENDER:14/OTHER/r =~ s/UNT\+[^']*'//r);
    is_deeply([segments($answer->{body}, 'no UNT')], ['UCI+' . last_control() . '+OTHER+OURS+7', 'UCM+1+IFTSTA:D:95B:UN+4+13+UNT'], 'of a message')
        or diag $answer->{body};
};

subtest 'who writes to whom' => sub {
    my $before = odoo_calls();
    for my $case (
        [x12([status('D1')], sender => 'THIEF'), 'sender', qr/ISA05 and ISA06: "ZZ\/THIEF" is not an id of partner "sender"; it is "ZZ\/SENDER"/, 'R*006'],
        [x12([status('D1')], receiver => 'THEM'), 'receiver', qr/ISA07 and ISA08: "ZZ\/THEM" is not who this is for; it is "OURS"/, 'R*008'],
        [x12([status('D1')], test => 'T'), 'test_indicator', qr/ISA15: a test does not belong into production/, 'R*020'],
        [x12([status('D1')], test => 'X'), 'test_indicator', qr/ISA15: "X" is none of P \(production\), T \(test\)/, 'R*020']) {
        my ($body, $code, $text, $ta1) = @$case;
        my $answer = json(sender => $body);
        is($answer->{status}, 422, $code) or diag $answer->{body};
        like($answer->json->{type}, qr{/interchange-refused$});
        is($answer->json->{errors}[0]{code}, $code);
        like($answer->json->{errors}[0]{detail}, $text);
        is($answer->json->{interchanges}[0]{problem}{code}, $code, 'beside its interchange');
        like($answer->json->{acknowledgement}, qr/^TA1\*\d{9}\*261120\*0930\*\Q$ta1\E~$/m);
        unlike($answer->json->{acknowledgement}, qr/^GS/m, 'and no 997');
    }
    for my $case ([iftsta(sender => 'THIEF:14'), 23], [iftsta(test => 1), 25]) {
        my $answer = post(sender => $case->[0]);
        is($answer->{status}, 422);
        like(join('|', segments($answer->{body}, 'CONTRL')), qr/^UCI\+\d+\+\w+:14\+OURS\+4\+$case->[1]$/, "CONTRL $case->[1]");
    }
    is(post(sender => x12([status('D1', $TRACKING, 3)], sender => 'SENDER2'))->{status}, 200, 'another of its ids');
    my $answer = json(loose => x12([status('D1', $TRACKING, 4)], test => 'T'));
    is($answer->{status}, 200, 'a partner whose checks are loose') or diag $answer->{body};
    is_deeply([map { $_->{code} } @{ $answer->json->{warnings} }], ['test_indicator'], 'is warned');
    my $trace = wait_for(sub {
        my $found = $gw->get('/v1/traces/' . $answer->header('X-Correlation-ID'), bearer($token{loose}));
        return $found->{status} == 200 && $found->json->{requests}[0];
    }, 10, 'its trace');
    is($trace->{warnings}, 1, 'as the trace knows');
};

subtest 'what is broken at its end leaves nothing behind' => sub {
    my $before = odoo_calls();
    my $answer = json(sender => x12([status('D1', $TRACKING, 5)], no_end => 1));
    is($answer->{status}, 422) or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'no_iea');
    is($answer->json->{records}[0]{problem}{detail}, 'refused with its interchange');
    like($answer->json->{acknowledgement}, qr/^TA1\*.*\*R\*023~$/m);
    $answer = json(sender => x12([status('D1', $TRACKING, 5)], ge => 1));
    is($answer->{status}, 422, 'a count of the group, by policy') or diag $answer->{body};
    is($answer->json->{records}[0]{problem}{detail}, 'refused with its group');
    like($answer->json->{acknowledgement}, qr/^AK9\*R\*2\*1\*0\*5~$/m);
    $answer = json(sender => x12([status('D1', $TRACKING, 5), status('X6', $TRACKING, 6)], se => 1));
    is($answer->{status}, 422, 'counts of sets, by policy');
    like($answer->json->{acknowledgement}, qr/^AK5\*R\*4~$/m);
    is(odoo_calls(), $before, 'Odoo was not asked');
    $answer = post(plain => x12([status('D1', $TRACKING, 5)], se => 1));
    is($answer->{status}, 200, 'the default: taken with a note') or diag $answer->{body};
    like($answer->{body}, qr/^IK5\*E\*4~$/m, 'and a 999');
    like($answer->{body}, qr/^TA1\*\d{9}\*261120\*0930\*A\*000~$/m, 'and a TA1, always');
    $answer = json(sender => 'no EDI at all', 'Content-Type' => 'application/edi-x12');
    is($answer->{status}, 400, 'no interchange') or diag $answer->{body};
    $answer = json(loose => "ST*214*0001~B10*$TRACKING*2*SCAC~AT7*D1*NS***20261127~SE*4*0001~");
    is($answer->{status}, 200, 'a fragment, by policy') or diag $answer->{body};
    ok(!exists $answer->json->{acknowledgement}, 'has nobody to acknowledge to');
};

subtest 'an interchange without groups' => sub {
    my $answer = post(sender => x12([]) =~ s/^GS.*//msr);
    is($answer->{status}, 422, 'broken off behind its ISA') or diag $answer->{body};
    is($answer->header('Content-Type'), 'application/edi-x12');
    is_deeply([segments($answer->{body}, 'TA1')], [sprintf 'TA1*%09d*261120*0930*R*023', last_control()]);
    my @got = map { post(sender => x12([], ask => $_) =~ s/^G[SE].*\n//mgr =~ s/IEA\*1/IEA*0/r) } 0, 1;
    is_deeply([map { $_->{status} } @got], [204, 200], 'one that holds nothing is answered when it asks');
    is_deeply([segments($got[1]->{body}, 'TA1')], [sprintf 'TA1*%09d*261120*0930*A*000', last_control()]) or diag $got[1]->{body};
    is(post(sender => x12([], ask => 1) =~ s/^GS.*\nGE.*\n/TA1*000000001*261120*0930*A*000~/mr =~ s/IEA\*1/IEA*0/r)->{status}, 204,
        'nothing is said to a TA1') or diag last_control();
};

subtest 'what stands behind an interchange' => sub {
    my $before = odoo_calls();
    my ($body, $lost) = map { x12([status('D1', $TRACKING, $_)]) } 5, 6;
    my $answer = json(sender => "${body}lost bytes~\n$lost");
    is($answer->{status}, 422, 'another interchange may be lost in it') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'trailing_bytes');
    like($answer->json->{acknowledgement}, qr/^TA1\*.*\*R\*022~$/m);
    is(odoo_calls(), $before, 'nothing is taken of what could be read');
    $answer = json(loose => "${body}lost bytes~\n$lost");
    is($answer->{status}, 200, 'but by policy') or diag $answer->{body};
    is_deeply([grep { $_ eq 'trailing_bytes' } map { $_->{code} } @{ $answer->json->{warnings} }], ['trailing_bytes'], 'which tells');
    $answer = post(sender => iftsta() . 'and so on');
    is_deeply([segments($answer->{body}, 'CONTRL')], ['UCI+' . last_control() . '+SENDER:14+OURS+4+33'], 'of EDIFACT') or diag $answer->{body};
    $answer = post(sender => iftsta(ask => 1) =~ s/UNH.*(?=UNZ)//sr =~ s/UNZ\+1/UNZ+0/r);
    is_deeply([segments($answer->{body}, 'CONTRL')], ['UCI+' . last_control() . '+SENDER:14+OURS+7'], 'nothing in it, and a CONTRL is asked for') or diag $answer->{body};
    $answer = json(sender => join('', map {"$_\0"} split //, $body), 'Content-Type' => 'application/edi-x12');
    is($answer->{status}, 400);
    like($answer->json->{detail}, qr/it is written in UTF-16; send UTF-8/, 'another encoding') or diag $answer->{body};
    like(json(sender => iftsta() =~ s/\+OURS\+/+THEM+/r)->json->{detail}, qr/the recipient of UNB: "THEM" is not who this is for; it is "OURS"/);
};

subtest 'acknowledgements are not acknowledged' => sub {
    my $ack = x12([['997', 'AK1*QM*1', 'AK9*A*1*1*1']], group => 'FA');
    my $answer = post(loose => $ack);
    unlike($answer->{body}, qr/AK1/, 'nothing is said to a 997');
    $answer = json(loose => x12([['997', 'AK1*QM*1', 'AK9*A*1*1*1']], group => 'FA') . x12([status('D1')]));
    is($answer->{status}, 200, 'a 997 that none of the partner\'s mappings is for') or diag $answer->{body};
    is_deeply([map { "$_->{set} $_->{outcome}" =~ s/already-there/written/r } @{ $answer->json->{records} }],
        ['997 ignored', '214 written'], 'is ignored, and keeps nobody back');
    is(post(loose => x12([['997', 'AK1*QM*1', 'AK9*A*1*1*1']], group => 'FA'))->{status}, 204, 'and needs no answer');
};

subtest 'what is ignored in one set is not in the next' => sub {
    my $news = status('D1', $TRACKING, 5);
    my $answer = json(sender => x12([[@$news, 'MS3*SCAC*B'], ['214', "B10*$TRACKING*2*SCAC"], ['214', "B10*$TRACKING*2*SCAC", 'MS3*SCAC*B']]));
    is($answer->{status}, 200) or diag $answer->{body};
    is_deeply([map { [$_->{outcome}, $_->{problem}{code}] } @{ $answer->json->{records} }],
        [['written', undef], ['refused', 'no-records'], ['ignored', undef]], 'a set that makes nothing is refused, unless it says so');
};

# Nothing was read to its end: no acknowledgement may say of a set that it was accepted.
subtest 'more sets than the route takes' => sub {
    my $before = odoo_calls();
    my $no_news = ['214', "B10*$TRACKING*2*SCAC", 'MS3*SCAC*B'];
    for my $sets ([map { status('D1') } 1 .. 351], [map {$no_news} 1 .. 351]) {
        my $answer = post(sender => x12($sets));
        is($answer->{status}, 422) or diag $answer->{body};
        is($answer->header('Content-Type'), 'application/problem+json', 'no acknowledgement');
        is($answer->json->{errors}[0]{code}, 'max-records');
    }
    my $most = json(sender => x12([map {$no_news} 1 .. 350]));
    isnt($most->json->{errors}[0]{code}, 'max-records', 'as many as there may be');
    is(odoo_calls(), $before, 'nothing was delivered');
};

subtest 'once' => sub {
    my $body = x12([status('D1', $TRACKING, 8)]);
    my $first = post(sender => $body);
    is($first->{status}, 200) or diag $first->{body};
    ok(!$first->header('Idempotency-Replayed'));
    my $before = odoo_calls();
    my $again = post(sender => $body);
    is($again->{status}, 200, 'the same bytes') or diag $again->{body};
    is($again->{body}, $first->{body}, 'get the same acknowledgement');
    is($again->header('Idempotency-Replayed'), 'true');
    $again = json(sender => "$body\r\n\x1a");
    is($again->json->{status}, 'replayed', 'whatever stands behind them') or diag $again->{body};
    is_deeply([map { $_->{outcome} } @{ $again->json->{records} }], ['replayed']);
    my $other = json(sender => $body =~ s/AT7\*D1/AT7*X6/r);
    is($other->{status}, 422, 'other bytes') or diag $other->{body};
    is($other->json->{errors}[0]{code}, 'duplicate');
    like($other->json->{acknowledgement}, qr/^TA1\*.*\*R\*025~$/m);
    my $both = json(sender => $body . x12([status('X6', $TRACKING, 9)]));
    is($both->json->{status}, 'delivered', 'a new one beside it') or diag $both->{body};
    is_deeply([map { [$_->{set}, $_->{outcome}] } @{ $both->json->{records} }], [['214', 'replayed'], ['214', 'written']]);
    is(odoo_calls() - $before, odoo_calls_of_one(), 'only that one went to Odoo');
    my $old = json(sender => $body =~ s/AT7\*D1/AT7*WOT/r);
    is($old->{status}, 422, 'other bytes, and a set that is refused anyway') or diag $old->{body};
    is_deeply([map { $_->{code} } @{ $old->json->{errors} }], ['duplicate'], 'the duplicate comes first');
    is($old->json->{interchanges}[0]{problem}{code}, 'duplicate');
    is($old->json->{records}[0]{problem}{code}, 'mapping-lookup', 'the set says what it would be refused for');
    like($old->json->{acknowledgement}, qr/^TA1\*.*\*R\*025~$/m);
    unlike($old->json->{acknowledgement}, qr/^AK/m, 'and no 997 of its content');
    my $thief = json(sender => $body =~ s/ZZ\*SENDER /ZZ*THIEF  /r);
    like($thief->json->{acknowledgement}, qr/^TA1\*.*\*R\*006~$/m, 'who it is not from comes before that');

    my $edifact = iftsta(ask => 1);
    like(post(sender => $edifact =~ s/STS\+1\+21/STS+1+WOT/r)->{body}, qr/UCI\+\d+\+SENDER:14\+OURS\+7'/, 'what is refused uses no number');
    is(post(sender => $edifact)->{body}, post(sender => $edifact)->{body}, 'CONTRL again');
    $other = post(sender => $edifact =~ s/20261120/20261119/r =~ s/0915/0916/r);
    like($other->{body}, qr/UCI\+\d+\+SENDER:14\+OURS\+4\+26'/, 'CONTRL 26');
    $other = post(sender => $edifact =~ s/STS\+1\+21/STS+1+WOT/r);
    like($other->{body}, qr/UCI\+\d+\+SENDER:14\+OURS\+4\+26'/, '... of what would be refused anyway');

    my @known = grep {/:edi:[0-9a-f]{64}$/} @{ $gw->redis_cmd('KEYS', '*:edi:*') };
    cmp_ok(scalar @known, '>', 0, 'known in Redis');
    $gw->redis_cmd('HSET', $_, 'state', 'running') for @known;
    $again = post(sender => $body);
    is($again->{status}, 409, 'while the first is in work') or diag $again->{body};
    is($again->json->{errors}[0]{code}, 'interchange-running');
    ok($again->header('Retry-After'), 'when to ask again');
    $gw->redis_cmd('HSET', $_, 'state', 'done') for @known;

    $gw->reload;
    $again = post(sender => $body);
    is($again->{body}, $first->{body}, 'after a reload');
};

subtest 'twice in one body' => sub {
    my ($body, $ask) = (x12([status('X6', $TRACKING, 3)]), sub { json(sender => join '', @_) });
    my $answer = $ask->($body, "\n", $body);
    is($answer->{status}, 200, 'the same bytes') or diag $answer->{body};
    is_deeply([map { $_->{outcome} } @{ $answer->json->{interchanges} }], [qw(read replayed)]);
    is_deeply([map { $_->{outcome} } @{ $answer->json->{records} }], [qw(written replayed)], 'are delivered once');
    my ($one, @more) = $answer->json->{acknowledgement} =~ /^(ISA.*?^IEA\S+\n)/smg;
    is_deeply(\@more, [$one], 'and get the same acknowledgement twice');
    is($answer->header('Idempotency-Replayed'), undef, 'the first is new');
    $answer = $ask->($body, $body);
    is($answer->json->{acknowledgement}, $one x 2, 'later: the acknowledgement of then');
    is($answer->header('Idempotency-Replayed'), 'true');

    my ($new, $other) = (x12([status('X6', $TRACKING, 1)]), x12([status('D1', $TRACKING, 1)], control => last_control()));
    $answer = $ask->($new, $other, $new);
    is_deeply([map { $_->{outcome} } @{ $answer->json->{interchanges} }], [qw(read refused replayed)], 'others of that number') or diag $answer->{body};
    like($answer->json->{acknowledgement}, qr/^AK9\*A\*.*^TA1\*.*\*R\*025~.*^AK9\*A\*/sm);
    my $bad = x12([status('WOT')], control => last_control());
    $answer = $ask->($bad, x12([status('X6', $TRACKING, 0)], control => last_control() + 1_000), $bad);
    like($answer->json->{acknowledgement}, qr/^TA1\*.*\*R\*025~.*^AK9\*A\*.*^TA1\*.*\*R\*025~/sm, 'whatever they hold') or diag $answer->{body};

    my $fixed = x12([status('X6', $TRACKING, 2)], control => 900_000);
    $answer = $ask->(x12([status('WOT')], control => 900_000), $fixed);
    is_deeply([map { $_->{outcome} } @{ $answer->json->{records} }], [qw(refused written)], 'what is refused uses no number') or diag $answer->{body};

    my $nobodys = x12([status('X6', 'NOBODYS', 2)]);
    $answer = $ask->($nobodys, $nobodys);
    is($answer->{status}, 422, 'Odoo refuses both') or diag $answer->{body};
    like($answer->json->{acknowledgement}, qr/^AK9\*R\*1\*1\*0~.*^AK9\*R\*1\*1\*0~/sm);
};

sub odoo_calls_of_one {
    my $before = odoo_calls();
    json(sender => x12([status('D1', $TRACKING, 7)]));
    return odoo_calls() - $before;
}

# The first answer to a set that is not 503. Whether Redis is back is asked for by requests that are no sets
# (a few, for every worker has its own connection): sets that are only to find out would use up the route.
sub when_redis_is_back {
    my ($ask) = @_;
    return wait_for(sub {
        for (1 .. 8) {
            return if $gw->get('/v1/traces?interchange=1', bearer($token{sender}))->{status} != 200;
        }
        my $answer = $ask->();
        return $answer->{status} != 503 && $answer;
    }, 30, 'Redis is back');
}

subtest 'Redis restarts, is away' => sub {
    my $body = x12([status('D1', $TRACKING, 6)]);
    my $first = post(sender => $body);
    my ($number) = $first->{body} =~ /\*(\d{9})\*0\*P/;
    $gw->{redis_server}->stop('KILL');
    my $before = odoo_calls();
    my $away;
    wait_for(sub { $gw->get('/v1/traces?interchange=1', bearer($token{sender}))->{status} == 503 }, 10, 'Redis is away');
    wait_for(sub { $away = json(sender => x12([status('D1')])); $away->{status} == 503 }, 10, '503');
    is($away->json->{errors}[0]{code}, 'control-numbers-away');
    ok($away->header('Retry-After'), 'when to try again');
    is(odoo_calls(), $before, 'nothing went to Odoo');
    $gw->{redis_server}->run;
    my $again = when_redis_is_back(sub { post(sender => $body) });
    is($again->{body}, $first->{body}, 'what was known is known') or diag $again->{body};
    my $next = when_redis_is_back(sub { post(sender => x12([status('X6', $TRACKING, 6)])) });
    is($next->{status}, 200, 'and what was not is taken') or diag $next->{body};
    my ($later) = $next->{body} =~ /\*(\d{9})\*0\*P/;
    cmp_ok($later, '>', $number, 'our numbers go on');
};

subtest 'Redis takes too long' => sub {
    my $body = x12([status('D1', $TRACKING, 4)]);
    $gw->redis_cmd('CLIENT', 'PAUSE', 4000);
    is(json(sender => $body)->json->{errors}[0]{code}, 'control-numbers-away', 'nobody waits longer');
    when_redis_is_back(sub { $gw->get('/v1/traces?interchange=2', bearer($token{sender})) });
    wait_for(sub {
        my @known = grep {/:edi:[0-9a-f]{64}$/} @{ $gw->redis_cmd('KEYS', '*:edi:*') };
        return !grep { ($gw->redis_cmd('HGET', $_, 'state') // '') eq 'running' } @known;
    }, 30, 'what nobody heard of holds no number for long');
    my $again = when_redis_is_back(sub { post(sender => $body) });
    is($again->{status}, 200, 'the same bytes once more') or diag $again->{body};
};

# Last of those that post sets: they use up the route.
subtest 'each set is a request of its route' => sub {
    my $before = odoo_calls();
    my $answer = when_redis_is_back(sub { json(metered => x12([map { status('D1') } 1 .. 301])) });
    is($answer->{status}, 413, 'more than can come at once') or diag $answer->{body};
    like($answer->json->{detail}, qr/301 requests are more than the 300 that the route "tracking-events"'s limit/);
    is(odoo_calls(), $before, 'nothing was delivered');
    my $left = when_redis_is_back(sub { json(metered => x12([map { status('D1') } 1 .. 300])) });
    is($left->{status}, 429, 'used up by what came before') or diag $left->{body};
    ok($left->header('Retry-After'), 'all of it waits');
    is_deeply($left->json->{'violated-policies'}, ['route']);
    for my $mode (qw(report off)) {
        my $door = when_redis_is_back(sub {
            json(metered => x12([map { ['214', "B10*$TRACKING*2*SCAC", 'MS3*SCAC*B'] } 1 .. 301]), path => "$PATH-$mode");
        });
        is($door->{status}, 200, "nobody waits at a door that says $mode") or diag $door->{body};
        my $requests;
        wait_for(sub {
            my $found = $gw->get('/v1/traces/' . $door->header('X-Correlation-Id'), bearer($token{metered}));
            $requests = $found->{status} == 200 && $found->json->{requests};
            return $requests && @$requests;
        }, 10, 'the trace');
        is($requests->[0]{stages}{limit}[0], $mode, 'as its trace says');
    }
};

subtest 'many interchanges in a body' => sub {
    my @many = map { x12([status('WOT')]) } 1 .. 121;
    my $answer = json(sender => join '', @many);
    is($answer->{status}, 413, 'one too many') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'max-interchanges');
    $answer = json(loose => join '', @many[1 .. 120]);
    isnt($answer->json->{errors}[0]{code}, 'max-interchanges', 'as many as there may be');
};

subtest 'a trace has the acknowledgement' => sub {
    my $answer = post(sender => x12([status('WOT')]));
    my $number = sprintf '%09d', last_control();
    my $found;
    wait_for(sub { $found = $gw->get("/v1/traces?interchange=$number", bearer($token{sender})); @{ $found->json->{traces} // [] } }, 10, 'the trace');
    my $request = $found->json->{traces}[0]{requests}[0];
    is($request->{acknowledgement}, $answer->{body}) or diag $found->{body};
    is_deeply([map { $request->{stages}{$_}[0] } qw(translate once)], [qw(refuse pass)], 'refused by one stage, and no duplicate');
};

subtest 'methods, types, scopes' => sub {
    is($gw->get($PATH, bearer($token{sender}))->{status}, 405);
    my $answer = post(sender => '{}', 'Content-Type' => 'application/json');
    is($answer->{status}, 415);
    like($answer->json->{detail}, qr{send application/edi-x12, application/edifact, application/edi-consent, text/plain});
    is($answer->header('Accept-Encoding'), undef, 'which is no question of codings');
    $answer = post(sender => x12([status('D1')]), 'Content-Encoding' => 'gzip');
    is($answer->{status}, 415, 'a body that is packed') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'content-encoding');
    is($answer->header('Accept-Encoding'), 'identity', 'what is taken instead');
    $answer = $gw->request('POST', $PATH, [bearer($gw->token(partner => 'ops', scope => 'trace:read')), 'Content-Type' => 'application/edi-x12'], x12([status('D1')]));
    is($answer->{status}, 403, 'no scope of any set');
};
finish($gw);
done_testing();
