/* SPDX-License-Identifier: MPL-2.0 */
/* parser.c: see parser.h. */
#include "plugin/parser.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/date.h"
#include "base/log.h"
#include "base/parse_wire.h"

#define ABSENT N_("La lecture protégée des fichiers n’est pas en service. Le fichier sera examiné plus tard.")
#define NO_SANDBOX 3 /* exit status of opx-parse */

struct opx_parser {
	const char *program, *sandbox;
	pid_t keeper; /* 0: none; else socket leads to it */
	int socket;
};

/* What one examination brought. */
struct outcome {
	uint8_t *text;
	size_t n;
	bool is_late;       /* too slow or too long */
	enum opx_wire wire; /* DONE: answer is set */
	struct opx_parse_answer answer;
};

struct opx_parser *opx_parser_new(const char *program, const char *sandbox)
{
	struct opx_parser *parser = calloc(1, sizeof(*parser));
	OPX_ASSERT(parser != NULL);
	*parser = (struct opx_parser){ .program = program,
				       .sandbox = sandbox != NULL ? sandbox : "landlock",
				       .socket = -1 };
	return parser;
}

pid_t opx_parser_keeper(const struct opx_parser *parser)
{
	return parser->keeper;
}

/* The keeper and whatever runs in its group; its number is nobody else's until it is waited for. */
static void end(struct opx_parser *parser)
{
	if (parser->keeper == 0)
		return;
	(void)kill(-parser->keeper, SIGKILL);
	while (waitpid(parser->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	(void)close(parser->socket);
	parser->keeper = 0;
	parser->socket = -1;
}

void opx_parser_free(struct opx_parser *parser)
{
	if (parser != NULL)
		end(parser);
	free(parser);
}

/* No descriptor but the socket and the log. */
static int set_actions(posix_spawn_file_actions_t *actions, int socket)
{
	int rc = posix_spawn_file_actions_adddup2(actions, socket, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions, 3);
	return rc;
}

/* Its own group, so that what it started ends with it; no signal blocked. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none;
	(void)sigemptyset(&none);
	int rc = posix_spawnattr_setpgroup(attributes, 0);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	return rc;
}

static int spawn(const struct opx_parser *parser, int socket, pid_t *ret_pid)
{
	const char *const argv[] = { parser->program, "--sandbox", parser->sandbox, "--serve", NULL };
	char bound[] = "LD_BIND_NOW=1"; /* once, by the keeper, and not in each of its processes */
	char *const environment[] = { bound, NULL };
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
	rc = set_actions(&actions, socket);
	if (rc == 0)
		rc = set_attributes(&attributes);
	if (rc == 0)
		rc = posix_spawn(ret_pid, parser->program, &actions, &attributes,
				 (char *const *)(uintptr_t)argv, environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum opx_status start(struct opx_parser *parser, struct opx_error *err)
{
	int ends[2];
	pid_t pid = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "socketpair: %s", strerror(errno));
	OPX_AUTO_FD ours = ends[0];
	int rc = spawn(parser, ends[1], &pid);
	(void)close(ends[1]);
	if (rc != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "%s: %s", parser->program, strerror(rc));
	parser->keeper = pid;
	parser->socket = opx_take_fd(&ours);
	return OPX_OK;
}

enum waited { READY, ALONE, LATE };

/* For something to read from fd. ALONE: the keeper is gone, whoever still holds the other end of fd. */
static enum waited wait_until(int fd, int keeper, int64_t until_ms)
{
	for (;;) {
		int64_t left = until_ms - opx_monotonic_ms();
		struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = keeper } };
		int rc = left > 0 ? poll(p, 2, (int)left) : 0;
		if (rc > 0)
			return p[1].revents != 0 ? ALONE : READY;
		if (rc == 0 || errno != EINTR)
			return LATE;
	}
}

/* All that it says until it ends (READY), says too much or takes too long (LATE). */
static enum waited listen_to(int fd, int keeper, int64_t until_ms, uint8_t *ret, size_t max, size_t *ret_n)
{
	enum waited waited = READY;
	*ret_n = 0;
	while ((waited = wait_until(fd, keeper, until_ms)) == READY) {
		ssize_t n = read(fd, ret + *ret_n, max - *ret_n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? READY : LATE;
		*ret_n += (size_t)n;
		if (*ret_n == max)
			return LATE;
	}
	return waited;
}

/* One order to the keeper, which is started if there is none, and ended unless the file left it as it was. */
static enum opx_status attempt(struct opx_parser *parser, const struct opx_parse_order *order,
			       struct outcome *ret, struct opx_error *err)
{
	int ends[2];
	const int64_t until_ms = opx_monotonic_ms() + order->timeout_ms;
	if (parser->keeper == 0)
		OPX_TRY(start(parser, err));
	if (pipe2(ends, O_CLOEXEC) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "pipe2: %s", strerror(errno));
	OPX_AUTO_FD in = ends[0];
	ret->wire = opx_wire_ask(parser->socket, order->kind, order->fd, ends[1]);
	(void)close(ends[1]);
	if (ret->wire == OPX_WIRE_DONE) {
		enum waited waited =
			listen_to(in, parser->socket, until_ms, ret->text, OPX_PARSE_MAX_BYTES + 1, &ret->n);
		if (waited == READY)
			waited = wait_until(parser->socket, parser->socket, until_ms);
		ret->is_late = waited == LATE;
		ret->wire = ret->is_late ? OPX_WIRE_GONE : opx_wire_answered(parser->socket, &ret->answer);
	}
	if (ret->wire != OPX_WIRE_DONE || ret->answer.status != 0 || ret->answer.is_left != 0)
		end(parser);
	return OPX_OK;
}

static enum opx_status ended(const struct opx_parse_order *order, const char *how, int number,
			     struct opx_str *ret_json)
{
	OPX_LOG(order->logger, OPX_ERROR, "parse.ended", KV_Z("kind", order->kind), KV_Z("how", how),
		KV_I64("number", number));
	*ret_json = OPX_STR(OPX_PARSE_ENDED);
	return OPX_OK;
}

static enum opx_status conclude(const struct opx_parser *parser, const struct opx_parse_order *order,
				const struct outcome *outcome, struct opx_str *ret_json,
				struct opx_error *err)
{
	const int status = outcome->answer.status;
	if (outcome->is_late)
		return ended(order, "stopped: too slow or too long, bytes", (int)outcome->n, ret_json);
	if (outcome->wire != OPX_WIRE_DONE)
		return ended(order, "with its keeper, bytes", (int)outcome->n, ret_json);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_SANDBOX)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT,
				"%s has no sandbox or lacks a program: see its line", parser->program);
	if (WIFSIGNALED(status))
		return ended(order, "signal", WTERMSIG(status), ret_json);
	if (status != 0)
		return ended(order, "exit", WEXITSTATUS(status), ret_json);
	const struct opx_bytes said = { .p = outcome->text, .n = outcome->n };
	if (opx_str_from_bytes(order->arena, said, OPX_TEXT_BLOCK, OPX_PARSE_MAX_BYTES, ret_json, NULL) !=
		    OPX_OK ||
	    ret_json->n == 0)
		return ended(order, "no report, bytes", (int)outcome->n, ret_json);
	return OPX_OK;
}

/* A keeper that ended between two files is found out when it does not take the order: nobody has looked at the file, and a new
 * keeper gets it. */
enum opx_status opx_parser_run(struct opx_parser *parser, const struct opx_parse_order *order,
			       struct opx_str *ret_json, struct opx_error *err)
{
	struct outcome outcome = { .text = opx_arena_alloc(order->arena, 1, OPX_PARSE_MAX_BYTES + 1) };
	OPX_TRY(attempt(parser, order, &outcome, err));
	if (outcome.wire == OPX_WIRE_UNREAD) {
		OPX_LOG(order->logger, OPX_WARN, "parse.keeper", KV_Z("how", "ended between two files"));
		OPX_TRY(attempt(parser, order, &outcome, err));
	}
	if (outcome.wire == OPX_WIRE_UNREAD)
		return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "%s --serve does not stay: see its line",
				parser->program);
	return conclude(parser, order, &outcome, ret_json, err);
}
