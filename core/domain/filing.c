/* SPDX-License-Identifier: MPL-2.0 */
/* filing.c: see filing.h; design section 3, steps 4 and 5. */
#include "domain/filing.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "domain/act.h"
#include "sql_filing.h"

#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")
#define MAX_FINGERPRINT_BYTES ((size_t)1024 * 1024)

static enum opx_status load_readers(struct opx_act *act, const struct sql_filing_files_row *row,
				    struct opx_filing_file *file, struct opx_error *err)
{
	const struct sql_filing_readers_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_filing_readers(act->db, act->dossier, row->kind, opx_act_person(act), row->sides,
				   row->persons, &rows, &n, err));
	struct opx_filing_reader *readers = OPX_NEW_N(act->arena, struct opx_filing_reader, n);
	for (size_t i = 0; i < n; i++)
		readers[i] = (struct opx_filing_reader){ .person = rows[i].person_id,
							 .pseudonym = rows[i].pseudonym,
							 .role = rows[i].role,
							 .value = rows[i].value,
							 .rule = rows[i].rule,
							 .reads = rows[i].reads };
	file->readers = readers;
	file->n_readers = n;
	return OPX_OK;
}

/* One line a file and reader: what changes here changes what the person agreed to. */
static void fingerprint(struct opx_act *act, struct opx_filing_plan *plan)
{
	struct opx_buf buf;
	opx_buf_init(&buf, act->arena, MAX_FINGERPRINT_BYTES);
	for (size_t i = 0; i < plan->n_files; i++)
		for (size_t k = 0; k < plan->files[i].n_readers; k++)
			if (plan->files[i].readers[k].reads)
				opx_buf_printf(&buf, "%" PRId64 " %s P%" PRId32 "\n", plan->files[i].id,
					       plan->files[i].kind.p, plan->files[i].readers[k].pseudonym);
	struct opx_sha256 hash = opx_sha256(opx_buf_bytes(&buf));
	opx_sha256_hex(&hash, plan->fingerprint);
}

/* The draft's row first, locked: a second click waits for the first one, then finds its filing. */
static enum opx_status lock_draft(struct opx_act *act, int64_t draft, struct sql_filing_draft_row *ret,
				  struct opx_error *err)
{
	bool is_found = false;
	OPX_TRY(sql_filing_draft(act->db, draft, opx_act_person(act), &is_found, ret, err));
	return is_found ? OPX_OK : OPX_FAIL(err, OPX_NOT_FOUND, GONE, "draft %" PRId64, draft);
}

static enum opx_status plan_rows(struct opx_act *act, int64_t draft, bool lock, struct opx_filing_plan *ret,
				 const struct sql_filing_files_row **ret_rows, struct opx_error *err)
{
	struct sql_filing_draft_row row;
	OPX_TRY(lock_draft(act, draft, &row, err));
	if (!opx_str_is(row.state, "open"))
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "draft %" PRId64 " is %s", draft, row.state.p);
	OPX_TRY(opx_act_open(act, row.dossier_id, lock, err));
	size_t n = 0;
	OPX_TRY(sql_filing_files(act->db, draft, ret_rows, &n, err));
	struct opx_filing_file *files = OPX_NEW_N(act->arena, struct opx_filing_file, n);
	for (size_t i = 0; i < n; i++) {
		const struct sql_filing_files_row *r = &(*ret_rows)[i];
		files[i] = (struct opx_filing_file){ .id = r->id,
						     .kind = r->kind,
						     .name_shown = r->name_shown,
						     .ground = r->ground,
						     .state = r->state,
						     .size = r->size };
		OPX_TRY(load_readers(act, r, &files[i], err));
	}
	*ret = (struct opx_filing_plan){
		.dossier = row.dossier_id, .kind = row.kind, .title = row.title, .files = files, .n_files = n
	};
	fingerprint(act, ret);
	return OPX_OK;
}

enum opx_status opx_filing_plan(struct opx_act *act, int64_t draft, bool lock, struct opx_filing_plan *ret,
				struct opx_error *err)
{
	const struct sql_filing_files_row *rows = NULL;
	return plan_rows(act, draft, lock, ret, &rows, err);
}

static enum opx_status check_plan(struct opx_act *act, const struct opx_filing_order *order,
				  const struct opx_filing_plan *plan, struct opx_error *err)
{
	if (plan->n_files == 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Ajoutez au moins un fichier avant de déposer."),
				"draft without files");
	for (size_t i = 0; i < plan->n_files; i++) {
		const struct opx_filing_file *f = &plan->files[i];
		bool may = false;
		if (!opx_str_is(f->state, "ready"))
			return OPX_FAIL_ARG(
				err, OPX_INVALID,
				N_("« %s » n’est pas prêt : attendez sa vérification ou retirez-le."),
				f->name_shown.p, "file %" PRId64 " is %s", f->id, f->state.p);
		if (order->needs_ground != NULL && order->needs_ground(order->kinds, f->kind) &&
		    f->ground.n == 0)
			return OPX_FAIL_ARG(err, OPX_INVALID,
					    N_("Dites pourquoi l’accès à « %s » est restreint."),
					    f->name_shown.p, "file %" PRId64 " has no ground", f->id);
		OPX_TRY(order->may_deposit(order->rights, act, f->kind, &may, err));
		if (!may)
			return OPX_FAIL(err, OPX_FORBIDDEN,
					N_("Vous ne pouvez plus déposer ce type de document à cette étape."),
					"deposit of %s refused in %s", f->kind.p, act->phase.p);
	}
	if (!opx_str_is(order->fingerprint, plan->fingerprint))
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("La liste des personnes qui verront ce dépôt a changé. Relisez-la, puis confirmez à nouveau."),
			"readers changed since the check page");
	return OPX_OK;
}

/* Who an "addressed" document is for: the chosen persons, then the sides. The depositor's own side is always among them (domain
 * 4.1), and a side counts even while nobody stands on it: whoever joins it reads what was addressed to it. */
struct addressed {
	struct opx_i64s sides;
	struct opx_strs names; /* "P3", "S1" */
};

static enum opx_status list_addressed(struct opx_act *act, const struct sql_filing_files_row *row,
				      const struct opx_filing_file *file, struct addressed *ret,
				      struct opx_error *err)
{
	const struct sql_filing_sides_row *sides = NULL;
	size_t n_sides = 0, n = 0;
	bool is_addressed = false;
	for (size_t i = 0; i < file->n_readers; i++)
		is_addressed = is_addressed || opx_str_is(file->readers[i].value, "addressed");
	int64_t *ids = OPX_NEW_N(act->arena, int64_t, row->sides.n + 1);
	for (size_t k = 0; k < row->sides.n; k++)
		ids[n_sides++] = row->sides.p[k];
	if (is_addressed && act->side_id != 0)
		ids[n_sides++] = act->side_id;
	OPX_TRY(sql_filing_sides(act->db, act->dossier, (struct opx_i64s){ .p = ids, .n = n_sides }, &sides,
				 &n_sides, err));
	struct opx_str *names = OPX_NEW_N(act->arena, struct opx_str, act->n_people + n_sides);
	for (size_t i = 0; i < act->n_people; i++)
		for (size_t k = 0; k < row->persons.n; k++)
			if (act->people[i].person == row->persons.p[k])
				names[n++] = opx_pseudonym(act->arena, act->people[i].pseudonym);
	for (size_t k = 0; k < n_sides; k++) {
		ids[k] = sides[k].id;
		names[n++] = opx_strf(act->arena, "S%" PRId32, sides[k].n);
	}
	*ret = (struct addressed){ .sides = { .p = ids, .n = n_sides }, .names = { .p = names, .n = n } };
	return OPX_OK;
}

struct placed {
	struct sql_filing_document_row document;
	struct opx_str id; /* "D017" */
	const int32_t *to; /* readers and depositor */
	size_t n_to;
	struct opx_str rule;
	struct addressed addressed;
};

static enum opx_status write_deposit(struct opx_act *act, const struct sql_filing_files_row *row,
				     const struct placed *p, int32_t number, struct opx_str title,
				     int64_t filing, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, "doc.deposit", p->to, p->n_to, err));
	opx_writer_open(&e.w, "object");
	opx_writer_str(&e.w, "id", p->id);
	opx_writer_hex(&e.w, "sha256", row->sha256);
	opx_writer_hex(&e.w, "sha512", row->sha512);
	opx_writer_int(&e.w, "size", row->size);
	opx_writer_str(&e.w, "mime", row->mime);
	opx_writer_str(&e.w, "ext", row->ext);
	opx_writer_str(&e.w, "name", opx_str_copy(act->arena, (const char *)row->name.p, row->name.n));
	opx_writer_str(&e.w, "kind", row->kind);
	opx_writer_str(&e.w, "replaces", OPX_STR("-"));
	opx_writer_close(&e.w);
	opx_writer_strs(&e.w, "addressed", p->addressed.names);
	opx_writer_strs(&e.w, "checks", row->checks);
	opx_writer_open(&e.w, "filing");
	opx_writer_int(&e.w, "number", number);
	opx_writer_str(&e.w, "title", title);
	opx_writer_close(&e.w);
	return opx_event_end(act, &e,
			     (struct opx_event_links){ .document = p->document.id, .filing = filing }, &id,
			     err);
}

static enum opx_status write_publish(struct opx_act *act, const struct sql_filing_files_row *row,
				     const struct placed *p, const int32_t *recipients, size_t n,
				     int64_t filing, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, "doc.publish", p->to, p->n_to, err));
	opx_writer_open(&e.w, "object");
	opx_writer_str(&e.w, "id", p->id);
	opx_writer_hex(&e.w, "sha256", row->sha256);
	opx_writer_close(&e.w);
	opx_writer_people(&e.w, "recipients", recipients, n);
	opx_writer_strs(&e.w, "addressed", p->addressed.names);
	opx_writer_people(&e.w, "granted", NULL, 0);
	opx_writer_str(&e.w, "rule", p->rule);
	opx_writer_str(&e.w, "number", opx_strf(act->arena, "%" PRId32, p->document.series_number));
	opx_writer_str(&e.w, "ground", row->ground.n > 0 ? row->ground : OPX_STR("-"));
	return opx_event_end(act, &e,
			     (struct opx_event_links){ .document = p->document.id, .filing = filing }, &id,
			     err);
}

/* The depositor keeps what is his; he is a recipient only where the matrix gives him the document (a clerk's exhibit does not):
 * a verifier recomputes the list from the matrix (evidence-format 3.2). */
static bool is_recipient(const struct opx_act *act, const struct opx_filing_reader *r)
{
	if (r->person != opx_act_person(act))
		return r->reads;
	return opx_str_is(r->value, "allow") || opx_str_is(r->value, "own") ||
	       (opx_str_is(r->value, "side") && act->side_id != 0) ||
	       (opx_str_is(r->value, "addressed") && act->side_id != 0);
}

static enum opx_status freeze_readers(struct opx_act *act, const struct opx_filing_file *file,
				      struct placed *p, const int32_t **ret_recipients, size_t *ret_n,
				      struct opx_error *err)
{
	int64_t *persons = OPX_NEW_N(act->arena, int64_t, file->n_readers + 1);
	int32_t *pseudonyms = OPX_NEW_N(act->arena, int32_t, file->n_readers);
	size_t n = 0;
	p->rule = OPX_STR("-");
	for (size_t i = 0; i < file->n_readers; i++) {
		if (file->readers[i].rule.n > 0)
			p->rule = file->readers[i].rule;
		if (!is_recipient(act, &file->readers[i]))
			continue;
		persons[n] = file->readers[i].person;
		pseudonyms[n++] = file->readers[i].pseudonym;
	}
	OPX_TRY(sql_filing_recipients(act->db, p->document.id, (struct opx_i64s){ .p = persons, .n = n },
				      (struct opx_i32s){ .p = pseudonyms, .n = n }, NULL, err));
	*ret_recipients = pseudonyms;
	*ret_n = n;
	persons[n] = opx_act_person(act);
	p->to = opx_act_those(act, persons, n + 1, &p->n_to);
	return OPX_OK;
}

static enum opx_status file_one(struct opx_act *act, const struct opx_filing_order *order,
				const struct opx_filing_plan *plan, const struct sql_filing_files_row *row,
				const struct opx_filing_file *file,
				const struct sql_filing_insert_row *filing, struct opx_error *err)
{
	struct placed p;
	const int32_t *recipients = NULL;
	size_t n = 0;
	const int64_t *side = act->side_id != 0 ? &act->side_id : NULL;
	OPX_TRY(sql_filing_document(act->db, act->dossier, filing->id, row->kind, opx_act_person(act), side,
				    act->at, row->ground, order->is_series_per_side(order->kinds, row->kind),
				    &p.document, err));
	p.id = opx_document_id(act->arena, p.document.n);
	OPX_TRY(sql_filing_content(act->db, p.document.id, plan->title, row->name, row->name_shown, row->size,
				   row->sha256, row->sha512, row->mime, row->ext,
				   row->pages_is_null ? NULL : &row->pages, row->store_name, row->checks,
				   NULL, err));
	OPX_TRY(list_addressed(act, row, file, &p.addressed, err));
	OPX_TRY(sql_filing_addressed(act->db, p.document.id, p.addressed.sides, row->persons, NULL, err));
	OPX_TRY(freeze_readers(act, file, &p, &recipients, &n, err));
	OPX_TRY(write_deposit(act, row, &p, filing->number, plan->title, filing->id, err));
	return write_publish(act, row, &p, recipients, n, filing->id, err);
}

enum opx_status opx_filing_confirm(struct opx_act *act, const struct opx_filing_order *order,
				   int64_t *ret_dossier, int32_t *ret_number, struct opx_error *err)
{
	static const char *const levels[] = { "L0", "L1", "L2", "L3" };
	struct sql_filing_of_draft_row done;
	struct sql_filing_insert_row filing;
	struct opx_filing_plan plan;
	const struct sql_filing_files_row *rows = NULL;
	struct sql_filing_draft_row draft;
	bool is_done = false;
	OPX_TRY(lock_draft(act, order->draft, &draft, err));
	OPX_TRY(sql_filing_of_draft(act->db, order->draft, &is_done, &done, err));
	if (is_done) {
		*ret_dossier = done.dossier_id;
		*ret_number = done.number;
		return OPX_OK;
	}
	OPX_TRY(plan_rows(act, order->draft, true, &plan, &rows, err));
	OPX_TRY(check_plan(act, order, &plan, err));
	const int64_t *side = act->side_id != 0 ? &act->side_id : NULL;
	OPX_TRY(sql_filing_insert(act->db, act->dossier, order->draft, opx_act_person(act), side, act->role,
				  plan.kind, plan.title, act->session->auth_kind,
				  opx_str_z(levels[act->session->level]), act->at, &filing, err));
	for (size_t i = 0; i < plan.n_files; i++)
		OPX_TRY(file_one(act, order, &plan, &rows[i], &plan.files[i], &filing, err));
	OPX_TRY(sql_filing_notices(act->db, act->dossier, filing.id, opx_act_person(act), NULL, err));
	OPX_TRY(sql_filing_draft_done(act->db, order->draft, NULL, err));
	*ret_dossier = act->dossier;
	*ret_number = filing.number;
	return OPX_OK;
}
