/* SPDX-License-Identifier: MPL-2.0 */
/* records.c: rows in arrays, one statement a piece. */
#include "records.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

#include "base/arena.h"
#include "db/db.h"
#include "global_body.h"
#include "signer.h"
#include "sql_seal.h"

#define REFUSED N_("Le scellement est arrêté : la base de données ne correspond pas à son journal.")
#define PIECE 1000U /* rows compared at once */
#define PIECE_ARENA ((size_t)256 * 1024 * 1024)

/* Lines as arrays; bodies are hashes for the lines of dossiers, texts for those of the global log. */
struct line_rows {
	size_t n;
	int64_t *logs, *seqs, *head_sizes;
	struct opx_str *lines, *head_origins;
	struct opx_bytes *bodies;
};
struct head_rows {
	size_t n;
	int64_t *logs, *sizes;
	struct opx_bytes *roots, *notes;
};
/* What a comparison found. */
struct wrong {
	size_t n;         /* absent or different */
	bool is_other;    /* at least one is there and different: log, seq name it */
	int64_t log, seq; /* else the first that is absent */
};

static struct line_rows line_rows_new(struct opx_arena *arena, size_t max)
{
	return (struct line_rows){
		.logs = OPX_NEW_N(arena, int64_t, max),
		.seqs = OPX_NEW_N(arena, int64_t, max),
		.head_sizes = OPX_NEW_N(arena, int64_t, max),
		.lines = OPX_NEW_N(arena, struct opx_str, max),
		.head_origins = OPX_NEW_N(arena, struct opx_str, max),
		.bodies = OPX_NEW_N(arena, struct opx_bytes, max),
	};
}

static struct head_rows head_rows_new(struct opx_arena *arena, size_t max)
{
	return (struct head_rows){
		.logs = OPX_NEW_N(arena, int64_t, max),
		.sizes = OPX_NEW_N(arena, int64_t, max),
		.roots = OPX_NEW_N(arena, struct opx_bytes, max),
		.notes = OPX_NEW_N(arena, struct opx_bytes, max),
	};
}

static struct opx_i64s i64s(const int64_t *p, size_t n)
{
	return (struct opx_i64s){ .p = p, .n = n };
}
static struct opx_strs strs(const struct opx_str *p, size_t n)
{
	return (struct opx_strs){ .p = p, .n = n };
}
static struct opx_byteses byteses(const struct opx_bytes *p, size_t n)
{
	return (struct opx_byteses){ .p = p, .n = n };
}

/* ---- comparing ---- */

static void note_wrong(struct wrong *w, int64_t log, int64_t seq, bool is_there)
{
	if (w->n++ == 0 || (is_there && !w->is_other)) {
		w->log = log;
		w->seq = seq;
		w->is_other = is_there;
	}
}

static enum opx_status wrong_lines(struct opx_db *db, const struct line_rows *r, struct wrong *ret,
				   struct opx_error *err)
{
	const struct sql_seal_lines_wrong_row *rows = NULL;
	size_t n = 0;
	*ret = (struct wrong){ .n = 0 };
	OPX_TRY(sql_seal_lines_wrong(db, i64s(r->logs, r->n), i64s(r->seqs, r->n), strs(r->lines, r->n),
				     byteses(r->bodies, r->n), &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		note_wrong(ret, rows[i].log_id, rows[i].seq, rows[i].line.p != NULL);
	return OPX_OK;
}

static enum opx_status wrong_globals(struct opx_db *db, const struct line_rows *r, struct wrong *ret,
				     struct opx_error *err)
{
	const struct sql_seal_global_wrong_row *rows = NULL;
	size_t n = 0;
	*ret = (struct wrong){ .n = 0 };
	OPX_TRY(sql_seal_global_wrong(db, i64s(r->logs, r->n), i64s(r->seqs, r->n), strs(r->lines, r->n),
				      byteses(r->bodies, r->n), &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		note_wrong(ret, rows[i].log_id, rows[i].seq, rows[i].line.p != NULL);
	return OPX_OK;
}

static enum opx_status wrong_heads(struct opx_db *db, const struct head_rows *r, struct wrong *ret,
				   struct opx_error *err)
{
	const struct sql_seal_heads_wrong_row *rows = NULL;
	size_t n = 0;
	*ret = (struct wrong){ .n = 0 };
	OPX_TRY(sql_seal_heads_wrong(db, i64s(r->logs, r->n), i64s(r->sizes, r->n), byteses(r->roots, r->n),
				     &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		note_wrong(ret, rows[i].log_id, rows[i].size, rows[i].root.p != NULL);
	return OPX_OK;
}

static enum opx_status refuse(const struct wrong *w, const char *what, struct opx_error *err)
{
	if (w->is_other)
		return OPX_FAIL(err, OPX_INVALID, REFUSED,
				"the database contradicts the journal: %s %" PRId64 " of log %" PRId64
				" is another one there",
				what, w->seq, w->log);
	return OPX_FAIL(err, OPX_INVALID, REFUSED,
			"the database is older than the journal: it has no event for %s %" PRId64
			" of log %" PRId64,
			what, w->seq, w->log);
}

static enum opx_status add_globals(struct opx_db *db, const struct line_rows *r, struct opx_error *err)
{
	return sql_seal_global_add(db, i64s(r->logs, r->n), i64s(r->seqs, r->n), strs(r->lines, r->n),
				   byteses(r->bodies, r->n), strs(r->head_origins, r->n),
				   i64s(r->head_sizes, r->n), NULL, err);
}

/* ---- the whole journal ---- */

struct sync {
	struct opx_db *db;
	struct opx_arena *arena; /* of the piece */
	const struct opx_ledger *ledger;
	const struct opx_signer *signer;
	struct opx_records_report *report;
	struct line_rows lines, globals;
	struct head_rows heads;
};

static void piece_begin(struct sync *s)
{
	opx_arena_reset(s->arena);
	s->lines = line_rows_new(s->arena, PIECE);
	s->globals = line_rows_new(s->arena, PIECE);
	s->heads = head_rows_new(s->arena, PIECE);
}

static enum opx_status sync_lines(struct sync *s, struct opx_error *err)
{
	const struct line_rows *r = &s->lines;
	struct wrong w;
	OPX_TRY(wrong_lines(s->db, r, &w, err));
	if (w.n == 0)
		return OPX_OK;
	if (w.is_other)
		return refuse(&w, "line", err);
	s->report->lines_added += (int64_t)w.n;
	OPX_TRY(sql_seal_lines_add(s->db, i64s(r->logs, r->n), i64s(r->seqs, r->n), strs(r->lines, r->n),
				   byteses(r->bodies, r->n), NULL, err));
	OPX_TRY(wrong_lines(s->db, r, &w, err));
	return w.n == 0 ? OPX_OK : refuse(&w, "line", err);
}

static enum opx_status sync_globals(struct sync *s, struct opx_error *err)
{
	struct line_rows *r = &s->globals;
	struct wrong w;
	OPX_TRY(wrong_globals(s->db, r, &w, err));
	if (w.n == 0)
		return OPX_OK;
	if (w.is_other)
		return refuse(&w, "line", err);
	s->report->lines_added += (int64_t)w.n;
	for (size_t i = 0; i < r->n; i++)
		OPX_TRY(opx_global_head_of(s->arena, r->bodies[i], &r->head_origins[i], &r->head_sizes[i],
					   err));
	OPX_TRY(add_globals(s->db, r, err));
	OPX_TRY(wrong_globals(s->db, r, &w, err));
	return w.n == 0 ? OPX_OK : refuse(&w, "line", err);
}

static enum opx_status sync_heads(struct sync *s, struct opx_error *err)
{
	struct head_rows *r = &s->heads;
	struct wrong w;
	OPX_TRY(wrong_heads(s->db, r, &w, err));
	if (w.n == 0)
		return OPX_OK;
	if (w.is_other)
		return refuse(&w, "head", err);
	if (s->signer == NULL) {
		s->report->heads_unsigned += (int64_t)w.n;
		return OPX_OK;
	}
	s->report->heads_added += (int64_t)w.n;
	for (size_t i = 0; i < r->n; i++) {
		struct opx_head head = { .origin = opx_ledger_find(s->ledger, r->logs[i])->origin,
					 .size = (uint64_t)r->sizes[i] };
		memcpy(head.root.b, r->roots[i].p, 32);
		OPX_TRY(opx_signer_note(s->signer, s->arena, &head, &r->notes[i], err));
	}
	OPX_TRY(sql_seal_heads_add(s->db, i64s(r->logs, r->n), i64s(r->sizes, r->n), byteses(r->roots, r->n),
				   byteses(r->notes, r->n), NULL, err));
	OPX_TRY(wrong_heads(s->db, r, &w, err));
	return w.n == 0 ? OPX_OK : refuse(&w, "head", err);
}

static enum opx_status piece_end(struct sync *s, struct opx_error *err)
{
	if (s->lines.n > 0)
		OPX_TRY(sync_lines(s, err));
	if (s->globals.n > 0)
		OPX_TRY(sync_globals(s, err));
	if (s->heads.n > 0)
		OPX_TRY(sync_heads(s, err));
	piece_begin(s);
	return OPX_OK;
}

static struct opx_bytes copy_of(struct opx_arena *arena, struct opx_bytes b)
{
	return (struct opx_bytes){ .p = opx_arena_memdup(arena, b.p, b.n), .n = b.n };
}

static enum opx_status on_line(void *self, const struct opx_journal_line *line, int64_t offset,
			       struct opx_error *err)
{
	struct sync *s = self;
	struct opx_leaf leaf;
	(void)offset;
	OPX_TRY(opx_leaf_parse(s->arena, line->line, &leaf, err));
	bool is_global = opx_origin_kind(leaf.origin) == 'g';
	struct line_rows *r = is_global ? &s->globals : &s->lines;
	r->logs[r->n] = line->log;
	r->seqs[r->n] = line->seq;
	r->lines[r->n] = opx_str_copy(s->arena, (const char *)line->line.p, line->line.n);
	r->bodies[r->n] =
		copy_of(s->arena, is_global ? line->body : (struct opx_bytes){ .p = leaf.body.b, .n = 32 });
	r->head_origins[r->n] = OPX_STR("");
	s->report->lines++;
	return ++r->n == PIECE ? piece_end(s, err) : OPX_OK;
}

static enum opx_status on_heads(void *self, const struct opx_journal_head *heads, size_t n,
				struct opx_error *err)
{
	struct sync *s = self;
	for (size_t i = 0; i < n; i++) {
		struct head_rows *r = &s->heads;
		if (opx_ledger_find(s->ledger, heads[i].log) == NULL)
			return OPX_FAIL(err, OPX_INTERNAL, REFUSED, "journal: changed while read");
		r->logs[r->n] = heads[i].log;
		r->sizes[r->n] = heads[i].size;
		r->roots[r->n] = copy_of(s->arena, (struct opx_bytes){ .p = heads[i].root.b, .n = 32 });
		s->report->heads++;
		if (++r->n == PIECE)
			OPX_TRY(piece_end(s, err));
	}
	return OPX_OK;
}

/* The logs themselves: the journal names them by number. */
static enum opx_status check_logs(struct opx_db *db, struct opx_arena *arena, const struct opx_ledger *ledger,
				  struct opx_error *err)
{
	for (size_t from = 0; from < ledger->n; from += PIECE) {
		size_t n = ledger->n - from < PIECE ? ledger->n - from : PIECE, n_rows = 0;
		opx_arena_reset(arena);
		int64_t *ids = OPX_NEW_N(arena, int64_t, n);
		struct opx_str *origins = OPX_NEW_N(arena, struct opx_str, n);
		const struct sql_seal_logs_wrong_row *rows = NULL;
		for (size_t i = 0; i < n; i++) {
			ids[i] = ledger->logs[from + i]->id;
			origins[i] = ledger->logs[from + i]->origin;
		}
		OPX_TRY(sql_seal_logs_wrong(db, i64s(ids, n), strs(origins, n), &rows, &n_rows, err));
		if (n_rows > 0)
			return OPX_FAIL(err, OPX_INVALID, REFUSED,
					"the database is not that of the journal: log %" PRId64
					" is absent or has another name there",
					rows[0].id);
	}
	return OPX_OK;
}

/* Everything of the journal is in the database by now, so more rows than it has are rows that it lacks. */
static enum opx_status check_counts(struct opx_db *db, struct opx_arena *arena,
				    const struct opx_ledger *ledger, struct opx_error *err)
{
	const struct sql_seal_counts_row *rows = NULL;
	size_t n = 0;
	int64_t after = INT64_MIN;
	do {
		opx_arena_reset(arena);
		OPX_TRY(sql_seal_counts(db, after, &rows, &n, err));
		for (size_t i = 0; i < n; i++) {
			const struct opx_ledger_log *log = opx_ledger_find(ledger, rows[i].id);
			int64_t lines = log != NULL ? (int64_t)log->tree.size : 0,
				heads = log != NULL ? log->n_heads : 0;
			if (rows[i].lines > lines || rows[i].heads > heads)
				return OPX_FAIL(err, OPX_INVALID, REFUSED,
						"the journal lacks rows of the database: log %" PRId64
						" has %" PRId64 " lines and %" PRId64 " heads there, %" PRId64
						" and %" PRId64 " in the journal",
						rows[i].id, rows[i].lines, rows[i].heads, lines, heads);
			after = rows[i].id;
		}
	} while (n > 0);
	return OPX_OK;
}

static enum opx_status sync_all(struct sync *s, const struct opx_vfs *vfs, int dir_fd, struct opx_error *err)
{
	const struct opx_journal_replay replay = { .self = s, .line = on_line, .heads = on_heads };
	OPX_TRY(check_logs(s->db, s->arena, s->ledger, err));
	piece_begin(s);
	OPX_TRY(opx_journal_read(vfs, dir_fd, &replay, err));
	OPX_TRY(piece_end(s, err));
	return check_counts(s->db, s->arena, s->ledger, err);
}

enum opx_status opx_records_sync(struct opx_db *db, const struct opx_vfs *vfs, int dir_fd,
				 const struct opx_ledger *ledger, const struct opx_signer *signer,
				 struct opx_records_report *ret, struct opx_error *err)
{
	OPX_AUTO_ARENA arena = opx_arena_new(PIECE_ARENA);
	struct opx_records_report report = { .lines = 0 };
	struct sync s = { .db = db, .arena = arena, .ledger = ledger, .signer = signer, .report = &report };
	struct opx_arena *former = opx_db_use_arena(db, arena);
	enum opx_status status = sync_all(&s, vfs, dir_fd, err);
	(void)opx_db_use_arena(db, former);
	if (status == OPX_OK)
		*ret = report;
	return status;
}

enum opx_status opx_records_rebuild(struct opx_db *db, const struct opx_vfs *vfs, int dir_fd,
				    const struct opx_signer *signer, struct opx_records_report *ret,
				    struct opx_error *err)
{
	struct opx_ledger ledger;
	if (flock(dir_fd, LOCK_EX | LOCK_NB) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Le scellement est en marche : arrêtez-le d’abord."),
				"flock: %s", strerror(errno));
	opx_ledger_init(&ledger);
	const struct opx_journal_replay replay = opx_ledger_replay(&ledger);
	enum opx_status status = opx_journal_read(vfs, dir_fd, &replay, err);
	if (status == OPX_OK)
		status = opx_records_sync(db, vfs, dir_fd, &ledger, signer, ret, err);
	opx_ledger_done(&ledger);
	(void)flock(dir_fd, LOCK_UN);
	return status;
}

/* ---- one batch ---- */

static enum opx_status rows_of(const struct opx_batch *batch, const struct opx_signer *signer,
			       struct line_rows *lines, struct line_rows *globals, struct head_rows *heads,
			       struct opx_error *err)
{
	*lines = line_rows_new(batch->arena, batch->n_lines);
	*globals = line_rows_new(batch->arena, batch->n_lines);
	*heads = head_rows_new(batch->arena, batch->n_logs);
	for (size_t i = 0; i < batch->n_lines; i++) {
		const struct opx_batch_line *line = &batch->lines[i];
		bool is_global = line->log->kind == 'g';
		struct line_rows *r = is_global ? globals : lines;
		r->logs[r->n] = line->log->id;
		r->seqs[r->n] = line->line.seq;
		r->lines[r->n] =
			(struct opx_str){ .p = (const char *)line->line.line.p, .n = line->line.line.n };
		r->bodies[r->n] = is_global ? line->line.body
					    : (struct opx_bytes){ .p = line->body.b, .n = 32 };
		r->head_origins[r->n] = line->head_origin;
		r->head_sizes[r->n] = line->head_size;
		r->n++;
	}
	for (size_t i = 0; i < batch->n_logs; i++) {
		const struct opx_journal_head *h = &batch->heads[i];
		const struct opx_head head = { .origin = batch->logs[i].log->origin,
					       .size = (uint64_t)h->size,
					       .root = h->root };
		heads->logs[i] = h->log;
		heads->sizes[i] = h->size;
		heads->roots[i] = (struct opx_bytes){ .p = h->root.b, .n = 32 };
		OPX_TRY(opx_signer_note(signer, batch->arena, &head, &heads->notes[i], err));
	}
	heads->n = batch->n_logs;
	return OPX_OK;
}

enum opx_status opx_records_add(struct opx_db *db, const struct opx_batch *batch,
				const struct opx_signer *signer, struct opx_error *err)
{
	struct line_rows l, g;
	struct head_rows h;
	struct wrong w;
	int64_t n_lines = 0, n_globals = 0, n_heads = 0;
	OPX_TRY(rows_of(batch, signer, &l, &g, &h, err));
	OPX_TRY(opx_db_pipeline_begin(db, err));
	OPX_TRY(sql_seal_lines_add_send(db, i64s(l.logs, l.n), i64s(l.seqs, l.n), strs(l.lines, l.n),
					byteses(l.bodies, l.n), err));
	OPX_TRY(sql_seal_global_add_send(db, i64s(g.logs, g.n), i64s(g.seqs, g.n), strs(g.lines, g.n),
					 byteses(g.bodies, g.n), strs(g.head_origins, g.n),
					 i64s(g.head_sizes, g.n), err));
	OPX_TRY(sql_seal_heads_add_send(db, i64s(h.logs, h.n), i64s(h.sizes, h.n), byteses(h.roots, h.n),
					byteses(h.notes, h.n), err));
	OPX_TRY(opx_db_pipeline_end(db, err));
	OPX_TRY(sql_seal_lines_add_recv(db, &n_lines, err));
	OPX_TRY(sql_seal_global_add_recv(db, &n_globals, err));
	OPX_TRY(sql_seal_heads_add_recv(db, &n_heads, err));
	/* A row that was there already must be the same: a commit whose answer was lost, or an earlier process. */
	if (n_lines != (int64_t)l.n) {
		OPX_TRY(wrong_lines(db, &l, &w, err));
		if (w.n > 0)
			return refuse(&w, "line", err);
	}
	if (n_globals != (int64_t)g.n) {
		OPX_TRY(wrong_globals(db, &g, &w, err));
		if (w.n > 0)
			return refuse(&w, "line", err);
	}
	if (n_heads != (int64_t)h.n) {
		OPX_TRY(wrong_heads(db, &h, &w, err));
		if (w.n > 0)
			return refuse(&w, "head", err);
	}
	return OPX_OK;
}
