/* SPDX-License-Identifier: MPL-2.0 */
/* kinds.c: one row a kind; who deposits and reads it is the matrix's answer alone. */
#include "kinds.h"

#define KIND(c, l, h, n) \
	.size = sizeof(struct opx_document_kind), .code = (c), .label = (l), .hint = (h), .numbered = (n)

const struct opx_document_kind civil_kinds[] = {
	{ KIND("court_decision", N_("Ordonnance"),
	       N_("La décision qui désigne l’expert, ou une décision prise ensuite."),
	       N_("Ordonnance n° %d")) },
	{ KIND("acceptance_letter", N_("Lettre d’acceptation"),
	       N_("Vous acceptez la mission et déclarez n’avoir aucun conflit."),
	       N_("Lettre d’acceptation n° %d")) },
	{ KIND("deposit_notice", N_("Avis de consignation"),
	       N_("Le greffe confirme le versement de la provision."), N_("Avis de consignation n° %d")) },
	{ KIND("expert_note", N_("Note aux parties"),
	       N_("Une information ou une demande à toutes les parties."), N_("Note aux parties n° %d")) },
	{ KIND("site_record", N_("Constatations"), N_("Photos, mesures et relevés faits sur place."),
	       N_("Constatations n° %d")) },
	{ KIND("exhibit", N_("Pièce"), N_("Un devis, une photo, un contrat."), N_("Pièce n° %d")),
	  .is_series_per_side = true },
	{ KIND("restricted_exhibit", N_("Pièce à accès restreint"),
	       N_("Secret médical ou des affaires : vous nommez les lecteurs."),
	       N_("Pièce à accès restreint n° %d")),
	  .is_series_per_side = true, .needs_ground = true },
	{ KIND("party_letter", N_("Courrier"), N_("Une question, une demande pratique à l’expert."),
	       N_("Courrier n° %d")) },
	{ KIND("expert_letter_to_court", N_("Courrier à la juridiction"),
	       N_("Un incident, une demande au juge ou au greffe."), N_("Courrier à la juridiction n° %d")),
	  .needs_court = true },
	{ KIND("party_letter_to_court", N_("Courrier à la juridiction"),
	       N_("Un incident, une demande au juge ou au greffe."), N_("Courrier à la juridiction n° %d")),
	  .needs_court = true },
	{ KIND("court_letter", N_("Courrier de la juridiction"),
	       N_("Le juge ou le greffe écrit à l’expert ou aux parties."),
	       N_("Courrier de la juridiction n° %d")) },
};
const size_t n_civil_kinds = OPX_COUNT(civil_kinds);
