#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""tests/fuzz/seeds.py: makes the first inputs of each corpus, and the authority of the certificate target. Run by hand; what it
made is committed, since certificates differ each time."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "files"))
import corpus as files  # noqa: E402

B32 = "a" * 26
HASH = "0" * 64


def put(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def web():
    put("fields", "form", "titre=+L%27%C3%A9t%C3%A9&q=a%0D%0Ab&n=3&l=1&l=2&h=&a=x".encode())
    put("fields", "cookie", b"__Host-opx=abc; a=1; =x; b; c=")
    put("fields", "bad", b"a=%zz&%00=1&&=&q=%E9")
    head = b"multipart/form-data; boundary="
    part = b'Content-Disposition: form-data; name="%s"'
    body = (b"--b\r\n" + part % b"_csrf" + b"\r\n\r\ntoken\r\n--b\r\n" + part % b"f" + b'; filename="a%22.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
            b"content\r\n--c\r\n\r\n--b--\r\n")
    put("multipart", "good", b"\x20" + head + b"b\n" + body)
    put("multipart", "byte-by-byte", b"\x00" + head + b'"b"\n' + body)
    put("multipart", "cut", b"\x05" + head + b"b\n" + body[:-8])
    put("multipart", "no-name", b"\xff" + head + b"b\n--b\r\nContent-Type: x\r\n\r\nv\r\n--b--")
    put("request", "page", b"REQUEST_METHOD=GET\nREQUEST_URI=/dossiers/42/depots/7?q=a\nQUERY_STRING=q=a&b=%C3%A9\nHTTP_COOKIE=a=1\n"
        b"REMOTE_ADDR=127.0.0.1\nREQUEST_ID=abc\nHTTP_USER_AGENT=x")
    put("request", "tus", b"REQUEST_METHOD=PATCH\nREQUEST_URI=/televersement/0123456789abcdef0123456789abcdef\nCONTENT_LENGTH=12\n"
        b"HTTP_TUS_RESUMABLE=1.0.0\nHTTP_UPLOAD_OFFSET=8388608\nHTTP_UPLOAD_METADATA=brouillon Nw==,nom YS5wZGY=\n"
        b"HTTP_UPLOAD_CHECKSUM=sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    put("request", "odd", b"REQUEST_METHOD=POST\nREQUEST_URI=/a/%2e%2e/%00//b%2f\nCONTENT_LENGTH=-1")
    for n, name in enumerate((b"rapport.pdf", "re\u0301ponse (2).pdf".encode(), b'a"b;c.pdf', b"../x", b"\xff\xfe", "a\u202efdp.exe".encode())):
        put("disposition", str(n), name)


def hostile():
    put("image", "png", files.png())
    put("image", "jpeg", files.jpeg())
    put("image", "big", files.png(60000, 60000))
    put("image", "cut", files.jpeg()[:-1])
    put("image", "both", files.jpeg() + b"PK\x05\x06\0\0\0\0\0\0")
    put("pdf", "pdf", files.pdf())
    put("pdf", "json", b'{"obj:1 0 R":{"value":{"/OpenAction":{"/S":"/JavaScript"},"/A\\u0041":"u:\\"x","/EF":1,"/OpenAction":[1]}}}')
    tail = '"mime":"application/pdf","pages":3,"encrypted":0,"active":["JavaScript","XFA"],"width":0,"height":0}'
    put("report", "good", ('{"verdict":"good","reason":"none",' + tail).encode())
    put("report", "bad", ('{"verdict":"bad","reason":"password",' + tail).encode())
    put("report", "twice", ('{"verdict":"bad","verdict":"bad",' + tail).encode())


def proof():
    leaf = "opx-leaf/1 log=opx.test/c/%s seq=0 time=2026-11-23T09:30:00.123Z after=%s body=%s" % (B32, HASH, HASH)
    put("evidence", "leaf", leaf.encode())
    put("evidence", "note", ("opx.test/c/%s\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 opx.test/c/%s %s\n" %
                             (B32, B32, "A" * 92)).encode())
    put("evidence", "json", b'{"a":1,"b":"\\u00e9","c":[1,"x",[2]],"d":{"e":-5}}')
    put("evidence", "vkey", ("opx.test/c/%s+00000000+AQ%s=" % (B32, "A" * 41)).encode())
    with open(os.path.join(ROOT, "plugins", "rights-matrix", "rights-matrix.csv"), "rb") as f:
        lines = f.read().split(b"\n")
    put("matrix", "some", b"\n".join(lines[:12]) + b"\n")
    put("matrix", "quotes", lines[0] + b'\n"a""b",c\n')


def certificate():
    """An authority, and certificates for the door it is meant for and others."""
    data = os.path.join(HERE, "data")
    os.makedirs(data, exist_ok=True)
    with tempfile.TemporaryDirectory() as t:
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, cwd=t, capture_output=True)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", "/CN=Autorite de test", "-days", "36500", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        os.replace(os.path.join(t, "ca.pem"), os.path.join(data, "issuers.pem"))
        for name, curve, use, policy in (("good", "P-256", "clientAuth", "1.2.3.4.5"), ("policy", "P-256", "clientAuth", "1.2.3.4.6"),
                                         ("use", "P-256", "serverAuth", "1.2.3.4.5"), ("weak", "secp224r1", "clientAuth", "1.2.3.4.5")):
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve, "-nodes", "-keyout", "k", "-out", "csr", "-subj",
                    "/GN=Helene/SN=Vasseur/CN=Helene Vasseur")
            with open(os.path.join(t, "ext"), "w", encoding="utf-8") as f:
                f.write("basicConstraints=CA:false\nextendedKeyUsage=%s\ncertificatePolicies=%s\nauthorityKeyIdentifier=keyid\n"
                        "subjectAltName=email:a@exemple.fr\n" % (use, policy))
            openssl("x509", "-req", "-in", "csr", "-CA", os.path.join(data, "issuers.pem"), "-CAkey", "ca.key", "-days", "36500", "-extfile",
                    "ext", "-outform", "DER", "-out", "der")
            with open(os.path.join(t, "der"), "rb") as f:
                put("cert", name, f.read())


def bundles():
    """Small good bundles, tricks played on their container, and the pieces that are parsed alone."""
    sys.path.insert(0, os.path.join(ROOT, "tests", "evidence"))
    import make_bundle
    import mutants
    with tempfile.TemporaryDirectory() as folder:
        good = make_bundle.good(make_bundle.World(folder))
    receipt, party = good["plain-receipt-P2"], good["plain-party-P4"]
    files = {n: d for n, d in mutants.parse(party) if n != "mimetype"}
    put("bundle", "receipt", receipt)
    put("bundle", "party", party)
    put("bundle", "deflated", make_bundle.container(files, deflate=("log/leaves.txt",)))
    put("bundle", "cut", receipt[:-30])
    for n, (name, data) in enumerate(mutants.byte_mutants({"r": receipt}, 60)):
        if name.startswith("zip_tricks"):
            put("bundle", "trick%d" % n, data)
    for name, path in (("proof", "proofs/readings/1.tlog-proof"), ("global", "proofs/global/8.tlog-proof"), ("token", "log/checkpoints/8.tsr"),
                       ("bare", "META-INF/timestamp.tst"), ("seal", "SHA256SUMS.p7s"), ("body", "bodies/8.json"),
                       ("reading", "readings/bodies/1.json")):
        put("proof", name, files[path])
    for folder in ("certs/", "crl/"):
        put("proof", folder[:-1], next(d for n, d in files.items() if n.startswith(folder)))


def lists():
    """The signed parts of lists of revoked certificates, of the issuer that the target makes."""
    with tempfile.TemporaryDirectory() as t:
        def openssl(*arguments):
            return subprocess.run(["openssl", *arguments], check=True, cwd=t, capture_output=True).stdout

        def gencrl(name, *options):
            openssl("ca", "-config", "cnf", "-gencrl", "-crl_lastupdate", "20261001000000Z", "-crl_nextupdate", "20991231000000Z",
                    "-out", "crl.pem", *options)
            openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der")
            openssl("asn1parse", "-inform", "DER", "-in", "crl.der", "-strparse", "4" if os.path.getsize(os.path.join(t, "crl.der")) > 259 else "3",
                    "-noout", "-out", "tbs")
            with open(os.path.join(t, "tbs"), "rb") as f:
                put("crl", name, f.read())
        with open(os.path.join(t, "cnf"), "w", encoding="utf-8") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=n\ndefault_md=sha256\ncertificate=ca.pem\nprivate_key=ca.key\n"
                    "[number]\nauthorityKeyIdentifier=keyid\n[partial]\nissuingDistributionPoint=critical,@idp\n[idp]\nonlyuser=TRUE\n")
        with open(os.path.join(t, "index"), "w", encoding="utf-8") as f:
            for serial, why in (("01", ""), ("7FFF", ",keyCompromise"), ("80" * 20, ",superseded")):
                f.write("R\t991231000000Z\t261020000000Z%s\t%s\tunknown\t/CN=x\n" % (why, serial))
        with open(os.path.join(t, "n"), "w", encoding="utf-8") as f:
            f.write("01\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", "/CN=Fuzz", "-utf8")
        gencrl("entries", "-crlexts", "number")
        gencrl("partial", "-crlexts", "partial")
        os.truncate(os.path.join(t, "index"), 0)
        gencrl("empty")


def mails():
    for name, to, subject, text in (("plain", "a.b+c@exemple.fr", "Votre code", "1234 5678\n\nUne ligne.\n"),
                                    ("words", "x@y", "é" * 60, "é=\t \n. \n" + "x" * 200),
                                    ("header", "a@b\r\nBcc: c@d", "x", "y"), ("subject", "a@b", "x\r\nBcc: c@d", "y"), ("two", "a@b,c@d", "x", "y")):
        put("mail", name, b"\0".join(part.encode() for part in (to, subject, text)))


def templates():
    put("template", "all", b'''<!-- x -->{% use "a.h" %}
{% template t (const struct v *v) in layout %}<h1 title="{{ v->a }}">{{ v->b }}</h1>
{% if v->n > 1 %}<p class="a{% if v->c %} b{% end %}">{{_ "D\xc3\xa9p\xc3\xb4t" }}</p>{% elif v->d %}x{% else %}"\\{% end %}
{% for e in v->list, v->n_list %}<a href="{{ e->href }}">{% include row(e) %}</a>{% else %}<br>{% end %}
{% form post v->action class="p" %}<input name="q">{% end %}{% end %}
{% template layout () %}<!doctype html><html>{% content %}</html>{% end %}
''')
    for n, text in enumerate((b"{% template t () %}<script>{{ v }}</script>{% end %}", b"{% template t () %}<a href={{ v }}>{% end %}",
                              b"{% template t () %}<p{% if a %} b=\"{% end %}>{% end %}", b"{% template t () %}<!-- {{ a }} -->{% end %}",
                              b"{% template t () %}<form method=\"post\">{% end %}", b"{% template t () %}{% for e in a %}")):
        put("template", "bad%d" % n, text)


if __name__ == "__main__":
    web()
    hostile()
    proof()
    certificate()
    bundles()
    lists()
    mails()
    templates()
