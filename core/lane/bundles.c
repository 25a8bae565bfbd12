/* SPDX-License-Identifier: MPL-2.0 */
/* bundles.c: the steps of a bundle, one job again and again until it is there (design section 3, step 9): collected and listed;
 * the list sealed and stamped; the manifest stamped; the file closed, checked and given. Nobody waits inside a job.
 */
#include "lane/bundle.h"

#include "base/arena.h"
#include "base/wake.h"
#include "db/db.h"
#include "plugin/site.h"
#include "sql_work.h"
#include <inttypes.h>

#define MAX_ROUNDS 3
#define TOO_LATE \
	N_("Le dossier de preuve n’a pas pu être préparé en dix minutes. Demandez-le à nouveau un peu plus tard.")
#define NO_LUCK \
	N_("L’autorité d’horodatage a changé pendant la préparation. Demandez à nouveau ce dossier de preuve.")
#define WAITING N_("Le dossier de preuve attend son sceau et ses jetons.")

/* Steps as artefact.step has them: what the waiting page says. */
#define STEP_COLLECT ""
#define STEP_SEALING N_("Étape 2 sur 3 : la liste des fichiers reçoit son sceau et son jeton d’horodatage.")
#define STEP_STAMPING N_("Étape 3 sur 3 : l’ensemble reçoit son jeton, puis il est vérifié.")

static enum opx_status work_again(struct bundle *b, struct opx_error *err)
{
	enum opx_status status = opx_work_load(b->arena, b->lane->vfs, opx_made_folder(b->arena, b->lane),
					       opx_made_work(b->arena, b->artefact), &b->work, err);
	if (status != OPX_NOT_FOUND)
		return status;
	/* The folder is gone: from the beginning. */
	OPX_TRY(sql_bundle_step(b->job->db, b->artefact, OPX_STR(STEP_COLLECT), NULL, NULL, NULL, err));
	return OPX_FAIL(err, OPX_CONFLICT, WAITING, "artefact %" PRId64 ": begun again", b->artefact);
}

static enum opx_status ask_stamp(struct bundle *b, const char *kind, const struct opx_sha256 *sha256,
				 struct opx_error *err)
{
	struct sql_bundle_stamp_ask_row row;
	OPX_TRY(sql_bundle_stamp_ask(b->job->db, opx_str_z(kind),
				     (struct opx_bytes){ .p = sha256->b, .n = 32 }, b->artefact, &row, err));
	return sql_work_job(b->job->db, OPX_STR("post"), OPX_STR("token.request"),
			    opx_strf(b->arena, "stamp:%" PRId64, row.id), &row.id, NULL,
			    (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err);
}

static enum opx_status not_yet(const struct bundle *b, struct opx_error *err)
{
	return OPX_FAIL(err, OPX_CONFLICT, WAITING, "artefact %" PRId64 " waits", b->artefact);
}

/* Step 1: everything but the proofs of the list; then the list is given to be sealed and stamped. */
static enum opx_status collect(struct bundle *b, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	struct opx_sha256 sums;
	struct sql_bundle_rounds_row rounds;
	struct sql_bundle_seal_ask_row seal;
	OPX_TRY(sql_bundle_rounds(b->job->db, b->artefact, &rounds, err));
	if (rounds.n >= MAX_ROUNDS)
		return OPX_FAIL(err, OPX_INTERNAL, NO_LUCK,
				"artefact %" PRId64 ": %d lists, each token lacked something", b->artefact,
				MAX_ROUNDS);
	OPX_TRY(bundle_collect(b, err));
	OPX_TRY(bundle_write_sums(&b->work, &sums, err));
	OPX_TRY(opx_work_save(&b->work, err));
	/* A receipt holds one old head; what the person has is kept under the newest one, which the page asks for. */
	const int64_t acts = b->acts.heads[b->acts.n_heads - 1].tsr.p != NULL
				     ? b->acts.heads[b->acts.n_heads - 1].size
				     : b->acts.head->size;
	const int64_t size = b->kind == OPX_BUNDLE_RECEIPT ? acts : b->acts.head->size;
	const int64_t *readings = b->readings.head != NULL ? &b->readings.head->size : NULL;
	OPX_TRY(opx_tx_begin(b->job->db, &tx, 0, err));
	OPX_TRY(sql_bundle_seal_ask(b->job->db, (struct opx_bytes){ .p = sums.b, .n = 32 }, b->artefact,
				    &seal, err));
	OPX_TRY(ask_stamp(b, "sums", &sums, err));
	OPX_TRY(sql_bundle_step(b->job->db, b->artefact, OPX_STR(STEP_SEALING), &size, readings, NULL, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_wake(b->lane->site->run_folder.p, OPX_WAKE_SEAL);
	opx_wake(b->lane->site->run_folder.p, OPX_WAKE_POST);
	return not_yet(b, err);
}

static enum opx_status hash_of(const struct opx_work *work, const char *name, struct opx_sha256 *ret,
			       struct opx_error *err)
{
	for (size_t i = 0; i < work->n; i++)
		if (opx_str_is(work->files[i].name, name)) {
			*ret = work->files[i].sha256;
			return OPX_OK;
		}
	return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN, "%s: no %s", work->path.p, name);
}

/* What lacks something is thrown away and the list made again, with what lacked (evidence-format 5.4). */
static enum opx_status again(struct bundle *b, const char *what, struct opx_error *err)
{
	OPX_LOG(b->job->logger, OPX_WARN, "bundle.again", KV_I64("artefact", b->artefact),
		KV_Z("lacks", what));
	OPX_TRY(sql_bundle_step(b->job->db, b->artefact, OPX_STR(STEP_COLLECT), NULL, NULL, NULL, err));
	return not_yet(b, err);
}

/* Steps 2 and 3: the list has its seal and its token; the manifest is given to be stamped. */
static enum opx_status seal(struct bundle *b, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	struct opx_sha256 sums, manifest;
	struct sql_bundle_seal_row p7s;
	struct sql_bundle_stamp_row token;
	bool has_seal = false, has_token = false, is_covered = false;
	OPX_TRY(work_again(b, err));
	OPX_TRY(hash_of(&b->work, "SHA256SUMS", &sums, err));
	const struct opx_bytes hash = { .p = sums.b, .n = sizeof(sums.b) };
	OPX_TRY(sql_bundle_seal(b->job->db, b->artefact, hash, &has_seal, &p7s, err));
	OPX_TRY(sql_bundle_stamp(b->job->db, b->artefact, OPX_STR("sums"), hash, &has_token, &token, err));
	if (!has_seal || !has_token)
		return not_yet(b, err);
	OPX_TRY(bundle_covers_token(&b->work, token.tsr, &is_covered, err));
	if (!is_covered)
		return again(b, "what judges the token of the list", err);
	OPX_TRY(bundle_covers_seal(b, p7s.p7s, &is_covered, err));
	if (!is_covered)
		return again(b, "what judges the seal", err);
	OPX_TRY(opx_work_put(&b->work, OPX_STR("SHA256SUMS.p7s"), p7s.p7s, err));
	OPX_TRY(opx_work_put(&b->work, OPX_STR("SHA256SUMS.tsr"), token.tsr, err));
	OPX_TRY(bundle_write_manifest(&b->work, &manifest, err));
	OPX_TRY(opx_work_save(&b->work, err));
	OPX_TRY(opx_tx_begin(b->job->db, &tx, 0, err));
	OPX_TRY(ask_stamp(b, "manifest", &manifest, err));
	OPX_TRY(sql_bundle_step(b->job->db, b->artefact, OPX_STR(STEP_STAMPING), NULL, NULL, NULL, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_wake(b->lane->site->run_folder.p, OPX_WAKE_POST);
	return not_yet(b, err);
}

static struct opx_str file_name(const struct bundle *b)
{
	static const char *const words[OPX_BUNDLE_KINDS] = { [OPX_BUNDLE_RECEIPT] = "accuse",
							     [OPX_BUNDLE_DOCUMENT] = "document",
							     [OPX_BUNDLE_PARTY] = "preuves",
							     [OPX_BUNDLE_CASE] = "dossier-complet",
							     [OPX_BUNDLE_ARCHIVE] = "archive" };
	return b->asked.name.n > 0 ? b->asked.name
				   : opx_strf(b->arena, "%s-%" PRId64 "-%" PRId64 ".asice", words[b->kind],
					      b->asked.dossier_id, b->artefact);
}

/* Steps 4 and 5: the manifest has its token; the file is closed, checked, and stands under its name before anybody is told. */
static enum opx_status close_it(struct bundle *b, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	struct opx_sha256 manifest, sums;
	struct sql_bundle_stamp_row token;
	struct opx_bytes bare;
	struct opx_made_file file;
	bool has_token = false, is_covered = false;
	OPX_TRY(work_again(b, err));
	OPX_TRY(hash_of(&b->work, "META-INF/ASiCManifest.xml", &manifest, err));
	OPX_TRY(hash_of(&b->work, "SHA256SUMS", &sums, err));
	OPX_TRY(sql_bundle_stamp(b->job->db, b->artefact, OPX_STR("manifest"),
				 (struct opx_bytes){ .p = manifest.b, .n = 32 }, &has_token, &token, err));
	if (!has_token)
		return not_yet(b, err);
	OPX_TRY(bundle_covers_token(&b->work, token.tsr, &is_covered, err));
	if (!is_covered)
		return again(b, "what judges the token of the manifest", err);
	OPX_TRY(bundle_bare_token(token.tsr, &bare, err));
	OPX_TRY(opx_work_put(&b->work, OPX_STR("META-INF/timestamp.tst"), bare, err));
	OPX_TRY(bundle_close(b, &file, err));
	OPX_TRY(opx_tx_begin(b->job->db, &tx, b->asked.person_id, err));
	OPX_TRY(bundle_write_event(b, &sums, err));
	OPX_TRY(sql_bundle_ready(b->job->db, b->artefact, file.path, file_name(b), file.size,
				 (struct opx_bytes){ .p = file.sha256.b, .n = 32 }, false, NULL, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_wake(b->lane->site->run_folder.p, OPX_WAKE_SEAL);
	OPX_LOG(b->job->logger, OPX_INFO, "bundle.ready", KV_I64("artefact", b->artefact),
		KV_I64("bytes", file.size), KV_Z("kind", opx_bundle_kind_name(b->kind)));
	return OPX_OK;
}

static void remove_work(const struct bundle *b)
{
	opx_work_remove(opx_made_folder(b->arena, b->lane), opx_made_work(b->arena, b->artefact));
}

static enum opx_status take_step(struct bundle *b, struct opx_error *err)
{
	if (opx_str_is(b->asked.step, STEP_COLLECT))
		return collect(b, err);
	if (opx_str_is(b->asked.step, STEP_SEALING))
		return seal(b, err);
	return close_it(b, err);
}

static enum opx_status step(void *self, struct opx_job *job, struct opx_error *err)
{
	struct bundle b = {
		.lane = self, .job = job, .arena = job->arena, .artefact = job->ref, .work = { .fd = -1 }
	};
	bool is_found = false;
	OPX_TRY(sql_bundle_artefact(job->db, job->ref, &is_found, &b.asked, err));
	if (!is_found || !opx_str_is(b.asked.state, "waiting") || !opx_str_starts(b.asked.kind, "bundle-"))
		return OPX_OK;
	OPX_TRY(opx_bundle_kind_parse((struct opx_str){ .p = b.asked.kind.p + 7, .n = b.asked.kind.n - 7 },
				      &b.kind, err));
	struct opx_error why = { .status = OPX_OK };
	enum opx_status status = b.asked.is_late ? OPX_FAIL(&why, OPX_INTERNAL, TOO_LATE,
							    "artefact %" PRId64 ": ten minutes, at '%s'",
							    job->ref, b.asked.step.p)
						 : take_step(&b, &why);
	opx_work_close(&b.work);
	if (err != NULL && status != OPX_OK)
		*err = why;
	if (status == OPX_CONFLICT || status == OPX_UNAVAILABLE)
		return status;
	remove_work(&b);
	return status == OPX_OK ? OPX_OK : opx_made_give_up(job, status, why.user, err);
}

const struct opx_job_kind opx_jobs_bundles[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "make", .kind = "bundle.step", .run = step },
};
const size_t opx_n_jobs_bundles = OPX_COUNT(opx_jobs_bundles);
