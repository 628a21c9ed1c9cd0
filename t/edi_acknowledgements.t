# Acknowledgements that come in, by the shipped routes and packs: whoever sends or reads EDI may say what became of
# what we sent.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi qw(x12 last_control post_edi segments);

sub partner {
    my ($name, $scopes) = @_;
    return ("partners/$name.yaml" => <<"END");
partner: $name
identities: [{issuer: https://demo.logistics.example/, client_id: $name}]
scopes: [$scopes, trace:read]
timezone: UTC
odoo: {contact_id: 9}
edi: {id: [ZZ/SENDER, "14/SENDER"], ours: [ZZ/OURS, "14/OURS"]}
END
}

my %scopes = (supplier => 'asns:write', customer => 'invoices:read', fleet => 'fleet:write');
my $gw = gateway(odoo => 19, policies => { map { partner($_, $scopes{$_}) } keys %scopes });
my %token = map { $_ => $gw->token(partner => $_) } keys %scopes;

sub json { my ($who, $body, %more) = @_; return post_edi($gw, $token{$who}, $body, Accept => 'application/json', %more) }

sub of_997 { return x12([['997', 'AK1*SH*7', 'AK2*856*0001', 'AK5*R*5', 'AK9*R*1*1*0']], group => 'FA', version => '004010', @_) }

sub of_824 {
    return x12([['824', 'BGN*11*ADV-1*20261120*1014', 'OTI*TR*IV*INV-1*OURS*SENDER*20261119*0900*41*0003*810', 'TED*007*MISSING DATA']],
        group => 'AG', version => '004010');
}

my $n_edifact = 0;

sub edifact {
    my ($type, @body) = @_;
    my $number = ++$n_edifact;
    return "UNB+UNOA:3+SENDER:14+OURS:14+261121:0930+${number}'UNH+1+$type:UN'" . join('', map {"$_'"} @body) . 'UNT+' . (@body + 2) . "+1'UNZ+1+$number'";
}

subtest 'who only reads EDI, who only sends other sets' => sub {
    for my $who (qw(supplier customer)) {
        for my $case (['997', of_997()], ['CONTRL', edifact('CONTRL:D:3', 'UCI+IREF+OURS:14+SENDER:14+4+26')]) {
            my ($set, $body) = @$case;
            my $answer = json($who, $body);
            is($answer->{status}, 200, "$who: $set") or diag $answer->{body};
            my $record = $answer->json->{records}[0];
            is_deeply([@$record{qw(set route type)}], [$set, 'acknowledgements', 'document.rejected']) or diag $answer->{body};
            is($answer->json->{acknowledgement}, undef, 'and nothing is said to it');
        }
        my $answer = json($who, of_824());
        isnt($answer->json->{records}[0]{problem}{code} // '', 'scope-missing', "$who: 824") or diag $answer->{body};
        like($answer->json->{acknowledgement}, qr/^AK1\*AG\*12~\nAK2\*824\*0001~/m, 'which is acknowledged');
        $answer = json($who, edifact('APERAK:D:96A', 'BGM+305+ACK-9+27', 'RFF+ON:PO-1', 'ERC+42::91'));
        isnt($answer->json->{records}[0]{problem}{code} // '', 'scope-missing', "$who: APERAK") or diag $answer->{body};
    }
    my $answer = json(customer => of_997(), path => '/v1/acknowledgements');
    is($answer->{status}, 200, 'on their own path') or diag $answer->{body};
};

subtest 'in their trace' => sub {
    my $answer = json(supplier => of_997());
    my $trace = wait_for(sub { my $found = $gw->get('/v1/traces/' . $answer->header('X-Correlation-Id'), bearer($token{supplier})); $found->{status} == 200 && $found },
        10, 'the trace');
    like($trace->{body}, qr/x12_set/, 'by the number of what we sent') or diag $trace->{body};
};

subtest 'who may not' => sub {
    is(json(fleet => of_997())->{status}, 403, 'neither sends nor reads EDI');
    my $answer = json(customer => x12([['850', 'BEG*00*SA*PO-1**20261120']]));
    is($answer->json->{records}[0]{problem}{code}, 'scope-missing', 'another set needs its own scope') or diag $answer->{body};
    $answer = $gw->post_json('/v1/acknowledgements', { v => 1, id => 'ev_' . '1' x 64, type => 'shipment.delivered', timing => 'actual',
            occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00', refs => [{ t => 'tracking', v => '1' }],
            src => { partner => 'customer', format => 'json' } }, bearer($token{customer}));
    is($answer->{status}, 422, 'another event, by this scope') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'type-not-taken');
};

finish($gw);
done_testing();
