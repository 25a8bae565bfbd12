/* SPDX-License-Identifier: MPL-2.0 */
/* journals.c: see journals.h. */
#include "journals.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

static void seen_add(struct journals_seen *seen, const void *p, size_t n)
{
	seen->digest = opx_sha256_parts((struct opx_bytes){ .p = seen->digest.b, .n = 32 },
					(struct opx_bytes){ .p = p, .n = n },
					(struct opx_bytes){ .p = NULL });
}

static enum opx_status seen_line(void *self, const struct opx_journal_line *line, int64_t offset,
				 struct opx_error *err)
{
	struct journals_seen *seen = self;
	if (++seen->lines == seen->stop_at)
		return OPX_FAIL(err, OPX_INVALID, "stop", "asked to stop");
	seen_add(seen, &line->log, sizeof(line->log));
	seen_add(seen, &line->seq, sizeof(line->seq));
	seen_add(seen, line->line.p, line->line.n);
	seen_add(seen, line->body.p, line->body.n);
	seen->last_offset = offset;
	return OPX_OK;
}

static enum opx_status seen_heads(void *self, const struct opx_journal_head *heads, size_t n,
				  struct opx_error *err)
{
	struct journals_seen *seen = self;
	(void)err;
	seen->batches++;
	for (size_t i = 0; i < n; i++) {
		seen_add(seen, &heads[i].log, sizeof(heads[i].log));
		seen_add(seen, &heads[i].size, sizeof(heads[i].size));
		seen_add(seen, heads[i].root.b, 32);
	}
	return OPX_OK;
}

struct opx_journal_replay journals_replay_into(struct journals_seen *seen)
{
	*seen = (struct journals_seen){ .lines = 0 };
	return (struct opx_journal_replay){ .self = seen, .line = seen_line, .heads = seen_heads };
}

int journals_folder_new(char path[JOURNALS_FOLDER_CHARS])
{
	snprintf(path, JOURNALS_FOLDER_CHARS, "%s/opx-journal-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

void journals_folder_free(const char *path, int fd)
{
	unlinkat(fd, "journal", 0);
	unlinkat(fd, "state", 0);
	unlinkat(fd, "state.new", 0);
	close(fd);
	ck_assert_int_eq(rmdir(path), 0);
}

enum opx_status journals_append(struct opx_journal *j, int n, int64_t *ret_offsets, struct opx_error *err)
{
	char text[JOURNALS_LINES][400], body[] = "{\"v\":1}";
	struct opx_journal_line lines[JOURNALS_LINES];
	struct opx_journal_head heads[2];
	for (int i = 0; i < JOURNALS_LINES; i++) {
		int chars =
			snprintf(text[i], sizeof(text[i]), "line %d of batch %d %0*d", i, n, 40 + 30 * i, 7);
		lines[i] = (struct opx_journal_line){ .log = 7 + i % 2, .seq = n * 10 + i };
		lines[i].line = (struct opx_bytes){ .p = (const uint8_t *)text[i], .n = (size_t)chars };
		if (i == 1)
			lines[i].body =
				(struct opx_bytes){ .p = (const uint8_t *)body, .n = sizeof(body) - 1 };
	}
	for (int i = 0; i < 2; i++) {
		heads[i] = (struct opx_journal_head){ .log = 7 + i, .size = n * 10 + 10 };
		memset(heads[i].root.b, n + i, 32);
	}
	return opx_journal_append(j, lines, JOURNALS_LINES, heads, 2, ret_offsets, err);
}

enum opx_status journals_reopen(const struct opx_vfs *vfs, int dir, struct journals_seen *seen,
				struct opx_journal **ret, struct opx_error *err)
{
	struct opx_journal_replay replay = journals_replay_into(seen);
	return opx_journal_open(vfs, dir, &opx_random_real, &replay, ret, err);
}

struct journals_seen journals_build(int dir, int n)
{
	struct journals_seen seen;
	struct opx_error err = { .status = OPX_OK };
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
		for (int i = 0; i < n; i++)
			ck_assert_msg(journals_append(j, i, NULL, &err) == OPX_OK, "%s", err.detail);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	return seen;
}

size_t journals_slurp(int dir, const char *name, uint8_t *buf, size_t max)
{
	OPX_AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ssize_t n = read(fd, buf, max);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

void journals_spill(int dir, const char *name, const uint8_t *buf, size_t n)
{
	OPX_AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, buf, n), (ssize_t)n);
}
