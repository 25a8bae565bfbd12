/* SPDX-License-Identifier: MPL-2.0 */
/* bracket.c: between which two outside tokens a line was written (evidence-format 4.7). */
#include <inttypes.h>

#include "verify.h"

/* The lower bound of each known line: a token cannot be named before it exists, and lines above stand on it. */
void brackets_load(struct verifier *v, struct vlog *log)
{
	bool has_low = false;
	int64_t low = 0;
	for (size_t i = 0; i < log->n; i++) {
		struct line *l = &log->lines[i];
		bool is_new = i == 0 || memcmp(l->leaf.after.b, log->lines[i - 1].leaf.after.b, 32) != 0;
		const struct token *t = is_new ? token_by_hash(v, &l->leaf.after) : NULL;
		if (t != NULL && token_is_good(t)) {
			int64_t at = t->t.gen.us - t->t.accuracy_us;
			low = has_low && low > at ? low : at;
			has_low = true;
		}
		l->has_low = has_low;
		l->low_us = low;
	}
}

static bool find_high(const struct vlog *log, const struct line *line, int64_t *ret)
{
	bool has_high = false;
	for (size_t i = 0; i < log->n_heads; i++) {
		const struct head *h = &log->heads[i];
		bool is_above = log->is_whole ? h->size > line->leaf.seq : h == line->head;
		if (!is_above || h->token == NULL || !token_is_good(h->token))
			continue;
		int64_t at = h->token->t.gen.us + h->token->t.accuracy_us;
		*ret = has_high && *ret < at ? *ret : at;
		has_high = true;
	}
	return has_high;
}

/* What cannot be: bounds that contradict the line, or one another. */
static void judge_bounds(struct verifier *v, const struct line *line, bool has_high, int64_t high,
			 enum claim k)
{
	const uint64_t seq = line->leaf.seq;
	if (line->has_low && line->low_us > line->leaf.time.us + CLOCK_US)
		report_failed(v->report, k,
			      "la ligne %" PRIu64 " est antidatée : elle nomme un jeton plus récent qu’elle",
			      seq);
	if (has_high && (high + CLOCK_US < line->leaf.time.us ||
			 (line->body != NULL && high + CLOCK_US < line->body->at.us)))
		report_failed(v->report, k,
			      "la ligne %" PRIu64 " est postdatée : un jeton plus ancien la contient", seq);
	if (line->has_low && has_high && high < line->low_us)
		report_failed(v->report, k, "les bornes de la ligne %" PRIu64 " se contredisent", seq);
}

void bracket_judge(struct verifier *v, const struct vlog *log, const struct line *line, enum claim k)
{
	int64_t high = 0;
	const bool has_high = find_high(log, line, &high);
	const uint64_t seq = line->leaf.seq;
	struct report *r = v->report;
	judge_bounds(v, line, has_high, high, k);
	if (!line->has_low)
		report_unsure(r, k,
			      "la ligne %" PRIu64
			      " n’a pas de borne basse (aucun jeton extérieur connu avant elle)",
			      seq);
	if (!has_high)
		report_unsure(r, k, "la ligne %" PRIu64 " n’a pas encore de borne haute (jeton en attente)",
			      seq);
	if (line->has_low && has_high && high - line->low_us > DAY_US)
		report_unsure(r, k, "les bornes de la ligne %" PRIu64 " sont écartées de plus de 24 heures",
			      seq);
	if (line->has_low && line->body != NULL && line->body->at.us + DAY_US < line->low_us)
		report_unsure(r, k,
			      "l’événement %" PRIu64 " se dit écrit plus de 24 heures avant sa borne basse",
			      seq);
}
