/* SPDX-License-Identifier: MPL-2.0 */
/* bundle.h: one bundle being collected: what the sources of the make lane that write its parts share. Of core/lane only. */
#ifndef OPX_LANE_BUNDLE_H
#define OPX_LANE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "evidence/bundle.h"
#include "evidence/leaf.h"
#include "evidence/proof.h"
#include "lane/lane.h"
#include "lane/made.h"
#include "lane/work_folder.h"
#include "sql_bundle.h"

#define BUNDLE_BROKEN N_("Le dossier de preuve n’a pas pu être préparé. Le service a été prévenu.")
#define BUNDLE_NOT_YET N_("Le journal attend encore un jeton d’horodatage.")

/* Growing lists without repetition (hashes) and with (texts, tokens); in the bundle's arena. */
struct bundle_hashes {
	struct opx_sha256 *p;
	size_t n, cap;
};
struct bundle_texts {
	struct opx_str *p;
	size_t n, cap;
};
struct bundle_blobs {
	struct opx_bytes *p;
	size_t n, cap;
};

/* A log as the snapshot has it. */
struct bundle_log {
	int64_t id;
	const struct sql_bundle_heads_row *heads; /* stamped ones and the last, by size */
	size_t n_heads;
	const struct sql_bundle_heads_row *head; /* where the bundle ends in this log */
	struct sql_bundle_lines_row *lines;
	size_t n;
	struct opx_subtrees tree;
};

struct bundle {
	const struct opx_lane *lane;
	struct opx_job *job;
	struct opx_arena *arena;
	int64_t artefact;
	enum opx_bundle_kind kind;
	struct sql_bundle_artefact_row asked;
	struct sql_bundle_scene_row scene;
	struct opx_work work;
	struct bundle_log acts, readings;
	struct opx_subtrees global;
	int64_t global_size;
	struct opx_bytes global_note;
	struct bundle_hashes after, members, rights, certs, lists; /* named by what the bundle shows */
	struct bundle_blobs tokens;                                /* all tokens in it */
	struct bundle_texts bodies_absent, readings_absent, documents_absent;
	int64_t seq; /* of a receipt */
};

/* bundle_collect.c: the parts that every kind has. */

/* Everything of a bundle but its lists and their proofs, in a new work folder: reads one snapshot under the person's rights.
 * OPX_CONFLICT: a token is on its way, again later; OPX_FORBIDDEN: the person may not have it. */
OPX_MUST_USE enum opx_status bundle_collect(struct bundle *b, struct opx_error *err);
void bundle_add_hash(struct bundle *b, struct bundle_hashes *list, struct opx_bytes sha256);
/* As a parameter of a statement. */
struct opx_byteses bundle_hash_list(const struct bundle *b, const struct bundle_hashes *list);
void bundle_add_text(struct bundle *b, struct bundle_texts *list, struct opx_str text);
void bundle_add_blob(struct bundle *b, struct bundle_blobs *list, struct opx_bytes blob);
OPX_MUST_USE enum opx_status bundle_put(struct bundle *b, struct opx_bytes content, struct opx_error *err,
					const char *fmt, ...) OPX_PRINTF(4, 5);

/* bundle_logs.c: lines, bodies, heads and proofs. */

/* The newest stamped head that the global log holds, of at most max lines; NULL: none. */
const struct sql_bundle_heads_row *bundle_newest_head(const struct bundle *b, const struct bundle_log *log,
						      int64_t max);
/* The first stamped head above a line, else the last head; NULL: not even one. */
const struct sql_bundle_heads_row *bundle_head_above(const struct bundle *b, const struct bundle_log *log,
						     int64_t seq);
/* Is this head stamped, and in the global log under the head that the bundle shows? */
bool bundle_is_stamped(const struct bundle *b, const struct sql_bundle_heads_row *head);
OPX_MUST_USE enum opx_status bundle_load_lines(struct bundle *b, struct bundle_log *log, int64_t size,
					       struct opx_error *err);
OPX_MUST_USE enum opx_status bundle_load_global(struct bundle *b, struct opx_error *err);
/* The head's note, its token, and the proof that the global log holds it. */
OPX_MUST_USE enum opx_status bundle_put_head(struct bundle *b, const struct bundle_log *log,
					     const struct sql_bundle_heads_row *head, struct opx_error *err);
/* The proof that a head holds a line. */
OPX_MUST_USE enum opx_status bundle_put_proof(struct bundle *b, const struct bundle_log *log, int64_t seq,
					      const struct sql_bundle_heads_row *head, struct opx_error *err);
/* A body, and what it names is remembered: rights, members, certificates, revocation lists. */
OPX_MUST_USE enum opx_status bundle_put_body(struct bundle *b, const struct bundle_log *log, int64_t seq,
					     struct opx_bytes body, struct opx_error *err);
/* The token that a line names is remembered. */
OPX_MUST_USE enum opx_status bundle_note_after(struct bundle *b, const struct sql_bundle_lines_row *line,
					       struct opx_error *err);
/* acts.size of a body of the readings; -1: there is none. */
int64_t bundle_acts_size(struct opx_bytes body);

/* bundle_kinds.c: what each kind holds. */
OPX_MUST_USE enum opx_status bundle_fill_receipt(struct bundle *b, struct opx_error *err);
OPX_MUST_USE enum opx_status bundle_fill_whole(struct bundle *b, struct opx_error *err); /* party, case */

/* bundle_certs.c: certificates and revocation lists. */
OPX_MUST_USE enum opx_status bundle_put_certificates(struct bundle *b, struct opx_error *err);
/* Does the folder hold what judges this token: its signer's certificate and a list that covers its moment? */
OPX_MUST_USE enum opx_status bundle_covers_token(const struct opx_work *work, struct opx_bytes tsr, bool *ret,
						 struct opx_error *err);
/* The list that judges this seal is in the folder, or nobody has one. */
OPX_MUST_USE enum opx_status bundle_covers_seal(struct bundle *b, struct opx_bytes p7s, bool *ret,
						struct opx_error *err);
/* The bare token of a TimeStampResp, byte for byte. OPX_INVALID. */
OPX_MUST_USE enum opx_status bundle_bare_token(struct opx_bytes tsr, struct opx_bytes *ret,
					       struct opx_error *err);

/* bundle_close.c: from the work folder to the file. */

/* SHA256SUMS, or ASiCManifest.xml, of what is in the folder; written into it. *ret_sha256: of the list. */
OPX_MUST_USE enum opx_status bundle_write_sums(struct opx_work *work, struct opx_sha256 *ret_sha256,
					       struct opx_error *err);
OPX_MUST_USE enum opx_status bundle_write_manifest(struct opx_work *work, struct opx_sha256 *ret_sha256,
						   struct opx_error *err);
/* The container, checked by opx-verify, in its place. */
OPX_MUST_USE enum opx_status bundle_close(struct bundle *b, struct opx_made_file *ret, struct opx_error *err);
/* export.bundle by the person who asked, in the open transaction. */
OPX_MUST_USE enum opx_status bundle_write_event(struct bundle *b, const struct opx_sha256 *sums,
						struct opx_error *err);

#endif
