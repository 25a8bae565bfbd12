-- SPDX-License-Identifier: MPL-2.0
-- Two things that every page of a dossier asked at the price of many tables.

-- As what a person stands before a dossier: an accepted member, else (not active) a judge or clerk of its court; NULL: a stranger, who
-- learns nothing else. One statement, outside row security as document_read_by_me (0028) is: of a dossier it tells the person of the context
-- his own standing. Under row security the tables that decide whether the row may be seen are opened to find what they then say again.
CREATE OR REPLACE FUNCTION opx.right_standing(p_dossier bigint, OUT phase text, OUT owner_id bigint, OUT role text, OUT side_id bigint,
    OUT is_active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = opx, pg_temp AS $$
DECLARE
  me bigint := opx.me();
  v_court bigint;
BEGIN
  SELECT d.phase, d.created_by, d.court_id, m.role, m.side_id, m.person_id IS NOT NULL INTO phase, owner_id, v_court, role, side_id, is_active
    FROM opx.dossier d
    LEFT JOIN opx.member m ON m.dossier_id = d.id AND m.person_id = me AND m.accepted_at IS NOT NULL AND m.left_at IS NULL
   WHERE d.id = p_dossier;
  is_active := coalesce(is_active, false);
  IF role IS NULL AND phase <> 'draft' THEN
    SELECT k.role INTO role FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
     WHERE a.person_id = me AND k.court_id = v_court AND k.role IN ('judge', 'clerk')
       AND (k.until_at IS NULL OR k.until_at > now()) ORDER BY k.role LIMIT 1;
  END IF;
  IF role IS NULL THEN
    phase := NULL; owner_id := NULL;
  END IF;
END $$;
REVOKE ALL ON FUNCTION opx.right_standing(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opx.right_standing(bigint) TO opx_web, opx_make;

-- A visit of a member whose last one was noted a while ago: the head of a page asks for it when it is so, and opens nothing otherwise.
CREATE FUNCTION opx.note_visit(p_dossier bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE opx.member SET last_seen_at = clock_timestamp()
   WHERE dossier_id = p_dossier AND person_id = opx.me() AND accepted_at IS NOT NULL AND left_at IS NULL;
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION opx.note_visit(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opx.note_visit(bigint) TO opx_web;
