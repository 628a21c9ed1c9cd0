# logisticsctl edi: check, show, to-json, from-json, ack; what it says, and its exit codes.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my $dir = File::Temp->newdir;
my $isa = 'ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*000000007*0*P*>~';
my $gs = 'GS*QM*ACME*OURS*20260314*0930*12*X*004010~';
my $good = join "\n", $isa, $gs, 'ST*214*0001~', 'B10*PRO1**SCAC~', 'SE*3*0001~', 'GE*1*12~', "IEA*1*000000007~\n";
my $bad = $good =~ s/SE\*3/SE*4/r =~ s/IEA.*//sr;

spew("$dir/good.edi", $good);
spew("$dir/bad.edi", $bad);

my ($code, $out, $err) = ctl_run('edi', 'check', "$dir/good.edi");
is($code, 0, 'a good file');
is($out, "$dir/good.edi: 1 interchanges, 1 groups, 1 sets: 1 accepted, 0 refused; 0 problems of envelopes\n", 'and what it holds');
is($err, '', 'nothing else to say');

($code, $out) = ctl_run('edi', 'check', "$dir/bad.edi");
is($code, 1, 'a file of which something is refused');
is($out, "$dir/bad.edi:5:4: segment 3: warning: SE says 4, but 3 came [se01_count]\n"
        . "$dir/bad.edi:7:1: refused: ISA has no IEA [no_iea]\n"
        . "$dir/bad.edi: 1 interchanges, 1 groups, 1 sets: 0 accepted, 1 refused; 2 problems of envelopes\n",
    'places, what becomes of it, names');
($code, $out) = ctl_run('edi', 'check', '--check', 'counts=reject', '--check', 'no_iea=ignore', "$dir/bad.edi");
is($code, 1, 'by another policy');
like($out, qr/refused: SE says 4.*: 0 accepted, 1 refused; 1 problems of envelopes$/s, 'the set is refused, the end is not missed');
($code) = ctl_run('edi', 'check', '--check', 'all=warn', "$dir/bad.edi");
is($code, 0, 'nothing is refused');

($code, $out) = ctl_run('edi', 'show', "$dir/bad.edi");
like($out, qr/^1:1 interchange ISA\*.*^2:1 group GS\*QM.*^    2     4:1   B10  01=PRO1  03=SCAC$/ms, 'shown with places');
like($out, qr/^    3     5:1   SE  01=4  02=0001\n  !! SE says 4, but 3 came \[se01_count\]$/m, 'problems beside their segments');

is(() = $out =~ /ISA has no IEA/g, 1, 'what is wrong with the envelope once');

spew("$dir/stray.edi", $good =~ s/GS.*?\n/XX*1~\n/r);
(undef, $out) = ctl_run('edi', 'show', "$dir/stray.edi");
like($out, qr/"XX" stands outside of every ST.*ST  01=214  02=0001\n  !! the transaction set stands in no group \[no_gs\]$/ms,
    'nor is what is wrong with a set lost behind it');

# What is refused by an end, or by what stands behind it, goes with all that it holds.
my $two = $good . $good =~ s/000000007/000000008/gr;
for my $case ([$two, 2, 0], [$two . 'lost', 1, 1], [$two =~ s/IEA.*?~\n//r, 1, 1], [$two =~ s/GE.*?~\n//r, 1, 1],
    [$two =~ s/B10.*?~/'B10*' . 'x' x 40_000 . '~'/er, 0, 1]) {
    my ($text, $n_accepted, $n_refused) = @$case;
    spew("$dir/two.edi", $text);
    (undef, $out) = ctl_run('edi', 'check', "$dir/two.edi");
    like($out, qr/ sets: $n_accepted accepted, $n_refused refused;/, "$n_accepted and $n_refused") or diag $out;
}

($code, $out) = ctl_run('edi', 'to-json', "$dir/good.edi");
is($code, 0, 'as JSON');
my $tree = decode_json($out);
is_deeply($tree->{segments}[1], { B10 => { '01' => 'PRO1', '03' => 'SCAC' } }, 'segments');
is($tree->{message}{version}, '004010', 'what the envelope says');
spew("$dir/good.json", $out);
($code, $out) = ctl_run('edi', 'from-json', '--lines', "$dir/good.json");
is($code, 0, 'and back');
is($out, $good, 'the same bytes');
spew("$dir/not.json", encode_json({ message => { standard => 'x12' }, segments => [{ ST => { '01' => 'a*b' } }] }));
($code, $out, $err) = ctl_run('edi', 'from-json', "$dir/not.json");
is($code, 1, 'what X12 cannot write');
is($err, "$dir/not.json:1:1: ST, element 1, has a separator within the data, which X12 cannot write\n", 'is said');
is($out, '', 'and not written');

for my $what (qw(check show ack to-json)) {
    spew("$dir/empty", '');
    spew("$dir/blank", " \r\n\n");
    for my $file (qw(empty blank)) {
        ($code, $out, $err) = ctl_run('edi', $what, "$dir/$file");
        is($code, 1, "$what: $file is no interchange");
        is($err, "$dir/$file: no interchange begins here: it holds nothing but blanks\n");
    }
    spew("$dir/none", "\x7fELF\x02\x01\0\0" x 100);
    ($code, $out, $err) = ctl_run('edi', $what, "$dir/none");
    is($code, 1, "$what: what is no EDI");
    like($out . $err, qr/no interchange begins here: neither ISA/, 'is said');
    ($code, $out, $err) = ctl_run('edi', $what, $dir);
    is($code, 2, "$what: a folder");
    like($err, qr/Is a directory/);
}
($code, $out) = ctl_run('edi', 'check', "$dir/none");
like($out, qr/; 1 problems of envelopes; the rest was not read$/m, 'and counted');
spew("$dir/unasked.edi", "UNB+UNOA:3+ACME+OURS+260314:0930+7'UNH+1+IFTSTA:D:95B:UN'BGM+77+1'UNT+3+1'UNZ+1+7'");
($code, $out, $err) = ctl_run('edi', 'ack', "$dir/unasked.edi");
is("$code$out", '0', 'no acknowledgement is asked for');
like($err, qr/^note: nothing is to be said: it asks for no acknowledgement/, 'is noted');
($code, $out, $err) = ctl_run('edi', 'ack', '--always', "$dir/unasked.edi");
like($out, qr/UCI\+7\+ACME\+OURS\+7'/, 'asked for by who runs it');
is($err, '');

# What stands behind the limit was not read: nobody may be told that it was accepted.
spew("$dir/cut.edi", $good =~ s/B10.*?~/'B10*' . 'x' x 40_000 . '~'/er);
($code, $out, $err) = ctl_run('edi', 'ack', "$dir/cut.edi");
is($code, 1, 'a segment that is too long');
like($err, qr/more than 32768 bytes without a terminator.*\[max-bytes\]$/, 'is told');
like($out, qr/TA1\*000000007\*260314\*0930\*R\*024~/, 'and refuses its interchange');
unlike($out, qr/AK5\*A/);

my @now = ('--at', '202603151045', '--number', '5', '--lines');
($code, $out) = ctl_run('edi', 'ack', @now, '--check', 'ends=warn', "$dir/bad.edi");
is($code, 0, 'an acknowledgement');
is($out, <<'END', 'a 997');
ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260315*1045*U*00401*000000005*0*P*>~
GS*FA*OURS*ACME*20260315*1045*5*X*004010~
ST*997*0001~
AK1*QM*12~
AK2*214*0001~
AK5*E*4~
AK9*E*1*1*1~
SE*6*0001~
GE*1*5~
IEA*1*000000005~
END
spew("$dir/ack.edi", $out);
($code, $out) = ctl_run('edi', 'check', "$dir/ack.edi");
is($code, 0, 'which is clean itself');
($code, $out) = ctl_run('edi', 'ack', '--always', "$dir/ack.edi");
is($out, '', 'and never acknowledged');
($code, $out) = ctl_run('edi', 'ack', @now, "$dir/bad.edi");
is($code, 1, 'what is refused');
like($out, qr/^TA1\*000000007\*260314\*0930\*R\*023~$/m, 'is refused by TA1');

spew("$dir/no.edi", 'what is this');
($code, $out) = ctl_run('edi', 'check', "$dir/no.edi");
is($code, 1, 'no EDI');
like($out, qr{no\.edi:1:1: refused: no interchange begins here: neither ISA \(X12\) nor UNA, UNB \(EDIFACT\) nor STX=},
    'says what is looked for');

# A terminal would obey what a partner put into a header, a tag or an element.
spew("$dir/escapes.edi", $good =~ s/\*ACME\*/*A\e[31m\x9bC*/r =~ s/PRO1/\e]0;x\x07\x7f\xc2\x9b31m\xc3\x9b/r =~ s/SE\*3/X\e\n*1~SE*4/r);
($code, $out) = ctl_run('edi', 'show', "$dir/escapes.edi");
like($out, qr/^2:1 group GS\*QM\*A\?\[31m\?C\*OURS/m, 'shown without control characters: a header,');
like($out, qr/ 01=\?\]0;x\?\?\?31m\xc3\x9b/, 'an element,');
like($out, qr/ X\?\?  01=1$/m, 'a tag');
unlike($out, qr/[^\n -~\x80-\xff]|\xc2[\x80-\x9f]/);

# Places of a set's segments are not looked for from its beginning each time: that took minutes.
spew("$dir/long.edi", $good =~ s/(?=SE\*)/"L11*A*B~\n" x 60_000/er);
($code, $out) = ctl_run('edi', 'show', "$dir/long.edi");
like($out, qr/^60003 60005:1   SE  01=3  02=0001$/m, 'a long set');

# TRADACOMS: a tag ends with =, and = of the data is released as the other marks are.
my $tradacoms = join "\n", "STX=ANA:1+5000000000001:ACME+5000000000002:OURS+260314:093000+7'", "MHD=1+ORDHDR:9'",
    "TYP=04?=30+O?'REILLY:A?+B?:C??'", "MTR=3'", "MHD=2+ORDERS:9'", "OLD=1++:SKU 7'", "MTR=4'", "END=2'\n";
spew("$dir/tradacoms.edi", $tradacoms);
($code, $out) = ctl_run('edi', 'check', "$dir/tradacoms.edi");
is($code, 0, 'TRADACOMS');
is($out, "$dir/tradacoms.edi:7:5: segment 3: warning: MTR says 4, but 3 came [mtr_count]\n"
        . "$dir/tradacoms.edi: 1 interchanges, 0 groups, 2 sets: 2 accepted, 0 refused; 1 problems of envelopes\n", 'and what is wrong with it');
($code, $out) = ctl_run('edi', 'show', "$dir/tradacoms.edi");
like($out, qr/^1:1 interchange STX=.*^    2     3:1   TYP  0=04=30  1=0:O'REILLY 1:A\+B:C\?$/ms, 'shown');
like($out, qr/^  !! MTR says 4, but 3 came \[mtr_count\]$/m, 'with what is wrong');
($code, $out) = ctl_run('edi', 'to-json', "$dir/tradacoms.edi");
my ($header, $order) = map { decode_json($_) } split /\n/, $out;
is_deeply($header->{segments}[1], { TYP => { 0 => { 0 => '04=30' }, 1 => { 0 => "O'REILLY", 1 => 'A+B:C?' } } }, 'as JSON');
is_deeply($order->{segments}[1], { OLD => { 0 => { 0 => '1' }, 2 => { 1 => 'SKU 7' } } }, 'what is empty has no member');
is_deeply([@{ $order->{message} }{qw(standard type version sender receiver)}],
    ['tradacoms', 'ORDERS', '9', '5000000000001', '5000000000002'], 'what the envelope says');
spew("$dir/tradacoms.json", $out);
($code, $out) = ctl_run('edi', 'from-json', '--lines', "$dir/tradacoms.json");
is($out, $tradacoms =~ s/MTR=4/MTR=3/r, 'and back, with the right count');
($code, $out) = ctl_run('edi', 'ack', '--always', "$dir/tradacoms.edi");
is("$code$out", '0', 'it has no acknowledgement');

for my $usage ([], ['nothing', 'x'], ['check'], ['check', '--check', 'x=warn', 'f'], ['check', '--check', 'counts=no', 'f'],
    ['check', '--number'], ['ack', '--at', '2026', "$dir/good.edi"], ['ack', '--number', '1x', "$dir/good.edi"],
    ['check', "$dir/none.edi"]) {
    ($code, $out, $err) = ctl_run('edi', @$usage);
    is($code, 2, "usage: edi @$usage");
    isnt($err, '', 'says why');
}
done_testing;
