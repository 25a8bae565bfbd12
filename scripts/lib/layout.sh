# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Where an instance lives: its state, its sockets, its ports. Sets the variables that everything else uses.
# As root the state is in /var/lib/opx and the sockets in /run/opx; else both are private folders of the one user.

# A random mark of this checkout, so that two clones never take each other's state for their own.
checkout_id() {
	local f=$OPX_ROOT/var/.checkout
	mkdir -p "$OPX_ROOT/var"
	[ -s "$f" ] || od -An -N4 -tx1 /dev/urandom | tr -d ' \n' >"$f"
	cat "$f"
}

state_is_ours() { [ "$(cat "$1/checkout" 2>/dev/null)" = "$(checkout_id)" ]; }

# layout NAME: computes the paths; makes nothing.
layout() {
	INSTANCE=$1
	[[ $INSTANCE =~ ^[a-z][a-z0-9-]{0,30}$ ]] || fail "an instance's name has small letters, digits and '-': '$INSTANCE'"
	LINK=$OPX_ROOT/var/$INSTANCE
	if is_root; then
		if [ -e "$LINK/checkout" ]; then
			STATE=$(readlink -f "$LINK")
		else
			STATE=/var/lib/opx/$INSTANCE
			if [ -e "$STATE" ] && ! state_is_ours "$STATE"; then STATE=$STATE-$(checkout_id); fi
		fi
		INSTANCE_ID=$(basename "$STATE")
		RUN=/run/opx/$INSTANCE_ID
	else
		STATE=$LINK
		INSTANCE_ID=$INSTANCE
		[ ! -e "$STATE/pg" ] || [ -O "$STATE/pg" ] ||
			fail "the instance $INSTANCE was made by root; take another name with --instance, or run as root"
		RUN=$(readlink -f "$STATE/run" 2>/dev/null || true)
		[ -d "$RUN" ] && [ -O "$RUN" ] || RUN=
	fi
	PROGRAM=$STATE/program
	PKI=$STATE/pki
	SECRETS=$STATE/secrets
	STORE=$STATE/store
	LOGS=$STATE/log
	MAILBOX=$STATE/mail
	PIDS=$STATE/pids
	CONFIG=$STATE/opx.conf
	MAIN_HOST=opx.localhost
	CARD_HOST=carte.opx.localhost
	SITE=$MAIN_HOST
	if [ -e "$STATE/ports" ]; then read -r PORT <"$STATE/ports" && ports_from "$PORT"; fi
}

ports_from() {
	PORT=$1
	CARD_PORT=$((PORT + 1))
	PLAIN_PORT=$((PORT + 2))
	SMTP_PORT=$((PORT + 3))
	MAIN_ORIGIN=https://$MAIN_HOST:$PORT
	CARD_ORIGIN=https://$CARD_HOST:$CARD_PORT
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_is_said_well() { [[ $1 =~ ^[0-9]{4,5}$ ]] && (($1 >= 1024 && $1 <= 65532)) || fail "--port is a number from 1024 to 65532"; }
ports_are_free() { port_is_free "$1" && port_is_free $(($1 + 1)) && port_is_free $(($1 + 2)) && port_is_free $(($1 + 3)); }
ports_are_promised() { grep -qsx "$1" "$OPX_ROOT"/var/*/ports /var/lib/opx/*/ports; }

# The four ports are chosen once: certificates name the address of their revocation list, and links in mails the host.
layout_ports() {
	local wanted=$1 p
	if [ -e "$STATE/ports" ]; then
		[ -z "$wanted" ] || [ "$wanted" = "$PORT" ] ||
			fail "the instance $INSTANCE was made for port $PORT and its certificates say so; another port needs another --instance"
		return 0
	fi
	if [ -n "$wanted" ]; then
		port_is_said_well "$wanted"
		ports_are_free "$wanted" || fail "one of the ports $wanted to $((wanted + 3)) is taken; choose another --port"
	else
		for ((p = 8443; p < 9443; p += 10)); do
			if ports_are_free "$p" && ! ports_are_promised "$p"; then
				wanted=$p
				break
			fi
		done
		[ -n "$wanted" ] || fail "no four free ports were found between 8443 and 9443; choose one with --port"
	fi
	ports_from "$wanted"
	printf '%s\n' "$PORT" >"$STATE/ports"
}

# folder OWNER GROUP MODE PATH: made or mended. As an ordinary user all of it is that user's.
folder() {
	mkdir -p "$4"
	if is_root; then chown "$1:$2" "$4"; fi
	chmod "$3" "$4"
}

# Makes the folders of the instance, each with the rights of the one who works there.
layout_make() {
	local wanted=$1 f
	umask 022
	mkdir -p "$OPX_ROOT/var" "$STATE"
	chmod 755 "$STATE"
	checkout_id >"$STATE/checkout"
	if is_root; then
		[ "$LINK" -ef "$STATE" ] || ln -sfn "$STATE" "$LINK"
		folder root root 755 /var/lib/opx
		folder root root 755 /run/opx
		folder root opx-run 1771 "$RUN"
		ln -sfn "$RUN" "$STATE/run"
	elif [ -z "$RUN" ]; then
		layout_private_run
	fi
	layout_ports "$wanted"
	folder root root 755 "$LOGS"
	folder root root 755 "$PIDS"
	folder opx-pg opx-pg 700 "$STATE/pg"
	folder opx-pg opx-db 2750 "$RUN/pg"
	folder root opx-blob 750 "$STORE"
	folder opx-files opx-blob 2750 "$STORE/_blob"
	folder opx-make opx-blob 2750 "$STORE/_made"
	folder opx-web opx-files 2770 "$STORE/incoming"
	folder opx-seal opx-seal 700 "$STATE/seal"
	folder opx-tsa opx-tsa 700 "$STATE/tsa"
	for f in files signin post make; do folder "opx-$f" "opx-$f" 700 "$STATE/lane-$f"; done
	folder opx-mail opx-mail 750 "$MAILBOX"
	folder opx-nginx opx-sock 700 "$STATE/nginx"
	folder root root 755 "$STATE/bundles"
	folder root root 755 "$STATE/heads"
	folder root root 711 "$SECRETS"
	folder root root 755 "$PKI"
	for f in body proxy fastcgi uwsgi scgi; do
		rm -rf "${STATE:?}/nginx/$f"
		folder opx-nginx opx-sock 700 "$STATE/nginx/$f"
	done
}

# A socket's path has 107 bytes at most, and a checkout can be anywhere: sockets go to a short private folder.
layout_private_run() {
	if [ -n "${XDG_RUNTIME_DIR:-}" ] && [ -d "$XDG_RUNTIME_DIR" ] && [ -O "$XDG_RUNTIME_DIR" ] && [ ${#XDG_RUNTIME_DIR} -lt 50 ]; then
		RUN=$XDG_RUNTIME_DIR/opx-$INSTANCE-$(checkout_id)
		mkdir -p "$RUN"
	else
		RUN=$(mktemp -d "/tmp/opx-$INSTANCE.XXXXXX")
	fi
	chmod 700 "$RUN"
	ln -sfn "$RUN" "$STATE/run"
}

# Erases an instance: only a folder that carries our mark. Its processes must be stopped before.
layout_erase() {
	[ -e "$STATE" ] || return 0
	state_is_ours "$STATE" || fail "$STATE was not made by this checkout; it is left alone"
	[ -n "$RUN" ] && rm -rf "${RUN:?}"
	rm -rf "${STATE:?}"
	[ ! -L "$LINK" ] || rm -f "$LINK"
}
