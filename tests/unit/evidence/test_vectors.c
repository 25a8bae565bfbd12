/* SPDX-License-Identifier: MPL-2.0 */
/* test_vectors.c: the test vectors of docs/evidence.md are what this code computes. */
#include "support/check_opx.h"

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/codec.h"
#include "evidence/leaf.h"
#include "evidence/manifest.h"
#include "evidence/note.h"
#include "evidence/proof.h"
#include "evidence/proof_read.h"
#include "evidence/tree.h"
#include "suites.h"

#define ORIGIN "opx.example/c/abcdefghijklmnopqrstuvwxyz"

static struct opx_arena *arena;
static char *document;

static void setup(void)
{
	char path[1024];
	const char *source = getenv("OPX_SOURCE");
	ck_assert_ptr_nonnull(source);
	(void)snprintf(path, sizeof(path), "%s/docs/evidence.md", source);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	arena = opx_arena_new((size_t)16 * 1024 * 1024);
	document = opx_arena_alloc(arena, 1, 262144);
	size_t n = fread(document, 1, 262143, f);
	(void)fclose(f);
	document[n] = '\0';
	document = strstr(document, "```vectors\n");
	ck_assert_ptr_nonnull(document);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

/* The value of a vector; "\n" there stands for LF. */
static struct opx_str vector(const char *name)
{
	struct opx_str key = opx_strf(arena, "\n%s = ", name);
	const char *at = strstr(document, key.p);
	ck_assert_msg(at != NULL, "no vector %s", name);
	at += key.n;
	char *out = opx_arena_alloc(arena, 1, 4096);
	size_t n = 0;
	for (; *at != '\n' && n < 4095; at++)
		if (at[0] == '\\' && at[1] == 'n') {
			out[n++] = '\n';
			at++;
		} else {
			out[n++] = *at;
		}
	return (struct opx_str){ .p = out, .n = n };
}

static void assert_hash(const struct opx_sha256 *h, const char *name)
{
	char hex[65];
	opx_sha256_hex(h, hex);
	ck_assert_str_eq(hex, vector(name).p);
}

static void load_leaves(struct opx_sha256 ret[3])
{
	for (int i = 0; i < 3; i++)
		ret[i] = opx_tree_leaf(opx_bytes_of(vector(opx_strf(arena, "line-%d", i).p)));
}

START_TEST(lines_and_trees_are_those_of_the_document)
{
	struct opx_sha256 leaves[3], body = opx_sha256(opx_bytes_of(vector("body"))),
				     path[OPX_TREE_MAX_PROOF];
	struct opx_leaf leaf;
	assert_hash(&body, "body-sha256");
	load_leaves(leaves);
	ck_assert_int_eq(opx_leaf_parse(arena, opx_bytes_of(vector("line-0")), &leaf, NULL), OPX_OK);
	ck_assert_mem_eq(leaf.body.b, body.b, 32);
	ck_assert_str_eq(opx_leaf_format(arena, &leaf).p, vector("line-0").p);
	for (unsigned n = 0; n <= 3; n++) {
		struct opx_sha256 root = opx_tree_root(leaves, n);
		assert_hash(&root, opx_strf(arena, "root-%u", n).p);
		if (n < 3)
			assert_hash(&leaves[n], opx_strf(arena, "leaf-%u", n).p);
	}
	ck_assert_uint_eq(opx_tree_prove(leaves, 3, 1, path), 2);
	char a[65], b[65];
	opx_sha256_hex(&path[0], a);
	opx_sha256_hex(&path[1], b);
	ck_assert_str_eq(opx_strf(arena, "%s %s", a, b).p, vector("path-1-of-3").p);
}
END_TEST

START_TEST(notes_and_proofs_are_those_of_the_document)
{
	uint8_t seed[32];
	struct opx_sha256 leaves[3], path[OPX_TREE_MAX_PROOF], hash;
	struct opx_vkey vkey = { .name = OPX_STR(ORIGIN) };
	struct opx_bytes note, text;
	struct opx_read_proof read;
	memset(seed, 1, sizeof(seed));
	load_leaves(leaves);
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	ck_assert_int_eq(opx_ed25519_public(key, vkey.key, NULL), OPX_OK);
	ck_assert_str_eq(opx_hex_str(arena, (struct opx_bytes){ .p = vkey.key, .n = 32 }).p,
			 vector("public-key").p);
	ck_assert_str_eq(opx_vkey_format(arena, &vkey).p, vector("vkey").p);
	const struct opx_head head = { .origin = OPX_STR(ORIGIN),
				       .size = 3,
				       .root = opx_tree_root(leaves, 3) };
	ck_assert_int_eq(opx_note_sign(arena, &head, &key, 1, &note, NULL), OPX_OK);
	EVP_PKEY_free(key);
	ck_assert(opx_bytes_eq(note, opx_bytes_of(vector("note-3"))));
	hash = opx_sha256(note);
	assert_hash(&hash, "note-3-sha256");
	const struct opx_proof proof = { .extra = opx_bytes_of(vector("line-1")),
					 .index = 1,
					 .path = path,
					 .n_path = opx_tree_prove(leaves, 3, 1, path),
					 .note = note };
	ck_assert_int_eq(opx_proof_format(arena, &proof, &text, NULL), OPX_OK);
	hash = opx_sha256(text);
	assert_hash(&hash, "proof-1-of-3-sha256");
	ck_assert_int_eq(opx_proof_parse(arena, text, &read, NULL), OPX_OK);
	/* The path ends with an empty line, and a file of one entry has no path. */
	const struct opx_bytes one = OPX_BYTES("c2sp.org/tlog-proof@v1\nextra eA==\nindex 0\n\nnote"),
			       endless = OPX_BYTES("c2sp.org/tlog-proof@v1\nextra eA==\nindex 0\nnote");
	struct opx_read_proof other;
	ck_assert_int_eq(opx_proof_parse(arena, one, &other, NULL), OPX_OK);
	ck_assert_int_eq(opx_proof_parse(arena, endless, &other, NULL), OPX_INVALID);
	ck_assert(opx_bytes_eq(read.extra, proof.extra) && opx_bytes_eq(read.note, note) && read.index == 1 &&
		  read.n_path == 2);
}
END_TEST

START_TEST(lists_are_those_of_the_document)
{
	struct opx_listed files[2] = { { .name = OPX_STR("SHA256SUMS") },
				       { .name = OPX_STR("bundle.json"),
					 .sha256 = opx_sha256(OPX_BYTES("{}")) } };
	struct opx_bytes sums, manifest;
	ck_assert_int_eq(opx_sums_format(arena, files, 2, &sums, NULL), OPX_OK);
	ck_assert(opx_bytes_eq(sums, opx_bytes_of(vector("sums"))));
	files[0].sha256 = opx_sha256(sums);
	ck_assert_int_eq(opx_manifest_format(arena, files, 2, &manifest, NULL), OPX_OK);
	struct opx_sha256 hash = opx_sha256(manifest);
	assert_hash(&hash, "manifest-sha256");
}
END_TEST

TCase *vectors_case(void)
{
	TCase *c = tcase_create("vectors");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, lines_and_trees_are_those_of_the_document);
	tcase_add_test(c, notes_and_proofs_are_those_of_the_document);
	tcase_add_test(c, lists_are_those_of_the_document);
	return c;
}
