# shellcheck shell=bash disable=SC2034 # names for the suite that reads this
# SPDX-License-Identifier: MPL-2.0
# . postgres.sh BUILD: a throw-away PostgreSQL on a private socket, for a suite's run.sh: $folder (its socket, and room for the suite),
# $build, $source, "${psql[@]}", fresh_database. Leaves nothing behind, unless KEEP is set.
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
	chown postgres "$folder"
	as=(runuser -u postgres --)
fi
chmod 755 "$folder"
stop_postgres() {
	(cd / && "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1) || true
	[ -n "${KEEP:-}" ] || rm -rf "$folder"
}
trap stop_postgres EXIT
cd /
"${as[@]}" "$bin/initdb" -k -N -U postgres -A trust -E UTF8 --locale=C -D "$folder/data" >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -o "-c listen_addresses='' -c fsync=off -k $folder" -l "$folder/log" -w start >/dev/null
export PGOPTIONS='-c client_min_messages=warning'
psql=("$bin/psql" -h "$folder" -U postgres -v ON_ERROR_STOP=1 -q)
fresh_database() {
	"${psql[@]}" -d postgres -c 'DROP DATABASE IF EXISTS opx WITH (FORCE)' -c 'CREATE DATABASE opx'
	"${psql[@]}" -d opx -f - <"$source/sql/roles.sql"
}
