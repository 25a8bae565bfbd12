-- SPDX-License-Identifier: MPL-2.0
-- Who takes part: invitations, acceptance, mode actif.

-- name: participant_account
-- The account behind a mail address, if any.
-- result: maybe
-- params: mail text
-- row: account_id bigint, person_id bigint
SELECT a.id, a.person_id FROM opx.account a WHERE a.identifier = lower($1) AND a.state = 'active';

-- name: participant_person
-- result: one
-- params: title text, given_name text, family_name text, mail text
-- row: id bigint
INSERT INTO opx.person (title, given_name, family_name, mail) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: participant_known
-- Somebody invited before at that address who has no account yet: one address is one person.
-- result: maybe
-- params: mail text
-- row: id bigint
SELECT p.id FROM opx.person p
 WHERE lower(p.mail) = lower($1) AND NOT EXISTS (SELECT FROM opx.account a WHERE a.person_id = p.id) ORDER BY p.id LIMIT 1;

-- name: participant_named
-- Does this person go by that name? Capitals, accents, spaces and signs do not matter, nor a given name that one of the two lacks.
-- result: one
-- params: person bigint, given_name text, family_name text
-- row: is_same boolean
SELECT n.f[1] || n.f[2] = n.f[3] || n.f[4] OR (n.f[2] = n.f[4] AND (n.f[1] = '' OR n.f[3] = ''))
  FROM opx.person p,
       LATERAL (SELECT array_agg(regexp_replace(lower(normalize(t, NFD)), '[\u0300-\u036f’[:space:][:punct:]]', '', 'g') ORDER BY i)
                  FROM unnest(ARRAY[p.given_name, p.family_name, $2, $3]) WITH ORDINALITY u (t, i)) n (f)
 WHERE p.id = $1;

-- name: participant_waiting
-- One who has not answered, by the row of his participation.
-- result: maybe
-- params: dossier bigint, participant bigint
-- row: person_id bigint, mail text
SELECT p.person_id, x.mail FROM opx.participant p JOIN opx.person x ON x.id = p.person_id
 WHERE p.dossier_id = $1 AND p.id = $2 AND p.state = 'invited';

-- name: participant_in
-- result: maybe
-- params: dossier bigint, person bigint
-- row: id bigint, state text
SELECT id, state FROM opx.participant WHERE dossier_id = $1 AND person_id = $2 AND state IN ('invited', 'accepted') ORDER BY id DESC LIMIT 1;

-- name: participant_invitation
-- result: one
-- params: number text, dossier bigint, participant bigint, person bigint, channel text, salt bytea?, hash bytea?, by bigint, renews_code boolean
-- row: id bigint, expires_at timestamptz
INSERT INTO opx.invitation (number, dossier_id, participant_id, person_id, channel, code_salt, code_hash, expires_at, created_by, renews_code)
VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + interval '15 days', $8, $9) RETURNING id, expires_at;

-- name: participant_withdraw_older
-- A new invitation cancels the former.
-- result: exec
-- params: participant bigint, keep bigint
UPDATE opx.invitation SET state = 'withdrawn' WHERE participant_id = $1 AND id <> $2 AND state IN ('sent', 'opened');

-- name: participant_find
-- An invitation by its number, with what its page says.
-- result: maybe
-- params: number text
-- row: id bigint, dossier_id bigint, participant_id bigint, person_id bigint, channel text, salt bytea?, hash bytea?, tries_left integer, state text, is_over boolean, expires_at timestamptz, renews_code boolean, asked_again boolean
SELECT id, dossier_id, participant_id, person_id, channel, code_salt, code_hash, tries_left, state, expires_at < clock_timestamp(), expires_at,
       renews_code, asked_again_at IS NOT NULL
  FROM opx.invitation WHERE number = $1;

-- name: participant_by_number
-- Puts the number in the transaction's context, so that row security lets exactly this invitation through.
-- result: one
-- params: number text
-- row: number text
SELECT pg_catalog.set_config('opx.invitation', $1, true);

-- name: participant_page
-- What the page of an invitation says once both codes were right, or to the one it is for: dossier, capacity, identity.
-- result: maybe
-- params: invitation bigint
-- row: title text, rg_number text, court text, role text, side text?, by text, by_role text?, person_title text, name text, mail text, account_id bigint?
SELECT d.title, d.rg_number, c.name, p.role, s.label, opx.person_name(b),
       (SELECT m.role FROM opx.member m WHERE m.dossier_id = d.id AND m.person_id = i.created_by),
       x.title, opx.person_name(x), x.mail, (SELECT a.id FROM opx.account a WHERE a.person_id = x.id)
  FROM opx.invitation i
  JOIN opx.participant p ON p.id = i.participant_id
  JOIN opx.dossier d ON d.id = i.dossier_id
  JOIN opx.court c ON c.id = d.court_id
  JOIN opx.person x ON x.id = i.person_id
  JOIN opx.person b ON b.id = i.created_by
  LEFT JOIN opx.side s ON s.id = p.side_id
 WHERE i.id = $1;

-- name: participant_mail
-- Where the mail code of an invitation goes.
-- result: one
-- params: person bigint
-- row: mail text
SELECT mail FROM opx.person WHERE id = $1;

-- name: participant_try
-- Counts one try before the code is compared.
-- result: maybe
-- params: invitation bigint
-- row: tries_left integer
UPDATE opx.invitation SET tries_left = tries_left - 1
 WHERE id = $1 AND tries_left > 0 AND state IN ('sent', 'opened') AND expires_at > clock_timestamp() RETURNING tries_left;

-- name: participant_opened
-- result: exec
-- params: invitation bigint
UPDATE opx.invitation SET state = 'opened' WHERE id = $1 AND state = 'sent';

-- name: participant_ask_again
-- One who came too late, or typed too often, asks for another invitation: once.
-- result: maybe
-- params: invitation bigint
-- row: id bigint
UPDATE opx.invitation SET asked_again_at = clock_timestamp()
 WHERE id = $1 AND asked_again_at IS NULL AND state IN ('sent', 'opened') AND (expires_at < clock_timestamp() OR tries_left = 0) RETURNING id;

-- name: participant_coded
-- One who takes part and comes in with an access code, by the row of his participation.
-- result: maybe
-- params: dossier bigint, participant bigint
-- row: person_id bigint
SELECT p.person_id FROM opx.participant p JOIN opx.account a ON a.person_id = p.person_id AND a.state = 'active'
 WHERE p.dossier_id = $1 AND p.id = $2 AND p.state = 'accepted'
   AND NOT EXISTS (SELECT FROM opx.credential c WHERE c.account_id = a.id AND c.kind = 'x509');

-- name: participant_answer
-- Accepted or refused, once.
-- result: maybe
-- params: invitation bigint, state text
-- row: participant_id bigint, person_id bigint, dossier_id bigint
UPDATE opx.invitation SET state = $2 WHERE id = $1 AND state IN ('sent', 'opened') AND expires_at > clock_timestamp()
RETURNING participant_id, person_id, dossier_id;

-- name: participant_state
-- result: exec
-- params: participant bigint, state text
UPDATE opx.participant SET state = $2, accepted_at = CASE WHEN $2 = 'accepted' THEN clock_timestamp() ELSE accepted_at END,
       until_at = CASE WHEN $2 IN ('left', 'refused') THEN clock_timestamp() ELSE until_at END
 WHERE id = $1;

-- name: participant_accept_member
-- result: exec
-- params: dossier bigint, person bigint
UPDATE opx.member SET accepted_at = clock_timestamp() WHERE dossier_id = $1 AND person_id = $2 AND accepted_at IS NULL;

-- name: participant_leave_member
-- Who leaves writes his own leaving: row security takes him for a member to the end of this transaction.
-- result: exec
-- params: dossier bigint, person bigint
UPDATE opx.member SET left_at = clock_timestamp()
 WHERE dossier_id = $1 AND person_id = $2 AND left_at IS NULL AND (opx.is_here($1) OR opx.enters($1));

-- name: participant_consent
-- result: exec
-- params: person bigint, dossier bigint, sha256 bytea, text text, address text
INSERT INTO opx.consent (person_id, dossier_id, text_sha256, text, address) VALUES ($1, $2, $3, $4, $5);

-- name: participant_account_new
-- result: one
-- params: person bigint, identifier text
-- row: id bigint
INSERT INTO opx.account (person_id, identifier) VALUES ($1, lower($2)) RETURNING id;

-- name: participant_history
-- The sealed documents that this person's row of the matrix now gives him, and that no list of his holds (CPC 169).
-- result: many
-- params: dossier bigint, person bigint
-- row: id bigint, n integer
SELECT x.id, x.n FROM opx.document x
  JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
  JOIN opx.dossier d ON d.id = x.dossier_id
  JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = $2
  JOIN opx.right_cell c ON c.object = x.kind AND c.action = 'read' AND c.state = d.phase AND c.role = m.role
 WHERE x.dossier_id = $1
   AND (c.value = 'allow'
        OR (c.value = 'addressed' AND EXISTS (SELECT FROM opx.document_addressed a WHERE a.document_id = x.id AND a.side_id = m.side_id))
        OR (c.value = 'side' AND x.side_id IS NOT NULL AND x.side_id = m.side_id))
   AND NOT EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = $2)
   AND NOT EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = x.id AND g.person_id = $2 AND g.taken_at IS NULL)
 ORDER BY x.n;

-- name: participant_grant
-- result: exec
-- params: dossier bigint, documents bigint[], person bigint, ground text, by bigint?, event bigint
INSERT INTO opx.grant_access (dossier_id, document_id, person_id, ground, given_by, event_id)
SELECT $1::bigint, x, $3, $4, $5, $6 FROM unnest($2::bigint[]) x;

-- name: participant_history_notices
-- Of what he is given he has opened nothing: a notice for each of those deposits, of which no mail leaves.
-- result: exec
-- params: dossier bigint, documents bigint[], person bigint
INSERT INTO opx.notice (dossier_id, person_id, filing_id, kind)
SELECT DISTINCT $1::bigint, $3::bigint, x.filing_id, 'history' FROM opx.document x
 WHERE x.id = ANY ($2::bigint[]) AND x.author_id <> $3
   AND NOT EXISTS (SELECT FROM opx.notice n WHERE n.person_id = $3 AND n.dossier_id = $1 AND n.filing_id = x.filing_id AND n.read_at IS NULL);

-- name: participant_court_role
-- The role that a capacity gives this person in the dossier's court.
-- result: maybe
-- params: dossier bigint, person bigint
-- row: role text
SELECT k.role FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id JOIN opx.dossier d ON d.court_id = k.court_id
 WHERE d.id = $1 AND a.person_id = $2 AND k.role IN ('judge', 'clerk') AND (k.until_at IS NULL OR k.until_at > now())
 ORDER BY k.role LIMIT 1;

-- name: participant_letter
-- A letter is for the session that asked, for 15 minutes.
-- result: one
-- params: dossier bigint, invitation bigint, person bigint, session bigint
-- row: id bigint
INSERT INTO opx.artefact (kind, dossier_id, invitation_id, person_id, session_id, expires_at)
VALUES ('letter-pdf', $1, $2, $3, $4, clock_timestamp() + interval '15 minutes') RETURNING id;

-- name: participant_letter_printed
-- result: exec
-- params: invitation bigint
UPDATE opx.invitation SET letter_at = clock_timestamp() WHERE id = $1 AND letter_at IS NULL;
