/* SPDX-License-Identifier: MPL-2.0 */
/* acts.h: real acts on a real database, written as opx-web writes them, and a post lane that stamps with bytes of its own. */
#ifndef TESTS_SEAL_ACTS_H
#define TESTS_SEAL_ACTS_H

#include "db/story.h"

/* A dossier in progress: 3 acts and the opening of its readings. */
int64_t acts_dossier(struct story *s, const char *rg);
/* The expert files one document: doc.deposit and doc.publish. */
void acts_file(struct story *s, int64_t dossier);
/* Somebody else opens a document of a sealed filing: doc.handover in the readings. */
void acts_read(struct story *s, const struct someone *who, int64_t document);
/* Answers every token.checkpoint job with a token made at gen_time; gives their number. */
size_t acts_stamp(struct story *s, struct opx_instant gen_time);
/* Any statements, as the superuser: what nobody else could do. */
void acts_tamper(struct story *s, const char *sql);
/* Recomputes everything from the rows: hashes, sequence, times, `after`, roots, signatures, filings. Fails the test. */
void acts_check(struct story *s, const uint8_t log_key[32]);

#endif
