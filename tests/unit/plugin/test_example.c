/* SPDX-License-Identifier: MPL-2.0 */
/* test_example.c: the example plugin, loaded from its file as an instance loads it, and each way in which one is refused. */
#include "support/check_opx.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "plugin/services.h"

static struct opx_host host;
static struct opx_services services;
static char path[512];

static struct opx_sha256 hash_of(const char *file)
{
	static uint8_t bytes[8U << 20U];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	(void)close(fd);
	return opx_sha256((struct opx_bytes){ .p = bytes, .n = (size_t)n });
}

static struct opx_plugin_order order_of(void)
{
	const char *build = getenv("OPX_BUILD");
	ck_assert_ptr_nonnull(build);
	(void)snprintf(path, sizeof(path), "%s/plugins/example.so", build);
	return (struct opx_plugin_order){ .name = "example",
					  .file = path,
					  .config_path = "opx.conf",
					  .line = 7,
					  .is_enabled = true,
					  .sha256 = hash_of(path) };
}

static void setup(void)
{
	services = (struct opx_services){ .clock = &opx_clock_real, .random = &opx_random_real };
	opx_host_fill(&host, &services);
}

static struct opx_plugins *load(const struct opx_plugin_order *order)
{
	struct opx_error err = { .status = OPX_OK };
	struct opx_plugins *plugins = NULL;
	const struct opx_logger logger = { .fd = 2, .level = OPX_ERROR, .process = "test" };
	const struct opx_plugins_order all = {
		.plugins = order, .n_plugins = 1, .host = &host, .logger = &logger
	};
	ck_assert_ok(opx_plugins_load(&all, &plugins, &err), err);
	return plugins;
}

static const struct opx_plugin_info *info_of(const struct opx_plugins *plugins)
{
	const struct opx_plugin_info *infos = NULL;
	ck_assert_uint_eq(opx_plugins_list(plugins, &infos), 1);
	return infos;
}

START_TEST(it_registers_what_its_readme_says)
{
	const struct opx_plugin_order order = order_of();
	struct opx_plugins *plugins = load(&order);
	const struct opx_registry *registry = opx_plugins_registry(plugins);
	size_t n = 0;
	ck_assert_int_eq(info_of(plugins)->state, OPX_PLUGIN_ON);
	const struct opx_reg_route *routes = opx_registry_routes(registry, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(routes[0].it->path, "/exemple/memo");
	ck_assert_int_eq(routes[0].it->right.kind, OPX_RIGHT_IS_SIGNED_IN);
	ck_assert_ptr_nonnull(opx_registry_kind(registry, "example_memo"));
	(void)opx_registry_listeners(registry, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(info_of(plugins)->migrations[0].name, "0001_memo");
	opx_plugins_free(plugins);
}
END_TEST

/* Two files, one after the other: the second is not taken for the first, which dlopen knows by the path it was opened by. */
START_TEST(a_second_plugin_is_its_own_file)
{
	char second[512];
	const char *build = getenv("OPX_BUILD");
	struct opx_plugins *plugins = NULL;
	struct opx_error err;
	ck_assert_ptr_nonnull(build);
	(void)snprintf(second, sizeof(second), "%s/plugins/rights-matrix.so", build);
	const struct opx_plugin_order orders[] = { order_of(),
						   { .name = "rights-matrix",
						     .file = second,
						     .config_path = "opx.conf",
						     .line = 9,
						     .is_enabled = true,
						     .sha256 = hash_of(second) } };
	const struct opx_plugins_order all = { .plugins = orders, .n_plugins = 2, .host = &host };
	const struct opx_plugin_info *infos = NULL;
	ck_assert_ok(opx_plugins_load(&all, &plugins, &err), err);
	ck_assert_uint_eq(opx_plugins_list(plugins, &infos), 2);
	ck_assert_msg(infos[1].state == OPX_PLUGIN_ON, "%s", infos[1].detail);
	const struct opx_reg_rights *rights = opx_registry_rights(opx_plugins_registry(plugins));
	ck_assert_ptr_nonnull(rights);
	/* What the first brings stands in the matrix of the second, whichever was loaded first. */
	const struct opx_bytes csv = rights->it->matrix(rights->self);
	ck_assert_ptr_nonnull(memmem(csv.p, csv.n, "\nexample_memo,deposit,working,allow,allow,deny,", 46));
	opx_plugins_free(plugins);
}
END_TEST

static const struct opx_right_row not_a_row[] = { { .action = "read", .phase = "never" } };
static const struct opx_document_kind wrong_kind = { .size = sizeof(wrong_kind),
						     .code = "wrong_memo",
						     .label = "x",
						     .numbered = "%d",
						     .rights = not_a_row,
						     .n_rights = 1,
						     .right_size = sizeof(not_a_row[0]) };

static enum opx_status plug_wrong(const struct opx_host *h, struct opx_registrar *reg, void **ret_self,
				  struct opx_error *err)
{
	*ret_self = NULL;
	return h->add_document_kind(reg, &wrong_kind, NULL, err);
}

/* The others go on, and the matrix is theirs. */
START_TEST(one_whose_rows_are_no_rows_of_a_matrix_is_left_out)
{
	char second[512];
	const struct opx_plugin wrong = { .size = sizeof(wrong),
					  .abi_major = OPX_ABI_MAJOR,
					  .name = "wrong",
					  .version = "1.0",
					  .plug = plug_wrong };
	const struct opx_plugin_order order = { .name = "wrong", .is_enabled = true };
	struct opx_plugins *plugins = NULL;
	struct opx_error err;
	(void)snprintf(second, sizeof(second), "%s/plugins/rights-matrix.so", getenv("OPX_BUILD"));
	const struct opx_plugin_order orders[] = { order_of(),
						   { .name = "rights-matrix",
						     .file = second,
						     .config_path = "opx.conf",
						     .is_enabled = true,
						     .sha256 = hash_of(second) } };
	const struct opx_plugins_order all = { .plugins = orders, .n_plugins = 2, .host = &host };
	const struct opx_plugin_info *infos = NULL;
	ck_assert_ok(opx_plugins_load(&all, &plugins, &err), err);
	ck_assert_ok(opx_plugins_add(plugins, &wrong, &order, &host, &err), err);
	opx_plugins_settle(plugins, NULL);
	ck_assert_uint_eq(opx_plugins_list(plugins, &infos), 3);
	ck_assert_int_eq(infos[0].state, OPX_PLUGIN_ON);
	ck_assert_int_eq(infos[2].state, OPX_PLUGIN_REFUSED);
	ck_assert_ptr_nonnull(strstr(infos[2].detail, "wrong_memo, row 1 (read/never): no phase"));
	ck_assert_ptr_nonnull(strstr(infos[2].sentence, "« wrong » n’est pas disponible"));
	ck_assert_ptr_null(opx_registry_kind(opx_plugins_registry(plugins), "wrong_memo"));
	ck_assert_ptr_nonnull(opx_registry_kind(opx_plugins_registry(plugins), "example_memo"));
	opx_plugins_free(plugins);
}
END_TEST

START_TEST(another_file_than_the_listed_one_is_refused)
{
	struct opx_plugin_order order = order_of();
	order.sha256.b[31] ^= 1;
	struct opx_plugins *plugins = load(&order);
	size_t n = 0;
	ck_assert_int_eq(info_of(plugins)->state, OPX_PLUGIN_REFUSED);
	ck_assert_ptr_nonnull(strstr(info_of(plugins)->detail, "SHA-256"));
	(void)opx_registry_routes(opx_plugins_registry(plugins), &n);
	ck_assert_uint_eq(n, 0);
	opx_plugins_free(plugins);
}
END_TEST

START_TEST(a_missing_file_is_left_out_with_a_sentence)
{
	struct opx_plugin_order order = order_of();
	order.file = "/nonexistent/example.so";
	struct opx_plugins *plugins = load(&order);
	ck_assert_int_eq(info_of(plugins)->state, OPX_PLUGIN_REFUSED);
	ck_assert_uint_gt(strlen(info_of(plugins)->sentence), 0);
	opx_plugins_free(plugins);
}
END_TEST

START_TEST(one_that_is_switched_off_registers_nothing)
{
	struct opx_plugin_order order = order_of();
	order.is_enabled = false;
	struct opx_plugins *plugins = load(&order);
	size_t n = 0;
	ck_assert_int_eq(info_of(plugins)->state, OPX_PLUGIN_OFF);
	(void)opx_registry_routes(opx_plugins_registry(plugins), &n);
	ck_assert_uint_eq(n, 0);
	opx_plugins_free(plugins);
}
END_TEST

static const struct {
	const char *name, *value, *word;
} wrong[] = {
	{ "max_chars", "0", "max_chars" },
	{ "max_chars", "10001", "max_chars" },
	{ "max_chars", "many", "max_chars" },
	{ "max_words", "3", "max_words" },
};

START_TEST(a_setting_out_of_its_table_is_refused_with_its_line)
{
	struct opx_plugin_order order = order_of();
	const struct opx_plugin_value value = { .name = wrong[_i].name, .value = wrong[_i].value, .line = 9 };
	order.values = &value;
	order.n_values = 1;
	struct opx_plugins *plugins = load(&order);
	ck_assert_int_eq(info_of(plugins)->state, OPX_PLUGIN_REFUSED);
	ck_assert_ptr_nonnull(strstr(info_of(plugins)->detail, wrong[_i].word));
	ck_assert_ptr_nonnull(strstr(info_of(plugins)->detail, "opx.conf:9"));
	opx_plugins_free(plugins);
}
END_TEST

static enum opx_status plug_nothing(const struct opx_host *h, struct opx_registrar *reg, void **ret_self,
				    struct opx_error *err)
{
	(void)h;
	(void)reg;
	(void)err;
	*ret_self = NULL;
	return OPX_OK;
}

START_TEST(another_abi_is_refused_by_name)
{
	const struct opx_plugin other = { .size = sizeof(other),
					  .abi_major = OPX_ABI_MAJOR + 1,
					  .abi_minor = 0,
					  .name = "example",
					  .version = "2.0",
					  .plug = plug_nothing };
	struct opx_plugin_order order = order_of();
	struct opx_plugins *plugins = opx_plugins_new();
	OPX_IGNORE(opx_plugins_add(plugins, &other, &order, &host, NULL));
	const struct opx_plugin_info *infos = NULL;
	size_t n = opx_plugins_list(plugins, &infos);
	ck_assert_msg(n == 0 || infos[0].state != OPX_PLUGIN_ON, "a plugin of another ABI is on");
	opx_plugins_free(plugins);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("example");
	TCase *tc = tcase_create("loading");
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, it_registers_what_its_readme_says);
	tcase_add_test(tc, a_second_plugin_is_its_own_file);
	tcase_add_test(tc, one_whose_rows_are_no_rows_of_a_matrix_is_left_out);
	tcase_add_test(tc, another_file_than_the_listed_one_is_refused);
	tcase_add_test(tc, a_missing_file_is_left_out_with_a_sentence);
	tcase_add_test(tc, one_that_is_switched_off_registers_nothing);
	tcase_add_loop_test(tc, a_setting_out_of_its_table_is_refused_with_its_line, 0,
			    (int)OPX_COUNT(wrong));
	tcase_add_test(tc, another_abi_is_refused_by_name);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
