-- SPDX-License-Identifier: MPL-2.0
-- The queue of a lane. A taken row carries the connection that does it: it is free again as soon as that connection is gone,
-- whatever ended it, and what was taken counts as an attempt even when nobody came back to say so.

-- name: job_take
-- The next free row, taken: two processes never get the same one. Its run_at already says when to try again after a crash.
-- result: maybe
-- params: lane text
-- row: id bigint, kind text, key text?, ref bigint?, ref2 bigint?, secret bytea?, attempts integer, max_attempts integer
UPDATE opx.job t
   SET attempts = t.attempts + 1, run_at = clock_timestamp() + least(power(2, least(t.attempts + 1, 12)), 3600) * interval '1 second',
       taken_by = pg_backend_pid(), taken_start = (SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid())
 WHERE t.id = (SELECT j.id FROM opx.job j
                WHERE j.lane = $1 AND j.state = 'ready' AND j.run_at <= now() AND j.attempts < j.max_attempts
                  AND (j.taken_by IS NULL OR NOT EXISTS (
                         SELECT FROM pg_stat_activity a WHERE a.pid = j.taken_by AND a.backend_start = j.taken_start))
                ORDER BY j.run_at, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED)
RETURNING t.id, t.kind, t.key, t.ref, t.ref2, t.secret, t.attempts, t.max_attempts;

-- name: job_end
-- What became of it: done, dead, or ready again after delay_ms; uncounted gives the attempt back. Nothing when it is not ours.
-- result: exec
-- params: job bigint, state text, delay_ms bigint, uncounted integer, error text
UPDATE opx.job
   SET state = $2, attempts = attempts - $4, error = $5, taken_by = NULL, taken_start = NULL,
       run_at = CASE WHEN $2 = 'ready' THEN clock_timestamp() + $3::bigint * interval '1 millisecond' ELSE run_at END,
       done_at = CASE WHEN $2 <> 'ready' THEN clock_timestamp() END,
       secret = CASE WHEN $2 = 'ready' THEN secret END
 WHERE id = $1 AND state = 'ready' AND taken_by = pg_backend_pid();

-- name: job_bury
-- Dead letters of those whose last attempt ended with its process.
-- result: exec
-- params: lane text
UPDATE opx.job j SET state = 'dead', done_at = clock_timestamp(), taken_by = NULL, taken_start = NULL, secret = NULL,
       error = CASE WHEN j.error = '' THEN 'its process ended each time' ELSE j.error END
 WHERE j.lane = $1 AND j.state = 'ready' AND j.attempts >= j.max_attempts AND j.run_at <= now()
   AND (j.taken_by IS NULL OR NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = j.taken_by AND a.backend_start = j.taken_start));

-- name: job_keep
-- A job that comes back: one live row a key, every_s after the last one ended, at once when there was none.
-- result: exec
-- params: lane text, kind text, key text, every_s bigint
INSERT INTO opx.job (lane, kind, key, run_at, max_attempts)
SELECT $1, $2, $3, coalesce((SELECT max(o.done_at) FROM opx.job o WHERE o.key = $3 AND o.state <> 'ready' AND o.lane = $1)
                            + $4::bigint * interval '1 second', clock_timestamp()), 20
ON CONFLICT DO NOTHING;

-- name: job_sweep
-- Finished ones are deleted, dead letters stay until somebody looks at them.
-- result: exec
-- params: lane text, days bigint
DELETE FROM opx.job WHERE id IN (
  SELECT id FROM opx.job WHERE lane = $1 AND state = 'done' AND done_at < now() - $2::bigint * interval '1 day' ORDER BY done_at LIMIT 5000);
