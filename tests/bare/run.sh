#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/bare/run.sh [--keep FOLDER] [SUITE…]: this checkout's HEAD on a Debian 12 that has nothing but its base (docs/bare-debian.md).
# Makes the system with debootstrap, clones into it, and types what a newcomer types: as root, and as an ordinary user in a copy of
# that system. Then `./opx test` with the named suites; none named: all. PASS or FAIL a step. --keep leaves the systems in FOLDER, and
# one that is there already is used again.
# shellcheck disable=SC2317 # functions are called by check
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/suites/lib.sh
. "$here/../suites/lib.sh"
# The archive that this machine itself installs from.
# shellcheck disable=SC2016 # apt expands it
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)}
CLONE=/srv/expertise

folder='' keep=''
if [ "${1:-}" = --keep ]; then
	folder=${2:?"--keep wants a folder"} keep=1
	shift 2
fi
[ "$(id -u)" = 0 ] || { echo 'FAIL bare.root  # only root can make a system and enter it'; exit 1; }
command -v debootstrap >/dev/null || { echo 'FAIL bare.root  # debootstrap is missing: apt-get install debootstrap'; exit 1; }
folder=${folder:-$(mktemp -d /var/tmp/opx-bare.XXXXXX)}
mkdir -p "$folder/debs"
leave() { [ -n "$keep" ] || rm -rf "${folder:?}"; }
trap leave EXIT
trap 'exit 143' TERM INT HUP

# The base system, whole or not at all. Packages that were fetched once are kept for the copy.
system_make() {
	[ ! -e "$folder/base" ] || return 0
	debootstrap --variant=minbase bookworm "$folder/base.new" "$MIRROR" >"$folder/debootstrap.log" 2>&1 || {
		tail -n 20 "$folder/debootstrap.log"
		return 1
	}
	printf 'deb %s bookworm main\n' "$MIRROR" >"$folder/base.new/etc/apt/sources.list"
	rm -rf "$folder"/base.new/var/cache/apt/archives/*.deb
	mv "$folder/base.new" "$folder/base"
}

# system_copy NAME: a fresh one of that name, with a clone of what is committed here.
system_copy() {
	rm -rf "${folder:?}/$1"
	cp -a "$folder/base" "$folder/$1" || return 1
	git -c safe.directory="*" clone -q --no-hardlinks "$OPX_ROOT" "$folder/$1$CLONE" || return 1
	git -C "$folder/$1$CLONE" -c safe.directory="*" checkout -q --detach "$(git -c safe.directory="*" -C "$OPX_ROOT" rev-parse HEAD)" || return 1
	[ "$1" != user ] || { chroot "$folder/user" useradd -m -s /bin/bash marie && chroot "$folder/user" chown -R marie: "$CLONE"; }
}

# inside NAME USER COMMAND…: in that system, in namespaces of its own: what is mounted and what runs there ends with it. The bare
# environment of a fresh session: no locale, no TMPDIR, and no systemd anywhere.
inside() {
	local at=$folder/$1 who=$2
	shift 2
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child sh -ec '
		at=$1 debs=$2 who=$3
		shift 3
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
		chroot "$at" /usr/bin/setpriv --reuid "$who" --regid "$who" --init-groups -- \
			/usr/bin/env -i HOME="$(chroot "$at" getent passwd "$who" | cut -d : -f 6)" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			sh -c "cd $CLONE && $*"
	' sh "$at" "$folder/debs" "$who" "$@"
}
export CLONE

as_root() { inside root root "$@"; }
demo_check() { as_root './opx demo --check --yes --port 9873'; }
doctor_says() { as_root './opx doctor' | tee "$folder/doctor.log" && grep -q 'Nothing stands in the way' "$folder/doctor.log"; }
suites() { as_root "./opx test --yes $*"; }

# Somebody who is not root is told what root must type; typed as it stands, it is enough.
user_is_told() {
	local said
	said=$(inside user marie './opx demo --empty' 2>&1) && return 1
	printf '%s\n' "$said"
	grep -E '^ +apt-get update && apt-get install --no-install-recommends -y [a-z0-9 .+-]+$' <<<"$said" >"$folder/line"
}
root_types_it() { inside user root "export DEBIAN_FRONTEND=noninteractive; $(cat "$folder/line")" >"$folder/install.log" 2>&1 || { tail "$folder/install.log"; return 1; }; }
user_demo() {
	# shellcheck disable=SC2016
	inside user marie '
		: >demo.out
		./opx demo --empty --port 9883 >demo.out 2>&1 &
		n=0
		until grep -q "Ctrl-C stops everything" demo.out; do
			n=$((n + 1))
			[ $n -lt 600 ] && kill -0 $! || { cat demo.out; exit 1; }
			sleep 1
		done
		kill -TERM $!
		status=0
		wait $! || status=$?
		cat demo.out
		[ $status = 143 ]'
}

check bare.system system_make
[ "$SUITE_FAILED" = 0 ] || suite_end
check bare.user.clone system_copy user
check bare.user.is-told user_is_told
check bare.user.root-types-it root_types_it
check bare.user.demo-empty user_demo
check bare.root.clone system_copy root
check bare.root.demo-check demo_check
check bare.root.doctor doctor_says
suites "$@" 2>&1 | tee "$folder/suites.log"
check bare.root.suites grep -qE '^[1-9][0-9]* passed, 0 failed$' "$folder/suites.log"
suite_end
