"""/jsonrpc, /json/2 and /xmlrpc: from a body to a method and back, with the shapes of 17 and 19."""

import json
import re
import sqlite3
import xmlrpc.client

import business
import errors
from http_message import Response, html, page
from orm import Env

DEBUG = ('Traceback (most recent call last):\n  File "/opt/odoo/odoo/http.py", line 1788, in _serve_db\n'
         '    return service_model.retrying(self._serve_ir_http, self.env)\n')
NO_DATABASE = ('<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected '
               'and the requested URL was not found in the server-wide controllers.</p>\n<p>Please verify the '
               'hostname, <a href=/web/login>login</a> and try again.</p>\n\n<!-- Alternatively, use the '
               'X-Odoo-Database header. -->')


class Rpc:
    def __init__(self, store, args):
        self.store = store
        self.version = args.version
        self.database = args.database
        self.keys = {args.api_key: 'gateway', 'clerk-key': 'clerk'}
        self.keys.update(reversed(pair.split('=', 1)) for pair in args.user_key)

    # ---- transactions ----------------------------------------------------------------------------

    def transaction(self, user, context, work):
        """Runs work(env) and commits it; any exception takes it back."""
        env = Env(self.store, self.version, user, context)
        env.db.execute('BEGIN IMMEDIATE')
        try:
            result = work(env)
            env.db.execute('COMMIT')
            return result
        except sqlite3.Error as error:
            env.db.execute('ROLLBACK')
            raise errors.Named('psycopg2.errors.InternalError_', str(error)) from error
        except BaseException:
            env.db.execute('ROLLBACK')
            raise

    def user_by(self, column, value):
        return self.store.connection().execute(
            f'SELECT * FROM res_users WHERE {column} = ? AND coalesce(active, 1) = 1', [value]).fetchone()

    def is_secret_of(self, user, secret):
        if not secret:
            return False
        return secret == user['password'] or self.keys.get(secret) == user['login']

    def login(self, login, secret):
        user = self.user_by('login', login)
        return user['id'] if user and self.is_secret_of(user, secret) else False

    # ---- a method of a model ---------------------------------------------------------------------

    def call(self, user, model_name, name, args, kwargs):
        kwargs = dict(kwargs)
        context = kwargs.pop('context', None) or {}
        self.check_language(context)
        if model_name not in self.store.models and model_name not in business.OF_MODEL:
            raise errors.UserError(f"Object {model_name} doesn't exist")
        model = self.store.models.get(model_name)
        self.check_private(model_name, name)
        function = self.method(model_name, model, name)
        if function is None:
            raise errors.Named('builtins.AttributeError', self.no_method(model_name, name))

        def work(env):
            try:
                bound = business.bind(function, env, model, args, kwargs)
            except TypeError as error:
                if self.version >= 19 and name == 'search_read' and not kwargs.get('fields'):
                    env.check_all_fields(model)
                raise errors.type_error(f'{model_name}.{name}() {error}') from None
            return function(*bound.args, **bound.kwargs)

        return self.transaction(user, context, work)

    def method(self, model_name, model, name):
        if name == 'has_access' and self.version < 18:
            return None
        return business.method(model_name, model, name)

    def check_language(self, context):
        language = context.get('lang') or 'en_US'
        if self.version >= 19 and language != 'en_US':
            raise errors.UserError(f'Invalid language code: {language}')

    def check_private(self, model_name, name):
        if name.startswith('_'):
            what = name if self.version == 17 else f"'{model_name}.{name}'"
            raise errors.AccessError(f'Private methods (such as {what}) cannot be called remotely.')

    def no_method(self, model_name, name):
        if self.version == 17:
            return f"The method '{name}' does not exist on the model '{model_name}'"
        return f"The method '{model_name}.{name}' does not exist"

    # ---- services --------------------------------------------------------------------------------

    def service(self, service, method, args):
        if service == 'common':
            return self.common(method, args)
        if service == 'object':
            return self.object(method, args)
        if service == 'db':
            return self.db(method, args)
        raise errors.Named('builtins.KeyError', service)

    def common(self, method, args):
        if method == 'version':
            if args:
                raise errors.type_error('exp_version() takes 0 positional arguments but '
                                        f'{len(args)} was given')
            return self.version_info()
        if method in ('authenticate', 'login'):
            if args[0] != self.database:
                raise errors.no_database(args[0])
            return self.login(args[1], args[2])
        raise errors.Named('builtins.Exception', f'Method not found: {method}')

    def version_info(self):
        return {'server_version': f'{self.version}.0', 'server_serie': f'{self.version}.0',
                'server_version_info': [self.version, 0, 0, 'final', 0, ''], 'protocol_version': 1}

    def db(self, method, args):
        if method == 'list':
            return [self.database]
        if method == 'server_version':
            return f'{self.version}.0'
        if method in ('dump', 'drop', 'create_database', 'restore', 'change_admin_password'):
            raise errors.AccessDenied()
        raise errors.Named('builtins.Exception', f'Method not found: {method}')

    def object(self, method, args):
        if len(args) < 3:
            if self.version == 17:
                raise errors.Named('builtins.IndexError', 'list index out of range')
            raise errors.value_error(
                f'not enough values to unpack (expected at least 5, got {len(args)})')
        database, uid, secret = args[:3]
        if database != self.database:
            raise errors.no_database(database)
        uid = int(uid)
        user = self.user_by('id', uid)
        if uid and user is None and secret:
            raise errors.missing('res.users', uid, uid)
        if user is None or not self.is_secret_of(user, secret):
            raise errors.AccessDenied()
        if method not in ('execute', 'execute_kw'):
            raise errors.Named('builtins.NameError', f'Method not available {method}')
        if len(args) < 5:
            raise errors.Named('builtins.IndexError', 'list index out of range')
        model, name, *rest = args[3:]
        if method == 'execute':
            return self.call(user, model, name, rest, {})
        positional = rest[0] if rest else []
        return self.call(user, model, name, positional, rest[1] if len(rest) > 1 else {})

    # ---- /jsonrpc --------------------------------------------------------------------------------

    def jsonrpc(self, request):
        """The handler of POST /jsonrpc (any method will do, as in Odoo)."""
        refused = self.check_type(request, 'jsonrpc')
        if refused:
            return refused
        return self.jsonrpc_envelope(request, self.dispatch_params)

    def jsonrpc_envelope(self, request, handle):
        try:
            document = json.loads(request.body.decode('utf-8', 'replace'))
        except ValueError:
            return html(400, 'Invalid JSON data')
        if not isinstance(document, dict):
            return html(400, 'Invalid JSON-RPC data')
        request_id = document.get('id')
        if request.stalled:
            return self.jsonrpc_error(None, errors.Named(
                'werkzeug.exceptions.ClientDisconnected', '400 Bad Request: The browser (or proxy) sent a '
                'request that this server could not understand.', []))
        try:
            result = handle(document.get('params', {}))
        except errors.OdooError as error:
            return self.jsonrpc_error(request_id, error)
        answer = {'jsonrpc': '2.0', 'id': request_id}
        if result is not None:
            answer['result'] = result
        return json_response(answer)

    def dispatch_params(self, params):
        if params is None:
            raise errors.type_error("'NoneType' object is not iterable")
        if isinstance(params, list):
            raise errors.value_error('dictionary update sequence element #0 has length 6; 2 is required')
        absent = [f"'{key}'" for key in ('service', 'method', 'args') if key not in params]
        if absent:
            names = absent[0] if len(absent) == 1 else ', '.join(absent[:-1]) + ', and ' + absent[-1]
            raise errors.type_error(f'JSONRPC.jsonrpc() missing {len(absent)} required positional '
                                    f"argument{'s' if len(absent) > 1 else ''}: {names}")
        return self.service(params['service'], params['method'], params['args'])

    def jsonrpc_error(self, request_id, error, code=None, message='Odoo Server Error'):
        if self.version == 17:
            data = {'name': error.name, 'debug': DEBUG, 'message': error.message,
                    'arguments': error.arguments, 'context': {}}
        else:
            data = {'name': error.name, 'message': error.message, 'arguments': error.arguments,
                    'context': {}, 'debug': DEBUG}
        if code is None:
            code = 200 if self.version == 17 else 0
        return json_response({'jsonrpc': '2.0', 'id': request_id,
                              'error': {'code': code, 'message': message, 'data': data}}, sniff=False)

    def check_type(self, request, kind):
        """17 answers a wrong type with 400, 19 with 415."""
        word = request.header('content-type').split(';')[0].strip().lower()
        if word in ('application/json', 'application/json-rpc'):
            return None
        if self.version == 17:
            return page(400, 'Bad Request', f"Function expects type '{kind}'")
        path = '/jsonrpc' if kind == 'jsonrpc' else '/json/2/&lt;__model__&gt;/&lt;__method__&gt;'
        return page(415, 'Unsupported Media Type',
                    f'Request inferred type is compatible with [&#39;http&#39;] but &#39;{path}&#39; is '
                    f'type=&#39;{kind}&#39;.<br><br>Please verify the Content-Type request header and try '
                    'again.')

    # ---- /json/2 ---------------------------------------------------------------------------------

    def json2(self, request):
        if request.header('x-odoo-database') not in ('', self.database):
            return html(404, NO_DATABASE)
        parts = request.path.split('/')[3:]
        try:
            if request.method != 'POST' or len(parts) != 2:
                raise errors.werkzeug('NotFound', 404, 'Did you mean POST /json/2/<model>/<method>?')
            refused = self.check_type(request, 'json2')
            if refused:
                return refused
            result = self.json2_call(self.bearer(request), *parts, self.json2_body(request))
        except errors.OdooError as error:
            return json2_error(error)
        return json_response(result)

    def bearer(self, request):
        kind, _, key = request.header('authorization').partition(' ')
        if kind.lower() != 'bearer' or not key:
            raise errors.werkzeug('Unauthorized', 401, 'User not authenticated, use an API Key with a Bearer '
                                                       'Authorization header.')
        if key not in self.keys:
            raise errors.werkzeug('Unauthorized', 401, 'Invalid apikey')
        return self.user_by('login', self.keys[key])

    @staticmethod
    def json2_body(request):
        if not request.body:
            return {}
        try:
            body = json.loads(request.body)
        except ValueError as error:
            raise errors.werkzeug('BadRequest', 400, f'could not parse the body as json: {error}') from None
        return body if isinstance(body, dict) else {}  # a list is taken for "no arguments"

    def json2_call(self, user, model_name, name, body):
        if model_name not in self.store.models:
            raise errors.werkzeug('NotFound', 404, f"the model '{model_name}' does not exist")
        self.check_private(model_name, name)
        model = self.store.models[model_name]
        function = self.method(model_name, model, name)
        if function is None:
            raise errors.werkzeug('NotFound', 404, self.no_method(model_name, name))
        kwargs = dict(body)
        ids = kwargs.pop('ids', None)
        if name in business.API_MODEL:
            if ids:
                raise errors.werkzeug('UnprocessableEntity', 422,
                                      f'cannot call {model_name}.{name} with ids')
            args = []
        else:
            args = [ids or []]
        try:
            business.bind(function, None, model, args,
                          {k: v for k, v in kwargs.items() if k != 'context'})
        except TypeError as error:
            raise errors.werkzeug('UnprocessableEntity', 422, str(error)) from None
        result = self.call(user, model_name, name, args, kwargs)
        return [result] if name == 'create' and isinstance(result, int) else result

    # ---- /xmlrpc ---------------------------------------------------------------------------------

    def xmlrpc(self, request):
        if request.method != 'POST':
            return page(405, 'Method Not Allowed', 'The method is not allowed for the requested URL.')
        service = request.path.rstrip('/').rsplit('/', 1)[1]
        is_v1 = not request.path.startswith('/xmlrpc/2/')
        try:
            args, method = xmlrpc.client.loads(request.body)
            result = self.service(service, method, list(args))
            body = xmlrpc.client.dumps((result,), methodresponse=True)
        except errors.OdooError as error:
            body = xmlrpc.client.dumps(fault(error, is_v1))
        except Exception as error:  # malformed XML, None results: faults with a traceback, as Odoo has it
            body = xmlrpc.client.dumps(xmlrpc.client.Fault(1, f'{DEBUG}{error}'))
        return Response(200, [('Content-Type', 'text/xml; charset=utf-8')],
                        ("<?xml version=\"1.0\"?>\n" + re.sub(r"^<\?xml.*?\?>\n", '', body)).encode())


def fault(error, is_v1):
    codes = {'odoo.exceptions.AccessDenied': 3, 'odoo.exceptions.AccessError': 4,
             'odoo.exceptions.UserError': 2, 'odoo.exceptions.ValidationError': 2,
             'odoo.exceptions.MissingError': 2, 'odoo.exceptions.RedirectWarning': 2}
    code = codes.get(error.name, 1)
    if is_v1:
        word = error.name.rsplit('.', 1)[1]
        text = 'AccessDenied' if code == 3 else f'warning -- {word}\n\n{error.message}'
        return xmlrpc.client.Fault(text, '' if code == 3 else error.message)
    return xmlrpc.client.Fault(code, error.message if code != 1 else f'{DEBUG}{error.message}')


def json_response(value, sniff=True, status=200, headers=()):
    more = [('X-Content-Type-Options', 'nosniff')] if sniff else []
    return Response(status, [('Content-Type', 'application/json; charset=utf-8'), *headers, *more],
                    json.dumps(value).encode())


def json2_error(error):
    body = {'name': error.name, 'message': error.message, 'arguments': error.arguments, 'context': {},
            'debug': DEBUG}
    headers = [('WWW-Authenticate', 'Bearer ')] if error.status == 401 else []
    return json_response(body, False, error.status, headers)
