# The cases of X12's packs for transport and warehouses are documents as their guides want them; what a case has wrong on
# purpose is listed here. So neither a guide nor a fixture can drift away from the other.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $policies = 'lua-free-policies';

my %wrong = (
    'x12-204/container' => 'condition', # a reference without a number
    'x12-214/odd' => 'unexpected_segment unknown_code', # AT7 without LX; codes of nobody
    'x12-940/odd' => 'too_short', # a UPC of five digits
    'x12-943/no-goods' => 'missing',
    'x12-944/no-number' => 'missing',
    'x12-997/unknown' => 'unknown_code',
);

# Sets that have no guide are looked at by their envelopes alone.
for my $case (grep { -e "$_/input.edi" } glob "$policies/cases/x12-{204,210,211,214,846,940,943,944,945,990,997}/*") {
    my ($name) = $case =~ m{([^/]+/[^/]+)$};
    my (undef, $out, $err) = ctl_run('edi', 'check', '--guide', 'auto', '--policies', $policies, "$case/input.edi");
    my %found = map { $_ => 1 } $out =~ /\[(\w+)\]$/mg;

    is($err, '', "$name: read");
    is(join(' ', sort keys %found), delete $wrong{$name} // '', '... with nothing wrong but what is listed');
}
is_deeply([sort keys %wrong], [], 'what is listed is there');
done_testing();
