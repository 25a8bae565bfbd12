/* SPDX-License-Identifier: MPL-2.0 */
/* test_tus.c: the headers of resumable uploads, good and odd. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "http/request.h"
#include "http/tus.h"

static struct opx_arena *arena;

static void setup(void)
{
	arena = opx_arena_new((size_t)1024 * 1024);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

static struct opx_bytes bytes(const char *z)
{
	return opx_bytes_of(opx_str_z(z));
}

static const struct {
	const char *header;
	enum opx_status status;
	int64_t want;
} numbers[] = {
	{ "0", OPX_OK, 0 },
	{ "8388608", OPX_OK, 8388608 },
	{ "9223372036854775807", OPX_OK, INT64_MAX },
	{ "", OPX_INVALID, 0 },
	{ "-1", OPX_INVALID, 0 },
	{ "+1", OPX_INVALID, 0 },
	{ "01", OPX_INVALID, 0 },
	{ " 1", OPX_INVALID, 0 },
	{ "1 ", OPX_INVALID, 0 },
	{ "0x10", OPX_INVALID, 0 },
	{ "9223372036854775808", OPX_INVALID, 0 },
	{ "99999999999999999999999", OPX_INVALID, 0 },
};

START_TEST(an_offset_is_one_plain_number)
{
	int64_t n = -7;
	ck_assert_status(opx_tus_number(arena, bytes(numbers[_i].header), &n, NULL), numbers[_i].status);
	ck_assert_int_eq(n, numbers[_i].status == OPX_OK ? numbers[_i].want : -7);
}
END_TEST

static const struct {
	const char *header, *want; /* NULL: refused */
} metadata[] = {
	{ "brouillon Nw==,nom YS5wZGY=", "a.pdf" },
	{ "nom YS5wZGY=", "a.pdf" },
	{ "nom YS5wZGY=, brouillon Nw==", "a.pdf" },
	{ "is_confidential,nom YS5wZGY=", "a.pdf" },
	{ "nomade YS5wZGY=", NULL },
	{ "prenom YS5wZGY=", NULL },
	{ "nom YS5wZGY=,nom Yi5wZGY=", NULL },
	{ "nom", NULL },
	{ "nom ", NULL },
	{ "nom YS5wZGY", NULL },
	{ "nom YS5 wZGY=", NULL },
	{ "nom \xc3\xa9", NULL },
	{ "", NULL },
	{ ",,,", NULL },
};

START_TEST(a_key_of_the_metadata_is_found_once_or_refused)
{
	struct opx_bytes value = { .n = 0 };
	enum opx_status status = opx_tus_metadata(arena, bytes(metadata[_i].header), "nom", &value, NULL);
	ck_assert_status(status, metadata[_i].want != NULL ? OPX_OK : OPX_INVALID);
	if (metadata[_i].want != NULL)
		ck_assert_bytes(value, metadata[_i].want, strlen(metadata[_i].want));
}
END_TEST

START_TEST(a_name_comes_through_byte_for_byte)
{
	struct opx_bytes value;
	struct opx_error err;
	/* "é" as macOS sends it: e, then a combining accent. */
	ck_assert_ok(opx_tus_metadata(arena, bytes("nom ZcyBLnBkZg=="), "nom", &value, &err), err);
	ck_assert_bytes(value, "e\xcc\x81.pdf", 7);
}
END_TEST

START_TEST(metadata_has_a_limit)
{
	struct opx_bytes value;
	char *big = opx_arena_alloc(arena, 1, 5000);
	memset(big, ',', 4990);
	ck_assert_status(opx_tus_metadata(arena, (struct opx_bytes){ .p = (uint8_t *)big, .n = 4990 }, "nom",
					  &value, NULL),
			 OPX_INVALID);
}
END_TEST

static const struct {
	const char *header;
	enum opx_status status;
	bool is_given;
} checksums[] = {
	{ "", OPX_OK, false },
	{ "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", OPX_OK, true },
	{ "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", OPX_INVALID, false },
	{ "sha256 ", OPX_INVALID, false },
	{ "sha256", OPX_INVALID, false },
	{ "sha256 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", OPX_INVALID, false },
	{ "SHA256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", OPX_INVALID, false },
};

START_TEST(a_checksum_is_sha256_or_refused)
{
	bool is_given = false;
	struct opx_sha256 digest = { .b = { 0 } };
	const struct opx_sha256 empty = opx_sha256((struct opx_bytes){ .n = 0 });
	ck_assert_status(opx_tus_checksum(arena, bytes(checksums[_i].header), &is_given, &digest, NULL),
			 checksums[_i].status);
	ck_assert(is_given == checksums[_i].is_given);
	if (is_given)
		ck_assert_mem_eq(digest.b, empty.b, sizeof(empty.b));
}
END_TEST

START_TEST(the_version_is_the_one_we_speak)
{
	struct opx_request rq = { .arena = arena };
	ck_assert(!opx_tus_is_spoken(&rq));
	rq.headers[OPX_HDR_TUS_RESUMABLE] = bytes("0.2.2");
	ck_assert(!opx_tus_is_spoken(&rq));
	rq.headers[OPX_HDR_TUS_RESUMABLE] = bytes("1.0.0");
	ck_assert(opx_tus_is_spoken(&rq));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tus");
	TCase *tc = tcase_create("tus");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_offset_is_one_plain_number, 0, OPX_COUNT(numbers));
	tcase_add_loop_test(tc, a_key_of_the_metadata_is_found_once_or_refused, 0, OPX_COUNT(metadata));
	tcase_add_test(tc, a_name_comes_through_byte_for_byte);
	tcase_add_test(tc, metadata_has_a_limit);
	tcase_add_loop_test(tc, a_checksum_is_sha256_or_refused, 0, OPX_COUNT(checksums));
	tcase_add_test(tc, the_version_is_the_one_we_speak);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
