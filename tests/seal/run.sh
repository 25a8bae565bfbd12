#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/seal/run.sh BUILD [CASE…]: starts a throw-away PostgreSQL on a private socket and gives each case of test-seal a database of
# its own; then the openssl command verifies what opx-seal signed. Leaves nothing behind.
# shellcheck disable=SC2317 # functions are called through check
set -euo pipefail
# shellcheck source=../support/postgres.sh
. "$(dirname "$0")/../support/postgres.sh" "$1"
shift

mkdir "$folder/keys" "$folder/tmp"
cd "$folder/keys"
openssl genpkey -quiet -algorithm ed25519 -out log.pem
openssl pkey -in log.pem -pubout -out log.pub.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout seal.key -out seal.pem -days 30 -subj /CN=Cachet \
	-addext keyUsage=critical,digitalSignature,nonRepudiation 2>/dev/null
cd /
export OPX_TEST_PG=$folder OPX_TEST_KEYS=$folder/keys OPX_TEST_TMP=$folder/tmp OPX_SOURCE=$source OPX_BUILD=$build CK_FORK=no

failed=0
check() { # check NAME COMMAND…
	local name=$1
	shift
	if "$@"; then printf 'PASS seal.%s\n' "$name"; else
		printf 'FAIL seal.%s\n' "$name"
		failed=1
	fi
}
run_case() { # run_case CASE [PROGRAM]
	fresh_database
	CK_RUN_CASE=$1 "$build/tests/${2:-test-seal}" >"$folder/out" 2>&1 && grep -q '^100%: Checks: 1,' "$folder/out" && return 0
	cat "$folder/out"
	return 1
}
# The program itself, as the instance starts it.
write_config() {
	local file=$folder/tmp/opx.conf
	mkdir -p "$folder/tmp/state/seal"
	cat >"$file" <<-END
		instance { run = "$folder/tmp" state = "$folder/tmp/state" log_level = "${1:-info}" }
		site { main_origin = "https://a.test" card_origin = "https://b.test" log_host = "opx.test" }
		database { socket_folder = "$folder" }
		store { root = "$folder/tmp" }
		web { edge_secret = "$folder/x" pepper = "$folder/x" letter_key = "$folder/x" }
		seal { log_key = "$folder/keys/log.pem" seal_key = "$folder/keys/seal.key" seal_certificate = "$folder/keys/seal.pem" token_wait_ms = 0 head_interval_ms = 50 global_interval_ms = 100 }
		plugins { folder = "$folder" }
	END
}
run_kill() {
	fresh_database
	write_config
	openssl pkey -in "$folder/keys/log.pem" -pubout -outform DER | tail -c 32 >"$folder/keys/log.public"
	OPX_TEST_LOG=$folder/tmp/seal.log OPX_TEST_LOG_KEY=$folder/keys/log.public \
		"$build/tests/seal-kill" "$build/bin/opx-seal" "$folder/tmp/opx.conf" >"$folder/out" 2>&1 &&
		grep -q '^100%: Checks: 1,' "$folder/out" && ! grep -E "Sanitizer|runtime error|assert" "$folder/tmp/seal.log" && grep kills "$folder/out" && return 0
	cat "$folder/out"
	tail -n 20 "$folder/tmp/seal.log"
	return 1
}
checks_itself() {
	local status=0
	write_config
	"$build/bin/opx-seal" --config "$folder/tmp/opx.conf" --check || return 1
	sed -i 's,seal.pem,other.pem,' "$folder/tmp/opx.conf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$folder/keys/other.key" -out "$folder/keys/other.pem" \
		-days 30 -subj /CN=Autre 2>/dev/null
	"$build/bin/opx-seal" --config "$folder/tmp/opx.conf" --check 2>"$folder/out" || status=$?
	[ "$status" = 1 ] && grep -q 'not the certificate of' "$folder/out"
}

# What the operator does not want to read is not written: one start with each level, as far as its first line of the global log.
start_says() { # start_says LEVEL
	local process status=0
	fresh_database
	{
		printf 'CREATE SCHEMA IF NOT EXISTS opx AUTHORIZATION opx_owner; SET ROLE opx_owner; SET search_path = opx, pg_temp;\n'
		cat "$source"/sql/migrations/*.sql
	} | "${psql[@]}" -d opx -f - >/dev/null || return 1
	rm -rf "$folder/tmp/state"
	write_config "$1"
	"$build/bin/opx-seal" --config "$folder/tmp/opx.conf" 2>"$folder/tmp/level.log" &
	process=$!
	until [ "$("${psql[@]}" -d opx -Atc 'SELECT count(*) FROM opx.global_line')" != 0 ]; do kill -0 "$process" || return 1; done
	kill -TERM "$process"
	wait "$process" || status=$?
	cat "$folder/tmp/level.log"
	return "$status"
}
obeys_its_level() {
	start_says info >"$folder/out" && grep -q 'event=seal.start' "$folder/out" && start_says error >"$folder/out" && [ ! -s "$folder/out" ]
}
refuses_a_level() {
	local status=0
	write_config loud
	"$build/bin/opx-seal" --config "$folder/tmp/opx.conf" --check 2>"$folder/out" || status=$?
	[ "$status" = 1 ] && grep -q 'opx.conf:1: section instance: log_level is debug, info, warn or error' "$folder/out"
}

cases=("$@")
[ "${#cases[@]}" -gt 0 ] ||
	cases=(fresh case-head after lost-rows rebuild refused altered second-line batches clock disk database token-wait seal due rest kill)
for name in "${cases[@]}"; do
	if [ "$name" = kill ]; then
		check kill run_kill
		check own-check checks_itself
		check log-level obeys_its_level
		check no-such-level refuses_a_level
	elif [ "$name" = due ] || [ "$name" = rest ]; then
		check "$name" run_case "$name" test-seal-waits
	else
		check "$name" run_case "$name"
	fi
done

# The note with nothing but the openssl command, as docs/evidence.md tells.
note_verifies() {
	local note=$folder/tmp/head.note
	sed -n '1,3p' "$note" >"$folder/tmp/text"
	grep '^— ' "$note" | head -n 1 | sed 's/^— [^ ]* //' | base64 -d | tail -c 64 >"$folder/tmp/signature"
	openssl pkeyutl -verify -rawin -pubin -inkey "$folder/keys/log.pub.pem" -sigfile "$folder/tmp/signature" -in "$folder/tmp/text" >/dev/null
}
seal_verifies() {
	openssl cms -verify -binary -inform DER -in "$folder/tmp/sealed.p7s" -content "$1" -cades -CAfile "$folder/keys/seal.pem" \
		-purpose any -out /dev/null 2>/dev/null
}
other_is_refused() {
	printf 'another file\n' >"$folder/tmp/other"
	! seal_verifies "$folder/tmp/other"
}
if [ -e "$folder/tmp/sealed.p7s" ]; then
	check note-by-openssl note_verifies
	check p7s-by-openssl seal_verifies "$folder/tmp/sealed"
	check p7s-of-another-file other_is_refused
fi
exit "$failed"
