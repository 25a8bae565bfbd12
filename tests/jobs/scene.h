/* SPDX-License-Identifier: MPL-2.0 */
/* scene.h: what the tests of the lanes share: a lane in this process, jobs run by hand, a folder of files made beforehand. */
#ifndef TESTS_JOBS_SCENE_H
#define TESTS_JOBS_SCENE_H

#include "support/check_opx.h"

#include "base/arena.h"
#include "db/db.h"
#include "db/story.h"
#include "lane/lane.h"
#include "lane/loop.h"
#include "plugin/site.h"

struct opx_registry;

/* One lane as a process has it. */
struct scene_lane {
	struct opx_site site;
	struct opx_host host;
	struct opx_registry *registry;
	struct opx_lane lane;
	struct opx_lane_loop loop;
	char conninfo[300];
};

/* Fills it in place: nothing moves afterwards. role: of the database. */
void scene_lane_open(struct scene_lane *s, const char *name, const char *role);
void scene_lane_close(struct scene_lane *s);
/* Runs core's job of that kind with these references, as attempt n. */
enum opx_status scene_run(struct scene_lane *s, const char *kind, int64_t ref, int64_t ref2, int32_t attempt,
			  struct opx_error *err);
/* Bytes of a file of the folder OPX_TEST_FILES; and its path, and an address of the test's HTTP server. */
struct opx_bytes scene_file(struct opx_arena *arena, const char *name);
const char *scene_path(struct opx_arena *arena, const char *name);
const char *scene_url(struct opx_arena *arena, const char *name);
/* Is part in text? */
bool scene_has(struct opx_str text, const char *part);

/* A dossier that this expert opens, in progress, with one side. */
int64_t scene_dossier(const struct someone *who, const char *side, const char *title);
/* The story, migrated and peopled once for all cases. */
void scene_begin(void);
/* The suites, by file. */
void scene_add_guard(Suite *suite);
void scene_add_queue(Suite *suite);
void scene_add_mails(Suite *suite);
void scene_add_tokens(Suite *suite);
void scene_add_lists(Suite *suite);
extern struct story scene_story;

#endif
