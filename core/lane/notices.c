/* SPDX-License-Identifier: MPL-2.0 */
/* notices.c: mails that tell people of a deposit or invite them, and the record of what the relay answered.
 *
 * A mail says that something is there and where to sign in, never what it is, by whom, or a way around the sign-in.
 */
#include "lane/lane.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/wake.h"
#include "db/db.h"
#include "lane/notice_text.h"
#include "opx/host.h"
#include "opx/notice.h"
#include "plugin/site.h"
#include "sql_notice.h"

/* Who is told, and of what. */
struct told {
	int64_t dossier, person, other; /* other: who may see this reading too (the depositor) */
	int64_t filing;                 /* 0: an invitation, or several filings */
};

/* What became of one mail: taken by the relay, or refused by it for good. */
struct outcome {
	bool is_refused;
	struct opx_delivery delivery;
};

static enum opx_status send(const struct opx_lane *lane, struct opx_job *job, const struct opx_mail *mail,
			    struct outcome *ret, struct opx_error *err)
{
	struct opx_error why = { .detail = "" };
	*ret = (struct outcome){ .delivery = { .relay_answer = OPX_STR("") } };
	enum opx_status status = lane->host->mail_send(job, mail, &ret->delivery, &why);
	if (status == OPX_OK)
		return OPX_OK;
	if (status != OPX_INVALID) {
		if (err != NULL)
			*err = why;
		return status;
	}
	opx_log_error(job->logger, OPX_WARN, "notice.refused", &why);
	ret->is_refused = true;
	return OPX_OK;
}

/* The queue id that relays put at the end of their answer: "250 2.0.0 Ok: queued as 4F2A". */
static struct opx_str queue_of(struct opx_arena *arena, struct opx_str relay)
{
	static const char words[] = "queued as ";
	const char *at = strstr(relay.p, words);
	if (at == NULL)
		return OPX_STR("-");
	at += sizeof(words) - 1;
	return opx_str_copy(arena, at, strcspn(at, " )"));
}

/* What became of a message: refused for good, taken by a relay that said so, or given to a channel that says nothing. */
static const char *type_of(const struct outcome *outcome)
{
	if (outcome->is_refused)
		return "notice.bounced";
	return outcome->delivery.relay_answer.n > 0 ? "notice.accepted" : "notice.sent";
}

/* Of the one person told: a line of the readings. */
static enum opx_status write_event(const struct opx_lane *lane, struct opx_job *job, const struct told *told,
				   const struct outcome *outcome, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n_to = 0, n_told = 0;
	struct opx_act act = opx_lane_act(lane, job);
	OPX_TRY(opx_act_open(&act, told->dossier, false, err));
	const int32_t *to = opx_act_watchers(&act, told->person, told->other, &n_to);
	const int32_t *person = opx_act_those(&act, &told->person, 1, &n_told);
	OPX_TRY(opx_event_begin(&act, &e, OPX_LOG_READINGS, type_of(outcome), to, n_to, err));
	opx_writer_open(&e.w, "notice");
	opx_writer_people(&e.w, "to", person, n_told);
	opx_writer_hex(&e.w, "message", (struct opx_bytes){ .p = outcome->delivery.message.b, .n = 32 });
	opx_writer_str(&e.w, "relay", outcome->delivery.relay_answer);
	opx_writer_str(&e.w, "queue", queue_of(job->arena, outcome->delivery.relay_answer));
	opx_writer_close(&e.w);
	return opx_event_end(&act, &e,
			     (struct opx_event_links){ .filing = told->filing, .about = told->person }, &id,
			     err);
}

static struct opx_str door_of(const struct opx_lane *lane, bool has_card)
{
	return has_card ? lane->site->card_origin : lane->site->main_origin;
}

static enum opx_status tell_one(const struct opx_lane *lane, struct opx_job *job,
				const struct sql_notice_waiting_row *row, int64_t filing,
				struct opx_error *err)
{
	struct outcome outcome;
	const struct told told = { .dossier = row->dossier_id,
				   .person = row->person_id,
				   .other = row->author_id,
				   .filing = filing };
	const struct opx_mail mail = opx_text_filings(job->arena, row->mail, row->rg_number,
						      door_of(lane, row->has_card), row->notices.n);
	OPX_TRY(send(lane, job, &mail, &outcome, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	OPX_TRY(sql_notice_delivery(job->db, row->notices, OPX_STR("mail"), row->mail,
				    outcome.is_refused ? OPX_STR("bounced") : OPX_STR("sent"),
				    (struct opx_bytes){ .p = outcome.delivery.message.b, .n = 32 },
				    outcome.delivery.relay_answer, NULL, err));
	OPX_TRY(write_event(lane, job, &told, &outcome, err));
	return opx_tx_commit(&tx, err);
}

/* Of one filing, or (0) of all that waited in the dossier: one mail a person and depositor. Who had a mail within the last group_s
 * seconds hears of it with the next ones. When the relay goes away in the middle, the next attempt goes on with those who are left. */
static enum opx_status tell(const struct opx_lane *lane, struct opx_job *job, int64_t dossier, int64_t filing,
			    int64_t group_s, struct opx_error *err)
{
	const struct sql_notice_waiting_row *rows = NULL;
	size_t n = 0, n_later = 0;
	OPX_TRY(sql_notice_waiting(job->db, dossier, filing, group_s, &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].was_told)
			n_later++;
		else
			OPX_TRY(tell_one(lane, job, &rows[i], filing, err));
	}
	if (n_later > 0)
		OPX_TRY(sql_notice_later(job->db, dossier, group_s, NULL, err));
	if (n > n_later)
		opx_lane_wake_seal(lane);
	return OPX_OK;
}

static enum opx_status tell_filing(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	struct sql_notice_sealed_row filing;
	bool is_found = false;
	OPX_TRY(sql_notice_sealed(job->db, job->ref, &is_found, &filing, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce dépôt n’existe pas."),
				"filing %" PRId64 " is not sealed", job->ref);
	return tell(lane, job, filing.dossier_id, job->ref, lane->notice_group_s, err);
}

/* The deposits of a dossier that waited to be told together. */
static enum opx_status tell_later(void *self, struct opx_job *job, struct opx_error *err)
{
	return tell(self, job, job->ref, 0, 0, err);
}

static enum opx_status invite(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	struct sql_notice_invitation_row row;
	struct outcome outcome;
	bool is_found = false;
	OPX_TRY(sql_notice_invitation(job->db, job->ref, &is_found, &row, err));
	if (!is_found) /* answered, withdrawn, over, or told already */
		return OPX_OK;
	const struct told told = { .dossier = row.dossier_id,
				   .person = row.person_id,
				   .other = row.created_by };
	const struct opx_str door = door_of(lane, row.has_card);
	const struct opx_mail mail = row.renews_code
					     ? opx_text_new_code(job->arena, row.mail, door, row.number)
					     : opx_text_invitation(job->arena, row.mail, door, row.number,
								   opx_str_is(row.channel, "letter"));
	OPX_TRY(send(lane, job, &mail, &outcome, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(job->db, &tx, 0, err));
	if (!outcome.is_refused)
		OPX_TRY(sql_notice_invited(job->db, job->ref, NULL, err));
	OPX_TRY(write_event(lane, job, &told, &outcome, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_lane_wake_seal(lane);
	return OPX_OK;
}

/* The one who can invite again hears that he should. It is no act of the dossier: the page of its participants says it too. */
static enum opx_status ask_again(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	struct sql_notice_asked_again_row row;
	struct outcome outcome;
	bool is_found = false;
	OPX_TRY(sql_notice_asked_again(job->db, job->ref, &is_found, &row, err));
	if (!is_found) /* invited again by now */
		return OPX_OK;
	const struct opx_mail mail =
		opx_text_asked_again(job->arena, row.mail, row.rg_number, door_of(lane, row.has_card));
	return send(lane, job, &mail, &outcome, err);
}

/* What became of a request for access: its holder has no page of ours to look at before. */
static enum opx_status tell_claim(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	struct sql_notice_claim_row row;
	struct outcome outcome;
	bool is_found = false;
	OPX_TRY(sql_notice_claim(job->db, job->ref, &is_found, &row, err));
	if (!is_found)
		return OPX_OK;
	const struct opx_mail mail =
		opx_text_claim(job->arena, row.mail, lane->site->card_origin, row.is_approved);
	OPX_TRY(send(lane, job, &mail, &outcome, err));
	return sql_notice_claim_told(job->db, job->ref, NULL, err);
}

const struct opx_job_kind opx_jobs_notices[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "notice.filing", .run = tell_filing },
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "notice.later", .run = tell_later },
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "mail.invitation", .run = invite },
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "mail.asked-again", .run = ask_again },
	{ .size = sizeof(struct opx_job_kind), .lane = "post", .kind = "mail.claim", .run = tell_claim },
};
const size_t opx_n_jobs_notices = OPX_COUNT(opx_jobs_notices);
