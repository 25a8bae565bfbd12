/* SPDX-License-Identifier: MPL-2.0 */
/* report.c: see report.h. */
#include "report.h"

#include <stdarg.h>

#include "base/arena.h"

static const char *const titles[CLAIMS] = {
	N_("le dossier de preuve est entier et scellé"),
	N_("chaque document existait à sa date"),
	N_("chaque dépôt a eu lieu, par cette personne, dans ces bornes"),
	N_("chaque publication était visible de ces personnes et d’elles seules"),
	N_("chaque remise a eu lieu, à cette personne, dans ces bornes"),
	N_("rien n’a été retiré, ajouté ni déplacé dans le journal"),
	N_("tous ont vu le même journal"),
	N_("ce qui manque manque pour une raison écrite"),
	N_("le service marchait, ou non, à un moment donné"),
};

static OPX_PRINTF(2, 0) struct opx_str sentence(struct report *r, const char *fmt, va_list args)
{
	char text[600];
	int n = vsnprintf(text, sizeof(text), fmt, args);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	return opx_str_scrub(r->arena, (struct opx_bytes){ .p = (const uint8_t *)text, .n = len },
			     sizeof(text));
}

static void add(struct report *r, enum claim k, enum verdict v, struct opx_str reason)
{
	struct judged_claim *c = &r->claims[k];
	if (v > c->worst)
		c->worst = v;
	for (size_t i = 0; i < c->n_reasons; i++)
		if (opx_str_eq(c->reasons[i], reason))
			return;
	if (c->n_reasons < MAX_REASONS)
		c->reasons[c->n_reasons++] = reason;
	else
		c->n_more++;
}

void report_held(struct report *r, enum claim k)
{
	r->claims[k].is_checked = true;
}

void report_failed(struct report *r, enum claim k, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(r, k, FAILED, sentence(r, fmt, args));
	va_end(args);
}

void report_unsure(struct report *r, enum claim k, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(r, k, INDETERMINATE, sentence(r, fmt, args));
	va_end(args);
}

void report_announce(struct report *r, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (r->n_announced < MAX_REASONS)
		r->announced[r->n_announced++] = sentence(r, fmt, args);
	va_end(args);
}

void report_cap(struct report *r, enum claim k, const char *reason)
{
	if (r->claims[k].worst == FAILED)
		r->claims[k].worst = INDETERMINATE; /* its reasons stay, they no longer condemn */
	add(r, k, INDETERMINATE, opx_str_z(reason));
}

enum verdict report_verdict(const struct report *r, enum claim k)
{
	const struct judged_claim *c = &r->claims[k];
	return c->worst == PASSED && !c->is_checked ? INDETERMINATE : c->worst;
}

const char *report_name(enum verdict v)
{
	static const char *const names[] = { "PASSED", "INDETERMINATE", "FAILED" };
	return names[v];
}

bool report_is_good(const struct report *r)
{
	for (unsigned k = 0; k < CLAIMS; k++)
		if (report_verdict(r, (enum claim)k) == FAILED)
			return false;
	return true;
}

void report_print(const struct report *r, const char *kind, FILE *out)
{
	(void)fprintf(out, "Nature : %s\n", kind);
	for (unsigned k = 0; k < CLAIMS; k++) {
		const struct judged_claim *c = &r->claims[k];
		(void)fprintf(out, "K%u %s %s", k, report_name(report_verdict(r, (enum claim)k)), titles[k]);
		for (size_t i = 0; i < c->n_reasons; i++)
			(void)fprintf(out, "%s%s", i == 0 ? " : " : " ; ", c->reasons[i].p);
		if (c->n_more > 0)
			(void)fprintf(out, " ; et %zu autres raisons", c->n_more);
		if (c->n_reasons == 0 && !c->is_checked)
			(void)fputs(" : rien à contrôler ici", out);
		(void)fputc('\n', out);
	}
	for (size_t i = 0; i < r->n_announced; i++)
		(void)fprintf(out, "À savoir : %s\n", r->announced[i].p);
}

/* Reasons have no control character (scrubbed). */
static void print_string(FILE *out, struct opx_str s)
{
	(void)fputc('"', out);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			(void)fputc('\\', out);
		(void)fputc(s.p[i], out);
	}
	(void)fputc('"', out);
}

static void print_list(FILE *out, const struct opx_str *list, size_t n)
{
	(void)fputc('[', out);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			(void)fputc(',', out);
		print_string(out, list[i]);
	}
	(void)fputc(']', out);
}

void report_print_json(const struct report *r, const char *kind, FILE *out)
{
	(void)fprintf(out, "{\"kind\":\"%s\",\"claims\":{", kind);
	for (unsigned k = 0; k < CLAIMS; k++) {
		(void)fprintf(out, "%s\"K%u\":{\"verdict\":\"%s\",\"reasons\":", k > 0 ? "," : "", k,
			      report_name(report_verdict(r, (enum claim)k)));
		print_list(out, r->claims[k].reasons, r->claims[k].n_reasons);
		(void)fputc('}', out);
	}
	(void)fputs("},\"announced\":", out);
	print_list(out, r->announced, r->n_announced);
	(void)fputs("}\n", out);
}
