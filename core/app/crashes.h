/* SPDX-License-Identifier: MPL-2.0 */
/* crashes.h: the crash budget: a plugin whose code ends a worker five times in ten minutes is switched off (design section 5).
 *
 * The master makes it before the fork. Each worker writes whose code runs (opx_registry_enter) into a cell of its own in shared
 * memory; when a fault has ended the worker, the master reads there against whom it counts. Nothing is kept: the next start of
 * the program, by which an operator mends a plugin, tries again.
 */
#ifndef OPX_APP_CRASHES_H
#define OPX_APP_CRASHES_H

#include <stdbool.h>

struct opx_clock;
struct opx_crashes;
struct opx_logger;
struct opx_plugins;

#define OPX_CRASHES_BUDGET 5
#define OPX_CRASHES_WINDOW_S 600

/* plugins, clock and logger outlive it. Never NULL. */
struct opx_crashes *opx_crashes_new(struct opx_plugins *plugins, const struct opx_clock *clock,
				    const struct opx_logger *logger);
void opx_crashes_free(struct opx_crashes *crashes);
/* In a worker, before anything of a plugin runs. pool and index are below OPX_POOL_MAX and OPX_POOL_MAX_WORKERS. */
void opx_crashes_watch(struct opx_crashes *crashes, unsigned pool, unsigned index);
/* In the master, when that worker was ended by signo. True: a plugin was switched off just now, and the workers that still know
 * it must be replaced. */
bool opx_crashes_count(struct opx_crashes *crashes, unsigned pool, unsigned index, int signo);

#endif
