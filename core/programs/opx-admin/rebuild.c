/* SPDX-License-Identifier: MPL-2.0 */
/* rebuild.c: the proof tables made again from the journal of opx-seal, which is the truth: after a restore that lost rows.
 *
 * Runs as the sealer's account and role, while opx-seal is stopped. It inserts what is missing and never changes a row; a row
 * that contradicts the journal stops it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "app/config.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/vfs.h"
#include "records.h"
#include "signer.h"

#define NOT_REBUILT N_("Les tables de la preuve n’ont pas pu être refaites.")

static enum opx_status open_state(struct admin *a, int *ret_fd, struct opx_error *err)
{
	struct opx_str path = opx_config_str(a->config, "seal", "state");
	if (path.n == 0)
		path = opx_strf(a->arena, "%s/seal", opx_config_z(a->config, "instance", "state"));
	int fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, NOT_REBUILT, "%s: %s%s", path.p, strerror(errno),
				errno == EACCES ? " (rebuild runs as the account of opx-seal)" : "");
	*ret_fd = fd;
	return OPX_OK;
}

static void print_report(const struct opx_records_report *r)
{
	(void)printf("the journal holds %" PRId64 " lines and %" PRId64 " heads\n", r->lines, r->heads);
	(void)printf("%" PRId64 " lines and %" PRId64 " heads were missing and are there again\n",
		     r->lines_added, r->heads_added);
	if (r->heads_unsigned > 0)
		(void)printf("%" PRId64 " heads wait for the next start of opx-seal, which has the key\n",
			     r->heads_unsigned);
}

enum opx_status admin_rebuild(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	struct opx_signer signer = { .log_key = NULL };
	struct opx_records_report report = { .lines = 0 };
	struct opx_error why = { .detail = "" };
	int state = -1;
	(void)argv;
	if (argc != 1)
		return admin_usage(err);
	OPX_TRY(open_state(a, &state, err));
	OPX_AUTO_FD fd = state;
	enum opx_status keys = opx_signer_load(&signer, opx_config_z(a->config, "seal", "log_key"),
					       opx_config_z(a->config, "seal", "seal_key"),
					       opx_config_z(a->config, "seal", "seal_certificate"), &why);
	if (keys != OPX_OK)
		(void)fprintf(stderr, "opx-admin: without the log's key: %s\n", why.detail);
	enum opx_status status =
		opx_records_rebuild(a->db, &opx_vfs_real, fd, keys == OPX_OK ? &signer : NULL, &report, &why);
	opx_signer_done(&signer);
	if (status == OPX_UNAVAILABLE)
		return OPX_FAIL(err, status, NOT_REBUILT,
				"%s (is opx-seal stopped, and does PostgreSQL run?)", why.detail);
	if (status != OPX_OK)
		return OPX_FAIL(err, status, NOT_REBUILT, "%s", why.detail);
	print_report(&report);
	return OPX_OK;
}
