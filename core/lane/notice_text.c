/* SPDX-License-Identifier: MPL-2.0 */
/* notice_text.c: see notice_text.h. */
#include "lane/notice_text.h"

#include "base/arena.h"

struct opx_mail opx_text_filing(struct opx_arena *arena, struct opx_str to, struct opx_str rg_number,
				struct opx_str door)
{
	return (struct opx_mail){
		.to = to,
		.subject = opx_strf(arena, N_("Dossier %s : un document a été déposé"), rg_number.p),
		.text = opx_strf(
			arena,
			N_("Bonjour,\n"
			   "\n"
			   "Un document a été déposé dans le dossier %s.\n"
			   "Pour le lire, connectez-vous comme d’habitude : %s\n"
			   "\n"
			   "Ce message ne contient aucun document. Il est envoyé automatiquement : n’y répondez pas.\n"),
			rg_number.p, door.p),
	};
}

struct opx_mail opx_text_invitation(struct opx_arena *arena, struct opx_str to, struct opx_str door,
				    struct opx_str number, bool has_letter)
{
	const char *how =
		has_letter
			? N_("Le code qui l’ouvre vous parvient par courrier postal. Personne ne vous le demandera par mail ou par "
			     "téléphone.\n")
			: N_("Connectez-vous comme d’habitude pour y répondre.\n");
	return (struct opx_mail){
		.to = to,
		.subject = OPX_STR("Vous êtes invité à suivre une expertise en ligne"),
		.text = opx_strf(
			arena,
			N_("Bonjour,\n"
			   "\n"
			   "Vous êtes invité à prendre part à une expertise ordonnée par un tribunal.\n"
			   "Votre invitation : %s/invitation/%s\n"
			   "%s"
			   "\n"
			   "Ce message est envoyé automatiquement : n’y répondez pas.\n"),
			door.p, number.p, how),
	};
}
