# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Turns templates and settings into the configuration of nginx (nginx/*.in) and of our programs (scripts/opx.conf.in).

# Settings of an instance and their defaults; the file "settings" of its state overrides them, one "name=value" a line.
settings_load() {
	LIMIT_CONN=500 LIMIT_RATE=500 LIMIT_BURST=1000 LIMIT_LOGIN_RATE=60 LIMIT_LOGIN_BURST=60 KEEPALIVE_REQUESTS=200
	NGINX_WORKERS=2 PAGE_WORKERS=0 UPLOAD_WORKERS=4 SIGNIN_WORKERS=4 REQUESTS_PER_WORKER=5000
	HSTS_S=0 LOG_LEVEL=info SANDBOX=landlock TSA_CLOCK=trust NOTICE_GROUP_S=0
	COURT_LINE="Cour d’appel de Grenoble"
	local name value from=${SETTINGS:-$STATE/settings}
	[ -e "$from" ] || return 0
	while IFS='=' read -r name value; do
		case $name in
		LIMIT_CONN | LIMIT_RATE | LIMIT_BURST | LIMIT_LOGIN_RATE | LIMIT_LOGIN_BURST | KEEPALIVE_REQUESTS | NGINX_WORKERS | \
			PAGE_WORKERS | UPLOAD_WORKERS | SIGNIN_WORKERS | REQUESTS_PER_WORKER | HSTS_S | NOTICE_GROUP_S)
			[[ $value =~ ^[0-9]+$ ]] || fail "$from: $name is a number, not '$value'"
			;;
		LOG_LEVEL | SANDBOX | TSA_CLOCK) [[ $value =~ ^[a-z-]+$ ]] || fail "$from: $name has small letters" ;;
		'#'* | '') continue ;;
		*) fail "$from: no setting is called '$name'" ;;
		esac
		printf -v "$name" '%s' "$value"
	done <"$from"
}

# listen_lines NAME PORT [OPTION…]: IPv4 loopback, and IPv6 where the machine has it: browsers try both for a .localhost name.
listen_lines() {
	local name=$1 port=$2 text
	shift 2
	text="listen 127.0.0.1:$port ssl${*:+ $*};"
	if grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6; then text+=" listen [::1]:$port ssl${*:+ $*};"; fi
	printf -v "$name" '%s' "$text"
}

configure_nginx() {
	local f n NGINX_USER HSTS_HEADER VHOST_INC='' EDGE_SECRET EDGE_TSA_SECRET
	local LISTEN_MAIN LISTEN_CARD LISTEN_MAIN_DEFAULT LISTEN_CARD_DEFAULT
	settings_load
	NGINX_USER='# not root: no "user"'
	if is_root; then NGINX_USER='user opx-nginx opx-sock;'; fi
	HSTS_HEADER='# no Strict-Transport-Security: the setting HSTS_S is 0'
	if [ "$HSTS_S" != 0 ]; then HSTS_HEADER="add_header Strict-Transport-Security \"max-age=$HSTS_S\" always;"; fi
	EDGE_SECRET=$(cat "$SECRETS/edge")
	EDGE_TSA_SECRET=$(cat "$SECRETS/edge-tsa")
	listen_lines LISTEN_MAIN "$PORT" http2
	listen_lines LISTEN_CARD "$CARD_PORT"
	listen_lines LISTEN_MAIN_DEFAULT "$PORT" http2 default_server
	listen_lines LISTEN_CARD_DEFAULT "$CARD_PORT" default_server
	umask 077
	n=(STATE RUN LOGS PKI SECRETS PROGRAM STORE MAIN_HOST CARD_HOST PLAIN_PORT LIMIT_CONN LIMIT_RATE LIMIT_BURST LIMIT_LOGIN_RATE
		LIMIT_LOGIN_BURST KEEPALIVE_REQUESTS NGINX_WORKERS NGINX_USER HSTS_HEADER EDGE_SECRET EDGE_TSA_SECRET
		LISTEN_MAIN LISTEN_CARD LISTEN_MAIN_DEFAULT LISTEN_CARD_DEFAULT VHOST_INC)
	for f in given headers errors fcgi-common fcgi-open fcgi-card fcgi-local fcgi-tsa; do
		render "$OPX_ROOT/nginx/$f.inc.in" "$STATE/$f.inc" "${n[@]}"
	done
	for VHOST_INC in fcgi-open.inc fcgi-card.inc; do
		render "$OPX_ROOT/nginx/host.inc.in" "$STATE/host-${VHOST_INC#fcgi-}" "${n[@]}"
	done
	render "$OPX_ROOT/nginx/nginx.conf.in" "$STATE/nginx.conf" "${n[@]}"
	umask 022
}

# The static pages of nginx's own errors, with the address of this build's style sheets.
configure_error_pages() {
	local CODE TITLE WHAT THEN ASSETS
	ASSETS=/statique/$(basename "$(find "$PROGRAM/static/statique" -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1)")
	mkdir -p "$PROGRAM/static/_errors"
	while IFS='|' read -r CODE TITLE WHAT THEN; do
		[[ $CODE =~ ^[0-9]{3}$ ]] || continue
		render "$OPX_ROOT/nginx/error.html.in" "$PROGRAM/static/_errors/$CODE.html" TITLE WHAT THEN ASSETS
	done <"$OPX_ROOT/nginx/errors.txt"
	cp "$PROGRAM/static/_errors/503.html" "$PROGRAM/static/_absent.html"
}

# opx.conf: the core's sections, then one for each plugin that was built, with its SHA-256: another file would be refused.
configure_programs() {
	local COOKIE_INSTANCE=default so name body
	settings_load
	if [ "$INSTANCE_ID" != demo ]; then COOKIE_INSTANCE=$INSTANCE_ID; fi
	local n=(INSTANCE_ID COOKIE_INSTANCE RUN STATE LOG_LEVEL COURT_LINE MAIN_ORIGIN CARD_ORIGIN SITE HSTS_S PORT STORE SECRETS PKI
		PROGRAM PAGE_WORKERS UPLOAD_WORKERS SIGNIN_WORKERS REQUESTS_PER_WORKER NOTICE_GROUP_S SANDBOX TSA_CLOCK PLAIN_PORT SMTP_PORT POLICY_CARD POLICY_TSA)
	render "$OPX_ROOT/scripts/opx.conf.in" "$CONFIG.new" "${n[@]}"
	for so in "$PROGRAM"/plugins/*.so; do
		[ -e "$so" ] || continue
		name=$(basename "$so" .so)
		body=$OPX_TMP/plugin.conf
		: >"$body"
		if [ -e "$OPX_ROOT/plugins/$name/instance.conf.in" ]; then
			render "$OPX_ROOT/plugins/$name/instance.conf.in" "$body" "${n[@]}"
		fi
		{
			printf '\nplugin "%s" {\n\tsha256 = "%s"\n' "$name" "$(sha256sum "$so" | cut -d ' ' -f 1)"
			sed '/^#/d; /^$/d; s/^/\t/' "$body"
			printf '}\n'
		} >>"$CONFIG.new"
	done
	chmod 644 "$CONFIG.new"
	mv "$CONFIG.new" "$CONFIG"
}
