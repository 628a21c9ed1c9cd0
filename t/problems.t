# docs/problems.md, docs/problem.schema.json and the gateway say the same about problems.
# sanitize: yes
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $SCHEMA = 'docs/problem.schema.json';
my $temp = File::Temp->newdir;

# ---- the table of formats/problem.c -----------------------------------------------------------------

my $source = slurp('ngx_logistics_module/formats/problem.c');
my ($table) = $source =~ /kinds\[LGS_N_PROBLEMS\] = \{(.*?)\n\};/s;
my %base = map { $_ => ($source =~ /#define $_\(slug\)\s+"([^"]+)" slug/)[0] } qw(OURS IANA);
my %kind;
while ($table =~ /\[LGS_PROBLEM_(\w+)\] = \{(\d+),\s*(OURS|IANA)\("([a-z0-9-]+)"\),\s*"([^"]*)",\s*(true|false)\}/g) {
    $kind{$4} = { status => $2, type => "$base{$3}$4", title => $5, retryable => $6 } if $1 ne 'NONE';
}
my ($enum) = slurp('ngx_logistics_module/formats/problem.h') =~ /typedef enum \{(.*?)LGS_N_PROBLEMS/s;
my @names = $enum =~ /\bLGS_PROBLEM_(\w+),/g;
is(scalar keys %kind, @names - 1, 'the table is read whole');

# The problems that are no outcome of one message's content say so by their status.
sub is_valid {
    my ($text, $what) = @_;
    spew("$temp/problem.json", $text);
    my ($rc, $out, $err) = ctl_run('validate', $SCHEMA, "$temp/problem.json");
    is($rc, 0, "$what follows the schema") or diag "$out$err$text";
}

sub is_like_table {
    my ($problem, $what) = @_;
    my ($slug) = $problem->{type} =~ m{([a-z0-9-]+)$};
    my $want = $kind{$slug} or return fail("$what: the table has $slug");
    is_deeply({ map { $_ => $problem->{$_} } qw(status type title) }, { map { $_ => $want->{$_} } qw(status type title) },
        "$what: status, type and title are the table's");
    is($problem->{retryable} ? 'true' : 'false', $want->{retryable}, "$what: retryable, too");
}

# ---- the page ---------------------------------------------------------------------------------------

my $page = slurp('docs/problems.md');
my ($overview, @sections) = split /^## /m, $page;
my %section = map { /^(\S+)\n/ ? ($1 => $_) : () } @sections;
my %row = map { $_->[0] => "$_->[1] $_->[2]" } map { [/^\| \[([\w-]+)\]\(#\g1\) \| (\d+) \| (yes|no) \|$/] } grep {/^\| \[/} split /\n/, $overview;

is_deeply([sort keys %section], [sort keys %kind], 'each problem has its section, and there is no other');
is_deeply(\%row, { map { $_ => "$kind{$_}{status} " . ($kind{$_}{retryable} eq 'true' ? 'yes' : 'no') } keys %kind },
    'the overview is right');

for my $slug (sort keys %kind) {
    my $want = $kind{$slug};
    my $text = $section{$slug} // '';
    my $is = $want->{retryable} eq 'true' ? 'retryable' : 'not retryable';
    like($text, qr/\A\Q$slug\E\n\n\Q$want->{status}\E · $is · \Q$want->{title}\E\n/, "$slug: the line below its heading");
    like($text, qr/^\*\*Do:\*\* \S/m, '... what to do');
    my ($example) = $text =~ /^```json\n(.*?)^```/ms;
    is_valid($example // '', '... its example');
    is_like_table(decode_json($example // '{"type":""}'), '... its example');
}

subtest 'the schema refuses what is none' => sub {
    my ($good) = $section{malformed} =~ /^```json\n(.*?)^```/ms;
    my %spoil = (
        'no type'          => sub { delete $_[0]{type} },
        'a status as text' => sub { $_[0]{status} = '400' },
        'a status of success' => sub { $_[0]{status} = 200 },
        'retryable as text' => sub { $_[0]{retryable} = 'false' },
        'an error without its code' => sub { delete $_[0]{errors}[0]{code} },
        'line 0'           => sub { $_[0]{errors}[0]{line} = 0 },
        'a strange member of an error' => sub { $_[0]{errors}[0]{file} = '/etc/x' },
        'no errors in errors' => sub { $_[0]{errors} = [] },
        'a foreign type'   => sub { $_[0]{type} = 'https://example.com/x' },
    );
    for my $what (sort keys %spoil) {
        my $problem = decode_json($good);
        $spoil{$what}->($problem);
        spew("$temp/spoilt.json", encode_json($problem));
        is((ctl_run('validate', $SCHEMA, "$temp/spoilt.json"))[0], 1, $what);
    }
};

# ---- what the gateway really sends ------------------------------------------------------------------

my $behind = upstream(sub { return $_[0]{headers}{'x-correlation-id'} eq 'cut' ? 'cut' : [200, {}, {}] });
my $gw = gateway(forward => $behind, odoo_args => ['--stock-delivery'], policies => {
    'partners/tight.yaml' => <<'END',
partner: tight
identities: [{issuer: https://demo.logistics.example/, client_id: tight}]
scopes: [tracking:write]
odoo: {scope: all}
limits: {rate: 1/day, burst: 1}
END
    'gateway.yaml' => sub { s/body: 20m/body: 64k/ },
});
my %token = map { $_ => $gw->token(partner => $_) } qw(dhl acme-express ops north-telematics tight);
my $FORWARD = '/v1/forward/tracking-events';
my $EVENT = {
    v => 1, id => 'ev_' . 'c' x 64, type => 'shipment.delivered', timing => 'actual',
    occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
    refs => [{ t => 'tracking', v => 'nowhere' }], src => { partner => 'ops', format => 'json' } };
my $DHL = slurp('docs/examples/dhl-delivered.json');

sub as { return bearer($token{ $_[0] }) }

my %seen;

sub refused {
    my ($what, $slug, $answer) = @_;
    my $problem = eval { $answer->json } // {};

    subtest $what => sub {
        is($answer->header('Content-Type'), 'application/problem+json');
        is($problem->{status}, $answer->{status}, 'the status of the answer');
        like($problem->{type}, qr/[#\/]\Q$slug\E$/, "is $slug") or diag $answer->{body};
        is($problem->{correlation_id}, $answer->header('X-Correlation-ID'), 'the id of the header');
        is($problem->{instance}, "urn:ngx-logistics:$problem->{correlation_id}");
        is(defined $answer->header('Retry-After'), $answer->{status} =~ /^(?:429|503)$/ ? !!1 : !!0,
            'Retry-After with 429 and 503');
        is_valid($answer->{body}, 'it');
        is_like_table($problem, 'it');
        unlike($answer->{body}, qr{Traceback|/opt/|/usr/|psycopg2}, 'no insides of Odoo');
    };
    $seen{$slug}++;
    diag $answer->{body} if $ENV{LGS_SHOW};
}

refused('no token', 'unauthenticated', $gw->post_json($FORWARD, $EVENT));
refused('a bad token', 'unauthenticated', $gw->post_json($FORWARD, $EVENT, bearer('x.y.z')));
refused('no scope', 'forbidden', $gw->post_json('/v1/fleet-readings', {}, as('dhl')));
refused('no route', 'no-route', $gw->get('/v1/tracking', as('dhl')));
refused('no route, and not /v1/ either', 'no-route', $gw->get('/v1', as('dhl')));
refused('another method', 'method-not-allowed', $gw->get($FORWARD, as('ops')));
refused('no such trace', 'not-found', $gw->get('/v1/traces/nothing', as('ops')));
refused('a query without a key', 'bad-request', $gw->get('/v1/traces', as('ops')));
refused('not JSON', 'malformed', $gw->post_json($FORWARD, "{\n  \"v\": 1,\n  \"v\": 2}", as('ops')));
refused('no body', 'malformed', $gw->post_json($FORWARD, '', as('ops')));
refused('another type', 'media-type', $gw->post_json($FORWARD, '<x/>', as('ops'), 'Content-Type' => 'application/xml'));
refused('a large body', 'too-large', $gw->post_json($FORWARD, '"' . 'x' x 70_000 . '"', as('ops')));
refused('a large body in chunks', 'too-large', $gw->request('POST', $FORWARD, [as('ops'),
    'Content-Type' => 'application/json', 'Transfer-Encoding' => 'chunked'], sprintf("%x\r\n%s\r\n0\r\n\r\n", 70_000, 'x' x 70_000)));
refused('off the canonical schema', 'schema-invalid', $gw->post_json($FORWARD, { v => 1, type => 'x' }, as('ops')));
refused('many errors', 'documents-refused', $gw->post_json($FORWARD, [map { { v => $_ } } 2 .. 40], as('ops')));
refused("off the partner's schema", 'schema-invalid', $gw->post_json($FORWARD, { shipments => 1 }, as('dhl')));
refused('a date that is none', 'untranslatable',
    $gw->post_json($FORWARD, slurp('lua-free-policies/cases/dhl-unified/bad-date/input.json'), as('dhl')));
$gw->post_json($FORWARD, $EVENT, as('tight'));
refused('too fast', 'quota-exceeded', $gw->post_json($FORWARD, $EVENT, as('tight')));
refused('a service that hangs up', 'upstream-away',
    $gw->post_json($FORWARD, $EVENT, as('ops'), 'X-Correlation-ID' => 'cut'));

my %fault = (
    'access-error' => 'odoo-credentials', 'html404' => 'odoo-away', 'serialization' => 'odoo-busy',
    'cut-before' => 'odoo-uncertain', 'load-serialization' => 'odoo-busy');
refused('nobody in Odoo has that number', 'unknown-reference', $gw->post_json('/v1/tracking-events', $EVENT, as('ops')));
for my $fault (sort keys %fault) {
    $gw->odoo_control(reset => JSON::PP::true, fault => $fault, times => 0, match => 'load');
    refused("Odoo: $fault", $fault{$fault}, $gw->post_json('/v1/tracking-events', $DHL, as('acme-express')));
}
$gw->stop_odoo;
refused('Odoo is down', 'odoo-away', $gw->post_json('/v1/tracking-events', $DHL, as('acme-express')));
cmp_ok(scalar keys %seen, '>=', 17, 'most kinds were seen');

finish($gw);
done_testing;
