/* SPDX-License-Identifier: MPL-2.0 */
/* zone.c: a TZif reader (RFC 8536, version 2 and later): 64-bit transitions, then the footer's rule for what is after them. */
#include "html/zone.h"

#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define MAX_FILE 65536U
#define MAX_TRANSITIONS 4000U
#define UNREADABLE N_("Le fuseau horaire ne peut pas être lu.")

struct zone_rule { /* Mm.w.d/time of a POSIX TZ string */
	int month, week, day;
	int32_t seconds;
};

struct opx_zone {
	int64_t at[MAX_TRANSITIONS];
	int32_t offset[MAX_TRANSITIONS]; /* seconds east, from at[i] on */
	size_t n;
	int32_t first; /* before at[0] */
	bool has_rule;
	int32_t standard, summer;
	struct zone_rule begin, end;
};

static int32_t get32(const uint8_t *p)
{
	uint32_t be = 0;
	memcpy(&be, p, 4);
	return (int32_t)be32toh(be);
}

static int64_t get64(const uint8_t *p)
{
	uint64_t be = 0;
	memcpy(&be, p, 8);
	return (int64_t)be64toh(be);
}

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool read_counts(const uint8_t *p, size_t n, struct counts *ret)
{
	if (n < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	size_t *const out[] = { &ret->isut, &ret->isstd, &ret->leap, &ret->time, &ret->type, &ret->chars };
	for (size_t i = 0; i < OPX_COUNT(out); i++) {
		int32_t v = get32(p + 20 + 4 * i);
		if (v < 0 || (size_t)v > MAX_FILE)
			return false;
		*out[i] = (size_t)v;
	}
	return true;
}

static size_t body_size(const struct counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * 6 + c->chars + c->leap * (time_size + 4) + c->isstd +
	       c->isut;
}

/* A signed number at *p. */
static bool number(const char **p, int *ret)
{
	int sign = 1;
	if (**p == '-' || **p == '+')
		sign = *(*p)++ == '-' ? -1 : 1;
	if (**p < '0' || **p > '9')
		return false;
	int n = 0;
	while (**p >= '0' && **p <= '9' && n < 100000)
		n = n * 10 + (*(*p)++ - '0');
	*ret = sign * n;
	return true;
}

static bool hms(const char **p, int32_t *ret)
{
	int part[3] = { 0, 0, 0 };
	for (int i = 0; i < 3; i++) {
		if (!number(p, &part[i]))
			return false;
		if (**p != ':')
			break;
		(*p)++;
	}
	*ret = part[0] * 3600 + (part[0] < 0 ? -1 : 1) * (part[1] * 60 + part[2]);
	return true;
}

static bool zone_name(const char **p)
{
	if (**p == '<') {
		while (**p != '\0' && **p != '>')
			(*p)++;
		return *(*p)++ == '>';
	}
	const char *from = *p;
	while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
		(*p)++;
	return *p - from >= 3;
}

static bool month_rule(const char **p, struct zone_rule *ret)
{
	if ((*p)[0] != ',' || (*p)[1] != 'M')
		return false;
	*p += 2;
	ret->seconds = 7200;
	if (!number(p, &ret->month) || *(*p)++ != '.' || !number(p, &ret->week) || *(*p)++ != '.' ||
	    !number(p, &ret->day))
		return false;
	if (**p == '/') {
		(*p)++;
		if (!hms(p, &ret->seconds))
			return false;
	}
	return ret->month >= 1 && ret->month <= 12 && ret->week >= 1 && ret->week <= 5 && ret->day >= 0 &&
	       ret->day <= 6;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3", or without summer time. */
static bool read_footer(struct opx_zone *z, const char *p)
{
	int32_t west = 0;
	if (!zone_name(&p) || !hms(&p, &west))
		return false;
	z->standard = -west;
	z->summer = z->standard + 3600;
	if (*p == '\0')
		return true;
	if (!zone_name(&p))
		return false;
	if (*p != ',' && *p != '\0') {
		if (!hms(&p, &west))
			return false;
		z->summer = -west;
	}
	z->has_rule = month_rule(&p, &z->begin) && month_rule(&p, &z->end) && *p == '\0';
	return z->has_rule;
}

static bool read_table(struct opx_zone *z, const uint8_t *data, size_t n)
{
	struct counts c;
	if (!read_counts(data, n, &c))
		return false;
	size_t skip = 44 + body_size(&c, 4);
	if (skip > n || !read_counts(data + skip, n - skip, &c))
		return false;
	const uint8_t *p = data + skip + 44;
	size_t left = n - skip - 44;
	size_t body = body_size(&c, 8);
	if (body > left || c.time > MAX_TRANSITIONS || c.type == 0)
		return false;
	const uint8_t *index = p + 8 * c.time;
	const uint8_t *types = index + c.time;
	z->n = c.time;
	z->first = get32(types);
	for (size_t i = 0; i < c.time; i++) {
		if (index[i] >= c.type)
			return false;
		z->at[i] = get64(p + 8 * i);
		z->offset[i] = get32(types + 6 * (size_t)index[i]);
	}
	char footer[128];
	size_t n_footer = left - body;
	if (n_footer < 3 || n_footer > sizeof(footer) || p[body] != '\n' || p[left - 1] != '\n')
		return false;
	memcpy(footer, p + body + 1, n_footer - 2);
	footer[n_footer - 2] = '\0';
	return read_footer(z, footer);
}

enum opx_status opx_zone_load(const char *name, struct opx_zone **ret, struct opx_error *err)
{
	char path[128];
	int len = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	if (len < 0 || (size_t)len >= sizeof(path) || strstr(name, "..") != NULL)
		return OPX_FAIL(err, OPX_INVALID, UNREADABLE, "zone name");
	OPX_AUTO_FILE f = fopen(path, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNREADABLE, "%s: not found; is tzdata installed?", path);
	OPX_AUTO_FREE uint8_t *data = malloc(MAX_FILE);
	struct opx_zone *z = calloc(1, sizeof(*z));
	OPX_ASSERT(data != NULL && z != NULL);
	size_t n = fread(data, 1, MAX_FILE, f);
	if (!read_table(z, data, n)) {
		free(z);
		return OPX_FAIL(err, OPX_INVALID, UNREADABLE, "%s: not a time zone table", path);
	}
	*ret = z;
	return OPX_OK;
}

void opx_zone_free(struct opx_zone *zone)
{
	free(zone);
}

/* Seconds since 1970 of a rule in a year, in local standard seconds (without offset). */
static int64_t rule_second(const struct zone_rule *r, int16_t year)
{
	const struct opx_date first = { .year = year, .month = (uint8_t)r->month, .day = 1 };
	int64_t days = opx_date_days(first);
	int weekday = (int)((days % 7 + 11) % 7); /* 1970-01-01 was a Thursday: 4 */
	int64_t day = days + (r->day - weekday + 7) % 7 + (int64_t)(r->week - 1) * 7;
	const struct opx_date next = { .year = (int16_t)(r->month == 12 ? year + 1 : year),
				       .month = (uint8_t)(r->month == 12 ? 1 : r->month + 1),
				       .day = 1 };
	while (day >= opx_date_days(next))
		day -= 7;
	return day * 86400 + r->seconds;
}

static int32_t offset_by_rule(const struct opx_zone *z, int64_t s)
{
	if (!z->has_rule)
		return z->standard;
	struct opx_date d = opx_date_from_days((s + z->standard) / 86400);
	int64_t begin = rule_second(&z->begin, d.year) - z->standard;
	int64_t end = rule_second(&z->end, d.year) - z->summer;
	bool is_summer = begin < end ? s >= begin && s < end : s >= begin || s < end;
	return is_summer ? z->summer : z->standard;
}

void opx_zone_local(const struct opx_zone *zone, struct opx_instant t, struct opx_local *ret,
		    int32_t *ret_offset_min)
{
	int64_t s = t.us >= 0 ? t.us / 1000000 : -((-t.us + 999999) / 1000000);
	int32_t offset = zone->first;
	if (zone->n == 0 || s >= zone->at[zone->n - 1]) {
		offset = offset_by_rule(zone, s);
	} else if (s >= zone->at[0]) {
		size_t low = 0, high = zone->n - 1;
		while (high - low > 1) {
			size_t middle = (low + high) / 2;
			if (s >= zone->at[middle])
				low = middle;
			else
				high = middle;
		}
		offset = zone->offset[low];
	}
	struct opx_date d;
	int hour = 0, minute = 0, second = 0;
	opx_instant_split((struct opx_instant){ .us = (s + offset) * 1000000 }, &d, &hour, &minute, &second);
	*ret = (struct opx_local){ .year = d.year,
				   .month = d.month,
				   .day = d.day,
				   .hour = (uint8_t)hour,
				   .minute = (uint8_t)minute,
				   .second = (uint8_t)second };
	*ret_offset_min = offset / 60;
}
