/* SPDX-License-Identifier: MPL-2.0 */
/* bodies.c: open addressing; a hash is its own hash. */
#include "bodies.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024U /* a power of two */

static const struct opx_sha256 free_slot;

static size_t place(const struct opx_sha256 *slots, size_t cap, const struct opx_sha256 *body)
{
	uint64_t at;
	memcpy(&at, body->b, sizeof(at));
	for (size_t i = (size_t)at & (cap - 1);; i = (i + 1) & (cap - 1))
		if (memcmp(slots[i].b, free_slot.b, 32) == 0 || memcmp(slots[i].b, body->b, 32) == 0)
			return i;
}

void opx_bodies_done(struct opx_bodies *bodies)
{
	free(bodies->slots);
	*bodies = (struct opx_bodies){ .slots = NULL };
}

bool opx_bodies_has(const struct opx_bodies *bodies, const struct opx_sha256 *body)
{
	return bodies->cap > 0 &&
	       memcmp(bodies->slots[place(bodies->slots, bodies->cap, body)].b, body->b, 32) == 0;
}

static void grow(struct opx_bodies *bodies)
{
	size_t cap = bodies->cap > 0 ? 2 * bodies->cap : FIRST_SLOTS;
	struct opx_sha256 *slots = calloc(cap, sizeof(*slots));
	if (slots == NULL)
		abort();
	for (size_t i = 0; i < bodies->cap; i++)
		if (memcmp(bodies->slots[i].b, free_slot.b, 32) != 0)
			slots[place(slots, cap, &bodies->slots[i])] = bodies->slots[i];
	free(bodies->slots);
	bodies->slots = slots;
	bodies->cap = cap;
}

bool opx_bodies_add(struct opx_bodies *bodies, const struct opx_sha256 *body)
{
	OPX_ASSERT(memcmp(body->b, free_slot.b, 32) != 0);
	if (2 * (bodies->n + 1) > bodies->cap)
		grow(bodies);
	struct opx_sha256 *slot = &bodies->slots[place(bodies->slots, bodies->cap, body)];
	if (memcmp(slot->b, body->b, 32) == 0)
		return false;
	*slot = *body;
	bodies->n++;
	return true;
}
