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

# web_packages: the packages of core/web, once for each state of their lock file, whoever asks first.
web_packages() (
	cd "$OPX_ROOT/core/web" || exit 1
	mkdir -p "$OPX_ROOT/var"
	exec 9>"$OPX_ROOT/var/.lock-npm"
	flock 9
	sum=$(sha256sum <package-lock.json)
	[ "$(cat node_modules/.opx-lock 2>/dev/null)" = "$sum" ] && exit 0
	npm ci --no-audit --no-fund && printf '%s\n' "$sum" >node_modules/.opx-lock
)
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
