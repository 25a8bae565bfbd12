-- SPDX-License-Identifier: MPL-2.0
-- People and institutions: who may come in, by which means, and for which court.

CREATE TABLE opx.court (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9_]{1,60}$'),
  kind       text NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  parent_id  bigint REFERENCES opx.court,
  calendar   text NOT NULL DEFAULT '',
  zone       text NOT NULL DEFAULT 'Europe/Paris'
);

CREATE TABLE opx.compagnie (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  kind       text NOT NULL,
  court_id   bigint REFERENCES opx.court
);

-- A natural person, or a legal one that takes part through its representative.
CREATE TABLE opx.person (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title        text NOT NULL DEFAULT '' CHECK (title IN ('', 'M.', 'Mme', 'Me')),
  given_name   text NOT NULL DEFAULT '' CHECK (length(given_name) <= 80),
  family_name  text NOT NULL CHECK (length(family_name) BETWEEN 1 AND 120),
  mail         text NOT NULL CHECK (length(mail) BETWEEN 3 AND 254),
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX person_mail ON opx.person (lower(mail));
CREATE FUNCTION opx.person_name(p opx.person) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT concat_ws(' ', nullif(p.title, ''), nullif(p.given_name, ''), p.family_name) $$;

CREATE TABLE opx.account (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id   bigint NOT NULL UNIQUE REFERENCES opx.person,
  identifier  text NOT NULL UNIQUE CHECK (identifier = lower(identifier)),   -- what is typed at sign-in: the mail address
  state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What a person is outside any dossier: account x role x court or compagnie.
CREATE TABLE opx.capacity (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES opx.account,
  role          text NOT NULL CHECK (role IN ('expert', 'judge', 'clerk', 'court_admin', 'company_admin', 'platform_operator')),
  court_id      bigint REFERENCES opx.court,
  compagnie_id  bigint REFERENCES opx.compagnie,
  from_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  until_at      timestamptz,
  CHECK (role NOT IN ('judge', 'clerk', 'court_admin') OR court_id IS NOT NULL),
  CHECK (role <> 'company_admin' OR compagnie_id IS NOT NULL)
);
CREATE INDEX capacity_account ON opx.capacity (account_id);
CREATE UNIQUE INDEX capacity_once ON opx.capacity (account_id, role, coalesce(court_id, 0), coalesce(compagnie_id, 0)) WHERE until_at IS NULL;

-- A means of signing in. Secrets of a means live with its plugin (schema opx_auth_otp); a certificate is public.
CREATE TABLE opx.credential (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id   bigint NOT NULL REFERENCES opx.account,
  kind         text NOT NULL CHECK (kind IN ('x509', 'access_code', 'totp', 'webauthn', 'oidc')),
  issuer_key   bytea,      -- authority key identifier
  serial       bytea,
  cert_sha256  bytea UNIQUE CHECK (octet_length(cert_sha256) = 32),
  label        text NOT NULL DEFAULT '',
  not_after    timestamptz,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at     timestamptz,
  CHECK (kind <> 'x509' OR (issuer_key IS NOT NULL AND serial IS NOT NULL AND cert_sha256 IS NOT NULL))
);
CREATE INDEX credential_account ON opx.credential (account_id);

-- An unknown but valid certificate asks for an account; an administrator of the court or compagnie decides.
CREATE TABLE opx.credential_claim (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cert_sha256   bytea NOT NULL CHECK (octet_length(cert_sha256) = 32),
  issuer_key    bytea NOT NULL,
  serial        bytea NOT NULL,
  subject       text NOT NULL,
  not_after     timestamptz NOT NULL,
  title         text NOT NULL DEFAULT '',
  given_name    text NOT NULL,
  family_name   text NOT NULL,
  mail          text NOT NULL,
  role          text NOT NULL CHECK (role IN ('expert', 'judge', 'clerk')),
  court_id      bigint REFERENCES opx.court,
  compagnie_id  bigint REFERENCES opx.compagnie,
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused')),
  reason        text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by    bigint REFERENCES opx.person,
  decided_at    timestamptz
);
CREATE UNIQUE INDEX credential_claim_waiting ON opx.credential_claim (cert_sha256) WHERE state = 'waiting';

CREATE TABLE opx.session (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_sha256   bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
  csrf_secret    bytea NOT NULL CHECK (octet_length(csrf_secret) = 32),
  account_id     bigint NOT NULL REFERENCES opx.account,
  person_id      bigint NOT NULL REFERENCES opx.person,
  credential_id  bigint REFERENCES opx.credential,
  host           text NOT NULL CHECK (host IN ('open', 'card')),
  auth_kind      text NOT NULL CHECK (auth_kind IN ('x509', 'webauthn', 'totp', 'code+mail')),
  level          text NOT NULL CHECK (level IN ('L0', 'L1', 'L2', 'L3')),
  cert_sha256    bytea,
  cert_chain     bytea[] NOT NULL DEFAULT '{}',  -- SHA-256 of each certificate, leaf to root
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  auth_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  end_reason     text,
  address        text NOT NULL DEFAULT '',
  agent          text NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON opx.session (account_id) WHERE ended_at IS NULL;

CREATE TABLE opx.sign_in_attempt (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind        text NOT NULL,
  account_id  bigint REFERENCES opx.account,
  network     text NOT NULL DEFAULT '',
  outcome     text NOT NULL,
  request_id  text NOT NULL DEFAULT ''
);
CREATE INDEX sign_in_attempt_account ON opx.sign_in_attempt (account_id, at DESC);
CREATE INDEX sign_in_attempt_network ON opx.sign_in_attempt (network, at DESC);

-- The audit trail: who, what, which object, when, from where. Append-only by grants. net_salt opens the hash in a body's net{}.
CREATE TABLE opx.security_event (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind        text NOT NULL,
  person_id   bigint,
  dossier_id  bigint,
  object      text NOT NULL DEFAULT '',
  request_id  text NOT NULL DEFAULT '',
  address     text NOT NULL DEFAULT '',
  agent       text NOT NULL DEFAULT '',
  net_salt    bytea,
  detail      text NOT NULL DEFAULT ''
);
CREATE INDEX security_event_at ON opx.security_event (at DESC);

-- Certificates and revocation lists seen, by hash: evidence needs them years later.
CREATE TABLE opx.certificate_seen (
  sha256   bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  der      bytea NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE opx.revocation_seen (
  sha256       bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  der          bytea NOT NULL,
  issuer_key   bytea NOT NULL,
  this_update  timestamptz NOT NULL,
  next_update  timestamptz NOT NULL,
  seen_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_seen_issuer ON opx.revocation_seen (issuer_key, this_update DESC);
-- One row an issuer whose list is followed: the newest list, and when it was last fetched with success.
CREATE TABLE opx.revocation_source (
  issuer_key  bytea PRIMARY KEY,
  purpose     text NOT NULL CHECK (purpose IN ('card', 'tsa', 'seal')),
  url         text NOT NULL,
  crl_sha256  bytea REFERENCES opx.revocation_seen,
  fetched_at  timestamptz,
  failed_at   timestamptz,
  error       text NOT NULL DEFAULT ''
);
-- The entries of the newest list of each issuer, so that a request looks up one row.
CREATE TABLE opx.revoked_serial (
  issuer_key  bytea NOT NULL REFERENCES opx.revocation_source ON DELETE CASCADE,
  serial      bytea NOT NULL,
  revoked_at  timestamptz NOT NULL,
  PRIMARY KEY (issuer_key, serial)
);
