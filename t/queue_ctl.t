# logisticsctl queue and message: what waits, whose it is, how fast it goes; where one message is.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $gw = gateway(append_only => 1, odoo => 19, odoo_args => ['--stock-delivery'], workers => 1,
    policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m } });
my $REDIS = $gw->{redis_server}->address;
my $token = $gw->token(partner => 'ops');
my $serial = 0;

sub queue { my ($rc, $out, $err) = ctl_run('queue', '--redis', $REDIS, '--every', '50ms', @_); is($rc, 0) or diag $err; return $out }

sub send_event {
    my $event = { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => "T$serial" }], src => { partner => 'ops', format => 'json' } };
    my $answer = $gw->post_json('/v1/later/tracking-events', $event, bearer($token));
    is($answer->{status}, 202) or diag $answer->{body};
    return $answer->json->{message};
}

subtest 'nothing' => sub {
    like(queue(), qr/^0 open; 0 with a relay, 0 wait for a retry, 0 for what comes before them, 0 dead letters\n/);
    my $is = decode_json(queue('--json'));
    is_deeply($is->{queue}{lanes}, [], 'no lane holds anything');
    is($is->{queue}{open}, 0);
};

my @ids = map { send_event() } 1 .. 3;

subtest 'what waits' => sub {
    my $is = decode_json(queue('--json'))->{queue};
    is_deeply([@$is{qw(open accepted delivered dead)}], [3, 3, 0, 0]);
    is($is->{classes}{standard}{open} + $is->{classes}{critical}{open} + $is->{classes}{bulk}{open}, 3, 'by class');
    is($is->{partners}{ops}{open}, 3, 'by partner');
    cmp_ok($is->{partners}{ops}{oldest_ms}, '>', 0, 'and for how long');
    is(scalar @{ $is->{lanes} }, 1, 'by lane');
    is($is->{lanes}[0]{open}, 3);
    my $out = queue();
    like($out, qr/^3 open, the oldest for \d+\.\d{3}s;/);
    my $rates = qr/(?: +\d+\.\d){3}/;
    like($out, qr/^ops +3 +\d+\.\d{3}s$rates$/m);
    like($out, qr/^L\d\d +3 +\d+\.\d{3}s$rates$/m);
    my %lengths = map { (length($_) => 1) } grep { /$rates$|dead\/s$/ } split /\n/, $out;
    is(scalar keys %lengths, 1, 'columns stand below each other') or diag $out;
    is(decode_json(queue('--json', '--partner', 'ops'))->{queue}{open}, 3, 'one partner');
    is(decode_json(queue('--json', '--partner', 'dhl'))->{queue}{open}, 0, 'another one');
};

subtest 'one message' => sub {
    my ($rc, $out, $err) = ctl_run('message', '--redis', $REDIS, $ids[0]);
    is($rc, 0) or diag $err;
    my $is = decode_json($out);
    is_deeply([@$is{qw(message state partner route attempts)}], [$ids[0], 'accepted', 'ops', 'tracking-events-later', 0]);
    ok(!exists $is->{left} && !exists $is->{source}, 'without what is in it');
    ($rc, $out, $err) = ctl_run('message', '--redis', $REDIS, '00000000-0000-7000-8000-000000000000');
    is($rc, 1);
    like($err, qr/no message 00000000-0000-7000-8000-000000000000 in redis at/);
};

subtest 'it moves' => sub {
    $gw->start_relay;
    wait_for(sub { decode_json(queue('--json'))->{queue}{open} == 0 }, 20, 'an empty queue');
    my $is = decode_json(queue('--json'))->{queue};
    is($is->{delivered} + $is->{dead}, 3);
    cmp_ok($is->{attempts}, '>=', 3);
    is_deeply($is->{partners}, {}, 'nobody waits');
};

# While messages come in, the rates of what has any are not 0, and add up.
subtest 'how fast it goes' => sub {
    my $is;
    wait_for(sub {
        unlink "$gw->{dir}/look";
        my $child = Logistics::Process::spawn(name => 'looking', stdout => "$gw->{dir}/look", stderr => "$gw->{dir}/look.err",
            argv => [Logistics::Gateway::build_dir() . '/logisticsctl', 'queue', '--redis', $REDIS, '--json', '--every', '500ms']);
        send_event() while $child->alive;
        $is = decode_json(slurp("$gw->{dir}/look"))->{queue};
        return $is->{accepted_per_second} > 0 && $is->{dead_per_second} + $is->{delivered_per_second} > 0;
    }, 30, 'a look at what moves');
    my $ops = $is->{partners}{ops};
    cmp_ok($ops->{accepted_per_second}, '>', 0, 'by partner');
    my ($class) = grep { $_->{accepted_per_second} > 0 } values %{ $is->{classes} };
    for my $rate (qw(accepted_per_second delivered_per_second dead_per_second)) {
        is($class->{$rate}, $is->{$rate}, "$rate: one class");
        is($ops->{$rate}, $is->{$rate}, '... one partner');
        is($is->{lanes}[0]{$rate}, $is->{$rate}, '... one lane');
    }
};

subtest '--watch goes on until it is ended' => sub {
    my $log = File::Temp->new;
    my $watch = Logistics::Process::spawn(name => 'logisticsctl queue', stdout => "$log", stderr => "$log",
        argv => [Logistics::Gateway::build_dir() . '/logisticsctl', 'queue', '--redis', $REDIS, '--watch', '--every', '20ms', '--json']);
    wait_for(sub { (() = slurp("$log") =~ /^\{"accepted_per_second"/mg) >= 3 }, 10, 'three looks');
    ok($watch->alive, 'and still looks');
    $watch->stop;
};

subtest 'what is no question' => sub {
    for my $bad (['x'], ['--every', '0s'], ['--every', 'soon'], ['--every'], ['--partner'], ['--redis', ':1']) {
        my ($rc, $out, $err) = ctl_run('queue', @$bad);
        ok($rc == 2 && $out eq '' && $err ne '', "@$bad: exit 2") or diag("exit $rc: $out$err");
    }
    for my $bad ([], ['a', 'b'], ['a b'], ['--json', 'a']) {
        my ($rc) = ctl_run('message', @$bad);
        is($rc, 2, "message @$bad: exit 2");
    }
    my ($rc, undef, $err) = do { local $ENV{LGS_REDIS} = '127.0.0.1:1'; ctl_run('queue') };
    is($rc, 2);
    like($err, qr/redis at 127\.0\.0\.1:1:/, 'LGS_REDIS says where Redis is');
};

finish($gw);
done_testing();
