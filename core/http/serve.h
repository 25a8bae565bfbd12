/* SPDX-License-Identifier: MPL-2.0 */
/* serve.h: the worker's loop over a FastCGI socket: one request at a time, until asked to stop. */
#ifndef OPX_HTTP_SERVE_H
#define OPX_HTTP_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "http/dispatch.h"

struct opx_http_server {
	int socket_fd;
	const struct opx_dispatcher *dispatcher;
	struct opx_str edge; /* 64 hex characters shared with nginx */
	uid_t peer; /* only this user may connect; (uid_t)-1: anybody whom the socket's mode lets in */
	const struct opx_logger *logger;
	const struct opx_clock *clock;
	int64_t max_requests; /* then the worker ends, to be replaced */
	unsigned alarm_s;     /* a request that lasts longer ends the worker */
	/* Told before and after each request; may be NULL. */
	void (*busy)(void *app, bool is_busy);
	void *app;
};

/* Serves until SIGTERM (after the current request) or max_requests. What waits in the queue at SIGTERM is served. */
OPX_MUST_USE enum opx_status opx_http_serve(const struct opx_http_server *server, struct opx_error *err);
/* A listening socket: 0660, owner and group as given (-1: unchanged), backlog 511. An old file of that name is replaced. */
OPX_MUST_USE enum opx_status opx_http_listen(const char *path, gid_t group, int *ret_fd,
					     struct opx_error *err);

#endif
