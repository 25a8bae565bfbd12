/* SPDX-License-Identifier: MPL-2.0 */
/* random.c: see random.h. */
#include "base/random.h"

#include <limits.h>

#include <openssl/rand.h>

#include "base/error.h"

static void fill_real(const struct opx_random *random, uint8_t *ret, size_t n)
{
	(void)random;
	OPX_ASSERT(n <= INT_MAX && RAND_priv_bytes(ret, (int)n) == 1);
}

const struct opx_random opx_random_real = { .fill = fill_real };

uint32_t opx_random_below(const struct opx_random *random, uint32_t bound)
{
	OPX_ASSERT(bound > 0);
	const uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
	uint32_t n = 0;
	do {
		uint8_t b[4];
		opx_random_fill(random, b, sizeof(b));
		n = (uint32_t)b[0] << 24U | (uint32_t)b[1] << 16U | (uint32_t)b[2] << 8U | b[3];
	} while (n >= limit);
	return n % bound;
}
