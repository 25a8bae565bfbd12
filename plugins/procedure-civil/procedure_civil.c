/* SPDX-License-Identifier: MPL-2.0 */
/* procedure_civil.c: the civil expertise as rows: states, transitions, kinds (domain report 3.1 and 3.2). The engine is core's. */
#include "kinds.h"

static const struct opx_procedure_state states[] = {
	{ "draft", N_("En préparation"), 1 },
	{ "appointed", N_("Désigné, acceptation attendue"), 1 },
	{ "awaiting_deposit", N_("En attente de consignation"), 2 },
	{ "in_progress", N_("Opérations en cours"), 3 },
	{ "suspended", N_("Suspendu"), 3 },
	{ "pre_report", N_("Pré-rapport diffusé"), 4 },
	{ "dires_closed", N_("Délai de dires expiré"), 4 },
	{ "report_filed", N_("Rapport déposé"), 5 },
	{ "taxation", N_("Taxation"), 6 },
	{ "closed", N_("Clos"), 7 },
	{ "settled", N_("Sans objet (conciliation)"), 7 },
	{ "lapsed", N_("Caduc"), 7 },
	{ "archived", N_("Archivé"), 7 },
	{ "purged", N_("Purgé"), 7 },
};

static const struct opx_transition transitions[] = {
	{ .code = "TR2",
	  .from = "draft",
	  .to = "appointed",
	  .label = N_("Enregistrer la désignation"),
	  .explanation = N_("La décision est jointe : le dossier devient visible de la juridiction."),
	  .object = "case",
	  .action = "open",
	  .needs_document = "court_decision",
	  .missing = N_("Déposez d’abord l’ordonnance qui désigne l’expert.") },
	{ .code = "TR3",
	  .from = "appointed",
	  .to = "awaiting_deposit",
	  .label = N_("Accepter la mission"),
	  .explanation = N_("L’expert accepte la mission (code de procédure civile, article 267)."),
	  .object = "mission",
	  .action = "accept",
	  .needs_document = "acceptance_letter",
	  .missing = N_("La lettre d’acceptation de l’expert n’est pas encore déposée."),
	  .checkbox = N_("Je déclare n’avoir aucun conflit d’intérêts avec les parties.") },
	{ .code = "TR4",
	  .from = "awaiting_deposit",
	  .to = "in_progress",
	  .label = N_("Commencer les opérations"),
	  .explanation = N_(
		  "La consignation est versée : les parties peuvent déposer leurs pièces (articles 267 et 270)."),
	  .object = "operations",
	  .action = "start",
	  .needs_document = "deposit_notice",
	  .missing = N_("Le greffe n’a pas encore déposé l’avis de consignation.") },
};

static const struct opx_procedure civil = {
	.size = sizeof(civil),
	.name = "civil",
	.label = N_("Expertise judiciaire civile"),
	.states = states,
	.n_states = OPX_COUNT(states),
	.transitions = transitions,
	.n_transitions = OPX_COUNT(transitions),
	.initial = "draft",
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	*ret_self = NULL;
	for (size_t i = 0; i < n_civil_kinds; i++)
		OPX_TRY(host->add_document_kind(reg, &civil_kinds[i], NULL, err));
	return host->add_procedure(reg, &civil, NULL, err);
}

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "procedure-civil",
	.version = "1.0",
	.plug = plug,
};
