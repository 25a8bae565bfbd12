/* SPDX-License-Identifier: MPL-2.0 */
/* csv.c: see csv.h. */
#include "base/csv.h"

#include <string.h>

#include "base/buf.h"

#define BAD N_("Un fichier de données n’a pas la bonne forme.")

static bool ends_field(const struct opx_csv *csv, size_t at)
{
	return at < csv->in.n && (csv->in.p[at] == ',' || csv->in.p[at] == '\n');
}

/* The characters of one field, up to what ends it. */
static bool read_text(struct opx_csv *csv, struct opx_buf *buf)
{
	bool is_quoted = csv->at < csv->in.n && csv->in.p[csv->at] == '"';
	if (is_quoted)
		csv->at++;
	while (csv->at < csv->in.n) {
		if (!is_quoted && ends_field(csv, csv->at))
			return true;
		uint8_t c = csv->in.p[csv->at++];
		bool is_double = is_quoted && c == '"' && csv->at < csv->in.n && csv->in.p[csv->at] == '"';
		if (is_double)
			csv->at++;
		else if (is_quoted && c == '"')
			return ends_field(csv, csv->at);
		else if (c < ' ' || c == '"')
			return false;
		opx_buf_putc(buf, (char)c);
	}
	return false; /* the last line ends with LF too */
}

static bool read_field(struct opx_csv *csv, struct opx_str *ret, bool *ret_last)
{
	struct opx_buf buf;
	opx_buf_init(&buf, csv->arena, OPX_CSV_MAX_FIELD);
	if (!read_text(csv, &buf) || buf.is_full)
		return false;
	*ret_last = csv->in.p[csv->at++] == '\n';
	*ret = opx_buf_str(&buf);
	return opx_utf8_is_valid(opx_bytes_of(*ret));
}

enum opx_status opx_csv_line(struct opx_csv *csv, struct opx_str *ret_fields, size_t n, struct opx_error *err)
{
	const uint8_t *lf = csv->at < csv->in.n ? memchr(csv->in.p + csv->at, '\n', csv->in.n - csv->at)
						: NULL;
	size_t next = lf != NULL ? (size_t)(lf - csv->in.p) + 1 : csv->in.n;
	bool is_good = true;
	csv->line++;
	for (size_t i = 0; i < n && is_good; i++) {
		bool is_last = false;
		is_good = read_field(csv, &ret_fields[i], &is_last) && is_last == (i == n - 1);
	}
	csv->at = next;
	if (!is_good)
		return OPX_FAIL(err, OPX_INVALID, BAD, "not %zu fields of plain text separated by commas", n);
	return OPX_OK;
}
