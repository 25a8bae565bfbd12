/* SPDX-License-Identifier: MPL-2.0 */
/* stamps.h: the time-stamps of heads: which are asked for now, which wait for their turn, and the tokens that came. */
#ifndef OPX_SEAL_STAMPS_H
#define OPX_SEAL_STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "db/db.h"
#include "id_list.h"

struct opx_arena;
struct opx_batch;
struct opx_sequencer_setup;
struct sql_seal_heads_stamped_row;

#define OPX_STAMPS_AT_ONCE 1000 /* heads of opx_stamps_heads */

struct opx_stamps {
	const struct opx_sequencer_setup *setup;
	size_t n_wait;     /* logs whose head waits for its turn */
	int64_t due_in_us; /* the next of these, as the last opx_stamps_ask_late saw it */
	/* Tokens: ids up to the floor were all looked at, those above are looked at once. */
	int64_t tokens_floor, heads_floor;
	struct opx_instant floor_at;
	bool has_floor; /* the floor was raised once since the start */
	struct opx_id_list seen;
	bool may_have_heads; /* stamped and without a global line: not looked for since a token came */
};

/* The setup outlives it. */
void opx_stamps_init(struct opx_stamps *stamps, const struct opx_sequencer_setup *setup);
void opx_stamps_done(struct opx_stamps *stamps);

/* At the start: the newest token of each log into the ledger. Resets the arena, where the database's answers are. */
OPX_MUST_USE enum opx_status opx_stamps_load(struct opx_stamps *stamps, struct opx_db *db,
					     struct opx_arena *arena, struct opx_error *err);
/* The tokens that came since, into the ledger. */
OPX_MUST_USE enum opx_status opx_stamps_take(struct opx_stamps *stamps, struct opx_db *db,
					     struct opx_error *err);
/* Heads that have a token and no line in the global log yet: at most OPX_STAMPS_AT_ONCE. */
OPX_MUST_USE enum opx_status opx_stamps_heads(struct opx_stamps *stamps, struct opx_db *db,
					      struct opx_instant now,
					      const struct sql_seal_heads_stamped_row **ret, size_t *ret_n,
					      struct opx_error *err);

/* The heads of the batch whose stamp is asked for with it; the others of it wait for their turn. */
void opx_stamps_at_once(const struct opx_stamps *stamps, const struct opx_batch *batch, bool has_release,
			struct opx_arena *arena, struct opx_i64s *ret_logs, struct opx_i64s *ret_sizes);
/* Once the database has them. */
void opx_stamps_settle(struct opx_stamps *stamps, const struct opx_batch *batch, bool has_release);
/* Asks for the stamps whose turn has come, and says when the next one's will. */
OPX_MUST_USE enum opx_status opx_stamps_ask_late(struct opx_stamps *stamps, struct opx_db *db,
						 struct opx_arena *arena, struct opx_instant now,
						 struct opx_error *err);

#endif
