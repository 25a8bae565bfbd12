# SPDX-License-Identifier: MPL-2.0
"""A client that deposits: one person, one session, one deposit after the other, each to its sealed receipt."""
import fcntl
import os
import re
import tempfile
import time

import small
from story import acts


def picture():
    """A PNG of 1 MiB that no other one is: a kind that needs no outside program to be examined."""
    import struct
    import zlib
    extra = os.urandom((1 << 20) - 200)
    chunk = struct.pack(">I", len(extra)) + b"raNd" + extra + struct.pack(">I", zlib.crc32(b"raNd" + extra))
    whole = small.png()
    return whole[:33] + chunk + whole[33:]


def deposit_until(person, dossier, kind, content, name, mime, end):
    """How many deposits had their receipt before `end`; the page of each is read."""
    done = 0
    while time.monotonic() < end:
        # A person who begins twice is given the same empty draft: his two clients send one after the other, and all the rest at once.
        with open(os.path.join(tempfile.gettempdir(), "opx-bench-%s" % person.key), "wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            page = acts.new_draft(person, dossier)
            page = acts.send_files(person, page, kind, "Mesure %d" % done, [acts.File(name, content(), mime)])
        page = acts.confirm(person, page)
        if not re.search(r"/depots/\d+$", page.path):
            raise AssertionError("no receipt: %s" % page.path)
        done += 1
    return done


def worker(arguments):
    """Runs in a process of its own: (pickled) demo, person, cookies, dossier, kind, what, seconds."""
    demo, key, name, role, mail, means, cookies, dossier, kind, what, seconds = arguments
    person = acts.Person(demo, key, name, role, mail, means)
    person.browser.cookies = cookies
    acts.LOOK_EVERY_S = 0.01
    pdf = what == "pdf"
    make = (lambda: small.pdf("Mesure " + os.urandom(6).hex()) + b"%" + os.urandom(500000).hex().encode() + b"\n%%EOF\n") if pdf else picture
    return deposit_until(person, dossier, kind, make, "mesure.pdf" if pdf else "mesure.png",
                         "application/pdf" if pdf else "image/png", time.monotonic() + seconds)
