/* SPDX-License-Identifier: MPL-2.0 */
/* verdict.c: see verdict.h. */
#include "verdict.h"

#include <string.h>

#define UNEXAMINED \
	N_("Cette photo n’a pas pu être examinée en entier. Elle est acceptée telle quelle ; ouvrez-la une fois pour vérifier qu’elle s’affiche.")
#define DAMAGED \
	N_("Cette photo est abîmée : elle ne pourrait pas être vue. Enregistrez-la de nouveau, puis ajoutez-la.")

static const char *const refusals[OPX_REASONS] = {
	[OPX_REASON_EMPTY] =
		N_("Ce fichier est vide. Vérifiez-le sur votre ordinateur, puis ajoutez-le de nouveau."),
	[OPX_REASON_NOT_IMAGE] = N_(
		"Ce fichier porte le nom d’une photo, mais n’en est pas une. Enregistrez-le en JPEG, en PNG ou en PDF, puis ajoutez-le."),
	[OPX_REASON_TRUNCATED] = N_(
		"Cette photo est incomplète : sa fin manque. Copiez-la de nouveau depuis l’appareil, puis ajoutez-la."),
	[OPX_REASON_TOO_MANY_PIXELS] = N_(
		"Cette photo est trop grande (plus de 50 millions de points). Réduisez-la, puis ajoutez-la."),
	[OPX_REASON_POLYGLOT] = N_(
		"Cette photo contient un autre fichier caché dans le même contenu. Enregistrez-la de nouveau, puis ajoutez la copie obtenue."),
	[OPX_REASON_DAMAGED] = DAMAGED,
};

void image_verdict(const struct opx_report *report, struct opx_str ext, struct opx_verdict *ret)
{
	bool is_png = strcmp(report->mime, "image/png") == 0,
	     is_jpeg = strcmp(report->mime, "image/jpeg") == 0;
	*ret = (struct opx_verdict){ .kind = OPX_VERDICT_ACCEPT, .sentence = OPX_STR(""), .pages = -1 };
	if (report->verdict == OPX_REPORT_UNKNOWN) {
		is_png = opx_str_is(ext, "png");
		is_jpeg = !is_png;
		ret->kind = OPX_VERDICT_UNKNOWN;
		ret->sentence = OPX_STR(UNEXAMINED);
	} else if (report->verdict == OPX_REPORT_BAD || (!is_png && !is_jpeg)) {
		const char *sentence = report->verdict == OPX_REPORT_BAD ? refusals[report->reason]
									 : refusals[OPX_REASON_NOT_IMAGE];
		ret->kind = OPX_VERDICT_REFUSE;
		ret->sentence = opx_str_z(sentence != NULL ? sentence : DAMAGED);
	}
	if (is_png || is_jpeg) {
		ret->mime = is_png ? "image/png" : "image/jpeg";
		ret->ext = is_png ? "png" : "jpg";
	}
}
