/* SPDX-License-Identifier: MPL-2.0 */
/* arena.h: memory that lives as long as one request, job or batch.
 *
 * Allocations are zeroed, overflow-checked and never NULL: out of memory, or over the arena's cap, aborts the
 * process (its parent starts another, the transaction rolls back). Under OPX_ARENA_MALLOC (sanitizer builds) each
 * allocation is its own malloc, so that a stale pointer is caught.
 */
#ifndef OPX_BASE_ARENA_H
#define OPX_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct opx_arena;

/* The caller owns the arena and frees it; max_bytes caps the sum of its allocations. */
struct opx_arena *opx_arena_new(size_t max_bytes);
void opx_arena_free(struct opx_arena *arena);
static inline void opx_arena_freep(struct opx_arena **arena)
{
	opx_arena_free(*arena);
}
#define OPX_AUTO_ARENA __attribute__((cleanup(opx_arena_freep))) struct opx_arena *

/* Runs the deferred callbacks, newest first, then makes all memory free for reuse. */
void opx_arena_reset(struct opx_arena *arena);

/* Zeroed memory, aligned for any type. count * size is overflow-checked. A size of 0 gives a valid pointer. */
void *opx_arena_alloc(struct opx_arena *arena, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));
void *opx_arena_memdup(struct opx_arena *arena, const void *data, size_t size)
	__attribute__((returns_nonnull));

/* `former` with its `had` bytes, now of `size` bytes (had 0: a new one); it may have moved. What is new is NOT zeroed: for those
 * who write each byte before it is read. */
void *opx_arena_grow(struct opx_arena *arena, void *former, size_t had, size_t size)
	__attribute__((returns_nonnull));

/* fn(data) runs at reset or free. */
void opx_arena_defer(struct opx_arena *arena, void (*fn)(void *data), void *data);

/* Bytes handed out since the last reset. */
size_t opx_arena_used(const struct opx_arena *arena);

#define OPX_NEW(arena, T) ((T *)opx_arena_alloc((arena), 1, sizeof(T)))
#define OPX_NEW_N(arena, T, n) ((T *)opx_arena_alloc((arena), (n), sizeof(T)))

#endif
