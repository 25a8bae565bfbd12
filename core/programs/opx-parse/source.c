/* SPDX-License-Identifier: MPL-2.0 */
/* source.c: see source.h. */
#include "source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void clear(struct source *s, int64_t size, int fd, const uint8_t *data)
{
	s->size = size;
	s->fd = fd;
	s->data = data;
	s->window_at = 0;
	s->window_n = 0;
	s->is_broken = false;
}

void source_of_fd(struct source *s, int fd, int64_t size)
{
	clear(s, size, fd, NULL);
}

void source_of_memory(struct source *s, const uint8_t *data, size_t n)
{
	clear(s, (int64_t)n, -1, data);
}

static size_t read_fd(struct source *s, int64_t at, uint8_t *buf, size_t n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t k = pread(s->fd, buf + got, n - got, at + (int64_t)got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			s->is_broken = true;
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

/* Bytes of the file itself, at most up to its size. */
static size_t read_at(struct source *s, int64_t at, uint8_t *buf, size_t n)
{
	if (at < 0 || at >= s->size || s->is_broken)
		return 0;
	if ((int64_t)n > s->size - at)
		n = (size_t)(s->size - at);
	if (s->fd >= 0)
		return read_fd(s, at, buf, n);
	memcpy(buf, s->data + at, n);
	return n;
}

static bool is_in_window(const struct source *s, int64_t at, size_t n)
{
	return at >= s->window_at && at - s->window_at <= (int64_t)s->window_n &&
	       n <= s->window_n - (size_t)(at - s->window_at);
}

static bool slide(struct source *s, int64_t at, size_t n)
{
	if (is_in_window(s, at, n))
		return true;
	s->window_n = read_at(s, at, s->window, sizeof(s->window));
	s->window_at = at;
	return s->window_n > 0;
}

size_t source_read(struct source *s, int64_t at, uint8_t *buf, size_t n)
{
	if (n > sizeof(s->window))
		return read_at(s, at, buf, n);
	if (at < 0 || at >= s->size)
		return 0;
	if ((int64_t)n > s->size - at)
		n = (size_t)(s->size - at);
	if (!slide(s, at, n))
		return 0;
	size_t have = s->window_n - (size_t)(at - s->window_at);
	n = n < have ? n : have;
	memcpy(buf, s->window + (at - s->window_at), n);
	return n;
}

int source_byte(struct source *s, int64_t at)
{
	return at >= 0 && slide(s, at, 1) ? s->window[at - s->window_at] : -1;
}

int64_t source_find(struct source *s, int64_t at, uint8_t byte)
{
	while (at >= 0 && slide(s, at, 1)) {
		size_t from = (size_t)(at - s->window_at);
		const uint8_t *hit = memchr(s->window + from, byte, s->window_n - from);
		if (hit != NULL)
			return s->window_at + (hit - s->window);
		at = s->window_at + (int64_t)s->window_n;
	}
	return s->size;
}
