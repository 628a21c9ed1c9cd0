# Every X12, EDIFACT and TRADACOMS file of the shared corpus by the guides of lua-free-policies/edi: what a guide
# says of a real set is wrong with the set, and each is listed here with the reason. The corpus is no
# part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Copy ();
use File::Temp ();

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus";

plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -r "$corpus/INDEX.tsv";
chdir root();

# The guides' faults; what a reader finds is t/corpus_edi.t's.
my %is_fault = map { $_ => 1 } slurp('ngx_logistics_module/formats/edi_fault.c') =~ /=\s*\{"(\w+)",\s*(?:NULL|"\w+"), LGS_EDI_/g;

# By the end of the file's path: how often, where, what.
my %known = (
    'interchangeBuilder.spec.ts_1.edi' => ['1 SG4 too_many_loops'], # two references of one error: D.96A has one
    # prose between the segments
    'Acknowledge_EDI_Orders_with_an_APERAK.md_0.edi' => ['1 UNT missing', '9 unknown_segment'],
    'EdiCodeco__doc__spec.md_0.edi' => ['1 TDT/1/0 too_long'], # 18 characters
    # SSCC as the kind of the package
    'edifact.D01B.IFCSUM.EDI' => ['2 GID/1/1 too_long'],
    'd01b_invoic_conforming.edi' => ['1 UNS missing', '1 SG50 missing'],
    'D93A_ORDERS.txt' => ['1 unknown_segment'], # a line end within a tag
    'recadv__recadv.txt' => ['1 NAD/3/0 too_long'],
    'unmarshal_orders_test.go_0.edi' => [
        # three pieces of text in elements that FTX has not
        '1 FTX/5 unknown_element', '1 FTX/7 unknown_element', '1 FTX/8 unknown_element',
    ],
    # skeletons: UNH, one segment, UNT
    'Issue188.edi' => ['4 BGM missing', '2 UNS missing', '2 SG48 missing', '2 SG11 missing'],
    'FunctionalGroupTest.php_0.edi' => ['3 DTM missing', '3 UNS missing', '1 SG48 missing'],
    'v004010__test_204.rs_0.x12' => [
        '2 L11/01 condition', # L11**BM
        '1 G62/03 condition', # a time without its qualifier
    ],
    'edi-214__message.edi' => ['1 AT7/01 unknown_code'], # K2 is a code of later releases
    'sample_810.edi' => ['1 TDS/01 bad_character'],      # 250.00 where the point is implied
    'PR855__fail__2.edi' => ['1 PO1/03 too_long', '1 SCH/02 too_long'], # DZN is no unit of X12
    'SH856__fail__2.edi' => [
        # an N1 whose end is lost swallows the segments behind it, with them the HL of the PRF
        '1 N1/05 too_long', '1 N1/06 too_long', (map {"1 N1/$_ unknown_element"} '07' .. '13'), '1 PRF segment_order',
    ],
    'v004010__test_940.rs_1.x12' => [
        '3 N4/02 too_long',   # provinces as three digits
        '1 G61/04 condition', # a number without its kind
    ],
    'maps__examples__944.edi' => ['5 W07/07 condition'], # an empty number behind its qualifier
    'v004010___945_test.rs_0.x12' => ['1 0100 missing'], # no party
    'v004010___945_test.rs_1.x12' => [
        '1 N1/02 condition', '1 N1/03 condition', # N1*ST***number
        '1 W10/01 too_short',                     # a code of one character
    ],
    # a test of a parser, that wants no 943 or 944
    '943_test.rs__newer_version__commit_31ffec1d_.x12' => [
        '1 LX foreign_segment', '1 0100 missing', '1 0200 missing', '1 W03 missing', '1 W07 foreign_segment', '1 W07/03 condition', '1 W27 missing',
    ],
    '944_test.rs__newer_version_.x12' => ['1 W07/03 condition', '1 W14 missing', '1 W17/01 too_long', '1 W17/02 bad_date'],
    'FromTmhpSpec.txt' => [
        '2 OTI/06 too_short', # years of two digits
        '1 OTI/12 too_long',  # an element too many before it
    ],
    # a number of three characters; a composite where an element is named
    'DHS_Wisconsin_Sample.txt' => ['1 AK2/02 too_short', '1 CTX/06/01 bad_character'],
    # AK4 with its number twice
    'edi997__parser_test.go_3.x12' => ['6 AK4/05 unknown_element', '6 AK4/06 unknown_element'],
    'sample_850_extended.edi' => [
        '1 FOB/05 condition', '1 SAC/07 condition',
        (map {"1 ITD/$_ too_short"} '04', '06', '09'), # dates that are "0"
        '1 ITD segment_order',                         # behind the FOB of an N1 loop
        '1 SAC/06 too_long',
    ],
);
my %seen;
# The guides alone: the other policies are loaded faster when there are none.
my $dir = File::Temp->newdir;
symlink root() . '/lua-free-policies/edi', "$dir/edi" or die $!;
File::Copy::copy('lua-free-policies/gateway.yaml', $dir) or die $!;

for my $file (grep {m{^(?:x12|edifact|tradacoms)/}} map { (split /\t/)[0] } split /\n/, slurp("$corpus/INDEX.tsv")) {
    my (undef, $out, $err) = ctl_run('edi', 'check', '--guide', 'auto', '--policies', "$dir", '--check', 'all=warn', "$corpus/$file");
    my ($name) = grep { $file =~ /\Q$_\E$/ } keys %known;
    my %count;

    is($err, '', "$file: nothing goes wrong");
    for my $line (grep { /\[(\w+)\]$/ && $is_fault{$1} } split /\n/, $out) {
        my ($text, $word) = $line =~ /: warning: (.*) \[(\w+)\]$/ or fail("unknown: $line");
        my ($where) = $text =~ m{^(?:segment |loop |more than \d+ of loop |an? \w+ has no segment )?((?:[A-Z]|\d{4})\w*(?:/\d+)*)};
        $count{$where ? "$where $word" : $word}++;
    }
    my @found = map {"$count{$_} $_"} sort keys %count;
    is_deeply(\@found, [sort { substr($a, 2) cmp substr($b, 2) } @{$known{$name // ''} // []}], '... and only what is known')
        or diag($out);
    $seen{$name} = 1 if $name;
}
is_deeply([sort keys %seen], [sort keys %known], "nothing is listed that is in none of the files");

done_testing;
