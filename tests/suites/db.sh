#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# A real PostgreSQL: migrations, every named statement against the migrated schema, and a story under rights and row security.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
check db.story-and-statements "$OPX_ROOT/tests/db/run.sh" "$OPX_ROOT/build/dev"
check db.story-and-statements-asan "$OPX_ROOT/tests/db/run.sh" "$OPX_ROOT/build/asan"
suite_end
