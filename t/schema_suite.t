# The official JSON Schema test suite: every required test of drafts 7, 2019-09 and 2020-12, and the
# optional ones on formats, big numbers and patterns.
#
# The suite comes with Debian's libtest-json-schema-acceptance-perl (the npm package
# @json-schema-org/tests holds none of it: it fetches the tests from GitHub when it is installed).
# LGS_SCHEMA_SUITE=DIR runs another copy: a folder that has tests/ and remotes/.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $build = Logistics::Gateway::build_dir();
my $program = "$build/unit-gcc/suite/schema_suite";
my $suite = $ENV{LGS_SCHEMA_SUITE}
    // '/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance';
my @drafts = ('7', '2019-09', '2020-12');

# What does not hold: docs/schema.md says why.
my %exception = map { $_ => 1 } slurp('docs/schema.md') =~ /^- suite: `([^`]+)`/mg;
my %met;

# Runs files; returns how many tests passed and how many there are, unless an exception takes one.
sub run_suite {
    my ($draft, $mode, @files) = @_;
    my ($passed, $all, @failed) = (0, 0);
    my $output = `'$program' '$suite' $draft $mode @files 2>&1`;
    is($?, 0, "draft $draft: the program ends well") or diag($output);
    for my $line (split /\n/, $output) {
        if ($line =~ /^\S+ (\d+) of (\d+)$/) {
            $passed += $1;
            $all += $2;
        } elsif ($line =~ /^# ([^\s:]+: .*): (?:should|the schema)/) {
            $exception{$1} ? $met{$1}++ : push @failed, $line;
        }
    }
    return ($passed, $all, @failed);
}

ok(-d "$suite/tests/draft2020-12", "$suite is there") or BAIL_OUT('the suite is not installed');
for my $draft (@drafts) {
    my ($passed, $all, @failed)
        = run_suite($draft, 'annotate', glob "$suite/tests/draft$draft/*.json");
    cmp_ok($all, '>', 800, "draft $draft: $passed of $all required tests");
    is(scalar @failed, 0, "draft $draft: every required one") or diag(join "\n", @failed);
    is($passed, $all, "draft $draft: without an exception");
}
for my $draft (@drafts) {
    my @files = grep { -f } map { "$suite/tests/draft$draft/optional/$_.json" }
        qw(bignum float-overflow non-bmp-regex format-assertion
        dependencies-compatibility cross-draft anchor id unknownKeyword refOfUnknownKeyword
        dynamicRef no-schema unicode);
    my ($passed, $all, @failed) = run_suite($draft, 'annotate', @files);
    my @formats = (glob("$suite/tests/draft$draft/optional/format/*.json"),
        "$suite/tests/draft$draft/optional/ecmascript-regex.json"); # has formats, too
    my ($passed_formats, $all_formats, @failed_formats) = run_suite($draft, 'assert', @formats);
    cmp_ok($all, '>', 20, "draft $draft: $passed of $all optional tests");
    cmp_ok($all_formats, '>', 200, "draft $draft: $passed_formats of $all_formats of formats");
    is(scalar @failed, 0, "draft $draft: but for the exceptions") or diag(join "\n", @failed);
    is(scalar @failed_formats, 0, "draft $draft: formats but for the exceptions")
        or diag(join "\n", @failed_formats);
}
done_testing;
