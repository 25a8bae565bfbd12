/* SPDX-License-Identifier: MPL-2.0 */
/* incoming.h: the files that are arriving: <store root>/incoming/<upload>, written by opx-web, read and removed by the files lane.
 *
 * What is acknowledged has been synced. A piece that fails leaves the file as long as it was before: an upload never goes back
 * and never holds bytes that nobody counted. Every call on the disk goes through struct opx_vfs.
 */
#ifndef OPX_DOMAIN_INCOMING_H
#define OPX_DOMAIN_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "base/vfs.h"

#define OPX_UPLOAD_CHARS 32 /* lower-case hexadecimal digits of draft_file.upload */

/* A piece being written. */
struct opx_incoming {
	const struct opx_vfs *vfs;
	int folder_fd, fd;
	int64_t from;    /* length of the file before this piece */
	int64_t written; /* bytes of this piece */
	bool is_full;    /* the disk had no room */
};

/* 32 lower-case hexadecimal digits? */
bool opx_incoming_is_name(struct opx_str upload);
/* Descriptor of root/incoming, the caller's. OPX_UNAVAILABLE. */
OPX_MUST_USE enum opx_status opx_incoming_folder(const struct opx_vfs *vfs, const char *root, int *ret_fd,
						 struct opx_error *err);
/* Would more bytes leave reserve_percent of the disk free? */
bool opx_incoming_has_room(int folder_fd, int64_t more, int64_t reserve_percent);

/* An empty file under that name, durable. */
OPX_MUST_USE enum opx_status opx_incoming_create(const struct opx_vfs *vfs, int folder_fd,
						 struct opx_str upload, struct opx_error *err);
/* Opens it for one more piece after its first from bytes; what was never acknowledged behind them is cut off.
 * OPX_NOT_FOUND: it is not there, or shorter than what was acknowledged. */
OPX_MUST_USE enum opx_status opx_incoming_begin(const struct opx_vfs *vfs, int folder_fd,
						struct opx_str upload, int64_t from, struct opx_incoming *ret,
						struct opx_error *err);
/* A file without a name yet: a form's file gets it when it is whole. */
OPX_MUST_USE enum opx_status opx_incoming_begin_unnamed(const struct opx_vfs *vfs, int folder_fd,
							struct opx_incoming *ret, struct opx_error *err);
/* OPX_UNAVAILABLE: the disk refused; is_full tells why. */
OPX_MUST_USE enum opx_status opx_incoming_write(struct opx_incoming *in, const void *data, size_t n,
						struct opx_error *err);
/* Makes the piece durable. When it fails the piece is cut off again. */
OPX_MUST_USE enum opx_status opx_incoming_sync(struct opx_incoming *in, struct opx_error *err);
/* Makes an unnamed file durable under its name. */
OPX_MUST_USE enum opx_status opx_incoming_name(struct opx_incoming *in, struct opx_str upload,
					       struct opx_error *err);
/* Cuts the piece off. */
void opx_incoming_drop(struct opx_incoming *in);
/* Closes; for cleanup too. */
void opx_incoming_close(struct opx_incoming *in);
#define OPX_AUTO_INCOMING __attribute__((cleanup(opx_incoming_close))) struct opx_incoming

/* Twice is once. */
OPX_MUST_USE enum opx_status opx_incoming_remove(const struct opx_vfs *vfs, int folder_fd,
						 struct opx_str upload, struct opx_error *err);

#endif
