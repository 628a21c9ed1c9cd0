"""The pages that a reverse proxy meets: login and session, redirects, database manager, health, static files."""

import json
import secrets
import string

import errors
from http_message import Response, html, page
from rpc import json_response

COOKIE_LETTERS = string.ascii_letters + string.digits + '-_'


class Web:
    def __init__(self, rpc, faults):
        self.rpc = rpc
        self.faults = faults
        self.version = rpc.version
        self.sessions = {}
        self.home = '/web' if self.version == 17 else '/odoo'

    def handle(self, request):
        exact = {
            '/': self.root, '/web': self.backend, '/odoo': self.backend, '/web/login': self.login,
            '/web/health': self.health, '/web/session/authenticate': self.authenticate,
            '/web/session/get_session_info': self.session_info, '/web/session/logout': self.logout,
            '/web/dataset/call_kw': self.call_kw, '/web/webclient/version_info': self.version_info,
            '/web/version': self.version_json, '/json/version': self.version_json,
            '/web/binary/upload_attachment': self.upload, '/websocket': self.websocket,
        }
        handler = exact.get(request.path) or exact.get(request.path.rstrip('/'))
        if handler is None:
            handler = self.by_prefix(request.path)
        return handler(request) if handler else self.not_found(request)

    def by_prefix(self, path):
        prefixes = (('/web/database/', self.database), ('/web/dataset/call_kw/', self.call_kw),
                    ('/web/static/', self.static), ('/web/assets/', self.static),
                    ('/web/content/', self.content), ('/web/image/', self.static),
                    ('/odoo/', self.backend))
        return next((handler for prefix, handler in prefixes if path.startswith(prefix)), None)

    # ---- sessions --------------------------------------------------------------------------------

    def session(self, request):
        """(id, data, cookie headers); an unknown id gets a new one."""
        sid = request.cookies().get('session_id', '')
        if sid in self.sessions:
            return sid, self.sessions[sid], []
        sid, data = self.new_session(None)
        return sid, data, [self.cookie(sid)]

    def new_session(self, uid):
        size = 40 if self.version == 17 else 84
        letters = 'abcdef0123456789' if self.version == 17 else COOKIE_LETTERS
        sid = ''.join(secrets.choice(letters) for _ in range(size))
        self.sessions[sid] = {'uid': uid, 'csrf': secrets.token_hex(20)}
        return sid, self.sessions[sid]

    @staticmethod
    def cookie(sid):
        """Neither Secure nor SameSite, also behind https: that is the proxy's work."""
        return ('Set-Cookie', f'session_id={sid}; Expires=Sun, 21 Nov 2027 01:14:22 GMT; Max-Age=604800; '
                              'HttpOnly; Path=/')

    def redirect(self, location, headers=()):
        """Relative, as werkzeug does it."""
        return page(303, 'Redirecting...', 'You should be redirected automatically to the target URL: '
                    f'<a href="{location}">{location}</a>. If not, click the link.',
                    [('Location', location), *headers])

    # ---- pages -----------------------------------------------------------------------------------

    def root(self, request):
        return self.redirect(self.home, self.session(request)[2])

    def backend(self, request):
        _, data, cookies = self.session(request)
        if data['uid'] is None:
            back = '?redirect=' + request.path.replace('/', '%2F') + '%3F' + request.query
            return self.redirect('/web/login' + ('' if self.version == 17 else back), cookies)
        return html(200, '<!DOCTYPE html>\n<html><head><title>Odoo</title></head><body class="o_web_client">'
                         '<script src="/web/assets/1/web.assets_web.min.js"></script></body></html>', cookies)

    def is_down(self):
        return any(fault['fault'] == 'db-down' for fault in self.faults.active)

    def login(self, request):
        if self.is_down():
            return self.redirect('/web/database/selector', [self.cookie(self.new_session(None)[0])])
        _, data, cookies = self.session(request)
        if request.method == 'POST':
            return self.login_post(request, data)
        return html(200, self.login_form(data, ''), cookies)

    def login_form(self, data, notice):
        return ('<!DOCTYPE html>\n<html style="height: 100%;">\n<head><title>Odoo</title></head><body>'
                f'{notice}<form class="oe_login_form" method="post" action="/web/login">'
                f'<input type="hidden" name="csrf_token" value="{data["csrf"]}"/>'
                '<input name="login"/><input name="password" type="password"/></form></body></html>')

    def login_post(self, request, data):
        form = request.form()
        if form.get('csrf_token') != data['csrf']:
            return page(400, 'Bad Request', 'Session expired (invalid CSRF token)')
        uid = self.rpc.login(form.get('login'), form.get('password'))
        if not uid:
            return html(200, self.login_form(data, '<p class="alert">Wrong login/password</p>'))
        sid, _ = self.new_session(uid)
        return self.redirect(form.get('redirect') or self.home, [self.cookie(sid)])

    def logout(self, request):
        self.sessions.pop(request.cookies().get('session_id', ''), None)
        sid, _ = self.new_session(None)
        return self.redirect(self.home, [('Set-Cookie', 'cids=; Max-Age=0; Path=/'), self.cookie(sid)])

    def health(self, request):
        if self.version >= 19 and 'db_server_status=1' in request.query:
            down = self.is_down()
            return json_response({'status': 'fail' if down else 'pass', 'db_server_status': not down},
                                 status=500 if down else 200)
        return json_response({'status': 'pass'})

    def database(self, request):
        _, _, cookies = self.session(request)
        if request.path == '/web/database/list':
            return self.with_cookie(request, self.rpc.jsonrpc_envelope(
                request, lambda params: [self.rpc.database]))
        return html(200, '<html>\n<head>\n    <title>Odoo</title></head><body>Master password'
                         '</body></html>', cookies)

    def static(self, request):
        kind = 'text/css; charset=utf-8' if request.path.endswith('.css') else 'application/octet-stream'
        # file answers carry a second Date header in Odoo too
        return Response(200, [('Content-Type', kind), ('Cache-Control', 'public, max-age=604800'),
                              ('Date', 'Sat, 21 Nov 2026 01:14:22 GMT')], b'/* static */\n')

    def content(self, request):
        return page(404, 'Not Found', 'The requested URL was not found on the server. If you entered the URL '
                                      'manually please check your spelling and try again.')

    def upload(self, request):
        if len(request.body) > 128 << 20:
            return page(413, 'Request Entity Too Large',
                        'The data value transmitted exceeds the capacity limit.')
        _, data, _ = self.session(request)
        if data['csrf'].encode() not in request.body:
            return page(400, 'Bad Request', 'Session expired (invalid CSRF token)')
        return html(200, json.dumps([{'filename': 'upload', 'mimetype': 'application/octet-stream',
                                      'id': 1003, 'size': len(request.body)}]))

    def websocket(self, request):
        """Only the gevent port has it; with workers the HTTP port fails."""
        if not request.header('upgrade'):
            return page(400, 'Bad Request', 'The browser (or proxy) sent a request that this server could not '
                                            'understand.')
        return internal_error()

    def not_found(self, request):
        _, _, cookies = self.session(request)
        return Response(404, [('Content-Type', 'text/html;charset=utf-8'),
                              ('Set-Cookie', 'frontend_lang=en_US; Path=/'), *cookies],
                        b'<!DOCTYPE html>\n<html>\n    <head>\n        <title>Page not found</title></head>'
                        b'</html>')

    # ---- JSON-RPC routes of the web client -------------------------------------------------------

    def with_cookie(self, request, response):
        response.headers += self.session(request)[2]
        return response

    def version_info(self, request):
        return self.with_cookie(request, self.rpc.jsonrpc_envelope(
            request, lambda params: self.rpc.version_info()))

    def version_json(self, request):
        if self.version == 17:
            return self.not_found(request)
        return self.with_cookie(request, json_response(
            {'version_info': [19, 0, 0, 'final', 0, ''], 'version': '19.0'}))

    def authenticate(self, request):
        made = []

        def work(params):
            if params.get('db') != self.rpc.database:
                raise errors.AccessError('Database not found.')
            uid = self.rpc.login(params.get('login'), params.get('password'))
            if not uid:
                raise errors.AccessDenied()
            made.append(self.new_session(uid)[0])
            return self.info(uid)

        response = self.rpc.jsonrpc_envelope(request, work)
        # sent twice, as measured
        response.headers += [self.cookie(sid) for sid in made * 2]
        return response

    def info(self, uid):
        return {'uid': uid, 'is_system': uid == 2, 'is_admin': uid == 2, 'is_public': False,
                'is_internal_user': True, 'db': self.rpc.database,
                'user_context': {'lang': 'en_US', 'tz': 'Europe/Brussels', 'uid': uid},
                'server_version': f'{self.version}.0'}

    def with_session(self, request, work):
        data = self.sessions.get(request.cookies().get('session_id', ''), {'uid': None})
        if data['uid'] is None:
            return self.rpc.jsonrpc_error(
                None, errors.Named('odoo.http.SessionExpiredException', 'Session expired'), 100,
                'Odoo Session Expired')
        return self.rpc.jsonrpc_envelope(request, lambda params: work(data['uid'], params))

    def session_info(self, request):
        return self.with_session(request, lambda uid, params: self.info(uid))

    def call_kw(self, request):
        def work(uid, params):
            return self.rpc.call(self.rpc.user_by('id', uid), params['model'], params['method'],
                                 params.get('args', []), params.get('kwargs', {}))

        return self.with_session(request, work)


def internal_error():
    return page(500, 'Internal Server Error', 'The server encountered an internal error and was unable to '
                'complete your request. Either the server is overloaded or there is an error in the '
                'application.')
