# Chaos: several partners send known events, some twice, while workers, relays, Redis and Odoo are killed or cut
# off. In the end what got a 202 is in Odoo exactly once and in order for each shipment, or it is a dead letter
# because Odoo refuses it.
#
#   perl t/chaos.t [--seed N] [--events N]        make chaos: 100,000 events
#
# The seed decides the events and the kinds and order of faults; when they strike depends on the machine.
use strict;
use warnings;
use lib 't/lib';
use Getopt::Long;
use List::Util qw(sum0);
use Logistics::Chaos qw(make_plan run_sender read_sent compare history);
use Logistics::Process qw(fork_child);
use Logistics::Test;
use Time::HiRes qw(time);

my %opt = (seed => $ENV{CHAOS_SEED} // time & 0xffff, events => $ENV{CHAOS_EVENTS} // 12000);
GetOptions(\%opt, 'seed=i', 'events=i') or die "see the head of t/chaos.t\n";
my $N_PARTNERS = 4;
my $SHIPMENTS = 40; # of each partner

diag "chaos: --seed $opt{seed} --events $opt{events}";
srand $opt{seed};
my @partners = ('ops', map {"ops-$_"} 2 .. $N_PARTNERS);
my @plans = map { my $p = $_; make_plan($partners[$p], 1 + $p * 10_000_000, $opt{events} / $N_PARTNERS, [map {"T$p-$_"} 1 .. $SHIPMENTS]) }
    0 .. $#partners;
my @fault_seeds = map { rand } 1 .. 10_000;

my $seed = File::Temp->new(SUFFIX => '.json');
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
my $serial = 100;
print $seed encode_json({ 'stock.picking' => [map { my $p = $_; map { +{ id => ++$serial, name => "WH/OUT/9$serial",
    carrier_tracking_ref => "T$p-$_", %transfer } } 1 .. $SHIPMENTS } 0 .. $#partners] });
$seed->flush;

my $schedule = '[' . join(', ', ('100ms') x 4, ('500ms') x 4, ('1s') x 22) . ']';
my $later = slurp(root() . '/lua-free-policies/routes/tracking-events-later.yaml');
$later =~ s/odoo: events-to-odoo/odoo: events-to-odoo, schedule: $schedule/ or die 'route';
my %routes = map { my $class = $_; my $text = $later; $text =~ s/tracking-events-later/tracking-events-$class/;
    $text =~ s{/v1/later/}{/v1/$class/}; $text =~ s/class: critical/class: $class/; ("routes/tracking-events-$class.yaml" => $text) }
    qw(standard bulk);
my $ops = slurp(root() . '/lua-free-policies/partners/ops.yaml') =~ s/^limits:.*\n//mr;
my %partner_files = map { my $name = $_; ("partners/$name.yaml" => $ops =~ s/partner: ops\b/partner: $name/r =~ s/client_id: ops\b/client_id: $name/r) }
    @partners;

my $gw = gateway(append_only => 1, relay => 1, lease => '3s', odoo_args => ['--stock-delivery', '--seed', "$seed"],
    policies => { %routes, %partner_files, 'routes/tracking-events-later.yaml' => $later });
$gw->start_relay('second');

# ---- faults ----

sub any { my ($list) = @_; return $list->[shift(@fault_seeds) * @$list] }

sub restart_relay {
    my ($signal) = @_;
    my $relay = splice @{ $gw->{relays} }, shift(@fault_seeds) * @{ $gw->{relays} }, 1;
    $relay->stop($signal);
    $gw->start_relay("relay-" . ++$serial);
    return;
}

sub pass_time { my ($seconds) = @_; my $end = time + $seconds; wait_for(sub { time >= $end }, $seconds + 5, 'time'); return }

sub cut {
    my ($fault, %more) = @_;
    eval { $gw->odoo_control(fault => $fault, times => 1 + int(3 * shift @fault_seeds), match => any(['load', 'search_read', '']), %more) };
    return;
}

my @faults = (
    ['worker killed', sub { my @pids = $gw->worker_pids; kill KILL => any(\@pids) if @pids }],
    ['relay killed', sub { restart_relay('KILL') }],
    ['relay ended', sub { restart_relay('TERM') }],
    ['relay held up', sub { my $relay = any($gw->{relays}); $relay->kill('STOP'); pass_time(4); $relay->kill('CONT') }],
    ['Redis killed', sub { $gw->{redis_server}->stop('KILL'); $gw->{redis_server}->run }],
    ['scripts forgotten', sub { $gw->redis_cmd('SCRIPT', 'FLUSH') }],
    ['Odoo killed', sub { $gw->{odoo_server}{process}->stop('KILL'); $gw->start_odoo }],
    ['gateway reloaded', sub { $gw->{nginx}->kill('HUP') }],
    (map { my $fault = $_; [$fault, sub { cut($fault) }] } qw(cut-before cut-after cut-half serialization load-serialization db-lost html500)),
    ['answer held back', sub { cut('hang-after', ms => 1500, times => 1) }],
);
my (%struck, @deck);

# Each kind once, in an order that the seed decides, and so on.
sub strike {
    @deck = @faults unless @deck;
    my ($name, $do) = @{ splice @deck, shift(@fault_seeds) * @deck, 1 };

    note sprintf '%.1f %s', time - $^T, $name;
    $do->();
    $struck{$name}++;
    pass_time(0.1 + shift(@fault_seeds) / 2);
    return;
}

# ---- the run ----

my @logs = map {"$gw->{dir}/state/sender-$_.log"} 0 .. $#partners;
my @tokens = map { $gw->token(partner => $_) } @partners;
spew($_, '') for @logs;
my @senders = map { my $p = $_; fork_child("sender $p", sub { run_sender($gw, $tokens[$p], $plans[$p], $logs[$p]) }) } 0 .. $#partners;
my $began = time;
while (grep { $_->alive } @senders) {
    strike();
}
my $sending = time - $began;
strike() while keys %struck < @faults || @deck; # what waits still has a hard time
eval { $gw->odoo_control(reset => 1); 1 } or diag "reset: $@";

my @sent = map { [$plans[$_], read_sent($logs[$_])->{said}] } 0 .. $#partners;
is_deeply([map { read_sent($_)->{done} } @logs], [(1) x @logs], 'all were sent') or diag $gw->log;
my @lanes = map { /^(lgs:\{L\d\d\}):n$/ } @{ $gw->redis_cmd('KEYS', '*:n') };
my $open = sub { return sum0(map { $gw->redis_cmd('HGET', "$_:n", 'open') // 0 } @lanes) };
ok(eval { wait_for(sub { $open->() == 0 }, 120 + $opt{events} / 200, 'the queue to be empty') }, 'nothing waits') or diag $open->();
my $whole = time - $began;

my %messages;
for my $key (@{ $gw->redis_cmd('KEYS', '*:m:*') }) {
    my %fields = @{ $gw->redis_cmd('HGETALL', $key) };
    $messages{ $key =~ s/.*:m://r } = \%fields;
}
my @notes = map { $_->{message_id} =~ /(ev_[0-9a-f]{64})/ ? $1 : () } $gw->odoo_rows('select message_id from mail_message order by id');
my @wrong = compare(\@sent, \@notes, \%messages);
ok(!@wrong, scalar(@notes) . ' events are in Odoo once and in order, refused ones are dead letters');
diag history($_, \@sent, \%messages, $gw->relay_log . join '', map { slurp($_) } @logs) for @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)];
diag scalar(@wrong) . " violations; --seed $opt{seed} --events $opt{events}" if @wrong;

my @left = grep { !/:(?:m|i|x|n|t|k|r|s)(?::|$)/ } grep { /^lgs:\{/ } @{ $gw->redis_cmd('KEYS', '*') };
is_deeply(\@left, [], 'no line, lease, list or retry is left over');
for my $lane (@lanes) {
    my %count = @{ $gw->redis_cmd('HGETALL', "$lane:n") };
    is_deeply({ map { $_ => $count{$_} } grep { /^(?:open$|bytes$|partner:)/ && $count{$_} } keys %count }, {}, "$lane counts right");
}
unlike($gw->relay_log, qr/are mended|is gone from Redis|script failed/, 'whatever is killed, nothing has to be mended');
is(scalar(keys %struck), scalar(@faults), 'faults of all kinds');
my $again = sum0(map { read_sent($_)->{again} } @logs);
cmp_ok($again, '>', 0, 'some requests had to be repeated') if $sending > 30;
diag sprintf '%d events in %d requests, %d repeated, %d messages, %d dead; sent in %.0f s, all delivered in %.0f s; %s',
    scalar(@notes), sum0(map { scalar @$_ } @plans), $again, scalar(keys %messages), scalar(grep { $_->{state} eq 'dead' } values %messages),
    $sending, $whole, join ', ', map {"$struck{$_} $_"} sort keys %struck;

finish($gw, allow => qr/exited on signal 9|redis refused/);
done_testing();
