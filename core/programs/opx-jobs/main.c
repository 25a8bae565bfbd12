/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-jobs: one lane: a master that starts its one worker again, and the worker that does the jobs of the queue.
 *
 * usage: opx-jobs --config FILE --lane files|sign-in|post|make [--check]
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "app/config.h"
#include "app/crashes.h"
#include "app/ground.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/secret.h"
#include "base/wake.h"
#include "guard.h"
#include "lane/lane.h"
#include "lane/loop.h"
#include "plugin/loader.h"
#include "plugin/parser.h"
#include "pool/pool.h"

#define STOPPED N_("Le service ne démarre pas.")
#define MAX_PEPPER 256
#define LETTER_KEY 32
#define STOP_MS 12000

/* What a lane is: who it is on the machine and in the database, and what its process may do (security 5.2). */
struct kind {
	const char *name, *user_setting, *role, *wake;
	bool has_pepper, has_letter_key;
	unsigned allowed; /* OPX_GUARD_… */
};

static const struct kind kinds[] = {
	{ .name = "files",
	  .user_setting = "files_user",
	  .role = "opx_files",
	  .wake = OPX_WAKE_FILES,
	  .allowed = OPX_GUARD_EXEC | OPX_GUARD_WRITE },
	{ .name = "sign-in",
	  .user_setting = "signin_user",
	  .role = "opx_signin",
	  .wake = OPX_WAKE_SIGN_IN,
	  .has_pepper = true,
	  .allowed = OPX_GUARD_NETWORK },
	{ .name = "post",
	  .user_setting = "post_user",
	  .role = "opx_post",
	  .wake = OPX_WAKE_POST,
	  .allowed = OPX_GUARD_NETWORK },
	{ .name = "make",
	  .user_setting = "make_user",
	  .role = "opx_make",
	  .wake = OPX_WAKE_MAKE,
	  .has_letter_key = true,
	  .allowed = OPX_GUARD_EXEC | OPX_GUARD_WRITE },
};

struct program {
	const struct kind *kind;
	struct opx_config *config;
	struct opx_logger logger;
	struct opx_arena *arena; /* as long as the process */
	struct opx_ground ground;
	struct opx_software software;
	struct opx_lane lane;
	uint8_t *pepper, *letter_key; /* secure heap */
	int wake_fd;
	struct opx_crashes *crashes;
};

static enum opx_status load_secrets(struct program *p, struct opx_error *err)
{
	size_t n = 0;
	if (p->kind->has_pepper) {
		p->pepper = OPENSSL_secure_malloc(MAX_PEPPER);
		OPX_ASSERT(p->pepper != NULL);
		OPX_TRY(opx_secret_read(opx_config_z(p->config, "web", "pepper"), 32, MAX_PEPPER, p->pepper,
					&n, err));
		p->ground.services.pepper = (struct opx_bytes){ .p = p->pepper, .n = n };
	}
	if (p->kind->has_letter_key) {
		p->letter_key = OPENSSL_secure_malloc(LETTER_KEY);
		OPX_ASSERT(p->letter_key != NULL);
		OPX_TRY(opx_secret_read(opx_config_z(p->config, "web", "letter_key"), LETTER_KEY, LETTER_KEY,
					p->letter_key, &n, err));
		p->ground.site.letter_key = p->letter_key;
	}
	return OPX_OK;
}

static const char *folder_of(struct opx_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? opx_str_copy(arena, path, (size_t)(slash - path)).p : ".";
}

static void fill_lane(struct program *p)
{
	const struct opx_config *c = p->config;
	p->software = (struct opx_software){ .build = p->ground.site.sw_build,
					     .config = p->ground.site.sw_config,
					     .plugins = p->ground.site.sw_plugins };
	p->lane = (struct opx_lane){
		.name = p->kind->name,
		.site = &p->ground.site,
		.registry = p->ground.registry,
		.host = &p->ground.host,
		.clock = &opx_clock_real,
		.random = &opx_random_real,
		.vfs = &opx_vfs_real,
		.software = &p->software,
		.weasyprint = opx_config_z(c, "jobs", "weasyprint"),
		.program_folder = folder_of(p->arena, opx_config_z(c, "jobs", "parse")),
		.state_folder = opx_config_z(c, "instance", "state"),
		.orphan_h = opx_config_i64(c, "jobs", "orphan_h"),
		.notice_group_s = opx_config_i64(c, "jobs", "notice_group_s"),
		.tsa_roots = opx_config_z(c, "jobs", "tsa_roots"),
		.user_roots = opx_config_z(c, "jobs", "user_roots"),
		.log_policy = opx_config_z(c, "jobs", "log_policy"),
		.card_authorities = opx_config_z(c, "jobs", "card_authorities"),
		.card_crls = opx_config_z(c, "jobs", "card_crls"),
		.tsa_authorities = opx_config_z(c, "jobs", "tsa_authorities"),
		.tsa_crls = opx_config_z(c, "jobs", "tsa_crls"),
		.seal_authorities = opx_config_z(c, "jobs", "seal_authorities"),
		.seal_crls = opx_config_z(c, "jobs", "seal_crls"),
	};
}

/* The plugins that this lane has a use for; the others stay loaded, so that the hash of all is the same everywhere. */
static enum opx_status start_plugins(struct program *p, struct opx_error *err)
{
	return opx_plugins_start(p->ground.plugins, NULL, &p->logger, err);
}

static int work(void *app, const struct opx_pool *pool, unsigned index)
{
	struct program *p = app;
	struct opx_error err = { .status = OPX_OK };
	char name[64];
	(void)pool;
	(void)snprintf(name, sizeof(name), "opx-jobs/%s", p->kind->name);
	p->logger.process = name;
	opx_crashes_watch(p->crashes, 0, index);
	struct opx_lane_loop loop = {
		.lane = &p->lane,
		.logger = &p->logger,
		.conninfo = opx_ground_conninfo(p->config, p->arena, p->kind->role, name),
		.wake_fd = p->wake_fd,
		.signal_fd = -1,
		.poll_ms = opx_config_i64(p->config, "jobs", "poll_ms"),
		.done_days = opx_config_i64(p->config, "jobs", "done_days"),
		.deadline_s = (unsigned)opx_config_i64(p->config, "jobs", "job_deadline_s"),
	};
	enum opx_status status = opx_guard_signals(&loop.signal_fd, &err);
	if (status == OPX_OK)
		status = start_plugins(p, &err);
	if (status == OPX_OK)
		status = opx_guard_close_but(p->kind->allowed, &p->logger, &err);
	if (status == OPX_OK)
		status = opx_lane_run(&loop, &err);
	if (status != OPX_OK)
		opx_log_error(&p->logger, OPX_ERROR, "lane.failed", &err);
	opx_lane_done(&loop);
	opx_parser_free(p->ground.services.parser);
	opx_ground_done(&p->ground);
	return status == OPX_OK ? 0 : 1;
}

/* The lane's one worker is started anew in any case: without a plugin that was switched off just now. */
static void crashed(void *app, const struct opx_pool *pool, unsigned index, int signo)
{
	const struct program *p = app;
	(void)pool;
	(void)opx_crashes_count(p->crashes, 0, index, signo);
}

/* Those who may wake a lane are a group; as an ordinary user everybody is the same one. */
static enum opx_status listen_on(struct program *p, gid_t group, struct opx_error *err)
{
	const char *run = p->ground.site.run_folder.p;
	OPX_TRY(opx_wake_listen(run, p->kind->wake, &p->wake_fd, err));
	struct opx_str path = opx_strf(p->arena, "%s/%s", run, p->kind->wake);
	if (group != (gid_t)-1 && chown(path.p, (uid_t)-1, group) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: group of those who may wake: %s", path.p,
				strerror(errno));
	return OPX_OK;
}

static enum opx_status run(struct program *p, bool is_check, struct opx_error *err)
{
	p->ground.config = p->config;
	p->ground.logger = &p->logger;
	if ((p->kind->allowed & OPX_GUARD_EXEC) != 0)
		p->ground.services.parser = opx_parser_new(opx_config_z(p->config, "jobs", "parse"),
							   opx_config_z(p->config, "jobs", "sandbox"));
	gid_t group = opx_process_group(opx_config_z(p->config, "jobs", "wake_group"));
	OPX_TRY(opx_process_become(opx_config_z(p->config, "jobs", p->kind->user_setting), err));
	OPX_TRY(load_secrets(p, err));
	OPX_TRY(opx_ground_load(&p->ground, NULL, err));
	fill_lane(p);
	OPX_TRY(opx_lane_register(p->ground.registry, &p->lane, err));
	if (is_check)
		return opx_ground_check(&p->ground, p->kind->role, err);
	OPX_TRY(listen_on(p, group, err));
	p->crashes = opx_crashes_new(p->ground.plugins, &opx_clock_real, &p->logger);
	const struct opx_pool pool = { .name = p->kind->name, .socket_fd = p->wake_fd, .n_workers = 1 };
	const struct opx_pool_order order = { .pools = &pool,
					      .n_pools = 1,
					      .logger = &p->logger,
					      .work = work,
					      .crashed = crashed,
					      .app = p,
					      .quick_ms = 1000,
					      .stop_ms = STOP_MS };
	return opx_pool_run(&order, err);
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < OPX_COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static void done(struct program *p)
{
	OPENSSL_secure_clear_free(p->pepper, MAX_PEPPER);
	OPENSSL_secure_clear_free(p->letter_key, LETTER_KEY);
	opx_parser_free(p->ground.services.parser);
	opx_ground_done(&p->ground);
	opx_crashes_free(p->crashes);
	opx_close_fdp(&p->wake_fd);
	opx_config_free(p->config);
	opx_arena_free(p->arena);
}

static int usage(bool is_help)
{
	(void)fputs("usage: opx-jobs --config FILE --lane files|sign-in|post|make [--check]\n",
		    is_help ? stdout : stderr);
	return is_help ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "lane", required_argument, NULL, 'l' },
		{ "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL, *lane = NULL;
	bool is_check = false, is_help = false;
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o == 'c')
			path = optarg;
		else if (o == 'l')
			lane = optarg;
		else if (o == 'k')
			is_check = true;
		else if (o == 'h')
			is_help = true;
		else
			return 2;
	}
	if (is_help || path == NULL || kind_of(lane) == NULL || optind != argc)
		return usage(is_help);
	struct opx_error err = { .status = OPX_OK };
	struct program p = { .kind = kind_of(lane),
			     .logger = { .fd = 2, .level = OPX_INFO, .process = "opx-jobs" },
			     .wake_fd = -1 };
	p.arena = opx_arena_new((size_t)1 << 20);
	enum opx_status status = opx_config_load(path, &p.config, &err);
	if (status == OPX_OK) {
		p.logger.level = opx_config_log_level(p.config);
		opx_process_harden();
		status = opx_secret_heap(32768, &err);
	}
	if (status == OPX_OK)
		status = run(&p, is_check, &err);
	if (status != OPX_OK) {
		opx_log_error(&p.logger, OPX_ERROR, "jobs.stopped", &err);
		(void)fprintf(stderr, "opx-jobs: %s\n", err.detail);
	}
	done(&p);
	return status == OPX_OK ? 0 : 1;
}
