/* SPDX-License-Identifier: MPL-2.0 */
/* store-test.c: the store alone, to be killed at each of its system calls (tests/kill/store-kill.sh).
 *
 *   store-test put FOLDER SOURCE N     puts SOURCE N times; prints each name once it is acknowledged
 *   store-test naive FOLDER SOURCE N   the same, written straight under the final name: the campaign must catch it
 *   store-test check FOLDER SOURCE ACK every acknowledged name and every visible name holds the bytes of SOURCE
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/codec.h"
#include "store.h"

static struct opx_sha256 hash_fd(int fd)
{
	struct opx_hasher *hasher = opx_hasher_new();
	struct opx_sha256 sha256;
	struct opx_sha512 sha512;
	uint8_t piece[32768];
	ssize_t got;
	while ((got = read(fd, piece, sizeof(piece))) > 0)
		opx_hasher_add(hasher, piece, (size_t)got);
	opx_hasher_end(hasher, &sha256, &sha512);
	opx_hasher_free(hasher);
	return sha256;
}

static struct opx_sha256 hash_path(const char *path)
{
	OPX_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return hash_fd(fd);
}

/* What a program that does not think of crashes does: the known defect. */
static int naive(const char *folder, const char *source)
{
	char path[512], name[STORE_NAME_CHARS + 1];
	uint8_t random[STORE_NAME_CHARS / 2];
	uint8_t piece[32768];
	ssize_t got;
	opx_random_fill(&opx_random_real, random, sizeof(random));
	opx_hex(random, sizeof(random), name);
	(void)snprintf(path, sizeof(path), "%s/_blob", folder);
	(void)mkdir(path, 0750);
	(void)snprintf(path, sizeof(path), "%s/_blob/%.2s", folder, name);
	(void)mkdir(path, 0750);
	(void)snprintf(path, sizeof(path), "%s/_blob/%.2s/%s", folder, name, name);
	OPX_AUTO_FD in = open(source, O_RDONLY | O_CLOEXEC);
	OPX_AUTO_FD out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);
	while ((got = read(in, piece, sizeof(piece))) > 0)
		if (write(out, piece, (size_t)got) != got)
			return 1;
	(void)printf("%s\n", name);
	return fflush(stdout);
}

static int put(const char *folder, const char *source)
{
	struct store store = {
		.vfs = &opx_vfs_real, .random = &opx_random_real, .root_fd = -1, .room = store_room_real
	};
	struct opx_error err = { .detail = "" };
	struct opx_stored stored;
	enum opx_status status;
	OPX_AUTO_FD in = open(source, O_RDONLY | O_CLOEXEC);
	status = store_open(&store, folder, &err);
	if (status == OPX_OK)
		status = store_put(&store, in, &stored, &err);
	store_close(&store);
	if (status != OPX_OK) {
		(void)fprintf(stderr, "%s\n", err.detail);
		return 1;
	}
	(void)printf("%s\n", stored.name);
	return fflush(stdout);
}

static bool holds(int folder_fd, const char *name, const struct opx_sha256 *want)
{
	char path[64];
	struct opx_sha256 sha256;
	(void)snprintf(path, sizeof(path), "%.2s/%s", name, name);
	OPX_AUTO_FD fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	sha256 = hash_fd(fd);
	return memcmp(sha256.b, want->b, 32) == 0;
}

static int check_visible(int blob, const struct opx_sha256 *want)
{
	DIR *folders = fdopendir(dup(blob));
	struct dirent *e, *f;
	int n_wrong = 0;
	while (folders != NULL && (e = readdir(folders)) != NULL) {
		DIR *dir = e->d_name[0] != '.'
				   ? fdopendir(openat(blob, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
				   : NULL;
		while (dir != NULL && (f = readdir(dir)) != NULL)
			if (f->d_name[0] != '.' && !holds(blob, f->d_name, want)) {
				(void)fprintf(stderr, "visible but not whole: %s\n", f->d_name);
				n_wrong++;
			}
		if (dir != NULL)
			(void)closedir(dir);
	}
	if (folders != NULL)
		(void)closedir(folders);
	return n_wrong;
}

static int check(const char *folder, const char *source, const char *ack_path)
{
	struct opx_sha256 want = hash_path(source);
	char path[512], line[128];
	int n_wrong = 0;
	OPX_AUTO_FILE ack = fopen(ack_path, "re");
	(void)snprintf(path, sizeof(path), "%s/_blob", folder);
	OPX_AUTO_FD blob = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (ack != NULL && fgets(line, sizeof(line), ack) != NULL) {
		if (strchr(line, '\n') == NULL)
			continue; /* cut while it was printed: nobody read it */
		line[strcspn(line, "\n")] = '\0';
		if (blob < 0 || !holds(blob, line, &want)) {
			(void)fprintf(stderr, "acknowledged but not there: %s\n", line);
			n_wrong++;
		}
	}
	return n_wrong + (blob >= 0 ? check_visible(blob, &want) : 0);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "check") == 0)
		return check(argv[2], argv[3], argv[4]) == 0 ? 0 : 1;
	if (argc != 5 || (strcmp(argv[1], "put") != 0 && strcmp(argv[1], "naive") != 0))
		return 2;
	for (int n = argv[4][0] - '0'; n > 0; n--)
		if ((argv[1][0] == 'p' ? put : naive)(argv[2], argv[3]) != 0)
			return 1;
	return 0;
}
