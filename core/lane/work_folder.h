/* SPDX-License-Identifier: MPL-2.0 */
/* work_folder.h: the folder in which one file is being made: its parts under their final names, with the hash of each, and the
 * documents that are copied from the store only at the end.
 */
#ifndef OPX_LANE_WORK_FOLDER_H
#define OPX_LANE_WORK_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "evidence/manifest.h"

struct opx_arena;
struct opx_vfs;

struct opx_work {
	struct opx_arena *arena;
	const struct opx_vfs *vfs;
	struct opx_str path; /* absolute */
	int fd;              /* -1: not open */
	struct opx_listed *files;
	struct opx_str *stores; /* beside files: name in the store; p NULL: a file of this folder */
	size_t n, cap;
};

/* Closes the descriptor only: the folder stays for the next step. */
void opx_work_close(struct opx_work *work);
#define OPX_AUTO_WORK __attribute__((cleanup(opx_work_close))) struct opx_work

/* Makes parent/name anew, empty: what a former try left is removed. */
OPX_MUST_USE enum opx_status opx_work_new(struct opx_arena *arena, const struct opx_vfs *vfs,
					  struct opx_str parent, struct opx_str name, struct opx_work *ret,
					  struct opx_error *err);
/* Opens it again with the list that opx_work_save wrote. OPX_NOT_FOUND: it is gone or was never finished. */
OPX_MUST_USE enum opx_status opx_work_load(struct opx_arena *arena, const struct opx_vfs *vfs,
					   struct opx_str parent, struct opx_str name, struct opx_work *ret,
					   struct opx_error *err);
OPX_MUST_USE enum opx_status opx_work_save(const struct opx_work *work, struct opx_error *err);
/* Removes parent/name with all that is in it; one that is not there is no fault. */
void opx_work_remove(struct opx_str parent, struct opx_str name);

/* A part. One of the same name is there already: nothing happens (parts named by their hash come several times). */
OPX_MUST_USE enum opx_status opx_work_put(struct opx_work *work, struct opx_str name,
					  struct opx_bytes content, struct opx_error *err);
/* A part that stays in the store for now. */
void opx_work_put_stored(struct opx_work *work, struct opx_str name, const struct opx_sha256 *sha256,
			 struct opx_str store_name);
bool opx_work_has(const struct opx_work *work, struct opx_str name);
/* A part's content, at most 32 MiB. OPX_NOT_FOUND. */
OPX_MUST_USE enum opx_status opx_work_read(const struct opx_work *work, struct opx_str name,
					   struct opx_bytes *ret, struct opx_error *err);
/* The part as an open file, the caller's. */
OPX_MUST_USE enum opx_status opx_work_open(const struct opx_work *work, struct opx_str name, int *ret_fd,
					   struct opx_error *err);

#endif
