/* SPDX-License-Identifier: MPL-2.0 */
/* guard.h: what a small process that holds a key does to itself at start (security 5.2): fewer rights, no network.
 *
 * The order is early(), then reading configuration and keys, opening sockets, then close().
 */
#ifndef OPX_GUARD_H
#define OPX_GUARD_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"

/* Empty environment, umask 077, working directory /, no new privileges, not dumpable, no core, secure heap for keys,
 * descriptors above 2 closed. OPX_INTERNAL when the kernel refuses one of them. */
OPX_MUST_USE enum opx_status opx_guard_early(struct opx_error *err);

/* Locks all memory where the limit allows it; else says so in the log and only the pages with keys are locked. Never
 * fails: a small limit is the operator's choice. */
void opx_guard_lock_memory(const struct opx_logger *logger);

/* From here on: no socket but Unix ones, no other program, no tracing, no new kernel interfaces. */
OPX_MUST_USE enum opx_status opx_guard_close(struct opx_error *err);
/* The same for a process that needs one of these. Without OPX_GUARD_WRITE nothing on disk can be made, changed or removed
 * (Landlock; a kernel without it is said in the log). Children inherit all of it. */
enum opx_guard_allowed { OPX_GUARD_NETWORK = 1, OPX_GUARD_EXEC = 2, OPX_GUARD_WRITE = 4 };
OPX_MUST_USE enum opx_status opx_guard_close_but(unsigned allowed, const struct opx_logger *logger,
						 struct opx_error *err);

/* Blocks SIGTERM and SIGINT and gives a descriptor that becomes readable when one of them arrives; the caller's. SIGHUP, which asks others to
 * begin anew, is ignored: a hand that sends it to every program must not stop the seal. */
OPX_MUST_USE enum opx_status opx_guard_signals(int *ret_fd, struct opx_error *err);

#endif
