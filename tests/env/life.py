# SPDX-License-Identifier: MPL-2.0
"""The life of an instance: a second start finds the state, two live side by side, ./opx stops all that it started, and the story
of the demo is played once."""
import base64
import json
import os
import signal
import smtplib
import socket
import subprocess
import tempfile

from instance import PROCESSES, ROOT, is_alive, until
from terminal import left


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


def half_started(i):
    """An `up` that fails stops what it has started, and nothing else: not what it found running and never came to."""
    running = {p: i.pid(p) for p in PROCESSES}
    assert all(running.values()), running
    said = i.sh("--port", str(i.port + 100), "up", check=False)
    assert "was made for port" in said and {p: i.pid(p) for p in PROCESSES} == running, said
    i.sh("down")
    with socket.create_server(("127.0.0.1", i.smtp_port)):
        said = i.sh("up", check=False)
    assert "mail has ended" in said and "what was started is stopped" in said, said
    assert not left(i, -1), "still there: %s" % left(i, -1)
    i.sh("up")


def wrong_words(i):
    """What instance.sh does not know changes nothing: a setting that it kept would keep the instance from starting."""
    for says, words in (("no setting is called 'NONE'", ("set", "NONE", "1")), ("PAGE_WORKERS is a number", ("set", "PAGE_WORKERS", "many")),
                        ("no setting is called 'NONE'", ("set", "PAGE_WORKERS", "2\nNONE=1")), ("set wants a name and a value", ("set", "PAGE_WORKERS")),
                        ("no process is called 'opx-web'", ("stop", "opx-web")), ("no process is called 'opx-web'", ("kill", "opx-web")),
                        ("psql wants a role", ("psql",))):
        said = i.sh(*words, check=False)
        assert says in said, (words, said)
    i.sh("set", "NOTICE_GROUP_S", "0")  # what it has by itself: the settings are still read


def all_processes(i):
    for p in PROCESSES:
        pid = i.pid(p)
        assert pid, "%s does not run" % p
        if os.geteuid() == 0 and p != "nginx":
            assert os.stat("/proc/%d" % pid).st_uid != 0 or dumpless(pid), "%s runs as root" % p
    for path in ("/sante", "/sante/televersement", "/sante/connexion"):
        assert i.plain(path).status == 200, path


def web_from_root(i):
    """opx-web that root has started becomes its own account before it does anything, and each worker has its limit of memory."""
    if os.geteuid() != 0:
        print("skip life.web_from_root  # only root may become another account")
        return
    words = [i.program + "/bin/opx-web", "--config", i.config]
    i.sh("stop", "web")
    assert subprocess.run([*words, "--check"], stdin=subprocess.DEVNULL, check=False).returncode == 0
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as master:
        for line in master.stdout:
            if "event=pool.started" in line:
                break
        is_its_own, answers = dumpless(master.pid), until(lambda: i.plain("/sante").status == 200, 10)
        is_limited = until(lambda: set(memory_of_children(master.pid)) == {str(512 << 20)}, 10)
        master.terminate()
    i.sh("start", "web")
    assert is_its_own and answers and is_limited, (is_its_own, answers, is_limited)


def memory_of_children(master):
    """What each may take at most: a worker that has just been made has not begun yet."""
    with open("/proc/%d/task/%d/children" % (master, master)) as f:
        for pid in f.read().split():
            with open("/proc/%s/limits" % pid) as limits:
                yield from (line.split()[3] for line in limits if line.startswith("Max address space"))


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


# ---- the story


def describes_everybody(i):
    """For each person of demo.json, also without the story, how to reach him and how he comes in."""
    with open(os.path.join(i.state, "demo.json"), encoding="utf-8") as f:
        people = json.load(f)["people"]
    assert len(people) >= 10, people
    lacking = ["%s: %s" % (p["id"], name) for p in people for name in ("name", "role", "mail", "means") if not p.get(name)]
    assert not lacking, lacking


def check_story(i):
    """./opx demo --check: what it says, and its status."""
    done = subprocess.run([os.path.join(ROOT, "opx"), "demo", "--check", "--yes", "--instance", i.name], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
    assert done.returncode == 0, "status %d\n%s" % (done.returncode, done.stdout[-3000:])
    return done.stdout


def stopped_story(i):
    """SIGTERM in the middle of the story ends it too, and leaves a mark that it has no end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        demo = subprocess.Popen([os.path.join(ROOT, "opx"), "demo", "--yes", "--instance", i.name], stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL, start_new_session=True)
        begun = os.path.join(ROOT, "var", i.name, "story-begun")
        until(lambda: os.path.exists(begun) or demo.poll() is not None, 300)
        demo.send_signal(signal.SIGTERM)
        status = demo.wait(60)
        log.seek(0)
        assert status == 143 and os.path.exists(begun), "status %s\n%s" % (status, log.read()[-2000:])
    i.read_paths()
    assert not [p for p in PROCESSES if i.pid(p)], "processes are left"


def half_played_story(i):
    """A story that was stopped is played anew on a new instance, on the same ports, and the words say so."""
    key, ports = open(os.path.join(i.pki, "public", "log-public-key"), "rb").read(), (i.port, i.card_port)
    said = check_story(i)
    i.read_paths()
    assert "was stopped half-way: it is erased" in said, said
    assert open(os.path.join(i.pki, "public", "log-public-key"), "rb").read() != key and (i.port, i.card_port) == ports
    with open(os.path.join(i.state, "demo.json"), encoding="utf-8") as f:
        demo = json.load(f)
    heads = demo["log"]["heads"]
    assert len(heads) >= 4 and all(os.path.getsize(h) for h in heads), heads
    assert len([n for n in os.listdir(demo["bundles"]) if n.endswith(".asice")]) == 5


def second_check(i):
    """A story that is there is verified and not played again."""
    path = os.path.join(i.state, "story.json")
    told, bundle = os.stat(path).st_mtime_ns, os.path.join(i.state, "bundles", "case.asice")
    before = os.stat(bundle).st_mtime_ns
    said = check_story(i)
    assert "was told before" in said and "erased" not in said, said
    assert os.stat(path).st_mtime_ns == told and os.stat(bundle).st_mtime_ns != before


def rewritten_log(i):
    """The heads that the story kept are of the logs in the bundles; one that the log's own key signed over another past is refused."""
    with open(os.path.join(i.state, "demo.json"), encoding="utf-8") as f:
        demo = json.load(f)
    case = os.path.join(demo["bundles"], "case.asice")
    ours = [h for h in demo["log"]["heads"] if "acts-dossier-%d" % demo["dossiers"][0]["id"] in h]
    assert len(ours) == 1, demo["log"]["heads"]
    with open(ours[0], "rb") as f:
        text, _, signature = f.read().partition(b"\n\n")
    origin, size, _ = text.decode().split("\n")
    key_id = base64.b64decode(signature.split()[-1])[:4]
    with tempfile.TemporaryDirectory() as folder:
        said, note = os.path.join(folder, "said"), os.path.join(folder, "note")
        with open(said, "wb") as f:
            f.write(("%s\n%s\n%s\n" % (origin, size, base64.b64encode(b"\7" * 32).decode())).encode())
        signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", os.path.join(i.secrets, "log-key.pem"), "-in", said],
                                check=True, capture_output=True).stdout
        with open(said, "rb") as f, open(note, "wb") as out:
            out.write(f.read() + ("\n— %s %s\n" % (origin, base64.b64encode(key_id + signed).decode())).encode())
        for program in ([demo["programs"]["opx-verify"]], ["sh", demo["programs"]["verifier.sh"]]):
            words = program + ["--tsa-roots", demo["roots"]["timestamping"], "--user-roots", demo["roots"]["users"],
                               "--policy", demo["log"]["policy"], "--json"]
            for head, status in ((ours[0], 0), (note, 1)):
                done = subprocess.run(words + ["--head", head, case], capture_output=True, text=True)
                claim = json.loads(done.stdout)["claims"]["K6"]
                assert done.returncode == status and (claim["verdict"] == "FAILED") == (status == 1), (program[-1], head, claim)
                assert "autre journal" not in done.stdout, "the kept head was not compared: %s" % done.stdout
