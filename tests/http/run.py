#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Starts an instance of its own, lets the story of the demo play into it with small files, then plays each scenario of
tests/http/scenarios/ through nginx, and what tests/http/rules.py derives from the table of routes. PASS or FAIL a scenario.

With OPX_PRESET=asan the instance runs the build of that name, and what the sanitizers write in its logs fails the run.

usage: run.py [--keep | --again] [NAME…]
  NAME…    only the files of these names, "rules" and "altered"
  --keep   leaves the instance running; --again uses the one that was left, without the story
"""
import argparse
import glob
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "scripts"), HERE]

from scenario import Fault, Player, read  # noqa: E402
from stage import PRESET, Stage  # noqa: E402
from world import World  # noqa: E402
import altered  # noqa: E402
import rules  # noqa: E402

NAME = "http-test" if PRESET == "release" else "http-" + PRESET
CHAPTERS = ("accounts", "openings", "court", "invitations", "deposits", "readings", "same_bytes", "limits")


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


def begin(stage, again):
    """The world, or None when the story itself fails."""
    try:
        stage.set(again)
    except AssertionError as fault:
        print("%s\nFAIL http.story" % fault)
        return None
    return World(stage)


def play_all(world, wanted):
    good, paths = True, sorted(glob.glob(os.path.join(HERE, "scenarios", "*.txt")))
    if not wanted or "rules" in wanted:
        good = rules.play(world) and good
    for path in paths:
        if not wanted or os.path.basename(path)[:-len(".txt")] in wanted:
            good = play_file(world, path) and good
    if not wanted or "altered" in wanted:
        good = altered.play(world) and good
    if not wanted:
        good = rules.coverage(world) and good
    return good


def no_report(stage):
    reports = stage.sanitizer_reports()
    print("%s%s http.sanitizers: no report in any log, each process looked for its leaks" % ("".join(reports), "FAIL" if reports else "PASS"), flush=True)
    return not reports


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", action="store_true")
    args = parser.parse_args()
    stage, good, is_ours = Stage(NAME, CHAPTERS), False, not args.keep and not args.again
    try:
        world = begin(stage, args.again)
        good = world is not None and play_all(world, set(args.names))
        if PRESET == "asan" and is_ours and stage.demo is not None:
            good = no_report(stage) and good
    finally:
        if is_ours:
            stage.strike()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
