/* SPDX-License-Identifier: MPL-2.0 */
/* memo.h: what the page of the memo shows. */
#ifndef EXAMPLE_MEMO_H
#define EXAMPLE_MEMO_H

#include <stdbool.h>

#include "base/str.h"

struct memo_view {
	struct opx_str text, sealed, limit, fault; /* fault: why it was refused; empty: fine */
};

#endif
