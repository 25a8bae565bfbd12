/* SPDX-License-Identifier: MPL-2.0 */
/* exchange_search.c: see exchange_search.h. */
#include "page/exchange_search.h"

#include <inttypes.h>
#include <strings.h>

#include "base/arena.h"
#include "base/num.h"
#include "http/request.h"
#include "page/page.h"
#include "page/views.h"
#include "plugin/registry.h"
#include "sql_page_exchange.h"

#define MAX_NUMBER 999999999

static const struct {
	const char *code, *label, *caption;
} orders[] = {
	{ "", N_("Date, la plus récente"), N_("du plus récent au plus ancien") },
	{ "ancien", N_("Date, la plus ancienne"), N_("du plus ancien au plus récent") },
	{ "titre", N_("Titre"), N_("dans l’ordre des titres") },
	{ "auteur", N_("Auteur du dépôt"), N_("dans l’ordre des auteurs") },
};

static size_t order_of(const struct exchange_search *s)
{
	for (size_t i = 0; i < OPX_COUNT(orders); i++)
		if (opx_str_is(s->order, orders[i].code))
			return i;
	return 0;
}

/* "dépôt n° 12", "D012", "Pièce 3": what bears that number; a bare number, whatever bears it. */
static void read_number(struct opx_arena *arena, struct exchange_search *s)
{
	static const struct {
		const char *word;
		bool filing, document, series;
	} words[] = {
		{ "", true, true, true },           { "n°", true, true, true },
		{ "d", false, true, false },        { "dépôt", true, false, false },
		{ "dépôt n°", true, false, false }, { "pièce", false, false, true },
		{ "pièce n°", false, false, true },
	};
	size_t at = s->query.n;
	int64_t n = 0;
	while (at > 0 && s->query.p[at - 1] >= '0' && s->query.p[at - 1] <= '9')
		at--;
	if (opx_parse_i64(opx_str_copy(arena, s->query.p + at, s->query.n - at), 1, MAX_NUMBER, &n, NULL) !=
	    OPX_OK)
		return;
	while (at > 0 && s->query.p[at - 1] == ' ')
		at--;
	struct opx_str word = opx_str_copy(arena, s->query.p, at);
	for (size_t i = 0; i < OPX_COUNT(words); i++)
		if (strcasecmp(word.p, words[i].word) == 0) {
			s->filing = words[i].filing ? (int32_t)n : 0;
			s->document = words[i].document ? (int32_t)n : 0;
			s->series = words[i].series ? (int32_t)n : 0;
		}
}

struct exchange_search opx_exchange_search_read(const struct opx_page *page, struct opx_request *rq)
{
	struct exchange_search s = { .query = opx_request_query(rq, "q"),
				     .kind = opx_request_query(rq, "nature"),
				     .order = opx_request_query(rq, "tri"),
				     .is_unread = opx_str_is(opx_request_query(rq, "lu"), "non") };
	if (opx_parse_i64(opx_request_query(rq, "par"), 1, INT64_MAX, &s.author, NULL) != OPX_OK)
		s.author = 0;
	s.order = opx_str_z(orders[order_of(&s)].code);
	read_number(page->arena, &s);
	return s;
}

/* The list with all that is looked for, in that order. */
static struct opx_href in_order(const struct opx_page *page, int64_t dossier, const struct exchange_search *s,
				struct opx_str order)
{
	const struct opx_href_field fields[] = {
		{ "q", s->query },
		{ "nature", s->kind },
		{ "par", s->author != 0 ? opx_strf(page->arena, "%" PRId64, s->author) : OPX_STR("") },
		{ "lu", s->is_unread ? OPX_STR("non") : OPX_STR("") },
		{ "tri", order },
	};
	return opx_href_query(page->arena, opx_href_make(page->arena, "/dossiers/%d/echanges", dossier),
			      fields, OPX_COUNT(fields));
}

struct opx_href opx_exchange_search_href(const struct opx_page *page, int64_t dossier,
					 const struct exchange_search *s)
{
	return in_order(page, dossier, s, s->order);
}

const char *opx_exchange_search_caption(const struct exchange_search *s)
{
	return orders[order_of(s)].caption;
}

static struct view_sort sort_link(const struct opx_page *page, int64_t dossier,
				  const struct exchange_search *s, const char *order, const char *aria)
{
	return (struct view_sort){ .href = in_order(page, dossier, s, opx_str_z(order)),
				   .aria = opx_str_z(aria) };
}

static void fill_sorts(const struct opx_page *page, int64_t dossier, const struct exchange_search *s,
		       struct view_exchanges *v)
{
	bool is_newest = s->order.n == 0, is_oldest = opx_str_is(s->order, "ancien");
	v->by_title = sort_link(page, dossier, s, "titre", opx_str_is(s->order, "titre") ? "ascending" : "");
	v->by_date = sort_link(page, dossier, s, is_newest ? "ancien" : "",
			       is_newest   ? "descending"
			       : is_oldest ? "ascending"
					   : "");
	v->by_author =
		sort_link(page, dossier, s, "auteur", opx_str_is(s->order, "auteur") ? "ascending" : "");
}

static void fill_kinds(const struct opx_page *page, struct opx_str current, struct view_exchanges *v)
{
	size_t n = 0;
	const struct opx_reg_kind *kinds = opx_registry_kinds(page->pages->registry, &n);
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, n + 1);
	options[0] = (struct view_option){ .value = OPX_STR(""), .label = OPX_STR("Toutes") };
	for (size_t i = 0; i < n; i++)
		options[i + 1] =
			(struct view_option){ .value = opx_str_z(kinds[i].it->code),
					      .label = opx_str_z(kinds[i].it->label),
					      .is_selected = opx_str_is(current, kinds[i].it->code) };
	v->kinds = options;
	v->n_kinds = n + 1;
}

static void fill_authors(const struct opx_page *page, const struct sql_page_exchange_authors_row *rows,
			 size_t n, int64_t current, struct view_exchanges *v)
{
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, n + 1);
	options[0] = (struct view_option){ .value = OPX_STR(""), .label = OPX_STR("Tous") };
	for (size_t i = 0; i < n; i++)
		options[i + 1] = (struct view_option){ .value = opx_strf(page->arena, "%" PRId64, rows[i].id),
						       .label = rows[i].name,
						       .is_selected = rows[i].id == current };
	v->authors = options;
	v->n_authors = n + 1;
}

static void fill_choices(const struct opx_page *page, const struct exchange_search *s,
			 struct view_exchanges *v)
{
	struct view_option *readings = OPX_NEW_N(page->arena, struct view_option, 2),
			   *sorts = OPX_NEW_N(page->arena, struct view_option, OPX_COUNT(orders));
	readings[0] = (struct view_option){ .value = OPX_STR(""), .label = OPX_STR("Lus et non lus") };
	readings[1] = (struct view_option){ .value = OPX_STR("non"),
					    .label = OPX_STR("Non lus seulement"),
					    .is_selected = s->is_unread };
	for (size_t i = 0; i < OPX_COUNT(orders); i++)
		sorts[i] = (struct view_option){ .value = opx_str_z(orders[i].code),
						 .label = opx_str_z(orders[i].label),
						 .is_selected = i == order_of(s) };
	v->readings = readings;
	v->n_readings = 2;
	v->orders = sorts;
	v->n_orders = OPX_COUNT(orders);
}

void opx_exchange_search_fill(const struct opx_page *page, int64_t dossier, const struct exchange_search *s,
			      const struct sql_page_exchange_authors_row *authors, size_t n_authors,
			      struct view_exchanges *v)
{
	v->action = opx_href_make(page->arena, "/dossiers/%d/echanges", dossier);
	v->query = s->query;
	v->is_filtered = s->query.n > 0 || s->kind.n > 0 || s->author != 0 || s->is_unread;
	fill_kinds(page, s->kind, v);
	fill_authors(page, authors, n_authors, s->author, v);
	fill_choices(page, s, v);
	fill_sorts(page, dossier, s, v);
}
