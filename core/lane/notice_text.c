/* SPDX-License-Identifier: MPL-2.0 */
/* notice_text.c: see notice_text.h. */
#include "lane/notice_text.h"

#include "base/arena.h"

struct opx_mail opx_text_filings(struct opx_arena *arena, struct opx_str to, struct opx_str rg_number,
				 struct opx_str door, size_t n)
{
	const struct opx_str what = n > 1 ? opx_strf(arena, N_("%zu dépôts ont été faits"), n)
					  : OPX_STR("un document a été déposé");
	return (struct opx_mail){
		.to = to,
		.subject = opx_strf(arena, N_("Dossier %s : %s"), rg_number.p, what.p),
		.text = opx_strf(
			arena,
			N_("Bonjour,\n"
			   "\n"
			   "Dans le dossier %s, %s.\n"
			   "Pour lire, connectez-vous comme d’habitude : %s\n"
			   "\n"
			   "Ce message ne contient aucun document. Il est envoyé automatiquement : n’y répondez pas.\n"),
			rg_number.p, what.p, door.p),
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

struct opx_mail opx_text_new_code(struct opx_arena *arena, struct opx_str to, struct opx_str door,
				  struct opx_str number)
{
	return (struct opx_mail){
		.to = to,
		.subject = OPX_STR("Une lettre vous parvient pour renouveler votre accès"),
		.text = opx_strf(
			arena,
			N_("Bonjour,\n"
			   "\n"
			   "Une lettre vous parvient pour remplacer votre code d’accès.\n"
			   "Quand vous l’aurez, ouvrez : %s/invitation/%s\n"
			   "Le code de la lettre ne vous sera jamais demandé par mail ou par téléphone.\n"
			   "\n"
			   "Vous n’avez rien demandé ? Votre code actuel reste valable tant que cette lettre n’a pas servi : prévenez l’expert.\n"
			   "Ce message est envoyé automatiquement : n’y répondez pas.\n"),
			door.p, number.p),
	};
}

struct opx_mail opx_text_asked_again(struct opx_arena *arena, struct opx_str to, struct opx_str rg_number,
				     struct opx_str door)
{
	return (struct opx_mail){
		.to = to,
		.subject =
			opx_strf(arena, N_("Dossier %s : une nouvelle invitation est demandée"), rg_number.p),
		.text = opx_strf(
			arena,
			N_("Bonjour,\n"
			   "\n"
			   "Une personne invitée dans le dossier %s n’a pas pu se servir de son invitation, et en demande une autre.\n"
			   "La page « Participants » du dossier dit laquelle. Connectez-vous comme d’habitude : %s\n"
			   "\n"
			   "Ce message est envoyé automatiquement : n’y répondez pas.\n"),
			rg_number.p, door.p),
	};
}

struct opx_mail opx_text_claim(struct opx_arena *arena, struct opx_str to, struct opx_str door,
			       bool is_approved)
{
	struct opx_mail mail = { .to = to };
	if (is_approved) {
		mail.subject = OPX_STR("Votre accès est ouvert");
		mail.text = opx_strf(arena,
				     N_("Bonjour,\n"
					"\n"
					"Votre demande d’accès est acceptée.\n"
					"Connectez-vous avec votre carte ou votre clé : %s\n"
					"\n"
					"Ce message est envoyé automatiquement : n’y répondez pas.\n"),
				     door.p);
		return mail;
	}
	mail.subject = OPX_STR("Votre demande d’accès n’est pas acceptée");
	mail.text = opx_strf(
		arena,
		N_("Bonjour,\n"
		   "\n"
		   "Votre demande d’accès n’est pas acceptée. Parlez-en à l’administrateur de votre juridiction ou de votre compagnie.\n"
		   "Vous pourrez ensuite en envoyer une autre, avec votre carte ou votre clé : %s\n"
		   "\n"
		   "Ce message est envoyé automatiquement : n’y répondez pas.\n"),
		door.p);
	return mail;
}
