-- SPDX-License-Identifier: MPL-2.0
-- Row security, the second net (security 5.7): for opx_web, membership by EXISTS on the primary key of member; each other
-- service role has its own policy on the tables it is granted. FORCE binds the owner too; migrations lift it when they need.

-- The one question that row security of member asks about member itself: asked outside it, or it would ask for ever.
CREATE FUNCTION opx.is_of(p_dossier bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = opx, pg_temp AS
$$ SELECT EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = p_dossier AND m.person_id = opx.me()) $$;
REVOKE ALL ON FUNCTION opx.is_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opx.is_of(bigint) TO opx_web;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['dossier','mission_item','side','participant','member','invitation','consent','phase_change','draft',
      'draft_file','draft_reader','filing','document','document_content','document_recipient','document_addressed','grant_access',
      'handover','notice','delivery','log','member_list','event','event_body','event_waiting','leaf','checkpoint','token','artefact'] LOOP
    EXECUTE format('ALTER TABLE opx.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE opx.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON opx.%I TO opx_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY services ON opx.%I TO opx_seal, opx_files, opx_signin, opx_post, opx_make, opx_erase USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

-- opx_web: what a person of the dossier may touch. Inserting asks for a context; the act's own checks come first.
CREATE POLICY web_read ON opx.dossier FOR SELECT TO opx_web USING (
  created_by = opx.me()
  OR EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = id AND m.person_id = opx.me())
  OR (phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
        WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN ('judge', 'clerk'))));
CREATE POLICY web_insert ON opx.dossier FOR INSERT TO opx_web WITH CHECK (created_by = opx.me());
CREATE POLICY web_update ON opx.dossier FOR UPDATE TO opx_web USING (
  created_by = opx.me() OR EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = id AND m.person_id = opx.me())
  OR (phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
        WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN ('judge', 'clerk'))));

CREATE POLICY web_read ON opx.member FOR SELECT TO opx_web USING (person_id = opx.me() OR opx.is_of(dossier_id));
CREATE POLICY web_insert ON opx.member FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_update ON opx.member FOR UPDATE TO opx_web USING (person_id = opx.me() OR opx.is_of(dossier_id));

-- Tables with a dossier_id that every member of the dossier may see.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['mission_item','side','phase_change','filing','document','grant_access','member_list','consent'] LOOP
    EXECUTE format('CREATE POLICY web_read ON opx.%I FOR SELECT TO opx_web USING (EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = %I.dossier_id AND m.person_id = opx.me()))', t, t);
    EXECUTE format('CREATE POLICY web_insert ON opx.%I FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL)', t);
  END LOOP;
END $$;
CREATE POLICY web_update ON opx.grant_access FOR UPDATE TO opx_web USING (opx.is_of(dossier_id));

CREATE POLICY web_read ON opx.participant FOR SELECT TO opx_web USING (person_id = opx.me() OR opx.is_of(dossier_id));
CREATE POLICY web_insert ON opx.participant FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_update ON opx.participant FOR UPDATE TO opx_web USING (person_id = opx.me() OR opx.is_of(dossier_id));

-- An invitation is found by its number before anybody is signed in: the number stands in the context, never a list.
CREATE POLICY web_read ON opx.invitation FOR SELECT TO opx_web USING (
  person_id = opx.me() OR opx.is_of(dossier_id) OR number = nullif(current_setting('opx.invitation', true), ''));
CREATE POLICY web_insert ON opx.invitation FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_update ON opx.invitation FOR UPDATE TO opx_web USING (
  person_id = opx.me() OR opx.is_of(dossier_id) OR number = nullif(current_setting('opx.invitation', true), ''));

-- A draft is its author's.
CREATE POLICY web ON opx.draft TO opx_web USING (author_id = opx.me()) WITH CHECK (author_id = opx.me());
CREATE POLICY web ON opx.draft_file TO opx_web USING (EXISTS (SELECT FROM opx.draft b WHERE b.id = draft_id AND b.author_id = opx.me()))
  WITH CHECK (EXISTS (SELECT FROM opx.draft b WHERE b.id = draft_id AND b.author_id = opx.me()));
CREATE POLICY web ON opx.draft_reader TO opx_web USING (EXISTS (SELECT FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id
    WHERE f.id = draft_file_id AND b.author_id = opx.me()))
  WITH CHECK (EXISTS (SELECT FROM opx.draft_file f JOIN opx.draft b ON b.id = f.draft_id WHERE f.id = draft_file_id AND b.author_id = opx.me()));

-- Content: readers and author.
CREATE POLICY web_read ON opx.document_content FOR SELECT TO opx_web USING (
  EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = document_content.document_id AND r.person_id = opx.me())
  OR EXISTS (SELECT FROM opx.document x WHERE x.id = document_content.document_id AND x.author_id = opx.me())
  OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = document_content.document_id AND g.person_id = opx.me() AND g.taken_at IS NULL));
CREATE POLICY web_insert ON opx.document_content FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['document_recipient','document_addressed','handover'] LOOP
    EXECUTE format('CREATE POLICY web_read ON opx.%I FOR SELECT TO opx_web USING (EXISTS (SELECT FROM opx.document x WHERE x.id = %I.document_id))', t, t);
    EXECUTE format('CREATE POLICY web_insert ON opx.%I FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL)', t);
  END LOOP;
END $$;

CREATE POLICY web_read ON opx.notice FOR SELECT TO opx_web USING (person_id = opx.me());
CREATE POLICY web_insert ON opx.notice FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_update ON opx.notice FOR UPDATE TO opx_web USING (person_id = opx.me());
CREATE POLICY web_read ON opx.delivery FOR SELECT TO opx_web USING (EXISTS (SELECT FROM opx.notice n WHERE n.id = notice_id));

-- Proof: the logs of the dossiers that one may know (a clerk enters mode actif by an act, so before he is a member), and the
-- global one: names and hashes, no content.
CREATE POLICY web_read ON opx.log FOR SELECT TO opx_web USING (
  dossier_id IS NULL OR EXISTS (SELECT FROM opx.dossier d WHERE d.id = dossier_id));
CREATE POLICY web_insert ON opx.log FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL AND kind <> 'g');
CREATE POLICY web_read ON opx.event FOR SELECT TO opx_web USING (opx.is_of(dossier_id));
CREATE POLICY web_insert ON opx.event FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_insert ON opx.event_body FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_insert ON opx.event_waiting FOR INSERT TO opx_web WITH CHECK (opx.me() IS NOT NULL);
CREATE POLICY web_read ON opx.leaf FOR SELECT TO opx_web USING (EXISTS (SELECT FROM opx.log l WHERE l.id = log_id));
CREATE POLICY web_read ON opx.checkpoint FOR SELECT TO opx_web USING (EXISTS (SELECT FROM opx.log l WHERE l.id = log_id));
CREATE POLICY web_read ON opx.token FOR SELECT TO opx_web USING (
  EXISTS (SELECT FROM opx.log l WHERE l.id = log_id) OR EXISTS (SELECT FROM opx.document x WHERE x.id = document_id));
CREATE POLICY web ON opx.artefact TO opx_web USING (person_id = opx.me()) WITH CHECK (person_id = opx.me());
