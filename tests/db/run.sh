#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/db/run.sh BUILD: starts a throw-away PostgreSQL on a private socket, prepares every statement of sql/ and of the plugins on
# the migrated schema, and plays the story of test-db. Leaves nothing behind.
set -euo pipefail
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
	chown postgres "$folder"
	as=(runuser -u postgres --)
fi
chmod 755 "$folder"
stop() {
	(cd / && "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1) || true
	rm -rf "$folder"
}
trap stop EXIT
cd /
"${as[@]}" "$bin/initdb" -k -N -U postgres -A trust -E UTF8 --locale=C -D "$folder/data" >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -o "-c listen_addresses='' -c fsync=off -k $folder" -l "$folder/log" -w start >/dev/null
psql=("$bin/psql" -h "$folder" -U postgres -v ON_ERROR_STOP=1 -q)
"${psql[@]}" -d postgres -c 'CREATE DATABASE opx'
"${psql[@]}" -d opx -f - <"$source/sql/roles.sql"
OPX_TEST_PG=$folder OPX_SOURCE=$source OPX_BUILD=$build CK_FORK=no "$build/tests/test-db"
for plugin in "$source"/plugins/*/; do
	name=$(basename "$plugin")
	for file in "$plugin"sql/[0-9]*.sql; do
		[ -e "$file" ] || continue
		schema=opx_${name//-/_}
		{
			printf 'CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION opx_owner; SET ROLE opx_owner; SET search_path = %s, pg_temp;\n' "$schema" "$schema"
			cat "$file"
		} | "${psql[@]}" -d opx -f -
	done
done
files=()
for file in "$source"/sql/queries/*.sql "$source"/plugins/*/queries.sql; do [ ! -e "$file" ] || files+=("$file"); done
"$build/bin/sqlc-check" "host=$folder user=postgres dbname=opx" "${files[@]}"
