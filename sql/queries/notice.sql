-- SPDX-License-Identifier: MPL-2.0
-- Mails that tell: who is to be told of a filing, what became of each mail. Role opx_post.

-- name: notice_filing
-- Those who are still to be told of a sealed filing, with the door that each one uses.
-- result: many
-- params: filing bigint
-- row: notice_id bigint, dossier_id bigint, rg_number text, person_id bigint, mail text, author_id bigint, has_card boolean
SELECT n.id, n.dossier_id, d.rg_number, n.person_id, p.mail, g.author_id,
       EXISTS (SELECT FROM opx.credential c WHERE c.account_id = a.id AND c.kind = 'x509' AND c.ended_at IS NULL)
  FROM opx.notice n
  JOIN opx.filing g ON g.id = n.filing_id AND g.sealed_at IS NOT NULL
  JOIN opx.dossier d ON d.id = n.dossier_id
  JOIN opx.person p ON p.id = n.person_id
  JOIN opx.account a ON a.person_id = p.id AND a.state = 'active'
 WHERE n.filing_id = $1 AND n.kind = 'filing' AND NOT EXISTS (SELECT FROM opx.delivery y WHERE y.notice_id = n.id)
 ORDER BY n.id;

-- name: notice_sealed
-- result: maybe
-- params: filing bigint
-- row: is_sealed boolean
SELECT sealed_at IS NOT NULL FROM opx.filing WHERE id = $1;

-- name: notice_delivery
-- result: exec
-- params: notice bigint, channel text, address text, state text, message bytea, relay text
INSERT INTO opx.delivery (notice_id, channel, address, state, message_sha256, relay_answer) VALUES ($1, $2, $3, $4, $5, $6);

-- name: notice_invitation
-- An invitation whose mail has not left: only one that can still be answered.
-- result: maybe
-- params: invitation bigint
-- row: number text, dossier_id bigint, person_id bigint, mail text, channel text, has_card boolean, created_by bigint
SELECT i.number, i.dossier_id, i.person_id, p.mail, i.channel,
       EXISTS (SELECT FROM opx.account a JOIN opx.credential c ON c.account_id = a.id
                WHERE a.person_id = i.person_id AND c.kind = 'x509' AND c.ended_at IS NULL), i.created_by
  FROM opx.invitation i JOIN opx.person p ON p.id = i.person_id
 WHERE i.id = $1 AND i.mail_sent_at IS NULL AND i.state IN ('sent', 'opened') AND i.expires_at > clock_timestamp();

-- name: notice_invited
-- result: exec
-- params: invitation bigint
UPDATE opx.invitation SET mail_sent_at = clock_timestamp() WHERE id = $1;
