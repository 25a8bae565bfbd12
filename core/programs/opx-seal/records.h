/* SPDX-License-Identifier: MPL-2.0 */
/* records.h: the proof tables as the copy of the journal: compared, completed, never changed.
 *
 * opx-seal calls opx_records_sync at each start; `opx-admin rebuild` calls opx_records_rebuild. Both only insert rows that
 * the journal has and the database has not, and stop at the first row that says otherwise.
 */
#ifndef OPX_SEAL_RECORDS_H
#define OPX_SEAL_RECORDS_H

#include "base/error.h"
#include "base/vfs.h"
#include "batch.h"
#include "ledger.h"

struct opx_db;
struct opx_signer;

struct opx_records_report {
	int64_t lines, heads;             /* in the journal */
	int64_t lines_added, heads_added; /* rows that were missing */
	int64_t heads_unsigned;           /* rows still missing, for lack of the log's key */
};

/* Reads the journal in dir_fd piece by piece and compares each line and head with leaf, global_line and checkpoint; missing
 * rows are inserted, heads signed again (Ed25519 gives the same note). ledger: the same journal, read before. db: outside a
 * transaction, of a role that may read event, log and insert into the three tables (opx_seal, or the owner). signer NULL:
 * missing heads are counted and left for opx-seal's next start.
 * OPX_INVALID: the database has a row that the journal lacks or contradicts, or lacks the event of a line (it is older
 * than the journal). OPX_UNAVAILABLE: the database went away; again later. What was inserted until then stays: it is true. */
OPX_MUST_USE enum opx_status opx_records_sync(struct opx_db *db, const struct opx_vfs *vfs, int dir_fd,
					      const struct opx_ledger *ledger,
					      const struct opx_signer *signer, struct opx_records_report *ret,
					      struct opx_error *err);
/* The same for a caller that has no ledger: reads the journal twice. dir_fd: the folder of the setting seal.state, opened
 * O_RDONLY. opx-seal must be stopped: the folder is locked meanwhile (OPX_UNAVAILABLE when it runs). signer may be NULL. */
OPX_MUST_USE enum opx_status opx_records_rebuild(struct opx_db *db, const struct opx_vfs *vfs, int dir_fd,
						 const struct opx_signer *signer,
						 struct opx_records_report *ret, struct opx_error *err);

/* Rows of a closed batch, inside the caller's transaction; rows that are there already are compared. */
OPX_MUST_USE enum opx_status opx_records_add(struct opx_db *db, const struct opx_batch *batch,
					     const struct opx_signer *signer, struct opx_error *err);

#endif
