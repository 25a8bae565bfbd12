-- SPDX-License-Identifier: MPL-2.0
-- What the screens of dossiers show. Each runs in the person's context; row security is the second net.

-- name: page_dossier_list
-- The dossiers of a person (accepted member), then those of the person's court that he may enter, newest move first.
-- result: many
-- params: person bigint, query text, phases text[], unread_only boolean, due_before date?, max bigint, skip bigint
-- row: id bigint, title text, rg_number text, court text, procedure text, phase text, phase_at timestamptz, report_due_on date?, unread bigint, last_title text?, last_kind text?, last_at timestamptz?, is_member boolean, total bigint
SELECT d.id, d.title, d.rg_number, c.name, d.procedure, d.phase, d.phase_at, d.report_due_on,
       (SELECT count(*) FROM opx.unread_notice n WHERE n.person_id = $1 AND n.dossier_id = d.id AND m.person_id IS NOT NULL),
       l.title, l.kind, l.filed_at, m.person_id IS NOT NULL, count(*) OVER ()
  FROM opx.dossier d
  JOIN opx.court c ON c.id = d.court_id
  LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = $1 AND m.accepted_at IS NOT NULL AND m.left_at IS NULL
  LEFT JOIN LATERAL (SELECT f.title, f.kind, f.filed_at FROM opx.filing f
                      WHERE f.dossier_id = d.id AND f.sealed_at IS NOT NULL AND m.person_id IS NOT NULL
                        AND EXISTS (SELECT FROM opx.document x JOIN opx.document_recipient r ON r.document_id = x.id AND r.person_id = $1
                                     WHERE x.filing_id = f.id)
                      ORDER BY f.filed_at DESC, f.id DESC LIMIT 1) l ON true
 WHERE (m.person_id IS NOT NULL
        OR (d.phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
             WHERE a.person_id = $1 AND k.court_id = d.court_id AND k.role IN ('judge', 'clerk')
               AND (k.until_at IS NULL OR k.until_at > now()))))
   AND ($2 = '' OR d.title ILIKE '%' || $2 || '%' OR d.rg_number ILIKE '%' || $2 || '%'
        OR (m.person_id IS NOT NULL AND EXISTS (SELECT FROM opx.member w JOIN opx.person p ON p.id = w.person_id LEFT JOIN opx.side s ON s.id = w.side_id
             WHERE w.dossier_id = d.id AND (opx.person_name(p) ILIKE '%' || $2 || '%' OR s.label ILIKE '%' || $2 || '%'))))
   AND (cardinality($3::text[]) = 0 OR d.phase = ANY ($3::text[]))
   AND (NOT $4 OR (m.person_id IS NOT NULL AND EXISTS (SELECT FROM opx.unread_notice n WHERE n.person_id = $1 AND n.dossier_id = d.id)))
   AND ($5::date IS NULL OR d.report_due_on < $5::date)
 ORDER BY m.person_id IS NULL, coalesce(l.filed_at, d.phase_at) DESC, d.id DESC
 LIMIT $6 OFFSET $7;

-- name: page_dossier_views
-- How many dossiers of that list each ready-made view holds. open: the states in which a report is still awaited; running, closed: states.
-- result: one
-- params: person bigint, today date, open text[], running text[], closed text[]
-- row: total bigint, unread bigint, late bigint, running bigint, closed bigint
SELECT count(*),
       count(*) FILTER (WHERE m.person_id IS NOT NULL
                          AND EXISTS (SELECT FROM opx.unread_notice n WHERE n.person_id = $1 AND n.dossier_id = d.id)),
       count(*) FILTER (WHERE d.report_due_on < $2 AND d.phase = ANY ($3::text[])),
       count(*) FILTER (WHERE d.phase = ANY ($4::text[])),
       count(*) FILTER (WHERE d.phase = ANY ($5::text[]))
  FROM opx.dossier d
  LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = $1 AND m.accepted_at IS NOT NULL AND m.left_at IS NULL
 WHERE m.person_id IS NOT NULL
    OR (d.phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
         WHERE a.person_id = $1 AND k.court_id = d.court_id AND k.role IN ('judge', 'clerk')
           AND (k.until_at IS NULL OR k.until_at > now())));

-- name: page_dossier_invitations
-- Invitations by account that wait for this person's answer.
-- result: many
-- params: person bigint
-- row: number text, title text, rg_number text, court text, role text, side text?, expires_at timestamptz
SELECT i.number, d.title, d.rg_number, c.name, p.role, s.label, i.expires_at
  FROM opx.invitation i
  JOIN opx.participant p ON p.id = i.participant_id
  JOIN opx.dossier d ON d.id = i.dossier_id
  JOIN opx.court c ON c.id = d.court_id
  LEFT JOIN opx.side s ON s.id = p.side_id
 WHERE p.person_id = $1 AND i.channel = 'account' AND i.state IN ('sent', 'opened') AND i.expires_at > now()
 ORDER BY i.id;

-- name: page_dossier_head
-- What stands over each page of a dossier, with the person's own membership; a member's visit is noted, once a minute (is_visit: now).
-- result: one
-- params: dossier bigint, person bigint
-- row: id bigint, title text, rg_number text, court text, zone text, procedure text, phase text, phase_at timestamptz, expert text?, role text?, pseudonym integer?, side_id bigint?, side text?, unread bigint, decision_ref text, decision_on date?, mission text, report_due_on date?, judge_name text, clerk_name text, active_clerks bigint, is_presence boolean, sees_readings boolean, sees_board boolean, is_visit boolean
SELECT d.id, d.title, d.rg_number, c.name, c.zone, d.procedure, d.phase, d.phase_at,
       (SELECT opx.person_name(p) FROM opx.member x JOIN opx.person p ON p.id = x.person_id
         WHERE x.dossier_id = d.id AND x.role = 'expert' AND x.left_at IS NULL ORDER BY x.pseudonym LIMIT 1),
       m.role, m.pseudonym, m.side_id, s.label,
       (SELECT count(*) FROM opx.unread_notice n WHERE n.person_id = $2 AND n.dossier_id = d.id),
       d.decision_ref, d.decision_on, d.mission, d.report_due_on, d.judge_name, d.clerk_name,
       (SELECT count(*) FROM opx.member x WHERE x.dossier_id = d.id AND x.role = 'clerk' AND x.accepted_at IS NOT NULL AND x.left_at IS NULL),
       coalesce(m.role IN ('judge', 'clerk'), false), opx.sees_all_readings(m.role, d.phase),
       (SELECT a.decision = 'allow' FROM opx.right_ask('contradictory_board', 'read', 'dossier', d.id, '', 0) a),
       CASE WHEN m.role IS NULL OR m.last_seen_at > clock_timestamp() - interval '1 minute' THEN false ELSE opx.note_visit(d.id) END
  FROM opx.dossier d
  JOIN opx.court c ON c.id = d.court_id
  LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = $2 AND m.accepted_at IS NOT NULL AND m.left_at IS NULL
  LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE d.id = $1;

-- name: page_dossier_deposits
-- The kinds, of those registered, that the person may deposit in this dossier now.
-- result: one
-- params: dossier bigint, kinds text[]
-- row: kinds text[]
SELECT opx.depositable($1, $2::text[]);

-- name: page_dossier_mission
-- result: many
-- params: dossier bigint
-- row: n integer, text text
SELECT n, text FROM opx.mission_item WHERE dossier_id = $1 ORDER BY n;

-- name: page_dossier_people
-- Everybody of a dossier in order of entry. prefers_paper: no invitation waits, and none was accepted.
-- result: many
-- params: dossier bigint
-- row: person_id bigint, name text, person_title text, given_name text, family_name text, role text, side_id bigint?, side text?, pseudonym integer, accepted_at timestamptz?, left_at timestamptz?, last_seen_at timestamptz?, prefers_paper boolean
SELECT m.person_id, opx.person_name(p), p.title, p.given_name, p.family_name, m.role, m.side_id, s.label, m.pseudonym, m.accepted_at, m.left_at, m.last_seen_at,
       m.accepted_at IS NULL AND NOT EXISTS (SELECT FROM opx.participant t WHERE t.dossier_id = m.dossier_id AND t.person_id = m.person_id AND t.state = 'invited')
  FROM opx.member m JOIN opx.person p ON p.id = m.person_id LEFT JOIN opx.side s ON s.id = m.side_id
 WHERE m.dossier_id = $1 ORDER BY s.n NULLS FIRST, m.pseudonym;

-- name: page_dossier_sides
-- result: many
-- params: dossier bigint
-- row: id bigint, n integer, label text
SELECT id, n, label FROM opx.side WHERE dossier_id = $1 ORDER BY n;

-- name: page_dossier_phases
-- result: many
-- params: dossier bigint
-- row: transition text, from_phase text, to_phase text, at timestamptz
SELECT transition, from_phase, to_phase, at FROM opx.phase_change WHERE dossier_id = $1 ORDER BY at, id;

-- name: page_dossier_sealed_kinds
-- The kinds of which a sealed document exists: what transitions ask for.
-- result: many
-- params: dossier bigint
-- row: kind text, document_id bigint
SELECT x.kind, min(x.id) FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id
 WHERE x.dossier_id = $1 AND f.sealed_at IS NOT NULL GROUP BY x.kind ORDER BY x.kind;

-- name: page_dossier_waiting
-- Those who were invited and do not take part, with the state of their newest invitation.
-- result: many
-- params: dossier bigint
-- row: id bigint, participant_id bigint, name text, person_title text, role text, side text?, channel text, state text, is_over boolean, expires_at timestamptz, letter_at timestamptz?, asked_again boolean
SELECT i.id, p.id, opx.person_name(x), x.title, p.role, s.label, i.channel, i.state, i.expires_at < clock_timestamp(), i.expires_at, i.letter_at, i.asked_again_at IS NOT NULL
  FROM opx.participant p
  JOIN opx.person x ON x.id = p.person_id
  JOIN LATERAL (SELECT * FROM opx.invitation i WHERE i.participant_id = p.id ORDER BY i.id DESC LIMIT 1) i ON true
  LEFT JOIN opx.side s ON s.id = p.side_id
 WHERE p.dossier_id = $1 AND p.state IN ('invited', 'refused')
   AND NOT EXISTS (SELECT FROM opx.participant n WHERE n.dossier_id = $1 AND n.person_id = p.person_id AND n.id > p.id)
 ORDER BY p.id;

-- name: page_dossier_courts
-- The courts at which this person may open a dossier: an expert at any, a judge or a clerk at his own; his own come first.
-- result: many
-- params: person bigint
-- row: id bigint, name text, role text
SELECT c.id, c.name, k.role
  FROM opx.court c
  JOIN LATERAL (SELECT k.role, k.court_id FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
                 WHERE a.person_id = $1 AND (k.until_at IS NULL OR k.until_at > now())
                   AND (k.role = 'expert' OR (k.role IN ('judge', 'clerk') AND k.court_id = c.id))
                 ORDER BY k.role = 'expert' DESC, k.court_id = c.id DESC NULLS LAST, k.role LIMIT 1) k ON true
 ORDER BY k.court_id IS DISTINCT FROM c.id, c.kind <> 'tribunal_judiciaire', c.kind, c.name;

-- name: page_dossier_moves
-- Deposits and steps, newest first; a title only for those who may read something of the deposit. No deposit is looked at beyond those
-- asked for: OFFSET 0 has each ask for itself.
-- result: many
-- params: dossier bigint, viewer bigint, max bigint
-- row: at timestamptz, filing integer?, kind text, title text?, author_id bigint?, author text?, role text?, side text?, documents bigint
SELECT * FROM (
  (SELECT f.filed_at AS at, f.number, f.kind,
          CASE WHEN EXISTS (SELECT FROM opx.document_visible_to($2) v WHERE v.filing_id = f.id OFFSET 0) THEN f.title END,
          f.author_id, opx.person_name(p), f.role, s.label, (SELECT count(*) FROM opx.document x WHERE x.filing_id = f.id)
     FROM opx.filing f JOIN opx.person p ON p.id = f.author_id LEFT JOIN opx.side s ON s.id = f.side_id
    WHERE f.dossier_id = $1 AND f.sealed_at IS NOT NULL
      AND EXISTS (SELECT FROM opx.document_line_visible_to($2) l WHERE l.filing_id = f.id OFFSET 0)
    ORDER BY f.number DESC LIMIT $3)
  UNION ALL
  SELECT c.at, NULL::integer, c.to_phase, NULL::text, c.person_id, opx.person_name(p), NULL::text, NULL::text, 0::bigint
    FROM opx.phase_change c LEFT JOIN opx.person p ON p.id = c.person_id
   WHERE c.dossier_id = $1) m
 ORDER BY m.at DESC LIMIT $3;

-- name: page_dossier_drafts
-- What this person prepares here.
-- result: many
-- params: dossier bigint, person bigint
-- row: id bigint, kind text, title text, updated_at timestamptz, files bigint
SELECT b.id, b.kind, b.title, b.updated_at, (SELECT count(*) FROM opx.draft_file f WHERE f.draft_id = b.id AND f.state <> 'removed')
  FROM opx.draft b
 WHERE b.dossier_id = $1 AND b.author_id = $2 AND b.state = 'open' AND b.expires_at > now() ORDER BY b.id DESC LIMIT 5;

-- name: page_court_options
-- result: many
-- params: none text
-- row: id bigint, name text
SELECT id, name FROM opx.court WHERE $1 = '' ORDER BY kind, name;

-- name: page_compagnie_options
-- result: many
-- params: none text
-- row: id bigint, name text
SELECT id, name FROM opx.compagnie WHERE $1 = '' ORDER BY name;

-- name: page_dossier_only
-- The dossier of a party who has one and nothing else: no invitation that waits, no capacity outside it.
-- result: maybe
-- params: person bigint
-- row: dossier_id bigint
SELECT min(m.dossier_id) FROM opx.member m
 WHERE m.person_id = $1 AND m.accepted_at IS NOT NULL AND m.left_at IS NULL
   AND NOT EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
                    WHERE a.person_id = $1 AND (k.until_at IS NULL OR k.until_at > now()))
   AND NOT EXISTS (SELECT FROM opx.invitation i JOIN opx.participant p ON p.id = i.participant_id
                    WHERE p.person_id = $1 AND i.channel = 'account' AND i.state IN ('sent', 'opened') AND i.expires_at > now())
HAVING count(*) = 1 AND bool_and(m.role = 'party');
