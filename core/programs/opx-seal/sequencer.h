/* SPDX-License-Identifier: MPL-2.0 */
/* sequencer.h: rounds of work: takes the outbox, writes the journal, signs the heads, answers in the database.
 *
 * The order is the guarantee (security 3.5): journal, fdatasync, state file, signature, one transaction. A batch that the
 * journal has and the database has not yet is kept and tried again before anything else.
 */
#ifndef OPX_SEAL_SEQUENCER_H
#define OPX_SEAL_SEQUENCER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/vfs.h"
#include "ledger.h"

struct opx_sequencer;
struct opx_signer;

/* All of it outlives the sequencer. */
struct opx_sequencer_setup {
	const struct opx_logger *logger;
	const struct opx_clock *clock;
	const struct opx_random *random;
	const struct opx_vfs *vfs;
	int dir_fd; /* of the journal */
	struct opx_journal *journal;
	struct opx_ledger *ledger; /* filled from it */
	const struct opx_signer *signer;
	const char *conninfo, *run_folder, *build;
	struct opx_str log_host;
	struct opx_sha256 program; /* of the program's file */
	int64_t batch_events;
	/* A log's heads are stamped at most so often; the global log's; an idle global log gets a new head after so long; after a
	 * start a fresh global token is waited for so long. */
	int64_t head_interval_us, global_interval_us, restamp_us, token_wait_us;
};

/* Touches nothing yet. *ret is the caller's. */
void opx_sequencer_new(const struct opx_sequencer_setup *setup, struct opx_sequencer **ret);
void opx_sequencer_free(struct opx_sequencer *sequencer);

/* Does what there is to do now; *ret_wait_ms: when to come back without being woken. The first rounds compare the database
 * with the journal. OPX_OK also while the database is away, the disk full or the clock behind: said once in the log, tried
 * again. Anything else: this process must end (a disk or a database in doubt). */
OPX_MUST_USE enum opx_status opx_sequencer_round(struct opx_sequencer *sequencer, int *ret_wait_ms,
						 struct opx_error *err);

/* Has the database been compared: may people wake us? */
bool opx_sequencer_is_ready(const struct opx_sequencer *sequencer);

#endif
