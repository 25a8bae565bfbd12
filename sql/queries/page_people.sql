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
