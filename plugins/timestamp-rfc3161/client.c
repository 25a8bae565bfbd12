/* SPDX-License-Identifier: MPL-2.0 */
/* client.c: see client.h. The request and the way there; verify.c judges what comes back. */
#include "client.h"

#include <string.h>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ts.h>

#include "base/buf.h"
#include "tsp_text.h"

static void curl_freep(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static void slist_freep(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* SHA-256 over the imprint, a nonce, and the signer's certificate wanted. */
struct opx_bytes tsp_request(struct opx_arena *arena, const struct tsp_asked *asked)
{
	/* TimeStampReq of a fixed form: version 1, sha256 with NULL parameters, imprint, nonce (first bit clear), certReq. */
	static const uint8_t head[] = { 0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30,
					0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
					0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	static const uint8_t nonce_head[] = { 0x02, 0x08 }, tail[] = { 0x01, 0x01, 0xff };
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 128);
	opx_buf_put(&buf, head, sizeof(head));
	opx_buf_put(&buf, asked->imprint.b, sizeof(asked->imprint.b));
	opx_buf_put(&buf, nonce_head, sizeof(nonce_head));
	opx_buf_put(&buf, asked->nonce, sizeof(asked->nonce));
	opx_buf_put(&buf, tail, sizeof(tail));
	return opx_buf_bytes(&buf);
}

static size_t keep_bytes(char *from, size_t size, size_t n, void *data)
{
	struct opx_buf *buf = data;
	opx_buf_put(buf, from, size * n);
	return buf->is_full ? 0 : size * n;
}

static long seconds_left(const struct tsp *tsp, const struct opx_job *job)
{
	int64_t left = (job->deadline.us - opx_now(tsp->host->clock(tsp->host)).us) / 1000000 - 1;
	return left < 1 ? 1 : left < tsp->timeout_s ? (long)left : tsp->timeout_s;
}

static void set_options(const struct tsp *tsp, const struct opx_job *job, CURL *curl,
			const struct opx_bytes *request, struct opx_buf *answer)
{
	(void)curl_easy_setopt(curl, CURLOPT_URL, tsp->url.p);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds_left(tsp, job));
	(void)curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)TSP_MAX_ANSWER);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->p);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->n);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
}

/* Of the HTTP answer: later, wrong, or bytes to look at. */
static enum opx_status judge_http(const struct tsp *tsp, CURL *curl, CURLcode rc,
				  const struct opx_buf *answer, struct opx_error *err)
{
	long code = 0;
	const char *type = NULL;
	if (answer->is_full || rc == CURLE_FILESIZE_EXCEEDED)
		return OPX_FAIL(err, OPX_INTERNAL, TSP_WRONG, "%s: answer over %zu bytes", tsp->url.p,
				TSP_MAX_ANSWER);
	if (rc != CURLE_OK)
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER, "%s: %s", tsp->url.p,
				curl_easy_strerror(rc));
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	(void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (code >= 300 && code < 400)
		return OPX_FAIL(err, OPX_INTERNAL, TSP_WRONG, "%s: answer %ld: a redirect is not followed",
				tsp->url.p, code);
	if (code >= 500 || code == 408 || code == 429)
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER, "%s: answer %ld", tsp->url.p, code);
	if (code != 200)
		return OPX_FAIL(err, OPX_INTERNAL, TSP_WRONG, "%s: answer %ld", tsp->url.p, code);
	if (type == NULL || strncasecmp(type, "application/timestamp-reply", 27) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, TSP_WRONG, "%s: not a timestamp-reply: %s", tsp->url.p,
				type != NULL ? type : "no type");
	return OPX_OK;
}

static enum opx_status post(const struct tsp *tsp, const struct opx_job *job, struct opx_bytes request,
			    struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf answer;
	opx_buf_init(&answer, job->arena, TSP_MAX_ANSWER);
	__attribute__((cleanup(slist_freep))) struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/timestamp-query");
	__attribute__((cleanup(curl_freep))) CURL *curl = curl_easy_init();
	OPX_ASSERT(curl != NULL && headers != NULL);
	set_options(tsp, job, curl, &request, &answer);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	OPX_TRY(judge_http(tsp, curl, curl_easy_perform(curl), &answer, err));
	*ret = opx_buf_bytes(&answer);
	return OPX_OK;
}

enum opx_status tsp_stamp(void *self, struct opx_job *job, const struct opx_sha256 *imprint,
			  struct opx_token_info *ret, struct opx_error *err)
{
	const struct tsp *tsp = self;
	const struct opx_host *host = tsp->host;
	struct opx_bytes answer;
	struct tsp_asked asked = { .imprint = *imprint };
	opx_random_fill(host->random(host), asked.nonce, sizeof(asked.nonce));
	asked.nonce[0] =
		(uint8_t)((asked.nonce[0] & 0x7f) | 0x40); /* a positive INTEGER of exactly eight bytes */
	asked.sent_at = opx_now(host->clock(host));
	OPX_TRY(post(tsp, job, tsp_request(job->arena, &asked), &answer, err));
	asked.got_at = opx_now(host->clock(host));
	return tsp_verify(tsp, job->arena, job->db, answer, &asked, ret, err);
}

static enum opx_status read_policies(struct tsp *tsp, struct opx_registrar *reg, struct opx_str text,
				     struct opx_error *err)
{
	for (const char *at = text.p + strspn(text.p, " ,"); *at != '\0'; at += strspn(at, " ,")) {
		size_t n = strcspn(at, " ,");
		char *copy = tsp->host->plugin_alloc(reg, n + 1);
		memcpy(copy, at, n);
		ASN1_OBJECT *oid = OBJ_txt2obj(copy, 1);
		ASN1_OBJECT_free(oid);
		ERR_clear_error();
		if (oid == NULL || tsp->n_policies == TSP_MAX_POLICIES)
			return OPX_FAIL(err, OPX_INVALID,
					N_("La configuration du service n’est pas valable."),
					"policies: at most %d dotted OIDs; %s", TSP_MAX_POLICIES, copy);
		tsp->policies[tsp->n_policies++] = (struct opx_str){ .p = copy, .n = n };
		at += n;
	}
	return OPX_OK;
}

enum opx_status tsp_configure(struct tsp *tsp, const struct opx_host *host, struct opx_registrar *reg,
			      struct opx_error *err)
{
	tsp->host = host;
	tsp->url = host->setting_str(reg, "url");
	tsp->roots_file = host->setting_str(reg, "roots");
	tsp->timeout_s = (long)host->setting_i64(reg, "timeout_s");
	if (!opx_str_starts(tsp->url, "http://") && !opx_str_starts(tsp->url, "https://"))
		return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
				"url: http:// or https://");
	return read_policies(tsp, reg, host->setting_str(reg, "policies"), err);
}

enum opx_status tsp_start(void *self, struct opx_error *err)
{
	struct tsp *tsp = self;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER, "curl_global_init failed");
	tsp->roots = X509_STORE_new();
	OPX_ASSERT(tsp->roots != NULL);
	int ok = X509_STORE_load_file(tsp->roots, tsp->roots_file.p);
	ERR_clear_error();
	if (ok != 1) {
		tsp_stop(tsp);
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER, "%s: no roots of the authority",
				tsp->roots_file.p);
	}
	return OPX_OK;
}

void tsp_stop(void *self)
{
	struct tsp *tsp = self;
	X509_STORE_free(tsp->roots);
	tsp->roots = NULL;
	curl_global_cleanup();
}
