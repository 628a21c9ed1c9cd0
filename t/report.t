# Stage validate in report mode: what would have been refused passes, is counted and traced.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $PATH = '/v1/tracking-events';
my $EXAMPLE = slurp(root() . '/docs/examples/dhl-delivered.json');
my $TRACKING = decode_json($EXAMPLE)->{shipments}[0]{id};

# A schema that the example does not fit, in a draft of its own.
my $SCHEMA = encode_json({
    '$schema' => 'http://json-schema.org/draft-07/schema#',
    type => 'object', required => ['shipments', 'batch'],
});

sub gateway_with {
    my ($mode) = @_;
    return gateway(odoo_args => ['--stock-delivery'], policies => {
        'schemas/dhl-unified.json' => $SCHEMA,
        'routes/tracking-events.yaml' => sub { s/$/\nstages: {validate: $mode}\n/ },
    });
}

sub verdicts {
    my ($gw, $verdict) = @_;
    my $line = qr/^logistics_stage_verdicts_total\{stage="validate",verdict="$verdict"\} (\d+)$/m;
    return $gw->get('/metrics')->{body} =~ $line ? $1 : 0;
}

for my $case (['enforce', 422, 'refuse'], ['report', 200, 'report'], ['off', 200, 'off']) {
    my ($mode, $status, $verdict) = @$case;
    my $gw = gateway_with($mode);
    my $token = $gw->token(partner => 'acme-express');
    my $answer = $gw->request('POST', $PATH,
        [bearer($token), 'Content-Type' => 'application/json'], $EXAMPLE);
    my $id = $answer->header('X-Correlation-Id') // $answer->json->{correlation_id};
    my $trace;

    is($answer->{status}, $status, "$mode: answered with $status") or diag($answer->{body});
    wait_for(sub { verdicts($gw, $verdict) == 1 }, 5, "$mode: the verdict to be counted");
    is(verdicts($gw, $verdict), 1, "$mode: counted as $verdict");
    wait_for(sub {
        my $got = $gw->get("/v1/traces/$id", bearer($token));
        $trace = $got->{status} == 200 ? $got->json : undef;
        return $trace && @{ $trace->{requests} // [] };
    }, 5, "$mode: the trace to be readable");
    my ($request) = @{ $trace->{requests} };
    is($request->{stages}{validate}[0], $verdict, "$mode: traced as $verdict");
    if ($mode eq 'off') {
        is($request->{detail} // '', '', 'off: nothing was looked at');
    } else {
        like($request->{detail}, qr/"batch" is missing/, "$mode: the trace says what was wrong");
    }
    if ($mode eq 'enforce') {
        is($answer->json->{errors}[0]{pointer} // 'none', '', 'enforce: with its pointer');
    } else {
        is($answer->json->{records}[0]{outcome}, 'written', "$mode: the record went to Odoo");
    }
    finish($gw);
}
done_testing;
