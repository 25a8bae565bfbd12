/* SPDX-License-Identifier: MPL-2.0 */
/* revocation.c: follows the revocation lists of the authorities that the configuration names: fetched, checked, kept by hash,
 * their serials put where requests look them up. Cards in the sign-in lane, time-stamps and seal in the post lane. */
#include "lane/lane.h"

#include <string.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/wake.h"
#include "db/db.h"
#include "lane/crl.h"
#include "plugin/site.h"
#include "sql_revocation.h"

#define AWAY N_("La liste des certificats révoqués n’a pas pu être reçue.")
#define FETCH_S 10L

static void curl_freep(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static size_t keep_bytes(char *from, size_t size, size_t n, void *data)
{
	struct opx_buf *buf = data;
	opx_buf_put(buf, from, size * n);
	return buf->is_full ? 0 : size * n;
}

/* GET of one address: no redirect, no proxy, no cookie, bounded in time and size. */
static enum opx_status fetch(struct opx_arena *arena, const char *url, struct opx_bytes *ret,
			     struct opx_error *err)
{
	struct opx_buf buf;
	long code = 0;
	opx_buf_init(&buf, arena, OPX_CRL_MAX_BYTES);
	__attribute__((cleanup(curl_freep))) CURL *curl = curl_easy_init();
	OPX_ASSERT(curl != NULL);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, FETCH_S);
	(void)curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)OPX_CRL_MAX_BYTES);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &buf);
	CURLcode rc = curl_easy_perform(curl);
	if (buf.is_full)
		return OPX_FAIL(err, OPX_INVALID, AWAY, "%s: over %zu bytes", url, OPX_CRL_MAX_BYTES);
	if (rc != CURLE_OK)
		return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "%s: %s", url, curl_easy_strerror(rc));
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	if (code != 200)
		return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "%s: answer %ld", url, code);
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}

static struct opx_bytes hash_bytes(const struct opx_sha256 *hash)
{
	return (struct opx_bytes){ .p = hash->b, .n = sizeof(hash->b) };
}

/* The new list in one transaction: whoever looks a serial up sees the former list or this one. */
static enum opx_status store(struct opx_job *job, const struct opx_authority *authority, const char *purpose,
			     struct opx_bytes der, const struct opx_crl *crl, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	OPX_TRY(sql_revocation_seen(job->db, hash_bytes(&crl->sha256), der, authority->key, crl->this_update,
				    crl->next_update, NULL, err));
	OPX_TRY(sql_revocation_clear(job->db, authority->key, NULL, err));
	OPX_TRY(sql_revocation_serials(job->db, authority->key,
				       (struct opx_byteses){ .p = crl->serials, .n = crl->n },
				       (struct opx_i64s){ .p = crl->revoked_at_us, .n = crl->n }, NULL, err));
	OPX_TRY(sql_revocation_fetched(job->db, authority->key, hash_bytes(&crl->sha256), NULL, err));
	if (strcmp(purpose, "card") == 0) {
		OPX_TRY(sql_revocation_sessions(job->db, authority->key, NULL, err));
		OPX_TRY(sql_revocation_tell(job->db, authority->key, NULL, err));
	}
	OPX_TRY(opx_tx_commit(&tx, err));
	OPX_LOG(job->logger, OPX_INFO, "crl.new", KV_Z("purpose", purpose), KV_STR("url", authority->url),
		KV_I64("entries", (int64_t)crl->n));
	return OPX_OK;
}

static enum opx_status follow(const struct opx_lane *lane, struct opx_job *job,
			      const struct opx_authority *authority, const char *purpose,
			      const struct sql_revocation_known_row *known, struct opx_error *err)
{
	struct opx_bytes der;
	struct opx_crl crl;
	OPX_TRY(fetch(job->arena, authority->url.p, &der, err));
	OPX_TRY(opx_crl_read(job->arena, der, authority, opx_now(lane->clock), &crl, err));
	if (known->crl_sha256.p != NULL && opx_bytes_eq(known->crl_sha256, hash_bytes(&crl.sha256)))
		return sql_revocation_fetched(job->db, authority->key, hash_bytes(&crl.sha256), NULL, err);
	if (known->crl_sha256.p != NULL && crl.this_update.us < known->this_update.us)
		return OPX_FAIL(err, OPX_INVALID, AWAY, "%s: older than the list that is known",
				authority->url.p);
	OPX_TRY(store(job, authority, purpose, der, &crl, err));
	opx_wake(lane->site->run_folder.p, OPX_WAKE_POST);
	return OPX_OK;
}

/* One source. What goes wrong with it stands in its row and in the log: the others are still fetched. */
static enum opx_status fetch_one(const struct opx_lane *lane, struct opx_job *job,
				 const struct opx_authority *authority, const char *purpose, bool *ret_good,
				 struct opx_error *err)
{
	struct sql_revocation_known_row known;
	struct opx_error why = { .detail = "" };
	OPX_TRY(sql_revocation_keep(job->db, authority->key, opx_str_z(purpose), authority->url, NULL, err));
	OPX_TRY(sql_revocation_certificate(job->db, hash_bytes(&authority->sha256), authority->der, NULL,
					   err));
	OPX_TRY(sql_revocation_known(job->db, authority->key, authority->parent_key, authority->serial,
				     &known, err));
	*ret_good = false;
	if (known.is_issuer_revoked) {
		OPX_LOG(job->logger, OPX_ERROR, "crl.issuer-revoked", KV_STR("url", authority->url));
		return sql_revocation_withdraw(job->db, authority->key,
					       OPX_STR("its own certificate is revoked"), NULL, err);
	}
	if (follow(lane, job, authority, purpose, &known, &why) == OPX_OK) {
		*ret_good = true;
		return OPX_OK;
	}
	/* Past the nextUpdate of the list that is known, nobody comes in with a certificate of this issuer: that is an alarm. */
	bool is_over = !known.next_update_is_null && opx_now(lane->clock).us > known.next_update.us;
	opx_log_error(job->logger, why.status == OPX_UNAVAILABLE && !is_over ? OPX_WARN : OPX_ERROR,
		      is_over ? "crl.over" : "crl.failed", &why);
	OPX_TRY(opx_db_ready(job->db, err));
	return sql_revocation_failed(job->db, authority->key,
				     opx_str_scrub(job->arena, opx_bytes_of(opx_str_z(why.detail)), 500),
				     NULL, err);
}

static enum opx_status fetch_all(const struct opx_lane *lane, struct opx_job *job, const char *purpose,
				 const char *file, const char *urls, bool *is_good, struct opx_error *err)
{
	struct opx_authority *list = NULL;
	size_t n = 0;
	OPX_TRY(opx_authorities_load(job->arena, file, urls, &list, &n, err));
	for (size_t i = 0; i < n; i++) {
		bool good = false;
		OPX_TRY(fetch_one(lane, job, &list[i], purpose, &good, err));
		*is_good = *is_good && good;
	}
	return OPX_OK;
}

/* When a list could not be had it is asked for again after 2, 4, 8 and 16 s; then the next round comes. */
static enum opx_status run(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	bool is_good = true;
	if (strcmp(lane->name, "sign-in") == 0) {
		OPX_TRY(fetch_all(lane, job, "card", lane->card_authorities, lane->card_crls, &is_good, err));
	} else {
		OPX_TRY(fetch_all(lane, job, "tsa", lane->tsa_authorities, lane->tsa_crls, &is_good, err));
		OPX_TRY(fetch_all(lane, job, "seal", lane->seal_authorities, lane->seal_crls, &is_good, err));
	}
	if (is_good || job->attempt > 4)
		return OPX_OK;
	return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "a list could not be had: the lines before say which");
}

const struct opx_job_kind opx_jobs_revocation[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "sign-in", .kind = "crl.fetch", .run = run },
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "crl.fetch", .run = run },
};
const size_t opx_n_jobs_revocation = OPX_COUNT(opx_jobs_revocation);
