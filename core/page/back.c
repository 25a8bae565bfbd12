/* SPDX-License-Identifier: MPL-2.0 */
/* back.c: see back.h. */
#include "page/back.h"

#include <string.h>

#include "base/arena.h"
#include "http/request.h"
#include "http/response.h"
#include "plugin/site.h"

#define MAX_BYTES 200
#define LIFE_S 1800

/* The first words of the addresses that ask who one is, and how many words name the page that their forms and files stand on. */
static const struct {
	const char *word;
	size_t n_words;
} areas[] = {
	{ "dossiers", 2 }, { "documents", 2 }, { "depot", 2 },
	{ "profil", 1 },   { "admin", 2 },     { "invitation", 2 },
};

/* Forms whose address is that of their own page. */
static const char *const own_pages[] = { "nouveau", "participants", "lettre", "verification" };

static bool is_one_of(struct opx_str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(word, list[i]))
			return true;
	return false;
}

/* Small letters, digits, hyphens and single slashes: nothing that could name another host or climb. */
static bool is_plain(struct opx_str path)
{
	if (path.n < 2 || path.n > MAX_BYTES || path.p[0] != '/')
		return false;
	for (size_t i = 1; i < path.n; i++) {
		char c = path.p[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
		if (!is_word && (c != '/' || path.p[i - 1] == '/'))
			return false;
	}
	return true;
}

static struct opx_str first_words(struct opx_arena *arena, struct opx_str path, size_t n_words)
{
	size_t at = 1;
	for (size_t left = n_words; at < path.n && left > 0; at++)
		if (path.p[at] == '/' && --left == 0)
			break;
	return opx_str_copy(arena, path.p, at);
}

static size_t area_of(struct opx_str path)
{
	size_t i = 0;
	for (; i < OPX_COUNT(areas); i++) {
		size_t n = strlen(areas[i].word);
		if (path.n > n && memcmp(path.p + 1, areas[i].word, n) == 0 &&
		    (path.n == n + 1 || path.p[n + 1] == '/'))
			return i;
	}
	return i;
}

struct opx_str opx_back_page(struct opx_request *rq)
{
	size_t i = area_of(rq->path);
	if (i == OPX_COUNT(areas) || rq->n_segments == 0)
		return OPX_STR("");
	struct opx_str last = rq->segments[rq->n_segments - 1];
	bool is_file = opx_str_is(last, "fichier") || memchr(last.p, '.', last.n) != NULL;
	bool is_form = rq->method == OPX_POST && !opx_str_is(rq->segments[0], "depot") &&
		       !is_one_of(last, own_pages, OPX_COUNT(own_pages));
	struct opx_str page = is_file || is_form ? first_words(rq->arena, rq->path, areas[i].n_words)
						 : rq->path;
	return is_plain(page) ? page : OPX_STR("");
}

static struct opx_str name_of(struct opx_request *rq, const struct opx_site *site)
{
	return opx_strf(rq->arena, "%s-retour", site->cookie.p);
}

void opx_back_keep(struct opx_request *rq, const struct opx_site *site)
{
	struct opx_str page = opx_back_page(rq);
	if (page.n > 0)
		opx_respond_cookie(rq, name_of(rq, site), page, LIFE_S);
}

struct opx_str opx_back_find(struct opx_request *rq, const struct opx_site *site)
{
	struct opx_bytes cookie = opx_request_cookie(rq, name_of(rq, site));
	if (cookie.n == 0 || cookie.n > MAX_BYTES)
		return OPX_STR("");
	struct opx_str path = opx_str_copy(rq->arena, (const char *)cookie.p, cookie.n);
	return is_plain(path) && area_of(path) < OPX_COUNT(areas) ? path : OPX_STR("");
}

void opx_back_forget(struct opx_request *rq, const struct opx_site *site)
{
	if (opx_request_cookie(rq, name_of(rq, site)).n > 0)
		opx_respond_cookie(rq, name_of(rq, site), OPX_STR(""), 0);
}
