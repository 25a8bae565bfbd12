# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# ./opx doctor: what is missing or wrong on this machine, in sentences. Changes nothing. Status 0: nothing stands in the way.

doctor() {
	local bad=0 missing group v free
	doctor_ok() { printf '  ok    %s\n' "$1"; }
	doctor_bad() {
		printf '  WRONG %s\n' "$1"
		bad=1
	}
	doctor_note() { printf '  note  %s\n' "$1"; }

	v=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-?}" "${VERSION_ID:-?}")
	if [ "$v" = 'debian 12' ]; then doctor_ok "This is Debian 12."; else doctor_note "This is '$v'; everything was tried on Debian 12 only."; fi
	if is_root; then
		doctor_ok "You are root: each process gets an account of its own."
	else
		doctor_note "You are not root: all processes run as $(id -un), so nothing separates them from one another."
	fi
	for group in 'build run demo' test lint bench; do
		# shellcheck disable=SC2086
		missing=$(packages_missing $group | tr '\n' ' ')
		if [ -z "$missing" ]; then
			doctor_ok "The packages for '$group' are there."
		elif [ "$group" = 'build run demo' ]; then
			doctor_bad "Packages are missing for '$group'. As root: apt-get install --no-install-recommends -y ${missing% }"
		else
			doctor_note "Packages are missing for '$group' only. As root: apt-get install --no-install-recommends -y ${missing% }"
		fi
	done
	free=$(df -Pk "$OPX_ROOT" | awk 'NR == 2 { print int($4 / 1024) }')
	if [ "$free" -ge 3000 ]; then doctor_ok "$free MB of disk are free here."; else doctor_bad "Only $free MB of disk are free here; a demo with its build needs 3000."; fi
	free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	if [ "$free" -ge 1000 ]; then doctor_ok "$free MB of memory are free."; else doctor_bad "Only $free MB of memory are free; a demo with its build needs 1000."; fi
	if grep -qsw landlock /sys/kernel/security/lsm 2>/dev/null || doctor_landlock; then
		doctor_ok "The kernel has Landlock: hostile files are read in a closed room."
	else
		doctor_note "The kernel has no Landlock: opx-parse refuses to read files unless the setting sandbox is seccomp-only."
	fi
	if ports_are_free 8443; then
		doctor_ok "The ports 8443 to 8446 are free."
	else
		doctor_note "One of the ports 8443 to 8446 is taken: the demo takes the next free ones, or those of --port."
	fi
	v=${TMPDIR:-/tmp}
	[ ${#v} -le 60 ] || doctor_bad "TMPDIR is too long for the path of a socket (107 bytes at most)."
	doctor_instances
	if [ "$bad" = 0 ]; then say "Nothing stands in the way."; else say "Mend what is marked WRONG, then ask again."; fi
	return "$bad"
}

# Asks the kernel itself: landlock_create_ruleset(NULL, 0, VERSION) answers the ABI.
doctor_landlock() {
	have python3 || return 1
	python3 -c 'import ctypes,sys; sys.exit(0 if ctypes.CDLL(None).syscall(444, None, 0, 1) > 0 else 1)'
}

doctor_instances() {
	local d name p running
	for d in "$OPX_ROOT"/var/*/; do
		[ -e "$d/checkout" ] || continue
		name=$(basename "$d")
		layout "$name"
		running=
		for p in $OPX_PROCESSES; do process_id "$p" >/dev/null && running+="$p "; done
		doctor_note "Instance $name (port ${PORT:-?}): $([ -n "$running" ] && echo "runs ${running% }" || echo "is stopped")."
	done
}
