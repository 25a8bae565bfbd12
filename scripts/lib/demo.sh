# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# ./opx demo: a whole instance on this machine, the story played into it through HTTP, until Ctrl-C.

demo_describe() {
	local v
	for v in INSTANCE STATE PKI PROGRAM MAILBOX CONFIG PORT CARD_PORT PLAIN_PORT SMTP_PORT MAIN_HOST CARD_HOST MAIN_ORIGIN CARD_ORIGIN; do
		export "${v?}"
	done
	/usr/bin/python3 -I "$OPX_ROOT/scripts/describe.py" "$@"
}

demo_story() { in_group env -C "$OPX_ROOT/scripts" /usr/bin/python3 -m story.play --demo "$STATE/demo.json" "$@"; }

# A story that was begun and has no end: what it left can neither be gone on with nor be played again.
demo_is_half_played() { [ -e "$STATE/story-begun" ] && [ ! -e "$STATE/story.json" ]; }

# Forgets the instance; its ports stay, for whoever wrote them down.
demo_erase() {
	say "$1"
	instance_stop quietly
	layout_erase
	layout "$INSTANCE"
}

demo_stop() {
	[ -n "${INSTANCE_IS_OURS:-}" ] || return 0
	say
	say "Stopping the instance $INSTANCE."
	instance_stop
}

demo() {
	local check='' empty='' fresh='' yes='' name=demo port='' began
	while [ $# -gt 0 ]; do
		case $1 in
		--check) check=1 ;;
		--empty) empty=1 ;;
		--fresh) fresh=1 ;;
		--yes) yes=1 ;;
		--instance | --port)
			[ -n "${2:-}" ] || fail "$1 wants a value; ./opx help shows how"
			if [ "$1" = --port ]; then port=$2; else name=$2; fi
			shift
			;;
		*) fail "unknown option '$1'; there are --check --empty --fresh --yes --instance NAME --port PORT" ;;
		esac
		shift
	done
	[ -z "$port" ] || port_is_said_well "$port" # before minutes of building
	began=$(uptime_s)
	packages_need "$yes" build run demo
	layout "$name"
	if ! is_root; then say "  not root: all processes run as $(id -un), so nothing separates them from one another"; fi
	demo_alone
	step "build (release)" build release
	if [ -e "$STATE/ports" ]; then
		if [ -n "$fresh" ]; then
			port=${port:-$PORT}
			demo_erase "The instance $INSTANCE is erased and begins anew, as --fresh asks."
		elif [ -z "$empty" ] && demo_is_half_played; then
			port=${port:-$PORT}
			demo_erase "The story of the instance $INSTANCE was stopped half-way: it is erased, and the story is played anew."
		fi
	fi
	[ -n "$empty" ] || step "real documents, from Debian packages" documents_fetch
	on_exit demo_stop
	instance_prepare "$port"
	layout "$name"
	step "start the processes" instance_start
	demo_describe --quiet
	if [ -n "$check" ]; then
		demo_story --check
		demo_describe --quiet
		say "The whole story is there and verified, in $(elapsed "$began"); the bundles are in $LINK/bundles/."
		return 0
	fi
	if [ -z "$empty" ] && [ ! -e "$STATE/story.json" ]; then demo_story; fi
	demo_describe
	demo_attend
}

# Two ./opx of one instance at once would stop each other's processes.
demo_alone() {
	mkdir -p "$OPX_ROOT/var"
	exec 9>"$OPX_ROOT/var/.lock-$INSTANCE"
	have flock || return 0
	flock -n 9 || fail "another ./opx is at work on the instance $INSTANCE; stop it first, or take another --instance"
}

demo_attend() {
	in_group /usr/bin/python3 -I "$OPX_ROOT/scripts/attend.py" --pids "$PIDS" --mail "$MAILBOX" \
		--crl "$OPX_ROOT/scripts/instance.sh" --instance "$INSTANCE" crl
}
