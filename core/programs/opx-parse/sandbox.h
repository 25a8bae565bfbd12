/* SPDX-License-Identifier: MPL-2.0 */
/* sandbox.h: what a process that reads hostile bytes may still do: nearly nothing (security 5.2).
 *
 * Limits, Landlock (system folders read only, and the one file), seccomp (no socket, no ptrace, no new kernel surface). It is
 * inherited by qpdf and poppler, which run inside it.
 */
#ifndef OPX_PARSE_SANDBOX_H
#define OPX_PARSE_SANDBOX_H

#include <linux/filter.h>
#include <stdbool.h>

#include "base/error.h"

enum sandbox_kind { SANDBOX_LANDLOCK, SANDBOX_SECCOMP_ONLY };

/* Made once, entered by every process that reads a file. */
struct sandbox {
	enum sandbox_kind kind;
	struct sock_fprog wide,
		narrow; /* filters: for those who run other programs, and for those who run none */
};

/* Translates the filters. OPX_UNAVAILABLE: it cannot be done here. */
OPX_MUST_USE enum opx_status sandbox_make(enum sandbox_kind kind, struct sandbox *ret, struct opx_error *err);
void sandbox_done(struct sandbox *sandbox);

/* What does not need the file: no new privileges, not dumpable, no environment, every limit but that of the processor (it counts by
 * process, and a keeper lives long). */
OPX_MUST_USE enum opx_status sandbox_prepare(struct opx_error *err);
/* Shuts this process in; prepares it, too. file_fd may be opened again by its /proc name. Without runs_programs it is left with
 * reading, writing, memory and the end (not in sanitizer builds, which need more). OPX_UNAVAILABLE: the kernel lacks a part that its
 * kind asks for; then nothing hostile may be read. */
OPX_MUST_USE enum opx_status sandbox_enter(const struct sandbox *sandbox, int file_fd, bool runs_programs,
					   struct opx_error *err);
/* Memory of a program that is about to be run; this process has its own limit already. */
void sandbox_limit_memory(void);

#endif
