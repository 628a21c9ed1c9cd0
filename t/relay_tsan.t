# logistics-relay under ThreadSanitizer: its two threads share the policies. Deliveries, callbacks, reloads, a Redis that
# restarts, and the end. Then the same program without its lock: there something has to be found.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Receiver;
use Logistics::Test;
use File::Temp ();
use MIME::Base64 qw(encode_base64);

my $LATER = '/v1/later/tracking-events';
my $dir = File::Temp->newdir;
my $port = free_port();
my $receiver = start_receiver($port, "$dir/log");
spew("$dir/secret", 'whsec_' . encode_base64(join('', map {chr} 1 .. 32), '') . "\n");

sub partner_file {
    my ($path, $retry) = @_;
    return "partner: cb-$path\nidentities: [{issuer: https://demo.logistics.example/, client_id: cb-$path}]\n"
        . "scopes: [tracking:write, trace:read]\nodoo: {scope: all}\n"
        . "callback: {url: \"http://127.0.0.1:$port/$path\", allow: [127.0.0.0/8], timeout: 2s, schedule: [$retry, 20ms], "
        . "secret: {file: $dir/secret}}\n";
}

my $seed = File::Temp->new(SUFFIX => '.json');
print $seed encode_json({ 'stock.picking' => [{ id => 100, name => 'WH/OUT/9', carrier_tracking_ref => 'T1', state => 'assigned',
    picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9 }] });
$seed->flush;
my @partners = qw(ok flaky down hang);
my $gw = gateway(append_only => 1, lease => '5s', relay_program => 'tsan/logistics-relay', odoo_args => ['--stock-delivery', '--seed', "$seed"],
    policies => { map { ("partners/cb-$_.yaml" => partner_file($_, '10ms')) } @partners });
my %token = map { $_ => $gw->token(partner => "cb-$_") } @partners;
my $serial = 0;
local $ENV{TSAN_OPTIONS} = 'exitcode=66';

sub send_event {
    my ($partner) = @_;
    my $event = { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $serial % 7 ? 'T1' : 'nowhere' }], src => { partner => "cb-$partner", format => 'json' } };
    my $answer;
    wait_for(sub { $answer = $gw->post_json($LATER, $event, bearer($token{$partner})); $answer->{status} == 202 }, 60, "a 202 for $partner");
    return $answer->json->{message};
}

sub n_reloads { return scalar(() = $gw->relay_log =~ /relay: policies [0-9a-f]{12}/g) }

# Other policies each time, so that those before are freed. To load them takes the sanitized relay 2 s of CPU time.
sub reload {
    my ($relay, $n) = @_;
    my $before = n_reloads();
    $gw->edit_policies('partners/cb-down.yaml' => partner_file('down', (10 + $n) . 'ms'));
    $relay->kill('HUP');
    wait_for(sub { n_reloads() > $before || !$relay->alive }, 60, 'new policies');
    return;
}

sub state_of { my ($id) = @_; my ($key) = @{ $gw->redis_cmd('KEYS', "lgs:*:m:$id") }; return $key && $gw->redis_cmd('HGET', $key, 'callback_state') // '' }

subtest 'nothing is found' => sub {
    my $relay = $gw->start_relay;
    my @sent;
    for my $n (1 .. 3) {
        push @sent, map { send_event($_) } (qw(ok flaky down ok)) x 3;
        push @sent, send_event('hang') if $n == 1;
        reload($relay, $n);
    }
    wait_for(sub { !grep { state_of($_) !~ /^(?:sent|given-up)$/ } @sent }, 120, 'all outcomes to be told, or given up');
    $gw->{redis_server}->stop('KILL');
    $gw->{redis_server}->run;
    my @later = map { send_event($_) } @partners;
    wait_for(sub { state_of($later[0]) eq 'sent' }, 60, 'it goes on');
    send_event('hang');
    $relay->stop('TERM');
    is($relay->status, 0, 'it ends as it should') or diag $gw->relay_log;
    unlike($gw->relay_log, qr/ThreadSanitizer/) or diag $gw->relay_log;
    @{ $gw->{relays} } = ();
};

subtest 'without its lock it is' => sub {
    $gw->{relay_program} = 'tsan/logistics-relay-race';
    my $relay = $gw->start_relay;
    my $n = 0;
    wait_for(sub { send_event('ok'); reload($relay, 100 + ++$n); $gw->relay_log =~ /ThreadSanitizer: data race/ }, 120, 'a data race to be found');
    like($gw->relay_log, qr/relay_policies_/, 'at its place') or diag $gw->relay_log;
    $relay->stop('KILL');
    @{ $gw->{relays} } = ();
};

finish($gw);
done_testing();
