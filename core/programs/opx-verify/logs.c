/* SPDX-License-Identifier: MPL-2.0 */
/* logs.c: the two logs, read from leaves.txt or, where a reader gets some lines only, from the proofs of these. What is wrong
 * with their lines, their heads or their proofs is said of K5. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/num.h"
#include "evidence/proof_read.h"
#include "evidence/tree.h"
#include "verify.h"

static const char *folder(const struct vlog *log)
{
	return log->kind == 'c' ? "" : "readings/";
}
static const char *log_folder(const struct vlog *log)
{
	return log->kind == 'c' ? "log/" : "readings/";
}
static const char *log_name(const struct vlog *log)
{
	return log->kind == 'c' ? N_("journal des actes") : N_("journal des lectures");
}

const struct line *line_of(const struct vlog *log, uint64_t seq)
{
	size_t low = 0, high = log->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (log->lines[middle].leaf.seq == seq)
			return &log->lines[middle];
		if (log->lines[middle].leaf.seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct head *head_of(const struct vlog *log, uint64_t size)
{
	for (size_t i = 0; i < log->n_heads; i++)
		if (log->heads[i].size == size)
			return &log->heads[i];
	return NULL;
}

static void attach_body(struct verifier *v, struct vlog *log, struct line *line)
{
	const struct opx_zip_entry *e = file_of(v, "%sbodies/%" PRIu64 ".json", folder(log), line->leaf.seq);
	if (e == NULL)
		return;
	struct opx_sha256 hash = opx_sha256(e->data);
	if (memcmp(hash.b, line->leaf.body.b, sizeof(hash.b)) != 0) {
		report_failed(v->report, K5, "%s : l’événement %" PRIu64 " n’est pas celui de sa ligne",
			      log_name(log), line->leaf.seq);
		return;
	}
	const struct body *b = body_read(v, e->data);
	const char *origin = b->json != NULL ? json_text(b->json, NULL, "log") : NULL;
	if (!b->is_well_formed) {
		report_failed(v->report, body_claim(b, log->kind),
			      "l’événement %" PRIu64 " (%s) n’a pas les membres prévus", line->leaf.seq,
			      log_name(log));
		return;
	}
	if (origin == NULL || !opx_str_is(log->origin, origin))
		report_failed(v->report, body_claim(b, log->kind),
			      "l’événement %" PRIu64 " est d’un autre journal", line->leaf.seq);
	line->body = b;
}

static bool take_line(struct verifier *v, struct vlog *log, struct opx_bytes raw, struct line *ret)
{
	*ret = (struct line){ .raw = raw };
	if (opx_leaf_parse(v->arena, raw, &ret->leaf, NULL) != OPX_OK ||
	    !opx_str_eq(ret->leaf.origin, log->origin)) {
		report_failed(v->report, K5, "%s : une ligne n’a pas la forme prévue", log_name(log));
		return false;
	}
	return true;
}

/* leaves.txt: all lines; the tree grows with them. */
static void read_leaves(struct verifier *v, struct vlog *log, struct opx_bytes data, int64_t size)
{
	struct opx_frontier tree = { .size = 0 };
	size_t n = 0;
	for (size_t i = 0; i < data.n; i++)
		n += data.p[i] == '\n' ? 1 : 0;
	if (n == 0 || data.p[data.n - 1] != '\n' || n > MAX_LINES || (int64_t)n != size) {
		report_failed(v->report, K5, "%s : %zu lignes, bundle.json en annonce %" PRId64,
			      log_name(log), n, size);
		return;
	}
	log->lines = OPX_NEW_N(v->arena, struct line, n);
	log->roots = OPX_NEW_N(v->arena, struct opx_sha256, n + 1);
	log->roots[0] = opx_frontier_root(&tree);
	struct opx_bytes rest = data;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		const struct opx_bytes raw = { .p = rest.p, .n = (size_t)(lf - rest.p) };
		if (!take_line(v, log, raw, &log->lines[i]))
			return;
		if (log->lines[i].leaf.seq != i) {
			report_failed(v->report, K5, "%s : la ligne %zu porte le numéro %" PRIu64,
				      log_name(log), i, log->lines[i].leaf.seq);
			return;
		}
		struct opx_sha256 leaf = opx_tree_leaf(raw);
		opx_frontier_append(&tree, &leaf);
		log->roots[i + 1] = opx_frontier_root(&tree);
		rest = (struct opx_bytes){ .p = lf + 1, .n = rest.n - raw.n - 1 };
	}
	log->n = n;
	log->is_whole = true;
}

/* A log key of the bundle is one of the published policy, when there is one. */
static void judge_keys(struct verifier *v)
{
	for (size_t i = 0; v->options->has_policy && i < v->n_keys; i++) {
		bool is_known = false;
		for (size_t k = 0; k < v->options->n_policy_keys; k++)
			is_known = is_known || memcmp(v->keys[i].key, v->options->policy_keys[k], 32) == 0;
		if (!is_known)
			report_failed(v->report, K5,
				      "une clé du journal n’est pas celle de la politique publiée");
	}
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = ((const struct head *)a)->size, y = ((const struct head *)b)->size;
	return x < y ? -1 : x > y;
}

static void read_heads(struct verifier *v, struct vlog *log)
{
	struct opx_str prefix = opx_strf(v->arena, "%scheckpoints/", log_folder(log));
	log->heads = OPX_NEW_N(v->arena, struct head, v->zip.n);
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		struct opx_head head;
		int64_t size = 0;
		if (!opx_str_starts(e->name, prefix.p) || strcmp(e->name.p + e->name.n - 5, ".note") != 0)
			continue;
		struct opx_str number = { .p = e->name.p + prefix.n, .n = e->name.n - prefix.n - 5 };
		OPX_IGNORE(opx_parse_i64(number, 0, INT64_MAX, &size, NULL)); /* the layout has checked it */
		if (opx_note_open(v->arena, e->data, v->keys, v->n_keys, &head, NULL) != OPX_OK ||
		    !opx_str_eq(head.origin, log->origin) || head.size != (uint64_t)size || size == 0) {
			report_failed(v->report, K5, "%s n’est pas un état signé de ce journal", e->name.p);
			continue;
		}
		log->heads[log->n_heads++] = (struct head){
			.size = head.size,
			.root = head.root,
			.note = e->data,
			.token = token_by_name(v, "%s%" PRIu64 ".tsr", prefix.p, head.size),
		};
	}
	qsort(log->heads, log->n_heads, sizeof(*log->heads), by_size);
}

static int by_seq(const void *a, const void *b)
{
	uint64_t x = ((const struct line *)a)->leaf.seq, y = ((const struct line *)b)->leaf.seq;
	return x < y ? -1 : x > y;
}

static bool read_proof(struct verifier *v, struct vlog *log, const struct opx_zip_entry *e, int64_t seq,
		       struct line *ret)
{
	struct opx_read_proof proof;
	if (opx_proof_parse(v->arena, e->data, &proof, NULL) != OPX_OK ||
	    !take_line(v, log, proof.extra, ret)) {
		report_failed(v->report, K5, "%s n’a pas la forme prévue", e->name.p);
		return false;
	}
	for (size_t i = 0; i < log->n_heads; i++)
		if (opx_bytes_eq(log->heads[i].note, proof.note))
			ret->head = &log->heads[i];
	struct opx_sha256 leaf = opx_tree_leaf(proof.extra);
	if (ret->head == NULL || ret->leaf.seq != (uint64_t)seq || proof.index != (uint64_t)seq ||
	    !opx_tree_check(&leaf, proof.index, ret->head->size, proof.path, proof.n_path,
			    &ret->head->root)) {
		report_failed(v->report, K5, "%s ne mène pas à un état signé du dossier", e->name.p);
		return false;
	}
	return true;
}

/* The lines that this reader gets, each with its proof. */
static void read_proofs(struct verifier *v, struct vlog *log, const char *prefix)
{
	log->lines = OPX_NEW_N(v->arena, struct line, v->zip.n);
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		int64_t seq = 0;
		if (!opx_str_starts(e->name, prefix))
			continue;
		struct opx_str number = { .p = e->name.p + strlen(prefix),
					  .n = e->name.n - strlen(prefix) - 11 };
		OPX_IGNORE(opx_parse_i64(number, 0, INT64_MAX, &seq, NULL)); /* the layout has checked it */
		if (read_proof(v, log, e, seq, &log->lines[log->n]))
			log->n++;
	}
	qsort(log->lines, log->n, sizeof(*log->lines), by_seq);
}

/* A body whose line is not there speaks of nothing. */
static void judge_strays(struct verifier *v, const struct vlog *log)
{
	struct opx_str prefix = opx_strf(v->arena, "%sbodies/", folder(log));
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		if (!opx_str_starts(e->name, prefix.p))
			continue;
		int64_t seq = 0;
		const char *dot = memchr(e->name.p + prefix.n, '.', e->name.n - prefix.n);
		struct opx_str number = { .p = e->name.p + prefix.n,
					  .n = (size_t)(dot - e->name.p) - prefix.n };
		OPX_IGNORE(opx_parse_i64(number, 0, INT64_MAX, &seq, NULL)); /* the layout has checked it */
		if (line_of(log, (uint64_t)seq) == NULL)
			report_failed(v->report, K5, "%s n’a pas de ligne au journal", e->name.p);
	}
}

void logs_load(struct verifier *v)
{
	int64_t size = 0;
	const struct opx_zip_entry *leaves = file_of(v, "log/leaves.txt"),
				   *readings = file_of(v, "readings/leaves.txt");
	v->acts = (struct vlog){ .kind = 'c', .origin = opx_str_z(json_text(v->bundle, NULL, "log")) };
	struct opx_str pair = opx_str_copy(v->arena, v->acts.origin.p, v->acts.origin.n);
	((char *)(uintptr_t)pair.p)[pair.n - 28] = 'r';
	v->readings = (struct vlog){ .kind = 'r', .origin = pair };
	judge_keys(v);
	read_heads(v, &v->acts);
	read_heads(v, &v->readings);
	OPX_IGNORE(json_number(v->bundle, NULL, "size", &size) ? OPX_OK : OPX_INVALID); /* K0 has looked */
	if (v->kind == KIND_RECEIPT)
		read_proofs(v, &v->acts, "proofs/case/");
	else if (leaves != NULL)
		read_leaves(v, &v->acts, leaves->data, size);
	else
		report_failed(v->report, K5, "log/leaves.txt manque");
	if (!is_full(v))
		read_proofs(v, &v->readings, "proofs/readings/");
	else if (readings != NULL && json_number(v->bundle, NULL, "readings_size", &size))
		read_leaves(v, &v->readings, readings->data, size);
	else
		report_failed(v->report, K5, "readings/leaves.txt manque");
	for (size_t i = 0; i < v->acts.n; i++)
		attach_body(v, &v->acts, &v->acts.lines[i]);
	for (size_t i = 0; i < v->readings.n; i++)
		attach_body(v, &v->readings, &v->readings.lines[i]);
	judge_strays(v, &v->acts);
	judge_strays(v, &v->readings);
	brackets_load(v, &v->acts);
	brackets_load(v, &v->readings);
}
