/* SPDX-License-Identifier: MPL-2.0 */
/* participant.h: who takes part in a dossier: invited by two channels, accepting with a recorded consent, or by mode actif. */
#ifndef OPX_DOMAIN_PARTICIPANT_H
#define OPX_DOMAIN_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_act;

#define OPX_INVITATION_CODE_CHARS 12 /* Crockford, 60 bits: the letter's code (security 6.2) */
#define OPX_INVITATION_NUMBER_CHARS 26

struct opx_invite {
	struct opx_str role, title, given_name, family_name, mail;
	int64_t side;            /* 0: none, or a new one */
	struct opx_str new_side; /* label; may be empty */
	/* scrypt of the peppered code, by whoever holds the pepper. */
	enum opx_status (*hash)(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				struct opx_error *err);
	void *hash_self;
};
struct opx_invited {
	int64_t invitation, participant, person;
	struct opx_str number;
	struct opx_str code; /* to be printed once; empty when the address has an account already */
	struct opx_instant expires_at;
};

/* Invites: participant, member (recipient from now on), members file, member.invite. Locks the dossier.
 * OPX_CONFLICT: that person takes part already, or the address is that of somebody who goes by another name: whose is not said. */
OPX_MUST_USE enum opx_status opx_participant_invite(struct opx_act *act, int64_t dossier,
						    const struct opx_invite *order, struct opx_invited *ret,
						    struct opx_error *err);

/* Accepts: consent kept with the hash of the text shown, member.accept, and a rights.exception that gives the history (CPC
 * 169). The act's person is the invited one. OPX_CONFLICT: answered, withdrawn or over. */
OPX_MUST_USE enum opx_status opx_participant_accept(struct opx_act *act, int64_t invitation,
						    struct opx_str consent_text, struct opx_error *err);
/* A new invitation for somebody who has not answered: a new number and, without an account, a new code; the former are withdrawn and
 * the mail leaves again. For one who takes part and comes in with an access code: a letter that renews it (security 6.4); nothing of
 * the dossier changes. Only the hash of order is read. OPX_CONFLICT: refused, left, comes by card, or the address is another's. */
OPX_MUST_USE enum opx_status opx_participant_reissue(struct opx_act *act, int64_t dossier,
						     int64_t participant, const struct opx_invite *order,
						     struct opx_invited *ret, struct opx_error *err);
/* "Je préfère le papier." */
OPX_MUST_USE enum opx_status opx_participant_refuse(struct opx_act *act, int64_t invitation,
						    struct opx_str consent_text, struct opx_error *err);

/* Mode actif on or off, for a judge or clerk of the dossier's court. */
OPX_MUST_USE enum opx_status opx_participant_presence(struct opx_act *act, int64_t dossier, bool is_on,
						      struct opx_error *err);

#endif
