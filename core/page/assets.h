/* SPDX-License-Identifier: MPL-2.0 */
/* assets.h: the address of a style sheet, a script or a font of this build. */
#ifndef OPX_PAGE_ASSETS_H
#define OPX_PAGE_ASSETS_H

#include "html/html.h"
#include "opx_assets.h"

static inline struct opx_href opx_asset(struct opx_html *h, const char *path)
{
	return (struct opx_href){ .url = opx_strf(h->arena, OPX_ASSET_BASE "/%s", path) };
}

#endif
