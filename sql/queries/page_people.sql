-- SPDX-License-Identifier: MPL-2.0
-- What the screens of persons show: letters, one's own profile, requests for access.

-- name: page_letter
-- The newest letter of a participant that this session asked for and that is still there.
-- result: maybe
-- params: dossier bigint, participant bigint, session bigint
-- row: id bigint, state text, path text?, expires_at timestamptz, number text, name text, invited_until timestamptz
SELECT a.id, a.state, a.path, a.expires_at, i.number, opx.person_name(x), i.expires_at
  FROM opx.artefact a
  JOIN opx.invitation i ON i.id = a.invitation_id
  JOIN opx.person x ON x.id = i.person_id
 WHERE a.kind = 'letter-pdf' AND a.dossier_id = $1 AND i.participant_id = $2 AND a.session_id = $3
   AND a.state <> 'gone' AND a.expires_at > clock_timestamp()
 ORDER BY a.id DESC LIMIT 1;

-- name: page_profile
-- result: one
-- params: person bigint
-- row: name text, title text, mail text
SELECT opx.person_name(p), p.title, p.mail FROM opx.person p WHERE p.id = $1;

-- name: page_profile_capacities
-- result: many
-- params: account bigint
-- row: role text, place text?
SELECT k.role, coalesce(c.name, g.name)
  FROM opx.capacity k LEFT JOIN opx.court c ON c.id = k.court_id LEFT JOIN opx.compagnie g ON g.id = k.compagnie_id
 WHERE k.account_id = $1 AND (k.until_at IS NULL OR k.until_at > now()) ORDER BY k.id;

-- name: page_profile_means
-- result: many
-- params: account bigint
-- row: kind text, label text, created_at timestamptz, not_after timestamptz?
SELECT kind, label, created_at, not_after FROM opx.credential WHERE account_id = $1 AND ended_at IS NULL ORDER BY id;

-- name: page_people_coded
-- Those of a dossier who come in with an access code: who may lose it. letter_until: a letter with a new one is on its way.
-- result: many
-- params: dossier bigint
-- row: participant_id bigint, name text, person_title text, role text, side text?, letter_until timestamptz?
SELECT p.id, opx.person_name(x), x.title, p.role, s.label,
       (SELECT max(i.expires_at) FROM opx.invitation i
         WHERE i.participant_id = p.id AND i.renews_code AND i.state IN ('sent', 'opened') AND i.expires_at > now())
  FROM opx.participant p
  JOIN opx.person x ON x.id = p.person_id
  JOIN opx.account a ON a.person_id = x.id AND a.state = 'active'
  LEFT JOIN opx.side s ON s.id = p.side_id
 WHERE p.dossier_id = $1 AND p.state = 'accepted' AND p.role NOT IN ('judge', 'clerk')
   AND NOT EXISTS (SELECT FROM opx.credential c WHERE c.account_id = a.id AND c.kind = 'x509')
 ORDER BY s.n NULLS FIRST, p.id;
