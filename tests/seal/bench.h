/* SPDX-License-Identifier: MPL-2.0 */
/* bench.h: a sequencer in the test's own process, with a clock and a disk that the test holds. */
#ifndef TESTS_SEAL_BENCH_H
#define TESTS_SEAL_BENCH_H

#include "acts.h"
#include "evidence/leaf.h"
#include "ledger.h"
#include "sequencer.h"
#include "signer.h"
#include "sql_test_seal.h"
#include "support/fault_vfs.h"

struct held_clock {
	struct opx_clock clock; /* first */
	struct opx_instant now;
};

struct bench {
	struct story s;
	struct held_clock clock;
	struct fault_vfs disk;
	struct opx_signer signer;
	struct opx_logger logger;
	struct opx_sequencer_setup setup; /* the test may change its numbers before bench_start */
	char folder[200];                 /* of the journal */
	struct opx_ledger ledger;
	struct opx_sequencer *sequencer; /* NULL: stopped */
};

/* The story's people, keys of OPX_TEST_KEYS, an empty folder for the journal; nothing runs yet. */
void bench_begin(struct bench *b);
void bench_end(struct bench *b);
/* Opens the journal and makes a sequencer, as the program does; bench_stop is its end. */
enum opx_status bench_start(struct bench *b, struct opx_error *err);
void bench_stop(struct bench *b);
/* One round, or several until none asks to come back at once; each moves the clock by 10 ms. */
enum opx_status bench_round(struct bench *b, struct opx_error *err);
void bench_rounds(struct bench *b);
/* A fresh instance until it is open: release, its token. */
void bench_open(struct bench *b);
struct opx_str bench_file(struct bench *b, const char *name);
/* Copies the journal's folder to name, or back. */
void bench_keep(struct bench *b, const char *name);
void bench_put_back(struct bench *b, const char *name);

/* What the database has: counts, jobs of a kind, lines; the last line of a kind of log. */
struct sql_st_counts_row bench_counts(const struct bench *b);
size_t bench_jobs(const struct bench *b, const char *kind);
const struct sql_st_lines_row *bench_lines(const struct bench *b, size_t *ret_n);
struct opx_leaf bench_last_leaf(const struct bench *b, const char *kind);

/* One case, under the name that run.sh gives its database. */
void bench_add(Suite *suite, const char *name, const TTest *test);
/* The cases of test_troubles.c. */
void seal_add_troubles(Suite *suite);

#endif
