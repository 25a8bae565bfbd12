/* SPDX-License-Identifier: MPL-2.0 */
/* arena.c: blocks that grow, or one malloc an allocation under OPX_ARENA_MALLOC. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FIRST_BLOCK 16384U
#define KEPT_BLOCK (512U * 1024U) /* what a reset may hold back for what comes next */

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *data);
	void *data;
};

struct opx_arena {
	struct block *blocks; /* newest first */
	struct deferred *deferred;
	size_t used, max;
};

struct opx_arena *opx_arena_new(size_t max_bytes)
{
	struct opx_arena *arena = calloc(1, sizeof(*arena));
	OPX_ASSERT(arena != NULL);
	arena->max = max_bytes;
	return arena;
}

static void run_deferred(struct opx_arena *arena)
{
	while (arena->deferred != NULL) {
		struct deferred *d = arena->deferred;
		arena->deferred = d->next;
		d->fn(d->data);
	}
}

/* Frees all blocks but keep. */
static void drop_blocks(struct opx_arena *arena, struct block *keep)
{
	struct block *b = arena->blocks;
	while (b != NULL) {
		struct block *next = b->next;
		if (b != keep)
			free(b);
		b = next;
	}
	arena->blocks = keep;
}

#ifndef OPX_ARENA_MALLOC
/* The largest block that is not too large to hold on to: from the second request of a kind on, nothing is asked of malloc. */
static struct block *worth_keeping(const struct opx_arena *arena)
{
	struct block *keep = NULL;
	for (struct block *b = arena->blocks; b != NULL; b = b->next)
		if (b->size <= KEPT_BLOCK && (keep == NULL || b->size > keep->size))
			keep = b;
	return keep;
}
#endif

void opx_arena_reset(struct opx_arena *arena)
{
	run_deferred(arena);
	struct block *keep = NULL;
#ifndef OPX_ARENA_MALLOC
	keep = worth_keeping(arena);
#endif
	drop_blocks(arena, keep);
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	arena->used = 0;
}

void opx_arena_free(struct opx_arena *arena)
{
	if (arena == NULL)
		return;
	run_deferred(arena);
	drop_blocks(arena, NULL);
	free(arena);
}

static struct block *add_block(struct opx_arena *arena, size_t size)
{
	size_t total = 0;
	OPX_ASSERT(!__builtin_add_overflow(size, sizeof(struct block), &total));
	struct block *b = malloc(total);
	OPX_ASSERT(b != NULL);
	b->size = size;
	b->used = 0;
	b->next = arena->blocks;
	arena->blocks = b;
	return b;
}

/* Bytes that nobody has written yet, counted against the cap. */
static void *take(struct opx_arena *arena, size_t n)
{
	const size_t mask = alignof(max_align_t) - 1U;
	OPX_ASSERT(n <= SIZE_MAX - mask);
	size_t padded = (n + mask) & ~mask;
	OPX_ASSERT(padded <= arena->max && arena->used <= arena->max - padded);
	arena->used += padded;
#ifdef OPX_ARENA_MALLOC
	struct block *b = add_block(arena, n);
	b->used = n;
	return b->data;
#else
	struct block *b = arena->blocks;
	if (b == NULL || b->size - b->used < padded) {
		size_t want = b == NULL ? FIRST_BLOCK : b->size * 2;
		if (want > 1U << 20U)
			want = 1U << 20U;
		b = add_block(arena, padded > want ? padded : want);
	}
	void *p = b->data + b->used;
	b->used += padded;
	return p;
#endif
}

void *opx_arena_alloc(struct opx_arena *arena, size_t count, size_t size)
{
	size_t n = 0;
	OPX_ASSERT(!__builtin_mul_overflow(count, size, &n));
	return memset(take(arena, n), 0, n);
}

void *opx_arena_grow(struct opx_arena *arena, void *former, size_t had, size_t size)
{
	OPX_ASSERT(size >= had);
#ifndef OPX_ARENA_MALLOC
	const size_t mask = alignof(max_align_t) - 1U;
	struct block *b = arena->blocks;
	OPX_ASSERT(size <= SIZE_MAX - mask);
	size_t was = (had + mask) & ~mask, padded = (size + mask) & ~mask;
	/* The newest allocation is lengthened where it lies. */
	if (had > 0 && (unsigned char *)former + was == b->data + b->used &&
	    padded - was <= b->size - b->used && padded - was <= arena->max - arena->used) {
		b->used += padded - was;
		arena->used += padded - was;
		return former;
	}
#endif
	void *p = take(arena, size);
	if (had > 0)
		memcpy(p, former, had);
	return p;
}

void *opx_arena_memdup(struct opx_arena *arena, const void *data, size_t size)
{
	void *p = opx_arena_alloc(arena, 1, size);
	if (size > 0)
		memcpy(p, data, size);
	return p;
}

void opx_arena_defer(struct opx_arena *arena, void (*fn)(void *data), void *data)
{
	struct deferred *d = OPX_NEW(arena, struct deferred);
	d->fn = fn;
	d->data = data;
	d->next = arena->deferred;
	arena->deferred = d;
}

size_t opx_arena_used(const struct opx_arena *arena)
{
	return arena->used;
}
