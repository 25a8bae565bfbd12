-- SPDX-License-Identifier: MPL-2.0
-- Work: jobs for the lanes of opx-jobs, files that were made, plugins' state, migrations' own table is made by the runner.

CREATE TABLE opx.job (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lane        text NOT NULL CHECK (lane IN ('files', 'sign-in', 'post', 'make')),
  kind        text NOT NULL,                         -- 'file.check', 'mail.code', 'mail.notice', 'token.document', 'bundle.collect', …
  key         text,                                  -- at most one live job with this key
  ref         bigint,                                -- the row it is about
  ref2        bigint,
  secret      bytea,                                 -- encrypted argument (invitation letter), removed after use
  state       text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'done', 'dead')),
  attempts    integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL DEFAULT 20,
  run_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  error       text NOT NULL DEFAULT '',
  taken_by    integer,                               -- the connection that does it: its row is free again when that connection ends
  taken_start timestamptz,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at     timestamptz
);
CREATE INDEX job_done ON opx.job (done_at) WHERE state = 'done';
CREATE INDEX job_ready ON opx.job (lane, run_at) WHERE state = 'ready';
CREATE UNIQUE INDEX job_key ON opx.job (key) WHERE state = 'ready' AND key IS NOT NULL;

-- Files made for one person: bundles, receipts, letters. path is below the _made folder.
CREATE TABLE opx.artefact (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('bundle-case', 'bundle-party', 'bundle-receipt', 'receipt-pdf', 'letter-pdf')),
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  document_id bigint REFERENCES opx.document,
  filing_id   bigint REFERENCES opx.filing,
  invitation_id bigint REFERENCES opx.invitation,
  person_id   bigint NOT NULL REFERENCES opx.person,
  session_id  bigint,                                -- a letter is shown to the session that asked
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready', 'failed', 'gone')),
  step        text NOT NULL DEFAULT '',              -- for the waiting page
  head_size   bigint,                                -- of the acts
  readings_size bigint,
  path        text,
  name        text NOT NULL DEFAULT '',
  size        bigint,
  sha256      bytea,
  sentence    text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  ready_at    timestamptz,
  expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours'
);
CREATE INDEX artefact_person ON opx.artefact (person_id, kind, created_at DESC);

CREATE TABLE opx.plugin_state (
  name        text PRIMARY KEY,
  version     text NOT NULL,
  sha256      bytea NOT NULL,
  state       text NOT NULL CHECK (state IN ('on', 'off', 'crashed')),
  sentence    text NOT NULL DEFAULT '',
  changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE opx.plugin_crash (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name   text NOT NULL,
  at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The compiled rights matrix: one row for each object x action x state x role of the current version (groups expanded,
-- most specific row wins, 'any' is its own state for what is outside dossiers). No row is no.
CREATE TABLE opx.right_cell (
  object  text NOT NULL,
  action  text NOT NULL,
  state   text NOT NULL,
  role    text NOT NULL,
  value   text NOT NULL CHECK (value IN ('allow', 'deny', 'own', 'side', 'addressed', 'granted')),
  rule    text NOT NULL,                             -- object/action/phase of the CSV row
  PRIMARY KEY (object, action, state, role)
);
