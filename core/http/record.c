/* SPDX-License-Identifier: MPL-2.0 */
/* record.c: see record.h. */
#include "http/record.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#define STDOUT 6
#define END_REQUEST 3
#define HEADER_BYTES 8
#define CONTENT_BYTES 65528U /* of 65,535 at most; a multiple of 8 keeps what follows aligned */
#define PARTS 4
#define END_BYTES 24

/* What one record holds: its header, then pieces of what is left of head and body; the end of the request behind the last one. */
struct record {
	unsigned char header[HEADER_BYTES], end[END_BYTES];
	struct iovec parts[PARTS];
	int n;
};

static void set_header(unsigned char header[HEADER_BYTES], unsigned char type, int request_id, size_t n)
{
	header[0] = 1; /* version */
	header[1] = type;
	header[2] = (unsigned char)(request_id >> 8);
	header[3] = (unsigned char)request_id;
	header[4] = (unsigned char)(n >> 8U);
	header[5] = (unsigned char)n;
	header[6] = header[7] = 0; /* no padding */
}

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
	set_header(r->header, STDOUT, request_id, n);
	r->parts[0] = (struct iovec){ .iov_base = r->header, .iov_len = HEADER_BYTES };
	if (head->n > 0 || body->n > 0)
		return;
	/* A record without content is the end of its stream; an answer without any is that alone. */
	memset(r->end, 0, END_BYTES); /* application status 0, protocol status FCGI_REQUEST_COMPLETE */
	set_header(r->end, STDOUT, request_id, 0);
	set_header(r->end + HEADER_BYTES, END_REQUEST, request_id, END_BYTES - 2 * HEADER_BYTES);
	if (n == 0)
		r->n = 0;
	r->parts[r->n++] = (struct iovec){ .iov_base = r->end, .iov_len = END_BYTES };
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
	do {
		struct record r;
		make(&r, request_id, &head, &body);
		if (!send_whole(fd, r.parts, r.n))
			return false;
	} while (head.n > 0 || body.n > 0);
	return true;
}
