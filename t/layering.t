# The house's rules that a compiler does not see: which room may know which, and what a header owes
# its readers (docs/architecture.md).
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

chdir root();
my $SRC = 'ngx_logistics_module';
my $makefile = slurp('Makefile');
my ($core) = $makefile =~ /^CORE = (.*)$/m;
my @core = split ' ', $core;
my %arrows = map { $_ => [split ' ', ($makefile =~ /^ARROWS_$_ =(.*)$/m)[0]] } @core;
cmp_ok(scalar @core, '>=', 9, 'the Makefile names the core rooms');
cmp_ok(scalar(grep { @{ $arrows{$_} } } @core), '>=', 8, '... and their arrows');

# Text without comments and without what stands in quotes (but includes keep theirs).
sub code_of {
    my ($text) = @_;
    $text =~ s{("(?:[^"\\\n]|\\.)*")|('(?:[^'\\\n]|\\.)*')|/\*.*?\*/|//[^\n]*}{$1 // $2 // ' '}gse;
    return $text;
}

sub bare {
    my ($text) = @_;
    $text =~ s{"(?:[^"\\\n]|\\.)*"}{""}g;
    return $text;
}

subtest 'arrows' => sub {
    for my $room (@core) {
        my %may = map { $_ => 1 } $room, @{ $arrows{$room} };
        my @wrong;
        for my $file (glob "$SRC/$room/*.[ch]") {
            my $code = code_of(slurp($file));
            while ($code =~ /^\s*#\s*include\s*"([^"]+)"/mg) {
                my $include = $1;
                my ($other) = $include =~ m{^\.\./(\w+)/};
                push @wrong, "$file: $include" if $include =~ m{/} && !($other && $may{$other});
            }
        }
        is_deeply(\@wrong, [], "$room includes only what it stands on");
    }
};

subtest 'the core knows no server, no socket, no clock' => sub {
    my $headers = qr{^\s*#\s*include\s*[<"]((?:ngx_|hiredis|curl|sys/socket|netinet|arpa|netdb|sys/time|pthread|signal)[^>"]*)}m;
    my $calls = qr/\b((?:time|clock|gettimeofday|clock_gettime|localtime|gmtime|rand|random|srand|socket|connect|sleep|usleep)\s*\(|ngx_[a-z]\w*)/;
    for my $room (@core) {
        my @wrong;
        for my $file (glob "$SRC/$room/*.[ch]") {
            my $code = code_of(slurp($file));
            push @wrong, "$file: $1" while $code =~ /$headers/g;
            my $bare = bare($code);
            push @wrong, "$file: $1" while $bare =~ /$calls/g;
        }
        is_deeply(\@wrong, [], $room);
    }
    my @wrong;
    for my $file (map { glob "$SRC/$_/*.[ch]" } qw(ctl relay)) {
        my $bare = bare(code_of(slurp($file)));
        push @wrong, "$file: $1" while $bare =~ /\b(ngx_[a-z]\w*)/g;
    }
    is_deeply(\@wrong, [], 'ngx_ is only in nginx/');
};

subtest 'header guards' => sub {
    my %seen;
    for my $file (map { glob "$SRC/$_/*.h" } @core, 'ctl') {
        my $code = code_of(slurp($file));
        my ($guard) = $code =~ /\A\s*#ifndef (\w+)\n#define \1\n/;
        like($guard // 'none', qr/^LGS_(?:\w+_)?H$/, $file);
        ok(!$seen{ $guard // '' }++, "... $file has one of its own");
        like($code, qr/#endif\s*\z/, '... and closes it at the end');
    }
};

# Public is a header that another room includes. A block is what stands between two blank lines; its
# first function has a comment above it, which may speak for the whole block. An accessor (one argument
# at most) whose name says everything needs none.
subtest 'every public function is documented' => sub {
    my %public;
    for my $file (glob "$SRC/*/*.[ch]") {
        my ($room) = $file =~ m{^$SRC/(\w+)/};
        my $code = code_of(slurp($file));
        while ($code =~ m{#\s*include\s*"\.\./(\w+)/(\w+\.h)"}g) {
            $public{"$SRC/$1/$2"} = 1 if $1 ne $room;
        }
    }
    cmp_ok(scalar keys %public, '>=', 15, keys(%public) . ' public headers');
    my $functions = 0;
    for my $file (sort keys %public) {
        my $text = slurp($file);
        $text =~ s{/\*.*?\*/}{(my $c = $&) =~ s/\n\s*\n/\n *\n/g; $c}gse;
        my @missing;
        for my $block (split /\n\s*\n/, $text) {
            # a prototype begins in the first column with a type
            my $prototype = qr/^(?!typedef|struct|static|#|\s|\/)[\w \*]*\b(lgs_\w+|ctl_\w+)\(([^)]*)\)/m;
            $functions++ while $block =~ /$prototype/g;
            next unless $block =~ $prototype;
            my ($name, $arguments, $before) = ($1, $2, substr $block, 0, $-[1]);
            push @missing, $name if $before !~ m{\*/} && $arguments =~ /,/;
        }
        is_deeply(\@missing, [], $file);
    }
    cmp_ok($functions, '>', 50, "$functions prototypes seen");
};

subtest 'file sizes' => sub {
    my @large;
    for my $file (glob("$SRC/*/*.[ch] t/*.t t/lib/Logistics/*.pm t/odoo/*.py bench/*")) {
        next unless -f $file;
        my $lines = () = slurp($file) =~ /\n/g;
        push @large, "$file: $lines lines" if $lines > 800;
    }
    is_deeply(\@large, [], 'no file has more than 800 lines');
};

done_testing;
