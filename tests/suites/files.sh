#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Files on their way in: pieces and forms, the files lane's jobs, a hostile corpus with the verdict of each file.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
check files.way-in "$OPX_ROOT/tests/files/run.sh" "$OPX_ROOT/build/dev"
check files.way-in-asan "$OPX_ROOT/tests/files/run.sh" "$OPX_ROOT/build/asan"
suite_end
