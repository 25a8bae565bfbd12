/* SPDX-License-Identifier: MPL-2.0 */
/* events.c: plugins that listen are told what was done, after it is sealed, at least once each. */
#include "lane/lane.h"

#include <inttypes.h>

#include "base/log.h"
#include "db/db.h"
#include "opx/event.h"
#include "plugin/registry.h"
#include "sql_event.h"

/* One that fails does not keep the others from being told; the job comes back for it, and the others are told again. */
static enum opx_status tell_all(const struct opx_lane *lane, struct opx_job *job,
				const struct opx_filing_sealed *e, struct opx_error *err)
{
	size_t n = 0;
	enum opx_status last = OPX_OK;
	const struct opx_reg_listener *listeners = opx_registry_listeners(lane->registry, &n);
	for (size_t i = 0; i < n; i++) {
		struct opx_error why = { .status = OPX_OK };
		if (listeners[i].it->filing_sealed == NULL)
			continue;
		uint16_t former = opx_registry_enter(lane->registry, listeners[i].owner);
		enum opx_status status = listeners[i].it->filing_sealed(listeners[i].self, job, e, &why);
		opx_registry_leave(lane->registry, former);
		if (status == OPX_OK)
			continue;
		last = status;
		if (err != NULL)
			*err = why;
	}
	return last;
}

static enum opx_status filing(void *self, struct opx_job *job, struct opx_error *err)
{
	struct sql_event_filing_row row;
	bool is_found = false;
	OPX_TRY(sql_event_filing(job->db, job->ref, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Le service a rencontré un problème."),
				"no sealed filing %" PRId64, job->ref);
	const struct opx_filing_sealed e = {
		.filing = row.id, .dossier = row.dossier_id, .kind = row.kind, .filed_at = row.filed_at
	};
	return tell_all(self, job, &e, err);
}

const struct opx_job_kind opx_jobs_events[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "event.filing", .run = filing },
};
const size_t opx_n_jobs_events = OPX_COUNT(opx_jobs_events);
