# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# The instance's own PostgreSQL: its socket only, never as root, one database role for each system account.

PG_BIN=/usr/lib/postgresql/15/bin
PG_ROLES='opx_web opx_seal opx_files opx_signin opx_post opx_make'
PG_ADMIN_ROLES='opx_migrate opx_erase opx_backup opx_monitor'

postgres_answers() { as opx-pg "$PG_BIN/pg_isready" -q -h "$RUN/pg" -p "$PORT"; }

# sql_as ROLE ARGUMENT…: psql as the account that owns that role.
sql_as() {
	local role=$1 who
	shift
	case $role in
	postgres) who=opx-pg ;;
	opx_migrate | opx_erase | opx_backup | opx_monitor) who=opx-admin ;;
	*) who=${role/_/-} ;;
	esac
	as "$who" /usr/bin/psql -X -q -v ON_ERROR_STOP=1 -h "$RUN/pg" -p "$PORT" -U "$role" "$@"
}

postgres_init() {
	if [ ! -e "$STATE/pg/PG_VERSION" ]; then
		as opx-pg "$PG_BIN/initdb" -D "$STATE/pg" -U postgres -E UTF8 --locale=C.UTF-8 --data-checksums \
			--auth-local=peer --auth-host=scram-sha-256 --no-instructions
	fi
	postgres_configure
}

# Written again at each start, so that the files are always those of security.md 5.7.
postgres_configure() {
	local group=
	if is_root; then group="unix_socket_group = 'opx-db'"; fi
	cat >"$OPX_TMP/postgresql.conf" <<-END
		# made by opx; changes are lost at the next start
		listen_addresses = ''
		port = $PORT
		unix_socket_directories = '$RUN/pg'
		unix_socket_permissions = 0770
		$group
		cluster_name = 'opx/$INSTANCE_ID'
		max_connections = 200
		shared_buffers = 256MB
		wal_level = replica
		max_wal_size = 2GB
		random_page_cost = 1.1
		effective_cache_size = 1GB
		jit = off
		fsync = on
		full_page_writes = on
		synchronous_commit = on
		data_sync_retry = off
		password_encryption = scram-sha-256
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_destination = 'stderr'
		logging_collector = off
		log_line_prefix = '%m [%p] %u@%d '
		log_statement = ddl
		log_connections = on
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
	END
	{
		printf '# made by opx: each account has its role, nobody else comes in\n'
		printf 'local all postgres peer map=opx\n'
		printf 'local opx %s peer map=opx\n' "$(tr ' ' ',' <<<"$PG_ROLES $PG_ADMIN_ROLES")"
		printf 'local all all reject\n'
	} >"$OPX_TMP/pg_hba.conf"
	postgres_map >"$OPX_TMP/pg_ident.conf"
	local f
	for f in postgresql.conf pg_hba.conf pg_ident.conf; do
		install -m 600 "$OPX_TMP/$f" "$STATE/pg/$f"
		if is_root; then chown opx-pg:opx-pg "$STATE/pg/$f"; fi
	done
}

postgres_map() {
	local role me
	me=$(id -un)
	printf '# map  system account  role\n'
	if is_root; then printf 'opx opx-pg postgres\n'; else printf 'opx %s postgres\n' "$me"; fi
	for role in $PG_ROLES; do
		if is_root; then printf 'opx %s %s\n' "${role/_/-}" "$role"; else printf 'opx %s %s\n' "$me" "$role"; fi
	done
	for role in $PG_ADMIN_ROLES; do
		if is_root; then printf 'opx opx-admin %s\n' "$role"; else printf 'opx %s %s\n' "$me" "$role"; fi
	done
}

# Roles and the empty schema; then opx-admin runs the migrations.
postgres_prepare() {
	local roles="$PG_ROLES $PG_ADMIN_ROLES"
	if [ "$(sql_as postgres -d postgres -At -c "SELECT count(*) FROM pg_database WHERE datname = 'opx'")" = 0 ]; then
		sql_as postgres -d postgres -c 'CREATE DATABASE opx'
	fi
	sql_as postgres -d opx -f "$PROGRAM/sql/roles.sql"
	sql_as postgres -d opx -c 'ALTER DATABASE opx OWNER TO opx_owner' -c 'REVOKE ALL ON DATABASE opx FROM PUBLIC' \
		-c "GRANT CONNECT ON DATABASE opx TO ${roles// /, }"
}
