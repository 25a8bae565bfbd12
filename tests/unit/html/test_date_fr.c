/* SPDX-License-Identifier: MPL-2.0 */
/* test_date_fr.c: dates, hours, numbers and sizes as a French reader expects them. Spaces inside never break. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "html/date_fr.h"

#define NB "\xc2\xa0"
#define NARROW "\xe2\x80\xaf"

static const struct {
	struct opx_local t;
	const char *full, *brief, *hour, *second;
} times[] = {
	{ { 2026, 12, 4, 18, 42, 7 },
	  "vendredi 4" NB "décembre 2026",
	  "4" NB "déc." NB "2026",
	  "18" NB "h" NB "42",
	  "18" NB "h" NB "42" NB "min" NB "07" NB "s" },
	{ { 2026, 11, 1, 0, 0, 0 },
	  "dimanche 1er" NB "novembre 2026",
	  "1er" NB "nov." NB "2026",
	  "0" NB "h" NB "00",
	  "0" NB "h" NB "00" NB "min" NB "00" NB "s" },
	{ { 2024, 2, 29, 9, 5, 59 },
	  "jeudi 29" NB "février 2024",
	  "29" NB "févr." NB "2024",
	  "9" NB "h" NB "05",
	  "9" NB "h" NB "05" NB "min" NB "59" NB "s" },
	{ { 2026, 5, 31, 23, 59, 1 },
	  "dimanche 31" NB "mai 2026",
	  "31" NB "mai" NB "2026",
	  "23" NB "h" NB "59",
	  "23" NB "h" NB "59" NB "min" NB "01" NB "s" },
	{ { 1970, 1, 1, 1, 2, 3 },
	  "jeudi 1er" NB "janvier 1970",
	  "1er" NB "janv." NB "1970",
	  "1" NB "h" NB "02",
	  "1" NB "h" NB "02" NB "min" NB "03" NB "s" },
	{ { 1969, 8, 11, 1, 2, 3 },
	  "lundi 11" NB "août 1969",
	  "11" NB "août" NB "1969",
	  "1" NB "h" NB "02",
	  "1" NB "h" NB "02" NB "min" NB "03" NB "s" },
};

START_TEST(a_day_and_an_hour_are_written_as_people_write_them)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_fr_date_long(arena, times[_i].t), times[_i].full);
	ck_assert_str(opx_fr_date_short(arena, times[_i].t), times[_i].brief);
	ck_assert_str(opx_fr_hour(arena, times[_i].t), times[_i].hour);
	ck_assert_str(opx_fr_hour_s(arena, times[_i].t), times[_i].second);
}
END_TEST

static const struct {
	int64_t n;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1" NARROW "000" },
	{ 12345, "12" NARROW "345" },
	{ 1234567, "1" NARROW "234" NARROW "567" },
	{ -5, "-5" },
	{ -999, "-999" },
	{ -1000, "-1" NARROW "000" },
	{ INT64_MAX, "9" NARROW "223" NARROW "372" NARROW "036" NARROW "854" NARROW "775" NARROW "807" },
	{ INT64_MIN, "-9" NARROW "223" NARROW "372" NARROW "036" NARROW "854" NARROW "775" NARROW "808" },
};

START_TEST(thousands_are_parted_by_a_narrow_space)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_fr_number(arena, numbers[_i].n), numbers[_i].text);
}
END_TEST

static const struct {
	int64_t bytes;
	const char *text;
} sizes[] = {
	{ 0, "0" NB "o" },           { 999, "999" NB "o" },
	{ 1000, "1" NB "Ko" },       { 1234, "1,2" NB "Ko" },
	{ 9949, "9,9" NB "Ko" },     { 9950, "10" NB "Ko" },
	{ 412000, "412" NB "Ko" },   { 999499, "999" NB "Ko" },
	{ 999999, "1" NB "Mo" },     { 1200000, "1,2" NB "Mo" },
	{ 29360128, "29" NB "Mo" },  { 209715200, "210" NB "Mo" },
	{ 5000000000, "5" NB "Go" }, { 1500000000000, "1,5" NB "To" },
};

START_TEST(a_size_has_two_figures_that_matter_and_its_unit)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_fr_size(arena, sizes[_i].bytes), sizes[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("date_fr");
	TCase *tc = tcase_create("date_fr");
	tcase_add_loop_test(tc, a_day_and_an_hour_are_written_as_people_write_them, 0, (int)OPX_COUNT(times));
	tcase_add_loop_test(tc, thousands_are_parted_by_a_narrow_space, 0, (int)OPX_COUNT(numbers));
	tcase_add_loop_test(tc, a_size_has_two_figures_that_matter_and_its_unit, 0, (int)OPX_COUNT(sizes));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
