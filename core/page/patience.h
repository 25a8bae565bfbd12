/* SPDX-License-Identifier: MPL-2.0 */
/* patience.h: how many workers wait for a seal or for a file at once: at most half of the pool, so that a late opx-seal never stops the pages.
 *
 * Seats are in memory that all workers share; each holds the process that sits on it, so that the seat of one that died is free.
 */
#ifndef OPX_PAGE_PATIENCE_H
#define OPX_PAGE_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct opx_patience;

/* Made before the fork. seats below 1 is 1. */
struct opx_patience *opx_patience_new(int64_t seats);
void opx_patience_free(struct opx_patience *patience);

/* May this worker wait now? False: no seat is free, or its last three waits were in vain. Then opx_patience_end, once. */
bool opx_patience_begin(struct opx_patience *patience);
void opx_patience_end(struct opx_patience *patience, bool was_in_vain);
/* Instead of opx_patience_end: a wait that says nothing of the seal (a file that is being examined). */
void opx_patience_leave(struct opx_patience *patience);
/* A signal may end the wait: false when one came (the worker is being stopped). */
bool opx_patience_pause(int64_t ms);
/* How long to wait before the next look: short at first, then longer each time, since what has not come yet seldom comes at once.
 * 0 for the first. */
int64_t opx_patience_longer(int64_t ms);

#endif
