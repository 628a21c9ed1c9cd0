"""HTTP as Odoo's werkzeug speaks it: requests read from a socket, answers written with HTTP/1.0 and close."""

import email.utils
import http
import urllib.parse

MAX_LINE = 65536
MAX_HEADERS = 100
SOCKET_TIMEOUT = 2.0  # ODOO_HTTP_SOCKET_TIMEOUT


class BadRequest(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Closed(Exception):
    """The peer sent nothing."""


class Response:
    def __init__(self, status, headers, body=b'', reason=None, version='HTTP/1.0', close=True):
        self.status = status
        self.headers = headers
        self.body = body
        self.reason = reason
        self.version = version
        self.close = close

    def bytes(self, head_only=False):
        reason = self.reason
        if reason is None:
            reason = http.HTTPStatus(self.status).phrase.upper()
        lines = [f'{self.version} {self.status} {reason}', 'Server: Werkzeug/2.2.2 Python/3.11.2',
                 f'Date: {email.utils.formatdate(usegmt=True)}']
        lines += [f'{name}: {value}' for name, value in self.headers]
        lines.append(f'Content-Length: {len(self.body)}')
        if self.close:
            lines.append('Connection: close')
        head = '\r\n'.join(lines).encode('utf-8', 'surrogateescape') + b'\r\n\r\n'
        return head if head_only else head + self.body


def html(status, text, headers=()):
    return Response(status, [('Content-Type', 'text/html; charset=utf-8'), *headers], text.encode())


def page(status, title, text, headers=()):
    return html(status, f'<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n'
                        f'<p>{text}</p>', headers)


class Request:
    def __init__(self, method, target, headers, body, stalled=False):
        self.method = method
        path, _, self.query = target.partition('?')
        # werkzeug decodes the path and merges slashes, which is why ACLs in front must normalise
        self.path = '/' + urllib.parse.unquote(path).lstrip('/')
        self.headers = headers
        self.body = body
        self.stalled = stalled

    def header(self, name):
        return next((value for key, value in self.headers if key == name), '')

    def cookies(self):
        pairs = (part.strip().partition('=') for part in self.header('cookie').split(';'))
        return {name: value for name, _, value in pairs if name}

    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode('utf-8', 'replace')))


def read_request(connection, stream):
    """One request. Closed when nothing came; BadRequest when it cannot be answered by a page of Odoo."""
    line = stream.readline(MAX_LINE + 1)
    if not line:
        raise Closed
    if len(line) > MAX_LINE:
        raise BadRequest(414, 'Request-URI Too Long')
    words = line.decode('latin-1').split()
    if len(words) != 3 or not words[2].startswith('HTTP/'):
        raise BadRequest(400, 'Bad request syntax')
    headers = read_headers(stream)
    request = Request(words[0], words[1], headers, b'')
    if request.header('expect').lower() == '100-continue':
        connection.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
    try:
        request.body = read_body(request, stream)
    except TimeoutError:
        request.stalled = True
        request.body = b'{}'
    return request


def read_headers(stream):
    headers = []
    while True:
        line = stream.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise BadRequest(431, 'Line too long')
        if line in (b'\r\n', b'\n', b''):
            return headers
        if len(headers) >= MAX_HEADERS:
            raise BadRequest(431, 'Too many headers')
        name, _, value = line.decode('latin-1').partition(':')
        headers.append((name.strip().lower(), value.strip()))


def read_body(request, stream):
    """Chunked wins over a length, as measured. Neither: no body."""
    if 'chunked' in request.header('transfer-encoding').lower():
        return b''.join(read_chunks(stream))
    length = request.header('content-length')
    if not length.isdigit():
        return b''
    body = stream.read(int(length))
    if len(body) < int(length):
        request.stalled = True
        return b'{}'
    return body


def read_chunks(stream):
    while True:
        size = int(stream.readline(1024).split(b';')[0] or b'0', 16)
        if size == 0:
            while stream.readline(MAX_LINE) not in (b'\r\n', b'\n', b''):
                pass
            return
        yield stream.read(size)
        stream.readline(8)
