# SPDX-License-Identifier: MPL-2.0
"""Authorities, tokens, seals and log keys for test bundles: Python's standard library and the openssl command, no code of OPX.

Tokens are CMS over a TSTInfo encoded here, so that a test chooses their time; certificates and revocation lists have the dates
that the story needs, whatever the day of the test.
"""
import base64
import datetime
import functools
import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import certificates  # noqa: E402
from certificates import openssl  # noqa: E402

EXTENSIONS = """
[tsu]
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = critical, timeStamping
authorityKeyIdentifier = keyid
[tsu_without_purpose]
keyUsage = critical, digitalSignature
authorityKeyIdentifier = keyid
[card]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
[plain]
keyUsage = critical, digitalSignature, nonRepudiation
authorityKeyIdentifier = keyid
[seal]
keyUsage = critical, digitalSignature, nonRepudiation
authorityKeyIdentifier = keyid
1.3.6.1.5.5.7.1.3 = ASN1:SEQUENCE:statements
[statements]
type = SEQUENCE:type
[type]
id = OID:0.4.0.1862.1.6
info = SEQUENCE:types
[types]
eseal = OID:0.4.0.1862.1.6.2
"""
CERT_FROM, CERT_TO = "20260101000000Z", "20291231000000Z"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Authority(certificates.Authority):
    """With the dates of the story."""

    def __init__(self, folder, name):
        super().__init__(folder, name, EXTENSIONS, "-startdate", CERT_FROM, "-enddate", CERT_TO)

    def issue(self, name, extensions, begin=CERT_FROM, end=CERT_TO):
        return super().issue(name, extensions, "-startdate", begin, "-enddate", end)

    def crl(self, begin, end):
        return super().crl("-crl_lastupdate", begin, "-crl_nextupdate", end)


def der_of(pem_path):
    return openssl("x509", "-in", pem_path, "-outform", "DER")


@functools.lru_cache
def names_of(der):
    """Authority key identifier and serial, in hex of whole bytes."""
    text = openssl("x509", "-inform", "DER", "-noout", "-serial", "-ext", "authorityKeyIdentifier", data=der).decode().lower()
    return re.search("([0-9a-f]{2}:)+[0-9a-f]{2}", text)[0].replace(":", ""), re.search("serial=([0-9a-f]+)", text)[1]


def tlv(tag, content):
    n = len(content)
    if n < 128:
        head = bytes([n])
    else:
        size = (n.bit_length() + 7) // 8
        head = bytes([0x80 | size]) + n.to_bytes(size, "big")
    return bytes([tag]) + head + content


def der_int(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def tst_info(imprint, when, serial, accuracy, nonce=True):
    """when: milliseconds since 1970."""
    t = datetime.datetime.fromtimestamp(when // 1000, datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
    ms = when % 1000
    text = t + (".%03d" % ms).rstrip("0") + "Z" if ms else t + "Z"
    algorithm = tlv(0x30, bytes.fromhex("0609608648016503040201") + b"\x05\x00")
    parts = der_int(1) + bytes.fromhex("06042a030405") + tlv(0x30, algorithm + tlv(4, imprint)) + der_int(serial) + tlv(0x18, text.encode())
    if accuracy is not None:
        parts += tlv(0x30, der_int(accuracy))
    if nonce:
        parts += der_int(0x1122334455667788)
    return tlv(0x30, parts)


class Tsa:
    """A time-stamping unit: bare tokens and responses, at any time asked."""

    def __init__(self, key_path, work):
        self.key_path, self.work, self.cache, self.serial = key_path, work, {}, 0

    def token(self, data, when, accuracy=None, nonce=True, with_cert=True):
        key = (sha256(data), when, accuracy, nonce, with_cert)
        if key not in self.cache:
            self.serial += 1
            info = tst_info(hashlib.sha256(data).digest(), when, self.serial, accuracy, nonce)
            args = [] if with_cert else ["-nocerts"]
            self.cache[key] = openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "1.2.840.113549.1.9.16.1.4",
                                      "-cades", "-md", "sha256", "-nosmimecap", "-signer", self.key_path + ".pem", "-inkey",
                                      self.key_path + ".key", *args, data=info)
        return self.cache[key]

    def response(self, data, when, **how):
        return tlv(0x30, tlv(0x30, der_int(0)) + self.token(data, when, **how))

    def real_response(self, data):
        """By `openssl ts -reply`: at the clock's time."""
        q, config = os.path.join(self.work, "q.tsq"), os.path.join(self.work, "tsa.cnf")
        with open(config, "w", encoding="utf-8") as f:
            f.write("[tsa]\ndefault_tsa = t\n[t]\nserial = %s/tsa.serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n"
                    "digests = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n" % self.work)
        with open(os.path.join(self.work, "data"), "wb") as f:
            f.write(data)
        openssl("ts", "-query", "-data", os.path.join(self.work, "data"), "-sha256", "-cert", "-out", q)
        openssl("ts", "-reply", "-config", config, "-queryfile", q, "-signer", self.key_path + ".pem", "-inkey", self.key_path + ".key",
                "-out", os.path.join(self.work, "r.tsr"))
        with open(os.path.join(self.work, "r.tsr"), "rb") as f:
            return f.read()


class Seal:
    def __init__(self, key_path):
        self.key_path = key_path

    def sign(self, data):
        return openssl("cms", "-sign", "-binary", "-outform", "DER", "-cades", "-md", "sha256", "-nosmimecap", "-signer",
                       self.key_path + ".pem", "-inkey", self.key_path + ".key", data=data)


class LogKey:
    """Ed25519: one key signs the heads of all logs."""

    def __init__(self, folder, name):
        self.path, self.cache, self.work = os.path.join(folder, name + ".pem"), {}, folder
        openssl("genpkey", "-quiet", "-algorithm", "ed25519", "-out", self.path)
        self.public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]

    def id(self, origin):
        return hashlib.sha256(origin.encode() + b"\n\x01" + self.public).digest()[:4]

    def vkey(self, origin):
        return "%s+%s+%s" % (origin, self.id(origin).hex(), base64.b64encode(b"\x01" + self.public).decode())

    def note(self, origin, size, root):
        text = ("%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())).encode()
        if text not in self.cache:
            path = os.path.join(self.work, "note.txt")
            with open(path, "wb") as f:
                f.write(text)
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", path)
            line = base64.b64encode(self.id(origin) + signature).decode()
            self.cache[text] = text + ("\n\u2014 %s %s\n" % (origin, line)).encode()
        return self.cache[text]
