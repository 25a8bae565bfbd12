-- SPDX-License-Identifier: MPL-2.0
-- Least grants of each service role, and the triggers that keep proof append-only even under session_replication_role.

-- opx_web: reads what pages show, writes acts. Never deletes proof, never touches leaves, heads or tokens.
GRANT SELECT ON ALL TABLES IN SCHEMA opx TO opx_web;
REVOKE SELECT ON opx.event_body, opx.event_waiting, opx.job, opx.seal_request, opx.stamp_request, opx.security_event, opx.plugin_crash FROM opx_web;
GRANT INSERT ON opx.person, opx.account, opx.capacity, opx.credential, opx.credential_claim, opx.session, opx.sign_in_attempt,
  opx.security_event, opx.certificate_seen, opx.dossier, opx.mission_item, opx.side, opx.participant, opx.member, opx.invitation,
  opx.consent, opx.phase_change, opx.draft, opx.draft_file, opx.draft_reader, opx.filing, opx.document, opx.document_content,
  opx.document_recipient, opx.document_addressed, opx.grant_access, opx.handover, opx.notice, opx.log, opx.member_list, opx.event,
  opx.event_body, opx.event_waiting, opx.job, opx.artefact TO opx_web;
GRANT UPDATE ON opx.person, opx.account, opx.capacity, opx.credential, opx.credential_claim, opx.session, opx.dossier, opx.participant,
  opx.member, opx.invitation, opx.draft, opx.draft_file, opx.grant_access, opx.notice TO opx_web;
GRANT SELECT (key, state) ON opx.job TO opx_web, opx_seal; -- what ON CONFLICT compares, no argument of a job
GRANT UPDATE (state, step, sentence) ON opx.artefact TO opx_web;
GRANT DELETE ON opx.draft_reader TO opx_web;

-- opx_seal: takes the outbox, answers with leaves and heads, sets sealed_at and nothing else.
GRANT SELECT ON opx.event, opx.event_body, opx.event_waiting, opx.log, opx.leaf, opx.checkpoint, opx.global_line, opx.token,
  opx.filing, opx.document, opx.seal_request, opx.log_key TO opx_seal;
GRANT INSERT ON opx.leaf, opx.checkpoint, opx.global_line, opx.log, opx.log_key, opx.job TO opx_seal;
GRANT DELETE ON opx.event_waiting TO opx_seal;
GRANT UPDATE (sealed_at) ON opx.filing TO opx_seal;
GRANT UPDATE (p7s, answered_at) ON opx.seal_request TO opx_seal;

-- opx_files: the store's lane.
GRANT SELECT ON opx.draft, opx.draft_file, opx.document, opx.document_content, opx.job TO opx_files;
GRANT UPDATE ON opx.draft_file, opx.draft, opx.job TO opx_files;
GRANT INSERT, DELETE ON opx.job TO opx_files;

-- opx_signin: code mails, revocation lists of cards.
GRANT SELECT ON opx.account, opx.person, opx.invitation, opx.revocation_source, opx.revocation_seen, opx.revoked_serial,
  opx.certificate_seen, opx.job, opx.session, opx.credential TO opx_signin;
GRANT INSERT ON opx.revocation_seen, opx.revocation_source, opx.revoked_serial, opx.job, opx.certificate_seen TO opx_signin;
GRANT UPDATE ON opx.revocation_source, opx.job TO opx_signin;
GRANT UPDATE (ended_at, end_reason) ON opx.session TO opx_signin;
GRANT DELETE ON opx.revoked_serial, opx.job TO opx_signin;

-- opx_post: notices, tokens, revocation lists of the authorities.
GRANT SELECT ON opx.notice, opx.delivery, opx.person, opx.dossier, opx.filing, opx.document, opx.document_content, opx.participant,
  opx.member, opx.invitation, opx.checkpoint, opx.log, opx.leaf, opx.token, opx.event, opx.artefact, opx.revocation_source,
  opx.revocation_seen, opx.revoked_serial, opx.certificate_seen, opx.member_list, opx.rights_version, opx.job, opx.court,
  opx.stamp_request, opx.side, opx.document_recipient, opx.account, opx.credential TO opx_post;
GRANT INSERT ON opx.delivery, opx.token, opx.event, opx.event_body, opx.event_waiting, opx.security_event, opx.revocation_seen,
  opx.revocation_source, opx.revoked_serial, opx.certificate_seen, opx.job TO opx_post;
GRANT UPDATE ON opx.delivery, opx.revocation_source, opx.job TO opx_post;
GRANT UPDATE (mail_sent_at) ON opx.invitation TO opx_post;
GRANT UPDATE (members_sha256) ON opx.dossier TO opx_post; -- for the row lock that orders acts
GRANT DELETE ON opx.revoked_serial, opx.job TO opx_post;

-- opx_make: reads everything that a bundle may hold; writes what it made and the event of it.
GRANT SELECT ON ALL TABLES IN SCHEMA opx TO opx_make;
GRANT INSERT ON opx.seal_request, opx.stamp_request, opx.event, opx.event_body, opx.event_waiting, opx.job TO opx_make;
GRANT UPDATE ON opx.artefact, opx.job TO opx_make;
GRANT DELETE ON opx.job TO opx_make;

GRANT SELECT, DELETE ON opx.event_body TO opx_erase;
GRANT SELECT ON opx.event TO opx_erase;
GRANT SELECT ON ALL TABLES IN SCHEMA opx TO opx_backup;

-- opx_migrate runs opx-admin: courts, administrators, the matrix, jobs; as opx_owner for the rest.
GRANT SELECT, INSERT, UPDATE ON opx.court, opx.compagnie, opx.person, opx.account, opx.capacity, opx.credential, opx.certificate_seen,
  opx.rights_version, opx.right_cell, opx.job, opx.plugin_state, opx.revocation_source TO opx_migrate;
GRANT DELETE ON opx.right_cell TO opx_migrate;
GRANT INSERT ON opx.security_event TO opx_migrate; -- the trail says which accounts the operator made

CREATE FUNCTION opx.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'opx.% only grows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['event', 'leaf', 'checkpoint', 'token', 'global_line', 'security_event', 'handover', 'document_recipient'] LOOP
    EXECUTE format('CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON opx.%I FOR EACH ROW EXECUTE FUNCTION opx.refuse_change()', t);
    EXECUTE format('CREATE TRIGGER only_grows_truncate BEFORE TRUNCATE ON opx.%I FOR EACH STATEMENT EXECUTE FUNCTION opx.refuse_change()', t);
    EXECUTE format('ALTER TABLE opx.%I ENABLE ALWAYS TRIGGER only_grows', t);
    EXECUTE format('ALTER TABLE opx.%I ENABLE ALWAYS TRIGGER only_grows_truncate', t);
  END LOOP;
END $$;
