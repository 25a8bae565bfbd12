#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/jobs/run.sh BUILD: test-jobs, then the real opx-jobs, on a throw-away PostgreSQL with a private socket. Leaves nothing behind.
set -euo pipefail
# shellcheck source=../support/postgres.sh
. "$(dirname "$0")/../support/postgres.sh" "$1"
fresh_database
status=0
if OPX_TEST_PG=$folder OPX_SOURCE=$source "$source/tests/jobs/run.py" "$build/tests/test-jobs"; then
	printf 'PASS jobs.database.%s\n' "$(basename "$build")"
else
	printf 'FAIL jobs.database.%s\n' "$(basename "$build")"
	status=1
fi
OPX_TEST_PG=$folder "$source/tests/jobs/process.py" "$build" || status=1
[ "$status" = 0 ]
