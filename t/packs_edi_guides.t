# The cases of the packs for X12 and EDIFACT are documents as their guides want them; what a case has wrong on purpose is
# listed here. So neither a guide nor a fixture can drift away from the other.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Copy ();
use File::Temp ();

chdir root();
my $policies = 'lua-free-policies';

# The guides alone: the other policies are loaded faster when there are none.
my $guides = File::Temp->newdir;
symlink root() . "/$policies/edi", "$guides/edi" or die $!;
File::Copy::copy("$policies/gateway.yaml", $guides) or die $!;

# Cases of what partners send all the same: the mapping takes it, the guide says that it is wrong.
my %wrong = (
    'edifact-coarri/odd' => 'missing', # no party, as terminals leave it out
    'edifact-contrl/in-part' => 'unknown_code', # an error of a later directory than D.3
    'edifact-ifcsum/full' => 'too_long', # an SSCC as the kind of a package, as the corpus has it
    'edifact-iftmin/nothing' => 'missing', # neither BGM nor NAD
    'edifact-iftsta/odd' => 'leading_bytes',
    'x12-214/odd' => 'unexpected_segment unknown_code', # AT7 without LX; codes of nobody
    'x12-850/only-in-lines' => 'condition', # an id without its qualifier
    'x12-940/odd' => 'too_short', # a UPC of five digits
    'x12-943/full-5010' => 'foreign_segment segment_order unexpected_segment', # numbered lines, marks, dates of lots
    'x12-943/no-goods' => 'missing', # W04, W27
    'x12-944/full-5010' => 'segment_order unexpected_segment', # dates of lots
    'x12-944/no-number' => 'missing', # W14, N1
    'x12-997/unknown' => 'unknown_code', # AK501 Y
);

my %wrong_out;
# Times with their zone: 205 is of directories behind D.96A, but nothing else says it.
my $later = qr/"205" is none of its codes/;

# What is found in what comes in and in what goes out. Sets that have no guide are looked at by their envelopes alone.
sub check {
    my ($file, $wrong) = @_;
    my ($name) = $file =~ m{([^/]+/[^/]+)/[^/]+$};
    my (undef, $out, $err) = ctl_run('edi', 'check', '--guide', 'auto', '--policies', "$guides", $file);
    my %found = map { $_ => 1 } map { /\[(\w+)\]$/ } grep { !/$later/ } split /\n/, $out;

    is($err, '', "$file: read");
    is(join(' ', sort keys %found), delete $wrong->{$name} // '', '... with nothing wrong but what is listed');
    return;
}

check($_, \%wrong) for sort glob "$policies/cases/{x12,edifact}-*/*/input.edi";
check($_, \%wrong_out) for grep { -s } sort glob "$policies/cases/*/*/expected.edi"; # empty: nothing is sent
is_deeply([sort(keys %wrong), sort keys %wrong_out], [], 'what is listed is there');
done_testing();
