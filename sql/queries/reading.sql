-- SPDX-License-Identifier: MPL-2.0
-- Openings: the handover is committed before one byte leaves (security 3.5).

-- name: reading_turn
-- One at a time of a session's openings of one document: each then sees whether the one before it wrote the handover.
-- result: one
-- params: session bigint, document bigint
-- row: is_mine boolean
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('reading ' || ($1::bigint)::text || ' ' || ($2::bigint)::text, 0)) IS NOT NULL;

-- name: reading_document
-- What an opening needs of a document that the person may read. is_known: this session has its handover already; there is one a session,
-- document, representation and given file (a bundle has its own hash). No session: that of the context.
-- result: one
-- params: document bigint, session bigint?, representation text, given bytea?
-- row: dossier_id bigint, n integer, author_id bigint, name bytea, mime text, ext text, size bigint, sha256 bytea, store_name text, is_known boolean
SELECT x.dossier_id, x.n, x.author_id, c.name, c.mime, c.ext, c.size, c.sha256, c.store_name,
       EXISTS (SELECT FROM opx.handover h
                WHERE h.session_id = coalesce($2, nullif(pg_catalog.current_setting('opx.session', true), '')::bigint) AND h.document_id = x.id AND h.representation = $3 AND h.sha256 IS NOT DISTINCT FROM $4)
  FROM opx.document x JOIN opx.document_content c ON c.document_id = x.id WHERE x.id = $1;

-- name: reading_handover
-- result: exec
-- params: document bigint, person bigint, session bigint, representation text, sha256 bytea?, at timestamptz, event bigint
INSERT INTO opx.handover (document_id, person_id, session_id, representation, sha256, at, event_id) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: reading_notice
-- The notices of that filing are read, once the person has opened all of it that he may read.
-- result: exec
-- params: document bigint, person bigint
UPDATE opx.notice n SET read_at = clock_timestamp()
  FROM opx.document o
 WHERE o.id = $1 AND n.person_id = $2 AND n.dossier_id = o.dossier_id AND n.filing_id = o.filing_id AND n.read_at IS NULL
   AND NOT EXISTS (SELECT FROM opx.document x
                    WHERE x.filing_id = o.filing_id AND x.author_id <> $2
                      AND EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = $2 OFFSET 0)
                      AND NOT EXISTS (SELECT FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = $2 OFFSET 0));
