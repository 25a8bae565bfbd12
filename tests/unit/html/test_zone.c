/* SPDX-License-Identifier: MPL-2.0 */
/* test_zone.c: civil time in a zone: the hours that come twice or never, leap days, and years after the table's end. */
#include "support/check_opx.h"

#include "html/zone.h"

static const struct {
	const char *zone, *utc;
	struct opx_local local;
	int32_t east_min;
} instants[] = {
	/* Summer time begins on 29 March 2026: 02:00 to 03:00 never is. */
	{ "Europe/Paris", "2026-03-29T00:59:59.999Z", { 2026, 3, 29, 1, 59, 59 }, 60 },
	{ "Europe/Paris", "2026-03-29T01:00:00.000Z", { 2026, 3, 29, 3, 0, 0 }, 120 },
	/* It ends on 25 October 2026: 02:00 to 03:00 comes twice. */
	{ "Europe/Paris", "2026-10-25T00:59:59.000Z", { 2026, 10, 25, 2, 59, 59 }, 120 },
	{ "Europe/Paris", "2026-10-25T01:00:00.000Z", { 2026, 10, 25, 2, 0, 0 }, 60 },
	/* Leap days, and the last minute of one in Paris that is the day before in UTC. */
	{ "Europe/Paris", "2024-02-29T12:00:00.000Z", { 2024, 2, 29, 13, 0, 0 }, 60 },
	{ "Europe/Paris", "2024-02-28T23:30:00.000Z", { 2024, 2, 29, 0, 30, 0 }, 60 },
	{ "Europe/Paris", "2025-02-28T23:30:00.000Z", { 2025, 3, 1, 0, 30, 0 }, 60 },
	{ "Europe/Paris", "2026-12-31T23:00:00.000Z", { 2027, 1, 1, 0, 0, 0 }, 60 },
	/* The last change that a table holds is in 2037; then the rule at its end goes on. */
	{ "Europe/Paris", "2037-10-25T00:59:59.000Z", { 2037, 10, 25, 2, 59, 59 }, 120 },
	{ "Europe/Paris", "2037-10-25T01:00:00.000Z", { 2037, 10, 25, 2, 0, 0 }, 60 },
	{ "Europe/Paris", "2038-03-28T00:59:59.000Z", { 2038, 3, 28, 1, 59, 59 }, 60 },
	{ "Europe/Paris", "2038-03-28T01:00:00.000Z", { 2038, 3, 28, 3, 0, 0 }, 120 },
	{ "Europe/Paris", "2048-02-29T22:59:59.000Z", { 2048, 2, 29, 23, 59, 59 }, 60 },
	{ "Europe/Paris", "2050-10-30T00:59:59.000Z", { 2050, 10, 30, 2, 59, 59 }, 120 },
	{ "Europe/Paris", "2050-10-30T01:00:00.000Z", { 2050, 10, 30, 2, 0, 0 }, 60 },
	{ "Europe/Paris", "2099-07-14T10:00:00.000Z", { 2099, 7, 14, 12, 0, 0 }, 120 },
	{ "Europe/Paris", "2099-12-31T23:30:00.000Z", { 2100, 1, 1, 0, 30, 0 }, 60 },
	/* Before 1970, and before the table: local mean time. */
	{ "Europe/Paris", "1969-12-31T23:59:59.500Z", { 1970, 1, 1, 0, 59, 59 }, 60 },
	{ "Europe/Paris", "1850-01-01T12:00:00.000Z", { 1850, 1, 1, 12, 9, 21 }, 9 },
	/* Zones of the overseas territories: no summer time, west of Greenwich, half an hour. */
	{ "America/Martinique", "2026-07-01T02:00:00.000Z", { 2026, 6, 30, 22, 0, 0 }, -240 },
	{ "America/Martinique", "2060-07-01T02:00:00.000Z", { 2060, 6, 30, 22, 0, 0 }, -240 },
	{ "Indian/Reunion", "2060-07-01T22:00:00.000Z", { 2060, 7, 2, 2, 0, 0 }, 240 },
	{ "Pacific/Marquesas", "2026-07-01T09:29:59.000Z", { 2026, 6, 30, 23, 59, 59 }, -570 },
	{ "America/Miquelon", "2050-07-01T12:00:00.000Z", { 2050, 7, 1, 10, 0, 0 }, -120 },
	{ "UTC", "2026-07-01T12:00:00.000Z", { 2026, 7, 1, 12, 0, 0 }, 0 },
	/* Summer over the new year, in the south. */
	{ "Australia/Sydney", "2050-01-15T00:00:00.000Z", { 2050, 1, 15, 11, 0, 0 }, 660 },
	{ "Australia/Sydney", "2050-07-15T00:00:00.000Z", { 2050, 7, 15, 10, 0, 0 }, 600 },
	{ "Australia/Sydney", "2050-12-31T13:00:00.000Z", { 2051, 1, 1, 0, 0, 0 }, 660 },
};

START_TEST(an_instant_is_the_civil_time_of_its_zone)
{
	struct opx_zone *zone = NULL;
	struct opx_instant t;
	struct opx_local got;
	struct opx_error err;
	const struct opx_local want = instants[_i].local;
	int32_t east = 0;
	ck_assert_ok(opx_zone_load(instants[_i].zone, &zone, &err), err);
	ck_assert_ok(opx_instant_parse(opx_str_z(instants[_i].utc), &t, &err), err);
	opx_zone_local(zone, t, &got, &east);
	ck_assert_msg(got.year == want.year && got.month == want.month && got.day == want.day &&
			      got.hour == want.hour && got.minute == want.minute && got.second == want.second,
		      "%s in %s gave %d-%02u-%02u %02u:%02u:%02u", instants[_i].utc, instants[_i].zone,
		      got.year, got.month, got.day, got.hour, got.minute, got.second);
	ck_assert_int_eq(east, instants[_i].east_min);
	opx_zone_free(zone);
}
END_TEST

static const struct {
	const char *name;
	enum opx_status status;
} bad[] = {
	{ "Europe/Atlantide", OPX_NOT_FOUND },
	{ "", OPX_INVALID },
	{ "../../../etc/passwd", OPX_INVALID },
	{ "zone.tab", OPX_INVALID },
	{ "Europe/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
	  OPX_INVALID },
};

START_TEST(what_is_no_zone_is_refused)
{
	struct opx_zone *zone = NULL;
	struct opx_error err = { 0 };
	ck_assert_status(opx_zone_load(bad[_i].name, &zone, &err), bad[_i].status);
	ck_assert_ptr_null(zone);
	ck_assert_str_eq(err.user, "Le fuseau horaire ne peut pas être lu.");
	opx_zone_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zone");
	TCase *tc = tcase_create("zone");
	tcase_add_loop_test(tc, an_instant_is_the_civil_time_of_its_zone, 0, (int)OPX_COUNT(instants));
	tcase_add_loop_test(tc, what_is_no_zone_is_refused, 0, (int)OPX_COUNT(bad));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
