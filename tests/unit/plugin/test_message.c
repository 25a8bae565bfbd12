/* SPDX-License-Identifier: MPL-2.0 */
/* test_message.c: the bytes of a mail: nothing that a person typed becomes a header, a recipient or a broken line. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "message.h"

static struct opx_arena *arena;

static void fill(const struct opx_random *random, uint8_t *ret, size_t n)
{
	(void)random;
	memset(ret, 0xab, n);
}
static const struct opx_random fixed = { .fill = fill };

static void setup(void)
{
	arena = opx_arena_new((size_t)8 << 20);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

static enum opx_status build(const char *to, const char *subject, const char *text, struct opx_bytes *ret)
{
	struct sender sender = { .address = OPX_STR("robot@opx.example"),
				 .name = OPX_STR("Expertise en ligne"),
				 .domain = OPX_STR("opx.example") };
	struct opx_mail mail = { .to = opx_str_z(to),
				 .subject = opx_str_z(subject),
				 .text = opx_str_z(text) };
	struct opx_instant at = opx_instant_make((struct opx_date){ 2026, 11, 23 }, 9, 30, 5);
	return message_build(arena, &sender, &mail, at, &fixed, ret, NULL);
}

/* The message as text, lines ended by LF only so that it is easy to read here. */
static const char *built(const char *to, const char *subject, const char *text)
{
	struct opx_bytes bytes = { .n = 0 };
	char *out;
	size_t n = 0;
	ck_assert_int_eq(build(to, subject, text, &bytes), OPX_OK);
	out = opx_arena_alloc(arena, bytes.n + 1, 1);
	for (size_t i = 0; i < bytes.n; i++) {
		ck_assert_msg(bytes.p[i] < 0x80, "byte %zu is not ASCII", i);
		if (bytes.p[i] == '\r') {
			ck_assert_msg(i + 1 < bytes.n && bytes.p[i + 1] == '\n', "bare CR at %zu", i);
			continue;
		}
		ck_assert_msg(bytes.p[i] != '\n' || (i > 0 && bytes.p[i - 1] == '\r'), "bare LF at %zu", i);
		out[n++] = (char)bytes.p[i];
	}
	return out;
}

START_TEST(a_mail_has_the_headers_of_an_automatic_message)
{
	const char *m = built("jean@exemple.fr", "Votre code de connexion", "Code : 1234 5678\n");
	static const char *const lines[] = {
		"Date: Mon, 23 Nov 2026 09:30:05 +0000\n",
		"From: Expertise en ligne <robot@opx.example>\n",
		"To: <jean@exemple.fr>\n",
		"Subject: Votre code de connexion\n",
		"Message-ID: <abababababababababababababababab@opx.example>\n",
		"Auto-Submitted: auto-generated\n",
		"Content-Type: text/plain; charset=utf-8\n",
		"Content-Transfer-Encoding: quoted-printable\n",
		"\n\nCode : 1234 5678\n",
	};
	for (size_t i = 0; i < OPX_COUNT(lines); i++)
		ck_assert_msg(strstr(m, lines[i]) != NULL, "missing: %s in:\n%s", lines[i], m);
	ck_assert_ptr_null(strstr(m, "\nBcc"));
}
END_TEST

static const struct {
	const char *to;
	bool is_good;
} addresses[] = {
	{ "a@b", true },
	{ "jean.dupont+opx@exemple.fr", true },
	{ "o'brien_%1@sub-domain.exemple.fr", true },
	{ "", false },
	{ "a", false },
	{ "@b", false },
	{ "a@", false },
	{ "a@@b", false },
	{ ".a@b", false },
	{ "a.@b", false },
	{ "a..b@c", false },
	{ "a@.b", false },
	{ "a@b.", false },
	{ "a@b..c", false },
	{ "a b@c", false },
	{ "a@b c", false },
	{ "a@b\r\nBcc: c@d", false },
	{ "a@b>\r\nRCPT TO:<c@d", false },
	{ "\"a b\"@c", false },
	{ "a@b,c@d", false },
	{ "<a@b>", false },
	{ "a@[127.0.0.1]", false },
	{ "é@exemple.fr", false },
	{ "a@exémple.fr", false },
	{ "a\t@b", false },
	{ "a;b@c", false },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b", false },
};

START_TEST(only_one_plain_mailbox_is_an_address)
{
	struct opx_bytes bytes;
	ck_assert_msg(message_is_address(opx_str_z(addresses[_i].to)) == addresses[_i].is_good, "%s",
		      addresses[_i].to);
	ck_assert_int_eq(build(addresses[_i].to, "s", "t\n", &bytes),
			 addresses[_i].is_good ? OPX_OK : OPX_INVALID);
}
END_TEST

static const char *const bad_subjects[] = {
	"",
	"a\r\nBcc: victim@exemple.fr",
	"a\nb",
	"a\tb",
	"a\x7f",
	"a\xe2\x80\xae"
	"b",
	"a\xff"
	"b",
};

START_TEST(a_subject_that_would_break_its_line_is_refused)
{
	struct opx_bytes bytes;
	ck_assert_int_eq(build("a@b", bad_subjects[_i], "t\n", &bytes), OPX_INVALID);
}
END_TEST

START_TEST(a_subject_with_accents_is_made_of_encoded_words)
{
	const char *subject =
		"Dossier 26/01873 : un dire a été déposé, et voici encore bien des caractères à côté de l’œuvre";
	const char *m = built("a@b", subject, "t\n");
	const char *p = strstr(m, "\nSubject: ") + 10;
	char *decoded = opx_arena_alloc(arena, 1, 400);
	size_t n = 0;
	while (strncmp(p, "=?utf-8?B?", 10) == 0) {
		const char *end = strstr(p + 10, "?=");
		struct opx_bytes piece;
		struct opx_str word = opx_str_copy(arena, p + 10, (size_t)(end - p - 10));
		ck_assert_int_le(end - p + 2, 75);
		ck_assert_int_eq(opx_unbase64(arena, word, &piece, NULL), OPX_OK);
		ck_assert(opx_utf8_is_valid(piece)); /* never cut inside a character */
		memcpy(decoded + n, piece.p, piece.n);
		n += piece.n;
		p = end + 2;
		ck_assert(*p == '\n');
		p++;
		if (*p == ' ')
			p++;
	}
	ck_assert_str_eq(decoded, subject);
}
END_TEST

/* What looks like an encoded word already must not pass through as one. */
START_TEST(a_subject_that_imitates_an_encoded_word_is_encoded)
{
	const char *m = built("a@b", "=?utf-8?B?QmNjOiB4?=", "t\n");
	ck_assert_ptr_null(strstr(m, "Subject: =?utf-8?B?QmNjOiB4?="));
}
END_TEST

static int value(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

START_TEST(the_text_survives_quoted_printable)
{
	const char *text =
		"Un texte = avec des accents é à ç, une ligne bien trop longue pour tenir dans les soixante-seize "
		"caractères permis, et une fin de ligne suivie d’un espace \nsuite\n.\n.point au début\n\nfin sans retour";
	const char *m = strstr(built("a@b", "s", text), "\n\n") + 2;
	char *decoded = opx_arena_alloc(arena, 1, 1000);
	size_t n = 0, column = 0;
	for (const char *p = m; *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + 1;
		ck_assert_uint_le(column, 76);
		if (*p == '=' && p[1] == '\n') {
			p++;
			column = 0;
		} else if (*p == '=') {
			decoded[n++] = (char)(value(p[1]) * 16 + value(p[2]));
			p += 2;
			column += 2;
		} else {
			ck_assert(*p != '\n' || p == m || (p[-1] != ' ' && p[-1] != '\t'));
			decoded[n++] = *p;
		}
	}
	ck_assert_msg(n > 0 && decoded[n - 1] == '\n', "the last line is ended");
	decoded[n - 1] = '\0';
	ck_assert_str_eq(decoded, text);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused)
{
	struct opx_bytes bytes;
	char *text = opx_arena_alloc(arena, 300001, 1);
	memset(text, 'x', 300000);
	ck_assert_int_eq(build("a@b", "s", text, &bytes), OPX_TOO_LARGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tc = tcase_create("message");
	SRunner *runner;
	int failed;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_mail_has_the_headers_of_an_automatic_message);
	tcase_add_loop_test(tc, only_one_plain_mailbox_is_an_address, 0, (int)OPX_COUNT(addresses));
	tcase_add_loop_test(tc, a_subject_that_would_break_its_line_is_refused, 0,
			    (int)OPX_COUNT(bad_subjects));
	tcase_add_test(tc, a_subject_with_accents_is_made_of_encoded_words);
	tcase_add_test(tc, a_subject_that_imitates_an_encoded_word_is_encoded);
	tcase_add_test(tc, the_text_survives_quoted_printable);
	tcase_add_test(tc, a_text_that_is_too_long_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
