# Every X12, EDIFACT and TRADACOMS file of the shared corpus: valid ones are clean, broken ones have the
# problems that its INDEX.tsv names, and what is read can be written and read again. The corpus is no
# part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus";

plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -r "$corpus/INDEX.tsv";
chdir root();

my @rows = grep { $_->[0] =~ m{^(?:x12|edifact|tradacoms)/} } map { [split /\t/] } split /\n/, slurp("$corpus/INDEX.tsv");
my $dir = File::Temp->newdir;

# What INDEX.tsv says, and the checks that say it here.
my @words = (
    [qr/^SE01 /, 'se01_count'], [qr/^SE02!=/, 'se02_mismatch'], [qr/^GE01 /, 'ge01_count'],
    [qr/^GE02!=/, 'ge02_mismatch'], [qr/^IEA01 /, 'iea01_count'], [qr/^IEA02!=/, 'iea02_mismatch'],
    [qr/^no SE/, 'no_se'], [qr/^no GE/, 'no_ge'], [qr/^no IEA/, 'no_iea'],
    [qr/^IEA malformed/, 'no_iea'],
    [qr/^ISA not fixed/, 'isa_not_fixed_width', 'header_line_break'], [qr/^odd segment id/, 'bad_tag'],
    [qr/^UNT count/, 'unt_count'], [qr/^UNT ref/, 'unt_mismatch'], [qr/^UNZ count/, 'unz_count'],
    [qr/^UNZ ref/, 'unz_mismatch'], [qr/^no UNZ/, 'no_unz'], [qr/^no UNT/, 'no_unt'],
    [qr/^no UNB/, 'no_unb'], [qr/^UNZ without UNB/, 'no_unb'], [qr/^last segment not/, 'unterminated'],
);

# Where INDEX.tsv was made by a reader that took other separators, counted otherwise, or did not look:
# the problems that there are (none: '').
my %other = (
    # its separators are a character of two bytes: not read, and said so
    'example835nonasciielemsep.txt' => 'edi-header',
    # by position P is the component separator; by walking all is well
    'SC832__fail__2.edi' => 'isa_not_fixed_width',
    # the broken bar is a character of two bytes in ISA16
    'essarsteelalgoma.txt' => 'isa_not_fixed_width',
    # a number of ten digits, leading zeros apart the same
    'example835SpecialCharsOne.txt' => 'ge02_mismatch isa_not_fixed_width',
    'x12.850.issue135.edi' => 'st02_repeated',
    '850-004010-02.x12' => 'st02_repeated st02_repeated',
    # GS01 is SR
    'v005010___990_test.rs__newer_version__commit_111d568e_.x12' => 'gs01_type',
    # a line is broken within a tag
    'D93A_ORDERS.txt' => 'bad_tag line_break',
    # its header is broken by a line end, its lines end segments: all of it is read
    'PR855__fail__2.edi' => 'header_line_break isa_not_fixed_width',
    # 0000000001 and 000000001
    'WrongGroupsAndTranCount.edi' => 'ge01_count iea01_count',
    # 0000121 and 000121
    'x270.txt' => 'iea02_mismatch se01_count',
    # its lines are its segments, and a last line needs no end
    'ignore_segments__message.edi' => 'no_unb no_unb' . ' outside' x 7,
);

sub check {
    my ($path) = @_;
    my ($code, $out, $err) = ctl_run('edi', 'check', '--check', 'all=warn', '--check', 'charset_level=ignore', $path);

    is($err, '', "$path: nothing goes wrong");
    cmp_ok($code, '<', 2, 'it is read');
    return sort map { /\[([\w-]+)\]$/ ? $1 : () } split /\n/, $out;
}

for my $row (@rows) {
    my ($file, $status) = ($row->[0], $row->[5]);
    my @found = check("$corpus/$file");
    my ($exception) = grep { $file =~ /\Q$_\E$/ } keys %other;

    if (defined $exception) {
        is("@found", $other{$exception}, "$file: as this test says");
    } elsif ($status =~ /^valid/) {
        is("@found", '', "$file: clean");
    } elsif ($status =~ s/^BROKEN\/odd: //) {
        for my $problem (split /; /, $status) {
            my ($word) = grep { $problem =~ $_->[0] } @words or fail("nobody knows \"$problem\"");
            my (undef, @checks) = @$word;
            ok((grep { my $found = $_; grep { $_ eq $found } @checks } @found), "$file: $problem") or diag("@found");
        }
    }
    round_trip("$corpus/$file");
}

# Written, read, written: the same bytes. What cannot be written is told.
sub round_trip {
    my ($path) = @_;
    my @lenient = ('--check', 'all=ignore');
    my (undef, $first) = ctl_run('edi', 'to-json', @lenient, $path);
    spew("$dir/first.json", $first);
    my (undef, $edi, $err) = ctl_run('edi', 'from-json', "$dir/first.json");
    return if $err ne '' || $edi eq '';
    spew("$dir/first.edi", $edi);
    my ($code, $second) = ctl_run('edi', 'to-json', @lenient, "$dir/first.edi");
    is($code, 0, "$path: what is written is read");
    is(scalar(split /\n/, $second), scalar(split /\n/, $first), 'with all its sets');
    spew("$dir/second.json", $second);
    my (undef, $again) = ctl_run('edi', 'from-json', "$dir/second.json");
    is($again, $edi, 'and written alike');
    is(scalar(grep { /count|mismatch|^no_/ } check("$dir/first.edi")), 0, 'counts, numbers and ends are right')
        if $edi =~ /^(?:ISA|UNB|STX)/;
    return;
}
done_testing;
