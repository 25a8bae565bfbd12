/* SPDX-License-Identifier: MPL-2.0 */
/* parser.h: has opx-parse examine an open file and takes its report; whatever becomes of that process, this one goes on.
 *
 * A keeper (opx-parse --serve) is started with the first file and gives each file a process of its own. It is ended, with all that it
 * started, as soon as a file did anything but end well: the next one begins with a new keeper.
 */
#ifndef OPX_PLUGIN_PARSER_H
#define OPX_PLUGIN_PARSER_H

#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_logger;
struct opx_parser; /* of one process; one file at a time */

/* More bytes than that are no report. */
#define OPX_PARSE_MAX_BYTES 65536

/* What stands for the report of a parser that ended without one. */
#define OPX_PARSE_ENDED                                                                                           \
	"{\"verdict\":\"unknown\",\"reason\":\"ended\",\"mime\":\"\",\"pages\":-1,\"encrypted\":0,\"active\":[]," \
	"\"width\":0,\"height\":0}"

struct opx_parse_order {
	const char *kind; /* "pdf", "image" */
	int fd;           /* the file; read by the child only */
	int timeout_ms;
	struct opx_arena *arena;
	const struct opx_logger *logger;
};

/* program: absolute path; sandbox: NULL for landlock, "seccomp-only" where the kernel has no Landlock. Both are borrowed. Starts
 * nothing yet: it may be made before a fork, and belongs to the process that uses it first. */
struct opx_parser *opx_parser_new(const char *program, const char *sandbox);
/* Ends the keeper, too. */
void opx_parser_free(struct opx_parser *parser);
/* Its keeper; 0: none runs. */
pid_t opx_parser_keeper(const struct opx_parser *parser);

/* *ret_json: the report, UTF-8; OPX_PARSE_ENDED, with a line for the operator, when the parser was ended, timed out or wrote
 * something else. OPX_UNAVAILABLE: it could not be run or has no sandbox: nothing is known of the file, try again later. */
OPX_MUST_USE enum opx_status opx_parser_run(struct opx_parser *parser, const struct opx_parse_order *order,
					    struct opx_str *ret_json, struct opx_error *err);

#endif
