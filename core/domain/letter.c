/* SPDX-License-Identifier: MPL-2.0 */
/* letter.c: see letter.h. */
#include "domain/letter.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/sealed.h"
#include "domain/act.h"
#include "domain/participant.h"
#include "sql_participant.h"
#include "sql_work.h"

/* A letter that cannot be made within its quarter of an hour is of no use. */
#define ATTEMPTS 5

struct opx_str opx_letter_context(struct opx_arena *arena, int64_t artefact)
{
	return opx_strf(arena, "opx letter v1 %" PRId64, artefact);
}

enum opx_status opx_letter_order(struct opx_act *act, const struct opx_invited *invited,
				 const uint8_t key[32], int64_t *ret_artefact, struct opx_error *err)
{
	struct sql_participant_letter_row row;
	OPX_ASSERT(invited->code.n > 0 && act->session != NULL);
	OPX_TRY(sql_participant_letter(act->db, act->dossier, invited->invitation, opx_act_person(act),
				       act->session->id, &row, err));
	struct opx_bytes secret = opx_sealed_close(act->arena, act->random, key,
						   opx_letter_context(act->arena, row.id),
						   opx_bytes_of(invited->code));
	struct opx_str key_text = opx_strf(act->arena, "letter:%" PRId64, row.id);
	int64_t none = 0;
	OPX_TRY(sql_work_job(act->db, OPX_STR("make"), OPX_STR("letter.pdf"), key_text, &row.id, &none,
			     secret, 0, ATTEMPTS, NULL, err));
	OPX_TRY(sql_participant_letter_printed(act->db, invited->invitation, NULL, err));
	*ret_artefact = row.id;
	return OPX_OK;
}
