# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# The processes of an instance: one table says who runs what, when it is ready, and how it is asked to stop.
# A process is known by its id and the tick it started at, so that a reused id is never touched.

OPX_PROCESSES='postgres tsa seal files signin post make web mail nginx'

# Sets P_USER, P_COMMAND (array), P_READY (what appears when it is ready), P_STOP (signal), P_STOP_S (time given).
process_describe() {
	P_STOP=TERM P_STOP_S=5 P_READY=()
	case $1 in
	postgres)
		P_USER=opx-pg P_STOP=INT P_STOP_S=30
		P_COMMAND=("$PG_BIN/postgres" -D "$STATE/pg")
		P_READY=(postgres_answers)
		;;
	tsa) P_USER=opx-tsa P_COMMAND=("$PROGRAM/bin/opx-tsa" --config "$CONFIG") P_READY=(test -S "$RUN/tsa.sock") ;;
	seal) P_USER=opx-seal P_COMMAND=("$PROGRAM/bin/opx-seal" --config "$CONFIG") P_READY=(test -S "$RUN/seal.wake") ;;
	files | signin | post | make)
		P_USER=opx-$1 P_STOP_S=15
		P_COMMAND=("$PROGRAM/bin/opx-jobs" --config "$CONFIG" --lane "${1/signin/sign-in}")
		P_READY=(test -S "$RUN/jobs.wake-${1/signin/sign-in}")
		;;
	web)
		P_USER=opx-web P_STOP_S=15
		P_COMMAND=("$PROGRAM/bin/opx-web" --config "$CONFIG")
		P_READY=(sockets_exist page upload signin)
		;;
	mail)
		P_USER=opx-mail
		P_COMMAND=(/usr/bin/python3 -I "$PROGRAM/scripts/mailcatcher.py" --folder "$MAILBOX" --smtp "127.0.0.1:$SMTP_PORT" --page "$RUN/mail.sock")
		P_READY=(test -S "$RUN/mail.sock")
		;;
	nginx)
		P_USER=root P_STOP=QUIT P_STOP_S=5
		P_COMMAND=("$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)" -p "$STATE/nginx" -c "$STATE/nginx.conf")
		P_READY=(nginx_listens)
		;;
	*) fail "no process is called '$1'; there are: $OPX_PROCESSES" ;;
	esac
}

sockets_exist() {
	local s
	for s in "$@"; do [ -S "$RUN/$s.sock" ] || return 1; done
}
nginx_listens() { ! port_is_free "$PORT" && ! port_is_free "$CARD_PORT" && ! port_is_free "$PLAIN_PORT"; }

# The tick at which a process started: field 22 of its stat, counted after the name, which may hold anything.
process_tick() {
	local s
	s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	s=${s##*) }
	awk '{ if ($1 == "Z") exit 1; print $20 }' <<<"$s"
}

# Prints the id of a running process of the instance, or fails.
process_id() {
	local pid tick
	[ -s "$PIDS/$1" ] && read -r pid tick <"$PIDS/$1" || return 1
	[ -n "$tick" ] && [ "$(process_tick "$pid")" = "$tick" ] || return 1
	printf '%s' "$pid"
}

process_start() {
	local name=$1
	if process_id "$name" >/dev/null; then return 0; fi
	process_describe "$name"
	[ -x "${P_COMMAND[0]}" ] || {
		warn "${P_COMMAND[0]} is not there: it was not built"
		return 1
	}
	process_sweep "$name"
	rm -f "$PIDS/$name"
	process_launch "$name" >>"$LOGS/$name.log" 2>&1 </dev/null 9>&- & # 9 is the lock of demo_alone: it must not outlive us in a process that does
	disown "$!"
	until_true 10 test -s "$PIDS/$name"
}

# In a process of its own, which becomes the program. It leaves our session last: whoever stops us in between ends it too, or finds
# its id written down.
process_launch() {
	local pid=$BASHPID tick
	tick=$(process_tick "$pid")
	printf '%s %s\n' "$pid" "$tick" >"$PIDS/$1"
	if is_root && [ "$P_USER" != root ]; then
		exec setsid setpriv --reuid "$P_USER" --regid "$(id -g "$P_USER")" --init-groups --no-new-privs --reset-env -- "${P_COMMAND[@]}"
	fi
	exec setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent LC_ALL=C.UTF-8 "${P_COMMAND[@]}"
}

# Sockets that a killed process left behind would look like readiness.
process_sweep() {
	local s
	case $1 in
	tsa) rm -f "$RUN/tsa.sock" ;;
	seal) rm -f "$RUN/seal.wake" ;;
	mail) rm -f "$RUN/mail.sock" ;;
	web) for s in page upload signin; do rm -f "$RUN/$s.sock"; done ;;
	files | signin | post | make) rm -f "$RUN/jobs.wake-${1/signin/sign-in}" ;;
	esac
}

ready_or_dead() { "${P_READY[@]}" || ! process_id "$1" >/dev/null; }

# process_wait NAME SECONDS: until it is ready; says why not, with the end of its log.
process_wait() {
	local name=$1
	process_describe "$name"
	until_true "$2" ready_or_dead "$name" || true
	if "${P_READY[@]}" && process_id "$name" >/dev/null; then
		process_grant "$name"
		return 0
	fi
	if process_id "$name" >/dev/null; then warn "$name is not ready after $2 s; the end of its log:"; else warn "$name has ended; the end of its log:"; fi
	tail -n 15 "$LOGS/$name.log" | sed 's/^/    | /' >&2
	return 1
}

# As root: sockets belong to their server, and to the group of those who may connect, whatever the server did.
process_grant() {
	is_root || return 0
	case $1 in
	web) chgrp opx-sock "$RUN"/{page,upload,signin}.sock && chmod 660 "$RUN"/{page,upload,signin}.sock ;;
	tsa | mail) chgrp opx-sock "$RUN/$1.sock" && chmod 660 "$RUN/$1.sock" ;;
	seal) chgrp opx-wake "$RUN/seal.wake" && chmod 660 "$RUN/seal.wake" ;;
	files | signin | post | make) chgrp opx-wake "${P_READY[2]}" && chmod 660 "${P_READY[2]}" ;;
	esac
}

process_gone() { ! process_id "$1" >/dev/null; }

process_stop() {
	local name=$1 pid
	process_describe "$name"
	pid=$(process_id "$name") || {
		rm -f "$PIDS/$name"
		return 0
	}
	kill -"$P_STOP" "$pid" 2>/dev/null || true
	if ! until_true "$P_STOP_S" process_gone "$name"; then
		warn "$name did not stop within $P_STOP_S s and is killed"
		process_kill "$name"
	fi
	rm -f "$PIDS/$name"
}

# As a power cut would, and all of it at once: it stands still first, so that it starts nobody else, then its children (those of
# PostgreSQL are in sessions of their own, and would hold its shared memory), its group and itself end.
process_kill() {
	local pid children=()
	process_describe "$1"
	pid=$(process_id "$1") || return 0
	kill -STOP "$pid" 2>/dev/null || true
	read -r -a children <"/proc/$pid/task/$pid/children" || true
	kill -KILL -- "-$pid" "${children[@]}" "$pid" 2>/dev/null || true
	until_true 10 process_buried "$pid" || process_gone "$1" || fail "$1 (process $pid) cannot be killed"
	rm -f "$PIDS/$1"
}

# A dead process keeps its number until its parent looks, and a PostgreSQL started meanwhile believes that it lives.
process_buried() { [ ! -e "/proc/$1" ]; }
