# EDI guides from outside: what logisticsctl says by them, what the acknowledgement makes of it, what lint
# finds in their files, and that docs/edi-guides.md names all words; routes refuse by them.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Copy ();
use File::Path qw(make_path);
use File::Temp ();

chdir root();
my $dir = File::Temp->newdir;
my $isa = 'ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*000000007*0*P*>~';
my $gs = 'GS*QM*ACME*OURS*20260314*0930*12*X*004010~';

sub x12 {
    my (@segments) = @_;
    my $n = @segments + 2;
    return join '', map { "$_\n" } $isa, $gs, 'ST*214*0001~', @segments, "SE*$n*0001~", 'GE*1*12~', 'IEA*1*000000007~';
}

subtest 'what is checked by hand' => sub {
    spew("$dir/good.edi", x12('B10*PRO1*S1*SCAC~', 'LX*1~', 'AT7*X3*NS***20260314*0915*ET~', 'MS1*ATLANTA*GA*US~'));
    my ($rc, $out, $err) = ctl_run('edi', 'check', '--guide', 'auto', "$dir/good.edi");
    is($rc, 0, 'a good set');
    like($out, qr/0 problems$/, 'clean');
    is($err, '', 'nothing else to say');

    spew("$dir/bad.edi", x12('L11*1~', 'B10*PRO1*S1~', 'LX*1~', 'AT7*Q3*NS***20261314*0915*ET~', 'MS1*ATLANTA***1~', 'XYZ*1~'));
    ($rc, $out) = ctl_run('edi', 'check', '--guide', 'x12/214-004010', "$dir/bad.edi");
    is($rc, 1, 'a bad one');
    (my $said = $out) =~ s{\Q$dir\E/}{}g;
    is($said, <<'END', 'every finding with its place, what becomes of it, its word');
bad.edi:4:1: segment 2: refused: segment B10 is missing before this L11 [missing]
bad.edi:4:1: segment 2: warning: L11/02 (reference identification qualifier) must stand with the others (P0102) [condition]
bad.edi:5:1: segment 3: warning: B10 stands behind what it should come before [segment_order]
bad.edi:5:1: segment 3: refused: B10/03 (standard carrier alpha code) is missing [missing]
bad.edi:7:5: segment 5: warning: AT7/01 (shipment status code): "Q3" is none of its codes [unknown_code]
bad.edi:7:13: segment 5: refused: AT7/05 (date): "20261314" is no date [bad_date]
bad.edi:8:15: segment 6: warning: MS1/04 (longitude code): "1" is shorter than 7 [too_short]
bad.edi:8:1: segment 6: warning: MS1/02 (state or province code) or another is asked for by the first (L010203) [condition]
bad.edi:8:1: segment 6: warning: MS1/05 (latitude code) must stand with the others (P0405) [condition]
bad.edi:9:1: segment 7: warning: there is no segment XYZ in x12/segments-004010 [unknown_segment]
bad.edi: 1 interchanges, 1 groups, 1 sets: 0 accepted, 1 refused; 10 problems
END
    ($rc, $out) = ctl_run('edi', 'check', '--guide', 'auto', '--check', 'all=warn', '--check', 'unknown=ignore', "$dir/bad.edi");
    is($rc, 0, 'by another policy nothing is refused');
    unlike($out, qr/unknown_/, 'and what is ignored is not told');

    ($rc, $out, $err) = ctl_run('edi', 'check', '--guide', 'x12/214-0040', "$dir/bad.edi");
    is($rc, 2, 'a guide that is not there');
    like($err, qr{has no guide "x12/214-0040"; did you mean "x12/214-004010"\?}, 'is said');
};

subtest 'what goes back' => sub {
    my @how = ('--guide', 'auto', '--at', '202603151045', '--lines');
    my ($rc, $out) = ctl_run('edi', 'ack', @how, "$dir/bad.edi");
    my @segments = grep { /^(?:AK|IK)/ } split /\n/, $out;

    is_deeply(\@segments, [
        'AK1*QM*12~', 'AK2*214*0001~',
        'AK3*B10*2**3~',
        'AK3*L11*2**8~', 'AK4*2*128*2~',
        'AK3*B10*3**7~',
        'AK3*B10*3**8~', 'AK4*3*140*1~',
        'AK3*AT7*5**8~', 'AK4*1*1650*7*Q3~', 'AK4*5*373*8*20261314~',
        'AK3*MS1*6**8~', 'AK4*2*156*2~', 'AK4*4*1654*4*1~', 'AK4*5*1655*2~',
        'AK3*XYZ*7**1~',
        'AK5*R*5~', 'AK9*R*1*1*0~',
    ], 'segment, element, number of the data element, code, what stood there') or diag($out);

    ($rc, $out) = ctl_run('edi', 'ack', @how, '--check', 'all=warn', "$dir/bad.edi");
    like($out, qr/^AK5\*E\*5~$/m, 'accepted with errors');
    like($out, qr/^AK9\*E\*1\*1\*1~$/m, 'which counts as accepted');

    spew("$dir/iftsta.edi", join "\n", q{UNB+UNOC:3+A+B+260314:0930+7'}, q{UNH+1+IFTSTA:D:96A:UN'}, q{BGM+23+1+9'},
        q{CNI+1+S1'}, q{STS+1:::1+21'}, q{DTM+334:202603140930:203:9'}, q{UNT+6+1'}, q{UNZ+1+7'}, '');
    ($rc, $out) = ctl_run('edi', 'ack', @how, '--check', 'unknown=reject', "$dir/iftsta.edi");
    like($out, qr/^UCM\+1\+IFTSTA:D:96A:UN\+4'\nUCS\+4'\nUCD\+16\+2:4'\nUCS\+5'\nUCD\+16\+2:4'$/m,
        'CONTRL: the tag is element 1, components are counted from 1') or diag($out);
};

subtest 'files' => sub {
    my $policies = "$dir/policies";
    my $edi = "$policies/edi/x12";

    make_path($edi);
    File::Copy::copy("lua-free-policies/edi/x12/$_", $edi) for 'segments-004010.yaml', '214-004010.yaml';
    my $lint = sub { my (undef, undef, $err) = ctl_run('lint', $policies); return [grep { m{/edi/} } split /\n/, $err =~ s{\Q$policies\E}{}gr] };
    is_deeply($lint->(), [], 'two files are enough');

    my $text = slurp("$edi/214-004010.yaml");
    spew("$edi/214-004010.yaml", $text =~ s/^  - B10 M$/  - B1O M/mr =~ s/^set:/sett:/mr);
    is_deeply($lint->(), [
        '/edi/x12/214-004010.yaml:3:1: "set" says which set it is for',
        '/edi/x12/214-004010.yaml:5:1: /sett: "sett" is not expected here; did you mean "set"?',
    ], 'keys');
    spew("$edi/214-004010.yaml", $text =~ s/^  - B10 M$/  - B1O M/mr);
    is_deeply($lint->(), ['/edi/x12/214-004010.yaml:11:5: no segment B1O in x12/segments-004010; did you mean "B1"?'],
        'segments that the dictionary has not');
    spew("$edi/214-004010.yaml", $text);

    spew("$edi/acme.yaml", <<'END');
dictionary: x12/acme
standard: x12
extends: x12/segments-004010
segments:
  B10: [M127, M145, M1400]
codes:
  1650: X3 AF
  16500: X3
END
    is_deeply($lint->(), [
        '/edi/x12/acme.yaml:5:21: no element or composite 1400; did you mean "100"?',
        '/edi/x12/acme.yaml:8:3: codes of 16500, which is no element here; did you mean "1650"?',
    ], 'elements and codes that are not there') or diag(explain($lint->()));
    make_path("$policies/edi/x13");
    like(join('', (ctl_run('lint', $policies))[2]), qr/directory "x13" is not read/, 'directories that are no standard');
    rmdir "$policies/edi/x13";
};

subtest 'the page' => sub {
    my $page = slurp('docs/edi-guides.md');
    my %row = $page =~ /^\| `(\w+)` \|(.*)$/mg;
    my $source = slurp('ngx_logistics_module/formats/edi_fault.c');
    my %known;

    while ($source =~ /=\s*\{"(\w+)", (NULL|"(\w+)"), LGS_EDI_(\w+),\s*"\w+", "(\w+)", "(\w+)"\}/g) {
        next if $1 eq 'guide';
        $known{$1} = 1;
        like($row{$1} // '', qr/\b\L$4\E \|.*\| $6 \|$/, "$1: what becomes of it, its code in CONTRL");
        like($row{$1} // '', qr/`$3`/, "... and its family $3") if $3;
    }
    cmp_ok(scalar keys %known, '>=', 17, 'the table is read');
    is_deeply([sort grep { !$known{$_} } keys %row], [], 'no row is of nothing');
};

subtest 'TRADACOMS' => sub {
    my $file = sub {
        return join("\n", "STX=ANA:1+5000000000001:ACME+5000000000002:OURS+260314:093000+7'", "MHD=1+ORDHDR:9'", "TYP=0430'",
            "SDT=5000000000001:N1'", "CDT=5000000000002'", "FIL=1+1+260314'", "MTR=6'", "MHD=2+ORDERS:9'", "CLO=5000000000003'", @_,
            "MTR=@{[@_ + 3]}'", "MHD=3+ORDTLR:9'", "OFT=1'", "MTR=3'", "END=3'") . "\n";
    };
    my @order = ("ORD=4711::260314'", "DIN=260320++0800:1600'", "OLD=1+5000000000010:A-1+++12+80'", "DNB=1+1++:Fragile'", "OTR=1'");
    spew("$dir/good.tra", $file->(@order));
    my ($rc, $out) = ctl_run('edi', 'check', '--guide', 'auto', "$dir/good.tra");
    is($rc, 0, 'a file of orders');
    like($out, qr/: 3 accepted, 0 refused; 0 problems$/, 'has nothing wrong') or diag $out;
    spew("$dir/bad.tra", $file->("DIN=2603201'", "ORD=4711'", "OLD=one+5000000000010+++12'", "OTR=1'", "OLD=2+5+++1+1'"));
    ($rc, $out) = ctl_run('edi', 'check', '--guide', 'auto', "$dir/bad.tra");
    is($rc, 1, 'one of which a message is refused');
    is_deeply([map { s/^\S+?:(\d+):\d+: segment \d+: (\w+): .*\[(\w+)\]$/$1 $2 $3/r } grep { /\]$/ } split /\n/, $out], [
        '10 refused missing', '10 warning too_long', '11 warning segment_order', '12 refused missing', '12 warning bad_character',
        '14 warning segment_order'], 'what, and where') or diag $out;
};

done_testing;
