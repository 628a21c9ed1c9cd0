# logisticsctl map reads a file of many documents one by one: the memory it takes does not grow with
# the file, what is refused keeps nothing back, and a pipe is as good as a file.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $dir = File::Temp->newdir;
my $HEAD = "Card;Plate;Driver;Date;Time;Station;Country;Product;Qty;Km;Net;VAT;Gross;Currency;Receipt\r\n";
my $MB = 1 << 20;

sub row {
    my ($n, $date) = @_;
    return sprintf "7002 0531 %04u 1234;DN-LG %u;\"M\xfcller, A\";%s;11:02;Autohof;DE;Diesel;%u,50;%u.233;12,90;8,45;21,35;EUR;%u\r\n",
        $n % 10000, $n % 900, $date, $n % 400 + 1, $n % 900 + 1, $n;
}

sub write_csv {
    my ($name, $bytes) = @_;
    my ($n, $size) = (0, 0);

    open my $out, '>:raw', "$dir/$name" or die "$name: $!";
    print {$out} $HEAD;
    while ($size < $bytes) {
        my $rows = join '', map { row($n++, '14.05.2024') } 1 .. 1000;
        print {$out} $rows;
        $size += length $rows;
    }
    close $out or die "$name: $!";
    return $n;
}

# getrusage(RUSAGE_CHILDREN): the most that a child has held so far, in bytes.
sub peak {
    my $usage = "\0" x 144;
    syscall(98, -1, $usage) == 0 or die "getrusage: $!";
    return 1024 * unpack 'q', substr $usage, 32, 8;
}

sub map_lines {
    my ($file) = @_;
    my $n = 0;

    open my $from, "-|", Logistics::Gateway::build_dir() . "/logisticsctl map --received-at 2024-06-01T00:00:00Z fuel-card $file 2>$dir/err" or die $!;
    while (<$from>) { $n++ }
    close $from;
    return ($n, $? >> 8);
}

my %rows = (small => write_csv('small', $MB), large => write_csv('large', 40 * $MB));
my ($n, $code) = map_lines("$dir/small");
is($n, $rows{small}, 'a record a row');
is($code, 0);
my $before = peak();
($n, $code) = map_lines("$dir/large");
my $grown = peak() - $before;
is($n, $rows{large}, 'forty times as many');
is($code, 0);
cmp_ok($grown, '<', 4 * $MB, 'take no more memory') or diag "$grown bytes more";

my @bad = map { row($_, $_ % 2 ? '14.05.2024' : 'soon') } 1 .. 1000;
spew("$dir/bad", join '', $HEAD, @bad);
($n, $code) = map_lines("$dir/bad");
is($n, 500, 'good rows between bad ones');
is($code, 1);
my @said = split /\n/, slurp("$dir/err");
is(scalar @said, 202, 'the first 200 are told, and two lines about all');
like($said[0], qr{/bad:3:\d+: /Date: mapping "fuel-card": "soon 11:02" is no date}, 'with their place');
like($said[199], qr{/bad:401:}, '... however far');
like($said[200], qr/300 more lines/);
like($said[201], qr/500 of 1000 documents are refused$/);

($n, $code) = map_lines("- < $dir/small");
is($n, $rows{small}, 'from a pipe');
($n, $code) = map_lines("$dir/nowhere");
is($code, 2, 'a file that is not there');
like(slurp("$dir/err"), qr/nowhere: No such file/);

# A row that nobody could read whole.
spew("$dir/open", $HEAD . '"' . ('x' x (3 * $MB)));
($n, $code) = map_lines("$dir/open");
is($code, 1, 'a quote that is not closed');
like(slurp("$dir/err"), qr/open:2:1: the row has more than 1048576 bytes: the quote that is opened here is not closed/);
like(slurp("$dir/err"), qr/1 of 1 documents are refused; the rest was not read/);
done_testing();
