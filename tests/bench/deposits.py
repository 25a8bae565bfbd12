# SPDX-License-Identifier: MPL-2.0
"""A client that deposits: one person, one session, one deposit after the other, each to its sealed receipt. It keeps its connection and
looks for three things in a page (the fields of its forms, where it was sent, the word of the seal), so that little of the machine is its own."""
import fcntl
import http.client
import os
import re
import select
import socket
import ssl
import struct
import tempfile
import time
import urllib.parse
import zlib

import small

LOOK_EVERY_S = 0.05
BOUNDARY = "opx-mesure-7f3a"


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


class Pictures:
    """PNG files of 1 MiB, no two the same: a kind that needs no outside program to be examined."""
    kind, name = "image/png", "mesure.png"

    def __init__(self):
        whole = small.png()
        self.head, self.tail = whole[:33], chunk(b"raNd", os.urandom((1 << 20) - 300)) + whole[33:]

    def parts(self):
        """A new file, in pieces: the large one is the same each time, so that a client copies nothing."""
        return [self.head + chunk(b"raNd", os.urandom(16)), self.tail]


class Papers:
    """PDF files of 1 MiB."""
    kind, name = "application/pdf", "mesure.pdf"

    def __init__(self):
        self.tail = b"%" + os.urandom(500000).hex().encode() + b"\n%%EOF\n"

    def parts(self):
        return [small.pdf("Mesure " + os.urandom(6).hex()), self.tail]


FILES = {"png": Pictures, "pdf": Papers}


class Client:
    def __init__(self, origin, port, authority, cookie):
        self.origin, self.cookie = origin, cookie
        self.host = urllib.parse.urlsplit(origin).hostname
        self.port, self.context = port, ssl.create_default_context(cafile=authority)
        self.connection = None

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), 60)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = http.client.HTTPConnection(self.host, self.port)
        self.connection.sock = self.context.wrap_socket(raw, server_hostname=self.host)

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded"):
        """Status, where it leads, and the text of the answer. body: bytes, a form's text, or a list of pieces."""
        if self.connection is None:
            self.connect()
        headers = {"Cookie": self.cookie, "User-Agent": "mesure", "Host": urllib.parse.urlsplit(self.origin).netloc}
        if body is not None:
            headers.update({"Content-Type": kind, "Origin": self.origin, "Sec-Fetch-Site": "same-origin"})
        if isinstance(body, list):
            headers["Content-Length"] = str(sum(map(len, body)))
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.will_close:
            self.connection.close()
            self.connection = None
        return answer.status, answer.getheader("Location") or "", text

    def led(self, path, fields):
        """Posts a form; where it leads."""
        status, place, text = self.ask("POST", path, urllib.parse.urlencode(fields))
        if status != 303:
            raise AssertionError("POST %s answered %d: %s" % (path, status, text[-2000:]))
        return urllib.parse.urlsplit(place).path

    def token(self, path):
        status, _, text = self.ask("GET", path)
        if status != 200:
            raise AssertionError("GET %s answered %d" % (path, status))
        return field(text, b"_csrf")


def field(text, name):
    found = re.search(rb'name="%s"[^>]* value="([^"]*)"' % name, text)
    if not found:
        raise AssertionError("no field %s" % name)
    return found[1].decode()


def multipart(fields, files, n):
    head = "--%s\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n" % (BOUNDARY, files.name, files.kind)
    parts = [("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (BOUNDARY, k, v)).encode() for k, v in fields]
    for _ in range(n):
        first, *others = files.parts()
        parts += [head.encode() + first, *others, b"\r\n"]
    return parts + [("--%s--\r\n" % BOUNDARY).encode()]


def pause():
    select.select([], [], [], LOOK_EVERY_S)


def deposit(client, token, dossier, kind, turn, files, n):
    """One deposit of n files, as the form without scripts makes it: draft, file, check page, confirmation, sealed receipt."""
    with open(turn, "wb") as lock:
        # A person who begins twice is given the same empty draft: his two clients send one after the other, and all the rest at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft = client.led("/dossiers/%d/brouillons" % dossier, {"_csrf": token})
        body = multipart([("_csrf", token), ("nature", kind), ("titre", "Mesure"), ("action", "verifier")], files, n)
        status, _, text = client.ask("POST", "/depot/" + draft.rsplit("/", 1)[1], body, "multipart/form-data; boundary=" + BOUNDARY)
    if status != 303:
        raise AssertionError("the file was answered %d: %s" % (status, text[-2000:]))
    while True:
        status, place, page = client.ask("GET", draft + "/verification")
        if status == 200:
            break
        if status != 303 or "attente" not in place:
            raise AssertionError("the check page was answered %d, %s" % (status, place))
        pause()
    receipt = client.led(draft + "/verification", {"_csrf": token, "ok": "oui", "lecteurs": field(page, b"lecteurs"), "vus": field(page, b"vus")})
    if not re.search(r"/depots/\d+$", receipt):
        raise AssertionError("no receipt: %s" % receipt)
    while True:
        status, _, page = client.ask("GET", receipt)
        if status != 200:
            raise AssertionError("%s was answered %d" % (receipt, status))
        if "accusé en cours".encode() not in page:
            return
        pause()


def worker(arguments):
    """Runs in a process of its own, from `begin` to `end` of the monotonic clock: how many documents had their sealed receipt, and when the
    last one had it."""
    origin, port, authority, cookie, key, dossier, kind, what, n, begin, end = arguments
    client, files, done = Client(origin, port, authority, cookie), FILES[what](), 0
    token = client.token("/dossiers/%d" % dossier)
    turn = os.path.join(tempfile.gettempdir(), "opx-bench-%s" % key)
    while time.monotonic() < begin:
        pause()
    while time.monotonic() < end:
        deposit(client, token, dossier, kind, turn, files, n)
        done += n
    return done, time.monotonic()
