-- SPDX-License-Identifier: MPL-2.0
-- What was erased does not come back. A body is written with its event, before any leaf: an event that has its leaf and no body has lost
-- it to an erasure. Whoever writes acts could put one there again, the same or another (which its hash would have shown).
CREATE FUNCTION opx.refuse_body_after_leaf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = opx, pg_temp AS
$$ BEGIN
  IF EXISTS (SELECT FROM opx.leaf l WHERE l.event_id = NEW.event_id) THEN
    RAISE EXCEPTION 'event % is sealed, its body is not written again', NEW.event_id USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION opx.refuse_body_after_leaf() FROM PUBLIC;
CREATE TRIGGER once BEFORE INSERT ON opx.event_body FOR EACH ROW EXECUTE FUNCTION opx.refuse_body_after_leaf();
ALTER TABLE opx.event_body ENABLE ALWAYS TRIGGER once;
