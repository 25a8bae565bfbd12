/* SPDX-License-Identifier: MPL-2.0 */
/* words.h: the words of pages are those of printed documents too: they stand one layer below. */
#ifndef OPX_PAGE_WORDS_H
#define OPX_PAGE_WORDS_H

#include "html/words.h"

#endif
