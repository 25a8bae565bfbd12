# SPDX-License-Identifier: MPL-2.0
"""An instance of its own for a suite: started empty, told the story of the demo with small files, handled by scripts/instance.sh."""
import glob
import json
import os
import re
import subprocess
import time

import small
from story import play
from story.acts import Person, sign_in
from story.client import load_demo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# One machine asks here as often as a whole court would.
SETTINGS = (("LIMIT_LOGIN_RATE", "10000"), ("LIMIT_LOGIN_BURST", "10000"), ("LIMIT_RATE", "10000"), ("LIMIT_BURST", "10000"))
NUMBERS = ("first", "second", "note", "restricted")
PRESET = os.environ.get("OPX_PRESET", "release")  # the build that the instance runs: scripts/lib/build.sh
# What a sanitizer writes, and what the masters say of a worker or an opx-parse that ended badly or before it could look for its leaks.
REPORT = re.compile(r"Sanitizer|runtime error:|event=pool\.(worker-ended|killed) |event=parse\.ended ")


class Instance:
    """One instance by its name."""

    def __init__(self, name):
        self.name = name
        self.program = [os.path.join(ROOT, "scripts/instance.sh"), "--instance", name]
        self.demo = None

    def call(self, *words):
        done = subprocess.run([*self.program, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        if done.returncode:
            raise AssertionError("instance.sh %s: %s%s" % (" ".join(words), done.stdout, done.stderr))
        return done.stdout.strip()

    def shell(self, command):
        """A command with the functions of scripts/lib and the layout of this instance; gives status and words."""
        script = '. "%s/scripts/lib/load.sh"; layout %s; %s' % (ROOT, self.name, command)
        done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout

    def sql(self, text):
        return self.call("psql", "postgres", "-At", "-c", text)

    def describe(self):
        """demo.json as it is now, also kept as self.demo."""
        status, state = self.shell('demo_describe --quiet >/dev/null && printf "%s" "$STATE"')
        if status:
            raise AssertionError("demo_describe: %s" % state)
        self.demo = load_demo(os.path.join(state, "demo.json"))
        return self.demo

    def bury_postgres(self):
        """A killed server may stay in the table of processes, ended and unburied: its lock file would count it as running."""
        path = os.path.join(self.demo["state"], "pg", "postmaster.pid")
        try:
            with open(path, encoding="ascii") as f, open("/proc/%s/stat" % f.readline().strip(), encoding="ascii") as stat:
                is_over = stat.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return
        if is_over:
            os.remove(path)
            for lock in glob.glob(os.path.join(self.demo["state"], "run", "pg", ".s.PGSQL.*.lock")):
                os.remove(lock)


class Stage(Instance):
    """The instance, and the story that was played into it."""

    def __init__(self, name, chapters, port=None):
        super().__init__(name)
        self.chapters, self.story = chapters, None
        self.kept = name + ".json"
        self.port = ("--port", str(port)) if port else ()

    def set(self, again=False):
        """Everything anew, or what --keep has left. AssertionError when the story itself fails."""
        if again:
            self.recall()
            return
        self.call("erase")
        subprocess.run([*self.program, *self.port, "ground"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for name, value in SETTINGS:
            self.call("set", name, value)
        self.call("up")
        began = time.monotonic()
        self.tell()
        self.remember()
        print("PASS %s.story  # %.1f s" % (self.name.split("-")[0], time.monotonic() - began), flush=True)

    def sanitizer_reports(self):
        """What the sanitizers have to say of this instance, a text a log. It is stopped first: leaks are looked for at the end of each process."""
        status, said = self.shell("instance_stop quietly")
        found = [said] if status or said else []
        for path in sorted(glob.glob(os.path.join(self.demo["state"], "log", "*.log"))):
            with open(path, encoding="utf-8", errors="replace") as f:
                lines = f.readlines()
            at = [n for n, line in enumerate(lines) if REPORT.search(line)]
            if at:
                found.append("%s, the first of %d lines:\n%s" % (os.path.basename(path), len(at), "".join(lines[at[0]:at[0] + 40])))
        return found

    def strike(self):
        self.call("erase")

    def tell(self):
        """The story, with small files."""
        play.real_pdf, play.photograph = small.pdf_for, small.photograph_for
        self.story = play.Story(self.describe())
        for chapter in self.chapters:
            getattr(self.story, chapter)()
        if "deposits" in self.chapters:
            self.story.restricted = play.acts.document(self.story.roux, self.story.first, "Tarifs des fournisseurs")

    def remember(self):
        """What --again needs: the people with their means and cookies, and the numbers of the dossiers."""
        people = self.story.people.values()
        kept = {"people": [{**p.describe(), "cookies": p.browser.cookies, "means": p.means} for p in people],
                "roles": {k: p.key for k, p in vars(self.story).items() if isinstance(p, Person)},
                "numbers": {k: getattr(self.story, k) for k in NUMBERS if hasattr(self.story, k)}}
        with open(os.path.join(self.demo["state"], self.kept), "w", encoding="utf-8") as f:
            json.dump(kept, f)

    def recall(self):
        story = self.story = play.Story(self.describe())
        with open(os.path.join(story.demo["state"], self.kept), encoding="utf-8") as f:
            kept = json.load(f)
        for p in kept["people"]:
            person = story.people[p["id"]] = Person(story.demo, p["id"], p["name"], p["role"], p["mail"], p["means"])
            person.browser.cookies = p["cookies"]
        for name, number in kept["numbers"].items():
            setattr(story, name, number)
        for role, key in kept["roles"].items():
            setattr(story, role, story.people[key])
        for person in story.people.values():
            if person.get("/profil").path != "/profil":
                sign_in(person)
