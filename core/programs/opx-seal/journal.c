/* SPDX-License-Identifier: MPL-2.0 */
/* journal.c: opens, checks, repairs and extends the journal and its state file. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "journal_record.h"

#define STOPPED N_("Le scellement est arrêté : son journal ne peut pas être lu ou écrit.")
#define HEADER_BYTES 32
#define MAGIC "opx-journal/1\n\0"
#define STATE_MAGIC "opx-seal-state/1\n"
#define WINDOW_BYTES ((1U << 20) + OPX_RECORD_MAX + OPX_RECORD_FRAME)

/* How far the journal goes. chain is SHA-256(former chain || end record), from SHA-256(header): it names every batch. */
struct position {
	int64_t batches, bytes;
	struct opx_sha256 chain;
};

struct opx_journal {
	const struct opx_vfs *vfs;
	int dir_fd, fd;
	struct opx_crc32c crc;
	struct position at; /* what is safe: journal and state file agree on it */
	int64_t dropped;
	bool is_broken; /* an append failed half way: only a new start may go on */
	/* A piece of the file, for reading. */
	uint8_t *window;
	int64_t window_at;
	size_t window_n;
};

static enum opx_status io_failed(struct opx_error *err, const char *what)
{
	int e = errno;
	return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: %s: %s", what, strerror(e));
}

/* ---- reading ---- */

/* *ret points at n bytes of the file from `at`; the caller knows that they are there. */
static enum opx_status window_get(struct opx_journal *j, int64_t at, size_t n, const uint8_t **ret,
				  struct opx_error *err)
{
	if (at < j->window_at || at + (int64_t)n > j->window_at + (int64_t)j->window_n) {
		OPX_ASSERT(n <= WINDOW_BYTES);
		j->window_at = at;
		j->window_n = 0;
		while (j->window_n < WINDOW_BYTES) {
			ssize_t got = j->vfs->pread(j->vfs, j->fd, j->window + j->window_n,
						    WINDOW_BYTES - j->window_n, at + (int64_t)j->window_n);
			if (got < 0)
				return io_failed(err, "pread");
			if (got == 0)
				break;
			j->window_n += (size_t)got;
		}
		if (j->window_n < n)
			return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: shorter than a moment ago");
	}
	*ret = j->window + (at - j->window_at);
	return OPX_OK;
}

/* The record at `at` of a file of `size` bytes: *ret_n 0 when there is no whole and sound record. */
static enum opx_status record_get(struct opx_journal *j, int64_t at, int64_t size,
				  const uint8_t **ret_payload, size_t *ret_n, struct opx_error *err)
{
	const uint8_t *p;
	*ret_n = 0;
	if (size - at < (int64_t)OPX_RECORD_FRAME)
		return OPX_OK;
	OPX_TRY(window_get(j, at, 4, &p, err));
	size_t n = opx_record_length(p);
	if (n == 0 || size - at < (int64_t)(n + OPX_RECORD_FRAME))
		return OPX_OK;
	OPX_TRY(window_get(j, at, n + OPX_RECORD_FRAME, &p, err));
	if (!opx_record_is_whole(&j->crc, p, n))
		return OPX_OK;
	*ret_payload = p + 4;
	*ret_n = n;
	return OPX_OK;
}

/* Where the batch that begins at `at` ends; 0 when it is not whole. */
static enum opx_status batch_end(struct opx_journal *j, int64_t at, int64_t size, int64_t *ret_end,
				 struct opx_error *err)
{
	struct opx_journal_line line;
	size_t n, n_lines = 0, n_announced, n_heads;
	const uint8_t *payload = NULL;
	*ret_end = 0;
	for (;;) {
		OPX_TRY(record_get(j, at, size, &payload, &n, err));
		if (n == 0)
			return OPX_OK;
		enum opx_record_kind kind = opx_record_parse(payload, n, &line, &n_announced, &n_heads);
		at += (int64_t)(n + OPX_RECORD_FRAME);
		if (kind == OPX_RECORD_BAD)
			return OPX_OK;
		if (kind == OPX_RECORD_END)
			break;
		n_lines++;
	}
	if (n_lines == n_announced && n_lines > 0)
		*ret_end = at;
	return OPX_OK;
}

static struct opx_sha256 chain_next(const struct opx_sha256 *chain, const uint8_t *payload, size_t n)
{
	return opx_sha256_parts((struct opx_bytes){ .p = chain->b, .n = 32 },
				(struct opx_bytes){ .p = payload, .n = n }, (struct opx_bytes){ .p = NULL });
}

static enum opx_status feed_heads(const uint8_t *payload, size_t n_heads,
				  const struct opx_journal_replay *replay, struct opx_error *err)
{
	struct opx_journal_head *heads = calloc(n_heads + 1, sizeof(*heads));
	if (heads == NULL)
		abort();
	for (size_t i = 0; i < n_heads; i++)
		heads[i] = opx_record_head(payload, i);
	enum opx_status status = replay->heads(replay->self, heads, n_heads, err);
	free(heads);
	return status;
}

/* Hands a whole batch to replay and moves *pos behind it. */
static enum opx_status feed_batch(struct opx_journal *j, int64_t end, const struct opx_journal_replay *replay,
				  struct position *pos, struct opx_error *err)
{
	struct opx_journal_line line;
	size_t n, n_lines, n_heads;
	const uint8_t *payload = NULL;
	for (int64_t at = pos->bytes; at < end; at += (int64_t)(n + OPX_RECORD_FRAME)) {
		OPX_TRY(record_get(j, at, end, &payload, &n, err));
		if (n == 0)
			return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: changed while read");
		if (opx_record_parse(payload, n, &line, &n_lines, &n_heads) == OPX_RECORD_LINE) {
			OPX_TRY(replay->line(replay->self, &line, at, err));
			continue;
		}
		struct opx_sha256 chain = chain_next(&pos->chain, payload, n);
		OPX_TRY(feed_heads(payload, n_heads, replay, err));
		pos->chain = chain;
	}
	pos->bytes = end;
	pos->batches++;
	return OPX_OK;
}

static bool position_eq(const struct position *a, const struct position *b)
{
	return a->batches == b->batches && a->bytes == b->bytes && memcmp(a->chain.b, b->chain.b, 32) == 0;
}

/* Reads all whole batches of a file of `size` bytes; the one named by *state must be among them. */
static enum opx_status scan(struct opx_journal *j, int64_t size, const struct position *state,
			    const struct opx_journal_replay *replay, struct position *ret,
			    struct opx_error *err)
{
	const uint8_t *header;
	if (size < HEADER_BYTES)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"journal: has %" PRId64 " bytes, the state file says %" PRId64, size,
				state->bytes);
	OPX_TRY(window_get(j, 0, HEADER_BYTES, &header, err));
	if (memcmp(header, MAGIC, 16) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: not a journal");
	struct position pos = { .bytes = HEADER_BYTES };
	pos.chain = opx_sha256((struct opx_bytes){ .p = header, .n = HEADER_BYTES });
	bool is_state_seen = position_eq(&pos, state);
	while (pos.bytes < size) {
		int64_t end;
		OPX_TRY(batch_end(j, pos.bytes, size, &end, err));
		if (end == 0)
			break;
		OPX_TRY(feed_batch(j, end, replay, &pos, err));
		is_state_seen = is_state_seen || position_eq(&pos, state);
	}
	if (!is_state_seen && size < state->bytes)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"journal: the state file is ahead: it says %" PRId64
				" bytes, the journal has %" PRId64,
				state->bytes, size);
	if (!is_state_seen && pos.bytes < state->bytes)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED,
				"journal: defect behind byte %" PRId64 ", before the end of what was signed",
				pos.bytes);
	if (!is_state_seen)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"journal: the state file is that of another journal");
	*ret = pos;
	return OPX_OK;
}

/* ---- the state file ---- */

static enum opx_status state_number(struct opx_bytes text, size_t *at, const char *key, int64_t *ret,
				    struct opx_error *err)
{
	size_t n_key = strlen(key), start = *at + n_key, end = start;
	if (text.n < start || memcmp(text.p + *at, key, n_key) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "state file: no %s", key);
	while (end < text.n && text.p[end] != '\n')
		end++;
	char digits[24] = "";
	if (end == text.n || end - start >= sizeof(digits))
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "state file: bad %s", key);
	memcpy(digits, text.p + start, end - start);
	*at = end + 1;
	return opx_parse_i64(opx_str_z(digits), 0, INT64_MAX, ret, err);
}

static enum opx_status state_parse(struct opx_bytes text, struct position *ret, struct opx_error *err)
{
	size_t at = strlen(STATE_MAGIC);
	char hex[65] = "";
	if (text.n < at || memcmp(text.p, STATE_MAGIC, at) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "state file: not a state file");
	OPX_TRY(state_number(text, &at, "batches ", &ret->batches, err));
	OPX_TRY(state_number(text, &at, "bytes ", &ret->bytes, err));
	if (text.n != at + 6 + 64 + 1 || memcmp(text.p + at, "chain ", 6) != 0 || text.p[text.n - 1] != '\n')
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "state file: bad chain");
	memcpy(hex, text.p + at + 6, 64);
	return opx_sha256_unhex(opx_str_z(hex), &ret->chain, err);
}

/* *ret_is_there false when there is none. */
static enum opx_status state_load(const struct opx_vfs *vfs, int dir_fd, struct position *ret,
				  bool *ret_is_there, struct opx_error *err)
{
	uint8_t text[256];
	size_t n = 0;
	ssize_t got;
	int fd = vfs->open(vfs, dir_fd, "state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	*ret_is_there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? OPX_OK : io_failed(err, "open state");
	while ((got = vfs->read(vfs, fd, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	enum opx_status status = got < 0 ? io_failed(err, "read state") : OPX_OK;
	(void)vfs->close(vfs, fd);
	OPX_TRY(status);
	return state_parse((struct opx_bytes){ .p = text, .n = n }, ret, err);
}

/* No room is told apart: nothing was renamed, the caller may take its batch back. An fsync that fails never is. */
static enum opx_status state_failed(struct opx_error *err, const char *what)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "journal: %s: %s", what, strerror(errno));
	return io_failed(err, what);
}

static enum opx_status state_write(const struct opx_vfs *vfs, int fd, const char *text, size_t n,
				   struct opx_error *err)
{
	if (opx_vfs_write_all(vfs, fd, text, n) != 0)
		return state_failed(err, "write state");
	if (vfs->fsync(vfs, fd) != 0)
		return io_failed(err, "fsync state");
	return OPX_OK;
}

/* OPX_UNAVAILABLE: no room, the old state file stands. */
static enum opx_status state_save(struct opx_journal *j, const struct position *pos, struct opx_error *err)
{
	char text[256], hex[65];
	opx_sha256_hex(&pos->chain, hex);
	int n = snprintf(text, sizeof(text), STATE_MAGIC "batches %" PRId64 "\nbytes %" PRId64 "\nchain %s\n",
			 pos->batches, pos->bytes, hex);
	int fd = j->vfs->open(j->vfs, j->dir_fd, "state.new",
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return state_failed(err, "open state.new");
	enum opx_status status = state_write(j->vfs, fd, text, (size_t)n, err);
	(void)j->vfs->close(j->vfs, fd);
	OPX_TRY(status);
	if (j->vfs->rename(j->vfs, j->dir_fd, "state.new", "state") != 0)
		return io_failed(err, "rename state");
	if (j->vfs->fsync(j->vfs, j->dir_fd) != 0)
		return io_failed(err, "fsync folder");
	j->at = *pos;
	return OPX_OK;
}

/* ---- opening ---- */

/* A folder without a state file: begins the journal. A header cut by a crash is written again. */
static enum opx_status create(struct opx_journal *j, int64_t size, const struct opx_random *random,
			      struct opx_error *err)
{
	uint8_t header[HEADER_BYTES];
	if (size > HEADER_BYTES)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"journal: has batches but its state file is missing");
	memcpy(header, MAGIC, 16);
	opx_random_fill(random, header + 16, 16);
	if (size > 0 && j->vfs->ftruncate(j->vfs, j->fd, 0) != 0)
		return io_failed(err, "ftruncate");
	if (opx_vfs_write_all(j->vfs, j->fd, header, sizeof(header)) != 0)
		return io_failed(err, "write header");
	if (j->vfs->fsync(j->vfs, j->fd) != 0 || j->vfs->fsync(j->vfs, j->dir_fd) != 0)
		return io_failed(err, "fsync header");
	struct position pos = { .bytes = HEADER_BYTES };
	pos.chain = opx_sha256((struct opx_bytes){ .p = header, .n = sizeof(header) });
	return state_save(j, &pos, err);
}

/* Cuts what is not a whole batch, then brings the state file up to the journal. */
static enum opx_status repair(struct opx_journal *j, int64_t size, const struct position *state,
			      const struct position *pos, struct opx_error *err)
{
	j->dropped = size - pos->bytes;
	j->window_n = 0; /* what was read behind the cut is not there any more */
	if (j->dropped > 0 && j->vfs->ftruncate(j->vfs, j->fd, pos->bytes) != 0)
		return io_failed(err, "ftruncate");
	if (j->dropped > 0 || pos->bytes > state->bytes) {
		/* The batch may still be in memory only: the process that wrote it may have died before its fdatasync. */
		if (j->vfs->fdatasync(j->vfs, j->fd) != 0)
			return io_failed(err, "fdatasync");
		return state_save(j, pos, err);
	}
	j->at = *pos;
	return OPX_OK;
}

static struct opx_journal *journal_new(const struct opx_vfs *vfs, int dir_fd)
{
	struct opx_journal *j = calloc(1, sizeof(*j));
	if (j == NULL)
		abort();
	j->vfs = vfs;
	j->dir_fd = dir_fd;
	j->fd = -1;
	j->window = malloc(WINDOW_BYTES);
	if (j->window == NULL)
		abort();
	opx_crc32c_init(&j->crc);
	return j;
}

void opx_journal_free(struct opx_journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		(void)journal->vfs->close(journal->vfs, journal->fd);
	free(journal->window);
	free(journal);
}

static enum opx_status journal_size(struct opx_journal *j, int flags, int64_t *ret_size,
				    struct opx_error *err)
{
	struct stat st;
	j->fd = j->vfs->open(j->vfs, j->dir_fd, "journal", flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd < 0)
		return io_failed(err, "open journal");
	if (j->vfs->fstat(j->vfs, j->fd, &st) != 0)
		return io_failed(err, "fstat journal");
	*ret_size = st.st_size;
	return OPX_OK;
}

enum opx_status opx_journal_open(const struct opx_vfs *vfs, int dir_fd, const struct opx_random *random,
				 const struct opx_journal_replay *replay, struct opx_journal **ret,
				 struct opx_error *err)
{
	OPX_AUTO_JOURNAL j = journal_new(vfs, dir_fd);
	struct position state, pos;
	bool is_there;
	int64_t size;
	OPX_TRY(state_load(vfs, dir_fd, &state, &is_there, err));
	OPX_TRY(journal_size(j, O_RDWR | O_APPEND | O_CREAT, &size, err));
	if (is_there) {
		OPX_TRY(scan(j, size, &state, replay, &pos, err));
		OPX_TRY(repair(j, size, &state, &pos, err));
	} else {
		OPX_TRY(create(j, size, random, err));
	}
	*ret = j;
	j = NULL;
	return OPX_OK;
}

enum opx_status opx_journal_read(const struct opx_vfs *vfs, int dir_fd,
				 const struct opx_journal_replay *replay, struct opx_error *err)
{
	OPX_AUTO_JOURNAL j = journal_new(vfs, dir_fd);
	struct position state, pos;
	bool is_there;
	int64_t size;
	/* The state first: a live process only moves the journal forward. */
	OPX_TRY(state_load(vfs, dir_fd, &state, &is_there, err));
	if (!is_there)
		return OPX_FAIL(err, OPX_NOT_FOUND, STOPPED, "journal: no state file");
	OPX_TRY(journal_size(j, O_RDONLY, &size, err));
	return scan(j, size, &state, replay, &pos, err);
}

/* ---- writing ---- */

/* A write that failed: takes back what it left, so that a later try is possible when the disk was full. */
static enum opx_status take_back(struct opx_journal *j, int error, struct opx_error *err)
{
	bool is_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
	if (!is_room || j->vfs->ftruncate(j->vfs, j->fd, j->at.bytes) != 0) {
		j->is_broken = true;
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: write: %s", strerror(error));
	}
	return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "journal: write: %s", strerror(error));
}

static enum opx_status make_safe(struct opx_journal *j, const struct position *pos, struct opx_error *err)
{
	if (j->vfs->fdatasync(j->vfs, j->fd) != 0)
		return io_failed(err, "fdatasync");
	return state_save(j, pos, err);
}

enum opx_status opx_journal_append(struct opx_journal *journal, const struct opx_journal_line *lines,
				   size_t n_lines, const struct opx_journal_head *heads, size_t n_heads,
				   int64_t *ret_offsets, struct opx_error *err)
{
	if (journal->is_broken)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: an earlier write failed");
	OPX_ASSERT(n_lines > 0 && n_lines <= OPX_JOURNAL_MAX_LINES);
	struct opx_record_out out = { .p = NULL };
	for (size_t i = 0; i < n_lines; i++) {
		if (ret_offsets != NULL)
			ret_offsets[i] = journal->at.bytes + (int64_t)out.n;
		opx_record_put_line(&out, &journal->crc, &lines[i]);
	}
	size_t end_at = out.n;
	opx_record_put_end(&out, &journal->crc, n_lines, heads, n_heads);
	struct position pos = { .batches = journal->at.batches + 1,
				.bytes = journal->at.bytes + (int64_t)out.n };
	pos.chain = chain_next(&journal->at.chain, out.p + end_at + 4, out.n - end_at - OPX_RECORD_FRAME);
	int failed = opx_vfs_write_all(journal->vfs, journal->fd, out.p, out.n) != 0 ? errno : 0;
	opx_record_out_done(&out);
	if (failed != 0)
		return take_back(journal, failed, err);
	enum opx_status status = make_safe(journal, &pos, err);
	if (status == OPX_UNAVAILABLE)
		return take_back(journal, ENOSPC,
				 err); /* the state file had no room: the batch was not signed and goes */
	journal->is_broken = status != OPX_OK;
	return status;
}

enum opx_status opx_journal_line_at(struct opx_journal *journal, int64_t offset, struct opx_arena *arena,
				    struct opx_journal_line *ret, struct opx_error *err)
{
	struct opx_journal_line line;
	size_t n, n_lines, n_heads;
	const uint8_t *payload = NULL;
	OPX_TRY(record_get(journal, offset, journal->at.bytes, &payload, &n, err));
	if (n == 0 || opx_record_parse(payload, n, &line, &n_lines, &n_heads) != OPX_RECORD_LINE)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "journal: no line at byte %" PRId64, offset);
	line.line.p = opx_arena_memdup(arena, line.line.p, line.line.n);
	line.body.p = opx_arena_memdup(arena, line.body.p, line.body.n);
	*ret = line;
	return OPX_OK;
}

int64_t opx_journal_batches(const struct opx_journal *journal)
{
	return journal->at.batches;
}

int64_t opx_journal_bytes(const struct opx_journal *journal)
{
	return journal->at.bytes;
}

int64_t opx_journal_dropped(const struct opx_journal *journal)
{
	return journal->dropped;
}
