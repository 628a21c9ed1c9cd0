package Logistics::Objects;

# What the tests of objects in Odoo share: an Odoo with transfers, orders and a bill, and a message that is
# posted twice: twice($gw, $path, $token, $body, 'model:outcome …', [sql => [rows], …]).
use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use Logistics::Test;

our @EXPORT = qw(seed outcomes check_unchanged twice refused refs amount);

my $dir = File::Temp->newdir;

# Transfers to receive and to ship, an order of each kind, and a bill that somebody typed in.
sub seed {
    my ($version) = @_;
    my %in = (picking_type_id => 1, location_id => 4, location_dest_id => 8, partner_id => 9, state => 'assigned');
    my %out = (picking_type_id => 2, location_id => 8, location_dest_id => 9, partner_id => 14, state => 'assigned');
    my $file = "$dir/seed-$version.json";

    spew($file, encode_json({
        'stock.picking' => [
            { id => 50, name => 'WH/IN/00050', origin => 'P00050', %in },
            { id => 51, name => 'WH/IN/00051', origin => 'P00051', %in },
            { id => 53, name => 'WH/IN/00053', origin => 'P00053', %in },
            { id => 60, name => 'WH/OUT/00060', origin => 'S00060', %out } ],
        'product.product' => [ { id => 90, name => 'Battery', default_code => 'BAT-1', tracking => 'lot' },
            { id => 91, name => 'Scanner', default_code => 'SCAN-1', tracking => 'serial' } ],
        'stock.move' => [ map { { id => $_->[3], picking_id => $_->[0], product_id => $_->[1], product_uom_qty => $_->[2], name => 'x' } }
            [50, 15, 10, 500], [50, 37, 4, 501], [51, 15, 6, 510], [60, 15, 3, 600], [53, 90, 10, 530], [53, 91, 3, 531] ],
        # as Odoo makes them when it confirms a receipt: one a piece where there are serial numbers
        'stock.move.line' => [ map { { move_id => $_->[0], picking_id => 53, product_id => $_->[1], product_uom_id => 1, quantity => $_->[2] } }
            [530, 90, 10], ([531, 91, 1]) x 3 ],
        'stock.quant' => [ { product_id => 15, location_id => 8, quantity => 100 } ],
        'purchase.order' => [ { id => 5, name => 'P00050', partner_id => 9, state => 'purchase' } ],
        'sale.order' => [ { id => 6, name => 'S00060', partner_id => 14, state => 'sale', client_order_ref => 'PO-77' },
            { id => 4, name => 'S00070', partner_id => 14, state => 'sent', client_order_ref => 'PO-70' } ],
        'res.partner' => [ { id => 70, name => 'Fix & Go', ref => 'FIXGO', vat => 'DE811223344' } ],
        'account.move' => [ { id => 80, move_type => 'in_invoice', partner_id => 70, ref => 'TYPED-1' } ],
    }));
    return $file;
}

sub refs { my %refs = @_; return (refs => [map { { t => $_, v => $refs{$_} } } sort keys %refs]) }
sub amount { return { kind => $_[0], amount => $_[1], cur => 'EUR' } }

sub outcomes {
    my ($answer) = @_;
    return join ' ', map { my $r = $_; map {"$_->{model}:$_->{outcome}"} @{ $r->{odoo} } } @{ $answer->json->{records} // [] };
}

sub check_unchanged {
    my ($before, $after, $what) = map { s/'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?'/'time'/gr } @_;
    my %was = map { $_ => 1 } split /\n/, $before;
    is_deeply([grep { !$was{$_} } split /\n/, $after], [], "$what: again changes nothing");
    is(length $after, length $before, '… and nothing went');
    return;
}

# Posts it, looks at Odoo, posts it again.
sub twice {
    my ($gw, $path, $token, $body, $want, $rows) = @_;
    my $what = ref $body eq 'HASH' ? $body->{type} // $body->{id} : 'batch';
    my $answer = $gw->post_json($path, $body, bearer($token));

    is($answer->{status}, 200, $what) or diag $answer->{body};
    is(outcomes($answer), $want, "$what: outcomes") or diag $answer->{body};
    while (my ($sql, $expected) = splice @{ $rows // [] }, 0, 2) {
        is_deeply([map { my $r = $_; join '|', map { ($r->{$_} // '') =~ /^-?[0-9.]+$/ ? 0 + $r->{$_} : $r->{$_} // '' } sort keys %$r } $gw->odoo_rows($sql)], $expected, $sql);
    }
    my $before = $gw->odoo_dump;
    my $again = $gw->post_json($path, $body, bearer($token));
    is($again->{status}, 200, "$what: again") or diag $again->{body};
    check_unchanged($before, $gw->odoo_dump, $what);
    return $again;
}

# One that is refused, and the words that say why.
sub refused {
    my ($gw, $path, $token, $body, $text) = @_;
    my $before = $gw->odoo_dump;
    my $answer = $gw->post_json($path, $body, bearer($token));

    cmp_ok($answer->{status}, '>=', 400, 'refused');
    like(join(' / ', map { $_->{detail} // '' } @{ $answer->json->{errors} // [] }), $text) or diag $answer->{body};
    check_unchanged($before, $gw->odoo_dump, 'refused');
    return;
}

1;
