/* SPDX-License-Identifier: MPL-2.0 */
/* sandbox.h: what a process that reads hostile bytes may still do: nearly nothing (security 5.2).
 *
 * Limits, Landlock (system folders read only, and the one file), seccomp (no socket, no ptrace, no new kernel surface). It is
 * inherited by qpdf and poppler, which run inside it.
 */
#ifndef OPX_PARSE_SANDBOX_H
#define OPX_PARSE_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

enum sandbox_kind { SANDBOX_LANDLOCK, SANDBOX_SECCOMP_ONLY };

/* Shuts this process in. file_fd may be opened again by its /proc name. OPX_UNAVAILABLE: the kernel lacks a part that kind asks
 * for; then nothing hostile may be read. */
OPX_MUST_USE enum opx_status sandbox_enter(enum sandbox_kind kind, int file_fd, struct opx_error *err);
/* Further in, for scanners that run no other program: reading, writing, memory and the end. Not in sanitizer builds. */
OPX_MUST_USE enum opx_status sandbox_narrow(struct opx_error *err);
/* Memory of a program that is about to be run; this process has its own limit already. */
void sandbox_limit_memory(void);

#endif
