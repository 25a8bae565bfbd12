#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""run.py PROGRAM…: makes the lists, tokens and certificates that test-jobs reads, serves the lists over HTTP, and runs it."""
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Liar  # noqa: E402
from pki import Authority, openssl  # noqa: E402


class Lists(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        name = self.path.strip("/")
        if name == "redirect.crl":
            self.send_response(302)
            self.send_header("Location", "/second.crl")
            self.end_headers()
            return
        path = os.path.join(self.server.folder, name)
        if name != "oversized.crl" and not os.path.exists(path):
            self.send_response(404)
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            if name == "oversized.crl":
                for _ in range(11):
                    self.wfile.write(bytes(1 << 20))
            else:
                with open(path, "rb") as f:
                    self.wfile.write(f.read())
        except (BrokenPipeError, ConnectionResetError):
            pass


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def revoke_serial(authority, number):
    """A line of the authority's index says that this number is revoked; no certificate is needed for it."""
    with open(os.path.join(authority.folder, "index.txt"), "a", encoding="ascii") as f:
        f.write("R\t330101000000Z\t%s,keyCompromise\t%02X\tunknown\t/CN=n%d\n" % (time.strftime("%y%m%d%H%M%SZ", time.gmtime()), number, number))


def make_lists(folder, out):
    cards = Authority(folder, "cards")
    revoke_serial(cards, 0x65)
    write(out, "first.crl", cards.crl("-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20300101000000Z"))
    revoke_serial(cards, 0x66)
    second = cards.crl()
    write(out, "second.crl", second)
    revoke_serial(cards, 0x68)
    write(out, "third.crl", cards.crl())
    write(out, "trailing.crl", second + b"\0")
    write(out, "garbage.crl", os.urandom(900))
    write(out, "empty.crl", b"")
    write(out, "over.crl", cards.crl("-crl_lastupdate", "20250101000000Z", "-crl_nextupdate", "20250201000000Z"))
    with open(cards.config, "a", encoding="ascii") as f:
        f.write("[partial]\nauthorityKeyIdentifier = keyid\nissuingDistributionPoint = critical, @idp\n[idp]\nonlyuser = TRUE\n")
    write(out, "partial.crl", cards.crl("-crlexts", "partial"))
    forger = Authority(folder + "/forger", "cards")
    write(out, "forged.crl", forger.crl())
    write(out, "foreign.crl", Authority(folder, "foreign").crl())
    shutil.copy(cards.pem, os.path.join(out, "cards.pem"))
    shutil.copy(cards.issue("person", "person") + ".pem", os.path.join(out, "person.pem"))


def make_tokens(folder, out):
    tsa = Authority(folder, "tsa")
    with Liar({"good": tsa.issue("tsu", "tsu")}) as liar:
        for i in (1, 2, 3):
            write(out, "%d.tsr" % i, liar.make("good", hashlib.sha256(b"%d" % i).digest(), i)[0])
    shutil.copy(tsa.pem, os.path.join(out, "tsa.pem"))


def main():
    folder = tempfile.mkdtemp()
    out = os.path.join(folder, "out")
    os.mkdir(out)
    os.makedirs(os.path.join(folder, "forger"))
    try:
        make_lists(folder, out)
        make_tokens(folder, out)
        openssl("version")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
        server.folder = out
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = dict(os.environ, OPX_TEST_FILES=out, OPX_TEST_URL="http://127.0.0.1:%d" % server.server_address[1], CK_FORK="no")
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        shutil.rmtree(folder)


sys.exit(main())
