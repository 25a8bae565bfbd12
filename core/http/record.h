/* SPDX-License-Identifier: MPL-2.0 */
/* record.h: an answer as records of FastCGI's standard output, and the end of its request.
 *
 * libfcgi's own writer sends 8 KiB at a time and the end apart, a system call each and a wake-up of nginx each: a page would take
 * seven. The records are written from where the bytes lie (FastCGI specification 3.3, 5.3 and 5.5).
 */
#ifndef OPX_HTTP_RECORD_H
#define OPX_HTTP_RECORD_H

#include <stdbool.h>

#include "base/str.h"

/* Writes both, one after the other, and that the request is complete, to the connection. False: the peer has gone away. */
bool opx_record_write(int fd, int request_id, struct opx_bytes head, struct opx_bytes body);

#endif
