/* SPDX-License-Identifier: MPL-2.0 */
/* event.h: a listener to what was done, told after the commit, at least once (a job of the post lane). */
#ifndef OPX_EVENT_H
#define OPX_EVENT_H

#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_job;

struct opx_filing_sealed {
	int64_t filing, dossier;
	struct opx_str kind;
	struct opx_instant filed_at;
};

struct opx_event_listener {
	uint32_t size;
	const char *name;
	/* Each member may be NULL: not interested. */
	enum opx_status (*filing_sealed)(void *self, struct opx_job *job, const struct opx_filing_sealed *e,
					 struct opx_error *err);
};

#endif
