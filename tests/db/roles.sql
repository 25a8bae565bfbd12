-- SPDX-License-Identifier: MPL-2.0
-- Two dossiers, of person 1 and of person 2, with a row each in every table that has row security; person 3 is in none.
SET session_replication_role = replica;
INSERT INTO opx.court (id, code, kind, name) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x', 'X');
INSERT INTO opx.person (id, family_name, mail) OVERRIDING SYSTEM VALUE SELECT d, 'X', 'a@b.c' FROM generate_series(1, 3) d;
INSERT INTO opx.account (id, person_id, identifier) OVERRIDING SYSTEM VALUE SELECT id, id, id::text FROM opx.person;
CREATE TEMP TABLE d AS SELECT d FROM generate_series(1, 2) d;
INSERT INTO opx.dossier (id, court_id, number, rg_number, title, procedure, phase, decision_ref, created_by) OVERRIDING SYSTEM VALUE
  SELECT d, 1, d, '26/1', 'X', 'civil', 'in_progress', 'x', d FROM d;
INSERT INTO opx.mission_item SELECT d, 1, 'x' FROM d;
INSERT INTO opx.side (id, dossier_id, n, label) OVERRIDING SYSTEM VALUE SELECT d, d, 1, 'x' FROM d;
INSERT INTO opx.participant (id, dossier_id, person_id, role, side_id, state) OVERRIDING SYSTEM VALUE SELECT d, d, d, 'expert', d, 'accepted' FROM d;
INSERT INTO opx.member (dossier_id, person_id, pseudonym, role, side_id, accepted_at) SELECT d, d, 1, 'expert', d, now() FROM d;
INSERT INTO opx.invitation (number, dossier_id, participant_id, channel, expires_at, created_by, person_id) SELECT repeat(chr(96 + d), 26), d, d, 'account', now(), d, d FROM d;
INSERT INTO opx.consent (person_id, dossier_id, text_sha256, text, address) SELECT d, d, sha256('x'), 'x', 'chosen' FROM d;
INSERT INTO opx.phase_change (dossier_id, transition, from_phase, to_phase) SELECT d, 'TR1', 'draft', 'appointed' FROM d;
INSERT INTO opx.draft (id, dossier_id, author_id) OVERRIDING SYSTEM VALUE SELECT d, d, d FROM d;
INSERT INTO opx.draft_file (id, draft_id, n, upload, name, name_shown, size) OVERRIDING SYSTEM VALUE SELECT d, d, 1, repeat(d::text, 32), 'x', 'x', 1 FROM d;
INSERT INTO opx.draft_reader (draft_file_id, person_id) SELECT d, d FROM d;
INSERT INTO opx.filing (id, dossier_id, number, draft_id, author_id, role, kind, title, auth_kind, level, filed_at, sealed_at) OVERRIDING SYSTEM VALUE
  SELECT d, d, 1, d, d, 'expert', 'exhibit', 'x', 'x509', 'L0', now(), now() FROM d;
INSERT INTO opx.document (id, dossier_id, filing_id, n, kind, series_number, author_id, filed_at) OVERRIDING SYSTEM VALUE SELECT d, d, d, 1, 'exhibit', 1, d, now() FROM d;
INSERT INTO opx.document_content (document_id, title, name, name_shown, size, sha256, sha512, mime, ext, store_name)
  SELECT d, 'x', 'x', 'x', 1, sha256('x'), sha512('x'), 'x', 'pdf', 'x' FROM d;
INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) SELECT d, d, 1 FROM d;
INSERT INTO opx.document_addressed (document_id, side_id) SELECT d, d FROM d;
INSERT INTO opx.grant_access (dossier_id, document_id, person_id, ground, event_id) SELECT d, d, d, 'x', d FROM d;
INSERT INTO opx.handover (document_id, person_id, session_id, representation, at, event_id) SELECT d, d, d, 'original', now(), d FROM d;
INSERT INTO opx.notice (id, dossier_id, person_id, kind) OVERRIDING SYSTEM VALUE SELECT d, d, d, 'x' FROM d;
INSERT INTO opx.delivery (notice_id, channel, address, state) SELECT d, 'mail', 'x', 'sent' FROM d;
INSERT INTO opx.log (id, origin, kind, dossier_id) OVERRIDING SYSTEM VALUE SELECT d, 'x' || d, 'c', d FROM d UNION ALL VALUES (3, 'g', 'g', NULL::integer);
INSERT INTO opx.member_list (sha256, dossier_id, body) SELECT sha256(d::text::bytea), d, 'x' FROM d;
INSERT INTO opx.event (id, log_id, type, dossier_id, body_sha256, at) OVERRIDING SYSTEM VALUE SELECT d, d, 'case.open', d, sha256(d::text::bytea), now() FROM d;
INSERT INTO opx.event_body SELECT d, 'x' FROM d;
INSERT INTO opx.event_waiting SELECT d, d FROM d;
INSERT INTO opx.leaf (log_id, seq, event_id, line) SELECT d, 0, d, 'x' FROM d;
INSERT INTO opx.checkpoint (log_id, size, root, note) SELECT d, 1, sha256('x'), 'x' FROM d;
INSERT INTO opx.token (kind, sha256, sha512, tsr, imprint, gen_time, accuracy_us, authority, document_id)
  SELECT 'document', sha256(d::text::bytea), 'x', 'x', sha256('x'), now(), 1, 'x', d FROM d;
INSERT INTO opx.artefact (kind, dossier_id, person_id) SELECT 'bundle-case', d, d FROM d;
