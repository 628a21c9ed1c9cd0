# docs/odoo-objects.md is what the mappings do: a row for every type and document, and exactly the rights that
# they and the reads need.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $page = slurp(root() . '/docs/odoo-objects.md');
my ($events) = $page =~ /^## Events\n(.*?)^## /ms;
my ($documents) = $page =~ /^## Documents\n(.*?)^## /ms;
my ($rights) = $page =~ /^## What the gateway's user needs\n(.*?)^## /ms;
my $schema = decode_json(slurp(root() . '/lua-free-policies/schemas/canonical/event.json'));

my %row = map { $_ => 1 } map { /`([a-z]+\.[a-z_]+)`/g } $events =~ /^\| ((?:`[a-z_.]+` ?)+) \|/mg;
is_deeply([sort keys %row], [sort @{ $schema->{'$defs'}{type}{enum} }], 'a row for every type, and no other');

for my $file (glob root() . '/lua-free-policies/mappings/*-to-odoo.yaml') {
    my ($kind) = $file =~ m{([a-z]+)-to-odoo\.yaml$};
    next if $kind eq 'events';
    my ($route) = grep { slurp($_) =~ /^deliver: \{mode: now, odoo: $kind-to-odoo\}$/m } glob root() . '/lua-free-policies/routes/*.yaml';
    ok($route, "$kind has a route") or next;
    my ($path, $scope) = slurp($route) =~ /^path: (\S+)\n.*?scope: ([a-z:]+)/ms;
    like($documents, qr/^\| `$kind` \| `\Q$path\E`, `$scope` \|/m, "$kind, its route and its scope");
}

my $gw = gateway(start => 0, redis => 0, odoo_args => ['--stock-delivery']);
$gw->write_policies;
$gw->start_odoo;
my ($rc, $out) = ctl_run('odoo', 'check', '--policies', $gw->{policies_dir}, '--url', "http://127.0.0.1:$gw->{odoo_server}{port}");
my %needed;
push @{ $needed{$1} }, $2 while $out =~ /^\w+ +([a-z._]+) (read|create|write) /mg;
my %told = map { my ($model, $words) = /^\| `([a-z._]+)` \| (.*?) \|$/; $model ? ($model => $words) : () } split /\n/, $rights;
is_deeply(\%told, { map { $_ => join ', ', @{ $needed{$_} } } keys %needed }, 'the rights are those that mappings and reads need');
done_testing();
