/* SPDX-License-Identifier: MPL-2.0 */
/* act.c: see act.h. */
#include "domain/act.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "sql_act.h"
#include "sql_work.h"

static void fill_state(struct opx_act *act, const struct sql_act_state_row *row)
{
	act->acts_log = row->acts_log;
	act->acts_origin = row->acts_origin;
	act->readings_log = row->readings_log;
	act->readings_origin = row->readings_origin;
	act->phase = row->phase;
	memcpy(act->rights.b, row->rights.p, sizeof(act->rights.b));
	memcpy(act->rights_in_force.b, row->rights_in_force.p, sizeof(act->rights_in_force.b));
	if (row->members.p != NULL)
		memcpy(act->members.b, row->members.p, sizeof(act->members.b));
	act->pseudonym = row->pseudonym_is_null ? 0 : row->pseudonym;
	act->role = row->role.p != NULL ? row->role : OPX_STR("-");
	act->side = row->side_n_is_null ? OPX_STR("-") : opx_strf(act->arena, "S%" PRId32, row->side_n);
	act->side_id = row->side_id_is_null ? 0 : row->side_id;
	act->head_size = row->head_size_is_null ? 0 : row->head_size;
	act->head_root = opx_sha256((struct opx_bytes){ .p = (const uint8_t *)"", .n = 0 });
	if (row->head_root.n == sizeof(act->head_root.b))
		memcpy(act->head_root.b, row->head_root.p, sizeof(act->head_root.b));
}

static enum opx_status load_people(struct opx_act *act, struct opx_error *err)
{
	const struct sql_act_members_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_act_members(act->db, act->dossier, &rows, &n, err));
	struct opx_member *people = OPX_NEW_N(act->arena, struct opx_member, n);
	for (size_t i = 0; i < n; i++)
		people[i] = (struct opx_member){
			.person = rows[i].person_id,
			.side_id = rows[i].side_id_is_null ? 0 : rows[i].side_id,
			.side_n = rows[i].side_n_is_null ? 0 : rows[i].side_n,
			.pseudonym = rows[i].pseudonym,
			.role = rows[i].role,
			.name = rows[i].name,
			.has_accepted = rows[i].accepted,
			.has_left = rows[i].has_left,
			.sees_readings = rows[i].sees_readings,
		};
	act->people = people;
	act->n_people = n;
	return OPX_OK;
}

/* Another matrix was published since the last act of this dossier: its log is told before anything is decided under it
 * (evidence-format 2.8). The platform writes it, whoever acts. */
static enum opx_status announce_rights(struct opx_act *act, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	struct opx_act service = *act;
	const struct opx_bytes sha256 = { .p = act->rights_in_force.b, .n = sizeof(act->rights_in_force.b) };
	service.session = NULL;
	service.rights = act->rights = act->rights_in_force;
	OPX_TRY(sql_act_rights_current(act->db, act->dossier, sha256, NULL, err));
	const int32_t *everybody = opx_act_everybody(act, &n);
	OPX_TRY(opx_event_begin(&service, &e, OPX_LOG_ACTS, "rights.version", everybody, n, err));
	opx_writer_open(&e.w, "rights");
	opx_writer_hex(&e.w, "sha256", sha256);
	opx_writer_strs(&e.w, "approvers", (struct opx_strs){ .n = 0 });
	opx_writer_close(&e.w);
	return opx_event_end(&service, &e, (struct opx_event_links){ .document = 0 }, &id, err);
}

enum opx_status opx_act_open(struct opx_act *act, int64_t dossier, bool lock, struct opx_error *err)
{
	struct sql_act_state_row row;
	if (lock) {
		struct sql_act_lock_row locked;
		OPX_TRY(sql_act_lock(act->db, dossier, &locked, err));
	}
	OPX_TRY(sql_act_state(act->db, dossier, opx_act_person(act), &row, err));
	act->dossier = dossier;
	act->at = opx_now(act->clock);
	fill_state(act, &row);
	OPX_TRY(load_people(act, err));
	/* A reading takes no lock and keeps what its log was told last; who is no member yet cannot say who sees it: he opens the
	 * act again as one. */
	bool is_told = memcmp(act->rights.b, act->rights_in_force.b, sizeof(act->rights.b)) == 0;
	bool is_outside = act->session != NULL && row.pseudonym_is_null;
	return !lock || is_told || is_outside ? OPX_OK : announce_rights(act, err);
}

enum opx_status opx_act_members_changed(struct opx_act *act, struct opx_error *err)
{
	struct opx_writer w;
	uint8_t salt[32];
	struct opx_bytes body;
	OPX_TRY(load_people(act, err));
	opx_writer_begin(&w, act->arena);
	opx_writer_int(&w, "v", 1);
	opx_writer_str(&w, "log", act->acts_origin);
	opx_writer_open(&w, "members");
	for (size_t i = 0; i < act->n_people; i++) {
		const struct opx_member *m = &act->people[i];
		struct opx_str side = m->side_n > 0 ? opx_strf(act->arena, "S%" PRId32, m->side_n)
						    : OPX_STR("-");
		const struct opx_str facts[] = { m->role, side, m->name };
		if (!m->has_left)
			opx_writer_strs(&w, opx_pseudonym(act->arena, m->pseudonym).p,
					(struct opx_strs){ .p = facts, .n = OPX_COUNT(facts) });
	}
	opx_writer_close(&w);
	opx_random_fill(act->random, salt, sizeof(salt));
	opx_writer_hex(&w, "salt", (struct opx_bytes){ .p = salt, .n = sizeof(salt) });
	OPX_TRY(opx_writer_end(&w, &body, err));
	act->members = opx_sha256(body);
	const struct opx_bytes sha256 = { .p = act->members.b, .n = sizeof(act->members.b) };
	OPX_TRY(sql_act_members_file(act->db, sha256, act->dossier, body, NULL, err));
	return sql_act_members_current(act->db, act->dossier, sha256, NULL, err);
}

struct opx_str opx_pseudonym(struct opx_arena *arena, int32_t pseudonym)
{
	return opx_strf(arena, "P%" PRId32, pseudonym);
}

struct opx_str opx_document_id(struct opx_arena *arena, int32_t n)
{
	return opx_strf(arena, "D%03" PRId32, n);
}

const int32_t *opx_act_everybody(const struct opx_act *act, size_t *ret_n)
{
	int32_t *list = OPX_NEW_N(act->arena, int32_t, act->n_people);
	size_t n = 0;
	for (size_t i = 0; i < act->n_people; i++)
		if (!act->people[i].has_left)
			list[n++] = act->people[i].pseudonym;
	*ret_n = n;
	return list;
}

const int32_t *opx_act_those(const struct opx_act *act, const int64_t *persons, size_t n_persons,
			     size_t *ret_n)
{
	int32_t *list = OPX_NEW_N(act->arena, int32_t, act->n_people);
	size_t n = 0;
	for (size_t i = 0; i < act->n_people; i++)
		for (size_t k = 0; k < n_persons; k++)
			if (act->people[i].person == persons[k]) {
				list[n++] = act->people[i].pseudonym;
				break;
			}
	*ret_n = n;
	return list;
}

const int32_t *opx_act_watchers(const struct opx_act *act, int64_t person, int64_t other, size_t *ret_n)
{
	int32_t *list = OPX_NEW_N(act->arena, int32_t, act->n_people);
	size_t n = 0;
	for (size_t i = 0; i < act->n_people; i++) {
		const struct opx_member *m = &act->people[i];
		bool sees_all = !m->has_left && m->has_accepted && m->sees_readings;
		if (sees_all || (person != 0 && m->person == person) || (other != 0 && m->person == other))
			list[n++] = m->pseudonym;
	}
	*ret_n = n;
	return list;
}

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

static enum opx_status put_certificate(struct opx_act *act, struct opx_writer *w, struct opx_error *err)
{
	struct sql_act_certificate_row row;
	bool is_found = false;
	OPX_TRY(sql_act_certificate(act->db, act->session->id, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
				"session %" PRId64 " has no certificate", act->session->id);
	if (row.is_revoked)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Votre certificat vient d’être révoqué."),
				"session %" PRId64 ": its certificate was revoked meanwhile",
				act->session->id);
	struct opx_str *chain = OPX_NEW_N(act->arena, struct opx_str, row.chain.n);
	for (size_t i = 0; i < row.chain.n; i++)
		chain[i] = opx_hex_str(act->arena, row.chain.p[i]);
	opx_writer_hex(w, "cert", row.cert);
	opx_writer_hex(w, "issuer", row.issuer_key);
	opx_writer_hex(w, "serial", row.serial);
	opx_writer_strs(w, "chain", (struct opx_strs){ .p = chain, .n = row.chain.n });
	opx_writer_str(w, "status",
		       row.crl.p != NULL ? opx_strf(act->arena, "crl:%s", opx_hex_str(act->arena, row.crl).p)
					 : OPX_STR("-"));
	return OPX_OK;
}

static enum opx_status put_person(struct opx_act *act, struct opx_writer *w, struct opx_error *err)
{
	static const char *const levels[] = { "L0", "L1", "L2", "L3" };
	const struct opx_session *s = act->session;
	opx_writer_open(w, "actor");
	opx_writer_str(w, "p", opx_pseudonym(act->arena, act->pseudonym));
	opx_writer_str(w, "role", act->role);
	opx_writer_str(w, "side", act->side);
	opx_writer_close(w);
	opx_writer_open(w, "auth");
	opx_writer_str(w, "kind", s->auth_kind);
	opx_writer_str(w, "level", opx_str_z(levels[s->level]));
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

enum opx_status opx_event_end(struct opx_act *act, struct opx_event *e, struct opx_event_links links,
			      int64_t *ret_id, struct opx_error *err)
{
	uint8_t salt[32];
	struct opx_bytes body;
	struct sql_act_event_row row;
	const int64_t person = opx_act_person(act);
	struct opx_bytes certificate = links.certificate;
	if (act->session != NULL && act->session->has_certificate)
		certificate = (struct opx_bytes){ .p = act->session->cert_sha256, .n = 32 };
	opx_random_fill(act->random, salt, sizeof(salt));
	opx_writer_hex(&e->w, "salt", (struct opx_bytes){ .p = salt, .n = sizeof(salt) });
	OPX_TRY(opx_writer_end(&e->w, &body, err));
	struct opx_sha256 hash = opx_sha256(body);
	OPX_TRY(sql_act_event(act->db, e->log == OPX_LOG_ACTS ? act->acts_log : act->readings_log,
			      opx_str_z(e->type), act->dossier, links.document != 0 ? &links.document : NULL,
			      links.filing != 0 ? &links.filing : NULL, person != 0 ? &person : NULL,
			      links.about != 0 ? &links.about : NULL,
			      (struct opx_i32s){ .p = e->to, .n = e->n_to },
			      (struct opx_bytes){ .p = hash.b, .n = 32 }, act->at, body, certificate, &row,
			      err));
	struct opx_bytes net_salt = { .p = NULL };
	if (e->has_net)
		net_salt = (struct opx_bytes){ .p = e->net_salt, .n = sizeof(e->net_salt) };
	OPX_TRY(sql_work_trail(act->db, opx_str_z(e->type), person != 0 ? &person : NULL, &act->dossier,
			       opx_strf(act->arena, "event %" PRId64, row.id), act->request_id, act->address,
			       act->agent, net_salt, OPX_STR(""), NULL, err));
	*ret_id = row.id;
	return OPX_OK;
}

enum opx_status opx_act_job(struct opx_act *act, const char *lane, const char *kind, struct opx_str key,
			    int64_t ref, int64_t ref2, struct opx_error *err)
{
	return sql_work_job(act->db, opx_str_z(lane), opx_str_z(kind),
			    key.n > 0 ? key : (struct opx_str){ .p = NULL }, &ref, &ref2,
			    (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err);
}
