"""Odoo's exceptions: name as it stands in error.data.name, message, arguments, status over JSON-2."""


class OdooError(Exception):
    name = 'odoo.exceptions.UserError'
    status = 422

    def __init__(self, message, arguments=None):
        super().__init__(message)
        self.message = message
        self.arguments = [message] if arguments is None else arguments


class UserError(OdooError):
    pass


class ValidationError(OdooError):
    name = 'odoo.exceptions.ValidationError'


class RedirectWarning(OdooError):
    name = 'odoo.exceptions.RedirectWarning'

    def __init__(self, message, action, button):
        arguments = [message, action, button, None]
        super().__init__(repr(tuple(arguments)), arguments)
        self.sentence = message


class MissingError(OdooError):
    name = 'odoo.exceptions.MissingError'
    status = 404


class AccessError(OdooError):
    name = 'odoo.exceptions.AccessError'
    status = 403


class AccessDenied(OdooError):
    name = 'odoo.exceptions.AccessDenied'
    status = 403

    def __init__(self):
        super().__init__('Access Denied')


class Named(OdooError):
    """An exception of Python, psycopg2 or werkzeug by its full name."""

    def __init__(self, name, message, arguments=None, status=500):
        super().__init__(message, arguments)
        self.name = name
        self.status = status


def value_error(message):
    return Named('builtins.ValueError', message)


def type_error(message):
    return Named('builtins.TypeError', message)


def werkzeug(kind, status, message):
    return Named('werkzeug.exceptions.' + kind, message, [message, status], status)


def serialization_failure():
    return Named('psycopg2.errors.SerializationFailure',
                 'could not serialize access due to concurrent update\n')


def no_database(name):
    return Named('psycopg2.OperationalError',
                 'connection to server on socket "/tmp/odoo/run/.s.PGSQL.5432" failed: '
                 f'FATAL:  database "{name}" does not exist\n')


def database_down():
    return Named('psycopg2.OperationalError',
                 'connection to server on socket "/tmp/odoo/run/.s.PGSQL.5432" failed: '
                 'No such file or directory\n\tIs the server running locally and accepting '
                 'connections on that socket?\n')


def database_lost():
    return Named('psycopg2.DatabaseError',
                 'server closed the connection unexpectedly\n\tThis probably means the server terminated '
                 'abnormally\n\tbefore or while processing the request.\n')


def missing(model, record_id, uid):
    return MissingError('Record does not exist or has been deleted.\n'
                        f'(Record: {model}({record_id},), User: {uid})')


def mandatory(version, model, field):
    """A NOT NULL that was violated."""
    head = 'The operation cannot be completed:'
    if version == 17:
        return ValidationError(
            f'{head}\n- Create/update: a mandatory field is not set.\n- Delete: another model requires '
            'the record being deleted. If possible, archive it instead.\n\n'
            f'Model: {model.string} ({model.name})\nField: {field.string} ({field.name})\n')
    return ValidationError(
        f"{head} Missing required value for the field '{field.string}' ({field.name}).\n"
        f"Model: '{model.string}' ({model.name})\n- create/update: a mandatory field is not set\n"
        '- delete: another model requires the record being deleted, you can archive it instead\n')


def foreign_key(version, model, field):
    """An id that no record has: both versions speak of deleting, though nothing is deleted."""
    head = 'The operation cannot be completed:'
    if version == 17:
        table = model.name.replace('.', '_')
        return ValidationError(
            f'{head} another model requires the record being deleted. If possible, archive it '
            f'instead.\n\nModel: {model.string} ({model.name})\n'
            f'Constraint: {table}_{field.name}_fkey\n')
    return ValidationError(
        f'{head} Another model is using the record you are trying to delete.\n\n'
        f"The troublemaker is: '{model.string}' ({model.name})\n"
        f"Thanks to the following constraint: '{field.string}' ({field.name})\n"
        'How about archiving the record instead?')


def unique(text):
    return ValidationError(f'The operation cannot be completed: {text}')


def not_allowed(model, verb):
    words = {'read': 'access', 'write': 'modify', 'create': 'create', 'unlink': 'delete'}
    return AccessError(
        f"You are not allowed to {words[verb]} '{model.string}' ({model.name}) records.\n\n"
        'This operation is allowed for the following groups:\n\t- Administrator\n\n'
        'Contact your administrator to request access if necessary.')


def top_secret(user_name, uid, verb, model):
    return AccessError(
        'Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n'
        f"Sorry, {user_name} (id={uid}) doesn't have '{verb}' access to:\n"
        f'- {model.string} ({model.name})\n\n'
        'If you really, really need access, perhaps you can win over your friendly administrator '
        'with a batch of freshly baked cookies.')
