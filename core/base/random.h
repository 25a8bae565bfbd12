/* SPDX-License-Identifier: MPL-2.0 */
/* random.h: the source of random bytes, handed in so that tests can hold it. */
#ifndef OPX_BASE_RANDOM_H
#define OPX_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct opx_random {
	/* Fills n bytes or ends the process: there is no weak fallback. */
	void (*fill)(const struct opx_random *random, uint8_t *ret, size_t n);
};

/* RAND_priv_bytes of libcrypto. */
extern const struct opx_random opx_random_real;

static inline void opx_random_fill(const struct opx_random *random, uint8_t *ret, size_t n)
{
	random->fill(random, ret, n);
}
/* Uniform in [0, bound), by rejection; bound > 0. */
uint32_t opx_random_below(const struct opx_random *random, uint32_t bound);

#endif
