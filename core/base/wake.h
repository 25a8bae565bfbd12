/* SPDX-License-Identifier: MPL-2.0 */
/* wake.h: local wake-ups: one empty datagram to a Unix socket of the run folder. A hint only: whoever is woken also polls, so
 * a lost one costs time and nothing else (design section 2).
 */
#ifndef OPX_BASE_WAKE_H
#define OPX_BASE_WAKE_H

#include "base/error.h"

/* Names of the sockets in the instance's run folder. */
#define OPX_WAKE_SEAL "seal.wake"
#define OPX_WAKE_FILES "jobs.wake-files"
#define OPX_WAKE_SIGN_IN "jobs.wake-sign-in"
#define OPX_WAKE_POST "jobs.wake-post"
#define OPX_WAKE_MAKE "jobs.wake-make"

/* Wakes whoever listens on run_folder/name. Never waits, never fails: nobody there, or a full queue, is nobody's fault. */
void opx_wake(const char *run_folder, const char *name);

/* Listens: binds run_folder/name anew, mode 0660. *ret_fd is the caller's, non-blocking. OPX_INVALID: the path is too long;
 * OPX_UNAVAILABLE: it cannot be bound. */
OPX_MUST_USE enum opx_status opx_wake_listen(const char *run_folder, const char *name, int *ret_fd,
					     struct opx_error *err);
/* Takes all that waits on it. */
void opx_wake_drain(int fd);

#endif
