/* SPDX-License-Identifier: MPL-2.0 */
/* child.h: runs one of our own helper programs with limits and a time: an empty environment, no open file but its output. */
#ifndef OPX_LANE_CHILD_H
#define OPX_LANE_CHILD_H

#include <stdint.h>

#include "base/error.h"

struct opx_child {
	const char *const *argv; /* ends with NULL; argv[0] is an absolute path */
	const char *folder;      /* where it works; also its HOME and its cache */
	int64_t timeout_ms;
	uint64_t max_memory, max_file; /* bytes; 0: no limit */
};

/* *ret_exit: its exit status, 128 + the signal that ended it, 127 when it could not be started. *ret_said, when not NULL: the
 * first bytes of what it wrote (standard output and error), as one line, for the log. OPX_UNAVAILABLE: it did not end in time
 * and was killed, or there is no process left to be had. */
#define OPX_CHILD_SAID 400
OPX_MUST_USE enum opx_status opx_child_run(const struct opx_child *child, int *ret_exit,
					   char ret_said[OPX_CHILD_SAID], struct opx_error *err);

#endif
