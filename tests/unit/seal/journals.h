/* SPDX-License-Identifier: MPL-2.0 */
/* journals.h: journals in folders of their own, for the tests of the journal. */
#ifndef TESTS_UNIT_SEAL_JOURNALS_H
#define TESTS_UNIT_SEAL_JOURNALS_H

#include "support/check_opx.h"

#include "base/digest.h"
#include "base/vfs.h"
#include "journal.h"

#define JOURNALS_LINES 3 /* of a batch */
#define JOURNALS_FOLDER_CHARS 64

/* What a replay gave: a digest of everything in order, and how many. */
struct journals_seen {
	struct opx_sha256 digest;
	int lines, batches;
	int64_t last_offset;
	int stop_at; /* refuse line number stop_at; 0: never */
};

/* A replay that fills it. */
struct opx_journal_replay journals_replay_into(struct journals_seen *seen);

int journals_folder_new(char path[JOURNALS_FOLDER_CHARS]);
void journals_folder_free(const char *path, int fd);
/* Batch number n always has the same content. */
enum opx_status journals_append(struct opx_journal *j, int n, int64_t *ret_offsets, struct opx_error *err);
enum opx_status journals_reopen(const struct opx_vfs *vfs, int dir, struct journals_seen *seen,
				struct opx_journal **ret, struct opx_error *err);
/* A journal of n batches; gives back its digest as a start sees it. */
struct journals_seen journals_build(int dir, int n);
/* A file of the folder, read or written whole. */
size_t journals_slurp(int dir, const char *name, uint8_t *buf, size_t max);
void journals_spill(int dir, const char *name, const uint8_t *buf, size_t n);

#endif
