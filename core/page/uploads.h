/* SPDX-License-Identifier: MPL-2.0 */
/* uploads.h: what the two ways of sending files to a draft share. */
#ifndef OPX_PAGE_UPLOADS_H
#define OPX_PAGE_UPLOADS_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "plugin/context.h"

struct opx_pages;

/* Read from the body at once. */
#define UPLOAD_PIECE 262144U

/* Locks the draft and announces a file of it: its row and its name in incoming/. */
OPX_MUST_USE enum opx_status opx_upload_announce(struct opx_context *c, int64_t draft, struct opx_bytes name,
						 struct opx_str type, int64_t size, int64_t *ret_file,
						 struct opx_str *ret_upload, struct opx_error *err);
/* Counts bytes that are durable; with the last one the files lane is asked to check the file. */
OPX_MUST_USE enum opx_status opx_upload_count(struct opx_context *c, int64_t file, int64_t from,
					      int64_t received, int64_t size, struct opx_error *err);

#endif
