# Flat files of the shared corpus, as others' tools read them: records by type, multi-line groups, bad
# quotes, a card company's transactions. The corpus is not part of this repository: skipped where it is not.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $flat = "$shared/corpus/flat";
my ($postnl) = glob "$flat/fixedlength/*/3_header_footer.input.txt";
my ($weather) = glob "$flat/csv/*/1_weather_data_csv.input.csv";
my ($pairs) = glob "$flat/csv2/*/2_fixed_multi_row.input.csv";
my ($works) = glob "$flat/fixedlength2/*/4_nested.input.txt";
my ($shell) = glob "$shared/corpus/fuel/shell-card/*/priced-response-data.json";

plan skip_all => "no corpus at $flat: set LGS_SHARED" unless $postnl && $weather && $pairs && $works && $shell;
chdir root();
my $dir = File::Temp->newdir;
make_path("$dir/mappings");

# What a mapping of one record makes of a file; stderr, too.
sub translate {
    my ($file, $input, $record) = @_;

    spew("$dir/mappings/m.yaml", "mapping: m\ninput: $input\noutput: plain\nemit:\n  - $record\n");
    my ($code, $out, $err) = ctl_run('map', '--policies', "$dir", 'm', $file);
    return ([map { decode_json($_) } split /\n/, $out], $err, $code);
}

subtest 'PostNL: a group of lines a parcel' => sub {
    my $types = join ', ', map({ "$_: {role: one, fields: {v: [6, 40]}}" } qw(V020 V080 V081 V090 V110 V160 V180)),
        map({ "$_: {role: skip}" } qw(V035 V040 V045 V046 V047 V060 V070 V091 V100 V120 V140 V150 V170 V200 A010 A011 A020 A030 A050 A999 Z001 Z999)),
        'A060: {role: file, fields: {v: [6, 40]}}', 'V010: {role: header, fields: {v: [6, 40]}}', 'V999: {role: trailer, fields: {v: [6, 1]}}';
    my ($records, $err, $code) = translate($postnl, "{format: fixed, select: [1, 4], records: {$types}}",
        '{n: /V020/v, at: {date: [/V080/v, /V081/v], formats: [CCYYMMDD HHmmSS], out: local}, where: /V180/v, '
        . 'kg: {number: /V110/v, scale: "1/1000"}, who: /A060/v}');
    my @lines = split /\r?\n/, slurp($postnl);

    is($code, 0, 'all of it is read') or diag $err;
    is_deeply([map { $_->{n} } @$records], [map { /^V020 (\S+)/ } @lines], 'each parcel');
    is_deeply([map { $_->{where} } @$records], [map { /^V180 (.*\S)/ } @lines], '... its own city');
    is_deeply([grep { $_->{who} ne 'PostNL Pakketservice' } @$records], [], 'what the file says once is in each');
    is($records->[0]{at}, '2019-11-05T04:35:23', 'day and time of two lines');
    is($records->[0]{kg}, '19.78', 'grams');
    ok(!defined $records->[-1]{kg}, 'none where there is none');
};

subtest 'CSV with a quote that is none' => sub {
    my $input = '{format: csv, delimiter: "|", optional: [NOTE]}';
    my $record = '{at: {path: /DATE}, high: {number: "/HIGH TEMP C"}, note: /NOTE}';
    my ($records, $err, $code) = translate($weather, $input, $record);

    is($code, 1, 'it is refused');
    is(scalar @$records, 1, 'the row before is read');
    like($err, qr/:3:1: the row has 1 cells for 9 columns/, 'a row of one cell');
    like($err, qr/:4:\d+: the quote that is opened here is not closed/, 'the quote, and where');
    ($records, $err) = translate($weather, $input =~ s/\}/, quote: none, missing: "null"}/r, $record =~ s/high/when: {exists: "\/HIGH TEMP C"}, high/r);
    is_deeply([map { $_->{note} } @$records], ['note 1', '" note with bad quotes', 'note 3'], 'without quotes all rows are read')
        or diag $err;
};

subtest 'CSV without a header' => sub {
    my ($records, $err, $code) = translate($pairs, '{format: csv, header: false, trim: true}', '{all: [/1, /2, /3, /4]}');
    is($code, 0) or diag $err;
    is_deeply([map { join '', @{ $_->{all} } } @$records], [qw(1234 ABCD 5678 WXYZ)], 'columns by number');
};

subtest 'records within records, side by side' => sub {
    my $fields = 'fields: {number: [4, 16], rest: [20, 60]}';
    my $types = join ', ', map({ "$_: {role: detail, $fields}" } qw(SPU SPT SWR SWT PWR)), "NWR: {role: header, $fields}";
    my ($records, $err, $code) = translate($works, "{format: fixed, select: [1, 3], others: skip, records: {$types}}",
        '{title: {trim: /NWR/rest}, publishers: {count: "/SPU[*]"}}');
    my $text = slurp($works);

    is($code, 0) or diag $err;
    is(scalar @$records, scalar(() = $text =~ /^NWR/mg), 'each work');
    my $sum = 0;
    $sum += $_->{publishers} // 0 for @$records;
    is($sum, scalar(() = $text =~ /^SPU/mg), 'each publisher in the work before it');
};

subtest 'Shell Card: a transaction as its report has it' => sub {
    my $one = decode_json(slurp($shell));
    my @columns = qw(TransactionItemId TransactionDate TransactionTime CardPAN VehicleRegistration DriverName SiteName
        ProductName Quantity OdometerInput TransactionNetAmount TransactionTax TransactionGrossAmount
        TransactionCurrencyCode ReceiptNumber InvoiceNumber);

    spew("$dir/shell.csv", join(',', @columns) . "\r\n" . join(',', map { qq("$one->{$_}") } @columns) . "\r\n");
    my ($code, $out, $err) = ctl_run('map', '--timezone', 'Europe/London', 'fuel-shell', "$dir/shell.csv");
    is($code, 0) or diag $err;
    is($err, '', 'its product is known');
    my $event = decode_json($out);
    is($event->{type}, 'cost.fuel');
    is($event->{occurred_at}, '2021-08-01T12:16:58+01:00', 'to the second, in the zone');
    is($event->{measures}{fuel_ml}, '43280', 'millilitres');
    ok(!exists $event->{measures}{odometer_m}, 'an odometer of 0 is none');
    is_deeply([map { "$_->{kind} $_->{amount} $_->{cur}" } @{ $event->{amounts} }],
        ['net 47.71 GBP', 'tax 9.54 GBP', 'total 57.25 GBP'], 'to the penny');
};
done_testing();
