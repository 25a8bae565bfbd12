-- SPDX-License-Identifier: MPL-2.0
-- The files lane: a received file is stored, then checked; what nobody needs any more is swept.

-- name: file_find
-- result: maybe
-- params: file bigint
-- row: id bigint, draft_id bigint, upload text, name_shown text, declared_type text, size bigint, received bigint, state text, store_name text?
SELECT id, draft_id, upload, name_shown, declared_type, size, received, state, store_name FROM opx.draft_file WHERE id = $1;

-- name: file_stored
-- The bytes are safe in the store; one of two runs of the same job wins.
-- result: exec
-- params: file bigint, store_name text, sha256 bytea, sha512 bytea
UPDATE opx.draft_file SET store_name = $2, sha256 = $3, sha512 = $4
 WHERE id = $1 AND state = 'received' AND store_name IS NULL;

-- name: file_ready
-- result: exec
-- params: file bigint, mime text, ext text, pages integer?, checks text[], sentence text
UPDATE opx.draft_file SET state = 'ready', mime = $2, ext = $3, pages = $4, checks = $5, sentence = $6
 WHERE id = $1 AND state = 'received' AND store_name IS NOT NULL;

-- name: file_refused
-- A refused file is not kept.
-- result: exec
-- params: file bigint, checks text[], sentence text
UPDATE opx.draft_file SET state = 'refused', checks = $2, sentence = $3, store_name = NULL
 WHERE id = $1 AND state = 'received';

-- name: file_uploads_live
-- Of these uploads, those that still wait for bytes or for their check.
-- result: many
-- params: uploads text[]
-- row: upload text
SELECT f.upload FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id
 WHERE f.upload = ANY ($1) AND f.state IN ('sending', 'received') AND b.state = 'open';

-- name: file_stores_live
-- Of these names of the store, those that a document or a draft needs.
-- result: many
-- params: names text[]
-- row: name text
SELECT c.store_name FROM opx.document_content c WHERE c.store_name = ANY ($1)
UNION
SELECT f.store_name FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id
 WHERE f.store_name = ANY ($1) AND f.state <> 'removed' AND b.state <> 'discarded';

-- name: file_drafts_expire
-- A draft that nobody touched for its whole time: its files become orphans.
-- result: exec
UPDATE opx.draft SET state = 'discarded', updated_at = clock_timestamp() WHERE state = 'open' AND expires_at < clock_timestamp();
