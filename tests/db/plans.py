# SPDX-License-Identifier: MPL-2.0
"""What PostgreSQL makes of the statements that list what a person may see: no function is run as a black box, for an ordinary person
and for a clerk with thousands of dossiers, with the plan that the pages keep (generic) and with those that know the person."""
import glob
import os
import re

from cluster import ROOT

# 1: a party of one dossier; 2: a clerk in mode actif in all of them; 3: the author of all documents.
PEOPLE = {"an ordinary person": 1, "a heavy one": 2}
WORLD = """
SET session_replication_role = replica;
INSERT INTO opx.court (id, code, kind, name) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x', 'X');
INSERT INTO opx.person (id, family_name, mail) OVERRIDING SYSTEM VALUE SELECT i, 'X', 'a@b.c' FROM generate_series(1, 1000) i;
INSERT INTO opx.account (person_id, identifier) SELECT id, id::text FROM opx.person;
INSERT INTO opx.dossier (id, court_id, number, rg_number, title, procedure, phase, decision_ref, created_by) OVERRIDING SYSTEM VALUE
  SELECT i, 1, i, '26/1', 'X', 'civil', 'in_progress', 'x', 3 FROM generate_series(1, 1000) i;
INSERT INTO opx.member (dossier_id, person_id, pseudonym, role, accepted_at)
  SELECT d.id, m.person, m.n, m.role, now() FROM opx.dossier d, LATERAL (VALUES (1, 3, 'expert'), (2, 2, 'clerk'), (3, CASE WHEN d.id = 1 THEN 1 ELSE 3 + d.id % 997 END, 'party')) m (n, person, role)
  ON CONFLICT DO NOTHING;
INSERT INTO opx.filing (id, dossier_id, number, draft_id, author_id, role, kind, title, auth_kind, level, filed_at, sealed_at) OVERRIDING SYSTEM VALUE
  SELECT 10 * d.id + n, d.id, n, 10 * d.id + n, 3, 'expert', 'exhibit', 'X', 'x509', 'L0', now(), now() FROM opx.dossier d, generate_series(1, 5) n;
INSERT INTO opx.document (id, dossier_id, filing_id, n, kind, series_number, author_id, filed_at) OVERRIDING SYSTEM VALUE
  SELECT id, dossier_id, id, number, kind, number, author_id, filed_at FROM opx.filing;
INSERT INTO opx.document_content (document_id, title, name, name_shown, size, sha256, sha512, mime, ext, store_name)
  SELECT id, 'X', 'x', 'x', 1, sha256('x'), sha512('x'), 'x', 'pdf', 'x' FROM opx.document;
INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) SELECT x.id, m.person_id, m.pseudonym FROM opx.document x JOIN opx.member m USING (dossier_id);
INSERT INTO opx.log (id, origin, kind, dossier_id) OVERRIDING SYSTEM VALUE SELECT id, id::text, 'c', id FROM opx.dossier;
INSERT INTO opx.event (id, log_id, type, dossier_id, document_id, filing_id, person_id, body_sha256, at) OVERRIDING SYSTEM VALUE
  SELECT id, dossier_id, 'doc.file', dossier_id, id, filing_id, 3, sha256(id::text::bytea), now() FROM opx.document;
INSERT INTO opx.leaf (log_id, seq, event_id, line) SELECT log_id, id % 10 - 1, id, 'x' FROM opx.event;
INSERT INTO opx.checkpoint (log_id, size, root, note) SELECT id, 5, sha256('x'), 'x' FROM opx.log;
ANALYZE;
"""
# Set-returning functions in SQL: those that lists ask, which PostgreSQL puts into the statement as if they were views.
INLINED = "SELECT proname FROM pg_proc WHERE pronamespace = 'opx'::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') AND proretset"


def named():
    """(name, types of the parameters, text) of every statement of core."""
    for path in sorted(glob.glob(ROOT + "/sql/queries/*.sql")):
        with open(path, encoding="utf-8") as f:
            for block in re.split(r"^-- name: ", f.read(), flags=re.M)[1:]:
                lines = block.split("\n")
                params = re.search(r"^-- params: (.*)$", block, re.M)
                types = [p.split()[1].rstrip("?") for p in params[1].split(", ")] if params else []
                yield lines[0], types, "\n".join(line for line in lines[1:] if not line.startswith("--")).strip().rstrip(";")


def value(kind, person):
    """The dossier 1 and the document 11 are known to both; a bigint that stands for a person is asked as the person."""
    if kind.endswith("[]"):
        return "'{}'::" + kind
    return {"text": "''", "boolean": "false", "bytea": "''::bytea", "timestamptz": "now()"}.get(kind, "%d::%s" % (person, kind))


def plan(c, d, role, person, mode, name, types, text):
    """As text; an EXPLAIN of a prepared statement, like those of the programs."""
    return c.sql(d, "SET plan_cache_mode = %s; SELECT set_config('opx.person', '%d', false) \\g /dev/null\nPREPARE q%s AS %s;\nEXPLAIN EXECUTE q%s;" % (
        mode, person, "(%s)" % ", ".join(types) if types else "", text, "(%s)" % ", ".join(value(t, person) for t in types) if types else ""), role=role)


def inlined(c):
    """No Function Scan over a function that lists ask, in any statement, for nobody; each such function is asked by one at least."""
    d = c.clone("plans")
    c.sql(d, WORLD)
    functions = set(c.sql(d, INLINED).split())
    # exchange_page is none of them: it gives one page, whose plan its connection keeps.
    assert {"document_visible_to", "document_line_visible_to", "act_body_visible_to"} <= functions, functions
    broken = c.sql(d, "SELECT proname FROM pg_proc WHERE pronamespace = 'opx'::regnamespace AND proname IN ('%s') AND (prosecdef OR proconfig IS NOT NULL "
                      "OR provolatile = 'v')" % "','".join(functions))
    assert not broken, "not inlinable: " + broken
    uses = re.compile(r"\bopx\.(%s)\(" % "|".join(functions))
    asked, faults = set(), []
    # Asked inside another of them: a statement that has that one has both.
    inner = set(uses.findall(c.sql(d, "SELECT prosrc FROM pg_proc WHERE pronamespace = 'opx'::regnamespace AND proname IN ('%s')" % "','".join(functions))))
    for name, types, text in named():
        found = set(uses.findall(text))
        if not found:
            continue
        asked |= found
        role = "opx_make" if name.startswith(("bundle_", "print_")) else "opx_web"
        for who, person in PEOPLE.items():
            for mode in ("force_generic_plan", "force_custom_plan"):
                shown = plan(c, d, role, person, mode, name, types, text)
                for line in shown.splitlines():
                    if "Function Scan" in line:
                        faults.append("%s for %s (%s): %s" % (name, who, mode, line.strip()))
    assert not faults, "\n".join(faults)
    assert asked | inner == functions, "asked by no statement: %s" % (functions - asked - inner)


def expressions(c):
    """Functions that are an expression stand in their statements as one: none is called."""
    d = c.clone("expressions")
    for call, table in (("opx.person_name(t)", "opx.person"), ("opx.is_here(t.id)", "opx.dossier"), ("opx.me() = t.id", "opx.person")):
        shown = c.sql(d, "EXPLAIN (VERBOSE) SELECT %s FROM %s t" % (call, table))
        assert call.split("(")[0].split(".")[1] + "(" not in shown, shown


CASES = (inlined, expressions)
