/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_texts.h: texts embedded at build time: what every bundle carries (core/lane/texts, opx-verify's verifier.sh), and what the
 * printer is given. Each has a NUL behind its last byte. */
#ifndef OPX_LANE_BUNDLE_TEXTS_H
#define OPX_LANE_BUNDLE_TEXTS_H

#include "base/str.h"

extern const struct opx_bytes opx_text_readme, opx_text_verify, opx_text_policy, opx_text_verifier;
extern const struct opx_bytes opx_text_print, opx_text_print_css;

#endif
