-- SPDX-License-Identifier: MPL-2.0

-- name: matrix_ask
-- The one answer (opx.right_ask) for the person of the transaction's context.
-- result: one
-- params: object text, action text, subject text, id bigint, key text, number bigint
-- row: decision text, value text, rule text, role text, phase text, dossier bigint, subject_exists boolean, knows boolean
SELECT decision, value, rule, role, phase, dossier, subject_exists, knows FROM opx.right_ask($1, $2, $3, $4, $5, $6);

-- name: matrix_current
-- result: maybe
-- params: none text
-- row: sha256 bytea
SELECT sha256 FROM opx.rights_version WHERE is_current AND $1 = '';

-- name: matrix_forget
-- result: exec
-- params: none text
DELETE FROM opx.right_cell WHERE $1 = '';

-- name: matrix_cells
-- One array a column: the whole table in one statement.
-- result: exec
-- params: objects text[], actions text[], states text[], roles text[], cell_values text[], rules text[]
INSERT INTO opx.right_cell (object, action, state, role, value, rule)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]);

-- name: matrix_retire
-- result: exec
-- params: none text
UPDATE opx.rights_version SET is_current = false WHERE is_current AND $1 = '';

-- name: matrix_publish
-- result: exec
-- params: sha256 bytea, csv bytea
INSERT INTO opx.rights_version (sha256, csv, is_current) VALUES ($1, $2, true)
ON CONFLICT (sha256) DO UPDATE SET is_current = true;
