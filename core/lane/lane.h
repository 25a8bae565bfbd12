/* SPDX-License-Identifier: MPL-2.0 */
/* lane.h: what the jobs of one lane of opx-jobs know of their process, and the job kinds that core gives to each lane.
 *
 * A lane is one process with its own user, database role and rights (design section 2): files, sign-in, post, make. A job is
 * a row of opx.job; its kind names the function. One file a subject: the kinds of core stand in opx_jobs_<subject>.
 */
#ifndef OPX_LANE_LANE_H
#define OPX_LANE_LANE_H

#include <stddef.h>

#include "base/date.h"
#include "base/random.h"
#include "base/vfs.h"
#include "domain/act.h"
#include "opx/job.h"
#include "opx/plugin.h"

struct opx_registry;
struct opx_site;

/* The self of every job of core. Made once, lives as long as the process. */
struct opx_lane {
	const char *name; /* "files", "sign-in", "post", "make" */
	const struct opx_site *site;
	const struct opx_registry *registry;
	const struct opx_host *host;
	const struct opx_clock *clock;
	const struct opx_random *random;
	const struct opx_vfs *vfs;
	const struct opx_software *software; /* sw{} of events that a lane writes */
	/* Settings of the sections jobs and seal that jobs of core need; "" where this lane does not need it. */
	const char *weasyprint, *program_folder, *state_folder, *tsa_roots, *user_roots, *log_policy;
	int64_t orphan_h; /* a stored file without a row is erased after so many hours */
	int64_t notice_group_s; /* who was told of a deposit hears of the next ones together, so long after; 0: of each at once */
	int64_t *seal_owed_ms; /* of the loop; NULL: there is none, opx-seal is told at once */
	/* Authorities whose revocation lists are followed, PEM, and the addresses of the lists in the same order. */
	const char *card_authorities, *card_crls, *tsa_authorities, *tsa_crls, *seal_authorities, *seal_crls;
};

/* An act that the lane itself does in that job, to be opened; what it makes lives in the job's arena. */
struct opx_act opx_lane_act(const struct opx_lane *lane, struct opx_job *job);
/* Lines wait for opx-seal that nobody waits for: it is told when the queue is empty or a moment has passed, so that the lines of
 * many jobs are sealed together. After the commit. */
void opx_lane_wake_seal(const struct opx_lane *lane);

/* Kinds of core, by subject; a lane registers those whose lane is its own. self: struct opx_lane. */
extern const struct opx_job_kind
	opx_jobs_files[]; /* files.c: a received file is checked and stored; orphans swept */
extern const size_t opx_n_jobs_files;
extern const struct opx_job_kind
	opx_jobs_tokens[]; /* tokens.c (post): tokens of documents, heads, lists, manifests */
extern const size_t opx_n_jobs_tokens;
extern const struct opx_job_kind opx_jobs_notices[]; /* notices.c (post): mails that tell, invitations */
extern const size_t opx_n_jobs_notices;
extern const struct opx_job_kind
	opx_jobs_revocation[]; /* revocation.c (sign-in, post): lists of revoked certificates */
extern const size_t opx_n_jobs_revocation;
extern const struct opx_job_kind
	opx_jobs_certificates[]; /* certificates.c (post): dossiers are told of a revoked certificate */
extern const size_t opx_n_jobs_certificates;
extern const struct opx_job_kind opx_jobs_events[]; /* events.c (post): listeners of plugins are told */
extern const size_t opx_n_jobs_events;
extern const struct opx_job_kind opx_jobs_bundles[]; /* bundles.c (make): bundles */
extern const size_t opx_n_jobs_bundles;
extern const struct opx_job_kind opx_jobs_letters[]; /* letters.c (make): letters and receipts as PDF */
extern const size_t opx_n_jobs_letters;

#endif
