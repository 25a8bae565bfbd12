/* SPDX-License-Identifier: MPL-2.0 */
/* host_request.c: the functions of the host table that a plugin calls during a request. They find it through its context. */
#include "plugin/services.h"

#include <string.h>

#include <openssl/pem.h>

#include "base/arena.h"
#include "base/codec.h"
#include "db/db.h"
#include "html/html.h"
#include "http/dispatch.h"
#include "http/request.h"
#include "plugin/context.h"
#include "plugin/site.h"
#include "sql_session.h"
#include "sql_work.h"

struct opx_context *opx_context_of(struct opx_request *rq)
{
	OPX_ASSERT(rq->app != NULL);
	return rq->app;
}

static enum opx_status sql_run(struct opx_db *db, const struct opx_statement *st,
			       const struct opx_sql_value *params, void *ret_rows, size_t *ret_n,
			       struct opx_error *err)
{
	return opx_db_run(db, st, params, ret_rows, ret_n, err);
}

static enum opx_status sql_send(struct opx_db *db, const struct opx_statement *st,
				const struct opx_sql_value *params, struct opx_error *err)
{
	return opx_db_send(db, st, params, err);
}

static enum opx_status sql_recv(struct opx_db *db, const struct opx_statement *st, void *ret_rows,
				size_t *ret_n, struct opx_error *err)
{
	return opx_db_recv(db, st, ret_rows, ret_n, err);
}

static struct opx_arena *rq_arena(struct opx_request *rq)
{
	return rq->arena;
}

static struct opx_db *rq_db(struct opx_request *rq)
{
	return opx_context_of(rq)->db;
}

static const struct opx_logger *rq_logger(struct opx_request *rq)
{
	return &rq->logger;
}

static struct opx_instant rq_now(struct opx_request *rq)
{
	return opx_now(rq->clock);
}

static const struct opx_session *rq_session(struct opx_request *rq)
{
	return opx_context_of(rq)->session;
}

static bool rq_is_card_host(struct opx_request *rq)
{
	return rq->vhost == OPX_VHOST_MTLS;
}

/* nginx's escaped PEM to DER: only when it verified the chain on this very connection, and never on a resumed one (F2). */
static struct opx_bytes rq_certificate(struct opx_request *rq)
{
	struct opx_bytes pem, none = { .n = 0 };
	struct opx_bytes escaped = opx_request_header(rq, OPX_HDR_SSL_CERT);
	if (rq->vhost != OPX_VHOST_MTLS || !opx_request_header_is(rq, OPX_HDR_SSL_VERIFY, "SUCCESS") ||
	    opx_request_header_is(rq, OPX_HDR_SSL_REUSED, "r") || escaped.n == 0 || escaped.n > 32768 ||
	    opx_percent_decode(rq->arena, escaped, false, &pem, NULL) != OPX_OK)
		return none;
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	OPX_ASSERT(bio != NULL);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long n = 0;
	struct opx_bytes der = none;
	if (PEM_read_bio(bio, &name, &header, &data, &n) == 1 && strcmp(name, "CERTIFICATE") == 0 && n > 0)
		der = (struct opx_bytes){ .p = opx_arena_memdup(rq->arena, data, (size_t)n), .n = (size_t)n };
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(bio);
	return der;
}

static struct opx_str rq_address(struct opx_request *rq)
{
	return rq->address;
}

static struct opx_str rq_agent(struct opx_request *rq)
{
	return rq->agent;
}

static enum opx_status rq_path_str(struct opx_request *rq, const char *name, struct opx_str *ret,
				   struct opx_error *err)
{
	return opx_path_str(rq, name, ret, err);
}

static enum opx_status rq_path_i64(struct opx_request *rq, const char *name, int64_t *ret,
				   struct opx_error *err)
{
	return opx_path_i64(rq, name, ret, err);
}

static struct opx_str rq_txn(struct opx_request *rq)
{
	struct opx_bytes value = opx_request_cookie(rq, opx_context_of(rq)->site->txn_cookie);
	return opx_str_scrub(rq->arena, value, 128);
}

static void rq_set_txn(struct opx_request *rq, struct opx_str value, int64_t max_age_s)
{
	opx_respond_cookie(rq, opx_context_of(rq)->site->txn_cookie, value, value.n > 0 ? max_age_s : 0);
}

/* A page of the site around what the plugin's template writes; core ends it when the handler has succeeded. */
static struct opx_html *rq_html(struct opx_request *rq, int http_status, struct opx_str title)
{
	struct opx_context *c = opx_context_of(rq);
	OPX_ASSERT(c->maker != NULL && c->open_page == NULL);
	return c->maker->open(c->maker, c, http_status, title);
}

static void rq_see_other(struct opx_request *rq, struct opx_str path)
{
	opx_respond_see_other(rq, path);
}

/* A new token at each sign-in; only its hash is stored. */
enum opx_status opx_session_begin(struct opx_request *rq, const struct opx_identity *id,
				  struct opx_error *err)
{
	struct opx_context *c = opx_context_of(rq);
	uint8_t token[32], csrf[32];
	struct sql_session_open_row row;
	opx_random_fill(c->random, token, sizeof(token));
	opx_random_fill(c->random, csrf, sizeof(csrf));
	struct opx_str hex = opx_hex_str(rq->arena, (struct opx_bytes){ .p = token, .n = sizeof(token) });
	struct opx_sha256 hash = opx_sha256(opx_bytes_of(hex));
	const struct opx_bytes none = { .p = NULL };
	OPX_TRY(sql_session_open(
		c->db, (struct opx_bytes){ .p = hash.b, .n = 32 }, (struct opx_bytes){ .p = csrf, .n = 32 },
		id->account, id->person, id->credential != 0 ? &id->credential : NULL,
		rq->vhost == OPX_VHOST_MTLS ? OPX_STR("card") : OPX_STR("open"), opx_str_z(id->auth_kind),
		opx_level_name(id->level),
		id->has_certificate ? (struct opx_bytes){ .p = id->cert_sha256, .n = 32 } : none,
		(struct opx_byteses){ .p = id->chain, .n = id->n_chain }, c->site->session_absolute_s,
		rq->address, rq->agent, &row, err));
	OPX_TRY(sql_session_limit(c->db, id->account, c->site->sessions_at_once, NULL, err));
	opx_respond_cookie(rq, c->site->cookie, hex, -1);
	return OPX_OK;
}

static enum opx_status security_event(struct opx_request *rq, const char *kind, int64_t person,
				      struct opx_str detail, struct opx_error *err)
{
	struct opx_context *c = opx_context_of(rq);
	return sql_work_trail(c->db, opx_str_z(kind), person != 0 ? &person : NULL, NULL, OPX_STR(""),
			      rq->request_id, rq->address, rq->agent, (struct opx_bytes){ .p = NULL }, detail,
			      NULL, err);
}

static void *rq_ahead(struct opx_request *rq)
{
	return opx_context_of(rq)->ahead;
}

void opx_host_fill_request(struct opx_host *host)
{
	host->sql_run = sql_run;
	host->sql_send = sql_send;
	host->sql_recv = sql_recv;
	host->rq_arena = rq_arena;
	host->rq_ahead = rq_ahead;
	host->rq_db = rq_db;
	host->rq_logger = rq_logger;
	host->rq_now = rq_now;
	host->rq_session = rq_session;
	host->rq_is_card_host = rq_is_card_host;
	host->rq_certificate = rq_certificate;
	host->rq_address = rq_address;
	host->rq_agent = rq_agent;
	host->rq_path_str = rq_path_str;
	host->rq_path_i64 = rq_path_i64;
	host->rq_form_str = opx_form_str;
	host->rq_form_opt = opx_form_opt_str;
	host->rq_txn = rq_txn;
	host->rq_set_txn = rq_set_txn;
	host->rq_html = rq_html;
	host->rq_see_other = rq_see_other;
	host->session_open = opx_session_begin;
	host->security_event = security_event;
}
