/* SPDX-License-Identifier: MPL-2.0 */
/* record.c: see record.h. */
#include "http/record.h"

#include <errno.h>
#include <sys/uio.h>

#define HEADER_BYTES 8
#define CONTENT_BYTES 65528U /* of 65,535 at most; a multiple of 8 keeps what follows aligned */
#define PARTS 3

/* What one record holds: its header, then pieces of what is left of head and body. */
struct record {
	unsigned char header[HEADER_BYTES];
	struct iovec parts[PARTS];
	int n;
};

static size_t take(struct record *r, struct opx_bytes *from, size_t room)
{
	size_t n = from->n < room ? from->n : room;
	if (n == 0)
		return 0;
	r->parts[r->n++] = (struct iovec){ .iov_base = (void *)(uintptr_t)from->p, .iov_len = n };
	from->p += n;
	from->n -= n;
	return n;
}

static void make(struct record *r, int request_id, struct opx_bytes *head, struct opx_bytes *body)
{
	r->n = 1;
	size_t n = take(r, head, CONTENT_BYTES);
	n += take(r, body, CONTENT_BYTES - n);
	const unsigned char header[HEADER_BYTES] = {
		1, /* version */
		6, /* FCGI_STDOUT */
		(unsigned char)(request_id >> 8),
		(unsigned char)request_id,
		(unsigned char)(n >> 8U),
		(unsigned char)n,
	};
	for (size_t i = 0; i < HEADER_BYTES; i++)
		r->header[i] = header[i];
	r->parts[0] = (struct iovec){ .iov_base = r->header, .iov_len = HEADER_BYTES };
}

/* Drops n written bytes from the front. */
static void advance(struct iovec **parts, int *n_parts, size_t n)
{
	while (*n_parts > 0 && n >= (*parts)->iov_len) {
		n -= (*parts)->iov_len;
		(*parts)++;
		(*n_parts)--;
	}
	if (*n_parts > 0) {
		(*parts)->iov_base = (char *)(*parts)->iov_base + n;
		(*parts)->iov_len -= n;
	}
}

static bool send_whole(int fd, struct iovec *parts, int n_parts)
{
	while (n_parts > 0) {
		ssize_t n = writev(fd, parts, n_parts);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		advance(&parts, &n_parts, (size_t)n);
	}
	return true;
}

bool opx_record_write(int fd, int request_id, struct opx_bytes head, struct opx_bytes body)
{
	while (head.n > 0 || body.n > 0) {
		struct record r;
		make(&r, request_id, &head, &body);
		if (!send_whole(fd, r.parts, r.n))
			return false;
	}
	return true;
}
