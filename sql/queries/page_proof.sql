-- SPDX-License-Identifier: MPL-2.0
-- What the screens of a deposit and of its proof ask beyond the lists of page_exchange.sql.

-- name: page_draft_turn
-- One beginning at a time for a person in a dossier, until the transaction ends: a double click looks at what the first click made.
-- result: one
-- params: dossier bigint, author bigint
-- row: is_mine boolean
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('draft ' || ($1::bigint)::text || ' ' || ($2::bigint)::text, 0)) IS NOT NULL;

-- name: page_draft_of
-- The person's newest open draft of a dossier that holds nothing yet: pressing "Déposer" twice makes one.
-- result: maybe
-- params: dossier bigint, author bigint
-- row: id bigint
SELECT b.id FROM opx.draft b
 WHERE b.dossier_id = $1 AND b.author_id = $2 AND b.state = 'open' AND b.title = '' AND b.expires_at > now()
   AND NOT EXISTS (SELECT FROM opx.draft_file f WHERE f.draft_id = b.id)
 ORDER BY b.id DESC LIMIT 1;

-- name: page_acts_log
-- The log of acts of a dossier and how long it is under its newest head.
-- result: one
-- params: dossier bigint
-- row: origin text, size bigint?
SELECT l.origin, (SELECT max(c.size) FROM opx.checkpoint c WHERE c.log_id = l.id) FROM opx.log l WHERE l.dossier_id = $1 AND l.kind = 'c';

-- name: page_filing_readers
-- Who was given the documents of a deposit, and when each person first opened one of them.
-- result: many
-- params: filing bigint
-- row: person_id bigint, name text, title text, given_name text, family_name text, role text, side_id bigint?, side text?, is_author boolean, accepted boolean, opened_at timestamptz?, given bigint, opened bigint, prefers_paper boolean
SELECT m.person_id, opx.person_name(p), p.title, p.given_name, p.family_name, m.role, m.side_id, s.label, m.person_id = f.author_id,
       m.accepted_at IS NOT NULL,
       (SELECT min(h.at) FROM opx.handover h JOIN opx.document x ON x.id = h.document_id WHERE x.filing_id = f.id AND h.person_id = m.person_id),
       (SELECT count(*) FROM opx.document x JOIN opx.document_recipient r ON r.document_id = x.id
         WHERE x.filing_id = f.id AND r.person_id = m.person_id),
       (SELECT count(DISTINCT h.document_id) FROM opx.handover h JOIN opx.document x ON x.id = h.document_id
         WHERE x.filing_id = f.id AND h.person_id = m.person_id),
       m.accepted_at IS NULL AND NOT EXISTS (SELECT FROM opx.participant t WHERE t.dossier_id = m.dossier_id AND t.person_id = m.person_id AND t.state = 'invited')
  FROM opx.filing f
  JOIN opx.member m ON m.dossier_id = f.dossier_id
  JOIN opx.person p ON p.id = m.person_id
  LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE f.id = $1
   AND EXISTS (SELECT FROM opx.document x WHERE x.filing_id = f.id
                AND (EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = m.person_id)
                     OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = x.id AND g.person_id = m.person_id AND g.taken_at IS NULL)))
 ORDER BY m.pseudonym;

-- name: page_document_of_filing
-- A document of that deposit of that dossier, which the viewer may read.
-- result: maybe
-- params: dossier bigint, number integer, document bigint, viewer bigint
-- row: filing_id bigint
SELECT x.filing_id FROM opx.document_visible_to($4) x JOIN opx.filing f ON f.id = x.filing_id
 WHERE x.id = $3 AND f.dossier_id = $1 AND f.number = $2;

-- name: page_board_documents
-- The documents whose line the viewer knows, newest first; content for readers.
-- result: many
-- params: dossier bigint, viewer bigint, max bigint, skip bigint
-- row: id bigint, n integer, kind text, series_number integer, filed_at timestamptz, author_id bigint, author text, filing_number integer, title text?, name_shown text?, total bigint
SELECT x.id, x.n, x.kind, x.series_number, x.filed_at, x.author_id, opx.person_name(p), f.number, t.title, t.name_shown, x.total
  FROM (SELECT l.*, count(*) OVER () AS total FROM opx.document_line_visible_to($2) l WHERE l.dossier_id = $1
         ORDER BY l.filed_at DESC, l.id DESC LIMIT $3 OFFSET $4) x
  JOIN opx.filing f ON f.id = x.filing_id
  JOIN opx.person p ON p.id = x.author_id
  LEFT JOIN opx.document_content t ON t.document_id = x.id AND EXISTS (SELECT FROM opx.document_visible_to($2) v WHERE v.id = x.id OFFSET 0)
 ORDER BY x.filed_at DESC, x.id DESC;

-- name: page_board_cells
-- Who was given each of these documents, since when, and when he first opened it.
-- result: many
-- params: dossier bigint, documents bigint[]
-- row: document_id bigint, person_id bigint, side_id bigint?, accepted boolean, has_left boolean, offered_at timestamptz?, opened_at timestamptz?
SELECT x.id, m.person_id, m.side_id, m.accepted_at IS NOT NULL, m.left_at IS NOT NULL,
       CASE WHEN r.person_id IS NOT NULL THEN greatest(f.sealed_at, m.accepted_at)
            ELSE greatest(f.sealed_at, m.accepted_at, g.given_at) END,
       (SELECT min(h.at) FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = m.person_id)
  FROM opx.document x
  JOIN opx.filing f ON f.id = x.filing_id
  JOIN opx.member m ON m.dossier_id = x.dossier_id
  LEFT JOIN opx.document_recipient r ON r.document_id = x.id AND r.person_id = m.person_id
  LEFT JOIN opx.grant_access g ON g.document_id = x.id AND g.person_id = m.person_id AND g.taken_at IS NULL
 WHERE x.dossier_id = $1 AND x.id = ANY ($2::bigint[]) AND (r.person_id IS NOT NULL OR g.person_id IS NOT NULL)
 ORDER BY x.id DESC, m.pseudonym;

-- name: page_board_count
-- How many documents have a reader, of one side (or of any), who has accepted and never opened them.
-- result: one
-- params: dossier bigint, viewer bigint, side bigint?
-- row: documents bigint, unopened bigint
SELECT count(*), count(*) FILTER (WHERE EXISTS (
         SELECT FROM opx.member m
          WHERE m.dossier_id = x.dossier_id AND m.accepted_at IS NOT NULL AND m.left_at IS NULL AND m.person_id <> x.author_id
            AND ($3::bigint IS NULL OR m.side_id = $3)
            AND (EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = m.person_id)
                 OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = x.id AND g.person_id = m.person_id AND g.taken_at IS NULL))
            AND NOT EXISTS (SELECT FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = m.person_id)))
  FROM opx.document_line_visible_to($2) x WHERE x.dossier_id = $1;

-- name: page_case_lacks
-- What keeps the whole case from this person; all zero and false: nothing.
-- result: one
-- params: dossier bigint, viewer bigint
-- row: documents bigint, acts bigint, readings boolean
SELECT documents, acts, readings FROM opx.case_lacks($1, $2);

-- name: page_first_act_lacked
-- The number of the first line whose body this person lacks, who lacks one: the lines of the acts are everybody's, and so is their number.
-- result: one
-- params: dossier bigint, viewer bigint
-- row: seq bigint
SELECT min(f.seq) FROM opx.event e JOIN opx.log l ON l.id = e.log_id AND l.kind = 'c' JOIN opx.leaf f ON f.event_id = e.id
 WHERE e.dossier_id = $1 AND NOT EXISTS (SELECT FROM opx.act_body_visible_to($2) v WHERE v.id = e.id);

-- name: artefact_turn
-- One request at a time for the same thing, until the transaction ends: a second click finds what the first one asked for.
-- result: one
-- params: dossier bigint, kind text, person bigint
-- row: is_mine boolean
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('artefact ' || ($1::bigint)::text || ' ' || $2::text || ' ' || ($3::bigint)::text, 0)) IS NOT NULL;

-- name: artefact_live
-- The same thing being made, or made over the newest stamped head (a receipt's PDF: since the last token of its documents).
-- result: maybe
-- params: dossier bigint, kind text, person bigint, document bigint?, filing bigint?
-- row: id bigint, state text
SELECT a.id, a.state FROM opx.artefact a
 WHERE a.dossier_id = $1 AND a.kind = $2 AND a.person_id = $3 AND a.document_id IS NOT DISTINCT FROM $4
   AND a.filing_id IS NOT DISTINCT FROM $5 AND a.expires_at > now()
   AND (a.state = 'waiting' OR (a.state = 'ready' AND CASE WHEN a.kind = 'receipt-pdf'
          THEN NOT EXISTS (SELECT FROM opx.token t JOIN opx.document x ON x.id = t.document_id WHERE x.filing_id = a.filing_id AND t.at > a.created_at)
          ELSE a.head_size = (SELECT max(t.size) FROM opx.token t JOIN opx.log l ON l.id = t.log_id
                               WHERE t.kind = 'checkpoint' AND l.dossier_id = a.dossier_id AND l.kind = 'c') END))
 ORDER BY a.id DESC LIMIT 1;

-- name: artefact_newest
-- The newest one that was asked for, whatever became of it.
-- result: maybe
-- params: dossier bigint, kind text, person bigint, document bigint?, filing bigint?
-- row: id bigint
SELECT a.id FROM opx.artefact a
 WHERE a.dossier_id = $1 AND a.kind = $2 AND a.person_id = $3 AND a.document_id IS NOT DISTINCT FROM $4
   AND a.filing_id IS NOT DISTINCT FROM $5 AND a.expires_at > now() AND a.state <> 'gone'
 ORDER BY a.id DESC LIMIT 1;

-- name: artefact_add
-- result: one
-- params: dossier bigint, kind text, person bigint, session bigint, document bigint?, filing bigint?, name text
-- row: id bigint
INSERT INTO opx.artefact (dossier_id, kind, person_id, session_id, document_id, filing_id, name)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

-- name: artefact_given
-- A made file as it goes out: where it lies, its hash, and the head it was made over.
-- result: maybe
-- params: artefact bigint, person bigint
-- row: kind text, state text, step text, path text?, name text, size bigint?, sha256 bytea?, sentence text, head_size bigint?
SELECT kind, state, step, path, name, size, sha256, sentence, head_size
  FROM opx.artefact WHERE id = $1 AND person_id = $2 AND state <> 'gone' AND expires_at > now();

-- name: artefact_documents
-- The documents that such a bundle holds: those that the acts below its head give to its person.
-- result: many
-- params: artefact bigint, person bigint
-- row: document_id bigint
SELECT x.id
  FROM opx.artefact a
  JOIN opx.document x ON x.dossier_id = a.dossier_id
 WHERE a.id = $1 AND a.person_id = $2
   AND EXISTS (SELECT FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id
                WHERE e.document_id = x.id AND e.type = 'doc.publish' AND l.seq < a.head_size)
   AND (x.author_id = $2
        OR EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = $2)
        OR EXISTS (SELECT FROM opx.grant_access g JOIN opx.leaf l ON l.event_id = g.event_id
                    WHERE g.document_id = x.id AND g.person_id = $2 AND l.seq < a.head_size
                      AND (g.taken_at IS NULL OR g.taken_at > a.created_at)))
 ORDER BY x.n;

-- name: page_proof_people
-- Everybody of a dossier in order of entry, with what a list of people shows. prefers_paper: no invitation waits, and none was accepted.
-- result: many
-- params: dossier bigint
-- row: person_id bigint, pseudonym integer, name text, title text, given_name text, family_name text, role text, side_id bigint?, side text?, accepted boolean, has_left boolean, prefers_paper boolean
SELECT m.person_id, m.pseudonym, opx.person_name(p), p.title, p.given_name, p.family_name, m.role, m.side_id, s.label,
       m.accepted_at IS NOT NULL, m.left_at IS NOT NULL,
       m.accepted_at IS NULL AND NOT EXISTS (SELECT FROM opx.participant t WHERE t.dossier_id = m.dossier_id AND t.person_id = m.person_id AND t.state = 'invited')
  FROM opx.member m JOIN opx.person p ON p.id = m.person_id LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE m.dossier_id = $1 ORDER BY m.pseudonym;

-- name: page_drafts
-- The person's open drafts of a dossier that hold something.
-- result: many
-- params: dossier bigint, author bigint
-- row: id bigint, kind text, title text, files bigint, expires_at timestamptz
SELECT b.id, b.kind, b.title, (SELECT count(*) FROM opx.draft_file f WHERE f.draft_id = b.id AND f.state <> 'removed'), b.expires_at
  FROM opx.draft b
 WHERE b.dossier_id = $1 AND b.author_id = $2 AND b.state = 'open' AND b.expires_at > now()
   AND (b.kind <> '' OR b.title <> '' OR EXISTS (SELECT FROM opx.draft_file f WHERE f.draft_id = b.id AND f.state <> 'removed'))
 ORDER BY b.updated_at DESC LIMIT 10;
