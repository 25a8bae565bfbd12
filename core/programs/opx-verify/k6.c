/* SPDX-License-Identifier: MPL-2.0 */
/* k6.c: everybody saw the same log: heads kept by others, and the global log above the heads of the dossier. */
#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "evidence/json.h"
#include "evidence/proof_read.h"
#include "evidence/tree.h"
#include "verify.h"

struct roots { /* of the global log, as seen in the bundle */
	struct opx_head *p;
	size_t n;
};

/* One size has one root in the whole bundle (4.10). */
static void add_root(struct verifier *v, struct roots *roots, uint64_t size, const struct opx_sha256 *root)
{
	for (size_t i = 0; i < roots->n; i++)
		if (roots->p[i].size == size && memcmp(roots->p[i].root.b, root->b, sizeof(root->b)) != 0)
			report_failed(v->report, K6, "le journal général a deux états de %" PRIu64 " lignes",
				      size);
	roots->p[roots->n++] = (struct opx_head){ .size = size, .root = *root };
}

/* extra: the leaf line, LF, the body case.head. */
static bool says_head(struct verifier *v, struct opx_bytes extra, uint64_t index, const struct vlog *log,
		      const struct head *h, struct opx_bytes *ret_line)
{
	const uint8_t *lf = extra.n > 0 ? memchr(extra.p, '\n', extra.n) : NULL;
	OPX_AUTO_JSON j = NULL;
	struct opx_leaf leaf;
	int64_t size = -1;
	if (lf == NULL)
		return false;
	*ret_line = (struct opx_bytes){ .p = extra.p, .n = (size_t)(lf - extra.p) };
	const struct opx_bytes body = { .p = lf + 1, .n = extra.n - ret_line->n - 1 };
	struct opx_sha256 hash = opx_sha256(body);
	if (opx_leaf_parse(v->arena, *ret_line, &leaf, NULL) != OPX_OK ||
	    opx_origin_kind(leaf.origin) != 'g' || leaf.seq != index ||
	    memcmp(hash.b, leaf.body.b, sizeof(hash.b)) != 0 || opx_json_read(body, &j, NULL) != OPX_OK)
		return false;
	struct opx_str root = opx_base64(v->arena, (struct opx_bytes){ .p = h->root.b, .n = 32 });
	return text_cmp(json_text(j, NULL, "type"), "case.head") == 0 &&
	       text_cmp(json_text(j, NULL, "log"), leaf.origin.p) == 0 &&
	       text_cmp(json_text(j, "head", "log"), log->origin.p) == 0 &&
	       json_number(j, "head", "size", &size) && (uint64_t)size == h->size &&
	       text_cmp(json_text(j, "head", "root"), root.p) == 0;
}

static void judge_proof(struct verifier *v, const struct vlog *log, const struct head *h, struct roots *roots)
{
	const char *prefix = log->kind == 'c' ? "proofs/global/" : "proofs/global-readings/";
	const struct opx_zip_entry *e = file_of(v, "%s%" PRIu64 ".tlog-proof", prefix, h->size);
	struct opx_read_proof proof;
	struct opx_head global;
	struct opx_bytes line;
	if (e == NULL) {
		if (h->token != NULL)
			report_unsure(v->report, K6, "l’état %" PRIu64 " n’est pas encore au journal général",
				      h->size);
		return;
	}
	bool is_good = opx_proof_parse(v->arena, e->data, &proof, NULL) == OPX_OK &&
		       says_head(v, proof.extra, proof.index, log, h, &line) &&
		       opx_note_open(v->arena, proof.note, v->keys, v->n_keys, &global, NULL) == OPX_OK &&
		       opx_origin_kind(global.origin) == 'g';
	if (is_good) {
		struct opx_sha256 leaf = opx_tree_leaf(line);
		is_good = opx_tree_check(&leaf, proof.index, global.size, proof.path, proof.n_path,
					 &global.root);
		add_root(v, roots, global.size, &global.root);
	}
	if (!is_good)
		report_failed(v->report, K6, "%s ne mène pas au journal général", e->name.p);
}

static void judge_strays(struct verifier *v, const struct vlog *log)
{
	const char *prefix = log->kind == 'c' ? "proofs/global/" : "proofs/global-readings/";
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		bool is_named = !opx_str_starts(e->name, prefix);
		for (size_t k = 0; k < log->n_heads && !is_named; k++)
			is_named = opx_str_eq(e->name, opx_strf(v->arena, "%s%" PRIu64 ".tlog-proof", prefix,
								log->heads[k].size));
		if (!is_named)
			report_failed(v->report, K6, "%s n’est la preuve d’aucun état montré", e->name.p);
	}
}

/* Heads of the global log that tokens/ and global/ hold. */
static void add_notes(struct verifier *v, struct roots *roots)
{
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		struct opx_head head;
		if ((opx_str_starts(e->name, "tokens/") || opx_str_starts(e->name, "global/")) &&
		    opx_note_open(v->arena, e->data, v->keys, v->n_keys, &head, NULL) == OPX_OK &&
		    opx_origin_kind(head.origin) == 'g')
			add_root(v, roots, head.size, &head.root);
	}
}

/* A head kept by somebody else is one of this log's. True: it could be compared. */
static bool judge_kept(struct verifier *v, struct opx_bytes note, bool *ret_is_of_acts)
{
	struct opx_head head;
	*ret_is_of_acts = false;
	if (opx_note_open(v->arena, note, v->keys, v->n_keys, &head, NULL) != OPX_OK) {
		report_unsure(v->report, K6, "un état gardé par un tiers n’est pas signé par ce journal");
		return false;
	}
	const struct vlog *log = opx_str_eq(head.origin, v->acts.origin) ? &v->acts : &v->readings;
	if (!opx_str_eq(head.origin, log->origin)) {
		report_announce(v->report,
				"un état gardé par un tiers est d’un autre journal, il n’a pas servi");
		return false;
	}
	const struct head *same = head_of(log, head.size);
	const struct opx_sha256 *root = log->is_whole && head.size <= log->n ? &log->roots[head.size]
					: same != NULL                       ? &same->root
									     : NULL;
	if (root == NULL) {
		report_announce(v->report,
				"un état gardé par un tiers (%" PRIu64
				" lignes) ne peut pas être comparé à ce dossier",
				head.size);
		return false;
	}
	if (memcmp(root->b, head.root.b, sizeof(head.root.b)) != 0)
		report_failed(v->report, K6,
			      "l’état de %" PRIu64 " lignes gardé par un tiers n’est pas celui de ce dossier",
			      head.size);
	*ret_is_of_acts = log == &v->acts;
	return true;
}

void k6_judge(struct verifier *v)
{
	struct roots roots = { .p = OPX_NEW_N(v->arena, struct opx_head, 2 * v->zip.n + 1) };
	bool has_acts = false, has_readings = false;
	for (size_t i = 0; i < v->acts.n_heads; i++)
		judge_proof(v, &v->acts, &v->acts.heads[i], &roots);
	for (size_t i = 0; i < v->readings.n_heads; i++)
		judge_proof(v, &v->readings, &v->readings.heads[i], &roots);
	judge_strays(v, &v->acts);
	judge_strays(v, &v->readings);
	add_notes(v, &roots);
	for (size_t i = 0; i < v->n_anchors; i++)
		add_root(v, &roots, v->anchors[i].size, &v->anchors[i].root);
	for (size_t i = 0; i < v->options->n_heads; i++) {
		bool is_of_acts = false;
		if (!judge_kept(v, v->options->heads[i].note, &is_of_acts))
			continue;
		has_acts = has_acts || is_of_acts;
		has_readings = has_readings || !is_of_acts;
	}
	if (!has_acts)
		report_unsure(v->report, K6, "aucun état gardé par un tiers n’a pu être comparé");
	if (!has_readings)
		report_announce(v->report,
				"aucun état du journal des lectures gardé par un tiers n’a été comparé");
	if (!v->options->has_quorum)
		report_unsure(v->report, K6, "la politique publiée ne demande aucun témoin");
	else
		report_unsure(v->report, K6,
			      "les signatures des témoins ne sont pas contrôlées par cette version");
	report_held(v->report, K6);
}
