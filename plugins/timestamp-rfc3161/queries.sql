-- SPDX-License-Identifier: MPL-2.0
-- What the verification of a token asks of the lists that the post lane fetched.

-- name: tsp_list
-- The newest revocation list of an issuer that is followed; none when no source of that issuer is configured.
-- result: maybe
-- params: issuer_key bytea
-- row: der bytea?, this_update timestamptz?, next_update timestamptz?
SELECT v.der, v.this_update, v.next_update
  FROM opx.revocation_source s LEFT JOIN opx.revocation_seen v ON v.sha256 = s.crl_sha256 WHERE s.issuer_key = $1;
