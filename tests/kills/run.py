#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Kills a whole instance under load, again and again, and holds the server to what it promised: see README.md.

usage: run.py [--kills N] [--long] [--seed N] [--aim WORDS] [--port P] [--keep | --again]
  --kills N   so many kills; without it 6, and 30 with --long
  --seed N    repeats a campaign: the same clients, the same aims, the same moments
  --aim WORDS only aims whose name has these words, "PostgreSQL" or "lane"
  --keep      leaves the instance running; --again uses the one that was left, without the story
"""
import argparse
import os
import random
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "scripts"), os.path.join(ROOT, "tests", "http"), HERE]

from clients import everybody  # noqa: E402
from judge import judge  # noqa: E402
from killer import Killer  # noqa: E402
from ledger import Ledger  # noqa: E402
from stage import Stage  # noqa: E402
from story import play as story_of  # noqa: E402

NAME, CHAPTERS = "kills-test", ("accounts", "openings", "court", "invitations")
USUAL, LONG = 6, 30
SEEDS = 1 << 31
END_S = 300


class Campaign:
    def __init__(self, stage, seed, n, aim):
        self.seed, self.n, self.aim, self.is_long = seed, n, aim, n >= LONG
        self.stage, self.story = stage, stage.story
        self.dossier, self.second, self.court = stage.story.first, stage.story.second, story_of.COURT
        self.ledger = Ledger(os.path.join(stage.demo["state"], "ledger.jsonl"))
        self.over, self.broken = threading.Event(), threading.Event()
        self.random = random.Random("%d kills" % seed)
        self.killer = Killer(stage, self.random)
        self.clients = everybody(self, stage.story)

    def run(self):
        """Gives the faults that were seen while it ran."""
        for client in self.clients:
            client.prepare()
        for client in self.clients:
            client.start()
        faults = []
        try:
            self.wait_for_load(0)
            for number, aim in enumerate(self.killer.order(self.n, self.aim), 1):
                if self.broken.wait(self.random.uniform(0.2, 2.5)):  # the moment of the kill
                    break
                self.kill(number, aim)
                if number == (self.n + 1) // 2:
                    self.renew_lists()
        except AssertionError as fault:
            faults.append("the campaign: %s" % fault)
        self.over.set()
        for client in self.clients:
            client.join(END_S)
            if client.is_alive():
                faults.append("%s did not end its act within %d s" % (client.name, END_S))
            if client.fault is not None:
                faults.append(told(client.fault))
        return faults

    def kill(self, number, aim):
        before, began = self.ledger.n, time.monotonic()
        what = self.killer.strike(aim)
        took = time.monotonic() - began
        self.wait_for_load(self.ledger.n)
        print("  %6.1f s  kill %d of %d: %s (%s), ready after %.1f s; ledger %d → %d" % (
            time.monotonic() - self.ledger.began, number, self.n, aim, what, took, before, self.ledger.n), flush=True)

    def renew_lists(self):
        """New revocation lists while people are signed in: what they do from then on names lists that are newer than their sessions."""
        self.stage.call("crl")
        self.stage.sql("UPDATE opx.job SET run_at = now() WHERE kind = 'crl.fetch' AND state = 'ready'")

    def wait_for_load(self, than):
        if not self.broken.is_set() and not self.ledger.wait_for_more(than, 90):
            raise AssertionError("no client was promised anything within 90 s")


def told(fault):
    if isinstance(fault, AssertionError):
        return str(fault)
    return "".join(traceback.format_exception(fault))


def verdict(name, faults):
    for fault in faults:
        print(fault)
    print("%s kills.%s" % ("FAIL" if faults else "PASS", name), flush=True)
    return not faults


def play(stage, seed, n, aim):
    print("seed %d, %d kills" % (seed, n), flush=True)
    campaign = Campaign(stage, seed, n, aim)
    good = verdict("campaign: %d kills, seed %d" % (n, seed), campaign.run())
    cuts = sum(c.hands.cuts for c in campaign.clients), sum(c.hands.away for c in campaign.clients)
    print("  %d answers were cut off, %d said that the site was away; the ledger: %s" % (*cuts, campaign.ledger.path), flush=True)
    for name, faults in judge(campaign):
        good = verdict(name, faults) and good
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--aim", default="")
    parser.add_argument("--port", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", action="store_true")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(SEEDS)
    stage, good = Stage(NAME, CHAPTERS, args.port), False
    try:
        stage.set(args.again)
        good = play(stage, seed, args.kills or (LONG if args.long else USUAL), args.aim)
    finally:
        if good and not args.keep and not args.again:
            stage.strike()
        elif not args.keep and not args.again:
            stage.call("down")
            print("the instance %s is stopped and kept as it is: scripts/instance.sh --instance %s erase forgets it" % (NAME, NAME))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
