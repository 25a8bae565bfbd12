/* SPDX-License-Identifier: MPL-2.0 */
/* story.c: see story.h. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "db/migrate.h"
#include "domain/dossier.h"
#include "domain/filing.h"
#include "matrix.h"
#include "sql_test_story.h"

static const struct opx_logger logger = { .fd = 2, .level = OPX_ERROR, .process = "test-db" };

static struct opx_db *connect_to(const char *database, const char *role)
{
	struct opx_db *db = NULL;
	struct opx_error err;
	char conninfo[300];
	const char *host = getenv("OPX_TEST_PG");
	ck_assert_ptr_nonnull(host);
	(void)snprintf(conninfo, sizeof(conninfo), "host=%s dbname=%s user=%s connect_timeout=5", host,
		       database, role);
	ck_assert_ok(opx_db_open(conninfo, &logger, &db, &err), err);
	return db;
}

struct opx_db *story_connect(const char *role)
{
	return connect_to("opx", role);
}

struct opx_db *story_connect_again(const struct story *s, const char *role)
{
	return connect_to(s->clone != NULL ? s->clone : "opx", role);
}

static void migrate(struct opx_arena *arena)
{
	struct opx_migration_text *list = NULL;
	size_t n = 0, applied = 0;
	struct opx_error err;
	struct opx_db *db = story_connect("opx_migrate");
	struct opx_str folder = opx_strf(arena, "%s/sql/migrations", getenv("OPX_SOURCE"));
	ck_assert_ok(opx_migrate_read_folder(arena, folder.p, &list, &n, &err), err);
	ck_assert_ok(opx_migrate(db, arena, "opx", list, n, &applied, &err), err);
	opx_db_close(db);
}

static void databases(const char *command, const char *name, const char *rest)
{
	struct opx_error err;
	char sql[200];
	struct opx_db *db = connect_to("postgres", "postgres");
	(void)snprintf(sql, sizeof(sql), "%s DATABASE %s %s", command, name, rest);
	ck_assert_ok(opx_db_script(db, sql, &err), err);
	opx_db_close(db);
}

static struct opx_strs column(struct opx_arena *arena, const struct matrix_cell *cells, size_t n,
			      size_t which)
{
	struct opx_str *list = OPX_NEW_N(arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++) {
		const struct opx_str fields[] = { cells[i].object,           cells[i].action,
						  opx_str_z(cells[i].state), opx_str_z(cells[i].role),
						  opx_str_z(cells[i].value), cells[i].rule };
		list[i] = fields[which];
	}
	return (struct opx_strs){ .p = list, .n = n };
}

void story_publish(struct story *s, struct opx_bytes csv)
{
	struct opx_error err;
	struct matrix matrix;
	const struct matrix_cell *cells = NULL;
	size_t n = 0;
	struct opx_sha256 hash = opx_sha256(csv);
	ck_assert_ok(matrix_parse(s->arena, csv, &matrix, &err), err);
	matrix_compile(s->arena, &matrix, &cells, &n);
	ck_assert_ok(sql_story_rights_retire(s->owner, OPX_STR(""), NULL, &err), err);
	ck_assert_ok(sql_story_rights(s->owner, (struct opx_bytes){ .p = hash.b, .n = 32 }, csv, NULL, &err),
		     err);
	ck_assert_ok(sql_story_cells_forget(s->owner, OPX_STR(""), NULL, &err), err);
	ck_assert_ok(sql_story_cells(s->owner, column(s->arena, cells, n, 0), column(s->arena, cells, n, 1),
				     column(s->arena, cells, n, 2), column(s->arena, cells, n, 3),
				     column(s->arena, cells, n, 4), column(s->arena, cells, n, 5), NULL,
				     &err),
		     err);
	s->matrix = csv;
}

void story_other_matrix(struct story *s)
{
	struct opx_buf csv;
	opx_buf_init(&csv, s->arena, s->matrix.n + 200);
	opx_buf_put(&csv, s->matrix.p, s->matrix.n);
	opx_buf_puts(&csv, "other_memo,read,any");
	for (int i = 0; i < MATRIX_ROLES; i++)
		opx_buf_puts(&csv, ",deny");
	opx_buf_puts(&csv, ",x\n");
	story_publish(s, opx_buf_bytes(&csv));
}

static void load_matrix(struct story *s)
{
	struct opx_str path =
		opx_strf(s->arena, "%s/plugins/rights-matrix/rights-matrix.csv", getenv("OPX_SOURCE"));
	FILE *f = fopen(path.p, "r");
	ck_assert_ptr_nonnull(f);
	uint8_t *data = opx_arena_alloc(s->arena, 1, 1000000);
	const struct opx_bytes csv = { .p = data, .n = fread(data, 1, 1000000, f) };
	(void)fclose(f);
	story_publish(s, csv);
}

static void add(struct story *s, struct someone *who, const char *name, const char *role)
{
	struct opx_error err;
	struct sql_story_person_row row;
	struct sql_story_session_row session;
	uint8_t token[32];
	opx_random_fill(&opx_random_real, token, sizeof(token));
	ck_assert_ok(sql_story_person(s->owner, opx_str_z(name), opx_strf(s->arena, "%s@exemple.fr", name),
				      &row, &err),
		     err);
	if (role[0] != '\0')
		ck_assert_ok(sql_story_capacity(s->owner, row.account_id, opx_str_z(role), &s->court, NULL,
						&err),
			     err);
	ck_assert_ok(sql_story_session(s->owner, row.account_id, row.person_id,
				       (struct opx_bytes){ .p = token, .n = 32 }, &session, &err),
		     err);
	*who = (struct someone){ .person = row.person_id, .account = row.account_id };
	who->session = (struct opx_session){ .id = session.id,
					     .account = row.account_id,
					     .person = row.person_id,
					     .name = opx_str_z(name),
					     .auth_kind = OPX_STR("code+mail"),
					     .auth_at = opx_now(&opx_clock_real) };
	memcpy(who->session.token_sha256, token, 32);
}

static void people(struct story *s, const char *database)
{
	struct opx_error err;
	struct sql_story_court_row court;
	s->owner = connect_to(database, "postgres");
	s->web = connect_to(database, "opx_web");
	(void)opx_db_use_arena(s->owner, s->arena);
	(void)opx_db_use_arena(s->web, s->arena);
	load_matrix(s);
	ck_assert_ok(sql_story_court(s->owner, OPX_STR("tj_essai"), &court, &err), err);
	s->court = court.id;
	add(s, &s->expert, "expert", "expert");
	add(s, &s->judge, "juge", "judge");
	add(s, &s->lawyer, "avocat", "");
	add(s, &s->party, "partie", "");
	add(s, &s->stranger, "inconnu", "");
}

void story_begin(struct story *s)
{
	*s = (struct story){ .arena = opx_arena_new((size_t)256 * 1024 * 1024) };
	migrate(s->arena);
	people(s, "opx");
}

void story_begin_clone(struct story *s, const char *database)
{
	*s = (struct story){ .arena = opx_arena_new((size_t)256 * 1024 * 1024), .clone = database };
	databases("CREATE", database, "TEMPLATE opx_template");
	people(s, database);
}

void story_end(struct story *s)
{
	opx_db_close(s->web);
	opx_db_close(s->owner);
	if (s->clone != NULL)
		databases("DROP", s->clone, "");
	opx_arena_free(s->arena);
}

struct opx_act story_act(struct story *s, const struct someone *who)
{
	static const struct opx_software software = { .build = "test" };
	return (struct opx_act){
		.db = s->web,
		.arena = s->arena,
		.clock = &opx_clock_real,
		.random = &opx_random_real,
		.software = &software,
		.session = &who->session,
		.request_id = OPX_STR("req"),
		.address = OPX_STR("127.0.0.1"),
		.agent = OPX_STR("test"),
	};
}

static bool is_restricted(const void *kinds, struct opx_str kind)
{
	(void)kinds;
	return opx_str_is(kind, "restricted_exhibit");
}

static enum opx_status may(void *rights, struct opx_act *act, struct opx_str kind, bool *ret,
			   struct opx_error *err)
{
	struct sql_story_ask_row row;
	(void)rights;
	OPX_TRY(sql_story_ask(act->db, kind, OPX_STR("deposit"), OPX_STR("dossier"), act->dossier, &row,
			      err));
	*ret = opx_str_is(row.decision, "allow");
	return OPX_OK;
}

enum opx_status story_confirm(struct story *s, const struct someone *who, int64_t id, const char *fingerprint,
			      int32_t *ret_number, struct opx_error *err)
{
	OPX_AUTO_TX tx;
	struct opx_filing_plan plan;
	int64_t dossier = 0;
	struct opx_act act = story_act(s, who);
	struct opx_filing_order order = {
		.draft = id,
		.is_series_per_side = is_restricted,
		.needs_ground = is_restricted,
		.may_deposit = may,
	};
	OPX_TRY(opx_tx_begin(s->web, &tx, who->person, err));
	enum opx_status planned = opx_filing_plan(&act, id, false, &plan, err);
	order.fingerprint = opx_str_z(fingerprint != NULL ? fingerprint
				      : planned == OPX_OK ? plan.fingerprint
							  : "");
	OPX_TRY(opx_filing_confirm(&act, &order, &dossier, ret_number, err));
	return opx_tx_commit(&tx, err);
}

int64_t story_open_dossier(struct story *s, const char *rg)
{
	const struct opx_str sides[] = { OPX_STR("SCI Essai"), OPX_STR("SAS Défense") };
	struct opx_error err;
	struct opx_tx tx;
	int64_t id = 0;
	struct opx_act act = story_act(s, &s->expert);
	const struct opx_dossier_new fresh = {
		.court = s->court,
		.rg = opx_str_z(rg),
		.minute = OPX_STR(""),
		.title = OPX_STR("Infiltrations"),
		.procedure = OPX_STR("civil"),
		.phase = OPX_STR("draft"),
		.decision_ref = OPX_STR("ordonnance du 12 mai 2026"),
		.judge = OPX_STR(""),
		.clerk = OPX_STR(""),
		.role = OPX_STR("expert"),
		.log_host = OPX_STR("opx.test"),
		.sides = { .p = sides, .n = OPX_COUNT(sides) },
	};
	ck_assert_ok(opx_tx_begin(s->web, &tx, s->expert.person, &err), err);
	ck_assert_ok(opx_dossier_create(&act, &fresh, &id, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return id;
}
