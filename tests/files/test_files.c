/* SPDX-License-Identifier: MPL-2.0 */
/* test_files.c: files on their way in, from the first byte sent to the line of the draft that says what became of them. */
#include "files.h"

static void setup(void)
{
	scene_begin(&files_scene);
}

static void teardown(void)
{
	scene_end(&files_scene);
}

int main(void)
{
	Suite *suite = suite_create("files");
	TCase *tc = tcase_create("files");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 240);
	files_add_uploads(tc);
	files_add_checks(tc);
	files_add_forms(tc);
	files_add_sweep(tc);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
