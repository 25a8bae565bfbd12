/* SPDX-License-Identifier: MPL-2.0 */
/* parse_child.h: runs opx-parse on an open file and takes its report; whatever becomes of that process, this one goes on. */
#ifndef OPX_PLUGIN_PARSE_CHILD_H
#define OPX_PLUGIN_PARSE_CHILD_H

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_logger;

/* More bytes than that are no report. */
#define OPX_PARSE_MAX_BYTES 65536

/* What stands for the report of a parser that ended without one. */
#define OPX_PARSE_ENDED                                                                                           \
	"{\"verdict\":\"unknown\",\"reason\":\"ended\",\"mime\":\"\",\"pages\":-1,\"encrypted\":0,\"active\":[]," \
	"\"width\":0,\"height\":0}"

struct opx_parse_order {
	const char *program; /* absolute path */
	const char *sandbox; /* NULL: landlock; "seccomp-only" where the kernel has no Landlock */
	const char *kind;    /* "pdf", "image" */
	int fd;              /* the file; read by the child only */
	int timeout_ms;
	struct opx_arena *arena;
	const struct opx_logger *logger;
};

/* *ret_json: the report, UTF-8; OPX_PARSE_ENDED, with a line for the operator, when the parser was ended, timed out or wrote
 * something else. OPX_UNAVAILABLE: it could not be run or has no sandbox: nothing is known of the file, try again later. */
OPX_MUST_USE enum opx_status opx_parse_run(const struct opx_parse_order *order, struct opx_str *ret_json,
					   struct opx_error *err);

#endif
