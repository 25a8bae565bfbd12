/* SPDX-License-Identifier: MPL-2.0 */
/* made.h: made files of the make lane: where they are prepared, how they get their place, how they are given up and swept. */
#ifndef OPX_LANE_MADE_H
#define OPX_LANE_MADE_H

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_job;
struct opx_lane;

/* <store root>/_made, from which nginx sends. */
struct opx_str opx_made_folder(struct opx_arena *arena, const struct opx_lane *lane);
/* Name of an artefact's work folder in it. */
struct opx_str opx_made_work(struct opx_arena *arena, int64_t artefact);

struct opx_made_file {
	struct opx_str path; /* below _made: random, never told to anybody but nginx */
	int64_t size;
	struct opx_sha256 sha256;
};
/* The finished file behind fd, at from on the same disk, moves to its place: readable by nginx, durable, hashed. */
OPX_MUST_USE enum opx_status opx_made_place(struct opx_arena *arena, const struct opx_lane *lane, int fd,
					    struct opx_str from, const char *ext, struct opx_made_file *ret,
					    struct opx_error *err);

/* The job's artefact is not made: its page says the sentence. What is refused to the person ends the job well (OPX_OK); what is
 * our fault makes it a dead letter, for the operator, and gives the status back. */
OPX_MUST_USE enum opx_status opx_made_give_up(struct opx_job *job, enum opx_status status,
					      const char *sentence, struct opx_error *err);

/* made.sweep: files whose time is over are removed, and what a crash left behind. */
OPX_MUST_USE enum opx_status opx_made_sweep(void *self, struct opx_job *job, struct opx_error *err);

#endif
