-- SPDX-License-Identifier: MPL-2.0
-- Reading a document does not depend on the state of its dossier, but for an archive, of which content leaves by a granted export only,
-- and for what was purged (design section 7; domain 3.1). Its frozen readers and its author went on reading both.
CREATE OR REPLACE FUNCTION opx.document_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.dossier d ON d.id = x.dossier_id AND d.phase NOT IN ('archived', 'purged')
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0) $$;

CREATE OR REPLACE FUNCTION opx.document_line_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.dossier d ON d.id = x.dossier_id AND d.phase NOT IN ('archived', 'purged')
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE x.author_id = p_viewer
       OR EXISTS (SELECT FROM opx.right_cell c WHERE c.object = x.kind AND c.action = 'read' AND c.state = d.phase
                     AND c.role = m.role AND c.value <> 'deny' OFFSET 0) $$;

-- A claim is decided by who administers the court or the compagnie that it names. A claim that names the one was compared with the
-- other's NULL: an administrator of any court could approve a claim to any compagnie, and the other way round.
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
    -- A known line answers 403, anything else 404.
    knows := EXISTS (SELECT FROM opx.document_line_visible_to(me) l WHERE l.id = s.document_id);
    subject_exists := knows;
    IF p_action = 'read' THEN
      IF EXISTS (SELECT FROM opx.document_visible_to(me) v WHERE v.id = s.document_id) THEN decision := 'allow'; END IF;
      RETURN;
    END IF;
  ELSE
    knows := p_subject NOT IN ('draft', 'upload') OR s.owner_id = me;
  END IF;
  IF opx.right_fact(value, v_object, p_action, me, role, t.side_id, t.is_active, p_subject, s.owner_id, s.side_id, s.document_id, phase) THEN
    decision := 'allow';
  END IF;
END $$;
