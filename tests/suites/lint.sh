#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The lints of the style guide, and the shell scripts.
# builds: dev clang
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT" || exit 1
mapfile -t scripts < <(git ls-files -- opx .ci/run '*.sh')
check lint.shellcheck shellcheck -x "${scripts[@]}"
# verifier.sh is one file because it travels in every bundle.
mapfile -t short < <(printf '%s\n' "${scripts[@]}" | grep -v '/verifier\.sh$')
check lint.script-length awk 'FNR == 500 { print FILENAME ": more than 500 lines"; bad = 1 } END { exit bad }' "${short[@]}"
[ ! -x tests/lint/run ] || tests/lint/run "$@" || SUITE_FAILED=1
suite_end
