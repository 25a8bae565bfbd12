# SPDX-License-Identifier: MPL-2.0
"""nginx as generated, in front of an application that only says what it received: allow-list, hosts, TLS, error pages, given files."""
import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess

import fcgi
from instance import IS_ROOT

POOLS = ("page", "upload", "signin")
ALLOWED = set("REQUEST_METHOD REQUEST_URI QUERY_STRING CONTENT_TYPE CONTENT_LENGTH REMOTE_ADDR SERVER_NAME HTTPS REQUEST_ID "
              "HTTP_COOKIE HTTP_ORIGIN HTTP_RANGE HTTP_SEC_FETCH_SITE HTTP_SEC_FETCH_MODE HTTP_SEC_FETCH_DEST HTTP_SEC_PURPOSE "
              "HTTP_X_CSRF_TOKEN HTTP_USER_AGENT HTTP_ACCEPT_LANGUAGE HTTP_HOST HTTP_ACCEPT HTTP_TUS_RESUMABLE HTTP_UPLOAD_OFFSET "
              "HTTP_UPLOAD_LENGTH HTTP_UPLOAD_METADATA HTTP_UPLOAD_CHECKSUM OPX_EDGE OPX_VHOST".split())
CARD = {"SSL_CLIENT_VERIFY", "SSL_CLIENT_CERT", "SSL_REUSED"}

# Names that an application behind a careless proxy would believe; each is tried in several spellings.
FORGED = ("SSL_CLIENT_VERIFY", "SSL_CLIENT_CERT", "SSL_REUSED", "SSL_V_END", "OPX_EDGE", "OPX_VHOST", "REMOTE_ADDR", "REMOTE_USER",
          "REQUEST_ID", "SERVER_NAME", "HTTPS", "SCRIPT_NAME", "DOCUMENT_ROOT", "AUTH_TYPE", "X_FORWARDED_FOR", "X_REAL_IP",
          "X_FORWARDED_HOST", "FORWARDED", "X_CLIENT_CERT", "X_SSL_CLIENT_VERIFY", "X_ACCEL_REDIRECT", "X_OPX_DISPOSITION",
          "X_HTTP_METHOD_OVERRIDE", "X_REQUEST_ID", "AUTHORIZATION", "PROXY", "PROXY_AUTHORIZATION")

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
                               "media-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
                               "frame-ancestors 'none'; report-uri /csp",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Strict-Transport-Security": "max-age=31536000",
}


def secure(reply, what, cache="no-store"):
    """Every security header once, with its value; nothing that tells a version."""
    for name, value in SECURITY.items():
        assert reply.all(name) == [value], "%s: %s is %r" % (what, name, reply.all(name))
    assert reply.all("Cache-Control") == [cache], "%s: Cache-Control is %r" % (what, reply.all("Cache-Control"))
    assert reply.get("Server") in ("", "nginx"), "%s: Server is %r" % (what, reply.get("Server"))
    assert not reply.all("X-Powered-By") and not reply.all("X-Accel-Redirect") and not reply.all("X-Opx-Disposition"), what


@contextlib.contextmanager
def stubs(instance):
    """The three pools as stubs, in the place of opx-web."""
    instance.sh("stop", "web")
    group = "opx-sock" if IS_ROOT else None
    made = [fcgi.Stub(os.path.join(instance.run, p + ".sock"), p, group) for p in POOLS]
    try:
        yield {s.pool: s for s in made}
    finally:
        for s in made:
            s.__exit__()
        instance.sh("start", "web")


def received(reply):
    assert reply.status == 200, "status %d: %s" % (reply.status, reply.text[:300])
    return json.loads(reply.text)


def spellings(name):
    dashed = name.replace("_", "-")
    return {name, dashed, dashed.lower(), "HTTP_" + name, "Http-" + dashed.title(), name + " "}


def nginx_t(i):
    nginx = shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin")
    done = subprocess.run([nginx, "-t", "-p", os.path.join(i.state, "nginx"), "-c", os.path.join(i.state, "nginx.conf")],
                          capture_output=True, text=True)
    assert done.returncode == 0 and "test is successful" in done.stderr, done.stderr
    assert "[warn]" not in done.stderr, done.stderr


def nginx_rules(i):
    text = ""
    for name in os.listdir(i.state):
        if name == "nginx.conf" or name.endswith(".inc"):
            with open(os.path.join(i.state, name)) as f:
                text += re.sub(r"#.*", "", f.read())
            mode = os.stat(os.path.join(i.state, name)).st_mode & 0o777
            assert mode & 0o077 == 0, "%s has mode %o and holds the secret of the edge" % (name, mode)
    for word in ("alias", "rewrite", "try_files", "ssi", "dav_methods", "slice", "charset", "fastcgi_cache", "proxy_cache", "if", "map",
                 "optional_no_ca", "autoindex on", "http3"):
        assert not re.search(r"(^|[\s;{])%s[\s;]" % word, text), "the configuration uses %s" % word
    assert not re.search(r"location\s+~", text), "a location by regular expression"
    assert text.count("fastcgi_pass_request_headers off;") == 3 == len(re.findall(r"OPX_EDGE", text)), "a list of parameters without its rule"


def secrets_modes(i):
    for name in os.listdir(i.secrets):
        st = os.stat(os.path.join(i.secrets, name))
        assert st.st_mode & 0o007 == 0 and st.st_mode & 0o222 == 0, "%s has mode %o" % (name, st.st_mode & 0o777)
    for name in ("body", "fastcgi", "proxy"):
        mode = os.stat(os.path.join(i.state, "nginx", name)).st_mode & 0o777
        assert mode == 0o700, "nginx/%s has mode %o" % (name, mode)
    for pool in POOLS:
        mode = os.stat(os.path.join(i.run, pool + ".sock")).st_mode & 0o777
        assert mode == 0o660, "%s.sock has mode %o" % (pool, mode)


def check_params(seen, i, vhost, extra=frozenset()):
    names = [n for n, _ in seen["params"]]
    twice = {n for n in names if names.count(n) > 1}
    assert not twice, "given twice: %s" % twice
    assert set(names) <= ALLOWED | extra, "not on the list: %s" % (set(names) - ALLOWED - extra)
    params = dict(seen["params"])
    assert params["OPX_EDGE"] == i.edge() and params["OPX_VHOST"] == vhost and params["REMOTE_ADDR"] == "127.0.0.1", params
    assert re.fullmatch(r"[0-9a-f]{32}", params["REQUEST_ID"]), params["REQUEST_ID"]
    return params


def forged_headers(i, stub):
    tricks = 0
    for name in FORGED:
        for spelling in sorted(spellings(name)):
            reply = i.ask("/", headers=[(spelling, "forged-by-the-client")])
            tricks += 1
            if reply.status == 400:
                continue  # not a header's name at all
            seen = received(reply)
            check_params(seen, i, "open")
            assert "forged" not in json.dumps(seen), "%r arrives: %s" % (spelling, seen)
    assert tricks >= 60, "only %d tricks" % tricks


def forged_on_card(i, stub):
    for person, vhost in (("jeanne-ferrand", "mtls"), ("carte-expiree", "refused"), (None, "refused")):
        for name in ("SSL_CLIENT_VERIFY", "SSL-CLIENT-CERT", "OPX_VHOST", "SSL_REUSED", "X-SSL-Client-Verify"):
            reply = i.ask("/", card=True, person=person, headers=[(name, "SUCCESS")])
            seen = json.loads(reply.text)
            params = check_params(seen, i, vhost, CARD if vhost == "mtls" else {"SSL_CLIENT_VERIFY", "SSL_V_END"})
            if vhost == "mtls":
                assert params["SSL_CLIENT_VERIFY"] == "SUCCESS" and params["SSL_REUSED"] == ".", params
                assert "BEGIN%20CERTIFICATE" in params["SSL_CLIENT_CERT"]
            else:
                assert params["SSL_CLIENT_VERIFY"].startswith("FAILED:" if person else "NONE"), params
                assert "SSL_CLIENT_CERT" not in params, "a refused certificate reaches the application"
                assert reply.status == 403


def own_headers(i, stub):
    given = {"Cookie": "a=b", "Origin": "https://x", "Range": "bytes=0-1", "Sec-Fetch-Site": "none", "X-CSRF-Token": "t",
             "User-Agent": "essai", "Accept-Language": "fr", "Accept": "text/html", "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
             "Upload-Length": "5", "Upload-Metadata": "filename YQ==", "Upload-Checksum": "sha256 x", "Sec-Purpose": "prefetch"}
    params = check_params(received(i.ask("/a/b?c=d&e=%20", headers=given.items())), i, "open")
    for name, value in given.items():
        assert params["HTTP_" + name.upper().replace("-", "_")] == value, name
    assert params["REQUEST_URI"] == "/a/b?c=d&e=%20" and params["QUERY_STRING"] == "c=d&e=%20" and params["REQUEST_METHOD"] == "GET"
    assert params["HTTPS"] == "on" and params["SERVER_NAME"] == i.main_host
    assert "HTTP_COOKIE" not in dict(received(i.ask("/"))["params"]), "an absent header arrives as an empty one"


def pools(i, stub):
    for path, pool in (("/", "page"), ("/dossiers/1", "page"), ("/connexion", "signin"), ("/connexion/code", "signin"),
                       ("/invitation", "signin"), ("/televersement/a", "upload"), ("/depot/1", "upload"), ("//connexion", "page"),
                       ("/x/../connexion", "signin"), ("/%63onnexion", "signin")):
        seen = received(i.ask(path))
        assert seen["pool"] == pool, "%s went to %s" % (path, seen["pool"])
        assert dict(seen["params"])["REQUEST_URI"] == path, "the address was rewritten: %s" % path


def bodies(i, stub):
    for size, path, status in ((60000, "/", 200), (70000, "/", 413), (9 << 20, "/televersement/x", 200), ((9 << 20) + 1, "/televersement/x", 413),
                               (20 << 20, "/depot/1", 200)):
        body = os.urandom(1 << 20) * (size >> 20) + b"x" * (size & 0xFFFFF)
        reply = i.ask(path, "POST", body=body)
        assert reply.status == status, "%d bytes to %s: %d" % (size, path, reply.status)
        if status == 200:
            import hashlib
            seen = json.loads(reply.text)
            assert seen["body"] == size and seen["sha256"] == hashlib.sha256(body).hexdigest(), "the body changed on its way"
        else:
            secure(reply, "413")
    for lines in (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: -1\r\n",
                  b"Transfer-Encoding: gzip, chunked\r\n"):
        data = b"POST / HTTP/1.1\r\nHost: " + i.main_host.encode() + b"\r\nConnection: close\r\n" + lines + b"\r\nhello"
        reply = i.exchange(i.connect(), data)
        assert reply.status in (400, 501), "%r is answered %d" % (lines, reply.status)


def internal_locations(i, stub):
    secret = b"%PDF-1.4 the content of a document"
    folder = os.path.join(i.store, "_blob", "ab")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "essai")
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.write(secret)
    os.chmod(folder, 0o755)
    os.chmod(path, 0o444)
    for address in ("/_blob/ab/essai", "/_blob/ab/essai?x", "//_blob/ab/essai", "/x/../_blob/ab/essai", "/%5fblob/ab/essai", "/_blob//ab/essai",
                    "/_made/../_blob/ab/essai", "/statique/../_blob/ab/essai", "/statique/%2e%2e/_blob/ab/essai", "/_static/../../store/_blob/ab/essai",
                    "/_errors/404.html", "/_cert", "/_static/x", "/statique/../../opx.conf", "/statique/..%2f..%2fopx.conf"):
        reply = i.ask(address)
        assert secret not in reply.body and b"storage-fs" not in reply.body, "%s gives it" % address
        assert reply.status in (400, 404, 503) or json.loads(reply.text)["pool"] == "page", "%s: %d" % (address, reply.status)


def given_files(i, stub):
    internal_locations(i, stub)
    reply = i.ask("/donne/1")
    assert reply.status == 200 and reply.body.startswith(b"%PDF-1.4"), "%d %r" % (reply.status, reply.body[:80])
    assert reply.all("Content-Disposition") == ['attachment; filename="D001.pdf"'] and reply.get("Content-Type") == "application/pdf"
    assert reply.all("Content-Security-Policy") == ["sandbox; default-src 'none'"] and reply.all("X-Content-Type-Options") == ["nosniff"]
    assert reply.all("Cache-Control") == ["no-store"] and not reply.all("X-Opx-Disposition") and not reply.all("X-Accel-Redirect")
    assert not reply.all("ETag") and not reply.all("Last-Modified"), "a cache could ask again"
    part = i.ask("/donne/1", headers=[("Range", "bytes=5-7")])
    assert part.status == 206 and part.body == b"1.4" and part.all("X-Content-Type-Options") == ["nosniff"], part.status
    absent = i.ask("/donne/absent")
    assert absent.status == 503 and "<h1>" in absent.text, "a missing file is answered %d" % absent.status
    assert absent.get("Content-Type") == "text/html" and not absent.all("Content-Disposition"), absent.headers
    secure(absent, "a missing file")


def sni_and_host(i, stub):
    """A Host that is not the name of the handshake never reaches the other host's application."""
    for s in list(stub.values()):
        s.seen.clear()
    crossed = i.exchange(i.connect(card=True, person="jeanne-ferrand"), b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % i.main_host.encode())
    other = i.exchange(i.connect(), b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % i.card_host.encode())
    evil = i.exchange(i.connect(), b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    for name, reply in (("card to main", crossed), ("main to card", other), ("main to evil", evil)):
        assert reply.status in (0, 400, 403, 404, 421), "%s: %d" % (name, reply.status)
    reached = [p for s in stub.values() for p in s.seen]
    assert not reached, "reached the application: %s" % reached


def one_unknown_sni(i, port, name):
    c = i.context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    try:
        c.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname=name).close()
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("a handshake for %r succeeds" % name)


def tls(i):
    for port in (i.port, i.card_port):
        for name in ("evil.example", "127.0.0.1.example", None):
            one_unknown_sni(i, port, name)
    one_unknown_sni(i, i.port, i.card_host)
    one_unknown_sni(i, i.card_port, i.main_host)
    old = i.context()
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    try:
        i.connect(context=old)
        raise AssertionError("TLS 1.1 is spoken")
    except (ssl.SSLError, ConnectionError):
        pass
    assert i.connect(context=i.context(alpn=["h2", "http/1.1"])).selected_alpn_protocol() == "h2"
    assert i.connect(card=True, context=i.context("jeanne-ferrand", alpn=["h2", "http/1.1"])).selected_alpn_protocol() != "h2"
    assert i.connect().getpeercert(True) != i.connect(card=True).getpeercert(True), "both hosts have one certificate"


def resumption(i):
    for card in (False, True):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = i.context("jeanne-ferrand" if card else None, tls=version)
            s = i.connect(card, context=context)
            s.sendall(b"GET /sante HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while s.recv(4096):
                pass
            session = s.session
            again = i.connect(card, context=context, session=session) if session is not None else None
            assert again is None or not again.session_reused, "a session is resumed, card host: %s" % card


def error_pages(i):
    """What nginx answers by itself."""
    sheet = re.search(r'href="(/statique/[^"]+\.css)"', i.ask("/").text)[1]
    for what, reply, status in (
            ("400", i.exchange(i.connect(), b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"), 400),
            ("404", i.ask("/statique/none/x.css"), 404),
            ("405", i.ask(sheet, "POST"), 405),
            ("413", i.ask("/", "POST", body=b"x" * 70000), 413),
            ("414", i.ask("/" + "a" * 9000), 414),
            ("431", i.ask("/", headers=[("X-Long", "a" * 9000)]), 400)):
        assert reply.status == status, "%s is answered %d" % (what, reply.status)
        assert "<h1>" in reply.text and "nginx" not in reply.text.lower(), what
        secure(reply, what)
    plain = socket.create_connection(("127.0.0.1", i.port), timeout=10)
    reply = i.exchange(plain, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert reply.status == 400 and "nginx" not in reply.text.lower(), "plain HTTP on the port of TLS: %d" % reply.status


def application_down(i):
    i.sh("stop", "web")
    try:
        reply = i.ask("/")
        assert reply.status == 503 and "<h1>" in reply.text, reply.status
        secure(reply, "503")
        assert i.plain("/sante").status == 503
    finally:
        i.sh("start", "web")


def static_files(i):
    home = i.ask("/").text
    sheets = re.findall(r'href="(/statique/[^"]+\.css)"', home)
    assert sheets, "the home page has no style sheet"
    for sheet in sheets:
        reply = i.ask(sheet)
        assert reply.status == 200 and reply.get("Content-Type") == "text/css", sheet
        secure(reply, sheet, "public, max-age=31536000, immutable")
        refused = i.ask(sheet, card=True)
        assert refused.status == 200 and refused.body == reply.body, "%s without a certificate: %d" % (sheet, refused.status)
        secure(refused, "style sheet without a certificate")
    fonts = re.findall(r'url\("?([^)"]+\.woff2)', "".join(i.ask(s).text for s in sheets))
    assert fonts, "no font in the style sheets"
    base = os.path.dirname(sheets[0])
    for font in {os.path.normpath(os.path.join(base, f)) for f in fonts}:
        assert i.ask(font).status == 200, font
    page = i.ask("/statique/absente/x.css")
    assert all(i.ask(s).status == 200 for s in re.findall(r'href="(/statique/[^"]+\.css)"', page.text)), "the error page's own style sheet"
