# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# System accounts, one for each process (security.md 5.2), made once and kept. As an ordinary user there are none.

# Who may connect to what: the group is that of a socket or of files, its members those who need them.
OPX_ACCOUNTS='opx-web opx-seal opx-files opx-signin opx-post opx-make opx-tsa opx-nginx opx-pg opx-mail opx-admin'
OPX_GROUPS='opx-run opx-sock opx-wake opx-db opx-blob opx-pepper opx-letter'
accounts_members() {
	case $1 in
	opx-run) echo opx-web opx-seal opx-files opx-signin opx-post opx-make opx-tsa opx-mail ;; # make sockets in the run folder
	opx-sock) echo opx-web opx-tsa opx-mail ;;                                               # give their sockets to nginx, whose own group it is
	opx-wake) echo opx-web opx-seal opx-files opx-signin opx-post opx-make ;;                # datagrams that wake
	opx-db) echo opx-pg opx-web opx-seal opx-files opx-signin opx-post opx-make opx-admin ;; # PostgreSQL's socket
	opx-blob) echo opx-nginx opx-web opx-files opx-make opx-admin ;;                         # read the store
	opx-pepper) echo opx-web opx-signin ;;
	opx-letter) echo opx-web opx-make ;;
	esac
}

accounts_make() {
	is_root || return 0
	local a g m
	for g in $OPX_GROUPS; do getent group "$g" >/dev/null || groupadd --system "$g"; done
	for a in $OPX_ACCOUNTS; do
		getent passwd "$a" >/dev/null && continue
		if [ "$a" = opx-nginx ]; then m=(--gid opx-sock); else m=(--user-group); fi
		useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "${m[@]}" "$a"
	done
	for g in $OPX_GROUPS; do
		for a in $(accounts_members "$g"); do
			id -nG "$a" | tr ' ' '\n' | grep -qx "$g" || usermod -aG "$g" "$a"
		done
	done
}

# as ACCOUNT COMMAND…: the command as that account, with a clean environment and no way to gain rights.
as() {
	local who=$1
	shift
	if is_root; then
		setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups --no-new-privs --reset-env -- "$@"
	else
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent LC_ALL=C.UTF-8 "$@"
	fi
}
