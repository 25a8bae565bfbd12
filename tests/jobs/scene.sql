-- SPDX-License-Identifier: MPL-2.0
-- What the tests of the lanes set up and look at, as superuser.

-- name: scene_job
-- result: one
-- params: kind text, ref bigint, max_attempts integer, secret bytea?
-- row: id bigint
INSERT INTO opx.job (lane, kind, ref, max_attempts, secret) VALUES ('files', $1, $2, $3, $4) RETURNING id;

-- name: scene_job_state
-- in_ms: how long until it may run.
-- result: one
-- params: job bigint
-- row: state text, attempts integer, in_ms bigint, error text, has_secret boolean, is_taken boolean
SELECT state, attempts, (extract(epoch FROM run_at - clock_timestamp()) * 1000)::bigint, error, secret IS NOT NULL, taken_by IS NOT NULL
  FROM opx.job WHERE id = $1;

-- name: scene_job_now
-- result: exec
-- params: job bigint
UPDATE opx.job SET run_at = now() WHERE id = $1;

-- name: scene_job_attempts
-- result: exec
-- params: job bigint, attempts integer
UPDATE opx.job SET attempts = $2, run_at = now() WHERE id = $1;

-- name: scene_jobs
-- How many there are of a state, for a kind or a key.
-- result: one
-- params: state text, kind text, key text
-- row: n bigint, in_ms bigint?
SELECT count(*), min((extract(epoch FROM run_at - clock_timestamp()) * 1000)::bigint) FROM opx.job
 WHERE state = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR key = $3);

-- name: scene_age
-- result: exec
-- params: days bigint
UPDATE opx.job SET done_at = done_at - $1::bigint * interval '1 day' WHERE state <> 'ready';

-- name: scene_backend
-- The connection that holds a job is still there?
-- result: one
-- params: job bigint
-- row: is_there boolean
SELECT EXISTS (SELECT FROM pg_stat_activity a JOIN opx.job j ON j.taken_by = a.pid AND j.taken_start = a.backend_start WHERE j.id = $1);

-- name: scene_clear
-- result: exec
-- params: lane text
DELETE FROM opx.job WHERE lane = $1;

-- name: scene_card
-- A card of an account, and a session opened with it.
-- result: one
-- params: account bigint, person bigint, issuer_key bytea, serial bytea, cert bytea
-- row: session_id bigint, credential_id bigint
WITH c AS (INSERT INTO opx.credential (account_id, kind, issuer_key, serial, cert_sha256) VALUES ($1, 'x509', $3, $4, $5) RETURNING id)
INSERT INTO opx.session (token_sha256, csrf_secret, account_id, person_id, credential_id, host, auth_kind, level, cert_sha256, cert_chain, expires_at)
SELECT $5, $5, $1, $2, c.id, 'card', 'x509', 'L2', $5, ARRAY[$5], now() + interval '1 hour' FROM c RETURNING id, credential_id;

-- name: scene_told
-- result: one
-- params: kind text, ref bigint
-- row: n bigint
SELECT count(*) FROM opx.job WHERE kind = $1 AND ref = $2 AND state = 'ready' AND lane = 'post';

-- name: scene_session
-- result: one
-- params: session bigint
-- row: is_open boolean, reason text?
SELECT ended_at IS NULL, end_reason FROM opx.session WHERE id = $1;

-- name: scene_source
-- result: one
-- params: issuer_key bytea
-- row: purpose text, url text, crl bytea?, fetched_at timestamptz?, has_failed boolean, error text, revoked bigint, seen bigint
SELECT s.purpose, s.url, s.crl_sha256, s.fetched_at, s.failed_at IS NOT NULL, s.error,
       (SELECT count(*) FROM opx.revoked_serial r WHERE r.issuer_key = s.issuer_key),
       (SELECT count(*) FROM opx.revocation_seen v WHERE v.issuer_key = s.issuer_key)
  FROM opx.revocation_source s WHERE s.issuer_key = $1;

-- name: scene_person_rename
-- result: exec
-- params: person bigint, family text
UPDATE opx.person SET family_name = $2 WHERE id = $1;

-- name: scene_documents
-- result: many
-- params: dossier bigint
-- row: id bigint, filing_id bigint
SELECT id, filing_id FROM opx.document WHERE dossier_id = $1 ORDER BY id;

-- name: scene_invitation
-- result: one
-- params: dossier bigint, person bigint
-- row: id bigint, number text, is_sent boolean
SELECT id, number, mail_sent_at IS NOT NULL FROM opx.invitation WHERE dossier_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1;

-- name: scene_events
-- result: many
-- params: dossier bigint, type text
-- row: body bytea, visible integer[], about_id bigint?, document_id bigint?, filing_id bigint?, log_kind text
SELECT b.body, e.visible_to, e.about_id, e.document_id, e.filing_id, l.kind FROM opx.event e
  JOIN opx.event_body b ON b.event_id = e.id JOIN opx.log l ON l.id = e.log_id
 WHERE e.dossier_id = $1 AND e.type = $2 ORDER BY e.id;

-- name: scene_deliveries
-- result: many
-- params: dossier bigint
-- row: state text, address text, message bytea, relay text
SELECT d.state, d.address, d.message_sha256, d.relay_answer FROM opx.delivery d JOIN opx.notice n ON n.id = d.notice_id
 WHERE n.dossier_id = $1 ORDER BY d.id;

-- name: scene_deliveries_clear
-- result: exec
-- params: dossier bigint
DELETE FROM opx.delivery WHERE notice_id IN (SELECT id FROM opx.notice WHERE dossier_id = $1);

-- name: scene_tokens
-- result: many
-- params: kind text
-- row: sha256 bytea, imprint bytea, gen_time timestamptz, accuracy_us bigint, authority text, log_id bigint?, size bigint?, document_id bigint?, stamp_request_id bigint?
SELECT sha256, imprint, gen_time, accuracy_us, authority, log_id, size, document_id, stamp_request_id FROM opx.token WHERE kind = $1 ORDER BY id;

-- name: scene_checkpoint
-- result: one
-- params: dossier bigint, size bigint, note bytea, root bytea
-- row: log_id bigint
INSERT INTO opx.checkpoint (log_id, size, root, note) SELECT l.id, $2, $4, $3 FROM opx.log l WHERE l.dossier_id = $1 AND l.kind = 'c' RETURNING log_id;

-- name: scene_checkpoint_age
-- As if everything had been sealed so many hours before; heads only grow, so new rows take the place of none.
-- result: exec
-- params: hours integer
INSERT INTO opx.checkpoint (log_id, size, root, note, at)
SELECT log_id, size + 1, root, note, now() - make_interval(hours => $1) FROM opx.checkpoint WHERE size = 9;

-- name: scene_request
-- result: one
-- params: artefact bigint, sha256 bytea
-- row: id bigint
INSERT INTO opx.stamp_request (kind, sha256, artefact_id) VALUES ('sums', $2, $1) RETURNING id;

-- name: scene_certificates
-- result: one
-- params: none text
-- row: n bigint
SELECT count(*) FROM opx.certificate_seen WHERE $1 = '';
