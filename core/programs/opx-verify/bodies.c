/* SPDX-License-Identifier: MPL-2.0 */
/* bodies.c: bodies of events: their members by type (evidence-format 2.6, 2.9), and the log they belong to (2.3). */
#include "base/arena.h"
#include "evidence/json.h"
#include "verify.h"

/* "name" a string of the body, "a.b" one of its object; '#' before: an integer; '*' before: a list. */
static const char common[] =
	"type log req at actor.p actor.role actor.side auth.kind auth.level visibility.rights "
	"visibility.members *visibility.to sig.kind sw.build sw.config sw.plugins salt";

#define OBJECT "object.id object.sha256"
static const struct {
	const char *type;
	char log; /* 'c', 'r', or 'b': both */
	const char *members;
} types[] = {
	{ "case.open", 'c', "case.ref case.decision" },
	{ "case.phase", 'c', "phase.from phase.to" },
	{ "case.close", 'c', "phase.from phase.to" },
	{ "readings.open", 'r', "" },
	{ "member.invite", 'c', "member.p member.role member.side member.channel" },
	{ "member.accept", 'c', "member.p member.consent member.address" },
	{ "member.refuse", 'c', "member.p member.consent member.address" },
	{ "member.leave", 'c', "member.p member.role member.side member.ground" },
	{ "member.capacity", 'c', "member.p member.role member.side member.ground" },
	{ "rights.version", 'c', "rights.sha256" },
	{ "rights.exception", 'c', "*grant.docs grant.to grant.effect grant.ground" },
	{ "doc.deposit", 'c',
	  OBJECT
	  " object.sha512 #object.size object.mime object.ext object.name object.kind object.replaces *addressed *checks "
	  "#filing.number filing.title" },
	{ "doc.publish", 'c', OBJECT " *recipients *addressed *granted rule number ground" },
	{ "doc.withdraw", 'c', OBJECT " *recipients ground" },
	{ "doc.handover", 'r', OBJECT " handover.representation handover.range" },
	{ "doc.handover.end", 'r', OBJECT " end.req #end.bytes end.complete" },
	{ "doc.acknowledge", 'r', OBJECT },
	{ "notice.sent", 'b', "*notice.to notice.message notice.relay notice.queue" },
	{ "notice.accepted", 'b', "*notice.to notice.message notice.relay notice.queue" },
	{ "notice.bounced", 'b', "*notice.to notice.message notice.relay notice.queue" },
	{ "sig.add", 'b', OBJECT " signature.body signature.p7s signature.cert" },
	{ "token.seen", 'c', OBJECT " token.sha256 token.sha512" },
	{ "time.check", 'b', "clock.before clock.after #clock.offset_ms clock.tsa" },
	{ "cert.status", 'c', "certificate.cert certificate.status certificate.since" },
	{ "erase.request", 'c', "*erase.seqs *erase.readings erase.ground erase.order" },
	{ "erase.done", 'c',
	  "*erase.seqs *erase.readings *erase.files erase.ground erase.order *erase.approvers" },
	{ "hold.set", 'c', "*hold.seqs *hold.readings hold.ground hold.order" },
	{ "hold.lift", 'c', "*hold.seqs *hold.readings hold.ground hold.order" },
	{ "anchor.link", 'c', "anchor.date anchor.sha256" },
	{ "export.bundle", 'c', "export.sums export.to" },
};

static bool has_member(const json_t *j, const char *word, size_t n)
{
	char text[64];
	int64_t number = 0;
	char mark = word[0] == '#' || word[0] == '*' ? word[0] : 's';
	if (mark != 's') {
		word++;
		n--;
	}
	if (n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	text[n] = '\0';
	char *dot = strchr(text, '.');
	if (dot != NULL)
		*dot = '\0';
	const char *object = dot != NULL ? text : NULL, *name = dot != NULL ? dot + 1 : text;
	if (mark == '#')
		return json_number(j, object, name, &number);
	return mark == '*' ? json_list(j, object, name) != NULL : json_text(j, object, name) != NULL;
}

static bool has_members(const json_t *j, const char *words)
{
	while (*words != '\0') {
		const char *space = strchr(words, ' ');
		size_t n = space != NULL ? (size_t)(space - words) : strlen(words);
		if (!has_member(j, words, n))
			return false;
		words += n + (space != NULL ? 1 : 0);
	}
	return true;
}

static bool is_well_formed(const struct body *b)
{
	int64_t version = 0;
	if (!json_number(b->json, NULL, "v", &version) || version != 1 || !has_members(b->json, common))
		return false;
	if (text_starts(b->type, "admin."))
		return true;
	for (size_t i = 0; i < OPX_COUNT(types); i++)
		if (text_cmp(types[i].type, b->type) == 0)
			return has_members(b->json, types[i].members) &&
			       (types[i].log != 'r' || has_members(b->json, "#acts.size acts.root"));
	return false;
}

static void drop_json(void *json)
{
	json_decref(json);
}

const struct body *body_read(struct verifier *v, struct opx_bytes bytes)
{
	struct body *b = OPX_NEW(v->arena, struct body);
	b->bytes = bytes;
	if (opx_json_read(bytes, &b->json, NULL) != OPX_OK)
		return b;
	opx_arena_defer(v->arena, drop_json, b->json);
	const char *at = json_text(b->json, NULL, "at");
	b->type = json_text(b->json, NULL, "type");
	b->actor = json_text(b->json, "actor", "p");
	b->role = json_text(b->json, "actor", "role");
	b->side = json_text(b->json, "actor", "side");
	b->is_well_formed = b->type != NULL && at != NULL &&
			    opx_instant_parse(opx_str_z(at), &b->at, NULL) == OPX_OK && is_well_formed(b);
	return b;
}

bool body_is_of(const struct body *b, char log)
{
	if (text_starts(b->type, "admin."))
		return log == 'c';
	if (text_starts(b->type, "notice."))
		return (json_array_size(json_list(b->json, "notice", "to")) == 1) == (log == 'r');
	for (size_t i = 0; i < OPX_COUNT(types); i++)
		if (text_cmp(types[i].type, b->type) == 0)
			return types[i].log == log || types[i].log == 'b';
	return false;
}

enum claim body_claim(const struct body *b, char log)
{
	if (log == 'r')
		return K4;
	if (b->type != NULL && text_cmp(b->type, "doc.deposit") == 0)
		return K2;
	return text_starts(b->type, "erase.") || text_starts(b->type, "hold.") ? K7 : K3;
}
