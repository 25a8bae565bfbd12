-- SPDX-License-Identifier: MPL-2.0
-- What every layer may leave behind: a line of the audit trail, a job for a lane.

-- name: work_trail
-- The audit trail; net_salt opens the hash that the body has in net{}.
-- result: exec
-- params: kind text, person bigint?, dossier bigint?, object text, request text, address text, agent text, salt bytea?, detail text
INSERT INTO opx.security_event (kind, person_id, dossier_id, object, request_id, address, agent, net_salt, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: work_job
-- A second live job with the same key is dropped. (No key after ON CONFLICT: that would be read, and a lane reads its own rows only.)
-- result: exec
-- params: lane text, kind text, key text?, ref bigint?, ref2 bigint?, secret bytea?, delay_s bigint, max_attempts integer
INSERT INTO opx.job (lane, kind, key, ref, ref2, secret, run_at, max_attempts)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7::bigint * interval '1 second', $8)
ON CONFLICT DO NOTHING;

-- name: work_alive
-- Does the database answer?
-- result: one
-- params: none text
-- row: is_alive boolean
SELECT true WHERE $1 = '';

-- name: work_trouble
-- A part of the service does not answer: written once, when it begins.
-- result: exec
-- params: name text
INSERT INTO opx.trouble (name) VALUES ($1) ON CONFLICT (name) DO NOTHING;

-- name: work_trouble_over
-- result: exec
-- params: name text
DELETE FROM opx.trouble WHERE name = $1;

-- name: work_trouble_seal
-- Sealing is in trouble when the oldest event has waited for more than 10 s, and no longer when none has.
-- result: exec
-- params: wait_s bigint
WITH late AS (
  SELECT min(e.at) AS at FROM opx.event_waiting w JOIN opx.event e ON e.id = w.event_id
  HAVING min(e.at) < clock_timestamp() - $1::bigint * interval '1 second'
), begun AS (
  INSERT INTO opx.trouble (name, since) SELECT 'seal', at FROM late ON CONFLICT (name) DO NOTHING
)
DELETE FROM opx.trouble WHERE name = 'seal' AND NOT EXISTS (SELECT FROM late);

-- name: work_trouble_since
-- Is this part in trouble, and since when?
-- result: maybe
-- params: name text
-- row: since timestamptz
SELECT since FROM opx.trouble WHERE name = $1;
