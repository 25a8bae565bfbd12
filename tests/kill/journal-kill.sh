#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# Kills the journal at each of its system calls (security 4.4) and requires that nothing acknowledged is lost.
# strace counts each call by its name, so a kill point is a name and a number.
# usage: journal-kill.sh PROGRAM [FOLDER]. A planted defect (JOURNAL_KILL_PLANT=1 takes a byte away after each kill) must be found.
set -euo pipefail
program=$1
work=$(mktemp -d "${2:-/tmp}/opx-kill.XXXXXX")
trap 'rm -rf "$work"' EXIT

# run NAME K: begins anew and kills at the Kth call of that name; fails when the program went through.
run() {
	rm -rf "$work/d" && mkdir "$work/d" && "$start"
	cp "$work/acks-before" "$work/acks"
	! (exec 2>/dev/null; strace -qq -o /dev/null -e "inject=$1:signal=SIGKILL:when=$2" "$program" write "$work/d" 4 >>"$work/acks")
}

campaign() { # campaign WORDS START: START makes the folder that each run begins with
	local words=$1 name count k killed=0
	start=$2
	rm -rf "$work/d" && mkdir "$work/d" && "$start"
	strace -qq -o "$work/trace" "$program" write "$work/d" 4 >/dev/null
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$work/trace" | grep -v '^execve$' | sort | uniq -c >"$work/calls"
	while read -r count name; do
		for ((k = 1; k <= count; k++)); do
			run "$name" "$k" 2>/dev/null || continue
			killed=$((killed + 1))
			if [ "${JOURNAL_KILL_PLANT:-}" = 1 ] && [ -s "$work/d/journal" ]; then truncate -s -1 "$work/d/journal"; fi
			"$program" check "$work/d" "$work/acks" || { echo "$words: violation at $name number $k"; exit 1; }
		done
	done <"$work/calls"
	[ "$killed" -gt 50 ] || { echo "$words: only $killed runs were killed"; exit 1; }
	echo "$words: $killed kill points, 0 violation"
}

from_nothing() { : >"$work/acks-before"; }
from_two() { "$program" write "$work/d" 2 >"$work/acks-before"; }
# The last batch is cut and the state file is one batch behind: a start has to repair both.
from_cut() {
	"$program" write "$work/d" 2 >"$work/acks-before"
	cp "$work/d/state" "$work/state"
	"$program" write "$work/d" 3 >/dev/null
	truncate -s -5 "$work/d/journal"
	cp "$work/state" "$work/d/state"
}

campaign 'an empty folder' from_nothing
campaign 'a journal of two batches' from_two
campaign 'a journal cut in its last batch' from_cut
