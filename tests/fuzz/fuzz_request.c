/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_request.c: FastCGI parameters to a request, then its route, and the headers of tus. One parameter a line. */
#include "fuzz.h"

#include "http/request.h"
#include "http/router.h"
#include "http/tus.h"

#define EDGE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MAX_LINES 100

static enum opx_status handle(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)rq;
	(void)self;
	(void)err;
	return OPX_OK;
}

#define ROUTE(m, p)                                                                                      \
	{                                                                                                \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = OPX_RIGHT_PUBLIC, \
		.handle = handle                                                                         \
	}
static const struct opx_route routes[] = {
	ROUTE(OPX_GET, "/"),
	ROUTE(OPX_GET, "/dossiers/:dossier/depots/:numero"),
	ROUTE(OPX_POST, "/televersement/"),
	ROUTE(OPX_PATCH, "/televersement/:televersement"),
};

static void use_tus(struct opx_arena *arena, const struct opx_request *rq)
{
	struct opx_bytes value;
	struct opx_sha256 digest;
	int64_t number = 0;
	bool is_given = false;
	if (opx_tus_number(arena, rq->headers[OPX_HDR_UPLOAD_OFFSET], &number, NULL) == OPX_OK)
		FUZZ_CHECK(number >= 0);
	OPX_IGNORE(opx_tus_metadata(arena, rq->headers[OPX_HDR_UPLOAD_METADATA], "nom", &value, NULL));
	OPX_IGNORE(opx_tus_checksum(arena, rq->headers[OPX_HDR_UPLOAD_CHECKSUM], &is_given, &digest, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_request rq = { .arena = arena, .clock = &opx_clock_real };
	const char *params[MAX_LINES + 3] = { "OPX_EDGE=" EDGE, "OPX_VHOST=open" };
	size_t n_params = 2;
	char *text = opx_arena_alloc(arena, 1, n + 1);
	memcpy(text, data, n);
	for (char *line = text; line != NULL && n_params < MAX_LINES;) {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		params[n_params++] = line;
		line = end;
	}
	if (opx_request_parse(&rq, params, OPX_STR(EDGE), NULL) != OPX_OK)
		return 0;
	FUZZ_CHECK(rq.path.n > 0 && rq.path.n <= OPX_HTTP_MAX_PATH && rq.path.p[0] == '/');
	for (size_t i = 0; i < rq.n_segments; i++)
		FUZZ_CHECK(strlen(rq.segments[i].p) == rq.segments[i].n &&
			   strchr(rq.segments[i].p, '/') == NULL && strcmp(rq.segments[i].p, "..") != 0);
	struct opx_router *router = opx_router_new();
	struct opx_str allow;
	int64_t number = 0;
	for (size_t i = 0; i < OPX_COUNT(routes); i++)
		FUZZ_CHECK(opx_router_add(router, &routes[i], NULL, 0, NULL) == OPX_OK);
	if (opx_router_match(router, &rq, &allow) != NULL && rq.n_params > 0)
		OPX_IGNORE(opx_path_i64(&rq, rq.params[0].name, &number, NULL));
	opx_router_free(router);
	use_tus(arena, &rq);
	return 0;
}
