#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# What the browser gets: the committed bundles are what bundle.mjs makes of the sources, and none has grown past its size.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT/core/web" || exit 1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

same_bundles() { node bundle.mjs "$made" >/dev/null && diff -rq js/dist "$made"; }

# at_most BYTES FILE, compressed as a server would: a library that grows is seen here.
at_most() {
	local size
	size=$(gzip -9 -c "$2" | wc -c)
	[ "$size" -le "$1" ] || { printf '    %s: %s bytes compressed, more than %s\n' "$2" "$size" "$1" && false; }
}

no_host() { ! grep -nE '"resolved": *"' package-lock.json; }
# Strings of HTML, inline styles and eval have no place in our scripts (the libraries are bundled, so the sources are read).
no_html_strings() { ! grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b' js/src/*.js; }

check web.packages web_packages
check web.bundles_are_the_sources same_bundles
check web.depot_size at_most 20000 js/dist/depot.js
check web.empreinte_size at_most 4000 js/dist/empreinte.js
check web.confort_size at_most 3000 js/dist/confort.js
check web.styles_size at_most 11000 css/socle.css
check web.lock_names_no_host no_host
check web.no_html_strings no_html_strings
suite_end
