# logisticsctl dead: letters are found, shown, mended, sent once more and dropped, and it is known who did it.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $LATER = '/v1/later/tracking-events';
my $seed = File::Temp->new(SUFFIX => '.json');
my %transfer = (state => 'assigned', picking_type_id => 2, location_id => 5, location_dest_id => 9, partner_id => 9);
print $seed encode_json({ 'stock.picking' => [map { +{ id => 100 + $_, name => "WH/OUT/9$_", carrier_tracking_ref => "T$_",
    %transfer } } 0 .. 9] });
$seed->flush;

my $gw = gateway(append_only => 1, relay => 1, odoo_args => ['--stock-delivery', '--seed', "$seed"],
    policies => { 'partners/ops.yaml' => sub { s/^limits:.*\n//m },
        'partners/dhl.yaml' => sub { s/^(formats:\n)/$1  tracking-events-later: {json: dhl-unified}\n/m } });
my $REDIS = $gw->{redis_server}->address;
my $token = $gw->token(partner => 'ops');
my $serial = 0;

sub dead_ctl { my ($do, @more) = @_; return ctl_run('dead', $do, '--redis', $REDIS, @more) }
sub message { return $gw->get("/v1/messages/$_[0]", bearer($token))->json }

sub until_state {
    my ($id, $state) = @_;
    wait_for(sub { (message($id)->{status} // '') eq $state }, 20, "message $id to be $state");
    return;
}

# The id of a message that Odoo refuses: it has no transfer of that tracking number.
sub dead_letter {
    my ($tracking) = @_;
    my $event = { v => 1, id => 'ev_' . sprintf('%064x', ++$serial), type => 'shipment.delivered', timing => 'actual',
        occurred_at => '2026-11-20T10:00:00Z', local => '2026-11-20T10:00:00',
        refs => [{ t => 'tracking', v => $tracking }], src => { partner => 'ops', format => 'json' } };
    my $answer = $gw->post_json($LATER, $event, bearer($token));
    is($answer->{status}, 202) or diag $answer->{body};
    until_state($answer->json->{message}, 'failed');
    return $answer->json->{message};
}

sub show { my ($rc, $out, $err) = dead_ctl('show', $_[0]); is($rc, 0) or diag $err; return decode_json($out) }
sub ids { return sort map { (split)[0] } split /\n/, $_[0] }

my @ids = map { dead_letter("nobody$_") } 1 .. 3;

subtest 'list' => sub {
    my ($rc, $out, $err) = dead_ctl('list');
    is($rc, 0) or diag $err;
    is_deeply([ids($out)], [sort @ids], 'all');
    like($out, qr/^$ids[0]  \S+Z ops tracking-events-later 1 unknown-reference: .*nobody1/m, 'with reason and detail');
    my %count = ('--partner ops' => 3, '--partner dhl' => 0, '--reason unknown-reference' => 3, '--reason attempts' => 0,
        '--since 1h' => 3, '--until 1h' => 0, '--since 2020-01-01T00:00:00Z --until 2020-01-02T00:00:00Z' => 0, '--limit 2' => 2);
    for my $filter (sort keys %count) {
        ($rc, $out, $err) = dead_ctl('list', split / /, $filter);
        is(scalar(() = $out =~ /\n/g), $count{$filter}, $filter);
        like($err, $filter =~ /limit/ ? qr/there are more/ : qr/\A\z/);
    }
    ($rc, $out) = dead_ctl('list', '--json', '--limit', 1);
    is(decode_json($out)->{message}, $ids[2], 'newest first, as JSON');
};

subtest 'show' => sub {
    my $is = show($ids[0]);
    is_deeply([@$is{qw(message partner state reason media_type)}],
        [$ids[0], 'ops', 'dead', 'unknown-reference', 'application/json']);
    is($is->{left}[0]{refs}[0]{v}, 'nobody1', 'its records');
    is(decode_json($is->{source})->{refs}[0]{v}, 'nobody1', 'what the partner sent');
    my ($rc, undef, $err) = dead_ctl('show', 'm0');
    is($rc, 1);
    like($err, qr/no message m0/);
};

subtest 'a dry run changes nothing' => sub {
    my $before = show($ids[0]);
    my ($rc, $out, $err) = dead_ctl('replay', '--dry-run', '--set', '/0/refs/0/v=T1', $ids[0]);
    is($rc, 0) or diag $err;
    my $is = decode_json($out);
    is($is->{records}[0]{refs}[0]{v}, 'T1', 'what would be sent');
    is_deeply($is->{changes}, [{ pointer => '/0/refs/0/v', before => 'nobody1', after => 'T1' }]);
    ($rc, $out) = dead_ctl('drop', '--dry-run', '--all');
    is_deeply([ids($out)], [sort @ids]);
    is_deeply(show($ids[0]), $before);
};

subtest 'a field is mended, and it arrives' => sub {
    my ($rc, $out, $err) = dead_ctl('replay', '--policies', $gw->{policies_dir}, '--set', '/0/refs/0/v=T1', '--by', 'eva', '--why',
        'typing error', $ids[0]);
    is($rc, 0) or diag $err;
    is($out, '');
    until_state($ids[0], 'delivered');
    my $event = sprintf 'ev_%064x', 1;
    is((grep { $_->{message_id} =~ /\Q$event\E/ } $gw->odoo_rows('select message_id from mail_message')), 1, 'in Odoo');
    ($rc, $out) = ctl_run('message', '--redis', $REDIS, $ids[0]);
    my ($deed, @more) = @{ decode_json($out)->{history} };
    is_deeply(\@more, []);
    like(delete $deed->{at}, qr/^\d{13}$/, 'when');
    is_deeply($deed, { did => 'replay', by => 'eva', why => 'typing error',
        changes => [{ pointer => '/0/refs/0/v', before => 'nobody1', after => 'T1' }] }, 'who did what');
    my $line = $gw->redis_cmd('KEYS', '*:o:*');
    is_deeply($line, [], 'no line is left');
    ($rc, undef, $err) = dead_ctl('replay', $ids[0]);
    is($rc, 1, 'only dead letters');
    like($err, qr/no dead letter: it is delivered/);
};

subtest 'what is no change' => sub {
    for my $set ('/0/id=x', '/9/type=x', 'type=x', '/0/pieces:={', '/0:={}') {
        my ($rc, undef, $err) = dead_ctl('replay', '--policies', $gw->{policies_dir}, '--set', $set, $ids[1]);
        is($rc, 1, $set);
        like($err, qr/0 replayed, 1 not/);
    }
    is(show($ids[1])->{state}, 'dead');
    my ($rc, undef, $err) = dead_ctl('replay', '--policies', '/nonexistent', '--set', '/0/refs/0/v=T2', $ids[1]);
    is($rc, 1, 'lines cannot be known without policies');
    is(show($ids[1])->{state}, 'dead');
};

subtest 'replay as it is, by filter' => sub {
    my ($rc, undef, $err) = dead_ctl('replay', '--reason', 'unknown-reference', '--partner', 'ops');
    is($rc, 0) or diag $err;
    like($err, qr/^2 replayed, 0 not$/m);
    wait_for(sub { my (undef, $out) = dead_ctl('list'); (() = $out =~ /\n/g) == 2 }, 20, 'both to be dead again');
    is(scalar @{ show($ids[1])->{history} }, 1);
};

subtest 'drop' => sub {
    my ($rc, undef, $err) = dead_ctl('drop', '--by', 'eva', $ids[1]);
    is($rc, 0) or diag $err;
    is(message($ids[1])->{status}, 'dropped');
    my $is = show($ids[1]);
    ok(!exists $is->{left} && !exists $is->{source}, 'what was in it is gone');
    is($is->{history}[-1]{did}, 'drop', 'who did it is not');
    ($rc, undef, $err) = dead_ctl('drop', $ids[1]);
    is($rc, 1);
    my (undef, $out) = dead_ctl('list');
    is_deeply([ids($out)], [$ids[2]]);
};

subtest 'translated again with other policies' => sub {
    my $dhl = $gw->token(partner => 'dhl');
    my $body = slurp(root() . '/docs/examples/dhl-delivered.json');
    my $answer = $gw->post_json($LATER, $body, bearer($dhl));
    is($answer->{status}, 202) or diag $answer->{body};
    my $id = $answer->json->{message};
    $gw->redis_cmd('PING');
    wait_for(sub { ($gw->get("/v1/messages/$id", bearer($dhl))->json->{status} // '') =~ /^(?:failed|delivered)$/ }, 20, 'its end');
    is($gw->get("/v1/messages/$id", bearer($dhl))->json->{status}, 'failed', 'no transfer has that number') or return;
    my ($rc, $out, $err) = dead_ctl('replay', '--dry-run', '--with-policy', $gw->{policies_dir}, $id);
    is($rc, 0) or diag $err;
    my $again = decode_json($out)->{records};
    my $before = show($id)->{left};
    delete $_->{received_at} for @$again, @$before;
    is_deeply($again, $before, 'with the same policies the same');
    my $other = "$gw->{dir}/other-policies";
    Logistics::Gateway::copy_tree($gw->{policies_dir}, $other);
    my $mapping = slurp("$other/mappings/dhl-unified.yaml");
    $mapping =~ s/type: \{path: \$st\/type, [^}]*\}/type: shipment.exception/g or die 'the mapping has changed';
    Logistics::Process::spew("$other/mappings/dhl-unified.yaml", $mapping);
    ($rc, $out, $err) = dead_ctl('replay', '--dry-run', '--with-policy', $other, $id);
    is($rc, 0) or diag $err;
    unlike($out, qr/"shipment\.delivered"/, 'with others another') if $rc == 0;
    ($rc, undef, $err) = dead_ctl('replay', '--with-policy', $gw->{policies_dir}, '--by', 'eva', $id);
    is($rc, 0) or diag $err;
    like(show($id)->{history}[-1]{revision}, qr/^[0-9a-f]{12}$/, 'with which policies is kept');
    ($rc, undef, $err) = dead_ctl('replay', '--with-policy', $gw->{policies_dir}, $ids[2]);
    is($rc, 1, 'canonical records have no mapping');
    like($err, qr/canonical already/);
};

subtest 'what is no command' => sub {
    for my $bad ([], ['bury'], ['show'], ['show', 'a', 'b'], ['replay'], ['drop'], ['list', 'a'], ['replay', '--all', 'a'],
        ['list', '--since', 'yesterday'], ['list', '--limit', '0'], ['list', '--limit', 'x'], ['list', '--set', '/0/a=1'],
        ['replay', '--why', 'x' x 1001, 'a'], ['show', 'a b'], ['drop', '--set', '/0/a=1', 'a'])
    {
        my ($rc, $out, $err) = ctl_run('dead', @$bad);
        ok($rc == 2 && $out eq '' && $err ne '', substr("@$bad", 0, 40) . ': exit 2') or diag("exit $rc: $out$err");
    }
};

subtest 'what docs/operations.md says to do' => sub {
    my ($page) = slurp(root() . '/docs/operations.md') =~ /^(## A message is stuck.*?)^## /ms;
    my @commands = $page =~ /^       logisticsctl (.*)$/mg;
    cmp_ok(scalar @commands, '>=', 11, 'commands are found');
    for my $command (@commands) {
        my $id = dead_letter('nobody-at-all');
        my @words = map { s/"//gr } $command =~ /("[^"]*"|\S+)/g;
        @words = map { { ID => $id, DIR => $gw->{policies_dir} }->{$_} // $_ } @words;
        # this letter is of canonical records; that of dhl was translated again above
        my $expected = $command =~ /--with-policy/ ? 1 : 0;
        local $ENV{LGS_REDIS} = $REDIS;
        my ($rc, $out, $err) = ctl_run(@words);
        is($rc, $expected, "logisticsctl $command") or diag "$out$err";
    }
};

finish($gw);
done_testing();
