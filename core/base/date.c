/* SPDX-License-Identifier: MPL-2.0 */
/* date.c: see date.h. Days are counted as in Howard Hinnant's civil calendar notes. */
#include "base/date.h"

#include <string.h>
#include <time.h>

#define DAY_US ((int64_t)86400 * 1000000)

static struct opx_instant now_real(const struct opx_clock *clock)
{
	(void)clock;
	struct timespec ts;
	OPX_ASSERT(clock_gettime(CLOCK_REALTIME, &ts) == 0);
	return (struct opx_instant){ .us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 };
}

const struct opx_clock opx_clock_real = { .now = now_real };

int64_t opx_monotonic_ms(void)
{
	struct timespec ts;
	OPX_ASSERT(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t opx_date_days(struct opx_date d)
{
	int64_t y = d.year - (d.month <= 2 ? 1 : 0);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

struct opx_date opx_date_from_days(int64_t days)
{
	OPX_ASSERT(days >= -12687794 && days <= 11248737); /* the years that int16_t holds */
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;
	int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
	return (struct opx_date){ .year = (int16_t)year,
				  .month = (uint8_t)month,
				  .day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1) };
}

bool opx_date_is_real(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

void opx_instant_split(struct opx_instant t, struct opx_date *ret_date, int *ret_hour, int *ret_minute,
		       int *ret_second)
{
	int64_t days = t.us / DAY_US;
	int64_t rest = t.us % DAY_US;
	if (rest < 0) {
		rest += DAY_US;
		days--;
	}
	int64_t s = rest / 1000000;
	*ret_date = opx_date_from_days(days);
	*ret_hour = (int)(s / 3600);
	*ret_minute = (int)(s / 60 % 60);
	*ret_second = (int)(s % 60);
}

struct opx_instant opx_instant_make(struct opx_date d, int hour, int minute, int second)
{
	return (struct opx_instant){ .us = opx_date_days(d) * DAY_US +
					   ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000000 };
}

/* The last n digits of v. Every row of every list has instants: printf would be most of what a page costs. */
static void put_digits(char *to, size_t n, uint32_t v)
{
	for (size_t i = n; i > 0; i--, v /= 10)
		to[i - 1] = (char)('0' + v % 10);
}

void opx_instant_format(struct opx_instant t, char ret_text[OPX_TIME_CHARS + 1])
{
	struct opx_date d;
	int h = 0, m = 0, s = 0;
	opx_instant_split(t, &d, &h, &m, &s);
	int64_t ms = t.us / 1000 % 1000;
	if (t.us % 1000000 < 0)
		ms = (1000000 + t.us % 1000000) / 1000;
	opx_date_format(d, ret_text);
	memcpy(ret_text + 10, "T00:00:00.000Z", 15);
	put_digits(ret_text + 11, 2, (uint32_t)h);
	put_digits(ret_text + 14, 2, (uint32_t)m);
	put_digits(ret_text + 17, 2, (uint32_t)s);
	put_digits(ret_text + 20, 3, (uint32_t)ms);
}

/* n digits at text.p + at, or -1. */
static int digits(struct opx_str text, size_t at, size_t n)
{
	int v = 0;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		v = v * 10 + (text.p[i] - '0');
	}
	return v;
}

static bool has_shape(struct opx_str text, const char *shape)
{
	for (size_t i = 0; shape[i] != '\0'; i++) {
		bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';
		if (shape[i] == '0' ? !is_digit : text.p[i] != shape[i])
			return false;
	}
	return true;
}

enum opx_status opx_date_parse(struct opx_str text, struct opx_date *ret, struct opx_error *err)
{
	if (text.n != 10 || !has_shape(text, "0000-00-00") ||
	    !opx_date_is_real(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)))
		return OPX_FAIL(err, OPX_INVALID, N_("Cette date n’est pas lisible : année, mois, jour."),
				"not a date");
	*ret = (struct opx_date){ .year = (int16_t)digits(text, 0, 4),
				  .month = (uint8_t)digits(text, 5, 2),
				  .day = (uint8_t)digits(text, 8, 2) };
	return OPX_OK;
}

enum opx_status opx_instant_parse(struct opx_str text, struct opx_instant *ret, struct opx_error *err)
{
	struct opx_date d;
	bool is_good = text.n == OPX_TIME_CHARS && has_shape(text, "0000-00-00T00:00:00.000Z") &&
		       opx_date_parse((struct opx_str){ .p = text.p, .n = 10 }, &d, NULL) == OPX_OK &&
		       digits(text, 11, 2) <= 23 && digits(text, 14, 2) <= 59 && digits(text, 17, 2) <= 59;
	if (!is_good)
		return OPX_FAIL(err, OPX_INVALID, N_("Cet instant n’est pas lisible."), "not an instant");
	*ret = opx_instant_make(d, digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2));
	ret->us += (int64_t)digits(text, 20, 3) * 1000;
	return OPX_OK;
}

void opx_date_format(struct opx_date d, char ret_text[11])
{
	OPX_ASSERT(opx_date_is_real(d.year, d.month, d.day));
	memcpy(ret_text, "0000-00-00", 11);
	put_digits(ret_text, 4, (uint32_t)d.year);
	put_digits(ret_text + 5, 2, d.month);
	put_digits(ret_text + 8, 2, d.day);
}
