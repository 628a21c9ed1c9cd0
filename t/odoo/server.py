"""Sockets and workers: each worker takes one connection at a time, as Odoo's prefork workers do; a third
request waits in the listen queue. Faults are played here, between the request and its answer."""

import json
import socket
import threading
import time
import traceback

import errors
from http_message import SOCKET_TIMEOUT, BadRequest, Closed, Response, html, read_request
from rpc import NO_DATABASE, json2_error, json_response
from web import internal_error


class Server:
    def __init__(self, rpc, web, faults, port, workers):
        self.rpc = rpc
        self.web = web
        self.faults = faults
        self.workers = workers
        self.lock = threading.Condition()
        self.refusing = threading.Lock()
        self.stopping = False
        self.listener = None
        self.port = port
        self.open()

    def open(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1', self.port))
        listener.listen(8 * self.workers)
        self.port = listener.getsockname()[1]
        with self.lock:
            self.listener = listener
            self.lock.notify_all()

    def close(self):
        with self.lock:
            listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the workers in accept
            listener.close()

    def start(self):
        for _ in range(self.workers):
            threading.Thread(target=self.work, daemon=True).start()

    def stop(self):
        self.stopping = True
        self.close()
        with self.lock:
            self.lock.notify_all()

    def work(self):
        while not self.stopping:
            with self.lock:
                while self.listener is None and not self.stopping:
                    self.lock.wait()
                listener = self.listener
            try:
                connection, _ = listener.accept()
            except (OSError, AttributeError):
                continue  # closed: stopping, or refusing for a while
            with connection:
                self.serve(connection)
            self.play_refusal()

    def serve(self, connection):
        connection.settimeout(SOCKET_TIMEOUT)
        with connection.makefile('rb') as stream:
            try:
                request = read_request(connection, stream)
                connection.settimeout(None)
                data = self.answer(request)
            except BadRequest as bad:
                data = Response(bad.status, [('Content-Type', 'text/html;charset=utf-8')],
                                f'<!DOCTYPE HTML>\n<html lang="en">\n<p>Error code: {bad.status}</p>\n'
                                f'<p>Message: {bad.reason}.</p></html>'.encode(), bad.reason).bytes()
            except (Closed, TimeoutError, ConnectionError, ValueError):
                return
            if data:
                try:
                    connection.sendall(data)
                except OSError:
                    pass  # the client is gone; what was done stays done
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    # ---- one request -----------------------------------------------------------------------------

    def answer(self, request):
        """The bytes to send; empty to close without an answer."""
        if request.path.startswith('/_control'):
            return self.control(request).bytes()
        call = self.describe(request)
        fault = self.faults.take(f"{request.path} {call['what']}") if call['is_rpc'] else None
        generation = self.faults.begin()
        started = time.monotonic()
        response = None
        try:
            if call['is_rpc'] and self.faults.latency_ms:
                time.sleep(self.faults.latency_ms / 1000)
            response = self.play(request, fault)
        finally:
            self.faults.end(generation, {'method': request.method, 'path': request.path, 'call': call['what'],
                             'fault': fault and fault['fault'], 'search': self.searched(request, call), 'bytes': len(request.body),
                             'status': response.status if response else 0,
                             'correlation_id': request.header('x-correlation-id'),
                             'ms': round((time.monotonic() - started) * 1000, 1)})
        if response is None:
            return b''
        data = response.bytes(request.method == 'HEAD')
        return data[:len(data) // 2] if fault and fault['fault'] == 'cut-half' else data

    def play(self, request, fault):
        kind = fault['fault'] if fault else ''
        if kind == 'cut-before':
            return None
        if kind == 'hang':
            self.faults.hang(fault)
            return None
        if kind in ('html500', 'html404'):
            return internal_error() if kind == 'html500' else html(404, NO_DATABASE)
        if kind == 'maintenance':
            return html(503, 'back soon', [('Retry-After', '3')])
        if kind == 'too-many':
            return html(429, 'slow down', [('Retry-After', '4')])
        if kind == 'load-serialization':
            return self.wrap(request, {'ids': False, 'nextrow': 0, 'messages': [
                {'type': 'error', 'message': 'could not serialize access due to concurrent update\n'}]})
        error = {'serialization': errors.serialization_failure, 'db-down': errors.database_down,
                 'db-lost': errors.database_lost,
                 'access-error': lambda: errors.AccessError('You are not allowed to do this.')}.get(kind)
        if error:
            return self.fail(request, kind, error())
        response = self.dispatch(request)
        if kind == 'hang-after':
            self.faults.hang(fault)
        return None if kind in ('cut-after', 'hang-after') else response

    def wrap(self, request, result):
        if request.path.startswith('/json/2/'):
            return json_response(result)
        return self.rpc.jsonrpc_envelope(request, lambda params: result)

    def fail(self, request, kind, error):
        if request.path.startswith('/json/2/'):
            return html(404, NO_DATABASE) if kind == 'db-down' else json2_error(error)

        def raise_it(params):
            raise error

        return self.rpc.jsonrpc_envelope(request, raise_it)

    def dispatch(self, request):
        path = request.path.rstrip('/') or '/'
        if not request.header('host'):
            return internal_error()
        try:
            if path == '/jsonrpc':
                return self.rpc.jsonrpc(request)
            if path.startswith('/json/2/') and self.rpc.version >= 19:
                return self.rpc.json2(request)
            if path.startswith('/xmlrpc/'):
                return self.rpc.xmlrpc(request)
            return self.web.handle(request)
        except Exception:
            traceback.print_exc()
            return internal_error()

    @staticmethod
    def searched(request, call):
        """What a search asked: domain and fields, whichever API it came by."""
        if not call['what'].endswith('.search_read'):
            return None
        try:
            body = json.loads(request.body)
            args = body['params']['args'] if 'params' in body else None
            named = (args[6] if len(args) > 6 else {}) if args else body
            return {'domain': args[5][0] if args else named.get('domain'), 'fields': named.get('fields')}
        except (ValueError, LookupError, TypeError, AttributeError):
            return None

    @staticmethod
    def describe(request):
        """What is called, for faults and the log: "mail.message.load", "common.version"."""
        path = request.path.rstrip('/')
        if path.startswith('/json/2/'):
            return {'what': '.'.join(path.split('/')[3:]), 'is_rpc': True}
        if path != '/jsonrpc':
            return {'what': '', 'is_rpc': path.startswith('/xmlrpc/')}
        try:
            params = json.loads(request.body)['params']
            if params['service'] == 'object':
                return {'what': '.'.join(params['args'][3:5]), 'is_rpc': True}
            return {'what': f"{params['service']}.{params['method']}", 'is_rpc': True}
        except (ValueError, LookupError, TypeError):
            return {'what': '', 'is_rpc': True}

    # ---- control ---------------------------------------------------------------------------------

    def control(self, request):
        if request.path == '/_control/calls':
            return json_response(self.faults.report())
        try:
            problem = self.faults.set(json.loads(request.body or b'{}'))
        except (ValueError, AttributeError) as error:
            problem = str(error)
        if problem:
            return json_response({'error': problem}, status=400)
        return json_response(self.faults.report())

    def play_refusal(self):
        """After the answer to the command that asked for it: no connection for a while, or until a reset."""
        seconds = self.faults.take_refusal()
        generation = self.faults.generation
        if not seconds:
            return
        with self.refusing:  # the port is opened again once
            self.close()
            end = time.monotonic() + seconds
            with self.lock:
                while time.monotonic() < end and not self.stopping and self.faults.generation == generation:
                    self.lock.wait(min(0.05, max(0, end - time.monotonic())))
            if not self.stopping:
                self.open()
                self.faults.end_refusal()


class ControlServer(Server):
    """/_control on a port of its own, for when all workers hang."""

    def __init__(self, main, port):
        super().__init__(main.rpc, main.web, main.faults, port, 1)
        self.main = main

    def answer(self, request):
        return self.control(request).bytes()

    def play_refusal(self):
        threading.Thread(target=self.main.play_refusal, daemon=True).start()
