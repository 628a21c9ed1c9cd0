# Application advices: sets that were taken for later and refused by Odoo are told as 824 and APERAK.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;

my $X12 = 'application/edi-x12';
my $EDIFACT = 'application/edifact';

# As the shipped packs say where a record came from.
my %mappings = edi_mappings();
s/(src: \{partner: \$partner, format: x12)\}/$1, msg: "214", ctl: [\$\/message\/interchange, \$\/message\/group, \$\/message\/control]}/,
    s/(src: \{partner: \$partner, format: edifact)\}/$1, msg: IFTSTA, ctl: [\$\/message\/interchange, \$\/message\/control]}/ for values %mappings;

sub partner {
    my ($name, $edi) = @_;
    return ("partners/$name.yaml" => <<"END");
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [tracking:write, trace:read]
timezone: America/Denver
odoo: {scope: all}
limits: {rate: 1000/s, burst: 1000}
formats: {tracking-events-later: {x12: t-214, edifact: t-iftsta, json: canonical}, edi: {x12: t-214, edifact: t-iftsta}}
$edi
END
}

my $gw = gateway(odoo => 19, append_only => 1, relay => 1, odoo_args => ['--stock-delivery'], policies => {
    %mappings,
    partner('sender', 'edi: {id: [ZZ/SENDER, "14/SENDER"], ours: OURS}'),
    partner('advised', 'edi: {id: [ZZ/SENDER, "14/SENDER"], ours: OURS, advise: true}'),
    partner('other', 'edi: {id: OTHER, ours: OURS}'),
    partner('none', ''),
});
my %token = map { $_ => $gw->token(partner => $_) } qw(sender advised other none);

sub later {
    my ($who, $body) = @_;
    my $answer = post_edi($gw, $token{$who}, $body, path => '/v1/later/tracking-events');
    is($answer->{status}, 202, 'taken') or diag $answer->{body};
    return $answer->json->{message};
}

sub message {
    my ($who, $id, $type) = @_;
    return $gw->get("/v1/messages/$id", bearer($token{$who}), Accept => $type);
}

sub closed {
    my ($who, $id, $status) = @_;
    return wait_for(sub { return message($who, $id, 'application/json')->json->{status} eq $status }, 30, "the message is $status");
}

subtest 'sets that Odoo refuses: 824' => sub {
    my $id = later(sender => x12([status('D1', 'NOBODYS'), status('X6'), status('X6', 'NOBODYS', 2)]));
    my $interchange = sprintf '%09d', last_control();
    closed(sender => $id, 'failed');
    my $answer = message(sender => $id, $X12);
    is($answer->{status}, 200) or diag $answer->{body};
    is($answer->header('Content-Type'), $X12);
    my @segments = segments($answer->{body}, '824');
    is(scalar(grep {/^OTI/} @segments), 2, 'each that was refused, not the one between');
    is_deeply([grep {/^OTI|^REF/} @segments], ['OTI*TR*TN*0001*****12*0001*214', "REF*ZZ*$interchange*interchange", 'OTI*TR*TN*0003*****12*0003*214',
        "REF*ZZ*$interchange*interchange"], 'by its numbers') or diag $answer->{body};
    like((grep {/^TED/} @segments)[0], qr/^TED\*\d{3}\*\S.+$/, 'and why') or diag $answer->{body};
    my ($number) = $answer->{body} =~ /^ISA.*\*(\d{9})\*0\*P/;
    like(message(sender => $id, $X12)->{body}, qr/^ISA.*\*0*@{[$number + 1]}\*0\*P/, 'another interchange each time it is asked for');
    $answer = message(sender => $id, $EDIFACT);
    is($answer->{status}, 204, 'no message of EDIFACT was refused') or diag $answer->{body};
    like(message(sender => $id, '*/*')->json->{status}, qr/^failed$/, 'JSON where nothing else is asked for');
};

subtest 'each set with its own reason' => sub {
    my $id = later(sender => x12([status('D1', 'NOBODYS'), status('X6'), status('X6', 'NOTHINGS', 2)]));
    closed(sender => $id, 'failed');
    my $answer = message(sender => $id, $X12);
    my @why = map { join '', /^(?:TED\*\d+|NTE\*ADD)\*(.*)~$/mg } $answer->{body} =~ /^(OTI.*?)^SE/smg;
    like($why[0], qr/"NOBODYS"/) or diag $answer->{body};
    like($why[1], qr/"NOTHINGS"/, 'not that of the first') or diag $answer->{body};
};

subtest 'a message that Odoo refuses: APERAK' => sub {
    my $id = later(sender => iftsta() =~ s/BGM\+77\+\d+/BGM+77+NOBODYS/r);
    my $interchange = last_control();
    closed(sender => $id, 'failed');
    my $answer = message(sender => $id, $EDIFACT);
    is($answer->{status}, 200) or diag $answer->{body};
    my @segments = segments($answer->{body}, 'APERAK');
    is_deeply([grep {/^RFF|^ERC/} @segments], ["RFF+ACW:$interchange", 'ERC+UNKNOWN::ZZZ', 'RFF+ACW:1'], 'by its numbers') or diag $answer->{body};
    like(join('|', @segments), qr/\|FTX\+AAO\+\+\+\S/, 'and why');
    is(message(sender => $id, $X12)->{status}, 204);
};

subtest 'beside the acknowledgement' => sub {
    my $body = x12([status('X6', $TRACKING, 7), status('X6', 'NOBODYS', 7)]);
    my $interchange = sprintf '%09d', last_control();
    my $answer = post_edi($gw, $token{advised}, $body);
    is($answer->{status}, 200) or diag $answer->{body};
    my @of = $answer->{body} =~ /^(ISA.*?^IEA\S+\n)/smg;
    is(scalar @of, 2, 'two interchanges') or diag $answer->{body};
    is_deeply([segments($of[0], '997')], ['AK1*QM*12', 'AK2*214*0001', 'AK5*A', 'AK2*214*0002', 'AK5*A', 'AK9*A*2*2*2'], 'both could be read');
    is_deeply([grep {/^OTI|^REF/} segments($of[1], '824')], ['OTI*TR*TN*0002*****12*0002*214', "REF*ZZ*$interchange*interchange"], 'one is refused');
    my @numbers = map {/\*(\d{9})\*0\*P/} @of;
    is($numbers[1], sprintf('%09d', $numbers[0] + 1), 'the next number of ours');
    is(post_edi($gw, $token{advised}, $body)->{body}, $answer->{body}, 'the same bytes get both again');
    $body = x12([status('X6', 'NOBODYS', 8)]);
    $answer = post_edi($gw, $token{advised}, $body);
    is($answer->{status}, 422, 'nothing was taken') or diag $answer->{body};
    like($answer->{body}, qr/^AK9\*A\*1\*1\*1~.*^OTI\*TR\*/sm, 'but read');
    my $again = post_edi($gw, $token{advised}, $body);
    is($again->{body}, $answer->{body}, 'and its number is used');
    is($again->{status}, 422, 'the same bytes were taken neither time');
    $again = post_edi($gw, $token{advised}, $body, Accept => 'application/json');
    is_deeply([$again->{status}, map { $_->{code} } @{ $again->json->{errors} }], [422, 'replayed'], 'as JSON says') or diag $again->{body};
    my $edifact = iftsta(ask => 1) =~ s/BGM\+77\+\d+/BGM+77+NOBODYS/r;
    $answer = post_edi($gw, $token{advised}, $edifact);
    like($answer->{body}, qr/UCI\+\d+\+SENDER:14\+OURS\+7'.*^UNH\+1\+APERAK:D:01B:UN'.*^ERC\+UNKNOWN::ZZZ'/sm, 'CONTRL and APERAK') or diag $answer->{body};
    $answer = post_edi($gw, $token{sender}, x12([status('X6', 'NOBODYS', 8)]));
    like($answer->{body}, qr/^AK9\*R\*1\*1\*0~/m, 'else it is R');
};

subtest 'nothing to say' => sub {
    my $id = later(sender => x12([status('X6', $TRACKING, 3)]));
    closed(sender => $id, 'delivered');
    my $answer = message(sender => $id, $X12);
    is($answer->{status}, 204, 'what is in Odoo is not refused') or diag $answer->{body};
    my $event = { v => 1, id => 'ev_' . '1' x 64, type => 'shipment.delivered', timing => 'actual', occurred_at => '2026-11-20T10:00:00Z',
        local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => 'NOBODYS' }], src => { partner => 'sender', format => 'json' } };
    $id = $gw->post_json('/v1/later/tracking-events', $event, bearer($token{sender}))->json->{message};
    closed(sender => $id, 'failed');
    is(message(sender => $id, $X12)->{status}, 204, 'what was no EDI has no number to be named by');
};

subtest 'to whom' => sub {
    my $id = later(none => x12([status('D1', 'NOBODYS', 4)]));
    closed(none => $id, 'failed');
    my $answer = message(none => $id, $X12);
    is($answer->{status}, 406, 'who has agreed on no ids') or diag $answer->{body};
    is($answer->json->{errors}[0]{detail}, qq(Accept "$X12" is none of what there is of this: application/json));
    is(message(other => $id, $X12)->{status}, 404, "another's message is not there");
};
finish($gw);
done_testing();
