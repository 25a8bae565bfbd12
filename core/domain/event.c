/* SPDX-License-Identifier: MPL-2.0 */
/* event.c: the events of act.h: their bodies, and their place in the outbox. */
#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "db/db.h"
#include "domain/act.h"
#include "sql_act.h"

static void put_service(struct opx_writer *w)
{
	opx_writer_open(w, "actor");
	opx_writer_str(w, "p", OPX_STR("service"));
	opx_writer_str(w, "role", OPX_STR("-"));
	opx_writer_str(w, "side", OPX_STR("-"));
	opx_writer_close(w);
	opx_writer_open(w, "auth");
	opx_writer_str(w, "kind", OPX_STR("service"));
	opx_writer_str(w, "level", OPX_STR("-"));
	opx_writer_close(w);
}

/* Once an act, after its lock or its head was read: what one event says of the certificate the others say too. */
static enum opx_status read_certificate(struct opx_act *act, struct opx_error *err)
{
	struct sql_act_certificate_row *row = OPX_NEW(act->arena, struct sql_act_certificate_row);
	bool is_found = false;
	OPX_TRY(sql_act_certificate(act->db, act->session->id, &is_found, row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
				"session %" PRId64 " has no certificate", act->session->id);
	if (row->is_revoked)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Votre certificat vient d’être révoqué."),
				"session %" PRId64 ": its certificate was revoked meanwhile",
				act->session->id);
	act->certificate = row;
	return OPX_OK;
}

static enum opx_status put_certificate(struct opx_act *act, struct opx_writer *w, struct opx_error *err)
{
	if (act->certificate == NULL)
		OPX_TRY(read_certificate(act, err));
	const struct sql_act_certificate_row *row = act->certificate;
	struct opx_str *chain = OPX_NEW_N(act->arena, struct opx_str, row->chain.n);
	for (size_t i = 0; i < row->chain.n; i++)
		chain[i] = opx_hex_str(act->arena, row->chain.p[i]);
	opx_writer_hex(w, "cert", row->cert);
	opx_writer_hex(w, "issuer", row->issuer_key);
	opx_writer_hex(w, "serial", row->serial);
	opx_writer_strs(w, "chain", (struct opx_strs){ .p = chain, .n = row->chain.n });
	opx_writer_str(w, "status",
		       row->crl.p != NULL
			       ? opx_strf(act->arena, "crl:%s", opx_hex_str(act->arena, row->crl).p)
			       : OPX_STR("-"));
	return OPX_OK;
}

static enum opx_status put_person(struct opx_act *act, struct opx_writer *w, struct opx_error *err)
{
	const struct opx_session *s = act->session;
	opx_writer_open(w, "actor");
	opx_writer_str(w, "p", opx_pseudonym(act->arena, act->pseudonym));
	opx_writer_str(w, "role", act->role);
	opx_writer_str(w, "side", act->side);
	opx_writer_close(w);
	opx_writer_open(w, "auth");
	opx_writer_str(w, "kind", s->auth_kind);
	opx_writer_str(w, "level", opx_level_name(s->level));
	opx_writer_time(w, "at", s->auth_at);
	opx_writer_hex(w, "session",
		       (struct opx_bytes){ .p = s->token_sha256, .n = sizeof(s->token_sha256) });
	if (opx_str_is(s->auth_kind, "x509"))
		OPX_TRY(put_certificate(act, w, err));
	opx_writer_close(w);
	return OPX_OK;
}

static void put_net(struct opx_act *act, struct opx_event *e)
{
	opx_random_fill(act->random, e->net_salt, sizeof(e->net_salt));
	e->has_net = true;
	struct opx_str text = opx_strf(
		act->arena, "%s\n%s\n%s", act->address.p, act->agent.p,
		opx_hex_str(act->arena, (struct opx_bytes){ .p = e->net_salt, .n = sizeof(e->net_salt) }).p);
	struct opx_sha256 hash = opx_sha256(opx_bytes_of(text));
	opx_writer_open(&e->w, "net");
	opx_writer_hex(&e->w, "sha256", (struct opx_bytes){ .p = hash.b, .n = sizeof(hash.b) });
	opx_writer_close(&e->w);
}

static void put_visibility(struct opx_act *act, struct opx_event *e)
{
	opx_writer_open(&e->w, "visibility");
	opx_writer_hex(&e->w, "rights", (struct opx_bytes){ .p = act->rights.b, .n = 32 });
	opx_writer_hex(&e->w, "members", (struct opx_bytes){ .p = act->members.b, .n = 32 });
	opx_writer_people(&e->w, "to", e->to, e->n_to);
	opx_writer_close(&e->w);
}

static void put_software(struct opx_act *act, struct opx_writer *w)
{
	opx_writer_open(w, "sw");
	opx_writer_str(w, "build", opx_str_z(act->software->build));
	opx_writer_hex(w, "config", (struct opx_bytes){ .p = act->software->config.b, .n = 32 });
	opx_writer_hex(w, "plugins", (struct opx_bytes){ .p = act->software->plugins.b, .n = 32 });
	opx_writer_close(w);
}

enum opx_status opx_event_begin(struct opx_act *act, struct opx_event *e, enum opx_log_kind log,
				const char *type, const int32_t *to, size_t n_to, struct opx_error *err)
{
	*e = (struct opx_event){ .log = log, .type = type, .to = to, .n_to = n_to };
	struct opx_writer *w = &e->w;
	opx_writer_begin(w, act->arena);
	opx_writer_int(w, "v", 1);
	opx_writer_str(w, "type", opx_str_z(type));
	opx_writer_str(w, "log", log == OPX_LOG_ACTS ? act->acts_origin : act->readings_origin);
	opx_writer_str(w, "req", act->request_id.n > 0 ? act->request_id : OPX_STR("-"));
	opx_writer_time(w, "at", act->at);
	if (act->session == NULL)
		put_service(w);
	else
		OPX_TRY(put_person(act, w, err));
	put_visibility(act, e);
	opx_writer_open(w, "sig");
	opx_writer_str(w, "kind", OPX_STR("none"));
	opx_writer_close(w);
	put_software(act, w);
	if (act->session != NULL)
		put_net(act, e);
	if (log == OPX_LOG_READINGS) {
		opx_writer_open(w, "acts");
		opx_writer_int(w, "size", act->head_size);
		opx_writer_str(w, "root",
			       opx_base64(act->arena, (struct opx_bytes){ .p = act->head_root.b, .n = 32 }));
		opx_writer_close(w);
	}
	return OPX_OK;
}

enum opx_status opx_event_close(struct opx_act *act, struct opx_event *e, struct opx_event_links links,
				struct opx_error *err)
{
	uint8_t salt[32];
	opx_random_fill(act->random, salt, sizeof(salt));
	opx_writer_hex(&e->w, "salt", (struct opx_bytes){ .p = salt, .n = sizeof(salt) });
	OPX_TRY(opx_writer_end(&e->w, &e->body, err));
	e->sha256 = opx_sha256(e->body);
	e->links = links;
	return OPX_OK;
}

/* As an array of SQL: "{1,4}". */
static struct opx_str visible(const struct opx_act *act, const struct opx_event *e)
{
	struct opx_buf buf;
	opx_buf_init(&buf, act->arena, e->n_to * 12 + 3);
	opx_buf_putc(&buf, '{');
	for (size_t i = 0; i < e->n_to; i++) {
		if (i > 0)
			opx_buf_putc(&buf, ',');
		opx_buf_put_i64(&buf, e->to[i]);
	}
	opx_buf_putc(&buf, '}');
	return opx_buf_str(&buf);
}

/* The columns of a list of events. */
struct columns {
	int64_t *logs, *documents, *filings, *abouts;
	struct opx_str *types, *visible;
	struct opx_bytes *sha256, *bodies, *salts;
};

static struct columns make_columns(const struct opx_act *act, const struct opx_event *events, size_t n)
{
	struct opx_arena *arena = act->arena;
	struct columns c = {
		.logs = OPX_NEW_N(arena, int64_t, n),
		.documents = OPX_NEW_N(arena, int64_t, n),
		.filings = OPX_NEW_N(arena, int64_t, n),
		.abouts = OPX_NEW_N(arena, int64_t, n),
		.types = OPX_NEW_N(arena, struct opx_str, n),
		.visible = OPX_NEW_N(arena, struct opx_str, n),
		.sha256 = OPX_NEW_N(arena, struct opx_bytes, n),
		.bodies = OPX_NEW_N(arena, struct opx_bytes, n),
		.salts = OPX_NEW_N(arena, struct opx_bytes, n),
	};
	for (size_t i = 0; i < n; i++) {
		const struct opx_event *e = &events[i];
		c.logs[i] = e->log == OPX_LOG_ACTS ? act->acts_log : act->readings_log;
		c.types[i] = opx_str_z(e->type);
		c.documents[i] = e->links.document;
		c.filings[i] = e->links.filing;
		c.abouts[i] = e->links.about;
		c.visible[i] = visible(act, e);
		c.sha256[i] = (struct opx_bytes){ .p = e->sha256.b, .n = sizeof(e->sha256.b) };
		c.bodies[i] = e->body;
		c.salts[i] =
			(struct opx_bytes){ .p = e->net_salt, .n = e->has_net ? sizeof(e->net_salt) : 0 };
	}
	return c;
}

enum opx_status opx_events_send(struct opx_act *act, const struct opx_event *events, size_t n,
				struct opx_error *err)
{
	const struct columns c = make_columns(act, events, n);
	const int64_t person = opx_act_person(act);
	struct opx_bytes certificate = events[0].links.certificate;
	if (act->session != NULL && act->session->has_certificate)
		certificate = (struct opx_bytes){ .p = act->session->cert_sha256, .n = 32 };
	return sql_act_events_send(
		act->db, act->dossier, person != 0 ? &person : NULL, act->at, certificate, act->request_id,
		act->address, act->agent, (struct opx_i64s){ .p = c.logs, .n = n },
		(struct opx_strs){ .p = c.types, .n = n }, (struct opx_i64s){ .p = c.documents, .n = n },
		(struct opx_i64s){ .p = c.filings, .n = n }, (struct opx_i64s){ .p = c.abouts, .n = n },
		(struct opx_strs){ .p = c.visible, .n = n }, (struct opx_byteses){ .p = c.sha256, .n = n },
		(struct opx_byteses){ .p = c.bodies, .n = n }, (struct opx_byteses){ .p = c.salts, .n = n },
		err);
}

static enum opx_status receive(struct opx_act *act, size_t n, const struct sql_act_events_row **ret,
			       struct opx_error *err)
{
	size_t n_rows = 0;
	OPX_TRY(sql_act_events_recv(act->db, ret, &n_rows, err));
	OPX_ASSERT(n_rows == n);
	return OPX_OK;
}

enum opx_status opx_events_recv(struct opx_act *act, size_t n, struct opx_error *err)
{
	const struct sql_act_events_row *rows = NULL;
	return receive(act, n, &rows, err);
}

enum opx_status opx_event_end(struct opx_act *act, struct opx_event *e, struct opx_event_links links,
			      int64_t *ret_id, struct opx_error *err)
{
	const struct sql_act_events_row *rows = NULL;
	OPX_TRY(opx_event_close(act, e, links, err));
	OPX_TRY(opx_db_pipeline_begin(act->db, err));
	OPX_TRY(opx_events_send(act, e, 1, err));
	OPX_TRY(opx_db_pipeline_end(act->db, err));
	OPX_TRY(receive(act, 1, &rows, err));
	*ret_id = rows[0].id;
	return OPX_OK;
}
