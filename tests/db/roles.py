# SPDX-License-Identifier: MPL-2.0
"""Rows by role (security 5.7): what each role is granted, all of it; and of two dossiers that have a row in every table, which rows
opx_web sees and may change for whom, and that no service role is shown nothing in silence; a dump by opx_backup holds them all."""
import os
import subprocess

from cluster import BIN, ROOT
from plans import named, plan

SERVICES = "opx_web opx_seal opx_files opx_signin opx_post opx_make opx_erase opx_backup opx_monitor opx_migrate".split()
# One line for each table and privilege: who has it; a column's name in brackets when it is not the whole table.
GRANTS = """
SELECT n.nspname || '.' || c.relname || ' ' || p || ': ' || string_agg(r || coalesce('(' || k.columns || ')', ''), ' ' ORDER BY r)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname LIKE 'opx%%' CROSS JOIN unnest('{%s}'::text[]) r
  CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) WITH ORDINALITY AS p (p, i)
  LEFT JOIN LATERAL (SELECT string_agg(a.attname, ',' ORDER BY a.attnum) AS columns FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     AND p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND NOT has_table_privilege(r, c.oid, p) AND has_column_privilege(r, c.oid, a.attnum, p)) k ON true
 WHERE c.relkind IN ('r', 'v', 'm', 'p') AND (has_table_privilege(r, c.oid, p) OR k.columns IS NOT NULL) GROUP BY n.nspname, c.relname, p, i ORDER BY n.nspname, c.relname, i
"""
# What an act of the make lane asks beside its own statements: it writes the event of a bundle.
MAKE_ACTS = "act_lock act_state act_certificate act_members act_event act_rights_current work_trail work_job event_filing".split()
# Tables with rows of dossiers; the queue's belong to lanes.
SECURED = "SELECT relname FROM pg_class WHERE relnamespace = 'opx'::regnamespace AND relkind = 'r' AND relrowsecurity AND relname <> 'job' ORDER BY relname"
LANES = {"opx_files": "files", "opx_signin": "sign-in", "opx_post": "post", "opx_make": "make"}


def grants(c):
    """Every grant of every role is in grants.txt, and every line of it is granted: a change of rights is reviewed there."""
    d = c.clone("grants")
    got = c.sql(d, GRANTS % ",".join(SERVICES)).splitlines()
    with open(os.path.join(ROOT, "tests", "db", "grants.txt"), encoding="utf-8") as f:
        want = [line for line in f.read().splitlines() if line and not line.startswith("#")]
    lines = ["granted, not in grants.txt: " + line for line in got if line not in want] + ["in grants.txt, not granted: " + line for line in want if line not in got]
    assert not lines, "\n".join(lines)
    loose = c.sql(d, "SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'opx'::regnamespace AND prosecdef AND (proretset OR has_function_privilege('public', p.oid, 'EXECUTE'))")
    assert not loose, "SECURITY DEFINER for everybody, or giving rows: " + loose
    views = c.sql(d, "SELECT relname FROM pg_class WHERE relnamespace = 'opx'::regnamespace AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)))")
    assert views == "event_under_head", "views that read with their owner's right: " + views


def tables(c, d):
    """The tables with row security, and that it binds their owner too."""
    names = c.sql(d, SECURED).split()
    assert len(names) > 25 and c.sql(d, SECURED.replace("relrowsecurity", "relrowsecurity AND NOT relforcerowsecurity")) == "", names
    return names


def world(c, name):
    d = c.clone(name)
    with open(os.path.join(ROOT, "tests", "db", "roles.sql"), encoding="utf-8") as f:
        c.sql(d, f.read())
    there = rows(c, d, "postgres", None, {t: "SELECT 1 FROM opx.%s" % t for t in tables(c, d)})
    assert all(len(n) == (3 if t == "log" else 2) for t, n in there.items()), "a table has no row for each dossier: %s" % there
    return d


def granted(c, d, role, privilege):
    """Table by table, a column that this privilege covers."""
    return dict(line.split("|") for line in c.sql(d, "SELECT c.relname, min(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                "WHERE c.oid IN (SELECT ('opx.' || x)::regclass FROM unnest('{%s}'::text[]) x) AND a.attidentity = '' AND has_%s_privilege('%s', c.oid, %s'%s') GROUP BY 1" % (
                    ",".join(tables(c, d)), "table" if privilege == "DELETE" else "column", role, "" if privilege == "DELETE" else "a.attnum, ", privilege)).splitlines())


def rows(c, d, role, person, queries):
    """The rows that each query shows, in one transaction of that role and person, which is rolled back."""
    text = "BEGIN; SELECT set_config('opx.person', '%s', true) \\g /dev/null\n" % (person or "")
    text += "".join("\\echo = %s\n%s;\n" % pair for pair in queries.items()) + "ROLLBACK;"
    found = {}
    for line in c.sql(d, text, role=role).splitlines():
        if line.startswith("= "):
            found[line[2:]] = []
        else:
            found[list(found)[-1]].append(line)
    return found


# An update that reads nothing is bound by the policy for updates alone. A row that it touches counts, even where another rule stops it.
BLIND = """DO $$ DECLARE n bigint; BEGIN
  BEGIN UPDATE opx.{0} SET {1} = DEFAULT; GET DIAGNOSTICS n = ROW_COUNT; EXCEPTION WHEN integrity_constraint_violation OR insufficient_privilege THEN n := 1; END;
  PERFORM set_config('opx.n', n::text, true); END $$; SELECT 1 FROM generate_series(1, current_setting('opx.n')::bigint)"""


def rows_of_persons(c):
    """opx_web: each person sees the row of his dossier in every table, whoever is in none sees none, nobody sees none; nor changes any."""
    d = world(c, "rows_of_persons")
    may_see, may_update, may_delete = (granted(c, d, "opx_web", p) for p in ("SELECT", "UPDATE", "DELETE"))
    assert set(tables(c, d)) - set(may_see) == {"event_body", "event_waiting"}
    # The global log is everybody's: it holds hashes only.
    queries = {t: "SELECT ctid FROM opx.%s%s" % (t, " WHERE dossier_id IS NOT NULL" if t == "log" else "") for t in may_see}
    queries.update({"UPDATE " + t: "UPDATE opx.%s SET %s = %s RETURNING 1" % (t, column, column) for t, column in may_update.items()})
    queries.update({"DELETE " + t: "DELETE FROM opx.%s RETURNING 1" % t for t in may_delete})
    mine, others, stranger, nobody = (rows(c, d, "opx_web", p, queries) for p in (1, 2, 3, None))
    blind = {t: BLIND.format(t, column) for t, column in may_update.items()}
    for person in (3, None):
        touched = [t for t, n in rows(c, d, "opx_web", person, blind).items() if n]
        assert not touched, "changed by %s: %s" % (person or "nobody", touched)
    for what in queries:
        assert len(mine[what]) == 1 and len(others[what]) == 1, "%s: %s and %s" % (what, mine[what], others[what])
        assert " " in what or mine[what] != others[what], "%s: the same row for both" % what
        assert stranger[what] == [] and nobody[what] == [], "%s: %s for a stranger, %s for nobody" % (what, stranger[what], nobody[what])
    # What is asked outside row security says nothing of a dossier, or of a document, to whom it is not his.
    outside = {"right_standing": "SELECT 1 FROM opx.right_standing(1) t WHERE coalesce(t.phase, t.owner_id::text, t.role, t.side_id::text) IS NOT NULL",
               "document_read_by_me": "SELECT 1 FROM opx.document_read_by_me(1) t WHERE coalesce(t.phase, t.dossier::text, t.role, t.value) IS NOT NULL"}
    for person in (1, 2, 3, None):
        told = {name for name, n in rows(c, d, "opx_web", person, outside).items() if n}
        assert told == (set(outside) if person == 1 else set()), "told to %s: %s" % (person or "nobody", told)


# What stays with somebody who left: the rows that name him.
KEPT = set("artefact delivery document_content document_recipient draft draft_file draft_reader handover invitation member notice participant".split())


def rows_of_the_left(c):
    """opx_web: who left a dossier sees, changes and adds nothing there but the rows that name him; nor takes himself in again."""
    d = world(c, "rows_of_the_left")
    may_read = {"read": "SELECT decision FROM opx.right_ask('@', 'read', 'document', 2, '', 0)"}
    assert rows(c, d, "opx_web", 2, may_read) == {"read": ["allow"]}
    c.sql(d, "UPDATE opx.dossier SET created_by = 1; UPDATE opx.member SET left_at = now() WHERE person_id = 2")
    # What was published before he left stays his row; the right to ask for it went with his role.
    assert rows(c, d, "opx_web", 2, may_read) == {"read": ["deny"]}
    may_see, may_update = granted(c, d, "opx_web", "SELECT"), granted(c, d, "opx_web", "UPDATE")
    queries = {t: "SELECT 1 FROM opx.%s%s" % (t, " WHERE dossier_id IS NOT NULL" if t == "log" else "") for t in may_see}
    seen = {t for t, n in rows(c, d, "opx_web", 2, queries).items() if n}
    assert seen == KEPT, "seen by one who left: %s; no longer: %s" % (seen - KEPT, KEPT - seen)
    changed = {t for t, n in rows(c, d, "opx_web", 2, {t: BLIND.format(t, column) for t, column in may_update.items()}).items() if n}
    assert changed <= KEPT - {"member", "participant"}, "changed by one who left: %s" % changed
    tables_added = set(granted(c, d, "opx_web", "INSERT")) - {"event_body", "event_waiting"}
    second = {t: c.sql(d, "SELECT row_to_json(x) FROM opx.%s x WHERE x::text <> (SELECT min(y::text) FROM opx.%s y) LIMIT 1" % (t, t)) for t in tables_added}
    added = {t for t, n in rows(c, d, "opx_web", 2, {t: ADD.format(table=t, row=r, own="false") for t, r in second.items()}).items() if n}
    assert added == {"draft_file", "draft_reader"}, "added by one who left, but to his own draft: %s" % added


def rows_of_services(c):
    """A service role sees every row of a table that it is granted: with FORCE and no policy it would see none, in silence."""
    d = world(c, "rows_of_services")
    for role in SERVICES:
        may_see = granted(c, d, role, "SELECT")
        if role in ("opx_migrate", "opx_monitor"):  # the operator's hands see no dossier unless they become the owner
            assert not may_see, "%s: %s" % (role, may_see)
        elif role != "opx_web":
            seen = rows(c, d, role, None, {t: "SELECT 1 FROM opx.%s" % t for t in may_see})
            assert seen and all(len(n) == (3 if t == "log" else 2) for t, n in seen.items()), "%s: %s" % (role, seen)


# The row of dossier 1, or one like it that names the person who adds it. A policy is asked before any constraint: a row that comes as
# far as a constraint was let in.
ADD = """DO $$ DECLARE me text := opx.me(); r jsonb := '{row}'; BEGIN
  IF {own} THEN r := r || (SELECT jsonb_object_agg(k, me) FROM unnest('{{person_id,author_id}}'::text[]) k WHERE r ? k); END IF;
  INSERT INTO opx.{table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::opx.{table}, r)).*;
  RAISE foreign_key_violation;
EXCEPTION WHEN integrity_constraint_violation THEN PERFORM set_config('opx.n', '1', true);
  WHEN insufficient_privilege THEN PERFORM set_config('opx.n', '0', true); END $$;
SELECT 1 FROM generate_series(1, current_setting('opx.n')::integer)"""


def rows_added(c):
    """opx_web: a person of a dossier may add what the dossier has; nobody else may, nor add himself."""
    d = world(c, "rows_added")
    tables_added = set(granted(c, d, "opx_web", "INSERT")) - {"event_body", "event_waiting"}  # see migration 0019
    assert len(tables_added) > 20, tables_added
    first = {t: c.sql(d, "SELECT row_to_json(x) FROM opx.%s x ORDER BY x::text LIMIT 1" % t) for t in tables_added}
    for person, lets_in in ((1, True), (2, False), (3, False), (None, False)):
        for own in ("false", "true")[: 1 if person in (1, None) else 2]:
            added = rows(c, d, "opx_web", person, {t: ADD.format(table=t, row=r, own=own) for t, r in first.items()})
            wrong = sorted(t for t, n in added.items() if bool(n) != lets_in)
            assert not wrong, "%s by %s%s: %s" % ("refused" if lets_in else "added", person, " in his own name" if own == "true" else "", wrong)


def rows_of_lanes(c):
    """The queue: a lane sees, takes and deletes its own rows alone; whoever may add one adds it for any lane; the operator sees all."""
    d = c.clone("rows_of_lanes")
    lanes = "unnest('{files,sign-in,post,make}'::text[]) l"
    c.sql(d, "INSERT INTO opx.job (lane, kind, key, secret) SELECT l, 'x', l, 's' FROM " + lanes)
    for role, lane in LANES.items():
        got = rows(c, d, role, None, {"SELECT": "SELECT lane FROM opx.job", "UPDATE": "UPDATE opx.job SET attempts = 1 RETURNING lane",
                                      "blind UPDATE": BLIND.format("job", "attempts"), "DELETE": "DELETE FROM opx.job RETURNING lane"})
        assert got == {"SELECT": [lane], "UPDATE": [lane], "blind UPDATE": ["1"], "DELETE": [lane]}, "%s: %s" % (role, got)
    _, types, text = next(s for s in named() if s[0] == "work_job")
    for role in [*LANES, "opx_web", "opx_seal"]:
        c.sql(d, "PREPARE add (%s) AS %s;\n" % (", ".join(types), text) + "".join(
            "EXECUTE add ('%s', 'x', '%s', NULL, NULL, 's', 0, 1);\n" % (lane, key) for lane in LANES.values() for key in (lane, role + lane)), role=role)
    assert c.sql(d, "SELECT count(*) FROM opx.job WHERE kind = 'x'") == "28"  # four that were there, and each lane's of six roles


def erased(c):
    """A body or a list of members that was erased is not written again, by nobody who writes acts, not even the same."""
    d = world(c, "erased")
    c.sql(d, "DELETE FROM opx.event_body WHERE event_id = 1", role="opx_erase")
    add = "SET opx.person = '1'; INSERT INTO opx.event_body VALUES (1, 'x')"
    for role in ("opx_web", "opx_post", "opx_make"):
        done = c.psql(d, "-c", add, role=role)
        assert "event 1 is sealed" in done.stderr, "%s: %s" % (role, done.stderr)
    assert "event 1 is sealed" in c.psql(d, "-c", "SET session_replication_role = replica; " + add).stderr
    add = "SET opx.person = '1'; INSERT INTO opx.member_list (sha256, dossier_id, body) VALUES (sha256('%s'), 1, 'x')"
    c.sql(d, add % "another", role="opx_web")
    c.sql(d, "DELETE FROM opx.member_list WHERE dossier_id = 1")
    for gone in ("1", "another"):
        assert "was erased" in c.psql(d, "-c", add % gone, role="opx_web").stderr
        assert "was erased" in c.psql(d, "-c", "SET session_replication_role = replica; " + add % gone).stderr
    assert "only grows" in c.psql(d, "-c", "SET session_replication_role = replica; DELETE FROM opx.member_list_erased").stderr


def make_reads(c):
    """opx_make may run each statement of its lane; that it may read nothing else is reviewed in grants.txt."""
    d = c.clone("make_reads")
    asked = [s for s in named() if s[0].startswith(("bundle_", "print_", "job_")) or s[0] in MAKE_ACTS]
    assert len(asked) > 40, [s[0] for s in asked]
    for statement in asked:
        plan(c, d, "opx_make", 1, "force_generic_plan", *statement)


def backup(c):
    """A dump by opx_backup, put back, is the same database: every table of every schema, plugins' too."""
    d = world(c, "backup_from")
    c.sql(d, "INSERT INTO opx_auth_otp.access_code (account_id, salt, hash) VALUES (1, substr(sha256('s'), 1, 16), sha256('h'))")
    path = os.path.join(c.folder, "backup.sql")
    done = subprocess.run([os.path.join(BIN, "pg_dump"), "-h", c.folder, "-U", "opx_backup", "-d", d, "-f", path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    c.sql("postgres", "CREATE DATABASE backup_to")
    done = c.psql("backup_to", "-f", path)
    assert done.returncode == 0, done.stderr
    names = c.sql(d, "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname LIKE 'opx%' ORDER BY 1").split()
    count = " UNION ALL ".join("SELECT '%s', md5(string_agg(x::text, ' ' ORDER BY x::text)) FROM %s x" % (n, n) for n in names) + " ORDER BY 1"
    assert "opx_auth_otp.access_code" in names and c.sql("backup_to", count) == c.sql(d, count)


CASES = (grants, rows_of_persons, rows_of_the_left, rows_of_services, rows_added, rows_of_lanes, erased, make_reads, backup)
