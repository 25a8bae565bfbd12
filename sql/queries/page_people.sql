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
