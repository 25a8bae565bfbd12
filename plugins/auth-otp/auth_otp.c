/* SPDX-License-Identifier: MPL-2.0 */
/* auth_otp.c: the door by access code and mail code (level L0; security 6). Pages are core's; this plugin decides. */
#include "auth_otp.h"

extern const struct opx_migration plugin_migrations[];

static const struct opx_auth_door door = {
	.size = sizeof(door),
	.name = "auth-otp",
	.auth_kind = "code+mail",
	.on_card_host = false,
	.begin = door_begin,
	.begin_invitation = door_begin_invitation,
	.progress = door_progress,
	.again = door_again,
	.answer = door_answer,
	.issue_access_code = door_issue_access_code,
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct auth_otp *self = host->plugin_alloc(reg, sizeof(*self));
	self->host = host;
	self->address = host->setting_str(reg, "address");
	*ret_self = self;
	OPX_TRY(host->add_auth_door(reg, &door, self, err));
	OPX_TRY(host->add_job_kind(reg, &mail_code_kind, self, err));
	return host->add_job_kind(reg, &sweep_kind, self, err);
}

static const struct opx_setting settings[] = {
	{ .name = "address",
	  .type = OPX_SETTING_STR,
	  .min = 9,
	  .max = 200,
	  .help = "plain address of the main host, as the mail names it" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "auth-otp",
	.version = "1.0",
	.settings = settings,
	.migrations = plugin_migrations,
	.plug = plug,
};
