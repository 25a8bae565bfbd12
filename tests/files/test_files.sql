-- SPDX-License-Identifier: MPL-2.0
-- What the tests of files set up and look at, as the superuser.

-- name: files_row
-- result: one
-- params: file bigint
-- row: state text, received bigint, size bigint, name bytea, name_shown text, sha256 bytea?, sha512 bytea?, mime text, ext text, pages integer?, store_name text?, checks text, sentence text, jobs bigint
SELECT state, received, size, name, name_shown, sha256, sha512, mime, ext, pages, store_name, array_to_string(checks, ','), sentence,
       (SELECT count(*) FROM opx.job j WHERE j.kind = 'file.check' AND j.ref = f.id AND j.state = 'ready')
  FROM opx.draft_file f WHERE f.id = $1;

-- name: files_of_draft
-- result: many
-- params: draft bigint
-- row: id bigint, name bytea, state text, sentence text
SELECT id, name, state, sentence FROM opx.draft_file WHERE draft_id = $1 AND state <> 'removed' ORDER BY n;

-- name: files_by_upload
-- result: one
-- params: upload text
-- row: id bigint
SELECT id FROM opx.draft_file WHERE upload = $1;

-- name: files_draft_state
-- result: exec
-- params: draft bigint, state text, days bigint
UPDATE opx.draft SET state = $2, expires_at = now() + $3::bigint * interval '1 day' WHERE id = $1;

-- name: files_declare
-- result: exec
-- params: file bigint, declared text
UPDATE opx.draft_file SET declared_type = $2 WHERE id = $1;
