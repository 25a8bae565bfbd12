/* SPDX-License-Identifier: MPL-2.0 */
/* test_store.c: the file store: what is acknowledged is whole and safe, what is not leaves nothing wrong behind, whichever
 * call of the file system fails. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "support/fault_vfs.h"

#define BIG (700000) /* three pieces of the store's buffer */

static char folder[64];
static struct fault_vfs fault;
static struct store store;
static int64_t room_free, room_total;
static int room_result;

static int fake_room(int fd, int64_t *ret_free, int64_t *ret_total)
{
	(void)fd;
	*ret_free = room_free;
	*ret_total = room_total;
	errno = EIO;
	return room_result;
}

/* Bytes that differ from call to call, but are the same in each run. */
static uint8_t next_byte;
static void fill(const struct opx_random *random, uint8_t *ret, size_t n)
{
	(void)random;
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(next_byte + i * 7);
	next_byte++;
}
static const struct opx_random counted = { .fill = fill };

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/opx-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	fault_vfs_init(&fault);
	room_free = 1000000000;
	room_total = 1000000000;
	room_result = 0;
	next_byte = 0;
	store = (struct store){
		.vfs = &fault.vfs, .random = &counted, .root_fd = -1, .reserve_percent = 5, .room = fake_room
	};
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char below[512];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		if (e->d_type == DT_DIR)
			remove_tree(below);
		else
			(void)unlink(below);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(path);
}

static void teardown(void)
{
	fault_vfs_arm(&fault, 0, 0);
	store_close(&store);
	remove_tree(folder);
}

/* A file of n bytes, open at its beginning, already without a name. */
static int source(size_t n)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	uint8_t *data = malloc(n + 1);
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	free(data);
	return fd;
}

/* The number of names in the store; each is a whole file of n bytes with mode 0440. */
static size_t count_whole(size_t n)
{
	size_t found = 0;
	char blob[128];
	struct dirent *e;
	DIR *dir;
	(void)snprintf(blob, sizeof(blob), "%s/_blob", folder);
	dir = opendir(blob);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char below[512];
		struct dirent *f;
		DIR *sub;
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", blob, e->d_name);
		sub = opendir(below);
		ck_assert_ptr_nonnull(sub);
		while ((f = readdir(sub)) != NULL) {
			struct stat st;
			if (f->d_name[0] == '.')
				continue;
			ck_assert_int_eq(fstatat(dirfd(sub), f->d_name, &st, 0), 0);
			ck_assert_int_eq(st.st_size, (off_t)n);
			ck_assert_int_eq(st.st_mode & 07777, 0440);
			ck_assert_msg(strncmp(f->d_name, e->d_name, 2) == 0, "%s in folder %s", f->d_name,
				      e->d_name);
			found++;
		}
		(void)closedir(sub);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

static enum opx_status put(size_t n, struct opx_stored *ret, struct opx_error *err)
{
	int fd = source(n);
	enum opx_status status = store_put(&store, fd, ret, err);
	(void)close(fd);
	return status;
}

START_TEST(store_gives_back_the_bytes_and_both_hashes)
{
	struct opx_stored stored;
	struct opx_hasher *hasher = opx_hasher_new();
	struct opx_sha256 sha256;
	struct opx_sha512 sha512;
	uint8_t piece[4096];
	ssize_t got;
	int fd = -1;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	ck_assert_int_eq(put(BIG, &stored, NULL), OPX_OK);
	ck_assert_int_eq(stored.size, BIG);
	ck_assert(store_is_name(opx_str_z(stored.name)));
	ck_assert_int_eq(store_get(&store, opx_str_z(stored.name), &fd, NULL), OPX_OK);
	while ((got = read(fd, piece, sizeof(piece))) > 0)
		opx_hasher_add(hasher, piece, (size_t)got);
	opx_hasher_end(hasher, &sha256, &sha512);
	opx_hasher_free(hasher);
	(void)close(fd);
	ck_assert_mem_eq(sha256.b, stored.sha256.b, 32);
	ck_assert_mem_eq(sha512.b, stored.sha512.b, 64);
	ck_assert_uint_eq(count_whole(BIG), 1);
}
END_TEST

START_TEST(store_keeps_an_empty_file)
{
	struct opx_stored stored;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	ck_assert_int_eq(put(0, &stored, NULL), OPX_OK);
	ck_assert_int_eq(stored.size, 0);
	ck_assert_uint_eq(count_whole(0), 1);
}
END_TEST

/* The calls that one put makes on a fresh folder; the second put finds its folder settled. */
static unsigned calls_of_put(void)
{
	struct opx_stored stored;
	fault_vfs_arm(&fault, 0, 0);
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	fault_vfs_arm(&fault, 0, 0);
	ck_assert_int_eq(put(BIG, &stored, NULL), OPX_OK);
	return fault.n_calls;
}

static const int errors[] = { EIO, ENOSPC, EDQUOT, EMFILE };

START_TEST(no_failed_call_makes_a_false_acknowledgment)
{
	unsigned n, n_tried = 0;
	n = calls_of_put();
	ck_assert_uint_gt(n, 12);
	for (unsigned k = 1; k <= n; k++) {
		struct opx_stored stored = { .name = "untouched" };
		struct opx_error err = { .status = OPX_OK };
		size_t before;
		enum opx_status status;
		teardown();
		setup();
		ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
		before = count_whole(BIG);
		fault_vfs_arm(&fault, k, errors[_i]);
		status = put(BIG, &stored, &err);
		ck_assert_ptr_nonnull(fault.failed);
		n_tried++;
		if (strcmp(fault.failed, "close") == 0) { /* all was durable before */
			ck_assert_int_eq(status, OPX_OK);
			ck_assert_uint_eq(count_whole(BIG), before + 1);
			continue;
		}
		ck_assert_int_ne(status, OPX_OK);
		ck_assert_str_eq(stored.name, "untouched");
		ck_assert_uint_gt(strlen(err.user), 0);
		/* A name is visible only if its bytes are whole; count_whole checks that. */
		(void)count_whole(BIG);
		ck_assert(store.is_broken == (strcmp(fault.failed, "fsync") == 0));
		fault_vfs_arm(&fault, 0, 0);
		ck_assert_int_eq(put(BIG, &stored, NULL), store.is_broken ? OPX_INTERNAL : OPX_OK);
	}
	ck_assert_uint_eq(n_tried, n);
}
END_TEST

/* A machine that loses its current keeps what was synchronised: the bytes before they have a name, the name before the answer. */
START_TEST(bytes_and_name_are_safe_before_the_answer)
{
	char order[1024] = "";
	unsigned n = calls_of_put();
	for (unsigned k = 1; k <= n; k++) {
		struct opx_stored stored;
		size_t at = strlen(order);
		teardown();
		setup();
		ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
		fault_vfs_arm(&fault, k, EIO);
		OPX_IGNORE(put(BIG, &stored, NULL));
		ck_assert_int_lt(snprintf(order + at, sizeof(order) - at, "%s ", fault.failed),
				 (int)(sizeof(order) - at));
	}
	ck_assert_msg(strstr(order, "write read fsync link_fd fsync close ") != NULL, "%s", order);
}
END_TEST

START_TEST(a_cut_at_any_call_leaves_whole_files_only)
{
	unsigned n = calls_of_put();
	for (unsigned k = 1; k <= n; k++) {
		struct opx_stored stored;
		enum opx_status status;
		size_t found;
		teardown();
		setup();
		ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
		fault_vfs_arm(&fault, k, EIO);
		fault.is_cut = true;
		status = put(BIG, &stored, NULL);
		found = count_whole(BIG);
		ck_assert_uint_le(found, 1);
		ck_assert(status != OPX_OK || found == 1);
	}
}
END_TEST

START_TEST(a_short_write_goes_on_or_is_reported)
{
	struct opx_stored stored;
	unsigned n = calls_of_put(), n_short = 0;
	for (unsigned k = 1; k <= n; k++) {
		enum opx_status status;
		teardown();
		setup();
		ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
		fault_vfs_arm(&fault, k, ENOSPC);
		fault.is_short = true;
		status = put(BIG, &stored, NULL);
		if (fault.failed == NULL || strcmp(fault.failed, "write") != 0)
			continue;
		n_short++;
		ck_assert_int_eq(status, OPX_UNAVAILABLE);
		ck_assert_uint_eq(count_whole(BIG), 0);
	}
	ck_assert_uint_ge(n_short, 3);
}
END_TEST

START_TEST(opening_fails_when_a_call_fails)
{
	unsigned n;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	n = fault.n_calls;
	for (unsigned k = 1; k <= n; k++) {
		teardown();
		setup();
		fault_vfs_arm(&fault, k, EIO);
		if (strcmp("close", store_open(&store, folder, NULL) == OPX_OK ? fault.failed : "") == 0)
			continue;
		ck_assert_int_eq(store.root_fd, -1);
	}
	ck_assert_int_ne(store_open(&store, "/nonexistent/opx", NULL), OPX_OK);
}
END_TEST

START_TEST(a_folder_made_by_another_process_is_settled_again)
{
	struct opx_stored stored;
	struct store other;
	unsigned first, second;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	fault_vfs_arm(&fault, 0, 0);
	ck_assert_int_eq(put(10, &stored, NULL), OPX_OK);
	next_byte =
		0; /* the same folder again, another process: the name is taken too, and never overwritten */
	other = (struct store){
		.vfs = &fault.vfs, .random = &counted, .root_fd = -1, .reserve_percent = 5, .room = fake_room
	};
	ck_assert_int_eq(store_open(&other, folder, NULL), OPX_OK);
	{
		int fd = source(20);
		ck_assert_int_eq(store_put(&other, fd, &stored, NULL), OPX_UNAVAILABLE);
		(void)close(fd);
	}
	ck_assert_uint_eq(count_whole(10), 1);
	store_close(&other);
	/* In one process the second file of a folder needs fewer calls than the first. */
	fault_vfs_arm(&fault, 0, 0);
	next_byte = 100;
	ck_assert_int_eq(put(10, &stored, NULL), OPX_OK);
	first = fault.n_calls;
	fault_vfs_arm(&fault, 0, 0);
	ck_assert_int_eq(store_erase(&store, opx_str_z(stored.name), NULL), OPX_OK);
	fault_vfs_arm(&fault, 0, 0);
	next_byte = 100;
	ck_assert_int_eq(put(10, &stored, NULL), OPX_OK);
	second = fault.n_calls;
	ck_assert_uint_lt(second, first);
}
END_TEST

START_TEST(the_reserve_of_the_disk_is_kept)
{
	struct opx_stored stored;
	struct opx_error err = { .status = OPX_OK };
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	room_total = 1000000;
	room_free = 50000 + 1000;
	ck_assert_int_eq(put(1000, &stored, NULL), OPX_OK);
	ck_assert_int_eq(put(1001, &stored, &err), OPX_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.user, "espace de stockage"));
	room_result = -1;
	ck_assert_int_eq(put(10, &stored, NULL), OPX_UNAVAILABLE);
	ck_assert_uint_eq(count_whole(1000), 1);
}
END_TEST

static const char *const wrong_names[] = {
	"",
	"..",
	"abcdef",
	"../../../../../../../../../../etc/passwd",
	"ABCDEF0123456789ABCDEF0123456789ABCDEF01",
	"abcdef0123456789abcdef0123456789abcdef0",
	"abcdef0123456789abcdef0123456789abcdef012",
	"ab/def0123456789abcdef0123456789abcdef01",
};

START_TEST(what_is_no_name_is_not_found)
{
	int fd = -1;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	ck_assert_int_eq(store_get(&store, opx_str_z(wrong_names[_i]), &fd, NULL), OPX_NOT_FOUND);
	ck_assert_int_eq(store_erase(&store, opx_str_z(wrong_names[_i]), NULL), OPX_NOT_FOUND);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(erasing_is_durable_and_twice_is_once)
{
	struct opx_stored stored;
	struct opx_str unknown = OPX_STR("ffcdef0123456789abcdef0123456789abcdef01");
	unsigned n;
	int fd = -1;
	ck_assert_int_eq(store_open(&store, folder, NULL), OPX_OK);
	ck_assert_int_eq(store_erase(&store, unknown, NULL), OPX_OK);
	ck_assert_int_eq(store_get(&store, unknown, &fd, NULL), OPX_NOT_FOUND);
	ck_assert_int_eq(put(10, &stored, NULL), OPX_OK);
	fault_vfs_arm(&fault, 1, EIO);
	ck_assert_int_eq(store_get(&store, opx_str_z(stored.name), &fd, NULL), OPX_UNAVAILABLE);
	for (n = 1; n <= 3; n++) {
		fault_vfs_arm(&fault, n, EIO);
		ck_assert_int_ne(store_erase(&store, opx_str_z(stored.name), NULL), OPX_OK);
		ck_assert(store.is_broken == (n == 3));
	}
	fault_vfs_arm(&fault, 0, 0);
	ck_assert_int_eq(store_erase(&store, opx_str_z(stored.name), NULL), OPX_OK);
	ck_assert_int_eq(store_get(&store, opx_str_z(stored.name), &fd, NULL), OPX_NOT_FOUND);
	ck_assert_uint_eq(count_whole(10), 0);
}
END_TEST

START_TEST(the_real_room_is_that_of_the_disk)
{
	int64_t n_free = -1, total = -1;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(store_room_real(fd, &n_free, &total), 0);
	(void)close(fd);
	ck_assert(n_free > 0 && total >= n_free);
	ck_assert_int_eq(store_room_real(-1, &n_free, &total), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");
	SRunner *runner;
	int failed;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, store_gives_back_the_bytes_and_both_hashes);
	tcase_add_test(tc, store_keeps_an_empty_file);
	tcase_add_loop_test(tc, no_failed_call_makes_a_false_acknowledgment, 0, (int)OPX_COUNT(errors));
	tcase_add_test(tc, bytes_and_name_are_safe_before_the_answer);
	tcase_add_test(tc, a_cut_at_any_call_leaves_whole_files_only);
	tcase_add_test(tc, a_short_write_goes_on_or_is_reported);
	tcase_add_test(tc, opening_fails_when_a_call_fails);
	tcase_add_test(tc, a_folder_made_by_another_process_is_settled_again);
	tcase_add_test(tc, the_reserve_of_the_disk_is_kept);
	tcase_add_loop_test(tc, what_is_no_name_is_not_found, 0, (int)OPX_COUNT(wrong_names));
	tcase_add_test(tc, erasing_is_durable_and_twice_is_once);
	tcase_add_test(tc, the_real_room_is_that_of_the_disk);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
