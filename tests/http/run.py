#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Starts an instance of its own, lets the story of the demo play into it with small files, then plays each scenario of
tests/http/scenarios/ through nginx, and what tests/http/rules.py derives from the table of routes. PASS or FAIL a scenario.

usage: run.py [--keep | --again] [NAME…]
  NAME…    only the files of these names, and "rules"
  --keep   leaves the instance running; --again uses the one that was left, without the story
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "scripts"), HERE]

from scenario import Fault, Player, read  # noqa: E402
from story import play  # noqa: E402
from story.acts import Person, sign_in  # noqa: E402
from story.client import load_demo  # noqa: E402
from world import World  # noqa: E402
import rules  # noqa: E402
import small  # noqa: E402

NAME = "http-test"
INSTANCE = [os.path.join(ROOT, "scripts/instance.sh"), "--instance", NAME]
KEPT = "http.json"
# One machine asks here as often as a whole court would.
SETTINGS = (("LIMIT_LOGIN_RATE", "10000"), ("LIMIT_LOGIN_BURST", "10000"), ("LIMIT_RATE", "10000"), ("LIMIT_BURST", "10000"))


def call(*words):
    done = subprocess.run([*INSTANCE, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr)
        raise SystemExit("instance.sh %s failed" % " ".join(words))


def describe():
    script = '. "%s/scripts/lib/load.sh"; layout %s; demo_describe --quiet >&2; printf "%%s" "$STATE"' % (ROOT, NAME)
    state = subprocess.run(["bash", "-c", script], check=True, stdout=subprocess.PIPE, text=True).stdout
    return load_demo(os.path.join(state, "demo.json"))


def tell():
    """The story, with small files."""
    play.real_pdf, play.photograph = small.pdf_for, small.photograph_for
    story = play.Story(describe())
    for chapter in (story.accounts, story.openings, story.court, story.invitations, story.deposits, story.readings, story.same_bytes,
                    story.limits):
        chapter()
    story.restricted = play.acts.document(story.roux, story.first, "Tarifs des fournisseurs")
    return story


def remember(story):
    """What --again needs: the people with their means and cookies, and the numbers of the dossiers."""
    kept = {"people": [{**p.describe(), "cookies": p.browser.cookies, "means": p.means} for p in story.people.values()],
            "numbers": {k: getattr(story, k) for k in ("first", "second", "note", "restricted")}}
    with open(os.path.join(story.demo["state"], KEPT), "w", encoding="utf-8") as f:
        json.dump(kept, f)


def recall():
    story = play.Story(describe())
    with open(os.path.join(story.demo["state"], KEPT), encoding="utf-8") as f:
        kept = json.load(f)
    for p in kept["people"]:
        person = story.people[p["id"]] = Person(story.demo, p["id"], p["name"], p["role"], p["mail"], p["means"])
        person.browser.cookies = p["cookies"]
    for name, number in kept["numbers"].items():
        setattr(story, name, number)
    for person in story.people.values():
        if person.get("/profil").path != "/profil":
            sign_in(person)
    return story


def play_file(world, path):
    name, good = os.path.basename(path)[:-len(".txt")], True
    for scenario in read(path):
        if scenario.needs_root() and os.geteuid() != 0:
            print("skip http.%s: %s  # only root can mount a disk" % (name, scenario.title), flush=True)
            continue
        began = time.monotonic()
        try:
            Player(world).play(scenario)
            print("PASS http.%s: %s  # %.1f s" % (name, scenario.title, time.monotonic() - began), flush=True)
        except Fault as fault:
            good = False
            print("%s\nFAIL http.%s: %s" % (fault, name, scenario.title), flush=True)
    return good


def begin(again):
    """The world, or None when the story itself fails."""
    if again:
        return World(recall(), describe(), INSTANCE)
    call("erase")
    call("ground")
    for name, value in SETTINGS:
        call("set", name, value)
    call("up")
    began = time.monotonic()
    try:
        story = tell()
    except AssertionError as fault:
        print("%s\nFAIL http.story" % fault)
        return None
    remember(story)
    print("PASS http.story  # %.1f s" % (time.monotonic() - began), flush=True)
    return World(story, story.demo, INSTANCE)


def play_all(world, wanted):
    good, paths = True, sorted(glob.glob(os.path.join(HERE, "scenarios", "*.txt")))
    if not wanted or "rules" in wanted:
        good = rules.play(world) and good
    for path in paths:
        if not wanted or os.path.basename(path)[:-len(".txt")] in wanted:
            good = play_file(world, path) and good
    if not wanted:
        good = rules.coverage(world) and good
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", action="store_true")
    args = parser.parse_args()
    good = False
    try:
        world = begin(args.again)
        good = world is not None and play_all(world, set(args.names))
    finally:
        if not args.keep and not args.again:
            call("erase")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
