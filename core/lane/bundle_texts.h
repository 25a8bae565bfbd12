/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_texts.h: the texts that every bundle carries, embedded at build time (core/lane/texts, opx-verify's verifier.sh). */
#ifndef OPX_LANE_BUNDLE_TEXTS_H
#define OPX_LANE_BUNDLE_TEXTS_H

#include "base/str.h"

extern const struct opx_bytes opx_text_readme, opx_text_verify, opx_text_policy, opx_text_verifier;

#endif
