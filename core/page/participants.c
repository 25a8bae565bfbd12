/* SPDX-License-Identifier: MPL-2.0 */
/* participants.c: /dossiers/:d/participants, who takes part, who is waited for, and inviting by two channels (security 6.2);
 * mode actif, by which judges and clerks come in. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/act.h"
#include "domain/letter.h"
#include "domain/participant.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/code.h"
#include "page/mail.h"
#include "page/people.h"
#include "page/words.h"
#include "plugin/site.h"
#include "sql_page_dossier.h"
#include "sql_page_people.h"
#include "tpl_proofs.h"

/* Whom one may invite; judges and clerks come by mode actif. */
static const struct {
	const char *role;
	bool needs_side;
} invited_roles[] = {
	{ "lawyer", true },    { "party", true },     { "insurer", true },    { "technical_adviser", true },
	{ "coexpert", false }, { "sapiteur", false }, { "assistant", false },
};

struct facts {
	struct page_dossier d;
	const struct sql_page_dossier_people_row *people;
	const struct sql_page_dossier_sides_row *sides;
	const struct sql_page_dossier_waiting_row *waiting;
	const struct sql_page_people_coded_row *coded;
	size_t n_people, n_sides, n_waiting, n_coded;
	bool can_invite, can_issue;
};

static enum opx_status load(struct opx_page *page, int64_t id, struct facts *f, struct opx_error *err)
{
	OPX_TRY(opx_page_dossier(page, id, TAB_PARTICIPANTS, OPX_STR(""), &f->d, err));
	OPX_TRY(opx_db_pipeline_begin(page->db, err));
	OPX_TRY(sql_page_dossier_people_send(page->db, id, err));
	OPX_TRY(sql_page_dossier_sides_send(page->db, id, err));
	OPX_TRY(sql_page_dossier_waiting_send(page->db, id, err));
	OPX_TRY(sql_page_people_coded_send(page->db, id, err));
	OPX_TRY(opx_db_pipeline_end(page->db, err));
	OPX_TRY(sql_page_dossier_people_recv(page->db, &f->people, &f->n_people, err));
	OPX_TRY(sql_page_dossier_sides_recv(page->db, &f->sides, &f->n_sides, err));
	OPX_TRY(sql_page_dossier_waiting_recv(page->db, &f->waiting, &f->n_waiting, err));
	OPX_TRY(sql_page_people_coded_recv(page->db, &f->coded, &f->n_coded, err));
	OPX_TRY(opx_page_may(page, "participant", "invite", id, &f->can_invite, err));
	return opx_page_may(page, "case_credential", "issue", id, &f->can_issue, err);
}

static bool is_court(struct opx_str role)
{
	return opx_str_is(role, "judge") || opx_str_is(role, "clerk");
}

enum group { GROUP_EXPERTS, GROUP_COURT, GROUP_SIDE };

static struct view_side group_of(const struct opx_page *page, const struct facts *f, enum group which,
				 int64_t side, struct opx_str label)
{
	struct view_person *list = OPX_NEW_N(page->arena, struct view_person, f->n_people);
	struct view_side v = { .label = label, .people = list };
	for (size_t i = 0; i < f->n_people; i++) {
		const struct sql_page_dossier_people_row *row = &f->people[i];
		bool is_in = which == GROUP_SIDE    ? !row->side_id_is_null && row->side_id == side
			     : which == GROUP_COURT ? row->side_id_is_null && is_court(row->role)
						    : row->side_id_is_null && !is_court(row->role);
		if (!is_in)
			continue;
		list[v.n_people] = opx_page_person(page, row, f->d.sees_readings);
		if (which == GROUP_SIDE) /* the card names the side already */
			list[v.n_people].quality = opx_word_role(row->role, row->person_title);
		v.n_people++;
	}
	return v;
}

static void fill_sides(const struct opx_page *page, const struct facts *f, struct view_participants *v)
{
	struct view_side *list = OPX_NEW_N(page->arena, struct view_side, f->n_sides + 2);
	size_t n = 0;
	for (size_t i = 0; i < f->n_sides; i++) {
		list[n] = group_of(page, f, GROUP_SIDE, f->sides[i].id, f->sides[i].label);
		list[n++].note = OPX_STR("Personne n’est encore invité pour cette partie.");
	}
	list[n] = group_of(page, f, GROUP_COURT, 0, OPX_STR("Juridiction"));
	list[n++].note = OPX_STR(
		"Aucun membre de la juridiction n’est en mode actif : personne n’y lit encore ce dossier.");
	list[n] = group_of(page, f, GROUP_EXPERTS, 0, OPX_STR("Expertise"));
	list[n++].note = OPX_STR("Aucun expert n’a encore rejoint ce dossier.");
	v->sides = list;
	v->n_sides = n;
}

static void fill_waiting(const struct opx_page *page, const struct facts *f, struct view_participants *v)
{
	struct view_waiting *list = OPX_NEW_N(page->arena, struct view_waiting, f->n_waiting);
	for (size_t i = 0; i < f->n_waiting; i++) {
		const struct sql_page_dossier_waiting_row *row = &f->waiting[i];
		struct view_waiting *w = &list[i];
		bool is_refused = opx_str_is(row->state, "refused");
		bool is_letter = opx_str_is(row->channel, "letter");
		*w = (struct view_waiting){
			.name = row->name,
			.quality = opx_word_quality(page->arena, row->role, row->person_title,
						    row->side.p != NULL ? row->side : OPX_STR("")),
			.letter = opx_href_make(page->arena, "/dossiers/%d/participants/%d/lettre",
						f->d.view.id, row->participant_id),
			.has_letter = (is_letter || row->is_over) && !is_refused && f->can_issue,
			.is_by_account = !is_letter,
		};
		if (is_refused) {
			w->tone = TONE_PLAIN;
			w->state = OPX_STR("Préfère le papier");
			w->until =
				OPX_STR("pour l’inviter à nouveau, reprenez son adresse dans le formulaire");
		} else if (row->asked_again) {
			w->tone = TONE_ATTENTION;
			w->state = OPX_STR("Demande une nouvelle invitation");
		} else if (row->is_over) {
			w->tone = TONE_ATTENTION;
			w->state = OPX_STR("Délai dépassé");
		} else if (opx_str_is(row->state, "opened")) {
			w->tone = TONE_INFO;
			w->state = OPX_STR("Ouverte");
		} else if (is_letter && row->letter_at_is_null) {
			w->tone = TONE_ATTENTION;
			w->state = OPX_STR("Lettre à préparer");
		} else {
			w->tone = TONE_INFO;
			w->state = OPX_STR("Envoyée");
		}
		if (!is_refused && !row->is_over)
			w->until = opx_strf(page->arena, "jusqu’au %s",
					    opx_page_day(page, row->expires_at).text.p);
	}
	v->waiting = list;
	v->n_waiting = f->n_waiting;
}

/* Whoever may issue letters may replace an access code that is lost. */
static void fill_coded(const struct opx_page *page, const struct facts *f, struct view_participants *v)
{
	struct view_waiting *list = OPX_NEW_N(page->arena, struct view_waiting, f->n_coded);
	for (size_t i = 0; i < f->n_coded && f->can_issue; i++) {
		const struct sql_page_people_coded_row *row = &f->coded[i];
		list[v->n_coded++] = (struct view_waiting){
			.name = row->name,
			.quality = opx_word_quality(page->arena, row->role, row->person_title,
						    row->side.p != NULL ? row->side : OPX_STR("")),
			.letter = opx_href_make(page->arena, "/dossiers/%d/participants/%d/lettre",
						f->d.view.id, row->participant_id),
			.until = row->letter_until_is_null
					 ? OPX_STR("")
					 : opx_strf(page->arena, "lettre en route, valable jusqu’au %s",
						    opx_page_day(page, row->letter_until).text.p),
		};
	}
	v->coded = list;
}

static void fill_roles(const struct opx_page *page, struct view_participants *v)
{
	struct view_option *roles = OPX_NEW_N(page->arena, struct view_option, OPX_COUNT(invited_roles));
	for (size_t i = 0; i < OPX_COUNT(invited_roles); i++)
		roles[i] = (struct view_option){
			.value = opx_str_z(invited_roles[i].role),
			.label = opx_word_role(opx_str_z(invited_roles[i].role), OPX_STR("")),
			.is_selected = opx_str_is(v->role.value, invited_roles[i].role)
		};
	v->roles = roles;
	v->n_roles = OPX_COUNT(invited_roles);
}

static void fill_form(const struct opx_page *page, const struct facts *f, struct view_participants *v)
{
	static const char *const titles[][2] = { { "M.", "M." },
						 { "Mme", "Mme" },
						 { "Me", "Me (avocat)" },
						 { "", "Aucune (société, syndicat…)" } };
	struct view_option *sides = OPX_NEW_N(page->arena, struct view_option, f->n_sides + 1);
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, OPX_COUNT(titles));
	size_t n = 0;
	fill_roles(page, v);
	for (size_t i = 0; i < f->n_sides; i++) {
		sides[n] = (struct view_option){ .value = opx_strf(page->arena, "%" PRId64, f->sides[i].id),
						 .label = f->sides[i].label };
		sides[n].is_selected = opx_str_eq(sides[n].value, v->side.value);
		n++;
	}
	sides[n] = (struct view_option){ .value = OPX_STR("0"), .label = OPX_STR("Aucune de ces parties") };
	sides[n].is_selected = opx_str_is(v->side.value, "0");
	n++;
	for (size_t i = 0; i < OPX_COUNT(titles); i++)
		options[i] = (struct view_option){
			.value = opx_str_z(titles[i][0]),
			.label = opx_str_z(titles[i][1]),
			.is_selected = opx_str_is(v->person_title.value, titles[i][0]) && v->mail.value.n > 0
		};
	v->side_options = sides;
	v->n_side_options = n;
	v->titles = options;
	v->n_titles = OPX_COUNT(titles);
	v->can_invite = f->can_invite;
	v->action = opx_href_make(page->arena, "/dossiers/%d/participants", f->d.view.id);
}

static enum opx_status show_with(struct opx_page *page, const struct facts *f, int status,
				 struct view_participants *v, struct opx_error *err)
{
	fill_sides(page, f, v);
	fill_waiting(page, f, v);
	fill_coded(page, f, v);
	fill_form(page, f, v);
	tpl_participants(opx_page_open(page, status), &f->d.view, v);
	return opx_page_finish(page, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "invite", TONE_OK, N_("L’invitation est partie"),
		  N_("Cette personne a déjà un compte : elle est invitée sous le nom qu’elle y porte, et trouve l’invitation dans ses dossiers. Aucune lettre n’est nécessaire.") },
		{ "lettre", TONE_OK, N_("L’invitation est partie"),
		  N_("L’expert ou le greffe doit encore préparer la lettre qui porte le code.") },
	};
	struct opx_page page;
	struct facts f = { .n_people = 0 };
	struct view_participants v = { .can_invite = false };
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Participants"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(load(&page, id, &f, err));
	v.message = opx_page_notice(&page, notices, OPX_COUNT(notices));
	return show_with(&page, &f, 200, &v, err);
}

/* Is this a role that one may invite here? *ret_needs_side: it goes with a party. */
static bool find_role(struct opx_str role, bool *ret_needs_side)
{
	for (size_t i = 0; i < OPX_COUNT(invited_roles); i++)
		if (opx_str_is(role, invited_roles[i].role)) {
			*ret_needs_side = invited_roles[i].needs_side;
			return true;
		}
	return false;
}

/* The chosen side, which must be one of this dossier, or a new one. */
static void read_side(struct opx_page *page, const struct facts *f, struct view_participants *v,
		      struct opx_invite *ret, bool *is_good)
{
	for (size_t i = 0; i < f->n_sides; i++) {
		if (opx_str_eq(opx_strf(page->arena, "%" PRId64, f->sides[i].id), v->side.value))
			ret->side = f->sides[i].id;
		if (v->new_side.value.n > 0 && opx_str_eq(f->sides[i].label, v->new_side.value))
			opx_page_wrong(&v->new_side,
				       N_("Cette partie est déjà dans la liste : choisissez-la."), is_good);
	}
	if (v->new_side.value.n > 0) {
		ret->side = 0;
		ret->new_side = v->new_side.value;
	} else if (ret->side == 0) {
		opx_page_wrong(&v->side, N_("Choisissez pour quelle partie cette personne intervient."),
			       is_good);
	}
}

/* The role, and the side that goes with it. */
static void read_role(struct opx_page *page, const struct facts *f, struct view_participants *v,
		      struct opx_invite *ret, bool *is_good)
{
	bool needs_side = false;
	v->role = opx_page_field_needed(page, "role", OPX_TEXT_LINE, 40, N_("Choisissez une qualité."),
					is_good);
	v->side = opx_page_field(page, "cote", OPX_TEXT_LINE, 24, is_good);
	v->new_side = opx_page_field(page, "nouvelle_partie", OPX_TEXT_LINE, 160, is_good);
	if (!find_role(v->role.value, &needs_side))
		opx_page_wrong(&v->role, N_("Choisissez une qualité de la liste."), is_good);
	else if (needs_side)
		read_side(page, f, v, ret, is_good);
	ret->role = v->role.value;
}

static bool read_form(struct opx_page *page, const struct facts *f, struct view_participants *v,
		      struct opx_invite *ret)
{
	bool is_good = true;
	*ret = (struct opx_invite){ .new_side = OPX_STR("") };
	read_role(page, f, v, ret, &is_good);
	v->person_title = opx_page_field(page, "civilite", OPX_TEXT_LINE, 8, &is_good);
	if (v->person_title.value.n > 0 && !opx_str_is(v->person_title.value, "M.") &&
	    !opx_str_is(v->person_title.value, "Mme") && !opx_str_is(v->person_title.value, "Me"))
		opx_page_wrong(&v->person_title, N_("Choisissez une civilité de la liste."), &is_good);
	v->given_name = opx_page_field(page, "prenom", OPX_TEXT_LINE, 80, &is_good);
	v->family_name = opx_page_field_needed(page, "nom", OPX_TEXT_LINE, 120,
					       N_("Indiquez le nom de la personne."), &is_good);
	v->mail = opx_page_field_needed(page, "mel", OPX_TEXT_LINE, 254, N_("Indiquez son adresse e-mail."),
					&is_good);
	if (v->mail.value.n > 0 && !opx_mail_is_plain(v->mail.value))
		opx_page_wrong(&v->mail, N_("Cette adresse n’a pas la forme nom@domaine.fr. Vérifiez-la."),
			       &is_good);
	ret->title = v->person_title.value;
	ret->given_name = v->given_name.value;
	ret->family_name = v->family_name.value;
	ret->mail = v->mail.value;
	return is_good;
}

static enum opx_status send_back(struct opx_page *page, int64_t id, int status, struct view_message message,
				 struct view_participants *v, struct opx_error *err)
{
	struct facts f = { .n_people = 0 };
	OPX_TRY(load(page, id, &f, err));
	v->message = message;
	return show_with(page, &f, status, v, err);
}

/* An invitation with a code leads to its letter when this person may issue it; else its issuer finds it on the list. */
static enum opx_status after_invite(struct opx_page *page, struct opx_act *act, const struct facts *f,
				    const struct opx_invited *invited, struct opx_error *err)
{
	int64_t artefact = 0, id = f->d.view.id;
	opx_context_wakes(page->c, OPX_WAKES_SEAL | OPX_WAKES_POST | OPX_WAKES_MAKE);
	if (invited->code.n == 0 || !f->can_issue || page->c->site->letter_key == NULL) {
		opx_respond_see_other(page->c->rq,
				      opx_strf(page->arena,
					       "/dossiers/%" PRId64 "/participants?fait=%s#message", id,
					       invited->code.n == 0 ? "invite" : "lettre"));
		return OPX_OK;
	}
	OPX_TRY(opx_letter_order(act, invited, page->c->site->letter_key, &artefact, err));
	opx_respond_see_other(page->c->rq,
			      opx_strf(page->arena, "/dossiers/%" PRId64 "/participants/%" PRId64 "/lettre",
				       id, invited->participant));
	return OPX_OK;
}

static enum opx_status invite(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct facts f = { .n_people = 0 };
	struct view_participants v = { .can_invite = true };
	struct opx_invite order;
	struct opx_invited invited;
	struct opx_act act;
	struct opx_error why;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Participants"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(load(&page, id, &f, err));
	if (!read_form(&page, &f, &v, &order)) {
		const struct view_message m = {
			.tone = TONE_ERROR,
			.title = OPX_STR("L’invitation n’est pas partie"),
			.text = OPX_STR("Corrigez les champs signalés : ce que vous avez écrit est gardé."),
			.takes_focus = true
		};
		v.message = m;
		return show_with(&page, &f, 422, &v, err);
	}
	order.hash = opx_page_letter_hash;
	order.hash_self = &page;
	opx_page_act(&page, &act);
	enum opx_status status = opx_participant_invite(&act, id, &order, &invited, &why);
	if (status == OPX_CONFLICT) {
		OPX_TRY(opx_page_undo(&page, err));
		return send_back(&page, id, 409,
				 opx_page_fault(&page, &why, N_("L’invitation n’est pas partie")), &v, err);
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	return after_invite(&page, &act, &f, &invited, err);
}

static enum opx_status presence(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_act act;
	struct opx_str wanted;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Mode actif"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(opx_form_str(rq, "actif", OPX_TEXT_LINE, 3, &wanted, err));
	bool is_on = opx_str_is(wanted, "oui");
	if (!is_on && !opx_str_is(wanted, "non"))
		return OPX_FAIL(err, OPX_INVALID,
				N_("Cette demande n’est pas lisible. Rechargez la page et recommencez."),
				"actif is neither oui nor non");
	opx_page_act(&page, &act);
	OPX_TRY(opx_participant_presence(&act, id, is_on, err));
	opx_context_wakes(page.c, OPX_WAKES_SEAL);
	opx_respond_see_other(rq, is_on ? opx_strf(page.arena, "/dossiers/%" PRId64 "?fait=actif#message", id)
					: OPX_STR("/dossiers?fait=inactif#message"));
	return OPX_OK;
}

#define ROUTE(m, p, o, a, h)                                                                            \
	{                                                                                               \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = OPX_RIGHT(o, a), \
		.subject = OPX_SUBJECT_DOSSIER, .handle = (h)                                           \
	}

const struct opx_route opx_routes_participants[] = {
	ROUTE(OPX_GET, "/dossiers/:dossier/participants", "participant_list", "read", show),
	ROUTE(OPX_POST, "/dossiers/:dossier/participants", "participant", "invite", invite),
	ROUTE(OPX_POST, "/dossiers/:dossier/presence", "court_presence", "set", presence),
};
const size_t opx_n_routes_participants = OPX_COUNT(opx_routes_participants);
