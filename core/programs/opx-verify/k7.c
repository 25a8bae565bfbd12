/* SPDX-License-Identifier: MPL-2.0 */
/* k7.c: what is missing is missing for a reason that is written, and recorded where it must be (evidence-format 3.6, 5.7). */
#include <inttypes.h>

#include "base/num.h"
#include "verify.h"

#define ERASE_DELAY_US (3 * DAY_US)

/* "<n> word rest": the number of an act at the end, or -1. */
static int64_t number_after(const char *text, const char *word)
{
	int64_t n = -1;
	const char *space = strchr(text, ' ');
	if (space == NULL || !text_starts(space + 1, word))
		return -1;
	return opx_parse_i64(opx_str_z(space + 1 + strlen(word)), 0, MAX_LINES, &n, NULL) == OPX_OK ? n : -1;
}

static bool act_lists(const struct verifier *v, int64_t act, const char *type, const char *object,
		      const char *list, int64_t seq)
{
	const struct line *l = act >= 0 ? line_of(&v->acts, (uint64_t)act) : NULL;
	return l != NULL && line_is(l, type) && list_has_number(json_list(l->body->json, object, list), seq);
}

static void judge_absence(struct verifier *v, const struct vlog *log, const char *text, uint64_t seq)
{
	const char *word = strchr(text, ' ') + 1; /* K0 has looked at the form */
	const char *list = log->kind == 'c' ? "seqs" : "readings";
	bool is_good = false;
	if (text_cmp(word, "right") == 0)
		is_good = log->kind == 'c' && !is_full(v);
	else if (text_cmp(word, "scope") == 0)
		is_good = log->kind == 'c' && v->kind == KIND_DOCUMENT;
	else
		is_good = act_lists(v, number_after(text, "erasure "), "erase.done", "erase", list,
				    (int64_t)seq) ||
			  act_lists(v, number_after(text, "hold "), "hold.set", "hold", list, (int64_t)seq);
	if (!is_good)
		report_failed(v->report, K7, "l’événement %" PRIu64 " manque sans raison recevable (%s)", seq,
			      word);
}

/* One string for each line whose body is not there, in order, and no other. */
static void judge_list(struct verifier *v, const struct vlog *log, const json_t *list)
{
	size_t next = 0;
	for (size_t i = 0; i < log->n; i++) {
		char prefix[24];
		if (log->lines[i].body != NULL)
			continue;
		const char *text = json_string_value(json_array_get(list, next));
		(void)snprintf(prefix, sizeof(prefix), "%" PRIu64 " ", log->lines[i].leaf.seq);
		if (!text_starts(text, prefix)) {
			report_failed(v->report, K7,
				      "l’événement %" PRIu64 " manque sans que bundle.json le dise",
				      log->lines[i].leaf.seq);
			return;
		}
		judge_absence(v, log, text, log->lines[i].leaf.seq);
		next++;
	}
	if (next != json_array_size(list))
		report_failed(v->report, K7, "bundle.json dit absent un événement qui est là");
}

static bool reader_may_read(const struct verifier *v, const struct line *deposit)
{
	const char *id = line_document(deposit), *p = v->reader.p;
	const struct line *publish = document_line(v, "doc.publish", id),
			  *withdraw = document_line(v, "doc.withdraw", id);
	if (text_cmp(deposit->body->actor, p) == 0)
		return true;
	if (withdraw != NULL && !list_has(json_list(withdraw->body->json, NULL, "recipients"), p))
		return false;
	return (publish != NULL && list_has(json_list(publish->body->json, NULL, "recipients"), p)) ||
	       document_is_granted(v, id, p, UINT64_MAX);
}

static bool document_absence_is_good(const struct verifier *v, const struct line *deposit, const char *text)
{
	const char *word = strchr(text, ' ') + 1;
	int64_t erasure = number_after(text, "erasure "), hold = number_after(text, "hold ");
	if (text_cmp(word, "right") == 0)
		return !is_full(v) && (deposit == NULL || !reader_may_read(v, deposit));
	if (text_cmp(word, "scope") == 0)
		return v->kind == KIND_DOCUMENT || v->kind == KIND_RECEIPT;
	if (text_cmp(word, "pending") == 0)
		return true;
	const struct line *l = erasure >= 0 ? line_of(&v->acts, (uint64_t)erasure)
			       : hold >= 0  ? line_of(&v->acts, (uint64_t)hold)
					    : NULL;
	return l != NULL && (line_is(l, "erase.done") || line_is(l, "hold.set"));
}

static void judge_documents(struct verifier *v)
{
	const json_t *list = json_list(v->bundle, NULL, "documents_absent");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		struct opx_str id = opx_str_copy(v->arena, text, (size_t)(strchr(text, ' ') - text));
		const struct line *deposit = document_line(v, "doc.deposit", id.p);
		bool is_there = deposit != NULL &&
				file_of(v, "documents/%s.%s", id.p,
					json_text(deposit->body->json, "object", "ext")) != NULL;
		if (is_there || !document_absence_is_good(v, deposit, text))
			report_failed(v->report, K7, "%s est dit absent sans raison recevable", id.p);
	}
	for (size_t i = 0; i < v->acts.n && v->kind != KIND_RECEIPT; i++) {
		const struct line *l = &v->acts.lines[i];
		if (!line_is(l, "doc.deposit") || file_of(v, "documents/%s.%s", line_document(l),
							  json_text(l->body->json, "object", "ext")) != NULL)
			continue;
		struct opx_str prefix = opx_strf(v->arena, "%s ", line_document(l));
		bool is_said = false;
		for (size_t k = 0; k < json_array_size(list); k++)
			is_said = is_said ||
				  text_starts(json_string_value(json_array_get(list, k)), prefix.p);
		if (!is_said)
			report_failed(v->report, K7, "%s manque sans que bundle.json le dise",
				      line_document(l));
	}
}

/* Two different approvers, members, not all of the operator (3.6). */
static bool approvers_are_good(struct verifier *v, const struct line *l)
{
	const json_t *list = json_list(l->body->json, "erase", "approvers"),
		     *members = rights_members(v, l->body, K7);
	bool has_other = false;
	if (members == NULL)
		return true; /* said */
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *p = json_string_value(json_array_get(list, i));
		const char *role = p != NULL ? member_role(members, p) : NULL;
		for (size_t k = 0; k < i; k++)
			if (text_cmp(json_string_value(json_array_get(list, k)), p) == 0)
				return false;
		if (role == NULL)
			return false;
		has_other = has_other || text_cmp(role, "platform_operator") != 0;
	}
	return json_array_size(list) >= 2 && has_other;
}

static bool is_sorted(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		if (!json_is_integer(one) ||
		    (i > 0 && json_integer_value(one) <= json_integer_value(json_array_get(list, i - 1))))
			return false;
	}
	return true;
}

/* A request at least 72 hours before that lists all lines that stood before it. */
static bool was_asked(const struct verifier *v, const struct line *done)
{
	const json_t *seqs = json_list(done->body->json, "erase", "seqs");
	for (size_t i = 0; i < v->acts.n && v->acts.lines[i].leaf.seq < done->leaf.seq; i++) {
		const struct line *l = &v->acts.lines[i];
		if (!line_is(l, "erase.request") || l->body->at.us + ERASE_DELAY_US > done->body->at.us)
			continue;
		bool lists_all = true;
		for (size_t k = 0; k < json_array_size(seqs); k++) {
			int64_t seq = json_integer_value(json_array_get(seqs, k));
			if (seq < (int64_t)l->leaf.seq &&
			    !list_has_number(json_list(l->body->json, "erase", "seqs"), seq))
				lists_all = false;
		}
		if (lists_all)
			return true;
	}
	return false;
}

static bool is_held(const struct verifier *v, const struct line *done, const char *list, int64_t seq)
{
	bool held = false;
	for (size_t i = 0; i < v->acts.n && v->acts.lines[i].leaf.seq < done->leaf.seq; i++) {
		const struct line *l = &v->acts.lines[i];
		if (l->body != NULL && text_starts(l->body->type, "hold.") &&
		    list_has_number(json_list(l->body->json, "hold", list), seq))
			held = line_is(l, "hold.set");
	}
	return held;
}

static void judge_erased(struct verifier *v, const struct line *done, const struct vlog *log,
			 const char *list)
{
	const json_t *seqs = json_list(done->body->json, "erase", list);
	for (size_t i = 0; i < json_array_size(seqs); i++) {
		int64_t seq = json_integer_value(json_array_get(seqs, i));
		const struct line *l = seq >= 0 ? line_of(log, (uint64_t)seq) : NULL;
		if (is_held(v, done, list, seq))
			report_failed(v->report, K7,
				      "l’événement %" PRId64 " a été effacé alors qu’il était sous séquestre",
				      seq);
		if (l != NULL && l->body != NULL)
			report_failed(v->report, K7, "l’événement %" PRId64 " est dit effacé et il est là",
				      seq);
	}
}

static void judge_erasure(struct verifier *v, const struct line *l)
{
	const json_t *j = l->body->json;
	const char *ground = json_text(j, "erase", "ground"), *order = json_text(j, "erase", "order");
	const json_t *files = json_list(j, "erase", "files");
	bool is_ordered = text_cmp(ground, "court-order") == 0 && text_cmp(order, "-") != 0 &&
			  order[0] != '\0';
	if (ground[0] == '\0' || text_cmp(ground, "-") == 0 || !approvers_are_good(v, l) ||
	    !is_sorted(json_list(j, "erase", "seqs")) || !is_sorted(json_list(j, "erase", "readings")))
		report_failed(v->report, K7,
			      "l’effacement de la ligne %" PRIu64
			      " n’a pas ses deux approbations ou son motif",
			      l->leaf.seq);
	else if (!is_ordered && !was_asked(v, l))
		report_failed(v->report, K7,
			      "l’effacement de la ligne %" PRIu64 " n’a pas été annoncé 72 heures avant",
			      l->leaf.seq);
	judge_erased(v, l, &v->acts, "seqs");
	judge_erased(v, l, &v->readings, "readings");
	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *hex = json_string_value(json_array_get(files, i));
		if (hex != NULL && strlen(hex) == 64 &&
		    (file_of(v, "members/%s.json", hex) != NULL || file_of(v, "rights/%s.csv", hex) != NULL))
			report_failed(v->report, K7, "un fichier dit effacé à la ligne %" PRIu64 " est là",
				      l->leaf.seq);
	}
}

void k7_judge(struct verifier *v)
{
	judge_list(v, &v->acts, json_list(v->bundle, NULL, "bodies_absent"));
	judge_list(v, &v->readings, json_list(v->bundle, NULL, "readings_absent"));
	judge_documents(v);
	for (size_t i = 0; i < v->acts.n; i++)
		if (line_is(&v->acts.lines[i], "erase.done"))
			judge_erasure(v, &v->acts.lines[i]);
	report_held(v->report, K7);
}
