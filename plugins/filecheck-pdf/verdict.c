/* SPDX-License-Identifier: MPL-2.0 */
/* verdict.c: see verdict.h. What happened, then what to do; a deposited file is never changed by us. */
#include "verdict.h"

#include <string.h>

#define UNEXAMINED \
	N_("Ce PDF n’a pas pu être examiné en entier : il est trop gros ou trop complexe. Il est accepté tel quel ; ouvrez-le une fois pour vérifier qu’il s’affiche.")
#define DAMAGED \
	N_("Ce PDF est abîmé : il ne pourrait pas être lu. Enregistrez-le de nouveau depuis votre logiciel, puis ajoutez-le.")

/* Why a PDF is refused; the reasons of other kinds say that it is no PDF at all. */
static const char *const refusals[OPX_REASONS] = {
	[OPX_REASON_EMPTY] =
		N_("Ce fichier est vide. Vérifiez-le sur votre ordinateur, puis ajoutez-le de nouveau."),
	[OPX_REASON_NOT_PDF] = N_(
		"Ce fichier porte le nom d’un PDF, mais n’en est pas un. Ouvrez-le dans votre logiciel et enregistrez-le en PDF."),
	[OPX_REASON_NO_END] = N_(
		"Ce PDF est incomplet : sa fin manque. Téléchargez-le ou enregistrez-le de nouveau, puis ajoutez-le."),
	[OPX_REASON_POLYGLOT] = N_(
		"Ce PDF contient un autre fichier caché dans le même contenu. Imprimez-le en PDF, puis ajoutez la copie obtenue."),
	[OPX_REASON_PASSWORD] = N_(
		"Ce PDF demande un mot de passe : personne ne pourrait l’ouvrir. Enregistrez-le sans mot de passe, puis ajoutez-le."),
	[OPX_REASON_DAMAGED] = DAMAGED,
	[OPX_REASON_TOO_MANY_PAGES] =
		N_("Ce PDF a trop de pages. Découpez-le en plusieurs fichiers, puis ajoutez-les."),
	[OPX_REASON_TOO_MANY_OBJECTS] = N_(
		"Ce PDF est trop complexe pour être lu sans risque. Imprimez-le en PDF, puis ajoutez la copie obtenue."),
};

static const struct {
	unsigned bit;
	const char *warning, *refusal;
} actives[] = {
	{ OPX_ACTIVE_LAUNCH,
	  N_("Ce PDF peut lancer un programme sur l’ordinateur de qui l’ouvre. Il est accepté tel quel, et chacun en est averti."),
	  N_("Ce PDF peut lancer un programme sur l’ordinateur de qui l’ouvre. Imprimez-le en PDF, puis ajoutez la copie obtenue.") },
	{ OPX_ACTIVE_JAVASCRIPT,
	  N_("Ce PDF contient un petit programme (JavaScript). Il est accepté tel quel ; un PDF simple se lirait mieux."),
	  N_("Ce PDF contient un petit programme (JavaScript). Imprimez-le en PDF, puis ajoutez la copie obtenue.") },
	{ OPX_ACTIVE_EMBEDDED_FILE,
	  N_("Ce PDF contient des fichiers joints. Il est accepté tel quel ; ajoutez-les aussi à part pour que chacun les voie."),
	  N_("Ce PDF contient des fichiers joints. Retirez-les et ajoutez-les à part.") },
	{ OPX_ACTIVE_RICH_MEDIA,
	  N_("Ce PDF contient du son ou de la vidéo. Il est accepté tel quel ; certains lecteurs ne les montreront pas."),
	  N_("Ce PDF contient du son ou de la vidéo. Imprimez-le en PDF, puis ajoutez la copie obtenue.") },
	{ OPX_ACTIVE_XFA,
	  N_("Ce PDF est un formulaire dynamique (XFA). Il est accepté tel quel ; beaucoup de lecteurs ne l’affichent pas."),
	  N_("Ce PDF est un formulaire dynamique (XFA), que beaucoup de lecteurs n’affichent pas. Imprimez-le en PDF, puis ajoutez la copie obtenue.") },
	{ OPX_ACTIVE_SUBMIT_FORM,
	  N_("Ce PDF est un formulaire qui envoie ses réponses ailleurs. Il est accepté tel quel."),
	  N_("Ce PDF est un formulaire qui envoie ses réponses ailleurs. Imprimez-le en PDF, puis ajoutez la copie obtenue.") },
};

static void set(struct opx_verdict *ret, enum opx_verdict_kind kind, const char *sentence)
{
	ret->kind = kind;
	ret->sentence = opx_str_z(sentence);
}

static void active_verdict(unsigned active, unsigned refuse, struct opx_verdict *ret)
{
	for (size_t i = 0; i < OPX_COUNT(actives); i++)
		if ((active & refuse & actives[i].bit) != 0) {
			set(ret, OPX_VERDICT_REFUSE, actives[i].refusal);
			return;
		}
	for (size_t i = 0; i < OPX_COUNT(actives); i++)
		if ((active & actives[i].bit) != 0) {
			set(ret, OPX_VERDICT_WARN, actives[i].warning);
			return;
		}
}

void pdf_verdict(const struct opx_report *report, unsigned refuse, struct opx_verdict *ret)
{
	bool is_pdf = strcmp(report->mime, "application/pdf") == 0;
	/* A parser that ended says nothing of the type: the name and the first bytes were a PDF's, else the check was not ours. */
	*ret = (struct opx_verdict){ .kind = OPX_VERDICT_ACCEPT,
				     .sentence = OPX_STR(""),
				     .mime = is_pdf || report->verdict == OPX_REPORT_UNKNOWN
						     ? "application/pdf"
						     : NULL,
				     .ext = is_pdf || report->verdict == OPX_REPORT_UNKNOWN ? "pdf" : NULL,
				     .pages = report->pages };
	if (report->verdict == OPX_REPORT_UNKNOWN) {
		set(ret, OPX_VERDICT_UNKNOWN, UNEXAMINED);
		return;
	}
	if (report->verdict == OPX_REPORT_BAD) {
		const char *sentence = refusals[report->reason];
		set(ret, OPX_VERDICT_REFUSE, sentence != NULL ? sentence : DAMAGED);
		return;
	}
	if (!is_pdf)
		set(ret, OPX_VERDICT_REFUSE, refusals[OPX_REASON_NOT_PDF]);
	else
		active_verdict(report->active, refuse, ret);
}

static bool one_bit(const char *p, size_t n, unsigned *ret)
{
	for (unsigned bit = 1; opx_report_active_name(bit) != NULL; bit <<= 1U) {
		const char *name = opx_report_active_name(bit);
		if (strlen(name) == n && memcmp(name, p, n) == 0) {
			*ret |= bit;
			return true;
		}
	}
	return n == 0;
}

bool pdf_active_bits(struct opx_str list, unsigned *ret)
{
	*ret = 0;
	for (size_t at = 0; at < list.n;) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t end = comma != NULL ? (size_t)(comma - list.p) : list.n;
		if (!one_bit(list.p + at, end - at, ret))
			return false;
		at = end + 1;
	}
	return true;
}
