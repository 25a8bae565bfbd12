-- SPDX-License-Identifier: MPL-2.0
-- Tokens: what is to be stamped, and the tokens that came back verified. Role opx_post.

-- name: token_document
-- A document to stamp, with who may know of its token: its readers and its depositor.
-- result: maybe
-- params: document bigint, authority text
-- row: dossier_id bigint, n integer, sha256 bytea, readers bigint[], is_stamped boolean
SELECT x.dossier_id, x.n, c.sha256,
       (SELECT array_agg(p) FROM (SELECT r.person_id FROM opx.document_recipient r WHERE r.document_id = x.id UNION SELECT x.author_id) t(p)),
       EXISTS (SELECT FROM opx.token t WHERE t.kind = 'document' AND t.document_id = x.id AND t.authority = $2)
  FROM opx.document x JOIN opx.document_content c ON c.document_id = x.id WHERE x.id = $1;

-- name: token_checkpoint
-- result: maybe
-- params: log bigint, size bigint, authority text
-- row: note bytea, is_stamped boolean
SELECT k.note, EXISTS (SELECT FROM opx.token t WHERE t.kind = 'checkpoint' AND t.log_id = k.log_id AND t.size = k.size AND t.authority = $3)
  FROM opx.checkpoint k WHERE k.log_id = $1 AND k.size = $2;

-- name: token_request
-- result: maybe
-- params: request bigint
-- row: kind text, sha256 bytea, artefact_id bigint, is_stamped boolean
SELECT q.kind, q.sha256, q.artefact_id, EXISTS (SELECT FROM opx.token t WHERE t.stamp_request_id = q.id)
  FROM opx.stamp_request q WHERE q.id = $1;

-- name: token_insert
-- Nothing when there is one already: the first token of a thing stays.
-- result: maybe
-- params: kind text, sha256 bytea, sha512 bytea, tsr bytea, imprint bytea, gen_time timestamptz, accuracy_us bigint, authority text, log bigint?, size bigint?, document bigint?, request bigint?
-- row: id bigint
INSERT INTO opx.token (kind, sha256, sha512, tsr, imprint, gen_time, accuracy_us, authority, log_id, size, document_id, stamp_request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id;

-- name: token_certificates
-- Of a time-stamping unit and of the authorities above it: bundles carry them.
-- result: exec
-- params: sha256 bytea[], der bytea[]
INSERT INTO opx.certificate_seen (sha256, der)
SELECT DISTINCT ON (k.sha256) k.sha256, k.der FROM unnest($1::bytea[], $2::bytea[]) k (sha256, der)
 WHERE NOT EXISTS (SELECT FROM opx.certificate_seen c WHERE c.sha256 = k.sha256) ON CONFLICT (sha256) DO NOTHING;

-- name: token_forgotten
-- Sealed documents and newest heads that have waited after_s for a token without a live job (a dead letter, a long outage): asked again.
-- result: exec
-- params: after_s bigint
INSERT INTO opx.job (lane, kind, key, ref, ref2)
(SELECT 'post', 'token.document', 'token-doc:' || x.id, x.id, NULL::bigint
   FROM opx.document x JOIN opx.filing g ON g.id = x.filing_id
  WHERE g.sealed_at <= now() - $1::bigint * interval '1 second'
    AND NOT EXISTS (SELECT FROM opx.token t WHERE t.kind = 'document' AND t.document_id = x.id)
  ORDER BY x.id LIMIT 5000)
UNION ALL
(SELECT 'post', 'token.checkpoint', 'token:' || k.log_id || ':' || k.size, k.log_id, k.size
   FROM opx.log l JOIN LATERAL (SELECT * FROM opx.checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC LIMIT 1) k ON true
  WHERE k.at <= now() - $1::bigint * interval '1 second'
    AND NOT EXISTS (SELECT FROM opx.token t WHERE t.kind = 'checkpoint' AND t.log_id = k.log_id AND t.size = k.size)
  ORDER BY k.log_id LIMIT 5000)
ON CONFLICT DO NOTHING;
