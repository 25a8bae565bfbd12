/* SPDX-License-Identifier: MPL-2.0 */
/* container.h: the ZIP of a bundle, written with every field fixed (evidence-format 5.1, 5.2): the same files are the same
 * bytes, on every machine.
 */
#ifndef OPX_EVIDENCE_CONTAINER_H
#define OPX_EVIDENCE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_vfs;

/* Without ZIP64: names of 200 bytes, 65,535 entries, 4 GiB for the whole. */
#define OPX_ENTRY_NAME_MAX 200
#define OPX_CONTAINER_MAX_ENTRIES 65535
#define OPX_CONTAINER_MAX_BYTES UINT32_MAX

/* [A-Za-z0-9][A-Za-z0-9._-]* joined by '/', at most 200 bytes, not ending in a dot. */
bool opx_entry_name_is_valid(struct opx_str name);

struct opx_container;

/* Writes into fd, which is empty and stays the caller's; memory in arena. */
struct opx_container *opx_container_new(struct opx_arena *arena, const struct opx_vfs *vfs, int fd);
/* The next entry. OPX_INVALID: a name that the layout forbids; OPX_TOO_LARGE; OPX_UNAVAILABLE: the disk. */
OPX_MUST_USE enum opx_status opx_container_add(struct opx_container *c, struct opx_str name,
					       struct opx_bytes content, struct opx_error *err);
/* The same from an open file, read twice: its header comes first. Its content must have that SHA-256, else OPX_CONFLICT
 * (nothing good can be made of this container any more). */
OPX_MUST_USE enum opx_status opx_container_add_fd(struct opx_container *c, struct opx_str name, int fd,
						  const struct opx_sha256 *sha256, struct opx_error *err);
/* The directory and its end. Two names that are equal without regard to case are OPX_INVALID. */
OPX_MUST_USE enum opx_status opx_container_end(struct opx_container *c, struct opx_error *err);

#endif
