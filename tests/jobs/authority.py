# SPDX-License-Identifier: MPL-2.0
"""A time-stamping authority that lies on request: the last part of the address says how. Its tokens are made here, byte by byte, and
signed with `openssl cms`: they owe nothing to the code they test."""
import http.server
import os
import subprocess
import threading
import time

POLICY, OTHER_POLICY = "1.3.6.1.4.1.13762.3", "1.2.3.4.1"


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes((tag, n)) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    numbers = [int(n) for n in text.split(".")]
    out = bytes((numbers[0] * 40 + numbers[1],))
    for n in numbers[2:]:
        piece = bytes((n & 0x7F,))
        while n > 0x7F:
            n >>= 7
            piece = bytes((0x80 | (n & 0x7F),)) + piece
        out += piece
    return der(6, out)


SHA256 = der(0x30, oid("2.16.840.1.101.3.4.2.1"), der(5))


def tst_info(policy, imprint, nonce, when):
    text = time.strftime("%Y%m%d%H%M%S", time.gmtime(when))
    fraction = ("%.3f" % (when % 1))[2:].rstrip("0")
    return der(0x30, integer(1), oid(policy), der(0x30, SHA256, der(4, imprint)), integer(int(time.time_ns())),
               der(0x18, (text + ("." + fraction if fraction else "") + "Z").encode()), der(0x30, integer(1)),
               integer(nonce) if nonce is not None else b"")


def answer(status, token=b"", failure=None):
    bits = b""
    if failure is not None:
        data = bytearray(4)
        data[failure // 8] |= 0x80 >> failure % 8
        while data and data[-1] == 0:
            data.pop()
        bits = der(3, bytes((7 - failure % 8,)), bytes(data))
    return der(0x30, der(0x30, integer(status), bits), token)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def send(self, body, code=200, kind="application/timestamp-reply", **headers):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        mode = self.path.rsplit("/", 1)[-1]
        self.server.asked.append(mode)
        if self.headers["Content-Type"] != "application/timestamp-query" or query[:24].hex() != \
                "30430201013031300d060960864801650304020105000420" or query[66:] != b"\x01\x01\xff":
            return self.send(b"not the request that was expected", 400, "text/plain")
        made = self.server.make(mode, query[24:56], int.from_bytes(query[58:66], "big"))
        return self.send(*made[:-1], **made[-1])

    def do_GET(self):
        self.server.asked.append("GET")
        self.send(b"nobody should come here")


class Liar(http.server.ThreadingHTTPServer):
    """signers: a certificate path for each mode that needs one; the others use signers["good"]."""
    daemon_threads = True

    def __init__(self, signers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.signers, self.asked = signers, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, mode):
        return "http://127.0.0.1:%d/%s" % (self.server_address[1], mode)

    def sign(self, mode, info):
        arguments = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-nosmimecap",
                     "-econtent_type", "1.2.840.113549.1.9.16.1.4"]
        names = ["good", "second"] if mode == "two-signers" else [mode if mode in self.signers else "good"]
        for name in names:
            arguments += ["-signer", self.signers[name] + ".pem", "-inkey", self.signers[name] + ".key"]
        if mode != "no-ess":
            arguments.append("-cades")
        if mode == "no-certificate":
            arguments.append("-nocerts")
        return subprocess.run(arguments, input=info, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout

    def make(self, mode, imprint, nonce):
        """Body, code, media type, headers."""
        kind = "application/timestamp-reply"
        if mode == "garbage":
            return os.urandom(700), 200, kind, {}
        if mode == "empty":
            return b"", 200, kind, {}
        if mode == "oversized":
            return bytes(70000), 200, kind, {}
        if mode == "redirect":
            return b"", 302, kind, {"Location": self.url("good")}
        if mode == "busy":
            return b"", 503, kind, {}
        if mode == "forbidden":
            return b"", 403, kind, {}
        if mode == "refused":
            return answer(2, failure=15), 200, kind, {}
        if mode == "not-now":
            return answer(2, failure=14), 200, kind, {}
        if mode == "slow":
            time.sleep(6)
        when = time.time() + {"late": -10, "early": 10}.get(mode, 0)
        if mode == "imprint":
            imprint = bytes(32)
        if mode == "nonce":
            nonce += 1
        info = tst_info(OTHER_POLICY if mode == "policy" else POLICY, imprint, None if mode == "no-nonce" else nonce, when)
        token = self.sign(mode, info)
        if mode == "tampered":
            token = token.replace(info, tst_info(POLICY, imprint, nonce, when + 1)[:len(info)])
        body = answer(1 if mode == "with-changes" else 0, token)
        if mode == "trailing":
            body += b"\0"
        return body, 200, "text/html" if mode == "media-type" else kind, {}
