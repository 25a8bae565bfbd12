/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz.h: what each target has: one function for one input, and an arena that forgets it afterwards.
 *
 * A target is built twice: by libFuzzer (preset fuzz) to look for new inputs, and with replay.c to read its corpus as a test.
 * FUZZ_CHECK is what must hold for every input; it ends the process.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define FUZZ_CHECK(expr) OPX_ASSERT(expr)

#endif
