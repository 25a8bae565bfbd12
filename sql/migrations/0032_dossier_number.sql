-- SPDX-License-Identifier: MPL-2.0
-- The next number of a court counted only the dossiers that its asker may see: whoever did not see the newest one opened none.
-- One after the other: who opens meanwhile waits for the row of the court.
CREATE FUNCTION opx.next_dossier_number(p_court bigint) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = opx, pg_temp AS $$
BEGIN
  PERFORM FROM opx.court c WHERE c.id = p_court FOR NO KEY UPDATE;
  RETURN (SELECT coalesce(max(d.number), 0) + 1 FROM opx.dossier d WHERE d.court_id = p_court);
END $$;
REVOKE EXECUTE ON FUNCTION opx.next_dossier_number(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opx.next_dossier_number(bigint) TO opx_web;
