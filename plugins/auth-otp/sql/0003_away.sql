-- SPDX-License-Identifier: MPL-2.0
-- While no code can leave, a person asks again and again: of one such time only the last ask counts, as only its code will leave.
-- The same for a wrong access code, so that it looks the same.

-- Since when no code can leave; '-infinity' when the lane that sends them is not there (its own hour nobody wrote down); NULL: they
-- leave.
CREATE FUNCTION away_since() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE usename = 'opx_signin')
               THEN (SELECT since FROM opx.trouble WHERE name = 'mail') ELSE '-infinity' END $$;

-- Was the newest of these asked while no code could leave?
ALTER TABLE asked ADD COLUMN is_away boolean NOT NULL DEFAULT false;
