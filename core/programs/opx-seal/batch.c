/* SPDX-License-Identifier: MPL-2.0 */
/* batch.c: see batch.h. */
#include "batch.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"

static void forget_bodies(void *bodies)
{
	opx_bodies_done(bodies);
}

void opx_batch_begin(struct opx_batch *batch, struct opx_arena *arena, struct opx_ledger *ledger,
		     struct opx_instant now, size_t max_lines)
{
	OPX_ASSERT(max_lines > 0 && max_lines <= OPX_JOURNAL_MAX_LINES);
	*batch = (struct opx_batch){ .arena = arena, .ledger = ledger, .now = now, .max_lines = max_lines };
	batch->lines = OPX_NEW_N(arena, struct opx_batch_line, max_lines);
	batch->logs = OPX_NEW_N(arena, struct opx_batch_log, max_lines);
	batch->bodies = OPX_NEW(arena, struct opx_bodies);
	opx_arena_defer(arena, forget_bodies, batch->bodies);
}

/* Lines of one log mostly come together: the newest is looked at first. */
static struct opx_batch_log *find(const struct opx_batch *batch, const struct opx_ledger_log *log)
{
	for (size_t i = batch->n_logs; i > 0; i--)
		if (batch->logs[i - 1].log == log)
			return &batch->logs[i - 1];
	return NULL;
}

static struct opx_batch_log *touch(struct opx_batch *batch, struct opx_ledger_log *log)
{
	struct opx_batch_log *found = find(batch, log);
	if (found != NULL)
		return found;
	OPX_ASSERT(batch->n_logs < batch->max_lines);
	found = &batch->logs[batch->n_logs++];
	*found = (struct opx_batch_log){ .log = log, .tree = log->tree, .time = log->time };
	return found;
}

struct opx_instant opx_batch_time(const struct opx_batch *batch, const struct opx_ledger_log *log)
{
	const struct opx_batch_log *found = find(batch, log);
	struct opx_instant last = found != NULL ? found->time : log->time;
	/* As the line will say it: in milliseconds. */
	struct opx_instant now = { .us = batch->now.us - batch->now.us % 1000 };
	return now.us > last.us ? now : last;
}

enum opx_status opx_batch_add(struct opx_batch *batch, struct opx_ledger_log *log,
			      const struct opx_sha256 *body, struct opx_bytes text,
			      struct opx_batch_line **ret, struct opx_error *err)
{
	OPX_ASSERT(batch->n_lines < batch->max_lines && batch->heads == NULL);
	if (opx_bodies_has(&batch->ledger->bodies, body) || !opx_bodies_add(batch->bodies, body))
		return OPX_FAIL(err, OPX_CONFLICT, N_("Cet événement est déjà scellé."),
				"a body of log %" PRId64 " has its line already", log->id);
	struct opx_instant time = opx_batch_time(batch, log);
	struct opx_batch_log *touched = touch(batch, log);
	const struct opx_leaf leaf = {
		.origin = log->origin,
		.seq = touched->tree.size,
		.time = time,
		.after = opx_ledger_after(batch->ledger, log),
		.body = *body,
	};
	struct opx_str line = opx_leaf_format(batch->arena, &leaf);
	struct opx_sha256 hash = opx_tree_leaf(opx_bytes_of(line));
	opx_frontier_append(&touched->tree, &hash);
	touched->time = time;
	*ret = &batch->lines[batch->n_lines++];
	**ret = (struct opx_batch_line){
		.log = log,
		.time = time,
		.body = *body,
		.line = { .log = log->id,
			  .seq = (int64_t)leaf.seq,
			  .line = opx_bytes_of(line),
			  .body = text },
		.head_origin = OPX_STR(""),
	};
	return OPX_OK;
}

void opx_batch_close(struct opx_batch *batch)
{
	OPX_ASSERT(batch->n_lines > 0);
	batch->heads = OPX_NEW_N(batch->arena, struct opx_journal_head, batch->n_logs);
	for (size_t i = 0; i < batch->n_logs; i++) {
		const struct opx_batch_log *log = &batch->logs[i];
		batch->heads[i] =
			(struct opx_journal_head){ .log = log->log->id, .size = (int64_t)log->tree.size };
		batch->heads[i].root = opx_frontier_root(&log->tree);
	}
}

const struct opx_journal_line *opx_batch_journal(const struct opx_batch *batch)
{
	struct opx_journal_line *lines = OPX_NEW_N(batch->arena, struct opx_journal_line, batch->n_lines);
	for (size_t i = 0; i < batch->n_lines; i++)
		lines[i] = batch->lines[i].line;
	return lines;
}

void opx_batch_adopt(struct opx_batch *batch)
{
	struct opx_ledger *ledger = batch->ledger;
	for (size_t i = 0; i < batch->n_lines; i++)
		OPX_ASSERT(opx_bodies_add(&ledger->bodies, &batch->lines[i].body));
	for (size_t i = 0; i < batch->n_logs; i++) {
		struct opx_batch_log *log = &batch->logs[i];
		log->log->tree = log->tree;
		log->log->time = log->time;
		log->log->n_heads++;
		ledger->newest.us = log->time.us > ledger->newest.us ? log->time.us : ledger->newest.us;
	}
	ledger->n_lines += (int64_t)batch->n_lines;
}
