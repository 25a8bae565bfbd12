/* SPDX-License-Identifier: MPL-2.0 */
/* deeds.h: what people do in the tests of the database, and what each may and sees afterwards. */
#ifndef TESTS_DB_DEEDS_H
#define TESTS_DB_DEEDS_H

#include "story.h"

#include "sql_test_story.h"

/* Of one test. */
extern struct story deed_story;

/* "yes", "no", or "unknown": not even that it exists. */
const char *deed_decide(const struct someone *who, const char *object, const char *action,
			const char *subject, int64_t id);
/* By row security; 0: nobody. */
struct sql_story_count_row deed_seen_by(int64_t person);

/* The expert opens a dossier with two sides; moves it on, the box being asked; invites someone, who accepts. */
int64_t deed_open_dossier(void);
void deed_step(int64_t dossier, const char *from, const char *to, enum opx_status want);
int64_t deed_invite(int64_t dossier, struct someone *who, const char *role, const char *side);
void deed_accept(const struct someone *who, int64_t invitation);
enum opx_status deed_hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
			       struct opx_error *err);
/* A draft with one file; one file more, of a kind of its own. */
int64_t deed_draft(int64_t dossier, const struct someone *who, const char *kind, const char *ground);
void deed_add_file(int64_t draft, const char *kind, const char *ground);

/* The tests, by file. */
void db_add_connection(TCase *tc);
void db_add_matrix(TCase *tc);
void db_add_people(TCase *tc);

#endif
