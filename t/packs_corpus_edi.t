# Every X12 and EDIFACT document of the shared corpus that is of a pack's kind: it translates as t/corpus/*.tsv says, with
# no warning but those that are listed, nothing of an unknown type, one id a record, and every time that it states is in
# what comes of it, or listed as not used. No other file of these kinds is in the corpus. The corpus is no part of this
# repository: skipped where it is not there.
#
# A row: mapping, file (below x12/ or edifact/), how many records (4/1: of one id, the same sent again; or
# "refused: code"), warnings by their beginning (with | between them),
# times that are not used (digits, "-" for none), then /pointer=value into the first record, or /N/pointer into number N.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -r "$corpus/INDEX.tsv";
chdir root();

# Where documents state times: segment → [day, time], by place.
my %times = (
    DTM => sub { my ($e) = @_; ref $e->{0} ? $e->{0}{1} : join '', grep { defined } map { plain($_) } @$e{qw(02 03)} },
    G62 => sub { join '', grep { defined } @{ $_[0] }{qw(02 04)} },
    AT7 => sub { join '', grep { defined } @{ $_[0] }{qw(05 06)} },
);

# An element with components is its first: some end elements with the separator of components.
sub plain { return ref $_[0] eq 'HASH' ? $_[0]{'01'} : $_[0] }
sub digits { return $_[0] =~ s/\D//gr }

# The times of a file, and those that stand in no record (whole, or as a day alone).
sub unused {
    my ($path, $told) = @_;
    my (undef, $out) = ctl_run('edi', 'to-json', '--check', 'all=ignore', $path);
    my %seen;
    for my $segment (map { @{ decode_json($_)->{segments} } } split /\n/, $out) {
        my ($tag) = keys %$segment;
        my $time = $times{$tag} ? digits($times{$tag}->($segment->{$tag}) // '') : '';
        $time =~ s/^(\d{6})$/20$1/;
        $time = substr $time, 0, 14 if length $time == 16; # hundredths
        $seen{$time} = 1 if length $time >= 8;
    }
    return grep { index($told, $_) < 0 } sort keys %seen;
}

sub at {
    my ($value, $pointer) = @_;
    for my $step (grep { length } split m{/}, $pointer) {
        return undef unless ref $value;
        $value = ref $value eq 'ARRAY' ? $value->[$step] : $value->{$step};
    }
    return $value;
}

sub check_row {
    my ($mapping, $file, $want, $warnings, $not_used, @values) = @_;
    my $name = substr($file, length "$corpus/");
    my ($code, $out, $err) = ctl_run('map', $mapping, $file);
    my @records = map { decode_json($_) } split /\n/, $out;

    if ($want =~ /^refused: (.*)/) {
        isnt($code, 0, "$mapping: $name is refused");
        like($err, qr/\Q$1\E/, "... because of \"$1\"");
        return;
    }
    my ($n, $n_ids) = split m{/}, $want;
    is($code, 0, "$mapping: $name") or diag($err);
    is(scalar @records, $n, "... $n records");
    my @told = map { /warning: (.*)/ ? $1 =~ s/^mapping "[^"]*": //r : $_ } split /\n/, $err;
    my @wanted = $warnings eq '-' ? () : split /[|]/, $warnings;
    my @strange = grep { my $told = $_; !grep { index($told, $_) == 0 } @wanted } @told;
    my @absent = grep { my $wanted = $_; !grep { index($_, $wanted) == 0 } @told } @wanted;
    is_deeply([@strange, @absent], [], "... told: $warnings") or diag($err);
    my @unknown = grep { ($_->{type} // '') =~ /[.]unknown$/ } @records;
    cmp_ok(scalar @unknown, '<=', $warnings eq '-' ? 0 : scalar @told, '... no unknown type without its warning');
    my %ids = map { $_->{id} => 1 } @records;
    is(scalar keys %ids, $n_ids // scalar @records, '... one id a record');
    is(join(',', unused($file, join ' ', map { digits($_) } $out =~ /"(\d{4}-\d\d-\d\d[^"]*)"/g)) || '-', $not_used,
        '... times that are not used');
    for my $value (@values) {
        my ($pointer, $text) = $value =~ /^(\S+?)=(.*)$/;
        my ($n, $rest) = $pointer =~ m{^/(\d+)(/.*)$} ? ($1, $2) : (0, $pointer);
        is(at($records[$n], $rest), $text, "... $pointer");
    }
    return;
}

my %listed;
for my $table (sort glob 't/corpus/*.tsv') {
    for my $line (grep { length && !/^#/ } split /\n/, slurp($table)) {
        my ($mapping, $glob, @row) = split /\t/, $line;
        my @files = glob(($corpus . '/' . ($mapping =~ /^x12-/ ? 'x12' : 'edifact') . "/$glob") =~ s/ /\\ /gr);

        ok(scalar @files, "$table: $glob is in the corpus");
        $listed{$_} = 1 for @files;
        check_row($mapping, $_, @row) for @files;
    }
}

my %kinds; # folders of the corpus whose files the tables must list: those of packs
for my $mapping (map { m{([^/]+)\.yaml$} } glob 'lua-free-policies/mappings/{x12,edifact}-*.yaml') {
    my ($standard, $kind) = $mapping =~ /^(x12|edifact)-([a-z0-9]+)/;
    $kinds{"$standard/" . uc $kind} = 1;
}
for my $folder (sort keys %kinds) {
    my @missing = grep { -f && !$listed{$_} } glob "$corpus/$folder/*/*";
    is_deeply(\@missing, [], "$folder: every file is listed");
}
done_testing();
