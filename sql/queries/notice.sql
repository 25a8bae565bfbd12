-- SPDX-License-Identifier: MPL-2.0
-- Mails that tell: who is to be told of a filing, what became of each mail. Role opx_post.

-- name: notice_sealed
-- Nothing: there is no such filing, or nobody may know of it yet.
-- result: maybe
-- params: filing bigint
-- row: dossier_id bigint
SELECT dossier_id FROM opx.filing WHERE id = $1 AND sealed_at IS NOT NULL;

-- name: notice_waiting
-- Who is still to be told of a sealed filing, or of all those of a dossier (filing 0), with the door that he uses: a row a person and
-- depositor, for what he has not opened by now. was_told: a mail about this dossier left for him within the last group_s seconds.
-- result: many
-- params: dossier bigint, filing bigint, group_s bigint
-- row: notices bigint[], dossier_id bigint, rg_number text, person_id bigint, mail text, author_id bigint, has_card boolean, was_told boolean
SELECT array_agg(n.id ORDER BY n.id), n.dossier_id, d.rg_number, n.person_id, p.mail, g.author_id,
       EXISTS (SELECT FROM opx.credential c WHERE c.account_id = a.id AND c.kind = 'x509' AND c.ended_at IS NULL),
       EXISTS (SELECT FROM opx.notice o JOIN opx.delivery y ON y.notice_id = o.id
                WHERE o.person_id = n.person_id AND o.dossier_id = n.dossier_id AND o.kind = 'filing'
                  AND o.created_at > clock_timestamp() - 2 * $3::bigint * interval '1 second' AND y.at > clock_timestamp() - $3::bigint * interval '1 second')
  FROM opx.member m
  JOIN opx.notice n ON n.person_id = m.person_id AND n.dossier_id = m.dossier_id AND n.read_at IS NULL AND n.kind = 'filing'
  JOIN opx.filing g ON g.id = n.filing_id AND g.sealed_at IS NOT NULL
  JOIN opx.dossier d ON d.id = n.dossier_id
  JOIN opx.person p ON p.id = n.person_id
  JOIN opx.account a ON a.person_id = p.id AND a.state = 'active'
 WHERE m.dossier_id = $1 AND m.left_at IS NULL AND ($2::bigint = 0 OR n.filing_id = $2)
   AND NOT EXISTS (SELECT FROM opx.delivery y WHERE y.notice_id = n.id)
 GROUP BY n.dossier_id, d.rg_number, n.person_id, p.mail, g.author_id, a.id
 ORDER BY min(n.id);

-- name: notice_later
-- What those deposits wait for: one job a dossier and span of group_s seconds, at the end of the span.
-- result: exec
-- params: dossier bigint, group_s bigint
INSERT INTO opx.job (lane, kind, key, ref, run_at)
SELECT 'post', 'notice.later', 'notice-later:' || $1::bigint || ':' || s.n, $1, to_timestamp((s.n + 1) * $2::bigint)
  FROM (SELECT floor(extract(epoch FROM clock_timestamp()) / $2::bigint)::bigint AS n) s
    ON CONFLICT (key) WHERE state = 'ready' AND key IS NOT NULL DO NOTHING;

-- name: notice_delivery
-- result: exec
-- params: notices bigint[], channel text, address text, state text, message bytea, relay text
INSERT INTO opx.delivery (notice_id, channel, address, state, message_sha256, relay_answer) SELECT n, $2, $3, $4, $5, $6 FROM unnest($1::bigint[]) n;

-- name: notice_invitation
-- An invitation whose mail has not left: only one that can still be answered.
-- result: maybe
-- params: invitation bigint
-- row: number text, dossier_id bigint, person_id bigint, mail text, channel text, renews_code boolean, has_card boolean, created_by bigint
SELECT i.number, i.dossier_id, i.person_id, p.mail, i.channel, i.renews_code,
       EXISTS (SELECT FROM opx.account a JOIN opx.credential c ON c.account_id = a.id
                WHERE a.person_id = i.person_id AND c.kind = 'x509' AND c.ended_at IS NULL), i.created_by
  FROM opx.invitation i JOIN opx.person p ON p.id = i.person_id
 WHERE i.id = $1 AND i.mail_sent_at IS NULL AND i.state IN ('sent', 'opened') AND i.expires_at > clock_timestamp();

-- name: notice_invited
-- result: exec
-- params: invitation bigint
UPDATE opx.invitation SET mail_sent_at = clock_timestamp() WHERE id = $1;

-- name: notice_asked_again
-- Who hears that an invitation came too late: who sent it, if he may issue letters; else the expert of the dossier, or its clerk.
-- result: maybe
-- params: invitation bigint
-- row: rg_number text, mail text, has_card boolean
SELECT d.rg_number, p.mail,
       EXISTS (SELECT FROM opx.account a JOIN opx.credential c ON c.account_id = a.id
                WHERE a.person_id = p.id AND c.kind = 'x509' AND c.ended_at IS NULL)
  FROM opx.invitation i
  JOIN opx.dossier d ON d.id = i.dossier_id
  JOIN LATERAL (SELECT m.person_id FROM opx.member m
                 WHERE m.dossier_id = i.dossier_id AND m.left_at IS NULL AND m.accepted_at IS NOT NULL AND m.role IN ('expert', 'clerk')
                 ORDER BY m.person_id = i.created_by DESC, m.role = 'expert' DESC, m.pseudonym LIMIT 1) w ON true
  JOIN opx.person p ON p.id = w.person_id
 WHERE i.id = $1 AND i.asked_again_at IS NOT NULL AND i.state IN ('sent', 'opened');

-- name: notice_claim
-- A request for access that was decided, and whose holder has not been told.
-- result: maybe
-- params: claim bigint
-- row: mail text, is_approved boolean
SELECT c.mail, c.state = 'approved' FROM opx.credential_claim c
 WHERE c.id = $1 AND c.state IN ('approved', 'refused') AND c.told_at IS NULL;

-- name: notice_claim_told
-- result: exec
-- params: claim bigint
UPDATE opx.credential_claim SET told_at = clock_timestamp() WHERE id = $1;
