-- SPDX-License-Identifier: MPL-2.0
-- Dossiers: opening, transitions.

-- name: dossier_same_rg
-- Dossiers of that court with that RG number, known to this person (member or court staff: row security tells).
-- result: many
-- params: court bigint, rg text
-- row: id bigint, title text
SELECT id, title FROM opx.dossier WHERE court_id = $1 AND rg_number = $2 ORDER BY id LIMIT 5;

-- name: dossier_insert
-- The number is the next of its court, among dossiers that this person may not see as well.
-- result: one
-- params: court bigint, rg text, minute text, title text, procedure text, phase text, decision_ref text, decision_on date?, judge text, clerk text, mission text, report_due_on date?, person bigint
-- row: id bigint
INSERT INTO opx.dossier (court_id, number, rg_number, minute_number, title, procedure, phase, decision_ref, decision_on,
                         judge_name, clerk_name, mission, report_due_on, created_by, rights_sha256)
VALUES ($1, opx.next_dossier_number($1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
        (SELECT v.sha256 FROM opx.rights_version v WHERE v.is_current))
RETURNING id;

-- name: dossier_side
-- result: one
-- params: dossier bigint, label text
-- row: id bigint, n integer
INSERT INTO opx.side (dossier_id, n, label)
VALUES ($1, (SELECT coalesce(max(s.n), 0) + 1 FROM opx.side s WHERE s.dossier_id = $1), $2) RETURNING id, n;

-- name: dossier_mission
-- result: exec
-- params: dossier bigint, n integer, text text
INSERT INTO opx.mission_item (dossier_id, n, text) VALUES ($1, $2, $3);

-- name: dossier_participant
-- result: one
-- params: dossier bigint, person bigint, role text, side bigint?, state text, invited_by bigint?, ground text
-- row: id bigint
INSERT INTO opx.participant (dossier_id, person_id, role, side_id, state, invited_by, accepted_at, ground)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $5 = 'accepted' THEN clock_timestamp() END, $7) RETURNING id;

-- name: dossier_member
-- The next pseudonym; the row of one who comes back is taken up again with its pseudonym.
-- result: one
-- params: dossier bigint, person bigint, role text, side bigint?, accepted boolean
-- row: pseudonym integer
WITH d AS (UPDATE opx.dossier SET last_pseudonym = last_pseudonym + 1 WHERE id = $1 RETURNING last_pseudonym)
INSERT INTO opx.member (dossier_id, person_id, pseudonym, role, side_id, accepted_at)
SELECT $1, $2, d.last_pseudonym, $3, $4, CASE WHEN $5 THEN clock_timestamp() END FROM d
ON CONFLICT (dossier_id, person_id) DO UPDATE
   SET role = excluded.role, side_id = excluded.side_id, left_at = NULL,
       accepted_at = coalesce(opx.member.accepted_at, excluded.accepted_at)
RETURNING pseudonym;

-- name: dossier_phase
-- result: exec
-- params: dossier bigint, from_phase text, to_phase text
UPDATE opx.dossier SET phase = $3, phase_at = clock_timestamp() WHERE id = $1 AND phase = $2;

-- name: dossier_phase_change
-- result: exec
-- params: dossier bigint, transition text, from_phase text, to_phase text, person bigint, document bigint?
INSERT INTO opx.phase_change (dossier_id, transition, from_phase, to_phase, person_id, document_id) VALUES ($1, $2, $3, $4, $5, $6);

-- name: dossier_sealed_document
-- A sealed document of that kind: what a transition asks for.
-- result: maybe
-- params: dossier bigint, kind text
-- row: id bigint
SELECT min(x.id) FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id
 WHERE x.dossier_id = $1 AND x.kind = $2 AND f.sealed_at IS NOT NULL HAVING count(*) > 0;

-- name: dossier_procedure
-- Which table of steps a dossier follows, and where it stands.
-- result: maybe
-- params: dossier bigint
-- row: procedure text, phase text
SELECT procedure, phase FROM opx.dossier WHERE id = $1;
