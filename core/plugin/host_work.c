/* SPDX-License-Identifier: MPL-2.0 */
/* host_work.c: the functions of the host table that queue work, send mail and run opx-parse. */
#include "plugin/services.h"

#include "db/db.h"
#include "plugin/parser.h"
#include "plugin/registry.h"
#include "sql_work.h"

#define PARSE_MS 45000 /* four programs at 10 s of processor each */
#define ANSWER_MS 3000

static enum opx_status job_add(struct opx_db *db, const struct opx_job_order *order, struct opx_error *err)
{
	return sql_work_job(db, opx_str_z(order->lane), opx_str_z(order->kind),
			    order->key.n > 0 ? order->key : (struct opx_str){ .p = NULL }, &order->ref,
			    &order->ref2, order->secret, order->delay_s,
			    order->max_attempts > 0 ? order->max_attempts : 20, NULL, err);
}

/* Whether mails leave is said on the sign-in page; that it cannot be written down changes nothing for the mail. */
static void note(struct opx_job *job, bool is_away)
{
	if (opx_db_in_tx(job->db)) /* a statement that fails would take the plugin's own with it */
		return;
	if (is_away)
		OPX_IGNORE(sql_work_trouble(job->db, OPX_STR("mail"), NULL, NULL));
	else
		OPX_IGNORE(sql_work_trouble_over(job->db, OPX_STR("mail"), NULL, NULL));
}

/* Through the first channel that this process has. */
static enum opx_status mail_send(struct opx_job *job, const struct opx_mail *mail, struct opx_delivery *ret,
				 struct opx_error *err)
{
	size_t n = 0;
	const struct opx_host *host = job->core;
	const struct opx_services *services = opx_services_of(host);
	const struct opx_reg_channel *channels = opx_registry_channels(services->registry, &n);
	if (n == 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Aucun moyen d’envoi n’est en service."),
				"no notice channel is on");
	uint16_t former = opx_registry_enter(services->registry, channels[0].owner);
	enum opx_status status = channels[0].it->send(channels[0].self, job, mail, ret, err);
	opx_registry_leave(services->registry, former);
	note(job, status == OPX_UNAVAILABLE);
	return status;
}

/* The job's own deadline bounds it; what is left afterwards is for the answer. */
static enum opx_status parse(struct opx_job *job, const char *kind, int fd, struct opx_str *ret_json,
			     struct opx_error *err)
{
	const struct opx_services *services = opx_services_of(job->core);
	if (services->parser == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE,
				N_("La lecture protégée des fichiers n’est pas en service."),
				"this process may not run opx-parse");
	int64_t left_ms = (job->deadline.us - opx_now(services->clock).us) / 1000 - ANSWER_MS;
	const struct opx_parse_order order = { .kind = kind,
					       .fd = fd,
					       .timeout_ms = left_ms < 1000       ? 1000
							     : left_ms > PARSE_MS ? PARSE_MS
										  : (int)left_ms,
					       .arena = job->arena,
					       .logger = job->logger };
	return opx_parser_run(services->parser, &order, ret_json, err);
}

void opx_host_fill_work(struct opx_host *host)
{
	host->job_add = job_add;
	host->mail_send = mail_send;
	host->parse = parse;
}
