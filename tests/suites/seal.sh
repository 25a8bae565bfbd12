#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# opx-seal on a real PostgreSQL with real acts: the sequencer case by case, the program killed 30 times, and what it signed verified
# by the openssl command.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
for preset in dev asan; do
	# One line a test, with the preset in its name.
	"$OPX_ROOT/tests/seal/run.sh" "$OPX_ROOT/build/$preset" "$@" | sed -E "s/^(PASS|FAIL) seal\./\1 seal.$preset./" || SUITE_FAILED=1
done
suite_end
