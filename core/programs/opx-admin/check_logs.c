/* SPDX-License-Identifier: MPL-2.0 */
/* check_logs.c: every log from its first leaf: numbers without a gap, lines in their form, heads that are the root of what
 * stands before them and are signed by a key of ours. So every head is a prefix of the next. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "check.h"
#include "db/db.h"
#include "evidence/leaf.h"
#include "evidence/note.h"
#include "evidence/tree.h"
#include "sql_check.h"

#define MAX_KEYS 16

struct walk {
	struct check *check;
	struct check_rule lines, heads, notes;
	struct opx_vkey keys[MAX_KEYS];
	size_t n_keys;
	/* the log being walked */
	int64_t log;
	struct opx_str origin;
	struct opx_frontier tree;
};

static void look_at_line(struct walk *w, const struct sql_check_lines_row *row)
{
	struct opx_leaf leaf;
	uint64_t seq = w->tree.size;
	struct opx_bytes line = opx_bytes_of(row->line);
	struct opx_sha256 hash = opx_tree_leaf(line);
	w->lines.n_seen++;
	if ((uint64_t)row->seq != seq)
		check_bad(&w->lines, "%s: leaf %" PRId64 " stands where %" PRIu64 " should", w->origin.p,
			  row->seq, seq);
	else if (opx_leaf_parse(w->check->page, line, &leaf, NULL) != OPX_OK || leaf.seq != seq ||
		 !opx_str_eq(leaf.origin, w->origin))
		check_bad(&w->lines, "%s: leaf %" PRIu64 " has not the form of its place", w->origin.p, seq);
	else if (row->body_sha256.n != 32 || memcmp(leaf.body.b, row->body_sha256.p, 32) != 0)
		check_bad(&w->lines, "%s: leaf %" PRIu64 " is not about its body", w->origin.p, seq);
	opx_frontier_append(&w->tree, &hash);
}

static void look_at_head(struct walk *w, const struct sql_check_heads_row *row)
{
	struct opx_sha256 root = opx_frontier_root(&w->tree);
	struct opx_head head;
	struct opx_error why = { .detail = "" };
	w->heads.n_seen++;
	w->notes.n_seen++;
	if (row->root.n != 32 || memcmp(root.b, row->root.p, 32) != 0)
		check_bad(&w->heads, "%s: the head of size %" PRId64 " is not the root of its leaves",
			  w->origin.p, row->size);
	for (size_t i = 0; i < w->n_keys; i++)
		w->keys[i].name = w->origin;
	if (opx_note_open(w->check->page, row->note, w->keys, w->n_keys, &head, &why) != OPX_OK)
		check_bad(&w->notes, "%s: the note of size %" PRId64 ": %s", w->origin.p, row->size,
			  why.detail);
	else if (head.size != (uint64_t)row->size || row->root.n != 32 ||
		 memcmp(head.root.b, row->root.p, 32) != 0)
		check_bad(&w->notes, "%s: the note of size %" PRId64 " says another head", w->origin.p,
			  row->size);
}

/* The next lines and the heads among them. *ret_more: there may be others. */
static enum opx_status walk_page(struct walk *w, bool *ret_more, struct opx_error *err)
{
	struct opx_db *db = w->check->admin->db;
	const struct sql_check_lines_row *lines = NULL;
	const struct sql_check_heads_row *heads = NULL;
	size_t n_lines = 0, n_heads = 0, h = 0;
	int64_t from = (int64_t)w->tree.size;
	OPX_TRY(sql_check_lines(db, w->log, from, CHECK_PAGE, &lines, &n_lines, err));
	OPX_TRY(sql_check_heads(db, w->log, from, CHECK_PAGE, &heads, &n_heads, err));
	for (size_t i = 0; i < n_lines; i++) {
		look_at_line(w, &lines[i]);
		for (; h < n_heads && (uint64_t)heads[h].size <= w->tree.size; h++)
			look_at_head(w, &heads[h]);
	}
	*ret_more = n_lines == CHECK_PAGE;
	for (; !*ret_more && h < n_heads; h++)
		check_bad(&w->heads, "%s: the head of size %" PRId64 " is ahead of its leaves", w->origin.p,
			  heads[h].size);
	return OPX_OK;
}

static enum opx_status walk_log(struct walk *w, const struct sql_check_logs_row *log, struct opx_error *err)
{
	struct opx_db *db = w->check->admin->db;
	struct opx_arena *former = opx_db_use_arena(db, w->check->page);
	enum opx_status status = OPX_OK;
	w->log = log->id;
	w->origin = log->origin;
	w->tree = (struct opx_frontier){ .size = 0 };
	for (bool has_more = true; status == OPX_OK && has_more;) {
		status = walk_page(w, &has_more, err);
		opx_arena_reset(w->check->page);
	}
	(void)opx_db_use_arena(db, former);
	return status;
}

static enum opx_status read_keys(struct walk *w, struct opx_error *err)
{
	const struct sql_check_keys_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_check_keys(w->check->admin->db, OPX_STR(""), &rows, &n, err));
	for (size_t i = 0; i < n && i < MAX_KEYS; i++, w->n_keys++)
		memcpy(w->keys[i].key, rows[i].public_key.p, sizeof(w->keys[i].key));
	return OPX_OK;
}

enum opx_status check_logs(struct check *c, struct opx_error *err)
{
	struct walk w = { .check = c,
			  .lines = { .sentence = "every log is complete, and each line is about its body" },
			  .heads = { .sentence = "every head is the root of the leaves before it" },
			  .notes = { .sentence = "every head is signed by a key of this instance" } };
	const struct sql_check_logs_row *logs = NULL;
	size_t n = CHECK_PAGE;
	OPX_TRY(read_keys(&w, err));
	for (int64_t after = 0; n == CHECK_PAGE; after = n > 0 ? logs[n - 1].id : after) {
		OPX_TRY(sql_check_logs(c->admin->db, after, CHECK_PAGE, &logs, &n, err));
		for (size_t i = 0; i < n; i++)
			OPX_TRY(walk_log(&w, &logs[i], err));
	}
	check_end(c, &w.lines);
	check_end(c, &w.heads);
	check_end(c, &w.notes);
	return OPX_OK;
}
