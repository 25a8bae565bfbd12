-- SPDX-License-Identifier: MPL-2.0
-- Sessions: found by the hash of their token, with what each request needs to know of the person.

-- name: session_find
-- A live session, its person, its capacities, what is in trouble (most serious first). It makes the person and the session those of the
-- transaction's context, so that what follows in the same pipeline is asked as that person.
-- A role that ended since the sign-in ends the session (security 5.5).
-- result: maybe
-- params: token bytea, idle_s bigint, idle_court_s bigint
-- row: id bigint, account_id bigint, person_id bigint, credential_id bigint?, host text, auth_kind text, level text, auth_at timestamptz, seen_at timestamptz, csrf_secret bytea, cert_sha256 bytea?, name text, capacities text, context text, trouble text?, trouble_since timestamptz?
SELECT s.id, s.account_id, s.person_id, s.credential_id, s.host, s.auth_kind, s.level, s.auth_at, s.seen_at, s.csrf_secret, s.cert_sha256,
       opx.person_name(p), coalesce(k.roles, ''),
       pg_catalog.set_config('opx.person', s.person_id::text, true) || pg_catalog.set_config('opx.session', s.id::text, true), t.name, t.since
  FROM opx.session s
  JOIN opx.account a ON a.id = s.account_id AND a.state = 'active'
  JOIN opx.person p ON p.id = s.person_id
  LEFT JOIN opx.credential c ON c.id = s.credential_id
  CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT q.role, ',') FILTER (WHERE q.until_at IS NULL OR q.until_at > now()) AS roles,
           bool_or(q.role IN ('judge', 'clerk', 'court_admin', 'company_admin', 'platform_operator')) AS is_court,
           bool_or(q.until_at > s.auth_at AND q.until_at <= now()) AS has_ended
      FROM opx.capacity q WHERE q.account_id = s.account_id) k
  LEFT JOIN LATERAL (SELECT b.name, b.since FROM opx.trouble b WHERE b.name <> 'mail' ORDER BY b.name LIMIT 1) t ON true
 WHERE s.token_sha256 = $1 AND s.ended_at IS NULL AND s.expires_at > now()
   AND s.seen_at > now() - make_interval(secs => (CASE WHEN k.is_court THEN $3::bigint ELSE $2::bigint END)::double precision)
   AND (c.id IS NULL OR c.ended_at IS NULL) AND k.has_ended IS NOT TRUE;

-- name: session_certificate
-- Of a session of the card host: is its certificate revoked, and how fresh is the list of its issuer?
-- result: maybe
-- params: token bytea
-- row: revoked boolean, fetched_at timestamptz?, next_update timestamptz?
SELECT EXISTS (SELECT FROM opx.revoked_serial r WHERE r.issuer_key = c.issuer_key AND r.serial = c.serial), v.fetched_at, n.next_update
  FROM opx.session s
  JOIN opx.credential c ON c.id = s.credential_id
  LEFT JOIN opx.revocation_source v ON v.issuer_key = c.issuer_key
  LEFT JOIN opx.revocation_seen n ON n.sha256 = v.crl_sha256
 WHERE s.token_sha256 = $1;

-- name: session_touch
-- At most once a minute: a page view is no write.
-- result: exec
-- params: session bigint
UPDATE opx.session SET seen_at = now() WHERE id = $1 AND seen_at < now() - interval '1 minute';

-- name: session_open
-- result: one
-- params: token bytea, csrf bytea, account bigint, person bigint, credential bigint?, host text, auth_kind text, level text, cert bytea?, chain bytea[], life_s bigint, address text, agent text
-- row: id bigint
INSERT INTO opx.session (token_sha256, csrf_secret, account_id, person_id, credential_id, host, auth_kind, level, cert_sha256, cert_chain,
                         expires_at, address, agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + $11::bigint * interval '1 second', $12, $13) RETURNING id;

-- name: session_limit
-- Only the newest few of an account stay open.
-- result: exec
-- params: account bigint, keep bigint
UPDATE opx.session SET ended_at = now(), end_reason = 'limit'
 WHERE account_id = $1 AND ended_at IS NULL
   AND id NOT IN (SELECT id FROM opx.session WHERE account_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT $2);

-- name: session_end
-- result: exec
-- params: session bigint, reason text
UPDATE opx.session SET ended_at = now(), end_reason = $2 WHERE id = $1 AND ended_at IS NULL;

-- name: session_end_others
-- result: exec
-- params: account bigint, keep bigint
UPDATE opx.session SET ended_at = now(), end_reason = 'by the person' WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL;

-- name: session_list
-- result: many
-- params: account bigint
-- row: id bigint, auth_kind text, level text, created_at timestamptz, seen_at timestamptz, address text
SELECT id, auth_kind, level, created_at, seen_at, address FROM opx.session
 WHERE account_id = $1 AND ended_at IS NULL AND expires_at > now() ORDER BY id DESC LIMIT 20;
