-- SPDX-License-Identifier: MPL-2.0
-- The dossier and who takes part in it.

CREATE TABLE opx.dossier (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  court_id      bigint NOT NULL REFERENCES opx.court,
  number        integer NOT NULL,                         -- per court, for display
  rg_number     text NOT NULL CHECK (length(rg_number) BETWEEN 1 AND 40),
  minute_number text NOT NULL DEFAULT '',
  title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  procedure     text NOT NULL,                            -- name registered by a procedure plugin
  phase         text NOT NULL,                            -- a state of that procedure: a row of the plugin, never an enum here
  decision_ref  text NOT NULL,                            -- typed reference of the decision (case.open: its SHA-256)
  decision_on   date,
  judge_name    text NOT NULL DEFAULT '',
  clerk_name    text NOT NULL DEFAULT '',
  mission       text NOT NULL DEFAULT '',
  report_due_on date,
  created_by    bigint NOT NULL REFERENCES opx.person,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  phase_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_pseudonym integer NOT NULL DEFAULT 0,
  last_filing   integer NOT NULL DEFAULT 0,
  last_document integer NOT NULL DEFAULT 0,
  UNIQUE (court_id, number)
);
CREATE INDEX dossier_rg ON opx.dossier (court_id, rg_number);

CREATE TABLE opx.mission_item (
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  n           integer NOT NULL,
  text        text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  PRIMARY KEY (dossier_id, n)
);

-- A side: a party with its lawyers, insurer and adviser. S<n> in evidence.
CREATE TABLE opx.side (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  n           integer NOT NULL CHECK (n BETWEEN 1 AND 60),
  label       text NOT NULL CHECK (length(label) BETWEEN 1 AND 160),
  UNIQUE (dossier_id, n)
);

-- person x role x side in a dossier, with dates. Rows are never deleted.
CREATE TABLE opx.participant (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id    bigint NOT NULL REFERENCES opx.dossier,
  person_id     bigint NOT NULL REFERENCES opx.person,
  role          text NOT NULL,
  side_id       bigint REFERENCES opx.side,
  state         text NOT NULL CHECK (state IN ('invited', 'accepted', 'refused', 'left')),
  invited_by    bigint REFERENCES opx.person,
  from_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  accepted_at   timestamptz,
  until_at      timestamptz,
  ground        text NOT NULL DEFAULT ''                  -- 'court-presence' for mode actif
);
CREATE INDEX participant_dossier ON opx.participant (dossier_id);
CREATE INDEX participant_person ON opx.participant (person_id);

-- One row a person and dossier: what every list joins. Pseudonyms are given in order of entry and never used again.
CREATE TABLE opx.member (
  dossier_id   bigint NOT NULL REFERENCES opx.dossier,
  person_id    bigint NOT NULL REFERENCES opx.person,
  pseudonym    integer NOT NULL CHECK (pseudonym > 0),
  role         text NOT NULL,
  side_id      bigint REFERENCES opx.side,
  invited_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  accepted_at  timestamptz,                               -- reads once set
  left_at      timestamptz,                               -- then reads only what was published before
  last_seen_at timestamptz,
  PRIMARY KEY (dossier_id, person_id),
  UNIQUE (dossier_id, pseudonym)
);
CREATE INDEX member_person ON opx.member (person_id, dossier_id);

CREATE TABLE opx.invitation (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text NOT NULL UNIQUE CHECK (number ~ '^[a-z2-7]{26}$'),   -- I, 128 bits: an address, no key
  dossier_id     bigint NOT NULL REFERENCES opx.dossier,
  participant_id bigint NOT NULL REFERENCES opx.participant,
  channel        text NOT NULL CHECK (channel IN ('letter', 'account')),
  code_salt      bytea,
  code_hash      bytea,                                    -- scrypt of HMAC(pepper, C)
  tries_left     integer NOT NULL DEFAULT 5,
  state          text NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'opened', 'accepted', 'refused', 'withdrawn')),
  expires_at     timestamptz NOT NULL,
  created_by     bigint NOT NULL REFERENCES opx.person,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  letter_at      timestamptz,
  mail_sent_at   timestamptz,
  CHECK (channel <> 'letter' OR (code_salt IS NOT NULL AND code_hash IS NOT NULL))
);
CREATE INDEX invitation_participant ON opx.invitation (participant_id);

CREATE TABLE opx.consent (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id    bigint NOT NULL REFERENCES opx.person,
  dossier_id   bigint NOT NULL REFERENCES opx.dossier,
  text_sha256  bytea NOT NULL CHECK (octet_length(text_sha256) = 32),
  text         text NOT NULL,
  address      text NOT NULL CHECK (address IN ('chosen', 'imposed')),
  given_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE opx.phase_change (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  transition  text NOT NULL,
  from_phase  text NOT NULL,
  to_phase    text NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  person_id   bigint REFERENCES opx.person,
  document_id bigint
);
CREATE INDEX phase_change_dossier ON opx.phase_change (dossier_id, at);
