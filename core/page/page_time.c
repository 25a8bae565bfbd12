/* SPDX-License-Identifier: MPL-2.0 */
/* page_time.c: the dates and hours of page.h: by the clock of Paris, in the words of pages. */
#include "base/arena.h"
#include "html/date_fr.h"
#include "html/zone.h"
#include "page/page.h"
#include "page/words.h"

static struct opx_local local_of(const struct opx_page *page, struct opx_instant t)
{
	struct opx_local local;
	int32_t offset = 0;
	opx_zone_local(page->pages->zone, t, &local, &offset);
	return local;
}

static struct opx_str iso_of(const struct opx_page *page, struct opx_instant t)
{
	char text[OPX_TIME_CHARS + 1];
	opx_instant_format(t, text);
	return opx_str_copy(page->arena, text, OPX_TIME_CHARS);
}

struct view_time opx_page_day(const struct opx_page *page, struct opx_instant t)
{
	return (struct view_time){ .iso = iso_of(page, t),
				   .text = opx_fr_date_short(page->arena, local_of(page, t)) };
}

struct opx_str opx_page_short_date(const struct opx_page *page, struct opx_date d)
{
	const struct opx_local local = { .year = d.year, .month = d.month, .day = d.day };
	return opx_fr_date_short(page->arena, local);
}

void opx_page_calendar(const struct opx_page *page, struct opx_date d, struct opx_str *ret_weekday,
		       struct opx_str *ret_month)
{
	const struct opx_local local = { .year = d.year, .month = d.month, .day = d.day };
	*ret_weekday = opx_word_begin(page->arena, opx_fr_weekday(local));
	*ret_month = opx_fr_month(page->arena, local);
}

struct opx_str opx_page_full_day(const struct opx_page *page, struct opx_instant t)
{
	return opx_fr_date(page->arena, local_of(page, t));
}

struct view_time opx_page_hour(const struct opx_page *page, struct opx_instant t)
{
	return (struct view_time){ .iso = iso_of(page, t),
				   .text = opx_fr_hour(page->arena, local_of(page, t)) };
}

struct view_time opx_page_exact(const struct opx_page *page, struct opx_instant t)
{
	struct opx_local local = local_of(page, t);
	struct opx_str day = opx_fr_date_long(page->arena, local);
	return (struct view_time){ .iso = iso_of(page, t),
				   .text = opx_strf(page->arena, "%s à %s", day.p,
						    opx_fr_hour_s(page->arena, local).p) };
}

struct view_time opx_page_short(const struct opx_page *page, struct opx_instant t)
{
	struct opx_local local = local_of(page, t);
	return (struct view_time){ .iso = iso_of(page, t),
				   .text = opx_strf(page->arena, "%s à %s",
						    opx_fr_date_short(page->arena, local).p,
						    opx_fr_hour(page->arena, local).p) };
}

struct opx_str opx_page_date(const struct opx_page *page, struct opx_date d)
{
	const struct opx_local local = { .year = d.year, .month = d.month, .day = d.day };
	return opx_fr_date_long(page->arena, local);
}

struct opx_date opx_page_today(const struct opx_page *page)
{
	struct opx_local now = local_of(page, opx_now(page->c->clock));
	return (struct opx_date){ .year = (int16_t)now.year, .month = now.month, .day = now.day };
}

int64_t opx_page_days_until(const struct opx_page *page, struct opx_date d)
{
	return opx_date_days(d) - opx_date_days(opx_page_today(page));
}
