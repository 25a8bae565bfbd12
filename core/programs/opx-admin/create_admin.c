/* SPDX-License-Identifier: MPL-2.0 */
/* create_admin.c: a person, an account, a certificate that opens it, and the administration of one court: all or nothing.
 *
 * The one account that nobody of the service approves: it is made by whoever runs the machine, and the audit trail says so.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "admin.h"
#include "base/arena.h"
#include "base/codec.h"
#include "base/x509_id.h"
#include "db/db.h"
#include "sql_admin.h"
#include "sql_work.h"

#define REFUSED N_("Ce compte ne peut pas être créé.")

struct wish {
	const char *court, *title, *name, *mail, *cert;
	struct opx_str given_name, family_name, identifier;
	struct opx_x509_id id;
	struct opx_bytes der;
};

static bool read_words(int argc, char **argv, struct wish *ret)
{
	static const struct option options[] = {
		{ "court", required_argument, NULL, 'c' }, { "title", required_argument, NULL, 't' },
		{ "name", required_argument, NULL, 'n' },  { "mail", required_argument, NULL, 'm' },
		{ "cert", required_argument, NULL, 'x' },  { NULL, 0, NULL, 0 },
	};
	optind = 0; /* a second list of words is read: glibc starts again */
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		const char **at = o == 'c'   ? &ret->court
				  : o == 't' ? &ret->title
				  : o == 'n' ? &ret->name
				  : o == 'm' ? &ret->mail
				  : o == 'x' ? &ret->cert
					     : NULL;
		if (at == NULL)
			return false;
		*at = optarg;
	}
	return optind == argc && ret->court != NULL && ret->name != NULL && ret->mail != NULL &&
	       ret->cert != NULL;
}

/* "Sylvie Arnoux", "Jean-Pierre de La Tour": the given name is the first word, unless the certificate divides it. */
static enum opx_status read_name(struct opx_arena *arena, struct wish *w, struct opx_error *err)
{
	struct opx_str name;
	if (opx_str_from_bytes(arena, opx_bytes_of(opx_str_z(w->name)), OPX_TEXT_LINE, 200, &name, NULL) !=
		    OPX_OK ||
	    name.n == 0)
		return OPX_FAIL(err, OPX_INVALID, REFUSED, "--name: one line of text expected");
	const char *space = strchr(name.p, ' ');
	struct opx_str both = opx_strf(arena, "%s %s", w->id.given_name.p, w->id.family_name.p);
	if (opx_str_eq(both, name)) {
		w->given_name = w->id.given_name;
		w->family_name = w->id.family_name;
	} else if (space != NULL && space > name.p && space[1] != '\0') {
		w->given_name = opx_str_copy(arena, name.p, (size_t)(space - name.p));
		w->family_name = opx_str_copy(arena, space + 1, strlen(space + 1));
	} else {
		return OPX_FAIL(err, OPX_INVALID, REFUSED,
				"--name: a given name and a family name expected, as 'Sylvie Arnoux'");
	}
	return OPX_OK;
}

/* Without one the pages write the office in its general form; they know no other titles. */
static enum opx_status read_title(const struct wish *w, struct opx_error *err)
{
	static const char *const titles[] = { "", "Mme", "M.", "Me" };
	for (size_t i = 0; i < OPX_COUNT(titles); i++)
		if (strcmp(w->title, titles[i]) == 0)
			return OPX_OK;
	return OPX_FAIL(err, OPX_INVALID, REFUSED, "--title: Mme, M. or Me expected");
}

static enum opx_status read_mail(struct opx_arena *arena, struct wish *w, struct opx_error *err)
{
	struct opx_str mail = opx_str_copy(arena, w->mail, strlen(w->mail));
	const char *at = strchr(mail.p, '@');
	bool is_plain = mail.n >= 3 && mail.n <= 254 && at != NULL && at != mail.p && at[1] != '\0' &&
			strchr(at + 1, '@') == NULL;
	for (size_t i = 0; i < mail.n; i++) {
		char *c = (char *)(uintptr_t)mail.p + i;
		is_plain = is_plain && *c > ' ' && *c < 127;
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	if (!is_plain)
		return OPX_FAIL(err, OPX_INVALID, REFUSED,
				"--mail: one address of plain ASCII expected, as name@court.example");
	w->identifier = mail;
	return OPX_OK;
}

static enum opx_status read_wish(struct admin *a, struct wish *w, struct opx_error *err)
{
	OPX_TRY(opx_x509_id_load(a->arena, w->cert, &w->id, &w->der, err));
	OPX_TRY(read_title(w, err));
	OPX_TRY(read_name(a->arena, w, err));
	OPX_TRY(read_mail(a->arena, w, err));
	if (w->id.issuer_key.n == 0 || w->id.serial.n == 0)
		return OPX_FAIL(err, OPX_INVALID, REFUSED,
				"%s: no authority key identifier or no serial number", w->cert);
	if (opx_now(&opx_clock_real).us > w->id.not_after.us)
		return OPX_FAIL(err, OPX_INVALID, REFUSED, "%s: this certificate has expired", w->cert);
	return OPX_OK;
}

/* Why the person may not be made now; or *ret_done: exactly this stands already. */
static enum opx_status look(struct admin *a, const struct wish *w, bool *ret_done, struct opx_error *err)
{
	struct sql_admin_known_row row;
	const struct opx_bytes sha256 = { .p = w->id.sha256, .n = sizeof(w->id.sha256) };
	OPX_TRY(sql_admin_known(a->db, opx_str_z(w->court), w->identifier, sha256, &row, err));
	*ret_done = row.is_done;
	if (row.is_done)
		return OPX_OK;
	if (!row.has_court)
		return OPX_FAIL(err, OPX_NOT_FOUND, REFUSED,
				"no court has the code \"%s\"; import the courts first", w->court);
	if (row.has_certificate)
		return OPX_FAIL(err, OPX_CONFLICT, REFUSED, "this certificate already opens another account");
	if (row.has_account)
		return OPX_FAIL(err, OPX_CONFLICT, REFUSED, "there is already an account for %s",
				w->identifier.p);
	return OPX_OK;
}

static enum opx_status make(struct admin *a, const struct wish *w, struct opx_error *err)
{
	int64_t n = 0;
	struct sql_admin_person_row person;
	struct sql_admin_account_row account;
	const struct opx_bytes sha256 = { .p = w->id.sha256, .n = sizeof(w->id.sha256) };
	OPX_TRY(sql_admin_person(a->db, opx_str_z(w->title), w->given_name, w->family_name, w->identifier,
				 &person, err));
	OPX_TRY(sql_admin_account(a->db, person.id, w->identifier, &account, err));
	OPX_TRY(sql_admin_certificate(a->db, sha256, w->der, &n, err));
	OPX_TRY(sql_admin_credential(a->db, account.id, w->id.issuer_key, w->id.serial, sha256, w->id.subject,
				     w->id.not_after, &n, err));
	OPX_TRY(sql_admin_capacity(a->db, account.id, opx_str_z(w->court), &n, err));
	return sql_work_trail(a->db, OPX_STR("account.created"), &person.id, NULL, opx_str_z(w->court),
			      OPX_STR(""), OPX_STR(""), OPX_STR("opx-admin"), (struct opx_bytes){ .p = NULL },
			      OPX_STR("court_admin, by the operator"), &n, err);
}

enum opx_status admin_create_admin(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	struct wish w = { .title = "" };
	bool is_done = false;
	if (!read_words(argc, argv, &w))
		return admin_usage(err);
	OPX_TRY(read_wish(a, &w, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(a->db, &tx, 0, err));
	OPX_TRY(look(a, &w, &is_done, err));
	if (!is_done)
		OPX_TRY(make(a, &w, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	(void)printf("%s %s administrator of %s, signs in with the certificate of %s, serial %s\n", w.name,
		     is_done ? "was already" : "is now", w.court, w.id.subject.p,
		     opx_hex_str(a->arena, w.id.serial).p);
	return OPX_OK;
}
