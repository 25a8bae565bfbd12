# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Debian packages: which are missing, and how they come without starting a single service of the distribution.

packages_of() { awk -v groups=" $* " '$1 !~ /^#/ && NF >= 2 && index(groups, " " $1 " ") { print $2, $3 }' "$OPX_ROOT/packages.txt"; }

packages_missing() {
	local package command
	while read -r package command; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] && continue
		[ -n "$command" ] && have "$command" && continue
		printf '%s\n' "$package"
	done < <(packages_of "$@")
}

# packages_need YES GROUP…: makes sure that they are there, or says exactly what to type.
packages_need() {
	local yes=$1 missing line answer
	shift
	have dpkg-query || fail "this is not a Debian system: dpkg-query is missing"
	missing=$(packages_missing "$@" | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || return 0
	line="apt-get install --no-install-recommends -y $missing"
	if ! is_root; then
		warn "these packages are missing; as root, type:"
		say "    apt-get update && $line"
		exit 1
	fi
	if [ -z "$yes" ]; then
		say "These packages are missing: $missing"
		[ -t 0 ] || fail "nobody to ask; run again with --yes, or type: $line"
		read -r -p "Install them now? [y/N] " answer
		case $answer in y | Y | yes | o | O | oui) ;; *) fail "nothing was installed" ;; esac
	fi
	step "refresh the list of packages" apt-get update -q
	# shellcheck disable=SC2086
	step "install $(wc -w <<<"$missing") packages" packages_install $missing
}

# Runs inside a step, so in a shell of its own: its trap puts back what it changed however it ends.
packages_install() {
	trap packages_restore EXIT
	trap 'exit 143' TERM INT HUP
	if [ -e /usr/sbin/policy-rc.d ]; then mv /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.before-opx; fi
	printf '#!/bin/sh\n# made by opx for the time of an installation\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod 755 /usr/sbin/policy-rc.d
	# The file is nobody's conffile: postgresql-common reads what it finds there, and we take ours away again.
	if [ ! -d /etc/postgresql-common/createcluster.d ]; then
		mkdir -p /etc/postgresql-common/createcluster.d
		touch "$OPX_TMP/made-createcluster.d"
	fi
	printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.d/opx.conf
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

packages_restore() {
	rm -f /usr/sbin/policy-rc.d /etc/postgresql-common/createcluster.d/opx.conf
	if [ -e /usr/sbin/policy-rc.d.before-opx ]; then mv /usr/sbin/policy-rc.d.before-opx /usr/sbin/policy-rc.d; fi
	if [ -e "$OPX_TMP/made-createcluster.d" ]; then
		rmdir --ignore-fail-on-non-empty /etc/postgresql-common/createcluster.d
		rm -f "$OPX_TMP/made-createcluster.d"
	fi
}
