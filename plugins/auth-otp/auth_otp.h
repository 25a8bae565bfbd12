/* SPDX-License-Identifier: MPL-2.0 */
/* auth_otp.h: the plugin's own state, shared by its two sources. */
#ifndef AUTH_OTP_H
#define AUTH_OTP_H

#include <opx/plugin.h>

struct auth_otp {
	const struct opx_host *host;
	struct opx_str address; /* plain address of the main host, for the mail */
};

/* Job kind mail.code of the sign-in lane: draws the code, stores its hash, sends it. */
extern const struct opx_job_kind mail_code_kind;
/* Job kind otp.sweep: forgets what is over a day old. */
extern const struct opx_job_kind sweep_kind;

#endif
