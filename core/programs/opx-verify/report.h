/* SPDX-License-Identifier: MPL-2.0 */
/* report.h: what is said of each claim K0 to K8, and why (evidence-format 6). */
#ifndef OPX_VERIFY_REPORT_H
#define OPX_VERIFY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

enum claim { K0, K1, K2, K3, K4, K5, K6, K7, K8 };
#define CLAIMS 9
#define MAX_REASONS 24

enum verdict { PASSED, INDETERMINATE, FAILED }; /* by gravity */

struct judged_claim {
	enum verdict worst;
	bool is_checked; /* something was looked at and held */
	size_t n_reasons;
	struct opx_str reasons[MAX_REASONS];
	size_t n_more; /* reasons beyond MAX_REASONS */
};
struct report {
	struct opx_arena *arena;
	struct judged_claim claims[CLAIMS];
	size_t n_announced;
	struct opx_str announced[MAX_REASONS];
};

/* A check that held. */
void report_held(struct report *r, enum claim k);
/* A broken rule; what cannot be judged. French sentences, printf-like; control characters become '?'. */
void report_failed(struct report *r, enum claim k, const char *fmt, ...) OPX_PRINTF(3, 4);
void report_unsure(struct report *r, enum claim k, const char *fmt, ...) OPX_PRINTF(3, 4);
/* What the reader must know, without effect on a verdict. */
void report_announce(struct report *r, const char *fmt, ...) OPX_PRINTF(2, 3);
/* The claim is at best INDETERMINATE, for that reason. */
void report_cap(struct report *r, enum claim k, const char *reason);

enum verdict report_verdict(const struct report *r, enum claim k);
const char *report_name(enum verdict v);
void report_print(const struct report *r, const char *kind, FILE *out);
void report_print_json(const struct report *r, const char *kind, FILE *out);
/* Is nothing FAILED? */
bool report_is_good(const struct report *r);

#endif
