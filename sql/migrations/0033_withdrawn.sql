-- SPDX-License-Identifier: MPL-2.0
-- A request that was sent with a wrong address or to the wrong court is taken back by its holder, who may then send another.
ALTER TABLE opx.credential_claim DROP CONSTRAINT credential_claim_state_check,
  ADD CONSTRAINT credential_claim_state_check CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn'));
CREATE INDEX credential_claim_certificate ON opx.credential_claim (cert_sha256, created_at);
