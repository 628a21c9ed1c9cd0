# What packs make of EDI goes on to Odoo: each record that a case expects is taken by the mapping of its kind and comes to an
# operation. What does not is listed here with what Odoo's mapping says of it.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $policies = 'lua-free-policies';
my $dir = File::Temp->newdir;

my %mapping_of = (ev => 'events', map { $_ => $_ } qw(order tender asn receipt inventory invoice return pod));

# What is acknowledged has a number of ours that Odoo does not know; it is for a trace or a service.
my $no_place = 'no place in Odoo';
my $ignored = 'nothing is made of this: an acknowledgement';
my %stays = (
    (map { ("x12-997/$_" => $ignored) } qw(group guide-999 sets)),
    (map { ("edifact-contrl/$_" => $ignored) } qw(in-part received rejected)),
    (map { ("x12-824/$_" => $ignored) } qw(invoices ours)),
    'edifact-aperak/accepted' => $no_place,
    'edifact-coarri/odd' => $no_place, # a container without its number
    'edifact-orders/full-d96a' => 'price for more than one unit',
    'x12-850/full' => 'price for more than one unit',
    'x12-846/unknown-5010' => 'on hand', # a supplier says what it can sell, no more
);
my %seen;

sub to_odoo {
    my ($record) = @_;
    my ($kind) = $record->{id} =~ /^([a-z]+)_/;

    spew("$dir/record.json", encode_json($record));
    return ctl_run('map', "$mapping_of{$kind}-to-odoo", "$dir/record.json");
}

for my $case (grep { -e "$_/input.edi" } glob "$policies/cases/*/*") {
    my ($name) = $case =~ m{([^/]+/[^/]+)$};
    my $records = decode_json(slurp("$case/expected.json"));
    next if ref $records ne 'ARRAY';
    my ($operations, @told) = 0;

    for my $record (@$records) {
        my ($code, $out, $err) = to_odoo($record);
        $operations++ if $code == 0 && $out =~ /"op"/;
        push @told, $err if $code || $out !~ /"op"/;
    }
    if (my $why = $stays{$name}) {
        $seen{$name} = 1;
        ok(scalar @told, "$name: stays here");
        like($_, qr/\Q$why\E/, "... $why") for @told;
    } else {
        is($operations, scalar @$records, "$name: each record comes to an operation") or diag(@told);
    }
}
is_deeply([grep { !$seen{$_} } sort keys %stays], [], 'what is listed is there');
done_testing();
