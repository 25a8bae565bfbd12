/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_logs.c: the logs of a dossier in a bundle: lines, bodies, heads with their tokens, proofs (evidence-format 2, 4). */
#include "lane/bundle.h"

#include <inttypes.h>

#include "base/arena.h"
#include "evidence/json.h"
#include "evidence/tree.h"

#define LINES_AT_ONCE 2000
#define GLOBAL_AT_ONCE 8192

bool bundle_is_stamped(const struct bundle *b, const struct sql_bundle_heads_row *head)
{
	return head->tsr.p != NULL && !head->global_seq_is_null && head->global_seq < b->global_size;
}

const struct sql_bundle_heads_row *bundle_newest_head(const struct bundle *b, const struct bundle_log *log,
						      int64_t max)
{
	for (size_t i = log->n_heads; i > 0; i--)
		if (log->heads[i - 1].size <= max && bundle_is_stamped(b, &log->heads[i - 1]))
			return &log->heads[i - 1];
	return NULL;
}

const struct sql_bundle_heads_row *bundle_head_above(const struct bundle *b, const struct bundle_log *log,
						     int64_t seq)
{
	for (size_t i = 0; i < log->n_heads; i++)
		if (log->heads[i].size > seq && bundle_is_stamped(b, &log->heads[i]))
			return &log->heads[i];
	return log->n_heads > 0 && log->heads[log->n_heads - 1].size > seq ? &log->heads[log->n_heads - 1]
									   : NULL;
}

enum opx_status bundle_load_lines(struct bundle *b, struct bundle_log *log, int64_t size,
				  struct opx_error *err)
{
	OPX_ASSERT(size >= 0);
	struct opx_sha256 *leaves = OPX_NEW_N(b->arena, struct opx_sha256, (size_t)size + 1);
	log->lines = OPX_NEW_N(b->arena, struct sql_bundle_lines_row, (size_t)size + 1);
	log->n = 0;
	while ((int64_t)log->n < size) {
		const struct sql_bundle_lines_row *rows = NULL;
		size_t n = 0;
		const int64_t from = (int64_t)log->n,
			      to = size - from > LINES_AT_ONCE ? from + LINES_AT_ONCE : size;
		OPX_TRY(sql_bundle_lines(b->job->db, log->id, b->asked.person_id, from, to, &rows, &n, err));
		if ((int64_t)n != to - from)
			return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN,
					"log %" PRId64 ": %zu lines from %" PRId64, log->id, n, from);
		for (size_t i = 0; i < n; i++) {
			log->lines[log->n] = rows[i];
			leaves[log->n++] = opx_tree_leaf(opx_bytes_of(rows[i].line));
		}
	}
	opx_subtrees_build(b->arena, leaves, log->n, &log->tree);
	for (size_t i = 0; i < log->n_heads; i++) {
		if (log->heads[i].size > size)
			continue;
		const struct opx_sha256 root = opx_subtrees_root(&log->tree, (uint64_t)log->heads[i].size);
		if (!opx_bytes_eq(log->heads[i].root, (struct opx_bytes){ .p = root.b, .n = sizeof(root.b) }))
			return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN,
					"log %" PRId64 ": head %" PRId64 " is not that of its lines", log->id,
					log->heads[i].size);
	}
	return OPX_OK;
}

enum opx_status bundle_load_global(struct bundle *b, struct opx_error *err)
{
	struct opx_sha256 *leaves = OPX_NEW_N(b->arena, struct opx_sha256, (size_t)b->global_size + 1);
	for (int64_t from = 0; from < b->global_size; from += GLOBAL_AT_ONCE) {
		struct sql_bundle_leaf_hashes_row row;
		const int64_t to = b->global_size - from > GLOBAL_AT_ONCE ? from + GLOBAL_AT_ONCE
									  : b->global_size;
		OPX_TRY(sql_bundle_leaf_hashes(b->job->db, b->scene.global, from, to, &row, err));
		if (row.n != to - from || row.hashes.n != (size_t)(to - from) * sizeof(*leaves))
			return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN,
					"global log: %" PRId64 " lines from %" PRId64, row.n, from);
		memcpy(leaves + from, row.hashes.p, row.hashes.n);
	}
	opx_subtrees_build(b->arena, leaves, (uint64_t)b->global_size, &b->global);
	return OPX_OK;
}

static const char *log_folder(const struct bundle *b, const struct bundle_log *log)
{
	return log == &b->acts ? "log" : "readings";
}

static enum opx_status put_global_proof(struct bundle *b, const struct bundle_log *log,
					const struct sql_bundle_heads_row *head, struct opx_error *err)
{
	struct opx_sha256 path[OPX_TREE_MAX_PROOF];
	struct opx_bytes text;
	const uint64_t index = (uint64_t)head->global_seq;
	struct opx_str extra = opx_strf(b->arena, "%s\n%.*s", head->global_line.p, (int)head->global_body.n,
					(const char *)head->global_body.p);
	const struct opx_proof facts = { .extra = opx_bytes_of(extra),
					 .index = index,
					 .path = path,
					 .n_path = opx_subtrees_prove(&b->global, b->global.n, index, path),
					 .note = b->global_note };
	OPX_TRY(opx_proof_format(b->arena, &facts, &text, err));
	return bundle_put(b, text, err, "proofs/%s/%" PRId64 ".tlog-proof",
			  log == &b->acts ? "global" : "global-readings", head->size);
}

enum opx_status bundle_put_head(struct bundle *b, const struct bundle_log *log,
				const struct sql_bundle_heads_row *head, struct opx_error *err)
{
	OPX_TRY(bundle_put(b, head->note, err, "%s/checkpoints/%" PRId64 ".note", log_folder(b, log),
			   head->size));
	if (!bundle_is_stamped(b, head))
		return OPX_OK;
	OPX_TRY(bundle_put(b, head->tsr, err, "%s/checkpoints/%" PRId64 ".tsr", log_folder(b, log),
			   head->size));
	bundle_add_blob(b, &b->tokens, head->tsr);
	return put_global_proof(b, log, head, err);
}

enum opx_status bundle_put_proof(struct bundle *b, const struct bundle_log *log, int64_t seq,
				 const struct sql_bundle_heads_row *head, struct opx_error *err)
{
	struct opx_sha256 path[OPX_TREE_MAX_PROOF];
	struct opx_bytes text;
	const struct opx_proof facts = { .extra = opx_bytes_of(log->lines[seq].line),
					 .index = (uint64_t)seq,
					 .path = path,
					 .n_path = opx_subtrees_prove(&log->tree, (uint64_t)head->size,
								      (uint64_t)seq, path),
					 .note = head->note };
	OPX_TRY(opx_proof_format(b->arena, &facts, &text, err));
	return bundle_put(b, text, err, "proofs/%s/%" PRId64 ".tlog-proof",
			  log == &b->acts ? "case" : "readings", seq);
}

static const char *text_of(const json_t *body, const char *object, const char *name)
{
	return json_string_value(json_object_get(json_object_get(body, object), name));
}

static void note_hash(struct bundle *b, struct bundle_hashes *list, const char *hex)
{
	struct opx_sha256 hash;
	if (hex != NULL && opx_sha256_unhex(opx_str_z(hex), &hash, NULL) == OPX_OK)
		bundle_add_hash(b, list, (struct opx_bytes){ .p = hash.b, .n = sizeof(hash.b) });
}

enum opx_status bundle_put_body(struct bundle *b, const struct bundle_log *log, int64_t seq,
				struct opx_bytes body, struct opx_error *err)
{
	OPX_AUTO_JSON json = NULL;
	OPX_TRY(opx_json_read(body, &json, err));
	note_hash(b, &b->rights, text_of(json, "visibility", "rights"));
	note_hash(b, &b->members, text_of(json, "visibility", "members"));
	note_hash(b, &b->certs, text_of(json, "auth", "cert"));
	const json_t *chain = json_object_get(json_object_get(json, "auth"), "chain");
	for (size_t i = 0; i < json_array_size(chain); i++)
		note_hash(b, &b->certs, json_string_value(json_array_get(chain, i)));
	const char *status = text_of(json, "auth", "status");
	if (status != NULL && strncmp(status, "crl:", 4) == 0)
		note_hash(b, &b->lists, status + 4);
	return bundle_put(b, body, err, "%sbodies/%" PRId64 ".json", log == &b->acts ? "" : "readings/", seq);
}

enum opx_status bundle_note_after(struct bundle *b, const struct sql_bundle_lines_row *line,
				  struct opx_error *err)
{
	static const struct opx_sha256 none = { .b = { 0 } };
	struct opx_leaf leaf;
	OPX_TRY(opx_leaf_parse(b->arena, opx_bytes_of(line->line), &leaf, err));
	if (memcmp(leaf.after.b, none.b, sizeof(none.b)) != 0)
		bundle_add_hash(b, &b->after,
				(struct opx_bytes){ .p = leaf.after.b, .n = sizeof(leaf.after.b) });
	return OPX_OK;
}

int64_t bundle_acts_size(struct opx_bytes body)
{
	OPX_AUTO_JSON json = NULL;
	if (body.p == NULL || opx_json_read(body, &json, NULL) != OPX_OK)
		return -1;
	const json_t *size = json_object_get(json_object_get(json, "acts"), "size");
	return json_is_integer(size) ? json_integer_value(size) : -1;
}
