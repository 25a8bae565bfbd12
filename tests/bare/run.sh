#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/bare/run.sh [--keep FOLDER] [SUITE…]: this checkout's HEAD on a Debian 12 that has nothing but its base (docs/bare-debian.md).
# Makes the system with debootstrap, clones into it, and types what a newcomer types: as an ordinary user, and as root in another copy
# of that system, where `./opx test --yes` ends it, with the named suites; none named: all. PASS or FAIL a step, the time above it.
# Each step has its limit. What a step said is in var/tests/bare/. --keep leaves the systems in FOLDER; one that is there is used again.
# shellcheck disable=SC2016,SC2317 # what others expand; functions that timed calls
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/suites/lib.sh
. "$here/../suites/lib.sh"
LOGS=$OPX_ROOT/var/tests/bare
CLONE=/srv/expertise
TEMPORARY=/var/tmp/opx-bare

folder='' keep='' inside_pid=''
if [ "${1:-}" = --keep ]; then
	folder=${2:?"--keep wants a folder"} keep=1
	shift 2
fi
SUITES=$*
[ "$(id -u)" = 0 ] || { echo 'FAIL bare.root  # only root can make a system and enter it'; exit 1; }
command -v debootstrap >/dev/null || { echo 'FAIL bare.root  # debootstrap is missing: apt-get install debootstrap'; exit 1; }
# The archive that this machine itself installs from.
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | head -n 1)}
[ -n "$MIRROR" ] || { echo 'FAIL bare.root  # apt knows no archive of bookworm here: name one with MIRROR=…'; exit 1; }

# Whatever ends us, what runs inside ends first, then the systems go. What a killed run left behind goes at the next one.
leave() {
	local status=$?
	trap - EXIT
	trap '' TERM INT HUP
	if [ -n "$inside_pid" ]; then
		kill -TERM "$inside_pid" 2>/dev/null
		wait "$inside_pid" 2>/dev/null
	fi
	[ -n "$keep" ] || rm -rf --one-file-system "${folder:?}"
	exit "$status"
}
for old in "$TEMPORARY".*; do
	if [ -e "$old/lock" ]; then flock -n "$old/lock" rm -rf --one-file-system "$old"; fi
done
folder=${folder:-$(mktemp -d "$TEMPORARY.XXXXXX")}
trap leave EXIT
trap 'exit 143' TERM INT HUP
mkdir -p "$folder/debs" "$LOGS"
exec 8>"$folder/lock"
flock -n 8 || { echo "FAIL bare.root  # another run uses $folder"; exit 1; }

# bounded SECONDS COMMAND…: ended with all that it started when the time is over, and when we are ended, even by a kill.
bounded() {
	local status=0
	setpriv --pdeathsig TERM -- timeout --kill-after=10 "$@" </dev/null 8>&- &
	inside_pid=$!
	wait "$inside_pid" || status=$?
	inside_pid=
	[ "$status" != 124 ] || echo "    it was ended: its limit is $1 s"
	return "$status"
}

# timed NAME COMMAND…: a test, its time, and the end of what it said when it failed.
timed() {
	local name=$1 log=$LOGS/${1#bare.}.log began=$SECONDS verdict=PASS
	shift
	printf '    %s … (%s)\n' "$name" "${log#"$OPX_ROOT/"}"
	if ! "$@" >"$log" 2>&1; then
		verdict=FAIL SUITE_FAILED=1
		tail -n 60 "$log" | sed 's/^/    | /'
	fi
	printf '    %d s\n%s %s\n' $((SECONDS - began)) "$verdict" "$name"
}

# The base system, whole or not at all. What debootstrap mounts is seen by nobody else. Packages fetched once are kept for the copy.
system_make() {
	[ ! -e "$folder/base" ] || return 0
	rm -rf "$folder/base.new"
	bounded 1800 unshare --mount --pid --fork --kill-child debootstrap --variant=minbase bookworm "$folder/base.new" "$MIRROR" || return 1
	printf 'deb %s bookworm main\n' "$MIRROR" >"$folder/base.new/etc/apt/sources.list"
	rm -rf "$folder"/base.new/var/cache/apt/archives/*.deb
	machine_setup "$folder/base.new" && mv "$folder/base.new" "$folder/base"
}

# How this machine reaches the network is no part of the project, and no network is part of Debian: its proxy and the authorities that
# its administrator added are those of the new system too (names are resolved as here, see inside).
machine_setup() {
	apt-config dump | grep -E '^Acquire::(http|https|ftp)::Proxy' >"$1/etc/apt/apt.conf.d/00machine"
	mkdir -p "$1/usr/local/share/ca-certificates"
	find /usr/local/share/ca-certificates -name '*.crt' -exec cp -L -t "$1/usr/local/share/ca-certificates" {} +
}
MACHINE=()
for v in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
	[ -z "${!v:-}" ] || MACHINE+=("$v=${!v}")
done

# system_copy NAME: a fresh one of that name, with a clone of what is committed here.
system_copy() {
	rm -rf --one-file-system "${folder:?}/$1"
	cp -a "$folder/base" "$folder/$1" || return 1
	git -c safe.directory="*" clone -q --no-hardlinks "$OPX_ROOT" "$folder/$1$CLONE" || return 1
	git -C "$folder/$1$CLONE" -c safe.directory="*" checkout -q --detach "$(git -c safe.directory="*" -C "$OPX_ROOT" rev-parse HEAD)" || return 1
	git -C "$folder/$1$CLONE" -c safe.directory="*" log -1 --format='commit %H'
	[ "$1" != user ] || { chroot "$folder/user" useradd -m -s /bin/bash marie && chroot "$folder/user" chown -R marie: "$CLONE"; }
}

# inside SECONDS NAME USER COMMAND: in that system, in namespaces of its own: what is mounted and what runs there ends with it. The
# bare environment of a fresh session: no locale, no TMPDIR, and no systemd anywhere.
inside() {
	local limit=$1 at=$folder/$2 who=$3
	shift 3
	bounded "$limit" unshare --mount --pid --fork --kill-child sh -ec '
		at=$1 debs=$2 who=$3 clone=$4 command=$5
		shift 5
		mount --make-rprivate /
		mount -t proc proc "$at/proc"
		mount -t sysfs -o ro sysfs "$at/sys" 2>/dev/null || mount --rbind /sys "$at/sys"
		mount -t tmpfs -o mode=755 tmpfs "$at/dev"
		for d in null zero full random urandom tty; do
			touch "$at/dev/$d"
			mount --bind "/dev/$d" "$at/dev/$d"
		done
		mkdir "$at/dev/shm" "$at/dev/pts"
		mount -t tmpfs -o mode=1777 tmpfs "$at/dev/shm"
		mount -t devpts -o newinstance,ptmxmode=0666 devpts "$at/dev/pts"
		ln -s pts/ptmx "$at/dev/ptmx"
		ln -s /proc/self/fd "$at/dev/fd"
		ln -s /proc/self/fd/0 "$at/dev/stdin"
		ln -s /proc/self/fd/1 "$at/dev/stdout"
		ln -s /proc/self/fd/2 "$at/dev/stderr"
		mount -t tmpfs -o mode=755 tmpfs "$at/run"
		mkdir -p "$at/var/cache/apt/archives"
		mount --bind "$debs" "$at/var/cache/apt/archives"
		cp -L /etc/resolv.conf "$at/etc/resolv.conf"
		status=0
		chroot "$at" /usr/bin/setpriv --reuid "$who" --regid "$who" --init-groups -- \
			/usr/bin/env -i HOME="$(chroot "$at" getent passwd "$who" | cut -d : -f 6)" \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" \
			sh -c "cd $clone && $command" || status=$?
		exit "$status"
	' sh "$at" "$folder/debs" "$who" "$CLONE" "$*" "${MACHINE[@]}"
}

# Somebody who is not root is told what root must type; typed as it stands, it is enough.
user_is_told() {
	local said=$LOGS/said
	inside 60 user marie './opx demo --check' >"$said" 2>&1 && return 1
	cat "$said"
	grep -E '^ +apt-get update && apt-get install --no-install-recommends -y [a-z0-9 .+-]+$' "$said" >"$folder/line"
}
root_types_it() { inside 3600 user root "export DEBIAN_FRONTEND=noninteractive; $(cat "$folder/line")"; }
user_demo_check() { inside 5400 user marie './opx demo --check'; }
user_stops_it() {
	inside 1800 user marie '
		: >var/demo.out
		./opx demo >var/demo.out 2>&1 &
		until grep -q "Ctrl-C stops everything" var/demo.out; do
			kill -0 $! || { cat var/demo.out; exit 1; }
			sleep 1
		done
		kill -TERM $!
		status=0
		wait $! || status=$?
		cat var/demo.out
		[ $status = 143 ]'
}
root_demo_check() { inside 5400 root root './opx demo --check --yes'; }
root_doctor() {
	inside 120 root root './opx doctor' >"$LOGS/said" 2>&1
	cat "$LOGS/said"
	grep -q 'Nothing stands in the way' "$LOGS/said"
}
root_suites() {
	local status=0
	inside 14400 root root "./opx test --yes $SUITES" || status=$?
	rm -rf "${LOGS:?}/suites"
	cp -r "$folder/root$CLONE/var/tests" "$LOGS/suites"
	return "$status"
}

timed bare.system system_make
[ "$SUITE_FAILED" = 0 ] || suite_end
timed bare.user.clone system_copy user
timed bare.user.is-told user_is_told
timed bare.user.root-types-it root_types_it
timed bare.user.demo-check user_demo_check
timed bare.user.stops-it user_stops_it
timed bare.root.clone system_copy root
timed bare.root.demo-check root_demo_check
timed bare.root.doctor root_doctor
timed bare.root.suites root_suites
grep -E '^[a-z-]+ +[0-9]+ passed|^build |^[0-9]+ passed|^in [0-9]+ s' "$LOGS/root.suites.log" | sed 's/^/    | /'
suite_end
