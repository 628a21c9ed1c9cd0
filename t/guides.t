# Every guide of lua-free-policies/edi: a document with one of all that it names, made of the guide and its dictionary, has
# nothing wrong with it; one with a segment too late, with an element too long, with a code of nobody has that wrong, and
# nothing else. So no guide asks for what its dictionary cannot say, and none has a segment where the order cannot find it.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Copy ();
use File::Temp ();

chdir root();
my $folder = 'lua-free-policies/edi';
my $dir = File::Temp->newdir;
symlink root() . "/$folder", "$dir/edi" or die $!;
File::Copy::copy('lua-free-policies/gateway.yaml', $dir) or die $!;
my %is_fault = map { $_ => 1 } slurp('ngx_logistics_module/formats/edi_fault.c') =~ /=\s*\{"(\w+)",\s*(?:NULL|"\w+"), LGS_EDI_/g;

# The parts of the YAML that these files are written in: a line for each thing, texts that go on in the next.
my %dictionaries;

sub dictionary {
    my ($name) = @_;
    return $dictionaries{$name} if $dictionaries{$name};
    my $text = slurp("$folder/$name.yaml") =~ s/\s+#.*$//mgr =~ s/,\n\s+/, /gr =~ s/: >-\n\s+/: /gr;
    1 while $text =~ s/^(  \w+: [\w ]+)\n    /$1 /m;
    my ($extends) = $text =~ /^extends: (\S+)/m;
    my %is = $extends ? %{ dictionary($extends) } : ();
    my $section = '';
    ($is{standard}) = $text =~ /^standard: (\w+)/m;
    for my $line (split /\n/, $text) {
        $section = $1 if $line =~ /^(\w+):/;
        $is{$section} = { %{ $is{$section} // {} }, $1 => $2 } if $line =~ /^  "?(\w+)"?: \[?(.*?)\]?$/;
    }
    return $dictionaries{$name} = \%is;
}

# [tag, is it mandatory] or [list of them] for a loop
sub guide {
    my ($text) = @_;
    my @open = ([]);
    for my $line ($text =~ /^segments:\n(.*)/ms ? split /\n/, $1 : ()) {
        my ($blanks, $word) = $line =~ /^( +)- (.*)/ or next;
        my $level = (length($blanks) - 2) / 4;
        splice @open, $level + 1;
        if ($word =~ /^loop /) {
            push @open, [];
            push @{ $open[$level] }, $open[-1];
        } else {
            my ($tag, $usage) = split / /, $word;
            push @{ $open[$level] }, "$tag $usage";
        }
    }
    return $open[0];
}

sub flat { return map { ref $_ ? flat(@$_) : $_ } @_ }

# Values by element where any of its length is not enough.
my %values = (2379 => '102', 2380 => '20260314', 784 => '3', 785 => 'abc');

sub value {
    my ($is, $element) = @_;
    return $values{$element} if exists $values{$element};
    my $type = $is->{elements}{$element} // $element;
    my @codes = split ' ', ($is->{codes}{$element} // '') =~ tr/"//dr;
    return $codes[0] if @codes;
    my ($kind, $min) = $type =~ m{^ ?(DT|TM|AN|ID|B|R|N\d) (\d+)/\d+} ? ($1, $2)
        : $type =~ /^(an?|n)(?:\.\.\d+|(\d+))/ ? ($1, $2 || 1) : die "$element: $type";
    return substr '20260314', 8 - $min if $kind eq 'DT';
    return '0930' if $kind eq 'TM';
    my $character = $kind =~ /^[nNR]/ ? '1' : 'A';
    return $character x $min;
}

# Which of n elements can stand together by the conditions of X12.
sub together {
    my ($n, @conditions) = @_;
    my %there = map { $_ => 1 } 1 .. $n;
    for (1 .. 4) {
        for my $condition (@conditions) {
            my ($kind, @at) = ($condition =~ /^./g, map { $_ + 0 } $condition =~ /\d\d/g);
            my @others = grep { $there{$_} } @at[1 .. $#at];
            delete @there{@at[1 .. $#at]} if $kind eq 'E' && $there{$at[0]};
            delete @there{@at} if $kind eq 'P' && grep { !$there{$_} } @at;
            delete $there{$at[0]} if $kind eq 'C' && @others < $#at || $kind eq 'L' && !@others;
        }
    }
    return \%there;
}

# The parts of a segment: element → component → [value, its element].
sub parts {
    my ($is, $tag) = @_;
    my @items = split /, ?/, $is->{segments}{$tag} // die "$tag is in no dictionary";
    my $is_condition = $is->{standard} eq 'x12' ? qr/^[PRECL](?:\d\d){2,}$/ : qr/^$/; # EDIFACT's C1234 is an element
    my @conditions = grep { /$is_condition/ } @items;
    @items = grep { !/$is_condition/ } @items;
    my $there = together(scalar @items, @conditions);
    my @parts;
    for my $i (1 .. @items) {
        my ($what) = $items[$i - 1] =~ /^[MOXC]( .*|[CS]?\d+)/;
        my @inner = $what =~ /^[CS]/ ? map { /^[MOXC](\d+)/ } split /, ?/, $is->{composites}{$what} : ($what);
        push @parts, $there->{$i} ? [map { [value($is, $_), $_] } @inner] : [];
    }
    return \@parts;
}

my %write = (
    x12 => sub { my ($tag, $parts) = @_; join('*', $tag, map { join '>', map { $_->[0] } @$_ } @$parts) . '~' },
    edifact => sub { my ($tag, $parts) = @_; join('+', $tag, map { join ':', map { $_->[0] } @$_ } @$parts) . "'" },
);

# An interchange of sets; each is a list of [tag, parts].
sub interchange {
    my ($standard, $set, $version, @sets) = @_;
    my $write = $write{$standard};
    my ($major) = $version =~ /^00(\d)/;
    my ($directory, $release) = split /[.]/, $version;
    my @lines = $standard eq 'x12'
        ? ("ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*^*00${major}01*000000007*0*P*>~",
            "GS*XX*ACME*OURS*20260314*0930*12*X*$version~")
        : ("UNB+UNOC:3+ACME+OURS+260314:0930+7'");
    for my $i (0 .. $#sets) {
        my @body = map { $write->(@$_) } @{ $sets[$i] }[1 .. $#{ $sets[$i] } - 1];
        my ($number, $n) = (sprintf('%04d', $i + 1), @body + 2);
        push @lines, $standard eq 'x12' ? ("ST*$set*$number~", @body, "SE*$n*$number~")
            : ("UNH+$number+$set:$directory:$release:UN'", @body, "UNT+$n+$number'");
    }
    push @lines, $standard eq 'x12' ? ('GE*' . @sets . '*12~', 'IEA*1*000000007~') : ('UNZ+' . @sets . "+7'");
    return join "\n", @lines, '';
}

# What is wrong with each of the sets, as words.
sub findings {
    my ($name, $document, @sets) = @_;
    spew("$dir/in.edi", $document);
    my (undef, $out, $err) = ctl_run('edi', 'check', '--guide', $name, '--policies', "$dir", '--check', 'all=warn', "$dir/in.edi");
    my $head = $document =~ /^ISA/ ? 2 : 1;
    my @found = map { [] } @sets;
    is($err, '', "$name: nothing goes wrong");
    for my $line (grep { /\[(\w+)\]$/ && $is_fault{$1} } split /\n/, $out) {
        my ($at, $word) = $line =~ /^\S+?:(\d+):.*\[(\w+)\]$/;
        my $set = int(($at - 1 - $head) / @{ $sets[0] });
        push @{ $found[$set] }, $word;
    }
    return ($out, map { join ' ', sort @$_ } @found);
}

# The first part that `choose` likes: [segment, element, component].
sub first_part {
    my ($set, $choose) = @_;
    for my $i (1 .. $#$set - 1) {
        my $parts = $set->[$i][1];
        for my $e (0 .. $#$parts) {
            for my $c (0 .. $#{ $parts->[$e] }) {
                return [$i, $e, $c] if $choose->(@{ $parts->[$e][$c] });
            }
        }
    }
    return;
}

sub with {
    my ($set, $where, $value) = @_;
    my @copy = map { [$_->[0], [map { [map { [@$_] } @$_] } @{ $_->[1] }]] } @$set;
    my ($i, $e, $c) = @$where;
    $copy[$i][1][$e][$c][0] = $value;
    return \@copy;
}

my $n_guides = 0;
for my $file (sort glob "$folder/{x12,edifact}/*.yaml") {
    my $text = slurp($file);
    my ($name) = $text =~ /^guide: (\S+)/m or next;
    my ($standard) = $text =~ /^standard: (\w+)/m;
    my ($set) = $text =~ /^set: "?(\w+)/m;
    my ($version) = $text =~ /^versions: \["?([\w.]+)/m;
    my $is = dictionary($text =~ /^dictionary: (\S+)/m);
    my @slots = flat(guide($text));
    my @good = map { my ($tag) = split / /; [$tag, parts($is, $tag)] } @slots;
    my $long = first_part(\@good, sub { ($is->{elements}{$_[1]} // '') =~ /^(?:AN|an\.\.)/ && !$is->{codes}{$_[1]} && !$values{$_[1]} });
    my $code = first_part(\@good, sub { $is->{codes}{$_[1]} });
    my ($head, $second, @rest) = @good;
    my $end = pop @rest;

    $n_guides++;
    like($slots[1], qr/ M$/, "$name: the segment behind the header has to be there");
    ok($long && $code, '... an element and a code can be wrong') or next;
    my $wrong = 'z' x length $good[$code->[0]][1][$code->[1]][$code->[2]][0];
    my @sets = (\@good, [$head, @rest, $second, $end], with(\@good, $long, 'A' x 600), with(\@good, $code, $wrong));
    my ($out, $clean, $order, $element, $unknown) = findings($name, interchange($standard, $set, $version, @sets), @sets);
    is($clean, '', '... one of everything is well') or diag($out);
    is($order, 'missing segment_order', '... the second as the last');
    is($element, 'too_long', '... an element of 600 characters');
    is($unknown, 'unknown_code', '... a code of nobody');
}
cmp_ok($n_guides, '>=', 65, 'all guides are read');
done_testing;
