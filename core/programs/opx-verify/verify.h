/* SPDX-License-Identifier: MPL-2.0 */
/* verify.h: a bundle being verified: what its files say, read once, and the claims that judge it, one module each. */
#ifndef OPX_VERIFY_VERIFY_H
#define OPX_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/str.h"
#include "evidence/leaf.h"
#include "evidence/note.h"
#include "evidence/trust.h"
#include "evidence/zip.h"
#include "report.h"

#define CLOCK_US INT64_C(5000000)
#define DAY_US (INT64_C(86400) * 1000000)
#define MAX_LINES 200000
#define MAX_KEYS 24
#define MAX_HEADS 16

enum kind { KIND_RECEIPT, KIND_DOCUMENT, KIND_PARTY, KIND_CASE, KIND_ARCHIVE };

/* A token of the bundle, judged. */
struct token {
	struct opx_str name; /* of its file */
	struct opx_sha256 hash;
	struct opx_token t;
	bool is_outside;    /* of the global log or of an anchor */
	struct opx_str log; /* origin of the note it stamps; "" for an anchor or no note */
	bool is_of_log;     /* a checkpoint's or an anchor's: what an `after` may name */
	bool is_ended;      /* a certificate has ended, and no later token covers it */
};

struct body {
	json_t *json;
	struct opx_bytes bytes;
	const char *type;
	struct opx_instant at;
	const char *actor, *role, *side;
	bool is_well_formed;
};

struct head {
	uint64_t size;
	struct opx_sha256 root;
	struct opx_bytes note;
	const struct token *token; /* NULL: none in the bundle */
};

struct line {
	struct opx_leaf leaf;
	struct opx_bytes raw;
	const struct body *body; /* NULL: not in the bundle */
	const struct head *head; /* the head of its proof, where the log is not whole */
	bool has_low;
	int64_t low_us; /* T_a: the latest genTime - a among the `after` of the known lines up to here */
};

struct vlog {
	char kind;     /* 'c' acts, 'r' readings */
	bool is_whole; /* leaves.txt is there */
	struct opx_str origin;
	struct line *lines; /* by seq; all of them when whole */
	size_t n;
	struct opx_sha256 *roots; /* of the first 0, 1, … n lines, when whole */
	struct head *heads;       /* by size */
	size_t n_heads;
};

struct anchor {
	struct opx_date date;
	struct opx_str name;
	uint64_t size;
	struct opx_sha256 root;
	struct opx_sha256 links[3]; /* prev, month, year; zeros: none */
	struct opx_bytes bytes;
};

/* A head that somebody else kept. */
struct kept_head {
	struct opx_bytes note;
};

struct options {
	struct opx_roots *tsa_roots, *user_roots;
	bool has_policy, has_quorum;
	uint8_t policy_keys[MAX_KEYS][32];
	size_t n_policy_keys;
	struct opx_str global; /* origin of the policy's global log */
	struct kept_head heads[MAX_HEADS];
	size_t n_heads;
	struct opx_instant now;
};

struct verifier {
	struct opx_arena *arena;
	struct report *report;
	const struct options *options;
	struct opx_zip zip;
	struct opx_trust *trust;
	enum kind kind;
	json_t *bundle;        /* bundle.json */
	struct opx_str reader; /* for: "P2" or "-" */
	bool has_seal;
	struct opx_vkey keys[MAX_KEYS];
	size_t n_keys;
	struct token *tokens;
	size_t n_tokens;
	struct vlog acts, readings;
	struct anchor *anchors;
	size_t n_anchors;
	struct opx_instant made; /* of timestamp.tst */
	struct members *members; /* members files read so far */
};

/* bundle.c */
const struct opx_zip_entry *file_of(const struct verifier *v, const char *fmt, ...) OPX_PRINTF(2, 3);
const char *kind_name(enum kind kind);
const char *kind_title(enum kind kind); /* as a person reads it */
/* Is the bundle of a kind that shows all lines and bodies of both logs? */
static inline bool is_full(const struct verifier *v)
{
	return v->kind == KIND_CASE || v->kind == KIND_ARCHIVE;
}
/* layout.c: may a bundle of that kind have a file of that name? */
bool layout_allows(enum kind kind, struct opx_str name);
/* list.c: SHA256SUMS and the manifest written again from the files, as they must be. */
struct opx_bytes list_sums(struct opx_arena *arena, const struct opx_zip *zip);
struct opx_bytes list_manifest(struct opx_arena *arena, const struct opx_zip *zip);
/* json_of.c: members of parsed bodies; NULL, or false, for what is not there or of another kind. */
const char *json_text(const json_t *j, const char *object, const char *name);
bool json_number(const json_t *j, const char *object, const char *name, int64_t *ret);
const json_t *json_list(const json_t *j, const char *object, const char *name);
bool json_hash(const json_t *j, const char *object, const char *name, struct opx_sha256 *ret);
bool list_has(const json_t *list, const char *text);
bool list_has_number(const json_t *list, int64_t n);
bool text_starts(const char *text, const char *prefix);
/* strcmp, but what is not there (NULL) differs from everything. */
int text_cmp(const char *a, const char *b);

/* tokens.c: reads and judges all tokens. */
void tokens_load(struct verifier *v);
const struct token *token_by_name(const struct verifier *v, const char *fmt, ...) OPX_PRINTF(2, 3);
const struct token *token_by_hash(const struct verifier *v, const struct opx_sha256 *hash);
/* Good, and not ended without cover. */
bool token_is_good(const struct token *t);
/* cover.c: marks tokens whose certificates have ended before `now` and that nothing later covers. */
void tokens_cover(struct verifier *v);
/* anchors.c */
void anchors_load(struct verifier *v);
/* bodies.c */
const struct body *body_read(struct verifier *v, struct opx_bytes bytes);
/* Does a body of that type belong to that log? '?' types are nowhere. */
bool body_is_of(const struct body *b, char log);
/* The claim that a body's faults speak against. */
enum claim body_claim(const struct body *b, char log);
/* logs.c: reads both logs; what is wrong with them is K5. */
void logs_load(struct verifier *v);
const struct line *line_of(const struct vlog *log, uint64_t seq);
const struct head *head_of(const struct vlog *log, uint64_t size);
/* bracket.c: [T_a, T_b] of a line (4.7); speaks against k. */
void brackets_load(struct verifier *v, struct vlog *log);
void bracket_judge(struct verifier *v, const struct vlog *log, const struct line *line, enum claim k);
/* people.c: who acted, by what means: member, level, certificate. */
void person_judge(struct verifier *v, const struct vlog *log, const struct line *line, enum claim k);
/* rights.c */
struct reader_view {
	const json_t *members; /* of the members file */
	struct opx_bytes matrix;
};
/* What the members file and the matrix of a body say; false when one is not in the bundle (INDETERMINATE) or bad (FAILED). */
bool rights_view(struct verifier *v, const struct body *b, enum claim k, struct reader_view *ret);
/* Only the members. */
const json_t *rights_members(struct verifier *v, const struct body *b, enum claim k);
const char *member_role(const json_t *members, const char *p);
const char *member_side(const json_t *members, const char *p);
const char *member_name(const json_t *members, const char *p);
/* The cell of a row "object/action/phase" for a role: "" when there is no row. */
struct opx_str matrix_cell(struct verifier *v, struct opx_bytes matrix, const char *rule, const char *role);
/* Pseudonyms among a body's visibility.to are p, q, and people who see every reading (expert, judge, clerk). */
bool rights_are_watchers(const json_t *members, const json_t *to, const char *p, const char *q);
/* documents.c: the life of a document in the acts: the first opened body of that type about it. */
const struct line *document_line(const struct verifier *v, const char *type, const char *id);
bool line_is(const struct line *l, const char *type);
const char *line_document(const struct line *l);
/* Has p the document by a grant in force among the acts below size? */
bool document_is_granted(const struct verifier *v, const char *id, const char *p, uint64_t size);

/* The claims. */
bool k0_judge(struct verifier *v); /* false: FAILED, nothing else is worth looking at */
void k1_judge(struct verifier *v);
void k2_judge(struct verifier *v);
void k3_judge(struct verifier *v);
void k4_judge(struct verifier *v);
void k5_judge(struct verifier *v);
void k6_judge(struct verifier *v);
void k7_judge(struct verifier *v);
void k8_judge(struct verifier *v);
/* run.c: everything, in order, with what section 6 says of one claim's effect on others. */
void verify_run(struct verifier *v, struct opx_bytes file);

#endif
