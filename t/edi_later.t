# EDI on a route that delivers later, or that is asked to: acknowledged when it is in the queue, once by its control
# number, delivered by the relay.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Edi;

my $X12 = 'application/edi-x12';
my $PATH = '/v1/later/tracking-events';
my %mappings = edi_mappings();
# As the shipped packs say where a record came from.
s/(src: \{partner: \$partner, format: x12)\}/$1, msg: "214", ctl: [\$\/message\/interchange, \$\/message\/group, \$\/message\/control]}/ for values %mappings;
my $gw = gateway(odoo => 19, append_only => 1, relay => 1, odoo_args => ['--stock-delivery'], policies => {
    %mappings,
    'partners/sender.yaml' => <<'END',
partner: sender
identities: [{issuer: https://demo.logistics.example/, client_id: sender}]
scopes: [tracking:write, trace:read]
timezone: America/Denver
odoo: {scope: all}
limits: {rate: 1000/s, burst: 1000}
formats: {tracking-events-later: {x12: t-214, edifact: t-iftsta}, tracking-events: {x12: t-214}}
edi: {id: [ZZ/SENDER, "14/SENDER"], ours: OURS}
END
});
my $token = $gw->token(partner => 'sender');

sub later { my ($body, %more) = @_; return post_edi($gw, $token, $body, path => $PATH, Accept => $X12, %more) }

sub is_delivered {
    my ($location, $status) = @_;
    my $is = wait_for(sub { my $m = $gw->get($location, bearer($token))->json; return $m->{status} ne 'accepted' && $m->{closed_at} && $m }, 30, 'an outcome');
    return is($is->{status}, $status // 'delivered');
}

subtest 'a 997 with the 202, once' => sub {
    my $body = x12([status('D1'), status('X6', $TRACKING, 1)]);
    my $answer = later($body);
    is($answer->{status}, 202, 'taken') or diag $answer->{body};
    is($answer->header('Content-Type'), $X12);
    is_deeply([segments($answer->{body}, '997')], ['AK1*QM*12', 'AK2*214*0001', 'AK5*A', 'AK2*214*0002', 'AK5*A', 'AK9*A*2*2*2']);
    like($answer->header('Location'), qr{^/v1/messages/[0-9a-f-]{36}$}, 'where its outcome will be');
    is_delivered($answer->header('Location'));
    my $again = later($body);
    is($again->{status}, 200, 'the same bytes') or diag $again->{body};
    is($again->{body}, $answer->{body}, '... get the same acknowledgement');
    is($again->header('Idempotency-Replayed'), 'true');
    is($again->header('Location'), undef, '... and nothing is queued');
    my $other = later($body =~ s/AT7\*D1/AT7*X3/r);
    is($other->{status}, 422, 'other bytes under its number');
    like($other->{body}, qr/^TA1\*.*\*R\*025~$/m);
};

subtest 'in JSON' => sub {
    my $answer = later(x12([status('D1', $TRACKING, 2)]), Accept => 'application/json', Prefer => 'wait=10');
    is($answer->{status}, 202, 'nothing is waited for: the acknowledgement is the answer') or diag $answer->{body};
    my $body = $answer->json;
    is($body->{status}, 'accepted');
    is("/v1/messages/$body->{message}", $answer->header('Location'));
    is_deeply([map { [@$_{qw(index outcome)}] } @{ $body->{records} }], [[0, 'accepted']]);
    like($body->{acknowledgement}, qr/^AK9\*A\*1\*1\*1~/m);
    is($body->{interchanges}[0]{outcome}, 'read');
    is_delivered($answer->header('Location'));
};

subtest 'what is refused by itself' => sub {
    my $answer = later(x12([status('D1', $TRACKING, 3), status('WOT')]));
    is($answer->{status}, 202, 'the good one is taken') or diag $answer->{body};
    is((segments($answer->{body}, 'partly'))[-1], 'AK9*P*2*2*1');
    is_delivered($answer->header('Location'));
    $answer = later(x12([status('WOT')]));
    is($answer->{status}, 422, 'nothing is') or diag $answer->{body};
    is((segments($answer->{body}, 'none'))[-1], 'AK9*R*1*1*0');
    is($answer->header('Location'), undef);
};

subtest 'what Odoo refuses is in no acknowledgement, but in an advice' => sub {
    my $answer = later(x12([status('D1', 'NOBODYS')]));
    is($answer->{status}, 202) or diag $answer->{body};
    is((segments($answer->{body}, 'accepted'))[-1], 'AK9*A*1*1*1', 'it can be read');
    is_delivered($answer->header('Location'), 'failed');
    like($gw->get($answer->header('Location'), bearer($token), Accept => $X12)->{body}, qr/^OTI\*TR\*/m, 'an 824');
};

subtest 'EDIFACT' => sub {
    my $answer = later(iftsta(ask => 1), Accept => 'application/edifact');
    is($answer->{status}, 202) or diag $answer->{body};
    is_deeply([segments($answer->{body}, 'CONTRL')], ['UCI+' . last_control() . '+SENDER:14+OURS+7']);
    is_delivered($answer->header('Location'));
    $answer = later(iftsta(), Accept => 'application/edifact');
    is($answer->{status}, 202, 'no CONTRL is asked for') or diag $answer->{body};
    is($answer->{body}, '');
};

subtest 'a route that delivers now is asked for later' => sub {
    my $answer = later(x12([status('D1', $TRACKING, 5)]), path => '/v1/tracking-events', Prefer => 'respond-async');
    is($answer->{status}, 202) or diag $answer->{body};
    is($answer->header('Preference-Applied'), 'respond-async');
    is((segments($answer->{body}, '997'))[-1], 'AK9*A*1*1*1');
    is_delivered($answer->header('Location'));
};

finish($gw);
done_testing();
