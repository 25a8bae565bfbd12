/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_collect.c: one snapshot of a dossier under the rights of the person who asked, written into a work folder. */
#include "lane/bundle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/codec.h"
#include "db/db.h"
#include "domain/act.h"
#include "evidence/container.h"
#include "evidence/note.h"
#include "lane/bundle_texts.h"
#include "plugin/site.h"

#define NOT_FOR_YOU N_("Vous ne pouvez plus demander ce dossier de preuve.")
#define MAX_POLICY_BYTES 65536

/* Grows by doubling; the item is appended by the caller at [n]. */
static void *grown(struct bundle *b, void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap == 0 ? 16 : *cap * 2;
	void *more = opx_arena_alloc(b->arena, *cap, size);
	if (n > 0)
		memcpy(more, p, n * size);
	return more;
}

void bundle_add_hash(struct bundle *b, struct bundle_hashes *list, struct opx_bytes sha256)
{
	if (sha256.n != sizeof(list->p->b))
		return;
	for (size_t i = list->n; i > 0; i--)
		if (memcmp(list->p[i - 1].b, sha256.p, sha256.n) == 0)
			return;
	list->p = grown(b, list->p, list->n, &list->cap, sizeof(*list->p));
	memcpy(list->p[list->n++].b, sha256.p, sha256.n);
}

void bundle_add_text(struct bundle *b, struct bundle_texts *list, struct opx_str text)
{
	list->p = grown(b, list->p, list->n, &list->cap, sizeof(*list->p));
	list->p[list->n++] = text;
}

void bundle_add_blob(struct bundle *b, struct bundle_blobs *list, struct opx_bytes blob)
{
	list->p = grown(b, list->p, list->n, &list->cap, sizeof(*list->p));
	list->p[list->n++] = blob;
}

enum opx_status bundle_put(struct bundle *b, struct opx_bytes content, struct opx_error *err, const char *fmt,
			   ...)
{
	char name[OPX_ENTRY_NAME_MAX + 1];
	va_list args;
	va_start(args, fmt);
	const int n = vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	OPX_ASSERT(n > 0 && (size_t)n < sizeof(name));
	return opx_work_put(&b->work, opx_str_z(name), content, err);
}

static enum opx_status ask_right(struct bundle *b, struct opx_error *err)
{
	static const struct {
		const char *object, *action, *subject;
	} rights[OPX_BUNDLE_KINDS] = {
		[OPX_BUNDLE_RECEIPT] = { "receipt", "read", "document" },
		[OPX_BUNDLE_PARTY] = { "proof_package", "export", "dossier" },
		[OPX_BUNDLE_CASE] = { "case_archive", "export", "dossier" },
	};
	struct sql_bundle_ask_row row;
	const bool is_receipt = b->kind == OPX_BUNDLE_RECEIPT;
	OPX_TRY(sql_bundle_ask(b->job->db, opx_str_z(rights[b->kind].object),
			       opx_str_z(rights[b->kind].action), opx_str_z(rights[b->kind].subject),
			       is_receipt && !b->asked.document_id_is_null ? b->asked.document_id
									   : b->asked.dossier_id,
			       0, &row, err));
	return opx_str_is(row.decision, "allow")
		       ? OPX_OK
		       : OPX_FAIL(err, OPX_FORBIDDEN, NOT_FOR_YOU, "%s refused", rights[b->kind].object);
}

/* Where the bundle ends: the newest stamped head of the acts. A newer one that is signed gets half a minute for its token. */
static enum opx_status choose_heads(struct bundle *b, struct opx_error *err)
{
	struct sql_bundle_global_head_row global;
	bool is_found = false;
	if (!b->scene.global_is_null)
		OPX_TRY(sql_bundle_global_head(b->job->db, b->scene.global, &is_found, &global, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "the global log has no head yet");
	b->global_size = global.size;
	b->global_note = global.note;
	OPX_TRY(sql_bundle_heads(b->job->db, b->acts.id, &b->acts.heads, &b->acts.n_heads, err));
	OPX_TRY(sql_bundle_heads(b->job->db, b->readings.id, &b->readings.heads, &b->readings.n_heads, err));
	b->acts.head = bundle_newest_head(b, &b->acts, INT64_MAX);
	if (b->acts.head == NULL)
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "acts: no stamped head yet");
	if (b->asked.is_early && b->acts.head != &b->acts.heads[b->acts.n_heads - 1])
		return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET, "acts: head %" PRId64 " has no token yet",
				b->acts.heads[b->acts.n_heads - 1].size);
	return bundle_load_global(b, err);
}

static enum opx_status put_texts(struct bundle *b, struct opx_error *err)
{
	const struct {
		const char *name;
		const struct opx_bytes *text;
	} texts[] = {
		{ "LISEZMOI.txt", &opx_text_readme },
		{ "VERIFIER.txt", &opx_text_verify },
		{ "politique-du-journal.txt", &opx_text_policy },
		{ "verifier.sh", &opx_text_verifier },
	};
	OPX_TRY(bundle_put(b, OPX_BYTES("application/vnd.etsi.asic-e+zip"), err, "mimetype"));
	for (size_t i = 0; i < OPX_COUNT(texts); i++)
		OPX_TRY(bundle_put(b, *texts[i].text, err, "%s", texts[i].name));
	return OPX_OK;
}

/* The published policy as the operator gives it; without one, what our own keys say: no witness, no quorum. */
static enum opx_status put_witnesses(struct bundle *b, const struct sql_bundle_keys_row *keys, size_t n,
				     struct opx_error *err)
{
	struct opx_buf buf;
	opx_buf_init(&buf, b->arena, MAX_POLICY_BYTES);
	if (b->lane->log_policy != NULL && b->lane->log_policy[0] != '\0') {
		uint8_t *data = opx_arena_alloc(b->arena, 1, MAX_POLICY_BYTES);
		OPX_AUTO_FILE f = fopen(b->lane->log_policy, "re");
		const size_t size = f != NULL ? fread(data, 1, MAX_POLICY_BYTES, f) : 0;
		if (size == 0 || size == MAX_POLICY_BYTES)
			return OPX_FAIL(err, OPX_UNAVAILABLE, BUNDLE_BROKEN, "%s cannot be read",
					b->lane->log_policy);
		return bundle_put(b, (struct opx_bytes){ .p = data, .n = size }, err,
				  "policy/witnesses.policy");
	}
	for (size_t i = 0; i < n; i++) {
		struct opx_vkey key = { .name = b->scene.global_origin };
		memcpy(key.key, keys[i].public_key.p, sizeof(key.key));
		opx_buf_printf(&buf, "log %s\n", opx_vkey_format(b->arena, &key).p);
	}
	opx_buf_puts(&buf, "quorum none\n");
	return bundle_put(b, opx_buf_bytes(&buf), err, "policy/witnesses.policy");
}

/* policy/log.vkey: each key under each of the three origins. */
static enum opx_status put_policy(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_keys_row *keys = NULL;
	const struct opx_str origins[] = { b->scene.acts_origin, b->scene.readings_origin,
					   b->scene.global_origin };
	size_t n = 0;
	struct opx_buf buf;
	OPX_TRY(sql_bundle_keys(b->job->db, OPX_STR(""), &keys, &n, err));
	opx_buf_init(&buf, b->arena, MAX_POLICY_BYTES);
	for (size_t o = 0; o < OPX_COUNT(origins); o++)
		for (size_t i = 0; i < n; i++) {
			struct opx_vkey key = { .name = origins[o] };
			memcpy(key.key, keys[i].public_key.p, sizeof(key.key));
			opx_buf_printf(&buf, "%s\n", opx_vkey_format(b->arena, &key).p);
		}
	OPX_TRY(opx_buf_ok(&buf, err));
	OPX_TRY(bundle_put(b, opx_buf_bytes(&buf), err, "policy/log.vkey"));
	return put_witnesses(b, keys, n, err);
}

struct opx_byteses bundle_hash_list(const struct bundle *b, const struct bundle_hashes *list)
{
	struct opx_bytes *p = OPX_NEW_N(b->arena, struct opx_bytes, list->n);
	for (size_t i = 0; i < list->n; i++)
		p[i] = (struct opx_bytes){ .p = list->p[i].b, .n = sizeof(list->p[i].b) };
	return (struct opx_byteses){ .p = p, .n = list->n };
}

/* The matrices and lists of members that the bodies name. */
static enum opx_status put_named(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_member_lists_row *members = NULL;
	const struct sql_bundle_rights_row *rights = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_member_lists(b->job->db, bundle_hash_list(b, &b->members), &members, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(bundle_put(b, members[i].body, err, "members/%s.json",
				   opx_hex_str(b->arena, members[i].sha256).p));
	OPX_TRY(sql_bundle_rights(b->job->db, bundle_hash_list(b, &b->rights), &rights, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(bundle_put(b, rights[i].csv, err, "rights/%s.csv",
				   opx_hex_str(b->arena, rights[i].sha256).p));
	return OPX_OK;
}

static bool is_shown(const struct bundle *b, struct opx_bytes tsr)
{
	for (size_t i = 0; i < b->tokens.n; i++)
		if (opx_bytes_eq(b->tokens.p[i], tsr))
			return true;
	return false;
}

/* tokens/: what lines name as `after` and is not the token of a head of the bundle (evidence-format 4.6). */
static enum opx_status put_after(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_after_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_after(b->job->db, bundle_hash_list(b, &b->after), &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		if (is_shown(b, rows[i].tsr))
			continue;
		struct opx_str hex = opx_hex_str(b->arena, rows[i].sha256);
		OPX_TRY(bundle_put(b, rows[i].tsr, err, "tokens/%s.tsr", hex.p));
		OPX_TRY(bundle_put(b, rows[i].note, err, "tokens/%s.data", hex.p));
		bundle_add_blob(b, &b->tokens, rows[i].tsr);
	}
	return OPX_OK;
}

static enum opx_status put_facts(struct bundle *b, struct opx_error *err)
{
	struct opx_bytes text;
	const struct opx_bundle_facts facts = {
		.kind = b->kind,
		.log = b->scene.acts_origin,
		.size = b->acts.head->size,
		.readings_size = b->readings.head != NULL ? b->readings.head->size : 0,
		.made = b->scene.now,
		.person = opx_pseudonym(b->arena, b->scene.pseudonym),
		.seq = b->seq,
		.bodies_absent = { .p = b->bodies_absent.p, .n = b->bodies_absent.n },
		.readings_absent = { .p = b->readings_absent.p, .n = b->readings_absent.n },
		.documents_absent = { .p = b->documents_absent.p, .n = b->documents_absent.n },
	};
	OPX_TRY(opx_bundle_json(b->arena, &facts, &text, err));
	return bundle_put(b, text, err, "bundle.json");
}

static enum opx_status fill(struct bundle *b, struct opx_error *err)
{
	OPX_TRY(sql_bundle_scene(b->job->db, b->asked.dossier_id, b->asked.person_id, &b->scene, err));
	b->acts.id = b->scene.acts;
	b->readings.id = b->scene.readings;
	OPX_TRY(ask_right(b, err));
	OPX_TRY(choose_heads(b, err));
	OPX_TRY(put_texts(b, err));
	OPX_TRY(put_policy(b, err));
	OPX_TRY(b->kind == OPX_BUNDLE_RECEIPT ? bundle_fill_receipt(b, err) : bundle_fill_whole(b, err));
	OPX_TRY(put_after(b, err));
	OPX_TRY(put_named(b, err));
	OPX_TRY(bundle_put_certificates(b, err));
	return put_facts(b, err);
}

enum opx_status bundle_collect(struct bundle *b, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_work_new(b->arena, b->lane->vfs, opx_made_folder(b->arena, b->lane),
			     opx_made_work(b->arena, b->artefact), &b->work, err));
	OPX_TRY(opx_tx_begin_snapshot(b->job->db, &tx, b->asked.person_id, err));
	OPX_TRY(fill(b, err));
	return opx_tx_commit(&tx, err);
}
