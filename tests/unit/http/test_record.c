/* SPDX-License-Identifier: MPL-2.0 */
/* test_record.c: an answer as records of FastCGI. */
#include "requests.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/record.h"

/* Reads the end of a request: type, eight bytes that say complete, then nothing any more. */
static void expect_end(int fd, const uint8_t header[8])
{
	uint8_t said[9];
	static const uint8_t complete[8];
	ck_assert_uint_eq(header[1], 3);
	ck_assert_int_eq(recv(fd, said, sizeof(said), MSG_WAITALL), 8);
	ck_assert_mem_eq(said, complete, sizeof(complete));
}

/* Reads what was written to the other end, record by record: version, type, id, length, no padding; then its end. */
static size_t content_of(int fd, uint8_t *out, size_t max)
{
	uint8_t header[8];
	size_t n = 0;
	bool is_over = false;
	while (recv(fd, header, sizeof(header), MSG_WAITALL) == (ssize_t)sizeof(header)) {
		size_t length = (size_t)header[4] << 8U | header[5];
		ck_assert_uint_eq(header[0], 1);
		ck_assert_uint_eq((unsigned)header[2] << 8U | header[3], 259);
		ck_assert_uint_eq(header[6], 0);
		if (is_over) {
			expect_end(fd, header);
			return n;
		}
		ck_assert_uint_eq(header[1], 6);
		is_over = length == 0;
		if (is_over)
			continue;
		ck_assert_uint_le(n + length, max);
		ck_assert_int_eq(recv(fd, out + n, length, MSG_WAITALL), (ssize_t)length);
		n += length;
	}
	ck_abort_msg("no end of the request after %zu bytes", n);
}

START_TEST(an_answer_of_any_size_is_whole_in_its_records)
{
	static const size_t sizes[] = { 0, 1, 65500, 65508, 65509, 65527, 65528, 65529, 200000 };
	const struct opx_bytes head = opx_bytes_of(OPX_STR("Status: 200 OK\r\n\r\n"));
	for (size_t i = 0; i < OPX_COUNT(sizes); i++) {
		int ends[2];
		uint8_t *body = opx_arena_alloc(request_arena, 1, sizes[i] + 1);
		uint8_t *seen = opx_arena_alloc(request_arena, 1, sizes[i] + head.n);
		for (size_t k = 0; k < sizes[i]; k++)
			body[k] = (uint8_t)(k * 31U + k / 251U);
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		pid_t child = fork();
		if (child == 0) {
			(void)close(ends[0]);
			bool is_sent = opx_record_write(ends[1], 259, head,
							(struct opx_bytes){ .p = body, .n = sizes[i] });
			_exit(is_sent ? 0 : 1);
		}
		(void)close(ends[1]);
		ck_assert_uint_eq(content_of(ends[0], seen, sizes[i] + head.n), sizes[i] + head.n);
		ck_assert_mem_eq(seen, head.p, head.n);
		if (sizes[i] > 0)
			ck_assert_mem_eq(seen + head.n, body, sizes[i]);
		int status = 0;
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		(void)close(ends[0]);
	}
}
END_TEST

START_TEST(an_answer_to_one_who_went_away_is_given_up)
{
	int ends[2];
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	ck_assert_int_eq(sigaction(SIGPIPE, &ignored, NULL), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)close(ends[0]);
	ck_assert(!opx_record_write(ends[1], 1, opx_bytes_of(OPX_STR("x")), (struct opx_bytes){ .n = 0 }));
	(void)close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");
	tcase_add_checked_fixture(tc, request_setup, request_teardown);
	tcase_add_test(tc, an_answer_of_any_size_is_whole_in_its_records);
	tcase_add_test(tc, an_answer_to_one_who_went_away_is_given_up);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
