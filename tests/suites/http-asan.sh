#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The suite http on an instance whose programs run under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer. --long: all of
# it; else without the two files that wait longest: parts that are down (pannes) and the delays of codes (codes).
# builds: asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
names=()
if [ "${1:-}" != --long ]; then
	names=(rules)
	for file in "$OPX_ROOT"/tests/http/scenarios/*.txt; do
		name=$(basename "$file" .txt)
		[[ $name =~ ^(pannes|codes)$ ]] || names+=("$name")
	done
fi
OPX_PRESET=asan exec /usr/bin/python3 "$OPX_ROOT/tests/http/run.py" "${names[@]}"
