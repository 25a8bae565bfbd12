#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""process.py BUILD: the real opx-jobs, one process a lane, on the throw-away PostgreSQL of tests/jobs/run.sh: what it does to itself,
that it comes back, that it stops. One PASS or FAIL a line."""
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
SUFFIX = os.path.basename(BUILD)
ME = pwd.getpwuid(os.geteuid()).pw_name
CONF = """
instance {{ run = "{run}" state = "{run}" }}
site {{ main_origin = "https://a.test" card_origin = "https://b.test" log_host = "a.test" }}
database {{ socket_folder = "{pg}" }}
store {{ root = "{run}" }}
web {{ edge_secret = "{run}/secret" pepper = "{run}/secret" letter_key = "{run}/secret" }}
jobs {{ files_user = "{me}" signin_user = "{me}" post_user = "{me}" make_user = "{me}" wake_group = "{me}" poll_ms = 100 }}
plugins {{ folder = "{run}" }}
"""
bad = False


def check(name, good, detail=""):
    global bad
    bad |= not good
    if not good and detail:
        print("    %s" % detail)
    print("%s jobs.process.%s.%s" % ("PASS" if good else "FAIL", SUFFIX, name), flush=True)


def until(seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    return what()


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return [int(n) for n in f.read().split()]


def status(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def sealed(pid):
    """Its filter of system calls is on."""
    try:
        return status(pid).get("Seccomp") == "2"
    except FileNotFoundError:
        return False


def lane(name, conf, folder, log):
    socket = os.path.join(folder, "jobs.wake-" + name)
    with subprocess.Popen([BUILD + "/bin/opx-jobs", "--config", conf, "--lane", name], stderr=log, stdin=subprocess.DEVNULL) as master:
        try:
            check(name + ".ready", until(20, lambda: os.path.exists(socket)))
            worker = until(20, lambda: ([c for c in children(master.pid) if sealed(c)] or [0])[0])
            check(name + ".filtered", worker > 0)
            facts = status(worker)
            check(name + ".no-new-privileges", facts.get("NoNewPrivs") == "1")
            os.kill(worker, signal.SIGKILL)
            again = until(20, lambda: ([c for c in children(master.pid) if c != worker and sealed(c)] or [0])[0])
            check(name + ".comes-back", again > 0 and again != worker)
            master.send_signal(signal.SIGTERM)
            check(name + ".stops", master.wait(20) == 0)
        finally:
            if master.poll() is None:
                master.kill()


def main():
    folder = tempfile.mkdtemp()
    conf = os.path.join(folder, "opx.conf")
    try:
        with open(os.path.join(folder, "secret"), "wb") as f:
            f.write(os.urandom(32).hex().encode())
        os.chmod(os.path.join(folder, "secret"), 0o400)
        with open(conf, "w", encoding="utf-8") as f:
            f.write(CONF.format(run=folder, pg=os.environ["OPX_TEST_PG"], me=ME))
        with open(os.path.join(folder, "log"), "w+", encoding="utf-8") as log:
            for name in ("files", "sign-in", "post", "make"):
                lane(name, conf, folder, log)
            log.seek(0)
            text = log.read()
        check("each-lane-began", all('opx-jobs/%s event=lane.start' % n in text for n in ("files", "sign-in", "post", "make")), text[-2000:])
        check("no-sanitizer-report", "Sanitizer" not in text and "runtime error:" not in text, text)
        done = subprocess.run([BUILD + "/bin/opx-jobs", "--config", conf, "--lane", "post", "--check"], check=False, stderr=subprocess.PIPE)
        check("check", done.returncode == 0, done.stderr.decode())
        os.truncate(os.path.join(folder, "secret"), 10)
        done = subprocess.run([BUILD + "/bin/opx-jobs", "--config", conf, "--lane", "sign-in", "--check"], check=False, stderr=subprocess.PIPE)
        check("a-short-pepper-is-refused", done.returncode == 1 and b"32 bytes at least" in done.stderr, done.stderr.decode())
        done = subprocess.run([BUILD + "/bin/opx-jobs", "--config", conf, "--lane", "post", "--check"], check=False, stderr=subprocess.PIPE)
        check("post-has-no-pepper", done.returncode == 0, done.stderr.decode())
        done = subprocess.run([BUILD + "/bin/opx-jobs", "--config", conf, "--lane", "other"], check=False, stderr=subprocess.PIPE)
        check("usage", done.returncode == 2)
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if bad else 0)


main()
