-- SPDX-License-Identifier: MPL-2.0
-- Documents of a dossier as its members see them. A line is for members whose read value is not deny; the rest for readers.

-- name: page_exchange_list
-- The lines of a dossier that the viewer may know, in the order that is asked; title and name only when he may read. Who was given a
-- document, and when he first opened it (microseconds since 1970, 0: not yet), for those who see readings: of their own deposits, or of all.
-- result: many
-- params: dossier bigint, viewer bigint, query text, filing integer, document integer, series integer, kind text, author bigint, unread boolean, sort text, max bigint, skip bigint
-- row: id bigint, n integer, kind text, series_number integer, filed_at timestamptz, author_id bigint, author text, author_role text, side text?, filing_number integer, ground text, title text?, name_shown text?, is_unread boolean, has_siblings boolean, total bigint, readers text[], opened_us bigint[]
SELECT g.id, g.n, g.kind, g.series_number, g.filed_at, g.author_id, opx.person_name(p), f.role, s.label, f.number, g.ground, t.title, t.name_shown,
       g.reads AND g.author_id <> $2 AND NOT EXISTS (SELECT FROM opx.handover h WHERE h.document_id = g.id AND h.person_id = $2 OFFSET 0),
       EXISTS (SELECT FROM opx.document y WHERE y.filing_id = g.filing_id AND y.id <> g.id OFFSET 0), g.total,
       coalesce(r.names, '{}'), coalesce(r.opened_us, '{}')
  FROM opx.exchange_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) g
  JOIN opx.filing f ON f.id = g.filing_id
  JOIN opx.person p ON p.id = g.author_id
  LEFT JOIN opx.side s ON s.id = g.side_id
  LEFT JOIN opx.document_content t ON t.document_id = g.id AND g.reads
  LEFT JOIN LATERAL (
    SELECT array_agg(opx.person_name(q) ORDER BY k.pseudonym, k.person_id) AS names,
           array_agg(coalesce((SELECT (extract(epoch FROM min(h.at)) * 1000000)::bigint FROM opx.handover h
                                WHERE h.document_id = g.id AND h.person_id = k.person_id), 0) ORDER BY k.pseudonym, k.person_id) AS opened_us
      FROM (SELECT c.person_id, c.pseudonym FROM opx.document_recipient c WHERE c.document_id = g.id
            UNION ALL
            SELECT a.person_id, 2147483647 FROM opx.grant_access a WHERE a.document_id = g.id AND a.taken_at IS NULL
               AND NOT EXISTS (SELECT FROM opx.document_recipient c WHERE c.document_id = g.id AND c.person_id = a.person_id)) k
      JOIN opx.person q ON q.id = k.person_id
     WHERE k.person_id <> g.author_id
       AND (g.author_id = $2 OR (SELECT opx.sees_all_readings(v.role, d.phase) FROM opx.member v JOIN opx.dossier d ON d.id = v.dossier_id
                                  WHERE v.dossier_id = $1 AND v.person_id = $2 AND v.accepted_at IS NOT NULL AND v.left_at IS NULL))) r ON true
 ORDER BY g.place;

-- name: page_exchange_authors
-- Who may have deposited: those who are or were in the dossier. Whether one has is not said: some lines are not for all.
-- result: many
-- params: dossier bigint
-- row: id bigint, name text
SELECT p.id, opx.person_name(p) FROM opx.member m JOIN opx.person p ON p.id = m.person_id
 WHERE m.dossier_id = $1 AND m.accepted_at IS NOT NULL
 ORDER BY opx.person_name(p) COLLATE "fr-x-icu", p.id;

-- name: page_filing
-- A deposit: the author sees it before it is sealed, the others after.
-- result: maybe
-- params: dossier bigint, number integer, viewer bigint
-- row: id bigint, number integer, kind text, title text, role text, auth_kind text, level text, filed_at timestamptz, sealed_at timestamptz?, author_id bigint, author text, author_title text, side text?
SELECT f.id, f.number, f.kind, f.title, f.role, f.auth_kind, f.level, f.filed_at, f.sealed_at, f.author_id, opx.person_name(p), p.title, s.label
  FROM opx.filing f JOIN opx.person p ON p.id = f.author_id LEFT JOIN opx.side s ON s.id = f.side_id
 WHERE f.dossier_id = $1 AND f.number = $2
   AND (f.author_id = $3 OR (f.sealed_at IS NOT NULL AND EXISTS (SELECT FROM opx.document_line_visible_to($3) x WHERE x.filing_id = f.id)));

-- name: page_filing_documents
-- The documents of a deposit; content columns are empty for those who may not read them.
-- result: many
-- params: filing bigint, viewer bigint
-- row: id bigint, n integer, kind text, series_number integer, ground text, title text?, name_shown text?, size bigint?, mime text?, pages integer?, sha256 bytea?, seq bigint?, gen_time timestamptz?
SELECT x.id, x.n, x.kind, x.series_number, x.ground, t.title, t.name_shown, t.size, t.mime, t.pages, t.sha256,
       (SELECT l.seq FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id WHERE e.document_id = x.id AND e.type = 'doc.deposit' ORDER BY l.seq LIMIT 1),
       (SELECT k.gen_time FROM opx.token k WHERE k.kind = 'document' AND k.document_id = x.id ORDER BY k.gen_time LIMIT 1)
  FROM opx.document x
  LEFT JOIN opx.document_content t ON t.document_id = x.id
       AND (x.author_id = $2 OR EXISTS (SELECT FROM opx.document_visible_to($2) v WHERE v.id = x.id OFFSET 0))
 WHERE x.filing_id = $1 AND (x.author_id = $2 OR EXISTS (SELECT FROM opx.document_line_visible_to($2) k WHERE k.id = x.id OFFSET 0)) ORDER BY x.n;

-- name: page_document
-- A document that the viewer may read (the right was decided before).
-- result: one
-- params: document bigint, viewer bigint
-- row: id bigint, dossier_id bigint, n integer, kind text, series_number integer, ground text, filed_at timestamptz, filing_number integer, author_id bigint, author text, author_title text, role text, side text?, title text, name bytea, name_shown text, size bigint, mime text, ext text, pages integer?, sha256 bytea, store_name text, first_opened timestamptz?, gen_time timestamptz?
SELECT x.id, x.dossier_id, x.n, x.kind, x.series_number, x.ground, x.filed_at, f.number, x.author_id, opx.person_name(p), p.title, f.role, s.label,
       t.title, t.name, t.name_shown, t.size, t.mime, t.ext, t.pages, t.sha256, t.store_name,
       (SELECT min(h.at) FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = $2),
       (SELECT k.gen_time FROM opx.token k WHERE k.kind = 'document' AND k.document_id = x.id ORDER BY k.gen_time LIMIT 1)
  FROM opx.document x
  JOIN opx.document_content t ON t.document_id = x.id
  JOIN opx.filing f ON f.id = x.filing_id
  JOIN opx.person p ON p.id = x.author_id
  LEFT JOIN opx.side s ON s.id = x.side_id
 WHERE x.id = $1;

-- name: page_log_state
-- The heads of a dossier's logs and of the global log, and the newest token over each.
-- result: many
-- params: dossier bigint
-- row: kind text, origin text, size bigint?, root bytea?, at timestamptz?, gen_time timestamptz?, stamped bigint?
SELECT l.kind, l.origin, h.size, h.root, h.at, k.gen_time, k.size
  FROM opx.log l
  LEFT JOIN LATERAL (SELECT c.size, c.root, c.at FROM opx.checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC LIMIT 1) h ON true
  LEFT JOIN LATERAL (SELECT t.gen_time, t.size FROM opx.token t WHERE t.kind = 'checkpoint' AND t.log_id = l.id ORDER BY t.size DESC LIMIT 1) k ON true
 WHERE l.dossier_id = $1 OR l.kind = 'g' ORDER BY l.kind;

-- name: page_artefacts
-- What was made for this person in this dossier and can still be had.
-- result: many
-- params: dossier bigint, person bigint
-- row: id bigint, kind text, state text, step text, head_size bigint?, size bigint?, created_at timestamptz, expires_at timestamptz, sentence text, document_n integer?
SELECT a.id, a.kind, a.state, a.step, a.head_size, a.size, a.created_at, a.expires_at, a.sentence, x.n
  FROM opx.artefact a LEFT JOIN opx.document x ON x.id = a.document_id
 WHERE a.dossier_id = $1 AND a.person_id = $2 AND a.kind LIKE 'bundle-%' AND a.state <> 'gone' AND a.expires_at > now()
 ORDER BY a.id DESC LIMIT 20;

-- name: page_artefact
-- result: maybe
-- params: artefact bigint, person bigint, session bigint
-- row: id bigint, kind text, state text, step text, path text?, name text, size bigint?, sentence text, document_id bigint?, filing_id bigint?, invitation_id bigint?, dossier_id bigint
SELECT a.id, a.kind, a.state, a.step, a.path, a.name, a.size, a.sentence, a.document_id, a.filing_id, a.invitation_id, a.dossier_id
  FROM opx.artefact a
 WHERE a.id = $1 AND a.person_id = $2 AND a.expires_at > now() AND a.state <> 'gone'
   AND (a.kind <> 'letter-pdf' OR a.session_id = $3);
