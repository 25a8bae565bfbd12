# SPDX-License-Identifier: MPL-2.0
"""Rows and what they belong to: of the two dossiers of roles.sql, nothing of one goes into the other."""
from roles import ADD, rows, world

# What a row belongs to, and whom it names.
TIES = "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND " \
    "a.attname IN ('dossier_id', 'draft_id', 'draft_file_id', 'document_id', 'person_id', 'author_id', 'created_by') " \
    "WHERE c.relnamespace = 'opx'::regnamespace AND c.relrowsecurity AND has_column_privilege('opx_web', c.oid, a.attnum, 'UPDATE')"
MOVE = """DO $$ BEGIN UPDATE opx.{0} SET {1} = 2 WHERE {1} = 1; RAISE foreign_key_violation;
EXCEPTION WHEN integrity_constraint_violation THEN PERFORM set_config('opx.n', '1', true);
  WHEN insufficient_privilege THEN PERFORM set_config('opx.n', '0', true); END $$;
SELECT 1 FROM generate_series(1, current_setting('opx.n')::integer)"""
# Whoever adds such a row names in it whom he wants, and may change it so.
NAMED = {"dossier.created_by", "member.person_id", "participant.person_id"}


def rows_stay(c):
    """opx_web: nobody moves a row of his dossier, or of his own, into another dossier, nor gives it to somebody there; nor grants a document
    of another one."""
    d = world(c, "rows_stay")
    ties = c.sql(d, TIES).split()
    assert len(ties) > 6, ties
    moved = {t for t, n in rows(c, d, "opx_web", 1, {t: MOVE.format(*t.split(".")) for t in ties}).items() if n}
    assert moved == NAMED, "moved: %s; no longer: %s" % (moved - NAMED, NAMED - moved)
    grant = c.sql(d, "SELECT to_jsonb(x) || '{\"document_id\": 2}' FROM opx.grant_access x WHERE dossier_id = 1")
    assert rows(c, d, "opx_web", 1, {"grant": ADD.format(table="grant_access", row=grant, own="false")}) == {"grant": []}, "a document of another dossier"


CASES = (rows_stay,)
