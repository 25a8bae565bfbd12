/* SPDX-License-Identifier: MPL-2.0 */
/* serve.h: one FastCGI request of the authority: what HTTP asks of it (method, type, length), then the responder. */
#ifndef OPX_TSA_SERVE_H
#define OPX_TSA_SERVE_H

#include <fcgiapp.h>

#include "base/error.h"
#include "base/log.h"

struct opx_arena;
struct opx_responder;

struct opx_tsa_server {
	struct opx_responder *responder;
	const struct opx_logger *logger;
	struct opx_arena *arena;
	const char *edge; /* 64 hexadecimal characters that only nginx knows */
};

/* Answers it. Only what ends the process is an error. */
OPX_MUST_USE enum opx_status opx_tsa_serve(const struct opx_tsa_server *server, FCGX_Request *rq,
					   struct opx_error *err);

#endif
