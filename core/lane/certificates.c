/* SPDX-License-Identifier: MPL-2.0 */
/* certificates.c: a certificate that is found revoked, told in each dossier where it was used: cert.status, once each. */
#include "lane/lane.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/wake.h"
#include "db/db.h"
#include "plugin/site.h"
#include "sql_revocation.h"

static enum opx_status tell(const struct opx_lane *lane, struct opx_job *job,
			    const struct sql_revocation_cases_row *row, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	struct opx_act act = opx_lane_act(lane, job);
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	OPX_TRY(opx_act_open(&act, row->dossier, true, err));
	const int32_t *everybody = opx_act_everybody(&act, &n);
	OPX_TRY(opx_event_begin(&act, &e, OPX_LOG_ACTS, "cert.status", everybody, n, err));
	opx_writer_open(&e.w, "certificate");
	opx_writer_hex(&e.w, "cert", row->certificate);
	opx_writer_str(&e.w, "status", OPX_STR("revoked"));
	opx_writer_time(&e.w, "since", row->revoked_at);
	opx_writer_close(&e.w);
	OPX_TRY(opx_event_end(&act, &e, (struct opx_event_links){ .certificate = row->certificate }, &id,
			      err));
	return opx_tx_commit(&tx, err);
}

/* ref: the credential. Those that were told already are not told again. */
static enum opx_status tell_cases(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	const struct sql_revocation_cases_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_revocation_cases(job->db, job->ref, &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(tell(lane, job, &rows[i], err));
	if (n > 0)
		opx_wake(lane->site->run_folder.p, OPX_WAKE_SEAL);
	return OPX_OK;
}

const struct opx_job_kind opx_jobs_certificates[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "cert.status", .run = tell_cases },
};
const size_t opx_n_jobs_certificates = OPX_COUNT(opx_jobs_certificates);
