-- SPDX-License-Identifier: MPL-2.0
-- Access codes, sign-in transactions and the codes in flight, all hashed under the pepper (security 6.4).
CREATE TABLE access_code (
  account_id  bigint PRIMARY KEY,
  salt        bytea NOT NULL CHECK (octet_length(salt) = 16),
  hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
  failures    integer NOT NULL DEFAULT 0,       -- consecutive; 100: suspended until a new invitation
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE transaction (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_sha256  bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
  account_id    bigint,                         -- NULL: the access code was not right, no code leaves
  invitation_id bigint,
  mail          text NOT NULL,                  -- as typed, or the invited person's
  control_word  text NOT NULL,
  attempts_left integer NOT NULL DEFAULT 5,
  agent         text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at    timestamptz NOT NULL DEFAULT clock_timestamp() + interval '30 minutes',
  used_at       timestamptz
);
CREATE INDEX transaction_account ON transaction (account_id, created_at DESC);
CREATE TABLE code (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id  bigint NOT NULL REFERENCES transaction ON DELETE CASCADE,
  salt            bytea NOT NULL CHECK (octet_length(salt) = 16),
  hash            bytea NOT NULL CHECK (octet_length(hash) = 32),
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at      timestamptz NOT NULL DEFAULT clock_timestamp() + interval '10 minutes',
  sent_at         timestamptz
);
CREATE INDEX code_transaction ON code (transaction_id);
GRANT USAGE ON SCHEMA opx_auth_otp TO opx_web, opx_signin;
GRANT SELECT, INSERT, UPDATE ON opx_auth_otp.access_code, opx_auth_otp.transaction TO opx_web;
GRANT SELECT ON opx_auth_otp.code TO opx_web;
GRANT SELECT, DELETE ON opx_auth_otp.transaction TO opx_signin;
GRANT SELECT, INSERT, UPDATE, DELETE ON opx_auth_otp.code TO opx_signin;
