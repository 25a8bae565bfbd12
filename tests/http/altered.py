# SPDX-License-Identifier: MPL-2.0
"""What `opx-admin check` says when an operator has altered the database: each time a copy of a real one, with sealed deposits, readings,
heads and tokens, altered as its superuser with every trigger and foreign key off. Plain copies must hold; each other must be told by
the rules named here, or by none where docs/evidence.md, section 6, says so."""

PROGRAMS = ("tsa", "seal", "files", "signin", "post", "make", "web", "mail")
OFF = "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'opx'::regnamespace AND relkind = 'r' LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', t); END LOOP; END $$"
LAST = "(SELECT log_id, max(seq) AS seq FROM opx.leaf l JOIN opx.log g ON g.id = l.log_id WHERE g.kind = 'c' GROUP BY log_id ORDER BY log_id LIMIT 1)"
HEAD = "(SELECT t.log_id, t.size FROM opx.token t JOIN opx.log g ON g.id = t.log_id WHERE t.kind = 'checkpoint' AND g.kind = 'c' ORDER BY 1, 2 LIMIT 1)"
DEPOSIT = "(SELECT x.id FROM opx.document x JOIN opx.token t ON t.document_id = x.id ORDER BY x.id DESC LIMIT 1)"
COMPLETE, ROOT = "every log is complete, and each line is about its body", "every head is the root of the leaves before it"
OUTBOX, BODY = "every event has its leaf, or waits for it", "every body has the hash that its event has"
DEPOSITED = "every document has its sealed deposit, and every deposit its document"
OPENED = "every opening has its sealed reading, and every sealed reading its opening"
SHOWN = "every head that was stamped, or stands in the general log, is still the head of that size"
SEALED = "every sealed filing has its leaf under a head"
SAID = "every document has the title, the name, the number and the moment that its sealed deposit says"
GIVEN = "every document has the readers that its sealed publication names"
OVER, NOTES = "every token of a document is over its content", "every head is signed by a key of this instance"
# A log from its last deposit under a stamped head on (a head that nobody has seen is missed by nobody), in every table that speaks of it. The general log and the tokens are what others saw: FORGET is theirs.
REWIND = """CREATE TEMP TABLE cut AS SELECT z.log_id, min(l.seq) AS size FROM %(last)s z JOIN opx.leaf l ON l.log_id = z.log_id JOIN opx.event e ON e.id = l.event_id
  WHERE e.type = 'doc.deposit' AND e.filing_id = (SELECT f.filing_id FROM opx.leaf k JOIN opx.event f ON f.id = k.event_id
    WHERE k.log_id = z.log_id AND f.type = 'doc.deposit' AND k.seq < (SELECT max(t.size) FROM opx.token t WHERE t.log_id = k.log_id AND t.kind = 'checkpoint')
    ORDER BY k.seq DESC LIMIT 1) GROUP BY 1;
CREATE TEMP TABLE gone AS SELECT e.id, e.type, e.filing_id, e.document_id FROM opx.leaf l JOIN cut ON cut.log_id = l.log_id AND l.seq >= cut.size JOIN opx.event e ON e.id = l.event_id;
CREATE TEMP TABLE papers AS SELECT document_id, filing_id FROM gone WHERE type = 'doc.deposit';
DELETE FROM opx.token WHERE document_id IN (SELECT document_id FROM papers); DELETE FROM opx.document_recipient WHERE document_id IN (SELECT document_id FROM papers);
DELETE FROM opx.document_content WHERE document_id IN (SELECT document_id FROM papers); DELETE FROM opx.document WHERE id IN (SELECT document_id FROM papers);
DELETE FROM opx.filing WHERE id IN (SELECT filing_id FROM papers);
DELETE FROM opx.leaf WHERE event_id IN (SELECT id FROM gone); DELETE FROM opx.event_body WHERE event_id IN (SELECT id FROM gone);
DELETE FROM opx.event WHERE id IN (SELECT id FROM gone);
DELETE FROM opx.checkpoint c USING cut WHERE c.log_id = cut.log_id AND c.size > cut.size;""" % {"last": LAST}
FORGET = """DELETE FROM opx.token t USING cut WHERE t.log_id = cut.log_id AND t.size > cut.size AND t.kind = 'checkpoint';
CREATE TEMP TABLE top AS SELECT g.log_id, min(g.seq) AS seq FROM opx.global_line g, cut WHERE g.head_log_id = cut.log_id AND g.head_size > cut.size GROUP BY 1;
DELETE FROM opx.token t USING top WHERE t.log_id = top.log_id AND t.size > top.seq; DELETE FROM opx.checkpoint c USING top WHERE c.log_id = top.log_id AND c.size > top.seq;
DELETE FROM opx.global_line g USING top WHERE g.log_id = top.log_id AND g.seq >= top.seq;"""
PAST = """INSERT INTO opx.document (id, dossier_id, filing_id, n, kind, series_number, author_id, filed_at) OVERRIDING SYSTEM VALUE
  SELECT 900001, dossier_id, filing_id, 901, kind, 901, author_id, filed_at FROM opx.document WHERE id = %(doc)s;
INSERT INTO opx.document_content SELECT (jsonb_populate_record(c, '{"document_id": 900001}')).* FROM opx.document_content c WHERE document_id = %(doc)s;
INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) SELECT 900001, person_id, pseudonym FROM opx.document_recipient WHERE document_id = %(doc)s;""" % {"doc": DEPOSIT}
ALTERED = (
    ("nothing", "SELECT 1", ()),
    ("a leaf's line", "UPDATE opx.leaf l SET line = replace(l.line, 'time=20', 'time=19') FROM %s z WHERE l.log_id = z.log_id AND l.seq = 3" % LAST, (ROOT,)),
    ("a body", "UPDATE opx.event_body b SET body = b.body || ' ' FROM opx.leaf l, %s z WHERE l.log_id = z.log_id AND l.seq = 3 AND b.event_id = l.event_id" % LAST, (BODY,)),
    ("a leaf is gone", "DELETE FROM opx.leaf l USING %s z WHERE l.log_id = z.log_id AND l.seq = 3" % LAST, (COMPLETE, ROOT, OUTBOX)),
    ("a head's root", "UPDATE opx.checkpoint SET root = sha256('x') WHERE (log_id, size) = %s" % HEAD, (ROOT, NOTES, SHOWN)),
    ("a head's note is another one than was stamped", "UPDATE opx.checkpoint SET note = note || convert_to('— x ' || encode(('x' || repeat('y', 67))::bytea, 'base64') || E'\\n', 'UTF8') "
     "WHERE (log_id, size) = %s" % HEAD, (NOTES, SHOWN)),
    ("the last deposit is gone, with its lines and their heads", REWIND, (SHOWN,)),
    ("the last deposit is gone, and all that had seen it", REWIND + FORGET, ()),
    ("a document is put into an old filing", PAST, (DEPOSITED,)),
    ("a filing without an event", "UPDATE opx.event SET filing_id = NULL WHERE filing_id = (SELECT filing_id FROM opx.document WHERE id = %s)" % DEPOSIT, (SEALED, DEPOSITED)),
    ("a document is gone", "DELETE FROM opx.document_content WHERE document_id = %s; DELETE FROM opx.document_recipient WHERE document_id = %s; "
     "DELETE FROM opx.document WHERE id = %s" % ((DEPOSIT,) * 3), (DEPOSITED, OVER, GIVEN)),
    ("an opening is gone", "DELETE FROM opx.handover WHERE id = (SELECT max(id) FROM opx.handover)", (OPENED,)),
    ("an opening is put there", "INSERT INTO opx.handover (document_id, person_id, session_id, representation, at, event_id) "
     "SELECT document_id, person_id, session_id + 900000, representation, at, 900001 FROM opx.handover LIMIT 1", (OPENED,)),
    ("an opening is another one's", "UPDATE opx.handover SET at = at - interval '1 day' WHERE id = (SELECT max(id) FROM opx.handover)", (OPENED,)),
    ("a title", "UPDATE opx.document_content SET title = 'autre' WHERE document_id = %s" % DEPOSIT, (SAID,)),
    ("a reader is gone", "DELETE FROM opx.document_recipient r USING opx.document x WHERE r.document_id = x.id AND x.id = %s AND r.person_id <> x.author_id" % DEPOSIT, (GIVEN,)),
)


def sql(world, database, *commands):
    world.call("psql", "postgres", "-d", database, *(word for c in commands for word in ("-c", c)))


def wrong(world, name, change):
    """The rules that check marks, on a copy with that change."""
    sql(world, "postgres", "DROP DATABASE IF EXISTS opx", "CREATE DATABASE opx TEMPLATE kept")
    sql(world, "opx", OFF, change)
    status, words = world.shell("admin_program check")
    found = [line.split(" not so: ", 1)[1].split(" (", 1)[0] for line in words.splitlines() if line.startswith("  WRONG not so: ")]
    if status != (1 if found else 0):
        raise AssertionError("%s: check ended with %d\n%s" % (name, status, words))
    return found


def told(world, name, change, rules):
    found = wrong(world, name, change)
    if sorted(found) == sorted(rules):
        print("PASS http.altered: %s: %s" % (name, ", ".join(rules) or "nothing is told"), flush=True)
        return True
    print("told: %s\nFAIL http.altered: %s" % (found, name), flush=True)
    return False


def play(world):
    """Copies have the name that the programs know, so nothing else runs meanwhile; the real one comes back at the end."""
    world.service("stop", PROGRAMS)
    sql(world, "postgres", "ALTER DATABASE opx RENAME TO kept")
    try:
        return all([told(world, *one) for one in ALTERED])
    finally:
        sql(world, "postgres", "DROP DATABASE IF EXISTS opx", "ALTER DATABASE kept RENAME TO opx")
        world.service("start", PROGRAMS)
