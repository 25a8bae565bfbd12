-- SPDX-License-Identifier: MPL-2.0
-- Drafts, filings, documents, who reads them and who opened them.

CREATE TABLE opx.draft (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  author_id   bigint NOT NULL REFERENCES opx.person,
  kind        text NOT NULL DEFAULT '',
  title       text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'filed', 'discarded')),
  readers_seen text NOT NULL DEFAULT '',                  -- fingerprint of the reader list shown on the check page
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '7 days'
);
CREATE INDEX draft_author ON opx.draft (author_id, state);

CREATE TABLE opx.draft_file (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft_id     bigint NOT NULL REFERENCES opx.draft,
  n            integer NOT NULL,
  upload       text NOT NULL UNIQUE CHECK (upload ~ '^[0-9a-f]{32}$'),    -- name in incoming/ and in the tus address
  name         bytea NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 255), -- as received
  name_shown   text NOT NULL,                                               -- NFC
  declared_type text NOT NULL DEFAULT '',
  size         bigint NOT NULL CHECK (size >= 0),                           -- announced
  received     bigint NOT NULL DEFAULT 0,
  kind         text NOT NULL DEFAULT '',                                    -- '' = the draft's kind
  ground       text NOT NULL DEFAULT '' CHECK (length(ground) <= 500),      -- reason of a restriction
  state        text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'received', 'ready', 'refused', 'removed')),
  sha256       bytea, sha512 bytea,
  mime         text NOT NULL DEFAULT '', ext text NOT NULL DEFAULT '',
  pages        integer,
  store_name   text,
  checks       text[] NOT NULL DEFAULT '{}',                                -- 'pdf=accept', …
  sentence     text NOT NULL DEFAULT '',                                    -- why refused, or the warning
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (draft_id, n)
);
CREATE TABLE opx.draft_reader (          -- chosen readers of an 'addressed' kind: a side or a person
  draft_file_id bigint NOT NULL REFERENCES opx.draft_file ON DELETE CASCADE,
  side_id       bigint REFERENCES opx.side,
  person_id     bigint REFERENCES opx.person,
  CHECK ((side_id IS NULL) <> (person_id IS NULL))
);
CREATE UNIQUE INDEX draft_reader_once ON opx.draft_reader (draft_file_id, coalesce(side_id, 0), coalesce(person_id, 0));

CREATE TABLE opx.filing (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  number      integer NOT NULL,
  draft_id    bigint NOT NULL UNIQUE REFERENCES opx.draft,   -- a double click makes one filing
  author_id   bigint NOT NULL REFERENCES opx.person,
  side_id     bigint REFERENCES opx.side,
  role        text NOT NULL,
  kind        text NOT NULL,
  title       text NOT NULL,
  auth_kind   text NOT NULL,
  level       text NOT NULL,
  filed_at    timestamptz NOT NULL,
  sealed_at   timestamptz,                                   -- set by opx_seal only; invisible before
  UNIQUE (dossier_id, number)
);
CREATE INDEX filing_unsealed ON opx.filing (id) WHERE sealed_at IS NULL;

-- The line of a document: what every member whose value is not deny may know.
CREATE TABLE opx.document (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  filing_id   bigint NOT NULL REFERENCES opx.filing,
  n           integer NOT NULL,                              -- D001 in evidence
  kind        text NOT NULL,
  series_number integer NOT NULL,                            -- per dossier, kind (and side for exhibits)
  author_id   bigint NOT NULL REFERENCES opx.person,
  side_id     bigint REFERENCES opx.side,
  filed_at    timestamptz NOT NULL,
  ground      text NOT NULL DEFAULT '',                      -- of a restriction
  UNIQUE (dossier_id, n)
);
CREATE INDEX document_list ON opx.document (dossier_id, filed_at DESC, id DESC);
CREATE INDEX document_filing ON opx.document (filing_id);

CREATE TABLE opx.document_content (
  document_id bigint PRIMARY KEY REFERENCES opx.document,
  title       text NOT NULL,
  name        bytea NOT NULL,
  name_shown  text NOT NULL,
  size        bigint NOT NULL,
  sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
  sha512      bytea NOT NULL CHECK (octet_length(sha512) = 64),
  mime        text NOT NULL,
  ext         text NOT NULL CHECK (ext ~ '^[a-z0-9]{1,8}$'),
  pages       integer,
  store_name  text NOT NULL,
  checks      text[] NOT NULL DEFAULT '{}'
);

-- Frozen at publication: the readers that the matrix gave, with the pseudonym written in the body.
CREATE TABLE opx.document_recipient (
  document_id bigint NOT NULL REFERENCES opx.document,
  person_id   bigint NOT NULL REFERENCES opx.person,
  pseudonym   integer NOT NULL,
  PRIMARY KEY (document_id, person_id)
);
CREATE INDEX document_recipient_person ON opx.document_recipient (person_id, document_id);
CREATE TABLE opx.document_addressed (
  document_id bigint NOT NULL REFERENCES opx.document,
  side_id     bigint REFERENCES opx.side,
  person_id   bigint REFERENCES opx.person,
  CHECK ((side_id IS NULL) <> (person_id IS NULL))
);
CREATE INDEX document_addressed_document ON opx.document_addressed (document_id);

-- A later right on earlier documents (a newcomer: CPC 169; mode actif: court-scope; a grant of the expert).
-- It acts once its leaf lies under the newest signed head: event_id tells.
CREATE TABLE opx.grant_access (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  document_id bigint NOT NULL REFERENCES opx.document,
  person_id   bigint NOT NULL REFERENCES opx.person,
  ground      text NOT NULL,
  given_by    bigint REFERENCES opx.person,
  event_id    bigint NOT NULL,
  given_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken_at    timestamptz
);
CREATE UNIQUE INDEX grant_access_live ON opx.grant_access (document_id, person_id) WHERE taken_at IS NULL;
CREATE INDEX grant_access_person ON opx.grant_access (person_id, dossier_id);

-- Openings: one a session, document and representation.
CREATE TABLE opx.handover (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id    bigint NOT NULL REFERENCES opx.document,
  person_id      bigint NOT NULL REFERENCES opx.person,
  session_id     bigint NOT NULL,
  representation text NOT NULL CHECK (representation IN ('original', 'pages', 'text', 'bundle')),
  sha256         bytea,
  at             timestamptz NOT NULL,
  event_id       bigint NOT NULL,
  UNIQUE (session_id, document_id, representation, sha256)
);
CREATE INDEX handover_document ON opx.handover (document_id, person_id, at);

CREATE TABLE opx.notice (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  person_id   bigint NOT NULL REFERENCES opx.person,
  filing_id   bigint REFERENCES opx.filing,
  kind        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  read_at     timestamptz
);
CREATE INDEX notice_person ON opx.notice (person_id, created_at DESC);
CREATE INDEX notice_unread ON opx.notice (person_id, dossier_id) WHERE read_at IS NULL;
CREATE TABLE opx.delivery (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_id      bigint NOT NULL REFERENCES opx.notice,
  channel        text NOT NULL,
  address        text NOT NULL,
  state          text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'bounced')),
  message_sha256 bytea,
  relay_answer   text NOT NULL DEFAULT '',
  at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX delivery_notice ON opx.delivery (notice_id);
