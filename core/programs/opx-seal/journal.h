/* SPDX-License-Identifier: MPL-2.0 */
/* journal.h: the file that holds the truth of the logs: every leaf line, batch by batch, before anything is signed.
 *
 * One folder holds `journal` (records of evidence-format section 7, only ever appended to) and `state` (how far the
 * journal went when the last head was signed). Knows nothing of trees, keys or databases, so that it can be killed at
 * each system call. A batch is there whole or not at all: what lies beyond the state file and is not a whole batch was
 * never signed and is dropped at the next start; any defect before that stops the process.
 */
#ifndef OPX_SEAL_JOURNAL_H
#define OPX_SEAL_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/random.h"
#include "base/str.h"
#include "base/vfs.h"

#define OPX_JOURNAL_MAX_LINE 1024U  /* bytes of a leaf line */
#define OPX_JOURNAL_MAX_BODY 65536U /* bytes of the body of a global line */
#define OPX_JOURNAL_MAX_LINES 8192U /* lines of a batch */
#define OPX_JOURNAL_MAX_HEADS 8192U /* logs that a batch touches */

struct opx_journal;

struct opx_journal_line {
	int64_t log, seq;
	struct opx_bytes line; /* without LF */
	struct opx_bytes body; /* lines of the global log only, else empty */
};

struct opx_journal_head {
	int64_t log, size;
	struct opx_sha256 root;
};

/* What a start reads back, oldest first: the lines of a batch, then its heads. Any status but OPX_OK stops the reading.
 * What the pointers name is valid during the call only. */
struct opx_journal_replay {
	void *self;
	enum opx_status (*line)(void *self, const struct opx_journal_line *line, int64_t offset,
				struct opx_error *err);
	enum opx_status (*heads)(void *self, const struct opx_journal_head *heads, size_t n,
				 struct opx_error *err);
};

/* Reads the whole journal, calls replay, drops an incomplete last batch, repairs the state file when the journal is
 * ahead of it, and leaves the journal ready for the next batch. Creates both files in an empty folder. dir_fd stays the
 * caller's and must stay open; *ret is the caller's.
 * OPX_CONFLICT: the state file is ahead of the journal, or of another one. OPX_INTERNAL: a defect or an I/O error. */
OPX_MUST_USE enum opx_status opx_journal_open(const struct opx_vfs *vfs, int dir_fd,
					      const struct opx_random *random,
					      const struct opx_journal_replay *replay,
					      struct opx_journal **ret, struct opx_error *err);
/* The same without writing anything: for rebuild and checks. What is beyond the last whole batch is ignored. */
OPX_MUST_USE enum opx_status opx_journal_read(const struct opx_vfs *vfs, int dir_fd,
					      const struct opx_journal_replay *replay, struct opx_error *err);
void opx_journal_free(struct opx_journal *journal);
static inline void opx_journal_freep(struct opx_journal **journal)
{
	opx_journal_free(*journal);
}
#define OPX_AUTO_JOURNAL __attribute__((cleanup(opx_journal_freep))) struct opx_journal *

/* Appends one batch: records, fdatasync, state file, fsync of the folder. After OPX_OK the heads may be signed.
 * ret_offsets (may be NULL) receives n_lines offsets for opx_journal_line_at. OPX_UNAVAILABLE: no room, nothing was
 * appended, later is another try. OPX_INTERNAL: unknown state of the disk; this process must end and start again. */
OPX_MUST_USE enum opx_status opx_journal_append(struct opx_journal *journal,
						const struct opx_journal_line *lines, size_t n_lines,
						const struct opx_journal_head *heads, size_t n_heads,
						int64_t *ret_offsets, struct opx_error *err);

/* One line read again, in arena. */
OPX_MUST_USE enum opx_status opx_journal_line_at(struct opx_journal *journal, int64_t offset,
						 struct opx_arena *arena, struct opx_journal_line *ret,
						 struct opx_error *err);

/* Batches and bytes that are safe; bytes that the start dropped. */
int64_t opx_journal_batches(const struct opx_journal *journal);
int64_t opx_journal_bytes(const struct opx_journal *journal);
int64_t opx_journal_dropped(const struct opx_journal *journal);

#endif
