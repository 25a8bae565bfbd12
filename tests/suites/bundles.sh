#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Bundles and PDF documents as the make lane makes them, judged by the openssl command, by a script of its own, and by the verifiers.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
for preset in dev asan; do
	"$OPX_ROOT/tests/bundles/run.sh" "$OPX_ROOT/build/$preset" | sed -E "s/^(PASS|FAIL) bundles\./\1 bundles.$preset./" || SUITE_FAILED=1
done
suite_end
