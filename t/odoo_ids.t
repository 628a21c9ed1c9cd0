# Whoever knows another partner's record ids must not be able to take its place in Odoo: in every operation
# that the shipped mappings make of their cases, external ids and message ids begin with the partner's name,
# written so that no two partners' can meet. (t/partner.t shows it through the gateway.)
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $DIR = root() . '/lua-free-policies';

sub name_of { my ($partner) = @_; $partner =~ s/\./-D/g; $partner =~ s/_/-U/g; return $partner }

is(name_of('acme.west_2'), 'acme-Dwest-U2');

# [what, id] of all that names something in Odoo
sub ids_of {
    my ($operation) = @_;
    my @rows = grep { ref eq 'HASH' } $operation->{row}, @{ $operation->{lines} // [] };
    my @ids = map { my $row = $_; map { ["column $_", $row->{$_}] } grep { m{^(?:\w+/)?id$} && ($row->{$_} // '') =~ /^__logistics__/ } keys %$row } @rows;
    push @ids, ['no external id', ''] if $operation->{op} eq 'load' && !$operation->{row}{'.id'} && ($operation->{row}{id} // '') !~ /^__logistics__\./;
    push @ids, map { ['message_id', $_->{message_id} =~ s/^<//r] } grep { defined $_->{message_id} } @rows;
    return @ids;
}

my ($n_cases, $n_ids) = (0, 0);
for my $file (glob "$DIR/mappings/*.yaml") {
    my ($mapping) = $file =~ m{([^/]+)\.yaml$};
    next if slurp($file) !~ /^output: odoo-operation$/m;
    my @cases = glob "$DIR/cases/$mapping/*/expected.json";
    ok(scalar @cases, "$mapping has cases") or next;

    for my $path (@cases) {
        my $operations = decode_json(slurp($path));
        next if ref $operations ne 'ARRAY';
        my ($input) = glob $path =~ s/expected\.json$/input.*/r;
        my $record = decode_json(slurp($input));
        $record = $record->[0] if ref $record eq 'ARRAY';
        my $name = name_of($record->{src}{partner});
        $n_cases++;
        for my $id (map { ids_of($_) } @$operations) {
            $n_ids++;
            next if $id->[1] =~ /^__logistics__\.HOUSE_[a-z_]+$/; # no partner can have that name
            like($id->[1], qr/^(?:__logistics__\.)?\Q$name\E_/, "$path: $id->[0]");
            unlike($id->[1] =~ s/^__logistics__\.//r, qr/\./, '… no second dot') if $id->[0] ne 'message_id';
        }
    }
}
cmp_ok($n_cases, '>=', 5, 'cases were looked at');
cmp_ok($n_ids, '>=', $n_cases, 'and ids');
done_testing();
