-- SPDX-License-Identifier: MPL-2.0
-- Who left a dossier. The matrix gives rights to those who have a role in it, and no row is no: opx.right_standing finds no role for
-- him. The second net still took him for a member: it showed him what came after he had left, and let him add to it. The rule of the
-- second net is this view. What stays his are the rows that name him (what he was given to read and opened, his notices, his drafts,
-- his files made), as design section 7 says of what was published before.
CREATE VIEW opx.member_here WITH (security_invoker = true) AS SELECT dossier_id, person_id FROM opx.member WHERE left_at IS NULL;
GRANT SELECT ON opx.member_here TO opx_web;

CREATE OR REPLACE FUNCTION opx.is_of(p_dossier bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = opx, pg_temp AS
$$ BEGIN RETURN EXISTS (SELECT FROM opx.member_here m WHERE m.dossier_id = p_dossier AND m.person_id = opx.me()); END $$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['web_read', 'web_update'] LOOP
    EXECUTE format('ALTER POLICY %I ON opx.dossier USING (
      created_by = opx.me()
      OR EXISTS (SELECT FROM opx.member_here m WHERE m.dossier_id = id AND m.person_id = opx.me() OFFSET 0)
      OR (phase <> ''draft'' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
            WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN (''judge'', ''clerk'')
              AND (k.until_at IS NULL OR k.until_at > now()) OFFSET 0)))', t);
  END LOOP;
  -- His own row he changes as he would add it (0019): he comes back alone, to a dossier that he knows.
  FOREACH t IN ARRAY ARRAY['participant', 'member'] LOOP
    EXECUTE format('ALTER POLICY web_update ON opx.%I USING (opx.is_here(dossier_id) OR opx.enters(dossier_id)
      OR (person_id = opx.me() AND EXISTS (SELECT FROM opx.dossier d WHERE d.id = %I.dossier_id OFFSET 0)))', t, t);
  END LOOP;
END $$;
