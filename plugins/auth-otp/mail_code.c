/* SPDX-License-Identifier: MPL-2.0 */
/* mail_code.c: the sign-in lane draws the code and sends it, so that no row ever holds one in clear. */
#include "auth_otp.h"
#include "code.h"

#include <openssl/crypto.h>

#include "sql_queries.h"

static struct opx_mail mail_of(struct opx_job *job, const struct auth_otp *self,
			       const struct sql_otp_mail_transaction_row *t, const char *digits)
{
	struct opx_mail mail = { .to = t->mail, .subject = OPX_STR("Votre code de connexion") };
	mail.text = opx_strf(
		job->arena,
		"Code : %.4s %.4s        (valable 10 minutes, une seule fois)\n"
		"Demandé le %s (heure de Paris) depuis un navigateur %s.\n"
		"Mot de contrôle affiché sur votre écran : %s\n"
		"Saisissez ce code uniquement sur %s . Personne ne vous le demandera par téléphone ou par mail.\n"
		"Si vous n'êtes pas à l'origine de cette demande : n'utilisez pas ce code et signalez-le depuis votre "
		"espace.\n",
		digits, digits + 4, t->asked_paris.p, browser_of(t->agent), t->control_word.p,
		self->address.p);
	return mail;
}

static enum opx_status run(void *plugin, struct opx_job *job, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct sql_otp_mail_transaction_row t;
	bool is_found = false;
	OPX_TRY(sql_otp_mail_transaction(host, job->db, job->ref, &is_found, &t, err));
	if (!is_found) /* used, over, or asked for anew: nobody waits for this code any more */
		return OPX_OK;
	const struct opx_random *random = host->random(host);
	char digits[CODE_DIGITS + 1];
	uint8_t salt[16];
	uint8_t hash[32];
	code_draw(random, digits);
	opx_random_fill(random, salt, sizeof(salt));
	const struct opx_bytes salt_bytes = { .p = salt, .n = sizeof(salt) };
	OPX_TRY(code_hash(host, job->ref, digits, salt_bytes, hash, err));
	struct sql_otp_mail_code_row code;
	OPX_TRY(sql_otp_mail_code(host, job->db, job->ref, salt_bytes,
				  (struct opx_bytes){ .p = hash, .n = sizeof(hash) }, &code, err));
	struct opx_mail mail = mail_of(job, self, &t, digits);
	struct opx_delivery delivery;
	enum opx_status status = host->mail_send(job, &mail, &delivery, err);
	OPENSSL_cleanse(digits, sizeof(digits));
	OPENSSL_cleanse((void *)(uintptr_t)mail.text.p, mail.text.n); /* the arena must not keep it */
	if (status != OPX_OK) {
		OPX_TRY(sql_otp_mail_failed(host, job->db, code.id, NULL, NULL));
		return status;
	}
	return sql_otp_mail_sent(host, job->db, code.id, NULL, err);
}

static enum opx_status sweep(void *plugin, struct opx_job *job, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	return sql_otp_mail_sweep(self->host, job->db, 24, NULL, err);
}

const struct opx_job_kind mail_code_kind = { .size = sizeof(mail_code_kind),
					     .lane = "sign-in",
					     .kind = "mail.code",
					     .run = run };
const struct opx_job_kind sweep_kind = { .size = sizeof(sweep_kind),
					 .lane = "sign-in",
					 .kind = "otp.sweep",
					 .run = sweep };
