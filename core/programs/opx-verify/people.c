/* SPDX-License-Identifier: MPL-2.0 */
/* people.c: who acted: a member with that role and side, by those means at that level, with a certificate that held
 * (evidence-format 2.6, 2.10, 3.5). */
#include <inttypes.h>

#include "base/codec.h"
#include "verify.h"

static const char *level_of(const char *kind, bool is_signed)
{
	static const struct {
		const char *kind, *level;
	} levels[] = { { "webauthn", "L2" }, { "totp", "L1" }, { "code+mail", "L0" }, { "service", "-" } };
	if (text_cmp(kind, "x509") == 0)
		return is_signed ? "L3" : "L2";
	for (size_t i = 0; i < OPX_COUNT(levels); i++)
		if (text_cmp(levels[i].kind, kind) == 0)
			return levels[i].level;
	return "";
}

/* A cert.status says since when a certificate is revoked; seq of it in the acts. */
static void judge_status(struct verifier *v, const struct vlog *log, const struct line *line,
			 const char *cert, enum claim k)
{
	int64_t seen = log->kind == 'c' ? (int64_t)line->leaf.seq : 0;
	if (log->kind == 'r')
		OPX_IGNORE(json_number(line->body->json, "acts", "size", &seen)
				   ? OPX_OK
				   : OPX_INVALID); /* well formed */
	for (size_t i = 0; i < v->acts.n; i++) {
		const struct line *s = &v->acts.lines[i];
		struct opx_instant since;
		if (!line_is(s, "cert.status") ||
		    text_cmp(json_text(s->body->json, "certificate", "cert"), cert) != 0 ||
		    text_cmp(json_text(s->body->json, "certificate", "status"), "revoked") != 0 ||
		    opx_instant_parse(opx_str_z(json_text(s->body->json, "certificate", "since")), &since,
				      NULL) != OPX_OK ||
		    line->body->at.us < since.us)
			continue;
		if ((int64_t)s->leaf.seq < seen)
			report_failed(v->report, k,
				      "l’événement %" PRIu64 " use d’un certificat déjà connu comme révoqué",
				      line->leaf.seq);
		else
			report_unsure(v->report, k,
				      "le certificat de l’événement %" PRIu64 " était révoqué à cette date",
				      line->leaf.seq);
	}
}

/* The body says whose certificate it is in words too: they are read, so they must be those of the certificate (2.6). */
static bool names_certificate(struct verifier *v, const json_t *j, const struct opx_sha256 *cert)
{
	struct opx_x509_id id;
	return !opx_certificate_identify(v->trust, v->arena, cert, &id) || /* said elsewhere */
	       (text_cmp(json_text(j, "auth", "issuer"), opx_hex_str(v->arena, id.issuer_key).p) == 0 &&
		text_cmp(json_text(j, "auth", "serial"), opx_hex_str(v->arena, id.serial).p) == 0);
}

/* The list is the one that was asked when he acted, and it may be newer than his sign-in: both are judged at the act itself. */
static void judge_certificate(struct verifier *v, const struct vlog *log, const struct line *line,
			      enum claim k)
{
	const json_t *j = line->body->json;
	const char *cert = json_text(j, "auth", "cert"), *status = json_text(j, "auth", "status");
	const json_t *chain = json_list(j, "auth", "chain");
	const char *leaf = json_string_value(json_array_get(chain, 0));
	struct opx_sha256 hash, crl;
	struct opx_judged judged;
	if (cert == NULL || status == NULL || leaf == NULL || text_cmp(leaf, cert) != 0 ||
	    !json_hash(j, "auth", "cert", &hash) || !names_certificate(v, j, &hash)) {
		report_failed(v->report, k, "l’événement %" PRIu64 " ne nomme pas son certificat comme prévu",
			      line->leaf.seq);
		return;
	}
	bool has_crl = text_starts(status, "crl:") &&
		       opx_sha256_unhex(opx_str_z(status + 4), &crl, NULL) == OPX_OK;
	opx_certificate_judge(v->trust, v->options->user_roots, &hash, has_crl ? &crl : NULL, line->body->at,
			      &judged);
	if (judged.judgment == OPX_JUDGED_BAD)
		report_failed(v->report, k, "événement %" PRIu64 " : %s", line->leaf.seq, judged.reason);
	else if (judged.judgment == OPX_JUDGED_UNKNOWN)
		report_unsure(v->report, k, "événement %" PRIu64 " : %s", line->leaf.seq, judged.reason);
	judge_status(v, log, line, cert, k);
}

/* A signature of the person over the body's bytes, by the certificate that authenticated him (2.10). */
static void judge_signature(struct verifier *v, const struct vlog *log, const struct line *line, enum claim k)
{
	const json_t *j = line->body->json;
	const struct opx_zip_entry *p7s = file_of(v, "%sbodies/%" PRIu64 ".json.p7s",
						  log->kind == 'c' ? "" : "readings/", line->leaf.seq);
	const char *kind = json_text(j, "sig", "kind");
	struct opx_sha256 cert, auth;
	struct opx_judged judged;
	if (text_cmp(kind, "none") == 0) {
		if (p7s != NULL)
			report_failed(v->report, k,
				      "l’événement %" PRIu64 " a une signature qu’il n’annonce pas",
				      line->leaf.seq);
		return;
	}
	if (p7s == NULL || text_cmp(kind, "cades") != 0) {
		report_unsure(v->report, k, "la signature de l’événement %" PRIu64 " n’est pas jointe",
			      line->leaf.seq);
		return;
	}
	opx_signature_judge(v->trust, v->options->user_roots, p7s->data, line->body->bytes, line->body->at,
			    false, &judged);
	bool is_his = json_hash(j, "sig", "cert", &cert) && json_hash(j, "auth", "cert", &auth) &&
		      memcmp(cert.b, auth.b, sizeof(cert.b)) == 0 &&
		      memcmp(cert.b, judged.cert.b, sizeof(cert.b)) == 0;
	if (judged.judgment == OPX_JUDGED_BAD || !is_his)
		report_failed(v->report, k, "signature de l’événement %" PRIu64 " : %s", line->leaf.seq,
			      judged.judgment == OPX_JUDGED_BAD ? judged.reason
								: "ce n’est pas celle de la personne");
	else if (judged.judgment == OPX_JUDGED_UNKNOWN)
		report_unsure(v->report, k, "signature de l’événement %" PRIu64 " : %s", line->leaf.seq,
			      judged.reason);
}

static void judge_member(struct verifier *v, const struct line *line, enum claim k)
{
	const struct body *b = line->body;
	const json_t *members = rights_members(v, b, k);
	if (members == NULL)
		return; /* said */
	const char *role = member_role(members, b->actor), *side = member_side(members, b->actor);
	if (role == NULL && (line_is(line, "member.leave") || line_is(line, "member.refuse")))
		return;
	if (role == NULL || side == NULL || text_cmp(role, b->role) != 0 || text_cmp(side, b->side) != 0)
		report_failed(v->report, k,
			      "l’auteur de l’événement %" PRIu64 " n’est pas membre avec cette qualité",
			      line->leaf.seq);
}

void person_judge(struct verifier *v, const struct vlog *log, const struct line *line, enum claim k)
{
	const struct body *b = line->body;
	const char *kind = json_text(b->json, "auth", "kind"), *level = json_text(b->json, "auth", "level");
	const char *at = json_text(b->json, "auth", "at");
	const bool is_signed = text_cmp(json_text(b->json, "sig", "kind"), "cades") == 0;
	const bool is_service = text_cmp(b->actor, "service") == 0;
	struct opx_instant when;
	if (text_cmp(level_of(kind, is_signed), level) != 0 || is_service != (text_cmp(kind, "service") == 0))
		report_failed(v->report, k, "l’événement %" PRIu64 " annonce un niveau que ce moyen n’a pas",
			      line->leaf.seq);
	if (is_service)
		return;
	if (at == NULL || opx_instant_parse(opx_str_z(at), &when, NULL) != OPX_OK || when.us > b->at.us) {
		report_failed(v->report, k, "l’événement %" PRIu64 " précède la connexion de son auteur",
			      line->leaf.seq);
		return;
	}
	judge_member(v, line, k);
	if (text_cmp(kind, "x509") == 0)
		judge_certificate(v, log, line, k);
	judge_signature(v, log, line, k);
}
