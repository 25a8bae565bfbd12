/* SPDX-License-Identifier: MPL-2.0 */
/* date_fr.c: see date_fr.h. Spaces inside are no-break (U+00A0), thousands are parted by U+202F. */
#include "html/date_fr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"

#define NB "\xc2\xa0"
#define NARROW "\xe2\x80\xaf"

static const char *const days[] = { "jeudi", "vendredi", "samedi", "dimanche", "lundi", "mardi", "mercredi" };
static const char *const months[] = { "janvier", "février", "mars",      "avril",   "mai",      "juin",
				      "juillet", "août",    "septembre", "octobre", "novembre", "décembre" };
static const char *const short_months[] = { "janv.", "févr.", "mars",  "avr.", "mai",  "juin",
					    "juil.", "août",  "sept.", "oct.", "nov.", "déc." };

struct opx_str opx_fr_weekday(struct opx_local t)
{
	const struct opx_date d = { .year = t.year, .month = t.month, .day = t.day };
	int64_t n = opx_date_days(d) % 7;
	return opx_str_z(days[n < 0 ? n + 7 : n]);
}

/* One date or hour being written; the longest has 40 bytes. Every row of a list has one: printf would cost more than the row. */
struct line {
	char p[64];
	size_t n;
};

static void add(struct line *line, const char *z)
{
	size_t n = strlen(z);
	OPX_ASSERT(n <= sizeof(line->p) - line->n);
	memcpy(line->p + line->n, z, n);
	line->n += n;
}

/* At least n digits. */
static void add_number(struct line *line, int v, int n)
{
	char digits[8];
	size_t at = sizeof(digits) - 1;
	OPX_ASSERT(v >= 0 && v <= 9999);
	digits[at] = '\0';
	for (; v > 0 || n > 0; v /= 10, n--)
		digits[--at] = (char)('0' + v % 10);
	add(line, digits + at);
}

static void add_day(struct line *line, struct opx_local t)
{
	add_number(line, t.day, 1);
	add(line, t.day == 1 ? "er" NB : NB);
}

static struct opx_str line_of(struct opx_arena *arena, const struct line *line)
{
	return opx_str_copy(arena, line->p, line->n);
}

struct opx_str opx_fr_month(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%s %d", months[t.month - 1], t.year);
}

struct opx_str opx_fr_date_long(struct opx_arena *arena, struct opx_local t)
{
	struct line line = { .n = 0 };
	add(&line, opx_fr_weekday(t).p);
	add(&line, " ");
	add_day(&line, t);
	add(&line, months[t.month - 1]);
	add(&line, " ");
	add_number(&line, t.year, 1);
	return line_of(arena, &line);
}

static struct opx_str date(struct opx_arena *arena, struct opx_local t, const char *month)
{
	struct line line = { .n = 0 };
	add_day(&line, t);
	add(&line, month);
	add(&line, NB);
	add_number(&line, t.year, 1);
	return line_of(arena, &line);
}

struct opx_str opx_fr_date(struct opx_arena *arena, struct opx_local t)
{
	return date(arena, t, months[t.month - 1]);
}

struct opx_str opx_fr_date_short(struct opx_arena *arena, struct opx_local t)
{
	return date(arena, t, short_months[t.month - 1]);
}

struct opx_str opx_fr_hour(struct opx_arena *arena, struct opx_local t)
{
	struct line line = { .n = 0 };
	add_number(&line, t.hour, 1);
	add(&line, NB "h" NB);
	add_number(&line, t.minute, 2);
	return line_of(arena, &line);
}

struct opx_str opx_fr_hour_s(struct opx_arena *arena, struct opx_local t)
{
	struct line line = { .n = 0 };
	add_number(&line, t.hour, 1);
	add(&line, NB "h" NB);
	add_number(&line, t.minute, 2);
	add(&line, NB "min" NB);
	add_number(&line, t.second, 2);
	add(&line, NB "s");
	return line_of(arena, &line);
}

struct opx_str opx_fr_number(struct opx_arena *arena, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 64);
	for (int i = 0; i < len; i++) {
		int left = len - i;
		if (i > 0 && left % 3 == 0 && digits[i - 1] != '-')
			opx_buf_puts(&buf, NARROW);
		opx_buf_putc(&buf, digits[i]);
	}
	return opx_buf_str(&buf);
}

struct opx_str opx_fr_size(struct opx_arena *arena, int64_t bytes)
{
	static const char *const units[] = { "o", "Ko", "Mo", "Go", "To" };
	if (bytes < 1000)
		return opx_strf(arena, "%" PRId64 NB "o", bytes);
	size_t unit = 1;
	int64_t scale = 1000;
	while (bytes >= scale * 1000 - scale / 2 && unit + 1 < OPX_COUNT(units)) { /* 999.5 Ko are 1 Mo */
		scale *= 1000;
		unit++;
	}
	const int64_t tenths = (bytes + scale / 20) / (scale / 10);
	if (tenths < 100 && tenths % 10 != 0)
		return opx_strf(arena, "%" PRId64 ",%" PRId64 NB "%s", tenths / 10, tenths % 10, units[unit]);
	return opx_strf(arena, "%" PRId64 NB "%s", (bytes + scale / 2) / scale, units[unit]);
}
