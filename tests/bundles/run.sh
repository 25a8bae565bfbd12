#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tests/bundles/run.sh BUILD [CASE…]: a throw-away PostgreSQL, authorities of the openssl command, the lanes; then the judges. Leaves
# nothing behind.
# shellcheck disable=SC2317 # functions are called through check
set -euo pipefail
# shellcheck source=../support/postgres.sh
. "$(dirname "$0")/../support/postgres.sh" "$1"
shift
tmp=

failed=0
check() { # check NAME COMMAND…
	local name=$1
	shift
	if "$@" >"$folder/out" 2>&1; then printf 'PASS bundles.%s\n' "$name"; else
		tail -n 60 "$folder/out"
		printf 'FAIL bundles.%s\n' "$name"
		failed=1
	fi
}
run_case() {
	fresh_database
	tmp=$folder/$1
	mkdir -p "$tmp/out"
	"$source/tests/bundles/authorities.sh" "$tmp"
	OPX_TEST_PG=$folder OPX_TEST_TMP=$tmp OPX_SOURCE=$source OPX_BUILD=$build CK_FORK=no CK_RUN_CASE=$1 \
		"$build/tests/test-bundles" >"$tmp/said" 2>&1 && grep -qE '^100%: Checks: [1-9]' "$tmp/said" && return 0
	cat "$tmp/said"
	return 1
}
# What the C verifier says of each claim, as letters: P, F or I.
letters() {
	"$@" --tsa-roots "$tmp/tsa-roots.pem" --user-roots "$tmp/user-roots.pem" --policy "$tmp/policy" --json "$bundle" >"$tmp/verdict"
	python3 -c 'import json, sys
claims = json.load(open(sys.argv[1]))["claims"]
print("".join(claims["K%d" % n]["verdict"][0] for n in range(9)))' "$tmp/verdict"
}
says() { # says LETTERS COMMAND…
	local want=$1 got
	shift
	got=$(letters "$@") || true
	[ "$got" = "$want" ] || { printf 'said %s, wanted %s\n' "$got" "$want"; cat "$tmp/verdict"; return 1; }
}
# What VERIFIER.txt gives to type, which is all that stands eight columns in, typed as it stands in the order of the text.
by_hand() {
	local at=$tmp/by-hand/$1
	mkdir -p "$at" && cp "$tmp/tsa-roots.pem" "$tmp/user-roots.pem" "$at/" && cp "$bundle" "$at/DOSSIER.asice" && cp "$tmp/policy" "$at/POLITIQUE" || return 1
	unzip -p "$bundle" 'log/checkpoints/*.note' | head -n 5 >"$at/ÉTAT.note"
	unzip -p "$bundle" VERIFIER.txt | sed -n 's/^ \{8\}//p' >"$at/typed" || return 1
	[ "$(grep -cE '^(unzip|sh|openssl|sha256sum|for) ' "$at/typed")" = 8 ] || { cat "$at/typed"; return 1; }
	(cd "$at" && sh -eux typed) >"$at/said" 2>&1 && ! grep '^FAUX' "$at/said" && return 0
	cat "$at/said"
	return 1
}
# A tagged PDF that says what it must.
paper() { # paper PDF WORDS
	qpdf --check "$1" && pdfinfo "$1" | grep -E '^Tagged: +yes' && pdfinfo "$1" | grep -E '^(PDF subtype|Title): ' || return 1
	pdftotext -layout "$1" "$tmp/text" || return 1
	while read -r words; do
		tr -s '\n ' '  ' <"$tmp/text" | tr -d '\302\240' | grep -qF -- "$(printf %s "$words" | tr -d '\302\240')" ||
			{ printf 'does not say: %s\n' "$words"; cat "$tmp/text"; return 1; }
	done <"$2"
}
# The printer reads nothing outside its folder, and fetches nothing.
printer_is_closed() {
	mkdir -p "$tmp/print" && printf 'secret' >"$tmp/secret.css"
	cat >"$tmp/print/page.html" <<-'END'
		<html lang="fr"><head><title>x</title><link rel="stylesheet" href="../secret.css"></head>
		<body><p>x</p><img src="http://127.0.0.1:9/a.png" alt=""><img src="file:///etc/passwd" alt=""></body></html>
	END
	/usr/bin/python3 -I -c "$(cat "$source/core/lane/print.py")" "$tmp/print" >"$tmp/said" 2>&1 || { cat "$tmp/said"; return 1; }
	cat "$tmp/said"
	[ "$(grep -c 'refused' "$tmp/said")" = 3 ]
}
verdict_of() {
	case $1 in
	case-*) echo PPPPPPIPI ;;
	party-*) echo PPPPPPIPI ;;
	receipt-*) echo PPPIIIIPI ;;
	esac
}

cases=("$@")
[ "${#cases[@]}" -gt 0 ] || cases=(bundles letters waiting)
for name in "${cases[@]}"; do
	check "$name" run_case "$name"
	tmp=$folder/$name
	for bundle in "$tmp"/out/*.asice; do
		[ -e "$bundle" ] || continue
		label=$(basename "$bundle" .asice)
		check "$label.independent" python3 "$source/tests/bundles/check.py" "$tmp" "$bundle"
		check "$label.opx-verify" says "$(verdict_of "$label")" "$build/bin/opx-verify"
		unzip -p "$bundle" verifier.sh >"$tmp/verifier.sh" # the one that it carries
		check "$label.verifier-sh" says "$(verdict_of "$label")" sh "$tmp/verifier.sh"
		check "$label.by-hand" by_hand "$label"
	done
	for pdf in "$tmp"/out/*.pdf; do
		[ ! -e "$pdf" ] || check "paper.$(basename "$pdf" .pdf)" paper "$pdf" "${pdf%.pdf}.words"
	done
	[ "$name" != letters ] || check paper.printer-is-closed printer_is_closed
done
exit "$failed"
