# SPDX-License-Identifier: MPL-2.0
"""./opx demo in a terminal: Ctrl-C, and the window that is closed, end all that it has started, and nothing else."""
import glob
import os
import pty
import select
import signal
import subprocess

from instance import PROCESSES, ROOT, until

SECONDS = 20  # the lanes and opx-web finish what they are doing


class Terminal:
    """A terminal of its own with ./opx demo --empty in it, which leads its session and its foreground group."""

    def __init__(self, name):
        self.said, self.ended = b"", None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(os.path.join(ROOT, "opx"), ["opx", "demo", "--empty", "--yes", "--instance", name])

    def read(self):
        """What it has said until now is taken, so that it never waits for a reader."""
        while self.fd is not None and select.select([self.fd], [], [], 0)[0]:
            try:
                self.said += os.read(self.fd, 65536)
            except OSError:  # nobody has the other end any more
                return

    def status(self):
        self.read()
        if self.ended is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.ended = os.waitstatus_to_exitcode(status) if pid else None
        return self.ended

    def shows(self, word, seconds=120):
        until(lambda: self.status() is not None or word.encode() in self.said, seconds)
        assert word.encode() in self.said, "it does not come to %r:\n%s" % (word, self.tail())

    def control_c(self):
        os.write(self.fd, b"\x03")

    def hang_up(self):
        self.read()
        os.close(self.fd)
        self.fd = None

    def tail(self):
        return self.said.decode("utf-8", "replace")[-1500:]

    def end(self):
        if self.status() is None:
            os.kill(self.pid, signal.SIGTERM)
            if not until(lambda: self.status() is not None, 60):
                os.kill(self.pid, signal.SIGKILL)
        if self.fd is not None:
            os.close(self.fd)


def left(i, session):
    """What lives and is of this session, or has a file of the instance open: each process writes to a log of its own there."""
    found = []
    for path in glob.glob("/proc/[0-9]*"):
        try:
            with open(path + "/stat", encoding="utf-8", errors="replace") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            files = [os.readlink(path + "/fd/" + fd) for fd in os.listdir(path + "/fd")]
            with open(path + "/cmdline", encoding="utf-8", errors="replace") as f:
                command = f.read().replace("\0", " ").strip()
        except OSError:  # it has ended meanwhile, or is somebody else's
            continue
        if fields[0] != "Z" and (int(fields[3]) == session or any(f.startswith((i.state + "/", i.run + "/")) for f in files)):
            found.append(path[len("/proc/"):] + " " + command)
    return found


def stopped(i, t, status, what):
    assert until(lambda: t.status() is not None, SECONDS), "%s: it goes on\n%s" % (what, t.tail())
    assert t.ended == status, "%s: status %s\n%s" % (what, t.ended, t.tail())
    assert not left(i, t.pid), "%s: still there: %s" % (what, left(i, t.pid))


def log_key(i):
    with open(os.path.join(i.pki, "public", "log-public-key"), "rb") as f:
        return f.read(), i.port


# How it is stopped, and what the status is.
WAYS = (("Ctrl-C", Terminal.control_c, 130), ("a closed window", Terminal.hang_up, 143))


def all_ends(i, other):
    """Stopped as the first of its processes is there, then when it is ready, where it is the instance it was. The one beside it goes on."""
    before, beside = log_key(i), {p: other.pid(p) for p in PROCESSES}
    assert all(beside.values()), beside
    for way, stop, status in WAYS:
        for is_ready in (False, True):
            what, t = way + (" when it is ready" if is_ready else " as it starts"), Terminal(i.name)
            try:
                if is_ready:
                    t.shows("Ctrl-C stops everything")
                    assert log_key(i.read_paths()) == before, "%s: it is another instance" % what
                else:
                    until(lambda: i.pid("nginx") or t.status() is not None, 120)
                stop(t)
                if is_ready:  # once more, from one who does not believe it, or from a shell that passes on what the terminal said
                    until(lambda: not i.pid("nginx"), SECONDS)  # the first that is stopped
                    t.control_c() if t.fd is not None else os.kill(t.pid, signal.SIGHUP)
                stopped(i, t, status, what)
                assert {p: other.pid(p) for p in PROCESSES} == beside, "%s: the other instance was touched" % what
            finally:
                t.end()


def told_twice():
    """`timeout` tells the shell, then its group: a second word that comes as the end begins leaves nothing undone."""
    script = """. "$0/scripts/lib/load.sh"
        undo() { echo undone; }
        on_exit undo
        eval "$(declare -f leave | sed 's/trap - EXIT;/trap - EXIT; kill -TERM $$;/')"
        kill -TERM $$"""
    p = subprocess.run(["bash", "-c", script, ROOT], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert (p.returncode, p.stdout) == (143, "undone\n"), (p.returncode, p.stdout, p.stderr)


def stopped_in_between(i):
    """The group that starts a process is ended as that process is there and its id is not written down: it ends too."""
    script = """. "$0/scripts/lib/load.sh"
        layout "$1"
        process_tick() {
            until_true 1 grep -qa "^$PROGRAM/bin/opx-tsa" "/proc/$1/cmdline" || true
            kill -TERM -- "-$$"
        }
        process_start tsa"""
    p = subprocess.Popen(["bash", "-c", script, ROOT, i.name], start_new_session=True, stdin=subprocess.DEVNULL)
    assert p.wait(30) in (143, -signal.SIGTERM), "status %s" % p.returncode
    assert not left(i, p.pid), "still there: %s" % left(i, p.pid)
