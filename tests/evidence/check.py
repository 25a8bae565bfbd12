#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The verifiers against bundles that are good.

  check.py VERIFIER…    each a command that takes the options of opx-verify; PASS and FAIL lines
"""
import json
import os
import subprocess
import sys
import tempfile

import make_bundle

P, F, I = "PASSED", "FAILED", "INDETERMINATE"
CLAIMS = ["K%d" % n for n in range(9)]
#          K0 K1 K2 K3 K4 K5 K6 K7 K8
RECEIPT = [P, P, P, I, I, I, I, P, I]
PARTY = [P, P, P, P, P, P, I, P, I]
PARTY_WITHOUT_GRANTS = [P, P, P, P, I, P, I, P, I]
GOOD = {"receipt-P2": RECEIPT, "party-P2": PARTY_WITHOUT_GRANTS, "party-P4": PARTY, "party-P6": PARTY, "case-P1": PARTY, "archive-P1": PARTY}


def verdicts(verifier, folder, bundle, *options):
    args = [*verifier, "--tsa-roots", folder + "/tsa-roots.pem", "--user-roots", folder + "/user-roots.pem", "--policy", folder + "/policy",
            "--now", "2026-11-25T00:00:00.000Z", "--json", *options, bundle]
    done = subprocess.run(args, capture_output=True, timeout=300)
    if done.returncode not in (0, 1):
        return ["exit %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-300:])]
    said = json.loads(done.stdout)
    out = [said["claims"][k]["verdict"] for k in CLAIMS]
    if (F in out) != (done.returncode == 1):
        return ["exit %d with %s" % (done.returncode, out)]
    return out


def show(name, is_good, text=""):
    print("%s %s" % ("PASS" if is_good else "FAIL", name), flush=True)
    if not is_good and text:
        print("    " + text, flush=True)
    return is_good


def main():
    verifiers = [v.split() for v in sys.argv[1:]]
    good = True
    with tempfile.TemporaryDirectory() as folder:
        world = make_bundle.World(folder)
        for name, data in make_bundle.good(world).items():
            path = os.path.join(folder, name + ".asice")
            with open(path, "wb") as f:
                f.write(data)
            for verifier in verifiers:
                said = verdicts(verifier, folder, path)
                wanted = GOOD[name.split("-", 1)[1]]
                good &= show("evidence.good.%s.%s" % (name, os.path.basename(verifier[-1])), said == wanted, "%s, wanted %s" % (said, wanted))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
