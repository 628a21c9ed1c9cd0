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

my %wrong = (
    'edifact-coarri/odd' => 'missing', # no party
    'edifact-codeco/full' => 'segment_order too_long', # a seal behind the text; a trailer as id of a means of transport
    'edifact-codeco/own-code' => 'missing', # no count
    'edifact-codeco/withdrawn' => 'missing unexpected_segment', # a place of no transport; no party
    'edifact-coparn/release' => 'too_short unexpected_segment', # numbers of a contact; -18 degrees, that D.96A writes -018
    'edifact-coparn/withdrawn' => 'too_short unexpected_segment', # likewise
    'edifact-contrl/in-part' => 'unknown_code', # an error that is no error
    'edifact-ifcsum/full' => 'too_long', # an SSCC as the kind of a package, as the corpus has it
    'edifact-iftmbf/full' => 'segment_order', # a temperature behind the measures
    'edifact-iftmin/cancelled' => 'too_short', # -18 degrees
    'edifact-iftmin/nothing' => 'missing',
    'edifact-iftsta/full' => 'foreign_segment', # a range of temperatures
    'edifact-iftsta/odd' => 'leading_bytes',
    'edifact-invrpt/full' => 'foreign_segment unexpected_segment', # quantities without INV, UNS
    'edifact-invrpt/moved' => 'foreign_segment', # text
    'edifact-invrpt/parts' => 'segment_order', # serial numbers behind the place
    'edifact-recadv/lots-d01b' => 'segment_order', # a text behind the lots
    'x12-204/change-5010-lines' => 'condition', # a qualifier of a code without the code
    'x12-204/container' => 'condition', # a reference without a number
    'x12-211/cancel-5010' => 'missing', # no goods
    'x12-214/odd' => 'unexpected_segment unknown_code', # AT7 without LX; codes of nobody
    'x12-810/does-not-add-up' => 'condition', # a price without a quantity
    'x12-850/only-in-lines' => 'condition', # an id without its qualifier
    'x12-861/minimal-005010' => 'missing', # no date
    'x12-940/odd' => 'too_short', # a UPC of five digits
    'x12-943/full-5010' => 'foreign_segment segment_order unexpected_segment', # numbered lines, marks, dates of lots
    'x12-943/no-goods' => 'missing',
    'x12-944/full-5010' => 'segment_order unexpected_segment', # dates of lots
    'x12-944/no-number' => 'missing',
    'x12-945/backorder-5010' => 'missing', # no party
    'x12-945/minimal' => 'missing', # likewise
    'x12-945/no-date' => 'missing', # likewise
    'x12-997/unknown' => 'unknown_code',
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
check($_, \%wrong_out) for sort glob "$policies/cases/*/*/expected.edi";
is_deeply([sort(keys %wrong), sort keys %wrong_out], [], 'what is listed is there');
done_testing();
