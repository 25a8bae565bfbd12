/* SPDX-License-Identifier: MPL-2.0 */
/* parse_child.c: see parse_child.h. */
#include "plugin/parse_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/log.h"

#define ABSENT N_("La lecture protégée des fichiers n’est pas en service. Le fichier sera examiné plus tard.")
#define NO_SANDBOX 3 /* exit status of opx-parse */

static int64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its own group, so that what it started ends with it; an empty environment; no descriptor but the file, the pipe and the log. */
static int spawn(const struct opx_parse_order *order, int out, pid_t *ret_pid)
{
	const char *const argv[] = { order->program, "--sandbox",
				     order->sandbox != NULL ? order->sandbox : "landlock", order->kind,
				     NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc = posix_spawn_file_actions_init(&actions);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	sigset_t none;
	(void)sigemptyset(&none);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, order->fd, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (rc == 0)
		rc = posix_spawnattr_setpgroup(&attributes, 0);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	if (rc == 0)
		rc = posix_spawn(ret_pid, order->program, &actions, &attributes,
				 (char *const *)(uintptr_t)argv, environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* All that it says, until it ends, says too much or takes too long. true: it came to its end by itself. */
static bool listen_to(int fd, int64_t until_ms, uint8_t *ret, size_t max, size_t *ret_n)
{
	*ret_n = 0;
	for (;;) {
		int64_t left = until_ms - now_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int rc = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return false;
		ssize_t n = read(fd, ret + *ret_n, max - *ret_n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		*ret_n += (size_t)n;
		if (*ret_n == max)
			return false;
	}
}

static int reap(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static enum opx_status ended(const struct opx_parse_order *order, const char *how, int number,
			     struct opx_str *ret_json)
{
	OPX_LOG(order->logger, OPX_ERROR, "parse.ended", KV_Z("kind", order->kind), KV_Z("how", how),
		KV_I64("number", number));
	*ret_json = OPX_STR(OPX_PARSE_ENDED);
	return OPX_OK;
}

enum opx_status opx_parse_run(const struct opx_parse_order *order, struct opx_str *ret_json,
			      struct opx_error *err)
{
	int ends[2];
	pid_t pid = 0;
	size_t n = 0;
	uint8_t *text = opx_arena_alloc(order->arena, 1, OPX_PARSE_MAX_BYTES + 1);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "pipe2: %s", strerror(errno));
	OPX_AUTO_FD in = ends[0];
	int rc = spawn(order, ends[1], &pid);
	(void)close(ends[1]);
	if (rc != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "%s: %s", order->program, strerror(rc));
	bool is_whole = listen_to(in, now_ms() + order->timeout_ms, text, OPX_PARSE_MAX_BYTES + 1, &n);
	(void)kill(-pid, SIGKILL); /* whatever it left running; itself, when it took too long */
	int status = reap(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_SANDBOX)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT,
				"%s has no sandbox or lacks a program: see its line", order->program);
	if (!is_whole)
		return ended(order, "stopped: too slow or too long, bytes", (int)n, ret_json);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return ended(order, "signal", WTERMSIG(status), ret_json);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return ended(order, "exit", WEXITSTATUS(status), ret_json);
	const struct opx_bytes said = { .p = text, .n = n };
	if (opx_str_from_bytes(order->arena, said, OPX_TEXT_BLOCK, OPX_PARSE_MAX_BYTES, ret_json, NULL) !=
		    OPX_OK ||
	    ret_json->n == 0)
		return ended(order, "no report, bytes", (int)n, ret_json);
	return OPX_OK;
}
