/* SPDX-License-Identifier: MPL-2.0 */
/* test_incoming.c: files that arrive: what is acknowledged stays, what failed or was never acknowledged is cut off, whichever
 * call of the file system fails. */
#include "support/check_opx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/incoming.h"
#include "support/fault_vfs.h"

static char root[64];
static int folder = -1;
static struct fault_vfs fault;
static const struct opx_str name = { .p = "0123456789abcdef0123456789abcdef", .n = 32 };

static void setup(void)
{
	char path[96];
	struct opx_error err;
	(void)snprintf(root, sizeof(root), "/tmp/opx-incoming-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	(void)snprintf(path, sizeof(path), "%s/incoming", root);
	ck_assert_int_eq(mkdir(path, 0770), 0);
	ck_assert_ok(opx_incoming_folder(&opx_vfs_real, root, &folder, &err), err);
	fault_vfs_init(&fault);
}

static void teardown(void)
{
	char path[96];
	(void)unlinkat(folder, name.p, 0);
	(void)close(folder);
	(void)snprintf(path, sizeof(path), "%s/incoming", root);
	(void)rmdir(path);
	(void)rmdir(root);
}

/* The whole file, or "-" when there is none. */
static const char *content(void)
{
	static char text[256];
	int fd = openat(folder, name.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return "-";
	ssize_t n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static enum opx_status piece(const struct opx_vfs *vfs, int64_t from, const char *text, bool *ret_is_full)
{
	struct opx_incoming in = { .fd = -1 };
	enum opx_status status = opx_incoming_begin(vfs, folder, name, from, &in, NULL);
	if (status == OPX_OK)
		status = opx_incoming_write(&in, text, strlen(text), NULL);
	if (status == OPX_OK)
		status = opx_incoming_sync(&in, NULL);
	if (status != OPX_OK && in.fd >= 0)
		opx_incoming_drop(&in);
	*ret_is_full = in.is_full;
	opx_incoming_close(&in);
	return status;
}

START_TEST(pieces_follow_one_another)
{
	struct opx_error err;
	bool is_full = false;
	ck_assert_ok(opx_incoming_create(&opx_vfs_real, folder, name, &err), err);
	ck_assert_status(piece(&opx_vfs_real, 0, "un ", &is_full), OPX_OK);
	ck_assert_status(piece(&opx_vfs_real, 3, "deux", &is_full), OPX_OK);
	ck_assert_str_eq(content(), "un deux");
	struct stat st;
	ck_assert_int_eq(fstatat(folder, name.p, &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0660); /* the files lane's group reads it, whatever the umask */
}
END_TEST

START_TEST(bytes_that_were_never_acknowledged_are_cut_off)
{
	struct opx_error err;
	bool is_full = false;
	ck_assert_ok(opx_incoming_create(&opx_vfs_real, folder, name, &err), err);
	ck_assert_status(piece(&opx_vfs_real, 0, "gardé PERDU", &is_full), OPX_OK);
	ck_assert_status(piece(&opx_vfs_real, 7, "suite", &is_full), OPX_OK);
	ck_assert_str_eq(content(), "gardé suite");
}
END_TEST

START_TEST(a_file_shorter_than_what_was_acknowledged_is_gone)
{
	struct opx_error err;
	bool is_full = false;
	ck_assert_status(piece(&opx_vfs_real, 0, "x", &is_full), OPX_NOT_FOUND);
	ck_assert_ok(opx_incoming_create(&opx_vfs_real, folder, name, &err), err);
	ck_assert_status(piece(&opx_vfs_real, 1, "x", &is_full), OPX_NOT_FOUND);
	ck_assert_status(opx_incoming_create(&opx_vfs_real, folder, name, NULL),
			 OPX_UNAVAILABLE); /* never taken over */
}
END_TEST

START_TEST(a_link_is_never_followed)
{
	char target[96];
	bool is_full = false;
	(void)snprintf(target, sizeof(target), "%s/elsewhere", root);
	int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(symlinkat(target, folder, name.p), 0);
	ck_assert_status(piece(&opx_vfs_real, 0, "x", &is_full), OPX_UNAVAILABLE);
	ck_assert_status(opx_incoming_create(&opx_vfs_real, folder, name, NULL), OPX_UNAVAILABLE);
	struct stat st;
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	(void)unlink(target);
}
END_TEST

/* Each call of a piece fails in turn: nothing is acknowledged, what was there before stays, and the piece comes again. */
START_TEST(a_piece_that_fails_leaves_the_file_as_it_was)
{
	struct opx_error err;
	bool is_full = false, is_done = false;
	ck_assert_ok(opx_incoming_create(&opx_vfs_real, folder, name, &err), err);
	ck_assert_status(piece(&opx_vfs_real, 0, "avant ", &is_full), OPX_OK);
	unsigned n_failed = 0;
	for (unsigned k = 1; !is_done; k++) {
		fault_vfs_arm(&fault, k, ENOSPC);
		enum opx_status status = piece(&fault.vfs, 6, "apres", &is_full);
		is_done = fault.failed == NULL;
		if (is_done || strcmp(fault.failed, "close") == 0) {
			ck_assert_status(status, OPX_OK);
		} else {
			n_failed++;
			ck_assert_status(status, OPX_UNAVAILABLE);
			ck_assert_str_eq(content(), "avant ");
			if (strcmp(fault.failed, "write") == 0)
				ck_assert(is_full);
			continue;
		}
		ck_assert_str_eq(content(), "avant apres");
		int fd = openat(folder, name.p, O_WRONLY | O_CLOEXEC);
		ck_assert_int_eq(ftruncate(fd, 6), 0);
		(void)close(fd);
	}
	ck_assert_uint_ge(n_failed, 4); /* open, fstat, write, fsync */
}
END_TEST

START_TEST(a_creation_that_fails_leaves_nothing)
{
	for (unsigned k = 1;; k++) {
		fault_vfs_arm(&fault, k, EIO);
		enum opx_status status = opx_incoming_create(&fault.vfs, folder, name, NULL);
		if (status == OPX_OK)
			break;
		ck_assert_str_eq(content(), "-");
	}
	ck_assert_str_eq(content(), "");
}
END_TEST

static enum opx_status whole(const struct opx_vfs *vfs)
{
	struct opx_incoming in = { .fd = -1 };
	enum opx_status status = opx_incoming_begin_unnamed(vfs, folder, &in, NULL);
	if (status == OPX_OK)
		status = opx_incoming_write(&in, "entier", 6, NULL);
	if (status == OPX_OK)
		status = opx_incoming_name(&in, name, NULL);
	opx_incoming_close(&in);
	return status;
}

START_TEST(a_file_of_a_form_is_there_whole_or_not_at_all)
{
	unsigned n_failed = 0;
	for (unsigned k = 1;; k++) {
		fault_vfs_arm(&fault, k, EIO);
		enum opx_status status = whole(&fault.vfs);
		if (status == OPX_OK)
			break;
		n_failed++;
		ck_assert_str_eq(content(), "-");
	}
	ck_assert_uint_ge(n_failed, 5); /* open, fchmod, write, fsync, linkat, fsync of the folder */
	ck_assert_str_eq(content(), "entier");
}
END_TEST

START_TEST(removing_twice_is_once)
{
	struct opx_error err;
	ck_assert_ok(opx_incoming_create(&opx_vfs_real, folder, name, &err), err);
	ck_assert_ok(opx_incoming_remove(&opx_vfs_real, folder, name, &err), err);
	ck_assert_ok(opx_incoming_remove(&opx_vfs_real, folder, name, &err), err);
	ck_assert_str_eq(content(), "-");
}
END_TEST

START_TEST(names_are_random_digits_only)
{
	ck_assert(opx_incoming_is_name(name));
	ck_assert(!opx_incoming_is_name(OPX_STR("../../etc/passwd")));
	ck_assert(!opx_incoming_is_name(OPX_STR("0123456789ABCDEF0123456789ABCDEF")));
	ck_assert(!opx_incoming_is_name(OPX_STR("0123456789abcdef0123456789abcde")));
	ck_assert(!opx_incoming_is_name(OPX_STR("0123456789abcdef0123456789abcd/x")));
}
END_TEST

START_TEST(a_reserve_of_the_disk_is_kept)
{
	ck_assert(opx_incoming_has_room(folder, 1, 0));
	ck_assert(!opx_incoming_has_room(folder, INT64_MAX / 4, 0));
	ck_assert(!opx_incoming_has_room(folder, 0, 100));
	ck_assert(!opx_incoming_has_room(-1, 0, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("incoming");
	TCase *tc = tcase_create("incoming");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pieces_follow_one_another);
	tcase_add_test(tc, bytes_that_were_never_acknowledged_are_cut_off);
	tcase_add_test(tc, a_file_shorter_than_what_was_acknowledged_is_gone);
	tcase_add_test(tc, a_link_is_never_followed);
	tcase_add_test(tc, a_piece_that_fails_leaves_the_file_as_it_was);
	tcase_add_test(tc, a_creation_that_fails_leaves_nothing);
	tcase_add_test(tc, a_file_of_a_form_is_there_whole_or_not_at_all);
	tcase_add_test(tc, removing_twice_is_once);
	tcase_add_test(tc, names_are_random_digits_only);
	tcase_add_test(tc, a_reserve_of_the_disk_is_kept);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
