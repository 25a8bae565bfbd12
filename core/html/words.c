/* SPDX-License-Identifier: MPL-2.0 */
/* words.c: see words.h. One table a vocabulary. */
#include "html/words.h"

#include <inttypes.h>

#include <stddef.h>
#include <string.h>

#include "base/error.h"

struct word {
	const char *code, *text, *feminine;
};

static const struct word roles[] = {
	{ "expert", N_("Expert"), N_("Experte") },
	{ "coexpert", N_("Co-expert"), N_("Co-experte") },
	{ "sapiteur", N_("Sapiteur"), NULL },
	{ "assistant", N_("Assistant de l’expert"), N_("Assistante de l’expert") },
	{ "lawyer", N_("Avocat"), N_("Avocate") },
	{ "party", N_("Partie"), NULL },
	{ "insurer", N_("Assureur"), NULL },
	{ "technical_adviser", N_("Conseil technique"), NULL },
	{ "judge", N_("Juge chargé du contrôle"), N_("Juge chargée du contrôle") },
	{ "clerk", N_("Greffier"), N_("Greffière") },
	{ "sachant", N_("Sachant"), NULL },
	{ "court_admin", N_("Administrateur de la juridiction"), N_("Administratrice de la juridiction") },
	{ "company_admin", N_("Administrateur de la compagnie"), N_("Administratrice de la compagnie") },
	{ "platform_operator", N_("Exploitant"), N_("Exploitante") },
};

static const struct word means[] = {
	{ "x509", N_("Carte ou clé, par certificat"), NULL },
	{ "code+mail", N_("Code d’accès, puis code reçu par e-mail"), NULL },
	{ "totp", N_("Application d’authentification"), NULL },
	{ "webauthn", N_("Clé d’accès"), NULL },
	{ "service", N_("Le service"), NULL },
};

static const struct word levels[] = {
	{ "L0", N_("Niveau L0 : deux codes, dont un par e-mail"), NULL },
	{ "L1", N_("Niveau L1 : deux facteurs"), NULL },
	{ "L2", N_("Niveau L2 : carte ou clé matérielle"), NULL },
	{ "L3", N_("Niveau L3 : signature de la personne"), NULL },
};

static const struct word actions[] = {
	{ "read", N_("Consulter"), NULL },     { "deposit", N_("Déposer"), NULL },
	{ "export", N_("Télécharger"), NULL }, { "invite", N_("Inviter"), NULL },
	{ "issue", N_("Remettre"), NULL },     { "manage", N_("Gérer"), NULL },
	{ "create", N_("Ouvrir"), NULL },      { "list", N_("Voir"), NULL },
	{ "set", N_("Changer"), NULL },        { "accept", N_("Accepter"), NULL },
	{ "start", N_("Commencer"), NULL },    { "open", N_("Ouvrir"), NULL },
};

static const struct word objects[] = {
	{ "case", N_("le dossier"), NULL },
	{ "case_metadata", N_("la liste des dossiers"), NULL },
	{ "case_archive", N_("le dossier complet"), NULL },
	{ "contradictory_board", N_("le tableau du contradictoire"), NULL },
	{ "proof_chain", N_("les preuves du dossier"), NULL },
	{ "proof_package", N_("un dossier de preuve"), NULL },
	{ "receipt", N_("l’accusé de dépôt"), NULL },
	{ "court_presence", N_("le mode actif"), NULL },
	{ "account_expert", N_("les comptes d’experts"), NULL },
	{ "account_court_staff", N_("les comptes de la juridiction"), NULL },
};

static const struct word values[] = {
	{ "allow", N_("oui"), NULL },
	{ "deny", N_("non"), NULL },
	{ "own", N_("ce qui est à vous seulement"), NULL },
	{ "side", N_("ce qui est à votre côté seulement"), NULL },
	{ "addressed", N_("si vous êtes destinataire"), NULL },
	{ "granted", N_("sur accès accordé"), NULL },
};

static const char *const steps[] = {
	N_("Désignation"), N_("Consignation"), N_("Opérations"), N_("Pré-rapport et dires"),
	N_("Rapport"),     N_("Taxation"),     N_("Clôture"),
};

static const struct word *find(const struct word *table, size_t n, struct opx_str code)
{
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(code, table[i].code))
			return &table[i];
	return NULL;
}

static struct opx_str lookup(const struct word *table, size_t n, struct opx_str code)
{
	const struct word *w = find(table, n, code);
	return w != NULL ? opx_str_z(w->text) : code;
}

struct opx_str opx_word_title(struct opx_str name)
{
	return opx_str_starts(name, "Mme ") ? OPX_STR("Mme") : OPX_STR("");
}

struct opx_str opx_word_inside(struct opx_arena *arena, struct opx_str text)
{
	char *copy = opx_arena_memdup(arena, text.p, text.n + 1);
	if (text.n > 0 && copy[0] >= 'A' && copy[0] <= 'Z')
		copy[0] = (char)(copy[0] + 32);
	else if (text.n > 1 && memcmp(copy, "É", 2) == 0)
		memcpy(copy, "é", 2);
	return (struct opx_str){ .p = copy, .n = text.n };
}

struct opx_str opx_word_begin(struct opx_arena *arena, struct opx_str text)
{
	char *copy = opx_arena_memdup(arena, text.p, text.n + 1);
	if (text.n > 0 && copy[0] >= 'a' && copy[0] <= 'z')
		copy[0] = (char)(copy[0] - 32);
	return (struct opx_str){ .p = copy, .n = text.n };
}

struct opx_str opx_word_role(struct opx_str role, struct opx_str title)
{
	const struct word *w = find(roles, OPX_COUNT(roles), role);
	if (w == NULL)
		return role;
	return opx_str_z(w->feminine != NULL && opx_str_is(title, "Mme") ? w->feminine : w->text);
}

struct opx_str opx_word_quality(struct opx_arena *arena, struct opx_str role, struct opx_str title,
				struct opx_str side)
{
	struct opx_str word = opx_word_role(role, title);
	if (side.n == 0)
		return word;
	return opx_strf(arena, "%s, pour %s", word.p, side.p);
}

/* The bytes of the first character of valid UTF-8. */
static size_t first_char(struct opx_str s)
{
	size_t n = s.n > 0 ? 1 : 0;
	while (n < s.n && ((unsigned char)s.p[n] & 0xC0U) == 0x80U)
		n++;
	return n;
}

/* Where the name itself begins: after the words in small letters before it ("de La Tour", "d’Arc", "von der Heyden"). */
static struct opx_str after_particles(struct opx_str name)
{
	size_t at = 0;
	while (at < name.n && name.p[at] >= 'a' && name.p[at] <= 'z') {
		size_t end = at + strcspn(name.p + at, " '");
		const char *curly = strstr(name.p + at, "’");
		size_t skip = 1;
		if (curly != NULL && (size_t)(curly - name.p) < end) {
			end = (size_t)(curly - name.p);
			skip = strlen("’");
		}
		if (end + skip >= name.n)
			return name; /* the whole is in small letters: nothing tells a particle from the name */
		at = end + skip;
	}
	return (struct opx_str){ .p = name.p + at, .n = name.n - at };
}

/* The first letter in capital: names are typed as they come. Letters beyond Latin-1 stay as they are. */
static struct opx_str initial(struct opx_arena *arena, struct opx_str name)
{
	size_t n = first_char(name);
	char *copy = opx_arena_memdup(arena, name.n > 0 ? name.p : "", n + 1);
	if (n == 1 && copy[0] >= 'a' && copy[0] <= 'z')
		copy[0] = (char)(copy[0] - 32);
	else if (n == 2 && copy[0] == '\xc3' && (unsigned char)copy[1] >= 0xa0U && copy[1] != '\xb7')
		copy[1] = (char)((unsigned char)copy[1] - 0x20U);
	copy[n] = '\0';
	return (struct opx_str){ .p = copy, .n = n };
}

struct opx_str opx_word_initials(struct opx_arena *arena, struct opx_str given, struct opx_str family)
{
	return opx_strf(arena, "%s%s", initial(arena, given).p, initial(arena, after_particles(family)).p);
}

struct opx_str opx_word_days(struct opx_arena *arena, int64_t days)
{
	if (days == 0)
		return OPX_STR("aujourd’hui");
	if (days == 1)
		return OPX_STR("demain");
	if (days > 1)
		return opx_strf(arena, "dans %" PRId64 " jours", days);
	return opx_strf(arena, days < -1 ? "retard de %" PRId64 " jours" : "retard de %" PRId64 " jour",
			-days);
}

struct opx_str opx_word_count(struct opx_arena *arena, int64_t n)
{
	static const char *const small[] = { "Zéro", "Un",   "Deux", "Trois", "Quatre", "Cinq",
					     "Six",  "Sept", "Huit", "Neuf",  "Dix",    "Onze" };
	return n >= 0 && n < (int64_t)OPX_COUNT(small) ? opx_str_z(small[n]) : opx_strf(arena, "%" PRId64, n);
}

struct opx_str opx_word_tries(struct opx_arena *arena, int32_t n)
{
	return opx_strf(arena,
			n > 1 ? "Il vous reste %" PRId32 " essais." : "Il vous reste %" PRId32 " essai.", n);
}

struct opx_str opx_word_means(struct opx_str auth_kind)
{
	return lookup(means, OPX_COUNT(means), auth_kind);
}

struct opx_str opx_word_level(struct opx_str level)
{
	return lookup(levels, OPX_COUNT(levels), level);
}

struct opx_str opx_word_action(struct opx_str action)
{
	return lookup(actions, OPX_COUNT(actions), action);
}

struct opx_str opx_word_value(struct opx_str value)
{
	return lookup(values, OPX_COUNT(values), value);
}

struct opx_str opx_word_object(struct opx_str object)
{
	return lookup(objects, OPX_COUNT(objects), object);
}

struct opx_str opx_word_step(int n)
{
	OPX_ASSERT(n >= 1 && (size_t)n <= OPX_COUNT(steps));
	return opx_str_z(steps[n - 1]);
}

void opx_word_groups(struct opx_arena *arena, struct opx_str hex, struct opx_str ret_groups[8])
{
	for (size_t i = 0; i < 8; i++)
		ret_groups[i] = hex.n == 64 ? opx_str_copy(arena, hex.p + 8 * i, 8) : OPX_STR("");
}
