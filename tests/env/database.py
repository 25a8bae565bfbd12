# SPDX-License-Identifier: MPL-2.0
"""PostgreSQL of an instance: who comes in, what each role may, what only grows, and whose rows are seen."""
import os
import subprocess

from instance import IS_ROOT

SERVICES = ("opx_web", "opx_seal", "opx_files", "opx_signin", "opx_post", "opx_make", "opx_erase")
OWNER = "SET ROLE opx_owner"


def doors(i):
    assert i.sql("postgres", "SHOW listen_addresses") == ""
    mode = os.stat(os.path.join(i.run, "pg")).st_mode & 0o777
    assert mode & 0o007 == 0, "the folder of the socket has mode %o" % mode
    for name, value in (("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("data_checksums", "on")):
        assert i.sql("postgres", "SHOW " + name) == value, name
    assert i.sql("postgres", "SELECT count(*) FROM pg_database WHERE datallowconn AND datname NOT IN ('postgres', 'template1', 'opx')") == "0"
    assert i.sql("postgres", "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method NOT IN ('peer', 'reject') OR type <> 'local'") == "0"
    if IS_ROOT:
        for who, role in (("opx-web", "opx_seal"), ("opx-files", "opx_web"), ("opx-web", "postgres"), ("opx-admin", "opx_web")):
            done = subprocess.run(["setpriv", "--reuid", who, "--regid", who, "--init-groups", "--", "psql", "-X", "-At", "-h", os.path.join(i.run, "pg"),
                                   "-p", str(i.port), "-U", role, "-d", "opx", "-c", "SELECT 1"], capture_output=True, text=True, cwd="/")
            assert done.returncode != 0 and "failed" in done.stderr, "%s comes in as %s" % (who, role)


def roles(i):
    assert i.sql("postgres", "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper") == "postgres"
    assert i.sql("postgres", "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolbypassrls AND NOT rolsuper") == "opx_backup"
    assert i.sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'opx%' AND (rolcreaterole OR rolcreatedb OR rolreplication)") == "0"
    assert i.sql("postgres", "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'opx%' "
                 "AND pg_get_userbyid(c.relowner) <> 'opx_owner'") == "0"
    assert i.sql("postgres", "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE 'opx%' "
                 "AND p.prosecdef AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')") == "0"
    for role in SERVICES:
        if role == "opx_erase":
            continue
        i.sql(role, OWNER, fails=True)
        i.sql(role, "CREATE TABLE opx.x (a int)", fails=True)
        i.sql(role, "CREATE TABLE public.x (a int)", fails=True)
        i.sql(role, "CREATE TEMP TABLE x (a int)", fails=True)


def grants(i):
    """A few that would each be a disaster, and the whole list of who may change proof."""
    for role, statement in (
            ("opx_web", "SELECT body FROM opx.event_body"), ("opx_web", "SELECT secret FROM opx.job"), ("opx_web", "SELECT * FROM opx.security_event"),
            ("opx_web", "DELETE FROM opx.event"), ("opx_web", "UPDATE opx.filing SET sealed_at = now()"), ("opx_web", "INSERT INTO opx.leaf VALUES (1, 1, 1, '')"),
            ("opx_web", "UPDATE opx.document_content SET title = ''"), ("opx_seal", "UPDATE opx.filing SET title = ''"),
            ("opx_seal", "DELETE FROM opx.leaf"), ("opx_seal", "SELECT * FROM opx.account"), ("opx_files", "SELECT * FROM opx.account"),
            ("opx_signin", "SELECT * FROM opx.document_content"), ("opx_post", "UPDATE opx.document_content SET title = ''"),
            ("opx_make", "UPDATE opx.checkpoint SET note = ''"), ("opx_migrate", "SELECT * FROM opx.event_body"), ("opx_migrate", "DELETE FROM opx.account"),
            ("opx_monitor", "SELECT * FROM opx.dossier")):
        i.sql(role, statement, fails=True)
    changers = i.sql("postgres", "SELECT string_agg(DISTINCT r || ' ' || t, ', ' ORDER BY r || ' ' || t) FROM "
                     "unnest(ARRAY['%s']) r, unnest(ARRAY['event', 'leaf', 'checkpoint', 'token', 'global_line', 'security_event', 'handover', "
                     "'document', 'document_content', 'document_recipient', 'filing']) t "
                     "WHERE has_table_privilege(r, 'opx.' || t, 'UPDATE, DELETE, TRUNCATE')" % "','".join(SERVICES))
    assert changers == "", "may change proof: %s" % changers


def only_grows(i):
    """Not even the owner, nor a superuser who switches triggers off for replicas, changes a row of proof."""
    for table in ("event", "leaf", "checkpoint", "token", "global_line", "security_event", "handover", "document_recipient"):
        enabled = i.sql("postgres", "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'opx.%s'::regclass AND tgname LIKE 'only_grows%%' AND tgenabled = 'A'" % table)
        assert enabled == "2", table
        assert "only grows" in i.sql("opx_migrate", OWNER, "TRUNCATE opx.%s CASCADE" % table, fails=True), table
    for table in ("checkpoint", "global_line", "security_event"):
        assert i.sql("opx_migrate", OWNER, "SELECT count(*) > 0 FROM opx.%s" % table).endswith("t"), "no row in %s: the test proves nothing" % table
        for role, first in (("opx_migrate", OWNER), ("postgres", "SET session_replication_role = replica")):
            for statement in ("DELETE FROM opx.%s", "UPDATE opx.%s SET at = at" if table != "global_line" else "UPDATE opx.%s SET line = line"):
                assert "only grows" in i.sql(role, first, statement % table, fails=True), (role, statement)


def rows_by_person(i):
    """Two invented dossiers in a transaction that is rolled back: each person sees his own, nobody sees nothing."""
    unforced = i.sql("postgres", "SELECT string_agg(c.relname, ' ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'dossier_id' "
                     "WHERE c.relkind = 'r' AND c.relnamespace = 'opx'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity) "
                     "AND c.relname NOT IN ('security_event')")
    assert unforced == "", "tables of dossiers without row security: %s" % unforced
    seen = i.sql("postgres", """
        BEGIN;
        INSERT INTO opx.person (family_name, mail) VALUES ('Un', 'un@essai.example'), ('Deux', 'deux@essai.example'), ('Trois', 'trois@essai.example');
        INSERT INTO opx.dossier (court_id, number, rg_number, title, procedure, phase, decision_ref, created_by)
          SELECT (SELECT min(id) FROM opx.court), 900000 + row_number() OVER (), '26/1', family_name, 'civil', 'in_progress', 'x', id
            FROM opx.person WHERE family_name IN ('Un', 'Deux');
        INSERT INTO opx.member (dossier_id, person_id, pseudonym, role, accepted_at)
          SELECT d.id, d.created_by, 1, 'expert', now() FROM opx.dossier d WHERE d.number > 900000;
        CREATE TEMP TABLE seen (who text, n bigint, mine bigint) ON COMMIT DROP;
        GRANT INSERT ON seen TO opx_web;
        CREATE FUNCTION pg_temp.look(who text, me bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          PERFORM set_config('opx.person', coalesce(me::text, ''), true);
          INSERT INTO seen SELECT who, count(*), count(*) FILTER (WHERE created_by = me) FROM opx.dossier; END $$;
        CREATE TEMP TABLE ids ON COMMIT DROP AS SELECT family_name, id FROM opx.person WHERE family_name IN ('Un', 'Deux', 'Trois');
        GRANT SELECT ON ids TO opx_web;
        SET LOCAL ROLE opx_web;
        SELECT pg_temp.look(family_name, id) FROM ids;
        SELECT pg_temp.look('nobody', NULL);
        RESET ROLE;
        SELECT 'SEEN ' || string_agg(who || '=' || n || '/' || mine, ' ' ORDER BY who) FROM seen;
        ROLLBACK""")
    line = [x for x in seen.splitlines() if x.startswith("SEEN ")]
    assert line == ["SEEN Deux=1/1 Trois=0/0 Un=1/1 nobody=0/0"], seen
