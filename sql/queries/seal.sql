-- SPDX-License-Identifier: MPL-2.0
-- What opx-seal reads and writes. The journal is the truth: rows that it adds are compared, never changed.

-- name: seal_global_log
-- result: maybe
-- row: id bigint, origin text
SELECT id, origin FROM opx.log WHERE kind = 'g' ORDER BY id DESC LIMIT 1;

-- name: seal_global_log_new
-- result: one
-- params: origin text
-- row: id bigint
INSERT INTO opx.log (origin, kind) VALUES ($1, 'g') RETURNING id;

-- name: seal_key
-- result: exec
-- params: public bytea
INSERT INTO opx.log_key (public_key) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: seal_logs_wrong
-- Logs of the journal that the database does not have, or has under another name.
-- result: many
-- params: ids bigint[], origins text[]
-- row: id bigint
SELECT k.id FROM unnest($1::bigint[], $2::text[]) k(id, origin) LEFT JOIN opx.log l ON l.id = k.id
 WHERE l.origin IS DISTINCT FROM k.origin;

-- name: seal_counts
-- How many lines and heads the database has of each log.
-- result: many
-- params: after_id bigint
-- row: id bigint, lines bigint, heads bigint
SELECT l.id, (SELECT count(*) FROM opx.leaf f WHERE f.log_id = l.id) + (SELECT count(*) FROM opx.global_line g WHERE g.log_id = l.id),
       (SELECT count(*) FROM opx.checkpoint c WHERE c.log_id = l.id)
  FROM opx.log l WHERE l.id > $1 ORDER BY l.id LIMIT 2000;

-- name: seal_waiting
-- The outbox, oldest first, as much as fits in so many bytes of bodies (one at least). blocked: logs, refused: events left out. looked:
-- how many were read for it, with those that did not fit.
-- result: many
-- params: rows bigint, bytes bigint, blocked bigint[], refused bigint[]
-- row: event_id bigint, log_id bigint, origin text, type text, body_sha256 bytea, body bytea?, looked bigint
SELECT x.event_id, x.log_id, x.origin, x.type, x.body_sha256, x.body, x.looked FROM (SELECT y.*, count(*) OVER () AS looked FROM (
  SELECT w.event_id, w.log_id, l.origin, e.type, e.body_sha256, b.body, row_number() OVER o AS n, sum(octet_length(b.body)) OVER o AS total
    FROM opx.event_waiting w JOIN opx.event e ON e.id = w.event_id JOIN opx.log l ON l.id = w.log_id
    LEFT JOIN opx.event_body b ON b.event_id = w.event_id
   WHERE w.log_id <> ALL ($3::bigint[]) AND w.event_id <> ALL ($4::bigint[])
  WINDOW o AS (ORDER BY w.event_id) ORDER BY w.event_id LIMIT $1) y) x
 WHERE x.n = 1 OR coalesce(x.total, 0) <= $2 ORDER BY x.event_id;

-- name: seal_lines_add
-- result: exec
-- params: logs bigint[], seqs bigint[], lines text[], bodies bytea[]
INSERT INTO opx.leaf (log_id, seq, event_id, line)
SELECT k.log, k.seq, e.id, k.line FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[]) k(log, seq, line, body)
  JOIN opx.event e ON e.body_sha256 = k.body AND e.log_id = k.log
    ON CONFLICT DO NOTHING;

-- name: seal_lines_wrong
-- Lines that the database does not have (line NULL), or has otherwise, or for another event.
-- result: many
-- params: logs bigint[], seqs bigint[], lines text[], bodies bytea[]
-- row: log_id bigint, seq bigint, line text?
SELECT k.log, k.seq, f.line FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[]) k(log, seq, line, body)
  LEFT JOIN opx.leaf f ON f.log_id = k.log AND f.seq = k.seq
  LEFT JOIN opx.event e ON e.id = f.event_id AND e.body_sha256 = k.body
 WHERE f.line IS DISTINCT FROM k.line OR e.id IS NULL;

-- name: seal_global_add
-- head_origins '' and head_sizes 0: not a case.head.
-- result: exec
-- params: logs bigint[], seqs bigint[], lines text[], bodies bytea[], head_origins text[], head_sizes bigint[]
INSERT INTO opx.global_line (log_id, seq, line, body, head_log_id, head_size)
SELECT k.log, k.seq, k.line, k.body, l.id, nullif(k.size, 0)
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $6::bigint[]) k(log, seq, line, body, head, size)
  LEFT JOIN opx.log l ON l.origin = k.head
    ON CONFLICT DO NOTHING;

-- name: seal_global_wrong
-- result: many
-- params: logs bigint[], seqs bigint[], lines text[], bodies bytea[]
-- row: log_id bigint, seq bigint, line text?
SELECT k.log, k.seq, g.line FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[]) k(log, seq, line, body)
  LEFT JOIN opx.global_line g ON g.log_id = k.log AND g.seq = k.seq
 WHERE g.line IS DISTINCT FROM k.line OR g.body IS DISTINCT FROM k.body;

-- name: seal_heads_add
-- result: exec
-- params: logs bigint[], sizes bigint[], roots bytea[], notes bytea[]
INSERT INTO opx.checkpoint (log_id, size, root, note)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) ON CONFLICT DO NOTHING;

-- name: seal_heads_wrong
-- result: many
-- params: logs bigint[], sizes bigint[], roots bytea[]
-- row: log_id bigint, size bigint, root bytea?
SELECT k.log, k.size, c.root FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) k(log, size, root)
  LEFT JOIN opx.checkpoint c ON c.log_id = k.log AND c.size = k.size
 WHERE c.root IS DISTINCT FROM k.root;

-- name: seal_waiting_done
-- result: exec
-- params: events bigint[]
DELETE FROM opx.event_waiting WHERE event_id = ANY ($1::bigint[]);

-- name: seal_waiting_known
-- What waits although it has its line: a process died between its commit and nothing.
-- result: exec
DELETE FROM opx.event_waiting w USING opx.leaf f WHERE f.event_id = w.event_id;

-- name: seal_filings
-- Filings all of whose events are sealed (a filing and its events are one transaction, so none waits): visible from now on,
-- told, their documents stamped.
-- result: one
-- row: filings bigint, documents bigint
WITH sealed AS (
  UPDATE opx.filing f SET sealed_at = clock_timestamp() WHERE f.sealed_at IS NULL
     AND NOT EXISTS (SELECT FROM opx.event_waiting w JOIN opx.event e ON e.id = w.event_id WHERE e.filing_id = f.id)
     AND EXISTS (SELECT FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id WHERE e.dossier_id = f.dossier_id AND e.filing_id = f.id)
  RETURNING f.id
), told AS (
  INSERT INTO opx.job (lane, kind, key, ref) SELECT 'post', k.kind, k.prefix || s.id, s.id
    FROM sealed s CROSS JOIN (VALUES ('notice.filing', 'notice:'), ('event.filing', 'event:')) k (kind, prefix)
      ON CONFLICT DO NOTHING
), stamped AS (
  INSERT INTO opx.job (lane, kind, key, ref) SELECT 'post', 'token.document', 'token-doc:' || x.id, x.id
    FROM sealed s JOIN opx.document x ON x.filing_id = s.id
      ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM sealed), (SELECT count(*) FROM stamped);

-- name: seal_stamp_heads
-- result: exec
-- params: logs bigint[], sizes bigint[]
INSERT INTO opx.job (lane, kind, key, ref, ref2)
SELECT 'post', 'token.checkpoint', 'token:' || k.log || ':' || k.size, k.log, k.size FROM unnest($1::bigint[], $2::bigint[]) k(log, size)
    ON CONFLICT DO NOTHING;

-- name: seal_stamp_missing
-- After a start: the newest head of each log that has no token yet.
-- result: exec
INSERT INTO opx.job (lane, kind, key, ref, ref2)
SELECT 'post', 'token.checkpoint', 'token:' || h.log_id || ':' || h.size, h.log_id, h.size
  FROM (SELECT DISTINCT ON (log_id) log_id, size FROM opx.checkpoint ORDER BY log_id, size DESC) h
 WHERE NOT EXISTS (SELECT FROM opx.token t WHERE t.kind = 'checkpoint' AND t.log_id = h.log_id AND t.size = h.size)
    ON CONFLICT DO NOTHING;

-- name: seal_tokens_latest
-- result: many
-- params: after_log bigint
-- row: log_id bigint, size bigint, gen_time timestamptz, tsr bytea
SELECT DISTINCT ON (log_id) log_id, size, gen_time, tsr FROM opx.token
 WHERE kind = 'checkpoint' AND log_id > $1 ORDER BY log_id, gen_time DESC LIMIT 2000;

-- name: seal_tokens_floor
-- Tokens up to this id were all committed long ago: ids commit out of order, a transaction never lasts ten minutes.
-- result: one
-- row: id bigint
SELECT coalesce(max(id), 0) FROM opx.token WHERE at < clock_timestamp() - interval '10 minutes';

-- name: seal_tokens_new
-- result: many
-- params: above bigint, seen bigint[]
-- row: id bigint, log_id bigint, size bigint, gen_time timestamptz, tsr bytea
SELECT id, log_id, size, gen_time, tsr FROM opx.token
 WHERE kind = 'checkpoint' AND id > $1 AND id <> ALL ($2::bigint[]) ORDER BY id LIMIT 500;

-- name: seal_heads_stamped
-- Heads of dossiers that have a token and no line in the global log.
-- result: many
-- params: above bigint, rows bigint
-- row: log_id bigint, origin text, size bigint, note bytea
SELECT t.log_id, l.origin, t.size, c.note
  FROM (SELECT DISTINCT log_id, size FROM opx.token WHERE kind = 'checkpoint' AND id > $1) t
  JOIN opx.log l ON l.id = t.log_id AND l.kind <> 'g'
  JOIN opx.checkpoint c ON c.log_id = t.log_id AND c.size = t.size
 WHERE NOT EXISTS (SELECT FROM opx.global_line g WHERE g.head_log_id = t.log_id AND g.head_size = t.size)
 ORDER BY t.log_id, t.size LIMIT $2;

-- name: seal_requests_open
-- result: many
-- row: id bigint, sha256 bytea, artefact_id bigint?
SELECT id, sha256, artefact_id FROM opx.seal_request WHERE answered_at IS NULL ORDER BY id LIMIT 50;

-- name: seal_requests_answer
-- result: exec
-- params: ids bigint[], p7s bytea[]
UPDATE opx.seal_request r SET p7s = k.p7s, answered_at = clock_timestamp() FROM unnest($1::bigint[], $2::bytea[]) k(id, p7s)
 WHERE r.id = k.id AND r.answered_at IS NULL;

-- name: seal_requests_jobs
-- result: exec
-- params: artefacts bigint[]
INSERT INTO opx.job (lane, kind, key, ref) SELECT 'make', 'bundle.step', 'bundle:' || k.id, k.id FROM unnest($1::bigint[]) k(id)
    ON CONFLICT DO NOTHING;

-- name: seal_clock_wrong
-- Pages say that the clock is behind what was sealed.
-- result: exec
-- params: name text
INSERT INTO opx.trouble (name) VALUES ($1) ON CONFLICT (name) DO NOTHING;

-- name: seal_clock_good
-- result: exec
-- params: name text
DELETE FROM opx.trouble WHERE name = $1;
