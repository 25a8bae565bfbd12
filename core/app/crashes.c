/* SPDX-License-Identifier: MPL-2.0 */
/* crashes.c: see crashes.h. */
#include "app/crashes.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "pool/pool.h"

#define WINDOW_US (OPX_CRASHES_WINDOW_S * (int64_t)1000000)
#define CELLS (OPX_POOL_MAX * OPX_POOL_MAX_WORKERS)

/* When a plugin's last crashes were, oldest first. */
struct record {
	size_t n;
	struct opx_instant at[OPX_CRASHES_BUDGET];
};

struct opx_crashes {
	struct opx_plugins *plugins;
	const struct opx_clock *clock;
	const struct opx_logger *logger;
	uint16_t *cells; /* shared with the workers */
	struct record *records;
};

struct opx_crashes *opx_crashes_new(struct opx_plugins *plugins, const struct opx_clock *clock,
				    const struct opx_logger *logger)
{
	const struct opx_plugin_info *infos = NULL;
	struct opx_crashes *crashes = calloc(1, sizeof(*crashes));
	OPX_ASSERT(crashes != NULL);
	*crashes = (struct opx_crashes){ .plugins = plugins, .clock = clock, .logger = logger };
	crashes->records = calloc(opx_plugins_list(plugins, &infos) + 1, sizeof(struct record));
	crashes->cells = mmap(NULL, CELLS * sizeof(uint16_t), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	OPX_ASSERT(crashes->records != NULL && crashes->cells != MAP_FAILED);
	return crashes;
}

void opx_crashes_free(struct opx_crashes *crashes)
{
	if (crashes == NULL)
		return;
	(void)munmap(crashes->cells, CELLS * sizeof(uint16_t));
	free(crashes->records);
	free(crashes);
}

static uint16_t *cell_of(const struct opx_crashes *crashes, unsigned pool, unsigned index)
{
	OPX_ASSERT(pool < OPX_POOL_MAX && index < OPX_POOL_MAX_WORKERS);
	return &crashes->cells[pool * OPX_POOL_MAX_WORKERS + index];
}

void opx_crashes_watch(struct opx_crashes *crashes, unsigned pool, unsigned index)
{
	uint16_t *cell = cell_of(crashes, pool, index);
	*cell = OPX_OWNER_CORE;
	opx_registry_set_cell(opx_plugins_registry(crashes->plugins), cell);
}

/* What code does to itself. An alarm may be a slow database, SIGKILL a machine without memory: no plugin's fault for sure. */
static bool is_fault(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGABRT || signo == SIGFPE ||
	       signo == SIGILL || signo == SIGSYS || signo == SIGTRAP;
}

/* Counts one more; true: the budget of the last ten minutes is spent. */
static bool add(struct record *record, struct opx_instant now)
{
	struct record kept = { .n = 0 };
	for (size_t i = 0; i < record->n; i++)
		if (now.us - record->at[i].us < WINDOW_US)
			kept.at[kept.n++] = record->at[i];
	kept.at[kept.n++] = now;
	*record = kept;
	if (kept.n < OPX_CRASHES_BUDGET)
		return false;
	record->n = 0;
	return true;
}

bool opx_crashes_count(struct opx_crashes *crashes, unsigned pool, unsigned index, int signo)
{
	const struct opx_plugin_info *infos = NULL;
	size_t n = opx_plugins_list(crashes->plugins, &infos);
	uint16_t owner = __atomic_load_n(cell_of(crashes, pool, index), __ATOMIC_RELAXED);
	if (!is_fault(signo) || owner == OPX_OWNER_CORE || owner > n ||
	    infos[owner - 1].state != OPX_PLUGIN_ON)
		return false;
	bool is_spent = add(&crashes->records[owner - 1], opx_now(crashes->clock));
	OPX_LOG(crashes->logger, OPX_ERROR, "plugin.crashed", KV_Z("plugin", infos[owner - 1].name),
		KV_I64("signal", signo));
	if (!is_spent)
		return false;
	OPX_LOG(crashes->logger, OPX_ERROR, "plugin.switched-off", KV_Z("plugin", infos[owner - 1].name),
		KV_I64("crashes", OPX_CRASHES_BUDGET), KV_I64("seconds", OPX_CRASHES_WINDOW_S));
	opx_plugins_switch_off(crashes->plugins, owner);
	return true;
}
