-- SPDX-License-Identifier: MPL-2.0
-- The rights matrix, whole: every role x object x action x phase of the reviewed CSV (:csv), against what the database answers, as
-- opx_web and under row security. What the CSV means is computed here a second time, from domain 3.1 (which row wins) and 4.1 (what a
-- value asks for), and never from opx.right_cell or its functions. Grounds of own, side, addressed and granted are there and are not.
\set ON_ERROR_STOP 1
BEGIN;
SET LOCAL search_path = pg_temp;
-- Tens of thousands of rows whose references are right by construction.
SET LOCAL session_replication_role = replica;

-- ---- what the CSV says
CREATE TEMP TABLE csv (object text, action text, phase text, expert text, coexpert text, sapiteur text, assistant text, lawyer text, party text,
  insurer text, technical_adviser text, judge text, clerk text, sachant text, court_admin text, company_admin text, platform_operator text, note text);
SELECT format('\copy csv FROM %L WITH (FORMAT csv, HEADER match)', :'csv') AS load \gset
\o /dev/null
:load
\o
CREATE TEMP TABLE reach AS -- a row of that phase speaks for that state; the lower rank wins
  SELECT s.state, g.phase, g.rank FROM (VALUES ('draft'), ('appointed'), ('awaiting_deposit'), ('in_progress'), ('pre_report'), ('dires_closed'),
      ('suspended'), ('report_filed'), ('taxation'), ('closed'), ('settled'), ('lapsed'), ('archived'), ('purged')) s (state),
    LATERAL (VALUES (s.state, 0, true),
      ('post', 1, s.state IN ('report_filed', 'taxation')),
      ('early', 2, s.state IN ('draft', 'appointed', 'awaiting_deposit')),
      ('working', 3, s.state IN ('in_progress', 'pre_report', 'dires_closed')),
      ('done', 4, s.state IN ('closed', 'settled', 'lapsed')),
      ('active', 5, s.state IN ('awaiting_deposit', 'in_progress', 'pre_report', 'dires_closed', 'report_filed', 'taxation', 'suspended')),
      ('any', 6, s.state NOT IN ('archived', 'purged'))) g (phase, rank, speaks) WHERE g.speaks
  UNION ALL VALUES ('any', 'any', 6); -- what is outside dossiers
CREATE TEMP TABLE cell AS
  SELECT DISTINCT ON (c.object, c.action, h.state, v.role) c.object, c.action, h.state, v.role, v.value,
         c.object || '/' || c.action || '/' || c.phase AS rule
    FROM csv c JOIN reach h USING (phase), LATERAL (VALUES ('expert', expert), ('coexpert', coexpert), ('sapiteur', sapiteur), ('assistant', assistant),
      ('lawyer', lawyer), ('party', party), ('insurer', insurer), ('technical_adviser', technical_adviser), ('judge', judge), ('clerk', clerk),
      ('sachant', sachant), ('court_admin', court_admin), ('company_admin', company_admin), ('platform_operator', platform_operator)) v (role, value)
   ORDER BY c.object, c.action, h.state, v.role, h.rank;
CREATE UNIQUE INDEX ON cell (object, action, state, role);
CREATE TEMP TABLE act AS SELECT DISTINCT object, action FROM csv;
CREATE TEMP TABLE kind AS SELECT row_number() OVER (ORDER BY object) AS k, object AS kind FROM act WHERE action = 'deposit';
CREATE TEMP TABLE role AS SELECT row_number() OVER (ORDER BY role) AS r, role FROM (SELECT DISTINCT role FROM cell) x;
CREATE TEMP TABLE state AS SELECT row_number() OVER (ORDER BY state) AS s, state FROM (SELECT DISTINCT state FROM cell WHERE state <> 'any') x;
CREATE TEMP TABLE wrong (what text);

-- ---- the compiled table is the CSV; what it holds beside it came with a plugin's kind of document
INSERT INTO wrong SELECT 'not compiled: ' || x::text FROM (TABLE cell EXCEPT SELECT object, action, state, role, value, rule FROM opx.right_cell) x;
INSERT INTO wrong SELECT 'compiled from nowhere: ' || x::text FROM (SELECT object, action, state, role, value, rule FROM opx.right_cell
    WHERE object <> 'example_memo' EXCEPT TABLE cell) x;

-- ---- the world: one person a role, with a side in the dossiers of his own, without one in those of others; two authors; and those who
-- stand otherwise before a dossier
CREATE TEMP TABLE who AS
  SELECT r AS id, role, 'member' AS standing FROM role
  UNION ALL VALUES (31, 'party', 'mate'), (32, 'party', 'rival'), (41, 'party', 'stranger'), (42, 'party', 'invited'), (43, 'party', 'left'),
    (51, 'judge', 'staff'), (52, 'clerk', 'staff'), (53, 'judge', 'gone'), (54, 'clerk', 'elsewhere'),
    (61, 'expert', 'capacity'), (62, 'court_admin', 'capacity'), (63, 'company_admin', 'capacity'), (64, 'platform_operator', 'capacity');
CREATE TEMP TABLE place AS SELECT 100 * o + s AS id, state, o = 1 AS is_own FROM state, (VALUES (1), (2)) x (o);
INSERT INTO opx.court (id, code, kind, name) OVERRIDING SYSTEM VALUE VALUES (1, 'ici', 'x', 'Ici'), (2, 'ailleurs', 'x', 'Ailleurs');
INSERT INTO opx.compagnie (id, name, kind) OVERRIDING SYSTEM VALUE VALUES (1, 'Ici', 'x'), (2, 'Ailleurs', 'x');
INSERT INTO opx.person (id, family_name, mail) OVERRIDING SYSTEM VALUE SELECT id, role || ' ' || standing, 'a@b.c' FROM who;
INSERT INTO opx.account (id, person_id, identifier) OVERRIDING SYSTEM VALUE SELECT id, id, id::text FROM who;
INSERT INTO opx.capacity (account_id, role, court_id, compagnie_id, until_at)
  SELECT id, role, CASE WHEN standing = 'elsewhere' THEN 2 WHEN role IN ('judge', 'clerk', 'court_admin') THEN 1 END,
         CASE WHEN role = 'company_admin' THEN 1 END, CASE WHEN standing = 'gone' THEN now() - interval '1 day' END
    FROM who WHERE standing IN ('staff', 'gone', 'elsewhere', 'capacity');
INSERT INTO opx.dossier (id, court_id, number, rg_number, title, procedure, phase, decision_ref, created_by) OVERRIDING SYSTEM VALUE
  SELECT id, 1, id, '26/1', 'Essai', 'civil', state, 'x', 32 FROM place;
INSERT INTO opx.side (id, dossier_id, n, label) OVERRIDING SYSTEM VALUE SELECT 1000 * n + id, id, n, 'x' FROM place, (VALUES (1), (2)) x (n);
INSERT INTO opx.member (dossier_id, person_id, pseudonym, role, side_id, invited_at, accepted_at, left_at)
  SELECT p.id, w.id, w.id, w.role,
         CASE WHEN w.standing = 'mate' OR (w.standing = 'member' AND p.is_own) THEN 1000 + p.id WHEN w.standing = 'rival' THEN 2000 + p.id END,
         now() - interval '3 days', CASE WHEN w.standing <> 'invited' THEN now() - interval '3 days' END,
         CASE WHEN w.standing = 'left' THEN now() - interval '1 day' END
    FROM place p, who w WHERE w.standing IN ('member', 'mate', 'rival', 'invited', 'left');
-- In preparation a dossier has its creator and nobody else.
DELETE FROM opx.member m USING opx.dossier d WHERE d.id = m.dossier_id AND d.phase = 'draft' AND m.person_id > 30;
DELETE FROM opx.member m USING place p WHERE p.id = m.dossier_id AND p.state = 'draft' AND NOT p.is_own;

-- ---- documents: in each dossier with sides and of each kind, one that gives no ground to anybody, and one each role in turn has a
-- ground for, or nearly: every role meets every ground with every kind, not in every state
CREATE TEMP TABLE form AS SELECT * FROM (VALUES (0, 'mine'), (1, 'near'), (2, 'named'), (3, 'granted'), (4, 'taken'), (5, 'unsealed grant'), (6, 'waiting')) x (f, form);
CREATE TEMP TABLE doc AS
  SELECT row_number() OVER () AS id, p.id AS place, p.state, k.kind, x.*
    FROM place p JOIN state s USING (state) CROSS JOIN kind k, LATERAL (
      SELECT 'far' AS form, NULL::bigint AS reader, 32::bigint AS author, 2000 + p.id AS side
      UNION ALL SELECT f.form, r.r, CASE f.form WHEN 'mine' THEN r.r WHEN 'near' THEN 31 ELSE 32 END, CASE WHEN f.form IN ('mine', 'near') THEN 1000 ELSE 2000 END + p.id
        FROM role r JOIN form f ON f.f = (r.r + s.s + k.k) % 7) x
   WHERE p.is_own;
INSERT INTO opx.filing (id, dossier_id, number, draft_id, author_id, side_id, role, kind, title, auth_kind, level, filed_at, sealed_at)
  OVERRIDING SYSTEM VALUE SELECT id, place, id, id, author, side, 'x', kind, 'x', 'x', 'L0', now() - interval '2 days',
  CASE WHEN form <> 'waiting' THEN now() END FROM doc;
INSERT INTO opx.document (id, dossier_id, filing_id, n, kind, series_number, author_id, side_id, filed_at) OVERRIDING SYSTEM VALUE
  SELECT id, place, id, id, kind, 1, author, side, now() - interval '2 days' FROM doc;
-- A ground is given to those whose reading is not denied when the kind is published, and to nobody else.
CREATE TEMP TABLE ground AS
  SELECT d.id, d.place, d.form, r.r AS person FROM doc d JOIN role r ON r.r = d.reader JOIN cell c ON c.role = r.role AND c.action = 'read' AND c.state = 'in_progress'
   WHERE c.object = d.kind AND c.value <> 'deny' AND d.form NOT IN ('mine', 'near');
CREATE UNIQUE INDEX ON ground (id, person);
INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) SELECT id, person, person FROM ground WHERE form IN ('named', 'waiting');
INSERT INTO opx.log (id, origin, kind, dossier_id) OVERRIDING SYSTEM VALUE SELECT id, 'x/' || id, 'c', id FROM place;
INSERT INTO opx.leaf (log_id, seq, event_id, line) SELECT id, 0, id, 'x' FROM place UNION ALL SELECT id, 1, 10000 + id, 'x' FROM place;
INSERT INTO opx.checkpoint (log_id, size, root, note) SELECT id, 1, sha256('x'), 'x' FROM place; -- the second leaf is under no head yet
INSERT INTO opx.grant_access (dossier_id, document_id, person_id, ground, event_id, taken_at)
  SELECT place, id, person, 'x', CASE form WHEN 'unsealed grant' THEN 10000 + place ELSE place END, CASE WHEN form = 'taken' THEN now() END
    FROM ground WHERE form IN ('granted', 'taken', 'unsealed grant');
INSERT INTO opx.draft (id, dossier_id, author_id, kind) OVERRIDING SYSTEM VALUE SELECT id, place, author, kind FROM doc WHERE form = 'mine';
INSERT INTO opx.participant (id, dossier_id, person_id, role, side_id, state) OVERRIDING SYSTEM VALUE
  SELECT 100000 * m.person_id + m.dossier_id, m.dossier_id, m.person_id, m.role, m.side_id, 'accepted' FROM opx.member m WHERE m.person_id < 40;
INSERT INTO opx.credential_claim (id, cert_sha256, issuer_key, serial, subject, not_after, given_name, family_name, mail, role, court_id, compagnie_id)
  OVERRIDING SYSTEM VALUE SELECT i, sha256(i::text::bytea), 'x', 'x', 'x', now(), 'x', 'x', 'a@b.c', r, c, g
    FROM (VALUES (1, 'expert', 1, NULL), (2, 'expert', 2, NULL), (3, 'judge', 1, NULL), (4, 'clerk', 2, NULL), (5, 'expert', NULL, 1), (6, 'expert', NULL, 2)) x (i, r, c, g);
ANALYZE opx.dossier, opx.member, opx.document, opx.filing, opx.document_recipient, opx.grant_access, opx.leaf, opx.checkpoint, opx.right_cell, cell, doc, ground;
SET LOCAL session_replication_role = origin;

-- ---- the questions, and for each what a value of the matrix would mean. Each cell is asked once of a dossier; once more without the
-- ground, and of other things, when it is one that asks for a ground.
CREATE TEMP TABLE asked (person bigint, place bigint, subject text, id bigint, number bigint, object text, action text, is_kind boolean,
  is_owner boolean, is_side boolean, is_ground boolean, may_exist boolean);
CREATE TEMP TABLE asks_ground AS SELECT r.r AS person, c.object, c.action, c.state FROM cell c JOIN role r USING (role) WHERE c.value NOT IN ('allow', 'deny');
CREATE UNIQUE INDEX ON asks_ground (person, object, action, state);
INSERT INTO asked
  SELECT w.id, p.id, 'dossier', p.id, 0, a.object, a.action, false, p.is_own AND w.id < 30, p.is_own, false, true
    FROM who w CROSS JOIN place p JOIN state s USING (state) CROSS JOIN act a
   WHERE CASE WHEN w.standing = 'member' THEN
                (p.is_own AND (EXISTS (SELECT FROM cell c WHERE (c.object, c.action, c.state) = (a.object, a.action, p.state)) OR w.id = 1 + s.s % 14)) -- no row: one role each
                OR EXISTS (SELECT FROM asks_ground g WHERE (g.person, g.object, g.action, g.state) = (w.id, a.object, a.action, p.state))
              WHEN w.standing = 'staff' THEN p.is_own
              ELSE p.is_own AND w.standing IN ('stranger', 'invited', 'left', 'gone', 'elsewhere') AND a.object IN ('case', 'case_metadata', 'court_presence', 'exhibit') END;
INSERT INTO asked -- a document: reading, and the other acts of its kind
  SELECT w.id, d.place, 'document', d.id, 0, CASE WHEN a.action = 'read' THEN '@' ELSE a.object END, a.action, a.action = 'read', d.form = 'mine',
         d.form IN ('mine', 'near'), g.id IS NOT NULL AND d.form IN ('named', 'granted'), true
    FROM doc d JOIN who w ON (w.standing = 'member' AND (d.reader IS NULL OR d.reader = w.id)) OR (w.standing IN ('stranger', 'left', 'staff') AND d.form = 'far')
    JOIN act a ON (a.object = d.kind AND a.action = 'read')
      OR (a.action NOT IN ('read', 'deposit') AND a.object = CASE WHEN d.kind = 'summons' THEN 'published_document' ELSE d.kind END
          AND EXISTS (SELECT FROM asks_ground x WHERE (x.person, x.object, x.action, x.state) = (w.id, a.object, a.action, d.state)))
    LEFT JOIN ground g ON g.id = d.id AND g.person = w.id;
INSERT INTO asked -- a filing and its receipt; one that is not sealed is its author's alone
  SELECT w.id, d.place, 'filing', d.place, d.id, a.object, a.action, false, d.form = 'mine', d.form IN ('mine', 'near'), false, d.form <> 'waiting'
    FROM doc d JOIN act a ON a.object = 'receipt' JOIN who w ON w.standing = 'member' AND d.reader = w.id
   WHERE d.form IN ('mine', 'near', 'waiting', 'named') AND d.kind IN (SELECT kind FROM kind WHERE k <= 7);
INSERT INTO asked -- a participant: himself, one of his side, one of the other
  SELECT w.id, p.dossier_id, 'participant', p.id, 0, x.object, x.action, false, p.person_id = w.id, w.standing = 'member' AND p.side_id = 1000 + p.dossier_id, false, true
    FROM opx.participant p JOIN place l ON l.id = p.dossier_id AND l.is_own JOIN who w ON w.standing = 'member' AND p.person_id IN (w.id, 31, 32)
    JOIN asks_ground x ON x.person = w.id AND x.state = l.state AND x.object IN ('participant', 'participant_contact', 'case_credential', 'consent', 'reading_state');
INSERT INTO asked -- a draft, which is its author's: to deposit its kind; somebody else's is not there
  SELECT w.id, d.place, 'draft', d.id, 0, '@', 'deposit', true, true, true, false, w.id = d.author
    FROM doc d JOIN who w ON w.id = d.author OR (w.id = d.author % 14 + 1 AND d.kind = 'exhibit') WHERE d.form = 'mine';

-- ---- as what somebody stands before a dossier, and what his cell then means (domain 4.1)
CREATE TEMP TABLE stands AS
  SELECT w.id AS person, p.id AS place, p.state, w.role, w.standing = 'member' AS is_active FROM who w, place p
   WHERE (w.standing = 'member' AND (p.is_own OR p.state <> 'draft')) OR (w.standing = 'staff' AND p.state <> 'draft');
CREATE UNIQUE INDEX ON stands (person, place);
CREATE FUNCTION pg_temp.says(value text, object text, action text, state text, subject text, is_active boolean, is_owner boolean, has_side boolean,
    is_side boolean, is_addressed boolean, is_granted boolean) RETURNS boolean LANGUAGE sql AS $$
  SELECT CASE
    -- without mode actif: what is his own, the register, the opening of a dossier
    WHEN NOT is_active THEN (value = 'own' AND (object = 'court_presence' OR (is_owner AND action <> 'deposit' AND object <> 'case_metadata')))
                         OR (value = 'allow' AND (object, action) IN (('case_metadata', 'list'), ('case', 'create')))
    WHEN value = 'allow' THEN true
    -- a deposit: in his own name, for his side; his own dossier: one he takes part in, but in preparation its creator's
    WHEN value = 'own' THEN CASE WHEN object = 'court_presence' THEN true
                                 WHEN object = 'case_metadata' OR action = 'deposit' THEN state <> 'draft' OR is_owner
                                 ELSE is_owner END
    WHEN value = 'side' THEN has_side AND (subject = 'dossier' OR action = 'deposit' OR is_side)
    WHEN value = 'addressed' THEN is_addressed
    WHEN value = 'granted' THEN is_granted
    ELSE false END $$;

-- ---- the kinds that somebody may deposit, of those he is asked about (one half of them, then the other): the button "Déposer", the
-- list of the form
CREATE TEMP TABLE depositing AS
  SELECT w.id AS person, p.id AS place, k.k % 2 AS half,
         array_agg(k.kind ORDER BY k.kind) FILTER (WHERE pg_temp.says(c.value, k.kind, 'deposit', p.state, 'dossier', s.is_active, p.is_own AND w.id < 30, p.is_own,
                                                                      false, false, false)) AS want
    FROM who w CROSS JOIN place p CROSS JOIN kind k LEFT JOIN stands s ON s.person = w.id AND s.place = p.id
    LEFT JOIN cell c ON c.object = k.kind AND c.action = 'deposit' AND c.state = p.state AND c.role = s.role WHERE w.standing NOT IN ('mate', 'rival') GROUP BY 1, 2, 3;

CREATE TEMP TABLE got (person bigint, subject text, id bigint, number bigint, object text, action text, decision text, value text, rule text, role text,
  phase text, dossier bigint, subject_exists boolean, knows boolean);
CREATE TEMP TABLE deposits (person bigint, place bigint, half bigint, got text[]);
CREATE INDEX ON asked (person);
ANALYZE asked;
DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO opx_web, opx_make', pg_my_temp_schema()::regnamespace); END $$;
GRANT SELECT ON asked, act, kind, depositing TO opx_web, opx_make;
GRANT INSERT ON got, deposits TO opx_web, opx_make;
-- As opx_web; those who are no members also as opx_make, which no row security hides a dossier from: the answer must not lean on it.
DO $$
DECLARE w bigint; net text;
BEGIN
  FOR w, net IN SELECT id, n FROM who, unnest('{opx_web,opx_make}'::text[]) n WHERE n = 'opx_web' OR standing NOT IN ('member', 'mate', 'rival', 'capacity') ORDER BY 1, 2 LOOP
    UPDATE opx.dossier d SET created_by = w FROM place p WHERE p.id = d.id AND p.is_own AND w < 30;
    PERFORM set_config('opx.person', w::text, true);
    EXECUTE format('SET LOCAL ROLE %I', net);
    INSERT INTO got SELECT a.person, a.subject, a.id, a.number, a.object, a.action, x.*
      FROM asked a, LATERAL opx.right_ask(a.object, a.action, a.subject, a.id, '', a.number) x WHERE a.person = w;
    IF net = 'opx_web' THEN
      INSERT INTO got SELECT w, 'none', 0, 0, a.object, a.action, x.* FROM act a, LATERAL opx.right_ask(a.object, a.action, 'none', 0, '', 0) x;
      INSERT INTO got SELECT w, 'claim', c, 0, '@', 'manage', x.* FROM generate_series(1, 6) c, LATERAL opx.right_ask('@', 'manage', 'claim', c, '', 0) x;
      INSERT INTO deposits SELECT d.person, d.place, d.half, opx.depositable(d.place, (SELECT array_agg(kind) FROM kind WHERE k % 2 = d.half))
        FROM depositing d WHERE d.person = w;
    END IF;
    RESET ROLE;
  END LOOP;
END $$;
SELECT set_config('opx.person', '', true) \g /dev/null

CREATE TEMP TABLE want AS
  SELECT a.*, s.role, s.state, s.is_active OR (s.role IS NOT NULL AND a.subject = 'dossier') AS is_told, coalesce(c.value, 'deny') AS value, coalesce(c.rule, '') AS rule,
         coalesce(CASE WHEN a.subject = 'document' AND a.action = 'read'
           -- the frozen list and grants, whatever the state; an archive and what was purged are not read
           THEN (a.is_owner OR a.is_ground) AND s.is_active AND d.form <> 'waiting' AND s.state NOT IN ('archived', 'purged')
           ELSE a.may_exist AND pg_temp.says(c.value, k.object, a.action, s.state, a.subject, s.is_active, a.is_owner, a.place < 200, a.is_side,
                                             a.is_ground AND d.form = 'named', a.is_ground AND d.form = 'granted') END, false) AS allows,
         coalesce(CASE WHEN a.subject = 'document'
           THEN s.is_active AND d.form <> 'waiting' AND (a.is_owner OR coalesce(l.value, 'deny') <> 'deny') AND s.state NOT IN ('archived', 'purged')
           ELSE s.person IS NOT NULL AND a.may_exist END, false) AS knows
    FROM asked a
    LEFT JOIN doc d ON a.subject IN ('document', 'draft') AND d.id = a.id
    LEFT JOIN stands s ON s.person = a.person AND s.place = a.place
    CROSS JOIN LATERAL (SELECT CASE WHEN a.is_kind THEN d.kind ELSE a.object END AS object) k
    LEFT JOIN cell c ON c.object = k.object AND c.action = a.action AND c.state = s.state AND c.role = s.role
    LEFT JOIN cell l ON l.object = d.kind AND l.action = 'read' AND l.state = s.state AND l.role = s.role;
INSERT INTO wrong
  SELECT format('%s of %s %s in %s (%s, %s): %s %s by %s, knows %s; wanted %s %s by %s, knows %s', w.action, w.object, d.kind, p.state,
                o.role || ' ' || o.standing, w.subject || coalesce(' ' || d.form, '') || CASE WHEN p.is_own THEN ' his' ELSE '' END,
                g.decision, g.value, g.rule, g.knows, CASE WHEN w.allows THEN 'allow' ELSE 'deny' END, w.value, w.rule, w.knows)
    FROM want w JOIN who o ON o.id = w.person JOIN place p ON p.id = w.place LEFT JOIN doc d ON w.subject IN ('document', 'draft') AND d.id = w.id
    LEFT JOIN got g ON (g.person, g.subject, g.id, g.number, g.object, g.action) = (w.person, w.subject, w.id, w.number, w.object, w.action)
   WHERE ((g.decision = 'allow') = w.allows AND g.knows = w.knows
          AND (w.is_told IS NOT TRUE OR NOT w.may_exist OR (g.value, g.rule, g.role, g.phase) = (w.value, w.rule, w.role, w.state))) IS NOT TRUE;

-- ---- outside dossiers: a list is open to one of whose roles it is not denied in some state; a claim to who manages that court or compagnie
INSERT INTO wrong
  SELECT format('%s of %s outside dossiers (%s): %s by %s', g.action, g.object, o.role || ' ' || o.standing, g.decision, g.rule)
    FROM got g JOIN who o ON o.id = g.person
   WHERE g.subject = 'none' AND (g.decision = 'allow') <> EXISTS (SELECT FROM cell c WHERE c.object = g.object AND c.action = g.action AND c.value <> 'deny'
           AND (c.role = 'party' OR (c.role = o.role AND o.standing NOT IN ('gone', 'stranger', 'invited'))));
INSERT INTO wrong
  SELECT format('claim %s (%s): %s', g.id, o.role || ' ' || o.standing, g.decision) FROM got g JOIN who o ON o.id = g.person
   WHERE g.subject = 'claim' AND (g.decision = 'allow') <> (coalesce(o.standing = 'capacity' AND EXISTS (SELECT FROM cell c WHERE c.action = 'manage' AND c.state = 'any'
           AND c.role = o.role AND c.value = 'allow' AND c.object = CASE WHEN g.id IN (3, 4) THEN 'account_court_staff' ELSE 'account_expert' END)
           AND g.id = ANY (CASE o.role WHEN 'court_admin' THEN '{1,3}' WHEN 'company_admin' THEN '{5}' ELSE '{}' END::int[]), false));

-- ---- the kinds to deposit
INSERT INTO wrong SELECT format('depositable of %s in %s: %s; wanted %s', o.role || ' ' || o.standing || CASE WHEN p.is_own THEN ' his' ELSE '' END, p.state, g.got, d.want)
  FROM depositing d JOIN who o ON o.id = d.person JOIN place p ON p.id = d.place LEFT JOIN deposits g ON (g.person, g.place, g.half) = (d.person, d.place, d.half)
 WHERE (SELECT array_agg(x ORDER BY x) FROM unnest(g.got) x) IS DISTINCT FROM d.want OR g.got IS NULL;

-- ---- who will read a document that is filed: what the check page shows and the filing freezes
CREATE TEMP TABLE froze AS
  SELECT p.id AS place, p.state, k.kind, f.author, f.sides, f.persons, x.* FROM place p, kind k, (VALUES (31, 0, 0), (31, 2, 0), (31, 0, -1), (32, 0, 0), (32, 1, 0)) f (author, sides, persons),
    LATERAL opx.right_readers(p.id, k.kind, f.author, ARRAY[1000 * f.sides + p.id], (SELECT coalesce(array_agg(r), '{}') FROM role WHERE f.persons = -1)) x
   WHERE p.is_own AND p.state <> 'draft';
INSERT INTO wrong
  SELECT format('reader of %s in %s (%s, side %s, filed by %s for side %s, persons %s): %s %s', f.kind, f.state, o.role || ' ' || o.standing, f.side_id, f.author, f.sides, f.persons,
                f.reads, f.value)
    FROM froze f JOIN who o ON o.id = f.person_id LEFT JOIN cell c ON c.object = f.kind AND c.action = 'read' AND c.state = f.state AND c.role = o.role
   WHERE (f.value, f.rule) IS DISTINCT FROM (coalesce(c.value, 'deny'), coalesce(c.rule, ''))
      OR f.reads IS DISTINCT FROM (f.person_id = f.author OR CASE coalesce(c.value, 'deny')
           WHEN 'allow' THEN true
           WHEN 'side' THEN f.side_id = 1000 * (f.author - 30) + f.place
           WHEN 'addressed' THEN f.side_id IN (1000 * (f.author - 30) + f.place, 1000 * f.sides + f.place) OR (f.persons = -1 AND o.standing = 'member')
           ELSE false END IS TRUE);

-- ---- who sees the readings of everybody
INSERT INTO wrong SELECT format('readings of all in %s (%s)', s.state, r.role) FROM state s, role r
  LEFT JOIN LATERAL (SELECT c.value FROM cell c WHERE c.object = 'reading_state' AND c.action = 'read' AND c.state = s.state AND c.role = r.role) c ON true
 WHERE opx.sees_all_readings(r.role, s.state) IS DISTINCT FROM (coalesce(c.value, 'deny') = 'allow');

-- ---- nothing was left out: each value of the matrix has been met with its ground and without it
INSERT INTO wrong SELECT 'never met: ' || v || CASE WHEN a THEN ' that allows' ELSE ' that denies' END
  FROM unnest('{allow,deny,own,side,addressed,granted}'::text[]) v, (VALUES (true), (false)) x (a)
 WHERE (v, a) NOT IN (('deny', true)) AND NOT EXISTS (SELECT FROM want w WHERE w.value = v AND w.allows = a AND w.role IS NOT NULL AND (v <> 'deny' OR NOT w.allows));
INSERT INTO wrong SELECT 'only ' || count(*) || ' cells' FROM cell HAVING count(*) < 25000;

SELECT format('%s cells, %s questions, %s about depositing, %s readers: %s answers are not the matrix''s', (SELECT count(*) FROM cell), (SELECT count(*) FROM got),
  (SELECT count(*) FROM deposits), (SELECT count(*) FROM froze), count(*)) FROM wrong;
SELECT what FROM wrong ORDER BY what LIMIT 40;
DO $$ BEGIN IF EXISTS (SELECT FROM wrong) THEN RAISE EXCEPTION 'the database does not answer what the reviewed matrix says'; END IF; END $$;
ROLLBACK;
