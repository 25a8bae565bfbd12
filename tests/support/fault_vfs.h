/* SPDX-License-Identifier: MPL-2.0 */
/* fault_vfs.h: the real file system, but the Nth call fails with a chosen error, or cuts everything from there on.
 *
 * Counting starts at 1 and covers every function of struct opx_vfs. After a cut all calls fail with EIO and do nothing: what
 * is on the disk then is what a killed process leaves.
 */
#ifndef OPX_TESTS_FAULT_VFS_H
#define OPX_TESTS_FAULT_VFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vfs.h"

struct fault_vfs {
	struct opx_vfs vfs; /* first: hand out &fault->vfs */
	unsigned n_calls;   /* so far */
	unsigned fail_at;   /* 0: never */
	int error;          /* errno of the failure */
	bool is_cut;        /* from fail_at on, nothing happens any more */
	bool is_short;      /* at fail_at a write takes one byte instead of failing; the next fails */
	const char *failed; /* the name of the call that failed, or NULL */
};

void fault_vfs_init(struct fault_vfs *fault);
/* Forgets the count and sets the next fault; fail_at 0: none. */
void fault_vfs_arm(struct fault_vfs *fault, unsigned fail_at, int error);

#endif
