/* SPDX-License-Identifier: MPL-2.0 */
/* visit.c: see visit.h. */
#include "app/visit.h"

#include <string.h>

#include "app/admit.h"
#include "app/ground.h"
#include "base/arena.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/random.h"
#include "http/dispatch.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "plugin/registry.h"
#include "sql_session.h"

#define FRESH_US (5 * (int64_t)60 * 1000000)
#define TOUCH_US \
	(60 * (int64_t)1000000) /* a page view is no write: the session is touched once a minute at most */

/* What the first round trip found. */
struct found {
	struct sql_session_find_row row;
	struct sql_session_certificate_row certificate; /* of a session of the card host */
	bool is_session;
};

static enum opx_auth_level level_of(struct opx_str text)
{
	enum opx_auth_level level = OPX_L3;
	while (level > OPX_L0 && !opx_str_eq(text, opx_level_name(level)))
		level--;
	return level;
}

static void fill_session(struct opx_visit *v, const struct sql_session_find_row *row,
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
static enum opx_status check_revocation(struct opx_visit *v, const struct sql_session_certificate_row *row,
					struct opx_error *err)
{
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

static enum opx_status check_standing(struct opx_visit *v, struct opx_error *err)
{
	const struct opx_reg_door *door = opx_registry_door(v->ground->registry, v->session.auth_kind.p);
	enum opx_standing standing = OPX_STANDING_GOOD;
	struct opx_str sentence = OPX_STR("");
	if (door == NULL)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED,
				N_("Ce moyen de connexion est arrêté en ce moment."), "no door for %s",
				v->session.auth_kind.p);
	if (door->it->standing != NULL)
		OPX_TRY(OPX_REG_CALL(v->ground->registry, door, standing, v->context.rq, &v->session,
				     &standing, &sentence, err));
	if (standing == OPX_STANDING_REFUSED)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Vous avez été déconnecté. Reconnectez-vous."),
				"door refused: %s", sentence.p);
	return OPX_OK;
}

static bool has_ahead(const struct opx_visit *v)
{
	const struct opx_route *route = v->routed->route;
	return OPX_HAS(route, ahead) && route->ahead != NULL && opx_admit_owner(v, NULL) == OPX_OK;
}

static enum opx_status send_ahead(const struct opx_visit *v, struct opx_error *err)
{
	uint16_t former = opx_registry_enter(v->ground->registry, (uint16_t)v->routed->owner);
	enum opx_status status =
		v->routed->route->ahead->send(v->context.rq, v->routed->self, v->context.db, err);
	opx_registry_leave(v->ground->registry, former);
	return status;
}

static void recv_ahead(struct opx_visit *v)
{
	uint16_t former = opx_registry_enter(v->ground->registry, (uint16_t)v->routed->owner);
	if (v->routed->route->ahead->recv(v->context.rq, v->routed->self, v->context.db, &v->ahead, NULL) !=
	    OPX_OK)
		v->ahead = NULL;
	opx_registry_leave(v->ground->registry, former);
}

/* The session, the route's right and what its handler asks first in one round trip (design section 2); the right is not asked when it
 * cannot be. With the handler's questions it is a transaction, for a page that only reads needs no other. */
static enum opx_status ask_all(struct opx_visit *v, const struct opx_sha256 *token, struct found *ret_found,
			       struct opx_error *err)
{
	const struct opx_route *route = v->routed->route;
	struct opx_db *db = v->context.db;
	const struct opx_reg_rights *rights = opx_registry_rights(v->ground->registry);
	bool is_asked = route->right.kind == OPX_RIGHT_IS_NAMED && rights != NULL &&
			OPX_HAS(rights->it, ask_recv) && rights->it->ask_send != NULL &&
			opx_admit_question(v, NULL) == OPX_OK;
	bool is_ahead = (is_asked || route->right.kind == OPX_RIGHT_IS_SIGNED_IN) && has_ahead(v);
	OPX_TRY(opx_db_pipeline_begin(db, err));
	const struct opx_bytes name = { .p = token->b, .n = sizeof(token->b) };
	bool is_card = v->context.rq->vhost == OPX_VHOST_MTLS, has_certificate = false;
	OPX_TRY(sql_session_find_send(db, name, v->ground->site.session_idle_s,
				      v->ground->site.session_idle_court_s, err));
	if (is_card)
		OPX_TRY(sql_session_certificate_send(db, name, err));
	if (is_asked)
		OPX_TRY(OPX_REG_CALL(v->ground->registry, rights, ask_send, db, &v->question, err));
	if (is_ahead)
		OPX_TRY(send_ahead(v, err));
	OPX_TRY(is_ahead ? opx_db_pipeline_last(db, err) : opx_db_pipeline_end(db, err));
	OPX_TRY(sql_session_find_recv(db, &ret_found->is_session, &ret_found->row, err));
	if (is_card)
		OPX_TRY(sql_session_certificate_recv(db, &has_certificate, &ret_found->certificate, err));
	if (!has_certificate) /* where no list was asked for, none is fresh */
		ret_found->certificate = (struct sql_session_certificate_row){ .fetched_at_is_null = true,
									       .next_update_is_null = true };
	if (is_asked)
		OPX_TRY(OPX_REG_CALL(v->ground->registry, rights, ask_recv, db, &v->answer, err));
	if (is_ahead)
		recv_ahead(v);
	v->is_asked = is_asked;
	return OPX_OK;
}

/* The transaction goes on as that person: the same one, or another after one that has ended. */
static enum opx_status go_on(struct opx_visit *v, int64_t person, struct opx_error *err)
{
	if (!opx_tx_is_leaving(&v->tx))
		return opx_tx_person(&v->tx, person, err);
	opx_tx_leave(&v->tx);
	return opx_tx_begin(v->context.db, &v->tx, person, err);
}

/* What is open to all is open without a session that is refused: else the sign-in page would lead to itself for ever. */
static enum opx_status do_without(struct opx_visit *v, const struct opx_error *why, struct opx_error *err)
{
	opx_log_error(&v->context.rq->logger, OPX_INFO, "session.refused", why);
	v->context.session = NULL;
	v->context.rq->logger.person = 0;
	return go_on(v, 0, err);
}

static enum opx_status find_session(struct opx_visit *v, struct opx_error *err)
{
	struct opx_request *rq = v->context.rq;
	struct opx_bytes cookie = opx_request_cookie(rq, v->ground->site.cookie);
	if (cookie.n != 64 || rq->vhost == OPX_VHOST_REFUSED || rq->vhost == OPX_VHOST_LOCAL)
		return OPX_OK;
	struct found found = { .is_session = false };
	struct opx_sha256 token = opx_sha256(cookie);
	OPX_TRY(ask_all(v, &token, &found, err));
	if (!found.is_session)
		return OPX_OK;
	if (opx_str_is(found.row.host, "card") != (rq->vhost == OPX_VHOST_MTLS))
		return go_on(v, 0, err); /* a session of the other host is none here */
	fill_session(v, &found.row, &token);
	rq->logger.person = found.row.person_id;
	struct opx_error why = { .status = OPX_OK };
	enum opx_status status = v->session.has_certificate ? check_revocation(v, &found.certificate, &why)
							    : OPX_OK;
	if (status == OPX_OK)
		status = check_standing(v, &why);
	if (status == OPX_UNAUTHENTICATED && v->routed->route->right.kind == OPX_RIGHT_IS_PUBLIC)
		return do_without(v, &why, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	if (opx_now(v->context.clock).us - found.row.seen_at.us <= TOUCH_US)
		return OPX_OK;
	if (opx_tx_is_leaving(&v->tx))
		OPX_TRY(go_on(v, found.row.person_id, err));
	return sql_session_touch(v->context.db, found.row.id, NULL, err);
}

/* Before a session there is a token too: bound to a random cookie of this browser. */
static void before_session(struct opx_visit *v)
{
	struct opx_request *rq = v->context.rq;
	struct opx_str name = opx_strf(rq->arena, "%s-avant", v->ground->site.cookie.p);
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

struct opx_visit *opx_visit_new(const struct opx_ground *ground, const struct opx_page_maker *maker,
				struct opx_db *db, struct opx_request *rq, const struct opx_routed *routed)
{
	struct opx_visit *v = OPX_NEW(rq->arena, struct opx_visit);
	v->ground = ground;
	v->routed = routed;
	v->context = (struct opx_context){
		.rq = rq,
		.arena = rq->arena,
		.db = db,
		.logger = &rq->logger,
		.clock = rq->clock,
		.random = ground->services.random,
		.site = &ground->site,
		.host = &ground->host,
		.registry = ground->registry,
		.plugins = ground->plugins,
		.tx = &v->tx,
		.maker = maker,
	};
	rq->app = &v->context;
	return v;
}

enum opx_status opx_visit_begin(struct opx_visit *v, struct opx_error *err)
{
	struct opx_request *rq = v->context.rq;
	(void)opx_db_use_arena(v->context.db, rq->arena);
	OPX_TRY(opx_tx_begin_kind(v->context.db, OPX_TX_WRITE, 0, &v->tx, err));
	OPX_TRY(find_session(v, err));
	if (v->context.session != NULL)
		rq->csrf_secret = v->session.csrf_secret;
	else if (rq->vhost == OPX_VHOST_OPEN || rq->vhost == OPX_VHOST_MTLS)
		before_session(v);
	return OPX_OK;
}
