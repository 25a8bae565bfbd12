#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""run.py BUILD [CASE…]: the database tests, each on a clone of a migrated template. One PASS or FAIL a line; leaves nothing behind."""
import glob
import os
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import admin  # noqa: E402
import migrations  # noqa: E402
import plans  # noqa: E402
import roles  # noqa: E402
import ties  # noqa: E402
from cluster import ROOT, Cluster  # noqa: E402

HERE = os.path.join(ROOT, "tests", "db")


def ends_well(*words, **more):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    assert done.returncode == 0, "%s: status %d\n%s" % (words[0], done.returncode, done.stdout[-8000:])


def check(c, program):
    """Core's own code; each of the program's tests clones the template by itself."""
    ends_well(os.path.join(c.build, "tests", program),
              env={**os.environ, "OPX_TEST_PG": c.folder, "OPX_SOURCE": ROOT, "OPX_BUILD": c.build, "CK_FORK": "no"})


def story(c):
    """Rights and row security."""
    check(c, "test-db")


def at_once(c):
    """Two connections at once."""
    check(c, "test-db-at-once")


def statements(c):
    """Every named statement is prepared on the migrated schema, and has the types that its comments say."""
    files = sorted(glob.glob(ROOT + "/sql/queries/*.sql") + glob.glob(ROOT + "/plugins/*/queries.sql"))
    ends_well(os.path.join(c.build, "bin", "sqlc-check"), "host=%s user=postgres dbname=%s" % (c.folder, c.clone("statements")), *files)


def rights(c):
    """The rights matrix, whole: see rights.sql."""
    done = c.psql(c.clone("rights"), "-v", "csv=" + os.path.join(ROOT, "plugins", "rights-matrix", "rights-matrix.csv"), "-f",
                  os.path.join(HERE, "rights.sql"))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    print("    " + done.stdout.strip().replace("\n", "\n    "))


CASES = {c.__name__: c for c in (statements, story, at_once, rights)}
for module in (admin, migrations, plans, roles, ties):
    CASES.update({"%s.%s" % (module.__name__, c.__name__): c for c in module.CASES})


def main():
    build, wanted = sys.argv[1], sys.argv[2:]
    failed = False
    c = Cluster(build)
    try:
        c.make_template()
        for name, case in CASES.items():
            if wanted and not any(name == w or name.startswith(w + ".") for w in wanted):
                continue
            began = time.monotonic()
            verdict = "PASS"
            try:
                case(c)
            except Exception:  # a test that breaks is a test that fails
                traceback.print_exc(file=sys.stdout)
                verdict, failed = "FAIL", True
            print("    (%.1f s)\n%s db.%s.%s" % (time.monotonic() - began, verdict, os.path.basename(c.build), name), flush=True)
    finally:
        c.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
