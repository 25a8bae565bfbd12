/* SPDX-License-Identifier: MPL-2.0 */
/* store.h: files that never change, under random names, durable before they are acknowledged.
 *
 * The write path of the platform (security 3.5): an unnamed file in the final folder, mode 0440 by fchmod, all bytes, fsync,
 * a link that never overwrites, fsync of the folder. So a name is visible only when its bytes are complete and safe. All
 * calls go through struct opx_vfs: tests fail or cut each of them. An fsync that fails leaves the pages in an unknown state,
 * so the store then refuses everything for ever and its owner must end the process (PostgreSQL's rule).
 */
#ifndef OPX_STORAGE_FS_STORE_H
#define OPX_STORAGE_FS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "base/str.h"
#include "base/vfs.h"
#include "opx/storage.h"

#define STORE_NAME_CHARS 40 /* hexadecimal digits: 160 random bits */

struct store {
	const struct opx_vfs *vfs;
	const struct opx_random *random;
	int root_fd;          /* of _blob; -1: not open */
	bool is_broken;       /* an fsync failed: end the process */
	bool is_settled[256]; /* this folder's mode and name are durable */
	int32_t reserve_percent;
	/* Free and total bytes of the disk behind a descriptor; -1 with errno. Handed in: statvfs is no part of the vfs. */
	int (*room)(int fd, int64_t *ret_free, int64_t *ret_total);
};

int store_room_real(int fd, int64_t *ret_free, int64_t *ret_total);

/* Opens root/_blob, making it (0750) when it is not there. */
OPX_MUST_USE enum opx_status store_open(struct store *store, const char *root, struct opx_error *err);
void store_close(struct store *store);
/* Copies src_fd from its current position to its end. OPX_OK: durable, under ret->name. OPX_UNAVAILABLE: no room, or the
 * disk refused; nothing is left behind. After an fsync error is_broken is set. */
OPX_MUST_USE enum opx_status store_put(struct store *store, int src_fd, struct opx_stored *ret,
				       struct opx_error *err);
OPX_MUST_USE enum opx_status store_get(struct store *store, struct opx_str name, int *ret_fd,
				       struct opx_error *err);
OPX_MUST_USE enum opx_status store_erase(struct store *store, struct opx_str name, struct opx_error *err);
/* 40 lower-case hexadecimal digits? */
bool store_is_name(struct opx_str name);

#endif
