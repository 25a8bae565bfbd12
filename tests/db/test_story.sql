-- SPDX-License-Identifier: MPL-2.0
-- What the database tests set up and look at.

-- name: story_court
-- result: one
-- params: code text
-- row: id bigint
INSERT INTO opx.court (code, kind, name) VALUES ($1, 'tribunal_judiciaire', 'Tribunal judiciaire d’essai') RETURNING id;

-- name: story_person
-- result: one
-- params: family text, mail text
-- row: person_id bigint, account_id bigint
WITH p AS (INSERT INTO opx.person (title, family_name, mail) VALUES ('Mme', $1, $2) RETURNING id)
INSERT INTO opx.account (person_id, identifier) SELECT id, $2 FROM p RETURNING person_id, id;

-- name: story_capacity
-- result: exec
-- params: account bigint, role text, court bigint?
INSERT INTO opx.capacity (account_id, role, court_id) VALUES ($1, $2, $3);

-- name: story_session
-- result: one
-- params: account bigint, person bigint, token bytea
-- row: id bigint
INSERT INTO opx.session (token_sha256, csrf_secret, account_id, person_id, host, auth_kind, level, expires_at)
VALUES ($3, $3, $1, $2, 'open', 'code+mail', 'L0', now() + interval '1 hour') RETURNING id;

-- name: story_capacity_end
-- A capacity ends at this instant, or goes on (NULL).
-- result: exec
-- params: account bigint, until_at timestamptz?
UPDATE opx.capacity SET until_at = $2 WHERE account_id = $1;

-- name: story_rights_retire
-- result: exec
-- params: none text
UPDATE opx.rights_version SET is_current = false WHERE is_current AND $1 = '';

-- name: story_rights
-- result: exec
-- params: sha256 bytea, csv bytea
INSERT INTO opx.rights_version (sha256, csv, is_current) VALUES ($1, $2, true) ON CONFLICT (sha256) DO UPDATE SET is_current = true;

-- name: story_cells_forget
-- result: exec
-- params: none text
DELETE FROM opx.right_cell WHERE $1 = '';

-- name: story_cells
-- result: exec
-- params: objects text[], actions text[], states text[], roles text[], cell_values text[], rules text[]
INSERT INTO opx.right_cell (object, action, state, role, value, rule)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]);

-- name: story_ask
-- result: one
-- params: object text, action text, subject text, id bigint
-- row: decision text, value text, rule text, role text, subject_exists boolean, knows boolean
SELECT decision, value, rule, role, subject_exists, knows FROM opx.right_ask($1, $2, $3, $4, '', 0);

-- name: story_count
-- What the role and context of the connection see of some tables.
-- result: one
-- params: none text
-- row: dossiers bigint, members bigint, events bigint, documents bigint, contents bigint, waiting bigint
SELECT (SELECT count(*) FROM opx.dossier), (SELECT count(*) FROM opx.member), (SELECT count(*) FROM opx.event),
       (SELECT count(*) FROM opx.document), (SELECT count(*) FROM opx.document_content), 0::bigint WHERE $1 = '';

-- name: story_phase
-- result: exec
-- params: dossier bigint, phase text
UPDATE opx.dossier SET phase = $2 WHERE id = $1;

-- name: story_draft
-- result: one
-- params: dossier bigint, author bigint, kind text
-- row: id bigint
INSERT INTO opx.draft (dossier_id, author_id, kind, title) VALUES ($1, $2, $3, 'Essai') RETURNING id;

-- name: story_file
-- A file that has passed its checks.
-- result: one
-- params: draft bigint, upload text, kind text, ground text, sha256 bytea, sha512 bytea
-- row: id bigint
INSERT INTO opx.draft_file (draft_id, n, upload, name, name_shown, size, received, kind, ground, state, sha256, sha512, mime, ext, pages, store_name, checks)
VALUES ($1, (SELECT count(*) + 1 FROM opx.draft_file f WHERE f.draft_id = $1), $2, 'essai.pdf', 'essai.pdf', 10, 10, $3, $4, 'ready', $5, $6,
        'application/pdf', 'pdf', 1, $2, '{pdf=accept}') RETURNING id;

-- name: story_seal
-- What opx-seal does to a filing, without its log: makes it visible.
-- result: exec
-- params: dossier bigint
UPDATE opx.filing SET sealed_at = clock_timestamp() WHERE dossier_id = $1 AND sealed_at IS NULL;

-- name: story_documents
-- result: many
-- params: viewer bigint
-- row: id bigint, kind text, reads boolean
SELECT x.id, x.kind, EXISTS (SELECT FROM opx.document_visible_to($1) v WHERE v.id = x.id) FROM opx.document_line_visible_to($1) x ORDER BY x.id;

-- name: story_bodies
-- result: many
-- params: dossier bigint
-- row: type text, body bytea, visible integer[], sha256 bytea
SELECT e.type, b.body, e.visible_to, e.body_sha256 FROM opx.event e JOIN opx.event_body b ON b.event_id = e.id WHERE e.dossier_id = $1 ORDER BY e.id;

-- name: story_delete_event
-- result: exec
-- params: dossier bigint
DELETE FROM opx.event WHERE dossier_id = $1;

-- name: story_letter
-- What the job of a letter holds, and where its invitation stands.
-- result: one
-- params: artefact bigint
-- row: secret bytea, state text
SELECT j.secret, i.state FROM opx.artefact a JOIN opx.job j ON j.kind = 'letter.pdf' AND j.ref = a.id JOIN opx.invitation i ON i.id = a.invitation_id
 WHERE a.id = $1;

-- name: story_account
-- result: one
-- params: identifier text
-- row: certificates bigint, capacities bigint
SELECT (SELECT count(*) FROM opx.credential c WHERE c.account_id = a.id), (SELECT count(*) FROM opx.capacity k WHERE k.account_id = a.id)
  FROM opx.account a WHERE a.identifier = $1;

-- name: story_waiting
-- How many connections to this database wait for another one.
-- result: one
-- row: n bigint
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock';

-- name: story_cell
-- result: exec
-- params: object text, action text, role text, cell_value text
UPDATE opx.right_cell SET value = $4 WHERE object = $1 AND action = $2 AND role = $3;

-- name: story_case_lacks_readings
-- result: one
-- params: dossier bigint, person bigint
-- row: readings boolean
SELECT readings FROM opx.case_lacks($1, $2);
