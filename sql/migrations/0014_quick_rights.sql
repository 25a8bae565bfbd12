-- SPDX-License-Identifier: MPL-2.0
-- The same rights, asked quickly. What was slow: a scalar function whose body holds a subquery is never inlined, and PostgreSQL plans
-- it anew in each statement; an EXISTS inside a policy is planned twice (as a lookup and as a hash of all the person's dossiers), at
-- each level of nesting, and looked up for each row. So: what lists ask is inlinable or a view, what acts ask is plpgsql, whose plans a
-- connection keeps; membership of a dossier is looked up once a transaction; and OFFSET 0 leaves one plan for each EXISTS, the lookup
-- by primary key (design section 6).

-- A grant acts when it was not taken back and its leaf lies under the newest signed head, so that no opening precedes its ground.
-- The first view reads with its owner's right: which events are sealed is no secret, and the logs' policies would be asked for nothing.
CREATE VIEW opx.event_under_head AS
  SELECT l.event_id FROM opx.leaf l WHERE EXISTS (SELECT FROM opx.checkpoint c WHERE c.log_id = l.log_id AND c.size > l.seq OFFSET 0);
CREATE VIEW opx.grant_in_force WITH (security_invoker = true) AS
  SELECT g.document_id, g.person_id FROM opx.grant_access g
   WHERE g.taken_at IS NULL AND EXISTS (SELECT FROM opx.event_under_head h WHERE h.event_id = g.event_id OFFSET 0);
GRANT SELECT ON opx.event_under_head, opx.grant_in_force TO opx_web, opx_make, opx_backup;

-- Who may read the content of a document: its author, those whom its frozen list names, those of a grant in force.
CREATE VIEW opx.document_reader WITH (security_invoker = true) AS
  SELECT x.id AS document_id, x.author_id AS person_id FROM opx.document x
  UNION ALL SELECT r.document_id, r.person_id FROM opx.document_recipient r
  UNION ALL SELECT g.document_id, g.person_id FROM opx.grant_in_force g;
GRANT SELECT ON opx.document_reader TO opx_web, opx_make, opx_backup;

CREATE OR REPLACE FUNCTION opx.document_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0) $$;

CREATE OR REPLACE FUNCTION opx.document_line_visible_to(p_viewer bigint) RETURNS SETOF opx.document LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.* FROM opx.document x
     JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
     JOIN opx.dossier d ON d.id = x.dossier_id
     JOIN opx.member m ON m.dossier_id = x.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR x.filed_at <= m.left_at)
    WHERE x.author_id = p_viewer
       OR EXISTS (SELECT FROM opx.right_cell c WHERE c.object = x.kind AND c.action = 'read' AND c.state = d.phase
                     AND c.role = m.role AND c.value <> 'deny' OFFSET 0) $$;

CREATE OR REPLACE FUNCTION opx.act_body_visible_to(p_viewer bigint) RETURNS SETOF opx.event LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT e.* FROM opx.event e
     JOIN opx.log l ON l.id = e.log_id AND l.kind = 'c'
     JOIN opx.member m ON m.dossier_id = e.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR e.at <= m.left_at)
    WHERE m.pseudonym = ANY (e.visible_to)
       OR e.person_id = p_viewer
       OR e.type = 'rights.version'
       OR split_part(e.type, '.', 1) IN ('case', 'member', 'time', 'cert', 'anchor', 'erase', 'hold')
       OR EXISTS (SELECT FROM opx.grant_in_force g WHERE g.document_id = e.document_id AND g.person_id = p_viewer OFFSET 0) $$;

-- One page of the list of a dossier's documents, newest first, and how many there are: asked by the list and by its readings. What
-- a person may read of them is document_visible_to's rule: membership and seal are document_line_visible_to's already.
CREATE FUNCTION opx.exchange_page(p_dossier bigint, p_viewer bigint, p_query text, p_kind text, p_max bigint, p_skip bigint)
RETURNS TABLE (id bigint, n integer, kind text, series_number integer, filing_id bigint, author_id bigint, side_id bigint,
  filed_at timestamptz, ground text, reads boolean, total bigint) LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT x.id, x.n, x.kind, x.series_number, x.filing_id, x.author_id, x.side_id, x.filed_at, x.ground,
          EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0), count(*) OVER ()
     FROM opx.document_line_visible_to(p_viewer) x
    WHERE x.dossier_id = p_dossier
      AND (p_kind = '' OR x.kind = p_kind)
      AND (p_query = ''
           OR EXISTS (SELECT FROM opx.person p WHERE p.id = x.author_id AND opx.person_name(p) ILIKE '%' || p_query || '%' OFFSET 0)
           OR EXISTS (SELECT FROM opx.document_content t JOIN opx.document_reader r ON r.document_id = t.document_id
                       WHERE t.document_id = x.id AND r.person_id = p_viewer
                         AND (t.title ILIKE '%' || p_query || '%' OR t.name_shown ILIKE '%' || p_query || '%') OFFSET 0))
    ORDER BY x.filed_at DESC, x.id DESC LIMIT p_max OFFSET p_skip $$;

-- Does the value of a cell say yes, with the facts of the subject? (domain 4.1)
CREATE OR REPLACE FUNCTION opx.right_fact(p_value text, p_object text, p_action text, p_person bigint, p_role text, p_side bigint,
    p_is_active boolean, p_subject text, s_owner bigint, s_side bigint, s_document bigint, p_phase text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  CASE p_value
    -- judge and clerk by their court alone: the register and the dossiers they open, no content
    WHEN 'allow' THEN RETURN p_is_active OR (p_object, p_action) IN (('case_metadata', 'list'), ('case', 'create'));
    WHEN 'own' THEN RETURN CASE
      WHEN p_object = 'court_presence' THEN true
      WHEN p_action = 'deposit' AND p_phase <> 'draft' THEN p_is_active
      WHEN p_object = 'case_metadata' THEN p_is_active
      WHEN p_subject = 'none' THEN true
      ELSE s_owner = p_person END;
    WHEN 'side' THEN RETURN p_side IS NOT NULL AND (p_subject IN ('dossier', 'none') OR p_action = 'deposit' OR s_side = p_side);
    WHEN 'addressed' THEN RETURN p_is_active AND s_document IS NOT NULL
      AND EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = s_document AND r.person_id = p_person);
    WHEN 'granted' THEN RETURN p_is_active AND s_document IS NOT NULL
      AND EXISTS (SELECT FROM opx.grant_in_force g WHERE g.document_id = s_document AND g.person_id = p_person);
    ELSE RETURN false;
  END CASE;
END $$;

DROP FUNCTION opx.grant_acts(bigint);

CREATE OR REPLACE FUNCTION opx.sees_all_readings(p_role text, p_phase text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS
$$ BEGIN RETURN EXISTS (SELECT FROM opx.right_cell c WHERE c.object = 'reading_state' AND c.action = 'read' AND c.state = p_phase
                           AND c.role = p_role AND c.value = 'allow'); END $$;

-- As what a person stands before a dossier: an accepted member, else (not active) a judge or clerk of its court; NULL: a stranger.
CREATE FUNCTION opx.right_standing(p_dossier bigint, OUT phase text, OUT owner_id bigint, OUT role text, OUT side_id bigint,
    OUT is_active boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  me bigint := opx.me();
  v_court bigint;
BEGIN
  is_active := false;
  SELECT d.phase, d.created_by, d.court_id INTO phase, owner_id, v_court FROM opx.dossier d WHERE d.id = p_dossier;
  SELECT m.role, m.side_id, true INTO role, side_id, is_active FROM opx.member m
   WHERE m.dossier_id = p_dossier AND m.person_id = me AND m.accepted_at IS NOT NULL AND m.left_at IS NULL;
  is_active := coalesce(is_active, false);
  IF role IS NULL AND phase <> 'draft' THEN
    SELECT k.role INTO role FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
     WHERE a.person_id = me AND k.court_id = v_court AND k.role IN ('judge', 'clerk')
       AND (k.until_at IS NULL OR k.until_at > now()) ORDER BY k.role LIMIT 1;
  END IF;
END $$;

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
      IF p_subject = 'claim' AND NOT ((c.court_id IS NOT NULL AND c.court_id = s.court_id)
           OR (c.compagnie_id IS NOT NULL AND c.compagnie_id = s.compagnie_id)) THEN CONTINUE; END IF;
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

-- Is there one of these kinds that the person may deposit in this dossier now? What right_ask would say of each, asked of all at once.
CREATE FUNCTION opx.may_deposit(p_dossier bigint, p_kinds text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  me bigint := opx.me();
  t record;
BEGIN
  SELECT * INTO t FROM opx.right_standing(p_dossier);
  RETURN me IS NOT NULL AND t.role IS NOT NULL AND EXISTS (
    SELECT FROM opx.right_cell c
     WHERE c.object = ANY (p_kinds) AND c.action = 'deposit' AND c.state = t.phase AND c.role = t.role AND c.value <> 'deny'
       AND opx.right_fact(c.value, c.object, 'deposit', me, t.role, t.side_id, t.is_active, 'dossier', t.owner_id, NULL, NULL, t.phase));
END $$;

-- Policies. Membership, looked up outside row security (or member's own policy would ask for ever).
CREATE OR REPLACE FUNCTION opx.is_of(p_dossier bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = opx, pg_temp AS
$$ BEGIN RETURN EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = p_dossier AND m.person_id = opx.me()); END $$;

-- The dossier that this person was last found a member of in this transaction. The person is part of it: another person, or none, is
-- asked for again.
CREATE FUNCTION opx.is_here(p_dossier bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT pg_catalog.current_setting('opx.here', true) = pg_catalog.current_setting('opx.person', true) || '/' || p_dossier $$;
CREATE FUNCTION opx.enters(p_dossier bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT opx.is_of(p_dossier) THEN RETURN false; END IF;
  PERFORM pg_catalog.set_config('opx.here', pg_catalog.current_setting('opx.person', true) || '/' || p_dossier, true);
  RETURN true;
END $$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['mission_item','side','phase_change','filing','document','grant_access','member_list','consent','event'] LOOP
    EXECUTE format('ALTER POLICY web_read ON opx.%I USING (opx.is_here(dossier_id) OR opx.enters(dossier_id))', t);
  END LOOP;
  ALTER POLICY web_update ON opx.grant_access USING (opx.is_here(dossier_id) OR opx.enters(dossier_id));
  FOREACH t IN ARRAY ARRAY['member','participant'] LOOP
    EXECUTE format('ALTER POLICY web_read ON opx.%I USING (person_id = opx.me() OR opx.is_here(dossier_id) OR opx.enters(dossier_id))', t);
    EXECUTE format('ALTER POLICY web_update ON opx.%I USING (person_id = opx.me() OR opx.is_here(dossier_id) OR opx.enters(dossier_id))', t);
  END LOOP;
  -- A recipient's or a reader's own row needs no look at the document.
  FOREACH t IN ARRAY ARRAY['document_recipient','handover'] LOOP
    EXECUTE format('ALTER POLICY web_read ON opx.%I USING (person_id = opx.me() OR EXISTS (SELECT FROM opx.document x WHERE x.id = %I.document_id OFFSET 0))', t, t);
  END LOOP;
END $$;
ALTER POLICY web_read ON opx.document_addressed USING (EXISTS (SELECT FROM opx.document x WHERE x.id = document_id OFFSET 0));

-- A judge or a clerk of the court, as long as he is one: the second net let him see the dossiers of a court that he had left.
DO $$
DECLARE p text;
BEGIN
  FOREACH p IN ARRAY ARRAY['web_read', 'web_update'] LOOP
    EXECUTE format('ALTER POLICY %I ON opx.dossier USING (
      created_by = opx.me()
      OR EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = id AND m.person_id = opx.me() OFFSET 0)
      OR (phase <> ''draft'' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
            WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN (''judge'', ''clerk'')
              AND (k.until_at IS NULL OR k.until_at > now()) OFFSET 0)))', p);
  END LOOP;
END $$;

ALTER POLICY web_read ON opx.document_content USING (
  EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = document_content.document_id AND r.person_id = opx.me() OFFSET 0)
  OR EXISTS (SELECT FROM opx.document x WHERE x.id = document_content.document_id AND x.author_id = opx.me() OFFSET 0)
  OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = document_content.document_id AND g.person_id = opx.me()
                AND g.taken_at IS NULL OFFSET 0));
ALTER POLICY web_read ON opx.log USING (dossier_id IS NULL OR EXISTS (SELECT FROM opx.dossier d WHERE d.id = dossier_id OFFSET 0));
ALTER POLICY web_read ON opx.leaf USING (EXISTS (SELECT FROM opx.log l WHERE l.id = log_id OFFSET 0));
ALTER POLICY web_read ON opx.checkpoint USING (EXISTS (SELECT FROM opx.log l WHERE l.id = log_id OFFSET 0));
ALTER POLICY web_read ON opx.token USING (
  EXISTS (SELECT FROM opx.log l WHERE l.id = log_id OFFSET 0) OR EXISTS (SELECT FROM opx.document x WHERE x.id = document_id OFFSET 0));
