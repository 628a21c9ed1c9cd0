# make lint, as a test.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $output = `tools/lint 2>&1`;
is($?, 0, 'make lint has nothing to say') or diag($output);

# The checks of tools/lint can fail.
my $dir = File::Temp->newdir;
spew("$dir/bad.c", "int main(void)\n{\n    char b[9];\n    strcpy(b, \"x\"); \n    return malloc(1) != 0;\n}\n");
$output = `tools/lint --files $dir/bad.c 2>&1`;
isnt($?, 0, 'a bad file is found');
like($output, qr/bad\.c:4:.*strcpy/, 'a banned function');
like($output, qr/bad\.c:5:.*malloc/, 'malloc in a core room');
like($output, qr/bad\.c:4:.*blank/, 'blanks at the end of a line');
for (['Area: what changed', 0], ['no area', 1], ['Area: ' . 'x' x 67, 1], ['Area: ends with a full stop.', 1]) {
    my ($subject, $bad) = @$_;
    system("tools/check-subject '$subject' >/dev/null 2>&1");
    is($? ? 1 : 0, $bad, "subject: $subject");
}
done_testing;
