/* SPDX-License-Identifier: MPL-2.0 */
/* serve.c: see serve.h. libfcgi's one process, one request at a time. */
#include "http/serve.h"

#include <errno.h>
#include <fcgiapp.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buf.h"
#include "http/record.h"
#include "http/response.h"

#define BACKLOG 511
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define HEAD_BYTES 16384U
#define IDLE_MS 1000

static int64_t body_read(struct opx_body *body, void *buf, size_t n)
{
	FCGX_Stream *in = body->source;
	if ((int64_t)n > body->left)
		n = (size_t)body->left;
	if (n > 1U << 20U)
		n = 1U << 20U;
	int got = FCGX_GetStr(buf, (int)n, in);
	if (got <= 0)
		return body->left > 0 ? -1 : 0;
	body->left -= got;
	return got;
}

/* Only nginx's user may speak to us (T05). */
static bool peer_is_right(const struct opx_http_server *server, int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	if (server->peer == (uid_t)-1)
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == server->peer;
}

/* What nginx is told, to the end of its request: libfcgi has nothing left to say. */
static void send_answer(const struct opx_http_server *server, struct opx_request *rq, FCGX_Request *fcgi)
{
	struct opx_buf buf;
	opx_buf_init(&buf, rq->arena, HEAD_BYTES);
	opx_response_head(rq, server->dispatcher->hsts_s, &buf);
	OPX_ASSERT(!buf.is_full);
	const struct opx_bytes head = opx_buf_bytes(&buf);
	struct opx_bytes body = rq->response.body;
	if (rq->method == OPX_HEAD)
		body.n = 0;
	/* When nginx went away nobody is left to tell. */
	(void)opx_record_write(fcgi->ipcFd, fcgi->requestId, head, body);
}

static void answer_one(const struct opx_http_server *server, struct opx_arena *arena, FCGX_Request *fcgi)
{
	struct opx_error err = { .status = OPX_OK };
	struct opx_request *rq = OPX_NEW(arena, struct opx_request);
	rq->arena = arena;
	rq->logger = *server->logger;
	rq->clock = server->clock;
	rq->at = opx_now(server->clock);
	rq->body = (struct opx_body){ .read = body_read, .source = fcgi->in };
	enum opx_status status = OPX_OK;
	if (!peer_is_right(server, fcgi->ipcFd))
		status = OPX_FAIL(&err, OPX_FORBIDDEN, "", "peer is not nginx");
	if (status == OPX_OK)
		status = opx_request_parse(rq, (const char *const *)fcgi->envp, server->edge, &err);
	if (status == OPX_OK) {
		opx_dispatch(server->dispatcher, rq);
	} else {
		opx_log_error(&rq->logger, OPX_WARN, "http.refused", &err);
		int code = status == OPX_NOT_FOUND ? 404 : status == OPX_FORBIDDEN ? 403 : 400;
		server->dispatcher->hooks->fault(server->dispatcher->app, rq, code, &err);
	}
	send_answer(server, rq, fcgi);
	/* Nobody writes to us after the last byte of a request without a body: the connection is closed at once, and a worker does
	 * not wait for nginx to close its side. */
	if (rq->content_length == 0)
		(void)FCGX_Detach(fcgi);
}

/* Set by the handler below; a signal handler has nothing else to write to. */
static volatile sig_atomic_t is_stopping; /* lint: allow writable global because a signal handler sets it */

static void on_term(int signo)
{
	(void)signo;
	is_stopping = 1;
}

static void set_signals(void)
{
	struct sigaction sa = { .sa_handler = on_term };
	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGTERM, &sa, NULL); /* without SA_RESTART: accept and poll are left */
	(void)sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGALRM, &sa, NULL);
}

/* Waits until somebody may be in the queue. Of all the workers that wait, the kernel wakes one (EPOLLEXCLUSIVE); poll would wake
 * each of them for every request. Should the one that was woken die, another looks after a second. */
static bool has_waiting(int queue, int epoll, int timeout_ms)
{
	struct epoll_event event;
	struct pollfd p = { .fd = queue, .events = POLLIN };
	if (timeout_ms > 0 && epoll_wait(epoll, &event, 1, timeout_ms) > 0)
		return true;
	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0;
}

static void serve_one(const struct opx_http_server *server, struct opx_arena *arena, FCGX_Request *fcgi)
{
	if (server->busy != NULL)
		server->busy(server->app, true);
	(void)alarm(server->alarm_s);
	answer_one(server, arena, fcgi);
	FCGX_Free(fcgi, 1);
	(void)alarm(0);
	opx_arena_reset(arena);
	if (server->busy != NULL)
		server->busy(server->app, false);
}

enum opx_status opx_http_serve(const struct opx_http_server *server, struct opx_error *err)
{
	FCGX_Request fcgi;
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	OPX_AUTO_FD epoll = epoll_create1(EPOLL_CLOEXEC);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, server->socket_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "libfcgi cannot start");
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, server->socket_fd, &wanted) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "epoll: %s", strerror(errno));
	set_signals(); /* after FCGX_Init, which sets its own */
	OPX_AUTO_ARENA arena = opx_arena_new(ARENA_BYTES);
	for (int64_t served = 0; served < server->max_requests;) {
		if (!has_waiting(server->socket_fd, epoll, is_stopping != 0 ? 0 : IDLE_MS)) {
			if (is_stopping != 0)
				break; /* the queue is empty: nobody is left behind */
			continue;
		}
		int rc = FCGX_Accept_r(&fcgi);
		if (rc == -EAGAIN && is_stopping != 0)
			break; /* the queue is empty; a socket that the master has shut always looks as if somebody waited */
		if (rc != 0)
			continue; /* another worker was faster, or a signal came */
		serve_one(server, arena, &fcgi);
		served++;
	}
	FCGX_Free(&fcgi, 1);
	return OPX_OK;
}

enum opx_status opx_http_listen(const char *path, gid_t group, int *ret_fd, struct opx_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path))
		return OPX_FAIL(err, OPX_INVALID, "", "socket path of %zu bytes: at most %zu", strlen(path),
				sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	OPX_AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "socket: %s", strerror(errno));
	if (unlink(path) != 0 && errno != ENOENT)
		return OPX_FAIL(err, OPX_INTERNAL, "", "%s: the former socket stays: %s", path,
				strerror(errno));
	mode_t former = umask(0117);
	int rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(former);
	if (rc != 0 || (group != (gid_t)-1 && chown(path, (uid_t)-1, group) != 0) || chmod(path, 0660) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "%s: %s", path, strerror(errno));
	*ret_fd = opx_take_fd(&fd);
	return OPX_OK;
}
