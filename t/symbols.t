# What the module shows to other modules, and that the core keeps no state of its own.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $build = Logistics::Gateway::build_dir();
my $so = "$build/ngx_http_logistics_module.so";

# nginx opens modules with RTLD_GLOBAL: a name of ours could meet that of another.
my @symbols = sort map { (split)[-1] } `nm -D --defined-only $so`;
is_deeply(\@symbols, [qw(ngx_module_names ngx_module_order ngx_modules)],
    'the module exports what nginx looks for and nothing else');

my ($core) = slurp(root() . '/Makefile') =~ /^CORE = (.*)$/m;
for my $room (split ' ', $core) {
    my $archive = "$build/opt/lib$room.a";
    ok(-s $archive, "lib$room.a is built");
    my @mutable;
    for (`objdump -t $archive`) {
        # address flags section size name
        push @mutable, $3 if /^[0-9a-f]+ .{7} (\.data|\.bss|\*COM\*)\S*\s+([0-9a-f]+) (\S+)/
            && hex $2 && $3 ne $1 && !/\.data\.rel\.ro/;
    }
    is_deeply(\@mutable, [], "$room has no mutable global");
}

done_testing;
