/* SPDX-License-Identifier: MPL-2.0 */
/* deposit.h: a dossier with a deposit, and the post lane that tells of it: for the tests of mails and of tokens. */
#ifndef TESTS_JOBS_DEPOSIT_H
#define TESTS_JOBS_DEPOSIT_H

#include "scene.h"

#include "domain/participant.h"
#include "sql_scene.h"

#define DEPOSIT_SECRET_NAME "Zorglubian" /* of a person, a side and the dossier: no mail says it */

extern struct scene_lane deposit_lane;
extern int64_t deposit_dossier, deposit_document, deposit_filing;

/* Opens the lane; the dossier is made once for all tests. */
void deposit_begin(void);
void deposit_end(void);

struct opx_invited deposit_invite(const char *mail, struct opx_str family_name, const char *side);
/* One deposit more. upload: 32 hexadecimal digits that no other has. */
void deposit_file_note(const char *upload);
/* The events of a type, and whether the body of one has that part. */
const struct sql_scene_events_row *deposit_events(const char *type, size_t *ret_n);
bool deposit_body_has(const struct sql_scene_events_row *event, const char *part);

#endif
