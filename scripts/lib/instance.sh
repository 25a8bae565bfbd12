# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# One instance as a whole: prepared, started in order, watched for readiness, stopped in the other order.

# Everything but the programs: accounts, folders, authorities, secrets. Done again, it changes nothing.
instance_ground() {
	step "accounts and folders of the instance $INSTANCE" instance_folders "$1"
	layout "$INSTANCE"
	step "authorities and certificates of the demo" pki_make
	step "secrets" secrets_make
}

# In a step, so in a shell of its own: the caller reads the layout again afterwards.
instance_folders() {
	accounts_make
	layout_make "$1"
}

instance_configure() {
	program_install
	configure_error_pages
	configure_nginx
	configure_programs
}

# From the stop on, what runs of the instance was started here: who calls this ends it when something fails (instance_undo).
instance_prepare() {
	instance_ground "$1"
	instance_stop quietly
	INSTANCE_IS_OURS=1
	step "programs and configuration" instance_configure
	step "PostgreSQL" instance_database_start
	step "migrations and reference data" instance_migrate
}

# When it did not come up as a whole, nothing of it stays; an instance that was found running and not come to is left alone.
instance_undo() {
	[ -n "${INSTANCE_IS_OURS:-}" ] || return 0
	warn "the instance $INSTANCE did not come up: what was started is stopped"
	instance_stop quietly
}

instance_database_start() {
	postgres_init
	process_start postgres && process_wait postgres 30
	postgres_prepare
}

admin_program() { as opx-admin "$PROGRAM/bin/opx-admin" --config "$CONFIG" "$@"; }

instance_migrate() {
	admin_program migrate
	admin_program import "$PROGRAM/sql/data"
	if [ ! -e "$STATE/first-admin" ]; then
		admin_program create-admin --court tj38185 --title Mme --name 'Sylvie Arnoux' --mail sylvie.arnoux@tj-grenoble.example \
			--cert "$PKI/people/sylvie-arnoux.pem"
		touch "$STATE/first-admin"
	fi
}

# All start side by side: the seal is ready only when its first head is stamped, which needs post, tsa and nginx.
instance_start() {
	local p
	pki_crl >/dev/null 2>&1
	# nginx first: what the others fetch at their start (revocation lists, tokens) comes through it.
	for p in nginx $OPX_PROCESSES; do process_start "$p" || return 1; done
	for p in $OPX_PROCESSES; do process_wait "$p" 30 || return 1; done
	until_true 30 instance_is_healthy || {
		warn "the instance does not answer on http://127.0.0.1:$PLAIN_PORT/sante:"
		instance_health >&2
		return 1
	}
}

# One line a pool: its address and what it answered.
instance_health() {
	local path
	for path in /sante /sante/televersement /sante/connexion; do
		printf '    %s %s\n' "$path" "$(http_status "$path")"
	done
}
instance_is_healthy() { [ "$(http_status /sante)$(http_status /sante/televersement)$(http_status /sante/connexion)" = 200200200 ]; }

# The status of a GET on the plain port; no tool is needed for it.
http_status() {
	local line
	exec 3<>"/dev/tcp/127.0.0.1/$PLAIN_PORT" || return 0
	printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
	read -r -t 5 line <&3 || line=
	exec 3>&-
	line=${line%$'\r'} # a status without its words ends the line
	line=${line#* }
	printf '%s' "${line:0:3}"
} 2>/dev/null

instance_stop() {
	local p names=()
	for p in $OPX_PROCESSES; do names=("$p" "${names[@]}"); done
	for p in "${names[@]}"; do
		if process_id "$p" >/dev/null; then
			[ "${1:-}" = quietly ] || printf '  stop %s\n' "$p"
			process_stop "$p"
		fi
		rm -f "$PIDS/$p"
	done
}
