/* SPDX-License-Identifier: MPL-2.0 */
/* client.h: an RFC 3161 client that believes nothing: it asks one configured address, and takes an answer only when every part
 * of it is as evidence-format 4.4 says. Both time-stamping plugins are made of it.
 */
#ifndef OPX_TSP_CLIENT_H
#define OPX_TSP_CLIENT_H

#include <openssl/x509.h>

#include <opx/plugin.h>

#define TSP_MAX_ANSWER ((size_t)65536)
#define TSP_MAX_POLICIES 8
#define TSP_CLOCK_US ((int64_t)2000000) /* how far an authority's clock may be from ours */

/* One authority. The first part is set in plug(), the store in start(). */
struct tsp {
	const struct opx_host *host;
	struct opx_str url, roots_file;
	struct opx_str policies[TSP_MAX_POLICIES]; /* dotted OIDs that are accepted; none: any */
	size_t n_policies;
	long timeout_s;
	X509_STORE *roots;
};

/* Reads url, roots, policies, timeout_s of the plugin's settings. OPX_INVALID. */
OPX_MUST_USE enum opx_status tsp_configure(struct tsp *tsp, const struct opx_host *host,
					   struct opx_registrar *reg, struct opx_error *err);
/* start of opx/plugin.h: loads the roots. OPX_UNAVAILABLE: there are none, or they cannot be read. stop: gives them back. */
enum opx_status tsp_start(void *self, struct opx_error *err);
void tsp_stop(void *self);

/* stamp of opx/timestamp.h: asks for a token and verifies it. self of all three is a struct tsp. */
enum opx_status tsp_stamp(void *self, struct opx_job *job, const struct opx_sha256 *imprint,
			  struct opx_token_info *ret, struct opx_error *err);

/* What was asked, for the verification. */
struct tsp_asked {
	struct opx_sha256 imprint;
	uint8_t nonce[8];
	struct opx_instant sent_at, got_at;
};
/* DER of the request. */
struct opx_bytes tsp_request(struct opx_arena *arena, const struct tsp_asked *asked);
/* The answer in full. OPX_INTERNAL: it is wrong, the detail says where; OPX_UNAVAILABLE: the authority says "not now", or the
 * revocation list of its issuer is not there yet. db: to read that list. */
OPX_MUST_USE enum opx_status tsp_verify(const struct tsp *tsp, struct opx_arena *arena, struct opx_db *db,
					struct opx_bytes answer, const struct tsp_asked *asked,
					struct opx_token_info *ret, struct opx_error *err);

#endif
