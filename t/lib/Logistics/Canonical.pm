package Logistics::Canonical;

# Canonical records of the shipped cases, and what is not the same of two of them, by pointer. Tests stand in the root
# of the repository.

use strict;
use warnings;

use Exporter qw(import);
use Logistics::Test;

our @EXPORT = qw(scac has_code canonical_records differences named_in facts_of);

my $policies = 'lua-free-policies';

# The carrier's SCAC, which X12 calls it by.
sub scac {
    my ($record) = @_;
    my ($carrier) = grep { $_->{role} eq 'carrier' } @{ $record->{party} // [] };
    return $carrier && grep { $_->{s} eq 'scac' } @{ $carrier->{ids} // [] };
}

# Whether an event's type, or an exception's reason, stands in one of the code lists.
sub has_code {
    my ($event, @lists) = @_;
    my $codes = join '', map { slurp("$policies/codelists/$_.yaml") } @lists;
    my $reason = $event->{reason} // {};
    my ($class, $code) = ($reason->{class} // '', $reason->{code} // '');

    return 0 unless @{ $event->{refs} // [] } && ($event->{occurred_at} // $event->{local});
    return $event->{stop}{role} && $event->{stop}{role} =~ /^(?:pickup|delivery)$/ && $lists[0] eq 'x12-1650-out'
        if $event->{type} eq 'yard.appointment_scheduled';
    return index($codes, qq{"$event->{type}}) >= 0 if $event->{type} ne 'shipment.exception';
    return $class && (index($codes, qq{"$class|$code"}) >= 0 || index($codes, qq{"$class|*"}) >= 0 || index($codes, qq{"$code"}) >= 0);
}

# Every canonical record in the cases: what packs make, and what goes to Odoo.
sub canonical_records {
    my @records;
    for my $case (glob "$policies/cases/*/*") {
        my ($pack) = $case =~ m{cases/([^/]+)/};
        my $file = $pack =~ /-to-/ ? "$case/input.json" : "$case/expected.json";
        next unless -e $file && $pack !~ /^read\./;
        my $tree = decode_json(slurp($file));
        my ($partner, $zone) = -e "$case/case.yaml" ? map { slurp("$case/case.yaml") =~ /^$_: (.*)$/m ? $1 : undef } qw(partner timezone) : ();
        for my $record (ref $tree eq 'ARRAY' ? @$tree : $tree->{records} ? @{ $tree->{records} } : $tree) {
            next unless ref $record eq 'HASH' && ($record->{v} // '') eq '1' && $record->{id};
            push @records, { case => $case =~ s{.*cases/}{}r, tree => $record, zone => $zone };
        }
    }
    return @records;
}

# [pointer, what it was, what it is] of each member that is not the same, down to the last text: what is missing as a
# whole is missing member by member. Lists of references and numbers have no order: a member is called by its kind.
sub differences {
    my ($want, $got, $at) = @_;
    my ($shape) = grep { ref } $want, $got;

    if ($at =~ m{/(?:refs|ids)$}) {
        my ($left, $right) = map { my $list = $_; +{ map { (encode_json($_) => $_) } @{ $list // [] } } } $want, $got;
        my $place = sub { "$at/" . ($_[0]{t} // $_[0]{s}) };
        return ((map { [$place->($left->{$_}), $left->{$_}{v}, undef] } grep { !$right->{$_} } sort keys %$left),
            map { [$place->($right->{$_}), undef, $right->{$_}{v}] } grep { !$left->{$_} } sort keys %$right);
    }
    if ($at eq '/party') { # nor have parties: one is called by its role
        my ($left, $right) = map { by_role($_) } $want, $got;
        my %roles = map { %{ $_ } } $left, $right;
        return map { differences($left->{$_}, $right->{$_}, "$at/$_") } sort keys %roles;
    }
    if (ref $shape eq 'HASH') {
        my %names = map { %{ $_ // {} } } $want, $got;
        return map { differences($want->{$_}, $got->{$_}, "$at/$_") } sort keys %names;
    }
    if (ref $shape eq 'ARRAY') {
        my $last = (sort { $b <=> $a } map { $#{ $_ // [] } } $want, $got)[0];
        return map { differences($want->[$_], $got->[$_], "$at/$_") } 0 .. $last;
    }
    return encode_json([$want]) eq encode_json([$got]) ? () : [$at, $want, $got];
}

sub by_role {
    my ($list) = @_;
    my (%found, %n);

    $found{ $_->{role} . ($n{ $_->{role} }++ ? ".$n{ $_->{role} }" : '') } = $_ for @{ $list // [] };
    return \%found;
}

# `other` is the value on the other side.
sub is_as_said {
    my ($said, $value, $other) = @_;
    return !defined $value if $said eq '-';
    return 0 unless defined $value;
    return defined $other && "$value" == "$other" if $said eq '=';
    return defined $other && join(' ', split ' ', $value) eq join(' ', split ' ', $other) if $said eq '~';
    return $said eq '...' || $said eq $value;
}

# The row of the table that names the difference.
sub named_in {
    my ($lost, $difference) = @_;
    my ($at, $want, $got) = @$difference;

    $at =~ s{/\d+(?=/|$)}{/*}g;
    $at =~ s{^/party/[a-z_]+(?:\.\d+)?(?=/|$)}{/party/*} if !grep { $_->[0] eq $at } @$lost;
    return grep { $lost->[$_][0] eq $at && is_as_said($lost->[$_][1], $want, $got) && is_as_said($lost->[$_][2], $got, $want) } 0 .. $#$lost;
}

# Facts of the request are those that the record was made with, so that what they say comes back.
sub facts_of {
    my ($record) = @_;
    my $tree = $record->{tree};
    return ('--partner', $tree->{src}{partner}, $record->{zone} ? ('--timezone', $record->{zone}) : (),
        '--received-at', $tree->{received_at} // '2026-01-02T03:04:05Z');
}

1;
