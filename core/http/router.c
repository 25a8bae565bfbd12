/* SPDX-License-Identifier: MPL-2.0 */
/* router.c: a sorted-by-nothing table is fast enough: routes are few, segments are compared once each. */
#include "http/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MAX_ROUTES 256

struct entry {
	struct opx_routed routed;
	const char *segments[OPX_HTTP_MAX_SEGMENTS]; /* into the path; not NUL-ended */
	size_t lengths[OPX_HTTP_MAX_SEGMENTS];
	char *names[4]; /* of parameters, NUL-ended */
	size_t suffixes
		[OPX_HTTP_MAX_SEGMENTS]; /* of ":numero.pdf": length of the name with its ':', 0 when there is no suffix */
	size_t n_names;
	size_t n;
};

struct opx_router {
	struct entry entries[MAX_ROUTES];
	size_t n;
};

struct opx_router *opx_router_new(void)
{
	struct opx_router *router = calloc(1, sizeof(*router));
	OPX_ASSERT(router != NULL);
	return router;
}

static void drop_names(struct entry *e)
{
	for (size_t k = 0; k < e->n_names; k++)
		free(e->names[k]);
	e->n_names = 0;
}

void opx_router_free(struct opx_router *router)
{
	for (size_t i = 0; router != NULL && i < router->n; i++)
		drop_names(&router->entries[i]);
	free(router);
}

static bool same_shape(const struct entry *a, const struct entry *b)
{
	if (a->n != b->n || a->routed.route->method != b->routed.route->method)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		bool is_param = a->segments[i][0] == ':' && b->segments[i][0] == ':' && a->suffixes[i] == 0 &&
				b->suffixes[i] == 0;
		bool is_same = a->lengths[i] == b->lengths[i] &&
			       memcmp(a->segments[i], b->segments[i], a->lengths[i]) == 0;
		if (!is_param && !is_same)
			return false;
	}
	return true;
}

static bool split(struct entry *e, const char *path)
{
	if (path[0] != '/')
		return false;
	const char *p = path + 1;
	while (*p != '\0') {
		size_t n = strcspn(p, "/");
		if (n == 0 || e->n == OPX_HTTP_MAX_SEGMENTS)
			return false;
		if (p[0] == ':') {
			if (e->n_names == OPX_COUNT(e->names) || n < 2)
				return false;
			const char *dot = memchr(p, '.', n);
			size_t name = dot != NULL ? (size_t)(dot - p) : n;
			if (name < 2)
				return false;
			e->suffixes[e->n] = dot != NULL ? name : 0;
			e->names[e->n_names] = strndup(p + 1, name - 1);
			OPX_ASSERT(e->names[e->n_names] != NULL);
			e->n_names++;
		}
		e->segments[e->n] = p;
		e->lengths[e->n++] = n;
		p += n;
		if (*p == '/')
			p++;
	}
	return true;
}

enum opx_status opx_router_add(struct opx_router *router, const struct opx_route *route, void *self,
			       unsigned owner, struct opx_error *err)
{
	OPX_ASSERT(router->n < MAX_ROUTES);
	struct entry *e = &router->entries[router->n];
	*e = (struct entry){ .routed = { .route = route, .self = self, .owner = owner } };
	if (route->path == NULL || route->handle == NULL || route->right.kind == OPX_RIGHT_UNSET ||
	    (route->right.kind == OPX_RIGHT_IS_NAMED &&
	     (route->right.object == NULL || route->right.action == NULL)))
		return OPX_FAIL(err, OPX_INTERNAL, N_("Une page est mal déclarée."),
				"route %s has no right or no handler",
				route->path != NULL ? route->path : "?");
	if (!split(e, route->path)) {
		drop_names(e);
		return OPX_FAIL(err, OPX_INTERNAL, N_("Une page est mal déclarée."), "route %s: bad path",
				route->path);
	}
	for (size_t i = 0; i < router->n; i++)
		if (same_shape(&router->entries[i], e)) {
			drop_names(e);
			return OPX_FAIL(err, OPX_INTERNAL, N_("Une page est déclarée deux fois."),
					"route %s twice", route->path);
		}
	router->n++;
	return OPX_OK;
}

/* ":numero.pdf" takes "12.pdf": what stands before the suffix is the parameter. */
static bool has_suffix(const struct entry *e, size_t i, struct opx_str segment)
{
	size_t n = e->lengths[i] - e->suffixes[i];
	return segment.n > n && memcmp(segment.p + segment.n - n, e->segments[i] + e->suffixes[i], n) == 0;
}

static bool fits(const struct entry *e, const struct opx_request *rq, size_t *ret_literals)
{
	*ret_literals = 0;
	if (e->n != rq->n_segments)
		return false;
	for (size_t i = 0; i < e->n; i++) {
		if (e->segments[i][0] == ':' && e->suffixes[i] == 0)
			continue;
		if (e->segments[i][0] == ':') {
			if (!has_suffix(e, i, rq->segments[i]))
				return false;
			(*ret_literals)++;
			continue;
		}
		if (e->lengths[i] != rq->segments[i].n ||
		    memcmp(e->segments[i], rq->segments[i].p, e->lengths[i]) != 0)
			return false;
		(*ret_literals)++;
	}
	return true;
}

static void set_params(const struct entry *e, struct opx_request *rq)
{
	rq->n_params = 0;
	for (size_t i = 0; i < e->n; i++)
		if (e->segments[i][0] == ':') {
			struct opx_str value = rq->segments[i];
			if (e->suffixes[i] != 0)
				value = opx_str_copy(rq->arena, value.p,
						     value.n - (e->lengths[i] - e->suffixes[i]));
			rq->params[rq->n_params] =
				(struct opx_path_param){ .name = e->names[rq->n_params], .value = value };
			rq->n_params++;
		}
}

const struct opx_routed *opx_router_match(const struct opx_router *router, struct opx_request *rq,
					  struct opx_str *ret_allow)
{
	static const char *const names[] = { "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS" };
	const struct entry *best = NULL;
	size_t best_literals = 0;
	struct opx_buf allow;
	opx_buf_init(&allow, rq->arena, 200);
	for (size_t i = 0; i < router->n; i++) {
		const struct entry *e = &router->entries[i];
		size_t literals = 0;
		if (!fits(e, rq, &literals))
			continue;
		enum opx_method m = e->routed.route->method;
		opx_buf_printf(&allow, "%s%s", allow.n > 0 ? ", " : "", names[m]);
		bool is_method = m == rq->method || (rq->method == OPX_HEAD && m == OPX_GET);
		if (is_method && (best == NULL || literals > best_literals)) {
			best = e;
			best_literals = literals;
		}
	}
	*ret_allow = opx_buf_str(&allow);
	if (best == NULL)
		return NULL;
	set_params(best, rq);
	return &best->routed;
}
