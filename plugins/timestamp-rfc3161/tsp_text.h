/* SPDX-License-Identifier: MPL-2.0 */
/* tsp_text.h: the two sentences of the client, and how its files report a wrong answer. */
#ifndef OPX_TSP_TEXT_H
#define OPX_TSP_TEXT_H

#define TSP_LATER N_("L’autorité d’horodatage ne répond pas ; un jeton sera redemandé.")
#define TSP_WRONG N_("L’autorité d’horodatage a donné une réponse qui n’est pas valable.")

#endif
