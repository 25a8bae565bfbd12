/* SPDX-License-Identifier: MPL-2.0 */
/* filing.c: see filing.h; design section 3, steps 4 and 5. */
#include "domain/filing.h"

#include <inttypes.h>

#include "base/arena.h"
#include "db/db.h"
#include "domain/act.h"
#include "domain/filing_plan.h"
#include "sql_filing.h"

static enum opx_status check_plan(struct opx_act *act, const struct opx_filing_order *order,
				  const struct opx_filing_plan *plan, struct opx_error *err)
{
	if (plan->n_files == 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Ajoutez au moins un fichier avant de déposer."),
				"draft without files");
	for (size_t i = 0; i < plan->n_files; i++) {
		const struct opx_filing_file *f = &plan->files[i];
		bool may = true;
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
		if (opx_filing_is_first_of_kind(plan, i))
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
	if (n_sides > 0)
		OPX_TRY(sql_filing_sides(act->db, act->dossier, (struct opx_i64s){ .p = ids, .n = n_sides },
					 &sides, &n_sides, err));
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

/* A document on its way into the tables. */
struct placed {
	struct sql_filing_documents_row document;
	struct opx_str id; /* "D017" */
	const int32_t *to; /* readers and depositor */
	size_t n_to;
	struct opx_str rule;
	struct addressed addressed;
	const int64_t *recipients; /* persons, their pseudonyms beside */
	const int32_t *pseudonyms;
	size_t n_recipients;
};

/* Of a deposit: what is written for each of its documents, all of them in one statement a table. */
struct batch {
	struct opx_act *act;
	const struct opx_filing_order *order;
	const struct opx_filing_plan *plan;
	const struct sql_filing_files_row *rows;
	struct sql_filing_insert_row filing;
	struct placed *placed;
	struct opx_event *events; /* two a document */
};

static enum opx_status write_deposit(struct batch *b, size_t i, struct opx_event *e, struct opx_error *err)
{
	const struct sql_filing_files_row *row = &b->rows[i];
	const struct placed *p = &b->placed[i];
	struct opx_act *act = b->act;
	OPX_TRY(opx_event_begin(act, e, OPX_LOG_ACTS, "doc.deposit", p->to, p->n_to, err));
	opx_writer_open(&e->w, "object");
	opx_writer_str(&e->w, "id", p->id);
	opx_writer_hex(&e->w, "sha256", row->sha256);
	opx_writer_hex(&e->w, "sha512", row->sha512);
	opx_writer_int(&e->w, "size", row->size);
	opx_writer_str(&e->w, "mime", row->mime);
	opx_writer_str(&e->w, "ext", row->ext);
	opx_writer_str(&e->w, "name", opx_str_copy(act->arena, (const char *)row->name.p, row->name.n));
	opx_writer_str(&e->w, "kind", row->kind);
	opx_writer_str(&e->w, "replaces", OPX_STR("-"));
	opx_writer_close(&e->w);
	opx_writer_strs(&e->w, "addressed", p->addressed.names);
	opx_writer_strs(&e->w, "checks", row->checks);
	opx_writer_open(&e->w, "filing");
	opx_writer_int(&e->w, "number", b->filing.number);
	opx_writer_str(&e->w, "title", b->plan->title);
	opx_writer_close(&e->w);
	return opx_event_close(act, e,
			       (struct opx_event_links){ .document = p->document.id, .filing = b->filing.id },
			       err);
}

static enum opx_status write_publish(struct batch *b, size_t i, struct opx_event *e, struct opx_error *err)
{
	const struct sql_filing_files_row *row = &b->rows[i];
	const struct placed *p = &b->placed[i];
	struct opx_act *act = b->act;
	OPX_TRY(opx_event_begin(act, e, OPX_LOG_ACTS, "doc.publish", p->to, p->n_to, err));
	opx_writer_open(&e->w, "object");
	opx_writer_str(&e->w, "id", p->id);
	opx_writer_hex(&e->w, "sha256", row->sha256);
	opx_writer_close(&e->w);
	opx_writer_people(&e->w, "recipients", p->pseudonyms, p->n_recipients);
	opx_writer_strs(&e->w, "addressed", p->addressed.names);
	opx_writer_people(&e->w, "granted", NULL, 0);
	opx_writer_str(&e->w, "rule", p->rule);
	opx_writer_str(&e->w, "number", opx_strf(act->arena, "%" PRId32, p->document.series_number));
	opx_writer_str(&e->w, "ground", row->ground.n > 0 ? row->ground : OPX_STR("-"));
	return opx_event_close(act, e,
			       (struct opx_event_links){ .document = p->document.id, .filing = b->filing.id },
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

static void freeze_readers(const struct opx_act *act, const struct opx_filing_file *file, struct placed *p)
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
	p->recipients = persons;
	p->pseudonyms = pseudonyms;
	p->n_recipients = n;
	persons[n] = opx_act_person(act);
	p->to = opx_act_those(act, persons, n + 1, &p->n_to);
}

static enum opx_status place_documents(struct batch *b, struct opx_error *err)
{
	struct opx_act *act = b->act;
	const size_t n = b->plan->n_files;
	const struct sql_filing_documents_row *documents = NULL;
	size_t n_documents = 0;
	struct opx_str *kinds = OPX_NEW_N(act->arena, struct opx_str, n),
		       *grounds = OPX_NEW_N(act->arena, struct opx_str, n),
		       *per_side = OPX_NEW_N(act->arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++) {
		kinds[i] = b->rows[i].kind;
		grounds[i] = b->rows[i].ground;
		per_side[i] = b->order->is_series_per_side(b->order->kinds, kinds[i]) ? OPX_STR("side")
										      : OPX_STR("");
	}
	OPX_TRY(sql_filing_documents(act->db, act->dossier, b->filing.id, opx_act_person(act),
				     act->side_id != 0 ? &act->side_id : NULL, act->at,
				     (struct opx_strs){ .p = kinds, .n = n },
				     (struct opx_strs){ .p = grounds, .n = n },
				     (struct opx_strs){ .p = per_side, .n = n }, &documents, &n_documents,
				     err));
	OPX_ASSERT(n_documents == n);
	for (size_t i = 0; i < n; i++) {
		struct placed *p = &b->placed[i];
		p->document = documents[i];
		p->id = opx_document_id(act->arena, p->document.n);
		OPX_TRY(list_addressed(act, &b->rows[i], &b->plan->files[i], &p->addressed, err));
		freeze_readers(act, &b->plan->files[i], p);
		OPX_TRY(write_deposit(b, i, &b->events[2 * i], err));
		OPX_TRY(write_publish(b, i, &b->events[2 * i + 1], err));
	}
	return OPX_OK;
}

static enum opx_status send_contents(const struct batch *b, struct opx_error *err)
{
	const size_t n = b->plan->n_files;
	int64_t *documents = OPX_NEW_N(b->act->arena, int64_t, n),
		*files = OPX_NEW_N(b->act->arena, int64_t, n);
	struct opx_bytes *hashes = OPX_NEW_N(b->act->arena, struct opx_bytes, n);
	for (size_t i = 0; i < n; i++) {
		documents[i] = b->placed[i].document.id;
		files[i] = b->rows[i].id;
		hashes[i] = b->rows[i].sha256;
	}
	return sql_filing_contents_send(b->act->db, b->plan->title,
					(struct opx_i64s){ .p = documents, .n = n },
					(struct opx_i64s){ .p = files, .n = n },
					(struct opx_byteses){ .p = hashes, .n = n }, err);
}

static enum opx_status send_recipients(const struct batch *b, struct opx_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < b->plan->n_files; i++)
		n += b->placed[i].n_recipients;
	int64_t *documents = OPX_NEW_N(b->act->arena, int64_t, n),
		*persons = OPX_NEW_N(b->act->arena, int64_t, n);
	int32_t *pseudonyms = OPX_NEW_N(b->act->arena, int32_t, n);
	n = 0;
	for (size_t i = 0; i < b->plan->n_files; i++)
		for (size_t k = 0; k < b->placed[i].n_recipients; k++) {
			documents[n] = b->placed[i].document.id;
			persons[n] = b->placed[i].recipients[k];
			pseudonyms[n++] = b->placed[i].pseudonyms[k];
		}
	return sql_filing_recipients_send(b->act->db, (struct opx_i64s){ .p = documents, .n = n },
					  (struct opx_i64s){ .p = persons, .n = n },
					  (struct opx_i32s){ .p = pseudonyms, .n = n }, err);
}

static enum opx_status send_addressed(const struct batch *b, struct opx_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < b->plan->n_files; i++)
		n += b->placed[i].addressed.sides.n + b->rows[i].persons.n;
	int64_t *documents = OPX_NEW_N(b->act->arena, int64_t, n),
		*sides = OPX_NEW_N(b->act->arena, int64_t, n),
		*persons = OPX_NEW_N(b->act->arena, int64_t, n);
	n = 0;
	for (size_t i = 0; i < b->plan->n_files; i++) {
		const struct opx_i64s to_sides = b->placed[i].addressed.sides,
				      to_persons = b->rows[i].persons;
		for (size_t k = 0; k < to_sides.n + to_persons.n; k++) {
			documents[n] = b->placed[i].document.id;
			sides[n] = k < to_sides.n ? to_sides.p[k] : 0;
			persons[n++] = k < to_sides.n ? 0 : to_persons.p[k - to_sides.n];
		}
	}
	return sql_filing_addressed_send(b->act->db, (struct opx_i64s){ .p = documents, .n = n },
					 (struct opx_i64s){ .p = sides, .n = n },
					 (struct opx_i64s){ .p = persons, .n = n }, err);
}

/* All that depends on nothing but the numbers that the documents were given, in one go. */
static enum opx_status write_batch(struct batch *b, struct opx_error *err)
{
	struct opx_act *act = b->act;
	const size_t n = b->plan->n_files;
	int64_t n_contents = 0;
	OPX_TRY(opx_db_pipeline_begin(act->db, err));
	OPX_TRY(send_contents(b, err));
	OPX_TRY(send_addressed(b, err));
	OPX_TRY(send_recipients(b, err));
	OPX_TRY(opx_events_send(act, b->events, 2 * n, err));
	OPX_TRY(sql_filing_notices_send(act->db, act->dossier, b->filing.id, opx_act_person(act), err));
	OPX_TRY(sql_filing_draft_done_send(act->db, b->order->draft, err));
	OPX_TRY(opx_db_pipeline_end(act->db, err));
	OPX_TRY(sql_filing_contents_recv(act->db, &n_contents, err));
	if (n_contents != (int64_t)n)
		return OPX_FAIL(err, OPX_INVALID, N_("Un fichier a changé pendant le dépôt. Recommencez."),
				"%" PRId64 " files of %zu are as they were read", n_contents, n);
	OPX_TRY(sql_filing_addressed_recv(act->db, NULL, err));
	OPX_TRY(sql_filing_recipients_recv(act->db, NULL, err));
	OPX_TRY(opx_events_recv(act, 2 * n, err));
	OPX_TRY(sql_filing_notices_recv(act->db, NULL, err));
	return sql_filing_draft_done_recv(act->db, NULL, err);
}

static enum opx_status file_all(struct opx_act *act, const struct opx_filing_order *order,
				const struct opx_filing_plan *plan, const struct sql_filing_files_row *rows,
				int32_t *ret_number, struct opx_error *err)
{
	struct batch b = { .act = act,
			   .order = order,
			   .plan = plan,
			   .rows = rows,
			   .placed = OPX_NEW_N(act->arena, struct placed, plan->n_files),
			   .events = OPX_NEW_N(act->arena, struct opx_event, 2 * plan->n_files) };
	OPX_TRY(sql_filing_insert(act->db, act->dossier, order->draft, opx_act_person(act),
				  act->side_id != 0 ? &act->side_id : NULL, act->role, plan->kind,
				  plan->title, act->session->auth_kind, opx_level_name(act->session->level),
				  act->at, &b.filing, err));
	OPX_TRY(place_documents(&b, err));
	*ret_number = b.filing.number;
	return write_batch(&b, err);
}

/* A second click: the draft was filed while it waited for the lock. */
static enum opx_status find_filed(struct opx_act *act, int64_t draft, int64_t *ret_dossier,
				  int32_t *ret_number, struct opx_error *err)
{
	struct sql_filing_of_draft_row done;
	bool is_done = false;
	OPX_TRY(sql_filing_of_draft(act->db, draft, &is_done, &done, err));
	if (!is_done)
		return OPX_FAIL(err, OPX_NOT_FOUND, OPX_FILING_GONE, "draft %" PRId64 " has no filing",
				draft);
	*ret_dossier = done.dossier_id;
	*ret_number = done.number;
	return OPX_OK;
}

enum opx_status opx_filing_confirm(struct opx_act *act, const struct opx_filing_order *order,
				   int64_t *ret_dossier, int32_t *ret_number, struct opx_error *err)
{
	struct opx_filing_plan plan;
	const struct sql_filing_files_row *rows = NULL;
	struct sql_filing_draft_row draft;
	OPX_TRY(opx_filing_lock_draft(act, order->draft, &draft, err));
	if (opx_str_is(draft.state, "filed"))
		return find_filed(act, order->draft, ret_dossier, ret_number, err);
	OPX_TRY(opx_filing_plan_rows(act, order->draft, &draft, true, &plan, &rows, err));
	OPX_TRY(check_plan(act, order, &plan, err));
	*ret_dossier = act->dossier;
	return file_all(act, order, &plan, rows, ret_number, err);
}
