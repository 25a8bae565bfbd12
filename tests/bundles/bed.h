/* SPDX-License-Identifier: MPL-2.0 */
/* bed.h: an instance in one process for the tests of the make lane: a story, the sequencer of opx-seal, the post and make lanes
 * with their real queue, a store that is a folder, an authority that is the openssl command. */
#ifndef TESTS_BUNDLES_BED_H
#define TESTS_BUNDLES_BED_H

#include "acts.h"

#include "domain/participant.h"
#include "lane/lane.h"
#include "lane/loop.h"
#include "plugin/registry.h"
#include "plugin/services.h"
#include "plugin/site.h"
#include "sequencer.h"
#include "signer.h"
#include "sql_test_bundles.h"

struct bed {
	struct story s;
	const char *tmp; /* keys and authorities, store/, made files */
	struct opx_logger logger;
	struct opx_software software;
	struct opx_site site;
	struct opx_services services;
	struct opx_host host;
	struct opx_registry *registry;
	struct opx_lane post, make;
	struct opx_lane_loop post_loop, make_loop;
	struct opx_signer signer;
	struct opx_ledger ledger;
	struct opx_journal *journal;
	struct opx_sequencer_setup setup;
	struct opx_sequencer *sequencer;
	int journal_fd;
	uint8_t letter_key[32];
	bool is_stamping; /* false: the authority does not answer */
	int64_t dossier;
};

void bed_begin(struct bed *b);
void bed_end(struct bed *b);
struct opx_str bed_path(struct bed *b, const char *name);
/* The expert's session is one by card from now on. */
void bed_give_card(struct bed *b, struct someone *who);
/* Seals, stamps and makes until nothing is left to do at once. */
void bed_work(struct bed *b);
/* The same until the made file is there or was given up. */
struct sql_bt_artefact_row bed_wait(struct bed *b, int64_t artefact);
/* Somebody files a document of that content. */
void bed_file(struct bed *b, const struct someone *who, const char *kind, const char *ground,
	      const char *content);
/* Invited and, if so, accepted. */
int64_t bed_invite(struct bed *b, struct someone *who, const char *role, const char *side);
/* Somebody without an account is invited; gives the artefact of the letter. */
int64_t bed_letter(struct bed *b, struct opx_invited *ret);
void bed_accept(struct bed *b, const struct someone *who, int64_t invitation);

#endif
