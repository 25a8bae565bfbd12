-- SPDX-License-Identifier: MPL-2.0
-- Who may do what (domain report section 4; design section 7). One evaluator for acts, two inlinable functions for lists.

ALTER TABLE opx.invitation ADD COLUMN person_id bigint NOT NULL REFERENCES opx.person;

CREATE FUNCTION opx.me() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(pg_catalog.current_setting('opx.person', true), '')::bigint $$;
COMMENT ON FUNCTION opx.me() IS 'The person of the transaction; NULL without a context.';

-- A grant acts once its leaf lies under the newest signed head, so that no opening ever precedes its ground.
CREATE FUNCTION opx.grant_acts(p_event bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT FROM opx.leaf l WHERE l.event_id = p_event
                    AND EXISTS (SELECT FROM opx.checkpoint c WHERE c.log_id = l.log_id AND c.size > l.seq)) $$;

-- The documents whose content a person may read: his own, those whose frozen list names him, those of a grant in force.
-- Sealed ones only; one who left reads what was published before.
CREATE FUNCTION opx.document_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE x.author_id = p_viewer
       OR EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = p_viewer)
       OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = x.id AND g.person_id = p_viewer AND g.taken_at IS NULL
                     AND opx.grant_acts(g.event_id)) $$;

-- The documents whose line (number, kind, date, author) a member knows: those of which his role's reading is anything but deny.
CREATE FUNCTION opx.document_line_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.dossier d ON d.id = x.dossier_id
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE x.author_id = p_viewer
       OR EXISTS (SELECT FROM opx.right_cell c WHERE c.object = x.kind AND c.action = 'read' AND c.state = d.phase
                     AND c.role = m.role AND c.value <> 'deny') $$;

-- (No parameter is called found: plpgsql has a variable of that name, which would be set in its place.)
-- What a question is about: the dossier, the kind, and the facts that "own" and "side" ask for.
CREATE FUNCTION opx.right_subject(p_subject text, p_id bigint, p_key text, p_number bigint,
    OUT is_found boolean, OUT dossier_id bigint, OUT kind text, OUT owner_id bigint, OUT side_id bigint, OUT court_id bigint,
    OUT compagnie_id bigint, OUT document_id bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  is_found := false;
  CASE p_subject
    WHEN 'none' THEN is_found := true;
    WHEN 'dossier' THEN
      SELECT true, d.id, d.created_by, d.court_id INTO is_found, dossier_id, owner_id, court_id FROM opx.dossier d WHERE d.id = p_id;
    WHEN 'document' THEN
      SELECT true, x.dossier_id, x.kind, x.author_id, x.side_id, x.id INTO is_found, dossier_id, kind, owner_id, side_id, document_id
        FROM opx.document x WHERE x.id = p_id;
    WHEN 'draft' THEN
      SELECT true, b.dossier_id, b.kind, b.author_id INTO is_found, dossier_id, kind, owner_id
        FROM opx.draft b WHERE b.id = p_id AND b.author_id = opx.me() AND b.state <> 'discarded';
    WHEN 'upload' THEN
      SELECT true, b.dossier_id, b.kind, b.author_id INTO is_found, dossier_id, kind, owner_id
        FROM opx.draft_file t JOIN opx.draft b ON b.id = t.draft_id
       WHERE t.upload = p_key AND b.author_id = opx.me() AND b.state = 'open';
    WHEN 'filing' THEN
      SELECT true, f.dossier_id, f.kind, f.author_id, f.side_id INTO is_found, dossier_id, kind, owner_id, side_id
        FROM opx.filing f WHERE f.dossier_id = p_id AND f.number = p_number
         AND (f.sealed_at IS NOT NULL OR f.author_id = opx.me());
    WHEN 'participant' THEN
      SELECT true, p.dossier_id, p.person_id, p.side_id INTO is_found, dossier_id, owner_id, side_id
        FROM opx.participant p WHERE p.id = p_id;
    WHEN 'invitation' THEN
      SELECT true, i.dossier_id, i.person_id INTO is_found, dossier_id, owner_id FROM opx.invitation i WHERE i.number = p_key;
    WHEN 'claim' THEN
      SELECT true, CASE WHEN c.role = 'expert' THEN 'account_expert' ELSE 'account_court_staff' END, c.court_id, c.compagnie_id
        INTO is_found, kind, court_id, compagnie_id FROM opx.credential_claim c WHERE c.id = p_id;
    ELSE is_found := false;
  END CASE;
  is_found := coalesce(is_found, false);
END $$;

-- Does the value of a cell say yes, with the facts of the subject?
CREATE FUNCTION opx.right_fact(p_value text, p_object text, p_action text, p_person bigint, p_role text, p_side bigint,
    p_is_active boolean, p_subject text, s_owner bigint, s_side bigint, s_document bigint, p_phase text)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE p_value
    -- judge and clerk by their court alone: the register and the dossiers they open, no content (domain 4.1)
    WHEN 'allow' THEN p_is_active OR (p_object, p_action) IN (('case_metadata', 'list'), ('case', 'create'))
    WHEN 'own' THEN CASE
      WHEN p_object = 'court_presence' THEN true
      WHEN p_action = 'deposit' AND p_phase <> 'draft' THEN p_is_active
      WHEN p_object = 'case_metadata' THEN p_is_active
      WHEN p_subject = 'none' THEN true
      ELSE s_owner = p_person END
    WHEN 'side' THEN p_side IS NOT NULL AND (p_subject IN ('dossier', 'none') OR p_action = 'deposit' OR s_side = p_side)
    WHEN 'addressed' THEN p_is_active AND s_document IS NOT NULL
      AND EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = s_document AND r.person_id = p_person)
    WHEN 'granted' THEN p_is_active AND s_document IS NOT NULL
      AND EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = s_document AND g.person_id = p_person
                     AND g.taken_at IS NULL AND opx.grant_acts(g.event_id))
    ELSE false END $$;

-- The one answer for pages, acts, panels and refusals. A row always comes back; decision is allow or deny.
CREATE FUNCTION opx.right_ask(p_object text, p_action text, p_subject text, p_id bigint, p_key text, p_number bigint,
    OUT decision text, OUT value text, OUT rule text, OUT role text, OUT phase text, OUT dossier bigint, OUT subject_exists boolean,
    OUT knows boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  me bigint := opx.me();
  s record;
  v_object text := p_object;
  v_side bigint;
  v_active boolean := false;
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
      IF p_subject = 'claim' AND NOT ((c.court_id IS NOT NULL AND c.court_id = s.court_id)
           OR (c.compagnie_id IS NOT NULL AND c.compagnie_id = s.compagnie_id)) THEN CONTINUE; END IF;
      decision := 'allow'; value := c.value; rule := c.rule; role := c.role; knows := true;
      RETURN;
    END LOOP;
    RETURN;
  END IF;

  dossier := s.dossier_id;
  SELECT d.phase INTO phase FROM opx.dossier d WHERE d.id = s.dossier_id;
  SELECT m.role, m.side_id, true INTO role, v_side, v_active FROM opx.member m
   WHERE m.dossier_id = s.dossier_id AND m.person_id = me AND m.accepted_at IS NOT NULL AND m.left_at IS NULL;
  IF role IS NULL OR NOT coalesce(v_active, false) THEN
    v_active := false;
    SELECT k.role INTO role FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id JOIN opx.dossier d ON d.id = s.dossier_id
     WHERE a.person_id = me AND k.court_id = d.court_id AND k.role IN ('judge', 'clerk') AND d.phase <> 'draft'
       AND (k.until_at IS NULL OR k.until_at > now()) ORDER BY k.role LIMIT 1;
    IF role IS NULL THEN role := ''; RETURN; END IF;      -- a stranger: the same answer as for what does not exist
  END IF;
  subject_exists := true;

  SELECT x.value, x.rule INTO value, rule FROM opx.right_cell x
   WHERE x.object = v_object AND x.action = p_action AND x.state = phase AND x.role = right_ask.role;
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
  IF opx.right_fact(value, v_object, p_action, me, role, v_side, v_active, p_subject, s.owner_id, s.side_id, s.document_id, phase) THEN
    decision := 'allow';
  END IF;
END $$;

-- Who of a dossier would read a document of that kind, filed by that author: what the deposit panel shows and the filing freezes.
-- addressed: the chosen sides and persons; the author's own side is always among them (domain 4.1).
CREATE FUNCTION opx.right_readers(p_dossier bigint, p_kind text, p_author bigint, p_sides bigint[], p_persons bigint[])
RETURNS TABLE (person_id bigint, pseudonym integer, role text, side_id bigint, value text, rule text, reads boolean)
LANGUAGE sql STABLE AS $$
  SELECT m.person_id, m.pseudonym, m.role, m.side_id, coalesce(c.value, 'deny'), coalesce(c.rule, ''),
         m.person_id = p_author OR CASE coalesce(c.value, 'deny')
           WHEN 'allow' THEN true
           WHEN 'own' THEN false
           WHEN 'side' THEN m.side_id IS NOT NULL AND m.side_id = a.side_id
           WHEN 'addressed' THEN (m.side_id IS NOT NULL AND (m.side_id = ANY (p_sides) OR m.side_id = a.side_id)) OR m.person_id = ANY (p_persons)
           ELSE false END
    FROM opx.member m
    JOIN opx.dossier d ON d.id = m.dossier_id
    LEFT JOIN opx.member a ON a.dossier_id = m.dossier_id AND a.person_id = p_author
    LEFT JOIN opx.right_cell c ON c.object = p_kind AND c.action = 'read' AND c.state = d.phase AND c.role = m.role
   WHERE m.dossier_id = p_dossier AND m.left_at IS NULL
   ORDER BY m.pseudonym $$;
