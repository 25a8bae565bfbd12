-- SPDX-License-Identifier: MPL-2.0
-- What was erased does not come back, of the lists of members as of bodies (0022). A list says nothing of its own that would tell whether it
-- was there before, so the hash of each erased one stays, which events name anyway. Lists are salted: a new one never has an old hash.
CREATE TABLE opx.member_list_erased (
  sha256     bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  erased_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON opx.member_list_erased TO opx_backup;

CREATE FUNCTION opx.remember_erased_list() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = opx, pg_temp AS
$$ BEGIN
  INSERT INTO opx.member_list_erased (sha256) VALUES (OLD.sha256);
  RETURN OLD;
END $$;
CREATE FUNCTION opx.refuse_erased_list() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = opx, pg_temp AS
$$ BEGIN
  IF EXISTS (SELECT FROM opx.member_list_erased e WHERE e.sha256 = NEW.sha256) THEN
    RAISE EXCEPTION 'list of members % was erased, it is not written again', encode(NEW.sha256, 'hex') USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION opx.remember_erased_list(), opx.refuse_erased_list() FROM PUBLIC;
CREATE TRIGGER erased BEFORE DELETE ON opx.member_list FOR EACH ROW EXECUTE FUNCTION opx.remember_erased_list();
CREATE TRIGGER once BEFORE INSERT ON opx.member_list FOR EACH ROW EXECUTE FUNCTION opx.refuse_erased_list();
ALTER TABLE opx.member_list ENABLE ALWAYS TRIGGER erased;
ALTER TABLE opx.member_list ENABLE ALWAYS TRIGGER once;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON opx.member_list_erased FOR EACH ROW EXECUTE FUNCTION opx.refuse_change();
CREATE TRIGGER only_grows_truncate BEFORE TRUNCATE ON opx.member_list_erased FOR EACH STATEMENT EXECUTE FUNCTION opx.refuse_change();
ALTER TABLE opx.member_list_erased ENABLE ALWAYS TRIGGER only_grows;
ALTER TABLE opx.member_list_erased ENABLE ALWAYS TRIGGER only_grows_truncate;
