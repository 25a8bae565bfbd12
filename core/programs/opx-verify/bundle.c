/* SPDX-License-Identifier: MPL-2.0 */
/* bundle.c: files of the bundle by name, and the order in which claims are judged (evidence-format 6). */
#include <stdarg.h>

#include "verify.h"

#define BROKEN N_("le dossier de preuve n’est pas entier (K0) : rien d’autre n’a été contrôlé")

const struct opx_zip_entry *file_of(const struct verifier *v, const char *fmt, ...)
{
	char name[OPX_ZIP_MAX_NAME + 1];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(name))
		return NULL;
	return opx_zip_find(&v->zip, opx_str_z(name));
}

const char *kind_name(enum kind kind)
{
	static const char *const names[] = { "receipt", "document", "party", "case", "archive" };
	return names[kind];
}

const char *kind_title(enum kind kind)
{
	static const char *const titles[] = { N_("accusé de dépôt"), N_("dossier de preuve d’un document"),
					      N_("dossier de preuve d’une personne"),
					      N_("dossier de preuve complet"), N_("archive du dossier") };
	return titles[kind];
}

/* What one claim takes from the others (6.1 to 6.3). */
static void cap_claims(struct verifier *v)
{
	static const enum claim after_k5[] = { K2, K3, K4, K6, K7 };
	static const enum claim without_trust[] = { K2, K3, K4, K7, K8 };
	struct report *r = v->report;
	if (!v->has_seal)
		report_cap(r, K7, N_("sans sceau, ce qui manque peut avoir été retiré par le porteur"));
	if (!v->options->has_policy) {
		report_cap(
			r, K5,
			N_("sans la politique publiée du journal, les clés de ce dossier ne sont qu’une copie"));
		report_cap(r, K6,
			   N_("sans la politique publiée du journal, rien ne dit qui devait être témoin"));
		for (size_t i = 0; !v->has_seal && i < OPX_COUNT(without_trust); i++)
			report_cap(r, without_trust[i],
				   N_("ni sceau ni politique publiée : rien ne dit qui a fait ce dossier"));
		return;
	}
	if (report_verdict(r, K5) == FAILED)
		for (size_t i = 0; i < OPX_COUNT(after_k5); i++)
			report_cap(r, after_k5[i], N_("le journal n’est pas bon (K5)"));
}

void verify_run(struct verifier *v, struct opx_bytes file)
{
	struct opx_error err = { .status = OPX_OK };
	v->trust = opx_trust_new();
	if (opx_zip_read(v->arena, file, &v->zip, &err) != OPX_OK) {
		report_failed(v->report, K0, "l’enveloppe n’a pas la forme prévue");
		(void)fprintf(stderr, "opx-verify: %s\n", err.detail); /* for who repairs it */
	} else if (k0_judge(v)) {
		anchors_load(v);
		logs_load(v);
		k1_judge(v);
		k2_judge(v);
		k3_judge(v);
		k4_judge(v);
		k5_judge(v);
		k6_judge(v);
		k7_judge(v);
		k8_judge(v);
		cap_claims(v);
		return;
	}
	for (enum claim k = K1; k <= K8; k++)
		report_cap(v->report, k, BROKEN);
}
