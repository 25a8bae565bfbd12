#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# A real PostgreSQL, each test on a clone of a migrated template: see tests/db/README.md.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 "$OPX_ROOT/tests/db/run.py" "$OPX_ROOT/build/dev" || SUITE_FAILED=1
# What is SQL alone does not change with the compiler.
/usr/bin/python3 "$OPX_ROOT/tests/db/run.py" "$OPX_ROOT/build/asan" story at_once statements admin migrations || SUITE_FAILED=1
suite_end
