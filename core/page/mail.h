/* SPDX-License-Identifier: MPL-2.0 */
/* mail.h: is this typed text one plain mail address? For forms; the relay has the last word. */
#ifndef OPX_PAGE_MAIL_H
#define OPX_PAGE_MAIL_H

#include <stdbool.h>

#include "base/str.h"

/* local@domain.tld: ASCII without spaces, quotes or brackets, at most 254 bytes. */
bool opx_mail_is_plain(struct opx_str mail);

#endif
