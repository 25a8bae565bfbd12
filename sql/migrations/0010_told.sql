-- SPDX-License-Identifier: MPL-2.0
-- Mails to people who stand before a dossier: what became of a request for access; a new invitation that is asked for. And a letter
-- that renews the access code of somebody who takes part already.

ALTER TABLE opx.credential_claim ADD COLUMN told_at timestamptz;
GRANT SELECT ON opx.credential_claim TO opx_post;
GRANT UPDATE (told_at) ON opx.credential_claim TO opx_post;

ALTER TABLE opx.invitation ADD COLUMN asked_again_at timestamptz; -- its holder came too late, and has said so
ALTER TABLE opx.invitation ADD COLUMN renews_code boolean NOT NULL DEFAULT false
  CHECK (NOT renews_code OR channel = 'letter');
