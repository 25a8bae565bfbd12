/* SPDX-License-Identifier: MPL-2.0 */
/* test_date.c: civil days and instants, and their one text each. */
#include "support/check_opx.h"

#include <signal.h>

#include "base/date.h"

static const struct {
	int year, month, day;
	int64_t days;
} days[] = {
	{ 1970, 1, 1, 0 },      { 1969, 12, 31, -1 },   { 2000, 2, 29, 11016 },
	{ 2000, 3, 1, 11017 },  { 2024, 2, 29, 19782 }, { 2026, 11, 23, 20780 },
	{ 1900, 3, 1, -25508 }, { 1, 1, 1, -719162 },   { 9999, 12, 31, 2932896 },
};

START_TEST(a_day_has_one_number_and_comes_back)
{
	const struct opx_date d = { .year = (int16_t)days[_i].year,
				    .month = (uint8_t)days[_i].month,
				    .day = (uint8_t)days[_i].day };
	ck_assert_int_eq(opx_date_days(d), days[_i].days);
	struct opx_date back = opx_date_from_days(days[_i].days);
	ck_assert_int_eq(back.year, d.year);
	ck_assert_int_eq(back.month, d.month);
	ck_assert_int_eq(back.day, d.day);
}
END_TEST

START_TEST(every_day_of_four_centuries_follows_the_one_before)
{
	struct opx_date before = opx_date_from_days(-146097);
	for (int64_t n = -146096; n <= 146097; n++) {
		struct opx_date d = opx_date_from_days(n);
		bool is_same_month = d.year == before.year && d.month == before.month;
		if (!opx_date_is_real(d.year, d.month, d.day) || opx_date_days(d) != n ||
		    (is_same_month ? d.day != before.day + 1 : d.day != 1))
			ck_abort_msg("day %" PRId64 " is %d-%u-%u", n, d.year, d.month, d.day);
		before = d;
	}
}
END_TEST

START_TEST(a_day_beyond_the_calendar_ends_the_process)
{
	(void)opx_date_from_days(INT64_MAX);
}
END_TEST

static const struct {
	const char *text;
	bool is_good;
} dates[] = {
	{ "2026-11-23", true },  { "2024-02-29", true },  { "2000-02-29", true },  { "0001-01-01", true },
	{ "9999-12-31", true },  { "2025-02-29", false }, { "1900-02-29", false }, { "2026-04-31", false },
	{ "2026-13-01", false }, { "2026-00-10", false }, { "2026-01-00", false }, { "0000-01-01", false },
	{ "2026-1-01", false },  { "26-01-01", false },   { "2026/01/01", false }, { "2026-01-01 ", false },
	{ "", false },           { "2026-01-0a", false }, { "+026-01-01", false }, { "2026-01-32", false },
};

START_TEST(a_date_is_ten_characters_of_the_calendar)
{
	struct opx_date d = { .year = 1 };
	enum opx_status status = opx_date_parse(opx_str_z(dates[_i].text), &d, NULL);
	ck_assert_status(status, dates[_i].is_good ? OPX_OK : OPX_INVALID);
	if (dates[_i].is_good) {
		char text[11];
		opx_date_format(d, text);
		ck_assert_str_eq(text, dates[_i].text);
	} else {
		ck_assert_int_eq(d.month, 0); /* untouched */
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t us; /* -1: refused */
} instants[] = {
	{ "1970-01-01T00:00:00.000Z", 0 },     { "2026-11-23T09:30:00.123Z", 1795426200123000 },
	{ "1969-12-31T23:59:59.999Z", -1000 }, { "2024-02-29T23:59:59.001Z", 1709251199001000 },
	{ "2026-11-23T24:00:00.000Z", -1 },    { "2026-11-23T23:60:00.000Z", -1 },
	{ "2026-12-31T23:59:60.000Z", -1 }, /* no leap second */
	{ "2025-02-29T00:00:00.000Z", -1 },    { "2026-11-23T09:30:00Z", -1 },
	{ "2026-11-23T09:30:00.1234Z", -1 },   { "2026-11-23T09:30:00.123+00:00", -1 },
	{ "2026-11-23 09:30:00.123Z", -1 },    { "2026-11-23t09:30:00.123z", -1 },
	{ "2026-11-23T9a:30:00.123Z", -1 },    { "", -1 },
};

START_TEST(an_instant_has_one_text)
{
	struct opx_instant t = { .us = 4711 };
	bool is_good = instants[_i].us != -1;
	ck_assert_status(opx_instant_parse(opx_str_z(instants[_i].text), &t, NULL),
			 is_good ? OPX_OK : OPX_INVALID);
	ck_assert_int_eq(t.us, is_good ? instants[_i].us : 4711);
	if (is_good) {
		char text[OPX_TIME_CHARS + 1];
		opx_instant_format(t, text);
		ck_assert_str_eq(text, instants[_i].text);
	}
}
END_TEST

static const struct {
	int64_t us;
	const char *text;
} cuts[] = {
	{ 1999, "1970-01-01T00:00:00.001Z" },     { 999999, "1970-01-01T00:00:00.999Z" },
	{ -1, "1969-12-31T23:59:59.999Z" },       { -1001, "1969-12-31T23:59:59.998Z" },
	{ -1000000, "1969-12-31T23:59:59.000Z" },
};

START_TEST(milliseconds_are_cut_and_never_rounded_into_the_next)
{
	char text[OPX_TIME_CHARS + 1];
	opx_instant_format((struct opx_instant){ .us = cuts[_i].us }, text);
	ck_assert_str_eq(text, cuts[_i].text);
}
END_TEST

START_TEST(the_clock_is_the_one_that_was_handed_in)
{
	struct opx_instant a = opx_now(&opx_clock_real), b = opx_now(&opx_clock_real);
	ck_assert_int_gt(a.us, opx_instant_make((struct opx_date){ 2026, 1, 1 }, 0, 0, 0).us);
	ck_assert_int_ge(b.us, a.us);
}
END_TEST

START_TEST(what_passes_is_counted_in_milliseconds)
{
	struct opx_instant first = opx_now(&opx_clock_real);
	int64_t began = opx_monotonic_ms();
	struct opx_instant since = opx_now(&opx_clock_real);
	while (opx_now(&opx_clock_real).us - since.us < 20000)
		;
	int64_t passed = opx_monotonic_ms() - began;
	ck_assert_int_ge(passed, 18); /* cut to the millisecond, and a clock that is being set runs apart */
	ck_assert_int_le(passed, (opx_now(&opx_clock_real).us - first.us) / 1000 + 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("date");
	TCase *tc = tcase_create("days");
	tcase_add_loop_test(tc, a_day_has_one_number_and_comes_back, 0, (int)OPX_COUNT(days));
	tcase_add_test(tc, every_day_of_four_centuries_follows_the_one_before);
	tcase_add_test_raise_signal(tc, a_day_beyond_the_calendar_ends_the_process, SIGABRT);
	tcase_add_loop_test(tc, a_date_is_ten_characters_of_the_calendar, 0, (int)OPX_COUNT(dates));
	suite_add_tcase(suite, tc);
	tc = tcase_create("instants");
	tcase_add_loop_test(tc, an_instant_has_one_text, 0, (int)OPX_COUNT(instants));
	tcase_add_loop_test(tc, milliseconds_are_cut_and_never_rounded_into_the_next, 0,
			    (int)OPX_COUNT(cuts));
	tcase_add_test(tc, the_clock_is_the_one_that_was_handed_in);
	tcase_add_test(tc, what_passes_is_counted_in_milliseconds);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
