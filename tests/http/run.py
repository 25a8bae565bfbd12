#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Starts an instance of its own, lets the story of the demo play into it with small files, then plays each scenario of
tests/http/scenarios/ through nginx. PASS or FAIL a scenario. `run.py NAME…` plays only the files of these names.
"""
import glob
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from scenario import Fault, Player, read  # noqa: E402
from story import play  # noqa: E402
from story.client import load_demo  # noqa: E402
import small  # noqa: E402

NAME = "http-test"
INSTANCE = [os.path.join(ROOT, "scripts/instance.sh"), "--instance", NAME]


class Fixture:
    """Who is there, what there is, and how the instance is handled."""

    def __init__(self, story, demo):
        self.people = {p.key.split("-")[-1]: p for p in story.people.values()}
        self.instance, self.logs = INSTANCE, os.path.join(demo["state"], "log")
        self.values = {"dossier": story.first, "autre": story.second, "note": story.note, "restreinte": story.restricted,
                       "principal": demo["origins"]["main"], "carte": demo["origins"]["card"], "rien": 99999999}
        self.values.update({"mel_" + k: p.mail for k, p in self.people.items()})
        self.values.update({"acces_" + k: p.access_code for k, p in self.people.items() if p.access_code})

    def file(self, word):
        """NAME of tests/http/small.py, or NAME:SIZE for so many bytes of a PDF."""
        return small.file(word)


def call(*words):
    done = subprocess.run([*INSTANCE, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr)
        raise SystemExit("instance.sh %s failed" % " ".join(words))
    return done.stdout


def describe():
    script = '. "%s/scripts/lib/load.sh"; layout %s; demo_describe --quiet; printf "%%s" "$STATE"' % (ROOT, NAME)
    state = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout
    return load_demo(os.path.join(state.strip().split("\n")[-1], "demo.json"))


def fixture():
    play.real_pdf, play.photograph = small.pdf_for, small.photograph_for
    demo = describe()
    story = play.Story(demo)
    for chapter in (story.accounts, story.openings, story.court, story.invitations, story.deposits, story.readings, story.limits):
        chapter()
    story.restricted = play.acts.document(story.roux, story.first, "Tarifs des fournisseurs")
    return Fixture(story, demo)


def main():
    wanted, failed = set(sys.argv[1:]), False
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "build/release", "-j", str(os.cpu_count())], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    call("erase")
    try:
        call("up")
        began = time.monotonic()
        try:
            world = fixture()
        except AssertionError as fault:
            print("%s\nFAIL http.story" % fault)
            return 1
        print("PASS http.story  # %.0f s" % (time.monotonic() - began), flush=True)
        for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scenarios", "*.txt"))):
            name = os.path.basename(path)[:-len(".txt")]
            if wanted and name not in wanted:
                continue
            for scenario in read(path):
                try:
                    Player(world).play(scenario)
                    print("PASS http.%s: %s" % (name, scenario.title), flush=True)
                except Fault as fault:
                    failed = True
                    print("%s\nFAIL http.%s: %s" % (fault, name, scenario.title), flush=True)
    finally:
        if os.environ.get("OPX_KEEP") != "1":
            call("erase")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
