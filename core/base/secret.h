/* SPDX-License-Identifier: MPL-2.0 */
/* secret.h: where secrets come from, a file that others may not read, and where they are kept. */
#ifndef OPX_BASE_SECRET_H
#define OPX_BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Once, at the start of a program that holds some: OPENSSL_secure_malloc gives from so many bytes, a power of two, that lie apart,
 * locked, between pages that nobody may touch. Not in sanitizer builds: what lies there they would not watch, and what OpenSSL
 * points to from there they would take for lost. */
OPX_MUST_USE enum opx_status opx_secret_heap(size_t bytes, struct opx_error *err);
/* Its owner reads it, and at most a group of those who need it too (0440): any other mode is OPX_FORBIDDEN. No link is followed.
 * *ret_fd is the caller's. */
OPX_MUST_USE enum opx_status opx_secret_open(const char *path, int *ret_fd, struct opx_error *err);
/* Its first bytes, max at most; OPX_INVALID when there are less than min. */
OPX_MUST_USE enum opx_status opx_secret_read(const char *path, size_t min, size_t max, uint8_t *ret,
					     size_t *ret_n, struct opx_error *err);

#endif
