/* SPDX-License-Identifier: MPL-2.0 */
/* mail.c: see mail.h. */
#include "page/mail.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_domain(const char *p, size_t n)
{
	size_t label = 0, dots = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.') {
			if (label == 0 || p[i - 1] == '-')
				return false;
			label = 0;
			dots++;
		} else if (strchr(ALNUM, p[i]) == NULL && (p[i] != '-' || label == 0)) {
			return false;
		} else if (++label > 63) {
			return false;
		}
	}
	return dots > 0 && label >= 2;
}

bool opx_mail_is_plain(struct opx_str mail)
{
	const char *at = memchr(mail.p, '@', mail.n);
	size_t local = at != NULL ? (size_t)(at - mail.p) : 0;
	if (local == 0 || local > 64 || mail.n > 254 || mail.p[0] == '.' || mail.p[local - 1] == '.')
		return false;
	if (strspn(mail.p, ALNUM "!#$%&'*+-/=?^_`{|}~.") != local || memmem(mail.p, local, "..", 2) != NULL)
		return false;
	return is_domain(at + 1, mail.n - local - 1);
}
