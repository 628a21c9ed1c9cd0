package Logistics::Chaos;

# What t/chaos.t sends and how it is checked: a plan of events that a seed decides, senders that each speak for
# one partner and repeat what got no answer, and the comparison of what got 202 with Redis and Odoo.
use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use List::Util qw(shuffle);
use Logistics::Process qw(wait_for slurp);

our @EXPORT_OK = qw(make_plan run_sender read_sent compare history);

my @PATHS = ('/v1/later/tracking-events', '/v1/standard/tracking-events', '/v1/bulk/tracking-events');
my $json = JSON::PP->new->utf8->canonical;

sub event {
    my ($id, $partner, $tracking) = @_;
    my $time = sprintf '2026-11-20T%02d:%02d:%02d', int rand 24, int rand 60, int rand 60; # in no order

    return { v => 1, id => sprintf('ev_%064x', $id), type => 'shipment.delivered', timing => 'actual',
        occurred_at => "${time}Z", local => $time, refs => [{ t => 'tracking', v => $tracking }],
        src => { partner => $partner, format => 'json' } };
}

# Requests of one partner, in the order in which they are sent: { path, type, body, events => [[id, tracking], …] }.
# One event of fifty is about nothing that Odoo has; one request of ten comes a second time, later; some events
# come once more among others.
sub make_plan {
    my ($partner, $first, $n, $trackings) = @_;
    my (@requests, @events);
    my $id = $first;

    while ($id < $first + $n) {
        my $size = rand() < 0.5 ? 1 : 2 + int rand 19;
        my @batch = map { event($id + $_, $partner, rand() < 0.02 ? "nowhere-$id-$_" : $trackings->[rand @$trackings]) }
            0 .. $size - 1;
        $id += $size;
        push @batch, $events[rand @events] if $size > 1 && @events && rand() < 0.2;
        push @events, @batch;
        push @requests, {
            path => $PATHS[rand @PATHS], type => @batch > 1 ? 'application/x-ndjson' : 'application/json',
            body => join("\n", map { $json->encode($_) } @batch),
            events => [map { [$_->{id}, $_->{refs}[0]{v}] } @batch],
        };
        push @requests, $requests[rand @requests] if rand() < 0.1;
    }
    return \@requests;
}

# Sends all of them, each until it has its 202, and writes down which message it became.
sub run_sender {
    my ($gateway, $token, $requests, $log) = @_;
    my $client = $gateway->client(20);

    open my $out, '>>', $log or die "$log: $!";
    $out->autoflush(1);
    for my $number (0 .. $#$requests) {
        my $answer = send_until_accepted($client, $token, $requests->[$number], $out);
        my $message = $json->decode($answer->{body})->{message};

        print {$out} "202 $number $message ", $answer->header('Idempotency-Replayed') ? 'replayed' : 'new', "\n";
    }
    print {$out} "end\n";
    return;
}

sub send_until_accepted {
    my ($client, $token, $request, $log) = @_;

    return wait_for(sub {
        my $answer = eval {
            $client->request('POST', $request->{path},
                ['Content-Type' => $request->{type}, Authorization => "Bearer $token"], $request->{body});
        };
        return $answer if $answer && $answer->{status} == 202;
        my $status = $answer ? $answer->{status} : 0;
        print {$log} "again $status\n";
        die "not to be repeated: $status $answer->{body}\n" if $status && $status !~ /^(?:409|429|5..)$/;
        $client->close unless $answer;
        return;
    }, 120, 'a request to be accepted');
}

# { done, said => [message of each request], again => times without 202 }
sub read_sent {
    my ($log) = @_;
    my $text = slurp($log);
    my %said;

    $said{$1} = $2 while $text =~ /^202 (\d+) (\S+) /mg;
    return { done => scalar($text =~ /^end$/m), said => \%said, again => scalar(() = $text =~ /^again/mg) };
}

# Everything that is not as it must be, as [what, event or '', message or ''].
#   sent      list of [requests, { request number → message }]
#   notes     event ids in Odoo, oldest first
#   messages  { id → { state, reason, body, … } }
sub compare {
    my ($sent, $notes, $messages) = @_;
    my (@wrong, %times, %place, %seen);

    $times{ $notes->[$_] }++ for 0 .. $#$notes;
    $place{ $notes->[$_] } //= $_ for 0 .. $#$notes;
    for my $one (@$sent) {
        my ($requests, $said) = @$one;
        my %last; # tracking → place of the one before
        for my $number (0 .. $#$requests) {
            my $message = $said->{$number};
            my $is = $message ? $messages->{$message} : undef;
            push @wrong, ['not accepted', '', "request $number"] if !$message;
            push @wrong, ['accepted, and not known', '', $message] if $message && !$is;
            push @wrong, check_message($message, $is, $requests->[$number]) if $is;
            for my $event (@{ $requests->[$number]{events} }) {
                my ($id, $tracking) = @$event;
                next if $seen{$id}++;
                push @wrong, check_event($id, $tracking, $message, \%times);
                next if !exists $place{$id};
                push @wrong, ['before an earlier one', $id, $message] if $place{$id} < ($last{$tracking} // -1);
                $last{$tracking} = $place{$id};
            }
        }
    }
    push @wrong, map { ['in Odoo, and never sent', $_, ''] } grep { !$seen{$_} } sort keys %times;
    return @wrong;
}

sub check_event {
    my ($id, $tracking, $message, $times) = @_;
    my $n = $times->{$id} // 0;
    my $wanted = $tracking =~ /^nowhere/ ? 0 : 1;

    return $n == $wanted ? () : ["$n times in Odoo", $id, $message];
}

# A message with an event that Odoo refuses is a dead letter with those events and no others; else delivered.
sub check_message {
    my ($message, $is, $request) = @_;
    my @bad = sort map { $_->[0] } grep { $_->[1] =~ /^nowhere/ } @{ $request->{events} };
    my $wanted = @bad ? 'dead' : 'delivered';

    return ["$is->{state} and not $wanted", '', $message] if $is->{state} ne $wanted;
    return () if !@bad;
    my @left = sort map { $_->{id} } @{ $json->decode($is->{body}) };
    return ["dead: $is->{reason}", '', $message] if $is->{reason} ne 'unknown-reference';
    return "@left" eq "@bad" ? () : ['a dead letter of other events', '', $message];
}

# What is known of a message and an event: requests, Redis, the relay's log.
sub history {
    my ($wrong, $sent, $messages, $logs) = @_;
    my ($what, $event, $message) = @$wrong;
    my @lines = ("== $what: event $event message $message");

    for my $one (@$sent) {
        my ($requests, $said) = @$one;
        for my $number (0 .. $#$requests) {
            my $is_of = ($said->{$number} // '') eq $message
                || $event && grep { $_->[0] eq $event } @{ $requests->[$number]{events} };
            push @lines, "request $number $requests->[$number]{path} → " . ($said->{$number} // 'no 202') . ': '
                . join ' ', map { substr($_->[0], -8) . "=$_->[1]" } @{ $requests->[$number]{events} } if $is_of;
        }
    }
    my $is = $messages->{$message} // {};
    push @lines, map { "  $_: " . substr $is->{$_} // '', 0, 300 } sort keys %$is;
    push @lines, $message ? grep { /\Q$message\E/ } split /\n/, $logs : ();
    return join "\n", @lines;
}

1;
