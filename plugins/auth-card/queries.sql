-- SPDX-License-Identifier: MPL-2.0

-- name: card_known
-- The account behind a certificate, and what the newest revocation list of its issuer says.
-- result: one
-- params: cert bytea, issuer_key bytea, serial bytea
-- row: credential_id bigint?, account_id bigint?, person_id bigint?, state text?, revoked_at timestamptz?, fetched_at timestamptz?, next_update timestamptz?
SELECT c.id, a.id, a.person_id, a.state, r.revoked_at, s.fetched_at, v.next_update
  FROM (SELECT 1) one
  LEFT JOIN opx.credential c ON c.cert_sha256 = $1 AND c.kind = 'x509' AND c.ended_at IS NULL
  LEFT JOIN opx.account a ON a.id = c.account_id
  LEFT JOIN opx.revocation_source s ON s.issuer_key = $2
  LEFT JOIN opx.revocation_seen v ON v.sha256 = s.crl_sha256
  LEFT JOIN opx.revoked_serial r ON r.issuer_key = $2 AND r.serial = $3;

-- name: card_seen
-- Keeps the certificate itself: evidence names it by its hash.
-- result: exec
-- params: sha256 bytea, der bytea
INSERT INTO opx.certificate_seen (sha256, der) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING;
