#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# tplc and sqlc: what they make compiles, and each fault of an author is an error with its line.
# builds: dev
set -uo pipefail
. "$(dirname "$0")/lib.sh"
bin=$OPX_ROOT/build/dev/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refused TOOL NAME MESSAGE: the input on standard input is an error that says so, with its line; nothing is left behind.
refused() {
	cat >"$work/in.$1"
	"$bin/$1" --out-c "$work/out.c" --out-h "$work/out.h" "$work/in.$1" 2>"$work/err" && return 1
	grep -qE "in\.$1:[0-9]+: .*$2" "$work/err" || { cat "$work/err"; return 1; }
}
template() { printf '{%% template t (struct opx_str s) %%}\n%s\n{%% end %%}\n' "$1" | refused tplc "$2"; }

check tools.tplc.script template '<script>{{ s }}</script>' 'may stand in text'
check tools.tplc.inline-script template '<script>alert(1)</script>' 'inline script'
check tools.tplc.style template '<style>p{}</style>' 'inline style'
check tools.tplc.handler template '<p onclick="x">a</p>' 'event handler'
check tools.tplc.style-attribute template '<p style="x">a</p>' 'event handler or a style'
check tools.tplc.unquoted template '<p class={{ s }}>a</p>' 'double-quoted'
check tools.tplc.single-quoted template "<p class='{{ s }}'>a</p>" 'double quotes'
check tools.tplc.tag-name template '<{{ s }}>' 'may stand in text'
check tools.tplc.comment template '<!-- {{ s }} -->' 'may stand in text'
check tools.tplc.mixed-address template '<a href="/x/{{ s }}">a</a>' 'alone in its attribute'
check tools.tplc.bare-post template '<form method="post" action="/x"></form>' 'form post'
check tools.tplc.branch template '{% if 1 %}<p{% end %}>' 'does not end where it began'
# Outside a template a comment is nothing, and keeps the count of lines; other text is refused.
outside() { printf '%s\n{%% template t () %%}\n<p>a</p>\n{%% end %%}\n' "$1"; }
comment_goes_nowhere() {
	outside $'<!-- SPDX\n-->' >"$work/in.html"
	"$bin/tplc" --out-c "$work/out.c" --out-h "$work/out.h" "$work/in.html" && ! grep -q SPDX "$work/out.c" "$work/out.h"
}
check tools.tplc.comment-outside comment_goes_nowhere
check tools.tplc.text-outside refused tplc 'text outside a template' < <(outside $'<!-- a\n-->\nb')
check tools.tplc.endless-comment-outside refused tplc 'text outside a template' < <(outside '<!-- a')
check tools.tplc.no-end template '{% if 1 %}<p>' 'no .*end'
check tools.tplc.unknown-block template '{% while 1 %}' 'unknown block'

sql() { refused sqlc "$1"; }
check tools.sqlc.unknown-type sql 'unknown type' <<<$'-- name: a\n-- params: x varchar\n-- row: y bigint\nSELECT 1;'
check tools.sqlc.no-row sql 'has no' <<<$'-- name: a\nSELECT 1;'
check tools.sqlc.exec-row sql 'is exec and has a row' <<<$'-- name: a\n-- result: exec\n-- row: y bigint\nSELECT 1;'
check tools.sqlc.twice sql 'twice' <<<$'-- name: a\n-- row: y bigint\nSELECT 1;\n-- name: a\n-- row: y bigint\nSELECT 1;'
check tools.sqlc.no-semicolon sql 'no semicolon' <<<$'-- name: a\n-- row: y bigint\nSELECT 1'
check tools.sqlc.outside sql 'outside a named statement' <<<'SELECT 1;'

# What a value becomes in a page: one escaper, text and attribute alike; a char pointer or a plain text address does not compile.
compiles() {
	printf '{%% template t (struct opx_str s, struct opx_href a, const char *z) %%}\n%s\n{%% end %%}\n' "$1" >"$work/in.html"
	"$bin/tplc" --out-c "$work/out.c" --out-h "$work/out.h" "$work/in.html" &&
		gcc -std=c17 -D_GNU_SOURCE -Werror -Wno-unused-parameter -fsyntax-only -I"$work" -I"$OPX_ROOT/core" "$work/out.c" 2>"$work/err"
}
check tools.tplc.compiles compiles '<a href="{{ a }}" title="{{ s }}">{{ s }}</a>'
not_compiles() { ! compiles "$1"; }
check tools.tplc.char-pointer not_compiles '<p>{{ z }}</p>'
check tools.tplc.text-address not_compiles '<a href="{{ s }}">a</a>'
check tools.tplc.misspelt not_compiles '<p>{{ s.misspelt }}</p>'

# What is written down is what the tables say.
check docs.configuration-sample diff "$OPX_ROOT/docs/opx.conf.sample" <("$bin/opx-admin" sample-config)
# A setting that nobody reads would promise what is not done; those that are read without being there end the program at its start.
settings_are_read() {
	local name unread=0
	for name in $("$bin/opx-admin" sample-config | sed -n '/^plugin /,$d; s/^\t\(# \)\{0,1\}\([a-z0-9_]*\) = .*/\2/p' | sort -u); do
		grep -rqF --include='*.c' --exclude=config_tables.c "\"$name\"" "$OPX_ROOT/core" || { printf 'nobody reads %s\n' "$name" && unread=1; }
	done
	return "$unread"
}
check docs.settings-are-read settings_are_read
# Each event that warns stands in docs/operating.md, with what to do.
events_are_told() {
	local event untold=0
	while read -r event; do
		grep -qF "\`$event\`" "$OPX_ROOT/docs/operating.md" || { printf 'docs/operating.md does not tell %s\n' "$event" && untold=1; }
	done < <(find "$OPX_ROOT/core" "$OPX_ROOT/plugins" -name '*.c' -exec cat {} + | tr -s '\n\t ' ' ' |
		grep -oE 'OPX_(WARN|ERROR)[^;"]{0,60}"[a-z-]+\.[a-z_-]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u)
	return "$untold"
}
check docs.events-are-told events_are_told
suite_end
