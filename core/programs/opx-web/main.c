/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-web: the master of three pools of workers behind nginx: page, upload, sign-in.
 *
 * usage: opx-web --config FILE [--check]
 */
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "app/config.h"
#include "app/crashes.h"
#include "app/ground.h"
#include "app/web.h"
#include "base/secret.h"
#include "http/serve.h"
#include "pool/pool.h"

#define STOPPED N_("Le service ne démarre pas.")
#define MAX_PEPPER 256
#define LETTER_KEY 32

struct program {
	struct opx_config *config;
	struct opx_logger logger;
	struct opx_web *web;
	char edge[65];
	uint8_t *pepper; /* secure heap */
	size_t n_pepper;
	uint8_t *letter_key; /* secure heap */
	struct opx_pool pools[3];
};

static enum opx_status load_secrets(struct program *p, struct opx_error *err)
{
	size_t n = 0;
	const char *edge = opx_config_z(p->config, "web", "edge_secret");
	OPX_TRY(opx_secret_read(edge, 1, 64, (uint8_t *)p->edge, &n, err));
	if (n != 64 || strspn(p->edge, "0123456789abcdef") != 64)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: 64 hexadecimal characters expected", edge);
	p->pepper = OPENSSL_secure_malloc(MAX_PEPPER);
	OPX_ASSERT(p->pepper != NULL);
	const char *pepper = opx_config_z(p->config, "web", "pepper");
	OPX_TRY(opx_secret_read(pepper, 32, MAX_PEPPER, p->pepper, &p->n_pepper, err));
	p->letter_key = OPENSSL_secure_malloc(LETTER_KEY);
	OPX_ASSERT(p->letter_key != NULL);
	const char *letter_key = opx_config_z(p->config, "web", "letter_key");
	return opx_secret_read(letter_key, LETTER_KEY, LETTER_KEY, p->letter_key, &n, err);
}

static enum opx_status open_pools(struct program *p, gid_t group, struct opx_error *err)
{
	static const struct {
		const char *name, *setting;
	} pools[] = { { "page", "page_workers" },
		      { "upload", "upload_workers" },
		      { "signin", "signin_workers" } };
	for (size_t i = 0; i < OPX_COUNT(pools); i++) {
		char path[256];
		int64_t n = i == 0 ? opx_ground_page_workers(p->config)
				   : opx_config_i64(p->config, "web", pools[i].setting);
		(void)snprintf(path, sizeof(path), "%s/%s.sock", opx_config_z(p->config, "instance", "run"),
			       pools[i].name);
		p->pools[i] = (struct opx_pool){ .name = pools[i].name, .n_workers = (unsigned)n };
		OPX_TRY(opx_http_listen(path, group, &p->pools[i].socket_fd, err));
	}
	return OPX_OK;
}

/* nginx's user, when this process runs as its own; else everything is one user. */
static uid_t peer_of(void)
{
	const struct passwd *self = getpwuid(geteuid());
	bool is_own = self != NULL && strcmp(self->pw_name, "opx-web") == 0;
	const struct passwd *nginx = is_own ? getpwnam("opx-nginx") : NULL;
	return nginx != NULL ? nginx->pw_uid : geteuid();
}

static int work(void *app, const struct opx_pool *pool, unsigned index)
{
	struct program *p = app;
	struct opx_error err = { .status = OPX_OK };
	char name[64];
	(void)snprintf(name, sizeof(name), "opx-web/%s/%u", pool->name, index);
	p->logger.process = name;
	opx_crashes_watch(opx_web_crashes(p->web), (unsigned)(pool - p->pools), index);
	/* Each worker is replaced at another moment than the others. */
	int64_t requests = opx_config_i64(p->config, "web", "requests_per_worker");
	const struct opx_http_server server = {
		.socket_fd = pool->socket_fd,
		.dispatcher = opx_web_dispatcher(p->web),
		.edge = { .p = p->edge, .n = 64 },
		.peer = peer_of(),
		.logger = &p->logger,
		.clock = &opx_clock_real,
		.max_requests = requests + (int64_t)(index * 37 % 101) * requests / 1000,
		.alarm_s = (unsigned)opx_config_i64(p->config, "web", "request_alarm_s"),
	};
	opx_process_limit_memory(opx_config_i64(p->config, "web", "memory_limit_mb"));
	enum opx_status status = opx_web_start(p->web, &err);
	if (status == OPX_OK)
		status = opx_http_serve(&server, &err);
	if (status != OPX_OK)
		opx_log_error(&p->logger, OPX_ERROR, "web.worker", &err);
	opx_web_free(p->web);
	return status == OPX_OK ? 0 : 1;
}

/* A plugin that was switched off is still known to the workers that run: each is replaced. */
static void crashed(void *app, const struct opx_pool *pool, unsigned index, int signo)
{
	const struct program *p = app;
	if (opx_crashes_count(opx_web_crashes(p->web), (unsigned)(pool - p->pools), index, signo))
		(void)kill(getpid(), SIGHUP);
}

static enum opx_status run(struct program *p, bool is_check, struct opx_error *err)
{
	gid_t group = opx_process_group(opx_config_z(p->config, "web", "socket_group"));
	OPX_TRY(opx_process_become(opx_config_z(p->config, "web", "user"), err));
	OPX_TRY(load_secrets(p, err));
	const struct opx_web_secrets secrets = { .pepper = { .p = p->pepper, .n = p->n_pepper },
						 .letter_key = p->letter_key };
	OPX_TRY(opx_web_new(p->config, &p->logger, &secrets, &p->web, err));
	if (is_check)
		return opx_web_check(p->web, err);
	OPX_TRY(open_pools(p, group, err));
	const struct opx_pool_order order = { .pools = p->pools,
					      .n_pools = OPX_COUNT(p->pools),
					      .logger = &p->logger,
					      .work = work,
					      .crashed = crashed,
					      .app = p,
					      .quick_ms = 1000,
					      .stop_ms = 12000 };
	return opx_pool_run(&order, err);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	bool is_check = false, is_help = false;
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o == 'c')
			path = optarg;
		else if (o == 'k')
			is_check = true;
		else if (o == 'h')
			is_help = true;
		else
			return 2;
	}
	if (is_help || path == NULL || optind != argc) {
		(void)fputs("usage: opx-web --config FILE [--check]\n", is_help ? stdout : stderr);
		return is_help ? 0 : 2;
	}
	struct opx_error err = { .status = OPX_OK };
	struct program p = { .logger = { .fd = 2, .level = OPX_INFO, .process = "opx-web" } };
	enum opx_status status = opx_secret_heap(32768, &err);
	if (status == OPX_OK)
		status = opx_config_load(path, &p.config, &err);
	if (status == OPX_OK) {
		p.logger.level = opx_config_log_level(p.config);
		opx_process_harden();
		status = run(&p, is_check, &err);
	}
	if (status != OPX_OK) {
		opx_log_error(&p.logger, OPX_ERROR, "web.stopped", &err);
		(void)fprintf(stderr, "opx-web: %s\n", err.detail);
	}
	opx_web_free(p.web);
	OPENSSL_secure_clear_free(p.pepper, MAX_PEPPER);
	OPENSSL_secure_clear_free(p.letter_key, LETTER_KEY);
	opx_config_free(p.config);
	return status == OPX_OK ? 0 : 1;
}
