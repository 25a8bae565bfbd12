/* SPDX-License-Identifier: MPL-2.0 */
/* test_codec.c: bytes as text; what is read has one form only. Vectors of RFC 4648 section 10. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "base/codec.h"

static struct opx_bytes bytes_of(const char *z)
{
	return (struct opx_bytes){ .p = (const uint8_t *)z, .n = strlen(z) };
}

static const struct {
	const char *plain, *base64, *base32;
} vectors[] = {
	{ "", "", "" },
	{ "f", "Zg==", "my" },
	{ "fo", "Zm8=", "mzxq" },
	{ "foo", "Zm9v", "mzxw6" },
	{ "foob", "Zm9vYg==", "mzxw6yq" },
	{ "fooba", "Zm9vYmE=", "mzxw6ytb" },
	{ "foobar", "Zm9vYmFy", "mzxw6ytboi" },
	{ "\xfb\xff\xfe", "+//+", "7p774" },
};

START_TEST(base64_goes_and_comes_back)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_bytes back;
	const struct opx_bytes plain = bytes_of(vectors[_i].plain);
	ck_assert_str(opx_base64(arena, plain), vectors[_i].base64);
	ck_assert_status(opx_unbase64(arena, opx_str_z(vectors[_i].base64), &back, NULL), OPX_OK);
	ck_assert_bytes(back, plain.p, plain.n);
}
END_TEST

START_TEST(base32_has_small_letters_and_no_padding)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_base32(arena, bytes_of(vectors[_i].plain)), vectors[_i].base32);
}
END_TEST

static const char *const not_base64[] = {
	"Zg",
	"Zg=",
	"Zg===",
	"Zh==" /* unused bits */,
	"Zm9=" /* unused bits */,
	"Z===",
	"====",
	"=",
	"Zm9v\n",
	"Zm 9",
	"Zm9-",
	"Zm9_",
	"Zg==Zg==",
	"Z=g=",
	"Zm9v\xc3\xa9==",
};

START_TEST(base64_of_another_form_is_refused)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_bytes back = { .n = 4711 };
	ck_assert_status(opx_unbase64(arena, opx_str_z(not_base64[_i]), &back, NULL), OPX_INVALID);
	ck_assert_uint_eq(back.n, 4711);
}
END_TEST

START_TEST(a_nul_is_no_digit)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_bytes back;
	uint8_t out[2] = { 0 };
	ck_assert_status(opx_unbase64(arena, (struct opx_str){ .p = "Zm9\0", .n = 4 }, &back, NULL),
			 OPX_INVALID);
	ck_assert_status(opx_unhex((struct opx_str){ .p = "ab\0c", .n = 4 }, out, 2, NULL), OPX_INVALID);
}
END_TEST

static const struct {
	const char *text;
	bool is_good;
} hexes[] = {
	{ "00ff7a", true },  { "00FF7a", false }, { "00ff7", false }, { "00ff7a0", false },
	{ "00ff7g", false }, { "0x0ff7", false }, { "", false },      { "00 f7a", false },
};

START_TEST(hex_is_in_small_letters_and_of_the_wanted_length)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	uint8_t out[3] = { 9, 9, 9 };
	enum opx_status status = opx_unhex(opx_str_z(hexes[_i].text), out, 3, NULL);
	ck_assert_status(status, hexes[_i].is_good ? OPX_OK : OPX_INVALID);
	if (hexes[_i].is_good)
		ck_assert_str(opx_hex_str(arena, (struct opx_bytes){ .p = out, .n = 3 }), hexes[_i].text);
	else
		ck_assert_mem_eq(out, "\x09\x09\x09", 3);
}
END_TEST

START_TEST(a_crockford_code_has_the_leading_bits)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_crockford(arena, OPX_BYTES("\x00\x44\x32\x14\xc7"), 8), "01234567");
	ck_assert_str(opx_crockford(arena, OPX_BYTES("\xff\xff\xff\xff\xff"), 8), "ZZZZZZZZ");
	ck_assert_str(opx_crockford(arena, OPX_BYTES("\xff\xff"), 3), "ZZZ");
}
END_TEST

static const struct {
	const char *typed;
	const char *code; /* NULL: refused */
} typed[] = {
	{ "ABCD-1234", "ABCD1234" },
	{ "abcd 1234", "ABCD1234" },
	{ " a-b-c-d 1 2 3 4 ", "ABCD1234" },
	{ "OILo-ilZZ", "011011ZZ" },
	{ "ABCD123", NULL },
	{ "ABCD12345", NULL },
	{ "ABCD123U", NULL }, /* U is no digit of Crockford */
	{ "ABCD_1234", NULL },
	{ "ABCD\xc3\xa9"
	  "123",
	  NULL },
	{ "", NULL },
};

START_TEST(a_typed_code_is_read_as_it_was_meant)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_str code = { 0 };
	struct opx_error err = { 0 };
	enum opx_status status = opx_crockford_normalise(arena, opx_str_z(typed[_i].typed), 8, &code, &err);
	ck_assert_status(status, typed[_i].code != NULL ? OPX_OK : OPX_INVALID);
	if (typed[_i].code != NULL)
		ck_assert_str(code, typed[_i].code);
	else
		ck_assert_ptr_null(strstr(err.detail, "ABCD")); /* what was typed is not told to the log */
}
END_TEST

static const struct {
	const char *in, *form, *path; /* NULL: refused */
} escapes[] = {
	{ "", "", "" },
	{ "abc", "abc", "abc" },
	{ "a+b", "a b", "a+b" },
	{ "a%2Bb", "a+b", "a+b" },
	{ "%C3%a9", "\xc3\xa9", "\xc3\xa9" },
	{ "%41", "A", "A" },
	{ "%", NULL, NULL },
	{ "%4", NULL, NULL },
	{ "a%4", NULL, NULL },
	{ "%zz", NULL, NULL },
	{ "%4g", NULL, NULL },
	{ "%%41", NULL, NULL },
};

START_TEST(an_escape_is_whole_or_the_address_is_refused)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	for (int plus = 0; plus < 2; plus++) {
		const char *want = plus ? escapes[_i].form : escapes[_i].path;
		struct opx_bytes out;
		enum opx_status status =
			opx_percent_decode(arena, bytes_of(escapes[_i].in), plus, &out, NULL);
		ck_assert_status(status, want != NULL ? OPX_OK : OPX_INVALID);
		if (want != NULL)
			ck_assert_bytes(out, want, strlen(want));
	}
}
END_TEST

START_TEST(every_byte_is_escaped_and_comes_back)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	uint8_t all[256];
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	const struct opx_bytes in = { .p = all, .n = sizeof(all) };
	struct opx_bytes back;
	struct opx_str out = opx_percent_encode(arena, in);
	ck_assert_uint_eq(
		strspn(out.p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"), out.n);
	ck_assert_status(opx_percent_decode(arena, opx_bytes_of(out), true, &back, NULL), OPX_OK);
	ck_assert_bytes(back, all, sizeof(all));
	ck_assert_str(opx_percent_encode(arena, bytes_of("a b/é&~")), "a%20b%2F%C3%A9%26~");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec");
	TCase *tc = tcase_create("bytes as text");
	tcase_add_loop_test(tc, base64_goes_and_comes_back, 0, (int)OPX_COUNT(vectors));
	tcase_add_loop_test(tc, base32_has_small_letters_and_no_padding, 0, (int)OPX_COUNT(vectors));
	tcase_add_loop_test(tc, base64_of_another_form_is_refused, 0, (int)OPX_COUNT(not_base64));
	tcase_add_test(tc, a_nul_is_no_digit);
	tcase_add_loop_test(tc, hex_is_in_small_letters_and_of_the_wanted_length, 0, (int)OPX_COUNT(hexes));
	suite_add_tcase(suite, tc);
	tc = tcase_create("codes and addresses");
	tcase_add_test(tc, a_crockford_code_has_the_leading_bits);
	tcase_add_loop_test(tc, a_typed_code_is_read_as_it_was_meant, 0, (int)OPX_COUNT(typed));
	tcase_add_loop_test(tc, an_escape_is_whole_or_the_address_is_refused, 0, (int)OPX_COUNT(escapes));
	tcase_add_test(tc, every_byte_is_escaped_and_comes_back);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
