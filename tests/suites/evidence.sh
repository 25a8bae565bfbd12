#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The two verifiers of evidence bundles against bundles made without any code of OPX, good and bad. --long: the shell one on all.
# builds: dev asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT" || exit 1
python3 tests/evidence/check.py "$@" --c build/dev/bin/opx-verify --asan build/asan/bin/opx-verify \
	--shell core/programs/opx-verify/verifier.sh || SUITE_FAILED=1
python3 tests/evidence/vectors.py || SUITE_FAILED=1
suite_end
