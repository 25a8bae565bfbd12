#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/jobs/run.sh BUILD: test-jobs, then the real opx-jobs, on a throw-away PostgreSQL with a private socket. Leaves nothing behind.
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
status=0
if OPX_TEST_PG=$folder OPX_SOURCE=$source "$source/tests/jobs/run.py" "$build/tests/test-jobs"; then
	printf 'PASS jobs.database.%s\n' "$(basename "$build")"
else
	printf 'FAIL jobs.database.%s\n' "$(basename "$build")"
	status=1
fi
OPX_TEST_PG=$folder "$source/tests/jobs/process.py" "$build" || status=1
[ "$status" = 0 ]
