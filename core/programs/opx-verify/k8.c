/* SPDX-License-Identifier: MPL-2.0 */
/* k8.c: the service was up, or down, at a moment: the window of the global log (evidence-format 4.11). */
#include "verify.h"

void k8_judge(struct verifier *v)
{
	if (file_of(v, "global/window.txt") == NULL)
		report_unsure(v->report, K8, "ce dossier ne montre aucune fenêtre du journal général");
	else
		report_unsure(v->report, K8,
			      "la fenêtre du journal général n’est pas contrôlée par cette version");
}
