-- SPDX-License-Identifier: MPL-2.0
-- What opx-admin writes and asks, as opx_migrate.

-- name: admin_zones
-- The view reads a file for each zone: once an import, not once a line.
-- result: many
-- params: none text
-- row: name text
SELECT name FROM pg_catalog.pg_timezone_names WHERE $1 = '';

-- name: admin_court
-- Writes a court where it differs; nothing is written when the parent is not known.
-- result: one
-- params: code text, kind text, name text, parent text, calendar text, zone text
-- row: parent_known boolean, changed boolean
WITH k AS (SELECT (SELECT id FROM opx.court WHERE code = $4) AS parent_id,
                  $4 = '' OR EXISTS (SELECT FROM opx.court WHERE code = $4) AS parent_known),
     w AS (INSERT INTO opx.court AS c (code, kind, name, parent_id, calendar, zone)
           SELECT $1, $2, $3, k.parent_id, $5, $6 FROM k WHERE k.parent_known
           ON CONFLICT (code) DO UPDATE SET kind = $2, name = $3, parent_id = excluded.parent_id, calendar = $5, zone = $6
              WHERE (c.kind, c.name, c.parent_id, c.calendar, c.zone) IS DISTINCT FROM ($2, $3, excluded.parent_id, $5, $6)
           RETURNING 1)
SELECT k.parent_known, EXISTS (SELECT FROM w) FROM k;

-- name: admin_compagnie
-- Writes a compagnie where it differs; nothing is written when its court of appeal is not known by that name.
-- result: one
-- params: name text, kind text, cour_appel text
-- row: court_known boolean, changed boolean
WITH k AS (SELECT (SELECT id FROM opx.court WHERE name = $3 AND kind IN ('cour_appel', 'cour_administrative_appel')) AS court_id,
                  $3 = '' OR EXISTS (SELECT FROM opx.court WHERE name = $3 AND kind IN ('cour_appel', 'cour_administrative_appel')) AS court_known),
     w AS (INSERT INTO opx.compagnie AS c (name, kind, court_id)
           SELECT $1, $2, k.court_id FROM k WHERE k.court_known
           ON CONFLICT (name) DO UPDATE SET kind = $2, court_id = excluded.court_id
              WHERE (c.kind, c.court_id) IS DISTINCT FROM ($2, excluded.court_id)
           RETURNING 1)
SELECT k.court_known, EXISTS (SELECT FROM w) FROM k;

-- name: admin_known
-- What stands already of an administrator who is to be made; is_done: all of it.
-- result: one
-- params: court text, identifier text, cert bytea
-- row: has_court boolean, has_account boolean, has_certificate boolean, is_done boolean
SELECT EXISTS (SELECT FROM opx.court WHERE code = $1),
       EXISTS (SELECT FROM opx.account WHERE identifier = $2),
       EXISTS (SELECT FROM opx.credential WHERE cert_sha256 = $3),
       EXISTS (SELECT FROM opx.account a
                 JOIN opx.credential c ON c.account_id = a.id AND c.cert_sha256 = $3 AND c.ended_at IS NULL
                 JOIN opx.capacity k ON k.account_id = a.id AND k.role = 'court_admin' AND k.until_at IS NULL
                 JOIN opx.court t ON t.id = k.court_id AND t.code = $1
                WHERE a.identifier = $2 AND a.state = 'active');

-- name: admin_person
-- result: one
-- params: title text, given_name text, family_name text, mail text
-- row: id bigint
INSERT INTO opx.person (title, given_name, family_name, mail) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: admin_account
-- result: one
-- params: person bigint, identifier text
-- row: id bigint
INSERT INTO opx.account (person_id, identifier) VALUES ($1, $2) RETURNING id;

-- name: admin_certificate
-- Evidence names a certificate by its hash and needs it years later.
-- result: exec
-- params: sha256 bytea, der bytea
INSERT INTO opx.certificate_seen (sha256, der) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING;

-- name: admin_credential
-- result: exec
-- params: account bigint, issuer_key bytea, serial bytea, cert bytea, label text, not_after timestamptz
INSERT INTO opx.credential (account_id, kind, issuer_key, serial, cert_sha256, label, not_after) VALUES ($1, 'x509', $2, $3, $4, $5, $6);

-- name: admin_capacity
-- result: exec
-- params: account bigint, court text
INSERT INTO opx.capacity (account_id, role, court_id) SELECT $1, 'court_admin', c.id FROM opx.court c WHERE c.code = $2;

-- name: admin_job_counts
-- result: many
-- params: none text
-- row: lane text, kind text, state text, n bigint, next_at timestamptz?
SELECT lane, kind, state, count(*), min(run_at) FILTER (WHERE state = 'ready') FROM opx.job WHERE $1 = '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: admin_job_dead
-- result: many
-- params: at_most bigint
-- row: id bigint, lane text, kind text, ref bigint?, attempts integer, at timestamptz, error text
SELECT id, lane, kind, ref, attempts, coalesce(done_at, run_at), error FROM opx.job WHERE state = 'dead' ORDER BY id DESC LIMIT $1;

-- name: admin_job_retry
-- A dead job begins again at once.
-- result: exec
-- params: id bigint
UPDATE opx.job SET state = 'ready', attempts = 0, run_at = clock_timestamp(), done_at = NULL WHERE id = $1 AND state = 'dead';

-- name: admin_job_drop
-- A dead job is given up; it goes with the finished ones.
-- result: exec
-- params: id bigint
UPDATE opx.job SET state = 'done', done_at = clock_timestamp(), secret = NULL, error = left('dropped by the operator: ' || error, 500)
 WHERE id = $1 AND state = 'dead';

-- name: admin_right_rows
-- The compiled matrix of one (object, action): a row for each rule and value, with its states and roles.
-- result: many
-- params: object text, action text
-- row: rule text, value text, states text, roles text
SELECT rule, value, states, string_agg(role, ', ' ORDER BY role)
  FROM (SELECT c.rule, c.role, c.value, string_agg(c.state, ', ' ORDER BY c.state) AS states
          FROM opx.right_cell c WHERE c.object = $1 AND c.action = $2 GROUP BY 1, 2, 3) x
 GROUP BY rule, value, states ORDER BY rule, states, value = 'deny', value;

-- name: admin_right_objects
-- result: many
-- params: object text
-- row: object text, actions text
SELECT object, string_agg(DISTINCT action, ', ' ORDER BY action) FROM opx.right_cell WHERE $1 = '' OR object = $1 GROUP BY object ORDER BY object;

-- name: admin_right_ask
-- The one answer, for the person of the transaction's context.
-- result: one
-- params: object text, action text, subject text, id bigint
-- row: decision text, value text, rule text, role text, phase text, knows boolean
SELECT decision, value, rule, role, phase, knows FROM opx.right_ask($1, $2, $3, $4, '', 0);

-- name: admin_person_of
-- result: maybe
-- params: identifier text
-- row: person_id bigint
SELECT person_id FROM opx.account WHERE identifier = $1;
