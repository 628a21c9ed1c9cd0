"""Model.load: Odoo's import. All or nothing; every bad row is named; external ids make it repeatable."""

import datetime
import re
import zoneinfo

import errors
import models as definitions
from orm import DATETIME


class BadCell(Exception):
    pass


def load(env, model, fields, data):
    import business  # it lists this function among its own

    env.check_rights(model, 'create')
    for name in fields:
        first = name.split('/')[0]
        if first not in ('id', '.id') and first not in model.fields:
            return failed([message(0, 0, 0, first, f'No such field: {first}')])
    records = list(group(model, fields, data))
    messages, made = [], []
    for record in records:
        try:
            record['values'] = convert_record(env, model, fields, record['rows'])
        except BadCell as bad:
            messages.append(message(*record['span'], record['index'], bad.args[0], bad.args[1]))
    env.db.execute('SAVEPOINT import')
    for record in records:
        if 'values' not in record:
            continue
        env.db.execute('SAVEPOINT record')
        try:
            made.append(store(env, business, model, record['values']))
        except errors.OdooError as error:
            env.db.execute('ROLLBACK TO record')
            messages.append(message(*record['span'], record['index'], field_of(model, error),
                                    getattr(error, 'sentence', error.message)))
        env.db.execute('RELEASE record')
    if messages:
        env.db.execute('ROLLBACK TO import')
    env.db.execute('RELEASE import')
    if messages:
        return failed(sorted(messages, key=lambda m: m['record']))
    return {'ids': made, 'messages': [], 'nextrow': 0}


def failed(messages):
    return {'ids': False, 'messages': messages, 'nextrow': 0}


def message(first, last, index, field, text):
    result = {'rows': {'from': first, 'to': last}, 'record': index, 'type': 'error', 'message': text}
    if field:
        result['field'] = field
    return result


def field_of(model, error):
    named = re.search(r'\((\w+)\)\.?\n', error.message)
    return named.group(1) if named and named.group(1) in model.fields else False


def group(model, fields, data):
    """A row without any of the record's own columns is one more line of the record above."""
    own = [i for i, name in enumerate(fields) if not is_line(model, name)]
    rows, start = [], 0
    index = 0
    for number, row in enumerate(data):
        if rows and any(row[i] for i in own):
            yield {'index': index, 'span': (start, number - 1), 'rows': rows}
            rows, start, index = [], number, index + 1
        rows.append(row)
    if rows:
        yield {'index': index, 'span': (start, len(data) - 1), 'rows': rows}


def is_line(model, name):
    first, _, rest = name.partition('/')
    return bool(rest) and first in model.fields and model.fields[first].kind == 'one2many'


def convert_record(env, model, fields, rows):
    """{'id': external id, '.id': …, field: value, one2many: [line records]}"""
    values, subs = {}, {}
    for position, name in enumerate(fields):
        first, _, rest = name.partition('/')
        if is_line(model, name):
            subs.setdefault(first, []).append((position, rest))
        elif first in ('id', '.id'):
            values[first] = rows[0][position]
        else:
            values[first] = convert(env, model.fields[first], rest, rows[0][position])
    for name, columns in subs.items():
        relation = env.store.models[model.fields[name].relation]
        names = [column for _, column in columns]
        values[name] = [convert_record(env, relation, names, [[row[i] for i, _ in columns]])
                        for row in rows if any(row[i] for i, _ in columns)]
    return values


def convert(env, field, sub, text):
    if text is False or text is None or text == '':
        return False
    text = str(text)
    if field.kind == 'many2many':
        return [reference(env, single(field), sub, part) for part in text.split(',')]
    if field.kind in ('many2one', 'integer', 'many2one_reference') and (field.kind != 'many2one' or sub):
        return reference(env, field, sub, text)
    if field.kind == 'many2one':
        relation = env.store.models[field.relation]
        ids = env.search_ids(relation, [[relation.rec_name, '=', text]])
        if not ids:
            raise BadCell(field.name, f"No matching record found for name '{text}' in field "
                                      f"'{field.string}'")
        return ids[0]
    converter = CONVERTERS.get(field.kind)
    return converter(env, field, text) if converter else text


def single(field):
    one = definitions.to_one(field.relation, field.string)
    one.name = field.name
    return one


def reference(env, field, sub, text):
    if field.kind != 'many2one' or sub == '.id':
        if not re.fullmatch(r'-?\d+', text):
            raise BadCell(field.name, f"'{text}' does not seem to be an integer for field "
                                      f"'{field.string}'" if field.kind != 'many2one' else
                          f"Invalid database id '{text}' for the field '{field.string}'")
        if field.kind == 'many2one' and not env.search_ids(env.store.models[field.relation],
                                                           [['id', '=', int(text)]]):
            raise BadCell(field.name, f"No matching record found for database id '{text}' in field "
                                      f"'{field.string}'")
        return int(text)
    found = env.by_external_id(text if '.' in text else '__import__.' + text, field.relation)
    if found is None:
        raise BadCell(field.name, f"No matching record found for external id '{text}' in field "
                                  f"'{field.string}'")
    return found


def to_float(env, field, text):
    try:
        return float(text)
    except ValueError:
        raise BadCell(field.name, f"'{text}' does not seem to be a number for field "
                                  f"'{field.string}'") from None


def to_boolean(env, field, text):
    if text.lower() in ('1', 'true', 'yes'):
        return True
    if text.lower() in ('0', 'false', 'no'):
        return False
    raise BadCell(field.name, f"Unknown value '{text}' for boolean field '{field.string}'")


def to_selection(env, field, text):
    for key, label in field.selection.items():
        if text.lower() in (key.lower(), label.lower()):
            return key
    raise BadCell(field.name, f"Value '{text}' not found in selection field '{field.string}'")


def to_date(env, field, text):
    try:
        return datetime.datetime.strptime(text[:10], '%Y-%m-%d').strftime('%Y-%m-%d')
    except ValueError:
        raise BadCell(field.name, f"'{text}' does not seem to be a valid date for field "
                                  f"'{field.string}'") from None


def to_datetime(env, field, text):
    """Read in the time zone of the context, else of the user; kept in UTC."""
    try:
        local = datetime.datetime.strptime(text, DATETIME)
    except ValueError:
        raise BadCell(field.name, f"'{text}' does not seem to be a valid datetime for field "
                                  f"'{field.string}'") from None
    zone = zoneinfo.ZoneInfo(env.context.get('tz') or env.user['tz'] or 'UTC')
    return local.replace(tzinfo=zone).astimezone(datetime.timezone.utc).strftime(DATETIME)


CONVERTERS = {'float': to_float, 'monetary': to_float, 'boolean': to_boolean, 'selection': to_selection,
              'date': to_date, 'datetime': to_datetime}


def store(env, business, model, values):
    """Writes the record of that external id, or makes it."""
    values = dict(values)
    external_id = values.pop('id', False)
    database_id = values.pop('.id', False)
    children = {name: values.pop(name) for name in list(values)
                if isinstance(values[name], list) and model.fields[name].kind == 'one2many'}
    if external_id and '.' not in external_id:
        external_id = '__import__.' + external_id
    found = int(database_id) if database_id else None
    if external_id and found is None:
        found = env.by_external_id(external_id, model.name)
    if found:
        business.write(env, model, [found], {**values, **({name: [] for name in children})})
        posted = model.name == 'account.move' and env.rows(model, [found])[0]['state'] == 'posted'
        if posted:
            return found
    else:
        values = {name: value for name, value in values.items() if value is not False}
        found = business.create_one(env, model, values)
        if external_id:
            env.set_external_id(external_id, model.name, found)
    for name, rows in children.items():
        field = model.fields[name]
        relation = env.store.models[field.relation]
        for row in rows:
            store(env, business, relation, {**row, field.inverse: found})
    return found
