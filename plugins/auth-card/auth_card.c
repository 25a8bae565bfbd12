/* SPDX-License-Identifier: MPL-2.0 */
/* auth_card.c: the door by certificate on the card host (level L2; design section 8). Pages are core's; this file decides. */
#include <string.h>

#include "cert.h"
#include "sql_queries.h"

/* A list fetched no longer ago is fresh; later, inside its nextUpdate, a session may only read (security 4.5). */
#define FRESH_US (5 * (int64_t)60 * 1000000)

struct auth_card {
	const struct opx_host *host;
	struct opx_str issuers_file;
	struct opx_str policies[CERT_MAX_POLICIES];
	size_t n_policies;
	struct cert_issuers *issuers;
};

/* What each fault is to the person, and its words in the log. */
static const struct {
	enum opx_certificate_standing standing;
	const char *why;
} faults[] = {
	[CERT_GOOD] = { OPX_CERT_UNKNOWN, NULL },
	[CERT_UNREADABLE] = { OPX_CERT_REFUSED, "unreadable" },
	[CERT_FOREIGN_ISSUER] = { OPX_CERT_REFUSED, "foreign issuer" },
	[CERT_WRONG_USE] = { OPX_CERT_REFUSED, "wrong use" },
	[CERT_WRONG_POLICY] = { OPX_CERT_REFUSED, "wrong policy" },
	[CERT_WEAK_KEY] = { OPX_CERT_REFUSED, "weak key" },
	[CERT_NOT_YET] = { OPX_CERT_REFUSED, "not yet valid" },
	[CERT_ENDED] = { OPX_CERT_EXPIRED, "expired" },
};

/* The certificates of the chain, kept for the evidence. */
static enum opx_status keep(const struct auth_card *self, struct opx_request *rq, const struct cert *cert,
			    struct opx_bytes der, struct opx_error *err)
{
	struct opx_db *db = self->host->rq_db(rq);
	OPX_TRY(sql_card_seen(self->host, db, (struct opx_bytes){ .p = cert->id.sha256, .n = 32 }, der, NULL,
			      err));
	for (size_t i = 0; i < cert_issuers_count(self->issuers); i++) {
		struct opx_bytes issuer = cert_issuers_der(self->issuers, i);
		struct opx_sha256 hash = opx_sha256(issuer);
		for (size_t k = 1; k < cert->n_chain; k++)
			if (memcmp(cert->chain[k].p, hash.b, sizeof(hash.b)) == 0)
				OPX_TRY(sql_card_seen(self->host, db,
						      (struct opx_bytes){ .p = hash.b, .n = 32 }, issuer,
						      NULL, err));
	}
	return OPX_OK;
}

static void fill(const struct cert *cert, struct opx_certificate_proof *ret)
{
	*ret = (struct opx_certificate_proof){
		.standing = faults[cert->fault].standing,
		.why = faults[cert->fault].why,
		.subject = cert->id.subject,
		.issuer = cert->id.issuer,
		.not_after = cert->id.not_after,
		.issuer_key = cert->id.issuer_key,
		.serial = cert->id.serial,
		.mail = cert->id.mail,
		.given_name = cert->id.given_name,
		.family_name = cert->id.family_name,
	};
	memcpy(ret->sha256, cert->id.sha256, sizeof(ret->sha256));
}

static void fill_identity(const struct cert *cert, const struct sql_card_known_row *row,
			  struct opx_identity *ret)
{
	*ret = (struct opx_identity){
		.account = row->account_id,
		.person = row->person_id,
		.credential = row->credential_id,
		.auth_kind = "x509",
		.level = OPX_L2,
		.has_certificate = true,
		.n_chain = cert->n_chain,
	};
	memcpy(ret->cert_sha256, cert->id.sha256, sizeof(ret->cert_sha256));
	for (size_t i = 0; i < cert->n_chain; i++)
		ret->chain[i] = cert->chain[i];
}

static enum opx_status identify(void *plugin, struct opx_request *rq, struct opx_certificate_proof *ret,
				struct opx_error *err)
{
	const struct auth_card *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_bytes der = host->rq_certificate(rq);
	if (der.n == 0) {
		*ret = (struct opx_certificate_proof){ .standing = OPX_CERT_NONE };
		return OPX_OK;
	}
	struct cert cert;
	cert_read(host->rq_arena(rq), der, self->issuers, self->policies, self->n_policies, host->rq_now(rq),
		  &cert);
	fill(&cert, ret);
	if (cert.fault != CERT_GOOD)
		return OPX_OK;
	struct sql_card_known_row row;
	OPX_TRY(sql_card_known(host, host->rq_db(rq), (struct opx_bytes){ .p = cert.id.sha256, .n = 32 },
			       cert.id.issuer_key, cert.id.serial, &row, err));
	int64_t now = host->rq_now(rq).us;
	if (!row.revoked_at_is_null) {
		ret->standing = OPX_CERT_REVOKED;
		return OPX_OK;
	}
	if (row.fetched_at_is_null || row.next_update_is_null || now > row.next_update.us) {
		ret->standing = OPX_CERT_UNSURE;
		ret->is_unseen = row.fetched_at_is_null || row.next_update_is_null;
		ret->why = ret->is_unseen ? "revocation list never seen"
					  : "revocation list past its nextUpdate";
		return OPX_OK;
	}
	ret->is_stale = now - row.fetched_at.us > FRESH_US;
	OPX_TRY(keep(self, rq, &cert, der, err));
	if (row.account_id_is_null)
		return OPX_OK;
	ret->standing = opx_str_is(row.state, "active") ? OPX_CERT_KNOWN : OPX_CERT_SUSPENDED;
	fill_identity(&cert, &row, &ret->identity);
	return OPX_OK;
}

/* The connection must show the very certificate that opened the session; its revocation was read with the session. */
static enum opx_status standing(void *plugin, struct opx_request *rq, const struct opx_session *session,
				enum opx_standing *ret, struct opx_str *ret_sentence, struct opx_error *err)
{
	const struct auth_card *self = plugin;
	(void)err;
	struct opx_bytes der = self->host->rq_certificate(rq);
	struct opx_sha256 hash = opx_sha256(der);
	bool is_same = der.n > 0 && session->has_certificate &&
		       opx_secret_eq(hash.b, session->cert_sha256, sizeof(hash.b));
	*ret = !is_same                ? OPX_STANDING_REFUSED
	       : session->is_read_only ? OPX_STANDING_READ_ONLY
				       : OPX_STANDING_GOOD;
	*ret_sentence = is_same ? OPX_STR("")
				: OPX_STR("Votre carte a été retirée ou changée. Reconnectez-vous.");
	return OPX_OK;
}

static const struct opx_auth_door door = {
	.size = sizeof(door),
	.name = "auth-card",
	.auth_kind = "x509",
	.on_card_host = true,
	.standing = standing,
	.identify = identify,
};

/* "1.2.3, 1.2.4": the policies that a card may have. */
static enum opx_status read_policies(struct auth_card *self, struct opx_registrar *reg, struct opx_str text,
				     struct opx_error *err)
{
	size_t at = 0;
	while (at < text.n) {
		size_t end = at;
		while (end < text.n && text.p[end] != ',' && text.p[end] != ' ')
			end++;
		if (end > at) {
			if (self->n_policies == CERT_MAX_POLICIES)
				return OPX_FAIL(err, OPX_INVALID, N_("Trop de politiques de certificat."),
						"policies: at most %d", CERT_MAX_POLICIES);
			char *copy = self->host->plugin_alloc(reg, end - at + 1);
			memcpy(copy, text.p + at, end - at);
			self->policies[self->n_policies++] = (struct opx_str){ .p = copy, .n = end - at };
		}
		at = end + 1;
	}
	return OPX_OK;
}

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct auth_card *self = host->plugin_alloc(reg, sizeof(*self));
	self->host = host;
	self->issuers_file = host->setting_str(reg, "issuers");
	OPX_TRY(read_policies(self, reg, host->setting_str(reg, "policies"), err));
	*ret_self = self;
	return host->add_auth_door(reg, &door, self, err);
}

static enum opx_status start(void *plugin, struct opx_error *err)
{
	struct auth_card *self = plugin;
	return cert_issuers_load(self->issuers_file.p, &self->issuers, err);
}

static void stop(void *plugin)
{
	struct auth_card *self = plugin;
	cert_issuers_free(self->issuers);
	self->issuers = NULL;
}

static const struct opx_setting settings[] = {
	{ .name = "issuers",
	  .type = OPX_SETTING_FILE,
	  .help = "PEM of the accepted issuing authorities and their roots" },
	{ .name = "policies",
	  .type = OPX_SETTING_STR,
	  .min = 3,
	  .max = 400,
	  .help = "certificate policies accepted: dotted OIDs, separated by commas" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "auth-card",
	.version = "1.0",
	.settings = settings,
	.plug = plug,
	.start = start,
	.stop = stop,
};
