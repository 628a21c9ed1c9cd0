# Shares of the relay: critical has a call of its own, and of standard and bulk neither keeps the other away.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Process qw(fork_child);
use Logistics::Test;

my $BATCH = 4;
my $BACKLOG = 240;
my $POSTERS = 2 * $BATCH - 1; # of what they post every other delivery is not full

my $seed = File::Temp->new(SUFFIX => '.json');
print $seed encode_json({ 'stock.picking' => [map { +{ id => 100 + $_, name => "WH/OUT/$_", carrier_tracking_ref => "T$_",
    state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9 } } 1 .. $BACKLOG + 100 * ($POSTERS + 2)] });
$seed->flush;
my $gw = gateway(append_only => 1, odoo_args => ['--stock-delivery', '--seed', "$seed"], policies => {
    'gateway.yaml' => sub { s/\z/queue: {batch: $BATCH, calls: 2}\n/ },
    'partners/ops.yaml' => sub { s/^limits:.*\n//m },
    map { ("routes/$_.yaml" => <<"END") } qw(critical standard bulk),
route: $_
path: /v1/$_
methods: {POST: {scope: tracking:write}}
record: event
class: $_
formats: {json: canonical}
deliver: {mode: later, odoo: events-to-odoo}
END
});
my $token = $gw->token(partner => 'ops');
my $serial = 0;

sub event {
    return { v => 1, id => sprintf('ev_%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => "T$serial" }], src => { partner => 'ops', format => 'json' } };
}

sub send_event { my ($class, @more) = @_; return $gw->post_json("/v1/$class", event(), bearer($token), @more) }

sub n_waiting {
    my ($class) = @_;
    my $n = 0;
    $n += $gw->redis_cmd('LLEN', $_) for @{ $gw->redis_cmd('KEYS', "*:q:$class") };
    return $n;
}

# Messages of the class that were delivered or given up so far.
sub n_closed {
    my ($class) = @_;
    my ($lane) = @{ $gw->redis_cmd('KEYS', '*:n') };
    my %counters = @{ $gw->redis_cmd('HGETALL', $lane) };
    my $n = 0;
    $n += $counters{$_} for grep { /^tries:\Q$class\E:/ } keys %counters;
    return $n;
}

sub closed {
    my ($id) = @_;
    wait_for(sub { $gw->get("/v1/messages/$id", bearer($token))->json->{status} eq 'delivered' }, 30, "message $id");
    return 1;
}

send_event('bulk')->{status} == 202 or die 'bulk' for 1 .. $BACKLOG;
$gw->odoo_control(latency_ms => 50);
$gw->start_relay;
wait_for(sub { n_waiting('bulk') < $BACKLOG - 20 }, 20, 'bulk to go');

subtest 'a backlog of bulk keeps neither standard nor critical away' => sub {
    for my $class (qw(standard critical standard critical)) {
        ok(closed(send_event($class)->json->{message}), "$class goes");
        cmp_ok(n_waiting('bulk'), '>', 2 * $BATCH, 'while a delivery of bulk is always ready');
    }
};

subtest 'what trickles in of standard does not keep bulk away' => sub {
    my @posters;
    for my $poster (1 .. $POSTERS) {
        $serial = $BACKLOG + 100 * $poster;
        push @posters, fork_child("poster $poster", sub { send_event('standard', Prefer => 'wait=10') while 1 });
    }
    wait_for(sub { n_closed('standard') > 2 * $POSTERS }, 30, 'standard to trickle');
    my ($bulk, $standard) = map { n_closed($_) } qw(bulk standard);
    wait_for(sub { n_closed('bulk') >= $bulk + 6 * $BATCH }, 30, 'bulk to go');
    ($bulk, $standard) = (n_closed('bulk') - $bulk, n_closed('standard') - $standard);
    cmp_ok(n_waiting('bulk'), '>', $BATCH, 'there is always some');
    # at most two deliveries for one of bulk; and one may be under way at the start and at the end
    cmp_ok($standard, '<=', 2 * $bulk + 2 * $BATCH, "both go: $bulk of bulk, $standard of standard");
    $_->stop for @posters;
};

$gw->odoo_control(latency_ms => 0);
wait_for(sub { !n_waiting('bulk') && !n_waiting('standard') }, 60, 'the rest');
finish($gw);
done_testing;
