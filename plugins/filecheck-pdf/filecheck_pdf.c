/* SPDX-License-Identifier: MPL-2.0 */
/* filecheck_pdf.c: the check of PDF files as a plugin. It reads no byte of them beyond the first: opx-parse does. */
#include <string.h>

#include "verdict.h"

struct filecheck {
	const struct opx_host *host;
	unsigned refuse;
};

static bool is_mine(void *self, const struct opx_file *file)
{
	(void)self;
	return opx_str_is(file->ext, "pdf") || (file->head.n >= 5 && memcmp(file->head.p, "%PDF-", 5) == 0);
}

static enum opx_status check(void *self, struct opx_job *job, const struct opx_file *file,
			     struct opx_verdict *ret, struct opx_error *err)
{
	const struct filecheck *filecheck = self;
	struct opx_report report;
	OPX_TRY(opx_report_ask(filecheck->host, job, "pdf", file->fd, &report, err));
	pdf_verdict(&report, filecheck->refuse, ret);
	return OPX_OK;
}

static const struct opx_filecheck pdf = { .size = sizeof(pdf),
					  .name = "pdf",
					  .is_mine = is_mine,
					  .check = check };

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct filecheck *filecheck = host->plugin_alloc(reg, sizeof(*filecheck));
	filecheck->host = host;
	struct opx_str refuse = host->setting_str(reg, "refuse");
	if (!pdf_active_bits(refuse, &filecheck->refuse))
		return OPX_FAIL(err, OPX_INVALID, N_("Un module du service n’a pas pu être chargé."),
				"filecheck-pdf: refuse = \"%s\": unknown name", refuse.p);
	*ret_self = filecheck;
	return host->add_filecheck(reg, &pdf, filecheck, err);
}

static const struct opx_setting settings[] = {
	{ .name = "refuse",
	  .type = OPX_SETTING_STR,
	  .fallback = "Launch",
	  .min = 0,
	  .max = 100,
	  .help = "refused when a PDF has it, comma between: JavaScript, OpenAction, AA, Launch, EmbeddedFile, RichMedia, XFA, SubmitForm" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "filecheck-pdf",
	.version = "1.0",
	.settings = settings,
	.plug = plug,
};
