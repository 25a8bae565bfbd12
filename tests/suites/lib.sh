# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# What suites share: one line a test, and an end that tells.

OPX_ROOT=${OPX_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)}
SUITE_FAILED=0

# check NAME COMMAND…: a test is a command; its output stands above its line.
check() {
	local name=$1
	shift
	if "$@"; then printf 'PASS %s\n' "$name"; else
		printf 'FAIL %s\n' "$name"
		SUITE_FAILED=1
	fi
}
suite_end() { exit "$SUITE_FAILED"; }

# ctest_suite PRESET [ARGUMENT…]: each test that ctest knows is one line here.
ctest_suite() {
	local preset=$1 status=0
	shift
	cd "$OPX_ROOT" || exit 1
	ctest --preset "$preset" -j "$(nproc)" --timeout 300 "$@" 2>&1 | tee /dev/fd/3 |
		sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: +([^ ]+) \.+ *(Passed|\*\*\*[A-Za-z ]*).*$/\1 \2/p' |
		while read -r name verdict; do
			if [ "$verdict" = Passed ]; then printf 'PASS %s.%s\n' "$preset" "$name"; else printf 'FAIL %s.%s\n' "$preset" "$name"; fi
		done
	status=${PIPESTATUS[0]}
	exit "$status"
} 3>&1
