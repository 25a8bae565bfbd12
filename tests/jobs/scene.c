/* SPDX-License-Identifier: MPL-2.0 */
/* scene.c: see scene.h. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/dossier.h"
#include "plugin/registry.h"

struct story scene_story;

void scene_lane_open(struct scene_lane *s, const char *name, const char *role)
{
	static const struct opx_logger logger = { .fd = 2, .level = OPX_ERROR + 1, .process = "test-jobs" };
	static const struct opx_software software = { .build = "test" };
	struct opx_error err;
	*s = (struct scene_lane){ .registry = opx_registry_new() };
	s->site = (struct opx_site){ .main_origin = OPX_STR("https://main.test"),
				     .card_origin = OPX_STR("https://card.test"),
				     .run_folder = opx_str_z(getenv("OPX_TEST_PG")) };
	s->lane = (struct opx_lane){ .name = name,
				     .site = &s->site,
				     .registry = s->registry,
				     .host = &s->host,
				     .clock = &opx_clock_real,
				     .random = &opx_random_real,
				     .vfs = &opx_vfs_real,
				     .software = &software,
				     .tsa_roots = "",
				     .card_authorities = "",
				     .card_crls = "",
				     .tsa_authorities = "",
				     .tsa_crls = "",
				     .seal_authorities = "",
				     .seal_crls = "" };
	(void)snprintf(s->conninfo, sizeof(s->conninfo), "host=%s dbname=opx user=%s connect_timeout=5",
		       getenv("OPX_TEST_PG"), role);
	s->loop = (struct opx_lane_loop){ .lane = &s->lane,
					  .logger = &logger,
					  .conninfo = s->conninfo,
					  .wake_fd = -1,
					  .signal_fd = -1,
					  .poll_ms = 1000,
					  .done_days = 7 };
	ck_assert_ok(opx_lane_register(s->registry, &s->lane, &err), err);
}

void scene_lane_close(struct scene_lane *s)
{
	opx_lane_done(&s->loop);
	opx_registry_free(s->registry);
}

enum opx_status scene_run(struct scene_lane *s, const char *kind, int64_t ref, int64_t ref2, int32_t attempt,
			  struct opx_error *err)
{
	struct opx_lane_loop *loop = &s->loop;
	const struct opx_reg_job_kind *found = opx_registry_job_kind(s->registry, s->lane.name, kind);
	ck_assert_ptr_nonnull(found);
	if (loop->db == NULL) {
		loop->arena = opx_arena_new((size_t)64 << 20);
		OPX_TRY(opx_db_open(loop->conninfo, loop->logger, &loop->db, err));
	}
	OPX_TRY(opx_db_ready(loop->db, err));
	(void)opx_db_use_arena(loop->db, loop->arena);
	struct opx_job job = { .id = 1,
			       .ref = ref,
			       .ref2 = ref2,
			       .kind = opx_str_z(kind),
			       .attempt = attempt,
			       .arena = loop->arena,
			       .db = loop->db,
			       .logger = loop->logger,
			       .deadline = { opx_now(&opx_clock_real).us + 60000000 },
			       .core = &s->host };
	enum opx_status status = found->it->run(found->self, &job, err);
	opx_arena_reset(loop->arena);
	return status;
}

const char *scene_path(struct opx_arena *arena, const char *name)
{
	return opx_strf(arena, "%s/%s", getenv("OPX_TEST_FILES"), name).p;
}

const char *scene_url(struct opx_arena *arena, const char *name)
{
	return opx_strf(arena, "%s/%s", getenv("OPX_TEST_URL"), name).p;
}

struct opx_bytes scene_file(struct opx_arena *arena, const char *name)
{
	uint8_t *data = opx_arena_alloc(arena, 1, 65536);
	FILE *f = fopen(scene_path(arena, name), "re");
	ck_assert_ptr_nonnull(f);
	struct opx_bytes bytes = { .p = data, .n = fread(data, 1, 65536, f) };
	(void)fclose(f);
	return bytes;
}

bool scene_has(struct opx_str text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

void scene_begin(void)
{
	if (scene_story.arena == NULL)
		story_begin(&scene_story);
}

int main(void)
{
	Suite *suite = suite_create("jobs");
	scene_add_guard(suite);
	scene_add_queue(suite);
	scene_add_lists(suite);
	scene_add_mails(suite);
	scene_add_tokens(suite);
	int status = check_opx_main(suite);
	if (scene_story.arena != NULL)
		story_end(&scene_story);
	return status;
}

int64_t scene_dossier(const struct someone *who, const char *side, const char *title)
{
	const struct opx_str sides[] = { opx_str_z(side) };
	struct opx_error err;
	struct opx_tx tx;
	int64_t id = 0;
	struct opx_act act = story_act(&scene_story, who);
	const struct opx_dossier_new fresh = { .court = scene_story.court,
					       .rg = OPX_STR("26/04242"),
					       .minute = OPX_STR(""),
					       .title = opx_str_z(title),
					       .procedure = OPX_STR("civil"),
					       .phase = OPX_STR("in_progress"),
					       .decision_ref = OPX_STR("ordonnance"),
					       .judge = OPX_STR(""),
					       .clerk = OPX_STR(""),
					       .role = OPX_STR("expert"),
					       .log_host = OPX_STR("jobs.test"),
					       .sides = { .p = sides, .n = 1 } };
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, who->person, &err), err);
	ck_assert_ok(opx_dossier_create(&act, &fresh, &id, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return id;
}
