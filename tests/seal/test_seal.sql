-- SPDX-License-Identifier: MPL-2.0
-- What the tests of opx-seal look at, and what they do in the place of the post lane.

-- name: st_jobs
-- result: many
-- params: kind text
-- row: id bigint, lane text, key text?, ref bigint?, ref2 bigint?
SELECT id, lane, key, ref, ref2 FROM opx.job WHERE kind = $1 AND state = 'ready' ORDER BY id;

-- name: st_job_done
-- result: exec
-- params: id bigint
UPDATE opx.job SET state = 'done', done_at = clock_timestamp() WHERE id = $1;

-- name: st_token
-- result: exec
-- params: sha256 bytea, tsr bytea, gen_time timestamptz, log bigint, size bigint
INSERT INTO opx.token (kind, sha256, sha512, tsr, imprint, gen_time, accuracy_us, authority, log_id, size)
VALUES ('checkpoint', $1, '', $2, $1, $3, 1000000, 'test', $4, $5);

-- name: st_lines
-- Lines of dossiers and of the global log, in order; body: as the line must name it.
-- result: many
-- row: log_id bigint, origin text, kind text, seq bigint, line text, body_sha256 bytea, body bytea?, event_id bigint?
SELECT l.id, l.origin, l.kind, f.seq, f.line, e.body_sha256, b.body, e.id
  FROM opx.leaf f JOIN opx.log l ON l.id = f.log_id JOIN opx.event e ON e.id = f.event_id LEFT JOIN opx.event_body b ON b.event_id = e.id
UNION ALL
SELECT l.id, l.origin, l.kind, g.seq, g.line, sha256(g.body), g.body, NULL FROM opx.global_line g JOIN opx.log l ON l.id = g.log_id
 ORDER BY 1, 4;

-- name: st_heads
-- result: many
-- row: log_id bigint, size bigint, root bytea, note bytea
SELECT log_id, size, root, note FROM opx.checkpoint ORDER BY log_id, size;

-- name: st_counts
-- result: one
-- row: waiting bigint, events bigint, lines bigint, unsealed bigint, sealed bigint, heads bigint, case_heads bigint, stamped bigint
SELECT (SELECT count(*) FROM opx.event_waiting), (SELECT count(*) FROM opx.event), (SELECT count(*) FROM opx.leaf),
       (SELECT count(*) FROM opx.filing WHERE sealed_at IS NULL), (SELECT count(*) FROM opx.filing WHERE sealed_at IS NOT NULL),
       (SELECT count(*) FROM opx.checkpoint), (SELECT count(*) FROM opx.global_line WHERE head_log_id IS NOT NULL),
       (SELECT count(*) FROM opx.token);

-- name: st_request
-- As opx_make would.
-- result: one
-- params: sha256 bytea, artefact bigint?
-- row: id bigint
INSERT INTO opx.seal_request (kind, sha256, artefact_id) VALUES ('bundle', $1, $2) RETURNING id;

-- name: st_answer
-- result: one
-- params: id bigint
-- row: p7s bytea?, is_answered boolean
SELECT p7s, answered_at IS NOT NULL FROM opx.seal_request WHERE id = $1;

-- name: st_key
-- result: many
-- row: public_key bytea
SELECT public_key FROM opx.log_key;

-- name: st_documents
-- result: many
-- row: id bigint
SELECT id FROM opx.document ORDER BY id;

-- name: st_lock
-- result: exec
LOCK TABLE opx.leaf IN EXCLUSIVE MODE;

-- name: st_is_told
-- Is this trouble written down for the pages?
-- result: one
-- params: name text
-- row: is_told boolean
SELECT EXISTS (SELECT FROM opx.trouble t WHERE t.name = $1);
