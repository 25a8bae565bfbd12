#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The verifiers of evidence bundles against bundles made without any code of OPX.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT" || exit 1
python3 tests/evidence/check.py build/dev/bin/opx-verify build/asan/bin/opx-verify || SUITE_FAILED=1
suite_end
