-- SPDX-License-Identifier: MPL-2.0
-- Statements of the door by codes. opx_web runs them, and opx_signin those named otp_mail_.

-- name: otp_find_account
-- The account behind an identifier, its access code, and how often this pair (account, network) failed lately.
-- result: maybe
-- params: identifier text, network text
-- row: account_id bigint, person_id bigint, mail text, salt bytea, hash bytea, failures integer, recent bigint, is_active boolean
SELECT a.id, a.person_id, p.mail, c.salt, c.hash, c.failures,
       (SELECT count(*) FROM opx.sign_in_attempt s WHERE s.account_id = a.id AND s.network = $2 AND s.kind = 'access-code'
          AND s.outcome = 'wrong' AND s.at > now() - interval '15 minutes'),
       a.state = 'active'
  FROM opx.account a JOIN opx.person p ON p.id = a.person_id JOIN opx_auth_otp.access_code c ON c.account_id = a.id
 WHERE a.identifier = $1;

-- name: otp_recent_codes
-- Codes asked for this account in 15 minutes and in a day since the last success.
-- result: one
-- params: account bigint
-- row: in_quarter bigint, in_day bigint
SELECT count(*) FILTER (WHERE t.asked_at > now() - interval '15 minutes'), count(*)
  FROM opx_auth_otp.transaction t
 WHERE t.account_id = $1 AND t.created_at > now() - interval '1 day'
   AND t.created_at > coalesce((SELECT max(u.used_at) FROM opx_auth_otp.transaction u WHERE u.account_id = $1), '-infinity');

-- name: otp_attempt
-- result: exec
-- params: kind text, account bigint?, network text, outcome text
INSERT INTO opx.sign_in_attempt (kind, account_id, network, outcome) VALUES ($1, $2, $3, $4);

-- name: otp_failures
-- result: exec
-- params: account bigint, add integer
UPDATE opx_auth_otp.access_code SET failures = CASE WHEN $2 = 0 THEN 0 ELSE failures + $2 END WHERE account_id = $1;

-- name: otp_begin
-- result: one
-- params: token bytea, account bigint?, invitation bigint?, mail text, word text, agent text
-- row: id bigint
INSERT INTO opx_auth_otp.transaction (token_sha256, account_id, invitation_id, mail, control_word, agent)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id;

-- name: otp_progress
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?, mail text, control_word text, asked_at timestamptz, expires_at timestamptz, sent_at timestamptz?
SELECT t.id, t.account_id, t.invitation_id, t.mail, t.control_word, t.asked_at,
       coalesce((SELECT max(c.expires_at) FROM opx_auth_otp.code c WHERE c.transaction_id = t.id), t.asked_at + interval '10 minutes'),
       (SELECT max(c.sent_at) FROM opx_auth_otp.code c WHERE c.transaction_id = t.id)
  FROM opx_auth_otp.transaction t
 WHERE t.token_sha256 = $1 AND t.used_at IS NULL AND t.expires_at > clock_timestamp();

-- name: otp_again
-- One more code for a transaction: 60 s after the last, 3 in 15 minutes.
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?
UPDATE opx_auth_otp.transaction SET asked_at = clock_timestamp()
 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > clock_timestamp() AND attempts_left > 0
   AND asked_at < clock_timestamp() - interval '60 seconds'
   AND (SELECT count(*) FROM opx_auth_otp.code c WHERE c.transaction_id = transaction.id) < 3
RETURNING id, account_id, invitation_id;

-- name: otp_count_try
-- Counts one try before anything is compared; at most 5 get through, whatever runs side by side.
-- result: maybe
-- params: token bytea
-- row: id bigint, account_id bigint?, invitation_id bigint?, mail text, attempts_left integer
UPDATE opx_auth_otp.transaction SET attempts_left = attempts_left - 1
 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > clock_timestamp() AND attempts_left > 0
RETURNING id, account_id, invitation_id, mail, attempts_left;

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
-- What the mail needs: hour in Paris, the browser's family, the control word.
-- result: maybe
-- params: transaction bigint
-- row: mail text, control_word text, agent text, asked_paris text, account_id bigint?, invitation_id bigint?
SELECT t.mail, t.control_word, t.agent, to_char(t.asked_at AT TIME ZONE 'Europe/Paris', 'DD/MM/YYYY "à" HH24:MI'),
       t.account_id, t.invitation_id
  FROM opx_auth_otp.transaction t
 WHERE t.id = $1 AND t.used_at IS NULL AND t.expires_at > clock_timestamp();

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
-- Codes and transactions of more than a day.
-- result: exec
-- params: hours integer
DELETE FROM opx_auth_otp.transaction WHERE created_at < now() - make_interval(hours => $1);
