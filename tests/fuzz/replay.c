/* SPDX-License-Identifier: MPL-2.0 */
/* replay.c: a target without its fuzzer: runs it on each file of the folders and files that are named. */
#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

#define INPUT_BYTES ((size_t)1 << 20)

static size_t n_inputs;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "re");
	OPX_ASSERT(f != NULL);
	uint8_t *data = malloc(INPUT_BYTES);
	OPX_ASSERT(data != NULL);
	size_t n = fread(data, 1, INPUT_BYTES, f);
	(void)fclose(f);
	/* Exactly as long as the input, so that a byte too many is caught. */
	uint8_t *exact = malloc(n > 0 ? n : 1);
	OPX_ASSERT(exact != NULL);
	memcpy(exact, data, n);
	free(data);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	n_inputs++;
}

static void run_folder(const char *path)
{
	DIR *dir = opendir(path);
	if (dir == NULL) {
		run_file(path);
		return;
	}
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		char file[1024];
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		run_file(file);
	}
	(void)closedir(dir);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_folder(argv[i]);
	(void)printf("%zu inputs\n", n_inputs);
	return n_inputs > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
