#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The lanes of opx-jobs: their queue with real processes, tokens, mails, revocation lists, and what they believe of authorities.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
for build in dev asan; do
	python3 "$OPX_ROOT/tests/jobs/tsp.py" "$OPX_ROOT/build/$build" || SUITE_FAILED=1
	"$OPX_ROOT/tests/jobs/run.sh" "$OPX_ROOT/build/$build" || SUITE_FAILED=1
done
suite_end
