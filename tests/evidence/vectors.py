#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""docs/evidence.md says what is so: its test vectors are computed again, its commands are run on a good bundle.

  vectors.py            PASS and FAIL lines
  vectors.py --print    the vectors, as the document has them
"""
import base64
import hashlib
import os
import re
import subprocess
import sys
import tempfile

import make_bundle
import mutants
import story
import tree
import trust

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(ROOT, "docs", "evidence.md")
ORIGIN = "opx.example/c/abcdefghijklmnopqrstuvwxyz"
BODY = b'{"v":1,"type":"case.phase","log":"' + ORIGIN.encode() + b'","at":"2026-11-20T09:00:00.000Z","phase":{"from":"draft","to":"working"}}'
SEED = b"\1" * 32


def line(seq, body):
    return "opx/v1 log=%s seq=%d time=2026-11-20T09:00:0%d.000Z after=sha256:%s body=sha256:%s" % (ORIGIN, seq, seq, "0" * 64, body)


class FixedKey(trust.LogKey):
    """The private key of the vectors is 32 bytes of 01: known to all, good for nothing else."""

    def __init__(self, folder):
        self.path, self.cache, self.work = os.path.join(folder, "key.pem"), {}, folder
        der = bytes.fromhex("302e020100300506032b657004220420") + SEED
        with open(self.path, "wb") as f:
            f.write(trust.openssl("pkey", "-inform", "DER", data=der))
        self.public = trust.openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]


def vectors():
    with tempfile.TemporaryDirectory() as folder:
        key = FixedKey(folder)
        bodies = [hashlib.sha256(BODY + b" " * n).hexdigest() for n in range(3)]
        lines = [line(n, b).encode() for n, b in enumerate(bodies)]
        hashes = [tree.leaf(one) for one in lines]
        note = key.note(ORIGIN, 3, tree.root(hashes))
        rows = [("body", BODY.decode()), ("body-sha256", bodies[0])]
        rows += [("line-%d" % n, one.decode()) for n, one in enumerate(lines)]
        rows += [("leaf-%d" % n, h.hex()) for n, h in enumerate(hashes)]
        rows += [("root-%d" % n, tree.root(hashes[:n]).hex()) for n in range(4)]
        rows += [("path-1-of-3", " ".join(h.hex() for h in tree.path(1, hashes))), ("public-key", key.public.hex()), ("vkey", key.vkey(ORIGIN))]
        rows += [("note-3", note.decode().rstrip("\n").replace("\n", "\\n") + "\\n"), ("note-3-sha256", trust.sha256(note))]
        rows += [("proof-1-of-3-sha256", trust.sha256(tree.proof(lines[1], 1, hashes, note)))]
        files = {"bundle.json": b"{}", "SHA256SUMS": b""}
        sums = "%s  bundle.json\n" % trust.sha256(files["bundle.json"])
        files["SHA256SUMS"] = sums.encode()
        rows += [("sums", sums.replace("\n", "\\n")), ("manifest-sha256", trust.sha256(make_bundle.manifest(files)))]
        return "".join("%s = %s\n" % row for row in rows)


def block(kind):
    with open(DOCUMENT, encoding="utf-8") as f:
        return re.findall(r"^```%s\n(.*?)^```$" % kind, f.read(), re.M | re.S)


def run_commands(world_dir, data, commands):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in mutants.parse(data):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(content)
        env = dict(os.environ, TSA_ROOTS=world_dir + "/tsa-roots.pem", USER_ROOTS=world_dir + "/user-roots.pem", LC_ALL="C")
        done = subprocess.run(["sh", "-eu"], input=commands.encode(), cwd=folder, env=env, capture_output=True, check=False)
        return done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def show(name, good, text=""):
    print("%s evidence.docs.%s" % ("PASS" if good else "FAIL", name), *([text] if text and not good else []), sep="\n    " if text and not good else " ")
    return good


def main():
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(vectors())
        return
    good = show("vectors", block("vectors") == [vectors()], "vectors.py --print says otherwise")
    commands = block("sh")
    with tempfile.TemporaryDirectory() as folder:
        world = make_bundle.World(folder)
        bundle = make_bundle.Bundle(make_bundle.Case(world, story.fresh(story.plain)), "case", "P1")
        data = bundle.sealed()
        bundle.files["documents/D001.pdf"] = b"other"
        touched = bundle.sealed()
        for n, text in enumerate(commands):
            is_good, said = run_commands(folder, data, text)
            good &= show("commands.%d" % (n + 1), is_good, said[-600:])
        outcomes = [run_commands(folder, touched, text)[0] for text in commands]
        good &= show("commands.refuse", not all(outcomes), "every command passed a document that was replaced")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
