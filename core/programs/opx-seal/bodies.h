/* SPDX-License-Identifier: MPL-2.0 */
/* bodies.h: the hashes of bodies that have a line: an event never gets a second one. */
#ifndef OPX_SEAL_BODIES_H
#define OPX_SEAL_BODIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

/* A set of SHA-256; empty when zeroed. Out of memory aborts. */
struct opx_bodies {
	struct opx_sha256 *slots; /* all zeros: free; no body hashes to that */
	size_t n, cap;
};
void opx_bodies_done(struct opx_bodies *bodies);
bool opx_bodies_has(const struct opx_bodies *bodies, const struct opx_sha256 *body);
/* False when it was there. */
bool opx_bodies_add(struct opx_bodies *bodies, const struct opx_sha256 *body);

#endif
