-- SPDX-License-Identifier: MPL-2.0
-- opx_make read every table. What its statements read and no more: no form secrets, no codes of invitations, no trail, no claims, no
-- drafts, no notices (security 5.7).
REVOKE SELECT ON ALL TABLES IN SCHEMA opx FROM opx_make;
-- What bundles and printed documents say, and what judges it.
GRANT SELECT ON opx.artefact, opx.court, opx.dossier, opx.side, opx.participant, opx.member, opx.member_list, opx.person, opx.filing,
  opx.document, opx.document_content, opx.document_recipient, opx.log, opx.event, opx.event_body, opx.leaf, opx.checkpoint,
  opx.global_line, opx.token, opx.log_key, opx.rights_version, opx.certificate_seen, opx.revocation_source, opx.revocation_seen,
  opx.revoked_serial, opx.seal_request, opx.stamp_request TO opx_make;
GRANT SELECT (id, number, dossier_id, participant_id, person_id, state, expires_at, created_by, renews_code) ON opx.invitation TO opx_make;
-- The right asked again (opx.right_ask, the views of readers).
GRANT SELECT ON opx.right_cell, opx.capacity, opx.grant_access, opx.event_under_head, opx.grant_in_force, opx.document_reader TO opx_make;
GRANT SELECT (id, person_id) ON opx.account TO opx_make;
-- With what means the person had signed in who asked: what the event of a bundle says.
GRANT SELECT (id, token_sha256, account_id, person_id, credential_id, host, auth_kind, level, cert_sha256, cert_chain, auth_at, address, agent)
  ON opx.session TO opx_make;
GRANT SELECT (id, issuer_key, serial) ON opx.credential TO opx_make;
-- Its queue.
GRANT SELECT ON opx.job TO opx_make;
-- A letter is marked as printed by the act that asks for it.
REVOKE UPDATE (letter_at) ON opx.invitation FROM opx_make;
