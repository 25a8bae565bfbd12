# SPDX-License-Identifier: MPL-2.0
"""Kills parts of an instance with signal 9, and has them brought back: by what starts them again in production (a master its worker,
nginx its own, PostgreSQL its backends), else by scripts/instance.sh start, which waits until they are ready.
"""
import glob
import os
import select
import signal
import urllib.error
import urllib.request

from story import acts

EVERYTHING = ("postgres", "tsa", "seal", "files", "signin", "post", "make", "web", "nginx")
LANES = ("files", "signin", "post", "make")
LOOK_S = 0.002
HEALTH = ("/sante", "/sante/televersement", "/sante/connexion")


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def is_there(pid):
    """A process that was killed and not yet looked at by its parent is not."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Killer:
    def __init__(self, stage, random):
        self.stage, self.random = stage, random
        self.pids = os.path.join(stage.demo["state"], "pids")
        self.parser = os.path.realpath(os.path.join(os.path.dirname(stage.demo["programs"]["opx-admin"]), "opx-parse"))
        self.aims = {"a worker of opx-web": self.web_worker, "the master of opx-web": lambda: self.master("web"),
                     "opx-seal": lambda: self.whole("seal"), "opx-tsa": lambda: self.whole("tsa"),
                     "a worker of nginx": lambda: self.child("nginx"), "an opx-parse at work": self.parse,
                     "the keeper of opx-parse": self.keeper,
                     "a backend of PostgreSQL": self.backend, "PostgreSQL, all of it": lambda: self.whole("postgres"),
                     "everything at once": self.everything}
        for lane in LANES:
            self.aims["the lane " + lane] = lambda lane=lane: self.lane(lane)

    def order(self, n, words=""):
        """So many aims, of those whose name has these words: each of them before one comes again."""
        found = []
        while len(found) < n:
            names = sorted(name for name in self.aims if words in name)
            self.random.shuffle(names)
            found += names
        return found[:n]

    def master_of(self, name):
        with open(os.path.join(self.pids, name), encoding="ascii") as f:
            return int(f.read().split()[0])

    # ---- aims: each gives what it killed, in words

    def child(self, name):
        pid = self.random.choice(acts.wait_until("a child of " + name, lambda: children(self.master_of(name))))
        kill([pid])
        return "process %d" % pid

    def web_worker(self):
        return self.child("web")

    def backend(self):
        """PostgreSQL ends all its connections when one of them dies so, and recovers from its log."""
        def connected():
            return [int(p) for p in self.stage.sql("SELECT pid FROM pg_stat_activity WHERE usename LIKE 'opx_%'").split()]
        pid = self.random.choice(acts.wait_until("a connection of ours", connected))
        kill([pid])
        return "process %d" % pid

    def keepers(self):
        """Of opx-parse: those whose parent is a lane, not another opx-parse."""
        running = [int(p.split("/")[2]) for p in glob.glob("/proc/[0-9]*/exe") if self.runs_parser(p)]
        examining = [child for pid in running for child in children(pid)]
        return [pid for pid in running if pid not in examining]

    def keeper(self):
        """Whether or not it has a file just then: the lane starts another with the next file."""
        found = acts.wait_until("a keeper of opx-parse", self.keepers)
        kill(found)
        return "process %s" % found

    def parse(self):
        """One that has a file in its hands at this moment; the clients upload all the time."""
        deadline, found = 20 / LOOK_S, []
        while not found and deadline > 0:
            found = [child for pid in self.keepers() for child in children(pid)]
            deadline -= 1
            if not found:
                select.select([], [], [], LOOK_S)
        if not found:
            raise AssertionError("no opx-parse was at work within 20 s: nobody uploads")
        kill(found)
        return "process %s" % found

    def runs_parser(self, link):
        try:
            return os.readlink(link) == self.parser
        except OSError:
            return False

    def master(self, name):
        """Its workers end by themselves."""
        pid = self.master_of(name)
        kill([pid])
        self.bring_back(name)
        return "process %d" % pid

    def whole(self, name):
        self.stage.call("kill", name)
        self.bring_back(name)
        return "its master and all of its processes"

    def lane(self, name):
        if self.random.random() < 0.5:
            return self.child(name)
        return self.whole(name)

    def everything(self):
        """As when the power goes: first all stand still, so that none sees another die."""
        masters = [self.master_of(name) for name in EVERYTHING]
        kill(masters, signal.SIGSTOP)
        all_of_them = masters + [p for m in masters for p in descendants(m)]
        kill(all_of_them)
        acts.wait_until("the end of all processes", lambda: not any(is_there(p) for p in all_of_them))
        self.bring_back(*EVERYTHING)
        return "%d processes" % len(all_of_them)

    # ---- back

    def bring_back(self, *names):
        if "postgres" in names:
            self.stage.bury_postgres()
        self.stage.call("start", *names)

    def is_healthy(self):
        try:
            for path in HEALTH:
                address = "http://127.0.0.1:%d%s" % (self.stage.demo["ports"]["plain"], path)
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if answer.status != 200:
                        return False
        except (urllib.error.URLError, OSError):
            return False
        return True

    def strike(self, aim):
        """Kills, and waits until the site is ready again; gives what was killed."""
        what = self.aims[aim]()
        acts.wait_until("the site after %s was killed" % aim, self.is_healthy, 90)
        return what
