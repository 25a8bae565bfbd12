/* SPDX-License-Identifier: MPL-2.0 */
/* k0.c: the bundle is whole and sealed: container, layout, names, lists, their tokens, the seal, bundle.json. */
#include "base/num.h"
#include "evidence/json.h"
#include "verify.h"

static const char mime[] = "application/vnd.etsi.asic-e+zip";

static bool read_kind(struct verifier *v)
{
	struct opx_error err;
	const struct opx_zip_entry *e = file_of(v, "bundle.json");
	if (e == NULL || opx_json_read(e->data, &v->bundle, &err) != OPX_OK) {
		report_failed(v->report, K0, "bundle.json manque ou n’est pas lisible");
		return false;
	}
	const char *kind = json_text(v->bundle, NULL, "kind");
	for (enum kind k = KIND_RECEIPT; kind != NULL && k <= KIND_ARCHIVE; k++)
		if (strcmp(kind, kind_name(k)) == 0) {
			v->kind = k;
			return true;
		}
	report_failed(v->report, K0, "bundle.json ne dit pas une nature connue");
	return false;
}

/* "<seq> right", "<seq> scope", "<seq> erasure <n>", "<seq> hold <n>"; of documents the id first, and "pending". */
static bool absence_is_written(const char *text, bool is_document)
{
	static const char *const words[] = { "right", "scope", "pending", "erasure ", "hold " };
	const char *space = text != NULL ? strchr(text, ' ') : NULL;
	int64_t n = 0;
	if (space == NULL)
		return false;
	struct opx_str first = { .p = text, .n = (size_t)(space - text) };
	if (!is_document && opx_parse_i64(first, 0, OPX_ZIP_MAX_ENTRIES * INT64_C(1000), &n, NULL) != OPX_OK)
		return false;
	for (size_t i = 0; i < OPX_COUNT(words); i++) {
		if (i < 3 && strcmp(space + 1, words[i]) == 0)
			return i < 2 || is_document;
		if (i >= 3 && text_starts(space + 1, words[i]))
			return opx_parse_i64(opx_str_z(space + 1 + strlen(words[i])), 0, INT64_MAX, &n,
					     NULL) == OPX_OK;
	}
	return false;
}

static bool absences_are_written(const struct verifier *v, const char *name)
{
	const json_t *list = json_list(v->bundle, NULL, name);
	if (list == NULL)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!absence_is_written(json_string_value(json_array_get(list, i)),
					strcmp(name, "documents_absent") == 0))
			return false;
	return true;
}

/* Members that only some kinds have. */
static bool kind_is_written(const struct verifier *v, const char *reader)
{
	int64_t n = 0;
	const json_t *b = v->bundle;
	return json_number(b, NULL, "readings_size", &n) == is_full(v) &&
	       json_number(b, NULL, "seq", &n) == (v->kind == KIND_RECEIPT) &&
	       (json_text(b, NULL, "document") != NULL) == (v->kind == KIND_DOCUMENT) &&
	       (strcmp(reader, "-") == 0) == (v->kind == KIND_ARCHIVE);
}

static bool bundle_is_written(struct verifier *v)
{
	int64_t n = 0;
	struct opx_instant made;
	const json_t *b = v->bundle;
	const char *log = json_text(b, NULL, "log"), *reader = json_text(b, NULL, "for"),
		   *at = json_text(b, NULL, "made");
	if (log == NULL || reader == NULL || at == NULL)
		return false;
	bool is_good = json_number(b, NULL, "v", &n) && n == 1 && opx_origin_kind(opx_str_z(log)) == 'c' &&
		       json_number(b, NULL, "size", &n) && n > 0 &&
		       opx_instant_parse(opx_str_z(at), &made, NULL) == OPX_OK && kind_is_written(v, reader);
	is_good = is_good && absences_are_written(v, "bodies_absent") &&
		  absences_are_written(v, "readings_absent") && absences_are_written(v, "documents_absent");
	if (is_good)
		v->reader = opx_str_z(reader);
	return is_good;
}

/* A file named by its hash has that hash. */
static bool is_named_by_hash(const struct opx_zip_entry *e)
{
	static const char *const folders[] = { "rights/", "members/", "tokens/", "certs/", "crl/", "ocsp/" };
	for (size_t i = 0; i < OPX_COUNT(folders); i++) {
		size_t n = strlen(folders[i]);
		if (!opx_str_starts(e->name, folders[i]) || e->name.n < n + 64)
			continue;
		if (e->name.n > 5 && strcmp(e->name.p + e->name.n - 5, ".data") == 0)
			return true;
		struct opx_sha256 hash = opx_sha256(e->data);
		char hex[65];
		opx_sha256_hex(&hash, hex);
		return memcmp(hex, e->name.p + n, 64) == 0;
	}
	return true;
}

static void judge_names(struct verifier *v)
{
	struct report *r = v->report;
	const struct opx_zip_entry *first = &v->zip.p[0];
	if (!opx_str_is(first->name, "mimetype") || first->data.n != sizeof(mime) - 1 ||
	    memcmp(first->data.p, mime, sizeof(mime) - 1) != 0)
		report_failed(r, K0, "le premier fichier n’est pas mimetype");
	for (size_t i = 0; i < v->zip.n; i++) {
		if (!layout_allows(v->kind, v->zip.p[i].name))
			report_failed(r, K0, "%s n’a pas sa place dans un dossier de cette nature",
				      v->zip.p[i].name.p);
		else if (!is_named_by_hash(&v->zip.p[i]))
			report_failed(r, K0, "%s ne porte pas le nom de son empreinte", v->zip.p[i].name.p);
	}
}

static void compare(struct verifier *v, const char *name, struct opx_bytes wanted)
{
	const struct opx_zip_entry *e = file_of(v, "%s", name);
	if (e == NULL)
		report_failed(v->report, K0, "%s manque", name);
	else if (!opx_bytes_eq(e->data, wanted))
		report_failed(v->report, K0, "%s ne dit pas exactement les fichiers présents", name);
}

static void judge_token(struct verifier *v, const char *name)
{
	const struct token *t = token_by_name(v, "%s", name);
	if (t == NULL)
		report_failed(v->report, K0, "%s manque", name);
	else if (t->t.judgment == OPX_JUDGED_BAD)
		report_failed(v->report, K0, "%s : %s", name, t->t.reason);
	else if (!token_is_good(t))
		report_unsure(
			v->report, K0, "%s : %s", name,
			t->is_ended
				? N_("un certificat a pris fin, aucun jeton plus récent ne couvre celui-ci")
				: t->t.reason);
}

/* Judged at the time of timestamp.tst (5.5). */
static void judge_seal(struct verifier *v)
{
	const struct opx_zip_entry *seal = file_of(v, "SHA256SUMS.p7s"), *sums = file_of(v, "SHA256SUMS");
	const struct token *last = token_by_name(v, "META-INF/timestamp.tst");
	struct opx_judged judged;
	if (seal == NULL) {
		report_unsure(v->report, K0,
			      "pas de sceau : les jetons disent quand la liste existait, pas qui l’a faite");
		return;
	}
	if (sums == NULL || last == NULL || last->t.judgment == OPX_JUDGED_BAD)
		return; /* said already */
	v->made = last->t.gen;
	opx_signature_judge(v->trust, v->options->user_roots, seal->data, sums->data, last->t.gen, true,
			    &judged);
	if (judged.judgment == OPX_JUDGED_BAD)
		report_failed(v->report, K0, "sceau : %s", judged.reason);
	else if (judged.judgment == OPX_JUDGED_UNKNOWN)
		report_unsure(v->report, K0, "sceau : %s", judged.reason);
	else
		v->has_seal = true;
}

/* The log keys that the bundle names: three origins, no other line (4.3). */
static void read_keys(struct verifier *v)
{
	const struct opx_zip_entry *e = file_of(v, "policy/log.vkey");
	struct opx_bytes rest = e != NULL ? e->data : (struct opx_bytes){ .n = 0 };
	bool is_good = rest.n > 0 && rest.p[rest.n - 1] == '\n' && rest.n <= 16384;
	while (is_good && rest.n > 0) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		size_t n = (size_t)(lf - rest.p);
		is_good = v->n_keys < MAX_KEYS &&
			  opx_vkey_parse(v->arena, (struct opx_str){ .p = (const char *)rest.p, .n = n },
					 &v->keys[v->n_keys], NULL) == OPX_OK &&
			  opx_origin_kind(v->keys[v->n_keys].name) != 0;
		v->n_keys += is_good ? 1 : 0;
		rest.n -= n + 1;
		rest.p = lf + 1;
	}
	if (!is_good)
		report_failed(v->report, K0, "policy/log.vkey manque ou n’a pas la forme prévue");
}

bool k0_judge(struct verifier *v)
{
	if (!read_kind(v))
		return false;
	if (!bundle_is_written(v))
		report_failed(v->report, K0, "bundle.json n’a pas les membres prévus");
	judge_names(v);
	if (report_verdict(v->report, K0) == FAILED)
		return false;
	compare(v, "SHA256SUMS", list_sums(v->arena, &v->zip));
	compare(v, "META-INF/ASiCManifest.xml", list_manifest(v->arena, &v->zip));
	read_keys(v);
	tokens_load(v);
	judge_token(v, "SHA256SUMS.tsr");
	judge_token(v, "META-INF/timestamp.tst");
	judge_seal(v);
	report_held(v->report, K0);
	return report_verdict(v->report, K0) != FAILED;
}
