/* SPDX-License-Identifier: MPL-2.0 */
/* test_evidence.c: the tree against RFC 6962's own recursive definition, leaf lines, strict JSON. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "base/codec.h"
#include "evidence/json.h"
#include "evidence/leaf.h"
#include "evidence/tree.h"
#include "evidence/writer.h"
#include "suites.h"

#define MAX_LEAVES 70

static struct opx_arena *arena;

static void setup(void)
{
	arena = opx_arena_new((size_t)64 * 1024 * 1024);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

/* RFC 6962 section 2.1, word for word: an independent oracle. */
static struct opx_sha256 recursive_root(const struct opx_sha256 *leaves, uint64_t n)
{
	if (n == 1)
		return leaves[0];
	uint64_t k = 1;
	while (k * 2 < n)
		k *= 2;
	struct opx_sha256 left = recursive_root(leaves, k);
	struct opx_sha256 right = recursive_root(leaves + k, n - k);
	return opx_tree_node(&left, &right);
}

static void make_leaves(struct opx_sha256 leaves[MAX_LEAVES])
{
	for (int i = 0; i < MAX_LEAVES; i++)
		leaves[i] = opx_tree_leaf(opx_bytes_of(opx_strf(arena, "line %d", i)));
}

START_TEST(the_root_of_nothing_is_the_hash_of_nothing)
{
	struct opx_sha256 root = opx_tree_root(NULL, 0);
	char hex[65];
	opx_sha256_hex(&root, hex);
	ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(a_leaf_is_prefixed_by_zero)
{
	struct opx_sha256 leaf = opx_tree_leaf((struct opx_bytes){ .p = (const uint8_t *)"", .n = 0 });
	char hex[65];
	opx_sha256_hex(&leaf, hex);
	/* RFC 6962 test vector: the hash of an empty leaf. */
	ck_assert_str_eq(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}
END_TEST

START_TEST(the_root_is_that_of_the_recursive_definition)
{
	struct opx_sha256 leaves[MAX_LEAVES];
	make_leaves(leaves);
	for (uint64_t n = 1; n <= MAX_LEAVES; n++) {
		struct opx_sha256 got = opx_tree_root(leaves, n);
		struct opx_sha256 want = recursive_root(leaves, n);
		ck_assert_mem_eq(got.b, want.b, sizeof(want.b));
	}
}
END_TEST

START_TEST(a_proof_leads_to_the_root_and_to_no_other)
{
	struct opx_sha256 leaves[MAX_LEAVES], path[OPX_TREE_MAX_PROOF];
	make_leaves(leaves);
	for (uint64_t n = 1; n <= MAX_LEAVES; n++) {
		struct opx_sha256 root = opx_tree_root(leaves, n);
		for (uint64_t i = 0; i < n; i++) {
			size_t depth = opx_tree_prove(leaves, n, i, path);
			ck_assert(opx_tree_check(&leaves[i], i, n, path, depth, &root));
			ck_assert(!opx_tree_check(&leaves[(i + 1) % MAX_LEAVES], i, n, path, depth, &root));
			ck_assert(!opx_tree_check(&leaves[i], i, n, path, depth + 1, &root));
			ck_assert(depth == 0 || !opx_tree_check(&leaves[i], i, n, path, depth - 1, &root));
			if (depth > 0) {
				path[depth / 2].b[7] ^= 1U;
				ck_assert(!opx_tree_check(&leaves[i], i, n, path, depth, &root));
			}
		}
		ck_assert(!opx_tree_check(&leaves[0], n, n, path, 0, &root));
	}
}
END_TEST

START_TEST(a_frontier_gives_the_same_roots)
{
	struct opx_sha256 leaves[MAX_LEAVES];
	struct opx_frontier f = { .size = 0 };
	make_leaves(leaves);
	for (uint64_t n = 1; n <= MAX_LEAVES; n++) {
		opx_frontier_append(&f, &leaves[n - 1]);
		struct opx_sha256 got = opx_frontier_root(&f);
		struct opx_sha256 want = recursive_root(leaves, n);
		ck_assert_uint_eq(f.size, n);
		ck_assert_mem_eq(got.b, want.b, sizeof(want.b));
	}
}
END_TEST

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define GOOD_LINE                                                                                                        \
	"opx/v1 log=opx.localhost/c/abcdefghijklmnopqrstuvwxyz seq=12 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS \
	" body=sha256:" ZEROS

START_TEST(a_line_is_read_and_written_the_same)
{
	struct opx_leaf leaf;
	struct opx_error err;
	ck_assert_ok(opx_leaf_parse(arena, OPX_BYTES(GOOD_LINE), &leaf, &err), err);
	ck_assert_uint_eq(leaf.seq, 12);
	ck_assert_str(leaf.origin, "opx.localhost/c/abcdefghijklmnopqrstuvwxyz");
	ck_assert_str(opx_leaf_format(arena, &leaf), GOOD_LINE);
}
END_TEST

static const char *const bad_lines[] = {
	"",
	"opx/v1",
	"opx/v2 log=a/b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=01 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=-1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=A/b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a//b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=1 time=2026-11-23T09:30:00Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=1 time=2026-02-30T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b  seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:0 body=sha256:" ZEROS,
	"opx/v1 log=a/b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS " x=1",
	"opx/v1 log=a/b seq=1 time=2026-11-23T09:30:00.123Z after=sha256:" ZEROS " body=sha256:" ZEROS "\n",
	"opx/v1 log=a/b time=2026-11-23T09:30:00.123Z seq=1 after=sha256:" ZEROS " body=sha256:" ZEROS,
};

START_TEST(a_line_of_another_form_is_refused)
{
	struct opx_leaf leaf;
	struct opx_bytes line = { .p = (const uint8_t *)bad_lines[_i], .n = strlen(bad_lines[_i]) };
	ck_assert_status(opx_leaf_parse(arena, line, &leaf, NULL), OPX_INVALID);
}
END_TEST

START_TEST(acts_and_readings_of_one_dossier_are_a_pair)
{
	struct opx_str acts = OPX_STR("host.fr/c/abcdefghijklmnopqrstuvwxyz");
	ck_assert(opx_origin_is_pair(acts, OPX_STR("host.fr/r/abcdefghijklmnopqrstuvwxyz")));
	ck_assert(!opx_origin_is_pair(acts, OPX_STR("host.fr/r/bbcdefghijklmnopqrstuvwxyz")));
	ck_assert(!opx_origin_is_pair(acts, OPX_STR("other.f/r/abcdefghijklmnopqrstuvwxyz")));
	ck_assert(!opx_origin_is_pair(acts, acts));
	ck_assert_int_eq(opx_origin_kind(OPX_STR("host.fr/g/abcdefghijklmnopqrstuvwxyz")), 'g');
	ck_assert_int_eq(opx_origin_kind(OPX_STR("host.fr/x/abcdefghijklmnopqrstuvwxyz")), 0);
	ck_assert_int_eq(opx_origin_kind(OPX_STR("host.fr/g/abcdefghijklmnopqrstuvwxy1")), 0);
}
END_TEST

static const struct {
	const char *text;
	bool is_good;
} jsons[] = {
	{ "{}", true },
	{ "{\"a\":1,\"b\":\"x\",\"c\":[1,\"y\"],\"d\":{\"e\":[2],\"f\":\"z\"}}", true },
	{ " {\"a\" : 9007199254740991}\n", true },
	{ "{\"a\":9007199254740992}", false },
	{ "{\"a\":1.0}", false },
	{ "{\"a\":1e3}", false },
	{ "{\"a\":-0}", false },
	{ "{\"a\":\"-0\"}", true },
	{ "{\"a\":true}", false },
	{ "{\"a\":null}", false },
	{ "{\"a\":1,\"a\":2}", false },
	{ "{\"a\":1,\"\\u0061\":2}", false },
	{ "{\"a\":{\"b\":{\"c\":1}}}", false },
	{ "{\"a\":[[1]]}", false },
	{ "{\"a\":\"\\u202e\"}", false },
	{ "{\"a\":\"\\u0000\"}", false },
	{ "{\"a\":\"\\ud800\"}", false },
	{ "{\"\\u200f\":1}", false },
	{ "[]", false },
	{ "{} x", false },
	{ "", false },
};

START_TEST(strict_json_takes_what_the_format_allows_and_nothing_else)
{
	OPX_AUTO_JSON json = NULL;
	struct opx_bytes in = { .p = (const uint8_t *)jsons[_i].text, .n = strlen(jsons[_i].text) };
	enum opx_status status = opx_json_read(in, &json, NULL);
	ck_assert_msg((status == OPX_OK) == jsons[_i].is_good, "%s", jsons[_i].text);
}
END_TEST

START_TEST(what_the_writer_writes_the_reader_reads)
{
	struct opx_writer w;
	struct opx_bytes out;
	struct opx_error err;
	OPX_AUTO_JSON json = NULL;
	static const int32_t people[] = { 1, 3, 12 };
	opx_writer_begin(&w, arena);
	opx_writer_str(&w, "name", OPX_STR("l’« été » \\ \" 🙂"));
	opx_writer_int(&w, "n", -42);
	opx_writer_people(&w, "to", people, OPX_COUNT(people));
	opx_writer_open(&w, "object");
	opx_writer_hex(&w, "sha256", OPX_BYTES("\x01\xff"));
	opx_writer_close(&w);
	opx_writer_str(&w, "salt", OPX_STR("x"));
	ck_assert_ok(opx_writer_end(&w, &out, &err), err);
	ck_assert_ok(opx_json_read(out, &json, &err), err);
	ck_assert_str_eq(json_string_value(json_object_get(json, "name")), "l’« été » \\ \" 🙂");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(json, "to"), 2)), "P12");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(json, "object"), "sha256")),
			 "01ff");
}
END_TEST

START_TEST(the_writer_refuses_a_direction_mark)
{
	struct opx_writer w;
	struct opx_bytes out;
	opx_writer_begin(&w, arena);
	opx_writer_str(&w, "name",
		       OPX_STR("a\xe2\x80\xae"
			       "b"));
	ck_assert_status(opx_writer_end(&w, &out, NULL), OPX_INVALID);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tc = tcase_create("tree, leaf, json");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_root_of_nothing_is_the_hash_of_nothing);
	tcase_add_test(tc, a_leaf_is_prefixed_by_zero);
	tcase_add_test(tc, the_root_is_that_of_the_recursive_definition);
	tcase_add_test(tc, a_proof_leads_to_the_root_and_to_no_other);
	tcase_add_test(tc, a_frontier_gives_the_same_roots);
	tcase_add_test(tc, a_line_is_read_and_written_the_same);
	tcase_add_loop_test(tc, a_line_of_another_form_is_refused, 0, OPX_COUNT(bad_lines));
	tcase_add_test(tc, acts_and_readings_of_one_dossier_are_a_pair);
	tcase_add_loop_test(tc, strict_json_takes_what_the_format_allows_and_nothing_else, 0,
			    OPX_COUNT(jsons));
	tcase_add_test(tc, what_the_writer_writes_the_reader_reads);
	tcase_add_test(tc, the_writer_refuses_a_direction_mark);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, note_case());
	suite_add_tcase(suite, container_case());
	suite_add_tcase(suite, forms_case());
	suite_add_tcase(suite, vectors_case());
	return check_opx_main(suite);
}
