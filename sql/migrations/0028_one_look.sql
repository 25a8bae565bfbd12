-- SPDX-License-Identifier: MPL-2.0
-- A download asks its right of one document: five statements of right_ask answered what one can. What a statement costs here is the opening
-- of each table in its plan, and row security puts its own tables into all of them.

-- What a person may read, with the facts by which he may: the one rule of document_visible_to, which is asked as before.
CREATE FUNCTION opx.document_open_to(p_viewer bigint)
RETURNS TABLE (x opx.document, phase text, role text, left_at timestamptz) LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x, d.phase, m.role, m.left_at FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.dossier d ON d.id = x.dossier_id AND d.phase NOT IN ('archived', 'purged')
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0) $$;
CREATE OR REPLACE FUNCTION opx.document_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (o.x).* FROM opx.document_open_to(p_viewer) o $$;

-- Reads the person of the context this document, and by which row of the matrix? Asked outside row security, as is_of is: it says nothing
-- but what document_open_to says of that person, who must still be in the dossier. The statements that give the content stay under it.
CREATE FUNCTION opx.document_read_by_me(p_document bigint, OUT dossier bigint, OUT phase text, OUT role text, OUT value text, OUT rule text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = opx, pg_temp AS $$
DECLARE
  me bigint := opx.me();
BEGIN
  SELECT (o.x).dossier_id, o.phase, o.role, coalesce(c.value, 'deny'), coalesce(c.rule, '') INTO dossier, phase, role, value, rule
    FROM opx.document_open_to(me) o
    LEFT JOIN opx.right_cell c ON c.object = (o.x).kind AND c.action = 'read' AND c.state = o.phase AND c.role = o.role
   WHERE (o.x).id = p_document AND o.left_at IS NULL;
END $$;
REVOKE ALL ON FUNCTION opx.document_read_by_me(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opx.document_read_by_me(bigint) TO opx_web, opx_make;

CREATE OR REPLACE FUNCTION opx.right_ask(p_object text, p_action text, p_subject text, p_id bigint, p_key text, p_number bigint,
    OUT decision text, OUT value text, OUT rule text, OUT role text, OUT phase text, OUT dossier bigint, OUT subject_exists boolean,
    OUT knows boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  me bigint := opx.me();
  s record;
  t record;
  v_object text := p_object;
  c record;
BEGIN
  decision := 'deny'; value := 'deny'; rule := ''; role := ''; phase := 'any'; dossier := 0; subject_exists := false; knows := false;
  -- What is asked most, and answered by yes: one statement. A no is looked for below, with its reason.
  IF p_object = '@' AND p_action = 'read' AND p_subject = 'document' THEN
    t := opx.document_read_by_me(p_id);
    IF t.dossier IS NOT NULL THEN
      decision := 'allow'; value := t.value; rule := t.rule; role := t.role; phase := t.phase; dossier := t.dossier;
      subject_exists := true; knows := true;
      RETURN;
    END IF;
  END IF;
  SELECT * INTO s FROM opx.right_subject(p_subject, p_id, p_key, p_number);
  IF me IS NULL OR s.is_found IS NOT TRUE THEN RETURN; END IF;
  IF p_object = '@' THEN v_object := coalesce(s.kind, ''); END IF;

  IF s.dossier_id IS NULL THEN
    -- Outside dossiers: the roles of the person's capacities; any role when he has none. Open when one of them allows.
    subject_exists := true;
    FOR c IN
      SELECT r.role, x.value, x.rule, r.court_id, r.compagnie_id
        FROM (SELECT k.role, k.court_id, k.compagnie_id FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
               WHERE a.person_id = me AND (k.until_at IS NULL OR k.until_at > now())
              UNION SELECT m.role, NULL, NULL FROM opx.member m WHERE m.person_id = me AND m.accepted_at IS NOT NULL
              UNION SELECT 'party', NULL, NULL) r
        JOIN opx.right_cell x ON x.object = v_object AND x.action = p_action AND x.role = r.role
             AND (x.state = 'any' OR (p_subject = 'none' AND x.state <> 'any'))
       WHERE x.value <> 'deny'
    LOOP
      IF p_subject = 'claim' AND (c.court_id = s.court_id OR c.compagnie_id = s.compagnie_id) IS NOT TRUE THEN CONTINUE; END IF;
      decision := 'allow'; value := c.value; rule := c.rule; role := c.role; knows := true;
      RETURN;
    END LOOP;
    RETURN;
  END IF;

  dossier := s.dossier_id;
  SELECT * INTO t FROM opx.right_standing(s.dossier_id);
  phase := coalesce(t.phase, phase);
  IF t.role IS NULL THEN RETURN; END IF;      -- a stranger: the same answer as for what does not exist
  role := t.role;
  subject_exists := true;

  SELECT x.value, x.rule INTO value, rule FROM opx.right_cell x
   WHERE x.object = v_object AND x.action = p_action AND x.state = t.phase AND x.role = t.role;
  value := coalesce(value, 'deny'); rule := coalesce(rule, '');
  IF p_subject = 'document' THEN
    IF p_action = 'read' AND EXISTS (SELECT FROM opx.document_visible_to(me) v WHERE v.id = s.document_id) THEN
      decision := 'allow'; knows := true;
      RETURN;
    END IF;
    -- A known line answers 403, anything else 404.
    knows := EXISTS (SELECT FROM opx.document_line_visible_to(me) l WHERE l.id = s.document_id);
    subject_exists := knows;
    IF p_action = 'read' THEN RETURN; END IF;
  ELSE
    knows := p_subject NOT IN ('draft', 'upload') OR s.owner_id = me;
  END IF;
  IF opx.right_fact(value, v_object, p_action, me, role, t.side_id, t.is_active, p_subject, s.owner_id, s.side_id, s.document_id, phase) THEN
    decision := 'allow';
  END IF;
END $$;
