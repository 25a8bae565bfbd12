#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Each parser of input, fuzzed for a minute from its corpus under both sanitizers. What was found stays in var/tests/fuzz.
# builds: fuzz
# long
set -uo pipefail
. "$(dirname "$0")/lib.sh"
found=$OPX_ROOT/var/tests/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$found"

# fuzz NAME: new inputs go to a folder of their own; the corpus is only read.
fuzz() {
	mkdir -p "$work/$1"
	"$OPX_ROOT/build/fuzz/tests/fuzz-$1" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=65536 -rss_limit_mb=1024 -timeout=10 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$found/$1-" "$work/$1" "$OPX_ROOT/tests/fuzz/corpus/$1" 2>"$work/log-$1" ||
		{ tail -n 40 "$work/log-$1"; return 1; }
	grep -E 'number_of_executed_units' "$work/log-$1"
}
for folder in "$OPX_ROOT"/tests/fuzz/corpus/*/; do
	check "fuzz.$(basename "$folder")" fuzz "$(basename "$folder")"
done
suite_end
