/* SPDX-License-Identifier: MPL-2.0 */
/* test_example_handlers.c: the handlers of the example plugin, driven through a fake host: what a plugin's author writes to test his
 * own. The plugin is the file that an instance loads; the host is a dozen functions over one fake request. */
#include "support/check_opx.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <opx/plugin.h>

#include "base/arena.h"
#include "html/html.h"
#include "sql_queries.h"

/* Opaque to plugins: here it is what the test gives and what the handler answered. */
struct opx_request {
	struct opx_arena *arena;
	struct opx_session session;
	struct opx_html html;
	const char *form; /* what the field "texte" has; NULL: the host refuses it */
	int status;
	struct opx_str location;
};

struct registered {
	const struct opx_route *routes[4];
	size_t n_routes;
	void *self;
	const struct opx_event_listener *listener;
};

static struct registered registered;
static struct opx_host host;
static void *file;
static struct opx_arena *arena;

/* The table of memos is one row; the statement that came last, and its parameters. */
static struct {
	const char *name;
	int64_t id;
	struct opx_str text;
	enum opx_status answer;
	struct sql_example_memo_row row;
	size_t n;
} db;

static void *plugin_alloc(struct opx_registrar *reg, size_t size)
{
	(void)reg;
	return opx_arena_alloc(arena, 1, size);
}

static int64_t setting_i64(struct opx_registrar *reg, const char *name)
{
	(void)reg;
	ck_assert_str_eq(name, "max_chars");
	return 5;
}

static enum opx_status add_route(struct opx_registrar *reg, const struct opx_route *route, void *self,
				 struct opx_error *err)
{
	(void)reg;
	(void)err;
	ck_assert_uint_lt(registered.n_routes, OPX_COUNT(registered.routes));
	registered.routes[registered.n_routes++] = route;
	registered.self = self;
	return OPX_OK;
}

static enum opx_status add_event_listener(struct opx_registrar *reg,
					  const struct opx_event_listener *listener, void *self,
					  struct opx_error *err)
{
	(void)reg;
	(void)err;
	ck_assert_ptr_eq(self, registered.self);
	registered.listener = listener;
	return OPX_OK;
}

static enum opx_status add_document_kind(struct opx_registrar *reg, const struct opx_document_kind *kind,
					 void *self, struct opx_error *err)
{
	(void)reg;
	(void)kind;
	(void)self;
	(void)err;
	return OPX_OK;
}

static enum opx_status sql_run(struct opx_db *of, const struct opx_statement *st,
			       const struct opx_sql_value *params, void *ret_rows, size_t *ret_n,
			       struct opx_error *err)
{
	(void)of;
	db.name = st->name;
	db.n++;
	db.id = params[0].v.i64;
	if (st->n_params > 1)
		db.text = params[1].v.str;
	if (db.answer != OPX_OK)
		return OPX_FAIL(err, db.answer, "x", "the database is away");
	if (ret_rows != NULL)
		*(struct sql_example_memo_row *)ret_rows = db.row;
	*ret_n = 1;
	return OPX_OK;
}

static struct opx_arena *rq_arena(struct opx_request *rq)
{
	return rq->arena;
}

static struct opx_db *rq_db(struct opx_request *rq)
{
	(void)rq;
	return NULL;
}

static const struct opx_session *rq_session(struct opx_request *rq)
{
	return &rq->session;
}

static enum opx_status rq_form_opt(struct opx_request *rq, const char *name, enum opx_text_kind kind,
				   size_t max_bytes, struct opx_str *ret, struct opx_error *err)
{
	ck_assert_str_eq(name, "texte");
	ck_assert_int_eq(kind, OPX_TEXT_BLOCK);
	(void)max_bytes;
	if (rq->form == NULL)
		return OPX_FAIL(err, OPX_INVALID, "Ce champ n’est pas lisible.", "not UTF-8");
	*ret = opx_str_z(rq->form);
	return OPX_OK;
}

static struct opx_html *rq_html(struct opx_request *rq, int status, struct opx_str title)
{
	(void)title;
	rq->status = status;
	opx_html_init(&rq->html, rq->arena, OPX_STR("jeton"));
	return &rq->html;
}

static void rq_see_other(struct opx_request *rq, struct opx_str path)
{
	rq->status = 303;
	rq->location = path;
}

static void setup(void)
{
	char path[512];
	struct opx_error err;
	void *self = NULL;
	(void)snprintf(path, sizeof(path), "%s/plugins/example.so", getenv("OPX_BUILD"));
	file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(file != NULL, "%s", dlerror());
	const struct opx_plugin *plugin = dlsym(file, "opx_plugin");
	ck_assert_ptr_nonnull(plugin);
	arena = opx_arena_new((size_t)4 << 20);
	memset(&db, 0, sizeof(db));
	registered = (struct registered){ .n_routes = 0 };
	host = (struct opx_host){ .size = sizeof(host),
				  .plugin_alloc = plugin_alloc,
				  .setting_i64 = setting_i64,
				  .add_route = add_route,
				  .add_event_listener = add_event_listener,
				  .add_document_kind = add_document_kind,
				  .sql_run = sql_run,
				  .rq_arena = rq_arena,
				  .rq_db = rq_db,
				  .rq_session = rq_session,
				  .rq_form_opt = rq_form_opt,
				  .rq_html = rq_html,
				  .rq_see_other = rq_see_other };
	ck_assert_ok(plugin->plug(&host, NULL, &self, &err), err);
	ck_assert_ptr_nonnull(registered.listener);
}

static void teardown(void)
{
	opx_arena_free(arena);
	(void)dlclose(file);
}

static struct opx_request request_of(const char *form)
{
	return (struct opx_request){ .arena = arena, .session = { .person = 7 }, .form = form };
}

static enum opx_status handle(enum opx_method method, struct opx_request *rq, struct opx_error *err)
{
	for (size_t i = 0; i < registered.n_routes; i++)
		if (registered.routes[i]->method == method)
			return registered.routes[i]->handle(rq, registered.self, err);
	ck_abort_msg("no such route");
	return OPX_INTERNAL;
}

static const char *page_of(struct opx_request *rq)
{
	struct opx_bytes out;
	struct opx_error err;
	ck_assert_ok(opx_html_finish(&rq->html, &out, &err), err);
	return opx_str_copy(arena, (const char *)out.p, out.n).p;
}

START_TEST(its_page_shows_the_persons_own_memo)
{
	struct opx_request rq = request_of(NULL);
	struct opx_error err;
	db.row = (struct sql_example_memo_row){ .text = OPX_STR("<b> & moi"), .sealed = 42 };
	ck_assert_ok(handle(OPX_GET, &rq, &err), err);
	ck_assert_int_eq(rq.status, 200);
	ck_assert_str_eq(db.name, "example_memo");
	ck_assert_int_eq(db.id, 7);
	const char *page = page_of(&rq);
	ck_assert_ptr_nonnull(strstr(page, "&lt;b&gt; &amp; moi</textarea>"));
	ck_assert_ptr_nonnull(strstr(page, "module : 42."));
	ck_assert_ptr_nonnull(strstr(page, "5 caractères au plus."));
	ck_assert_ptr_null(strstr(page, "role=\"alert\""));
}
END_TEST

START_TEST(a_memo_is_saved_then_shown)
{
	struct opx_request rq = request_of("héhéé"); /* five characters, eight bytes */
	struct opx_error err;
	ck_assert_ok(handle(OPX_POST, &rq, &err), err);
	ck_assert_int_eq(rq.status, 303);
	ck_assert_str(rq.location, "/exemple/memo");
	ck_assert_str_eq(db.name, "example_save");
	ck_assert_int_eq(db.id, 7);
	ck_assert_str(db.text, "héhéé");
}
END_TEST

/* What is refused comes back with its sentence, and nothing is written. */
static const struct {
	const char *form, *sentence, *shown;
} refused[] = {
	{ "héhééh", "Ce texte est trop long", ">héhééh</textarea>" },
	{ NULL, "Ce champ n’est pas lisible.", ">avant</textarea>" },
};

START_TEST(a_refused_memo_is_shown_again)
{
	struct opx_request rq = request_of(refused[_i].form);
	struct opx_error err;
	db.row = (struct sql_example_memo_row){ .text = OPX_STR("avant") };
	ck_assert_ok(handle(OPX_POST, &rq, &err), err);
	ck_assert_int_eq(rq.status, 422);
	ck_assert_str_eq(db.name, "example_memo");
	ck_assert_uint_eq(db.n, 1);
	const char *page = page_of(&rq);
	ck_assert_ptr_nonnull(strstr(page, refused[_i].sentence));
	ck_assert_ptr_nonnull(strstr(page, refused[_i].shown));
}
END_TEST

START_TEST(a_sealed_deposit_is_counted_by_its_number)
{
	struct opx_job job = { .arena = arena };
	const struct opx_filing_sealed filing = { .filing = 31, .dossier = 4 };
	struct opx_error err;
	ck_assert_ok(registered.listener->filing_sealed(registered.self, &job, &filing, &err), err);
	ck_assert_str_eq(db.name, "example_sealed");
	ck_assert_int_eq(db.id, 31);
}
END_TEST

/* Core tells it again; a listener that says yes would never hear of it again. */
START_TEST(a_database_that_is_away_is_no_success)
{
	struct opx_job job = { .arena = arena };
	const struct opx_filing_sealed filing = { .filing = 31 };
	struct opx_request rq = request_of("moi");
	db.answer = OPX_UNAVAILABLE;
	ck_assert_status(registered.listener->filing_sealed(registered.self, &job, &filing, NULL),
			 OPX_UNAVAILABLE);
	ck_assert_status(handle(OPX_POST, &rq, NULL), OPX_UNAVAILABLE);
	ck_assert_status(handle(OPX_GET, &rq, NULL), OPX_UNAVAILABLE);
	ck_assert_int_eq(rq.status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("example-handlers");
	TCase *tc = tcase_create("handlers");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, its_page_shows_the_persons_own_memo);
	tcase_add_test(tc, a_memo_is_saved_then_shown);
	tcase_add_loop_test(tc, a_refused_memo_is_shown_again, 0, (int)OPX_COUNT(refused));
	tcase_add_test(tc, a_sealed_deposit_is_counted_by_its_number);
	tcase_add_test(tc, a_database_that_is_away_is_no_success);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
