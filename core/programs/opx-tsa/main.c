/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-tsa, our own RFC 3161 authority: FastCGI behind nginx, one request at a time.
 *
 * usage: opx-tsa --config FILE [--check]
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/config.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/log.h"
#include "base/secret.h"
#include "guard.h"
#include "responder.h"
#include "serial.h"
#include "serve.h"
#include "steady.h"

#define STOPPED N_("L’autorité d’horodatage ne démarre pas.")
#define BACKLOG 128

struct tsa {
	const struct opx_config *config;
	struct opx_logger logger;
	X509 *cert;
	EVP_PKEY *key;
	int state_fd, listen_fd, signal_fd;
	struct opx_steady steady;
	struct opx_serials serials;
	struct opx_responder *responder;
	struct opx_arena *arena;
	char edge[65];
};

static enum opx_status needed(const struct opx_config *config, const char *name, const char **ret,
			      struct opx_error *err)
{
	*ret = opx_config_z(config, "tsa", name);
	if (**ret == '\0')
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "setting tsa.%s must be given", name);
	return OPX_OK;
}

static enum opx_status load_keys(struct tsa *tsa, struct opx_error *err)
{
	const char *key, *cert;
	OPX_TRY(needed(tsa->config, "key", &key, err));
	OPX_TRY(needed(tsa->config, "certificate", &cert, err));
	OPX_AUTO_FD fd = -1;
	OPX_TRY(opx_secret_open(key, &fd, err));
	OPX_AUTO_FILE key_file = fdopen(fd, "r");
	OPX_ASSERT(key_file != NULL);
	(void)opx_take_fd(&fd);
	(void)setvbuf(key_file, NULL, _IONBF, 0); /* no copy of a key in a buffer of ours */
	tsa->key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	if (tsa->key == NULL || !EVP_PKEY_is_a(tsa->key, "EC"))
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not an EC key in PEM", key);
	OPX_AUTO_FILE cert_file = fopen(cert, "re");
	if (cert_file == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: %s", cert, strerror(errno));
	tsa->cert = PEM_read_X509(cert_file, NULL, NULL, NULL);
	if (tsa->cert == NULL)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not a certificate in PEM", cert);
	return OPX_OK;
}

static enum opx_status load_edge(struct tsa *tsa, struct opx_error *err)
{
	const char *path;
	OPX_TRY(needed(tsa->config, "edge_secret", &path, err));
	size_t n = 0;
	OPX_TRY(opx_secret_read(path, 1, sizeof(tsa->edge) - 1, (uint8_t *)tsa->edge, &n, err));
	if (n != 64 || strspn(tsa->edge, "0123456789abcdef") != 64)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: 64 hexadecimal characters expected", path);
	return OPX_OK;
}

static enum opx_status open_state(struct tsa *tsa, struct opx_error *err)
{
	struct opx_str path = opx_config_str(tsa->config, "tsa", "state");
	if (path.n == 0)
		path = opx_strf(tsa->arena, "%s/tsa", opx_config_z(tsa->config, "instance", "state"));
	tsa->state_fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tsa->state_fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: %s", path.p, strerror(errno));
	return OPX_OK;
}

/* Everything that can be wrong before the first request; the socket is not touched. */
static enum opx_status prepare(struct tsa *tsa, struct opx_error *err)
{
	struct opx_str clock = opx_config_str(tsa->config, "tsa", "clock");
	if (!opx_str_is(clock, "synchronised") && !opx_str_is(clock, "trust"))
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "setting tsa.clock: synchronised or trust");
	OPX_TRY(load_keys(tsa, err));
	OPX_TRY(load_edge(tsa, err));
	OPX_TRY(open_state(tsa, err));
	opx_steady_init(&tsa->steady, &opx_time_source_real,
			opx_str_is(clock, "trust") ? OPX_CLOCK_TRUST : OPX_CLOCK_SYNCHRONISED);
	OPX_TRY(opx_serials_init(&tsa->serials, &opx_vfs_real, tsa->state_fd, opx_now(&opx_clock_real), err));
	return opx_responder_new(tsa->cert, tsa->key, opx_config_z(tsa->config, "tsa", "policy"),
				 &tsa->serials, &tsa->steady, &tsa->responder, err);
}

static enum opx_status listen_on(struct tsa *tsa, struct opx_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *run = opx_config_z(tsa->config, "instance", "run");
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/tsa.sock", run);
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s/tsa.sock: longer than a socket's path may be",
				run);
	tsa->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (tsa->listen_fd < 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "socket: %s", strerror(errno));
	(void)unlink(address.sun_path);
	if (bind(tsa->listen_fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(address.sun_path, 0660) != 0 || listen(tsa->listen_fd, BACKLOG) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "%s: %s", address.sun_path, strerror(errno));
	return OPX_OK;
}

static enum opx_status serve(struct tsa *tsa, struct opx_error *err)
{
	FCGX_Request rq;
	struct pollfd fds[2] = { { .fd = tsa->listen_fd, .events = POLLIN },
				 { .fd = tsa->signal_fd, .events = POLLIN } };
	if (FCGX_Init() != 0 || FCGX_InitRequest(&rq, tsa->listen_fd, 0) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "FastCGI cannot be set up");
	const struct opx_tsa_server server = {
		.responder = tsa->responder, .logger = &tsa->logger, .arena = tsa->arena, .edge = tsa->edge
	};
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "poll: %s", strerror(errno));
		if (fds[1].revents != 0)
			return OPX_OK;
		if (fds[0].revents == 0 || FCGX_Accept_r(&rq) != 0)
			continue;
		enum opx_status status = opx_tsa_serve(&server, &rq, err);
		FCGX_Finish_r(&rq);
		opx_arena_reset(tsa->arena);
		OPX_TRY(status);
	}
}

static enum opx_status run(struct tsa *tsa, bool is_check, struct opx_error *err)
{
	OPX_TRY(prepare(tsa, err));
	if (is_check)
		return OPX_OK;
	OPX_TRY(opx_guard_signals(&tsa->signal_fd, err));
	OPX_TRY(listen_on(tsa, err));
	opx_guard_lock_memory(&tsa->logger);
	OPX_TRY(opx_guard_close(err));
	OPX_LOG(&tsa->logger, OPX_INFO, "tsa.start", KV_I64("serial", tsa->serials.next));
	OPX_TRY(serve(tsa, err));
	OPX_LOG(&tsa->logger, OPX_INFO, "tsa.stop", KV_I64("serial", tsa->serials.next));
	return OPX_OK;
}

static void done(struct tsa *tsa)
{
	opx_responder_free(tsa->responder);
	X509_free(tsa->cert);
	EVP_PKEY_free(tsa->key);
	OPENSSL_cleanse(tsa->edge, sizeof(tsa->edge));
	opx_close_fdp(&tsa->state_fd);
	opx_close_fdp(&tsa->listen_fd);
	opx_close_fdp(&tsa->signal_fd);
	opx_arena_free(tsa->arena);
}

int main(int argc, char **argv)
{
	struct opx_error err = { .status = OPX_OK };
	struct tsa tsa = {
		.state_fd = -1, .listen_fd = -1, .signal_fd = -1, .logger = { .fd = 2, .process = "opx-tsa" }
	};
	tsa.logger.level = OPX_INFO;
	bool is_check = argc == 4 && strcmp(argv[3], "--check") == 0;
	bool is_help = argc == 2 && strcmp(argv[1], "--help") == 0;
	if ((argc != 3 && !is_check) || strcmp(argv[1], "--config") != 0) {
		(void)fprintf(is_help ? stdout : stderr, "usage: opx-tsa --config FILE [--check]\n");
		return is_help ? 0 : 2;
	}
	OPX_AUTO_CONFIG config = NULL;
	tsa.arena = opx_arena_new((size_t)1 << 20);
	enum opx_status status = opx_config_load(argv[2], &config, &err);
	tsa.config = config;
	if (status == OPX_OK) {
		tsa.logger.level = opx_config_log_level(config);
		status = opx_guard_early(&err);
	}
	if (status == OPX_OK)
		status = run(&tsa, is_check, &err);
	if (status != OPX_OK) {
		opx_log_error(&tsa.logger, OPX_ERROR, "tsa.failed", &err);
		(void)fprintf(stderr, "opx-tsa: %s\n", err.detail);
	}
	done(&tsa);
	return status == OPX_OK ? 0 : 1;
}
