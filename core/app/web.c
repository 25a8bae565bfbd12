/* SPDX-License-Identifier: MPL-2.0 */
/* web.c: see web.h. The hooks of the dispatcher. */
#include "app/web.h"

#include <stdlib.h>

#include "app/admit.h"
#include "app/config.h"
#include "app/crashes.h"
#include "app/ground.h"
#include "app/visit.h"
#include "base/arena.h"
#include "base/wake.h"
#include "db/db.h"
#include "http/dispatch.h"
#include "http/router.h"
#include "page/errors.h"
#include "page/pages.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

struct opx_web {
	struct opx_ground ground;
	struct opx_router *router;
	struct opx_pages *pages;
	struct opx_page_maker maker;
	struct opx_db *db;
	struct opx_dispatcher dispatcher;
	struct opx_crashes *crashes;
};

static enum opx_status ready(struct opx_web *web, struct opx_arena *arena, struct opx_error *err)
{
	/* A page's statements find rows by key, whatever the values: planning them anew each time would cost more than running them. */
	if (web->db == NULL)
		return opx_db_open(opx_strf(arena, "%s options='-c plan_cache_mode=force_generic_plan'",
					    opx_ground_conninfo(web->ground.config, arena, "opx_web",
								"opx-web"))
					   .p,
				   web->ground.logger, &web->db, err);
	return opx_db_ready(web->db, err);
}

static enum opx_status enter(void *app, struct opx_request *rq, const struct opx_routed *routed,
			     struct opx_error *err)
{
	struct opx_web *web = app;
	enum opx_status status = ready(web, rq->arena, err);
	struct opx_visit *v = opx_visit_new(&web->ground, &web->maker, web->db, rq, routed);
	OPX_TRY(status);
	OPX_TRY(opx_visit_begin(v, err));
	OPX_TRY(opx_admit_right(v, err));
	OPX_TRY(opx_admit_owner(v, err));
	v->context.ahead = v->ahead;
	(void)opx_registry_enter(web->ground.registry,
				 (uint16_t)routed->owner); /* the handler's; leave() takes it back */
	return OPX_OK;
}

/* Not a plain GET: others may have something to do after it. */
static bool is_change(const struct opx_visit *v)
{
	const enum opx_method method = v->context.rq->method;
	return (method != OPX_GET && method != OPX_HEAD) || (v->routed->route->flags & OPX_ROUTE_WRITES) != 0;
}

/* After a change that did not say whose work it made: a wake-up is a hint that costs little, a forgotten one costs a second. */
#define ALL_WAKES (OPX_WAKES_SEAL | OPX_WAKES_FILES | OPX_WAKES_SIGN_IN | OPX_WAKES_POST | OPX_WAKES_MAKE)

/* After the commit: whoever is woken must find what it is woken for. */
static void wake_all(const struct opx_web *web, unsigned wakes)
{
	static const struct {
		enum opx_wakes bit;
		const char *socket;
	} sockets[] = {
		{ OPX_WAKES_SEAL, OPX_WAKE_SEAL },       { OPX_WAKES_FILES, OPX_WAKE_FILES },
		{ OPX_WAKES_SIGN_IN, OPX_WAKE_SIGN_IN }, { OPX_WAKES_POST, OPX_WAKE_POST },
		{ OPX_WAKES_MAKE, OPX_WAKE_MAKE },
	};
	for (size_t i = 0; i < OPX_COUNT(sockets); i++)
		if ((wakes & sockets[i].bit) != 0)
			opx_wake(web->ground.site.run_folder.p, sockets[i].socket);
}

static enum opx_status leave(void *app, struct opx_request *rq, enum opx_status status, struct opx_error *err)
{
	struct opx_visit *v = rq->app;
	const struct opx_web *web = app;
	opx_registry_leave(web->ground.registry, OPX_OWNER_CORE);
	if (status == OPX_OK && v->context.open_page != NULL)
		status = v->context.maker->finish(&v->context, err);
	bool has_read = !is_change(v) || v->context.wrote_nothing || opx_tx_is_leaving(&v->tx);
	if (status == OPX_OK && v->tx.db != NULL && has_read) {
		opx_tx_leave(&v->tx);
		wake_all(app, v->context.wakes);
		return OPX_OK;
	}
	if (status == OPX_OK && v->tx.db != NULL) {
		OPX_TRY(opx_tx_commit(&v->tx, err));
		const bool is_known = v->context.says_whom || rq->method == OPX_GET;
		wake_all(app, is_known ? v->context.wakes : ALL_WAKES);
		return OPX_OK;
	}
	opx_tx_rollback(&v->tx);
	return status;
}

static void fault(void *app, struct opx_request *rq, int code, const struct opx_error *err)
{
	struct opx_web *web = app;
	if (rq->app == NULL)
		(void)opx_visit_new(&web->ground, &web->maker, web->db, rq, NULL);
	opx_page_error(web->pages, rq, code, err);
}

static enum opx_status build_router(struct opx_web *web, struct opx_error *err)
{
	size_t n = 0;
	web->router = opx_router_new();
	OPX_TRY(opx_pages_register(web->ground.registry, &web->ground.site, &web->pages, err));
	web->maker = opx_page_maker_of(web->pages);
	const struct opx_reg_route *routes = opx_registry_routes(web->ground.registry, &n);
	for (size_t i = 0; i < n; i++)
		OPX_TRY(opx_router_add(web->router, routes[i].it, routes[i].self, routes[i].owner, err));
	return OPX_OK;
}

enum opx_status opx_web_new(const struct opx_config *config, const struct opx_logger *logger,
			    const struct opx_web_secrets *secrets, struct opx_web **ret,
			    struct opx_error *err)
{
	static const char *const required[] = { "rights-matrix", NULL };
	static const struct opx_http_hooks hooks = { .enter = enter, .leave = leave, .fault = fault };
	struct opx_web *web = calloc(1, sizeof(*web));
	OPX_ASSERT(web != NULL);
	web->ground.config = config;
	web->ground.logger = logger;
	web->ground.services.pepper = secrets->pepper;
	web->ground.site.letter_key = secrets->letter_key;
	enum opx_status status = opx_ground_load(&web->ground, required, err);
	if (status == OPX_OK) {
		web->crashes = opx_crashes_new(web->ground.plugins, &opx_clock_real, logger);
		status = build_router(web, err);
	}
	if (status != OPX_OK) {
		opx_web_free(web);
		return status;
	}
	web->dispatcher = (struct opx_dispatcher){ .router = web->router,
						   .hooks = &hooks,
						   .app = web,
						   .main_origin = web->ground.site.main_origin,
						   .card_origin = web->ground.site.card_origin,
						   .hsts_s = web->ground.site.hsts_s };
	*ret = web;
	return OPX_OK;
}

void opx_web_free(struct opx_web *web)
{
	if (web == NULL)
		return;
	opx_db_close(web->db);
	opx_router_free(web->router);
	opx_pages_free(web->pages);
	opx_ground_done(&web->ground);
	opx_crashes_free(web->crashes);
	free(web);
}

enum opx_status opx_web_start(struct opx_web *web, struct opx_error *err)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_error why;
	if (ready(web, arena, &why) != OPX_OK)
		opx_log_error(web->ground.logger, OPX_WARN, "web.database-away", &why);
	return opx_plugins_start(web->ground.plugins, NULL, web->ground.logger, err);
}

enum opx_status opx_web_check(const struct opx_web *web, struct opx_error *err)
{
	return opx_ground_check(&web->ground, "opx_web", err);
}

struct opx_crashes *opx_web_crashes(const struct opx_web *web)
{
	return web->crashes;
}

const struct opx_dispatcher *opx_web_dispatcher(const struct opx_web *web)
{
	return &web->dispatcher;
}
