/* SPDX-License-Identifier: MPL-2.0 */
/* web.c: see web.h. The hooks of the dispatcher. */
#include "app/web.h"

#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/crashes.h"
#include "app/ground.h"
#include "base/arena.h"
#include "base/codec.h"
#include "base/wake.h"
#include "db/db.h"
#include "http/dispatch.h"
#include "http/router.h"
#include "page/errors.h"
#include "page/page.h"
#include "plugin/context.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "sql_dossier.h"
#include "sql_session.h"

#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")
#define FRESH_US (5 * (int64_t)60 * 1000000)
#define TOUCH_US \
	(60 * (int64_t)1000000) /* a page view is no write: the session is touched once a minute at most */

struct opx_web {
	struct opx_ground ground;
	struct opx_router *router;
	struct opx_pages *pages;
	struct opx_page_maker maker;
	struct opx_db *db;
	struct opx_dispatcher dispatcher;
	struct opx_crashes *crashes;
};

/* What one request holds beside its public context. */
struct visit {
	struct opx_context context; /* first: opx_context_of finds it */
	struct opx_session session;
	struct sql_session_certificate_row certificate; /* of a session of the card host */
	struct opx_right_question question;
	struct opx_right_answer answer;
	struct opx_tx tx;
	const struct opx_routed *routed;
	void *ahead;    /* what the route's ahead received; the handler's when the right is given */
	bool is_asked;  /* the right was asked with the session */
	bool is_change; /* not a plain GET: others may have something to do after it */
};

static enum opx_auth_level level_of(struct opx_str text)
{
	return text.n == 2 && text.p[1] >= '0' && text.p[1] <= '3' ? (enum opx_auth_level)(text.p[1] - '0')
								   : OPX_L0;
}

static void fill_session(struct visit *v, const struct sql_session_find_row *row,
			 const struct opx_sha256 *token)
{
	struct opx_session *s = &v->session;
	*s = (struct opx_session){
		.id = row->id,
		.account = row->account_id,
		.person = row->person_id,
		.credential = row->credential_id_is_null ? 0 : row->credential_id,
		.name = row->name,
		.auth_kind = row->auth_kind,
		.level = level_of(row->level),
		.auth_at = row->auth_at,
		.is_card_host = opx_str_is(row->host, "card"),
		.has_certificate = row->cert_sha256.n == 32,
		.capacities = row->capacities,
		.banner = OPX_STR(""),
		.trouble = row->trouble.p != NULL ? row->trouble : OPX_STR(""),
		.trouble_since = row->trouble_since,
	};
	memcpy(s->token_sha256, token->b, sizeof(s->token_sha256));
	memcpy(s->csrf_secret, row->csrf_secret.p, sizeof(s->csrf_secret));
	if (s->has_certificate)
		memcpy(s->cert_sha256, row->cert_sha256.p, sizeof(s->cert_sha256));
	v->context.session = s;
}

/* Revocation, as the newest list of the certificate's issuer says it (security 4.5). */
static enum opx_status check_revocation(struct visit *v, struct opx_error *err)
{
	const struct sql_session_certificate_row *row = &v->certificate;
	int64_t now = opx_now(v->context.clock).us;
	if (row->revoked)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Ce certificat n’est plus valable."),
				"certificate revoked");
	if (row->fetched_at_is_null || row->next_update_is_null || now > row->next_update.us)
		return OPX_FAIL(
			err, OPX_UNAUTHENTICATED,
			N_("Nous ne pouvons pas vérifier votre certificat en ce moment. Réessayez dans quelques minutes."),
			"revocation list missing or past its nextUpdate");
	v->session.is_read_only = now - row->fetched_at.us > FRESH_US;
	v->session.stale_since = row->fetched_at;
	if (v->session.is_read_only)
		v->session.banner = OPX_STR(
			"La vérification de votre certificat a pris du retard : les dépôts reprendront bientôt.");
	return OPX_OK;
}

static enum opx_status check_standing(struct opx_web *web, struct visit *v, struct opx_error *err)
{
	const struct opx_reg_door *door = opx_registry_door(web->ground.registry, v->session.auth_kind.p);
	enum opx_standing standing = OPX_STANDING_GOOD;
	struct opx_str sentence = OPX_STR("");
	if (door == NULL)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED,
				N_("Ce moyen de connexion est arrêté en ce moment."), "no door for %s",
				v->session.auth_kind.p);
	if (door->it->standing != NULL)
		OPX_TRY(OPX_REG_CALL(web->ground.registry, door, standing, v->context.rq, &v->session,
				     &standing, &sentence, err));
	if (standing == OPX_STANDING_REFUSED)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Vous avez été déconnecté. Reconnectez-vous."),
				"door refused: %s", sentence.p);
	return OPX_OK;
}

static const char *const subject_params[] = {
	[OPX_SUBJECT_DOSSIER] = "dossier",         [OPX_SUBJECT_DOCUMENT] = "document",
	[OPX_SUBJECT_DRAFT] = "brouillon",         [OPX_SUBJECT_FILING] = "dossier",
	[OPX_SUBJECT_PARTICIPANT] = "participant", [OPX_SUBJECT_CLAIM] = "demande",
	[OPX_SUBJECT_INVITATION] = "jeton",        [OPX_SUBJECT_UPLOAD] = "televersement",
};

static enum opx_status make_question(struct visit *v, const struct opx_route *route, struct opx_error *err)
{
	struct opx_right_question *q = &v->question;
	*q = (struct opx_right_question){ .object = route->right.object,
					  .action = route->right.action,
					  .subject = route->subject,
					  .key = OPX_STR("") };
	if (route->subject == OPX_SUBJECT_NONE)
		return OPX_OK;
	const char *param = route->subject_param != NULL ? route->subject_param
							 : subject_params[route->subject];
	if (route->subject == OPX_SUBJECT_INVITATION || route->subject == OPX_SUBJECT_UPLOAD)
		return opx_path_str(v->context.rq, param, &q->key, err);
	OPX_TRY(opx_path_i64(v->context.rq, param, &q->id, err));
	if (route->subject == OPX_SUBJECT_FILING)
		return opx_path_i64(v->context.rq, "numero", &q->number, err);
	return OPX_OK;
}

/* The page of a plugin that is off says so by its name. */
static enum opx_status check_owner(const struct opx_web *web, unsigned owner, struct opx_error *err)
{
	const struct opx_plugin_info *infos = NULL;
	if (owner == OPX_OWNER_CORE)
		return OPX_OK;
	OPX_ASSERT(owner <= opx_plugins_list(web->ground.plugins, &infos));
	const struct opx_plugin_info *info = &infos[owner - 1];
	if (info->state != OPX_PLUGIN_ON)
		return OPX_FAIL_ARG(err, OPX_UNAVAILABLE,
				    N_("Cette fonction est arrêtée en ce moment (module %s)."), info->name,
				    "plugin %s is off: %s", info->name, info->detail);
	return OPX_OK;
}

static bool has_ahead(const struct opx_web *web, const struct visit *v)
{
	const struct opx_route *route = v->routed->route;
	return OPX_HAS(route, ahead) && route->ahead != NULL &&
	       check_owner(web, v->routed->owner, NULL) == OPX_OK;
}

static enum opx_status send_ahead(const struct opx_web *web, const struct visit *v, struct opx_error *err)
{
	uint16_t former = opx_registry_enter(web->ground.registry, (uint16_t)v->routed->owner);
	enum opx_status status = v->routed->route->ahead->send(v->context.rq, v->routed->self, web->db, err);
	opx_registry_leave(web->ground.registry, former);
	return status;
}

static void recv_ahead(const struct opx_web *web, struct visit *v)
{
	uint16_t former = opx_registry_enter(web->ground.registry, (uint16_t)v->routed->owner);
	if (v->routed->route->ahead->recv(v->context.rq, v->routed->self, web->db, &v->ahead, NULL) != OPX_OK)
		v->ahead = NULL;
	opx_registry_leave(web->ground.registry, former);
}

/* The session, the route's right and what its handler asks first in one round trip (design section 2); the right is not asked when it
 * cannot be. With the handler's questions it is a transaction, for a page that only reads needs no other. */
static enum opx_status ask_all(struct opx_web *web, struct visit *v, const struct opx_route *route,
			       const struct opx_sha256 *token, bool *ret_found,
			       struct sql_session_find_row *row, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(web->ground.registry);
	bool is_asked = route->right.kind == OPX_RIGHT_IS_NAMED && rights != NULL &&
			OPX_HAS(rights->it, ask_recv) && rights->it->ask_send != NULL &&
			make_question(v, route, NULL) == OPX_OK;
	bool is_ahead = (is_asked || route->right.kind == OPX_RIGHT_IS_SIGNED_IN) && has_ahead(web, v);
	OPX_TRY(opx_db_pipeline_begin(web->db, err));
	const struct opx_bytes name = { .p = token->b, .n = sizeof(token->b) };
	bool is_card = v->context.rq->vhost == OPX_VHOST_MTLS, has_certificate = false;
	OPX_TRY(sql_session_find_send(web->db, name, web->ground.site.session_idle_s,
				      web->ground.site.session_idle_court_s, err));
	if (is_card)
		OPX_TRY(sql_session_certificate_send(web->db, name, err));
	if (is_asked)
		OPX_TRY(OPX_REG_CALL(web->ground.registry, rights, ask_send, web->db, &v->question, err));
	if (is_ahead)
		OPX_TRY(send_ahead(web, v, err));
	OPX_TRY(is_ahead ? opx_db_pipeline_last(web->db, err) : opx_db_pipeline_end(web->db, err));
	OPX_TRY(sql_session_find_recv(web->db, ret_found, row, err));
	if (is_card)
		OPX_TRY(sql_session_certificate_recv(web->db, &has_certificate, &v->certificate, err));
	if (!has_certificate) /* where no list was asked for, none is fresh */
		v->certificate = (struct sql_session_certificate_row){ .fetched_at_is_null = true,
								       .next_update_is_null = true };
	if (is_asked)
		OPX_TRY(OPX_REG_CALL(web->ground.registry, rights, ask_recv, web->db, &v->answer, err));
	if (is_ahead)
		recv_ahead(web, v);
	v->is_asked = is_asked;
	return OPX_OK;
}

/* The transaction goes on as that person: the same one, or another after one that has ended. */
static enum opx_status go_on(struct visit *v, int64_t person, struct opx_error *err)
{
	if (!opx_tx_is_leaving(&v->tx))
		return opx_tx_person(&v->tx, person, err);
	opx_tx_leave(&v->tx);
	return opx_tx_begin(v->context.db, &v->tx, person, err);
}

/* What is open to all is open without a session that is refused: else the sign-in page would lead to itself for ever. */
static enum opx_status do_without(struct visit *v, const struct opx_error *why, struct opx_error *err)
{
	opx_log_error(&v->context.rq->logger, OPX_INFO, "session.refused", why);
	v->context.session = NULL;
	v->context.rq->logger.person = 0;
	return go_on(v, 0, err);
}

static enum opx_status find_session(struct opx_web *web, struct visit *v, const struct opx_route *route,
				    struct opx_error *err)
{
	struct opx_request *rq = v->context.rq;
	struct opx_bytes cookie = opx_request_cookie(rq, web->ground.site.cookie);
	if (cookie.n != 64 || rq->vhost == OPX_VHOST_REFUSED || rq->vhost == OPX_VHOST_LOCAL)
		return OPX_OK;
	struct sql_session_find_row row;
	bool is_found = false;
	struct opx_sha256 token = opx_sha256(cookie);
	OPX_TRY(ask_all(web, v, route, &token, &is_found, &row, err));
	if (!is_found)
		return OPX_OK;
	if (opx_str_is(row.host, "card") != (rq->vhost == OPX_VHOST_MTLS))
		return go_on(v, 0, err); /* a session of the other host is none here */
	fill_session(v, &row, &token);
	rq->logger.person = row.person_id;
	struct opx_error why = { .status = OPX_OK };
	enum opx_status status = v->session.has_certificate ? check_revocation(v, &why) : OPX_OK;
	if (status == OPX_OK)
		status = check_standing(web, v, &why);
	if (status == OPX_UNAUTHENTICATED && route->right.kind == OPX_RIGHT_IS_PUBLIC)
		return do_without(v, &why, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	if (opx_now(v->context.clock).us - row.seen_at.us <= TOUCH_US)
		return OPX_OK;
	if (opx_tx_is_leaving(&v->tx))
		OPX_TRY(go_on(v, row.person_id, err));
	return sql_session_touch(web->db, row.id, NULL, err);
}

/* Before a session there is a token too: bound to a random cookie of this browser. */
static void before_session(struct opx_web *web, struct visit *v)
{
	struct opx_request *rq = v->context.rq;
	struct opx_str name = opx_strf(rq->arena, "%s-avant", web->ground.site.cookie.p);
	struct opx_bytes cookie = opx_request_cookie(rq, name);
	if (cookie.n != 64) {
		uint8_t random[32];
		if (rq->method != OPX_GET)
			return; /* no token is expected: the change is refused */
		opx_random_fill(v->context.random, random, sizeof(random));
		struct opx_str fresh =
			opx_hex_str(rq->arena, (struct opx_bytes){ .p = random, .n = sizeof(random) });
		opx_respond_cookie(rq, name, fresh, -1);
		cookie = opx_bytes_of(fresh);
	}
	struct opx_sha256 secret = opx_sha256(cookie);
	rq->csrf = opx_csrf_token(rq->arena, secret.b);
}

static enum opx_status ask(struct opx_web *web, struct visit *v, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(web->ground.registry);
	if (rights == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE,
				N_("Le module des droits est arrêté : rien ne peut être ouvert."),
				"no rights");
	OPX_TRY(OPX_REG_CALL(web->ground.registry, rights, ask, web->db, &v->question, &v->answer, err));
	v->context.question = &v->question;
	v->context.right = &v->answer;
	return OPX_OK;
}

/* A step's right stands in its procedure's table; a second one may open it too. The names are those of the path. */
static enum opx_status ask_transition(struct opx_web *web, struct visit *v, struct opx_error *err)
{
	struct opx_request *rq = v->context.rq;
	struct opx_right_question *q = &v->question;
	struct sql_dossier_procedure_row row;
	struct opx_str code;
	bool is_found = false;
	*q = (struct opx_right_question){ .subject = OPX_SUBJECT_DOSSIER, .key = OPX_STR("") };
	OPX_TRY(opx_path_i64(rq, "dossier", &q->id, err));
	OPX_TRY(opx_path_str(rq, "transition", &code, err));
	OPX_TRY(sql_dossier_procedure(web->db, q->id, &is_found, &row, err));
	const struct opx_transition *step =
		is_found ? opx_registry_transition(web->ground.registry, row.procedure.p, code.p) : NULL;
	if (step == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "no step %s", code.p);
	q->object = step->object;
	q->action = step->action;
	OPX_TRY(ask(web, v, err));
	if (v->answer.decision != OPX_ALLOW && step->fallback_object != NULL) {
		struct opx_right_answer first = v->answer;
		q->object = step->fallback_object;
		q->action = step->fallback_action;
		OPX_TRY(ask(web, v, err));
		if (v->answer.decision != OPX_ALLOW)
			v->answer = first;
	}
	/* A second click, or somebody was faster: that is no question of rights. */
	if (v->answer.decision != OPX_ALLOW && v->answer.knows && !opx_str_is(row.phase, step->from))
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce dossier a changé d’étape entre-temps. Rechargez la page."),
				"%s asked in state %s", step->code, row.phase.p);
	return OPX_OK;
}

/* A certificate whose revocation list is late may look, and change nothing (security 4.5). */
static enum opx_status check_read_only(const struct visit *v, struct opx_error *err)
{
	const struct opx_request *rq = v->context.rq;
	bool is_change = rq->method == OPX_POST || rq->method == OPX_PATCH || rq->method == OPX_DELETE;
	if (is_change && v->session.is_read_only)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("La vérification de votre certificat a pris du retard. Réessayez dans quelques minutes."),
			"read-only session: revocation list late");
	return OPX_OK;
}

static enum opx_status check_right(struct opx_web *web, struct visit *v, const struct opx_route *route,
				   struct opx_error *err)
{
	if (route->right.kind == OPX_RIGHT_IS_PUBLIC)
		return OPX_OK;
	if (v->context.session == NULL)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED,
				N_("Vous avez été déconnecté. Votre brouillon est gardé."), "no session");
	if (route->right.kind == OPX_RIGHT_IS_SIGNED_IN)
		return OPX_OK;
	if (route->right.kind == OPX_RIGHT_IS_TRANSITION) {
		OPX_TRY(ask_transition(web, v, err));
	} else if (!v->is_asked) {
		OPX_TRY(make_question(v, route, err));
		OPX_TRY(ask(web, v, err));
	}
	v->context.question = &v->question;
	v->context.right = &v->answer;
	if (v->answer.decision == OPX_ALLOW)
		return check_read_only(v, err);
	if (!v->answer.knows)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "%s,%s: no such thing for this person",
				v->question.object, v->question.action);
	return OPX_FAIL(err, OPX_FORBIDDEN, N_("Une règle du dossier demande un accès de plus."),
			"%s,%s refused by %s (%s)", v->question.object, v->question.action, v->answer.rule.p,
			v->answer.value.p);
}

static struct visit *begin_visit(struct opx_web *web, struct opx_request *rq)
{
	struct visit *v = OPX_NEW(rq->arena, struct visit);
	v->context = (struct opx_context){
		.rq = rq,
		.arena = rq->arena,
		.db = web->db,
		.logger = &rq->logger,
		.clock = rq->clock,
		.random = web->ground.services.random,
		.site = &web->ground.site,
		.host = &web->ground.host,
		.registry = web->ground.registry,
		.plugins = web->ground.plugins,
	};
	v->context.tx = &v->tx;
	v->context.maker = &web->maker;
	rq->app = &v->context;
	return v;
}

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
	struct visit *v = begin_visit(web, rq);
	v->routed = routed;
	OPX_TRY(ready(web, rq->arena, err));
	v->context.db = web->db;
	(void)opx_db_use_arena(web->db, rq->arena);
	OPX_TRY(opx_tx_begin_kind(web->db, OPX_TX_WRITE, 0, &v->tx, err));
	OPX_TRY(find_session(web, v, routed->route, err));
	if (v->context.session != NULL)
		rq->csrf_secret = v->session.csrf_secret;
	else if (rq->vhost == OPX_VHOST_OPEN || rq->vhost == OPX_VHOST_MTLS)
		before_session(web, v);
	v->is_change = (rq->method != OPX_GET && rq->method != OPX_HEAD) ||
		       (routed->route->flags & OPX_ROUTE_WRITES) != 0;
	OPX_TRY(check_right(web, v, routed->route, err));
	OPX_TRY(check_owner(web, routed->owner, err));
	v->context.ahead = v->ahead;
	(void)opx_registry_enter(web->ground.registry,
				 (uint16_t)routed->owner); /* the handler's; leave() takes it back */
	return OPX_OK;
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
	struct visit *v = rq->app;
	const struct opx_web *web = app;
	opx_registry_leave(web->ground.registry, OPX_OWNER_CORE);
	if (status == OPX_OK && v->context.open_page != NULL)
		status = v->context.maker->finish(&v->context, err);
	bool has_read = !v->is_change || v->context.wrote_nothing || opx_tx_is_leaving(&v->tx);
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
		(void)begin_visit(web, rq);
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
