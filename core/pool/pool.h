/* SPDX-License-Identifier: MPL-2.0 */
/* pool.h: the master of opx-web: forks the workers of its pools, replaces those that end, stops and reloads without losing a
 * request.
 *
 * Workers have one thread and inherit the listening sockets, so that what waits in a queue outlives any one of them.
 */
#ifndef OPX_POOL_POOL_H
#define OPX_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"

#define OPX_POOL_MAX 4
#define OPX_POOL_MAX_WORKERS 256

struct opx_pool {
	const char *name; /* "page" */
	int socket_fd;
	unsigned n_workers;
};

struct opx_pool_order {
	const struct opx_pool *pools;
	size_t n_pools;
	const struct opx_logger *logger;
	/* In the child: serves until told to stop; its result is the exit status. index counts within the pool. */
	int (*work)(void *app, const struct opx_pool *pool, unsigned index);
	/* In the master, when a worker was ended by a signal: whose code ran? May be NULL. */
	void (*crashed)(void *app, const struct opx_pool *pool, unsigned index, int signo);
	void *app;
	/* A worker that ends before this many milliseconds is started again after a growing delay (0.1 s to 10 s). */
	unsigned quick_ms;
	/* After SIGTERM, workers that still run are killed after this many milliseconds. */
	unsigned stop_ms;
};

/* Runs until SIGTERM or SIGINT, then stops the workers in order: SIGTERM, wait, SIGKILL. SIGHUP replaces every worker, the new
 * ones first. OPX_INTERNAL when no worker can be started. */
OPX_MUST_USE enum opx_status opx_pool_run(const struct opx_pool_order *order, struct opx_error *err);

/* What every process of OPX does at its start: no core, not dumpable, no new privileges, umask 077, working directory /,
 * an empty environment but for the locale and the zone, descriptors above 2 closed on exec. */
void opx_process_harden(void);
/* From root to that user and group with its supplementary groups; nothing when not root. OPX_NOT_FOUND: no such user. */
OPX_MUST_USE enum opx_status opx_process_become(const char *user, struct opx_error *err);
/* The address space that this process may take; 0, or a sanitizer build, which reserves terabytes: no limit. */
void opx_process_limit_memory(int64_t mb);
/* Number of a group by its name; -1 when not root or there is none. */
gid_t opx_process_group(const char *group);

#endif
