-- SPDX-License-Identifier: MPL-2.0

-- name: example_memo
-- The person's memo, and how many deposits were sealed since the plugin is on.
-- result: one
-- params: person bigint
-- row: text text?, sealed bigint
SELECT (SELECT m.text FROM opx_example.memo m WHERE m.person_id = $1), (SELECT count(*) FROM opx_example.sealed_filing);

-- name: example_save
-- result: exec
-- params: person bigint, text text
INSERT INTO opx_example.memo (person_id, text) VALUES ($1, $2)
ON CONFLICT (person_id) DO UPDATE SET text = excluded.text, saved_at = clock_timestamp();

-- name: example_sealed
-- result: exec
-- params: filing bigint
INSERT INTO opx_example.sealed_filing (filing_id) VALUES ($1) ON CONFLICT (filing_id) DO NOTHING;
