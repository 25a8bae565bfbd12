-- SPDX-License-Identifier: MPL-2.0
-- What the tests of the make lane set up and look at.

-- name: bt_certificate
-- Somebody signs in with a card from now on.
-- result: exec
-- params: session bigint, account bigint, sha256 bytea, issuer_key bytea, serial bytea, chain bytea[]
WITH c AS (INSERT INTO opx.credential (account_id, kind, issuer_key, serial, cert_sha256) VALUES ($2, 'x509', $4, $5, $3) RETURNING id)
UPDATE opx.session SET credential_id = c.id, auth_kind = 'x509', level = 'L2', cert_sha256 = $3, cert_chain = $6 FROM c WHERE opx.session.id = $1;

-- name: bt_seen
-- result: exec
-- params: sha256 bytea, der bytea
INSERT INTO opx.certificate_seen (sha256, der) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: bt_list
-- result: exec
-- params: sha256 bytea, der bytea, issuer_key bytea, from_at timestamptz, to_at timestamptz, purpose text
WITH v AS (INSERT INTO opx.revocation_seen (sha256, der, issuer_key, this_update, next_update) VALUES ($1, $2, $3, $4, $5) RETURNING sha256)
INSERT INTO opx.revocation_source (issuer_key, purpose, url, crl_sha256, fetched_at) SELECT $3, $6, '', sha256, clock_timestamp() FROM v;

-- name: bt_file
-- result: one
-- params: draft bigint, upload text, ground text, name bytea, shown text, size bigint, sha256 bytea, sha512 bytea
-- row: id bigint
INSERT INTO opx.draft_file (draft_id, n, upload, name, name_shown, size, received, kind, ground, state, sha256, sha512, mime, ext, pages, store_name, checks)
VALUES ($1, (SELECT count(*) + 1 FROM opx.draft_file f WHERE f.draft_id = $1), $2, $4, $5, $6, $6, '', $3, 'ready', $7, $8,
        'application/pdf', 'pdf', 1, $2, '{pdf=accept}') RETURNING id;

-- name: bt_document
-- result: one
-- params: dossier bigint, n integer
-- row: id bigint, filing bigint
SELECT id, filing_id FROM opx.document WHERE dossier_id = $1 AND n = $2;

-- name: bt_ask
-- As opx-web does: the row and its job.
-- result: one
-- params: kind text, dossier bigint, person bigint, session bigint?, document bigint?, filing bigint?, invitation bigint?, job text, secret bytea?
-- row: id bigint
WITH a AS (INSERT INTO opx.artefact (kind, dossier_id, person_id, session_id, document_id, filing_id, invitation_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id),
     j AS (INSERT INTO opx.job (lane, kind, key, ref, secret) SELECT 'make', $8, 'bundle:' || a.id, a.id, $9 FROM a)
SELECT id FROM a;

-- name: bt_artefact
-- result: one
-- params: artefact bigint
-- row: state text, step text, path text?, name text, sentence text, size bigint?, sha256 bytea?
SELECT state, step, path, name, sentence, size, sha256 FROM opx.artefact WHERE id = $1;

-- name: bt_exports
-- result: one
-- params: dossier bigint
-- row: n bigint
SELECT count(*) FROM opx.event WHERE dossier_id = $1 AND type = 'export.bundle';

-- name: bt_age
-- result: exec
-- params: artefact bigint, minutes integer
UPDATE opx.artefact SET created_at = created_at - $2::integer * interval '1 minute' WHERE id = $1;

-- name: bt_over
-- result: exec
-- params: artefact bigint
UPDATE opx.artefact SET expires_at = clock_timestamp() - interval '5 minutes' WHERE id = $1;

-- name: bt_job
-- result: maybe
-- params: artefact bigint
-- row: state text, error text, secret bytea?, attempts integer, max_attempts integer
SELECT state, error, secret, attempts, max_attempts FROM opx.job WHERE lane = 'make' AND ref = $1 ORDER BY id DESC LIMIT 1;

-- name: bt_global
-- result: one
-- params: none text
-- row: origin text
SELECT origin FROM opx.log WHERE kind = 'g' AND $1 = '';

-- name: bt_sweep
-- result: exec
-- params: kind text
INSERT INTO opx.job (lane, kind) VALUES ('make', $1);
