-- SPDX-License-Identifier: MPL-2.0
-- Roles of security.md 5.7 and the empty schema. Run as superuser before the migrations; running it again changes nothing.
-- No service role owns a table, creates objects or is superuser. opx_migrate may SET ROLE opx_owner and is used by opx-admin.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['opx_migrate','opx_web','opx_seal','opx_files','opx_signin','opx_post','opx_make','opx_erase','opx_backup','opx_monitor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', r); END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'opx_owner') THEN CREATE ROLE opx_owner NOLOGIN; END IF;
END $$;
GRANT opx_owner TO opx_migrate;
ALTER ROLE opx_backup BYPASSRLS;
GRANT pg_monitor TO opx_monitor;
ALTER ROLE opx_web CONNECTION LIMIT 120;
ALTER ROLE opx_seal CONNECTION LIMIT 4;
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['opx_web','opx_seal','opx_files','opx_signin','opx_post','opx_make','opx_erase','opx_migrate'] LOOP
    EXECUTE format('ALTER ROLE %I SET search_path = opx, pg_temp', r);
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''3s''', r);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''15s''', r);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', r);
    EXECUTE format('ALTER ROLE %I SET jit = off', r);
  END LOOP;
  ALTER ROLE opx_migrate SET statement_timeout = 0;
  ALTER ROLE opx_migrate SET lock_timeout = 0;
  ALTER ROLE opx_make SET statement_timeout = '60s';
  ALTER ROLE opx_make SET idle_in_transaction_session_timeout = '120s';
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS opx AUTHORIZATION opx_owner;
GRANT USAGE ON SCHEMA opx TO opx_migrate, opx_web, opx_seal, opx_files, opx_signin, opx_post, opx_make, opx_erase, opx_backup, opx_monitor;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO opx_owner', current_database()); END $$;
