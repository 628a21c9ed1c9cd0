# docs/directives.md and the module name the same directives and variables, and conf/ uses them all.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $glue = 'ngx_logistics_module/nginx';
my $page = slurp('docs/directives.md');
my $conf = join '', map { slurp($_) } glob('conf/*.conf'), glob('conf/local/*.in');

my ($table) = slurp("$glue/ngx_http_logistics_module.c") =~ /ngx_command_t commands\[\] = \{(.*?)ngx_null_command/s;
my @directives = sort $table =~ /ngx_string\("(\w+)"\)/g;
my @documented = sort $page =~ /^\| `(\w+)`/mg;
cmp_ok(scalar @directives, '>=', 7, 'directives are found');
is_deeply(\@documented, \@directives, 'each directive has its row');
like($conf, qr/^\s*$_\s/m, "conf/ uses $_") for @directives;

my $variables_c = slurp("$glue/ngx_http_logistics_variables.c");
my @variables = sort $variables_c =~ /ngx_string\("(logistics_\w+)"\)/g;
@documented = sort $page =~ /^\| `\$(\w+)`/mg;
cmp_ok(scalar @variables, '>=', 12, 'variables are found');
is_deeply(\@documented, \@variables, 'each variable has its row');
like($conf, qr/\$$_\b/, "conf/ uses \$$_") for @variables;

# A credential must not reach a log.
my ($format) = slurp('conf/nginx.conf') =~ /log_format (.*?);/s;
unlike($format, qr/authorization|http_authorization|request_uri|cookie/i, 'the access log holds no secret');
done_testing;
