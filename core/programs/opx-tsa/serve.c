/* SPDX-License-Identifier: MPL-2.0 */
/* serve.c: see serve.h. */
#include "serve.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/num.h"
#include "responder.h"

static const char *param(const FCGX_Request *rq, const char *name)
{
	const char *value = FCGX_GetParam(name, rq->envp);
	return value != NULL ? value : "";
}

/* Headers and an empty body. extra is a header line with CR LF, or "". */
static void refuse(const struct opx_tsa_server *server, FCGX_Request *rq, int code, const char *words,
		   const char *extra)
{
	(void)FCGX_FPrintF(rq->out,
			   "Status: %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\n"
			   "Cache-Control: no-store\r\n\r\n%s\n",
			   code, words, extra, words);
	OPX_LOG(server->logger, OPX_WARN, "tsa.refused", KV_I64("code", code), KV_Z("reason", words));
}

/* The media type without its parameters. */
static bool is_query_type(const char *type)
{
	static const char wanted[] = "application/timestamp-query";
	size_t n = sizeof(wanted) - 1;
	return strncasecmp(type, wanted, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static bool is_from_nginx(const struct opx_tsa_server *server, const FCGX_Request *rq)
{
	const char *edge = param(rq, "OPX_EDGE");
	return strlen(edge) == strlen(server->edge) &&
	       opx_secret_eq(edge, server->edge, strlen(server->edge));
}

static enum opx_status answer(const struct opx_tsa_server *server, FCGX_Request *rq, struct opx_bytes request,
			      struct opx_error *err)
{
	struct opx_bytes der;
	const char *reason;
	OPX_TRY(opx_responder_answer(server->responder, request, server->arena, &der, &reason, err));
	(void)FCGX_FPrintF(
		rq->out,
		"Status: 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: %d\r\n"
		"Cache-Control: no-store\r\n\r\n",
		(int)der.n);
	(void)FCGX_PutStr((const char *)der.p, (int)der.n, rq->out);
	if (reason == NULL)
		OPX_LOG(server->logger, OPX_DEBUG, "tsa.token", KV_I64("bytes", (int64_t)der.n));
	else if (strcmp(reason, "timeNotAvailable") == 0)
		opx_log_error(server->logger, OPX_ERROR, "tsa.time_not_available",
			      opx_responder_time_error(server->responder));
	else
		OPX_LOG(server->logger, OPX_WARN, "tsa.refused", KV_I64("code", 200), KV_Z("reason", reason));
	return OPX_OK;
}

enum opx_status opx_tsa_serve(const struct opx_tsa_server *server, FCGX_Request *rq, struct opx_error *err)
{
	int64_t length;
	struct opx_logger logger = *server->logger;
	struct opx_tsa_server one = *server;
	logger.request_id =
		opx_str_scrub(server->arena, opx_bytes_of(opx_str_z(param(rq, "REQUEST_ID"))), 64);
	one.logger = &logger;
	if (!is_from_nginx(server, rq)) {
		refuse(&one, rq, 403, "Forbidden", "");
		return OPX_OK;
	}
	if (strcmp(param(rq, "REQUEST_METHOD"), "POST") != 0) {
		refuse(&one, rq, 405, "Method Not Allowed", "Allow: POST\r\n");
		return OPX_OK;
	}
	if (!is_query_type(param(rq, "CONTENT_TYPE"))) {
		refuse(&one, rq, 415, "Unsupported Media Type", "");
		return OPX_OK;
	}
	if (opx_parse_i64(opx_str_z(param(rq, "CONTENT_LENGTH")), 1, INT32_MAX, &length, NULL) != OPX_OK) {
		refuse(&one, rq, 411, "Length Required", "");
		return OPX_OK;
	}
	if (length > (int64_t)OPX_TSA_MAX_REQUEST) {
		refuse(&one, rq, 413, "Content Too Large", "");
		return OPX_OK;
	}
	char *body = opx_arena_alloc(server->arena, OPX_TSA_MAX_REQUEST, 1);
	int n = FCGX_GetStr(body, (int)length, rq->in);
	if (n != (int)length) {
		refuse(&one, rq, 400, "Bad Request", "");
		return OPX_OK;
	}
	return answer(&one, rq, (struct opx_bytes){ .p = (const uint8_t *)body, .n = (size_t)n }, err);
}
