#!/usr/bin/python3
"""A receiver of callbacks for t/callback.t: HTTPS, or HTTP without a certificate. The first part of
the path says how it answers; every request is a line of JSON in the log, written before the answer.

    receiver.py PORT LOG [CERTIFICATE KEY]
"""
import http.server
import json
import os
import socket
import ssl
import sys
import threading

PORT, LOG = int(sys.argv[1]), sys.argv[2]
lock = threading.Lock()
seen = {}  # path and webhook-id -> times


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = (self.path, self.headers.get("webhook-id"))
        with lock:
            seen[key] = seen.get(key, 0) + 1
            with open(LOG, "a", encoding="utf-8") as log:
                log.write(json.dumps({"path": self.path, "body": body.decode(),
                                      "headers": {k.lower(): v for k, v in self.headers.items()},
                                      "peer": self.client_address[1]}) + "\n")
        getattr(self, "answer_" + self.path.split("/")[1], self.answer_ok)(seen[key])

    do_GET = do_PUT = do_POST

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_ok(self, times):
        self.send(204)

    def answer_flaky(self, times):
        if times < 3:
            self.send(500, b"no database\nat line 7")
        else:
            self.send(200, b"thanks")

    def answer_later(self, times):
        if times == 1:
            self.send(429, b"slowly", Retry_After="2")
        else:
            self.send(204)

    def answer_gate(self, times):
        """Closed until there is a file beside the log."""
        self.send(204 if os.path.exists(LOG + ".open") else 503)

    def answer_gone(self, times):
        self.send(410, b"we closed")

    def answer_down(self, times):
        self.send(503, b"")

    def answer_redirect(self, times):
        self.send(307, b"", Location=f"https://127.0.0.1:{PORT}/stolen")

    def answer_hang(self, times):
        self.rfile.read(1)  # until the other side goes

    def answer_endless(self, times):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except OSError:
            with lock, open(LOG, "a", encoding="utf-8") as log:
                log.write(json.dumps({"path": "hung up on"}) + "\n")
        self.close_connection = True

    def answer_heads(self, times):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def finish_request(self, request, client_address):
        """TLS in the connection's own thread: one that shakes no hands holds nobody else."""
        if len(sys.argv) > 3:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(sys.argv[3], sys.argv[4])
            try:
                request = context.wrap_socket(request, server_side=True)
            except OSError:
                return
        try:
            self.RequestHandlerClass(request, client_address, self)
        except OSError:
            pass
        try:
            request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


server = Server(("127.0.0.1", PORT), Receiver)
print("ready", flush=True)
server.serve_forever()
