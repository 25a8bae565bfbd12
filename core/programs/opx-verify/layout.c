/* SPDX-License-Identifier: MPL-2.0 */
/* layout.c: the names a bundle may have (evidence-format 5.3, 5.9). */
#include "verify.h"

#define R (1U << KIND_RECEIPT)
#define D (1U << KIND_DOCUMENT)
#define P (1U << KIND_PARTY)
#define C (1U << KIND_CASE)
#define A (1U << KIND_ARCHIVE)
#define ALL (R | D | P | C | A)
#define FULL (C | A)

/* #: decimal; @: 64 hex digits; !: document id; ~: extension; ^: date. */
static const struct {
	const char *pattern;
	unsigned kinds;
} names[] = {
	{ "mimetype", ALL },
	{ "LISEZMOI.txt", ALL },
	{ "VERIFIER.txt", ALL },
	{ "verifier.sh", ALL },
	{ "politique-du-journal.txt", ALL },
	{ "SHA256SUMS", ALL },
	{ "SHA256SUMS.tsr", ALL },
	{ "SHA256SUMS.p7s", ALL },
	{ "bundle.json", ALL },
	{ "receipt.json", R },
	{ "META-INF/ASiCManifest.xml", ALL },
	{ "META-INF/timestamp.tst", ALL },
	{ "documents/!.~", D | P | FULL },
	{ "documents/!.~.tsr", ALL },
	{ "log/leaves.txt", D | P | FULL },
	{ "log/checkpoints/#.note", ALL },
	{ "log/checkpoints/#.tsr", ALL },
	{ "bodies/#.json", ALL },
	{ "bodies/#.json.p7s", ALL },
	{ "rights/@.csv", ALL },
	{ "members/@.json", ALL },
	{ "proofs/global/#.tlog-proof", ALL },
	{ "proofs/case/#.tlog-proof", R },
	{ "proofs/readings/#.tlog-proof", D | P },
	{ "proofs/global-readings/#.tlog-proof", D | P | FULL },
	{ "readings/leaves.txt", FULL },
	{ "readings/checkpoints/#.note", D | P | FULL },
	{ "readings/checkpoints/#.tsr", D | P | FULL },
	{ "readings/bodies/#.json", D | P | FULL },
	{ "readings/bodies/#.json.p7s", D | P | FULL },
	{ "tokens/@.tsr", ALL },
	{ "tokens/@.data", ALL },
	{ "anchors/^.txt", ALL },
	{ "anchors/^.tsr", ALL },
	{ "anchors/^.2.tsr", ALL },
	{ "certs/@.cer", ALL },
	{ "crl/@.crl", ALL },
	{ "ocsp/@.ocsp", ALL },
	{ "policy/log.vkey", ALL },
	{ "policy/witnesses.policy", ALL },
	{ "global/window.txt", FULL },
	{ "global/left.txt", FULL },
	{ "global/heartbeats.txt", FULL },
	{ "global/#.note", FULL },
	{ "global/#.tsr", FULL },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t run_of(const char *s, bool (*is_one)(char))
{
	size_t n = 0;
	while (is_one(s[n]))
		n++;
	return n;
}
static bool is_extension(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* How many characters of s a sign of a pattern takes; 0 when it does not fit. */
static size_t take(char sign, const char *s)
{
	size_t n = run_of(s, is_digit);
	struct opx_date date;
	switch (sign) {
	case '#':
		return n <= 15 && (n == 1 || s[0] != '0') ? n : 0;
	case '@':
		return run_of(s, is_hex) == 64 ? 64 : 0;
	case '!':
		n = s[0] == 'D' ? run_of(s + 1, is_digit) : 0;
		return n >= 3 && n <= 9 ? n + 1 : 0;
	case '~':
		n = run_of(s, is_extension);
		return n <= 8 ? n : 0;
	case '^':
		return strlen(s) >= 10 && opx_date_parse((struct opx_str){ .p = s, .n = 10 }, &date, NULL) ==
						  OPX_OK
			       ? 10
			       : 0;
	default:
		return s[0] == sign ? 1 : 0;
	}
}

static bool matches(const char *pattern, const char *s)
{
	for (; *pattern != '\0'; pattern++) {
		size_t n = take(*pattern, s);
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

bool layout_allows(enum kind kind, struct opx_str name)
{
	for (size_t i = 0; i < OPX_COUNT(names); i++)
		if ((names[i].kinds & 1U << kind) != 0 && matches(names[i].pattern, name.p))
			return true;
	return false;
}
