/* SPDX-License-Identifier: MPL-2.0 */
/* test_container.c: the container to the byte, its names, the two lists, proofs, and what a bundle says of itself. */
#include "support/check_opx.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/vfs.h"
#include "evidence/bundle.h"
#include "evidence/container.h"
#include "evidence/json.h"
#include "evidence/manifest.h"
#include "evidence/proof.h"
#include "suites.h"

static struct opx_arena *arena;
static FILE *file;

#define MAX_READ ((size_t)4 * 1024 * 1024)

static void setup(void)
{
	arena = opx_arena_new((size_t)64 * 1024 * 1024);
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
}

static void teardown(void)
{
	(void)fclose(file);
	opx_arena_free(arena);
}

static struct opx_bytes written(int fd)
{
	uint8_t *data = opx_arena_alloc(arena, 1, MAX_READ);
	ssize_t n = pread(fd, data, MAX_READ, 0);
	ck_assert_int_ge(n, 0);
	return (struct opx_bytes){ .p = data, .n = (size_t)n };
}

/* Local header, name, content; directory entry; end record: each byte as evidence-format 5.1 fixes it. */
#define COMMON \
	"\x0a\x00\x00\x00\x00\x00\x00\x00\x21\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"
static const char expected[] =
	"PK\x03\x04" COMMON "aa"
	"PK\x01\x02\x14\x03" COMMON "\x00\x00\x00\x00\x00\x00\x00\x00\xa4\x81\x00\x00\x00\x00"
	"a"
	"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x2f\x00\x00\x00\x20\x00\x00\x00\x00\x00";

START_TEST(a_container_of_one_entry_has_these_bytes)
{
	struct opx_error err;
	struct opx_container *c = opx_container_new(arena, &opx_vfs_real, fileno(file));
	ck_assert_ok(opx_container_add(c, OPX_STR("a"), OPX_BYTES("a"), &err), err);
	ck_assert_ok(opx_container_end(c, &err), err);
	ck_assert_bytes(written(fileno(file)), expected, sizeof(expected) - 1);
}
END_TEST

static int run(const char *program, const char *a, const char *b)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execlp(program, program, a, b, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(an_entry_from_a_file_is_the_same_and_unzip_takes_it)
{
	struct opx_error err;
	char path[64];
	FILE *source = tmpfile();
	uint8_t *big = opx_arena_alloc(arena, 1, 700001);
	for (size_t i = 0; i < 700001; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	ck_assert_uint_eq(fwrite(big, 1, 700001, source), 700001);
	ck_assert_int_eq(fflush(source), 0);
	const struct opx_bytes bytes = { .p = big, .n = 700001 };
	const struct opx_sha256 good = opx_sha256(bytes);
	struct opx_container *c = opx_container_new(arena, &opx_vfs_real, fileno(file));
	ck_assert_ok(opx_container_add(c, OPX_STR("mimetype"), OPX_BYTES("application/vnd.etsi.asic-e+zip"),
				       &err),
		     err);
	ck_assert_ok(opx_container_add(c, OPX_STR("documents/D001.pdf"), bytes, &err), err);
	ck_assert_ok(opx_container_add_fd(c, OPX_STR("documents/D002.pdf"), fileno(source), &good, &err),
		     err);
	ck_assert_ok(opx_container_add(c, OPX_STR("empty"), OPX_BYTES(""), &err), err);
	ck_assert_ok(opx_container_end(c, &err), err);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fileno(file));
	ck_assert_int_eq(run("unzip", "-t", path), 0);
	const struct opx_bytes all = written(fileno(file));
	/* The two big entries differ by their names only: same CRC, same size. */
	const uint8_t *one = memmem(all.p, all.n, "documents/D001.pdf", 18),
		      *two = memmem(all.p, all.n, "documents/D002.pdf", 18);
	ck_assert_mem_eq(one - 16, two - 16, 16);
	ck_assert_mem_eq(one + 18, two + 18, 700001);

	struct opx_sha256 wrong = good;
	wrong.b[31] ^= 1U;
	ck_assert_status(opx_container_add_fd(c, OPX_STR("documents/D003.pdf"), fileno(source), &wrong, NULL),
			 OPX_CONFLICT);
	(void)fclose(source);
}
END_TEST

static const struct {
	const char *name;
	bool is_good;
} entry_names[] = {
	{ "mimetype", true },
	{ "log/checkpoints/43.note", true },
	{ "META-INF/timestamp.tst", true },
	{ "a_b-c.d", true },
	{ "", false },
	{ "/a", false },
	{ "a/", false },
	{ "a//b", false },
	{ ".a", false },
	{ "a/.b", false },
	{ "../a", false },
	{ "a/..", false },
	{ "a.", false },
	{ "-a", false },
	{ "a b", false },
	{ "a\\b", false },
	{ "é", false },
	{ "a:b", false },
};

START_TEST(names_of_entries_are_of_one_form)
{
	ck_assert_msg(opx_entry_name_is_valid(opx_str_z(entry_names[_i].name)) == entry_names[_i].is_good,
		      "%s", entry_names[_i].name);
}
END_TEST

static const struct {
	const char *a, *b;
} clashes[] = { { "a/b", "a/b" }, { "a/b", "A/B" }, { "a", "a/b" }, { "A", "a/b/c" } };

START_TEST(names_that_a_disk_would_confuse_are_refused)
{
	struct opx_error err;
	struct opx_container *c = opx_container_new(arena, &opx_vfs_real, fileno(file));
	ck_assert_ok(opx_container_add(c, opx_str_z(clashes[_i].a), OPX_BYTES("1"), &err), err);
	ck_assert_ok(opx_container_add(c, OPX_STR("m"), OPX_BYTES("1"), &err), err);
	ck_assert_ok(opx_container_add(c, opx_str_z(clashes[_i].b), OPX_BYTES("1"), &err), err);
	ck_assert_status(opx_container_end(c, NULL), OPX_INVALID);
}
END_TEST

static struct opx_listed listed(const char *name)
{
	return (struct opx_listed){ .name = opx_str_z(name), .sha256 = opx_sha256(OPX_BYTES("")) };
}
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define EMPTY_64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define REFERENCE(name)                                                              \
	"<asic:DataObjectReference URI=\"" name "\">\n"                              \
	"<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\n" \
	"<ds:DigestValue>" EMPTY_64 "</ds:DigestValue>\n"                            \
	"</asic:DataObjectReference>\n"

START_TEST(the_two_lists_name_what_belongs_to_them)
{
	struct opx_error err;
	struct opx_bytes out;
	struct opx_listed files[] = { listed("log/leaves.txt"),
				      listed("mimetype"),
				      listed("SHA256SUMS"),
				      listed("SHA256SUMS.tsr"),
				      listed("SHA256SUMS.p7s"),
				      listed("LISEZMOI.txt"),
				      listed("META-INF/timestamp.tst"),
				      listed("META-INF/ASiCManifest.xml") };
	ck_assert_status(opx_sums_format(arena, files, OPX_COUNT(files), &out, NULL),
			 OPX_INVALID); /* not sorted */
	opx_listed_sort(files, OPX_COUNT(files));
	ck_assert_ok(opx_sums_format(arena, files, OPX_COUNT(files), &out, &err), err);
	static const char sums[] = EMPTY_HEX "  LISEZMOI.txt\n" EMPTY_HEX "  log/leaves.txt\n";
	ck_assert_bytes(out, sums, sizeof(sums) - 1);
	ck_assert_ok(opx_manifest_format(arena, files, OPX_COUNT(files), &out, &err), err);
	static const char manifest[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n"
		"<asic:SigReference URI=\"META-INF/timestamp.tst\" MimeType=\"application/vnd.etsi.timestamp-token\"/>\n" REFERENCE(
			"LISEZMOI.txt") REFERENCE("SHA256SUMS") REFERENCE("SHA256SUMS.p7s")
			REFERENCE("SHA256SUMS.tsr") REFERENCE("log/leaves.txt") "</asic:ASiCManifest>\n";
	ck_assert_bytes(out, manifest, sizeof(manifest) - 1);
	files[1] = files[0];
	ck_assert_status(opx_manifest_format(arena, files, OPX_COUNT(files), &out, NULL),
			 OPX_INVALID); /* twice */
}
END_TEST

#define MAX_LEAVES 70

START_TEST(subtrees_give_the_roots_and_paths_of_the_tree)
{
	struct opx_sha256 leaves[MAX_LEAVES], path[OPX_TREE_MAX_PROOF];
	for (int i = 0; i < MAX_LEAVES; i++)
		leaves[i] = opx_tree_leaf(opx_bytes_of(opx_strf(arena, "line %d", i)));
	for (uint64_t n = 0; n <= MAX_LEAVES; n++) {
		struct opx_subtrees t;
		opx_subtrees_build(arena, leaves, n, &t);
		for (uint64_t size = 0; size <= n; size++) {
			const struct opx_sha256 root = opx_tree_root(leaves, size),
						got = opx_subtrees_root(&t, size);
			ck_assert_mem_eq(got.b, root.b, sizeof(root.b));
			for (uint64_t i = 0; i < size; i++) {
				size_t depth = opx_subtrees_prove(&t, size, i, path);
				ck_assert(opx_tree_check(&leaves[i], i, size, path, depth, &root));
			}
		}
	}
}
END_TEST

START_TEST(a_proof_is_written_as_c2sp_says)
{
	struct opx_error err;
	struct opx_bytes out;
	const struct opx_sha256 path[] = { opx_sha256(OPX_BYTES("")) };
	const struct opx_proof proof = { .extra = OPX_BYTES("line\nbody"),
					 .index = 7,
					 .path = path,
					 .n_path = 1,
					 .note = OPX_BYTES("a/b\n8\nx\n\n- s\n") };
	static const char want[] = "c2sp.org/tlog-proof@v1\nextra bGluZQpib2R5\nindex 7\n" EMPTY_64
				   "\n\na/b\n8\nx\n\n- s\n";
	ck_assert_ok(opx_proof_format(arena, &proof, &out, &err), err);
	ck_assert_bytes(out, want, sizeof(want) - 1);
}
END_TEST

static struct opx_bundle_facts facts(enum opx_bundle_kind kind)
{
	static const struct opx_str absent[] = { { "3 right", 7 }, { "5 erasure 9", 11 } };
	return (struct opx_bundle_facts){
		.kind = kind,
		.log = OPX_STR("h/c/x"),
		.size = 12,
		.readings_size = 5,
		.made = { .us = INT64_C(1795600000123000) },
		.person = OPX_STR("P2"),
		.seq = 4,
		.document = OPX_STR("D001"),
		.bodies_absent = { .p = absent, .n = 2 },
	};
}

static const struct {
	enum opx_bundle_kind kind;
	const char *text;
} bundles[] = {
	{ OPX_BUNDLE_RECEIPT,
	  "{\"v\":1,\"kind\":\"receipt\",\"log\":\"h/c/x\",\"size\":12,\"made\":\"2026-11-25T09:46:40.123Z\",\"for\":\"P2\",\"seq\":4,"
	  "\"bodies_absent\":[\"3 right\",\"5 erasure 9\"],\"readings_absent\":[],\"documents_absent\":[]}" },
	{ OPX_BUNDLE_DOCUMENT,
	  "{\"v\":1,\"kind\":\"document\",\"log\":\"h/c/x\",\"size\":12,\"made\":\"2026-11-25T09:46:40.123Z\",\"for\":\"P2\","
	  "\"document\":\"D001\",\"bodies_absent\":[\"3 right\",\"5 erasure 9\"],\"readings_absent\":[],\"documents_absent\":[]}" },
	{ OPX_BUNDLE_PARTY,
	  "{\"v\":1,\"kind\":\"party\",\"log\":\"h/c/x\",\"size\":12,\"made\":\"2026-11-25T09:46:40.123Z\",\"for\":\"P2\","
	  "\"bodies_absent\":[\"3 right\",\"5 erasure 9\"],\"readings_absent\":[],\"documents_absent\":[]}" },
	{ OPX_BUNDLE_CASE,
	  "{\"v\":1,\"kind\":\"case\",\"log\":\"h/c/x\",\"size\":12,\"readings_size\":5,\"made\":\"2026-11-25T09:46:40.123Z\","
	  "\"for\":\"P2\",\"bodies_absent\":[\"3 right\",\"5 erasure 9\"],\"readings_absent\":[],\"documents_absent\":[]}" },
};

START_TEST(bundle_json_has_the_members_of_its_kind)
{
	struct opx_error err;
	struct opx_bytes out;
	OPX_AUTO_JSON json = NULL;
	const struct opx_bundle_facts f = facts(bundles[_i].kind);
	ck_assert_ok(opx_bundle_json(arena, &f, &out, &err), err);
	ck_assert_bytes(out, bundles[_i].text, strlen(bundles[_i].text));
	ck_assert_ok(opx_json_read(out, &json, &err), err);
	enum opx_bundle_kind kind;
	ck_assert_ok(opx_bundle_kind_parse(opx_str_z(json_string_value(json_object_get(json, "kind"))), &kind,
					   &err),
		     err);
	ck_assert_int_eq(kind, bundles[_i].kind);
	ck_assert_status(opx_bundle_kind_parse(OPX_STR("cases"), &kind, NULL), OPX_INVALID);
}
END_TEST

START_TEST(receipt_json_says_what_was_received)
{
	struct opx_error err;
	struct opx_bytes out;
	OPX_AUTO_JSON json = NULL;
	static const struct opx_str to[] = { { "P1", 2 }, { "P3", 2 } };
	const struct opx_receipt_facts f = {
		.number = OPX_STR("26/00001-3-D001"),
		.log = OPX_STR("h/c/x"),
		.line = OPX_STR("opx/v1 …"),
		.depositor = OPX_STR("P1"),
		.name = OPX_STR("Mme « Essai »"),
		.mail = OPX_STR("a@b.fr"),
		.addressees = { .p = to, .n = 2 },
		.document = { .id = OPX_STR("D001"),
			      .sha256 = OPX_STR("aa"),
			      .sha512 = OPX_STR("bb"),
			      .mime = OPX_STR("application/pdf"),
			      .ext = OPX_STR("pdf"),
			      .name = OPX_STR("é.pdf"),
			      .kind = OPX_STR("exhibit"),
			      .replaces = OPX_STR("-"),
			      .size = 10 },
		.level = OPX_STR("L2"),
		.token = OPX_STR("pending"),
		.seq = 4,
		.head_size = 12,
		.head_root = opx_sha256(OPX_BYTES("")),
	};
	static const char want[] =
		"{\"v\":1,\"number\":\"26/00001-3-D001\",\"log\":\"h/c/x\",\"seq\":4,\"line\":\"opx/v1 …\",\"depositor\":\"P1\","
		"\"name\":\"Mme « Essai »\",\"mail\":\"a@b.fr\",\"addressees\":[\"P1\",\"P3\"],\"document\":{\"id\":\"D001\",\"sha256\":\"aa\","
		"\"sha512\":\"bb\",\"size\":10,\"mime\":\"application/pdf\",\"ext\":\"pdf\",\"name\":\"é.pdf\",\"kind\":\"exhibit\","
		"\"replaces\":\"-\"},\"level\":\"L2\",\"token\":\"pending\",\"head\":\"12 " EMPTY_64 "\"}";
	ck_assert_ok(opx_receipt_json(arena, &f, &out, &err), err);
	ck_assert_bytes(out, want, sizeof(want) - 1);
	ck_assert_ok(opx_json_read(out, &json, &err), err);
}
END_TEST

TCase *container_case(void)
{
	TCase *tc = tcase_create("container, lists, proofs");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_container_of_one_entry_has_these_bytes);
	tcase_add_test(tc, an_entry_from_a_file_is_the_same_and_unzip_takes_it);
	tcase_add_loop_test(tc, names_of_entries_are_of_one_form, 0, OPX_COUNT(entry_names));
	tcase_add_loop_test(tc, names_that_a_disk_would_confuse_are_refused, 0, OPX_COUNT(clashes));
	tcase_add_test(tc, the_two_lists_name_what_belongs_to_them);
	tcase_add_test(tc, subtrees_give_the_roots_and_paths_of_the_tree);
	tcase_add_test(tc, a_proof_is_written_as_c2sp_says);
	tcase_add_loop_test(tc, bundle_json_has_the_members_of_its_kind, 0, OPX_COUNT(bundles));
	tcase_add_test(tc, receipt_json_says_what_was_received);
	return tc;
}
