# parse(write(parse(x))) is parse(x): the trees of every interchange are the same when they were written and read again,
# of all cases in lua-free-policies, without an exception, and of the shared corpus where it is. What is other there stands
# here, file by file: counts and numbers that the writer makes right, pads of ISA, and what it refuses to write.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $dir = File::Temp->newdir('edi-roundtrip-XXXXXX', TMPDIR => 1);

# Trees as JSON, a line each; and what was said.
sub trees {
    my ($file, @how) = @_;
    my (undef, $out, $err) = ctl_run('edi', 'to-json', @how, $file);
    return ($out, $err);
}

# [trees, trees again, what was refused]
sub there_and_back {
    my ($file, @how) = @_;
    my ($first, $err) = trees($file, @how);
    spew("$dir/first.json", $first);
    (my $code, my $edi, my $refused) = ctl_run('edi', 'from-json', "$dir/first.json");
    return ($first, undef, $refused) if $code;
    spew("$dir/again.edi", $edi);
    my ($again) = trees("$dir/again.edi", @how);
    return ($first, $again, $err);
}

# Places of members that differ: of what is the same kind of segment, one.
sub places {
    my ($x, $y, $at) = @_;
    if (ref $x eq 'HASH' && ref $y eq 'HASH') {
        my %names = (%$x, %$y);
        return map { places($x->{$_}, $y->{$_}, "$at/$_") } sort keys %names;
    }
    if (ref $x eq 'ARRAY' && ref $y eq 'ARRAY') {
        my $last = $#$x > $#$y ? $#$x : $#$y;
        return map { places($x->[$_], $y->[$_], $at) } 0 .. $last;
    }
    return encode_json([$x]) eq encode_json([$y]) ? () : $at;
}

sub differences {
    my ($first, $again) = @_;
    my @left = map { decode_json($_) } split /\n/, $first;
    my @right = map { decode_json($_) } split /\n/, $again;
    my %places = map { $_ => 1 } places(\@left, \@right, '');
    return join ' ', map { s{^/(?:segments/)?}{}r } sort keys %places;
}

my @cases = glob 'lua-free-policies/cases/*/*/{input,expected}.edi';
cmp_ok(scalar @cases, '>', 140, 'cases: ' . @cases);
for my $file (grep { -s } @cases) { # a mapping that has nothing to say writes nothing
    my ($first, $again, $err) = there_and_back($file);
    is($err, '', "$file: is read, written and read again");
    cmp_ok(length $first, '>', 0, '... has sets');
    is($again, $first, '... which are the same');
}

# What the writer makes itself, of files of the corpus in which it is wrong: counts (SE/01, UNT/0/0, MTR/0/0); the number that
# a trailer repeats (SE/02, UNT/1/0); a trailer that is missing (segments); pads of ISA (02 to 08, 13, and the number that comes
# of it); ISA16, which is a separator already or two bytes long.
my %made = (
    '204-MGCTLYST-SAMPLE.EDI' => 'SE/01',
    '271__x270.txt' => 'SE/01 SE/02',
    '309.rs_0.x12' => 'SE/01',
    '315.rs_2.x12' => 'SE/02',
    '322.rs_4.x12' => 'SE/01',
    '417ReturnCar.txt' => 'ISA/16',
    '860__Example1.txt' => 'ISA/06 SE/01',
    '943_test.rs__newer_version__commit_31ffec1d_.x12' => 'SE/01',
    'FromTmhpSpec.txt' => 'ISA/16',
    'PO830__fail__1.edi' => 'ISA/02 ISA/04 ISA/06 ISA/08',
    'PR855__fail__2.edi' => 'ISA/02 ISA/04 ISA/06 ISA/08',
    'SC832__fail__2.edi' => 'ISA/06',
    'SH856__fail__1.edi' => 'ISA/02 ISA/04 ISA/06 ISA/08',
    'SS862__fail__1.edi' => 'ISA/02 ISA/04 ISA/06 ISA/08',
    'admission-request-for-review.edi' => 'SE/01',
    'bad-paxlst.txt' => 'UNT/0/0',
    'edi-837__message.edi' => 'segments',
    'edifact.D01B.IFCSUM.EDI' => 'UNT/0/0',
    'edifact.Issue188.edi' => 'UNT/0/0 UNT/1/0',
    'edifact.ORDRSP-formatted.edi' => 'UNT/0/0 UNT/1/0',
    'edifact.Paiement.Issue139.EDI' => 'UNT/0/0',
    'essarsteelalgoma.txt' => 'ISA/16',
    'extended.edi' => 'ISA/06 ISA/08 SE/01',
    'iftmin.rs_0.edi' => 'UNT/0/0',
    'multibyte.edi' => 'UNT/0/0',
    'node.integration.spec.ts_0.edi' => 'UNT/0/0',
    'pass__1.edi' => 'ISA/02 ISA/04 ISA/06 ISA/08',
    'sample_810.edi' => 'ISA/06 ISA/08 SE/01',
    'spec.md_0.edi' => 'UNT/0/0',
    'test.go_0.edi' => 'UNT/0/0',
    'test.go_0.x12' => 'SE/01',
    'test.go_1.x12' => 'ISA/13 message/interchange SE/01',
    'test.go_2.x12' => 'SE/01',
    'test.go_3.x12' => 'SE/01',
    'test.rs_0.x12' => 'SE/01',
    'test.rs_1.x12' => 'ISA/02 ISA/04 ISA/06 ISA/08 SE/01',
    'tradacoms.productplanning.edi' => 'MTR/0/0',
    'version_.x12' => 'SE/01',
    'x12.850.issue135.edi' => 'ISA/16 SE/02',
);

# What it does not write, and why: tags that are none, a header that was broken, a separator as data.
my %refused = (
    'APERAK.md_0.edi' => '"application erro" is no segment of elements by number',
    'ORDERS.txt' => '"P',
    'SH856__fail__2.edi' => 'N1, element 4, has a separator within the data, which X12 cannot write',
    'definitions.js_0.edi' => '";',
    'example835SpecialCharsOne.txt' => 'ISA has an element of ISA that is longer than the standard allows',
    'unedifact-msg-02.edi' => '"BBBB" is no segment of elements by number',
    'x12.base.loop.txt' => '"TEST" is no segment of elements by number',
);

SKIP: {
    my $corpus = ($ENV{LGS_SHARED} || root() . '/../shared') . '/corpus';
    skip "no corpus at $corpus: set LGS_SHARED", 1 unless -r "$corpus/INDEX.tsv";

    my %used;
    for my $file (grep { m{^(?:x12|edifact|tradacoms)/} } map { /^([^\t]*)/ } split /\n/, slurp("$corpus/INDEX.tsv")) {
        my ($first, $again, $err) = there_and_back("$corpus/$file", '--check', 'all=ignore');
        my ($refused) = grep { $file =~ /\Q$_\E$/ } keys %refused;
        my ($made) = grep { $file =~ /\Q$_\E$/ } keys %made;

        $used{$_}++ for grep { defined } $refused, $made;
        if (defined $refused) {
            ok(!defined $again, "$file: is not written");
            like($err, qr/\Q$refused{$refused}\E/, '... as this test says');
        } elsif (defined $again) {
            is(differences($first, $again), $made ? $made{$made} : '', "$file: is the same" . ($made ? ', but for what is made' : ''));
        } else {
            fail("$file: is written") or diag($err);
        }
    }
    is($used{$_} // 0, 1, "$_: is one file") for sort(keys %made), sort keys %refused;
}
done_testing;
