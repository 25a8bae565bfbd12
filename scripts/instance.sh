#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Handles one instance and its single processes; what tests use to stop, kill and start parts.
#   scripts/instance.sh [--instance NAME] [--port P] COMMAND
#     ground              accounts, folders, authorities, secrets; no program
#     front               ground, then the configuration; starts nothing
#     up · down · erase   the whole, without the story, or nothing when something of it fails; down keeps the state; erase stops
#                         and forgets it
#     start · stop · kill · restart PROCESS…
#     status              one line a process
#     set NAME VALUE      a setting (scripts/lib/configure.sh lists them); the next start uses it
#     crl · revoke ID     new revocation lists, with the certificate of ID (scripts/people.txt) in them
#     psql ROLE …         psql as the account that has this role
#     paths               the variables of the layout, to be read by a script
set -euo pipefail
# shellcheck source=lib/load.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/load.sh"

name=demo port=
while [ $# -gt 0 ]; do
	case $1 in
	--instance) name=${2:?} && shift 2 ;;
	--port) port=${2:?} && shift 2 ;;
	*) break ;;
	esac
done
command=${1:-help}
shift || true
layout "$name"

case $command in
ground) instance_ground "$port" ;;
front)
	instance_ground "$port"
	step "programs and configuration" instance_configure
	;;
up)
	on_exit instance_undo
	instance_prepare "$port"
	layout "$name"
	step "start the processes" instance_start
	INSTANCE_IS_OURS= # it is up: it stays
	;;
down) instance_stop ;;
erase)
	instance_stop quietly
	layout_erase
	;;
start)
	for p in "$@"; do process_start "$p"; done
	for p in "$@"; do process_wait "$p" 30; done
	;;
stop) for p in "$@"; do process_stop "$p"; done ;;
kill) for p in "$@"; do process_kill "$p"; done ;;
restart)
	for p in "$@"; do process_stop "$p"; done
	for p in "$@"; do process_start "$p"; done
	for p in "$@"; do process_wait "$p" 30; done
	;;
status)
	for p in $OPX_PROCESSES; do printf '%-10s %s\n' "$p" "$(process_id "$p" || echo -)"; done
	;;
set)
	[ $# = 2 ] || fail "set wants a name and a value"
	[ -d "$STATE" ] || fail "there is no instance $name yet"
	{
		grep -sv "^$1=" "$STATE/settings" || true
		printf '%s=%s\n' "$1" "$2"
	} >"$OPX_TMP/settings"
	SETTINGS=$OPX_TMP/settings settings_load # a bad one is said, and not kept: the instance would not start again
	mv "$OPX_TMP/settings" "$STATE/settings"
	if [ -d "$PROGRAM" ]; then
		configure_nginx
		configure_programs
	fi
	;;
crl) pki_crl ;;
revoke) pki_revoke "$1" ;;
psql)
	[ $# -ge 1 ] || fail "psql wants a role"
	role=$1
	shift
	sql_as "$role" -d opx "$@"
	;;
paths)
	for v in INSTANCE INSTANCE_ID STATE RUN PROGRAM PKI SECRETS STORE LOGS MAILBOX CONFIG PORT CARD_PORT PLAIN_PORT SMTP_PORT \
		MAIN_HOST CARD_HOST MAIN_ORIGIN CARD_ORIGIN; do
		printf '%s=%q\n' "$v" "${!v:-}"
	done
	;;
*) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" ;;
esac
