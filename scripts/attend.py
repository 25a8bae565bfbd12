#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Attends a running demo until it is stopped: says each mail as it arrives, keeps the revocation lists fresh, and stops
with a sentence as soon as a process of the instance ends by itself. Nothing is restarted in silence.
"""
import argparse
import email
import email.policy
import os
import re
import select
import signal
import subprocess
import sys
import time

CRL_EVERY_S = 240
LOOK_EVERY_MS = 250


class Watch:
    """The processes of the instance, by descriptor: an ended one is seen at once, a reused id never fools it."""

    def __init__(self, folder):
        self.folder = folder
        self.poll = select.poll()
        self.names = {}

    def refresh(self):
        for name in os.listdir(self.folder):
            try:
                text = open(os.path.join(self.folder, name), encoding="ascii").read()
            except FileNotFoundError:  # taken away while we looked: stopped on purpose
                continue
            if text and (name, text) not in self.names.values():
                try:
                    fd = os.pidfd_open(int(text.split()[0]))
                except ProcessLookupError:
                    return name
                self.names[fd] = (name, text)
                self.poll.register(fd, select.POLLIN)
        return None

    def ended(self):
        """Name of a process that ended without having been asked to, or None. Waits a moment."""
        for fd, _ in self.poll.poll(LOOK_EVERY_MS):
            name, text = self.names.pop(fd)
            self.poll.unregister(fd)
            os.close(fd)
            path = os.path.join(self.folder, name)
            # scripts/instance.sh takes the file away, or writes another, when it stops a process on purpose.
            if self.still_wanted(path, text):
                return name
            print("  %s was stopped by scripts/instance.sh" % name, flush=True)
        return None

    @staticmethod
    def still_wanted(path, text):
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            try:
                if open(path, encoding="ascii").read() != text:
                    return False
            except FileNotFoundError:
                return False
            select.select([], [], [], 0.05)
        return True


def new_mails(folder, seen):
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".eml") and n[0] != "." and n not in seen):
        seen.add(name)
        with open(os.path.join(folder, name), "rb") as f:
            mail = email.message_from_binary_file(f, policy=email.policy.default)
        part = mail.get_body(preferencelist=("plain",))
        text = part.get_content() if part else ""
        code = re.search(r"Code : (\d{4} \d{4})", text)
        print("  ✉ %s   %s%s" % (mail["X-Envelope-To"], mail["Subject"], "   code " + code.group(1) if code else ""),
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pids", required=True)
    parser.add_argument("--mail", required=True)
    parser.add_argument("--crl", required=True, nargs=argparse.REMAINDER, help="command that makes new revocation lists")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    watch, seen = Watch(args.pids), set(os.listdir(args.mail))
    next_crl = time.monotonic() + CRL_EVERY_S
    while True:
        name = watch.refresh() or watch.ended()
        if name:
            print("opx: %s has ended by itself; its log is log/%s.log" % (name, name), file=sys.stderr)
            return 1
        new_mails(args.mail, seen)
        if time.monotonic() >= next_crl:
            subprocess.run(args.crl, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            next_crl = time.monotonic() + CRL_EVERY_S


if __name__ == "__main__":
    sys.exit(main())
