/* SPDX-License-Identifier: MPL-2.0 */
/* k5.c: nothing was removed, added or moved in the logs, up to the heads shown. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "evidence/tree.h"
#include "verify.h"

static int by_body(const void *a, const void *b)
{
	return memcmp((*(const struct line *const *)a)->leaf.body.b,
		      (*(const struct line *const *)b)->leaf.body.b, 32);
}

static void judge_bodies(struct verifier *v, const struct vlog *log)
{
	const struct line **lines = OPX_NEW_N(v->arena, const struct line *, log->n);
	for (size_t i = 0; i < log->n; i++)
		lines[i] = &log->lines[i];
	qsort(lines, log->n, sizeof(*lines), by_body);
	for (size_t i = 1; i < log->n; i++)
		if (by_body(&lines[i - 1], &lines[i]) == 0)
			report_failed(v->report, K5, "deux lignes ont le même événement");
}

/* Line 0 opens the log and no other does; each type is in its log (2.3). */
static void judge_types(struct verifier *v, const struct vlog *log)
{
	const char *opening = log->kind == 'c' ? "case.open" : "readings.open";
	for (size_t i = 0; i < log->n; i++) {
		const struct line *l = &log->lines[i];
		if (l->body == NULL)
			continue;
		if (!body_is_of(l->body, log->kind) ||
		    (text_cmp(l->body->type, opening) == 0) != (l->leaf.seq == 0))
			report_failed(v->report, K5,
				      "la ligne %" PRIu64 " (%s) n’a pas sa place dans ce journal",
				      l->leaf.seq, l->body->type);
		if (l->body->at.us > l->leaf.time.us + CLOCK_US)
			report_failed(v->report, body_claim(l->body, log->kind),
				      "l’événement %" PRIu64 " se dit postérieur à sa ligne", l->leaf.seq);
	}
}

/* Time never goes back, but at a line whose event is a time.check that says so (2.4). */
static void judge_times(struct verifier *v, const struct vlog *log)
{
	for (size_t i = 1; i < log->n; i++) {
		const struct line *before = &log->lines[i - 1], *l = &log->lines[i];
		struct opx_instant from, to;
		if (l->leaf.time.us >= before->leaf.time.us)
			continue;
		const char *a = l->body != NULL ? json_text(l->body->json, "clock", "before") : NULL;
		const char *b = l->body != NULL ? json_text(l->body->json, "clock", "after") : NULL;
		bool is_said = l->leaf.seq == before->leaf.seq + 1 && a != NULL && b != NULL &&
			       text_cmp(l->body->type, "time.check") == 0 &&
			       opx_instant_parse(opx_str_z(a), &from, NULL) == OPX_OK &&
			       opx_instant_parse(opx_str_z(b), &to, NULL) == OPX_OK &&
			       from.us == before->leaf.time.us && to.us <= l->leaf.time.us;
		if (!is_said && log->is_whole)
			report_failed(v->report, K5, "l’heure recule à la ligne %" PRIu64, l->leaf.seq);
	}
}

static void judge_heads(struct verifier *v, const struct vlog *log)
{
	for (size_t i = 0; i < log->n_heads; i++) {
		const struct head *h = &log->heads[i];
		if (h->token != NULL && h->token->t.judgment == OPX_JUDGED_BAD)
			report_failed(v->report, K5, "%s : %s", h->token->name.p, h->token->t.reason);
		if (!log->is_whole)
			continue;
		if (h->size > log->n || memcmp(h->root.b, log->roots[h->size].b, 32) != 0)
			report_failed(v->report, K5, "l’état signé %" PRIu64 " n’est pas celui de ces lignes",
				      h->size);
	}
	if (log->is_whole && head_of(log, log->n) == NULL)
		report_failed(v->report, K5, "l’état signé du journal entier (%zu lignes) manque", log->n);
	for (size_t i = 0; i < v->n_tokens; i++) {
		const char *prefix = log->kind == 'c' ? "log/checkpoints/" : "readings/checkpoints/";
		if (!opx_str_starts(v->tokens[i].name, prefix))
			continue;
		bool is_of_head = false;
		for (size_t k = 0; k < log->n_heads; k++)
			is_of_head = is_of_head || log->heads[k].token == &v->tokens[i];
		if (!is_of_head)
			report_failed(v->report, K5, "%s n’est le jeton d’aucun état signé",
				      v->tokens[i].name.p);
	}
}

/* What an `after` may name: a head of the global log or an anchor; of the acts, also their own heads (2.5, 4.6). */
static void judge_after(struct verifier *v, const struct vlog *log)
{
	static const struct opx_sha256 none = { .b = { 0 } };
	for (size_t i = 0; i < log->n; i++) {
		const struct line *l = &log->lines[i];
		const struct token *t = token_by_hash(v, &l->leaf.after);
		if (memcmp(l->leaf.after.b, none.b, sizeof(none.b)) == 0 || t == NULL)
			continue;
		if (!t->is_outside && !(log->kind == 'c' && opx_str_eq(t->log, log->origin)))
			report_failed(v->report, K5, "la ligne %" PRIu64 " nomme le jeton d’un autre journal",
				      l->leaf.seq);
		if (t->t.judgment == OPX_JUDGED_BAD)
			report_failed(v->report, K5, "%s : %s", t->name.p, t->t.reason);
	}
}

/* tokens/: the stamped bytes are a signed head of the global log or of the acts, or an anchor. */
static void judge_data(struct verifier *v)
{
	for (size_t i = 0; i < v->n_tokens; i++) {
		const struct token *t = &v->tokens[i];
		struct opx_head head;
		if (!opx_str_starts(t->name, "tokens/") || t->log.n == 0)
			continue;
		const struct opx_zip_entry *data = file_of(v, "%.*s.data", (int)t->name.n - 4, t->name.p);
		bool is_good =
			data != NULL &&
			opx_note_open(v->arena, data->data, v->keys, v->n_keys, &head, NULL) == OPX_OK &&
			(opx_origin_kind(head.origin) == 'g' || opx_str_eq(head.origin, v->acts.origin));
		if (is_good && opx_origin_kind(head.origin) != 'g' && v->acts.is_whole)
			is_good = head.size <= v->acts.n &&
				  memcmp(head.root.b, v->acts.roots[head.size].b, 32) == 0;
		if (!is_good)
			report_failed(v->report, K5, "%s ne porte pas sur un état signé d’un journal attendu",
				      t->name.p);
	}
}

static void judge(struct verifier *v, const struct vlog *log)
{
	judge_bodies(v, log);
	judge_types(v, log);
	judge_times(v, log);
	judge_heads(v, log);
	judge_after(v, log);
}

void k5_judge(struct verifier *v)
{
	judge(v, &v->acts);
	judge(v, &v->readings);
	judge_data(v);
	if (v->kind == KIND_RECEIPT) {
		if (v->acts.n != 1)
			report_failed(v->report, K5, "un accusé de réception montre une ligne et une seule");
		report_unsure(v->report, K5, "un accusé de réception ne montre qu’une ligne du journal");
	} else if (!v->readings.is_whole) {
		report_announce(v->report, "K5 et K6 ne disent rien des lectures qui ne sont pas montrées");
	}
	if (v->acts.is_whole)
		report_held(v->report, K5);
}
