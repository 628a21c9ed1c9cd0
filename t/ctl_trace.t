# logisticsctl trace: the operators' way to a trace, by correlation id and by business key, of any partner.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $gw = gateway(odoo_args => ['--stock-delivery']);
my %token = map { $_ => $gw->token(partner => $_) } qw(dhl acme-express ops);
my $BODY = slurp(root() . '/docs/examples/dhl-delivered.json');
my $TRACKING = '00340434161094042557';
my $REDIS = $gw->{redis_server}->address;

sub trace { return ctl_run('trace', '--redis', $REDIS, @_) }

sub arrived {
    my ($partner, $id) = @_;
    wait_for(sub { $gw->get("/v1/traces/$id", bearer($token{$partner}))->{status} == 200 }, 5, "trace $id");
    return;
}

my $answer = $gw->post_json($PATH, $BODY, bearer($token{'acme-express'}), 'X-Correlation-ID' => 'first-1');
is($answer->{status}, 200) or diag $answer->{body};
my @records = @{ $answer->json->{records} };
$gw->post_json($PATH, $BODY, bearer($token{dhl}), 'X-Correlation-ID' => 'other-1');
my $event = { v => 1, id => 'ev_' . 'c' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => 'x*[?]^y\\' }], src => { partner => 'ops', format => 'json' } };
$gw->post_json($PATH, [$event], bearer($token{ops}), 'X-Correlation-ID' => 'odd-1');
$gw->post_json($PATH, [{ %$event, refs => [{ t => 'tracking', v => 'xyz[?]^y\\' }] }], bearer($token{ops}),
    'X-Correlation-ID' => 'odd-2');
$gw->post_json($PATH, [{ %$event, refs => [{ t => 'tracking', v => "a\e[2Jb\x{c2}\x{9b}c" }] }], bearer($token{ops}),
    'X-Correlation-ID' => 'escape-1');
arrived(@$_) for ['acme-express', 'first-1'], ['dhl', 'other-1'], map { ['ops', $_] } qw(odd-1 odd-2 escape-1);

subtest 'by correlation id' => sub {
    my ($rc, $out, $err) = trace('first-1');
    is($rc, 0) or diag $err;
    is($err, '');
    my @lines = split /\n/, $out;
    like($lines[0], qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z first-1 acme-express POST tracking-events 200$/, 'what happened');
    like($out, qr/^  total \d+\.\d{3} ms, of it Odoo \d+\.\d{3} ms in \d+ calls; \d+ bytes in, \d+ out; 2 records, 0 warnings$/m);
    like($out, qr/^  policies [0-9a-f]{12}, client 127\.0\.0\.1, traceparent 00-/m);
    like($out, qr/^  keys tracking=$TRACKING/m);
    is_deeply([$out =~ /^  (\w+) +pass +\d+ \S+s$/mg],
        [qw(correlate authenticate authorize limit read parse validate translate once deliver answer trace)],
        'the stages in their order, with verdict and time');
    for my $record (@records) {
        like($out, qr/^  $record->{id} shipment\.\w+: written\n    mail\.message $record->{odoo}[0]{id} \Q$record->{odoo}[0]{external_id}\E: written$/m,
            "outcome of $record->{id}");
    }
    is((trace('--partner', 'acme-express', 'first-1'))[1], $out, 'the same with its partner');
};

subtest 'by business key' => sub {
    my ($rc, $out) = trace('--key', "tracking=$TRACKING");
    is($rc, 0);
    is_deeply([sort $out =~ /^\S+Z (\S+) /mg], [qw(first-1 other-1)], 'of any partner');
    ($rc, $out) = trace('--key', "tracking=$TRACKING", '--partner', 'dhl');
    is_deeply([$out =~ /^\S+Z (\S+) /mg], ['other-1'], 'of one');
    ($rc, $out) = trace('--key', 'tracking=x*[?]^y\\');
    is($rc, 0);
    is_deeply([$out =~ /^\S+Z (\S+) /mg], ['odd-1'], "signs that Redis' patterns know are only signs");
};

subtest 'EDI' => sub {
    my $edi = slurp(root() . '/docs/examples/status-214.edi') =~ s/(AF\*NS\*{3})20261120/${1}2026112/r;
    my $sent = $gw->request('POST', '/v1/edi', [bearer($token{'acme-express'}), 'Content-Type' => 'application/edi-x12', 'X-Correlation-ID' => 'edi-1'], $edi);
    is($sent->{status}, 200) or diag $sent->{body};
    arrived('acme-express', 'edi-1');
    my ($rc, $out) = trace('--key', 'interchange=000000041');
    is($rc, 0);
    like($out, qr/^  214 0001 ev_[0-9a-f]{64} shipment\.\w+: written$/m, 'sets by their numbers') or diag $out;
    like($out, qr/^  214 0002: refused\n    mapping-date: .*"2026112 0955" is no date.* \(line 12, column 13, segment 4, element 5\)$/m,
        'why one was refused, and where') or diag $out;
    like($out, qr/^  acknowledgement\n    ISA\*.*^    AK5\*R\*5~\n    AK9\*P\*2\*2\*1~\n/ms, 'and what was answered');
};

subtest 'raw' => sub {
    my ($rc, $out) = trace('--json', 'first-1');
    is($rc, 0);
    my @lines = split /\n/, $out;
    is(scalar @lines, 1, 'a line a request');
    is_deeply(decode_json($lines[0])->{outcomes}, \@records);
};

subtest 'what partners send is no order to a terminal' => sub {
    my ($rc, $out) = trace('escape-1');
    is($rc, 0);
    unlike($out, qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/, 'no control character');
    like($out, qr/tracking=a\?\[2Jb/);
};

subtest 'nothing found, and what is no question' => sub {
    for my $question (['unknown-1'], ['--partner', 'dhl', 'first-1'], ['--key', 'tracking=404'], ['--key', 'order=1']) {
        my ($rc, $out, $err) = trace(@$question);
        is($rc, 1, "@$question: exit 1");
        is($out, '');
        like($err, qr/^logisticsctl trace: no trace of /);
    }
    for my $bad ([], ['a', 'b'], ['a b'], ['--key', 'tracking'], ['--key', '=1'], ['--key', 'tracking=1', 'first-1'],
        ['--what', 'first-1'], ['--partner'])
    {
        my ($rc, $out, $err) = trace(@$bad);
        ok($rc == 2 && $out eq '' && $err ne '', "@$bad: exit 2") or diag("exit $rc: $out$err");
    }
    for my $address ('127.0.0.1:1', '127.0.0.1:', '127.0.0.1:123456', '127.0.0.1:x', ':6379') {
        my ($rc, $out, $err) = ctl_run('trace', '--redis', $address, 'first-1');
        is($rc, 2, "redis at $address");
        like($err, qr/\Q$address\E/, 'is named');
    }
    $gw->redis_cmd('SET', 'lgs:{L00}:t:acme-express:first-1', 'x');
    my ($rc, undef, $err) = trace('first-1');
    is($rc, 2, 'a key of another type');
    like($err, qr/LRANGE: WRONGTYPE/);
};

finish($gw);
done_testing();
