/* SPDX-License-Identifier: MPL-2.0 */
/* date_fr.c: see date_fr.h. Spaces inside are no-break (U+00A0), thousands are parted by U+202F. */
#include "html/date_fr.h"

#include <inttypes.h>
#include <stdio.h>

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

/* The first of a month is "1er". */
static const char *first(uint8_t day)
{
	return day == 1 ? "er" : "";
}

struct opx_str opx_fr_weekday(struct opx_local t)
{
	const struct opx_date d = { .year = t.year, .month = t.month, .day = t.day };
	int64_t n = opx_date_days(d) % 7;
	return opx_str_z(days[n < 0 ? n + 7 : n]);
}

struct opx_str opx_fr_month(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%s %d", months[t.month - 1], t.year);
}

struct opx_str opx_fr_date_long(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%s %u%s" NB "%s %d", opx_fr_weekday(t).p, t.day, first(t.day),
			months[t.month - 1], t.year);
}

struct opx_str opx_fr_date(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%u%s" NB "%s" NB "%d", t.day, first(t.day), months[t.month - 1], t.year);
}

struct opx_str opx_fr_date_short(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%u%s" NB "%s" NB "%d", t.day, first(t.day), short_months[t.month - 1],
			t.year);
}

struct opx_str opx_fr_hour(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%u" NB "h" NB "%02u", t.hour, t.minute);
}

struct opx_str opx_fr_hour_s(struct opx_arena *arena, struct opx_local t)
{
	return opx_strf(arena, "%u" NB "h" NB "%02u" NB "min" NB "%02u" NB "s", t.hour, t.minute, t.second);
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
