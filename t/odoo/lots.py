"""Lots and serial numbers of what is moved: a move's quantity is the sum of its lines, a validated line with a
lot's name makes the lot or takes the one of that name. Read in Odoo's source (README.md), not recorded."""

import errors

NOT_DONE = "state NOT IN ('done', 'cancel')"


def lines_of(env, move_id):
    return env.db.execute('SELECT * FROM stock_move_line WHERE move_id = ? ORDER BY id', [move_id]).fetchall()


def tracking_of(env, move):
    return env.db.execute('SELECT tracking FROM product_product WHERE id = ?', [move['product_id']]).fetchone()[0]


def follow_quantity(env, model, ids, values):
    """A quantity that is written on a move takes lines away from the last one back, or adds one without a lot."""
    for move_id in ids if 'quantity' in values else []:
        lines = lines_of(env, move_id)
        rest = float(values['quantity'] or 0) - sum(line['quantity'] for line in lines)
        if lines and rest > 0:
            insert_line(env, {'move_id': move_id, 'quantity': rest})
        for line in reversed(lines):
            if rest >= 0:
                break
            if line['quantity'] <= -rest:
                env.delete(env.store.models['stock.move.line'], [line['id']])
            else:
                env.update(env.store.models['stock.move.line'], [line['id']], {'quantity': line['quantity'] + rest})
            rest += min(line['quantity'], -rest)
    return False


def insert_line(env, values):
    model = env.store.models['stock.move.line']
    values = {**env.defaults(model), **values}
    before_line(env, model, values, values)
    return env.insert(model, values)


def before_line(env, model, values, given):
    move = env.db.execute('SELECT * FROM stock_move WHERE id = ?', [values.get('move_id') or 0]).fetchone()
    for name, of_move in (('picking_id', 'picking_id'), ('product_id', 'product_id'), ('product_uom_id', 'product_uom')):
        if move and not values.get(name):
            values[name] = move[of_move]


def after_line(env, model, record_id, values):
    line = env.rows(model, [record_id])[0]
    lines = lines_of(env, line['move_id'])
    env.update(env.store.models['stock.move'], [line['move_id']], {
        'quantity': sum(line['quantity'] for line in lines), 'picked': any(line['picked'] for line in lines)})


def check(env, picking, moves, done):
    """A transfer whose type has lots is not validated without them."""
    kind = env.db.execute('SELECT * FROM stock_picking_type WHERE id = ?', [picking['picking_type_id']]).fetchone()
    if not kind['use_create_lots'] and not kind['use_existing_lots']:
        return
    without = [move for move in moves if done[move['id']] and tracking_of(env, move) != 'none'
               and not all(line['lot_name'] or line['lot_id'] for line in lines_of(env, move['id']) or [{
                   'lot_name': None, 'lot_id': None}])]
    if without:
        names = [row['display_name'] for row in env.read_rows(
            env.store.models['product.product'], sorted({move['product_id'] for move in without}),
            ['display_name'])]
        raise errors.UserError(f"You need to supply a Lot/Serial number for products {', '.join(names)}.")


def parts_of(env, move, quantity):
    """[(quantity, lot's id or None)] of what is done."""
    lines = lines_of(env, move['id'])
    if tracking_of(env, move) == 'none' or not lines:
        return [(quantity, None)]
    return [(line['quantity'], lot_of(env, move, line)) for line in lines if line['quantity']]


def lot_of(env, move, line):
    if line['lot_id'] or not line['lot_name']:
        return line['lot_id']
    found = env.db.execute('SELECT id FROM stock_lot WHERE product_id = ? AND name = ?',
                           [move['product_id'], line['lot_name']]).fetchone()
    lot_id = found['id'] if found else env.insert(env.store.models['stock.lot'], {
        'name': line['lot_name'], 'product_id': move['product_id']})
    env.update(env.store.models['stock.move.line'], [line['id']], {'lot_id': lot_id})
    return lot_id


def check_serial(env, quant):
    """More than one piece with the same serial number."""
    row = env.db.execute('SELECT p.name product, p.tracking, l.name lot FROM product_product p, stock_lot l '
                         'WHERE p.id = ? AND l.id = ?', [quant['product_id'], quant['lot_id'] or 0]).fetchone()
    if row and row['tracking'] == 'serial' and abs(quant['quantity']) > 1:
        raise errors.ValidationError('The serial number has already been assigned: \n Product: '
                                     f"{row['product']}, Serial Number: {row['lot']}")
