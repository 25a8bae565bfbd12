/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_mail.c: a mail to bytes: whatever address, subject and text, the same headers, one recipient, and the text back.
 * Input: address, NUL, subject, NUL, text. */
#include "fuzz.h"

#include "base/codec.h"
#include "message.h"

static const char *const headers[] = {
	"Date: ",
	"From: ",
	"To: ",
	"Subject: ",
	"Message-ID: ",
	"MIME-Version: ",
	"Content-Type: ",
	"Content-Transfer-Encoding: ",
	"Content-Language: ",
	"Auto-Submitted: ",
	"X-Auto-Response-Suppress: ",
};
#define N_HEADERS (sizeof(headers) / sizeof(headers[0]))

static void fill(const struct opx_random *random, uint8_t *ret, size_t n)
{
	(void)random;
	memset(ret, 0x5a, n);
}

static struct opx_str field(struct opx_arena *arena, struct opx_bytes *rest)
{
	const uint8_t *end = rest->n > 0 ? memchr(rest->p, '\0', rest->n) : NULL;
	size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	struct opx_str out = opx_str_copy(arena, (const char *)rest->p, n);
	*rest = (struct opx_bytes){ .p = rest->p + n + (end != NULL), .n = rest->n - n - (end != NULL) };
	return out;
}

/* The line at p, without its CR LF, which is the only place of either; moves p behind it. */
static struct opx_str line_at(const char **p, size_t max)
{
	const char *end = strstr(*p, "\r\n");
	FUZZ_CHECK(end != NULL);
	struct opx_str line = { .p = *p, .n = (size_t)(end - *p) };
	FUZZ_CHECK(line.n <= max);
	for (size_t i = 0; i < line.n; i++)
		FUZZ_CHECK(line.p[i] >= 0x20 && line.p[i] <= 0x7e);
	*p = end + 2;
	return line;
}

/* A subject gives its bytes back: as it is, or from its encoded words. */
static void check_subject(struct opx_arena *arena, struct opx_str shown, struct opx_str subject)
{
	static const char begin[] = "=?utf-8?B?";
	size_t at = 0;
	if (opx_str_eq(shown, subject))
		return;
	for (size_t i = 0; i < shown.n;) {
		struct opx_bytes piece;
		FUZZ_CHECK(strncmp(shown.p + i, begin, sizeof(begin) - 1) == 0);
		i += sizeof(begin) - 1;
		size_t n = strcspn(shown.p + i, "?");
		FUZZ_CHECK(opx_unbase64(arena, opx_str_copy(arena, shown.p + i, n), &piece, NULL) == OPX_OK);
		FUZZ_CHECK(at + piece.n <= subject.n && memcmp(subject.p + at, piece.p, piece.n) == 0);
		FUZZ_CHECK(opx_utf8_is_valid(piece)); /* no word ends inside a character */
		at += piece.n;
		i += n + 2;
		if (i < shown.n) /* the fold between two words: CR LF is gone */
			FUZZ_CHECK(shown.p[i++] == ' ');
	}
	FUZZ_CHECK(at == subject.n);
}

static const char *check_headers(struct opx_arena *arena, const char *p, const struct opx_mail *mail)
{
	for (size_t h = 0; h < N_HEADERS; h++) {
		struct opx_str line = line_at(&p, 998);
		size_t n = strlen(headers[h]);
		FUZZ_CHECK(line.n > n && memcmp(line.p, headers[h], n) == 0);
		char *all = opx_arena_alloc(arena, 4096, 1);
		size_t n_all = line.n;
		FUZZ_CHECK(n_all < 4096);
		memcpy(all, line.p, n_all);
		while (*p == ' ') {
			line = line_at(&p, 76);
			FUZZ_CHECK(n_all + line.n < 4096);
			memcpy(all + n_all, line.p, line.n);
			n_all += line.n;
		}
		all[n_all] = '\0';
		struct opx_str value = { .p = all + n, .n = n_all - n };
		if (strcmp(headers[h], "To: ") == 0)
			FUZZ_CHECK(value.n == mail->to.n + 2 && value.p[0] == '<' &&
				   memcmp(value.p + 1, mail->to.p, mail->to.n) == 0 &&
				   value.p[value.n - 1] == '>');
		if (strcmp(headers[h], "Subject: ") == 0)
			check_subject(arena, value, mail->subject);
	}
	FUZZ_CHECK(line_at(&p, 0).n == 0);
	return p;
}

static unsigned hex_digit(char c)
{
	FUZZ_CHECK((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
	return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Quoted-printable gives the text back, with an end to its last line. */
static void check_text(const char *p, struct opx_str text)
{
	size_t at = 0;
	while (*p != '\0') {
		struct opx_str line = line_at(&p, 76);
		bool is_soft = false;
		for (size_t i = 0; i < line.n && !is_soft; i++) {
			char c = line.p[i];
			if (c == '=' && i + 1 == line.n) {
				is_soft = true;
				break;
			}
			if (c == '=') {
				FUZZ_CHECK(i + 2 < line.n);
				c = (char)(hex_digit(line.p[i + 1]) * 16 + hex_digit(line.p[i + 2]));
				i += 2;
			}
			FUZZ_CHECK(at < text.n && text.p[at] == c);
			at++;
		}
		if (!is_soft && at < text.n)
			FUZZ_CHECK(text.p[at++] == '\n');
	}
	FUZZ_CHECK(at == text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct opx_random random = { .fill = fill };
	const struct sender sender = { .address = OPX_STR("ne-pas-repondre@opx.example"),
				       .name = OPX_STR("Expertises à distance"),
				       .domain = OPX_STR("opx.example") };
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_bytes rest = { .p = data, .n = n };
	struct opx_mail mail = { .to = field(arena, &rest) };
	mail.subject = field(arena, &rest);
	mail.text = opx_str_copy(arena, (const char *)rest.p, rest.n);
	struct opx_bytes out;
	if (message_build(arena, &sender, &mail, (struct opx_instant){ .us = (int64_t)1800000000 * 1000000 },
			  &random, &out, NULL) != OPX_OK)
		return 0;
	FUZZ_CHECK(memchr(out.p, '\0', out.n) == NULL);
	const char *message = opx_str_copy(arena, (const char *)out.p, out.n).p;
	check_text(check_headers(arena, message, &mail), mail.text);
	return 0;
}
