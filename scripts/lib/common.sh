# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# What every command shares: words to the person, steps with their time, and one place that cleans up when it is stopped.

OPX_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
OPX_TMP=$(mktemp -d "${TMPDIR:-/tmp}/opx-run.XXXXXX")
OPX_STEP_PID=
OPX_CLEANUP=()
[ -t 1 ] && OPX_TTY=1 || OPX_TTY=

say() { printf '%s\n' "$*"; }
warn() { printf 'opx: %s\n' "$*" >&2; }
fail() {
	warn "$*"
	exit 1
}
is_root() { [ "$(id -u)" = 0 ]; }
have() { command -v "$1" >/dev/null 2>&1; }

# Seconds since the machine started, with two decimals: no other clock is needed to measure a step.
uptime_s() { local a; read -r a _ </proc/uptime; printf '%s' "$a"; }
elapsed() { awk -v a="$1" -v b="$(uptime_s)" 'BEGIN { printf "%.1f s", b - a }'; }

# What must be undone at the end, newest first.
on_exit() { OPX_CLEANUP+=("$1"); }
leave() {
	local status=$? i
	trap - EXIT
	# A second Ctrl-C, a shell that passes on what the terminal said, nobody left to read our words: none of it ends this half-way.
	trap '' INT TERM HUP PIPE
	set +e
	stop_step
	for ((i = ${#OPX_CLEANUP[@]} - 1; i >= 0; i--)); do
		"${OPX_CLEANUP[i]}" || warn "cleaning up: ${OPX_CLEANUP[i]} failed"
	done
	rm -rf "$OPX_TMP"
	exit "$status"
}
trap leave EXIT
# Deaf before `exit`: `timeout` and some terminals tell us twice, and a second word between `exit` and leave's first line would end
# the shell with nothing undone.
trap "trap '' INT TERM HUP PIPE; exit 130" INT
trap "trap '' INT TERM HUP PIPE; exit 143" TERM HUP

# Ends what a step has started, all of it: a step runs in a process group of its own.
stop_step() {
	[ -n "$OPX_STEP_PID" ] || return 0
	kill -TERM -- "-$OPX_STEP_PID" 2>/dev/null || true
	wait "$OPX_STEP_PID" 2>/dev/null || true # its status is that of a process we ended: set -e would end us before the rest
	OPX_STEP_PID=
}

# step TEXT COMMAND…: one line with the time it took; its output is kept, and shown when it fails.
# The command runs in a process group of its own, so variables that it sets are not seen here.
step() {
	local text=$1 began log=$OPX_TMP/step.log shown=0 status=0 last
	shift
	began=$(uptime_s)
	: >"$log"
	[ -n "$OPX_TTY" ] || printf '  %s …' "$text"
	set -m
	(
		set +m
		trap - INT TERM HUP EXIT
		"$@"
	) >"$log" 2>&1 </dev/null &
	OPX_STEP_PID=$!
	set +m
	while kill -0 "$OPX_STEP_PID" 2>/dev/null; do
		if [ -n "$OPX_TTY" ]; then
			last=$(tail -n 1 "$log" | tr -cd '[:print:]' | cut -c 1-70)
			# A window that was closed takes no line, and its signal comes a moment later: that is what ends us, with its status.
			printf '\r\033[K  %s … %s  %s' "$text" "$(elapsed "$began")" "$last" || true
		elif ((++shown % 60 == 0)); then
			printf ' %s …' "$(elapsed "$began")" || true
		fi
		wait_a_little 0.5 "$OPX_STEP_PID"
	done
	wait "$OPX_STEP_PID" || status=$?
	OPX_STEP_PID=
	if [ -n "$OPX_TTY" ]; then printf '\r\033[K  %s … %s\n' "$text" "$(elapsed "$began")"; else printf ' %s\n' "$(elapsed "$began")"; fi || true
	if [ "$status" != 0 ]; then
		sed 's/^/    | /' "$log" | tail -n 40 >&2
		warn "this step failed (status $status): $text"
	fi
	return "$status"
}

# in_group COMMAND…: shown as it runs, in a process group of its own, ended as a whole when we are.
in_group() {
	local status=0
	set -m
	"$@" </dev/null &
	OPX_STEP_PID=$!
	set +m
	wait "$OPX_STEP_PID" || status=$?
	OPX_STEP_PID=
	return "$status"
}

# Waits until the process has ended, at most so many seconds.
wait_a_little() { timeout "$1" tail --pid="$2" -f /dev/null 2>/dev/null || true; }

# until_true SECONDS COMMAND…: looks twenty times a second, bounded; says nothing.
until_true() {
	local tries=$(($1 * 20))
	shift
	while ! "$@"; do
		((tries-- > 0)) || return 1
		sleep 0.05
	done
}

# Replaces @NAME@ by the shell variable NAME, for each name given; a name left over is our own mistake.
render() {
	local from=$1 to=$2 text name
	shift 2
	text=$(cat "$from")
	for name in "$@"; do text=${text//"@$name@"/${!name}}; done
	if [[ $text =~ @([A-Z][A-Z0-9_]*)@ ]]; then fail "$from: nothing is known for @${BASH_REMATCH[1]}@"; fi
	printf '%s\n' "$text" >"$to"
}
