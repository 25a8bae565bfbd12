-- SPDX-License-Identifier: MPL-2.0
-- The second net for what is added: whoever was signed in could write a row into any dossier, himself among its members too. A row
-- of a dossier is added by one of its people. (Of event_body and event_waiting nothing more can be said than that somebody is signed
-- in: the event is written by the same statement, which does not see it yet.)
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['mission_item','side','phase_change','filing','document','grant_access','member_list','consent','invitation',
      'notice','event'] LOOP
    EXECUTE format('ALTER POLICY web_insert ON opx.%I WITH CHECK (opx.is_here(dossier_id) OR opx.enters(dossier_id))', t);
  END LOOP;
  -- He who is none yet adds himself alone, to a dossier that he knows: the one he opens, or one of his court (mode actif).
  FOREACH t IN ARRAY ARRAY['participant','member'] LOOP
    EXECUTE format('ALTER POLICY web_insert ON opx.%I WITH CHECK (opx.is_here(dossier_id) OR opx.enters(dossier_id)
      OR (person_id = opx.me() AND EXISTS (SELECT FROM opx.dossier d WHERE d.id = %I.dossier_id OFFSET 0)))', t, t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['document_content','document_recipient','document_addressed'] LOOP
    EXECUTE format('ALTER POLICY web_insert ON opx.%I WITH CHECK (EXISTS (SELECT FROM opx.document x
      WHERE x.id = %I.document_id AND x.author_id = opx.me() OFFSET 0))', t, t);
  END LOOP;
END $$;
ALTER POLICY web_insert ON opx.handover WITH CHECK (
  person_id = opx.me() AND EXISTS (SELECT FROM opx.document x WHERE x.id = document_id OFFSET 0));
ALTER POLICY web_insert ON opx.log WITH CHECK (kind <> 'g' AND (opx.is_here(dossier_id) OR opx.enters(dossier_id)));
-- His own drafts and files, in his own dossiers.
ALTER POLICY web ON opx.draft WITH CHECK (author_id = opx.me() AND (opx.is_here(dossier_id) OR opx.enters(dossier_id)));
ALTER POLICY web ON opx.artefact WITH CHECK (person_id = opx.me() AND (opx.is_here(dossier_id) OR opx.enters(dossier_id)));
