# EDI on a route of its own kind of records: content types, which mapping a set gets, outcomes set by set
# with the place of what is wrong.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi qw(x12 status last_control post_edi);

my $PATH = '/v1/tracking-events';

# A mapping of status sets: which sets, and where the number, the code and the time stand.
sub mapping {
    my ($name, $input, %at) = @_;
    return ("mappings/$name.yaml" => <<"END");
mapping: $name
input: $input
emit:
  - for_each: $at{each}
    v: 1
    id: {hash: [\$partner, $at{number}, $at{code}, $at{date}], prefix: ev_}
    type: {lookup: {D1: shipment.delivered, "21": shipment.delivered, X6: shipment.in_transit}, key: $at{code}, else: error}
    timing: actual
    occurred: {date: $at{date}, formats: [CCYYMMDDHHmm, CCYYMMDD]}
    refs: [{t: tracking, v: $at{number}}]
    src: {partner: \$partner, format: $at{format}}
END
}

my $gw = gateway(odoo => 19, odoo_args => ['--stock-delivery'], policies => {
    mapping('t-214', '{format: x12, set: "214", versions: ["004010"]}', each => 'AT7', format => 'x12',
        number => '^/B10/01', code => '01', date => '05'),
    mapping('t-214-v5', '{format: x12, set: "214", versions: ["005010"]}', each => 'AT7', format => 'x12',
        number => '^/B10/02', code => '01', date => '05'),
    mapping('t-210', '{format: x12, set: "210"}', each => 'N9', format => 'x12', number => '02', code => '01', date => '03'),
    mapping('t-iftsta', '{format: edifact, set: IFTSTA}', each => 'STS', format => 'edifact',
        number => '"^/BGM/1/0"', code => '1/0', date => '"DTM[0/0=334]/0/1"'),
    'partners/edi-route.yaml' => <<'END',
partner: edi-route
identities: [{issuer: https://demo.logistics.example/, client_id: edi-route}]
scopes: [tracking:write]
odoo: {scope: all}
timezone: America/Denver
formats: {tracking-events: {x12: [t-210, t-214, t-214-v5], edifact: t-iftsta}}
END
});
my $token = $gw->token(partner => 'edi-route');

sub sets { return x12([@_], sender => 'EDIROUTE', version => '004010') }

sub post {
    my ($type, $body) = @_;
    return post_edi($gw, $token, $body, path => $PATH, 'Content-Type' => $type, Accept => 'application/json');
}

# The time stands with the status, as most write it.
sub iftsta {
    return Logistics::Edi::iftsta() =~ s/DTM\+137:\d+:203'(STS.*?')/$1DTM+334:202611200915:203'/r;
}

subtest 'content types' => sub {
    for my $case (
        ['application/edi-x12', sets(status('D1'))], ['application/EDI-X12', sets(status('D1'))],
        ['application/edi-consent', sets(status('D1'))], ['text/plain; charset=us-ascii', sets(status('D1'))],
        ['application/edifact', iftsta()], ['application/edi-consent', iftsta()], ['text/plain', iftsta()]) {
        my ($type, $body) = @$case;
        my $answer = post($type, $body);
        is($answer->{status}, 200, $type . ': ' . substr $body, 0, 3) or diag $answer->{body};
        is($answer->json->{records}[0]{type}, 'shipment.delivered');
    }
    my $answer = post('application/edifact', sets(status('D1')));
    is($answer->{status}, 400, 'X12 that says it is EDIFACT') or diag $answer->{body};
    is($answer->json->{errors}[0]{code}, 'edi-header');
    $answer = post('text/csv', sets(status('D1')));
    is($answer->{status}, 415, 'what is not agreed');
    like($answer->json->{detail}, qr{send application/json, application/edi-x12, application/edifact}, 'is told');
};

subtest 'outcomes set by set' => sub {
    my $answer = post('application/edi-x12', sets(status('D1'), status('WOT'), status('X6', 'NOSUCHNUMBER1')));
    my @records = @{ $answer->json->{records} };
    is_deeply([map { $_->{index} } @records], [0, 1, 2]);
    is($records[1]{outcome}, 'refused');
    my $problem = $records[1]{problem};
    is_deeply([@$problem{qw(segment element line)}], [3, 1, 9], 'the place: segment, element, line') or diag explain $problem;
    like($problem->{detail}, qr/WOT/);
    is($problem->{pointer}, '/segments/2/AT7/01', 'and in the tree');
};

subtest 'the guide of the set' => sub {
    my ($type, $b10, $at7) = @{ status('D1') };
    my $answer = post('application/edi-x12', sets(
        [$type, $b10 =~ s/\*SCAC$//r, $at7], [$type, 'L11*7*PO', $at7], [$type, $b10, $at7 =~ s/20261120/20261320/r],
        [$type, $b10, $at7 =~ s/NS/ZZ/r]));
    my @records = @{ $answer->json->{records} };
    is_deeply([map { $_->{outcome} eq 'refused' ? 1 : 0 } @records], [1, 1, 1, 0], 'an element, a segment, a date; a code is no reason')
        or diag($answer->{body});
    my @problems = map { $_->{problem} // {} } @records;
    is_deeply([map { [@$_{qw(code segment element)}] } @problems[0 .. 2]],
        [['missing', 2, 3], ['missing', 2, undef], ['bad_date', 3, 5]], 'what and where') or diag(explain(\@problems));
    is($problems[0]{pointer}, '/segments/1/B10/03', 'in the tree');
    like($problems[0]{detail}, qr{B10/03 \(standard carrier alpha code\) is missing}, 'in words');
    like($problems[1]{detail}, qr/segment B10 is missing/);
};

subtest 'versions and sets' => sub {
    my ($type, $b10, $at7) = @{ status('D1', 'PRO-UNUSED') };
    my $v5 = sets([$type, $b10, 'LX*1', $at7]) =~ s/\*004010~/*005010~/r =~ s/B10\*PRO-UNUSED\*2/B10*X*00340434161094042557/r;
    my $answer = post('application/edi-x12', $v5);
    is($answer->{status}, 200, 'the mapping of its version') or diag $answer->{body};
    $answer = post('application/edi-x12', sets(['990', 'B1*SCAC*1']));
    is($answer->{status}, 422, 'a set that nobody agreed on');
    like($answer->json->{errors}[0]{detail}, qr/no mapping that is agreed for x12 is for this document: "t-210" \(set "210"\); "t-214" \(set "214", version "004010"\)/);
    $answer = post('application/edi-x12', sets([$type, $b10, 'LX*1', $at7]) =~ s/\*004010~/*007010~/r);
    is($answer->{status}, 422, 'a version that nobody agreed on');
    like($answer->json->{errors}[0]{detail}, qr/for this document: "t-214" \(set "214", version "004010"\); "t-214-v5"/,
        'names the mappings of its set alone');
};
finish($gw);
done_testing();
