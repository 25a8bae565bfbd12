/* SPDX-License-Identifier: MPL-2.0 */
/* message.c: see message.h. Header values are encoded words or checked addresses, the text is quoted-printable. */
#include "message.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"

#define MAX_MESSAGE ((size_t)256 << 10)
#define WORD_BYTES 39 /* source bytes of one encoded word: its line stays below 76 characters */
#define LINE_CHARS 73

/* atext of RFC 5322 and dots inside. */
static bool is_local_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool is_domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.';
}

/* Dot-separated words of one kind of character: no dot first, last or twice. */
static bool is_dotted(const char *p, size_t n, bool (*is_char)(char))
{
	if (n == 0 || p[0] == '.' || p[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_char(p[i]) || (p[i] == '.' && p[i + 1] == '.' && i + 1 < n))
			return false;
	return true;
}

bool message_is_address(struct opx_str address)
{
	if (address.p == NULL || address.n < 3 || address.n > 254)
		return false;
	const char *at = memchr(address.p, '@', address.n);
	if (at == NULL)
		return false;
	size_t n = (size_t)(at - address.p);
	return n <= 64 && is_dotted(address.p, n, is_local_char) &&
	       is_dotted(at + 1, address.n - n - 1, is_domain_char);
}

static bool is_plain(struct opx_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	return text.n <= 60 && strstr(text.p, "=?") == NULL && strpbrk(text.p, "\"(),:;<>@[\\]") == NULL;
}

/* The end of the piece that begins at from: at most WORD_BYTES, never inside a character. */
static size_t piece_end(struct opx_str text, size_t from)
{
	size_t end = text.n - from > WORD_BYTES ? from + WORD_BYTES : text.n;
	while (end < text.n && ((unsigned char)text.p[end] & 0xc0U) == 0x80U)
		end--;
	return end;
}

/* RFC 2047: plain when it can be, else encoded words on folded lines. */
static void put_words(struct opx_buf *buf, struct opx_arena *arena, struct opx_str text)
{
	if (is_plain(text)) {
		opx_buf_put_str(buf, text);
		return;
	}
	for (size_t from = 0; from < text.n;) {
		size_t end = piece_end(text, from);
		struct opx_bytes piece = { .p = (const uint8_t *)text.p + from, .n = end - from };
		opx_buf_puts(buf, from > 0 ? "\r\n =?utf-8?B?" : "=?utf-8?B?");
		opx_buf_put_str(buf, opx_base64(arena, piece));
		opx_buf_puts(buf, "?=");
		from = end;
	}
}

static void put_date(struct opx_buf *buf, struct opx_instant now)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct opx_date d;
	int hour, minute, second;
	opx_instant_split(now, &d, &hour, &minute, &second);
	opx_buf_printf(buf, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
		       days[(size_t)(opx_date_days(d) % 7)], d.day, months[d.month - 1], d.year, hour, minute,
		       second);
}

/* Quoted-printable of RFC 2045: lines of at most 76 characters, LF becomes CR LF, a space before an end is encoded. */
static void put_quoted(struct opx_buf *buf, struct opx_str text)
{
	size_t column = 0;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool is_last = i + 1 == text.n || text.p[i + 1] == '\n';
		if (c == '\n') {
			opx_buf_puts(buf, "\r\n");
			column = 0;
			continue;
		}
		if (column >= LINE_CHARS) {
			opx_buf_puts(buf, "=\r\n");
			column = 0;
		}
		if ((c >= 0x21 && c <= 0x7e && c != '=') || (c == ' ' && !is_last)) {
			opx_buf_putc(buf, (char)c);
			column++;
		} else {
			opx_buf_printf(buf, "=%02X", c);
			column += 3;
		}
	}
	if (column > 0)
		opx_buf_puts(buf, "\r\n");
}

OPX_MUST_USE static enum opx_status check_mail(const struct sender *sender, const struct opx_mail *mail,
					       struct opx_error *err)
{
	if (!message_is_address(mail->to))
		return OPX_FAIL(err, OPX_INVALID, N_("Cette adresse e-mail n’a pas la forme attendue."),
				"address is not one plain mailbox");
	if (!message_is_address(sender->address))
		return OPX_FAIL(err, OPX_INTERNAL, N_("Le courrier n’a pas pu partir."),
				"setting from is no address");
	if (mail->subject.n == 0 || mail->subject.n > 200 ||
	    !opx_utf8_is_valid(opx_bytes_of(mail->subject)) ||
	    opx_utf8_has_forbidden(opx_bytes_of(mail->subject)) ||
	    !opx_utf8_is_valid(opx_bytes_of(mail->text)))
		return OPX_FAIL(err, OPX_INVALID, N_("Le courrier n’a pas pu partir."),
				"subject or text is not clean");
	return OPX_OK;
}

enum opx_status message_build(struct opx_arena *arena, const struct sender *sender,
			      const struct opx_mail *mail, struct opx_instant now,
			      const struct opx_random *random, struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf buf;
	uint8_t id[16];
	OPX_TRY(check_mail(sender, mail, err));
	opx_random_fill(random, id, sizeof(id));
	opx_buf_init(&buf, arena, MAX_MESSAGE);
	put_date(&buf, now);
	opx_buf_puts(&buf, "From: ");
	if (sender->name.n > 0) {
		put_words(&buf, arena, sender->name);
		opx_buf_puts(&buf, " ");
	}
	opx_buf_printf(&buf, "<%s>\r\nTo: <%s>\r\nSubject: ", sender->address.p, mail->to.p);
	put_words(&buf, arena, mail->subject);
	opx_buf_puts(&buf, "\r\nMessage-ID: <");
	opx_buf_put_str(&buf, opx_hex_str(arena, (struct opx_bytes){ .p = id, .n = sizeof(id) }));
	opx_buf_printf(&buf, "@%s>\r\n", sender->domain.p);
	opx_buf_puts(&buf, "MIME-Version: 1.0\r\n"
			   "Content-Type: text/plain; charset=utf-8\r\n"
			   "Content-Transfer-Encoding: quoted-printable\r\n"
			   "Content-Language: fr\r\n"
			   "Auto-Submitted: auto-generated\r\n"
			   "X-Auto-Response-Suppress: All\r\n"
			   "\r\n");
	put_quoted(&buf, mail->text);
	OPX_TRY(opx_buf_ok(&buf, err));
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}
