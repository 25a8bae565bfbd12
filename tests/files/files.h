/* SPDX-License-Identifier: MPL-2.0 */
/* files.h: what the tests of files share: requests that send a file, and a look at what became of it. */
#ifndef TESTS_FILES_FILES_H
#define TESTS_FILES_FILES_H

#include "scene.h"

#include "sql_test_files.h"

/* One for all tests. */
extern struct scene files_scene;

struct opx_bytes files_header(const char *z);
/* A request of tus by the expert; not sent yet. */
struct sent files_tus(enum opx_method method, const char *path);
struct sent files_piece_of(const char *path, int64_t offset, struct opx_bytes body);
/* Sent: an upload is announced, a piece of it comes. */
struct sent files_create_as(const struct someone *who, int64_t draft, struct opx_bytes name, int64_t size);
struct sent files_create(const char *name, int64_t size);
struct sent files_patch(const char *path, int64_t offset, const char *body);
/* A whole file by pieces of 8 MB. */
int64_t files_upload(int64_t draft, struct opx_bytes name, struct opx_bytes data);

/* The file behind an address of tus, and the line of a file. */
int64_t files_file_at(const char *path);
struct sql_files_row_row files_row_of(int64_t file);
struct opx_bytes files_contents(const char *path);
struct opx_bytes files_good_pdf(void);
/* The original bytes, unchanged, in the store and in the line. */
void files_compare_stored(const struct sql_files_row_row *row, struct opx_bytes data);

/* The tests, by file; in this order, on one scene. */
void files_add_uploads(TCase *tc);
void files_add_checks(TCase *tc);
void files_add_forms(TCase *tc);
void files_add_sweep(TCase *tc);

#endif
