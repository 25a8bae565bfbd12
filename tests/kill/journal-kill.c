/* SPDX-License-Identifier: MPL-2.0 */
/* journal-kill.c: the journal alone, for journal-kill.sh to kill at each system call.
 *
 * journal-kill write FOLDER N: opens the journal, appends batches number 0 to N-1 that are not there yet, and says
 * "ack <n>" on standard output after each. journal-kill check FOLDER ACKS: opens it again, requires every acknowledged
 * batch whole and in order and at most one more, then appends one more and reads all back.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/num.h"
#include "journal.h"

#define LINES 4

struct seen {
	int64_t lines, batches;
	char wrong[80];
};

static void content(int64_t n, int i, char text[200])
{
	snprintf(text, 200, "batch %" PRId64 " line %d of the log, long enough to be worth a page", n, i);
}

static enum opx_status on_line(void *self, const struct opx_journal_line *line, int64_t offset,
			       struct opx_error *err)
{
	struct seen *seen = self;
	char text[200];
	(void)offset;
	(void)err;
	content(seen->lines / LINES, (int)(seen->lines % LINES), text);
	if (line->seq != seen->lines || line->line.n != strlen(text) ||
	    memcmp(line->line.p, text, line->line.n) != 0)
		snprintf(seen->wrong, sizeof(seen->wrong), "line %" PRId64 " is not what was appended",
			 seen->lines);
	seen->lines++;
	return OPX_OK;
}

static enum opx_status on_heads(void *self, const struct opx_journal_head *heads, size_t n,
				struct opx_error *err)
{
	struct seen *seen = self;
	(void)err;
	seen->batches++;
	if (n != 1 || heads[0].size != seen->lines || seen->lines != seen->batches * LINES)
		snprintf(seen->wrong, sizeof(seen->wrong), "batch %" PRId64 " is not whole",
			 seen->batches - 1);
	return OPX_OK;
}

static enum opx_status open_folder(const char *path, struct seen *seen, int *ret_dir,
				   struct opx_journal **ret, struct opx_error *err)
{
	struct opx_journal_replay replay = { .self = seen, .line = on_line, .heads = on_heads };
	*seen = (struct seen){ .lines = 0 };
	*ret_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return opx_journal_open(&opx_vfs_real, *ret_dir, &opx_random_real, &replay, ret, err);
}

static enum opx_status append(struct opx_journal *j, int64_t n, struct opx_error *err)
{
	char text[LINES][200];
	struct opx_journal_line lines[LINES];
	struct opx_journal_head head = { .log = 1, .size = (n + 1) * LINES };
	for (int i = 0; i < LINES; i++) {
		content(n, i, text[i]);
		lines[i] = (struct opx_journal_line){ .log = 1, .seq = n * LINES + i };
		lines[i].line = (struct opx_bytes){ .p = (const uint8_t *)text[i], .n = strlen(text[i]) };
	}
	return opx_journal_append(j, lines, LINES, &head, 1, NULL, err);
}

static int fail(const char *what, const struct opx_error *err)
{
	fprintf(stderr, "%s: %s\n", what, err != NULL ? err->detail : "");
	return 1;
}

static int do_write(const char *path, int64_t n)
{
	struct seen seen;
	struct opx_error err = { .status = OPX_OK };
	OPX_AUTO_FD dir = -1;
	OPX_AUTO_JOURNAL j = NULL;
	if (open_folder(path, &seen, &dir, &j, &err) != OPX_OK)
		return fail("open", &err);
	for (int64_t i = opx_journal_batches(j); i < n; i++) {
		if (append(j, i, &err) != OPX_OK)
			return fail("append", &err);
		printf("ack %" PRId64 "\n", i);
		fflush(stdout);
	}
	return 0;
}

/* How many lines "ack …" the file has. */
static int64_t count_acks(const char *path)
{
	char line[64];
	int64_t n = 0;
	OPX_AUTO_FILE f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strncmp(line, "ack ", 4) == 0 && strchr(line, '\n') != NULL;
	return n;
}

static int do_check(const char *path, const char *acks)
{
	struct seen seen;
	struct opx_error err = { .status = OPX_OK };
	int64_t n_acks = count_acks(acks), n;
	{
		OPX_AUTO_FD dir = -1;
		OPX_AUTO_JOURNAL j = NULL;
		if (open_folder(path, &seen, &dir, &j, &err) != OPX_OK)
			return fail("open after the kill", &err);
		n = seen.batches;
		if (n < n_acks || n > n_acks + 1 || seen.lines != n * LINES)
			return fail("an acknowledged batch is missing, or one is there that nobody asked for",
				    NULL);
		if (append(j, n, &err) != OPX_OK)
			return fail("append after the kill", &err);
	}
	OPX_AUTO_FD dir = -1;
	OPX_AUTO_JOURNAL j = NULL;
	if (open_folder(path, &seen, &dir, &j, &err) != OPX_OK)
		return fail("second open", &err);
	if (seen.wrong[0] != '\0' || seen.batches != n + 1)
		return fail(seen.wrong, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	int64_t n;
	if (argc == 4 && strcmp(argv[1], "write") == 0 &&
	    opx_parse_i64(opx_str_z(argv[3]), 1, 1000, &n, NULL) == OPX_OK)
		return do_write(argv[2], n);
	if (argc == 4 && strcmp(argv[1], "check") == 0)
		return do_check(argv[2], argv[3]);
	fprintf(stderr, "usage: journal-kill write FOLDER N | check FOLDER ACKS\n");
	return 2;
}
