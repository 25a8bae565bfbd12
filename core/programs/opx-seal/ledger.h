/* SPDX-License-Identifier: MPL-2.0 */
/* ledger.h: what opx-seal remembers of every log: its tree, the time of its last line, its newest token, the bodies sealed.
 *
 * Filled from the journal at the start, then by each batch that the journal has taken. Pure: no file, no database.
 */
#ifndef OPX_SEAL_LEDGER_H
#define OPX_SEAL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "bodies.h"
#include "evidence/leaf.h"
#include "evidence/tree.h"
#include "journal.h"

/* The disagreement allowed between two clocks (evidence-format 1.4). */
#define OPX_CLOCK_US (5 * INT64_C(1000000))

/* Has that long passed? A clock that was set back has waited long enough. */
static inline bool opx_has_waited(struct opx_instant from, int64_t us, struct opx_instant now)
{
	return now.us < from.us || now.us - from.us >= us;
}

struct opx_ledger_log {
	int64_t id;
	struct opx_str origin;
	char kind; /* 'c', 'r', 'g' */
	struct opx_frontier tree;
	struct opx_instant time; /* of the last line; 0: none */
	int64_t n_heads;         /* signed so far */
	/* The token with the latest genTime among those of its heads. */
	struct opx_instant token_time; /* 0: none */
	struct opx_sha256 token;       /* SHA-256 of the .tsr */
	int64_t token_size;            /* the largest head that has one */
	/* When the stamp of a head was last asked for, and the head whose stamp waits for its turn (0: none). */
	struct opx_instant stamp_asked;
	int64_t stamp_waits;
};

struct opx_ledger {
	struct opx_ledger_log **logs; /* sorted by id */
	size_t n, cap;
	struct opx_ledger_log *global; /* NULL: none yet */
	struct opx_bodies bodies;
	struct opx_instant newest; /* the latest time of any line */
	int64_t n_lines;
	struct opx_arena *scratch;
};

void opx_ledger_init(struct opx_ledger *ledger);
void opx_ledger_done(struct opx_ledger *ledger);
/* NULL: no such log. */
struct opx_ledger_log *opx_ledger_find(const struct opx_ledger *ledger, int64_t id);
/* Adds an empty log, or gives the one that is there. OPX_CONFLICT: the name is not one of a log, or the log has another
 * name, or there is already a global log. */
OPX_MUST_USE enum opx_status opx_ledger_log(struct opx_ledger *ledger, int64_t id, struct opx_str origin,
					    struct opx_ledger_log **ret, struct opx_error *err);
/* How a journal is read into a ledger. Each line must continue its log, each head must have the root of its lines:
 * OPX_INTERNAL otherwise. The ledger is the self and must stay where it is. */
struct opx_journal_replay opx_ledger_replay(struct opx_ledger *ledger);
/* A verified token of a head; only the latest counts. */
void opx_ledger_token(struct opx_ledger_log *log, int64_t size, struct opx_instant gen_time,
		      const struct opx_sha256 *tsr);
/* `after` of a line of this log now (evidence-format 2.5): acts by their own and the global tokens, readings by the global ones
 * alone (a token of a readings head would show the time of somebody else's reading). Zeros: none. */
struct opx_sha256 opx_ledger_after(const struct opx_ledger *ledger, const struct opx_ledger_log *log);
/* May lines be written at this time? Not when the clock is more than 5 s behind a line that is there. */
bool opx_ledger_clock_is_good(const struct opx_ledger *ledger, struct opx_instant now);

#endif
