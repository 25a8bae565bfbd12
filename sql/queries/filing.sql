-- SPDX-License-Identifier: MPL-2.0
-- Confirming a draft: the filing, its documents, their frozen readers, their notices.

-- name: filing_of_draft
-- Of a draft that was filed: a second click finds the first one's filing.
-- result: maybe
-- params: draft bigint
-- row: number integer, dossier_id bigint
SELECT number, dossier_id FROM opx.filing WHERE draft_id = $1;

-- name: filing_draft
-- result: maybe
-- params: draft bigint, author bigint
-- row: dossier_id bigint, kind text, title text, state text
SELECT dossier_id, kind, title, state FROM opx.draft WHERE id = $1 AND author_id = $2 FOR UPDATE;

-- name: filing_files
-- result: many
-- params: draft bigint
-- row: id bigint, n integer, name bytea, name_shown text, size bigint, kind text, ground text, state text, sha256 bytea?, sha512 bytea?, mime text, ext text, pages integer?, store_name text?, checks text[], sides bigint[], persons bigint[]
SELECT f.id, f.n, f.name, f.name_shown, f.size, coalesce(nullif(f.kind, ''), b.kind), f.ground, f.state, f.sha256, f.sha512, f.mime, f.ext,
       f.pages, f.store_name, f.checks,
       coalesce((SELECT array_agg(r.side_id) FROM opx.draft_reader r WHERE r.draft_file_id = f.id AND r.side_id IS NOT NULL), '{}'),
       coalesce((SELECT array_agg(r.person_id) FROM opx.draft_reader r WHERE r.draft_file_id = f.id AND r.person_id IS NOT NULL), '{}')
  FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id
 WHERE f.draft_id = $1 AND f.state <> 'removed' ORDER BY f.n;

-- name: filing_readers
-- Who would read a document of that kind by that author: the policy's answer, person by person.
-- result: many
-- params: dossier bigint, kind text, author bigint, sides bigint[], persons bigint[]
-- row: person_id bigint, pseudonym integer, role text, side_id bigint?, value text, rule text, reads boolean
SELECT person_id, pseudonym, role, side_id, value, rule, reads FROM opx.right_readers($1, $2, $3, $4, $5);

-- name: filing_insert
-- result: one
-- params: dossier bigint, draft bigint, author bigint, side bigint?, role text, kind text, title text, auth_kind text, level text, at timestamptz
-- row: id bigint, number integer
WITH d AS (UPDATE opx.dossier SET last_filing = last_filing + 1 WHERE id = $1 RETURNING last_filing)
INSERT INTO opx.filing (dossier_id, number, draft_id, author_id, side_id, role, kind, title, auth_kind, level, filed_at)
SELECT $1, d.last_filing, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM d RETURNING id, number;

-- name: filing_documents
-- The documents of a filing, numbered in the order of its files: in the dossier, and in the series of their kind (per_side: of the side).
-- result: many
-- params: dossier bigint, filing bigint, author bigint, side bigint?, at timestamptz, kinds text[], grounds text[], per_side text[]
-- row: id bigint, n integer, series_number integer
WITH k AS (
  SELECT * FROM unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY k (kind, ground, per_side, place)
), d AS (
  UPDATE opx.dossier SET last_document = last_document + cardinality($6::text[]) WHERE id = $1 RETURNING last_document
), x AS (
  INSERT INTO opx.document (dossier_id, filing_id, n, kind, series_number, author_id, side_id, filed_at, ground)
  SELECT $1, $2, d.last_document - cardinality($6::text[]) + k.place, k.kind,
       coalesce((SELECT x.series_number FROM opx.document x
                  WHERE x.dossier_id = $1 AND x.kind = k.kind AND (k.per_side = '' OR x.side_id IS NOT DISTINCT FROM $4)
                  ORDER BY x.series_number DESC LIMIT 1), 0) + row_number() OVER (PARTITION BY k.kind ORDER BY k.place),
       $3, $4, $5, k.ground
  FROM k CROSS JOIN d RETURNING id, n, series_number
)
SELECT x.id, x.n, x.series_number FROM x ORDER BY x.n;

-- name: filing_contents
-- What the files of the draft are, if they are still those that were read: fewer rows otherwise.
-- result: exec
-- params: title text, documents bigint[], files bigint[], hashes bytea[]
INSERT INTO opx.document_content (document_id, title, name, name_shown, size, sha256, sha512, mime, ext, pages, store_name, checks)
SELECT k.document, $1, f.name, f.name_shown, f.size, f.sha256, f.sha512, f.mime, f.ext, f.pages, f.store_name, f.checks
  FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) k (document, file, sha256)
  JOIN opx.draft_file f ON f.id = k.file AND f.sha256 = k.sha256 AND f.state = 'ready';

-- name: filing_recipients
-- result: exec
-- params: documents bigint[], persons bigint[], pseudonyms integer[]
INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[]);

-- name: filing_sides
-- Sides of a dossier, each once, in order.
-- result: many
-- params: dossier bigint, sides bigint[]
-- row: id bigint, n integer
SELECT id, n FROM opx.side WHERE dossier_id = $1 AND id = ANY ($2::bigint[]) ORDER BY n;

-- name: filing_addressed
-- To a side (person 0) or to a person (side 0).
-- result: exec
-- params: documents bigint[], sides bigint[], persons bigint[]
INSERT INTO opx.document_addressed (document_id, side_id, person_id)
SELECT k.document, nullif(k.side, 0), nullif(k.person, 0) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) k (document, side, person);

-- name: filing_notices
-- One notice a recipient of the filing, but the author. Its readers alone may see it: no id comes back.
-- result: exec
-- params: dossier bigint, filing bigint, author bigint
INSERT INTO opx.notice (dossier_id, person_id, filing_id, kind)
SELECT DISTINCT $1::bigint, r.person_id, $2::bigint, 'filing' FROM opx.document x JOIN opx.document_recipient r ON r.document_id = x.id
 WHERE x.filing_id = $2 AND r.person_id <> $3;

-- name: filing_draft_done
-- result: exec
-- params: draft bigint
UPDATE opx.draft SET state = 'filed', updated_at = clock_timestamp() WHERE id = $1;

-- name: filing_duplicates
-- The same bytes already in the dossier, where this person may know it.
-- result: many
-- params: dossier bigint, draft bigint, viewer bigint
-- row: name_shown text, filing_number integer
SELECT t.name_shown, g.number
  FROM (SELECT f.n, f.name_shown, c.document_id FROM opx.draft_file f JOIN opx.document_content c ON c.sha256 = f.sha256
         WHERE f.draft_id = $2 AND f.state = 'ready' OFFSET 0) t
  JOIN opx.document x ON x.id = t.document_id AND x.dossier_id = $1
  JOIN opx.filing g ON g.id = x.filing_id
 WHERE EXISTS (SELECT FROM opx.document_visible_to($3) v WHERE v.id = x.id OFFSET 0) ORDER BY t.n LIMIT 20;

-- name: filing_sealed
-- result: maybe
-- params: dossier bigint, number integer
-- row: sealed_at timestamptz
SELECT sealed_at FROM opx.filing WHERE dossier_id = $1 AND number = $2 AND sealed_at IS NOT NULL;
