-- SPDX-License-Identifier: MPL-2.0
-- Statements of the door by codes. opx_web runs them, and opx_signin those named otp_mail_.

-- name: otp_find_account
-- The account behind an identifier, and its access code.
-- result: maybe
-- params: identifier text
-- row: account_id bigint, person_id bigint, mail text, salt bytea, hash bytea, is_active boolean
SELECT a.id, a.person_id, p.mail, c.salt, c.hash, a.state = 'active'
  FROM opx.account a JOIN opx.person p ON p.id = a.person_id JOIN opx_auth_otp.access_code c ON c.account_id = a.id
 WHERE a.identifier = $1;

-- name: otp_brake
-- Counts a failure of this identifier from this network before anything is compared: no row, the door is closed to it. What
-- runs side by side waits for its turn here, so that no more get through than may.
-- result: maybe
-- params: who bytea, network text
-- row: failures integer
INSERT INTO opx_auth_otp.brake AS b (who, network, failures, last_at, opens_at) VALUES ($1, $2, 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (who, network) DO UPDATE SET last_at = clock_timestamp(),
  failures = CASE WHEN greatest(b.last_at, b.opens_at) < clock_timestamp() - interval '15 minutes' THEN 1 ELSE b.failures + 1 END,
  opens_at = clock_timestamp() + opx_auth_otp.brake_delay(CASE WHEN greatest(b.last_at, b.opens_at) < clock_timestamp() - interval '15 minutes' THEN 1 ELSE b.failures + 1 END)
 WHERE b.opens_at <= clock_timestamp()
RETURNING failures;

-- name: otp_brake_opens
-- result: one
-- params: who bytea, network text
-- row: opens_at timestamptz
SELECT opens_at FROM opx_auth_otp.brake WHERE who = $1 AND network = $2;

-- name: otp_release
-- The access code was right: its failures in a row are over.
-- result: exec
-- params: who bytea, network text
DELETE FROM opx_auth_otp.brake WHERE who = $1 AND network = $2;

-- name: otp_ask
-- Counts one more code; no row: 3 in 15 minutes or 8 a day were asked for already, and this one is not counted. While no code can leave
-- it takes the place of the one before.
-- result: maybe
-- params: who bytea
-- row: n integer
INSERT INTO opx_auth_otp.asked AS a (who, at, is_away) VALUES ($1, ARRAY[clock_timestamp()], opx_auth_otp.away_since() IS NOT NULL)
ON CONFLICT (who) DO UPDATE
   SET is_away = excluded.is_away,
       at = CASE WHEN a.is_away AND a.at[cardinality(a.at)] >= opx_auth_otp.away_since() THEN a.at[:cardinality(a.at) - 1] || clock_timestamp()
                 ELSE (a.at || clock_timestamp())[greatest(1, cardinality(a.at) - 6):] END
 WHERE (a.is_away AND a.at[cardinality(a.at)] >= opx_auth_otp.away_since())
    OR coalesce(opx_auth_otp.asked_opens(a.at), '-infinity') <= clock_timestamp()
RETURNING cardinality(at);

-- name: otp_ask_opens
-- When this account, invitation or identifier may ask for a code again, and how that is said; no row: at once.
-- result: maybe
-- params: who bytea
-- row: opens_at timestamptz, opens text
SELECT o.at, opx_auth_otp.hour_text(o.at) FROM opx_auth_otp.asked a, LATERAL (SELECT opx_auth_otp.asked_opens(a.at)) o (at)
 WHERE a.who = $1 AND o.at > clock_timestamp();

-- name: otp_ask_forget
-- A sign-in succeeded: the count of its codes begins anew.
-- result: exec
-- params: who bytea
DELETE FROM opx_auth_otp.asked WHERE who = $1;

-- name: otp_attempt
-- result: exec
-- params: kind text, account bigint?, network text, outcome text
INSERT INTO opx.sign_in_attempt (kind, account_id, network, outcome) VALUES ($1, $2, $3, $4);

-- name: otp_count_failure
-- Counts a failure of the account before anything is compared; no row: 100 in a row, it waits for a new invitation.
-- result: maybe
-- params: account bigint
-- row: failures integer
UPDATE opx_auth_otp.access_code SET failures = failures + 1 WHERE account_id = $1 AND failures < 100 RETURNING failures;

-- name: otp_no_failure
-- result: exec
-- params: account bigint
UPDATE opx_auth_otp.access_code SET failures = 0 WHERE account_id = $1;

-- name: otp_begin
-- result: one
-- params: token bytea, account bigint?, invitation bigint?, mail text, word text, agent text, opens timestamptz?
-- row: id bigint
INSERT INTO opx_auth_otp.transaction (token_sha256, account_id, invitation_id, mail, control_word, agent, opens_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

-- name: otp_progress
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?, mail text, control_word text, asked_at timestamptz, expires_at timestamptz, sent_at timestamptz?, opens text?, is_shut boolean
SELECT t.id, t.account_id, t.invitation_id, t.mail, t.control_word, t.asked_at,
       coalesce((SELECT max(c.expires_at) FROM opx_auth_otp.code c WHERE c.transaction_id = t.id), t.asked_at + interval '10 minutes'),
       (SELECT max(c.sent_at) FROM opx_auth_otp.code c WHERE c.transaction_id = t.id), 
       CASE WHEN t.opens_at > clock_timestamp() THEN opx_auth_otp.hour_text(t.opens_at) END, t.opens_at IS NOT NULL
  FROM opx_auth_otp.transaction t
 WHERE t.token_sha256 = $1 AND t.used_at IS NULL AND t.expires_at > clock_timestamp();

-- name: otp_again
-- The transaction that asks for one more code, held until the answer: whose it is, and whether it may (60 s after the last one,
-- three in all, and none when no try is left).
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?, mail text, is_spent boolean, soon text?
SELECT id, account_id, invitation_id, mail, attempts_left = 0 OR asked >= 3 OR opens_at IS NOT NULL,
       CASE WHEN asked_at > clock_timestamp() - interval '60 seconds' THEN opx_auth_otp.hour_text(asked_at + interval '60 seconds') END
  FROM opx_auth_otp.transaction
 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > clock_timestamp() FOR UPDATE;

-- name: otp_asked
-- result: exec
-- params: transaction bigint
UPDATE opx_auth_otp.transaction SET asked_at = clock_timestamp(), asked = asked + 1 WHERE id = $1;

-- name: otp_count_try
-- Counts one try before anything is compared; at most 5 get through, whatever runs side by side.
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?, mail text, attempts_left integer
UPDATE opx_auth_otp.transaction SET attempts_left = attempts_left - 1
 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > clock_timestamp() AND attempts_left > 0
RETURNING id, account_id, invitation_id, mail, attempts_left;

-- name: otp_fate
-- Why no try was left for what this browser holds, for the log.
-- result: one
-- params: token bytea
-- row: why text
SELECT coalesce((SELECT CASE WHEN used_at IS NOT NULL THEN 'used' WHEN expires_at <= clock_timestamp() THEN 'over' ELSE 'spent' END
                   FROM opx_auth_otp.transaction WHERE token_sha256 = $1), 'foreign');

-- name: otp_codes
-- result: many
-- params: transaction bigint
-- row: id bigint, salt bytea, hash bytea, is_live boolean
SELECT id, salt, hash, expires_at > clock_timestamp() FROM opx_auth_otp.code WHERE transaction_id = $1 ORDER BY id DESC LIMIT 3;

-- name: otp_win
-- Whoever gets this row has used the transaction; nobody else will.
-- result: maybe
-- params: transaction bigint
-- row: id bigint
UPDATE opx_auth_otp.transaction SET used_at = clock_timestamp() WHERE id = $1 AND used_at IS NULL RETURNING id;

-- name: otp_credential
-- The account's credential row of this means, made when missing.
-- result: one
-- params: account bigint
-- row: id bigint, person_id bigint
WITH made AS (
  INSERT INTO opx.credential (account_id, kind, label)
  SELECT $1, 'access_code', 'Code d’accès' WHERE NOT EXISTS
    (SELECT FROM opx.credential WHERE account_id = $1 AND kind = 'access_code' AND ended_at IS NULL)
  RETURNING id
)
SELECT coalesce((SELECT id FROM made),
                (SELECT min(id) FROM opx.credential WHERE account_id = $1 AND kind = 'access_code' AND ended_at IS NULL)),
       (SELECT person_id FROM opx.account WHERE id = $1);

-- name: otp_issue
-- result: exec
-- params: account bigint, salt bytea, hash bytea
INSERT INTO opx_auth_otp.access_code (account_id, salt, hash) VALUES ($1, $2, $3)
ON CONFLICT (account_id) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, failures = 0, created_at = clock_timestamp();

-- name: otp_mail_transaction
-- What the mail needs: hour in Paris, the browser's family, the control word. Nothing when the account has asked anew since: while
-- the lane or the mail server was away somebody may ask again and again, and only the last screen still waits.
-- result: maybe
-- params: transaction bigint
-- row: mail text, control_word text, agent text, asked_paris text, account_id bigint?, invitation_id bigint?
SELECT t.mail, t.control_word, t.agent, to_char(t.asked_at AT TIME ZONE 'Europe/Paris', 'DD/MM/YYYY "à" HH24:MI'),
       t.account_id, t.invitation_id
  FROM opx_auth_otp.transaction t
 WHERE t.id = $1 AND t.used_at IS NULL AND t.expires_at > clock_timestamp()
   AND NOT EXISTS (SELECT FROM opx_auth_otp.transaction n
                    WHERE n.account_id = t.account_id AND n.asked_at > t.asked_at AND n.opens_at IS NULL);

-- name: otp_mail_code
-- result: one
-- params: transaction bigint, salt bytea, hash bytea
-- row: id bigint
INSERT INTO opx_auth_otp.code (transaction_id, salt, hash) VALUES ($1, $2, $3) RETURNING id;

-- name: otp_mail_sent
-- result: exec
-- params: code bigint
UPDATE opx_auth_otp.code SET sent_at = clock_timestamp() WHERE id = $1;

-- name: otp_mail_failed
-- result: exec
-- params: code bigint
DELETE FROM opx_auth_otp.code WHERE id = $1;

-- name: otp_mail_sweep
-- Codes and transactions of more than a day, and counts that no longer hold anybody back.
-- result: exec
-- params: hours integer
WITH quiet AS (
  DELETE FROM opx_auth_otp.brake WHERE greatest(last_at, opens_at) < now() - interval '1 hour'
), forgotten AS (
  DELETE FROM opx_auth_otp.asked WHERE at[cardinality(at)] < now() - interval '1 day'
)
DELETE FROM opx_auth_otp.transaction WHERE created_at < now() - make_interval(hours => $1);
