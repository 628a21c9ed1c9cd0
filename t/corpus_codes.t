# The code lists and the codes of the EDI dictionaries against the tables of the facts, which public sources are read into:
# a code that no table has is somebody's memory, and a status that a list has not is an event that is lost. Elements that
# look alike are lists of their own: AT7-01 (1650), AT7-03 (1652) and 157; 9011 of D.96A and 4405 of later directories.
# The tables are no part of this repository: skipped where they are not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $tables = "$shared/facts/tables";
plan skip_all => "no tables at $tables: set LGS_SHARED" unless -r "$tables/x12_1650.json";
chdir root();

sub table {
    my %codes = map { %{ decode_json(slurp("$tables/$_.json"))->{codes} } } @_;
    return \%codes;
}

sub minus { my ($of, $others) = @_; return [sort grep { !exists $others->{$_} } keys %$of] }

# List → its tables, and what is known: "beyond" is in no table, "whole": every code of them is in the list.
my %lists = (
    'x12-1650' => { tables => ['x12_1650'], whole => 1 },
    'x12-1651' => { tables => ['x12_1651'], whole => 1 },
    'x12-1652' => { tables => ['x12_1652'], whole => 1 },
    'x12-time-codes' => { tables => ['x12_623'], whole => 1 },
    'edifact-0085' => { tables => ['edifact_syntax4_0085'], whole => 1 },
    # 1: of the directories before syntax version 4
    'contrl-action' => { tables => ['edifact_syntax4_0083'], whole => 1, beyond => ['1'] },
    # Rec. 24's statuses that are none of ours (weighed, repaired, credit) have no word
    'rec24-status' => { tables => ['edifact_D96A_9011'] },
    'uncl-9013' => { tables => [qw(edifact_D96A_9013 edifact_D20A_9013)] },
    'edifact-equipment' => { tables => ['edifact_D96A_8053'] },
    'x12-128' => { tables => ['x12_128'] },
    'x12-355' => { tables => ['x12_355'] },
    'x12-40' => { tables => ['x12_40'] },
    # the table has only the four codes of 002001
    'x12-163' => { tables => ['x12_163'], whole => 1, beyond => [qw(AL CN DR DT LD LE PA RT SL SU TL UL)] },
    # what goes out
    'x12-1650-out' => { tables => ['x12_1650'], values => 1 },
    'x12-1651-out' => { tables => ['x12_1651'], values => 1 },
    'rec24-status-out' => { tables => ['edifact_D96A_9011'], values => 1 },
    'uncl-9013-out' => { tables => [qw(edifact_D96A_9013 edifact_D20A_9013)], values => 1 },
);

# The codes of a list's lines, or what its lines come to.
sub codes {
    my ($name, $values) = @_;
    my $text = slurp("lua-free-policies/codelists/$name.yaml") =~ s/^.*?^codes:/codes:/msr;
    my %codes;
    for my $line (split /\n/, $text) {
        my ($key, $value) = $line =~ /^  (["']?)([^"']*?)\1:\s*(.*?)(?:\s+#.*)?$/ ? ($2, $3) : next;
        $codes{ $values ? $value =~ tr/"'//dr : $key } = 1;
    }
    return \%codes;
}

for my $name (sort keys %lists) {
    my $list = $lists{$name};
    my $table = table(@{ $list->{tables} });
    my $codes = codes($name, $list->{values});

    cmp_ok(scalar keys %$codes, '>=', 2, "$name is read: " . keys %$codes);
    is_deeply(minus($codes, $table), $list->{beyond} // [], "$name: no code but of @{ $list->{tables} }");
    is_deeply(minus($table, $codes), [], '... and all of them') if $list->{whole};
}

# Dictionary → element → [tables whose codes it has at least, tables whose it has at most].
my %dictionaries = (
    'x12/segments-004010' => { map { $_ => [["x12_$_"], ["x12_$_"]] } qw(623 715 716 717 1650 1651 1652) },
    'edifact/segments-D96A' => {
        '0085' => [['edifact_syntax4_0085'], ['edifact_syntax4_0085']],
        map { $_ => [["edifact_D96A_$_"], ["edifact_D96A_$_"]] } qw(2379 8169 8249),
    },
    'edifact/segments-D01B' => {
        map { $_ => [["edifact_D96A_$_"], ["edifact_D96A_$_", "edifact_D20A_$_"]] } qw(2379 8169 8249),
    },
);

for my $name (sort keys %dictionaries) {
    my ($text) = slurp("lua-free-policies/edi/$name.yaml") =~ /^codes:\n(.*)/ms;
    $text =~ s/: >-\n\s+/: /g;
    1 while $text =~ s/^(  \S+ [\w ]+)\n    /$1 /m;
    my %codes = map { /^  "?(\w+)"?: "?([\w ]+)"?$/ ? ($1 => { map { $_ => 1 } split ' ', $2 }) : () } split /\n/, $text;
    for my $element (sort keys %{ $dictionaries{$name} }) {
        my ($least, $most) = map { table(@$_) } @{ $dictionaries{$name}{$element} };
        is_deeply(minus($least, $codes{$element}), [], "$name: $element has all codes");
        is_deeply(minus($codes{$element}, $most), [], '... and no others');
    }
}
done_testing;
