/* SPDX-License-Identifier: MPL-2.0 */
/* profile.c: /profil: who one is here, by which means one comes in, and which connections are open. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "domain/act.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/words.h"
#include "sql_page_people.h"
#include "sql_session.h"
#include "tpl_account.h"

#include <opx/host.h>

#define SOON_DAYS 60
#define DAY_US ((int64_t)86400 * 1000000)

static void fill_identity(const struct opx_page *page, const struct sql_page_profile_row *row,
			  const struct sql_page_profile_capacities_row *rows, size_t n,
			  struct view_profile *v)
{
	v->name = row->name;
	v->mail = row->mail;
	v->qualities = OPX_STR("");
	for (size_t i = 0; i < n; i++) {
		struct opx_str role = opx_word_role(rows[i].role, row->title);
		struct opx_str one = rows[i].place.p != NULL
					     ? opx_strf(page->arena, "%s, %s", role.p, rows[i].place.p)
					     : role;
		v->qualities = v->qualities.n > 0 ? opx_strf(page->arena, "%s ; %s", v->qualities.p, one.p)
						  : one;
	}
	if (v->qualities.n == 0)
		v->qualities = OPX_STR("Celle que chaque dossier vous donne");
	v->level = opx_strf(page->arena, "%s. %s", opx_word_means(page->c->session->auth_kind).p,
			    opx_word_level(opx_level_name(page->c->session->level)).p);
}

/* A certificate warns 60 days before its end (ui.md 7.4). */
static void fill_means(const struct opx_page *page, const struct sql_page_profile_means_row *rows, size_t n,
		       struct view_profile *v)
{
	struct view_means *list = OPX_NEW_N(page->arena, struct view_means, n + 1);
	int64_t now = opx_now(page->c->clock).us;
	bool has_code = false;
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sql_page_profile_means_row *row = &rows[i];
		struct view_means *m = &list[k++];
		bool is_card = opx_str_is(row->kind, "x509");
		has_code = has_code || !is_card;
		*m = (struct view_means){
			.label = is_card ? opx_strf(page->arena, "Carte ou clé au nom de %s", row->label.p)
					 : OPX_STR("Code d’accès et code par e-mail"),
			.note = opx_strf(page->arena, "Depuis le %s",
					 opx_page_day(page, row->created_at).text.p)
		};
		if (!is_card || row->not_after_is_null)
			continue;
		int64_t days = (row->not_after.us - now) / DAY_US;
		struct opx_str end = opx_page_day(page, row->not_after).text;
		m->tone = row->not_after.us < now ? TONE_ERROR : days <= SOON_DAYS ? TONE_ATTENTION : TONE_OK;
		m->note = row->not_after.us < now ? opx_strf(page->arena, "Expirée le %s", end.p)
			  : days <= SOON_DAYS     ? opx_strf(page->arena,
							     "Expire le %s, dans %" PRId64
							     " jours : demandez son renouvellement",
							     end.p, days)
						  : opx_strf(page->arena, "Valable jusqu’au %s", end.p);
	}
	if (!has_code && opx_str_is(page->c->session->auth_kind, "code+mail"))
		list[k++] = (struct view_means){ .label = OPX_STR("Code d’accès et code par e-mail"),
						 .note = OPX_STR("Remis à la fin de votre invitation") };
	v->means = list;
	v->n_means = k;
}

static void fill_sessions(const struct opx_page *page, const struct sql_session_list_row *rows, size_t n,
			  struct view_profile *v)
{
	struct view_session *list = OPX_NEW_N(page->arena, struct view_session, n);
	for (size_t i = 0; i < n; i++) {
		list[i] = (struct view_session){
			.id = rows[i].id,
			.means = opx_word_means(rows[i].auth_kind),
			.since = opx_strf(page->arena, "Ouverte le %s",
					  opx_page_short(page, rows[i].created_at).text.p),
			.seen = opx_strf(page->arena, "utilisée le %s",
					 opx_page_short(page, rows[i].seen_at).text.p),
			.place = rows[i].address.n > 0
					 ? opx_strf(page->arena, "adresse %s", rows[i].address.p)
					 : OPX_STR(""),
			.is_current = rows[i].id == page->c->session->id,
		};
		v->has_others = v->has_others || !list[i].is_current;
	}
	v->sessions = list;
	v->n_sessions = n;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "fermees", TONE_OK, N_("Les autres connexions sont fermées"),
		  N_("Celle-ci reste ouverte.") },
	};
	struct opx_page page;
	struct view_profile v = { .has_others = false };
	struct sql_page_profile_row row;
	const struct sql_page_profile_capacities_row *capacities = NULL;
	const struct sql_page_profile_means_row *means = NULL;
	const struct sql_session_list_row *sessions = NULL;
	size_t n_capacities = 0, n_means = 0, n_sessions = 0;
	opx_page_init(&page, self, rq, OPX_STR("Mon profil"));
	int64_t account = page.c->session->account;
	OPX_TRY(opx_db_pipeline_begin(page.db, err));
	OPX_TRY(sql_page_profile_send(page.db, page.person, err));
	OPX_TRY(sql_page_profile_capacities_send(page.db, account, err));
	OPX_TRY(sql_page_profile_means_send(page.db, account, err));
	OPX_TRY(sql_session_list_send(page.db, account, err));
	OPX_TRY(opx_db_pipeline_end(page.db, err));
	OPX_TRY(sql_page_profile_recv(page.db, &row, err));
	OPX_TRY(sql_page_profile_capacities_recv(page.db, &capacities, &n_capacities, err));
	OPX_TRY(sql_page_profile_means_recv(page.db, &means, &n_means, err));
	OPX_TRY(sql_session_list_recv(page.db, &sessions, &n_sessions, err));
	fill_identity(&page, &row, capacities, n_capacities, &v);
	fill_means(&page, means, n_means, &v);
	fill_sessions(&page, sessions, n_sessions, &v);
	v.message = opx_page_notice(&page, notices, OPX_COUNT(notices));
	tpl_profile(opx_page_open(&page, 200), &v);
	return opx_page_finish(&page, err);
}

static enum opx_status end_others(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	int64_t n = 0;
	opx_page_init(&page, self, rq, OPX_STR("Mon profil"));
	OPX_TRY(sql_session_end_others(page.db, page.c->session->account, page.c->session->id, &n, err));
	OPX_TRY(page.c->host->security_event(rq, "session.end-others", page.person,
					     opx_strf(page.arena, "%" PRId64 " sessions", n), err));
	opx_respond_see_other(rq, OPX_STR("/profil?fait=fermees#message"));
	return OPX_OK;
}

/* One's own by construction: both handlers look at the session's account and at nothing else. */
#define ROUTE(m, p, h)                                                                                      \
	{                                                                                                   \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = OPX_RIGHT_SIGNED_IN, \
		.handle = (h)                                                                               \
	}

const struct opx_route opx_routes_profile[] = {
	ROUTE(OPX_GET, "/profil", show),
	ROUTE(OPX_POST, "/profil/sessions", end_others),
};
const size_t opx_n_routes_profile = OPX_COUNT(opx_routes_profile);
