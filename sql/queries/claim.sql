-- SPDX-License-Identifier: MPL-2.0
-- Requests for access by the holders of unknown certificates.

-- name: claim_insert
-- One request a certificate waits at a time.
-- result: exec
-- params: cert bytea, issuer_key bytea, serial bytea, subject text, not_after timestamptz, title text, given_name text, family_name text, mail text, role text, court bigint?, compagnie bigint?
INSERT INTO opx.credential_claim (cert_sha256, issuer_key, serial, subject, not_after, title, given_name, family_name, mail, role, court_id, compagnie_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (cert_sha256) WHERE state = 'waiting' DO NOTHING;

-- name: claim_of_certificate
-- The newest request of a certificate; today: how many it has sent in a day.
-- result: maybe
-- params: cert bytea
-- row: id bigint, state text, created_at timestamptz, mail text, reason text, today bigint, place text?
SELECT c.id, c.state, c.created_at, c.mail, c.reason,
       (SELECT count(*) FROM opx.credential_claim t WHERE t.cert_sha256 = $1 AND t.created_at > now() - interval '1 day'),
       coalesce((SELECT name FROM opx.court x WHERE x.id = c.court_id), (SELECT name FROM opx.compagnie x WHERE x.id = c.compagnie_id))
  FROM opx.credential_claim c WHERE c.cert_sha256 = $1 ORDER BY c.id DESC LIMIT 1;

-- name: claim_list
-- The requests that this administrator may decide: those of his court, and an expert's of his compagnie. Waiting ones oldest first.
-- existing: who has an account at that address; is_other: he bears another family name. is_taken: the certificate is bound elsewhere, or
-- was; is_bound: it opens that very account.
-- result: many
-- params: person bigint, waiting boolean, max bigint
-- row: id bigint, name text, role text, place text?, mail text, subject text, not_after timestamptz, state text, created_at timestamptz, decided_at timestamptz?, decided_by text?, reason text, existing text?, is_other boolean, is_taken boolean, is_bound boolean
SELECT c.id, concat_ws(' ', nullif(c.title, ''), nullif(c.given_name, ''), c.family_name), c.role,
       concat_ws(', ', (SELECT name FROM opx.court x WHERE x.id = c.court_id), (SELECT name FROM opx.compagnie x WHERE x.id = c.compagnie_id)),
       c.mail, c.subject, c.not_after, c.state, c.created_at, c.decided_at,
       (SELECT opx.person_name(d) FROM opx.person d WHERE d.id = c.decided_by), c.reason,
       CASE WHEN h.id IS NOT NULL THEN opx.person_name(h) END, coalesce(lower(h.family_name) <> lower(c.family_name), false),
       r.id IS NOT NULL AND (r.account_id = x.id AND r.ended_at IS NULL) IS NOT TRUE, coalesce(r.account_id = x.id AND r.ended_at IS NULL, false)
  FROM opx.credential_claim c
  LEFT JOIN opx.account x ON x.identifier = lower(c.mail)
  LEFT JOIN opx.person h ON h.id = x.person_id
  LEFT JOIN opx.credential r ON r.cert_sha256 = c.cert_sha256
 WHERE (c.state = 'waiting') = $2
   AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
                WHERE a.person_id = $1 AND (k.until_at IS NULL OR k.until_at > now())
                  AND ((k.role = 'court_admin' AND k.court_id = c.court_id)
                       OR (k.role = 'company_admin' AND c.role = 'expert' AND k.compagnie_id = c.compagnie_id)))
 ORDER BY CASE WHEN $2 THEN c.created_at END, c.decided_at DESC, c.id LIMIT $3;

-- name: claim_decide
-- Whoever gets the row has decided.
-- result: maybe
-- params: claim bigint, state text, by bigint, reason text
-- row: title text, given_name text, family_name text, name text, mail text, role text, court_id bigint?, compagnie_id bigint?, issuer_key bytea, serial bytea, cert_sha256 bytea, subject text, not_after timestamptz
UPDATE opx.credential_claim SET state = $2, decided_by = $3, reason = $4, decided_at = clock_timestamp() WHERE id = $1 AND state = 'waiting'
RETURNING title, given_name, family_name, concat_ws(' ', nullif(title, ''), nullif(given_name, ''), family_name), mail, role, court_id,
          compagnie_id, issuer_key, serial, cert_sha256, subject, not_after;

-- name: claim_withdraw
-- Only the holder of the certificate, and only what nobody has decided.
-- result: exec
-- params: cert bytea
UPDATE opx.credential_claim SET state = 'withdrawn', decided_at = clock_timestamp() WHERE cert_sha256 = $1 AND state = 'waiting';

-- name: claim_turn
-- One at a time of those who look for the account of an address and open it when there is none.
-- result: one
-- params: mail text
-- row: is_mine boolean
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('account ' || pg_catalog.lower($1::text), 0)) IS NOT NULL;

-- name: claim_account
-- result: maybe
-- params: mail text, family_name text
-- row: id bigint, is_same_name boolean
SELECT a.id, lower(p.family_name) = lower($2) FROM opx.account a JOIN opx.person p ON p.id = a.person_id WHERE a.identifier = lower($1);

-- name: claim_open_account
-- result: one
-- params: title text, given_name text, family_name text, mail text
-- row: id bigint
WITH p AS (INSERT INTO opx.person (title, given_name, family_name, mail) VALUES ($1, $2, $3, $4) RETURNING id)
INSERT INTO opx.account (person_id, identifier) SELECT p.id, lower($4) FROM p RETURNING id;

-- name: claim_capacity
-- result: exec
-- params: account bigint, role text, court bigint?, compagnie bigint?
INSERT INTO opx.capacity (account_id, role, court_id, compagnie_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, role, coalesce(court_id, 0), coalesce(compagnie_id, 0)) WHERE until_at IS NULL DO NOTHING;

-- name: claim_credential
-- No row: the certificate is bound already, see claim_bound.
-- result: exec
-- params: account bigint, issuer_key bytea, serial bytea, cert bytea, label text, not_after timestamptz
INSERT INTO opx.credential (account_id, kind, issuer_key, serial, cert_sha256, label, not_after) VALUES ($1, 'x509', $2, $3, $4, $5, $6)
ON CONFLICT (cert_sha256) DO NOTHING;

-- name: claim_bound
-- result: one
-- params: cert bytea, account bigint
-- row: is_here boolean
SELECT EXISTS (SELECT FROM opx.credential WHERE cert_sha256 = $1 AND account_id = $2 AND ended_at IS NULL);
