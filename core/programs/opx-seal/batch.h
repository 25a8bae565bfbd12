/* SPDX-License-Identifier: MPL-2.0 */
/* batch.h: new lines of any logs and the heads above them, made beside the ledger and adopted once the journal has them.
 *
 * Pure: everything lives in the batch's arena, the clock was read by the caller.
 */
#ifndef OPX_SEAL_BATCH_H
#define OPX_SEAL_BATCH_H

#include "ledger.h"

struct opx_arena;

/* One line, in the forms that the journal and the database want. */
struct opx_batch_line {
	struct opx_ledger_log *log;
	struct opx_instant time;
	struct opx_sha256 body;
	struct opx_journal_line line;
	/* Of a case.head: which head it holds. */
	struct opx_str head_origin; /* "": another line */
	int64_t head_size;
};

struct opx_batch_log {
	struct opx_ledger_log *log;
	struct opx_frontier tree; /* with the batch's lines */
	struct opx_instant time;
};

struct opx_batch {
	struct opx_arena *arena;
	struct opx_ledger *ledger;
	struct opx_instant now;
	struct opx_batch_line *lines;
	size_t n_lines, max_lines;
	struct opx_batch_log *logs;
	size_t n_logs;
	struct opx_journal_head *heads; /* one a log, after opx_batch_close */
	struct opx_bodies *bodies;      /* of this batch, freed with the arena */
};

/* Empty, for at most max_lines lines, at that time. */
void opx_batch_begin(struct opx_batch *batch, struct opx_arena *arena, struct opx_ledger *ledger,
		     struct opx_instant now, size_t max_lines);
/* The time that the next line of this log gets: never before the line above it. */
struct opx_instant opx_batch_time(const struct opx_batch *batch, const struct opx_ledger_log *log);
/* One more line; text: of the global log, its body. OPX_CONFLICT when the body has a line already: nothing is added. */
OPX_MUST_USE enum opx_status opx_batch_add(struct opx_batch *batch, struct opx_ledger_log *log,
					   const struct opx_sha256 *body, struct opx_bytes text,
					   struct opx_batch_line **ret, struct opx_error *err);
/* The heads. At least one line. */
void opx_batch_close(struct opx_batch *batch);
/* In the forms of opx_journal_append, in the batch's arena. */
const struct opx_journal_line *opx_batch_journal(const struct opx_batch *batch);
/* The journal has it: it is now what the ledger says. */
void opx_batch_adopt(struct opx_batch *batch);

#endif
