# Code lists: tables beside YAML, lists behind each other, and a partner's own codes before them.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

sub policies {
    my (%more) = @_;
    my $dir = File::Temp->newdir('lgs-codes-XXXXXX', TMPDIR => 1);
    my %file = (
        'codelists/carrier.csv' => "code,type,note\nD,shipment.delivered,done\nT,shipment.in_transit,\n",
        'codelists/words.csv' => qq(code,value\n"a,b",both\nx,one\n),
        'codelists/common.yaml' => "codelist: common\ncodes: {D: {type: shipment.returned}, R: {type: shipment.returned}}\n",
        'codelists/partners/ops/carrier.csv' => "code,type\nQ,shipment.delayed\n",
        'mappings/coded.yaml' => <<'END', %more);
mapping: coded
output: coded
lookup:
  status: {file: [carrier, common], else: warn}
  words: {file: words, else: keep}
emit:
  - {type: {lookup: status, key: /c, get: type}, note: {lookup: status, key: /c, get: note, else: null}, word: {lookup: words, key: /w}}
END

    system('cp', '-R', root() . '/lua-free-policies/.', "$dir") == 0 or die "cp: $?";
    write_files($dir, %file);
    return $dir;
}

sub lint {
    my ($rc, $out, $err) = ctl_run('lint', $_[0]);
    return ($rc, $out . $err);
}

my $dir = policies();
my ($rc, $said) = lint("$dir");
is($rc, 0, 'tables and partners lists are read') or diag $said;

sub mapped {
    my ($partner, $document) = @_;
    spew("$dir/in.json", encode_json($document));
    my ($rc, $out, $err) = ctl_run('map', '--policies', "$dir", '--partner', $partner, 'coded', "$dir/in.json");
    return $rc == 0 ? decode_json($out) : $err;
}

is_deeply(mapped('dhl', { c => 'D', w => 'a,b' }), { type => 'shipment.delivered', note => 'done', word => 'both' },
    'a table; the first list that has the code');
is_deeply(mapped('dhl', { c => 'R', w => 'y' }), { type => 'shipment.returned', word => 'y' }, 'the list behind it');
is_deeply(mapped('dhl', { c => 'T' }), { type => 'shipment.in_transit' }, 'an empty cell of a table');
is_deeply(mapped('ops', { c => 'Q' }), { type => 'shipment.delayed' }, 'the codes of a partner');
is_deeply(mapped('dhl', { c => 'Q' }), {}, 'which another has not');

for my $case (
    ['no column called code', { 'codelists/words.csv' => "kode,value\na,b\n" },
        qr{codelists/words\.csv:2:1: .*a column called code}],
    ['a code twice', { 'codelists/words.csv' => "code,value\na,b\nc,d\na,e\n" }, qr{codelists/words\.csv:4:1: .*"a"}],
    ['a list twice', { 'codelists/common.csv' => "code,value\na,b\n" },
        qr{code list "common" stands in a \.yaml and in a \.csv file}],
    ['an unknown partner', { 'codelists/partners/opps/carrier.csv' => "code,type\nQ,shipment.delayed\n" },
        qr{codelists/partners/opps/carrier\.csv:.*no partner "opps"; did you mean "ops"\?}],
    ['an unknown list', { 'codelists/partners/ops/carier.csv' => "code,type\nQ,shipment.delayed\n" },
        qr{no code list "carier" that these codes could come before; did you mean "carrier"\?}],
    ['an unknown list behind another', { 'mappings/coded.yaml' =>
        "mapping: coded\noutput: coded\nlookup: {s: {file: [carrier, commn], else: warn}}\nemit: [{a: {lookup: s, key: /c}}]\n" },
        qr{mappings/coded\.yaml:3:30: .*there is no code list "commn"}],
) {
    my ($name, $edit, $finding) = @$case;
    my ($code, $text) = lint('' . (my $other = policies(%$edit)));
    is($code, 1, $name);
    like($text, $finding);
}

done_testing;
