/* SPDX-License-Identifier: MPL-2.0 */
/* page.c: see page.h. */
#include "page/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "db/db.h"
#include "domain/act.h"
#include "html/html.h"
#include "http/dispatch.h"
#include "http/response.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "tpl_layout.h"

static bool has_capacity(const struct opx_session *session, const char *role)
{
	struct opx_str list = session->capacities;
	size_t n = strlen(role);
	for (size_t at = 0; at < list.n;) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t end = comma != NULL ? (size_t)(comma - list.p) : list.n;
		if (end - at == n && memcmp(list.p + at, role, n) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

static struct opx_str first_capacity(const struct opx_session *session)
{
	const char *comma = memchr(session->capacities.p, ',', session->capacities.n);
	size_t n = comma != NULL ? (size_t)(comma - session->capacities.p) : session->capacities.n;
	return (struct opx_str){ .p = session->capacities.p, .n = n };
}

/* Where one is stands out: a page of a dossier belongs to the dossiers. */
static void fill_menu(struct opx_page *page, struct opx_str path)
{
	struct view_link *menu = OPX_NEW_N(page->arena, struct view_link, 3);
	size_t n = 0;
	bool in_dossiers = opx_str_starts(path, "/dossiers") || opx_str_starts(path, "/documents");
	menu[n++] = opx_page_link(OPX_STR("Mes dossiers"), opx_href_lit("/dossiers"), in_dossiers);
	const struct opx_session *s = page->c->session;
	if (has_capacity(s, "court_admin") || has_capacity(s, "company_admin"))
		menu[n++] = opx_page_link(OPX_STR("Demandes d’accès"), opx_href_lit("/admin/demandes"),
					  opx_str_starts(path, "/admin/demandes"));
	page->layout.menu = menu;
	page->layout.n_menu = n;
}

#define DAY_US (INT64_C(86400) * 1000000)

/* "10 h 12" today, "4 déc. 2026 à 10 h 12" before. */
static struct opx_str since_of(const struct opx_page *page, struct opx_instant t)
{
	struct opx_str day = opx_page_day(page, t).text;
	struct opx_str today = opx_page_day(page, opx_now(page->c->clock)).text;
	return opx_str_is(day, today.p) ? opx_page_hour(page, t).text : opx_page_short(page, t).text;
}

/* What is in trouble, what it changes for the person, and that nothing is lost (security 4.5). */
static void fill_trouble(struct opx_page *page)
{
	static const struct {
		const char *name, *title, *text, *later; /* later: after a day */
	} troubles[] = {
		{ "clock", N_("L’heure du service n’est pas sûre"),
		  N_("Les dépôts sont enregistrés ; ils seront scellés et visibles dès que l’heure sera sûre. Rien n’est perdu."),
		  N_("Les dépôts sont enregistrés ; ils seront scellés et visibles dès que l’heure sera sûre. L’exploitant du service est prévenu.") },
		{ "seal", N_("Le scellement a pris du retard"),
		  N_("Les dépôts sont enregistrés ; leur accusé et leur mise à disposition suivront. Vous pouvez lire. Rien n’est perdu."),
		  N_("Les dépôts sont enregistrés ; leur accusé et leur mise à disposition suivront. L’exploitant du service est prévenu.") },
		{ "timestamp", N_("L’horodatage a pris du retard"),
		  N_("Un dépôt est valable dès son accusé. Son jeton d’horodatage le complétera de lui-même."),
		  N_("La date d’un dépôt est celle de son accusé, scellé par le service. Le jeton de l’autorité d’horodatage, un tiers, la confirmera à son retour ; l’exploitant du service est prévenu.") },
	};
	const struct opx_session *s = page->c->session;
	bool is_long = opx_now(page->c->clock).us - s->trouble_since.us > DAY_US;
	for (size_t i = 0; i < OPX_COUNT(troubles); i++)
		if (opx_str_is(s->trouble, troubles[i].name))
			page->layout.banner = (struct view_message){
				.tone = TONE_ATTENTION,
				.title = opx_strf(page->arena, "%s depuis %s", troubles[i].title,
						  since_of(page, s->trouble_since).p),
				.text = opx_str_z(is_long ? troubles[i].later : troubles[i].text),
			};
}

void opx_page_init(struct opx_page *page, const void *self, struct opx_request *rq, struct opx_str title)
{
	struct opx_context *c = opx_context_of(rq);
	*page = (struct opx_page){ .pages = self, .c = c, .arena = c->arena, .db = c->db };
	page->layout.title = title;
	page->layout.service_name = c->site->name;
	page->layout.court_line = c->site->court_line;
	if (c->session == NULL)
		return;
	page->person = c->session->person;
	page->layout.is_signed_in = true;
	page->layout.person_name = c->session->name;
	struct opx_str role = first_capacity(c->session);
	page->layout.person_role = role.n > 0 ? opx_word_role(opx_str_copy(c->arena, role.p, role.n),
							      opx_word_title(c->session->name))
					      : OPX_STR("");
	fill_menu(page, rq->path);
	if (c->session->banner.n > 0)
		page->layout.banner =
			(struct view_message){ .tone = TONE_ATTENTION,
					       .title = opx_strf(c->arena, "Lecture seule depuis %s",
								 since_of(page, c->session->stale_since).p),
					       .text = c->session->banner };
	else if (c->session->trouble.n > 0)
		fill_trouble(page);
}

struct view_link opx_page_link(struct opx_str label, struct opx_href href, bool is_current)
{
	return (struct view_link){ .label = label, .href = href, .is_current = is_current };
}

int64_t opx_page_number(const struct opx_page *page)
{
	struct opx_str text = opx_request_query(page->c->rq, "page");
	int64_t n = 1;
	if (text.n > 0 && opx_parse_i64(text, 1, 100000, &n, NULL) != OPX_OK)
		n = 1;
	return n;
}

static struct view_link page_link(const struct opx_page *page, struct opx_href list, int64_t n,
				  struct opx_str label, bool is_current)
{
	const struct opx_href_field field = { "page", opx_strf(page->arena, "%" PRId64, n) };
	return opx_page_link(label, opx_href_query(page->arena, list, &field, 1), is_current);
}

void opx_page_pager(const struct opx_page *page, struct opx_href list, int64_t number, int64_t per_page,
		    int64_t total, const struct view_link **ret_links, size_t *ret_n)
{
	int64_t last = total > 0 ? (total + per_page - 1) / per_page : 1;
	*ret_n = 0;
	*ret_links = NULL;
	if (last == 1)
		return;
	int64_t from = number > 3 ? number - 3 : 1;
	int64_t to = from + 6 < last ? from + 6 : last;
	struct view_link *links = OPX_NEW_N(page->arena, struct view_link, (size_t)(to - from) + 2);
	size_t n = 0;
	for (int64_t i = from; i <= to; i++)
		links[n++] = page_link(page, list, i, opx_strf(page->arena, "%" PRId64, i), i == number);
	if (number < last)
		links[n++] = page_link(page, list, number + 1, OPX_STR("Page suivante"), false);
	*ret_links = links;
	*ret_n = n;
}

struct view_message opx_page_notice(const struct opx_page *page, const struct page_notice *notices, size_t n)
{
	struct opx_str code = opx_request_query(page->c->rq, "fait");
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(code, notices[i].code))
			return (struct view_message){ .tone = notices[i].tone,
						      .title = opx_str_z(notices[i].title),
						      .text = opx_str_z(notices[i].text) };
	return (struct view_message){ .tone = TONE_PLAIN };
}

struct view_message opx_page_fault(const struct opx_page *page, const struct opx_error *err,
				   const char *title)
{
	return (struct view_message){ .tone = TONE_ERROR,
				      .title = opx_str_z(title),
				      .text = opx_str_copy(page->arena, err->user, strlen(err->user)),
				      .takes_focus = true };
}

static void frame_begin(struct opx_html *h, const void *data)
{
	tpl_layout_begin(h, data);
}

static void frame_end(struct opx_html *h, const void *data)
{
	tpl_layout_end(h, data);
}

struct opx_html *opx_page_open(struct opx_page *page, int http_status)
{
	page->html = OPX_NEW(page->arena, struct opx_html);
	page->http_status = http_status;
	opx_html_init(page->html, page->arena, opx_csrf_of(page->c->rq));
	page->html->frame =
		(struct opx_html_frame){ .begin = frame_begin, .end = frame_end, .data = &page->layout };
	return page->html;
}

enum opx_status opx_page_finish(struct opx_page *page, struct opx_error *err)
{
	struct opx_bytes body;
	OPX_TRY(opx_html_finish(page->html, &body, err));
	opx_respond(page->c->rq, page->http_status, "text/html; charset=utf-8", body);
	return OPX_OK;
}

void opx_page_close(struct opx_page *page)
{
	if (opx_page_finish(page, NULL) != OPX_OK)
		opx_respond_text(page->c->rq, page->http_status, page->layout.title.p);
}

bool opx_page_is_fragment(const struct opx_page *page)
{
	return opx_request_header_is(page->c->rq, OPX_HDR_ACCEPT, "text/vnd.fragment+html");
}

enum opx_status opx_page_may(struct opx_page *page, const char *object, const char *action, int64_t dossier,
			     bool *ret_may, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(page->pages->registry);
	const struct opx_right_question q = { .object = object,
					      .action = action,
					      .subject = dossier != 0 ? OPX_SUBJECT_DOSSIER
								      : OPX_SUBJECT_NONE,
					      .id = dossier,
					      .key = OPX_STR("") };
	struct opx_right_answer answer;
	*ret_may = false;
	if (rights == NULL)
		return OPX_OK;
	OPX_TRY(OPX_REG_CALL(page->pages->registry, rights, ask, page->db, &q, &answer, err));
	*ret_may = answer.decision == OPX_ALLOW;
	return OPX_OK;
}

void opx_page_act(const struct opx_page *page, struct opx_act *ret)
{
	const struct opx_context *c = page->c;
	struct opx_software *software = OPX_NEW(page->arena, struct opx_software);
	*software = (struct opx_software){ .build = c->site->sw_build,
					   .config = c->site->sw_config,
					   .plugins = c->site->sw_plugins };
	*ret = (struct opx_act){
		.db = page->db,
		.arena = page->arena,
		.clock = c->clock,
		.random = c->random,
		.software = software,
		.session = c->session,
		.request_id = c->rq->request_id,
		.address = c->rq->address,
		.agent = c->rq->agent,
	};
}

enum opx_status opx_page_undo(struct opx_page *page, struct opx_error *err)
{
	opx_tx_rollback(page->c->tx);
	page->c->wakes = 0;
	return opx_tx_begin(page->db, page->c->tx, page->person, err);
}

enum opx_status opx_page_write(struct opx_page *page, struct opx_error *err)
{
	if (!opx_tx_is_leaving(page->c->tx))
		return OPX_OK;
	opx_tx_leave(page->c->tx);
	return opx_tx_begin(page->db, page->c->tx, page->person, err);
}

void opx_page_wrong(struct view_field *field, const char *sentence, bool *is_good)
{
	if (field->fault.n == 0)
		field->fault = opx_str_z(sentence);
	*is_good = false;
}

struct view_field opx_page_field(struct opx_page *page, const char *name, enum opx_text_kind kind,
				 size_t max_bytes, bool *is_good)
{
	struct opx_error why;
	struct view_field field = { .value = OPX_STR(""), .fault = OPX_STR("") };
	if (opx_form_opt_str(page->c->rq, name, kind, max_bytes, &field.value, &why) == OPX_OK)
		return field;
	field.value = OPX_STR("");
	field.fault = opx_str_copy(page->arena, why.user, strlen(why.user));
	*is_good = false;
	return field;
}

struct view_field opx_page_field_needed(struct opx_page *page, const char *name, enum opx_text_kind kind,
					size_t max_bytes, const char *sentence, bool *is_good)
{
	struct view_field field = opx_page_field(page, name, kind, max_bytes, is_good);
	if (field.value.n == 0)
		opx_page_wrong(&field, sentence, is_good);
	return field;
}
