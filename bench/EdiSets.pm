# The interchanges that bench/edi.pl measures: statuses of shipments, of which no two are alike. What a
# set has (codes, parties, references, places, goods, how long each is) is drawn for its number by a rule
# that is always the same, so every run and every tree is given the same bytes.
package EdiSets;
use strict;
use warnings;

my @NAMES = (
    'NORTHERN PAPER MILLS INC', 'FABER AND SONS', 'ACE', "O'BRIEN HARDWARE", 'GREAT LAKES COLD STORAGE AND DISTRIBUTION',
    'M & K', 'SUNRISE FOODS LLC', 'PORTLAND TOOL', 'BAUHAUS MUENCHEN', 'ATLANTIC FASTENERS COMPANY', "CAF\x{c3}\x{89} DU NORD", 'R2 SUPPLY',
);
my @STREETS = ('161 WELLINGTON ROAD', '1 DUMP ROAD', 'DOCK 7', '40025 INDUSTRIAL PARKWAY SOUTH', 'PO BOX 9');
my @PLACES = (
    ['BRATTLEBORO', 'VT', '05301'], ['RUMFORD', 'ME', '04276'], ['ERIE', 'PA', '16501'], ['SALT LAKE CITY', 'UT', '84101'],
    ['YUMA', 'AZ', '85364'], ['FORT WAYNE', 'IN', '468021234'],
);

my %STANDARDS = (
    'x12-214' => {
        head => "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
            . "000000007*0*P*>~\nGS*QM*ACME*OURS*20260314*0930*12*X*004010~\n",
        tail => sub {"GE*$_[0]*12~\nIEA*1*000000007~\n"},
        set => \&make_214,
    },
    'edifact-iftsta' => {
        head => "UNA:+.? '\nUNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'\n",
        tail => sub {"UNZ+$_[0]+REF7'\n"},
        set => \&make_iftsta,
    },
);

sub mappings { return sort keys %STANDARDS }

# An interchange of at least so many bytes into a file; returns how many sets it has, each of which
# becomes one record.
sub write_file {
    my ($mapping, $file, $size) = @_;
    my ($standard, $n, $bytes) = ($STANDARDS{$mapping}, 0, 0);

    open my $out, '>', $file or die "$file: $!\n";
    print {$out} $standard->{head};
    while ($bytes < $size) {
        my $text = $standard->{set}->(++$n);
        print {$out} $text;
        $bytes += length $text;
    }
    print {$out} $standard->{tail}->($n);
    close $out or die "$file: $!\n";
    return $n;
}

# Gives numbers below what it is asked for, the same ones for the same set.
sub draws_of {
    my ($x) = @_;
    $x = $x * 2654435761 & 0x7fffffff;
    return sub {
        $x = $x * 1103515245 + 12345 & 0x7fffffff;
        return ($x >> 9) % $_[0];
    };
}

sub digits_of {
    my ($draw, $least, $most) = @_;
    return join '', map { $draw->(10) } 1 .. $least + $draw->($most - $least + 1);
}

sub make_214 {
    my ($i) = @_;
    my $draw = draws_of($i);
    my $one_of = sub { $_[$draw->(scalar @_)] };
    my $scac = $one_of->('SCAC', 'ABFS', 'RDWY', 'FXFE', 'UP');
    my $is_planned = $draw->(9) == 0;
    my @segments = (sprintf('ST*214*%09u', $i), 'B10*PRO' . digits_of($draw, 4, 9)
            . ($draw->(4) ? '*BOL' . digits_of($draw, 4, 8) : '*') . "*$scac");

    for (1 .. $draw->(5)) {
        push @segments, 'L11*' . digits_of($draw, 5, 12) . '*' . $one_of->(qw(PO CO SI DO BN LO));
    }
    for my $role ((qw(SH CN ST BT))[0 .. $draw->(4)]) {
        my ($city, $state, $code) = @{$one_of->(@PLACES)};
        push @segments, "N1*$role*" . $one_of->(@NAMES) . ($draw->(2) ? '*' . $one_of->(qw(93 25 9)) . '*' . digits_of($draw, 4, 9) : '');
        push @segments, 'N3*' . $one_of->(@STREETS) if $draw->(3);
        push @segments, "N4*$city*$state*$code*US" if $draw->(6);
    }
    push @segments, 'LX*1';
    push @segments, sprintf(
        'AT7*%s*%s*202603%02u*%02u%02u%s',
        $is_planned ? '**' . $one_of->('AA', 'AB') : $one_of->(qw(AF X1 X3 X4 X6 D1 CD P1 AG SD AM CP)),
        $is_planned ? 'NA' : $draw->(3) ? 'NS**' : $one_of->(qw(AO BE AY A2 BG AI)) . '**',
        9 + $draw->(20), $draw->(24), $draw->(60), $one_of->('*ET', '*ET', '*CT', '*PT', '*MS', '*LT', ''),
    );
    if ($draw->(5)) {
        my ($city, $state) = @{$one_of->(@PLACES)};
        push @segments, "MS1*$city*$state*" . $one_of->('USA', 'US');
    }
    push @segments, "MS2*$scac*" . digits_of($draw, 4, 7) . '*' . $one_of->(qw(TL RT CN)) if $draw->(2);
    push @segments, 'K1*' . $one_of->('CALL BEFORE DELIVERY', 'GATE 4', 'DRIVER WAITS FOR THE DOCK') if $draw->(7) == 0;
    push @segments, sprintf 'AT8*G*%s*%u*%u', $one_of->(qw(L L K)), 1 + $draw->(40000), 1 + $draw->(30) if $draw->(3);
    push @segments, sprintf 'SE*%u*%09u', @segments + 1, $i;
    return join '', map {"$_~\n"} @segments;
}

sub make_iftsta {
    my ($i) = @_;
    my $draw = draws_of($i);
    my $one_of = sub { $_[$draw->(scalar @_)] };
    my $day = sprintf '202603%02u', 9 + $draw->(20); # behind the change of clocks, which is warned of
    my @segments = ("UNH+$i+IFTSTA:D:96A:UN" . $one_of->(':EAN003', ''), 'BGM+77+STAT' . digits_of($draw, 3, 9) . '+9',
        "DTM+137:${day}0930:203");

    for my $role ((qw(CZ CN CA ST))[0 .. $draw->(4)]) {
        my $name = $one_of->(@NAMES) =~ s/(['+:?])/?$1/gr =~ s/\x{c3}\x{89}/\x{c9}/r;
        push @segments, "NAD+$role+" . $one_of->('540000' . digits_of($draw, 7, 7) . '::9', '') . ($draw->(3) ? "++$name" : '');
        $segments[-1] =~ s/\+$/+5411111111111::9/;
    }
    push @segments, 'CNI+1+SHIP' . digits_of($draw, 4, 9);
    push @segments, 'STS+1+' . $one_of->(qw(13 21 24 27 31 20 1 45 48 82))
        . ($draw->(3) ? '' : '+' . $one_of->(qw(13 2 14 36 63)) . $one_of->('', ":::COLLECTED BY CARRIER?'S VAN", ':::LATE'));
    for (1 .. $draw->(6)) {
        push @segments, 'RFF+' . $one_of->(qw(CU BM CN AAK FF)) . ':' . digits_of($draw, 5, 14);
    }
    push @segments, $one_of->(sprintf("DTM+334:$day%02u%02u:203", $draw->(24), $draw->(60)), "DTM+334:$day:102") if $draw->(8);
    push @segments, 'LOC+5+' . $one_of->('USBVT::6:BRATTLEBORO', 'DEHAM:139:6', 'NLRTM::6:ROTTERDAM MAASVLAKTE', 'SEGOT:139:6:GOTHENBURG')
        if $draw->(4);
    push @segments, 'FTX+AAI+++' . $one_of->('CALL BEFORE DELIVERY', 'DRIVER WAITS FOR THE DOCK:GATE 4') if $draw->(4) == 0;
    push @segments, sprintf('GID+1+%u:PK', 1 + $draw->(30)), sprintf('MEA+WT+AAE+KGM:%u', $draw->(40000)) if $draw->(3);
    push @segments, sprintf 'UNT+%u+%u', @segments + 1, $i;
    return join '', map {"$_'\n"} @segments;
}

1;
