#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/files/run.sh BUILD: a throw-away PostgreSQL on a private socket, a store in a private folder, the hostile corpus,
# test-keeper and test-files on them. Leaves nothing behind.
set -euo pipefail
# shellcheck source=../support/postgres.sh
. "$(dirname "$0")/../support/postgres.sh" "$1"
mkdir "$folder/corpus"
"$source/tests/files/corpus.py" "$folder/corpus"
OPX_TEST_FOLDER=$folder OPX_BUILD=$build "$build/tests/test-keeper"
fresh_database
OPX_TEST_PG=$folder OPX_TEST_FOLDER=$folder OPX_SOURCE=$source OPX_BUILD=$build CK_FORK=no "$build/tests/test-files"
