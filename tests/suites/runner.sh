#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/run.py itself, on suites of this test's own: what it counts, and that it ends when it is told to.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests/suites"
cp "$OPX_ROOT/tests/run.py" "$work/tests/"

# suite NAME: its commands on standard input.
suite() {
	{ printf '#!/usr/bin/env bash\n' && cat; } >"$work/tests/suites/$1.sh"
	chmod +x "$work/tests/suites/$1.sh"
}
run() { /usr/bin/python3 "$work/tests/run.py" "$@" >"$work/out" 2>&1; }

counts() {
	suite good <<<'echo PASS a; echo PASS b'
	suite bad <<<'echo PASS c; echo FAIL d; exit 1'
	suite silent <<<':'
	suite broken <<<'echo PASS e; exit 3'
	! run && [ "$(tail -n 1 "$work/out")" = '4 passed, 3 failed' ] && run good && [ "$(tail -n 1 "$work/out")" = '2 passed, 0 failed' ]
}

# Two suites for each processor: half of them have not begun when the end comes.
ends() {
	local i pid status=0 n
	n=$(nproc)
	n=$((n > 2 ? n : 2))
	rm -f "$work"/tests/suites/*
	mkfifo "$work/begun"
	exec 3<>"$work/begun"
	for ((i = 0; i < 2 * n; i++)); do
		suite "s$i" <<<"echo s$i >>'$work/list'; echo s$i >'$work/begun'; exec -a '$work/tests/suites/s$i' tail -f /dev/null"
	done
	/usr/bin/python3 "$work/tests/run.py" >"$work/out" 2>&1 3>&- &
	pid=$!
	for ((i = 0; i < n; i++)); do read -r -t 30 -u 3 _ || return 1; done
	kill -TERM "$pid"
	timeout 30 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] && [ "$(wc -l <"$work/list")" = "$n" ] && ! pkill -KILL -f "$work/tests/suites"
}

check runner.counts counts
check runner.ends ends
suite_end
