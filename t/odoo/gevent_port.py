"""The port of Odoo's gevent process: keep-alive HTTP/1.1, and /websocket with a handshake and an echo."""

import base64
import hashlib
import socketserver
import struct

from http_message import BadRequest, Closed, read_request

GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
MAX_FRAME = 1 << 20


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.connection.settimeout(60)
        try:
            while self.one():
                pass
        except (BadRequest, Closed, OSError, ValueError):
            pass

    def one(self):
        request = read_request(self.connection, self.rfile)
        if request.path == '/websocket' and request.header('sec-websocket-key'):
            self.upgrade(request)
            return False
        if request.path == '/websocket/health':
            self.send(200, 'application/json; charset=utf-8', b'{"status": "pass"}')
            return True
        if request.path == '/websocket':
            self.send(400, 'text/html; charset=utf-8', b'<!doctype html>\n<title>400 Bad Request</title>')
            return True
        response = self.server.main.dispatch(request)
        response.version, response.close = 'HTTP/1.1', False
        self.connection.sendall(response.bytes(request.method == 'HEAD'))
        return True

    def send(self, status, kind, body):
        words = {200: 'OK', 400: 'BAD REQUEST'}
        self.connection.sendall(f'HTTP/1.1 {status} {words[status]}\r\nContent-Type: {kind}\r\n'
                                f'Content-Length: {len(body)}\r\n\r\n'.encode() + body)

    def upgrade(self, request):
        """Any Origin is taken, as measured: the gateway has to check it."""
        digest = hashlib.sha1((request.header('sec-websocket-key') + GUID).encode()).digest()
        self.connection.sendall(
            b'HTTP/1.1 101 SWITCHING PROTOCOLS\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
            b'Sec-WebSocket-Accept: ' + base64.b64encode(digest) + b'\r\n'
            b'Content-Type: text/html; charset=utf-8\r\n\r\n')
        while self.echo():
            pass

    def exactly(self, size):
        data = self.rfile.read(size)
        if len(data) < size:
            raise Closed
        return data

    def echo(self):
        first, second = self.exactly(2)
        length = second & 127
        if length == 126:
            length = struct.unpack('>H', self.exactly(2))[0]
        elif length == 127:
            length = struct.unpack('>Q', self.exactly(8))[0]
        if length > MAX_FRAME or not second & 128:
            return False
        mask = self.exactly(4)
        data = bytes(byte ^ mask[i & 3] for i, byte in enumerate(self.exactly(length)))
        opcode = first & 15
        if opcode == 9:
            first = 0x8a  # ping → pong
        size = bytes([length]) if length < 126 else b'\x7e' + struct.pack('>H', length) \
            if length < 65536 else b'\x7f' + struct.pack('>Q', length)
        self.connection.sendall(bytes([first]) + size + data)
        return opcode != 8


class GeventServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, main, port):
        super().__init__(('127.0.0.1', port), Handler)
        self.main = main
