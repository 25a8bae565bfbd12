/* SPDX-License-Identifier: MPL-2.0 */
/* scene.h: an instance in one process for the tests of files: a store, the plugins, a dossier with a draft; requests and jobs. */
#ifndef TESTS_FILES_SCENE_H
#define TESTS_FILES_SCENE_H

#include "story.h"

#include "http/router.h"
#include "lane/lane.h"
#include "page/page.h"
#include "plugin/context.h"
#include "plugin/services.h"
#include "plugin/site.h"

struct scene {
	struct story story;
	char root[128]; /* of the store */
	struct opx_site site;
	struct opx_services services;
	struct opx_host host;
	struct opx_plugins *plugins;
	struct opx_registry *registry;
	struct opx_router *router;
	struct opx_pages pages;
	struct opx_lane lane;
	struct opx_db *files; /* role opx_files */
	int64_t dossier, draft;
};

/* One request and what came back. */
struct sent {
	enum opx_method method;
	const char *path;
	struct opx_bytes headers[OPX_HDR_COUNT];
	struct opx_bytes body;
	int64_t announced; /* -1: as long as the body; else what CONTENT_LENGTH says, the body being cut */
	const struct someone *who;
	/* filled */
	int status;
	struct opx_str location, text;
	int64_t offset; /* Upload-Offset; -1: none */
	unsigned wakes;
};

void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);
int64_t scene_draft(struct scene *scene, const struct someone *who);
/* As the dispatcher does it: route, right, handler, commit; a failure has its HTTP code. */
void scene_send(struct scene *scene, struct sent *sent);
/* A job of the files lane, as the lane runs it. */
enum opx_status scene_job(struct scene *scene, const char *kind, int64_t ref, struct opx_error *err);
/* Number of files below a folder of the store. */
size_t scene_count(const struct scene *scene, const char *below);

#endif
