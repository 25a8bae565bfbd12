-- SPDX-License-Identifier: MPL-2.0
-- What printed documents say: letters of invitation, receipts of deposits. Role opx_make.

-- name: print_letter
-- result: maybe
-- params: artefact bigint
-- row: state text, is_over boolean, number text, expires_at timestamptz, title text, name text, role text, side text?, by_title text, by_name text, by_role text, court text, zone text, rg_number text, now timestamptz, renews_code boolean
SELECT a.state, a.expires_at < clock_timestamp() OR i.state NOT IN ('sent', 'opened'), i.number, i.expires_at, x.title, opx.person_name(x),
       p.role, s.label, y.title, opx.person_name(y), coalesce(m.role, ''), c.name, c.zone, d.rg_number, now(), i.renews_code
  FROM opx.artefact a
  JOIN opx.invitation i ON i.id = a.invitation_id
  JOIN opx.participant p ON p.id = i.participant_id
  JOIN opx.person x ON x.id = i.person_id
  JOIN opx.person y ON y.id = i.created_by
  JOIN opx.dossier d ON d.id = a.dossier_id
  JOIN opx.court c ON c.id = d.court_id
  LEFT JOIN opx.side s ON s.id = p.side_id
  LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = i.created_by
 WHERE a.id = $1;

-- name: print_receipt
-- A deposit as its receipt says it, with the newest signed head of the acts.
-- result: maybe
-- params: artefact bigint
-- row: filing_id bigint, number integer, title text, role text, auth_kind text, level text, filed_at timestamptz, is_sealed boolean, author_title text, author text, side text?, rg_number text, court text, zone text, origin text, head_size bigint?, head_root bytea?, now timestamptz
SELECT f.id, f.number, f.title, f.role, f.auth_kind, f.level, f.filed_at, f.sealed_at IS NOT NULL, p.title, opx.person_name(p), s.label,
       d.rg_number, c.name, c.zone, l.origin, h.size, h.root, now()
  FROM opx.artefact a
  JOIN opx.filing f ON f.id = a.filing_id AND f.dossier_id = a.dossier_id
  JOIN opx.person p ON p.id = f.author_id
  JOIN opx.dossier d ON d.id = a.dossier_id
  JOIN opx.court c ON c.id = d.court_id
  JOIN opx.log l ON l.dossier_id = d.id AND l.kind = 'c'
  LEFT JOIN opx.side s ON s.id = f.side_id
  LEFT JOIN LATERAL (SELECT k.size, k.root FROM opx.checkpoint k WHERE k.log_id = l.id ORDER BY k.size DESC LIMIT 1) h ON true
 WHERE a.id = $1;

-- name: print_receipt_files
-- Its documents; name, size and hash for those who may read them only.
-- result: many
-- params: filing bigint, viewer bigint
-- row: n integer, kind text, series_number integer, ground text, name text?, size bigint?, sha256 bytea?, seq bigint?, gen_time timestamptz?
SELECT x.n, x.kind, x.series_number, x.ground, t.name_shown, t.size, t.sha256,
       (SELECT l.seq FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id WHERE e.document_id = x.id AND e.type = 'doc.deposit' ORDER BY l.seq LIMIT 1),
       (SELECT k.gen_time FROM opx.token k WHERE k.kind = 'document' AND k.document_id = x.id ORDER BY k.gen_time LIMIT 1)
  FROM opx.document_line_visible_to($2) x
  LEFT JOIN opx.document_content t ON t.document_id = x.id AND EXISTS (SELECT FROM opx.document_visible_to($2) v WHERE v.id = x.id OFFSET 0)
 WHERE x.filing_id = $1 ORDER BY x.n;

-- name: print_receipt_readers
-- To whom it was made available, but its author.
-- result: many
-- params: filing bigint
-- row: title text, name text, role text, side text?
SELECT p.title, opx.person_name(p), m.role, s.label
  FROM opx.filing f
  JOIN opx.member m ON m.dossier_id = f.dossier_id AND m.person_id <> f.author_id
  JOIN opx.person p ON p.id = m.person_id
  LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE f.id = $1
   AND EXISTS (SELECT FROM opx.document x JOIN opx.document_recipient r ON r.document_id = x.id WHERE x.filing_id = f.id AND r.person_id = m.person_id)
 ORDER BY m.pseudonym;
