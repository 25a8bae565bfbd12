/* SPDX-License-Identifier: MPL-2.0 */
/* storage.h: where the bytes of documents rest. Only the files lane puts and erases; names are random. */
#ifndef OPX_STORAGE_H
#define OPX_STORAGE_H

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

struct opx_stored {
	char name[48]; /* NUL-terminated, [0-9a-f]+ */
	int64_t size;
	struct opx_sha256 sha256;
	struct opx_sha512 sha512;
};

struct opx_storage {
	uint32_t size;
	const char *name;
	/* Copies all of src_fd, hashing in the same pass, durable before OPX_OK (security 3.5). An fsync error ends the
	 * process. OPX_UNAVAILABLE: no room (nothing is left behind). */
	enum opx_status (*put)(void *self, int src_fd, struct opx_stored *ret, struct opx_error *err);
	/* Read-only descriptor, the caller's. OPX_NOT_FOUND. */
	enum opx_status (*open)(void *self, struct opx_str name, int *ret_fd, struct opx_error *err);
	enum opx_status (*erase)(void *self, struct opx_str name, struct opx_error *err);
	/* Address for X-Accel-Redirect: "/_blob/ab/abcdef…". */
	enum opx_status (*address)(void *self, struct opx_arena *arena, struct opx_str name,
				   struct opx_str *ret, struct opx_error *err);
	/* Bytes free, and the size of the whole; for the 5 % rule. */
	enum opx_status (*room)(void *self, int64_t *ret_free, int64_t *ret_total, struct opx_error *err);
	/* Since 1.1; may be NULL. The names put more than older_than_s ago in one part (0 to 255) of the store, at most
	 * 100,000: what the sweep of orphans looks through. */
	enum opx_status (*list)(void *self, struct opx_arena *arena, unsigned part, int64_t older_than_s,
				struct opx_strs *ret, struct opx_error *err);
};

#endif
