/* SPDX-License-Identifier: MPL-2.0 */
/* anchors.c: the daily anchors of the global log (evidence-format 4.10; security 3.6); what is wrong is said of K6. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/num.h"
#include "evidence/leaf.h"
#include "verify.h"

#define LINES 10

static bool split_lines(struct opx_bytes data, struct opx_str ret[LINES])
{
	for (size_t i = 0; i < LINES; i++) {
		const uint8_t *lf = data.n > 0 ? memchr(data.p, '\n', data.n) : NULL;
		if (lf == NULL)
			return false;
		ret[i] = (struct opx_str){ .p = (const char *)data.p, .n = (size_t)(lf - data.p) };
		data.n -= ret[i].n + 1;
		data.p = lf + 1;
	}
	return data.n == 0;
}

static bool value(struct opx_str line, const char *prefix, struct opx_str *ret)
{
	size_t n = strlen(prefix);
	if (line.n < n || memcmp(line.p, prefix, n) != 0)
		return false;
	*ret = (struct opx_str){ .p = line.p + n, .n = line.n - n };
	return true;
}

/* "sha256:<64> sha512:<128>", or "none": zeros. */
static bool two_hashes(struct opx_str line, const char *prefix, bool may_be_none, struct opx_sha256 *ret)
{
	struct opx_str text;
	uint8_t sha512[64];
	if (!value(line, prefix, &text))
		return false;
	*ret = (struct opx_sha256){ .b = { 0 } };
	if (may_be_none && opx_str_is(text, "none"))
		return true;
	return text.n == 7 + 64 + 8 + 128 && opx_str_starts(text, "sha256:") &&
	       memcmp(text.p + 71, " sha512:", 8) == 0 &&
	       opx_sha256_unhex((struct opx_str){ .p = text.p + 7, .n = 64 }, ret, NULL) == OPX_OK &&
	       opx_unhex((struct opx_str){ .p = text.p + 79, .n = 128 }, sha512, 64, NULL) == OPX_OK;
}

static bool one_hash(struct opx_str line, const char *prefix, size_t n_digits)
{
	struct opx_str text;
	uint8_t bytes[64];
	return value(line, prefix, &text) && text.n == n_digits &&
	       opx_unhex(text, bytes, n_digits / 2, NULL) == OPX_OK;
}

/* "<origin> <size> <root>" */
static bool global_head(struct opx_arena *arena, struct opx_str line, struct anchor *ret)
{
	struct opx_str text;
	struct opx_bytes root = { .n = 0 };
	int64_t size = 0;
	if (!value(line, "global ", &text))
		return false;
	const char *first = memchr(text.p, ' ', text.n);
	const char *second = first != NULL ? memchr(first + 1, ' ', text.n - (size_t)(first + 1 - text.p))
					   : NULL;
	if (second == NULL ||
	    opx_origin_kind((struct opx_str){ .p = text.p, .n = (size_t)(first - text.p) }) != 'g' ||
	    opx_parse_i64((struct opx_str){ .p = first + 1, .n = (size_t)(second - first - 1) }, 0, INT64_MAX,
			  &size, NULL) != OPX_OK ||
	    opx_unbase64(arena,
			 (struct opx_str){ .p = second + 1, .n = text.n - (size_t)(second + 1 - text.p) },
			 &root, NULL) != OPX_OK ||
	    root.n != 32)
		return false;
	ret->size = (uint64_t)size;
	memcpy(ret->root.b, root.p, 32);
	return true;
}

static bool parse(struct opx_arena *arena, struct opx_bytes data, struct anchor *ret)
{
	struct opx_str l[LINES], date;
	struct opx_sha256 note;
	return split_lines(data, l) && opx_str_is(l[0], "opx-anchor/v1") && value(l[1], "date ", &date) &&
	       opx_date_parse(date, &ret->date, NULL) == OPX_OK && global_head(arena, l[2], ret) &&
	       two_hashes(l[3], "note ", false, &note) && one_hash(l[4], "tiles sha512:", 128) &&
	       two_hashes(l[5], "prev-token ", true, &ret->links[0]) &&
	       two_hashes(l[6], "month-token ", true, &ret->links[1]) &&
	       two_hashes(l[7], "year-token ", true, &ret->links[2]) &&
	       one_hash(l[8], "revocation sha256:", 64) && one_hash(l[9], "sw sha256:", 64);
}

static int by_date(const void *a, const void *b)
{
	int64_t x = opx_date_days(((const struct anchor *)a)->date),
		y = opx_date_days(((const struct anchor *)b)->date);
	return x < y ? -1 : x > y;
}

static void judge_token(struct verifier *v, const struct anchor *a, const char *tail, bool is_needed)
{
	const struct token *t = token_by_name(v, "%.*s%s", (int)a->name.n - 4, a->name.p, tail);
	const int64_t from = opx_date_days(a->date) * DAY_US;
	if (t == NULL) {
		if (is_needed)
			report_unsure(v->report, K6, "%s n’a pas de jeton", a->name.p);
		return;
	}
	if (t->t.judgment == OPX_JUDGED_BAD)
		report_failed(v->report, K6, "%s : %s", t->name.p, t->t.reason);
	else if (t->t.gen.us < from || t->t.gen.us > from + DAY_US + DAY_US / 2)
		report_failed(v->report, K6, "%s n’est pas du jour de l’ancre", t->name.p);
}

static struct opx_date month_before(struct opx_date d)
{
	int year = d.month == 1 ? d.year - 1 : d.year, month = d.month == 1 ? 12 : d.month - 1, day = d.day;
	while (!opx_date_is_real(year, month, day))
		day--;
	return (struct opx_date){ .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day };
}
static struct opx_date year_before(struct opx_date d)
{
	int day = opx_date_is_real(d.year - 1, d.month, d.day) ? d.day : 28;
	return (struct opx_date){ .year = (int16_t)(d.year - 1), .month = d.month, .day = (uint8_t)day };
}

/* A link to an anchor of the bundle names that anchor's first token. */
static void judge_link(struct verifier *v, const struct anchor *a, struct opx_date to,
		       const struct opx_sha256 *link)
{
	char text[11];
	opx_date_format(to, text);
	const struct token *t = token_by_name(v, "anchors/%s.tsr", text);
	if (t != NULL && memcmp(t->hash.b, link->b, sizeof(link->b)) != 0)
		report_failed(v->report, K6, "%s ne tient pas à l’ancre du %s", a->name.p, text);
}

static void judge_anchors(struct verifier *v)
{
	for (size_t i = 0; i < v->n_anchors; i++) {
		const struct anchor *a = &v->anchors[i];
		judge_token(v, a, ".tsr", true);
		judge_token(v, a, ".2.tsr", false);
		if (i > 0) {
			judge_link(v, a, v->anchors[i - 1].date, &a->links[0]);
			if (a->size < v->anchors[i - 1].size)
				report_failed(v->report, K6, "%s : le journal général a rétréci", a->name.p);
		}
		judge_link(v, a, month_before(a->date), &a->links[1]);
		judge_link(v, a, year_before(a->date), &a->links[2]);
	}
}

void anchors_load(struct verifier *v)
{
	v->anchors = OPX_NEW_N(v->arena, struct anchor, v->zip.n);
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		struct anchor *a = &v->anchors[v->n_anchors];
		char date[11];
		if (!opx_str_starts(e->name, "anchors/") || strcmp(e->name.p + e->name.n - 4, ".txt") != 0)
			continue;
		a->name = e->name;
		bool is_good = parse(v->arena, e->data, a);
		if (is_good)
			opx_date_format(a->date, date);
		if (!is_good || memcmp(date, e->name.p + 8, 10) != 0)
			report_failed(v->report, K6, "%s n’a pas la forme prévue", e->name.p);
		else
			v->n_anchors++;
	}
	qsort(v->anchors, v->n_anchors, sizeof(*v->anchors), by_date);
	judge_anchors(v);
}
