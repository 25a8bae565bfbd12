/* SPDX-License-Identifier: MPL-2.0 */
/* serial.h: serial numbers that are never given twice, and the time below which no token is made, kept on disk.
 *
 * Numbers are reserved by blocks with one fsync, so a crash skips some and repeats none. The last time is kept with each
 * block and at least once a minute of work.
 */
#ifndef OPX_TSA_SERIAL_H
#define OPX_TSA_SERIAL_H

#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/vfs.h"

#define OPX_SERIAL_BLOCK 1000
#define OPX_SERIAL_KEEP_US INT64_C(60000000)

struct opx_serials {
	const struct opx_vfs *vfs;
	int dir_fd;
	int64_t next, end;       /* given next; end of the reserved block */
	struct opx_instant last; /* of the newest token */
	struct opx_instant kept; /* what the disk says of it */
};

/* Reads the file `serial` of the folder; the first block begins at the next number that was not reserved. Without a file
 * the numbers begin at a value made of `now`, so that a lost folder repeats none. dir_fd stays the caller's. */
OPX_MUST_USE enum opx_status opx_serials_init(struct opx_serials *serials, const struct opx_vfs *vfs,
					      int dir_fd, struct opx_instant now, struct opx_error *err);
/* The next number for a token made at `at`. OPX_CONFLICT: `at` is before an earlier token. OPX_INTERNAL: the disk failed;
 * the process must end. */
OPX_MUST_USE enum opx_status opx_serials_take(struct opx_serials *serials, struct opx_instant at,
					      int64_t *ret_serial, struct opx_error *err);

#endif
