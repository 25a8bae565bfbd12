#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# A real PostgreSQL, each test on a clone of a migrated template: see tests/db/README.md.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
for build in dev asan; do
	/usr/bin/python3 "$OPX_ROOT/tests/db/run.py" "$OPX_ROOT/build/$build" || SUITE_FAILED=1
done
suite_end
