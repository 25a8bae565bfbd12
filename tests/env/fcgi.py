# SPDX-License-Identifier: MPL-2.0
"""FastCGI by hand: an application that says what it received, which stands where opx-web will to see what nginx lets through;
and a client that speaks to opx-web without nginx (`fcgi.py SOCKET`, parameters as JSON on standard input)."""
import hashlib
import json
import os
import shutil
import socket
import socketserver
import struct
import sys
import threading

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def read_exactly(stream, n):
    data = stream.read(n)
    if len(data) != n:
        raise EOFError
    return data


def length(data, at):
    if data[at] < 128:
        return data[at], at + 1
    return struct.unpack(">I", data[at:at + 4])[0] & 0x7FFFFFFF, at + 4


def pairs_of(data):
    """All parameters in order, so that one given twice is seen."""
    at, found = 0, []
    while at < len(data):
        n, at = length(data, at)
        v, at = length(data, at)
        found.append((data[at:at + n].decode("latin-1"), data[at + n:at + n + v].decode("latin-1")))
        at += n + v
    return found


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        params, digest, size = b"", hashlib.sha256(), 0
        try:
            while True:
                _, kind, request, n, pad, _ = struct.unpack(">BBHHBB", read_exactly(self.rfile, 8))
                content = read_exactly(self.rfile, n + pad)[:n]
                if kind == PARAMS:
                    params += content
                elif kind == STDIN:
                    if n == 0:
                        break
                    digest.update(content)
                    size += n
        except EOFError:
            return
        pairs = pairs_of(params)
        self.server.seen.append(pairs)
        answer = self.server.answer(dict(pairs), {"pool": self.server.pool, "params": pairs, "body": size,
                                                   "sha256": digest.hexdigest()})
        for at in range(0, len(answer), 65000):
            piece = answer[at:at + 65000]
            self.wfile.write(struct.pack(">BBHHBB", 1, STDOUT, request, len(piece), 0, 0) + piece)
        self.wfile.write(struct.pack(">BBHHBB", 1, STDOUT, request, 0, 0, 0))
        self.wfile.write(struct.pack(">BBHHBB", 1, END, request, 8, 0, 0) + bytes(8))


GIVEN = ("Content-Type: application/pdf\r\nX-Opx-Disposition: attachment; filename=\"D001.pdf\"\r\n"
         "Content-Security-Policy: sandbox; default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: same-origin\r\nCache-Control: no-store\r\n")


def answer(params, seen):
    uri = params.get("REQUEST_URI", "")
    if params.get("OPX_VHOST") == "refused":
        if uri.startswith("/statique/"):
            return ("Status: 200 OK\r\nX-Accel-Redirect: /_static/%s\r\n\r\n" % uri[len("/statique/"):]).encode()
        return b"Status: 403 Forbidden\r\nContent-Type: application/json\r\n\r\n" + json.dumps(seen).encode()
    if uri.startswith("/donne/"):
        if uri == "/donne/absent":
            return ("Status: 200 OK\r\n%sX-Accel-Redirect: /_blob/zz/absent\r\n\r\n" % GIVEN).encode()
        return ("Status: 200 OK\r\n%sX-Accel-Redirect: /_blob/ab/essai\r\n\r\n" % GIVEN).encode()
    return b"Content-Type: application/json\r\nX-Opx-Disposition: never shown\r\n\r\n" + json.dumps(seen).encode()


class Stub(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One pool on one socket, as `with Stub(path, "page") as stub`."""
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path, pool, group=None):
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, Handler)
        self.path, self.pool, self.seen, self.answer = path, pool, [], answer
        os.chmod(path, 0o660)
        if group:
            shutil.chown(path, group=group)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args):
        self.shutdown()
        self.server_close()
        os.unlink(self.path)


def length_bytes(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def record(kind, data=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(data), 0, 0) + data


def ask(path, pairs, body=b""):
    """One request to a FastCGI socket; the answer's bytes, empty when it was cut off."""
    params = b"".join(length_bytes(len(n)) + length_bytes(len(v)) + n.encode() + v.encode() for n, v in pairs)
    message = record(BEGIN, struct.pack(">HB5x", 1, 0))
    for at in range(0, len(params), 60000):
        message += record(PARAMS, params[at:at + 60000])
    message += record(PARAMS) + (record(STDIN, body) if body else b"") + record(STDIN)
    out = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(path)
        try:
            s.sendall(message)
            stream = s.makefile("rb")
            while True:
                _, kind, _, n, pad, _ = struct.unpack(">BBHHBB", read_exactly(stream, 8))
                content = read_exactly(stream, n + pad)[:n]
                if kind == STDOUT:
                    out += content
                elif kind == END:
                    return out
        except (EOFError, ConnectionError):
            return out


if __name__ == "__main__":
    sys.stdout.buffer.write(ask(sys.argv[1], json.load(sys.stdin)))
