/* SPDX-License-Identifier: MPL-2.0 */
/* tsp_probe.c: asks an authority for one token with the client of the time-stamping plugins and says what it thought of it.
 *
 * usage: test-tsp URL ROOTS POLICY DEADLINE_S [none | absent | LIST.crl]: prints the status, then the detail or the token's facts.
 * The last argument is what the database would say of the issuer's list: not followed, followed but not there, or that list.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/num.h"
#include "client.h"
#include "sql_queries.h"

static const char *list; /* of the arguments: what sql_run answers */

static enum opx_status sql_run(struct opx_db *db, const struct opx_statement *st,
			       const struct opx_sql_value *params, void *ret_rows, size_t *ret_n,
			       struct opx_error *err)
{
	static uint8_t data[65536];
	struct sql_tsp_list_row *row = ret_rows;
	(void)db;
	(void)params;
	OPX_ASSERT(strcmp(st->name, "tsp_list") == 0);
	*ret_n = strcmp(list, "none") == 0 ? 0 : 1;
	*row = (struct sql_tsp_list_row){ .next_update_is_null = true, .this_update_is_null = true };
	if (*ret_n == 0 || strcmp(list, "absent") == 0)
		return OPX_OK;
	FILE *f = fopen(list, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_INTERNAL, "", "%s", list);
	row->der = (struct opx_bytes){ .p = data, .n = fread(data, 1, sizeof(data), f) };
	(void)fclose(f);
	row->next_update_is_null = false;
	row->next_update.us = opx_now(&opx_clock_real).us + 1000000;
	return OPX_OK;
}

static const struct opx_random *random_of(const struct opx_host *host)
{
	(void)host;
	return &opx_random_real;
}

static const struct opx_clock *clock_of(const struct opx_host *host)
{
	(void)host;
	return &opx_clock_real;
}

int main(int argc, char **argv)
{
	static const struct opx_host host = {
		.size = sizeof(host), .sql_run = sql_run, .random = random_of, .clock = clock_of
	};
	struct opx_error err = { .detail = "" };
	struct opx_token_info token;
	const struct opx_sha256 imprint = opx_sha256(OPX_BYTES("what is stamped"));
	int64_t deadline_s = 0;
	if (argc != 6 || opx_parse_i64(opx_str_z(argv[4]), 1, 3600, &deadline_s, NULL) != OPX_OK)
		return 2;
	list = argv[5];
	struct tsp tsp = { .host = &host,
			   .url = opx_str_z(argv[1]),
			   .roots_file = opx_str_z(argv[2]),
			   .policies = { opx_str_z(argv[3]) },
			   .n_policies = 1,
			   .timeout_s = 20 };
	struct opx_arena *arena = opx_arena_new((size_t)1 << 20);
	struct opx_job job = { .arena = arena };
	job.deadline.us = opx_now(&opx_clock_real).us + deadline_s * 1000000;
	enum opx_status status = tsp_start(&tsp, &err);
	if (status == OPX_OK) {
		status = tsp_stamp(&tsp, &job, &imprint, &token, &err);
		tsp_stop(&tsp);
	}
	if (status == OPX_OK) {
		char when[OPX_TIME_CHARS + 1];
		opx_instant_format(token.gen_time, when);
		(void)printf("ok %s accuracy %" PRId64 " %s\n", when, token.accuracy_us,
			     opx_hex_str(arena, token.tsr).p);
	} else {
		(void)printf("%s %s\n", opx_status_name(status), err.detail);
	}
	opx_arena_free(arena);
	return 0;
}
