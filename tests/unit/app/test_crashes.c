/* SPDX-License-Identifier: MPL-2.0 */
/* test_crashes.c: the crash budget of a plugin: five faults in ten minutes, whosever worker; nothing else counts. */
#include "support/check_opx.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/crashes.h"
#include "base/date.h"
#include "base/log.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "plugin/services.h"

#define PLUGIN 1 /* the first of the file */

static int64_t now_s;
static struct opx_instant now(const struct opx_clock *clock)
{
	(void)clock;
	return (struct opx_instant){ .us = now_s * 1000000 };
}
static const struct opx_clock held = { .now = now };
static const struct opx_logger logger = { .fd = -1, .level = OPX_ERROR, .process = "test" };
static struct opx_host host;
static struct opx_services services;
static struct opx_plugins *plugins;
static struct opx_crashes *crashes;

static enum opx_status plug(const struct opx_host *h, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	(void)h;
	(void)reg;
	(void)err;
	*ret_self = NULL;
	return OPX_OK;
}
static const struct opx_plugin fragile = { .size = sizeof(fragile),
					   .abi_major = OPX_ABI_MAJOR,
					   .name = "fragile",
					   .version = "1.0",
					   .plug = plug };

static void setup(void)
{
	const struct opx_plugin_order order = { .name = "fragile", .is_enabled = true };
	struct opx_error err;
	now_s = 1000000;
	services = (struct opx_services){ .clock = &opx_clock_real, .random = &opx_random_real };
	opx_host_fill(&host, &services);
	plugins = opx_plugins_new();
	ck_assert_ok(opx_plugins_add(plugins, &fragile, &order, &host, &err), err);
	crashes = opx_crashes_new(plugins, &held, &logger);
}

static void teardown(void)
{
	opx_plugins_free(plugins);
	opx_crashes_free(crashes);
}

/* A worker of its own process ends inside the code of owner; what the master makes of it. */
static bool worker_ends(unsigned index, uint16_t owner, int signo)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		const struct opx_registry *registry = opx_plugins_registry(plugins);
		opx_crashes_watch(crashes, 1, index);
		(void)opx_registry_enter(registry, owner);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return opx_crashes_count(crashes, 1, index, signo);
}

static enum opx_plugin_state state(void)
{
	const struct opx_plugin_info *infos = NULL;
	(void)opx_plugins_list(plugins, &infos);
	return infos[0].state;
}

START_TEST(the_fifth_in_ten_minutes_switches_it_off)
{
	for (unsigned i = 0; i < 4; i++, now_s += 149)
		ck_assert(!worker_ends(i, PLUGIN, SIGSEGV));
	ck_assert_int_eq(state(), OPX_PLUGIN_ON);
	now_s += 3; /* 599 s after the first */
	ck_assert(worker_ends(7, PLUGIN, SIGABRT));
	ck_assert_int_eq(state(), OPX_PLUGIN_CRASHED);
	ck_assert(!worker_ends(7, PLUGIN, SIGABRT));
}
END_TEST

START_TEST(four_in_each_ten_minutes_leave_it_on)
{
	for (unsigned i = 0; i < 12; i++, now_s += 150)
		ck_assert(!worker_ends(i, PLUGIN, SIGSEGV));
	ck_assert_int_eq(state(), OPX_PLUGIN_ON);
}
END_TEST

START_TEST(neither_core_nor_an_alarm_nor_a_kill_counts_against_it)
{
	for (unsigned i = 0; i < 8; i++) {
		ck_assert(!worker_ends(i, OPX_OWNER_CORE, SIGSEGV));
		ck_assert(!worker_ends(i, PLUGIN, SIGALRM));
		ck_assert(!worker_ends(i, PLUGIN, SIGKILL));
	}
	ck_assert_int_eq(state(), OPX_PLUGIN_ON);
}
END_TEST

START_TEST(a_call_of_core_inside_a_plugins_code_gives_it_back)
{
	const struct opx_registry *registry = opx_plugins_registry(plugins);
	opx_crashes_watch(crashes, 0, 0);
	(void)opx_registry_enter(registry, PLUGIN);
	opx_registry_push(registry, OPX_OWNER_CORE);
	ck_assert(!opx_crashes_count(crashes, 0, 0, SIGSEGV));
	ck_assert_int_eq(opx_registry_pop(registry, OPX_CONFLICT), OPX_CONFLICT);
	for (int i = 0; i < 4; i++)
		ck_assert(!opx_crashes_count(crashes, 0, 0, SIGSEGV));
	ck_assert(opx_crashes_count(crashes, 0, 0, SIGSEGV));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crashes");
	TCase *tc = tcase_create("budget");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_fifth_in_ten_minutes_switches_it_off);
	tcase_add_test(tc, four_in_each_ten_minutes_leave_it_on);
	tcase_add_test(tc, neither_core_nor_an_alarm_nor_a_kill_counts_against_it);
	tcase_add_test(tc, a_call_of_core_inside_a_plugins_code_gives_it_back);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
