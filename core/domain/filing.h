/* SPDX-License-Identifier: MPL-2.0 */
/* filing.h: a deposit: a checked draft becomes documents that nobody can change, with their frozen readers and their events. */
#ifndef OPX_DOMAIN_FILING_H
#define OPX_DOMAIN_FILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_act;

/* One file of a draft with those who would read it. */
struct opx_filing_reader {
	int64_t person;
	int32_t pseudonym;
	struct opx_str role, value, rule;
	bool reads;
};
struct opx_filing_file {
	int64_t id;
	struct opx_str kind, name_shown, ground, state;
	int64_t size;
	const struct opx_filing_reader *readers;
	size_t n_readers;
};
struct opx_filing_plan {
	int64_t dossier;
	struct opx_str kind, title;
	const struct opx_filing_file *files;
	size_t n_files;
	char fingerprint[65]; /* of all readers of all files: what the person saw */
};

/* What a filing of this draft would be, now. The draft is its author's. OPX_NOT_FOUND. Opens the act (locked when lock). */
OPX_MUST_USE enum opx_status opx_filing_plan(struct opx_act *act, int64_t draft, bool lock,
					     struct opx_filing_plan *ret, struct opx_error *err);

/* Is no file before this one of its kind? What depends on the kind alone is then asked once. */
bool opx_filing_is_first_of_kind(const struct opx_filing_plan *plan, size_t i);

struct opx_filing_order {
	int64_t draft;
	struct opx_str fingerprint; /* that the check page showed */
	/* Is this kind numbered by side? From its registration. */
	bool (*is_series_per_side)(const void *kinds, struct opx_str kind);
	/* Must a deposit of this kind say why its access is restricted? From its registration; NULL: no kind does. */
	bool (*needs_ground)(const void *kinds, struct opx_str kind);
	/* May this person deposit this kind in this dossier now? The rights provider's answer. */
	enum opx_status (*may_deposit)(void *rights, struct opx_act *act, struct opx_str kind, bool *ret,
				       struct opx_error *err);
	const void *kinds;
	void *rights;
};

/* Files it: one transaction, the caller commits. A second call of the same draft gives the first one's number.
 * OPX_CONFLICT: the readers are no longer those shown; OPX_INVALID: a file is not ready, a reason is missing; OPX_FORBIDDEN. */
OPX_MUST_USE enum opx_status opx_filing_confirm(struct opx_act *act, const struct opx_filing_order *order,
						int64_t *ret_dossier, int32_t *ret_number,
						struct opx_error *err);

#endif
