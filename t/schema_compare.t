# Our answers beside those of ajv (npm), for every schema of a file of the official test suite and
# every document of that file: far more pairs than the suite itself has. And what `logisticsctl
# schema` concludes from the same schemas and documents, held against validation.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $build = Cwd::abs_path(Logistics::Gateway::build_dir());
my $program = "$build/unit-gcc/suite/schema_suite";
my $suite = $ENV{LGS_SCHEMA_SUITE}
    // '/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance';

# 1e308 is a multiple of 2, but not by ajv's floating point.
my %not_compared = ('multipleOf.json' => 1);

my $has_ajv = system("tools/npm-packages '$build/npm'") == 0;
plan skip_all => 'the npm registry does not answer, so there is no ajv to compare with' if !$has_ajv && !$ENV{CI};
ok($has_ajv, 'ajv is installed') or do { done_testing(); exit 1 };
for my $draft ('7', '2019-09', '2020-12') {
    my @files = glob "$suite/tests/draft$draft/*.json";
    my @ours = `'$program' --answers '$suite' $draft annotate @files`;
    is($?, 0, "draft $draft: schemas that compile are valid by the meta-schema")
        or diag(grep { /^#/ } @ours);
    my @theirs = `node t/suite/ajv_answers.js '$build/npm/node_modules' '$suite' $draft @files`;
    is($?, 0, "draft $draft: ajv answers");
    is(scalar @theirs, scalar @ours, "draft $draft: as often");
    my ($n, @different) = (0);
    for my $i (0 .. $#theirs) {
        my ($file, $number, $document, $answer) = split /\t/, $theirs[$i];
        next if $answer eq "skipped\n" || $not_compared{$file};
        $n++;
        push @different, "ours $ours[$i]ajv  $theirs[$i]" if $ours[$i] ne $theirs[$i];
    }
    cmp_ok($n, '>', 0.9 * @ours, "draft $draft: $n pairs compared");
    is(scalar @different, 0, "draft $draft: all alike") or diag(@different[0 .. 9]);
}

# Pairs of schemas grow with the square of their number: a file at a time, one draft.
my ($kept, $pairs) = (0, 0);
for my $file (glob "$suite/tests/draft2020-12/*.json") {
    my $output = `'$program' --properties '$suite' 2020-12 annotate '$file'`;
    is($?, 0, "$file: schemas compared and inferred say what holds") or diag($output);
    if ($output =~ /kept (\d+) of (\d+) pairs/) {
        $kept += $1;
        $pairs += $2;
    }
}
cmp_ok($kept, '>', 0.1 * $pairs, "$kept of $pairs pairs of schemas are said to be compatible");
done_testing;
