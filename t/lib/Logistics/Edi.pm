package Logistics::Edi;

# Interchanges for tests: X12 and EDIFACT with envelopes that add up, or do not when a test says so; small
# mappings for them and a partner who sends them. Control numbers count up from 101 in each test.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use Logistics::Gateway;
use Logistics::Process qw(spew);
use Logistics::Test ();
use POSIX ();
use Test::More;

our @EXPORT = qw($TRACKING x12 status iftsta last_control post_edi segments edi_mappings edi_partner at_once redis_is when_back);

# A shipment that the Odoo stand-in knows.
our $TRACKING = '00340434161094042557';

my $control = 100;

# The control number of the interchange that was made last.
sub last_control { return $control }

# An interchange of sets: [[type, segments…], …]. sender, receiver, control, ask (ISA14), test (ISA15), group
# (GS01) and version (GS08) replace parts of the envelope; se and ge are added to the counts; no_end leaves out
# the IEA.
sub x12 {
    my ($sets, %opt) = @_;
    my $sender = $opt{sender} // 'SENDER';
    my $number = sprintf '%09d', $opt{control} // ++$control;
    my $n = 0;
    my $text = sprintf "ISA*00*          *00*          *ZZ*%-15s*ZZ*%-15s*261120*0930*U*00401*%s*%d*%s*>~\n",
        $sender, $opt{receiver} // 'OURS', $number, $opt{ask} // 0, $opt{test} // 'P';

    $text .= sprintf "GS*%s*%s*OURS*20261120*0930*12*X*%s~\n", $opt{group} // 'QM', $sender, $opt{version} // '003060';
    for my $set (@$sets) {
        my ($type, @body) = @$set;
        my $no = sprintf '%04d', ++$n;
        $text .= join '', map {"$_~\n"} "ST*$type*$no", @body, 'SE*' . (@body + 2 + ($opt{se} // 0)) . "*$no";
    }
    $text .= 'GE*' . ($n + ($opt{ge} // 0)) . "*12~\n";
    return $opt{no_end} ? $text : "${text}IEA*1*$number~\n";
}

# A set 214: status(code, tracking number, last digit of the day).
sub status {
    my ($code, $number, $day) = @_;
    return ['214', 'B10*' . ($number // $TRACKING) . '*2*SCAC', "AT7*$code*NS***2026112" . ($day // 0)];
}

# An IFTSTA with one status. sender ("SENDER:14"), control, code (21), ask (UNB 0031) and test (0035).
sub iftsta {
    my (%opt) = @_;
    my $number = $opt{control} // ++$control;
    my $sender = $opt{sender} // 'SENDER:14';
    my $end = ($opt{ask} // '') . ($opt{test} ? '++1' : '');

    return "UNB+UNOA:3+$sender+OURS+261120:0930+$number++++${end}'UNH+1+IFTSTA:D:95B:UN'BGM+77+${TRACKING}'"
        . "DTM+137:202611200915:203'STS+1+" . ($opt{code} // 21) . "'UNT+5+1'UNZ+1+$number'";
}

# POST /v1/edi, or path => …. The content type is of the body unless a header says otherwise.
sub post_edi {
    my ($gw, $token, $body, %headers) = @_;
    my $path = delete $headers{path} // '/v1/edi';

    $headers{'Content-Type'} //= $body =~ /^UN/ ? 'application/edifact' : 'application/edi-x12';
    return $gw->request('POST', $path, [Logistics::Test::bearer($token), %headers], $body);
}

# The segments of an acknowledgement without the envelope's times and numbers; our own reader must take it.
sub segments {
    my ($text, $name) = @_;
    my $dir = File::Temp->newdir;

    spew("$dir/ack.edi", $text);
    my ($code, $out) = Logistics::Gateway::ctl_run('edi', 'check', "$dir/ack.edi");
    is($code, 0, "$name: our reader takes the acknowledgement") or diag $out . $text;
    return grep { !/^(?:ISA|GS|IEA|GE|ST|SE|UNB|UNH|UNT|UNZ)\b/ } map { s/[~'\s]+$//r } split /(?<=[~'])\s*/, $text;
}

# What n processes return that do the same at once, texts. The sub gets a number from 0.
sub at_once {
    my ($n, $do) = @_;
    my @of;

    for my $i (0 .. $n - 1) {
        pipe my $from, my $to or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            print {$to} $do->($i) // 'nothing';
            close $to;
            POSIX::_exit(0); # what the test holds is the parent's to end
        }
        close $to;
        push @of, [$pid, $from];
    }
    return map { my ($pid, $from) = @$_; my $got = do { local $/ = undef; <$from> }; waitpid $pid, 0; $got } @of;
}

# Waits until all workers see Redis as it is (200, or 503 when it is away): each has a connection of its own.
sub redis_is {
    my ($gw, $token, $status) = @_;
    return Logistics::Process::wait_for(sub {
        for (1 .. 8) {
            return if $gw->get('/v1/traces?interchange=1', Logistics::Test::bearer($token))->{status} != $status;
        }
        return 1;
    }, 30, "Redis: $status");
}

# The first answer that is not 503: a worker whose connection is not back yet does nothing of it.
sub when_back {
    my ($ask) = @_;
    return Logistics::Process::wait_for(sub { my $answer = $ask->(); return $answer->{status} != 503 && $answer }, 30, 'Redis is back');
}

# Edits of the policies: t-214 and t-iftsta make events, t-850 an order.
sub edi_mappings {
    return (
        'mappings/t-214.yaml' => <<'END',
mapping: t-214
input: {format: x12, set: "214"}
emit:
  - for_each: AT7
    v: 1
    id: {hash: [$partner, ^/B10/01, "01", "05"], prefix: ev_}
    type: {lookup: {D1: shipment.delivered, X6: shipment.in_transit}, key: "01", else: error}
    timing: actual
    occurred: {date: "05", formats: [CCYYMMDD]}
    refs: [{t: tracking, v: ^/B10/01}]
    src: {partner: $partner, format: x12}
  - for_each: MS3
    ignore: who carries it is no news
END
        'mappings/t-iftsta.yaml' => <<'END',
mapping: t-iftsta
input: {format: edifact, set: IFTSTA}
emit:
  - for_each: STS
    v: 1
    id: {hash: [$partner, "^/BGM/1/0", 1/0], prefix: ev_}
    type: {lookup: {"21": shipment.delivered}, key: 1/0, else: error}
    timing: actual
    occurred: {date: '^/DTM[0/0=137]/0/1', formats: [CCYYMMDDHHmm]}
    refs: [{t: tracking, v: "^/BGM/1/0"}]
    src: {partner: $partner, format: edifact}
END
        'mappings/t-850.yaml' => <<'END',
mapping: t-850
output: order
input: {format: x12, set: "850"}
emit:
  - v: 1
    id: {hash: [$partner, BEG/03], prefix: ord_}
    kind: purchase
    number: BEG/03
    src: {partner: $partner, format: x12}
END
    );
}

# An edit of the policies: a partner who sends what those mappings read. scopes, edi (the partner's `edi:`) and
# limits may be given.
sub edi_partner {
    my ($name, %opt) = @_;
    my $scopes = $opt{scopes} // 'tracking:write';
    my $more = join '', map {"$_: $opt{$_}\n"} grep { $opt{$_} } qw(edi limits);

    return ("partners/$name.yaml" => <<"END");
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [$scopes, trace:read]
timezone: America/Denver
odoo: {scope: all}
formats: {edi: {x12: [t-214, t-850], edifact: t-iftsta}}
$more
END
}

1;
