#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""tsp.py BUILD: the time-stamping client against our own opx-tsa and against an authority that lies. One PASS or FAIL a line."""
import hashlib
import http.server
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Liar, POLICY  # noqa: E402
from pki import Authority, openssl  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
SUFFIX = os.path.basename(BUILD)
TSA_POLICY = "2.25.256948216537387606758297853199560433472.1.2"

# mode: status, what the detail says, what the database says of the issuer's list
WRONG = {
    "late": ("internal", "away from our clock"),
    "early": ("internal", "away from our clock"),
    "nonce": ("internal", "another nonce"),
    "no-nonce": ("internal", "another nonce"),
    "imprint": ("internal", "another imprint"),
    "policy": ("internal", "policy that is not accepted"),
    "expired": ("internal", "certificate has expired"),
    "other-root": ("internal", "the signer's certificate: (unable|self)"),
    "not-critical": ("internal", "not for time-stamping alone"),
    "two-usages": ("internal", "not for time-stamping alone"),
    "no-ess": ("internal", "no ESSCertIDv2"),
    "no-certificate": ("internal", "is not in the token"),
    "two-signers": ("internal", "2 signers"),
    "tampered": ("internal", "signature: "),
    "garbage": ("internal", "not a TimeStampResp"),
    "empty": ("internal", "not a TimeStampResp"),
    "trailing": ("internal", "not a TimeStampResp"),
    "oversized": ("internal", "answer over 65536 bytes"),
    "redirect": ("internal", "redirect is not followed"),
    "forbidden": ("internal", "answer 403"),
    "media-type": ("internal", "not a timestamp-reply: text/html"),
    "refused": ("internal", "request refused"),
    "with-changes": ("internal", "status 1"),
    "not-now": ("unavailable", "cannot now"),
    "busy": ("unavailable", "answer 503"),
    "slow": ("unavailable", "[Tt]ime"),
}


class Tests:
    def __init__(self):
        self.is_bad = False

    def check(self, name, got, wanted):
        if re.search(wanted, got):
            print("PASS jobs.tsp.%s.%s" % (SUFFIX, name), flush=True)
        else:
            self.is_bad = True
            print("    wanted %r, got %r" % (wanted, got[:300]))
            print("FAIL jobs.tsp.%s.%s" % (SUFFIX, name), flush=True)


def probe(url, roots, policy=POLICY, crl="none", deadline="10"):
    done = subprocess.run([BUILD + "/tests/test-tsp", url, roots, policy, deadline, crl], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else "exit %d %s" % (done.returncode, done.stdout)


def lies(tests, folder):
    good, other = Authority(folder, "good"), Authority(folder, "other")
    signers = {"good": good.issue("tsu", "tsu"), "second": good.issue("second", "tsu"), "revoked": good.issue("revoked", "tsu"),
               "expired": good.issue("expired", "tsu", "-startdate", "20240101000000Z", "-enddate", "20250101000000Z"),
               "not-critical": good.issue("not-critical", "tsu_not_critical"),
               "two-usages": good.issue("two-usages", "tsu_two_usages"), "other-root": other.issue("tsu", "tsu")}
    good.revoke(signers["revoked"])
    crl, foreign = os.path.join(folder, "list.crl"), os.path.join(folder, "foreign.crl")
    for path, data in ((crl, good.crl()), (foreign, other.crl())):
        with open(path, "wb") as f:
            f.write(data)
    with Liar(signers) as liar:
        got = probe(liar.url("good"), good.pem, crl=crl)
        tests.check("good", got, "^ok .* accuracy 1000000 ")
        verify_with_openssl(tests, "good-is-good-for-openssl", got, good.pem, folder)
        for mode, (status, detail) in WRONG.items():
            tests.check(mode, probe(liar.url(mode), good.pem, deadline="3" if mode == "slow" else "10"), "^%s .*%s" % (status, detail))
        tests.check("revoked", probe(liar.url("revoked"), good.pem, crl=crl), "^internal .*is revoked")
        tests.check("revoked-but-not-followed", probe(liar.url("revoked"), good.pem), "^ok ")
        tests.check("list-not-there", probe(liar.url("good"), good.pem, crl="absent"), "^unavailable .*revocation list")
        tests.check("list-of-another", probe(liar.url("good"), good.pem, crl=foreign), "^internal .*not the issuer's")
        tests.check("redirect-went-nowhere", str(liar.asked.count("GET")), "^0$")
        gone = liar.url("good")
        liar.server_close()
        tests.check("away", probe(gone, good.pem), "^unavailable ")


def verify_with_openssl(tests, name, got, roots, folder):
    tsr = os.path.join(folder, "token.tsr")
    with open(tsr, "wb") as f:
        f.write(bytes.fromhex(got.split()[-1]))
    try:
        openssl("ts", "-verify", "-in", tsr, "-digest", hashlib.sha256(b"what is stamped").hexdigest(), "-CAfile", roots)
        tests.check(name, "yes", "yes")
    except RuntimeError as e:
        tests.check(name, str(e), "yes")


# -- our own authority behind an HTTP server that does what nginx does

def record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def fastcgi(path, params, body):
    """One request to a FastCGI socket: headers and body of its answer."""
    def pair(name, value):
        sizes = b"".join(struct.pack(">I", 0x80000000 | len(x)) for x in (name, value))
        return sizes + name + value
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(path)
        s.sendall(record(1, struct.pack(">HB5x", 1, 0)) +
                  record(4, b"".join(pair(n.encode(), v.encode()) for n, v in params.items())) + record(4, b"") +
                  record(5, body) + record(5, b""))
        out, stream = b"", s.makefile("rb")
        while True:
            head = stream.read(8)
            if len(head) < 8:
                break
            _, kind, _, n, pad, _ = struct.unpack(">BBHHBB", head)
            content = stream.read(n + pad)[:n]
            if kind == 6:
                out += content
            if kind == 3:
                break
    return out.split(b"\r\n\r\n", 1)


class Front(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head, answer = fastcgi(self.server.tsa, {"REQUEST_METHOD": "POST", "CONTENT_TYPE": self.headers["Content-Type"],
                                                  "CONTENT_LENGTH": str(len(body)), "OPX_EDGE": self.server.edge}, body)
        lines = head.decode().split("\r\n")
        self.send_response(int(lines[0].split()[1]))
        for line in lines[1:]:
            self.send_header(*line.split(": ", 1))
        self.end_headers()
        self.wfile.write(answer)


CONF = """
instance {{ run = "{run}" state = "{run}" }}
site {{ main_origin = "https://a.test" card_origin = "https://b.test" log_host = "a.test" }}
database {{ socket_folder = "{run}" }}
store {{ root = "{run}" }}
web {{ edge_secret = "{run}/edge" pepper = "{run}/edge" letter_key = "{run}/edge" }}
tsa {{ state = "{run}/tsa" key = "{key}" certificate = "{cert}" clock = "trust" edge_secret = "{run}/edge" }}
plugins {{ folder = "{run}" }}
"""


def our_own(tests, folder):
    ca = Authority(folder, "own")
    unit = ca.issue("tsu", "tsu")
    edge = os.urandom(32).hex()
    os.mkdir(folder + "/tsa")
    for name, text in (("edge", edge), ("opx.conf", CONF.format(run=folder, key=unit + ".key", cert=unit + ".pem"))):
        with open(os.path.join(folder, name), "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(f.name, 0o600)  # a secret that others may read is refused
    with open(folder + "/list.crl", "wb") as f:
        f.write(ca.crl())
    with subprocess.Popen([BUILD + "/bin/opx-tsa", "--config", folder + "/opx.conf"], stderr=subprocess.PIPE, text=True) as tsa:
        until = time.monotonic() + 20
        while not os.path.exists(folder + "/tsa.sock") and tsa.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        front.tsa, front.edge = folder + "/tsa.sock", edge
        threading.Thread(target=front.serve_forever, daemon=True).start()
        url = "http://127.0.0.1:%d/tsa" % front.server_address[1]
        got = probe(url, ca.pem, TSA_POLICY, crl=folder + "/list.crl")
        tests.check("own-authority", got, "^ok .* accuracy 1000000 ")
        if got.startswith("ok "):
            verify_with_openssl(tests, "own-authority-is-good-for-openssl", got, ca.pem, folder)
        tests.check("own-authority-under-another-policy", probe(url, ca.pem, POLICY), "^internal .*policy that is not accepted")
        front.edge = "0" * 64
        tests.check("own-authority-refuses-the-front", probe(url, ca.pem, TSA_POLICY), "^internal .*answer 403")
        front.shutdown()
        tsa.terminate()
        tsa.wait(20)
        tests.check("own-authority-stops", str(tsa.returncode), "^0$")


def main():
    tests = Tests()
    folder = tempfile.mkdtemp()
    try:
        for part in (lies, our_own):
            place = os.path.join(folder, part.__name__)
            os.mkdir(place)
            part(tests, place)
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if tests.is_bad else 0)


main()
