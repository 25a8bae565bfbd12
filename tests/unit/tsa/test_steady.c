/* SPDX-License-Identifier: MPL-2.0 */
/* test_steady.c: the time-stamping authority stamps nothing while its clock is in doubt, and goes on when it is good again. */
#include "support/check_opx.h"

#include <string.h>

#include "steady.h"

#define START_US (INT64_C(1800000000) * 1000000)
#define DAY_US (INT64_C(86400) * 1000000)

/* Both clocks, held by the test. */
struct held {
	struct opx_time_source source;
	struct opx_time_reading now;
};

static struct opx_time_reading read_held(const struct opx_time_source *source)
{
	return ((const struct held *)(const void *)source)->now;
}

static struct held held_at_start(bool is_synchronised)
{
	return (struct held){
		.source = { .read = read_held },
		.now = { .real = { .us = START_US }, .boot_us = 5000000, .is_synchronised = is_synchronised }
	};
}

/* After a day: how far real time is from what the time since boot says. */
static const struct {
	int64_t moved_us;
	enum opx_status status;
} moves[] = {
	{ 0, OPX_OK },
	{ OPX_STEADY_MAX_US, OPX_OK },
	{ -OPX_STEADY_MAX_US, OPX_OK },
	{ OPX_STEADY_MAX_US + 1, OPX_UNAVAILABLE },
	{ -OPX_STEADY_MAX_US - 1, OPX_UNAVAILABLE },
	{ -DAY_US, OPX_UNAVAILABLE },
};

START_TEST(a_clock_that_was_moved_stamps_nothing)
{
	struct held held = held_at_start(true);
	struct opx_steady steady;
	struct opx_instant now = { .us = -1 };
	struct opx_error err = { .detail = "" };
	opx_steady_init(&steady, &held.source, OPX_CLOCK_SYNCHRONISED);
	held.now.boot_us += DAY_US;
	held.now.real.us += DAY_US + moves[_i].moved_us;
	ck_assert_status(opx_steady_now(&steady, &now, &err), moves[_i].status);
	ck_assert_int_eq(now.us, moves[_i].status == OPX_OK ? held.now.real.us : -1);
	if (moves[_i].status != OPX_OK)
		ck_assert_msg(strstr(err.detail, "clock moved by") != NULL, "%s", err.detail);
}
END_TEST

START_TEST(a_clock_put_right_again_stamps_again)
{
	struct held held = held_at_start(true);
	struct opx_steady steady;
	struct opx_instant now;
	struct opx_error err;
	opx_steady_init(&steady, &held.source, OPX_CLOCK_SYNCHRONISED);
	held.now.real.us += 2 * OPX_STEADY_MAX_US;
	ck_assert_status(opx_steady_now(&steady, &now, NULL), OPX_UNAVAILABLE);
	held.now.real.us -= 2 * OPX_STEADY_MAX_US;
	ck_assert_ok(opx_steady_now(&steady, &now, &err), err);
}
END_TEST

/* The kernel's word counts, unless the operator says that the host keeps the time; it counts at each stamp. */
static const struct {
	enum opx_clock_trust trust;
	bool at_start, then;
	enum opx_status status;
} words[] = {
	{ OPX_CLOCK_SYNCHRONISED, true, true, OPX_OK },
	{ OPX_CLOCK_SYNCHRONISED, true, false, OPX_UNAVAILABLE },
	{ OPX_CLOCK_SYNCHRONISED, false, false, OPX_UNAVAILABLE },
	{ OPX_CLOCK_SYNCHRONISED, false, true, OPX_OK },
	{ OPX_CLOCK_TRUST, false, false, OPX_OK },
};

START_TEST(a_clock_that_is_not_synchronised_stamps_nothing)
{
	struct held held = held_at_start(words[_i].at_start);
	struct opx_steady steady;
	struct opx_instant now;
	struct opx_error err = { .detail = "" };
	opx_steady_init(&steady, &held.source, words[_i].trust);
	held.now.is_synchronised = words[_i].then;
	ck_assert_status(opx_steady_now(&steady, &now, &err), words[_i].status);
	if (words[_i].status != OPX_OK)
		ck_assert_str_eq(err.detail, "clock is not synchronised");
}
END_TEST

/* Trusting the host does not mean that the clock may be moved. */
START_TEST(a_trusted_clock_may_not_be_moved_either)
{
	struct held held = held_at_start(false);
	struct opx_steady steady;
	struct opx_instant now;
	opx_steady_init(&steady, &held.source, OPX_CLOCK_TRUST);
	held.now.real.us += OPX_STEADY_MAX_US + 1;
	ck_assert_status(opx_steady_now(&steady, &now, NULL), OPX_UNAVAILABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steady");
	TCase *tc = tcase_create("clock");
	tcase_add_loop_test(tc, a_clock_that_was_moved_stamps_nothing, 0, (int)OPX_COUNT(moves));
	tcase_add_test(tc, a_clock_put_right_again_stamps_again);
	tcase_add_loop_test(tc, a_clock_that_is_not_synchronised_stamps_nothing, 0, (int)OPX_COUNT(words));
	tcase_add_test(tc, a_trusted_clock_may_not_be_moved_either);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
