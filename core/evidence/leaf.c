/* SPDX-License-Identifier: MPL-2.0 */
/* leaf.c: see leaf.h. */
#include "evidence/leaf.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"

#define BAD N_("Une ligne du journal n’a pas la bonne forme.")

static bool is_low(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool opx_origin_is_valid(struct opx_str origin)
{
	size_t parts = 0;
	bool at_start = true;
	for (size_t i = 0; i < origin.n; i++) {
		char c = origin.p[i];
		if (c == '/') {
			if (at_start)
				return false;
			parts++;
			at_start = true;
			continue;
		}
		bool is_inner = !at_start && (c == '.' || c == '-' || (c == '_' && parts > 0));
		if (!is_low(c) && !is_inner)
			return false;
		at_start = false;
	}
	return parts > 0 && !at_start;
}

char opx_origin_kind(struct opx_str origin)
{
	if (!opx_origin_is_valid(origin) || origin.n < 30)
		return 0;
	const char *tail = origin.p + origin.n - 29; /* "/c/" and 26 characters */
	for (size_t i = 3; i < 29; i++)
		if (!(tail[i] >= 'a' || (tail[i] >= '2' && tail[i] <= '7'))) /* valid: nothing above z */
			return 0;
	bool is_known = tail[0] == '/' && tail[2] == '/' &&
			(tail[1] == 'c' || tail[1] == 'r' || tail[1] == 'g');
	return is_known ? tail[1] : 0;
}

bool opx_origin_is_pair(struct opx_str acts, struct opx_str readings)
{
	if (opx_origin_kind(acts) != 'c' || opx_origin_kind(readings) != 'r' || acts.n != readings.n)
		return false;
	return memcmp(acts.p, readings.p, acts.n - 28) == 0 &&
	       memcmp(acts.p + acts.n - 26, readings.p + acts.n - 26, 26) == 0;
}

struct opx_str opx_leaf_format(struct opx_arena *arena, const struct opx_leaf *leaf)
{
	char time[OPX_TIME_CHARS + 1], after[65], body[65];
	OPX_ASSERT(opx_origin_is_valid(leaf->origin));
	opx_instant_format(leaf->time, time);
	opx_sha256_hex(&leaf->after, after);
	opx_sha256_hex(&leaf->body, body);
	struct opx_str line = opx_strf(arena,
				       "opx/v1 log=%s seq=%" PRIu64 " time=%s after=sha256:%s body=sha256:%s",
				       leaf->origin.p, leaf->seq, time, after, body);
	OPX_ASSERT(line.n <= OPX_LEAF_MAX_BYTES);
	return line;
}

/* The value after `prefix`, up to the next space; the cursor moves behind it. */
static bool field(struct opx_str *rest, const char *prefix, struct opx_str *ret)
{
	size_t n = strlen(prefix);
	if (rest->n < n || memcmp(rest->p, prefix, n) != 0)
		return false;
	const char *from = rest->p + n;
	size_t left = rest->n - n;
	const char *space = memchr(from, ' ', left);
	*ret = (struct opx_str){ .p = from, .n = space != NULL ? (size_t)(space - from) : left };
	*rest = (struct opx_str){ .p = from + ret->n, .n = left - ret->n };
	return true;
}

enum opx_status opx_leaf_parse(struct opx_arena *arena, struct opx_bytes line, struct opx_leaf *ret,
			       struct opx_error *err)
{
	struct opx_str rest = { .p = (const char *)line.p, .n = line.n };
	struct opx_str origin, seq, time, after, body;
	struct opx_leaf leaf;
	int64_t n = 0;
	bool is_good = line.n <= OPX_LEAF_MAX_BYTES && field(&rest, "opx/v1 log=", &origin) &&
		       field(&rest, " seq=", &seq) && field(&rest, " time=", &time) &&
		       field(&rest, " after=sha256:", &after) && field(&rest, " body=sha256:", &body) &&
		       rest.n == 0;
	is_good = is_good && opx_origin_is_valid(origin) &&
		  opx_parse_i64(seq, 0, INT64_MAX, &n, NULL) == OPX_OK &&
		  opx_instant_parse(time, &leaf.time, NULL) == OPX_OK &&
		  opx_sha256_unhex(after, &leaf.after, NULL) == OPX_OK &&
		  opx_sha256_unhex(body, &leaf.body, NULL) == OPX_OK;
	if (!is_good)
		return OPX_FAIL(err, OPX_INVALID, BAD, "leaf line of %zu bytes", line.n);
	leaf.origin = opx_str_copy(arena, origin.p, origin.n);
	leaf.seq = (uint64_t)n;
	*ret = leaf;
	return OPX_OK;
}
