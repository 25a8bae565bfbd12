-- SPDX-License-Identifier: MPL-2.0
-- Lists of revoked certificates: the sources that the configuration names, the lists seen, the serials of the newest one.

-- name: revocation_keep
-- The source of an issuer as the configuration has it now.
-- result: exec
-- params: issuer_key bytea, purpose text, url text
INSERT INTO opx.revocation_source (issuer_key, purpose, url) VALUES ($1, $2, $3)
ON CONFLICT (issuer_key) DO UPDATE SET purpose = excluded.purpose, url = excluded.url
 WHERE (opx.revocation_source.purpose, opx.revocation_source.url) IS DISTINCT FROM (excluded.purpose, excluded.url);

-- name: revocation_known
-- The newest list of an issuer, and whether that issuer's own certificate stands in its authority's newest list.
-- result: one
-- params: issuer_key bytea, parent_key bytea, serial bytea
-- row: crl_sha256 bytea?, this_update timestamptz?, next_update timestamptz?, is_issuer_revoked boolean
SELECT s.crl_sha256, v.this_update, v.next_update, EXISTS (SELECT FROM opx.revoked_serial r WHERE r.issuer_key = $2 AND r.serial = $3)
  FROM opx.revocation_source s LEFT JOIN opx.revocation_seen v ON v.sha256 = s.crl_sha256 WHERE s.issuer_key = $1;

-- name: revocation_seen
-- result: exec
-- params: sha256 bytea, der bytea, issuer_key bytea, this_update timestamptz, next_update timestamptz
INSERT INTO opx.revocation_seen (sha256, der, issuer_key, this_update, next_update) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (sha256) DO NOTHING;

-- name: revocation_fetched
-- result: exec
-- params: issuer_key bytea, sha256 bytea
UPDATE opx.revocation_source SET crl_sha256 = $2, fetched_at = clock_timestamp(), error = '' WHERE issuer_key = $1;

-- name: revocation_failed
-- result: exec
-- params: issuer_key bytea, error text
UPDATE opx.revocation_source SET failed_at = clock_timestamp(), error = $2 WHERE issuer_key = $1;

-- name: revocation_withdraw
-- The issuer itself was revoked: nothing that it signed opens a door any more.
-- result: exec
-- params: issuer_key bytea, error text
UPDATE opx.revocation_source SET failed_at = clock_timestamp(), error = $2, crl_sha256 = NULL, fetched_at = NULL WHERE issuer_key = $1;

-- name: revocation_clear
-- result: exec
-- params: issuer_key bytea
DELETE FROM opx.revoked_serial WHERE issuer_key = $1;

-- name: revocation_serials
-- result: exec
-- params: issuer_key bytea, serials bytea[], at_us bigint[]
INSERT INTO opx.revoked_serial (issuer_key, serial, revoked_at)
SELECT $1, n, to_timestamp(t::double precision / 1000000) FROM unnest($2::bytea[], $3::bigint[]) AS u(n, t) ON CONFLICT DO NOTHING;

-- name: revocation_sessions
-- Sessions opened with a certificate that is now in the list end at once.
-- result: exec
-- params: issuer_key bytea
UPDATE opx.session s SET ended_at = clock_timestamp(), end_reason = 'certificate revoked'
  FROM opx.credential c JOIN opx.revoked_serial r ON r.issuer_key = c.issuer_key AND r.serial = c.serial
 WHERE s.credential_id = c.id AND c.issuer_key = $1 AND s.ended_at IS NULL;

-- name: revocation_tell
-- The dossiers where such a certificate was used are told, by the post lane.
-- result: exec
-- params: issuer_key bytea
INSERT INTO opx.job (lane, kind, key, ref, max_attempts)
SELECT 'post', 'cert.status', 'cert-status:' || c.id, c.id, 20
  FROM opx.credential c JOIN opx.revoked_serial r ON r.issuer_key = c.issuer_key AND r.serial = c.serial WHERE c.issuer_key = $1
ON CONFLICT DO NOTHING;

-- name: revocation_cases
-- The dossiers with events of this certificate, now revoked, that were not told so yet.
-- result: many
-- params: credential bigint
-- row: dossier bigint, certificate bytea, revoked_at timestamptz
SELECT DISTINCT e.dossier_id, c.cert_sha256, r.revoked_at
  FROM opx.credential c JOIN opx.revoked_serial r ON r.issuer_key = c.issuer_key AND r.serial = c.serial
  JOIN opx.event e ON e.cert_sha256 = c.cert_sha256
 WHERE c.id = $1 AND NOT EXISTS (SELECT FROM opx.event s WHERE s.cert_sha256 = e.cert_sha256 AND s.dossier_id = e.dossier_id
                                    AND s.type = 'cert.status')
 ORDER BY e.dossier_id;

-- name: revocation_certificate
-- Keeps a certificate: evidence names it by its hash.
-- result: exec
-- params: sha256 bytea, der bytea
INSERT INTO opx.certificate_seen (sha256, der) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING;
