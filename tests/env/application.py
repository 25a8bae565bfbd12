# SPDX-License-Identifier: MPL-2.0
"""opx-web behind its socket and behind nginx: who may speak to it, what each host says, and how its workers come and go."""
import concurrent.futures
import hashlib
import os
import re
import shutil
import signal
import threading
import time
import urllib.parse

from edge import secure
from instance import IS_ROOT, ROOT, is_alive, until


def base(i, **more):
    pairs = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/", "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.7", "REQUEST_ID": "0" * 32,
             "HTTP_HOST": i.main_host, "OPX_EDGE": i.edge(), "OPX_VHOST": "open"}
    pairs.update(more)
    return [(n, v) for n, v in pairs.items() if v is not None]


def direct_connection(i):
    assert i.direct(base(i)).status == 200, "the right parameters are refused: the test proves nothing"
    for what, more in (("no secret", {"OPX_EDGE": None}), ("an empty secret", {"OPX_EDGE": ""}), ("a wrong secret", {"OPX_EDGE": "0" * 64}),
                       ("a longer secret", {"OPX_EDGE": i.edge() + "0"}), ("upper case", {"OPX_EDGE": i.edge().upper() + "A"}),
                       ("no host", {"OPX_VHOST": None}), ("an unknown host", {"OPX_VHOST": "admin"}), ("two words", {"OPX_VHOST": "open mtls"})):
        for pool in ("page", "upload", "signin"):
            reply = i.direct(base(i, **more), pool)
            assert reply.status == 403, "%s, pool %s: %d" % (what, pool, reply.status)
    if IS_ROOT:
        assert i.direct(base(i), as_nginx=False).status == 403, "another user than nginx is heard"
    assert i.direct(base(i) + [("X%d" % n, "y") for n in range(70)]).status == 400, "too many parameters"
    for uri in ("", "x", "/%00", "/a%2fb", "/..", "/%2e%2e/x", "/a\x7f", "/" + "a" * 3000):
        assert i.direct(base(i, REQUEST_URI=uri)).status in (400, 404), uri
    assert i.direct(base(i, REQUEST_METHOD="TRACE")).status in (400, 405)
    assert i.direct(base(i, CONTENT_LENGTH="1e3")).status == 400


def certificate_only_when_verified(i):
    with open(os.path.join(i.pki, "people", "sylvie-arnoux.pem")) as f:
        cert = urllib.parse.quote(f.read())
    good = {"REQUEST_URI": "/connexion", "OPX_VHOST": "mtls", "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": cert, "SSL_REUSED": "."}
    assert until(lambda: "Sylvie" in i.direct(base(i, **good), "signin").text, 10), "a good certificate is not known: the test proves nothing"
    for what, more in (("verify FAILED", {"SSL_CLIENT_VERIFY": "FAILED:certificate has expired"}), ("verify NONE", {"SSL_CLIENT_VERIFY": "NONE"}),
                       ("verify empty", {"SSL_CLIENT_VERIFY": None}), ("verify in small letters", {"SSL_CLIENT_VERIFY": "success"}),
                       ("a resumed session", {"SSL_REUSED": "r"}), ("the main host", {"OPX_VHOST": "open"}),
                       ("the page of refusal", {"OPX_VHOST": "refused"}), ("half a certificate", {"SSL_CLIENT_CERT": cert[:300]}),
                       ("rubbish", {"SSL_CLIENT_CERT": "%2"})):
        reply = i.direct(base(i, **dict(good, **more)), "signin")
        assert "Sylvie" not in reply.text, "%s is an identity" % what


def refused_certificates(i):
    sentences = {}
    for person in ("carte-expiree", "emetteur-inconnu", "sans-clientauth", None, "carte-revoquee", "sans-politique", "paul-delmas"):
        reply = i.ask("/connexion", card=True, person=person)
        found = re.search(r'role="alert".*?<strong>([^<]+)', reply.text, re.S) or re.search(r"<h1>([^<]+)", reply.text)
        assert reply.status == 403, "%s: %d" % (person, reply.status)
        secure(reply, str(person))
        assert not [c for c in reply.all("Set-Cookie") if re.match(r"__Host-opx-[a-z0-9-]*=[0-9a-f]", c) and "-avant=" not in c], "a session for %s" % person
        sentences[person] = found[1]
    # An issuer that nginx does not know and a policy that the application does not accept are the same news to the person.
    assert len(set(sentences.values())) >= len(sentences) - 1, sentences
    for method in ("POST", "PATCH", "DELETE", "HEAD"):
        assert i.ask("/televersement/x", method, card=True).status == 403, method
    kinds = i.sql("opx_migrate", "SET ROLE opx_owner", "SELECT string_agg(DISTINCT detail, ' ' ORDER BY detail) FROM opx.security_event WHERE kind = 'card.refused'")
    assert kinds.split() == ["expired", "issuer", "none", "use"], kinds


def headers_of_pages(i):
    for what, reply, status in (("home", i.ask("/"), 200), ("sign-in", i.ask("/connexion"), 200), ("not found", i.ask("/rien"), 404),
                                ("not signed in", i.ask("/dossiers"), 303), ("no token", i.ask("/connexion", "POST", [("Content-Type", "application/x-www-form-urlencoded")], b"mel=a"), 403),
                                ("wrong method", i.ask("/dossiers", "DELETE"), 405), ("health is for the loopback port", i.ask("/sante"), 404),
                                ("card host", i.ask("/", card=True, person="sylvie-arnoux"), 200)):
        assert reply.status == status, "%s: %d" % (what, reply.status)
        secure(reply, what)
        for cookie in reply.all("Set-Cookie"):
            assert cookie.startswith("__Host-") and "; Path=/; Secure; HttpOnly; SameSite=Strict" in cookie, cookie
    assert i.ask("/dossiers").get("Location") == "/connexion"


def database_away(i):
    i.sh("stop", "postgres")
    try:
        for path in ("/sante", "/sante/televersement", "/sante/connexion"):
            assert i.plain(path).status == 503, "%s while PostgreSQL is stopped" % path
        reply = i.ask("/connexion/code")
        assert reply.status == 503 and "<h1>" in reply.text
        secure(reply, "database away")
    finally:
        i.sh("start", "postgres")
    for _ in range(30):
        assert i.plain("/sante").status == 200, "a worker did not come back"


def load(i, seconds, threads=8):
    """Home pages from several clients at once; their statuses, and the slowest probe of health meanwhile."""
    end = time.monotonic() + seconds
    statuses, slowest = [], [0.0]

    def client():
        while time.monotonic() < end:
            statuses.append(i.ask("/").status)

    def probe():
        while time.monotonic() < end:
            began = time.monotonic()
            statuses.append(i.plain("/sante").status)
            slowest[0] = max(slowest[0], time.monotonic() - began)
            time.sleep(0.05)

    pool = [threading.Thread(target=client) for _ in range(threads)] + [threading.Thread(target=probe)]
    for t in pool:
        t.start()
    return pool, statuses, slowest


def all_workers(i):
    """The sockets are there before the last worker is."""
    n = 4 * os.cpu_count() + 8
    assert until(lambda: len(i.workers()) == n, 5), "%d workers, not %d" % (len(i.workers()), n)
    return i.workers()


def reload(i):
    before, master = all_workers(i), i.pid("web")
    pool, statuses, slowest = load(i, 2.0)
    time.sleep(0.4)
    os.kill(master, signal.SIGHUP)
    changed = until(lambda: not (i.workers() & before) and len(i.workers()) == len(before), 5)
    for t in pool:
        t.join()
    assert changed and i.pid("web") == master, "the workers are not new"
    assert set(statuses) == {200} and len(statuses) > 20, "lost requests: %s" % sorted(statuses)[-5:]
    assert slowest[0] <= 1.0, "the slowest probe took %.2f s" % slowest[0]


def killed_worker(i):
    before = all_workers(i)
    for pid in list(before)[:3]:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: len(i.workers()) == len(before) and len(i.workers() & before) == len(before) - 3, 5), "not replaced"
    assert i.plain("/sante").status == 200


def crashing_plugin(i):
    """A plugin whose code ends five workers is off: its page says so by name, the operator has his lines, the rest works; a start
    of the program tries it again."""
    program = os.path.join(ROOT, "build", "release", "tests", "crash.so")
    there = os.path.join(i.program, "plugins", "crash.so")
    config = os.path.join(i.state, "opx.conf")
    shutil.copy(program, there)
    os.chmod(there, 0o755)
    with open(config, encoding="utf-8") as f:
        before = f.read()
    with open(there, "rb") as f:
        listed = 'plugin "crash" {\n\tsha256 = "%s"\n}\n' % hashlib.sha256(f.read()).hexdigest()
    log = os.path.join(i.logs, "web.log")
    try:
        rewrite(config, before + "\n" + listed)
        i.sh("restart", "web")
        at, first = os.path.getsize(log), all_workers(i)
        for n in range(5):
            reply = i.ask("/essai/panne")
            assert reply.status == 503 and "module crash" not in reply.text, "crash %d: %d %s" % (n, reply.status, reply.text[:200])
        assert until(lambda: not i.workers() & first, 10), "those who still know the module stay"
        workers = all_workers(i)
        for _ in range(3 * len(workers)):
            reply = i.ask("/essai/panne")
            assert reply.status == 503 and "Cette fonction est arrêtée en ce moment (module crash)." in reply.text, reply.text[:300]
            assert i.ask("/connexion").status == 200
        assert i.workers() == workers, "workers still end"
        with open(log, encoding="utf-8") as f:
            f.seek(at)
            lines = f.readlines()
        assert sum("event=plugin.crashed plugin=\"crash\"" in line for line in lines) == 5, "".join(lines)[-2000:]
        assert sum("event=plugin.switched-off plugin=\"crash\"" in line for line in lines) == 1
        i.sh("restart", "web")
        assert "module crash" not in i.ask("/essai/panne").text, "a new start does not try again"
    finally:
        rewrite(config, before)
        os.remove(there)
        i.sh("restart", "web")


def rewrite(path, text):
    with open(path, "r+", encoding="utf-8") as f:
        f.truncate()
        f.write(text)


def recycled_workers(i):
    i.sh("set", "REQUESTS_PER_WORKER", "20")
    i.sh("restart", "web")
    before = all_workers(i)
    statuses = [i.plain("/sante").status for _ in range(400)]
    assert set(statuses) == {200}, "lost requests"
    assert until(lambda: len(i.workers()) == len(before), 5) and len(i.workers() & before) < len(before), "nobody was replaced after 20 requests"
    i.sh("set", "REQUESTS_PER_WORKER", "5000")
    i.sh("restart", "web")


def stop(i):
    """SIGTERM: whoever was heard is answered, the rest gets nginx's page, and it takes a second at most."""
    pool, statuses, _ = load(i, 1.2, threads=4)
    time.sleep(0.4)
    log = os.path.join(i.logs, "nginx-error.log")
    at = os.path.getsize(log) if os.path.exists(log) else 0
    pid = i.pid("web")
    workers = all_workers(i)
    os.kill(pid, signal.SIGTERM)
    began = time.monotonic()
    gone = until(lambda: not is_alive(pid), 12)
    took = time.monotonic() - began
    for t in pool:
        t.join()
    try:
        assert gone and took <= 1.0, "it took %.2f s" % took
        assert not [p for p in workers if is_alive(p)], "workers stay"
        assert set(statuses) <= {200, 503}, sorted(set(statuses))
        with open(log) as f:
            f.seek(at)
            lost = [line for line in f if "prematurely" in line or "reset by peer" in line]
        assert not lost, "cut off: %s" % lost[:2]
    finally:
        i.sh("stop", "web")
        i.sh("start", "web")


def sign_in_host_cookies(i, other):
    names = set()
    for x in (i, other):
        names.add(x.ask("/").get("Set-Cookie").split("=")[0])
    assert len(names) == 2, "two instances have one cookie: %s" % names
