/* SPDX-License-Identifier: MPL-2.0 */
/* record.h: an answer as records of FastCGI's standard output.
 *
 * libfcgi's own writer sends 8 KiB at a time, a system call each and a wake-up of nginx each: a page would take six. The records
 * are written from where the bytes lie (FastCGI specification 3.3); libfcgi goes on to end the request.
 */
#ifndef OPX_HTTP_RECORD_H
#define OPX_HTTP_RECORD_H

#include <stdbool.h>

#include "base/str.h"

/* Writes both, one after the other, to the connection; nothing when both are empty. False: the peer has gone away. */
bool opx_record_write(int fd, int request_id, struct opx_bytes head, struct opx_bytes body);

#endif
