-- SPDX-License-Identifier: MPL-2.0
-- Proof: the outbox of events, the logs and their heads, tokens, seals (design section 6, evidence-format).
-- The truth of leaves and checkpoints is the journal of opx-seal; these tables are its copy for the pages.

CREATE TABLE opx.log (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin      text NOT NULL UNIQUE CHECK (length(origin) <= 200),
  kind        text NOT NULL CHECK (kind IN ('c', 'r', 'g')),   -- acts, readings, global
  dossier_id  bigint REFERENCES opx.dossier,
  CHECK ((kind = 'g') = (dossier_id IS NULL))
);
CREATE UNIQUE INDEX log_dossier ON opx.log (dossier_id, kind);

-- Exact bytes by hash: members/ and rights/ files named in bodies.
CREATE TABLE opx.member_list (
  sha256      bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  dossier_id  bigint NOT NULL REFERENCES opx.dossier,
  body        bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX member_list_dossier ON opx.member_list (dossier_id, created_at DESC);
CREATE TABLE opx.rights_version (
  sha256      bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  csv         bytea NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  is_current  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX rights_version_current ON opx.rights_version (is_current) WHERE is_current;
ALTER TABLE opx.dossier ADD COLUMN members_sha256 bytea REFERENCES opx.member_list DEFERRABLE INITIALLY DEFERRED;

-- The outbox. One row an event; its exact bytes are in event_body. Ids of acts are drawn under the dossier's row lock.
CREATE TABLE opx.event (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log_id       bigint NOT NULL REFERENCES opx.log,
  type         text NOT NULL,
  dossier_id   bigint NOT NULL REFERENCES opx.dossier,
  document_id  bigint REFERENCES opx.document,
  filing_id    bigint REFERENCES opx.filing,
  person_id    bigint REFERENCES opx.person,        -- the actor; NULL for the service
  about_id     bigint REFERENCES opx.person,        -- whom it concerns: invited person, reader, addressee
  visible_to   integer[] NOT NULL DEFAULT '{}',     -- pseudonyms of visibility.to, for bundles
  body_sha256  bytea NOT NULL UNIQUE CHECK (octet_length(body_sha256) = 32),
  at           timestamptz NOT NULL
);
CREATE INDEX event_dossier ON opx.event (dossier_id, id);
CREATE INDEX event_document ON opx.event (document_id) WHERE document_id IS NOT NULL;
CREATE TABLE opx.event_body (
  event_id  bigint PRIMARY KEY REFERENCES opx.event,
  body      bytea NOT NULL CHECK (octet_length(body) <= 65536)
);
-- What opx-seal still has to do: inserted with the event, deleted in the transaction that writes its leaf.
CREATE TABLE opx.event_waiting (
  event_id  bigint PRIMARY KEY REFERENCES opx.event,
  log_id    bigint NOT NULL
);

CREATE TABLE opx.leaf (
  log_id    bigint NOT NULL REFERENCES opx.log,
  seq       bigint NOT NULL,
  event_id  bigint NOT NULL UNIQUE REFERENCES opx.event,
  line      text NOT NULL,
  PRIMARY KEY (log_id, seq)
);
CREATE TABLE opx.global_line (
  log_id    bigint NOT NULL REFERENCES opx.log,
  seq       bigint NOT NULL,
  line      text NOT NULL,
  body      bytea NOT NULL,
  head_log_id bigint REFERENCES opx.log,            -- for case.head: which head it holds
  head_size bigint,
  PRIMARY KEY (log_id, seq)
);
CREATE INDEX global_line_head ON opx.global_line (head_log_id, head_size);
CREATE TABLE opx.checkpoint (
  log_id    bigint NOT NULL REFERENCES opx.log,
  size      bigint NOT NULL,
  root      bytea NOT NULL CHECK (octet_length(root) = 32),
  note      bytea NOT NULL,                         -- the file log/checkpoints/<size>.note, byte for byte
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (log_id, size)
);

-- Digests to stamp for a made file: asked by opx_make, answered by the post lane with a token row that names it.
CREATE TABLE opx.stamp_request (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('sums', 'manifest')),
  sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
  artefact_id bigint NOT NULL,
  asked_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Verified tokens. kind: document | checkpoint | sums | manifest. For a checkpoint log_id and size; data = the stamped bytes' hash.
CREATE TABLE opx.token (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('document', 'checkpoint', 'sums', 'manifest')),
  sha256       bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),   -- of tsr
  sha512       bytea NOT NULL,
  tsr          bytea NOT NULL,
  imprint      bytea NOT NULL CHECK (octet_length(imprint) = 32),
  gen_time     timestamptz NOT NULL,
  accuracy_us  bigint NOT NULL,
  authority    text NOT NULL,
  log_id       bigint,
  size         bigint,
  document_id  bigint REFERENCES opx.document,
  stamp_request_id bigint REFERENCES opx.stamp_request,
  at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX token_checkpoint ON opx.token (log_id, size, authority) WHERE kind = 'checkpoint';
CREATE UNIQUE INDEX token_document ON opx.token (document_id, authority) WHERE kind = 'document';

-- Digests to sign with the seal certificate: asked by opx_make, answered by opx_seal.
CREATE TABLE opx.seal_request (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('bundle', 'receipt')),
  sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
  artefact_id bigint,                               -- for which made file; opx-seal queues its next step
  p7s         bytea,
  asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  answered_at timestamptz
);
CREATE INDEX seal_request_open ON opx.seal_request (id) WHERE answered_at IS NULL;
-- Keys that the log uses, as vkey lines per origin are derived from them.
CREATE TABLE opx.log_key (
  public_key  bytea PRIMARY KEY CHECK (octet_length(public_key) = 32),
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  until       timestamptz
);
