-- SPDX-License-Identifier: MPL-2.0
-- The kinds, of these, that the person may deposit in this dossier now: what right_ask would say of each, asked of all at once. The
-- deposit form asked it of each kind, the head of a page whether there was one.
DROP FUNCTION opx.may_deposit(bigint, text[]);
CREATE FUNCTION opx.depositable(p_dossier bigint, p_kinds text[]) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  me bigint := opx.me();
  t record;
BEGIN
  SELECT * INTO t FROM opx.right_standing(p_dossier);
  IF me IS NULL OR t.role IS NULL THEN RETURN '{}'; END IF;
  RETURN ARRAY(
    SELECT c.object FROM opx.right_cell c
     WHERE c.object = ANY (p_kinds) AND c.action = 'deposit' AND c.state = t.phase AND c.role = t.role AND c.value <> 'deny'
       AND opx.right_fact(c.value, c.object, 'deposit', me, t.role, t.side_id, t.is_active, 'dossier', t.owner_id, NULL, NULL, t.phase));
END $$;

-- The same bytes already in a dossier: found by their hash.
CREATE INDEX document_content_sha256 ON opx.document_content (sha256);

-- Who reads a document knows of it: its line is looked up only for those who do not.
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
