# SPDX-License-Identifier: MPL-2.0
"""The life of an instance: a second start finds the state, two live side by side, and ./opx stops all that it started."""
import os
import signal
import smtplib
import subprocess
import tempfile

from instance import PROCESSES, ROOT, is_alive, until


def state_of(i):
    with open(os.path.join(i.pki, "public", "log-public-key"), "rb") as f:
        key = f.read()
    rows = i.sql("opx_migrate", "SET ROLE opx_owner", "SELECT (SELECT count(*) FROM opx.court) || ' ' || (SELECT count(*) FROM opx.account) || ' ' || "
                 "(SELECT min(origin) FROM opx.log) || ' ' || (SELECT count(*) FROM opx.rights_version)")
    return key, rows.splitlines()[-1], i.port


def second_start(i):
    before = state_of(i)
    assert before[1].split()[0] == "263" and before[1].split()[1] == "1", before
    i.sh("down")
    assert not [p for p in PROCESSES if i.pid(p)], "down leaves processes"
    i.sh("up")
    i.read_paths()
    assert state_of(i) == before, "the second start changed the state: %s" % (state_of(i),)
    out = subprocess.run([os.path.join(ROOT, "opx"), "admin", "--instance", i.name, "check"], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr


def all_processes(i):
    for p in PROCESSES:
        pid = i.pid(p)
        assert pid, "%s does not run" % p
        if os.geteuid() == 0 and p != "nginx":
            assert os.stat("/proc/%d" % pid).st_uid != 0 or dumpless(pid), "%s runs as root" % p
    for path in ("/sante", "/sante/televersement", "/sante/connexion"):
        assert i.plain(path).status == 200, path


def dumpless(pid):
    """A process that may not be dumped shows its files as root's: its own words say who it is."""
    with open("/proc/%d/status" % pid) as f:
        return [line for line in f if line.startswith("Uid:")][0].split()[1] != "0"


def mail_and_time(i):
    with smtplib.SMTP("127.0.0.1", i.smtp_port, timeout=10) as s:
        s.sendmail("a@essai.example", ["b@essai.example"], "From: a@essai.example\r\nTo: b@essai.example\r\nSubject: Essai 4711\r\n\r\nBonjour\r\n")
    assert until(lambda: "Essai 4711" in i.plain("/courrier/").text, 10), "the mailbox does not show the mail"
    assert i.plain("/crl/cartes.crl").status == 200 and i.plain("/crl/../ca/cartes/ca.key").status in (400, 404)
    with tempfile.TemporaryDirectory() as folder:
        query, answer, data = (os.path.join(folder, n) for n in ("q", "r", "d"))
        with open(data, "w") as f:
            f.write("x")
        subprocess.run(["openssl", "ts", "-query", "-data", data, "-sha256", "-cert", "-out", query], check=True, capture_output=True)
        with open(query, "rb") as f:
            reply = i.plain("/tsa", "POST", f.read(), [("Content-Type", "application/timestamp-query")])
        assert reply.status == 200, reply.status
        with open(answer, "wb") as f:
            f.write(reply.body)
        done = subprocess.run(["openssl", "ts", "-verify", "-in", answer, "-data", data, "-CAfile", os.path.join(i.pki, "public", "tsa-roots.pem")],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def rebuild(i):
    """Rows of proof that were lost come back from the journal, byte for byte, and the instance is whole again."""
    tables = ("global_line", "checkpoint")
    of = "SELECT md5(string_agg(x::text, ' ' ORDER BY log_id, %s)) FROM opx.%s x"
    one = {"global_line": of % ("seq", "global_line"), "checkpoint": "SELECT md5(string_agg(log_id || ' ' || size || ' ' || encode(note, 'hex'), ' ' "
           "ORDER BY log_id, size)) FROM opx.checkpoint"}
    admin = [os.path.join(ROOT, "opx"), "admin", "--instance", i.name]
    running = subprocess.run(admin + ["rebuild"], capture_output=True, text=True, timeout=60)
    assert running.returncode == 1 and "is opx-seal stopped" in running.stderr, running.stderr
    i.sh("stop", "seal")
    before = {t: i.sql("postgres", one[t]) for t in tables}
    for t in tables:
        i.sql("postgres", "BEGIN; ALTER TABLE opx.%s DISABLE TRIGGER ALL; DELETE FROM opx.%s; ALTER TABLE opx.%s ENABLE TRIGGER ALL; "
              "ALTER TABLE opx.%s ENABLE ALWAYS TRIGGER only_grows; ALTER TABLE opx.%s ENABLE ALWAYS TRIGGER only_grows_truncate; COMMIT" % ((t,) * 5))
        assert i.sql("postgres", "SELECT count(*) FROM opx.%s" % t) == "0"
    done = subprocess.run(admin + ["rebuild"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {t: i.sql("postgres", one[t]) for t in tables} == before, "what came back is not what was lost"
    i.sh("start", "seal")
    out = subprocess.run(admin + ["check"], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr


def check_finds(i):
    """A leaf that was changed behind the triggers' back is found, and named."""
    i.sh("stop", "seal")
    before = i.sql("postgres", "SELECT line FROM opx.global_line WHERE seq = 0")
    change = ("BEGIN; ALTER TABLE opx.global_line DISABLE TRIGGER ALL; UPDATE opx.global_line SET line = %s WHERE seq = 0; "
              "ALTER TABLE opx.global_line ENABLE TRIGGER ALL; ALTER TABLE opx.global_line ENABLE ALWAYS TRIGGER only_grows; "
              "ALTER TABLE opx.global_line ENABLE ALWAYS TRIGGER only_grows_truncate; COMMIT")
    i.sql("postgres", change % "replace(line, '0', '1')")
    try:
        out = subprocess.run([os.path.join(ROOT, "opx"), "admin", "--instance", i.name, "check"], capture_output=True, text=True, timeout=60)
        assert out.returncode == 1 and "WRONG not so: every head is the root" in out.stdout, out.stdout + out.stderr
    finally:
        i.sql("postgres", change % ("'%s'" % before))
        i.sh("start", "seal")


class Demo:
    """./opx demo --empty, as a person starts it."""

    def __init__(self, name, log):
        self.log = log
        self.process = subprocess.Popen([os.path.join(ROOT, "opx"), "demo", "--empty", "--yes", "--instance", name], stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL, start_new_session=True)

    def is_ready(self):
        self.log.seek(0)
        return "Ctrl-C stops everything" in self.log.read()

    def wait_ready(self):
        until(lambda: self.is_ready() or self.process.poll() is not None, 90)
        assert self.is_ready(), "the demo is not ready"

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


def sigterm(i, demo):
    pids = {p: i.pid(p) for p in PROCESSES}
    workers = i.workers()
    assert all(pids.values()), pids
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(20) == 143, "status %s" % demo.process.returncode
    left = [p for p in list(pids.values()) + list(workers) if is_alive(p)]
    assert not left, "still there: %s" % left


def side_by_side(i, other):
    for x in (i, other):
        all_processes(x)
    assert len({i.port, other.port}) == 2 and i.run != other.run and i.state != other.state
    other_web = other.pid("web")
    i.sh("restart", "web", "nginx")
    assert other.pid("web") == other_web and other.plain("/sante").status == 200
    # The card of one instance means nothing to the other.
    context = other.context()
    at = os.path.join(i.pki, "people", "sylvie-arnoux")
    context.load_cert_chain(at + ".pem", at + ".key")
    reply = other.exchange(other.connect(card=True, context=context), b"GET /connexion HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % other.card_host.encode())
    assert reply.status == 403 and "Sylvie" not in reply.text, reply.status


def doctor():
    done = subprocess.run([os.path.join(ROOT, "opx"), "doctor"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Nothing stands in the way." in done.stdout, done.stdout + done.stderr
