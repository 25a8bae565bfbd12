/* SPDX-License-Identifier: MPL-2.0 */
/* tokens.c: gets RFC 3161 tokens for documents, for heads of logs, and for the lists and manifests of bundles, from the first
 * authority that a plugin registered; keeps them with the certificates that judge them. */
#include "lane/lane.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/wake.h"
#include "db/db.h"
#include "lane/token_certs.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_token.h"
#include "sql_work.h"

#define GONE N_("Ce qu’il fallait horodater n’existe pas.")

/* What a token is of: one of the ids is set. */
struct subject {
	const char *kind;
	int64_t log, size, document, request;
};

static enum opx_status authority_of(const struct opx_lane *lane, const struct opx_reg_timestamp **ret,
				    struct opx_error *err)
{
	size_t n = 0;
	const struct opx_reg_timestamp *all = opx_registry_timestamps(lane->registry, &n);
	if (n == 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Aucune autorité d’horodatage n’est en service."),
				"no time-stamping authority is on");
	*ret = &all[0];
	return OPX_OK;
}

static enum opx_status stamp(const struct opx_lane *lane, const struct opx_reg_timestamp *authority,
			     struct opx_job *job, const struct opx_sha256 *imprint,
			     struct opx_token_info *ret, struct opx_error *err)
{
	OPX_ASSERT(!opx_db_in_tx(job->db));
	uint16_t former = opx_registry_enter(lane->registry, authority->owner);
	enum opx_status status = authority->it->stamp(authority->self, job, imprint, ret, err);
	opx_registry_leave(lane->registry, former);
	/* Pages say that tokens are late; that this cannot be written down changes nothing for the token. */
	if (status == OPX_OK)
		OPX_IGNORE(sql_work_trouble_over(job->db, OPX_STR("timestamp"), NULL, NULL));
	else
		OPX_IGNORE(sql_work_trouble(job->db, OPX_STR("timestamp"), NULL, NULL));
	return status;
}

static const int64_t *some(const int64_t *id)
{
	return *id != 0 ? id : NULL;
}

static enum opx_status keep(const char *authority, struct opx_job *job, const struct subject *subject,
			    const struct opx_sha256 *imprint, const struct opx_token_info *token,
			    bool *ret_new, struct opx_error *err)
{
	struct sql_token_insert_row row;
	struct opx_sha256 sha256 = opx_sha256(token->tsr);
	struct opx_sha512 sha512 = opx_sha512(token->tsr);
	return sql_token_insert(job->db, opx_str_z(subject->kind),
				(struct opx_bytes){ .p = sha256.b, .n = 32 },
				(struct opx_bytes){ .p = sha512.b, .n = 64 }, token->tsr,
				(struct opx_bytes){ .p = imprint->b, .n = 32 }, token->gen_time,
				token->accuracy_us, opx_str_z(authority), some(&subject->log),
				some(&subject->size), some(&subject->document), some(&subject->request),
				ret_new, &row, err);
}

static enum opx_status keep_certificates(const struct opx_lane *lane, struct opx_job *job,
					 struct opx_bytes tsr, struct opx_error *err)
{
	const struct opx_bytes *certs = NULL;
	size_t n = 0;
	OPX_TRY(opx_token_certs(job->arena, tsr, lane->tsa_roots, &certs, &n, err));
	struct opx_sha256 *hashes = OPX_NEW_N(job->arena, struct opx_sha256, n);
	struct opx_bytes *names = OPX_NEW_N(job->arena, struct opx_bytes, n);
	for (size_t i = 0; i < n; i++) {
		hashes[i] = opx_sha256(certs[i]);
		names[i] = (struct opx_bytes){ .p = hashes[i].b, .n = sizeof(hashes[i].b) };
	}
	return sql_token_certificates(job->db, (struct opx_byteses){ .p = names, .n = n },
				      (struct opx_byteses){ .p = certs, .n = n }, NULL, err);
}

/* token.seen: the token of a document goes under the next head of the acts (evidence-format 2.11). */
static enum opx_status write_seen(const struct opx_lane *lane, struct opx_job *job,
				  const struct sql_token_document_row *row, struct opx_bytes tsr,
				  struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	struct opx_sha256 sha256 = opx_sha256(tsr);
	struct opx_sha512 sha512 = opx_sha512(tsr);
	struct opx_act act = opx_lane_act(lane, job);
	OPX_TRY(opx_act_open(&act, row->dossier_id, true, err));
	const int32_t *to = opx_act_those(&act, row->readers.p, row->readers.n, &n);
	OPX_TRY(opx_event_begin(&act, &e, OPX_LOG_ACTS, "token.seen", to, n, err));
	opx_writer_open(&e.w, "object");
	opx_writer_str(&e.w, "id", opx_document_id(job->arena, row->n));
	opx_writer_hex(&e.w, "sha256", row->sha256);
	opx_writer_close(&e.w);
	opx_writer_open(&e.w, "token");
	opx_writer_hex(&e.w, "sha256", (struct opx_bytes){ .p = sha256.b, .n = 32 });
	opx_writer_hex(&e.w, "sha512", (struct opx_bytes){ .p = sha512.b, .n = 64 });
	opx_writer_close(&e.w);
	return opx_event_end(&act, &e, (struct opx_event_links){ .document = job->ref }, &id, err);
}

static enum opx_status stamp_document(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	const struct opx_reg_timestamp *authority = NULL;
	struct sql_token_document_row row;
	struct opx_token_info token;
	struct opx_sha256 imprint;
	bool is_found = false, is_new = false;
	const struct subject subject = { .kind = "document", .document = job->ref };
	OPX_TRY(authority_of(lane, &authority, err));
	OPX_TRY(sql_token_document(job->db, job->ref, opx_str_z(authority->it->name), &is_found, &row, err));
	if (!is_found || row.sha256.n != sizeof(imprint.b))
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "document %" PRId64, job->ref);
	if (row.is_stamped)
		return OPX_OK;
	memcpy(imprint.b, row.sha256.p, sizeof(imprint.b));
	OPX_TRY(stamp(lane, authority, job, &imprint, &token, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	OPX_TRY(keep(authority->it->name, job, &subject, &imprint, &token, &is_new, err));
	if (is_new) {
		OPX_TRY(write_seen(lane, job, &row, token.tsr, err));
		OPX_TRY(keep_certificates(lane, job, token.tsr, err));
	}
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_lane_wake_seal(lane);
	return OPX_OK;
}

static enum opx_status stamp_checkpoint(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	const struct opx_reg_timestamp *authority = NULL;
	struct sql_token_checkpoint_row row;
	struct opx_token_info token;
	bool is_found = false, is_new = false;
	const struct subject subject = { .kind = "checkpoint", .log = job->ref, .size = job->ref2 };
	OPX_TRY(authority_of(lane, &authority, err));
	OPX_TRY(sql_token_checkpoint(job->db, job->ref, job->ref2, opx_str_z(authority->it->name), &is_found,
				     &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "head %" PRId64 " of log %" PRId64, job->ref2,
				job->ref);
	if (!row.is_stamped) {
		struct opx_sha256 imprint = opx_sha256(row.note);
		OPX_TRY(stamp(lane, authority, job, &imprint, &token, err));
		OPX_AUTO_TX tx = { .db = NULL };
		OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
		OPX_TRY(keep(authority->it->name, job, &subject, &imprint, &token, &is_new, err));
		OPX_TRY(keep_certificates(lane, job, token.tsr, err));
		OPX_TRY(opx_tx_commit(&tx, err));
	}
	opx_wake(lane->site->run_folder.p, OPX_WAKE_SEAL);
	return OPX_OK;
}

/* The token of a list or manifest, then the next step of the bundle that asked for it. */
static enum opx_status stamp_request(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	const struct opx_reg_timestamp *authority = NULL;
	struct sql_token_request_row row;
	struct opx_token_info token;
	struct opx_sha256 imprint;
	bool is_found = false, is_new = false;
	OPX_TRY(authority_of(lane, &authority, err));
	OPX_TRY(sql_token_request(job->db, job->ref, &is_found, &row, err));
	if (!is_found || row.sha256.n != sizeof(imprint.b))
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "stamp request %" PRId64, job->ref);
	const struct subject subject = { .kind = row.kind.p, .request = job->ref };
	memcpy(imprint.b, row.sha256.p, sizeof(imprint.b));
	if (!row.is_stamped)
		OPX_TRY(stamp(lane, authority, job, &imprint, &token, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	if (!row.is_stamped) {
		OPX_TRY(keep(authority->it->name, job, &subject, &imprint, &token, &is_new, err));
		OPX_TRY(keep_certificates(lane, job, token.tsr, err));
	}
	OPX_TRY(sql_work_job(job->db, OPX_STR("make"), OPX_STR("bundle.step"),
			     opx_strf(job->arena, "bundle:%" PRId64, row.artefact_id), &row.artefact_id, NULL,
			     (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_wake(lane->site->run_folder.p, OPX_WAKE_MAKE);
	return OPX_OK;
}

/* What an outage of the authority left without a token; an hour is far beyond what is normal. */
static enum opx_status sweep(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	int64_t n = 0;
	OPX_TRY(sql_token_forgotten(job->db, 3600, &n, err));
	if (n > 0)
		OPX_LOG(job->logger, OPX_WARN, "token.asked-again", KV_I64("tokens", n));
	return OPX_OK;
}

const struct opx_job_kind opx_jobs_tokens[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "token.sweep", .run = sweep },
	{ .size = sizeof(struct opx_job_kind),
	  .lane = "post",
	  .kind = "token.document",
	  .run = stamp_document },
	{ .size = sizeof(struct opx_job_kind),
	  .lane = "post",
	  .kind = "token.checkpoint",
	  .run = stamp_checkpoint },
	{ .size = sizeof(struct opx_job_kind),
	  .lane = "post",
	  .kind = "token.request",
	  .run = stamp_request },
};
const size_t opx_n_jobs_tokens = OPX_COUNT(opx_jobs_tokens);
