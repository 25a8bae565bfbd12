#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Every branch of the modules that proof rests on is taken by their unit tests: tree, leaf line, note, store.
# Two things are not counted, and nothing else: the branches of OPX_ASSERT, which no input reaches (style guide, section 5), and the
# edge that -fexceptions gives to every call and that C never takes.
# builds: coverage
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files='core/evidence/tree.c core/evidence/leaf.c core/evidence/note.c plugins/storage-fs/store.c'

# Only what these tests do is counted, not what ran before.
run_tests() {
	find build/coverage -name '*.gcda' -delete
	local t
	for t in evidence store; do OPX_SOURCE=$OPX_ROOT CK_DEFAULT_TIMEOUT=60 "build/coverage/tests/test-$t" || return 1; done # as ctest gives
}
measure() {
	local filters=() f folders
	# Only objects that ran: the same source in another program has no count, and its exception edges no mark.
	mapfile -t folders < <(find build/coverage -name '*.gcda' -printf '%h\n' | sort -u)
	for f in $files; do filters+=(--filter "${f//./\\.}"); done
	gcovr --root . --branches --exclude-throw-branches --exclude-branches-by-pattern '.*OPX_ASSERT\(.*' "${filters[@]}" \
		--json-summary "$work/summary.json" --txt "$work/report" "${folders[@]}" && cat "$work/report"
}
# whole FILE: all of its branches, and it has some.
whole() {
	/usr/bin/python3 - "$1" "$work/summary.json" <<-'END'
		import json
		import sys
		found = [f for f in json.load(open(sys.argv[2], encoding="utf-8"))["files"] if f["filename"] == sys.argv[1]]
		sys.exit(0 if len(found) == 1 and found[0]["branch_total"] > 20 and found[0]["branch_covered"] == found[0]["branch_total"] else 1)
	END
}
check coverage.tests run_tests
check coverage.measure measure
for file in $files; do check "coverage.${file##*/}" whole "$file"; done
suite_end
