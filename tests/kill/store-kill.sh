#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Kills the store at each of its system calls (security.md 4.4) and checks: what was acknowledged is whole, what is visible is
# whole, and the store works again. Then the same against a program known to be wrong, which must be caught.
# usage: store-kill.sh PROGRAM [errors]   "errors" also fails each call with EIO, ENOSPC and EMFILE
set -eu
program=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/opx-kill.XXXXXX")
trap 'rm -rf "$work"' EXIT
head -c 600000 /dev/urandom >"$work/source"

calls() { # MODE: how many system calls a whole run makes
	rm -rf "$work/d" && mkdir "$work/d"
	strace -f -qq -o "$work/trace" "$program" "$1" "$work/d" "$work/source" 2 >"$work/ack"
	wc -l <"$work/trace"
}

at() { # MODE INJECTION: one run with that fault, then the checks; 1 when something was wrong
	rm -rf "$work/d" && mkdir "$work/d"
	strace -f -qq -o /dev/null -e "$2" "$program" "$1" "$work/d" "$work/source" 2 >"$work/ack" 2>/dev/null || :
	"$program" check "$work/d" "$work/source" "$work/ack" 2>/dev/null || return 1
	[ "$1" = naive ] || "$program" put "$work/d" "$work/source" 1 >>"$work/ack" || return 1
	"$program" check "$work/d" "$work/source" "$work/ack" 2>/dev/null
}

n=$(calls put)
[ "$n" -gt 40 ] || { echo "only $n system calls were seen: nothing was tried"; exit 1; }
k=1 bad=0
while [ "$k" -le "$n" ]; do
	at put "inject=all:signal=SIGKILL:when=$k" || { echo "violation when killed at call $k"; bad=$((bad + 1)); }
	k=$((k + 1))
done
echo "$n kill points, $bad violations"

tried=0
if [ "${2:-}" = errors ]; then
	for call in write fsync linkat openat read fchmod close mkdirat; do
		for error in EIO ENOSPC EMFILE; do
			k=1
			while [ "$k" -le 12 ]; do
				at put "inject=$call:error=$error:when=$k" || { echo "violation: $call $error at $k"; bad=$((bad + 1)); }
				tried=$((tried + 1)) k=$((k + 1))
			done
		done
	done
	echo "$tried failed calls, $bad violations"
fi

m=$(calls naive)
k=1 caught=0
while [ "$k" -le "$m" ]; do
	at naive "inject=all:signal=SIGKILL:when=$k" || caught=$((caught + 1))
	k=$((k + 1))
done
echo "known defect: caught at $caught of $m kill points"
[ "$bad" -eq 0 ] && [ "$caught" -gt 0 ]
