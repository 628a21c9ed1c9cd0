# The module under AddressSanitizer and UBSan in stock nginx: runs again, with the sanitized module,
# those tests that say "sanitize: yes" in their first lines.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

plan skip_all => 'this run is sanitized already' if $ENV{LGS_SANITIZE};
chdir root();
my @tests = grep { slurp($_) =~ /\A(?:#.*\n)*?#.*sanitize: yes/ } glob 't/*.t';
cmp_ok(scalar @tests, '>', 0, 'there are tests to run');
$ENV{LGS_SANITIZE} = 1;
for my $test (@tests) {
    my $output = `$^X $test 2>&1`;
    is($?, 0, "$test with the sanitized module") or diag($output);
}
done_testing;
