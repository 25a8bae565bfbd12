/* SPDX-License-Identifier: MPL-2.0 */
/* scene.c: see scene.h. */
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "domain/dossier.h"
#include "http/dispatch.h"
#include "http/request.h"
#include "page/screens.h"
#include "plugin/loader.h"
#include "plugin/parser.h"
#include "plugin/registry.h"
#include "sql_draft.h"

#define CSRF "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct opx_logger quiet = { .fd = 2,
					 .level = (enum opx_log_level)(OPX_ERROR + 1),
					 .process = "test-files" };

static struct opx_sha256 hash_of(const char *path)
{
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	struct opx_hasher *h = opx_hasher_new();
	struct opx_sha256 a;
	struct opx_sha512 b;
	uint8_t data[4096];
	for (size_t n = fread(data, 1, sizeof(data), f); n > 0; n = fread(data, 1, sizeof(data), f))
		opx_hasher_add(h, data, n);
	opx_hasher_end(h, &a, &b);
	opx_hasher_free(h);
	(void)fclose(f);
	return a;
}

static void load_plugins(struct scene *s)
{
	static const char *const names[] = { "rights-matrix", "storage-fs", "filecheck-pdf",
					     "filecheck-image" };
	static const char *const required[] = { "rights-matrix", "storage-fs", "filecheck-pdf",
						"filecheck-image", NULL };
	struct opx_arena *arena = s->story.arena;
	struct opx_error err;
	struct opx_plugin_value *value = OPX_NEW(arena, struct opx_plugin_value);
	struct opx_plugin_order *orders = OPX_NEW_N(arena, struct opx_plugin_order, OPX_COUNT(names));
	*value = (struct opx_plugin_value){ .name = "root", .value = s->root };
	for (size_t i = 0; i < OPX_COUNT(names); i++) {
		const char *path = opx_strf(arena, "%s/plugins/%s.so", getenv("OPX_BUILD"), names[i]).p;
		orders[i] = (struct opx_plugin_order){ .name = names[i],
						       .file = path,
						       .config_path = "test",
						       .is_enabled = true,
						       .sha256 = hash_of(path) };
		if (strcmp(names[i], "storage-fs") == 0) {
			orders[i].values = value;
			orders[i].n_values = 1;
		}
	}
	const struct opx_plugins_order order = { .plugins = orders,
						 .n_plugins = OPX_COUNT(names),
						 .required = required,
						 .host = &s->host,
						 .logger = &quiet };
	ck_assert_ok(opx_plugins_load(&order, &s->plugins, &err), err);
	ck_assert_ok(opx_plugins_start(s->plugins, required, &quiet, &err), err);
	s->registry = opx_plugins_registry(s->plugins);
	s->services.registry = s->registry;
}

static void add_routes(struct scene *s, const struct opx_route *routes, size_t n)
{
	struct opx_error err;
	for (size_t i = 0; i < n; i++)
		ck_assert_ok(opx_router_add(s->router, &routes[i], &s->pages, 0, &err), err);
}

static void open_dossier(struct scene *s)
{
	const struct opx_str sides[] = { OPX_STR("SCI Essai"), OPX_STR("SAS Défense") };
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&s->story, &s->story.expert);
	const struct opx_dossier_new fresh = { .court = s->story.court,
					       .rg = OPX_STR("26/00001"),
					       .minute = OPX_STR(""),
					       .title = OPX_STR("Infiltrations"),
					       .procedure = OPX_STR("civil"),
					       .phase = OPX_STR("draft"),
					       .decision_ref = OPX_STR("ordonnance"),
					       .judge = OPX_STR(""),
					       .clerk = OPX_STR(""),
					       .role = OPX_STR("expert"),
					       .log_host = OPX_STR("opx.test"),
					       .sides = { .p = sides, .n = OPX_COUNT(sides) } };
	ck_assert_ok(opx_tx_begin(s->story.web, &tx, s->story.expert.person, &err), err);
	ck_assert_ok(opx_dossier_create(&act, &fresh, &s->dossier, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}

int64_t scene_draft(struct scene *s, const struct someone *who)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_draft_insert_row row;
	ck_assert_ok(opx_tx_begin(s->story.web, &tx, who->person, &err), err);
	ck_assert_ok(sql_draft_insert(s->story.web, s->dossier, who->person, OPX_STR("court_decision"), &row,
				      &err),
		     err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row.id;
}

void scene_begin(struct scene *s)
{
	*s = (struct scene){ .dossier = 0 };
	story_begin(&s->story);
	(void)snprintf(s->root, sizeof(s->root), "%s/store", getenv("OPX_TEST_FOLDER"));
	ck_assert_int_eq(mkdir(s->root, 0755), 0);
	ck_assert_int_eq(mkdir(opx_strf(s->story.arena, "%s/incoming", s->root).p, 0770), 0);
	s->site = (struct opx_site){ .store_root = opx_str_z(s->root),
				     .run_folder = OPX_STR("/nonexistent"),
				     .max_files = 60,
				     .max_file_bytes = (int64_t)1 << 31,
				     .draft_quota_bytes = (int64_t)1 << 33 };
	s->services = (struct opx_services){ .clock = &opx_clock_real,
					     .random = &opx_random_real,
					     .site = &s->site };
	s->services.parser =
		opx_parser_new(opx_strf(s->story.arena, "%s/bin/opx-parse", getenv("OPX_BUILD")).p, NULL);
	opx_host_fill(&s->host, &s->services);
	load_plugins(s);
	s->pages = (struct opx_pages){ .registry = s->registry, .site = &s->site };
	s->router = opx_router_new();
	add_routes(s, opx_routes_uploads, opx_n_routes_uploads);
	add_routes(s, opx_routes_deposit_form, opx_n_routes_deposit_form);
	s->lane = (struct opx_lane){ .name = "files",
				     .site = &s->site,
				     .registry = s->registry,
				     .host = &s->host,
				     .clock = &opx_clock_real,
				     .random = &opx_random_real,
				     .vfs = &opx_vfs_real,
				     .orphan_h = 24 };
	s->files = story_connect("opx_files");
	(void)opx_db_use_arena(s->files, s->story.arena);
	open_dossier(s);
	s->draft = scene_draft(s, &s->story.expert);
}

void scene_end(struct scene *s)
{
	opx_router_free(s->router);
	opx_plugins_stop(s->plugins);
	opx_plugins_free(s->plugins);
	opx_parser_free(s->services.parser);
	opx_db_close(s->files);
	story_end(&s->story);
}

/* ---- requests */

struct cut_body {
	struct opx_bytes left;
};

static int64_t read_body(struct opx_body *body, void *buf, size_t n)
{
	struct cut_body *cut = body->source;
	size_t got = n < cut->left.n ? n : cut->left.n;
	if (got == 0)
		return body->left > 0 ? -1 : 0;
	memcpy(buf, cut->left.p, got);
	cut->left = (struct opx_bytes){ .p = cut->left.p + got, .n = cut->left.n - got };
	body->left -= (int64_t)got;
	return (int64_t)got;
}

static struct opx_request *make_request(struct scene *s, const struct sent *sent)
{
	struct opx_arena *arena = s->story.arena;
	struct opx_error err;
	struct opx_request *rq = OPX_NEW(arena, struct opx_request);
	struct cut_body *cut = OPX_NEW(arena, struct cut_body);
	static const char *const methods[] = { "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS" };
	const char *const params[] = { opx_strf(arena, "REQUEST_METHOD=%s", methods[sent->method]).p,
				       opx_strf(arena, "REQUEST_URI=%s", sent->path).p, "OPX_EDGE=" CSRF,
				       "OPX_VHOST=open", NULL };
	rq->arena = arena;
	rq->clock = &opx_clock_real;
	rq->logger = quiet;
	ck_assert_ok(opx_request_parse(rq, params, OPX_STR(CSRF), &err), err);
	memcpy(rq->headers, sent->headers, sizeof(rq->headers));
	cut->left = sent->body;
	rq->content_length = sent->announced >= 0 ? sent->announced : (int64_t)sent->body.n;
	rq->body = (struct opx_body){ .read = read_body, .source = cut, .left = rq->content_length };
	rq->csrf = OPX_STR(CSRF);
	return rq;
}

/* The right of the route, as opx-web asks it. */
static enum opx_status ask(struct scene *s, struct opx_request *rq, const struct opx_route *route,
			   struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(s->registry);
	struct opx_right_question q = { .object = route->right.object,
					.action = route->right.action,
					.subject = route->subject,
					.key = OPX_STR("") };
	struct opx_right_answer answer;
	if (route->right.kind == OPX_RIGHT_IS_PUBLIC)
		return OPX_OK;
	if (route->subject == OPX_SUBJECT_UPLOAD)
		OPX_TRY(opx_path_str(rq, "televersement", &q.key, err));
	else if (route->subject == OPX_SUBJECT_DRAFT)
		OPX_TRY(opx_path_i64(rq, "brouillon", &q.id, err));
	OPX_TRY(rights->it->ask(rights->self, s->story.web, &q, &answer, err));
	return answer.decision == OPX_ALLOW ? OPX_OK : answer.knows ? OPX_FORBIDDEN : OPX_NOT_FOUND;
}

static struct opx_str header(const struct opx_request *rq, const char *name)
{
	for (size_t i = 0; i < rq->response.n_headers; i++)
		if (strcmp(rq->response.headers[i].name, name) == 0)
			return rq->response.headers[i].value;
	return OPX_STR("");
}

void scene_send(struct scene *s, struct sent *sent)
{
	struct opx_error err = { .detail = "" };
	struct opx_tx tx;
	struct opx_str allow;
	struct opx_request *rq = make_request(s, sent);
	const struct opx_routed *routed = opx_router_match(s->router, rq, &allow);
	ck_assert_msg(routed != NULL, "no route for %s", sent->path);
	struct opx_context context = { .rq = rq,
				       .arena = rq->arena,
				       .db = s->story.web,
				       .logger = &rq->logger,
				       .clock = rq->clock,
				       .random = &opx_random_real,
				       .site = &s->site,
				       .registry = s->registry,
				       .session = &sent->who->session };
	rq->app = &context;
	ck_assert_ok(opx_db_ready(s->story.web, &err), err);
	ck_assert_ok(opx_tx_begin(s->story.web, &tx, sent->who->person, &err), err);
	enum opx_status status = ask(s, rq, routed->route, &err);
	if (status == OPX_OK)
		status = routed->route->handle(rq, routed->self, &err);
	if (status == OPX_OK)
		status = opx_tx_commit(&tx, &err);
	else
		opx_tx_rollback(&tx);
	sent->status = status == OPX_OK ? rq->response.status : opx_http_code(status);
	sent->text = status == OPX_OK
			     ? opx_str_copy(rq->arena, (const char *)rq->response.body.p, rq->response.body.n)
			     : opx_str_copy(rq->arena, err.user, strlen(err.user));
	sent->location = header(rq, "Location");
	sent->wakes = context.wakes;
	sent->offset = -1;
	if (header(rq, "Upload-Offset").n > 0)
		ck_assert_ok(opx_parse_i64(header(rq, "Upload-Offset"), 0, INT64_MAX, &sent->offset, &err),
			     err);
}

/* ---- jobs */

enum opx_status scene_job(struct scene *s, const char *kind, int64_t ref, struct opx_error *err)
{
	struct opx_job job = { .id = 1,
			       .ref = ref,
			       .kind = opx_str_z(kind),
			       .attempt = 1,
			       .arena = s->story.arena,
			       .db = s->files,
			       .logger = &quiet,
			       .deadline = { opx_now(&opx_clock_real).us + 55000000 },
			       .core = &s->host };
	for (size_t i = 0; i < opx_n_jobs_files; i++)
		if (strcmp(opx_jobs_files[i].kind, kind) == 0)
			return opx_jobs_files[i].run(&s->lane, &job, err);
	ck_abort_msg("no job %s", kind);
	return OPX_INTERNAL;
}

static size_t count_in(const char *path)
{
	size_t n = 0;
	DIR *dir = opendir(path);
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		char below[512];
		(void)snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			n += count_in(below);
		else if (e->d_type == DT_REG)
			n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

size_t scene_count(const struct scene *s, const char *below)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", s->root, below);
	return count_in(path);
}
