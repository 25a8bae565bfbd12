-- SPDX-License-Identifier: MPL-2.0
-- What every act on a dossier reads and writes: the lock, the actor, the outbox.

-- name: act_lock
-- Locks the dossier, so that acts are sealed in id order under one state of the rights. NO KEY: a row elsewhere that only names the
-- dossier (a draft, a reading) does not wait.
-- result: one
-- params: dossier bigint
-- row: id bigint
SELECT id FROM opx.dossier WHERE id = $1 FOR NO KEY UPDATE;

-- name: act_state
-- The logs of a dossier, the actor's membership, the matrix of its log and the one in force, and the newest signed head of the acts.
-- result: one
-- params: dossier bigint, person bigint
-- row: acts_log bigint, acts_origin text, readings_log bigint, readings_origin text, pseudonym integer?, role text?, side_n integer?, side_id bigint?, rights bytea, rights_in_force bytea, members bytea?, head_size bigint?, head_root bytea?, phase text
SELECT c.id, c.origin, r.id, r.origin, m.pseudonym, m.role, s.n, m.side_id, coalesce(d.rights_sha256, v.sha256), v.sha256, d.members_sha256, h.size, h.root, d.phase
  FROM opx.dossier d
  JOIN opx.log c ON c.dossier_id = d.id AND c.kind = 'c'
  JOIN opx.log r ON r.dossier_id = d.id AND r.kind = 'r'
  JOIN opx.rights_version v ON v.is_current
  LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = $2
  LEFT JOIN opx.side s ON s.id = m.side_id
  LEFT JOIN LATERAL (SELECT k.size, k.root FROM opx.checkpoint k WHERE k.log_id = c.id ORDER BY k.size DESC LIMIT 1) h ON true
 WHERE d.id = $1;

-- name: act_certificate
-- Of a session by certificate: what auth{} names, and whether the certificate was found revoked since the request began: read after
-- the dossier's lock or its head, so that nothing is signed with it below a cert.status (evidence-format 3.5).
-- result: maybe
-- params: session bigint
-- row: cert bytea, issuer_key bytea, serial bytea, chain bytea[], crl bytea?, is_revoked boolean
SELECT s.cert_sha256, c.issuer_key, c.serial, s.cert_chain, r.crl_sha256,
       EXISTS (SELECT FROM opx.revoked_serial k WHERE k.issuer_key = c.issuer_key AND k.serial = c.serial)
  FROM opx.session s JOIN opx.credential c ON c.id = s.credential_id
  LEFT JOIN opx.revocation_source r ON r.issuer_key = c.issuer_key
 WHERE s.id = $1 AND s.cert_sha256 IS NOT NULL;

-- name: act_members
-- Everybody of the dossier, for lists of pseudonyms and the members file.
-- result: many
-- params: dossier bigint
-- row: person_id bigint, pseudonym integer, role text, side_n integer?, side_id bigint?, name text, accepted boolean, has_left boolean, sees_readings boolean
SELECT m.person_id, m.pseudonym, m.role, s.n, m.side_id, opx.person_name(p), m.accepted_at IS NOT NULL, m.left_at IS NOT NULL,
       opx.sees_all_readings(m.role, d.phase)
  FROM opx.member m JOIN opx.dossier d ON d.id = m.dossier_id JOIN opx.person p ON p.id = m.person_id LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE m.dossier_id = $1 ORDER BY m.pseudonym;

-- name: act_members_file
-- result: exec
-- params: sha256 bytea, dossier bigint, body bytea
INSERT INTO opx.member_list (sha256, dossier_id, body) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING;

-- name: act_members_current
-- result: exec
-- params: dossier bigint, sha256 bytea
UPDATE opx.dossier SET members_sha256 = $2 WHERE id = $1;

-- name: act_rights_current
-- result: exec
-- params: dossier bigint, sha256 bytea
UPDATE opx.dossier SET rights_sha256 = $2 WHERE id = $1;

-- name: act_events
-- Events in their order, their exact bytes, their places in the outbox, their lines of the audit trail (salt opens the hash that the
-- body has in net{}; '': it has none). 0: no document, no filing, nobody.
-- result: many
-- params: dossier bigint, person bigint?, at timestamptz, certificate bytea?, request text, address text, agent text, logs bigint[], types text[], documents bigint[], filings bigint[], abouts bigint[], visible text[], sha256 bytea[], bodies bytea[], salts bytea[]
-- row: id bigint
WITH k AS (
  SELECT * FROM unnest($8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bytea[], $15::bytea[], $16::bytea[])
    WITH ORDINALITY k (log, type, document, filing, about, visible, sha256, body, salt, n)
), e AS (
  INSERT INTO opx.event (log_id, type, dossier_id, document_id, filing_id, person_id, about_id, visible_to, body_sha256, at, cert_sha256)
  SELECT k.log, k.type, $1, nullif(k.document, 0), nullif(k.filing, 0), $2, nullif(k.about, 0), k.visible::integer[], k.sha256, $3, $4
    FROM k ORDER BY k.n RETURNING id, log_id, body_sha256
), b AS (
  INSERT INTO opx.event_body (event_id, body) SELECT e.id, k.body FROM e JOIN k ON k.sha256 = e.body_sha256
), w AS (
  INSERT INTO opx.event_waiting (event_id, log_id) SELECT e.id, e.log_id FROM e
), t AS (
  INSERT INTO opx.security_event (kind, person_id, dossier_id, object, request_id, address, agent, net_salt, detail)
  SELECT k.type, $2, $1, 'event ' || e.id, $5, $6, $7, nullif(k.salt, ''), '' FROM e JOIN k ON k.sha256 = e.body_sha256 ORDER BY k.n
)
SELECT e.id FROM e ORDER BY e.id;

-- name: act_log
-- result: one
-- params: origin text, kind text, dossier bigint
-- row: id bigint
INSERT INTO opx.log (origin, kind, dossier_id) VALUES ($1, $2, $3) RETURNING id;
