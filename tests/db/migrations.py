# SPDX-License-Identifier: MPL-2.0
"""opx-admin migrate: what was edited, what is newer, what fails half-way, and two at once. It is the real program on real databases."""
import glob
import os
import subprocess
import time

from cluster import ROOT

CORE = sorted(os.path.basename(p)[:-4] for p in glob.glob(ROOT + "/sql/migrations/*.sql"))
LOCK = "SELECT pg_advisory_lock(7081, 1)"
WAITING = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = '%s'"


def done_in(c, database, schema="opx"):
    return c.sql(database, "SELECT name FROM opx.migration WHERE schema = '%s' ORDER BY n" % schema).split()


def refused(c, database, *words):
    """Status 1, one line on standard error with these words; nothing of the schema and of the rights has moved."""
    state = "SELECT md5(string_agg(m::text, '' ORDER BY n)), (SELECT count(*) FROM pg_class), (SELECT md5(string_agg(sha256::text || is_current, '' ORDER BY sha256)) FROM opx.rights_version) FROM opx.migration m"
    before = c.sql(database, state)
    done = c.admin(database, "migrate")
    assert done.returncode == 1 and done.stderr.startswith("opx-admin: ") and done.stderr.count("\n") == 1, (done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, done.stderr
    assert c.sql(database, state) == before


def again(c):
    """A migrated database is up to date: nothing is applied a second time. Two files of one number were written beside each other."""
    assert len({name[:4] for name in CORE}) == len(CORE), CORE
    d = c.clone("again")
    assert done_in(c, d) == CORE
    done = c.admin(d, "migrate")
    assert done.returncode == 0 and "opx: up to date, %d migrations" % len(CORE) in done.stdout and "applied" not in done.stdout, done.stdout + done.stderr


def edited(c):
    """One that was applied with another text, or under another name, core's or a plugin's, is refused with its name."""
    d = c.clone("edited")
    for schema, name in (("opx", "0003_exchange"), ("opx_auth_otp", done_in(c, d, "opx_auth_otp")[0])):
        where = "WHERE schema = '%s' AND name = '%s'" % (schema, name)
        kept = c.sql(d, "SELECT sha256 FROM opx.migration " + where)
        c.sql(d, "UPDATE opx.migration SET sha256 = repeat('0', 64) " + where)
        refused(c, d, "schema %s: migration %s has another text than when it was applied" % (schema, name))
        c.sql(d, "UPDATE opx.migration SET sha256 = '%s' %s" % (kept, where))
    c.sql(d, "UPDATE opx.migration SET name = '0003_other' WHERE schema = 'opx' AND name = '0003_exchange'")
    refused(c, d, "schema opx: migration 0003_other was applied where this program has 0003_exchange")
    done = c.admin(d, "check")
    assert done.returncode == 1 and "WRONG not so: the schema is the one of this program" in done.stdout, done.stdout + done.stderr


def newer(c):
    """A database that a later release has migrated is left alone by this one."""
    d = c.clone("newer")
    c.sql(d, "INSERT INTO opx.migration (schema, name, sha256) VALUES ('opx', '9999_future', repeat('1', 64))")
    refused(c, d, "schema opx knows migration 9999_future, this program does not")


def failing(c):
    """The one that fails leaves nothing of itself; those before it stay; once the cause is gone the rest follows."""
    d = c.empty("failing")
    c.sql(d, "SET ROLE opx_owner; CREATE TABLE opx.artefact (x int)")  # 0005_work makes job, then this one
    done = c.admin(d, "migrate")
    assert done.returncode == 1 and "migration 0005_work of opx: " in done.stderr and '"artefact" already exists' in done.stderr, done.stderr
    assert done_in(c, d) == CORE[:4]
    assert c.sql(d, "SELECT to_regclass('opx.job') IS NULL AND to_regclass('opx.token') IS NOT NULL") == "t"
    c.sql(d, "DROP TABLE opx.artefact")
    done = c.admin(d, "migrate")
    assert done.returncode == 0 and done_in(c, d) == CORE, done.stdout + done.stderr


def two_at_once(c):
    """Both wait for the same lock, then both end well: each migration is applied once and the matrix is published once."""
    d = c.empty("two_at_once")
    words = [os.path.join(c.build, "bin", "opx-admin"), "--config", c.config(d), "migrate"]
    with subprocess.Popen(["psql", "-X", "-q", "-At", "-h", c.folder, "-U", "postgres", "-d", d], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write(LOCK + ";\n")
        holder.stdin.flush()
        holder.stdout.readline()
        both = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        end = time.monotonic() + 60
        while c.sql("postgres", WAITING % d) != "2" and time.monotonic() < end:
            pass
        assert c.sql("postgres", WAITING % d) == "2"
        holder.stdin.close()
        ended = [(*p.communicate(timeout=120), p.returncode) for p in both]
    assert [code for _, _, code in ended] == [0, 0], ended
    assert done_in(c, d) == CORE
    applied = sorted(line.split()[1] for out, _, _ in ended for line in out.splitlines() if line.startswith("opx: ") and line.endswith(" applied"))
    assert applied == CORE, applied
    assert c.sql(d, "SELECT count(*), count(*) FILTER (WHERE is_current) FROM opx.rights_version") == "1|1"


OPENED = "INSERT INTO opx.handover (document_id, person_id, session_id, representation, at, event_id) VALUES (1, 1, %d, 'original', now(), 1)"


def handover_once(c):
    """0035: an opening without a hash is there once; where it was there twice before, both rows stay and later ones are there once."""
    with open(os.path.join(ROOT, "tests", "db", "roles.sql"), encoding="utf-8") as f:
        people = f.read()
    with open(os.path.join(ROOT, "sql", "migrations", "0035_handover_once.sql"), encoding="utf-8") as f:
        migration = f.read()
    d = c.clone("handover_once")
    c.sql(d, people + OPENED % 8)
    assert '"handover_once"' in c.psql(d, "-c", OPENED % 8).stderr
    # As it was before, with an opening there twice.
    c.sql(d, "ALTER TABLE opx.handover DROP CONSTRAINT handover_once, ADD UNIQUE (session_id, document_id, representation, sha256);" + OPENED % 8 + ";" + migration)
    assert c.sql(d, "SELECT count(*) FROM opx.handover WHERE session_id = 8") == "2"
    c.sql(d, OPENED % 9)
    assert '"handover_once"' in c.psql(d, "-c", OPENED % 9).stderr


CASES = (handover_once, again, edited, newer, failing, two_at_once)
