-- SPDX-License-Identifier: MPL-2.0
-- Bundles: what one holds, read in one snapshot under the rights of the person who asked, and what is written about it.
-- Role opx_make.

-- name: bundle_artefact
-- What is asked for. late: ten minutes have passed; early: the first half minute, in which a token on its way is waited for.
-- result: maybe
-- params: artefact bigint
-- row: kind text, dossier_id bigint, document_id bigint?, filing_id bigint?, invitation_id bigint?, person_id bigint, session_id bigint?, state text, step text, head_size bigint?, readings_size bigint?, name text, created_at timestamptz, is_late boolean, is_early boolean
SELECT kind, dossier_id, document_id, filing_id, invitation_id, person_id, session_id, state, step, head_size, readings_size, name, created_at,
       created_at < clock_timestamp() - interval '10 minutes', created_at > clock_timestamp() - interval '30 seconds'
  FROM opx.artefact WHERE id = $1;

-- name: bundle_scene
-- The dossier, its logs, the person in it.
-- result: one
-- params: dossier bigint, person bigint
-- row: now timestamptz, rg_number text, number integer, acts bigint, acts_origin text, readings bigint, readings_origin text, global bigint?, global_origin text?, pseudonym integer, name text, mail text
SELECT now(), d.rg_number, d.number, c.id, c.origin, r.id, r.origin, g.id, g.origin, m.pseudonym, opx.person_name(p), p.mail
  FROM opx.dossier d
  JOIN opx.log c ON c.dossier_id = d.id AND c.kind = 'c'
  JOIN opx.log r ON r.dossier_id = d.id AND r.kind = 'r'
  LEFT JOIN LATERAL (SELECT l.id, l.origin FROM opx.log l WHERE l.kind = 'g' ORDER BY l.id DESC LIMIT 1) g ON true
  JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = $2
  JOIN opx.person p ON p.id = m.person_id
 WHERE d.id = $1;

-- name: bundle_ask
-- The policy's answer, asked again when the file is made.
-- result: one
-- params: object text, action text, subject text, id bigint, number bigint
-- row: decision text
SELECT decision FROM opx.right_ask($1, $2, $3, $4, '', $5);

-- name: bundle_case_lacks
-- result: one
-- params: dossier bigint, person bigint
-- row: documents bigint, acts bigint, readings boolean
SELECT documents, acts, readings FROM opx.case_lacks($1, $2);

-- name: bundle_heads
-- The heads of a log that have a token, and its last one; with the token and the place of the head in the global log.
-- result: many
-- params: log bigint
-- row: size bigint, root bytea, note bytea, tsr bytea?, tsr_sha256 bytea?, gen_time timestamptz?, global_seq bigint?, global_line text?, global_body bytea?
SELECT c.size, c.root, c.note, t.tsr, t.sha256, t.gen_time, g.seq, g.line, g.body
  FROM opx.checkpoint c
  LEFT JOIN LATERAL (SELECT k.tsr, k.sha256, k.gen_time FROM opx.token k
                      WHERE k.kind = 'checkpoint' AND k.log_id = c.log_id AND k.size = c.size ORDER BY k.gen_time, k.id LIMIT 1) t ON true
  LEFT JOIN LATERAL (SELECT q.seq, q.line, q.body FROM opx.global_line q
                      WHERE q.head_log_id = c.log_id AND q.head_size = c.size ORDER BY q.seq LIMIT 1) g ON true
 WHERE c.log_id = $1
   AND (t.tsr IS NOT NULL OR c.size = (SELECT max(x.size) FROM opx.checkpoint x WHERE x.log_id = c.log_id))
 ORDER BY c.size;

-- name: bundle_lines
-- Some lines of a log with what is known of their bodies. sees: the person may see it (acts); owns: it is his own (readings).
-- result: many
-- params: log bigint, viewer bigint, from_seq bigint, to_seq bigint
-- row: seq bigint, line text, type text, document_n integer?, body bytea?, sees boolean, owns boolean
SELECT l.seq, l.line, e.type, x.n, b.body,
       EXISTS (SELECT FROM opx.act_body_visible_to($2) v WHERE v.id = e.id),
       m.pseudonym = ANY (e.visible_to) AND coalesce($2 IN (e.person_id, e.about_id, x.author_id), false)
  FROM opx.leaf l
  JOIN opx.event e ON e.id = l.event_id
  JOIN opx.member m ON m.dossier_id = e.dossier_id AND m.person_id = $2
  LEFT JOIN opx.event_body b ON b.event_id = e.id
  LEFT JOIN opx.document x ON x.id = e.document_id
 WHERE l.log_id = $1 AND l.seq >= $3 AND l.seq < $4 ORDER BY l.seq;

-- name: bundle_documents
-- The documents deposited below a size of the acts, and whether the person may read each by what stands below it.
-- result: many
-- params: dossier bigint, viewer bigint, acts bigint, size bigint
-- row: id bigint, n integer, ext text, sha256 bytea, size bigint, store_name text, reads boolean, deposit_seq bigint, deposit_seen boolean, tsr bytea?
SELECT x.id, x.n, c.ext, c.sha256, c.size, c.store_name,
       EXISTS (SELECT FROM opx.document_visible_to($2) v WHERE v.id = x.id)
       AND (x.author_id = $2
            OR EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = $2)
            OR EXISTS (SELECT FROM opx.grant_access g JOIN opx.leaf q ON q.event_id = g.event_id
                        WHERE g.document_id = x.id AND g.person_id = $2 AND g.taken_at IS NULL AND q.log_id = $3 AND q.seq < $4)),
       l.seq, EXISTS (SELECT FROM opx.act_body_visible_to($2) v WHERE v.id = e.id), t.tsr
  FROM opx.document x
  JOIN opx.document_content c ON c.document_id = x.id
  JOIN opx.event e ON e.document_id = x.id AND e.type = 'doc.deposit'
  JOIN opx.leaf l ON l.event_id = e.id AND l.log_id = $3 AND l.seq < $4
  LEFT JOIN LATERAL (SELECT k.tsr FROM opx.token k WHERE k.kind = 'document' AND k.document_id = x.id ORDER BY k.gen_time, k.id LIMIT 1) t ON true
 WHERE x.dossier_id = $1 ORDER BY x.n;

-- name: bundle_deposit
-- The line of a document's deposit and what its receipt says; sees: the person may see that body.
-- result: maybe
-- params: document bigint, viewer bigint
-- row: seq bigint, line text, body bytea?, filing_number integer, author text, mail text, sees boolean, tsr bytea?, tsr_sha256 bytea?, readers integer[]
SELECT l.seq, l.line, b.body, f.number, opx.person_name(p), p.mail,
       EXISTS (SELECT FROM opx.act_body_visible_to($2) v WHERE v.id = e.id), t.tsr, t.sha256,
       (SELECT coalesce(array_agg(r.pseudonym ORDER BY r.pseudonym), '{}') FROM opx.document_recipient r WHERE r.document_id = x.id)
  FROM opx.document x
  JOIN opx.filing f ON f.id = x.filing_id
  JOIN opx.person p ON p.id = x.author_id
  JOIN opx.event e ON e.document_id = x.id AND e.type = 'doc.deposit'
  JOIN opx.leaf l ON l.event_id = e.id
  LEFT JOIN opx.event_body b ON b.event_id = e.id
  LEFT JOIN LATERAL (SELECT k.tsr, k.sha256 FROM opx.token k WHERE k.kind = 'document' AND k.document_id = x.id ORDER BY k.gen_time, k.id LIMIT 1) t ON true
 WHERE x.id = $1;

-- name: bundle_after
-- The tokens that lines name, with the head each is over.
-- result: many
-- params: hashes bytea[]
-- row: sha256 bytea, tsr bytea, note bytea
SELECT t.sha256, t.tsr, c.note FROM opx.token t JOIN opx.checkpoint c ON c.log_id = t.log_id AND c.size = t.size
 WHERE t.kind = 'checkpoint' AND t.sha256 = ANY ($1::bytea[]) ORDER BY t.sha256;

-- name: bundle_global_head
-- result: maybe
-- params: log bigint
-- row: size bigint, note bytea
SELECT size, note FROM opx.checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1;

-- name: bundle_leaf_hashes
-- The leaf hashes of a stretch of the global log, 32 bytes each, in order.
-- result: one
-- params: log bigint, from_seq bigint, to_seq bigint
-- row: n bigint, hashes bytea
SELECT count(*), coalesce(string_agg(sha256('\x00'::bytea || convert_to(line, 'UTF8')), ''::bytea ORDER BY seq), ''::bytea)
  FROM opx.global_line WHERE log_id = $1 AND seq >= $2 AND seq < $3;

-- name: bundle_keys
-- result: many
-- params: none text
-- row: public_key bytea
SELECT public_key FROM opx.log_key WHERE $1 = '' ORDER BY since, public_key;

-- name: bundle_member_lists
-- result: many
-- params: hashes bytea[]
-- row: sha256 bytea, body bytea
SELECT sha256, body FROM opx.member_list WHERE sha256 = ANY ($1::bytea[]) ORDER BY sha256;

-- name: bundle_rights
-- result: many
-- params: hashes bytea[]
-- row: sha256 bytea, csv bytea
SELECT sha256, csv FROM opx.rights_version WHERE sha256 = ANY ($1::bytea[]) ORDER BY sha256;

-- name: bundle_certificates
-- result: many
-- params: hashes bytea[]
-- row: sha256 bytea, der bytea
SELECT sha256, der FROM opx.certificate_seen WHERE sha256 = ANY ($1::bytea[]) ORDER BY sha256;

-- name: bundle_lists
-- result: many
-- params: hashes bytea[]
-- row: sha256 bytea, der bytea
SELECT sha256, der FROM opx.revocation_seen WHERE sha256 = ANY ($1::bytea[]) ORDER BY sha256;

-- name: bundle_list_at
-- The list of an issuer that judges a token of that moment: the latest one that begins before it and ends after it.
-- result: maybe
-- params: issuer_key bytea, at timestamptz
-- row: sha256 bytea, der bytea
SELECT sha256, der FROM opx.revocation_seen
 WHERE issuer_key = $1 AND this_update <= $2 AND next_update >= $2 ORDER BY this_update DESC LIMIT 1;

-- name: bundle_lists_now
-- The newest list of each issuer of time-stamping units and of the seal, where it ends an hour from now at the earliest.
-- result: many
-- params: none text
-- row: purpose text, issuer_key bytea, sha256 bytea?, der bytea?
SELECT s.purpose, s.issuer_key, v.sha256, v.der
  FROM opx.revocation_source s
  LEFT JOIN opx.revocation_seen v ON v.sha256 = s.crl_sha256 AND v.next_update >= now() + interval '1 hour'
 WHERE s.purpose IN ('tsa', 'seal') AND $1 = '' ORDER BY s.issuer_key;

-- name: bundle_token_newest
-- The last token that came: its unit stamps the next one too, most likely.
-- result: maybe
-- params: none text
-- row: tsr bytea
SELECT tsr FROM opx.token WHERE $1 = '' ORDER BY id DESC LIMIT 1;

-- name: bundle_seal_ask
-- result: one
-- params: sha256 bytea, artefact bigint
-- row: id bigint
INSERT INTO opx.seal_request (kind, sha256, artefact_id) VALUES ('bundle', $1, $2) RETURNING id;

-- name: bundle_stamp_ask
-- result: one
-- params: kind text, sha256 bytea, artefact bigint
-- row: id bigint
INSERT INTO opx.stamp_request (kind, sha256, artefact_id) VALUES ($1, $2, $3) RETURNING id;

-- name: bundle_seal
-- The answer to the newest request of that digest.
-- result: maybe
-- params: artefact bigint, sha256 bytea
-- row: p7s bytea
SELECT p7s FROM opx.seal_request WHERE artefact_id = $1 AND sha256 = $2 AND p7s IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: bundle_stamp
-- result: maybe
-- params: artefact bigint, kind text, sha256 bytea
-- row: tsr bytea, gen_time timestamptz
SELECT t.tsr, t.gen_time FROM opx.stamp_request q JOIN opx.token t ON t.stamp_request_id = q.id
 WHERE q.artefact_id = $1 AND q.kind = $2 AND q.sha256 = $3 ORDER BY t.id DESC LIMIT 1;

-- name: bundle_stamps
-- All tokens that came for a file being made: what they lacked is added when its list is made again.
-- result: many
-- params: artefact bigint
-- row: tsr bytea, gen_time timestamptz
SELECT t.tsr, t.gen_time FROM opx.stamp_request q JOIN opx.token t ON t.stamp_request_id = q.id WHERE q.artefact_id = $1 ORDER BY t.id;

-- name: bundle_rounds
-- How often its list was made.
-- result: one
-- params: artefact bigint
-- row: n bigint
SELECT count(*) FROM opx.stamp_request WHERE artefact_id = $1 AND kind = 'sums';

-- name: bundle_step
-- result: exec
-- params: artefact bigint, step text, head_size bigint?, readings_size bigint?
UPDATE opx.artefact SET step = $2, head_size = coalesce($3, head_size), readings_size = coalesce($4, readings_size)
 WHERE id = $1 AND state = 'waiting';

-- name: bundle_ready
-- A file is kept for a day from now (a letter for as long as its page said).
-- result: exec
-- params: artefact bigint, path text, name text, size bigint, sha256 bytea, keep boolean
UPDATE opx.artefact SET state = 'ready', step = '', path = $2, name = $3, size = $4, sha256 = $5, ready_at = clock_timestamp(),
       expires_at = CASE WHEN $6 THEN expires_at ELSE clock_timestamp() + interval '24 hours' END
 WHERE id = $1 AND state = 'waiting';

-- name: bundle_failed
-- result: exec
-- params: artefact bigint, sentence text
UPDATE opx.artefact SET state = 'failed', step = '', sentence = $2 WHERE id = $1 AND state = 'waiting';

-- name: bundle_give_up
-- This job is not tried again: it becomes a dead letter.
-- result: exec
-- params: job bigint
UPDATE opx.job SET max_attempts = attempts WHERE id = $1;

-- name: bundle_session
-- With what means the person had signed in who asked.
-- result: maybe
-- params: session bigint, person bigint
-- row: account_id bigint, credential_id bigint?, token_sha256 bytea, auth_kind text, level text, auth_at timestamptz, host text, address text, agent text
SELECT account_id, credential_id, token_sha256, auth_kind, level, auth_at, host, address, agent
  FROM opx.session WHERE id = $1 AND person_id = $2;

-- name: bundle_expired
-- Made files whose time is over.
-- result: many
-- params: max bigint
-- row: id bigint, path text?
SELECT id, path FROM opx.artefact WHERE state <> 'gone' AND expires_at < clock_timestamp() ORDER BY id LIMIT $1;

-- name: bundle_gone
-- result: exec
-- params: artefact bigint
UPDATE opx.artefact SET state = 'gone', path = NULL WHERE id = $1;
