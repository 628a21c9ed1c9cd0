# Replays the corpus of each fuzz target; make fuzz looks for new inputs.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $build = Logistics::Gateway::build_dir();
my @sources = glob 't/fuzz/fuzz_*.c';
cmp_ok(scalar @sources, '>', 0, 'there are fuzz targets');
for my $source (@sources) {
    my ($what) = $source =~ m{fuzz_(\w+)\.c$};
    my @corpus = glob "t/fuzz/corpus/$what/*";
    cmp_ok(scalar @corpus, '>', 0, "$what has a corpus");
    my $output = `$build/fuzz/fuzz_$what -runs=0 -timeout=10 -rss_limit_mb=2048 t/fuzz/corpus/$what 2>&1`;
    is($?, 0, "$what: " . @corpus . ' inputs') or diag($output);
}
done_testing;
