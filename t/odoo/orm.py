"""Reading and writing records as Odoo does it, with its errors. What single models do is in business.py."""

import datetime
import re

import errors
import models as definitions

DATETIME = '%Y-%m-%d %H:%M:%S'
OPERATORS = {'=', '!=', '<>', '<', '>', '<=', '>=', 'in', 'not in', 'like', 'ilike', 'not like', 'not ilike',
             '=like', '=ilike', '=?', 'child_of'}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime(DATETIME)


def text_or_none(value):
    return None if value is None or value is False else str(value)


class Env:
    """One transaction of one user."""

    def __init__(self, store, version, user, context=None):
        self.store = store
        self.db = store.connection()
        self.version = version
        self.user = user  # a row of res.users; None: the system itself
        self.uid = user['id'] if user else 1
        self.context = context or {}

    # ---- rights ----------------------------------------------------------------------------------

    @property
    def role(self):
        return self.user['role'] if self.user else 'admin'

    def model(self, name):
        if name not in self.store.models:
            raise errors.UserError(f"Object {name} doesn't exist")
        return self.store.models[name]

    def allowed(self, model, verb):
        return definitions.may(self.role, self.version, model.name, verb)

    def check_rights(self, model, verb):
        if not self.allowed(model, verb):
            raise errors.not_allowed(model, verb)

    def visible(self, model):
        """Record rules: a portal user sees itself only."""
        if self.role != 'portal':
            return '1=1'
        own = {'res.partner': self.user['partner_id'], 'res.users': self.uid}
        return f'id = {int(own.get(model.name, 0))}'

    # ---- reading ---------------------------------------------------------------------------------

    def check_all_fields(self, model):
        """Reading without `fields` reads all, and one of them is for admins only since 19."""
        if self.version >= 19 and model.name == 'res.partner' and self.role != 'admin':
            raise errors.AccessError(
                'Failed to read field res.partner.rtc_session_ids\nYou are not allowed to access '
                "'Mail RTC session' (discuss.channel.rtc.session) records.\n\nThis operation is allowed "
                'for the following groups:\n\t- Role / Administrator\n\nContact your administrator to '
                'request access if necessary.')

    def field_names(self, model, names):
        if not names:
            self.check_all_fields(model)
            return list(model.fields)
        for name in names:
            if name not in model.fields:
                where = f"on model '{model.name}'" if self.version == 17 else f"on '{model.name}'"
                raise errors.value_error(f"Invalid field '{name}' {where}")
        return ['id'] + [name for name in names if name != 'id']

    def read_rows(self, model, ids, names, many2one_names=True):
        found = {}
        for start in range(0, len(ids), 500):
            part = ids[start:start + 500]
            marks = ','.join('?' * len(part))
            for row in self.db.execute(f'SELECT * FROM {model.table} WHERE id IN ({marks})', part):
                found[row['id']] = row
        return [self.out(model, found[record_id], names, many2one_names)
                for record_id in ids if record_id in found]

    def out(self, model, row, names, many2one_names):
        return {name: self.value_out(model, model.fields[name], row, many2one_names) for name in names}

    def value_out(self, model, field, row, many2one_names):
        if field.name == 'display_name':
            return self.display_name(model, row)
        if field.name == 'inventory_quantity_auto_apply':
            return row['quantity']
        if field.computed:
            return self.amount(row['id'])
        if field.kind == 'one2many':
            relation = self.store.models[field.relation]
            sql = f'SELECT id FROM {relation.table} WHERE "{field.inverse}" = ? ORDER BY id'
            return [line['id'] for line in self.db.execute(sql, [row['id']])]
        value = row[field.name]
        if field.name == 'password':
            return ''
        if field.kind == 'boolean':
            return bool(value)
        if field.kind == 'many2many':
            return [int(part) for part in (value or '').split(',') if part]
        if field.kind == 'many2one' and value is not None and many2one_names:
            relation = self.store.models[field.relation]
            other = self.db.execute(f'SELECT * FROM {relation.table} WHERE id = ?', [value]).fetchone()
            return [value, self.display_name(relation, other)] if other else False
        if field.kind in ('integer', 'float', 'many2one_reference') and value is None:
            return 0
        return False if value is None else value

    def display_name(self, model, row):
        name = row[model.rec_name] if model.rec_name in row.keys() else None
        if model.name == 'maintenance.equipment' and row['serial_no']:
            name = f"{name}/{row['serial_no']}"
        return name or f"{model.name},{row['id']}"

    def amount(self, move_id):
        sql = 'SELECT total(quantity * price_unit) FROM account_move_line WHERE move_id = ?'
        return round(self.db.execute(sql, [move_id]).fetchone()[0], 2)

    def exists(self, model, ids):
        marks = ','.join('?' * len(ids))
        have = {row['id'] for row in
                self.db.execute(f'SELECT id FROM {model.table} WHERE id IN ({marks})', ids)}
        for record_id in ids:
            if record_id not in have:
                raise errors.missing(model.name, record_id, self.uid)

    def rows(self, model, ids):
        """The rows, all of which must be there."""
        self.exists(model, ids)
        return [self.db.execute(f'SELECT * FROM {model.table} WHERE id = ?', [i]).fetchone() for i in ids]

    # ---- domains ---------------------------------------------------------------------------------

    def where(self, model, domain):
        """Odoo's prefix notation → SQL and its parameters."""
        terms = self.check_domain(model, domain)
        stack, parameters = [], []
        for term in reversed(terms):
            if term in ('&', '|'):
                if len(stack) < 2:
                    raise errors.value_error('Domain() invalid: operator without operands')
                word = 'AND' if term == '&' else 'OR'
                (a, pa), (b, pb) = stack.pop(), stack.pop()
                stack.append((f'({a} {word} {b})', pa + pb))
            elif term == '!':
                a, pa = stack.pop()
                stack.append((f'(NOT {a})', pa))
            else:
                stack.append(self.leaf(model, *term))
        if not stack:
            return '1=1', parameters
        sql, parameters = [], []
        while stack:
            part, values = stack.pop()
            sql.append(part)
            parameters += values
        return ' AND '.join(sql), parameters

    def check_domain(self, model, domain):
        terms = []
        for term in domain or []:
            if term in ('&', '|', '!'):
                terms.append(term)
            elif isinstance(term, (list, tuple)) and len(term) == 3:
                if term[0] not in (0, 1):
                    terms.append(tuple(term))
            elif self.version == 17:
                raise errors.Named('builtins.IndexError', 'string index out of range')
            else:
                raise errors.value_error(f'Domain() invalid item in domain: {domain[-1]!r}')
        return terms

    def leaf(self, model, name, operator, value):
        first, _, rest = str(name).partition('.')
        if first not in model.fields:
            kind = 'leaf' if self.version == 17 else 'condition'
            raise errors.value_error(
                f'Invalid field {model.name}.{name} in {kind} ({name!r}, {operator!r}, {value!r})')
        if operator not in OPERATORS:
            raise errors.value_error(f'Invalid operator {operator!r} in {(name, operator, value)!r}')
        field = model.fields[first]
        if rest:
            relation = self.store.models[field.relation]
            sql, values = self.leaf(relation, rest, operator, value)
            return f'("{first}" IN (SELECT id FROM {relation.table} WHERE {sql}))', values
        if field.kind == 'one2many':
            relation = self.store.models[field.relation]
            ids = value if isinstance(value, list) else [value]
            marks = ','.join('?' * len(ids))
            return (f'(id IN (SELECT "{field.inverse}" FROM {relation.table} WHERE id IN ({marks})))', ids)
        if field.kind == 'many2one' and isinstance(value, str) and operator not in ('in', 'not in'):
            relation = self.store.models[field.relation]
            sql, values = self.leaf(relation, relation.rec_name, operator, value)
            return f'("{first}" IN (SELECT id FROM {relation.table} WHERE {sql}))', values
        if field.kind == 'many2many' and operator in ('in', '='):
            ids = value if isinstance(value, list) else [value]
            parts = [f"instr(',' || coalesce(\"{first}\", '') || ',', ?)" for _ in ids] or ['0']
            return f'({" OR ".join(parts)})', [f',{int(i)},' for i in ids]
        return self.comparison(f'"{first}"', field, operator, value)

    def comparison(self, column, field, operator, value):
        if operator in ('in', 'not in'):
            if not isinstance(value, (list, tuple)):
                value = [value]
            values = [v for v in value if v is not False and v is not None]
            if field.kind in ('integer', 'many2one', 'many2one_reference'):
                for v in values:
                    if isinstance(v, str) and not re.fullmatch(r'-?\d+', v):
                        raise errors.Named('psycopg2.errors.InvalidTextRepresentation',
                                           f'invalid input syntax for type integer: "{v}"\nLINE 1: ...')
            sql = f'{column} IN ({",".join("?" * len(values))})'
            if len(values) != len(value):
                sql = f'({sql} OR {column} IS NULL)'
            return (f'({sql})' if operator == 'in' else f'(NOT coalesce({sql}, 0))'), values
        if value is False or value is None:
            if field.kind == 'boolean':
                return f'(coalesce({column}, 0) {"=" if operator == "=" else "!="} 0)', []
            return f'({column} IS {"" if operator == "=" else "NOT "}NULL)', []
        if operator == '=?':
            operator = '='
        if operator in ('!=', '<>'):
            return f'({column} IS NOT ?)', [value]
        if 'like' in operator:
            pattern = value if operator.startswith('=') else f'%{value}%'
            word = 'NOT LIKE' if operator.startswith('not') else 'LIKE'
            # PostgreSQL's LIKE takes a backslash for an escape without being told
            return f"({column} {word} ? ESCAPE '\\')", [pattern]
        return f'({column} {operator} ?)', [value]

    def search_ids(self, model, domain, offset=0, limit=None, order=None):
        if isinstance(limit, int) and limit < 0:
            raise errors.Named('psycopg2.errors.InvalidRowCountInLimitClause', 'LIMIT must not be negative\n')
        sql, parameters = self.where(model, domain)
        asks_active = any(isinstance(t, (list, tuple)) and t and t[0] == 'active' for t in domain or [])
        if 'active' in model.fields and not asks_active and self.context.get('active_test', True):
            sql += ' AND coalesce(active, 1) = 1'
        sql = f'SELECT id FROM {model.table} WHERE {sql} AND {self.visible(model)}'
        sql += f' ORDER BY {self.order(model, order)}'
        if limit or offset:
            sql += f' LIMIT {int(limit or -1)} OFFSET {int(offset or 0)}'
        return [row['id'] for row in self.db.execute(sql, parameters)]

    @staticmethod
    def order(model, order):
        parts = []
        for part in (order or 'id').split(','):
            words = part.split()
            if not words or words[0] not in model.fields:
                raise errors.value_error(f'Invalid field {order!r} on model {model.name!r}')
            parts.append(f'"{words[0]}" {"DESC" if words[1:] == ["desc"] else "ASC"}')
        return ', '.join(parts)

    # ---- values ----------------------------------------------------------------------------------

    def convert(self, model, field, value):
        """A value of create or write → what the column takes."""
        if value is None or value is False:
            return 0 if field.kind == 'boolean' else None
        if field.kind in ('many2one', 'integer', 'many2one_reference'):
            return self.convert_integer(model, field, value)
        if field.kind == 'many2many':
            return self.convert_many(model, field, value)
        if field.kind in ('float', 'monetary'):
            try:
                return float(value)
            except (TypeError, ValueError) as error:
                raise errors.value_error(str(error)) from None
        if field.kind == 'boolean':
            return int(bool(value))
        if field.kind == 'selection' and value not in field.selection:
            raise errors.value_error(f'Wrong value for {model.name}.{field.name}: {value!r}')
        if field.kind in ('date', 'datetime'):
            return self.convert_time(field, value)
        return str(value)

    def convert_integer(self, model, field, value):
        if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(r'-?\d+', value)) or \
                not isinstance(value, (int, str)):
            raise errors.Named(
                'psycopg2.errors.InvalidTextRepresentation',
                f'invalid input syntax for type integer: "{value}"\nLINE 1: ...write_uid") VALUES (true, '
                f"'{value}'...\n                      ^\n")
        value = int(value)
        if field.kind == 'many2one':
            relation = self.store.models[field.relation]
            if not self.db.execute(f'SELECT 1 FROM {relation.table} WHERE id = ?', [value]).fetchone():
                raise errors.foreign_key(self.version, model, field)
        return value

    def convert_many(self, model, field, value):
        """[id, …] or [(6, 0, [id, …])], kept as a text."""
        ids = value[0][2] if value and isinstance(value[0], (list, tuple)) else value
        one = definitions.to_one(field.relation)
        one.name = field.name
        return ','.join(str(self.convert_integer(model, one, record_id)) for record_id in ids)

    def convert_time(self, field, value):
        value = str(value)
        pattern = DATETIME if field.kind == 'datetime' and len(value) > 10 else '%Y-%m-%d'
        try:
            datetime.datetime.strptime(value[:10] if field.kind == 'date' and len(value) == 19 else value,
                                       pattern)
        except ValueError as error:
            if self.version >= 19 or 'T' in value:
                raise errors.value_error(str(error)) from None
            if value[:1].isdigit():
                raise errors.Named('psycopg2.errors.DatetimeFieldOverflow',
                                   f'date/time field value out of range: "{value}"\nLINE 1: ...\n'
                                   'HINT:  Perhaps you need a different "datestyle" setting.\n') from None
            kind = 'timestamp' if field.kind == 'datetime' else 'date'
            raise errors.Named('psycopg2.errors.InvalidDatetimeFormat',
                               f'invalid input syntax for type {kind}: "{value}"\nLINE 1: ...\n') from None
        if field.kind == 'date':
            return value[:10]
        return value if len(value) > 10 else value + ' 00:00:00'

    def defaults(self, model):
        today = now()[:10]
        return {field.name: today if field.default == 'today' else field.default
                for field in model.fields.values() if field.default is not None and field.stored}

    # ---- writing ---------------------------------------------------------------------------------

    def split(self, model, values):
        """(columns, {one2many field: commands}); unknown fields are an error."""
        columns, commands = {}, {}
        for name, value in values.items():
            if name not in model.fields:
                where = f"on model '{model.name}'" if self.version == 17 else f"in '{model.name}'"
                raise errors.value_error(f"Invalid field '{name}' {where}")
            field = model.fields[name]
            if field.kind == 'one2many':
                commands[field] = value
            elif field.stored and name != 'id':
                columns[name] = value
        return columns, commands

    def insert(self, model, values):
        columns, commands = self.split(model, values)
        columns = {name: self.convert(model, model.fields[name], v) for name, v in columns.items()}
        for field in model.fields.values():
            if field.required and columns.get(field.name) in (None, ''):
                raise errors.mandatory(self.version, model, field)
        stamp = now()
        columns.update(create_uid=self.uid, create_date=stamp, write_date=stamp)
        if 'id' in values:
            columns['id'] = values['id']
        self.check_unique(model, columns, 0)
        names = ','.join(f'"{name}"' for name in columns)
        marks = ','.join('?' * len(columns))
        sql = f'INSERT INTO {model.table} ({names}) VALUES ({marks})'
        record_id = self.db.execute(sql, list(columns.values())).lastrowid
        for field, list_of_commands in commands.items():
            self.apply(field, record_id, list_of_commands)
        return record_id

    def update(self, model, ids, values):
        columns, commands = self.split(model, values)
        columns = {name: self.convert(model, model.fields[name], v) for name, v in columns.items()}
        for name, value in columns.items():
            if model.fields[name].required and value in (None, ''):
                raise errors.mandatory(self.version, model, model.fields[name])
        columns['write_date'] = now()
        for record_id in ids:
            self.check_unique(model, columns, record_id)
            sets = ', '.join(f'"{name}" = ?' for name in columns)
            self.db.execute(f'UPDATE {model.table} SET {sets} WHERE id = ?',
                            [*columns.values(), record_id])
            for field, list_of_commands in commands.items():
                self.apply(field, record_id, list_of_commands)

    def check_unique(self, model, columns, record_id):
        for name, text in model.unique.items():
            if columns.get(name) is None:
                continue
            sql = f'SELECT 1 FROM {model.table} WHERE "{name}" = ? AND id != ?'
            if self.db.execute(sql, [columns[name], record_id]).fetchone():
                raise errors.unique(text)

    def apply(self, field, record_id, commands):
        """(0, 0, values) (1, id, values) (2, id) (4, id) (5,) (6, 0, ids)"""
        relation = self.store.models[field.relation]
        for command in commands or []:
            if isinstance(command, dict):
                raise errors.type_error("unhashable type: 'dict'")
            if command[0] == 0:
                self.insert(relation, {**self.defaults(relation), **command[2],
                                       field.inverse: record_id})
            elif command[0] == 1:
                self.update(relation, [command[1]], command[2])
            elif command[0] in (2, 3):
                self.delete(relation, [command[1]])
            elif command[0] in (4, 6):
                self.update(relation, command[2] if command[0] == 6 else [command[1]],
                            {field.inverse: record_id})
            elif command[0] == 5:
                self.db.execute(f'DELETE FROM {relation.table} WHERE "{field.inverse}" = ?', [record_id])

    def delete(self, model, ids):
        for record_id in ids:
            self.db.execute(f'DELETE FROM {model.table} WHERE id = ?', [record_id])
            self.db.execute('DELETE FROM ir_model_data WHERE model = ? AND res_id = ?',
                            [model.name, record_id])

    # ---- names that Odoo computes ----------------------------------------------------------------

    def refresh_names(self):
        self.db.execute(
            "UPDATE fleet_vehicle SET name = (SELECT b.name || '/' || m.name FROM fleet_vehicle_model m "
            'JOIN fleet_vehicle_model_brand b ON b.id = m.brand_id WHERE m.id = model_id) '
            "|| '/' || coalesce(license_plate, 'No Plate')")
        self.db.execute('UPDATE res_partner SET commercial_partner_id = CASE WHEN coalesce(is_company, 0) = 1 '
                        'OR parent_id IS NULL THEN id ELSE parent_id END')
        self.db.execute('UPDATE account_move SET commercial_partner_id = (SELECT commercial_partner_id '
                        'FROM res_partner p WHERE p.id = account_move.partner_id)')
        self.db.execute('UPDATE stock_picking SET picking_type_code = '
                        '(SELECT code FROM stock_picking_type t WHERE t.id = picking_type_id)')

    # ---- external ids ----------------------------------------------------------------------------

    def by_external_id(self, external_id, model_name):
        module, _, name = external_id.partition('.')
        row = self.db.execute(
            'SELECT res_id FROM ir_model_data WHERE module = ? AND name = ? AND model = ?',
            [module, name, model_name]).fetchone()
        return row['res_id'] if row else None

    def set_external_id(self, external_id, model_name, record_id):
        module, _, name = external_id.partition('.')
        self.db.execute('INSERT INTO ir_model_data (module, name, model, res_id) VALUES (?, ?, ?, ?)',
                        [module, name, model_name, record_id])
