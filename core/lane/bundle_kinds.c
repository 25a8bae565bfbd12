/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_kinds.c: what a receipt, a party's bundle and a case's bundle hold (evidence-format 5.9). */
#include "lane/bundle.h"

#include <inttypes.h>

#include "base/arena.h"
#include "domain/act.h"
#include "evidence/json.h"

#define NOT_YOURS N_("Vous ne pouvez pas lire cet acte : son accusé vérifiable n’est pas pour vous.")
#define NOT_WHOLE \
	N_("Le dossier complet demande que vous puissiez lire tous les documents et tous les actes. Demandez le vôtre.")

/* Which erase.done took a line's body; -1: none says so. list: "seqs" of the acts, "readings". */
static int64_t erased_by(struct bundle *b, const char *list, int64_t seq)
{
	for (size_t i = 0; i < b->acts.n; i++) {
		OPX_AUTO_JSON json = NULL;
		if (!opx_str_is(b->acts.lines[i].type, "erase.done") || b->acts.lines[i].body.p == NULL ||
		    opx_json_read(b->acts.lines[i].body, &json, NULL) != OPX_OK)
			continue;
		const json_t *seqs = json_object_get(json_object_get(json, "erase"), list);
		for (size_t k = 0; k < json_array_size(seqs); k++)
			if (json_integer_value(json_array_get(seqs, k)) == seq)
				return (int64_t)i;
	}
	return -1;
}

static enum opx_status put_erased(struct bundle *b, const struct bundle_log *log, int64_t seq,
				  struct opx_error *err)
{
	const bool is_act = log == &b->acts;
	const int64_t by = erased_by(b, is_act ? "seqs" : "readings", seq);
	if (by < 0)
		return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN,
				"log %" PRId64 ": the body of line %" PRId64 " is missing", log->id, seq);
	bundle_add_text(b, is_act ? &b->bodies_absent : &b->readings_absent,
			opx_strf(b->arena, "%" PRId64 " erasure %" PRId64, seq, by));
	return OPX_OK;
}

/* leaves.txt of the whole log, and the tokens that its lines name. */
static enum opx_status put_leaves(struct bundle *b, const struct bundle_log *log, const char *name,
				  struct opx_error *err)
{
	struct opx_buf buf;
	opx_buf_init(&buf, b->arena, log->n * (OPX_LEAF_MAX_BYTES + 1));
	for (size_t i = 0; i < log->n; i++) {
		opx_buf_put_str(&buf, log->lines[i].line);
		opx_buf_putc(&buf, '\n');
		OPX_TRY(bundle_note_after(b, &log->lines[i], err));
	}
	OPX_TRY(opx_buf_ok(&buf, err));
	return bundle_put(b, opx_buf_bytes(&buf), err, "%s", name);
}

/* Every stamped head up to the end, and the end. */
static enum opx_status put_heads(struct bundle *b, const struct bundle_log *log, struct opx_error *err)
{
	for (size_t i = 0; i < log->n_heads; i++) {
		const struct sql_bundle_heads_row *head = &log->heads[i];
		if (head == log->head || (head->size < log->head->size && bundle_is_stamped(b, head)))
			OPX_TRY(bundle_put_head(b, log, head, err));
	}
	return OPX_OK;
}

static enum opx_status put_acts(struct bundle *b, struct opx_error *err)
{
	OPX_TRY(put_leaves(b, &b->acts, "log/leaves.txt", err));
	OPX_TRY(put_heads(b, &b->acts, err));
	for (size_t i = 0; i < b->acts.n; i++) {
		const struct sql_bundle_lines_row *line = &b->acts.lines[i];
		if (line->body.p == NULL)
			OPX_TRY(put_erased(b, &b->acts, line->seq, err));
		else if (line->sees)
			OPX_TRY(bundle_put_body(b, &b->acts, line->seq, line->body, err));
		else if (b->kind == OPX_BUNDLE_CASE)
			return OPX_FAIL(err, OPX_FORBIDDEN, NOT_WHOLE, "act %" PRId64 " is not theirs",
					line->seq);
		else
			bundle_add_text(b, &b->bodies_absent,
					opx_strf(b->arena, "%" PRId64 " right", line->seq));
	}
	return OPX_OK;
}

static enum opx_status put_documents(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_documents_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_documents(b->job->db, b->asked.dossier_id, b->asked.person_id, b->acts.id,
				     b->acts.head->size, &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		struct opx_str id = opx_document_id(b->arena, rows[i].n);
		struct opx_str name = opx_strf(b->arena, "documents/%s.%s", id.p, rows[i].ext.p);
		struct opx_sha256 sha256;
		if (!rows[i].reads && b->kind == OPX_BUNDLE_CASE)
			return OPX_FAIL(err, OPX_FORBIDDEN, NOT_WHOLE, "%s is not theirs", id.p);
		if (!rows[i].reads) { /* said only of those that a body shows */
			if (rows[i].deposit_seen)
				bundle_add_text(b, &b->documents_absent,
						opx_strf(b->arena, "%s right", id.p));
			continue;
		}
		memcpy(sha256.b, rows[i].sha256.p, sizeof(sha256.b));
		opx_work_put_stored(&b->work, name, &sha256, rows[i].store_name);
		if (rows[i].tsr.p == NULL)
			continue;
		OPX_TRY(bundle_put(b, rows[i].tsr, err, "%s.tsr", name.p));
		bundle_add_blob(b, &b->tokens, rows[i].tsr);
	}
	return OPX_OK;
}

/* Readings above this line know acts that the bundle does not show (evidence-format 2.3). */
static int64_t readings_cut(const struct bundle *b)
{
	for (size_t i = 0; i < b->readings.n; i++)
		if (bundle_acts_size(b->readings.lines[i].body) > b->acts.head->size)
			return (int64_t)i;
	return (int64_t)b->readings.n;
}

/* All readings, up to the newest head that fits the acts. */
static enum opx_status put_readings(struct bundle *b, struct opx_error *err)
{
	struct bundle_log *log = &b->readings;
	const int64_t cut = readings_cut(b);
	const bool is_early = b->asked.is_early;
	log->head = bundle_newest_head(b, log, cut);
	const struct sql_bundle_heads_row *last = &log->heads[log->n_heads - 1];
	if (is_early && (log->head == NULL || (last->size <= cut && last != log->head)))
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET,
				"readings: head %" PRId64 " has no token yet", last->size);
	if (log->head == NULL && last->size <= cut)
		log->head =
			last; /* without a token: its lines have no upper bound, which the verifier says */
	if (log->head == NULL)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "readings: no head below line %" PRId64,
				cut);
	log->n = (size_t)log->head->size;
	OPX_TRY(put_leaves(b, log, "readings/leaves.txt", err));
	OPX_TRY(put_heads(b, log, err));
	for (size_t i = 0; i < log->n; i++) {
		if (log->lines[i].body.p == NULL)
			OPX_TRY(put_erased(b, log, (int64_t)i, err));
		else
			OPX_TRY(bundle_put_body(b, log, (int64_t)i, log->lines[i].body, err));
	}
	return OPX_OK;
}

/* His own readings, each with its proof to the first stamped head above it. */
static enum opx_status put_own_readings(struct bundle *b, struct opx_error *err)
{
	struct bundle_log *log = &b->readings;
	const int64_t cut = readings_cut(b);
	for (int64_t seq = 0; seq < cut; seq++) {
		const struct sql_bundle_lines_row *line = &log->lines[seq];
		const struct sql_bundle_heads_row *head = bundle_head_above(b, log, seq);
		if (!line->owns || line->body.p == NULL || head == NULL)
			continue;
		if (b->asked.is_early && !bundle_is_stamped(b, head))
			return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET,
					"reading %" PRId64 " has no token yet", seq);
		OPX_TRY(bundle_put_head(b, log, head, err));
		OPX_TRY(bundle_put_proof(b, log, seq, head, err));
		OPX_TRY(bundle_put_body(b, log, seq, line->body, err));
		OPX_TRY(bundle_note_after(b, line, err));
	}
	return OPX_OK;
}

static enum opx_status check_whole(struct bundle *b, struct opx_error *err)
{
	struct sql_bundle_case_lacks_row row;
	OPX_TRY(sql_bundle_case_lacks(b->job->db, b->asked.dossier_id, b->asked.person_id, &row, err));
	if (row.documents > 0 || row.acts > 0 || row.readings)
		return OPX_FAIL(err, OPX_FORBIDDEN, NOT_WHOLE,
				"lacks %" PRId64 " documents, %" PRId64 " acts%s", row.documents, row.acts,
				row.readings ? ", readings" : "");
	return OPX_OK;
}

enum opx_status bundle_fill_whole(struct bundle *b, struct opx_error *err)
{
	const bool is_case = b->kind == OPX_BUNDLE_CASE;
	if (is_case)
		OPX_TRY(check_whole(b, err));
	if (b->readings.n_heads == 0)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "readings: not sealed yet");
	OPX_TRY(bundle_load_lines(b, &b->acts, b->acts.head->size, err));
	OPX_TRY(bundle_load_lines(b, &b->readings, b->readings.heads[b->readings.n_heads - 1].size, err));
	OPX_TRY(is_case ? put_readings(b, err) : put_own_readings(b, err));
	OPX_TRY(put_acts(b, err));
	return put_documents(b, err);
}

static struct opx_str json_str(const json_t *body, const char *object, const char *name)
{
	const char *text = json_string_value(json_object_get(json_object_get(body, object), name));
	return text != NULL ? opx_str_z(text) : OPX_STR("-");
}

static struct opx_receipt_object object_of(const json_t *body)
{
	return (struct opx_receipt_object){
		.id = json_str(body, "object", "id"),
		.sha256 = json_str(body, "object", "sha256"),
		.sha512 = json_str(body, "object", "sha512"),
		.size = json_integer_value(json_object_get(json_object_get(body, "object"), "size")),
		.mime = json_str(body, "object", "mime"),
		.ext = json_str(body, "object", "ext"),
		.name = json_str(body, "object", "name"),
		.kind = json_str(body, "object", "kind"),
		.replaces = json_str(body, "object", "replaces"),
	};
}

static enum opx_status put_receipt(struct bundle *b, const struct sql_bundle_deposit_row *row,
				   struct opx_error *err)
{
	OPX_AUTO_JSON body = NULL;
	struct opx_bytes text;
	char token[65] = "pending";
	struct opx_str *to = OPX_NEW_N(b->arena, struct opx_str, row->readers.n);
	struct opx_sha256 sha256;
	OPX_TRY(opx_json_read(row->body, &body, err));
	for (size_t i = 0; i < row->readers.n; i++)
		to[i] = opx_pseudonym(b->arena, row->readers.p[i]);
	if (row->tsr.p != NULL) {
		sha256 = opx_sha256(row->tsr);
		opx_sha256_hex(&sha256, token);
	}
	const struct opx_receipt_object object = object_of(body);
	struct opx_receipt_facts facts = {
		.number = opx_strf(b->arena, "RG %s, dépôt n° %" PRId32 ", %s", b->scene.rg_number.p,
				   row->filing_number, object.id.p),
		.log = b->scene.acts_origin,
		.line = row->line,
		.depositor = json_str(body, "actor", "p"),
		.name = row->author,
		.mail = row->mail,
		.addressees = { .p = to, .n = row->readers.n },
		.document = object,
		.level = json_str(body, "auth", "level"),
		.token = opx_str_z(token),
		.seq = row->seq,
		.head_size = b->acts.head->size,
	};
	memcpy(facts.head_root.b, b->acts.head->root.p, sizeof(facts.head_root.b));
	OPX_TRY(opx_receipt_json(b->arena, &facts, &text, err));
	OPX_TRY(bundle_put(b, text, err, "receipt.json"));
	bundle_add_text(b, &b->documents_absent, opx_strf(b->arena, "%s scope", object.id.p));
	if (row->tsr.p == NULL)
		return OPX_OK;
	bundle_add_blob(b, &b->tokens, row->tsr);
	return bundle_put(b, row->tsr, err, "documents/%s.%s.tsr", object.id.p, object.ext.p);
}

enum opx_status bundle_fill_receipt(struct bundle *b, struct opx_error *err)
{
	struct sql_bundle_deposit_row row;
	bool is_found = false;
	if (!b->asked.document_id_is_null)
		OPX_TRY(sql_bundle_deposit(b->job->db, b->asked.document_id, b->asked.person_id, &is_found,
					   &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "the deposit is not sealed yet");
	if (!row.sees || row.body.p == NULL)
		return OPX_FAIL(err, OPX_FORBIDDEN, NOT_YOURS, "the body of line %" PRId64 " is not theirs",
				row.seq);
	b->seq = row.seq;
	b->acts.head = bundle_head_above(b, &b->acts, row.seq);
	if (b->acts.head == NULL || !bundle_is_stamped(b, b->acts.head))
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "line %" PRId64 " has no stamped head yet",
				row.seq);
	if (b->asked.is_early && row.tsr.p == NULL)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "the document has no token yet");
	OPX_TRY(bundle_load_lines(b, &b->acts, b->acts.head->size, err));
	OPX_TRY(bundle_put_head(b, &b->acts, b->acts.head, err));
	OPX_TRY(bundle_put_proof(b, &b->acts, row.seq, b->acts.head, err));
	OPX_TRY(bundle_put_body(b, &b->acts, row.seq, row.body, err));
	OPX_TRY(bundle_note_after(b, &b->acts.lines[row.seq], err));
	return put_receipt(b, &row, err);
}
