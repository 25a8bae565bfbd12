/* SPDX-License-Identifier: MPL-2.0 */
/* multipart.h: multipart/form-data read as a stream (RFC 7578): small fields are gathered, files go to a callback in pieces.
 *
 * Names decode only %22, %0D and %0A, as browsers write them.
 */
#ifndef OPX_HTTP_MULTIPART_H
#define OPX_HTTP_MULTIPART_H

#include "base/error.h"
#include "base/str.h"
#include "http/request.h"

struct opx_multipart_sink {
	void *self;
	/* A file part begins; name is as received. fields: those that came before it (the CSRF field must be there). */
	enum opx_status (*begin)(void *self, struct opx_fields fields, struct opx_bytes field,
				 struct opx_bytes name, struct opx_bytes type, struct opx_error *err);
	enum opx_status (*data)(void *self, const uint8_t *p, size_t n, struct opx_error *err);
	enum opx_status (*end)(void *self, struct opx_error *err);
};

/* Reads the whole body. *ret_fields: the fields that are no files. OPX_INVALID: malformed or broken off; OPX_TOO_LARGE. */
OPX_MUST_USE enum opx_status opx_multipart_read(struct opx_request *rq, const struct opx_multipart_sink *sink,
						struct opx_fields *ret_fields, struct opx_error *err);

#endif
