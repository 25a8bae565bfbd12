-- SPDX-License-Identifier: MPL-2.0
-- Drafts and the files that arrive in them. A draft is its author's: row security lets nobody else near it.

-- name: draft_insert
-- result: one
-- params: dossier bigint, author bigint, kind text
-- row: id bigint
INSERT INTO opx.draft (dossier_id, author_id, kind) VALUES ($1, $2, $3) RETURNING id;

-- name: draft_find
-- result: maybe
-- params: draft bigint
-- row: id bigint, dossier_id bigint, kind text, title text, state text, expires_at timestamptz
SELECT id, dossier_id, kind, title, state, expires_at FROM opx.draft WHERE id = $1;

-- name: draft_save
-- result: exec
-- params: draft bigint, kind text, title text
UPDATE opx.draft SET kind = $2, title = $3, updated_at = clock_timestamp(), expires_at = clock_timestamp() + interval '7 days'
 WHERE id = $1 AND state = 'open';

-- name: draft_said
-- All that the form of a draft says beside the bytes of its files, in one word: a page that carries it can tell that another has saved.
-- result: one
-- params: draft bigint
-- row: word text
SELECT left(encode(sha256(convert_to(jsonb_build_array(d.kind, d.title, (
         SELECT jsonb_agg(jsonb_build_array(f.id, f.kind, f.ground, x.readers) ORDER BY f.id)
           FROM opx.draft_file f,
                LATERAL (SELECT array_agg(r.side_id ORDER BY r.side_id, r.person_id) || array_agg(r.person_id ORDER BY r.side_id, r.person_id)
                           FROM opx.draft_reader r WHERE r.draft_file_id = f.id) x (readers)
          WHERE f.draft_id = d.id AND f.state <> 'removed' AND (f.kind <> '' OR f.ground <> '' OR x.readers IS NOT NULL)))::text, 'UTF8')), 'hex'), 32)
  FROM opx.draft d WHERE d.id = $1;

-- name: draft_discard
-- result: exec
-- params: draft bigint
UPDATE opx.draft SET state = 'discarded', updated_at = clock_timestamp() WHERE id = $1 AND state = 'open';

-- name: draft_files
-- result: many
-- params: draft bigint
-- row: id bigint, n integer, upload text, name_shown text, size bigint, received bigint, kind text, ground text, state text, sha256 bytea?, mime text, pages integer?, sentence text, sides bigint[], persons bigint[]
SELECT f.id, f.n, f.upload, f.name_shown, f.size, f.received, f.kind, f.ground, f.state, f.sha256, f.mime, f.pages, f.sentence,
       coalesce((SELECT array_agg(r.side_id) FROM opx.draft_reader r WHERE r.draft_file_id = f.id AND r.side_id IS NOT NULL), '{}'),
       coalesce((SELECT array_agg(r.person_id) FROM opx.draft_reader r WHERE r.draft_file_id = f.id AND r.person_id IS NOT NULL), '{}')
  FROM opx.draft_file f WHERE f.draft_id = $1 AND f.state <> 'removed' ORDER BY f.n;

-- name: draft_file_add
-- The quota and the number of files are asked in the same statement.
-- result: maybe
-- params: draft bigint, upload text, name bytea, name_shown text, declared text, size bigint, max_files bigint, quota bigint
-- row: id bigint, n integer
INSERT INTO opx.draft_file (draft_id, n, upload, name, name_shown, declared_type, size)
SELECT $1, (SELECT coalesce(max(f.n), 0) + 1 FROM opx.draft_file f WHERE f.draft_id = $1), $2, $3, $4, $5, $6
  FROM opx.draft b
 WHERE b.id = $1 AND b.state = 'open'
   AND (SELECT count(*) FROM opx.draft_file f WHERE f.draft_id = $1 AND f.state <> 'removed') < $7
   AND (SELECT coalesce(sum(f.size), 0)::bigint FROM opx.draft_file f WHERE f.draft_id = $1 AND f.state <> 'removed') + $6 <= $8
RETURNING id, n;

-- name: draft_file_by_upload
-- Locks the row: two pieces of one upload never run side by side.
-- result: maybe
-- params: upload text
-- row: id bigint, draft_id bigint, size bigint, received bigint, state text
SELECT f.id, f.draft_id, f.size, f.received, f.state FROM opx.draft_file f WHERE f.upload = $1 FOR UPDATE;

-- name: draft_file_received
-- result: exec
-- params: file bigint, from_bytes bigint, received bigint
UPDATE opx.draft_file SET received = $3, state = CASE WHEN $3 = size THEN 'received' ELSE state END
 WHERE id = $1 AND received = $2 AND state = 'sending';

-- name: draft_file_remove
-- result: exec
-- params: file bigint, draft bigint
UPDATE opx.draft_file SET state = 'removed' WHERE id = $1 AND draft_id = $2 AND state <> 'removed';

-- name: draft_file_kind
-- result: exec
-- params: file bigint, draft bigint, kind text, ground text
UPDATE opx.draft_file SET kind = $3, ground = $4 WHERE id = $1 AND draft_id = $2 AND state <> 'removed';

-- name: draft_readers_clear
-- result: exec
-- params: file bigint
DELETE FROM opx.draft_reader WHERE draft_file_id = $1;

-- name: draft_readers_add
-- Only sides and members of the draft's own dossier are taken.
-- result: exec
-- params: file bigint, sides bigint[], persons bigint[]
INSERT INTO opx.draft_reader (draft_file_id, side_id, person_id)
SELECT $1::bigint, s.id, NULL::bigint FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id JOIN opx.side s ON s.dossier_id = b.dossier_id
 WHERE f.id = $1 AND s.id = ANY ($2::bigint[])
UNION ALL
SELECT $1::bigint, NULL, m.person_id FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id JOIN opx.member m ON m.dossier_id = b.dossier_id
 WHERE f.id = $1 AND m.person_id = ANY ($3::bigint[]);

-- name: draft_file_turned_away
-- A file of a form whose name cannot come in: a line of the draft that says why, and nothing else of it.
-- result: maybe
-- params: draft bigint, upload text, name bytea, name_shown text, max_files bigint, sentence text
-- row: id bigint
INSERT INTO opx.draft_file (draft_id, n, upload, name, name_shown, size, state, sentence)
SELECT $1, (SELECT coalesce(max(f.n), 0) + 1 FROM opx.draft_file f WHERE f.draft_id = $1), $2, $3, $4, 0, 'refused', $6
  FROM opx.draft b
 WHERE b.id = $1 AND b.state = 'open'
   AND (SELECT count(*) FROM opx.draft_file f WHERE f.draft_id = $1 AND f.state <> 'removed') < $5
RETURNING id;

-- name: draft_lock
-- The draft's row first: two files announced at once are counted one after the other.
-- result: maybe
-- params: draft bigint
-- row: id bigint, dossier_id bigint
SELECT id, dossier_id FROM opx.draft WHERE id = $1 AND state = 'open' FOR UPDATE;
