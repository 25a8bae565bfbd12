/* SPDX-License-Identifier: MPL-2.0 */
/* responder.h: makes the answer of an RFC 3161 authority to one request. No network. */
#ifndef OPX_TSA_RESPONDER_H
#define OPX_TSA_RESPONDER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_responder;
struct opx_serials;
struct opx_steady;

#define OPX_TSA_MAX_REQUEST 4096U
#define OPX_TSA_MAX_ANSWER 32768U

/* cert, key are borrowed and outlive it, serials and clock too. policy is a dotted OID. OPX_INVALID when the certificate
 * is not one of an authority (critical and only EKU timeStamping), the key is not its key, or the OID is none. */
OPX_MUST_USE enum opx_status opx_responder_new(X509 *cert, EVP_PKEY *key, const char *policy,
					       struct opx_serials *serials, const struct opx_steady *steady,
					       struct opx_responder **ret, struct opx_error *err);
void opx_responder_free(struct opx_responder *responder);

/* DER TimeStampResp in arena. A request that is refused gives an answer that says so: still OPX_OK; *ret_reason is then
 * the name of the failure for the log, else NULL. OPX_INTERNAL: the serial file failed, the process must end. */
OPX_MUST_USE enum opx_status opx_responder_answer(struct opx_responder *responder, struct opx_bytes request,
						  struct opx_arena *arena, struct opx_bytes *ret_answer,
						  const char **ret_reason, struct opx_error *err);
/* Why the time was not available the last time that it was not. */
const struct opx_error *opx_responder_time_error(const struct opx_responder *responder);

#endif
