/* SPDX-License-Identifier: MPL-2.0 */
/* ledger.c: see ledger.h. */
#include "ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define STOPPED N_("Le scellement est arrêté : son journal n’est pas cohérent.")
#define SCRATCH_BYTES 65536U

void opx_ledger_init(struct opx_ledger *ledger)
{
	*ledger = (struct opx_ledger){ .scratch = opx_arena_new(SCRATCH_BYTES) };
}

static void log_free(struct opx_ledger_log *log)
{
	free((char *)(uintptr_t)log->origin.p);
	free(log);
}

void opx_ledger_done(struct opx_ledger *ledger)
{
	for (size_t i = 0; i < ledger->n; i++)
		log_free(ledger->logs[i]);
	free(ledger->logs);
	opx_bodies_done(&ledger->bodies);
	opx_arena_free(ledger->scratch);
	*ledger = (struct opx_ledger){ .logs = NULL };
}

/* Where the log stands, or would. */
static size_t place(const struct opx_ledger *ledger, int64_t id)
{
	size_t low = 0, high = ledger->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ledger->logs[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct opx_ledger_log *opx_ledger_find(const struct opx_ledger *ledger, int64_t id)
{
	size_t at = place(ledger, id);
	return at < ledger->n && ledger->logs[at]->id == id ? ledger->logs[at] : NULL;
}

static struct opx_ledger_log *log_new(int64_t id, struct opx_str origin)
{
	struct opx_ledger_log *log = calloc(1, sizeof(*log));
	char *name = strndup(origin.p, origin.n);
	if (log == NULL || name == NULL)
		abort();
	log->id = id;
	log->origin = (struct opx_str){ .p = name, .n = origin.n };
	log->kind = opx_origin_kind(log->origin);
	return log;
}

static void insert(struct opx_ledger *ledger, struct opx_ledger_log *log)
{
	size_t at = place(ledger, log->id);
	if (ledger->n == ledger->cap) {
		ledger->cap = ledger->cap > 0 ? 2 * ledger->cap : 64;
		ledger->logs = reallocarray(ledger->logs, ledger->cap, sizeof(struct opx_ledger_log *));
		if (ledger->logs == NULL)
			abort();
	}
	memmove(ledger->logs + at + 1, ledger->logs + at, (ledger->n - at) * sizeof(struct opx_ledger_log *));
	ledger->logs[at] = log;
	ledger->n++;
}

enum opx_status opx_ledger_log(struct opx_ledger *ledger, int64_t id, struct opx_str origin,
			       struct opx_ledger_log **ret, struct opx_error *err)
{
	struct opx_ledger_log *log = opx_ledger_find(ledger, id);
	if (log != NULL && !opx_str_eq(log->origin, origin))
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"log %" PRId64 " is %s in the journal and %s elsewhere", id, log->origin.p,
				origin.p);
	if (log == NULL) {
		char kind = opx_origin_kind(origin);
		if (kind == 0)
			return OPX_FAIL(err, OPX_CONFLICT, STOPPED, "log %" PRId64 " has no name of a log",
					id);
		if (kind == 'g' && ledger->global != NULL)
			return OPX_FAIL(err, OPX_CONFLICT, STOPPED, "log %" PRId64 " is a second global log",
					id);
		log = log_new(id, origin);
		insert(ledger, log);
		if (kind == 'g')
			ledger->global = log;
	}
	*ret = log;
	return OPX_OK;
}

/* ---- replay ---- */

static enum opx_status replay_line(void *self, const struct opx_journal_line *line, int64_t offset,
				   struct opx_error *err)
{
	struct opx_ledger *ledger = self;
	struct opx_ledger_log *log = NULL;
	struct opx_leaf leaf;
	opx_arena_reset(ledger->scratch);
	OPX_TRY(opx_leaf_parse(ledger->scratch, line->line, &leaf, err));
	OPX_TRY(opx_ledger_log(ledger, line->log, leaf.origin, &log, err));
	struct opx_sha256 body = opx_sha256(line->body);
	const char *wrong = NULL;
	if (leaf.seq != log->tree.size || line->seq < 0 || (uint64_t)line->seq != leaf.seq)
		wrong = "does not continue its log";
	else if (leaf.time.us < log->time.us)
		wrong = "is older than the line before";
	else if (log->kind == 'g' && memcmp(body.b, leaf.body.b, 32) != 0)
		wrong = "has another body than it says";
	else if (log->kind != 'g' && line->body.n > 0)
		wrong = "has a body and is not of the global log";
	else if (!opx_bodies_add(&ledger->bodies, &leaf.body))
		wrong = "is the second of its body";
	if (wrong != NULL)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED,
				"journal: line %" PRId64 " of log %" PRId64 " at byte %" PRId64 " %s",
				line->seq, line->log, offset, wrong);
	struct opx_sha256 hash = opx_tree_leaf(line->line);
	opx_frontier_append(&log->tree, &hash);
	log->time = leaf.time;
	ledger->newest.us = leaf.time.us > ledger->newest.us ? leaf.time.us : ledger->newest.us;
	ledger->n_lines++;
	return OPX_OK;
}

static enum opx_status replay_heads(void *self, const struct opx_journal_head *heads, size_t n,
				    struct opx_error *err)
{
	struct opx_ledger *ledger = self;
	for (size_t i = 0; i < n; i++) {
		struct opx_ledger_log *log = opx_ledger_find(ledger, heads[i].log);
		struct opx_sha256 root = log != NULL ? opx_frontier_root(&log->tree)
						     : (struct opx_sha256){ .b = { 0 } };
		if (log == NULL || (int64_t)log->tree.size != heads[i].size ||
		    memcmp(root.b, heads[i].root.b, 32) != 0)
			return OPX_FAIL(err, OPX_INTERNAL, STOPPED,
					"journal: head %" PRId64 " of log %" PRId64
					" is not that of its lines",
					heads[i].size, heads[i].log);
		log->n_heads++;
	}
	return OPX_OK;
}

struct opx_journal_replay opx_ledger_replay(struct opx_ledger *ledger)
{
	return (struct opx_journal_replay){ .self = ledger, .line = replay_line, .heads = replay_heads };
}

/* ---- tokens and time ---- */

void opx_ledger_token(struct opx_ledger_log *log, int64_t size, struct opx_instant gen_time,
		      const struct opx_sha256 *tsr)
{
	log->token_size = size > log->token_size ? size : log->token_size;
	if (gen_time.us <= log->token_time.us)
		return;
	log->token_time = gen_time;
	log->token = *tsr;
}

struct opx_sha256 opx_ledger_after(const struct opx_ledger *ledger, const struct opx_ledger_log *log)
{
	const struct opx_ledger_log *best = ledger->global;
	if (log->kind == 'c' && (best == NULL || log->token_time.us > best->token_time.us))
		best = log;
	return best != NULL ? best->token : (struct opx_sha256){ .b = { 0 } };
}

bool opx_ledger_clock_is_good(const struct opx_ledger *ledger, struct opx_instant now)
{
	return now.us >= ledger->newest.us - OPX_CLOCK_US;
}
