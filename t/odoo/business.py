"""The methods that remote callers may use: the ORM's, and what single models do, as recorded; "read" and "memory"
as in models.py."""

import inspect

import errors
import lots
from load import load
from orm import now

API_MODEL = {'search', 'search_read', 'search_count', 'create', 'load', 'fields_get', 'check_access_rights',
             'name_search', 'default_get', 'update_list'}


# ---- the ORM's own -------------------------------------------------------------------------------

def as_ids(ids):
    return [ids] if isinstance(ids, int) else list(ids)


def search(env, model, domain, offset=0, limit=None, order=None):
    env.check_rights(model, 'read')
    return env.search_ids(model, domain, offset, limit, order)


def search_count(env, model, domain, limit=None):
    env.check_rights(model, 'read')
    return len(env.search_ids(model, domain, 0, limit))


def search_read(env, model, domain=None, fields=None, offset=0, limit=None, order=None, **read_kwargs):
    env.check_rights(model, 'read')
    if env.role == 'portal' and model.name == 'stock.picking':
        return []
    ids = env.search_ids(model, domain, offset, limit, order)
    names = env.field_names(model, fields)
    if read_kwargs:
        unknown = next(iter(read_kwargs))
        raise errors.type_error(f"BaseModel._read_format() got an unexpected keyword argument '{unknown}'")
    return env.read_rows(model, ids, names)


def read(env, model, ids, fields=None, load='_classic_read'):
    env.check_rights(model, 'read')
    ids = as_ids(ids)
    names = env.field_names(model, fields)
    if env.role == 'portal':
        for record_id in ids:
            if record_id not in env.search_ids(model, [['id', '=', record_id]]):
                raise errors.top_secret(env.user['name'], env.uid, 'read', model)
    return env.read_rows(model, ids, names, load == '_classic_read')


def create(env, model, vals_list):
    env.check_rights(model, 'create')
    rows = vals_list if isinstance(vals_list, list) else [vals_list]
    ids = [create_one(env, model, dict(row)) for row in rows]
    return ids if isinstance(vals_list, list) else ids[0]


def create_one(env, model, values):
    if model.name == 'stock.quant':
        return create_quant(env, model, values)
    given = values
    values = {**env.defaults(model), **values}
    before = BEFORE_CREATE.get(model.name)
    if before:
        before(env, model, values, given)
    record_id = env.insert(model, values)
    after = AFTER_CREATE.get(model.name)
    if after:
        after(env, model, record_id, values)
    return record_id


def write(env, model, ids, vals):
    env.check_rights(model, 'write')
    ids = as_ids(ids)
    env.exists(model, ids)
    before = BEFORE_WRITE.get(model.name)
    if before and before(env, model, ids, vals):
        return True  # accepted, and nothing changed
    env.update(model, ids, vals)
    after = AFTER_WRITE.get(model.name)
    for record_id in ids if after else []:
        after(env, model, record_id, vals)
    if model.name in ('fleet.vehicle', 'stock.picking'):
        env.refresh_names()
    return True


def unlink(env, model, ids):
    env.check_rights(model, 'unlink')
    ids = as_ids(ids)
    env.exists(model, ids)
    before = BEFORE_UNLINK.get(model.name)
    if before:
        before(env, model, ids)
    env.delete(model, ids)
    return True


def fields_get(env, model, allfields=None, attributes=None):
    if not any(env.allowed(model, verb) for verb in ('read', 'write', 'create')):
        env.check_rights(model, 'read')
    result = {}
    for name, field in model.fields.items():
        if allfields and name not in allfields:
            continue
        entry = {'type': field.kind, 'string': field.string, 'required': field.required,
                 'readonly': field.computed, 'store': field.stored}
        if field.relation:
            entry['relation'] = field.relation
        if field.selection:
            entry['selection'] = [list(item) for item in field.selection.items()]
        result[name] = {key: value for key, value in entry.items() if not attributes or key in attributes}
    return result


def check_access_rights(env, model, operation, raise_exception=True):
    allowed = env.allowed(model, operation)
    if not allowed and raise_exception:
        env.check_rights(model, operation)
    return allowed


def has_access(env, model, ids, operation):
    return env.allowed(model, operation)


def name_search(env, model, name='', domain=None, operator='ilike', limit=100):
    env.check_rights(model, 'read')
    ids = env.search_ids(model, [[model.rec_name, operator, name], *(domain or [])], 0, limit)
    return [[row['id'], row['display_name']] for row in env.read_rows(model, ids, ['id', 'display_name'])]


def action_archive(env, model, ids):
    write(env, model, ids, {'active': False})


def action_unarchive(env, model, ids):
    write(env, model, ids, {'active': True})


def message_post(env, model, ids, body='', subject=None, message_type='notification', subtype_xmlid=None,
                 **_more):
    ids = as_ids(ids)
    env.exists(model, ids)
    message = env.store.models['mail.message']
    made = [env.insert(message, {
        'model': model.name, 'res_id': record_id, 'body': f'<p>{body}</p>', 'subject': subject,
        'message_type': message_type, 'date': now(), 'author_id': env.user['partner_id'],
        'subtype_id': 1 if subtype_xmlid == 'mail.mt_comment' else 2}) for record_id in ids]
    return made if env.version >= 19 else made[0]


def message_unsubscribe(env, model, ids, partner_ids=None):
    return True


def update_list(env, model):
    return [61, 0]


# ---- stock ---------------------------------------------------------------------------------------

def before_picking(env, model, values, given):
    kind = env.db.execute('SELECT * FROM stock_picking_type WHERE id = ?',
                          [values.get('picking_type_id')]).fetchone()
    if kind and values.get('name') in (None, '/', False):
        count = env.db.execute('SELECT count(*) FROM stock_picking WHERE name LIKE ?',
                               [kind['prefix'] + '%']).fetchone()[0]
        values['name'] = f"{kind['prefix']}{count + 1:05d}"


def before_move(env, model, values, given):
    if 'name' in model.fields and not values.get('name'):
        raise errors.mandatory(env.version, model, model.fields['name'])


def after_picking(env, model, record_id, values):
    env.db.execute('UPDATE stock_picking SET picking_type_code = '
                   '(SELECT code FROM stock_picking_type t WHERE t.id = picking_type_id) WHERE id = ?',
                   [record_id])


def action_confirm(env, model, ids):
    env.exists(model, as_ids(ids))
    env.update(model, [row['id'] for row in env.rows(model, as_ids(ids)) if row['state'] == 'draft'],
               {'state': 'assigned'})
    return True


def button_validate(env, model, ids):
    """Recorded but for the context, lots, and types that never or always make a backorder: read."""
    env.check_rights(model, 'write')
    for row in env.rows(model, as_ids(ids)):
        moves = env.db.execute("SELECT * FROM stock_move WHERE picking_id = ? AND state NOT IN ('done', "
                               "'cancel')", [row['id']]).fetchall()
        if row['state'] == 'done':
            if env.version == 17:
                raise errors.UserError('You cannot validate a transfer if no quantities are reserved. To '
                                       'force the transfer, encode quantities.')
            continue
        if not moves:
            raise errors.UserError('You can’t validate an empty transfer. Please add some products to '
                                   'move before proceeding.')
        done = done_quantities(moves)
        lots.check(env, row, moves, done)
        policy = env.db.execute('SELECT create_backorder FROM stock_picking_type WHERE id = ?',
                                [row['picking_type_id']]).fetchone()[0]
        missing = [move for move in moves if done[move['id']] < move['product_uom_qty']]
        if missing and policy == 'ask' and not env.context.get('skip_backorder'):
            return backorder_wizard(env, row['id'])
        if missing and (policy == 'never' or policy == 'ask' and
                        row['id'] in env.context.get('picking_ids_not_to_backorder', [])):
            env.update(env.store.models['stock.move'],
                       [move['id'] for move in missing if done[move['id']] == 0], {'state': 'cancel'})
        elif missing:
            make_backorder(env, model, row, missing, done)
        finish(env, model, row, moves, done)
    return True


def done_quantities(moves):
    """Picked moves count; with none picked all do, and with no quantity at all what was reserved."""
    picked = any(move['picked'] for move in moves)
    reserved = not any(move['quantity'] for move in moves)
    return {move['id']: 0.0 if picked and not move['picked'] else
            move['product_uom_qty'] if reserved else move['quantity'] for move in moves}


def make_backorder(env, model, row, missing, done):
    values = {name: row[name] for name in ('origin', 'partner_id', 'picking_type_id', 'location_id',
                                           'location_dest_id', 'scheduled_date')}
    backorder = create_one(env, model, {**values, 'backorder_id': row['id'], 'state': 'assigned'})
    move_model = env.store.models['stock.move']
    for move in missing:
        kept = done[move['id']]
        if kept == 0:
            env.update(move_model, [move['id']], {'picking_id': backorder, 'picked': False, 'quantity': 0})
            continue
        copy = {name: move[name] for name in ('name', 'product_id', 'product_uom', 'location_id',
                                              'location_dest_id') if name in move.keys()}
        env.insert(move_model, {**copy, 'picking_id': backorder, 'picked': False, 'quantity': 0,
                                'state': 'assigned', 'product_uom_qty': move['product_uom_qty'] - kept})
        env.update(move_model, [move['id']], {'product_uom_qty': kept})


def finish(env, model, row, moves, done):
    move_model = env.store.models['stock.move']
    for move in moves:
        if done[move['id']] == 0:
            continue
        env.update(move_model, [move['id']], {'state': 'done', 'quantity': done[move['id']], 'picked': True})
        for quantity, lot_id in lots.parts_of(env, move, done[move['id']]):
            for place, sign in ((move['location_id'] or row['location_id'], -1),
                                (move['location_dest_id'] or row['location_dest_id'], 1)):
                book(env, move['product_id'], place, sign * quantity, lot_id)
    env.update(model, [row['id']], {'state': 'done', 'date_done': now()})


def book(env, product_id, location_id, quantity, lot_id):
    usage = env.db.execute('SELECT usage FROM stock_location WHERE id = ?', [location_id]).fetchone()
    if usage is None or usage['usage'] != 'internal':
        return
    quant = quant_of(env, product_id, location_id, lot_id)
    env.update(env.store.models['stock.quant'], [quant['id']], {'quantity': quant['quantity'] + quantity})
    lots.check_serial(env, quant_of(env, product_id, location_id, lot_id))


def quant_of(env, product_id, location_id, lot_id=None):
    sql = 'SELECT * FROM stock_quant WHERE product_id = ? AND location_id = ? AND lot_id IS ?'
    found = env.db.execute(sql, [product_id, location_id, lot_id]).fetchone()
    if found is None:
        env.insert(env.store.models['stock.quant'],
                   {'product_id': product_id, 'location_id': location_id, 'lot_id': lot_id, 'quantity': 0.0})
        found = env.db.execute(sql, [product_id, location_id, lot_id]).fetchone()
    return found


def create_quant(env, model, values):
    """Read: in inventory mode a quant is found or made, and a counted quantity applied at once."""
    if not env.context.get('inventory_mode') or 'inventory_quantity_auto_apply' not in values:
        return env.insert(model, {**env.defaults(model), **values})
    if set(values) - {'product_id', 'location_id', 'inventory_quantity_auto_apply'}:
        raise errors.UserError("Quant's creation is restricted, you can't do this operation.")
    for name in ('product_id', 'location_id'):
        if not values.get(name):
            raise errors.mandatory(env.version, model, model.fields[name])
        env.convert_integer(model, model.fields[name], values[name])
    quant = quant_of(env, values['product_id'], values['location_id'])
    env.update(model, [quant['id']], {'quantity': float(values['inventory_quantity_auto_apply'])})
    return quant['id']


def backorder_wizard(env, picking_id):
    view = 914 if env.version == 17 else 1009
    return {'name': 'Create Backorder?', 'type': 'ir.actions.act_window', 'view_mode': 'form',
            'res_model': 'stock.backorder.confirmation', 'views': [[view, 'form']], 'view_id': view,
            'target': 'new', 'context': {'button_validate_picking_ids': [picking_id],
                                         'default_show_transfers': False,
                                         'default_pick_ids': [[4, picking_id]]}}


NOT_DONE = ("You cannot cancel a stock move that has been set to 'Done'. Create a return in order to "
            'reverse the moves which took place.')


def picking_not_done(env, model, ids):
    if any(row['state'] == 'done' for row in env.rows(model, ids)):
        raise errors.UserError(NOT_DONE)


def picking_cancel(env, model, ids):
    picking_not_done(env, model, as_ids(ids))
    env.update(model, as_ids(ids), {'state': 'cancel'})
    return True


# ---- fleet, maintenance, contacts ----------------------------------------------------------------

def after_vehicle(env, model, record_id, values):
    env.refresh_names()


def after_odometer(env, model, record_id, values):
    # the highest reading, not the last one
    env.db.execute('UPDATE fleet_vehicle SET odometer = max(coalesce(odometer, 0), ?) WHERE id = ?',
                   [float(values.get('value') or 0), values['vehicle_id']])


def before_odometer(env, model, values, given):
    row = env.db.execute('SELECT * FROM fleet_vehicle WHERE id = ?',
                         [values.get('vehicle_id') or 0]).fetchone()
    if row:
        values.setdefault('driver_id', row['driver_id'])
        values.setdefault('name', f"{row['name']} / {values.get('date')}")


def before_vehicle_write(env, model, ids, values):
    if 'odometer' in values and env.version >= 19:
        if any(row['odometer'] > float(values['odometer'] or 0) for row in env.rows(model, ids)):
            raise errors.UserError('The odometer value cannot be lower than the previous one.')
    return False


def before_request(env, model, values, given):
    if env.version == 17 and values.get('name') and not env.user['email']:
        raise errors.UserError("Unable to send message, please configure the sender's email address.")
    # as the html sanitizer does: plain text becomes a paragraph, markup stays
    if isinstance(values.get('description'), str) and not values['description'].startswith('<'):
        values['description'] = f"<p>{values['description']}</p>"


def before_partner(env, model, values, given):
    if not values.get('name') and values.get('type') == 'contact':
        raise errors.ValidationError('The operation cannot be completed: Contacts require a name')


def before_partner_write(env, model, ids, values):
    if values.get('parent_id') in ids:
        raise errors.ValidationError('You cannot create recursive Partner hierarchies.')
    return False


# ---- accounting, purchase ------------------------------------------------------------------------

def after_move(env, model, record_id, values):
    sums = env.db.execute('SELECT total(debit) d, total(credit) c FROM account_move_line WHERE move_id = ?',
                          [record_id]).fetchone()
    if values.get('move_type') == 'entry' and abs(sums['d'] - sums['c']) > 0.005:
        if env.version == 17:
            raise errors.UserError(
                f'An error has occurred.\n\nThe move (Draft Entry (* {record_id})) is not balanced.\nThe '
                f"total of debits equals $ {sums['d']:.2f} and the total of credits equals "
                f"$ {sums['c']:.2f}.")
        raise errors.UserError('The entry is not balanced.')


def before_move_write(env, model, ids, values):
    if not any(row['state'] == 'posted' for row in env.rows(model, ids)):
        return False
    if 'invoice_line_ids' in values and env.version >= 19:
        raise errors.UserError('You cannot modify the following readonly fields on a posted move: '
                               'invoice_line_ids')
    return True


def before_move_unlink(env, model, ids):
    if any(row['state'] == 'posted' for row in env.rows(model, ids)):
        raise errors.UserError("You can't delete a posted journal item. Don’t play games with your "
                               'accounting records; reset the journal entry to draft before deleting it.')


def action_post(env, model, ids):
    env.check_rights(model, 'write')
    for row in env.rows(model, as_ids(ids)):
        if row['state'] != 'draft':
            raise errors.UserError(f"The entry {row['name']} (id {row['id']}) must be in draft.")
        if row['move_type'] == 'in_invoice' and not row['invoice_date']:
            raise errors.UserError('The Bill/Refund date is required to validate this document.')
        same = env.db.execute(
            "SELECT id FROM account_move WHERE ref = ? AND partner_id IS ? AND state = 'posted' AND id != ?",
            [row['ref'], row['partner_id'], row['id']]).fetchone()
        if same and env.version == 17:
            raise errors.RedirectWarning(
                'Duplicated vendor reference detected. You probably encoded twice the same vendor bill/'
                'credit note.', {'type': 'ir.actions.act_window', 'res_model': 'account.move'},
                'Open list')
        count = env.db.execute("SELECT count(*) FROM account_move WHERE state = 'posted'").fetchone()[0]
        env.update(model, [row['id']], {'state': 'posted', 'name': f"BILL/{now()[:4]}/{count + 1:04d}"})
    return False


def before_order(env, model, values, given):
    if values.get('name') in (None, 'New', False):
        prefix = 'S' if model.name == 'sale.order' else 'P'
        count = env.db.execute(f'SELECT count(*) FROM {model.table}').fetchone()[0]
        values['name'] = f'{prefix}{count + 1:05d}'


def sale_confirm(env, model, ids):  # read
    for row in env.rows(model, as_ids(ids)):
        if row['state'] not in ('draft', 'sent'):
            raise errors.UserError('Some orders are not in a state requiring confirmation.')
    env.update(model, as_ids(ids), {'state': 'sale'})
    return True


def order_cancel(env, model, ids):  # memory
    env.rows(model, as_ids(ids))
    env.update(model, as_ids(ids), {'state': 'cancel'})
    return True


def sale_cancel(env, model, ids):
    """Read, up to 18: a quotation that was sent is asked about. Memory: not in 19."""
    sent = any(row['state'] != 'draft' for row in env.rows(model, as_ids(ids)))
    if sent and env.version < 19 and not env.context.get('disable_cancel_warning'):
        return {'name': 'Cancel Quotation', 'type': 'ir.actions.act_window', 'view_mode': 'form',
                'res_model': 'sale.order.cancel', 'view_id': 700, 'target': 'new',
                'context': {'default_order_id': as_ids(ids)[0]}}
    return order_cancel(env, model, ids)


def button_confirm(env, model, ids):
    env.rows(model, as_ids(ids))
    env.update(model, as_ids(ids), {'state': 'purchase'})
    return True


def before_order_unlink(env, model, ids):
    if any(row['state'] == 'purchase' for row in env.rows(model, ids)):
        raise errors.UserError('In order to delete a purchase order, you must cancel it first.')


# ---- notes ---------------------------------------------------------------------------------------

def before_message_write(env, model, ids, values):
    """Since 19 a note stays where it is, so loading it again is refused: it means "already there"."""
    if env.version >= 19 and env.role != 'admin' and ({'model', 'res_id'} & set(values)):
        raise errors.AccessError("Only administrators can modify 'model' and 'res_id' fields.")
    return False


BEFORE_CREATE = {'stock.move': before_move, 'stock.picking': before_picking, 'maintenance.request': before_request,
                 'res.partner': before_partner, 'fleet.vehicle.odometer': before_odometer,
                 'sale.order': before_order, 'purchase.order': before_order,
                 'stock.move.line': lots.before_line}
AFTER_CREATE = {'stock.picking': after_picking, 'fleet.vehicle': after_vehicle,
                'fleet.vehicle.odometer': after_odometer, 'account.move': after_move,
                'stock.move.line': lots.after_line}
BEFORE_WRITE = {'fleet.vehicle': before_vehicle_write, 'res.partner': before_partner_write,
                'account.move': before_move_write, 'mail.message': before_message_write,
                'stock.move': lots.follow_quantity}
AFTER_WRITE = {'stock.move.line': lots.after_line}
BEFORE_UNLINK = {'stock.picking': picking_not_done, 'account.move': before_move_unlink,
                 'purchase.order': before_order_unlink}

EVERY_MODEL = {f.__name__: f for f in (
    search, search_count, search_read, read, create, write, unlink, fields_get, check_access_rights,
    has_access, name_search, action_archive, action_unarchive, load)}
OF_MODEL = {
    'stock.picking': {'action_confirm': action_confirm, 'button_validate': button_validate,
                      'action_cancel': picking_cancel},
    'account.move': {'action_post': action_post},
    'purchase.order': {'button_confirm': button_confirm, 'button_cancel': order_cancel},
    'sale.order': {'action_confirm': sale_confirm, 'action_cancel': sale_cancel},
    'ir.module.module': {'update_list': update_list},
    'mail.thread': {'message_unsubscribe': message_unsubscribe},
}


def method(model_name, model, name):
    """The function, or None. mail.thread has no table, only methods."""
    found = OF_MODEL.get(model_name, {}).get(name)
    if found is None and model is not None:
        found = EVERY_MODEL.get(name)
        if found is None and model.thread and name in ('message_post', 'message_unsubscribe'):
            found = {'message_post': message_post, 'message_unsubscribe': message_unsubscribe}[name]
    return found


def bind(function, env, model, args, kwargs):
    """Arguments against the signature; Python's own words when they do not fit."""
    return inspect.signature(function).bind(env, model, *args, **kwargs)
