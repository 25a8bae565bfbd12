/* SPDX-License-Identifier: MPL-2.0 */
/* story.h: connections by role, people and acts for the database tests. */
#ifndef TESTS_DB_STORY_H
#define TESTS_DB_STORY_H

#include "support/check_opx.h"

#include "base/arena.h"
#include "db/db.h"
#include "domain/act.h"

struct someone {
	int64_t person, account;
	struct opx_session session;
};

struct story {
	struct opx_arena *arena;
	const char *clone;          /* NULL: "opx" */
	struct opx_db *web, *owner; /* roles opx_web, and the superuser who sets the scene */
	int64_t court;
	struct opx_bytes matrix; /* the CSV in force */
	struct someone expert, lawyer, party, judge, stranger;
};

/* To the database "opx". */
struct opx_db *story_connect(const char *role);
/* A court and people, in the database "opx", which is migrated first; or in a clone of the template of tests/db/run.py, which
 * lasts as long as the story: for tests that share a cluster. */
void story_begin(struct story *s);
void story_begin_clone(struct story *s, const char *database);
void story_end(struct story *s);
/* One more connection to the story's database; its owner closes it before story_end. */
struct opx_db *story_connect_again(const struct story *s, const char *role);
/* That matrix is published; or the same with one more row, which denies everybody. */
void story_publish(struct story *s, struct opx_bytes csv);
void story_other_matrix(struct story *s);
/* An act of that person in an open transaction of opx_web. */
struct opx_act story_act(struct story *s, const struct someone *who);
/* The expert opens a dossier of two sides; it is a draft. */
int64_t story_open_dossier(struct story *s, const char *rg);
/* He files his draft, under the rights in force and with the kinds' rules of the civil procedure; NULL: to whom its plan says. */
enum opx_status story_confirm(struct story *s, const struct someone *who, int64_t draft,
			      const char *fingerprint, int32_t *ret_number, struct opx_error *err);

#endif
