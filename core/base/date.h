/* SPDX-License-Identifier: MPL-2.0 */
/* date.h: instants (UTC, microseconds), civil days, and their texts; the clocks. No zone arithmetic: PostgreSQL does it. */
#ifndef OPX_BASE_DATE_H
#define OPX_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_instant {
	int64_t us; /* since 1970-01-01T00:00:00Z, no leap seconds */
};

struct opx_date {
	int16_t year;
	uint8_t month, day;
};

/* The clock is handed in, never taken, so that tests can hold it. */
struct opx_clock {
	struct opx_instant (*now)(const struct opx_clock *clock);
};
extern const struct opx_clock opx_clock_real;
static inline struct opx_instant opx_now(const struct opx_clock *clock)
{
	return clock->now(clock);
}

/* Milliseconds of a clock that nobody sets: how long something has taken or may still take. Says nothing of the time of day. */
int64_t opx_monotonic_ms(void);

#define OPX_TIME_CHARS 24
/* "2026-11-23T09:30:00.123Z" plus NUL (evidence-format 1.3); milliseconds are cut, not rounded. Years 0001-9999. */
void opx_instant_format(struct opx_instant t, char ret_text[OPX_TIME_CHARS + 1]);
/* Only that form, a real date of the Gregorian calendar, seconds 00 to 59. */
OPX_MUST_USE enum opx_status opx_instant_parse(struct opx_str text, struct opx_instant *ret,
					       struct opx_error *err);
/* Civil fields in UTC. */
void opx_instant_split(struct opx_instant t, struct opx_date *ret_date, int *ret_hour, int *ret_minute,
		       int *ret_second);
struct opx_instant opx_instant_make(struct opx_date d, int hour, int minute, int second);
/* Days since 1970-01-01; proleptic Gregorian. */
int64_t opx_date_days(struct opx_date d);
struct opx_date opx_date_from_days(int64_t days);
bool opx_date_is_real(int year, int month, int day);
/* "YYYY-MM-DD" */
void opx_date_format(struct opx_date d, char ret_text[11]);
OPX_MUST_USE enum opx_status opx_date_parse(struct opx_str text, struct opx_date *ret, struct opx_error *err);

#endif
