/* SPDX-License-Identifier: MPL-2.0 */
/* check.h: the parts of `opx-admin check`: each says what it looked at in one line, and names what is wrong. */
#ifndef OPX_ADMIN_CHECK_H
#define OPX_ADMIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "admin.h"

/* Rows read at once: a database of any size is checked in bounded memory. */
#define CHECK_PAGE 2000
/* Faults of one rule that are named. */
#define CHECK_NAMED 5

struct check {
	struct admin *admin;
	struct opx_arena *page; /* of the rows being looked at; reset between pages */
	size_t n_wrong;         /* rules that do not hold */
};

/* One rule being looked at. */
struct check_rule {
	const char *sentence; /* "every head is the root of its leaves" */
	size_t n_seen, n_bad;
	bool is_note; /* a delay, not a fault of the proof */
};

/* A fault: named while there are few. */
void check_bad(struct check_rule *rule, const char *fmt, ...) OPX_PRINTF(2, 3);
/* Prints the rule's line and counts it. */
void check_end(struct check *c, const struct check_rule *rule);

/* Leaves, heads and their signatures of every log. */
OPX_MUST_USE enum opx_status check_logs(struct check *c, struct opx_error *err);
/* Files of documents, drafts and made files, against their rows. */
OPX_MUST_USE enum opx_status check_files(struct check *c, struct opx_error *err);

#endif
