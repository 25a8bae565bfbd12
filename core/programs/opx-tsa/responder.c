/* SPDX-License-Identifier: MPL-2.0 */
/* responder.c: OpenSSL's responder, with our serials, our clock and our rules (which requests, which errors). */
#include "responder.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "serial.h"
#include "steady.h"

#define STOPPED N_("L’autorité d’horodatage est arrêtée.")

struct opx_responder {
	TS_RESP_CTX *ctx;
	struct opx_serials *serials;
	const struct opx_steady *steady;
	/* Of the request being answered. */
	struct opx_instant now;
	bool is_time_known;
	enum opx_status disk; /* of the serial file */
	struct opx_error time_error;
};

static enum opx_status crypto_failed(struct opx_error *err, enum opx_status status, const char *what)
{
	char text[160];
	ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	ERR_clear_error();
	return OPX_FAIL(err, status, STOPPED, "%s: %s", what, text);
}

/* Called once the request was found good, before the time: the place to refuse when the clock is in doubt. */
static ASN1_INTEGER *give_serial(TS_RESP_CTX *ctx, void *data)
{
	struct opx_responder *r = data;
	int64_t serial = 0;
	enum opx_status status = r->is_time_known ? OPX_OK : OPX_CONFLICT;
	if (status == OPX_OK)
		status = opx_serials_take(r->serials, r->now, &serial, &r->time_error);
	ASN1_INTEGER *n = status == OPX_OK ? ASN1_INTEGER_new() : NULL;
	if (n != NULL && ASN1_INTEGER_set_int64(n, serial) == 1)
		return n;
	ASN1_INTEGER_free(n);
	if (status == OPX_CONFLICT) {
		(void)TS_RESP_CTX_set_status_info(ctx, TS_STATUS_REJECTION, "The time is not available.");
		(void)TS_RESP_CTX_add_failure_info(ctx, TS_INFO_TIME_NOT_AVAILABLE);
	} else {
		r->disk = OPX_INTERNAL;
		(void)TS_RESP_CTX_set_status_info(ctx, TS_STATUS_REJECTION, "System failure.");
		(void)TS_RESP_CTX_add_failure_info(ctx, TS_INFO_SYSTEM_FAILURE);
	}
	return NULL;
}

static int give_time(TS_RESP_CTX *ctx, void *data, long *sec, long *usec)
{
	const struct opx_responder *r = data;
	(void)ctx;
	*sec = (long)(r->now.us / 1000000);
	*usec = (long)(r->now.us % 1000000);
	return 1;
}

/* The certificate may sign time-stamps and nothing else. */
static enum opx_status check_certificate(X509 *cert, EVP_PKEY *key, struct opx_error *err)
{
	int critical = -1;
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	bool is_tsa = eku != NULL && critical == 1 && sk_ASN1_OBJECT_num(eku) == 1 &&
		      OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, 0)) == NID_time_stamp;
	EXTENDED_KEY_USAGE_free(eku);
	if (!is_tsa)
		return OPX_FAIL(err, OPX_INVALID, STOPPED,
				"certificate: its only, critical, usage must be timeStamping");
	if (X509_check_private_key(cert, key) != 1)
		return crypto_failed(err, OPX_INVALID, "the key is not that of the certificate");
	return OPX_OK;
}

static enum opx_status configure(struct opx_responder *r, X509 *cert, EVP_PKEY *key, const char *policy,
				 struct opx_error *err)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(policy, 1);
	if (oid == NULL)
		return crypto_failed(err, OPX_INVALID, "policy is not an OID");
	int ok = TS_RESP_CTX_set_def_policy(r->ctx, oid);
	ASN1_OBJECT_free(oid);
	ok = ok && TS_RESP_CTX_set_signer_cert(r->ctx, cert) && TS_RESP_CTX_set_signer_key(r->ctx, key) &&
	     TS_RESP_CTX_set_signer_digest(r->ctx, EVP_sha256()) &&
	     TS_RESP_CTX_add_md(r->ctx, EVP_sha256()) &&
	     TS_RESP_CTX_set_ess_cert_id_digest(r->ctx, EVP_sha256()) &&
	     TS_RESP_CTX_set_accuracy(r->ctx, 1, 0, 0) && TS_RESP_CTX_set_clock_precision_digits(r->ctx, 3);
	if (!ok)
		return crypto_failed(err, OPX_INTERNAL, "cannot set up the authority");
	TS_RESP_CTX_set_serial_cb(r->ctx, give_serial, r);
	TS_RESP_CTX_set_time_cb(r->ctx, give_time, r);
	return OPX_OK;
}

void opx_responder_free(struct opx_responder *responder)
{
	if (responder == NULL)
		return;
	TS_RESP_CTX_free(responder->ctx);
	free(responder);
}

enum opx_status opx_responder_new(X509 *cert, EVP_PKEY *key, const char *policy, struct opx_serials *serials,
				  const struct opx_steady *steady, struct opx_responder **ret,
				  struct opx_error *err)
{
	OPX_TRY(check_certificate(cert, key, err));
	struct opx_responder *r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	r->serials = serials;
	r->steady = steady;
	r->ctx = TS_RESP_CTX_new();
	if (r->ctx == NULL)
		abort();
	enum opx_status status = configure(r, cert, key, policy, err);
	if (status != OPX_OK) {
		opx_responder_free(r);
		return status;
	}
	*ret = r;
	return OPX_OK;
}

static enum opx_status to_der(TS_RESP *resp, struct opx_arena *arena, struct opx_bytes *ret,
			      struct opx_error *err)
{
	int n = i2d_TS_RESP(resp, NULL);
	if (n <= 0 || (size_t)n > OPX_TSA_MAX_ANSWER)
		return crypto_failed(err, OPX_INTERNAL, "cannot encode the answer");
	uint8_t *der = opx_arena_alloc(arena, (size_t)n, 1), *p = der;
	if (i2d_TS_RESP(resp, &p) != n)
		return crypto_failed(err, OPX_INTERNAL, "cannot encode the answer");
	*ret = (struct opx_bytes){ .p = der, .n = (size_t)n };
	return OPX_OK;
}

/* The name of the failure bit of a refusal; NULL for a token. */
static const char *reason_of(TS_RESP *resp)
{
	static const struct {
		int bit;
		const char *name;
	} reasons[] = {
		{ TS_INFO_BAD_ALG, "badAlg" },
		{ TS_INFO_BAD_REQUEST, "badRequest" },
		{ TS_INFO_BAD_DATA_FORMAT, "badDataFormat" },
		{ TS_INFO_TIME_NOT_AVAILABLE, "timeNotAvailable" },
		{ TS_INFO_UNACCEPTED_POLICY, "unacceptedPolicy" },
		{ TS_INFO_UNACCEPTED_EXTENSION, "unacceptedExtension" },
		{ TS_INFO_SYSTEM_FAILURE, "systemFailure" },
	};
	TS_STATUS_INFO *info = TS_RESP_get_status_info(resp);
	if (ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info)) == TS_STATUS_GRANTED)
		return NULL;
	const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(info);
	for (size_t i = 0; bits != NULL && i < OPX_COUNT(reasons); i++)
		if (ASN1_BIT_STRING_get_bit(bits, reasons[i].bit) == 1)
			return reasons[i].name;
	return "refused";
}

enum opx_status opx_responder_answer(struct opx_responder *responder, struct opx_bytes request,
				     struct opx_arena *arena, struct opx_bytes *ret_answer,
				     const char **ret_reason, struct opx_error *err)
{
	OPX_ASSERT(request.n <= OPX_TSA_MAX_REQUEST);
	responder->disk = OPX_OK;
	responder->is_time_known =
		opx_steady_now(responder->steady, &responder->now, &responder->time_error) == OPX_OK;
	BIO *in = BIO_new_mem_buf(request.p, (int)request.n);
	if (in == NULL)
		abort();
	TS_RESP *resp = TS_RESP_create_response(responder->ctx, in);
	BIO_free(in);
	ERR_clear_error(); /* what a bad request left there */
	if (responder->disk != OPX_OK) {
		TS_RESP_free(resp);
		if (err != NULL)
			*err = responder->time_error;
		return responder->disk;
	}
	if (resp == NULL)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "cannot make an answer");
	enum opx_status status = to_der(resp, arena, ret_answer, err);
	if (status == OPX_OK)
		*ret_reason = reason_of(resp);
	TS_RESP_free(resp);
	return status;
}

const struct opx_error *opx_responder_time_error(const struct opx_responder *responder)
{
	return &responder->time_error;
}
