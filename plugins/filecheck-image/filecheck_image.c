/* SPDX-License-Identifier: MPL-2.0 */
/* filecheck_image.c: the check of photos as a plugin. It reads their first bytes to know its own: opx-parse reads the rest. */
#include <string.h>

#include "verdict.h"

struct filecheck {
	const struct opx_host *host;
};

static bool is_mine(void *self, const struct opx_file *file)
{
	static const uint8_t png[4] = { 0x89, 'P', 'N', 'G' }, jpeg[3] = { 0xff, 0xd8, 0xff };
	static const char *const exts[] = { "jpg", "jpeg", "jpe", "png" };
	(void)self;
	for (size_t i = 0; i < OPX_COUNT(exts); i++)
		if (opx_str_is(file->ext, exts[i]))
			return true;
	return file->head.n >= 4 && (memcmp(file->head.p, png, 4) == 0 || memcmp(file->head.p, jpeg, 3) == 0);
}

static enum opx_status check(void *self, struct opx_job *job, const struct opx_file *file,
			     struct opx_verdict *ret, struct opx_error *err)
{
	const struct filecheck *filecheck = self;
	struct opx_report report;
	OPX_TRY(opx_report_ask(filecheck->host, job, "image", file->fd, &report, err));
	image_verdict(&report, file->ext, ret);
	return OPX_OK;
}

static const struct opx_filecheck image = { .size = sizeof(image),
					    .name = "image",
					    .is_mine = is_mine,
					    .check = check };

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct filecheck *filecheck = host->plugin_alloc(reg, sizeof(*filecheck));
	filecheck->host = host;
	*ret_self = filecheck;
	return host->add_filecheck(reg, &image, filecheck, err);
}

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "filecheck-image",
	.version = "1.0",
	.plug = plug,
};
