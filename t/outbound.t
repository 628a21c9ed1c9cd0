# What we send in a partner's format: logisticsctl map writes it, logisticsctl test compares it.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my $dir = File::Temp->newdir('outbound-XXXXXX', TMPDIR => 1);
my %FILES = (
    'mappings/stock-csv.yaml' => <<'END',
mapping: stock-csv
input: {format: ndjson}
output: {format: csv, columns: [sku, qty, note], delimiter: ";", charset: cp1252, schema: stock}
emit:
  - for_each: /lines
    sku: /sku
    qty: {number: /qty, out: number}
    note: /note
END
    'mappings/order-xml.yaml' => <<'END',
mapping: order-xml
output: {format: xml, namespaces: {"": "urn:order", x: "urn:x"}}
emit:
  - Order: {"@x:id": /id, Line: [{for_each: /lines, "@sku": /sku, "#text": /qty}]}
END
    'schemas/stock.json' => '{"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"},'
        . ' "qty": {"type": "number"}, "note": {}}, "additionalProperties": false}',
    'cases/stock-csv/good/input.ndjson' => qq({"lines":[{"sku":"A;1","qty":"2.50"},{"sku":"B","qty":1,"note":"f\xc3\xbcr"}]}\n),
    'cases/stock-csv/good/expected.csv' => qq(sku;qty;note\r\n"A;1";2.50;\r\nB;1;f\xfcr\r\n),
    'cases/stock-csv/refused/input.ndjson' => qq({"lines":[{"sku":"A"}]}\n{"lines":[{"sku":"B","note":[1]}]}\n),
    'cases/stock-csv/refused/expected.json' => '{"refused": ["flat-write 2:29"], "records": [{"sku": "A"}]}',
    'cases/stock-csv/refused/expected.csv' => "sku;qty;note\r\nA;;\r\n",
    'cases/order-xml/good/input.json' => '{"id": 7, "lines": [{"sku": "A", "qty": 2}]}',
    'cases/order-xml/good/expected.json' =>
        '[{"Order": {"@x:id": 7, "Line": [{"@sku": "A", "#text": 2}]}}]',
    'cases/order-xml/good/expected.xml' =>
        qq(<o:Order xmlns:o="urn:order" xmlns:y="urn:x" y:id="7">\n  <o:Line sku="A">2</o:Line>\n</o:Order>\n),
);

sub map_text {
    my ($mapping, $text) = @_;
    write_files($dir, 'input.json', $text);
    return ctl_run('map', '--policies', $dir, $mapping, "$dir/input.json");
}

write_files($dir, %FILES);

# ---- map -----------------------------------------------------------------------------------------

my ($code, $out, $err) = map_text('stock-csv', $FILES{'cases/stock-csv/good/input.ndjson'} x 2);
is($code, 0, 'CSV is written') or diag($err);
is($out, qq(sku;qty;note\r\n) . qq("A;1";2.50;\r\nB;1;f\xfcr\r\n) x 2, 'one header, a row a record, in its character set');

($code, $out, $err) = map_text('stock-csv', '');
is("$code $out", "0 sku;qty;note\r\n", 'no record: a header');

($code, $out, $err) = map_text('stock-csv', qq({"lines":[{"sku":"A"}]}\n{"lines":[{"sku":"B","note":"\xc4\x85"}]}\n{"lines":[{"sku":"C"}]}\n));
is($code, 1, 'a character that the set does not have');
is($out, "sku;qty;note\r\nA;;\r\nC;;\r\n", 'that record is left out, the others are written');
like($err, qr/input\.json:2:29: .*"note": a character that cp1252 does not have$/m, 'and told with its place');

($code, $out, $err) = map_text('stock-csv', qq({"lines":[{"sku":"A"},{"qty":1}]}\n));
is("$code $out", "1 sku;qty;note\r\n", 'what does not fit the schema of the output is not written');
like($err, qr/"sku" is missing/, 'and told');

($code, $out, $err) = map_text('order-xml', $FILES{'cases/order-xml/good/input.json'});
is($code, 0, 'XML is written') or diag($err);
is($out, qq(<?xml version="1.0" encoding="UTF-8"?>\n<Order xmlns="urn:order" xmlns:x="urn:x" x:id="7"><Line sku="A">2</Line></Order>\n),
    'with its namespaces');

# ---- test ----------------------------------------------------------------------------------------

($code, $out, $err) = ctl_run('test', $dir);
is("$code $out$err", "0 3 passed, 0 failed\n", 'cases of what is written');

sub with_file {
    my ($name, $text) = @_;
    write_files($dir, $name, $text);
    my @result = ctl_run('test', $dir);
    $FILES{$name} ? write_files($dir, $name, $FILES{$name}) : unlink "$dir/$name";
    return @result;
}

($code, $out) = with_file('cases/stock-csv/good/expected.csv', $FILES{'cases/stock-csv/good/expected.csv'} =~ s/2\.50/2.5/r);
is($code, 1, 'one byte');
like($out, qr{stock-csv/good: line 2 of what is written differs}, 'and the line');
($code, $out) = with_file('cases/order-xml/good/expected.xml', $FILES{'cases/order-xml/good/expected.xml'} =~ s/>2</>3</r);
like($out, qr{order-xml/good: /Order/Line/#text\n  expected: "3"\n  got:      "2"}, 'a text of XML');
($code, $out) = with_file('cases/order-xml/good/expected.xml', $FILES{'cases/order-xml/good/expected.xml'} =~ s/urn:x/urn:z/r);
is($code, 1, 'a namespace of XML');
($code, $out) = with_file('cases/stock-csv/refused/expected.csv', "sku;qty;note\r\n");
is($code, 1, 'what is written beside a refusal is compared, too');
unlink "$dir/cases/stock-csv/good/expected.csv";
is((ctl_run('test', $dir))[0], 1, 'a case without anything expected');
write_files($dir, 'cases/stock-csv/good/expected.csv', $FILES{'cases/stock-csv/good/expected.csv'});

# ---- the policies --------------------------------------------------------------------------------

($code, $out, $err) = map_text('order-xml', '{"id": [7]}');
is("$code $out", '1 ', 'an attribute that is a list');
like($err, qr{input\.json:1:8: .*"\@x:id": an attribute is a text}, 'is told with its place');

# ---- the page ------------------------------------------------------------------------------------

my $page = slurp(root() . '/docs/mappings.md');
my ($csv, $xml) = $page =~ /^## Documents for partners\n.*?```yaml\n(.*?)```.*?```yaml\n(.*?)```/ms;
write_files($dir, 'schemas/canonical/inventory.json', '{"type": "object", "required": ["lines"]}');
write_files($dir, 'mappings/acme-stock.yaml', $csv);
write_files($dir, 'mappings/acme-order.yaml', $xml);
($code, $out, $err) = map_text('acme-stock',
    '{"lines": [{"sku": "A", "on_hand": {"qty": "2.50", "uom": "EA"}}, {"sku": "B"}, {"lot": "1"}]}');
is("$code $out", "0 SKU;Bestand;Einheit\r\nA;2,50;EA\r\nB;;\r\n", 'the example of CSV') or diag($err);
($code, $out, $err) = map_text('acme-order',
    '{"number": "7", "lines": [{"line": "1", "ordered": {"qty": "2", "uom": "EA"}}]}');
is($code, 0, 'the example of XML') or diag($err);
like($out, qr{<Order xmlns="urn:acme:order" xmlns:c="urn:acme:common" version="2"><c:Number>7</c:Number>}, 'its head');
like($out, qr{<Line no="1"><Qty unit="EA">2</Qty></Line></Order>\n\z}, 'its lines');

my $formats = slurp(root() . '/docs/formats.md');
my ($table) = slurp(root() . '/ngx_logistics_module/formats/output.c') =~ /formats\[\] = \{(.*?)^\};/ms;
my %media = $table =~ /\{"(\w+)",\s*"([^"]+)"/g;
is(scalar keys %media, 7, 'the table of formats');
like($formats, qr/^\| `$_` \| `\Q$media{$_}\E/m, "docs/formats.md has $_") for sort keys %media;

done_testing;
