#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The verifiers against good bundles and mutants; PASS and FAIL lines with counts.

  check.py [--long] [--only WORD] [--asan VERIFIER] --c VERIFIER --shell SCRIPT

Each verifier judges every bundle, but the shell one, which takes some seconds a bundle, only every SHELL_EACH_RESEALED-th of the
mutants that are sealed again, and all with --long. --only: names that hold a word; each verdict is shown.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

import make_bundle
import mutants

P, F, I = "PASSED", "FAILED", "INDETERMINATE"
CLAIMS = ["K%d" % n for n in range(9)]
#          K0 K1 K2 K3 K4 K5 K6 K7 K8
RECEIPT = [P, P, P, I, I, I, I, P, I]
PARTY = [P, P, P, P, P, P, I, P, I]
PARTY_WITHOUT_GRANTS = [P, P, P, P, I, P, I, P, I]
GOOD = {"receipt-P2": RECEIPT, "party-P2": PARTY_WITHOUT_GRANTS, "party-P4": PARTY, "party-P6": PARTY, "case-P1": PARTY, "archive-P1": PARTY}
BYTE_MUTANTS, SHELL_EACH_RESEALED = 300, 3
SHELL_RESEALED, SHELL_A_CLAIM = 60, 2  # at least: mutants that both verifiers judge, and of them those that break K2-K5 and K7 each


class Runner:
    def __init__(self, folder, args):
        self.folder, self.args = folder, args
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2)
        self.good, self.counts = True, {}
        self.making = threading.Lock()  # the makers have work files
        # What this machine's openssl trusts is nobody's business: here it trusts a stranger.
        self.env = dict(os.environ, SSL_CERT_DIR=self.path("trusted"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def verdicts(self, verifier, bundle, options=()):
        options = list(options)
        values = {"--now": "2026-11-25T00:00:00.000Z", "--policy": "policy"}
        args = [*verifier, "--tsa-roots", self.path("tsa-roots.pem"), "--user-roots", self.path("user-roots.pem"), "--json"]
        for name, value in zip(options[::2], options[1::2]):
            if name == "--head":
                args += [name, self.path(value)]
            else:
                values[name] = value
        args += ["--now", values["--now"]] + (["--policy", self.path(values["--policy"])] if values["--policy"] else [])
        done = subprocess.run([*args, bundle], capture_output=True, timeout=600, check=False, env=self.env)
        if done.returncode not in (0, 1):
            return ["exit %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-400:])]
        said = json.loads(done.stdout)
        out = [said["claims"][k]["verdict"] for k in CLAIMS]
        return out if (F in out) == (done.returncode == 1) else ["exit %d with %s" % (done.returncode, out)]

    def both(self, name, make, options, with_shell):
        """Verdicts of each verifier on the bytes that make() gives."""
        path = self.path(name + ".asice")
        with self.making, open(path, "wb") as f:
            f.write(make())
        out = {"c": self.verdicts([self.args.c], path, options)}
        if self.args.asan:
            out["asan"] = self.verdicts([self.args.asan], path, options)
        if with_shell and self.args.shell:
            out["shell"] = self.verdicts(["sh", self.args.shell], path, options)
        os.unlink(path)
        return out

    def submit(self, *args):
        return self.pool.submit(self.both, *args)

    def show(self, name, fault, said):
        part = name.split(".")[0]
        for verifier in said:
            key = (part, verifier)
            self.counts[key] = self.counts.get(key, 0) + 1
        self.good &= not fault
        print("%s evidence.%s" % ("FAIL" if fault else "PASS", name), flush=True)
        if fault or self.args.only:
            print("    %s" % (fault or ""), *("\n    %-6s %s" % (k, " ".join(v)) for k, v in said.items()), flush=True)


def agreement(said):
    """The shell may say INDETERMINATE of K8 only; compared are K0 to K7."""
    first = said["c"]
    for name, other in said.items():
        if len(other) != 9 or other[:8] != first[:8]:
            return "%s says otherwise" % name
    return ""


def judge_good(run, world):
    jobs = []
    for name, data in make_bundle.good(world).items():
        jobs.append((name, run.submit(name, lambda data=data: data, (), True)))
    for name, job in jobs:
        said, wanted = job.result(), GOOD[name.split("-", 1)[1]]
        run.show("good." + name, agreement(said) or ("wanted " + " ".join(wanted) if said["c"] != wanted else ""), said)


def judge_resealed(run, world):
    jobs = []
    for n, (name, make, expect, options) in enumerate(mutants.resealed(world)):
        if run.args.only and run.args.only not in name:
            continue
        with_shell = run.args.long or run.args.only or n % SHELL_EACH_RESEALED == 0
        jobs.append((name, expect, run.submit("resealed." + name, make, options, with_shell)))
    broken = dict.fromkeys(("K2", "K3", "K4", "K5", "K7"), 0)
    for name, expect, job in jobs:
        said = job.result()
        for k in broken:
            broken[k] += "shell" in said and expect.get(k) == F
        wrong = [k for k, v in expect.items() if len(said["c"]) != 9 or said["c"][CLAIMS.index(k)] != v]
        run.show("resealed." + name, agreement(said) or ("wanted %s" % expect if wrong else ""), said)
    if run.args.shell and not run.args.only:
        judged = run.counts.get(("resealed", "shell"), 0)
        few = judged < SHELL_RESEALED or min(broken.values()) < SHELL_A_CLAIM
        run.show("agreement", "too few for an agreement: %d, %s" % (judged, broken) if few else "", {})


def judge_bytes(run, world):
    good = {n: d for n, d in make_bundle.good(world).items() if n in ("plain-receipt-P2", "plain-party-P4")}
    jobs = []
    for name, data in mutants.byte_mutants(good, BYTE_MUTANTS):
        jobs.append((name, run.submit("bytes." + name, lambda data=data: data, (), True)))
    caught, faults = {}, []
    for name, job in jobs:
        said = job.result()
        for verifier, verdicts in said.items():
            caught[verifier] = caught.get(verifier, 0) + 1
            if len(verdicts) != 9 or verdicts[0] != F or P in verdicts:
                faults.append("%s by %s: %s" % (name, verifier, " ".join(verdicts)))
    for fault in faults:
        print("    " + fault)
    for verifier, n in sorted(caught.items()):
        good = not any(" by %s:" % verifier in f for f in faults)
        run.good &= good
        print("%s evidence.bytes.%s (%d mutants)" % ("PASS" if good else "FAIL", verifier, n), flush=True)


# A verifier with one check taken out, and the mutant that must show it.
PLANTED = [
    ("shell", "", 'if (HASLOW[x, i] && LOW[x, i] > TIME[x, i] + CLOCK) bad(k', "if (0) bad(k", "k2.antedated"),
    ("shell", "", "if (len(t, \"\", \"recipients\") != n + 0 ||", "if (", "k3.stranger"),
    ("shell", "", "else if (!has_it || gone) bad(", "else if (0) bad(", "k4.no-grant"),
    ("shell", "", "if (WHOLE[x] && (h > N[x] || ROOT[x, h] != HROOT[x, h])) bad(", "if (0) bad(", "k5.head-of-other-root"),
    ("shell", "", "return n >= 2 && other", "return 1", "k7.one-approver"),
    ("shell", "", 'if (str("R", "", "depositor") != d || ', "if (", "k2.receipt-other-depositor"),
    ("shell", "", 'str("R", "", "name") != item(m, "members", d, 3)', "0", "k2.receipt-other-name"),
    ("shell", "", '((str(t, "auth", "cert") in CARD) && ', "(0 && ", "k2.x509-other-serial"),
    ("shell", "", '((str(t, "auth", "cert") in CARD) && ', "(0 && ", "k2.x509-other-issuer"),
    ("c", "k2.c", 'same_text(j, "depositor", b->actor) &&', "", "k2.receipt-other-depositor"),
    ("c", "k2.c", 'same_text(j, "name", member_name(members, b->actor))', "true", "k2.receipt-other-name"),
    ("c", "people.c", "!names_certificate(v, j, &hash)", "false", "k2.x509-other-serial"),
    ("c", "people.c", "!names_certificate(v, j, &hash)", "false", "k2.x509-other-issuer"),
    ("c", "bracket.c", "line->low_us > line->leaf.time.us + CLOCK_US", "line->low_us > INT64_MAX - 1", "k2.antedated"),
    ("c", "k4.c", "else if (!has_it || is_withdrawn)", "else if (is_withdrawn && !is_withdrawn)", "k4.no-grant"),
    ("c", "k5.c", "memcmp(h->root.b, log->roots[h->size].b, 32) != 0", "h->size == 0", "k5.head-of-other-root"),
]


def planted_verifier(run, n, kind, name, old, new):
    """The command of a verifier with that text changed."""
    source = run.args.shell if kind == "shell" else os.path.join(os.path.dirname(run.args.shell), name)
    with open(source, encoding="utf-8") as f:
        text = f.read()
    if text.count(old) != 1:
        raise ValueError("%s: %r is there %d times" % (source, old, text.count(old)))
    path = run.path("planted%d.%s" % (n, "sh" if kind == "shell" else "c"))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    if kind == "shell":
        return ["sh", path]
    build = os.path.dirname(os.path.dirname(run.args.c))
    core, layers = os.path.dirname(source), [os.path.join(build, "layers", name) for name in ("base", "evidence")]
    libraries = [os.path.join(build, "core", *p) for p in (("programs/opx-verify", "libopx-verify-core.a"), ("evidence", "libopx-evidence.a"),
                                                          ("base", "libopx-base.a"))]
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-I" + core, *("-I" + x for x in layers), "-o", path[:-2], path, os.path.join(core, "main.c"),
                    *libraries, "-lcrypto", "-ljansson", "-lz", "-lunistring"], check=True)
    return [path[:-2]]


def judge_planted(run, world):
    made = {name: (make, expect) for name, make, expect, _ in mutants.resealed(world)}
    for n, (kind, name, old, new, mutant) in enumerate(PLANTED):
        verifier = planted_verifier(run, n, kind, name, old, new)
        make, expect = made[mutant]
        path = run.path("planted.asice")
        with open(path, "wb") as f:
            f.write(make())
        said = run.verdicts(verifier, path)
        missed = len(said) == 9 and all(said[CLAIMS.index(k)] == v for k, v in expect.items())
        run.show("planted.%s.%s" % (kind, mutant), "the check is gone and nobody sees it: " + " ".join(said) if missed or len(said) != 9 else "", {kind: said})


def judge_words(run, world):
    """What a person reads: the help is no fault, and the nature of what is no bundle is a word of the same language."""
    path = run.path("no-bundle")
    with open(path, "wb") as f:
        f.write(b"PK no bundle")
    roots = ["--tsa-roots", run.path("tsa-roots.pem"), "--user-roots", run.path("user-roots.pem")]
    good = run.path("receipt.asice")
    with open(good, "wb") as f:
        f.write(next(data for name, data in make_bundle.good(world).items() if name == "plain-receipt-P2"))
    for name, verifier in (("c", [run.args.c]), ("shell", ["sh", run.args.shell])):
        faults = []
        for args, code, words in ((["--help"], 0, "Code de sortie"), ([*roots, path], 1, "Nature : inconnue\n"), ([*roots, good], None, "Nature : accusé de dépôt\n")):
            done = subprocess.run([*verifier, *args], capture_output=True, timeout=600, check=False, env=run.env)
            text = done.stdout.decode()
            if code not in (None, done.returncode) or words not in text or re.search("unknown|record|entry|bytes", text):
                faults.append("%s: exit %d: %s" % (args[-1], done.returncode, text))
        run.show("words." + name, "\n    ".join(faults), {})
    faults = []
    for what, words in ((run.path("nothing"), "introuvable"), (run.folder, "Il faut un fichier"), ("/dev/stdin", "Il faut un fichier")):
        done = subprocess.run([run.args.c, *roots, what], input=b"PK", capture_output=True, timeout=600, check=False, env=run.env)
        text = done.stderr.decode()
        if done.returncode != 2 or words not in text or done.stdout:
            faults.append("%s: exit %d: %s" % (what, done.returncode, text))
    run.show("words.no-file", "\n    ".join(faults), {})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--c", required=True)
    parser.add_argument("--shell")
    parser.add_argument("--asan")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(folder, args)
        world = make_bundle.World(folder)
        stranger = run.path("strangers/ca.pem")
        name = subprocess.run(["openssl", "x509", "-in", stranger, "-noout", "-subject_hash"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        os.mkdir(run.path("trusted"))
        os.symlink(stranger, run.path("trusted/%s.0" % name))
        if not args.only:
            judge_good(run, world)
        judge_resealed(run, world)
        if not args.only:
            judge_bytes(run, world)
            if args.shell:
                judge_words(run, world)
                judge_planted(run, world)
        print("evidence: " + ", ".join("%s by %s: %d" % (*k, n) for k, n in sorted(run.counts.items())))
        sys.exit(0 if run.good else 1)


if __name__ == "__main__":
    main()
