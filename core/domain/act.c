/* SPDX-License-Identifier: MPL-2.0 */
/* act.c: see act.h. */
#include "domain/act.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
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

static void fill_people(struct opx_act *act, const struct sql_act_members_row *rows, size_t n)
{
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

/* The lock, then the state under it: each statement of the pipeline sees what was committed when its turn came. */
static enum opx_status read_state(struct opx_act *act, int64_t dossier, bool lock,
				  struct sql_act_state_row *ret, struct opx_error *err)
{
	const struct sql_act_members_row *members = NULL;
	size_t n_members = 0;
	struct sql_act_lock_row locked;
	OPX_TRY(opx_db_pipeline_begin(act->db, err));
	if (lock)
		OPX_TRY(sql_act_lock_send(act->db, dossier, err));
	OPX_TRY(sql_act_state_send(act->db, dossier, opx_act_person(act), err));
	OPX_TRY(sql_act_members_send(act->db, dossier, err));
	OPX_TRY(opx_db_pipeline_end(act->db, err));
	if (lock)
		OPX_TRY(sql_act_lock_recv(act->db, &locked, err));
	OPX_TRY(sql_act_state_recv(act->db, ret, err));
	OPX_TRY(sql_act_members_recv(act->db, &members, &n_members, err));
	fill_people(act, members, n_members);
	return OPX_OK;
}

enum opx_status opx_act_open(struct opx_act *act, int64_t dossier, bool lock, struct opx_error *err)
{
	struct sql_act_state_row row;
	OPX_TRY(read_state(act, dossier, lock, &row, err));
	act->dossier = dossier;
	act->at = opx_now(act->clock);
	act->certificate = NULL;
	fill_state(act, &row);
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
	const struct sql_act_members_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_act_members(act->db, act->dossier, &rows, &n, err));
	fill_people(act, rows, n);
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

enum opx_status opx_act_job(struct opx_act *act, const char *lane, const char *kind, struct opx_str key,
			    int64_t ref, int64_t ref2, struct opx_error *err)
{
	return sql_work_job(act->db, opx_str_z(lane), opx_str_z(kind),
			    key.n > 0 ? key : (struct opx_str){ .p = NULL }, &ref, &ref2,
			    (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err);
}
