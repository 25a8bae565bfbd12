#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# verifier.sh: judges an evidence bundle of OPX, offline, with sh, awk, coreutils, openssl, xxd and unzip only.
#
#   sh verifier.sh --tsa-roots F --user-roots F [--policy F] [--head NOTE]... [--now T] [--json] BUNDLE
#
# Roots (PEM) come from the trusted lists, the policy from where it is published, heads from other people: never from the bundle.
# One line a claim, K0 to K8. Exit 0: nothing FAILED; 1: something FAILED; 2: usage.
# Written apart from opx-verify, which must say the same of K0 to K7; signatures of persons are left to it (INDETERMINATE).
# One file on purpose: it travels in the bundle. Starting a program costs more than what it does here, so one awk or one sha256sum
# takes all files of a sort; openssl takes one at a time.
# shellcheck disable=SC2011,SC2016,SC2046 # names of files here are checked or ours; awk has dollars; words are split on purpose
set -u
LC_ALL=C
export LC_ALL
umask 077

usage_line() { printf 'Usage : verifier.sh --tsa-roots F --user-roots F [--policy F] [--head NOTE]... [--now T] [--json] DOSSIER\n'; }
usage() {
	usage_line >&2
	exit 2
}
case ${1:-} in
-h | --help)
	usage_line
	printf '%s\n' 'Juge un dossier de preuve (.asice) hors ligne : une ligne par affirmation, de K0 à K8.' \
		'Verdicts : PASSED (établi), FAILED (démenti), INDETERMINATE (les éléments manquent).' \
		'Code de sortie : 0 rien n’est démenti, 1 quelque chose l’est, 2 la commande ne peut pas être suivie.'
	exit 0
	;;
esac
tsa_roots='' user_roots='' policy='' now='' json=no bundle='' n_heads=0
W=$(mktemp -d) || exit 2
trap 'rm -rf "$W"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$W/b" "$W/heads" "$W/none" "$W/pem" "$W/pl" "$W/pn" "$W/pb"
# openssl is to trust the given roots and nothing that this machine trusts: even with -CAfile it looks into the system's folder.
SSL_CERT_DIR=$W/none SSL_CERT_FILE=/dev/null OPENSSL_CONF=/dev/null
export SSL_CERT_DIR SSL_CERT_FILE OPENSSL_CONF
while [ $# -gt 0 ]; do
	case $1 in
	--tsa-roots | --user-roots | --policy | --head | --now) [ $# -ge 2 ] || usage ;;
	esac
	case $1 in
	--tsa-roots) tsa_roots=$2 && shift ;;
	--user-roots) user_roots=$2 && shift ;;
	--policy) policy=$2 && shift ;;
	--now) now=$2 && shift ;;
	--head)
		n_heads=$((n_heads + 1))
		cp "$2" "$W/heads/$n_heads" 2>/dev/null || usage
		shift
		;;
	--json) json=yes ;;
	-*) usage ;;
	*) [ -z "$bundle" ] || usage && bundle=$1 ;;
	esac
	shift
done
[ -r "$tsa_roots" ] && [ -r "$user_roots" ] && [ -f "$bundle" ] && [ -r "$bundle" ] || usage
[ -z "$policy" ] || [ -r "$policy" ] || usage
for name in tsa_roots user_roots policy bundle; do
	eval "value=\$$name"
	case $value in '' | /*) ;; *) eval "$name=\$PWD/\$value" ;; esac
done
[ -n "$now" ] || now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
openssl x509 -in "$tsa_roots" -noout 2>/dev/null && openssl x509 -in "$user_roots" -noout 2>/dev/null || usage

REPORT=$W/report
: >"$REPORT"
# say CLAIM P|F|I|A REASON
say() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$REPORT"; }

# What every awk program here may use.
COMMON='
function init(   i, c) {
	CONVFMT = OFMT = "%.15g"
	for (i = 0; i < 256; i++) { c = sprintf("%c", i); CHR[i] = c; ORD[c] = i; HEX[i] = sprintf("%02x", i); NUM[sprintf("%02x", i)] = i }
	B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (i = 1; i <= 64; i++) B64N[substr(B64, i, 1)] = i - 1
}
function hexnum(h,   i, n) { for (i = 1; i < length(h); i += 2) n = n * 256 + NUM[substr(h, i, 2)]; return n + 0 }
function le(h,   i, n) { for (i = length(h) - 1; i > 0; i -= 2) n = n * 256 + NUM[substr(h, i, 2)]; return n + 0 }
function octal(h,   i, s) { for (i = 1; i < length(h); i += 2) s = s sprintf("\\%03o", NUM[substr(h, i, 2)]); return s } # printf makes bytes of it
function unhex(h,   i, s) { for (i = 1; i < length(h); i += 2) s = s CHR[NUM[substr(h, i, 2)]]; return s }
# Base64 in its only form to hex; "!" for anything else.
function b64hex(s,   i, n, v, out, pad) {
	n = length(s)
	if (n % 4 || s ~ /[^A-Za-z0-9+\/=]/ || s ~ /=[^=]/ || s ~ /===/) return "!"
	pad = s ~ /==$/ ? 2 : s ~ /=$/ ? 1 : 0
	for (i = 1; i <= n; i += 4) {
		v = ((B64N[substr(s, i, 1)] * 64 + B64N[substr(s, i + 1, 1)]) * 64 + B64N[substr(s, i + 2, 1)]) * 64 + B64N[substr(s, i + 3, 1)]
		out = out HEX[int(v / 65536)] HEX[int(v / 256) % 256] HEX[v % 256]
	}
	if (pad && substr(out, length(out) - 2 * pad + 1) !~ /^0*$/) return "!"
	return substr(out, 1, length(out) - 2 * pad)
}
function is_hex(s, n) { return length(s) == n && s !~ /[^0-9a-f]/ }
function is_dec(s) { return s ~ /^(0|[1-9][0-9]*)$/ && length(s) < 16 }
function is_origin(s) { return s ~ /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9._-]*)+$/ }
function origin_kind(s,   t) {
	if (!is_origin(s) || length(s) < 30) return ""
	t = substr(s, length(s) - 28)
	return t ~ /^\/[crg]\// && substr(t, 4) !~ /[^a-z2-7]/ ? substr(t, 2, 1) : ""
}
function days(y, m, d,   era, yoe, doy) {
	if (m <= 2) y--
	era = int(y / 400); yoe = y - era * 400
	doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
	return era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
}
function is_real(y, m, d,   last) {
	last = m == 2 ? (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28) : (m == 4 || m == 6 || m == 9 || m == 11) ? 30 : 31
	return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= last
}
# 2026-11-20T09:00:00.000Z to milliseconds since 1970; "" when it is not one.
function tms(s,   y, m, d) {
	if (length(s) != 24 || s !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9][0-9][0-9]Z$/) return ""
	y = substr(s, 1, 4) + 0; m = substr(s, 6, 2) + 0; d = substr(s, 9, 2) + 0
	if (!is_real(y, m, d) || substr(s, 12, 2) + 0 > 23 || substr(s, 15, 2) + 0 > 59 || substr(s, 18, 2) + 0 > 59) return ""
	return (((days(y, m, d) * 24 + substr(s, 12, 2)) * 60 + substr(s, 15, 2)) * 60 + substr(s, 18, 2)) * 1000 + substr(s, 21, 3)
}
# Nov 20 09:00:00 2026 GMT, as openssl writes it.
function cms(s,   p, t) {
	split(s, p, / +/); split(p[3], t, ":")
	return (((days(p[4] + 0, (index("JanFebMarAprMayJunJulAugSepOctNovDec", p[1]) + 2) / 3, p[2] + 0) * 24 + t[1]) * 60 + t[2]) * 60 + t[3]) * 1000
}
function say(k, v, why) { printf "%s\t%s\t%s\n", k, v, why >> REPORT }
'
# run_awk PROGRAM [-v name=value]... [file]...: one at a time in a pipeline.
run_awk() {
	printf '%s\nBEGIN { init() }\n%s\n' "$COMMON" "$1" >"$W/program.awk"
	shift
	awk -f "$W/program.awk" -v REPORT="$REPORT" "$@"
}

# --- The end: what one claim takes from another (6.1 to 6.3), then the lines. ---
KIND=unknown HAS_SEAL=no
finish() {
	run_awk '
	BEGIN {
		FS = "\t"
		split("K0 K1 K2 K3 K4 K5 K6 K7 K8", names, " ")
		title["K0"] = "le dossier de preuve est entier et scellé"; title["K1"] = "chaque document existait à sa date"
		title["K2"] = "chaque dépôt a eu lieu, par cette personne, dans ces bornes"
		title["K3"] = "chaque publication était visible de ces personnes et d’elles seules"
		title["K4"] = "chaque remise a eu lieu, à cette personne, dans ces bornes"
		title["K5"] = "rien n’a été retiré, ajouté ni déplacé dans le journal"; title["K6"] = "tous ont vu le même journal"
		title["K7"] = "ce qui manque manque pour une raison écrite"; title["K8"] = "le service marchait, ou non, à un moment donné"
	}
	function cap(k, reason) { if (worst[k] == 2) worst[k] = 1; add(k, "I", reason) }
	function add(k, v, reason) {
		if (v == "P") { held[k] = 1; return }
		if (v == "A") { if (!(reason in seen)) { seen[reason] = 1; said[++n_said] = reason } return }
		if ((v == "F" ? 2 : 1) > worst[k]) worst[k] = v == "F" ? 2 : 1
		if (!((k, reason) in seen)) { seen[k, reason] = 1; if (++n[k] <= 24) why[k, n[k]] = reason }
	}
	function verdict(k) { return worst[k] == 2 ? "FAILED" : worst[k] == 1 || !held[k] ? "INDETERMINATE" : "PASSED" }
	function quoted(s) { gsub(/[\001-\037\177]/, "?", s); gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
	{ add($1, $2, $3) }
	END {
		if (verdict("K0") == "FAILED")
			for (i = 2; i <= 9; i++) cap(names[i], "le dossier de preuve n’est pas entier (K0) : rien d’autre n’a été contrôlé")
		else {
			if (SEAL == "no") cap("K7", "sans sceau, ce qui manque peut avoir été retiré par le porteur")
			if (POLICY == "") {
				cap("K5", "sans la politique publiée du journal, les clés de ce dossier ne sont qu’une copie")
				cap("K6", "sans la politique publiée du journal, rien ne dit qui devait être témoin")
				if (SEAL == "no") { m = split("K2 K3 K4 K7 K8", list, " "); for (i = 1; i <= m; i++) cap(list[i], "ni sceau ni politique publiée") }
			} else if (verdict("K5") == "FAILED") {
				m = split("K2 K3 K4 K6 K7", list, " "); for (i = 1; i <= m; i++) cap(list[i], "le journal n’est pas bon (K5)")
			}
		}
		if (JSON == "yes") printf "{\"kind\":\"%s\",\"claims\":{", KIND
		else {
			title_of["receipt"] = "accusé de dépôt"; title_of["document"] = "dossier de preuve d’un document"; title_of["party"] = "dossier de preuve d’une personne"
			title_of["case"] = "dossier de preuve complet"; title_of["archive"] = "archive du dossier"; title_of["unknown"] = "inconnue"
			printf "Nature : %s\n", title_of[KIND]
		}
		for (i = 1; i <= 9; i++) {
			k = names[i]; text = ""; list_text = ""
			for (j = 1; j <= n[k] && j <= 24; j++) { text = text (j > 1 ? " ; " : " : ") why[k, j]; list_text = list_text (j > 1 ? "," : "") quoted(why[k, j]) }
			if (JSON == "yes") printf "%s\"%s\":{\"verdict\":\"%s\",\"reasons\":[%s]}", (i > 1 ? "," : ""), k, verdict(k), list_text
			else printf "%s %s %s%s\n", k, verdict(k), title[k], text
			if (verdict(k) == "FAILED") bad = 1
		}
		if (JSON == "yes") {
			printf "},\"announced\":["
			for (i = 1; i <= n_said; i++) printf "%s%s", (i > 1 ? "," : ""), quoted(said[i])
			print "]}"
		} else for (i = 1; i <= n_said; i++) print "À savoir : " said[i]
		exit bad
	}' -v SEAL="$HAS_SEAL" -v POLICY="$policy" -v JSON="$json" -v KIND="$KIND" "$REPORT"
	exit $?
}
failed() { say "$1" F "$2"; }
# stop REASON: K0 is broken, nothing else is worth looking at.
stop() {
	failed K0 "$1"
	finish
}
is_failed() {
	while read -r claim verdict _; do [ "$claim $verdict" != 'K0 F' ] || return 0; done <"$REPORT"
	return 1
}

# --- The container (5.1, 5.2): the directory is read from the end, each local header compared with it. ---
size=$(wc -c <"$bundle") && size=$((size))
[ "$size" -ge 22 ] && [ "$size" -lt 4294967295 ] || stop 'ce n’est pas un fichier ZIP'
tail -c 22 "$bundle" | xxd -p -c 22 >"$W/end"
set -- $(run_awk '{ if (substr($0, 1, 8) == "504b0506" && substr($0, 9, 8) == "00000000" && substr($0, 17, 4) == substr($0, 21, 4) && substr($0, 41, 4) == "0000")
	print le(substr($0, 21, 4)), le(substr($0, 25, 8)), le(substr($0, 33, 8)) }' "$W/end")
[ $# -eq 3 ] && [ "$1" -gt 0 ] && [ "$1" -le 60000 ] && [ $(($2 + $3 + 22)) -eq "$size" ] || stop 'la fin du fichier ZIP n’a pas la forme prévue'
tail -c +$(($3 + 1)) "$bundle" | head -c "$2" | xxd -p -c 60000 | tr -d '\n' >"$W/directory"
echo >>"$W/directory"
run_awk '
function bad(why) { print "bad", why; exit }
{
	for (i = 1; i <= N; i++) {
		h = substr($0, at + 1, 92)
		if (length(h) != 92 || substr(h, 1, 8) != "504b0102" || substr(h, 9, 4) != "1403") bad("un enregistrement du répertoire")
		method = substr(h, 21, 4); packed = le(substr(h, 41, 8)); whole = le(substr(h, 49, 8)); nl = le(substr(h, 57, 4))
		if (!(method == "0000" && substr(h, 13, 4) == "0a00" && packed == whole) && !(method == "0800" && substr(h, 13, 4) == "1400")) bad("une méthode")
		if (substr(h, 17, 4) != "0000" || substr(h, 25, 8) != "00002100" || substr(h, 61, 24) != "00000000000000000000a481") bad("un champ fixe")
		if (le(substr(h, 85, 8)) != offset || nl < 1 || nl > 200) bad("une place ou une longueur de nom")
		nh = substr($0, at + 93, 2 * nl); name = unhex(nh)
		if (length(nh) != 2 * nl || name !~ /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/ || name ~ /\.$/) bad("un nom")
		low = tolower(name)
		if (low in seen) bad("deux noms égaux à la casse près")
		seen[low] = 1; list[i] = low
		if (method == "0800" && (inflated += whole) > 268435456) bad("trop de données compressées")
		print "entry", offset + 0, 30 + nl, "504b0304" substr(h, 13, 52) nh, name
		end_ = offset + 30 + nl
		if (packed > 65536 || end_ + packed - start > 4194304) { print "run", start + 0, end_ - start; start = end_ + packed }
		offset = end_ + packed; at += 92 + 2 * nl
	}
	if (start < offset) print "run", start + 0, offset - start
	if (at != length($0) || offset != START) bad("des octets qui ne sont à aucun fichier")
	for (i = 1; i <= N; i++) {
		n = split(list[i], part, "/"); folder = ""
		for (k = 1; k < n; k++) { folder = folder (k > 1 ? "/" : "") part[k]; if (folder in seen) bad("un nom qui est un dossier") }
	}
}' -v N="$1" -v START="$3" "$W/directory" >"$W/entries"
if grep -q '^bad' "$W/entries"; then stop "l’enveloppe n’a pas la forme prévue : $(sed -n 's/^bad //p' "$W/entries" | head -n 1)"; fi
# Local headers are read by runs of entries, which leave out the bytes of big files.
grep '^run' "$W/entries" | while read -r _ start length; do
	printf '%s ' "$start" && xxd -s "$start" -l "$length" -p -c 60000 "$bundle" | tr -d '\n' && echo
done >"$W/runs"
grep '^entry' "$W/entries" >"$W/list"
other=$(awk 'NR == FNR { n++; from[n] = $2; size[n] = $3; header[n] = $4; name[n] = $5; next }
	BEGIN { i = 1 }
	{ for (; i <= n && from[i] - $1 < length($2) / 2; i++) if (substr($2, 2 * (from[i] - $1) + 1, 2 * size[i]) != header[i]) { print name[i]; exit } }
	END { if (i <= n) print name[i] }' "$W/list" "$W/runs" | head -n 1)
[ -z "$other" ] || stop "l’en-tête de $other n’est pas celui du répertoire"
unzip -qq -o "$bundle" -d "$W/b" >/dev/null 2>&1 </dev/null || stop 'un fichier est abîmé'
sed 's/.* //' "$W/list" >"$W/names"
B=$W/b
cd "$B" || exit 2
[ "$(head -n 1 "$W/names")" = mimetype ] && printf application/vnd.etsi.asic-e+zip | cmp -s - mimetype || failed K0 'le premier fichier n’est pas mimetype'
sort "$W/names" >"$W/sorted"
xargs sha256sum <"$W/sorted" | sed 's/  /\t/' >"$W/sha256"
xargs wc -c <"$W/sorted" >"$W/sizes"
# Files that awk reads as text must have no NUL.
grep -E '\.(json|note|data|tlog-proof|txt|csv)$|^policy/log.vkey$' "$W/names" >"$W/list"
: >"$W/nul"
if [ "$(xargs cat <"$W/list" | tr -cd '\000' | wc -c)" -gt 0 ]; then
	while read -r name; do [ "$(tr -cd '\000' <"$name" | wc -c)" -eq 0 ] || printf '%s\n' "$name"; done <"$W/list" >"$W/nul"
fi

# --- Strict JSON (1.5): one line "tag TAB path TAB type TAB value" a value; "tag TAB !" when it is not. Path parts end with \001. ---
FLATTEN='
function fail() { ok = 0; return "" }
function skip() { while (match(text, /^[ \t\n\r]/)) { match(text, /^[ \t\n\r]+/); text = substr(text, RLENGTH + 1) } }
function utf8(c) {
	if (c < 128) return CHR[c]
	if (c < 2048) return CHR[192 + int(c / 64)] CHR[128 + c % 64]
	if (c < 65536) return CHR[224 + int(c / 4096)] CHR[128 + int(c / 64) % 64] CHR[128 + c % 64]
	return CHR[240 + int(c / 262144)] CHR[128 + int(c / 4096) % 64] CHR[128 + int(c / 64) % 64] CHR[128 + c % 64]
}
function unit(s) { s = tolower(s); return is_hex(s, 4) ? NUM[substr(s, 1, 2)] * 256 + NUM[substr(s, 3, 2)] : -1 }
function str(   out, c, low) {
	if (substr(text, 1, 1) != "\"") return fail()
	text = substr(text, 2)
	while (ok) {
		if (match(text, /^[^"\\]+/)) { out = out substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1) }
		c = substr(text, 1, 1)
		if (c == "\"") { text = substr(text, 2); break }
		if (c != "\\") return fail()
		c = substr(text, 2, 1)
		if (c == "u") {
			c = unit(substr(text, 3, 4)); text = substr(text, 7)
			if (c < 0 || (c >= 56320 && c < 57344)) return fail()
			if (c >= 55296 && c < 56320) {
				low = substr(text, 1, 2) == "\\u" ? unit(substr(text, 3, 4)) : -1
				if (low < 56320 || low >= 57344) return fail()
				c = 65536 + (c - 55296) * 1024 + low - 56320; text = substr(text, 7)
			}
			if (c == 0) return fail()
			out = out utf8(c)
		} else {
			if (c !~ /^["\\\/]$/) return fail() # \b \f \n \r \t are characters that no string may have
			out = out c; text = substr(text, 3)
		}
	}
	if (out ~ /[\001-\037\177]/ || out ~ /\302[\200-\237]/ || out ~ /\330\234/ || out ~ /\342\200[\216\217\252-\256]/ || out ~ /\342\201[\246-\251]/ || out ~ /\357\273\277/) return fail()
	return out
}
function put(path, type, value) { if ((tag, path) in have) return fail(); have[tag, path] = 1; lines = lines tag "\t" path "\t" type "\t" value "\n" }
function scalar(path,   v, digits) {
	if (substr(text, 1, 1) == "\"") { v = str(); put(path, "s", v); return }
	if (!match(text, /^-?[0-9]+/)) return fail()
	v = substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1)
	digits = v; sub(/^-/, "", digits)
	if (v !~ /^(0|-?[1-9][0-9]*)$/ || length(digits) > 16 || digits + 0 > 9007199254740991 || text ~ /^[.eE]/) return fail()
	put(path, "n", v)
}
function list(path,   n) {
	text = substr(text, 2); skip(); n = 0
	if (substr(text, 1, 1) == "]") text = substr(text, 2)
	else while (ok) {
		skip()
		if (substr(text, 1, 1) !~ /^["0-9-]$/) return fail()
		scalar(path (++n) "\001"); skip()
		if (substr(text, 1, 1) == "]") { text = substr(text, 2); break }
		if (substr(text, 1, 1) != ",") return fail()
		text = substr(text, 2)
	}
	put(path, "a", n)
}
function object(path, depth,   key, first) {
	text = substr(text, 2); put(path, "o", ""); skip()
	if (substr(text, 1, 1) == "}") { text = substr(text, 2); return }
	while (ok) {
		skip(); key = str(); skip()
		if (!ok || substr(text, 1, 1) != ":") return fail()
		text = substr(text, 2); skip(); first = substr(text, 1, 1); key = path key "\001"
		if (first == "[") list(key)
		else if (first == "{") { if (depth) return fail(); object(key, 1) }
		else scalar(key)
		skip()
		if (substr(text, 1, 1) == "}") { text = substr(text, 2); return }
		if (substr(text, 1, 1) != ",") return fail()
		text = substr(text, 2)
	}
}
function is_utf8(s) {
	gsub(/[\001-\177]+/, "", s)
	gsub(/\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277]/, "", s)
	gsub(/\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]/, "", s)
	gsub(/[\302-\337][\200-\277]/, "", s)
	return s == ""
}
FILENAME == NUL { nul[$0] = 1; next }
{
	tag = $1; name = $2; text = ""; lines = ""; ok = 1
	while ((getline row < name) > 0) text = text row "\n"
	close(name)
	if (length(text) > 65537 || name in nul || !is_utf8(text)) ok = 0
	skip()
	if (ok && substr(text, 1, 1) == "{") object("", 0); else ok = 0
	skip()
	if (ok && text == "") printf "%s", lines; else print tag "\t!"
}'
flatten() { run_awk "$FLATTEN" -v NUL="$W/nul" "$W/nul" "$1" >>"$W/flat"; }
: >"$W/flat"
[ -f bundle.json ] || stop 'bundle.json manque'
echo 'B bundle.json' >"$W/list" && flatten "$W/list"
KIND=$(awk -F '\t' '$1 == "B" && $2 == "kind\001" && $3 == "s" { print $4 }' "$W/flat")
case $KIND in receipt | document | party | case | archive) ;; *) KIND=unknown && stop 'bundle.json n’est pas lisible ou ne dit pas une nature connue' ;; esac

# --- Layout, names, lists (5.3 to 5.7) ---
run_awk '
function is_id(s) { return s ~ /^D[0-9][0-9][0-9]+$/ && length(s) <= 10 }
function allowed(n,   p, m, full, some, t, dot) {
	full = KIND == "case" || KIND == "archive"; some = full || KIND == "party" || KIND == "document"
	if (n ~ /^(mimetype|LISEZMOI\.txt|VERIFIER\.txt|verifier\.sh|politique-du-journal\.txt|SHA256SUMS(\.tsr|\.p7s)?|bundle\.json|META-INF\/(ASiCManifest\.xml|timestamp\.tst)|policy\/(log\.vkey|witnesses\.policy))$/) return 1
	m = split(n, p, "/"); t = p[m]; dot = index(t, ".")
	if (n == "receipt.json" || n ~ /^proofs\/case\/[0-9]+\.tlog-proof$/) return KIND == "receipt" && (m == 1 || is_dec(substr(t, 1, dot - 1)))
	if (p[1] == "documents" && m == 2) {
		if (!is_id(substr(t, 1, dot - 1))) return 0
		t = substr(t, dot + 1)
		return t ~ /^[a-z0-9]+(\.tsr)?$/ && length(t) - (t ~ /\.tsr$/ ? 4 : 0) <= 8 && (some || t ~ /\.tsr$/)
	}
	if (n == "log/leaves.txt") return some
	if (n == "readings/leaves.txt" || n ~ /^global\/(window|left|heartbeats)\.txt$/) return full
	if (n ~ /^anchors\/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9](\.txt|\.tsr|\.2\.tsr)$/) return is_real(substr(t, 1, 4) + 0, substr(t, 6, 2) + 0, substr(t, 9, 2) + 0)
	if (n ~ /^(rights\/[0-9a-f]+\.csv|members\/[0-9a-f]+\.json|tokens\/[0-9a-f]+\.(tsr|data)|certs\/[0-9a-f]+\.cer|crl\/[0-9a-f]+\.crl|ocsp\/[0-9a-f]+\.ocsp)$/) return is_hex(substr(t, 1, dot - 1), 64)
	if (!is_dec(substr(t, 1, dot - 1))) return 0
	if (n ~ /^(log\/checkpoints\/[0-9]+\.(note|tsr)|bodies\/[0-9]+\.json(\.p7s)?|proofs\/global\/[0-9]+\.tlog-proof)$/) return 1
	if (n ~ /^(readings\/checkpoints\/[0-9]+\.(note|tsr)|readings\/bodies\/[0-9]+\.json(\.p7s)?|proofs\/global-readings\/[0-9]+\.tlog-proof)$/) return some
	if (n ~ /^proofs\/readings\/[0-9]+\.tlog-proof$/) return some && !full
	return full && n ~ /^global\/[0-9]+\.(note|tsr)$/
}
BEGIN { FS = "\t" }
{
	if (!allowed($2)) say("K0", "F", $2 " n’a pas sa place dans un dossier de cette nature")
	else if ($2 ~ /^(rights|members|tokens|certs|crl|ocsp)\// && $2 !~ /\.data$/ && index($2, $1) == 0) say("K0", "F", $2 " ne porte pas le nom de son empreinte")
	if ($2 !~ /^(mimetype|SHA256SUMS|SHA256SUMS\.tsr|SHA256SUMS\.p7s|META-INF\/ASiCManifest\.xml|META-INF\/timestamp\.tst)$/) print $1 "  " $2 > (DIR "/sums")
	if ($2 != "mimetype" && $2 !~ /^META-INF\//) print $1 "\t" $2 > (DIR "/manifest.list")
}' -v KIND="$KIND" -v DIR="$W" "$W/sha256"
run_awk '
BEGIN { FS = "\t" }
$1 != "B" { next }
$2 == "!" || NF == 2 { bad = 1 }
{ v[$2] = $4; t[$2] = $3 }
function text(n) { return t[n "\001"] == "s" ? v[n "\001"] : "" }
function number(n) { return t[n "\001"] == "n" }
function absences(n, doc,   i, s, m, p) {
	if (t[n "\001"] != "a") return 0
	for (i = 1; i <= v[n "\001"]; i++) {
		if (t[n "\001" i "\001"] != "s") return 0
		s = v[n "\001" i "\001"]; m = split(s, p, " ")
		if (s ~ /  / || s ~ /^ / || s ~ / $/ || (!doc && !is_dec(p[1]))) return 0
		if (!(m == 2 && (p[2] == "right" || p[2] == "scope" || (doc && p[2] == "pending"))) && !(m == 3 && (p[2] == "erasure" || p[2] == "hold") && is_dec(p[3]))) return 0
	}
	return 1
}
END {
	full = KIND == "case" || KIND == "archive"
	if (bad || !number("v") || v["v\001"] != 1 || origin_kind(text("log")) != "c" || !number("size") || v["size\001"] < 1 || tms(text("made")) == "" ||
	    t["for\001"] != "s" || number("readings_size") != full || number("seq") != (KIND == "receipt") || (t["document\001"] == "s") != (KIND == "document") ||
	    (text("for") == "-") != (KIND == "archive") || !absences("bodies_absent", 0) || !absences("readings_absent", 0) || !absences("documents_absent", 1))
		say("K0", "F", "bundle.json n’a pas les membres prévus")
}' -v KIND="$KIND" "$W/flat"
! is_failed || finish
cmp -s "$W/sums" SHA256SUMS || stop 'SHA256SUMS ne dit pas exactement les fichiers présents'
{
	printf '<?xml version="1.0" encoding="UTF-8"?>\n'
	printf '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
	printf '<asic:SigReference URI="META-INF/timestamp.tst" MimeType="application/vnd.etsi.timestamp-token"/>\n'
	run_awk '
	function b64(h,   i, v, out) {
		h = h "0000" # 32 bytes: two more make whole groups
		for (i = 1; i <= 66; i += 6) { v = hexnum(substr(h, i, 6)); out = out substr(B64, int(v / 262144) + 1, 1) substr(B64, int(v / 4096) % 64 + 1, 1) substr(B64, int(v / 64) % 64 + 1, 1) substr(B64, v % 64 + 1, 1) }
		return substr(out, 1, 43) "="
	}
	BEGIN { FS = "\t" }
	{ print "<asic:DataObjectReference URI=\"" $2 "\">\n<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\n<ds:DigestValue>" b64($1) "</ds:DigestValue>\n</asic:DataObjectReference>" }' "$W/manifest.list"
	printf '</asic:ASiCManifest>\n'
} | cmp -s - META-INF/ASiCManifest.xml || stop 'META-INF/ASiCManifest.xml ne dit pas exactement les fichiers présents'

# --- Certificates and revocation lists that travel with the bundle; names and dates of each, times in milliseconds. ---
# pem LABEL FILE: that DER file as PEM, which must also be what openssl writes of it
pem() { printf -- '-----BEGIN %s-----\n' "$1" && base64 -w 64 "$2" && printf -- '-----END %s-----\n' "$1"; }
: >"$W/said"
: >"$W/all.pem"
: >"$W/crls"
for f in certs/*.cer; do
	[ -f "$f" ] || continue
	name=${f#certs/} && pem CERTIFICATE "$f" >"$W/pem/${name%.cer}.pem"
	openssl x509 -inform DER -in "$f" -subject_hash -issuer_hash -enddate -serial 2>/dev/null >>"$W/said" || failed K0 "$f n’est pas lisible"
done
! is_failed || finish
[ ! -s "$W/said" ] || cat "$W"/pem/*.pem >"$W/all.pem"
sed -n '/^-----BEGIN/,/^-----END/p' "$W/said" | cmp -s - "$W/all.pem" || failed K0 'un certificat de certs/ n’est pas lisible'
for f in crl/*.crl; do
	[ -f "$f" ] || continue
	name=${f#crl/} && name=$W/${name%.crl}.crl.pem && pem 'X509 CRL' "$f" >"$name"
	openssl crl -inform DER -in "$f" -hash -lastupdate -nextupdate -out "$W/again.pem" 2>/dev/null >"$W/crl" && cmp -s "$name" "$W/again.pem" || failed K0 "$f n’est pas lisible"
	printf '%s\n' "$name" | cat - "$W/crl" | tr '\n' '\t' && echo
done >"$W/crls.said"
! is_failed || finish
run_awk 'BEGIN { FS = "\t" } { sub(/^.*=/, "", $2); sub(/^lastUpdate=/, "", $3); sub(/^nextUpdate=/, "", $4); print $1 "\t" $2 "\t" cms($3) "\t" cms($4) }' "$W/crls.said" >"$W/crls"
# cert_rows FILE: rows of $W/certs from what openssl said: subject hash, issuer hash, end, serial
cert_rows() {
	run_awk '/^-----BEGIN/ { pem = 1 } !pem { sub(/^(notAfter|serial)=/, ""); v[++n] = $0 } /^-----END/ { print v[1] "\t" v[2] "\t" cms(v[3]) "\t" v[4]; n = pem = 0 }' "$1" >>"$W/certs"
}
# said_of PEM: what openssl says of each certificate of that file
said_of() {
	awk -v OUT="$W/one" '/-----BEGIN CERTIFICATE-----/ { n++ } n { print > (OUT n ".pem") }' "$1"
	for one in "$W"/one*.pem; do openssl x509 -in "$one" -subject_hash -issuer_hash -enddate -serial && rm -f "$one"; done
}
said_of "$tsa_roots" >>"$W/said"
: >"$W/certs"
cert_rows "$W/said"
cp "$W/all.pem" "$W/untrusted.pem"
[ -s "$W/untrusted.pem" ] || cp "$tsa_roots" "$W/untrusted.pem"
# The list of that issuer in force at that moment, the newest; nothing when there is none.
crl_for() { awk -F '\t' -v I="$1" -v T="$2" '$2 == I && $3 <= T && $4 >= T && (best == "" || $3 > from) { best = $1; from = $3 } END { print best }' "$W/crls"; }

# Shape of each CMS of a row of files, from `openssl asn1parse`: what the signature does not cover must have one value (4.4).
# begin(offset) is called at the start of each; it sets RESPONSE when the CMS is inside a TimeStampResp.
# Sets n_signers, attached, unsigned, certs (offsets), content, tst (hex), serial of the signer.
SHAPE='
{
	d = $0; sub(/^.*d=/, "", d); d = d + 0; rest = $0; sub(/^[^:]*:[^:]*(prim|cons): */, "", rest); tag = rest; sub(/ *(\[HEX DUMP\])?:.*/, "", tag); sub(/ +$/, "", tag)
	value = rest; if (!sub(/^[^:]*:/, "", value)) value = ""
	off = $0; sub(/:.*/, "", off); off = off + 0
	if (d == 0) {
		begin(off)
		broken = outer = said = part = n_digests = attached = crl = n_signers = unsigned = field = 0
		version = mode = digests = content = tst = certs = signer_version = serial = digest = signature = ""
		hl = $0; sub(/^.*hl=/, "", hl); l = $0; sub(/^.* l= */, "", l); total = hl + 0 + l + 0
	}
	if (/l=inf/) broken = 1
	if (RESPONSE) { # the status, 0, then the token
		if (d == 0) next
		if (d == 1 && tag == "SEQUENCE") outer++
		if (d == 2 && outer == 1 && tag == "INTEGER" && !said) { said = 1; if (value != "00") broken = 1 }
		if (outer < 2) next
		if (d == 1 && tag != "SEQUENCE") broken = 1
		d--
	}
	if (d == 3) part++
}
d == 1 && tag == "OBJECT" && value != "pkcs7-signedData" { broken = 1 }
d == 3 && part == 1 { version = value }
d == 3 && part == 2 { mode = "digests" }
d == 3 && part == 3 { mode = "content" }
d == 3 && part > 3 && tag ~ /^cont \[ 0 \]/ { mode = "certs" }
d == 3 && part > 3 && tag ~ /^cont \[ 1 \]/ { crl = 1; mode = "crl" }
d == 3 && part > 3 && tag == "SET" { mode = "signers" }
mode == "digests" && d == 4 { n_digests++ }
mode == "digests" && d == 5 { digests = digests tag ":" value "," }
mode == "content" && d == 4 && tag == "OBJECT" { content = value }
mode == "content" && d == 4 && tag ~ /^cont/ { attached = 1 }
mode == "content" && d == 5 && tag == "OCTET STRING" { tst = tolower(value) }
mode == "certs" && d == 4 { certs = certs " " off }
mode == "signers" && d == 4 { n_signers++; field = 0 }
mode == "signers" && d == 5 { field++; if (field == 1) signer_version = value; if (tag ~ /^cont \[ 1 \]/) unsigned = 1; if (tag == "OCTET STRING") field = 9 }
mode == "signers" && d == 6 && field == 2 && tag == "INTEGER" { serial = value }
mode == "signers" && d == 6 && field == 3 { digest = digest tag ":" value "," }
mode == "signers" && d == 6 && field == 5 { signature = signature tag ":" value "," }
function shape(   name) {
	name = digest; sub(/^OBJECT:/, "", name); sub(/,.*/, "", name)
	good = !broken && n_signers == 1 && version == "03" && n_digests == 1 && digest ~ /^OBJECT:sha(256|384|512),(NULL:,)?$/ && digests == digest && signer_version == "01" && !crl
	return good && (signature ~ /^OBJECT:rsaEncryption,(NULL:,)?$/ || signature ~ ("^OBJECT:ecdsa-with-SHA" substr(name, 4) ",(NULL:,)?$") || signature ~ ("^OBJECT:" name "WithRSAEncryption,(NULL:,)?$"))
}'
# A list of tokens, "name hash bare|response size own-hash", and their bytes one after the other: each must be one element, from its first byte
# to its last, so the first that is not ends the work: the rest of the list goes to REST. TSTInfo (RFC 3161 2.4.2) is read from its
# hex; then, of the signer, the end of its chain and its list in force at that time.
# Rows: the row of the list, then "good", genTime, accuracy, imprint, signer known or not, end, list, certificates; or "bad".
TOKEN=$SHAPE'
function der(p,   n, k) { # element at p: TAG, FROM its content, LEN in digits; gives the place after it
	TAG = substr(H, p, 2); n = NUM[substr(H, p + 2, 2)]; FROM = p + 4
	if (n > 127) { k = n - 128; n = hexnum(substr(H, FROM, 2 * k)); FROM += 2 * k }
	LEN = 2 * n
	return FROM + LEN
}
function tst_info(   p, q, end, t, ms) {
	H = tst; nonce = 0
	if (der(1) != length(H) + 1 || TAG != "30") return 0
	end = FROM + LEN; p = der(FROM); if (TAG != "02" || substr(H, FROM, LEN) != "01") return 0
	p = der(p); if (TAG != "06") return 0
	q = p; p = der(q); if (TAG != "30") return 0
	q = der(FROM); t = substr(H, FROM, LEN); if (TAG != "30" || (t != "0609608648016503040201" && t != "06096086480165030402010500")) return 0
	if (der(q) != p || TAG != "04" || LEN != 64) return 0
	imprint = substr(H, FROM, 64); p = der(p); if (TAG != "02") return 0
	p = der(p); if (TAG != "18") return 0
	t = unhex(substr(H, FROM, LEN)); ms = "000"; accuracy = 1000
	if (t ~ /\./) { ms = t; sub(/^[^.]*\./, "", ms); sub(/Z$/, "", ms); if (ms ~ /[^0-9]/) return 0; ms = substr(ms "000", 1, 3); sub(/\..*Z$/, "Z", t) }
	if (length(t) != 15 || t !~ /^[0-9]+Z$/) return 0
	gen = tms(substr(t, 1, 4) "-" substr(t, 5, 2) "-" substr(t, 7, 2) "T" substr(t, 9, 2) ":" substr(t, 11, 2) ":" substr(t, 13, 2) "." ms "Z")
	while (p < end) {
		p = der(p)
		if (TAG == "30") { accuracy = 0; q = FROM; t = FROM + LEN; while (q < t) { q = der(q); accuracy += hexnum(substr(H, FROM, LEN)) * (TAG == "02" ? 1000 : TAG == "80" ? 1 : 0.001) } }
		else if (TAG == "02") nonce = 1
	}
	accuracy = int(accuracy + 0.999)
	return gen != "" && nonce && accuracy <= 86400000
}
BEGIN {
	while ((getline row < LIST) > 0) { split(row, c, " "); entry[++n_all] = row; bare[n_all] = c[3] == "bare"; start[n_all] = start_; size[n_all] = c[4]; start_ += c[4] }
	while ((getline row < CERTS) > 0) {
		split(row, c, "\t"); end_of[c[4]] = c[3]; issuer_of[c[4]] = c[2]; subject_of[c[4]] = c[1]
		if (!(c[1] in last)) { last[c[1]] = c[3]; up[c[1]] = c[2] }
	}
	while ((getline row < CRLS) > 0) { split(row, c, "\t"); list_name[++n_lists] = c[1]; list_issuer[n_lists] = c[2]; from[n_lists] = c[3] + 0; until[n_lists] = c[4] + 0 }
}
function begin(off) { judge(); if (stopped || at == n_all || off != start[at + 1] + 0) { stopped = 1; exit }; RESPONSE = !bare[++at] }
function judge(   n, i, s, m, p, ends, known, second, list, best) {
	if (at == done) return
	done = at; n = split(entry[at], p, " ")
	if (!shape() || total != size[at] || content != "id-smime-ct-TSTInfo" || !attached || (bare[at] && unsigned) || !tst_info()) { print entry[at], "bad"; return }
	known = serial in end_of; ends = known ? end_of[serial] + 0 : 0; s = subject_of[serial]; i = issuer_of[serial]; second = int(gen / 1000) * 1000
	for (m = 1; m <= n_lists; m++) if (known && list_issuer[m] == i && from[m] <= second && until[m] >= second && (list == "" || from[m] > best)) { list = list_name[m]; best = from[m] }
	for (n = 0; n < 10 && i != s && i in last; n++) { if (last[i] + 0 < ends) ends = last[i] + 0; s = i; i = up[i] }
	m = split(certs, p, " "); certs = ""; for (n = 1; n <= m; n++) certs = certs " " p[n] - start[at]
	print entry[at], "good", gen, accuracy, imprint, (known ? "known" : "unknown"), ends, (list == "" ? "-" : list) certs
}
END {
	judge()
	if (at == 0) print entry[++at], "bad"
	while (++at <= n_all) print entry[at] > REST
}'

# shapes LIST: the rows of $TOKEN for that list; it is cut again after each file that is not one element
shapes() {
	cp "$1" "$W/rest"
	while [ -s "$W/rest" ]; do
		mv "$W/rest" "$W/part" && sed 's/ .*//' "$W/part" | xargs cat | openssl asn1parse -inform DER 2>/dev/null |
			run_awk "$TOKEN" -v LIST="$W/part" -v REST="$W/rest" -v CERTS="$W/certs" -v CRLS="$W/crls"
	done
}
# tokens LIST: rows of $W/tokens:
# name, hash, GOOD|UNKNOWN|BAD, reason, genTime, accuracy, end of the first certificate, imprint
tokens() {
	shapes "$1" >"$W/shapes"
	while read -r name over how size own good gen acc imprint known ends list offsets; do
		judgment=BAD reason='le jeton n’a pas la forme prévue'
		[ "$good" != good ] || judge_token
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$own" "$judgment" "$reason" "${gen:-0}" "${acc:-0}" "${ends:-0}" "${imprint:--}"
	done <"$W/shapes" >>"$W/tokens"
}
judge_token() {
	form=''
	reason='le jeton ne porte pas sur ce fichier'
	[ "$over" = - ] || [ "$over" = "$imprint" ] || return
	if [ "$how" = bare ]; then
		form=-token_in reason='le jeton n’a pas la forme prévue'
		for offset in $offsets; do # each certificate is one of certs/, byte for byte
			openssl asn1parse -inform DER -in "$name" -strparse "$offset" -noout -out "$W/t.cer" >/dev/null 2>&1 || return
			[ -f "certs/$(sha256sum <"$W/t.cer" | cut -c1-64).cer" ] || return
		done
	elif [ "$known" = unknown ]; then # a certificate that only the token has
		reason='le jeton n’a pas la forme prévue'
		openssl ts -reply -in "$name" -token_out -out "$W/t.der" >/dev/null 2>&1
		openssl cms -verify -noverify -inform DER -in "$W/t.der" -certfile "$W/untrusted.pem" -signer "$W/t.pem" -out /dev/null >/dev/null 2>&1 || return
		said_of "$W/t.pem" >"$W/said" && cert_rows "$W/said"
		echo "$name $over $how $size $own" >"$W/one.list"
		set -- $(shapes "$W/one.list")
		[ "${10-}" = known ] || return
		ends=${11} list=${12}
	fi
	reason='la signature du jeton ne se vérifie pas avec les racines données, ou le certificat du signataire est révoqué'
	ca=$tsa_roots check=''
	if [ "$list" != - ]; then
		ca=$list.ca check=-crl_check
		[ -f "$ca" ] || cat "$tsa_roots" "$list" >"$ca"
	fi
	# shellcheck disable=SC2086 # options or nothing
	openssl ts -verify $form -in "$name" -digest "$imprint" -CAfile "$ca" -untrusted "$W/untrusted.pem" -attime "$((gen / 1000))" $check >/dev/null 2>&1 || return
	judgment=UNKNOWN reason='aucune liste de révocation de cette date n’est jointe pour le certificat du signataire'
	[ "$list" = - ] || { judgment=GOOD && reason=''; }
}
# Each token, the hash of what it must be over, its form and size; those too big are none.
: >"$W/tokens"
: >"$W/outer"
: >"$W/inner"
awk '
FILENAME == SIZES { size[$2] = $1; next }
{ f[$2] = $1; name[++n] = $2 }
function hash(n) { return n in f ? f[n] : "0000000000000000000000000000000000000000000000000000000000000000" }
END {
	for (i = 1; i <= n; i++) {
		token = name[i]; base = token; sub(/\.tsr$/, "", base)
		if (token == "META-INF/timestamp.tst") row = hash("META-INF/ASiCManifest.xml") " bare"
		else if (token !~ /\.tsr$/) continue
		else if (token ~ /^documents\//) row = (base in f ? f[base] : "-") " response"
		else if (token ~ /^tokens\//) row = hash(base ".data") " response"
		else if (token ~ /^anchors\//) { sub(/\.2$/, "", base); row = hash(base ".txt") " response" }
		else if (token ~ /^(log|readings|global)\//) row = hash(base ".note") " response"
		else row = hash(base) " response"
		if (size[token] > 65536) { print token "\t" f[token] "\tBAD\tle jeton n’a pas la forme prévue\t0\t0\t0\t-" > (DIR "/tokens"); continue }
		print token, row, size[token], f[token] > (DIR (token == "SHA256SUMS.tsr" || token ~ /^META-INF\// ? "/outer" : "/inner"))
	}
}' DIR="$W" SIZES="$W/sizes" "$W/sizes" "$W/sha256"
for name in SHA256SUMS.tsr META-INF/timestamp.tst; do
	[ -f "$name" ] || stop "$name manque"
done
tokens "$W/outer"
awk -F '\t' '$1 == "SHA256SUMS.tsr" || $1 == "META-INF/timestamp.tst" { if ($3 == "BAD") print "K0\tF\t" $1 " : " $4; if ($3 == "UNKNOWN") print "K0\tI\t" $1 " : " $4 }' \
	"$W/tokens" >>"$REPORT"
! is_failed || finish

# --- The seal (5.5), at the time of timestamp.tst ---
# signature FILE CONTENT ROOTS SECONDS: sets judgment and reason, leaves the signer in $W/s.pem
signature() {
	judgment=BAD reason='la signature n’a pas la forme prévue'
	[ "$(wc -c <"$1")" -le 65536 ] && openssl cms -cmsout -inform DER -in "$1" -outform DER -out "$W/s.again" 2>/dev/null && cmp -s "$1" "$W/s.again" || return
	[ "$(openssl asn1parse -inform DER -in "$1" 2>/dev/null | awk "$SHAPE function begin(off) { } END { print n_signers + 0, attached + 0 }")" = '1 0' ] || return
	reason='la signature ne se vérifie pas avec les racines données'
	openssl cms -verify -binary -cades -inform DER -in "$1" -content "$2" -CAfile "$3" -certfile "$W/untrusted.pem" -purpose any -attime "$4" \
		-signer "$W/s.pem" -out /dev/null >/dev/null 2>&1 || return
	crl=$(crl_for "$(openssl x509 -in "$W/s.pem" -noout -issuer_hash)" "$(($4 * 1000))")
	judgment=UNKNOWN reason='aucune liste de révocation de cette date n’est jointe pour le certificat du signataire'
	[ -n "$crl" ] || return
	judgment=BAD reason='le certificat du signataire est révoqué, ou sa liste de révocation n’est pas bonne'
	openssl verify -CAfile "$3" -untrusted "$W/untrusted.pem" -CRLfile "$crl" -crl_check -attime "$4" "$W/s.pem" >/dev/null 2>&1 || return
	judgment=GOOD reason=''
}
tst=$(awk -F '\t' '$1 == "META-INF/timestamp.tst" { print int($5 / 1000) }' "$W/tokens")
if [ ! -f SHA256SUMS.p7s ]; then
	say K0 I 'pas de sceau : les jetons disent quand la liste existait, pas qui l’a faite'
else
	signature SHA256SUMS.p7s SHA256SUMS "$user_roots" "$tst"
	if [ "$judgment" != BAD ] || [ "$reason" = 'le certificat du signataire est révoqué, ou sa liste de révocation n’est pas bonne' ]; then
		openssl x509 -in "$W/s.pem" -outform DER | openssl asn1parse -inform DER | grep -A 1 ':qcStatements' | grep -qi '060604008E4601063009060704008E46010602' ||
			{ judgment=BAD && reason='le certificat n’est pas un certificat de cachet (QcType eseal)'; }
	fi
	case $judgment in GOOD) HAS_SEAL=yes ;; UNKNOWN) say K0 I "sceau : $reason" ;; *) failed K0 "sceau : $reason" ;; esac
fi
say K0 P ''

# --- Log keys: those of the bundle, which are only a copy, and those of the published policy. ---
: >"$W/keys"
# vkeys FILE WORD: the keys of the lines that begin with WORD: rows of name, id, key in hex, its bytes for printf; "!" for what is none
vkeys() {
	run_awk '
	index($0, WORD) == 1 || WORD == "" {
		s = substr($0, length(WORD) + 1); n = index(s, "+"); name = substr(s, 1, n - 1); s = substr(s, n + 1)
		m = index(s, "+"); key = b64hex(substr(s, m + 1))
		print n && m && name !~ /\t/ && is_hex(key, 66) && substr(key, 1, 2) == "01" ? name "\t" substr(s, 1, m - 1) "\t" substr(key, 3) "\t" octal(key) : "!\t"
	}' -v WORD="$2" "$1" >"$W/vkeys"
	rm -rf "$W/v" && mkdir "$W/v" && i=1000000
	while IFS='	' read -r name _ _ bytes; do # shellcheck disable=SC2059 # the format is the bytes
		i=$((i + 1)) && { printf '%s\n' "$name" && printf "$bytes"; } >"$W/v/$i"
	done <"$W/vkeys"
	(cd "$W/v" && [ ! -s "$W/vkeys" ] || sha256sum ./*) |
		awk -F '\t' 'NR == FNR { row[++n] = $0; id[n] = $2; next } { print substr($0, 1, 8) == id[FNR] "" ? row[FNR] : "!" }' "$W/vkeys" -
}
bad_key='policy/log.vkey manque ou n’a pas la forme prévue'
[ -s policy/log.vkey ] && [ -z "$(tail -c 1 policy/log.vkey | tr -d '\n')" ] && ! grep -qx policy/log.vkey "$W/nul" || stop "$bad_key"
vkeys policy/log.vkey '' >"$W/keys"
run_awk 'BEGIN { FS = "\t" } $1 == "!" || origin_kind($1) == "" || NR > 24 { say("K0", "F", WHY) }' -v WHY="$bad_key" "$W/keys"
! is_failed || finish
has_quorum=no
if [ -n "$policy" ]; then
	vkeys "$policy" 'log ' >"$W/policy-keys"
	! grep -q '^!' "$W/policy-keys" || { printf 'verifier.sh: %s: not a log key\n' "$policy" >&2 && exit 2; }
	[ -s "$W/policy-keys" ] || { printf 'verifier.sh: %s: no log line\n' "$policy" >&2 && exit 2; }
	! grep '^quorum ' "$policy" | grep -qvx 'quorum none' || has_quorum=yes
	awk -F '\t' 'NR == FNR { known[$3] = 1; next } !($3 in known) { print "K5\tF\tune clé du journal n’est pas celle de la politique publiée" }' "$W/policy-keys" "$W/keys" >>"$REPORT"
fi
n=0
while IFS='	' read -r _ _ _ bytes; do # shellcheck disable=SC2059 # the format is the bytes: DER before an Ed25519 key, and the key
	n=$((n + 1)) && printf "\060\052\060\005\006\003\053\145\160\003\041\000${bytes#????}" >"$W/key$n.der"
done <"$W/keys"
tokens "$W/inner"

# --- Proofs (4.8, 4.9): cut in pieces: rows of $W/proofs: name, index, sides, path; the line, the note, a global body. ---
: >"$W/proof-lines"
: >"$W/signatures"
grep '\.tlog-proof$' "$W/names" >"$W/list"
run_awk '
FILENAME == NUL { nul[$0] = 1; next }
{
	name = $0; n++; part = 0; ok = !(name in nul); index_ = ""; path = ""; note = ""; extra = ""; steps = 0; total = 0
	while ((getline row < name) > 0) {
		total += length(row) + 1; part++
		if (note_on) { note = note row "\n"; continue }
		if (part == 1) { if (row != "c2sp.org/tlog-proof@v1") ok = 0 }
		else if (part == 2) { extra = substr(row, 7); if (row !~ /^extra /) ok = 0 }
		else if (part == 3) { index_ = substr(row, 7); if (row !~ /^index / || !is_dec(index_)) ok = 0 }
		else if (row == "") note_on = 1
		else { h = length(row) == 44 ? b64hex(row) : "!"; if (!is_hex(h, 64) || ++steps > 64) ok = 0; path = path " " h }
	}
	close(name); note_on = 0
	hex = b64hex(extra)
	if (!ok || total > 196608 || note == "" || hex == "!" || hex ~ /^(..)*00/) { print name "\tbad"; next }
	text = unhex(hex); at = index(text, "\n"); line = at ? substr(text, 1, at - 1) : text
	printf "%s", note > (DIR "/pn/" n); printf "%s\n", line > (DIR "/pl/" n); print line > (DIR "/proof-lines"); close(DIR "/pn/" n); close(DIR "/pl/" n)
	if (at) { printf "%s", substr(text, at + 1) > (DIR "/pb/" n); close(DIR "/pb/" n) }
	split(note, rows, "\n")
	print name "\t" index_ "\t" n "\t" rows[2] "\t" path
}' -v NUL="$W/nul" -v DIR="$W" "$W/nul" "$W/list" >"$W/proofs"

# --- Signed notes (4.1, 4.2): each content once. Rows of $W/notes: file, "ok" or a fault, origin, size, root. ---
{
	grep -E '^(log/checkpoints|readings/checkpoints|global)/[0-9]+\.note$' "$W/names"
	grep -E '^tokens/[0-9a-f]*\.data$' "$W/names"
	find "$W/pn" "$W/heads" -type f
} >"$W/list"
xargs -d '\n' -r sha256sum <"$W/list" >"$W/note.sha256"
xargs -d '\n' -r wc -c <"$W/list" >"$W/note.sizes"
run_awk '
FILENAME == KEYS { split($0, k, "\t"); n_keys++; key_name[n_keys] = k[1]; key_id[n_keys] = k[2]; next }
FILENAME == NUL { nul[$0] = 1; next }
FILENAME == DIR "/note.sha256" { hash[substr($0, 67)] = substr($0, 1, 64); next }
FILENAME == DIR "/note.sizes" { bytes = $1; sub(/^ *[0-9]+ /, ""); size_of[$0] = bytes; next }
{
	name = $0; n++; part = 0; ok = !(name in nul); known = ""; n_sig = 0; total = 0; text = ""
	while ((getline row < name) > 0) {
		part++; total += length(row) + 1
		if (part == 1) { origin = row; if (!is_origin(row)) ok = 0 }
		else if (part == 2) { size = row; if (!is_dec(row)) ok = 0 }
		else if (part == 3) { root = length(row) == 44 ? b64hex(row) : "!"; if (!is_hex(root, 64)) ok = 0 }
		else if (part == 4) { if (row != "") ok = 0 }
		else {
			n_sig++
			if (n_sig > 8 || substr(row, 1, 4) != "\342\200\224 ") { ok = 0; continue }
			row = substr(row, 5); at = index(row, " "); who = substr(row, 1, at - 1); h = b64hex(substr(row, at + 1))
			if (at < 2 || h == "!" || length(h) < 10) { ok = 0; continue }
			for (i = 1; i <= n_keys; i++) if (key_name[i] == who && key_id[i] == substr(h, 1, 8)) {
				if (length(h) != 136) ok = 0
				known = known " " i ":" octal(substr(h, 9))
			}
		}
		if (part <= 3) text = text row "\n"
	}
	close(name)
	if (part < 5 || total > 4096 || !ok) { print name "\tmalformed"; next }
	if (known == "") { print name "\tunknown\t" origin "\t" size "\t" root; next }
	if (total != size_of[name]) { print name "\tforged\t" origin "\t" size "\t" root; next } # the last line has no end
	print name "\t" hash[name] "\t" origin "\t" size "\t" root
	if (hash[name] in seen) next
	seen[hash[name]] = 1
	printf "%s", text > (DIR "/note." n); close(DIR "/note." n)
	print n "\t" hash[name] "\t" known > (DIR "/signatures")
}' -v KEYS="$W/keys" -v NUL="$W/nul" -v DIR="$W" "$W/keys" "$W/nul" "$W/note.sha256" "$W/note.sizes" "$W/list" >"$W/notes.raw"
while IFS='	' read -r n id known; do
	verdict=ok
	for pair in $known; do # shellcheck disable=SC2059 # the format is the bytes
		printf "${pair#*:}" >"$W/sig"
		openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$W/key${pair%%:*}.der" -sigfile "$W/sig" -in "$W/note.$n" >/dev/null 2>&1 || verdict=forged
	done
	printf '%s\t%s\n' "$id" "$verdict"
done <"$W/signatures" >"$W/verdicts"
awk 'BEGIN { FS = OFS = "\t" } FILENAME == DIR "/verdicts" { verdict[$1] = $2; next } { if ($2 in verdict) $2 = verdict[$2]; print }' DIR="$W" "$W/verdicts" "$W/notes.raw" >"$W/notes"

# --- Trees (RFC 6962): leaves and nodes of both logs and of all proofs together; every round is one sha256sum. ---
# hash_nodes FILE: SHA-256 of each line, 65 bytes in hex: 01 and two hashes
hash_nodes() {
	rm -rf "$W/h" && mkdir "$W/h"
	xxd -r -p "$1" | (cd "$W/h" && split -b 65 -a 5 - n && ls | xargs -r sha256sum)
}
# Leaves: SHA-256 of a zero byte and the line; rows "log hash", log c, r, or p for the line of a proof.
mkdir "$W/h" && i=1000000
for log in c:log/leaves.txt r:readings/leaves.txt p:"$W/proof-lines"; do
	[ -f "${log#*:}" ] || continue
	while IFS= read -r line; do i=$((i + 1)) && printf '\0%s' "$line" >"$W/h/$i" && echo "${log%%:*}"; done <"${log#*:}"
done >"$W/leaf-logs"
(cd "$W/h" && ls | xargs -r sha256sum) | awk 'NR == FNR { log_[FNR] = $1; next } { print log_[FNR], $1 }' "$W/leaf-logs" - >"$W/leaves"
# Levels of the two trees: rows "log level index hash"; a node without a neighbour stays at its level.
awk '$1 != "p" { print $1, 0, n[$1]++, $2 }' "$W/leaves" >"$W/level"
while [ -s "$W/level" ]; do
	cat "$W/level"
	awk -v OUT="$W/level.new" '$3 % 2 == 0 { left = $4; next } { print "01" left $4; print $1, $2 + 1, int($3 / 2) > OUT }' "$W/level" >"$W/level.in"
	[ -s "$W/level.in" ] || break
	hash_nodes "$W/level.in" | awk -v ROWS="$W/level.new" '{ getline row < ROWS; print row, $1 }' >"$W/level"
done >"$W/levels"
# What is to be climbed: rows "name hash step...", a step being L or R, the side where it stands, and a hash. The root of the first
# s lines: their perfect subtrees, joined from the right. A proof (RFC 9162 2.1.3.2): the hash of its line, then its path.
awk '{ h[$1, $2, $3] = $4; if ($2 == 0) n[$1]++ } END { for (x in n) for (s = 1; s <= n[x]; s++) {
	steps = ""; cur = ""; at = 0; p = 1; k = 0; while (p * 2 <= s) { p *= 2; k++ }
	for (left = s; left > 0; ) { while (p > left) { p /= 2; k-- } if (cur != "") steps = " L" cur steps; cur = h[x, k, at / p]; at += p; left -= p }
	print x ":" s, cur steps } }' "$W/levels" >"$W/climb"
awk '$1 == "p" { print $2 }' "$W/leaves" >"$W/leaf-hashes"
awk -F '\t' -v HASHES="$W/leaf-hashes" '$2 != "bad" {
	getline leaf < HASHES
	fn = $2 + 0; sn = $4 - 1; n = split($5, p, " "); row = $1 " " leaf; ok = $4 ~ /^[0-9]+$/ && fn <= sn
	for (i = 1; i <= n && ok; i++) {
		if (sn == 0) { ok = 0; break }
		if (fn % 2 || fn == sn) { row = row " L" p[i]; while (fn % 2 == 0 && fn != 0) { fn = int(fn / 2); sn = int(sn / 2) } } else row = row " R" p[i]
		fn = int(fn / 2); sn = int(sn / 2)
	}
	if (ok && sn == 0) print row
}' "$W/proofs" >>"$W/climb"
: >"$W/climbed"
while [ -s "$W/climb" ]; do
	awk -v NODES="$W/nodes" -v TOP="$W/climbed" 'NF == 2 { print >> TOP; next }
	{ p = substr($3, 2); print "01" (substr($3, 1, 1) == "L" ? p $2 : $2 p) > NODES; print }' "$W/climb" >"$W/climbing"
	[ -s "$W/climbing" ] || break
	hash_nodes "$W/nodes" | awk -v ROWS="$W/climbing" '{ getline row < ROWS; n = split(row, p, " "); out = p[1] " " $1; for (i = 4; i <= n; i++) out = out " " p[i]; print out }' >"$W/climb"
done

# --- Bodies, members, receipt, bodies of the global log ---
{
	for f in bodies/*.json; do [ ! -f "$f" ] || { n=${f##*/} && echo "c:${n%.json} $f"; }; done
	for f in readings/bodies/*.json; do [ ! -f "$f" ] || { n=${f##*/} && echo "r:${n%.json} $f"; }; done
	for f in members/*.json; do [ ! -f "$f" ] || { n=${f##*/} && echo "m:${n%.json} $f"; }; done
	for f in "$W"/pb/*; do [ ! -f "$f" ] || echo "g:${f##*/} $f"; done
	[ ! -f receipt.json ] || echo 'R receipt.json'
} >"$W/list"
flatten "$W/list"
find "$W/pb" -type f -exec sha256sum {} + | sed "s,$W/pb/,," >"$W/pb.sha256"
grep '^documents/' "$W/sorted" | grep -v '\.tsr$' | xargs -r sha512sum | awk 'NR == FNR { size[$2] = $1; next } { print $1, size[$2], $2 }' "$W/sizes" - >"$W/sha512"

# --- Certificates of persons: each (certificate, list, moment of the act) once. The list may be newer than the sign-in: it was
# asked at the act. Rows: cert, status, at, GOOD|UNKNOWN|BAD, issuer key, serial. ---
run_awk 'BEGIN { FS = "\t" } $2 ~ /^auth\001/ { split($2, p, "\001"); if (p[2] != "at") v[$1, p[2]] = $4; tags[$1] = 1 }
$2 == "at\001" && $3 == "s" { v[$1, "at"] = $4 }
END { for (t in tags) if (v[t, "kind"] == "x509" && tms(v[t, "at"]) != "") print v[t, "cert"] "\t" v[t, "status"] "\t" v[t, "at"] "\t" int(tms(v[t, "at"]) / 1000) }' "$W/flat" | sort -u >"$W/persons.in"
while IFS='	' read -r cert status at seconds; do
	verdict=UNKNOWN issuer='' serial=''
	case $cert in '' | *[!0-9a-f]*) ;; *) if [ -f "certs/$cert.cer" ]; then
		issuer=$(openssl x509 -in "$W/pem/$cert.pem" -noout -ext authorityKeyIdentifier 2>/dev/null | sed -n '2s/[ :]//gp' | sed 's/^[Kk]ey[Ii][Dd]//' | tr A-F a-f)
		serial=$(openssl x509 -in "$W/pem/$cert.pem" -noout -serial | sed 's/^serial=//' | tr A-F a-f)
		set --
		crl=${status#crl:} && case $status in crl:*[!0-9a-f]* | crl:) ;; crl:*) [ ! -f "$W/$crl.crl.pem" ] || set -- -CRLfile "$W/$crl.crl.pem" -crl_check ;; esac
		[ $# -eq 0 ] || verdict=GOOD
		openssl verify -CAfile "$user_roots" -untrusted "$W/untrusted.pem" "$@" -attime "$seconds" "$W/pem/$cert.pem" >/dev/null 2>&1 || verdict=BAD
	fi ;; esac
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$cert" "$status" "$at" "$verdict" "$issuer" "$serial" >>"$W/persons"
done <"$W/persons.in"

# --- The claims: one program over the tables above. x is a log: c the acts, r the readings; t a body: "c:8". ---
RULES='
function held(k) { say(k, "P", "") }
function bad(k, why) { say(k, "F", why) }
function unsure(k, why) { say(k, "I", why) }
function path(o, n) { return o == "" ? n "\001" : o "\001" n "\001" }
function has(t, o, n) { return T[t, path(o, n)] == "s" }
function str(t, o, n) { return has(t, o, n) ? V[t, path(o, n)] : "" }
function isnum(t, o, n) { return T[t, path(o, n)] == "n" }
function num(t, o, n) { return isnum(t, o, n) ? V[t, path(o, n)] + 0 : -1 }
function islist(t, o, n) { return T[t, path(o, n)] == "a" }
function len(t, o, n) { return islist(t, o, n) ? V[t, path(o, n)] + 0 : 0 }
function item(t, o, n, i) { return V[t, path(o, n) i "\001"] }
function is_text(t, o, n, i) { return T[t, path(o, n) i "\001"] == "s" }
function list_has(t, o, n, value,   i) { for (i = len(t, o, n); i > 0; i--) if (is_text(t, o, n, i) && item(t, o, n, i) == value "") return 1; return 0 }
function list_num(t, o, n, value,   i) { for (i = len(t, o, n); i > 0; i--) if (!is_text(t, o, n, i) && item(t, o, n, i) + 0 == value) return 1; return 0 }
function same_list(t, o, n, u, p, m,   i) {
	if (len(t, o, n) != len(u, p, m)) return 0
	for (i = len(t, o, n); i > 0; i--) if (item(t, o, n, i) "" != item(u, p, m, i) "" || is_text(t, o, n, i) != is_text(u, p, m, i)) return 0
	return 1
}
function same_object(t, o, u, p,   i, rest, n, m) {
	for (i = 1; i <= NP[t]; i++) if (index(PATH[t, i], o "\001") == 1 && PATH[t, i] != o "\001") {
		n++; rest = p substr(PATH[t, i], length(o) + 1)
		if (T[u, rest] != T[t, PATH[t, i]] || V[u, rest] "" != V[t, PATH[t, i]] "") return 0
	}
	for (i = 1; i <= NP[u]; i++) if (index(PATH[u, i], p "\001") == 1 && PATH[u, i] != p "\001") m++
	return n > 0 && n == m
}
function starts(s, p) { return substr(s, 1, length(p)) == p }
function kind(x, i) { return B[x, i] == "" ? "" : str(B[x, i], "", "type") }
function doc(x, i) { return B[x, i] == "" ? "" : str(B[x, i], "object", "id") }
function at(t) { return tms(str(t, "", "at")) }

# Tokens
function good_token(n) { return TJ[n] == "GOOD" && !ENDED[n] }
function stamped_name(n) { sub(/\.tsr$/, "", n); return n ~ /^tokens\// ? n ".data" : n ~ /^anchors\// ? (sub(/\.2$/, "", n) ? n ".txt" : n ".txt") : n ".note" }
function covers(y, x,   n, i) {
	if (y == "META-INF/timestamp.tst") return 1
	if (y == "SHA256SUMS.tsr") return x !~ /^META-INF\//
	if (y ~ /^anchors\//) return index(ANCHOR_TEXT[substr(y, 9, 10)], "-token sha256:" TH[x]) > 0
	if (y !~ /^log\/checkpoints\//) return 0
	n = substr(y, 17) + 0
	for (i = 1; i <= N["c"] && SEQ["c", i] < n && WHOLE["c"]; i++) if (AFTER["c", i] == TH[x] || (kind("c", i) == "token.seen" && str(B["c", i], "token", "sha256") == TH[x])) return 1
	return 0
}
function cover(   n, y, x, again) {
	for (n in TJ) ENDED[n] = TJ[n] == "GOOD" && TE[n] < NOW
	do {
		again = 0
		for (x in TJ) if (ENDED[x]) for (y in TJ)
			if (ENDED[x] && y != x && good_token(y) && TG[y] >= TG[x] && TG[y] < TE[x] && covers(y, x)) { ENDED[x] = 0; again = 1 }
	} while (again)
}
function why_not(n) { return ENDED[n] ? "un certificat a pris fin, aucun jeton plus récent ne couvre celui-ci" : TR[n] }

# Bodies
function member_ok(t, w,   p, m, mark) {
	mark = substr(w, 1, 1); if (mark == "#" || mark == "*") w = substr(w, 2)
	m = split(w, p, "."); if (m == 1) { p[2] = p[1]; p[1] = "" }
	return mark == "#" ? isnum(t, p[1], p[2]) : mark == "*" ? islist(t, p[1], p[2]) : has(t, p[1], p[2])
}
function members_ok(t, words,   w, n, i) { n = split(words, w, " "); for (i = 1; i <= n; i++) if (!member_ok(t, w[i])) return 0; return 1 }
function type_row(y, log_, words) { TYPE[y] = log_; WORDS[y] = words }
function types(   o) {
	o = "object.id object.sha256 "
	type_row("case.open", "c", "case.ref case.decision"); type_row("case.phase", "c", "phase.from phase.to"); type_row("case.close", "c", "phase.from phase.to")
	type_row("readings.open", "r", ""); type_row("member.invite", "c", "member.p member.role member.side member.channel")
	type_row("member.accept", "c", "member.p member.consent member.address"); type_row("member.refuse", "c", "member.p member.consent member.address")
	type_row("member.leave", "c", "member.p member.role member.side member.ground"); type_row("member.capacity", "c", "member.p member.role member.side member.ground")
	type_row("rights.version", "c", "rights.sha256"); type_row("rights.exception", "c", "*grant.docs grant.to grant.effect grant.ground")
	type_row("doc.deposit", "c", o "object.sha512 #object.size object.mime object.ext object.name object.kind object.replaces *addressed *checks #filing.number filing.title")
	type_row("doc.publish", "c", o "*recipients *addressed *granted rule number ground"); type_row("doc.withdraw", "c", o "*recipients ground")
	type_row("doc.handover", "r", o "handover.representation handover.range"); type_row("doc.handover.end", "r", o "end.req #end.bytes end.complete")
	type_row("doc.acknowledge", "r", o)
	type_row("notice.sent", "b", "*notice.to notice.message notice.relay notice.queue"); type_row("notice.accepted", "b", WORDS["notice.sent"]); type_row("notice.bounced", "b", WORDS["notice.sent"])
	type_row("sig.add", "b", o "signature.body signature.p7s signature.cert"); type_row("token.seen", "c", o "token.sha256 token.sha512")
	type_row("time.check", "b", "clock.before clock.after #clock.offset_ms clock.tsa"); type_row("cert.status", "c", "certificate.cert certificate.status certificate.since")
	type_row("erase.request", "c", "*erase.seqs *erase.readings erase.ground erase.order")
	type_row("erase.done", "c", "*erase.seqs *erase.readings *erase.files erase.ground erase.order *erase.approvers")
	type_row("hold.set", "c", "*hold.seqs *hold.readings hold.ground hold.order"); type_row("hold.lift", "c", WORDS["hold.set"])
	type_row("anchor.link", "c", "anchor.date anchor.sha256"); type_row("export.bundle", "c", "export.sums export.to")
}
function well_formed(t,   y) {
	y = str(t, "", "type")
	if (BADJ[t] || num(t, "", "v") != 1 || at(t) == "" || !members_ok(t, "type log req at actor.p actor.role actor.side auth.kind auth.level visibility.rights visibility.members *visibility.to sig.kind sw.build sw.config sw.plugins salt")) return 0
	if (starts(y, "admin.")) return 1
	return (y in TYPE) && members_ok(t, WORDS[y]) && (TYPE[y] != "r" || members_ok(t, "#acts.size acts.root"))
}
function claim(t, x,   y) { y = str(t, "", "type"); return x == "r" ? "K4" : y == "doc.deposit" ? "K2" : y ~ /^(erase|hold)\./ ? "K7" : "K3" }
function is_of(t, x,   y) {
	y = str(t, "", "type")
	if (starts(y, "admin.")) return x == "c"
	if (starts(y, "notice.")) return (len(t, "notice", "to") == 1) == (x == "r")
	return TYPE[y] == x || TYPE[y] == "b"
}
# The logs
function take_line(x, s,   p, i) {
	i = N[x] + 1
	if (split(s, p, " ") != 6 || s != p[1] " " p[2] " " p[3] " " p[4] " " p[5] " " p[6] || length(s) > 1024 || p[1] != "opx/v1" || p[2] != "log=" ORIGIN[x] || !is_origin(ORIGIN[x]) ||
	    !starts(p[3], "seq=") || !is_dec(substr(p[3], 5)) || !starts(p[4], "time=") || tms(substr(p[4], 6)) == "" || !starts(p[5], "after=sha256:") ||
	    !is_hex(substr(p[5], 14), 64) || !starts(p[6], "body=sha256:") || !is_hex(substr(p[6], 13), 64)) return 0
	SEQ[x, i] = substr(p[3], 5) + 0; TIME[x, i] = tms(substr(p[4], 6)); AFTER[x, i] = substr(p[5], 14); BODY[x, i] = substr(p[6], 13); RAW[x, i] = s
	N[x] = i; INDEX[x, SEQ[x, i]] = i
	return 1
}
function read_leaves(x, file, size,   s, n, ok) {
	ok = 1
	while ((getline s < file) > 0) { n++; if (ok && (!take_line(x, s) || SEQ[x, n] != n - 1)) ok = 0 }
	if (!ok || n != size || LAST_LF[file] != 1) { bad("K5", NAME[x] " : les lignes n’ont pas la forme prévue, ou leur nombre n’est pas celui de bundle.json"); N[x] = 0; return }
	WHOLE[x] = 1
}
function read_heads(x, prefix,   n, s) {
	for (n in F) if (starts(n, prefix) && n ~ /\.note$/) {
		s = substr(n, length(prefix) + 1); sub(/\.note$/, "", s)
		if (NOTE[n] != "ok" || NORIGIN[n] != ORIGIN[x] || NSIZE[n] != s + 0 || s == 0) { bad("K5", n " n’est pas un état signé de ce journal"); continue }
		HEADS[x]++; HEAD[x, HEADS[x]] = s + 0; HROOT[x, s + 0] = NROOT[n]; HTOKEN[x, s + 0] = (prefix s ".tsr") in TJ ? prefix s ".tsr" : ""
	}
}
function read_proofs(x, prefix,   n, s, j, k, best, line) {
	best = 0
	for (n in F) if (starts(n, prefix)) {
		s = substr(n, length(prefix) + 1); sub(/\.tlog-proof$/, "", s)
		line = ""
		if (PINDEX[n] != "bad") getline line < (DIR "/pl/" PN[n])
		if (PINDEX[n] == "bad" || PEXTRA[PN[n]] || !take_line(x, line)) { bad("K5", n " n’a pas la forme prévue"); continue }
		k = N[x]; j = PSIZE[n]
		if (!((x, j) in HROOT) || PNOTE[n] != F[LOGDIR[x] "checkpoints/" j ".note"] || SEQ[x, k] != s + 0 || PINDEX[n] + 0 != s + 0 || PROOT[n] != HROOT[x, j]) {
			bad("K5", n " ne mène pas à un état signé du dossier"); delete INDEX[x, SEQ[x, k]]; N[x] = k - 1; continue
		}
		LHEAD[x, k] = j
	}
	sort_lines(x)
}
function swap(a, x, i, j,   s) { s = a[x, i]; a[x, i] = a[x, j]; a[x, j] = s }
function sort_lines(x,   i, j) {
	for (i = 2; i <= N[x]; i++) for (j = i; j > 1 && SEQ[x, j] < SEQ[x, j - 1]; j--) {
		swap(SEQ, x, j, j - 1); swap(TIME, x, j, j - 1); swap(AFTER, x, j, j - 1); swap(BODY, x, j, j - 1); swap(RAW, x, j, j - 1); swap(LHEAD, x, j, j - 1)
	}
	for (i = 1; i <= N[x]; i++) INDEX[x, SEQ[x, i]] = i
}
function attach(x, dir,   i, n, t) {
	for (i = 1; i <= N[x]; i++) {
		n = dir "bodies/" SEQ[x, i] ".json"; t = x ":" SEQ[x, i]
		if (!(n in F)) continue
		if (F[n] != BODY[x, i]) { bad("K5", "l’événement " SEQ[x, i] " n’est pas celui de sa ligne"); continue }
		if (!well_formed(t)) { bad(claim(t, x), "l’événement " SEQ[x, i] " n’a pas les membres prévus"); continue }
		if (str(t, "", "log") != ORIGIN[x]) bad(claim(t, x), "l’événement " SEQ[x, i] " est d’un autre journal")
		B[x, i] = t
	}
	for (n in F) if (starts(n, dir "bodies/")) {
		t = substr(n, length(dir "bodies/") + 1); sub(/\..*/, "", t)
		if (!((x, t + 0) in INDEX)) bad("K5", n " n’a pas de ligne au journal")
	}
}
function brackets(x,   i, n, v) {
	for (i = 1; i <= N[x]; i++) {
		HASLOW[x, i] = HASLOW[x, i - 1]; LOW[x, i] = LOW[x, i - 1]
		n = OF_LOG[AFTER[x, i]]
		if (n != "" && good_token(n)) { v = TG[n] - TA[n]; if (!HASLOW[x, i] || v > LOW[x, i]) LOW[x, i] = v; HASLOW[x, i] = 1 }
	}
}
function bracket(x, i, k,   j, h, n, high, has_high, s, v) {
	for (j = 1; j <= HEADS[x]; j++) {
		h = HEAD[x, j]; n = HTOKEN[x, h]
		if (!(WHOLE[x] ? h > SEQ[x, i] : h == LHEAD[x, i]) || n == "" || !good_token(n)) continue
		v = TG[n] + TA[n]; if (!has_high || v < high) high = v; has_high = 1
	}
	s = SEQ[x, i]
	if (HASLOW[x, i] && LOW[x, i] > TIME[x, i] + CLOCK) bad(k, "la ligne " s " est antidatée : elle nomme un jeton plus récent qu’elle")
	if (has_high && (high + CLOCK < TIME[x, i] || high + CLOCK < at(B[x, i]))) bad(k, "la ligne " s " est postdatée : un jeton plus ancien la contient")
	if (HASLOW[x, i] && has_high && high < LOW[x, i]) bad(k, "les bornes de la ligne " s " se contredisent")
	if (!HASLOW[x, i]) unsure(k, "la ligne " s " n’a pas de borne basse (aucun jeton extérieur connu avant elle)")
	if (!has_high) unsure(k, "la ligne " s " n’a pas encore de borne haute (jeton en attente)")
	if (HASLOW[x, i] && has_high && high - LOW[x, i] > DAY) unsure(k, "les bornes de la ligne " s " sont écartées de plus de 24 heures")
	if (HASLOW[x, i] && at(B[x, i]) + DAY < LOW[x, i]) unsure(k, "l’événement " s " se dit écrit plus de 24 heures avant sa borne basse")
}
# Members and matrix
function members_tag(t, k,   h, m, i, p, n) {
	h = str(t, "visibility", "members"); m = "m:" h
	if (length(h) != 64 || !(("members/" h ".json") in F)) { unsure(k, "la liste de membres " substr(h, 1, 12) "… n’est pas jointe"); return "" }
	if (!(m in MGOOD)) {
		MGOOD[m] = !BADJ[m] && num(m, "", "v") == 1 && str(m, "", "log") == ORIGIN["c"] && has(m, "", "salt") && T[m, "members\001"] == "o"
		for (i = 1; i <= NP[m]; i++) {
			if (split(PATH[m, i], p, "\001") != 3 || p[1] != "members") continue
			n = p[2]
			if (n !~ /^P[1-9][0-9]*$/ || !islist(m, "members", n) || len(m, "members", n) != 3 || !is_text(m, "members", n, 1) || !is_text(m, "members", n, 2) || !is_text(m, "members", n, 3)) MGOOD[m] = 0
			PEOPLE[m, ++NPEOPLE[m]] = n
		}
	}
	if (!MGOOD[m]) { bad(k, "la liste de membres " substr(h, 1, 12) "… n’est pas celle de ce dossier"); return "" }
	return m
}
function is_member(m, p) { return p != "" && islist(m, "members", p) }
function role(m, p) { return is_member(m, p) ? item(m, "members", p, 1) : "" }
function side(m, p) { return is_member(m, p) ? item(m, "members", p, 2) : "" }
function matrix(t, k,   h) {
	h = str(t, "visibility", "rights")
	if (length(h) != 64 || !(("rights/" h ".csv") in F)) { unsure(k, "la matrice des droits " substr(h, 1, 12) "… n’est pas jointe"); return "" }
	return "rights/" h ".csv"
}
function cell(file, rule, r,   s, n, f, i, col) {
	if (!((file, "read") in ROW)) {
		ROW[file, "read"] = 1
		while ((getline s < file) > 0) { n++; if (n == 1) ROW[file, "header"] = s; else { split(s, f, ","); if (!((file, f[1] "/" f[2] "/" f[3]) in ROW)) ROW[file, f[1] "/" f[2] "/" f[3]] = s } }
		close(file)
	}
	n = split(ROW[file, "header"], f, ",")
	for (i = n; i > 3; i--) if (f[i] == r) col = i
	if (!col || !((file, rule) in ROW)) return ""
	split(ROW[file, rule], f, ",")
	return f[col]
}
function watchers(m, t, p, q,   i, n, one, r) {
	if (!list_has(t, "visibility", "to", p) || !list_has(t, "visibility", "to", q)) return 0
	n = len(t, "visibility", "to")
	for (i = 1; i <= n; i++) {
		one = item(t, "visibility", "to", i); r = role(m, one)
		if (!is_text(t, "visibility", "to", i) || (r != "expert" && r != "judge" && r != "clerk" && one != p && one != q)) return 0
	}
	return 1
}
# Persons
function level_of(y, signed) { return y == "x509" ? (signed ? "L3" : "L2") : y == "webauthn" ? "L2" : y == "totp" ? "L1" : y == "code+mail" ? "L0" : y == "service" ? "-" : "" }
function person(x, i, k,   t, y, signed, service, m, p, s) {
	t = B[x, i]; s = SEQ[x, i]; y = str(t, "auth", "kind"); signed = str(t, "sig", "kind") == "cades"; p = str(t, "actor", "p"); service = p == "service"
	if (level_of(y, signed) != str(t, "auth", "level") || service != (y == "service")) bad(k, "l’événement " s " annonce un niveau que ce moyen n’a pas")
	if (service) return
	if (tms(str(t, "auth", "at")) == "" || tms(str(t, "auth", "at")) > at(t)) { bad(k, "l’événement " s " précède la connexion de son auteur"); return }
	m = members_tag(t, k)
	if (m != "" && !(!is_member(m, p) && (kind(x, i) == "member.leave" || kind(x, i) == "member.refuse")) &&
	    (!is_member(m, p) || role(m, p) != str(t, "actor", "role") || side(m, p) != str(t, "actor", "side"))) bad(k, "l’auteur de l’événement " s " n’est pas membre avec cette qualité")
	if (y == "x509") certificate(x, i, k)
	y = str(t, "sig", "kind")
	if (y != "none") unsure(k, "la signature de l’événement " s " n’est pas contrôlée par ce programme")
	else if (((x == "c" ? "" : "readings/") "bodies/" s ".json.p7s") in F) bad(k, "l’événement " s " a une signature qu’il n’annonce pas")
}
function certificate(x, i, k,   t, v, j, seen, u) {
	t = B[x, i]
	if (!is_hex(str(t, "auth", "cert"), 64) || !has(t, "auth", "status") || !is_text(t, "auth", "chain", 1) || item(t, "auth", "chain", 1) != str(t, "auth", "cert") ||
	    ((str(t, "auth", "cert") in CARD) && CARD[str(t, "auth", "cert")] != str(t, "auth", "issuer") "\t" str(t, "auth", "serial"))) {
		bad(k, "l’événement " SEQ[x, i] " ne nomme pas son certificat comme prévu"); return
	}
	v = PERSON[str(t, "auth", "cert"), str(t, "auth", "status"), str(t, "", "at")]
	if (v == "BAD") bad(k, "événement " SEQ[x, i] " : le certificat de la personne n’est pas bon à cette date, ou il est révoqué")
	else if (v != "GOOD") unsure(k, "événement " SEQ[x, i] " : le certificat de la personne ou sa liste de révocation n’est pas joint")
	seen = x == "c" ? SEQ[x, i] : num(t, "acts", "size")
	for (j = 1; j <= N["c"]; j++) if (kind("c", j) == "cert.status") {
		u = B["c", j]
		if (str(u, "certificate", "cert") != str(t, "auth", "cert") || str(u, "certificate", "status") != "revoked" || tms(str(u, "certificate", "since")) == "" || at(t) < tms(str(u, "certificate", "since"))) continue
		if (SEQ["c", j] < seen) bad(k, "l’événement " SEQ[x, i] " use d’un certificat déjà connu comme révoqué")
		else unsure(k, "le certificat de l’événement " SEQ[x, i] " était révoqué à cette date")
	}
}
function doc_line(y, id,   i) { for (i = 1; i <= N["c"]; i++) if (kind("c", i) == y && doc("c", i) == id) return i; return 0 }
function granted(id, p, size,   i, t, g) {
	for (i = 1; i <= N["c"] && SEQ["c", i] < size; i++) {
		t = B["c", i]
		if (kind("c", i) == "rights.exception" && str(t, "grant", "to") == p && list_has(t, "grant", "docs", id)) g = str(t, "grant", "effect") == "give"
	}
	return g + 0
}
function doc_file(t) { return "documents/" str(t, "object", "id") "." str(t, "object", "ext") }

function k1(   i, t, f, n, ok) {
	for (i = 1; i <= N["c"]; i++) {
		if (kind("c", i) != "doc.deposit") continue
		t = B["c", i]; f = doc_file(t); NAMED[f] = 1; NAMED[f ".tsr"] = 1
		if (!is_hex(str(t, "object", "sha256"), 64)) { bad("K1", str(t, "object", "id") " : son dépôt ne dit pas son empreinte"); continue }
		if ((f in F) && (F[f] != str(t, "object", "sha256") || S512[f] != str(t, "object", "sha512") || DSIZE[f] != num(t, "object", "size"))) bad("K1", f " n’est pas le document déposé")
		n = f ".tsr"
		if (!(n in TJ)) { if ((f in F) || KIND == "receipt") unsure("K1", str(t, "object", "id") " n’a pas encore de jeton") }
		else if (TJ[n] == "BAD") bad("K1", n " : " TR[n])
		else if (TI[n] != str(t, "object", "sha256")) bad("K1", n " n’est pas le jeton du document déposé")
		else if (!good_token(n)) unsure("K1", n " : " why_not(n))
		else held("K1")
	}
	for (f in F) if (starts(f, "documents/") && !(f in NAMED)) bad("K1", f " : aucun dépôt montré ne le nomme")
}
function k2(   i, t, n, d, m) {
	for (i = 1; i <= N["c"]; i++) {
		if (kind("c", i) != "doc.deposit") continue
		t = B["c", i]; n = doc_file(t) ".tsr"
		if (doc_line("doc.deposit", doc("c", i)) != i) bad("K2", doc("c", i) " est déposé deux fois")
		if ((n in TJ) && good_token(n) && TG[n] + TA[n] + CLOCK < at(t)) bad("K2", "le dépôt de " doc("c", i) " est postdaté : le jeton du document est plus ancien")
		person("c", i, "K2"); bracket("c", i, "K2"); held("K2")
	}
	if (KIND != "receipt") return
	t = B["c", 1]
	if (N["c"] != 1 || t == "" || !("receipt.json" in F) || BADJ["R"] || num("B", "", "seq") != SEQ["c", 1]) { bad("K2", "receipt.json, la ligne ou l’événement de l’accusé de réception manque"); return }
	if (kind("c", 1) != "doc.deposit") { unsure("K2", "cet accusé de réception n’est pas celui d’un dépôt"); return }
	n = doc_file(t) ".tsr"; d = str(t, "actor", "p"); m = members_tag(t, "K2")
	if (str("R", "", "depositor") != d || !has("R", "", "name") || (m != "" && (!is_member(m, d) || str("R", "", "name") != item(m, "members", d, 3)))) bad("K2", "receipt.json ne dit pas ce que dit l’événement")
	if (num("R", "", "seq") != SEQ["c", 1] || str("R", "", "log") != ORIGIN["c"] || str("R", "", "line") != RAW["c", 1] || str("R", "", "token") != ((n in TJ) ? TH[n] : "pending") ||
	    str("R", "", "level") != str(t, "auth", "level") || !same_object("R", "document", t, "object")) bad("K2", "receipt.json ne dit pas ce que dit l’événement")
	n = str("R", "", "head")
	if (n != LHEAD["c", 1] " " substr(n, index(n, " ") + 1) || b64hex(substr(n, index(n, " ") + 1)) != HROOT["c", LHEAD["c", 1]]) bad("K2", "receipt.json ne dit pas ce que dit l’événement")
}
function gives(value, p, s, d) {
	return value == "allow" || (value == "own" && p == str(d, "actor", "p")) || (value == "side" && s != "-" && s == str(d, "actor", "side")) ||
	       (value == "addressed" && (list_has(d, "", "addressed", p) || (s != "-" && list_has(d, "", "addressed", s))))
}
function recipients(i, d,   t, m, f, id, j, p, value, should, sees, n, n_to) {
	t = B["c", i]; id = doc("c", i); f = matrix(t, "K3"); m = members_tag(t, "K3")
	if (m == "" || f == "") return
	for (j = 1; j <= NPEOPLE[m]; j++) {
		p = PEOPLE[m, j]; value = cell(f, str(t, "", "rule"), role(m, p))
		should = value == "granted" ? list_has(t, "", "granted", p) && granted(id, p, SEQ["c", i]) : gives(value, p, side(m, p), d)
		sees = should || p == str(d, "actor", "p")
		if (!should != !list_has(t, "", "recipients", p)) bad("K3", id " : " p (should ? " devait le lire et n’est pas destinataire" : " est destinataire sans que la matrice le lui donne"))
		if (!sees != !list_has(t, "visibility", "to", p)) bad("K3", id " : la publication n’est pas montrée à ceux qu’elle concerne (" p ")")
		n += should ? 1 : 0; n_to += sees ? 1 : 0
	}
	if (len(t, "", "recipients") != n + 0 || len(t, "visibility", "to") != n_to + 0) bad("K3", id " : la liste des destinataires nomme quelqu’un qui n’est pas membre")
}
function publish(i,   t, id, d) {
	t = B["c", i]; id = doc("c", i); d = doc_line("doc.deposit", id)
	if (doc_line("doc.publish", id) != i) bad("K3", id " est publié deux fois")
	if (!d) { unsure("K3", "le dépôt de " id " n’est pas montré"); return }
	d = B["c", d]
	if (!starts(str(t, "", "rule"), str(d, "object", "kind") "/read/") && str(t, "", "rule") != "-") bad("K3", id " : la règle citée n’est pas celle de ce genre de document")
	if (!same_list(t, "", "addressed", d, "", "addressed")) bad("K3", id " n’est pas publié à ceux à qui il est adressé")
	recipients(i, d); person("c", i, "K3"); bracket("c", i, "K3"); held("K3")
}
function to_judge(i,   t, y, m, ok, j, n, p, q) {
	t = B["c", i]; y = kind("c", i); m = members_tag(t, "K3"); ok = 1
	if (m == "" || y == "doc.publish") return
	if (y ~ /^(case\.|member\.|rights\.version|time\.|cert\.status|anchor\.|erase\.|hold\.)/) {
		n = len(t, "visibility", "to"); ok = n == NPEOPLE[m] + 0
		for (j = 1; j <= n; j++) if (!is_text(t, "visibility", "to", j) || !is_member(m, item(t, "visibility", "to", j))) ok = 0
	} else if (y == "rights.exception" || y == "export.bundle") {
		q = y == "rights.exception" ? str(t, "grant", "to") : str(t, "export", "to"); p = str(t, "actor", "p"); if (p == "service") p = q
		ok = q == "-" || watchers(m, t, p, q)
	} else if (y == "doc.deposit") { p = doc_line("doc.publish", doc("c", i)); ok = !p || same_list(t, "visibility", "to", B["c", p], "visibility", "to") }
	if (!ok) bad("K3", "l’événement " SEQ["c", i] " n’est pas montré à ceux qui doivent le voir")
}
function grant(i,   t, m, f, j, n, id, p, d, q, value, should, g) {
	t = B["c", i]; m = members_tag(t, "K3"); q = str(t, "grant", "to"); g = str(t, "grant", "effect")
	if ((g != "give" && g != "take") || (m != "" && !is_member(m, q))) bad("K3", "l’accès donné à la ligne " SEQ["c", i] " n’a pas la forme prévue")
	n = len(t, "grant", "docs")
	for (j = 1; j <= n; j++) {
		p = is_text(t, "grant", "docs", j) ? doc_line("doc.publish", item(t, "grant", "docs", j)) : 0
		if (!is_text(t, "grant", "docs", j) || (p && p > i) || (!p && FULL)) bad("K3", "l’accès donné à la ligne " SEQ["c", i] " porte sur un document non publié")
	}
	g = str(t, "grant", "ground")
	if (!FULL || (g != "CPC 169" && g != "court-scope")) return
	f = matrix(t, "K3"); if (f == "" || m == "" || !is_member(m, q)) return
	for (j = 1; j < i; j++) {
		if (kind("c", j) != "doc.publish") continue
		id = doc("c", j); d = doc_line("doc.deposit", id)
		if (!d || doc_line("doc.withdraw", id)) continue
		value = cell(f, str(B["c", j], "", "rule"), role(m, q)); should = gives(value, q, side(m, q), B["c", d])
		if (!should != !list_has(t, "grant", "docs", id) && value != "own") bad("K3", "ligne " SEQ["c", i] " : l’accès de " q " à ce qui précède son arrivée n’est pas celui de la matrice (" id ")")
	}
}
function k3(   i, t, before, y, d, id) {
	for (i = 1; i <= N["c"]; i++) {
		t = B["c", i]; if (t == "") continue
		y = kind("c", i)
		if (before != "" && KIND != "receipt" && ((y !~ /^member\./ && str(before, "visibility", "members") != str(t, "visibility", "members")) || (y != "rights.version" && str(before, "visibility", "rights") != str(t, "visibility", "rights"))))
			bad("K3", "les droits ou les membres changent à la ligne " SEQ["c", i] " sans événement qui le dise")
		if (y == "rights.version" && str(t, "rights", "sha256") != str(t, "visibility", "rights")) bad("K3", "la ligne " SEQ["c", i] " n’annonce pas la matrice qu’elle met en vigueur")
		before = t; id = doc("c", i); d = id == "" ? 0 : doc_line("doc.deposit", id)
		if (d && (d > i || !has(t, "object", "sha256") || str(B["c", d], "object", "sha256") != str(t, "object", "sha256"))) bad("K3", "la ligne " SEQ["c", i] " ne parle pas du document " id " tel qu’il a été déposé")
		to_judge(i)
		if (y == "doc.publish") publish(i)
		if (y == "rights.exception") grant(i)
	}
}
function acts_judge(i, t,   size, root, ok, j, h, n) {
	size = num(t, "acts", "size"); root = b64hex(str(t, "acts", "root")); ok = size >= 0 && is_hex(root, 64)
	if (!WHOLE["c"] && ok) return
	if (!ok || size > N["c"] || ROOT["c", size] != root) { bad("K4", "la lecture " SEQ["r", i] " nomme un état des actes qui n’est pas celui-ci"); bad("K5", "la lecture " SEQ["r", i] " contredit le journal des actes"); return }
	if (size > 0 && TIME["c", size] > TIME["r", i] + CLOCK) bad("K4", "la lecture " SEQ["r", i] " nomme des actes plus récents qu’elle")
	for (j = 1; j <= HEADS["c"]; j++) { h = HEAD["c", j]; n = HTOKEN["c", h]; if (h > size && n != "" && good_token(n) && TG[n] + TA[n] + CLOCK < at(t)) { bad("K4", "la lecture " SEQ["r", i] " ignore des actes plus anciens qu’elle"); return } }
}
function same_view(t, u) { return str(t, "visibility", "members") == str(u, "visibility", "members") && str(t, "visibility", "rights") == str(u, "visibility", "rights") }
function view_judge(i, t, size,   j, last) {
	for (j = 1; j <= N["c"]; j++) {
		if (B["c", j] == "") continue
		if (SEQ["c", j] < size) last = B["c", j]
		else if (at(B["c", j]) <= at(t) + CLOCK && same_view(t, B["c", j])) return
	}
	if (last != "" && !same_view(t, last)) bad("K4", "la lecture " SEQ["r", i] " ne nomme pas les droits et les membres du moment")
}
function hidden(size,   j) { for (j = 1; j <= N["c"] && SEQ["c", j] < size; j++) if (B["c", j] == "") return 1; return 0 }
function reading_right(i, t, id, d, size,   q, p, w, has_it, gone) {
	q = str(t, "actor", "p"); p = doc_line("doc.publish", id); w = doc_line("doc.withdraw", id)
	if (q == str(B["c", d], "actor", "p")) return
	if (!p && !FULL) { unsure("K4", "la publication de " id " n’est pas montrée"); return }
	has_it = p && SEQ["c", p] < size && (list_has(B["c", p], "", "recipients", q) || granted(id, q, size))
	gone = w && SEQ["c", w] < size && !list_has(B["c", w], "", "recipients", q)
	if (!has_it && !gone && hidden(size)) unsure("K4", "l’acte qui donne " id " à " q " n’est peut-être pas montré")
	else if (!has_it || gone) bad("K4", "lecture " SEQ["r", i] " : " q " n’avait pas droit à " id " à ce moment")
}
function k4(   i, t, size, id, d, m, y, j, ok) {
	for (i = 1; i <= N["r"]; i++) {
		t = B["r", i]; if (t == "" || !is_of(t, "r")) continue
		y = kind("r", i); size = num(t, "acts", "size"); acts_judge(i, t); view_judge(i, t, size < 0 ? 0 : size); id = doc("r", i)
		if (id != "") {
			d = doc_line("doc.deposit", id)
			if (!d) { if (FULL) bad("K4", "la lecture " SEQ["r", i] " est celle d’un document jamais déposé (" id ")"); else unsure("K4", "le dépôt de " id " n’est pas montré") }
			else {
				if (SEQ["c", d] >= size || !has(t, "object", "sha256") || str(B["c", d], "object", "sha256") != str(t, "object", "sha256")) bad("K4", "la lecture " SEQ["r", i] " n’est pas celle du document déposé " id)
				if (y == "doc.handover") {
					reading_right(i, t, id, d, size); m = members_tag(t, "K4")
					if (m != "" && !watchers(m, t, str(t, "actor", "p"), str(B["c", d], "actor", "p"))) bad("K4", "la lecture " SEQ["r", i] " n’est pas montrée à ceux qui doivent la voir")
				}
			}
		}
		if (y == "doc.handover.end") {
			ok = 0
			for (j = 1; j < i; j++) if (kind("r", j) == "doc.handover" && str(B["r", j], "", "req") == str(t, "end", "req") && doc("r", j) == id) ok = 1
			if (!ok && WHOLE["r"]) bad("K4", "la fin de remise " SEQ["r", i] " n’a pas de remise")
			else if (!ok) unsure("K4", "la remise que termine la ligne " SEQ["r", i] " n’est pas montrée")
		}
		if (y != "doc.handover" && y != "doc.acknowledge") continue
		person("r", i, "K4"); bracket("r", i, "K4"); held("K4")
	}
}
function k5(x,   i, t, n, h, s, ok) {
	for (i = 1; i <= N[x]; i++) {
		if ((x, BODY[x, i]) in SEEN) bad("K5", "deux lignes ont le même événement")
		SEEN[x, BODY[x, i]] = 1
		n = OF_LOG[AFTER[x, i]]
		if (n != "" && !OUTSIDE[n] && !(x == "c" && TLOG[n] == ORIGIN[x])) bad("K5", "la ligne " SEQ[x, i] " nomme le jeton d’un autre journal")
		if (n != "" && TJ[n] == "BAD") bad("K5", n " : " TR[n])
		t = B[x, i]
		if (i > 1 && TIME[x, i] < TIME[x, i - 1] && WHOLE[x]) {
			ok = t != "" && kind(x, i) == "time.check" && tms(str(t, "clock", "before")) == TIME[x, i - 1] && tms(str(t, "clock", "after")) != "" && tms(str(t, "clock", "after")) <= TIME[x, i]
			if (!ok) bad("K5", "l’heure recule à la ligne " SEQ[x, i])
		}
		if (t == "") continue
		if (!is_of(t, x) || (kind(x, i) == (x == "c" ? "case.open" : "readings.open")) != (SEQ[x, i] == 0)) bad("K5", "la ligne " SEQ[x, i] " (" kind(x, i) ") n’a pas sa place dans ce journal")
		if (at(t) > TIME[x, i] + CLOCK) bad(claim(t, x), "l’événement " SEQ[x, i] " se dit postérieur à sa ligne")
	}
	for (i = 1; i <= HEADS[x]; i++) {
		h = HEAD[x, i]; n = HTOKEN[x, h]
		if (n != "" && TJ[n] == "BAD") bad("K5", n " : " TR[n])
		if (WHOLE[x] && (h > N[x] || ROOT[x, h] != HROOT[x, h])) bad("K5", "l’état signé " h " n’est pas celui de ces lignes")
	}
	if (WHOLE[x] && !((x, N[x]) in HROOT)) bad("K5", "l’état signé du journal entier (" N[x] " lignes) manque")
	for (n in TJ) if (starts(n, LOGDIR[x] "checkpoints/")) { s = substr(n, length(LOGDIR[x] "checkpoints/") + 1); sub(/\.tsr$/, "", s); if (!((x, s + 0) in HROOT)) bad("K5", n " n’est le jeton d’aucun état signé") }
}
function k5_data(   n, d, ok) {
	for (n in TJ) if (starts(n, "tokens/") && TLOG[n] != "") {
		d = n; sub(/\.tsr$/, ".data", d)
		ok = NOTE[d] == "ok" && (origin_kind(NORIGIN[d]) == "g" || NORIGIN[d] == ORIGIN["c"])
		if (ok && origin_kind(NORIGIN[d]) != "g" && WHOLE["c"]) ok = NSIZE[d] <= N["c"] && ROOT["c", NSIZE[d]] == NROOT[d]
		if (!ok) bad("K5", n " ne porte pas sur un état signé d’un journal attendu")
	}
	if (KIND == "receipt") { if (N["c"] != 1) bad("K5", "un accusé de réception montre une ligne et une seule"); unsure("K5", "un accusé de réception ne montre qu’une ligne du journal") }
	else if (!WHOLE["r"]) say("K5", "A", "K5 et K6 ne disent rien des lectures qui ne sont pas montrées")
	if (WHOLE["c"]) held("K5")
}
function global_root(size, root) { if (((size) in GROOT) && GROOT[size] != root) bad("K6", "le journal général a deux états de " size " lignes"); GROOT[size] = root }
function global_proof(x, h, prefix,   n, g, line, note, p, ok) {
	n = prefix h ".tlog-proof"
	if (!(n in F)) { if (HTOKEN[x, h] != "") unsure("K6", "l’état " h " n’est pas encore au journal général"); return }
	note = DIR "/pn/" PN[n]; g = "g:" PN[n]; line = ""
	if (PINDEX[n] != "bad" && PEXTRA[PN[n]]) getline line < (DIR "/pl/" PN[n])
	split(line, p, " ")
	ok = line != "" && line == p[1] " " p[2] " " p[3] " " p[4] " " p[5] " " p[6] && p[1] == "opx/v1" && length(line) <= 1024 && starts(p[2], "log=") && origin_kind(substr(p[2], 5)) == "g" && p[3] == "seq=" PINDEX[n] &&
	     starts(p[4], "time=") && tms(substr(p[4], 6)) != "" && starts(p[5], "after=sha256:") && is_hex(substr(p[5], 14), 64) && p[6] == "body=sha256:" PEXTRA[PN[n]] && !BADJ[g] &&
	     str(g, "", "type") == "case.head" && str(g, "", "log") == substr(p[2], 5) && str(g, "head", "log") == ORIGIN[x] && num(g, "head", "size") == h && b64hex(str(g, "head", "root")) == HROOT[x, h] &&
	     NOTE[note] == "ok" && origin_kind(NORIGIN[note]) == "g"
	if (ok) { ok = PROOT[n] == NROOT[note]; global_root(NSIZE[note], NROOT[note]) }
	if (!ok) bad("K6", n " ne mène pas au journal général")
}
function date_days(s) { return days(substr(s, 1, 4) + 0, substr(s, 6, 2) + 0, substr(s, 9, 2) + 0) }
function before(s, months,   y, m, d) {
	y = substr(s, 1, 4) + 0; m = substr(s, 6, 2) + 0; d = substr(s, 9, 2) + 0
	m -= months; if (m < 1) { m += 12; y-- }
	while (!is_real(y, m, d)) d--
	return sprintf("%04d-%02d-%02d", y, m, d)
}
function two_hashes(s, prefix, none,   r) {
	if (!starts(s, prefix)) return 0
	r = substr(s, length(prefix) + 1); if (none && r == "none") { LINK = "0000000000000000000000000000000000000000000000000000000000000000"; return 1 }
	LINK = substr(r, 8, 64)
	return length(r) == 207 && starts(r, "sha256:") && is_hex(LINK, 64) && substr(r, 72, 8) == " sha512:" && is_hex(substr(r, 80), 128)
}
function link(d, l, to) { if ((("anchors/" to ".tsr") in TJ) && TH["anchors/" to ".tsr"] != l) bad("K6", "anchors/" d ".txt ne tient pas à l’ancre du " to) }
function anchor_token(d, tail, needed,   n, from) {
	n = "anchors/" d tail
	if (!(n in TJ)) { if (needed) unsure("K6", "anchors/" d ".txt n’a pas de jeton"); return }
	from = date_days(d) * 86400000
	if (TJ[n] == "BAD") bad("K6", n " : " TR[n]); else if (TG[n] < from || TG[n] > from + 129600000) bad("K6", n " n’est pas du jour de l’ancre")
}
function anchors(   n, d, s, l, k, g, ok, list, i, j, prev) {
	for (n in F) if (n ~ /^anchors\/.*\.txt$/) {
		d = substr(n, 9, 10); k = 0; ok = LAST_LF[n] == 1
		while ((getline s < n) > 0) l[++k] = s
		ok = ok && k == 10 && l[1] == "opx-anchor/v1" && l[2] == "date " d && split(l[3], g, " ") == 4 && l[3] == "global " g[2] " " g[3] " " g[4] && origin_kind(g[2]) == "g" && is_dec(g[3]) && is_hex(b64hex(g[4]), 64)
		ok = ok && two_hashes(l[4], "note ", 0) && starts(l[5], "tiles sha512:") && is_hex(substr(l[5], 14), 128) && starts(l[9], "revocation sha256:") && is_hex(substr(l[9], 19), 64) && starts(l[10], "sw sha256:") && is_hex(substr(l[10], 11), 64)
		if (ok && (ok = two_hashes(l[6], "prev-token ", 1))) PREV[d] = LINK
		if (ok && (ok = two_hashes(l[7], "month-token ", 1))) MONTH[d] = LINK
		if (ok && (ok = two_hashes(l[8], "year-token ", 1))) YEAR[d] = LINK
		if (!ok) { bad("K6", n " n’a pas la forme prévue"); continue }
		list[++i] = d; ASIZE[d] = g[3] + 0; AROOT[d] = b64hex(g[4])
		for (j = i; j > 1 && list[j] < list[j - 1]; j--) { s = list[j]; list[j] = list[j - 1]; list[j - 1] = s }
	}
	for (j = 1; j <= i; j++) {
		d = list[j]; anchor_token(d, ".tsr", 1); anchor_token(d, ".2.tsr", 0)
		if (j > 1) { prev = list[j - 1]; link(d, PREV[d], prev); if (ASIZE[d] < ASIZE[prev]) bad("K6", "anchors/" d ".txt : le journal général a rétréci") }
		link(d, MONTH[d], before(d, 1)); link(d, YEAR[d], before(d, 12)); global_root(ASIZE[d], AROOT[d])
	}
}
function k6(   i, n, x, s, has_acts, has_readings, root) {
	for (i = 1; i <= HEADS["c"]; i++) global_proof("c", HEAD["c", i], "proofs/global/")
	for (i = 1; i <= HEADS["r"]; i++) global_proof("r", HEAD["r", i], "proofs/global-readings/")
	for (n in F) if (n ~ /^proofs\/global(-readings)?\//) {
		s = n; sub(/^.*\//, "", s); sub(/\.tlog-proof$/, "", s); x = n ~ /^proofs\/global\// ? "c" : "r"
		if (!((x, s + 0) in HROOT)) bad("K6", n " n’est la preuve d’aucun état montré")
	}
	for (n in NOTE) if (n ~ /^(tokens|global)\// && NOTE[n] == "ok" && origin_kind(NORIGIN[n]) == "g") global_root(NSIZE[n], NROOT[n])
	anchors()
	for (n in NOTE) if (starts(n, DIR "/heads/")) {
		if (NOTE[n] != "ok") { unsure("K6", "un état gardé par un tiers n’est pas signé par ce journal"); continue }
		x = NORIGIN[n] == ORIGIN["c"] ? "c" : "r"; root = ""
		if (NORIGIN[n] != ORIGIN[x]) { say("K6", "A", "un état gardé par un tiers est d’un autre journal, il n’a pas servi"); continue }
		if (WHOLE[x] && NSIZE[n] <= N[x]) root = ROOT[x, NSIZE[n]]; else if ((x, NSIZE[n]) in HROOT) root = HROOT[x, NSIZE[n]]
		if (root == "") { say("K6", "A", "un état gardé par un tiers (" NSIZE[n] " lignes) ne peut pas être comparé à ce dossier"); continue }
		if (root != NROOT[n]) bad("K6", "l’état de " NSIZE[n] " lignes gardé par un tiers n’est pas celui de ce dossier")
		if (x == "c") has_acts = 1; else has_readings = 1
	}
	if (!has_acts) unsure("K6", "aucun état gardé par un tiers n’a pu être comparé")
	if (!has_readings) say("K6", "A", "aucun état du journal des lectures gardé par un tiers n’a été comparé")
	unsure("K6", QUORUM == "yes" ? "les signatures des témoins ne sont pas contrôlées par ce programme" : "la politique publiée ne demande aucun témoin")
	held("K6")
}
function lists(n, y, o, l, seq,   i) { i = INDEX["c", n + 0]; return i && kind("c", i) == y && list_num(B["c", i], o, l, seq) }
function k7_list(x, name,   i, next_, p, m, s, l, ok) {
	next_ = 1; l = x == "c" ? "seqs" : "readings"
	for (i = 1; i <= N[x]; i++) {
		if (B[x, i] != "") continue
		s = SEQ[x, i]; m = split(item("B", "", name, next_), p, " ")
		if (next_ > len("B", "", name) || p[1] != s "") { bad("K7", "l’événement " s " manque sans que bundle.json le dise"); return }
		ok = p[2] == "right" ? x == "c" && !FULL : p[2] == "scope" ? x == "c" && KIND == "document" : p[2] == "erasure" ? lists(p[3], "erase.done", "erase", l, s) : lists(p[3], "hold.set", "hold", l, s)
		if (!ok) bad("K7", "l’événement " s " manque sans raison recevable (" p[2] ")")
		next_++
	}
	if (next_ != len("B", "", name) + 1) bad("K7", "bundle.json dit absent un événement qui est là")
}
function may_read(d,   id, p, w, who) {
	id = str(d, "object", "id"); who = str("B", "", "for"); p = doc_line("doc.publish", id); w = doc_line("doc.withdraw", id)
	if (str(d, "actor", "p") == who) return 1
	if (w && !list_has(B["c", w], "", "recipients", who)) return 0
	return (p && list_has(B["c", p], "", "recipients", who)) || granted(id, who, 1e15)
}
function k7_documents(   i, p, d, ok, n, said) {
	n = len("B", "", "documents_absent")
	for (i = 1; i <= n; i++) {
		split(item("B", "", "documents_absent", i), p, " "); said[p[1]] = 1; d = doc_line("doc.deposit", p[1]); d = d ? B["c", d] : ""
		ok = p[2] == "right" ? !FULL && (d == "" || !may_read(d)) : p[2] == "scope" ? KIND == "document" || KIND == "receipt" : p[2] == "pending" ? 1 : (kind("c", INDEX["c", p[3] + 0]) == "erase.done" || kind("c", INDEX["c", p[3] + 0]) == "hold.set")
		if ((d != "" && (doc_file(d) in F)) || !ok) bad("K7", p[1] " est dit absent sans raison recevable")
	}
	for (i = 1; i <= N["c"] && KIND != "receipt"; i++) if (kind("c", i) == "doc.deposit" && !(doc_file(B["c", i]) in F) && !(doc("c", i) in said)) bad("K7", doc("c", i) " manque sans que bundle.json le dise")
}
function sorted(t, l,   i, n) { n = len(t, "erase", l); for (i = 1; i <= n; i++) if (is_text(t, "erase", l, i) || (i > 1 && item(t, "erase", l, i) + 0 <= item(t, "erase", l, i - 1) + 0)) return 0; return 1 }
function approved(t,   m, i, n, p, other, seen) {
	m = members_tag(t, "K7"); n = len(t, "erase", "approvers"); if (m == "") return 1
	for (i = 1; i <= n; i++) {
		p = item(t, "erase", "approvers", i)
		if (!is_text(t, "erase", "approvers", i) || (p in seen) || !is_member(m, p)) return 0
		seen[p] = 1; if (role(m, p) != "platform_operator") other = 1
	}
	return n >= 2 && other
}
function asked(i,   t, u, j, k, n, q, all) {
	t = B["c", i]; n = len(t, "erase", "seqs")
	for (j = 1; j < i; j++) {
		u = B["c", j]; if (kind("c", j) != "erase.request" || at(u) + 3 * DAY > at(t)) continue
		all = 1
		for (k = 1; k <= n; k++) { q = item(t, "erase", "seqs", k) + 0; if (q < SEQ["c", j] && !list_num(u, "erase", "seqs", q)) all = 0 }
		if (all) return 1
	}
	return 0
}
function erased(i, x, l,   t, k, n, q, j, h) {
	t = B["c", i]; n = len(t, "erase", l)
	for (k = 1; k <= n; k++) {
		q = item(t, "erase", l, k) + 0; h = 0
		for (j = 1; j < i; j++) if (kind("c", j) ~ /^hold\./ && list_num(B["c", j], "hold", l, q)) h = kind("c", j) == "hold.set"
		if (h) bad("K7", "l’événement " q " a été effacé alors qu’il était sous séquestre")
		if (((x, q) in INDEX) && B[x, INDEX[x, q]] != "") bad("K7", "l’événement " q " est dit effacé et il est là")
	}
}
function k7(   i, t, g, o, k, n, h) {
	k7_list("c", "bodies_absent"); k7_list("r", "readings_absent"); k7_documents()
	for (i = 1; i <= N["c"]; i++) {
		if (kind("c", i) != "erase.done") continue
		t = B["c", i]; g = str(t, "erase", "ground"); o = str(t, "erase", "order")
		if (g == "" || g == "-" || !approved(t) || !sorted(t, "seqs") || !sorted(t, "readings")) bad("K7", "l’effacement de la ligne " SEQ["c", i] " n’a pas ses deux approbations ou son motif")
		else if (!(g == "court-order" && o != "-" && o != "") && !asked(i)) bad("K7", "l’effacement de la ligne " SEQ["c", i] " n’a pas été annoncé 72 heures avant")
		erased(i, "c", "seqs"); erased(i, "r", "readings")
		n = len(t, "erase", "files")
		for (k = 1; k <= n; k++) { h = item(t, "erase", "files", k); if ((("members/" h ".json") in F) || (("rights/" h ".csv") in F)) bad("K7", "un fichier dit effacé à la ligne " SEQ["c", i] " est là") }
	}
	held("K7")
}
BEGIN {
	FS = "\t"; CLOCK = 5000; DAY = 86400000; FULL = KIND == "case" || KIND == "archive"; NOW = tms(NOW_TEXT); types()
	NAME["c"] = "journal des actes"; NAME["r"] = "journal des lectures"; LOGDIR["c"] = "log/"; LOGDIR["r"] = "readings/"
}
FILENAME == DIR "/sha256" { F[$2] = $1; next }
FILENAME == DIR "/lf" { LAST_LF[$1] = 1; next }
FILENAME == DIR "/flat" { if ($2 == "!") BADJ[$1] = 1; else { V[$1, $2] = $4; T[$1, $2] = $3; PATH[$1, ++NP[$1]] = $2 } next }
FILENAME == DIR "/tokens" { TH[$1] = $2; TJ[$1] = $3; TR[$1] = $4; TG[$1] = $5 + 0; TA[$1] = $6 + 0; TE[$1] = $7 + 0; TI[$1] = $8; next }
FILENAME == DIR "/notes" { NOTE[$1] = $2; NORIGIN[$1] = $3; NSIZE[$1] = $4 + 0; NROOT[$1] = $5; next }
FILENAME == DIR "/proofs" { PINDEX[$1] = $2; PN[$1] = $3; PSIZE[$1] = $4; next }
FILENAME == DIR "/pn.sha256" { split($0, p, " "); PNHASH[p[2]] = p[1]; next }
FILENAME == DIR "/pb.sha256" { split($0, p, " "); PEXTRA[p[2]] = p[1]; next }
FILENAME == DIR "/climbed" { split($0, p, " "); if (split(p[1], q, ":") == 2) ROOT[q[1], q[2]] = p[2]; else PROOT[p[1]] = p[2]; next }
FILENAME == DIR "/sha512" { split($0, p, " "); S512[p[3]] = p[1]; DSIZE[p[3]] = p[2]; next }
FILENAME == DIR "/persons" { PERSON[$1, $2, $3] = $4; if ($6 != "") CARD[$1] = $5 "\t" $6; next }
END {
	ROOT["c", 0] = ROOT["r", 0] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	ORIGIN["c"] = str("B", "", "log"); n = length(ORIGIN["c"]); ORIGIN["r"] = substr(ORIGIN["c"], 1, n - 28) "r" substr(ORIGIN["c"], n - 26)
	for (n in PN) PNOTE[n] = PNHASH[PN[n]]
	for (n in TJ) {
		f = stamped_name(n)
		if (n ~ /^META-INF\// || n ~ /^documents\// || index(n, "/") == 0 || !(f in F)) continue
		OF_LOG[TH[n]] = n; s = ""; if ((getline s < f) > 0) { }
		close(f)
		TLOG[n] = n ~ /^anchors\// || s == "opx-anchor/v1" ? "" : s
		OUTSIDE[n] = TLOG[n] == "" || origin_kind(TLOG[n]) == "g"
	}
	for (n in F) if (n ~ /^anchors\/.*\.txt$/) { d = substr(n, 9, 10); while ((getline s < n) > 0) ANCHOR_TEXT[d] = ANCHOR_TEXT[d] s "\n"; close(n) }
	read_heads("c", "log/checkpoints/"); read_heads("r", "readings/checkpoints/")
	if (KIND == "receipt") read_proofs("c", "proofs/case/"); else if ("log/leaves.txt" in F) read_leaves("c", "log/leaves.txt", num("B", "", "size")); else bad("K5", "log/leaves.txt manque")
	if (!FULL) read_proofs("r", "proofs/readings/"); else if ("readings/leaves.txt" in F) read_leaves("r", "readings/leaves.txt", num("B", "", "readings_size")); else bad("K5", "readings/leaves.txt manque")
	attach("c", ""); attach("r", "readings/"); cover()
	for (n in TJ) if ((n == "SHA256SUMS.tsr" || n == "META-INF/timestamp.tst") && ENDED[n]) unsure("K0", n " : " why_not(n))
	brackets("c"); brackets("r")
	k1(); k2(); k3(); k4(); k5("c"); k5("r"); k5_data(); k6(); k7()
	unsure("K8", ("global/window.txt" in F) ? "la fenêtre du journal général n’est pas contrôlée par ce programme" : "ce dossier ne montre aucune fenêtre du journal général")
}'
find "$W/pn" -type f -exec sha256sum {} + | sed "s,$W/pn/,," >"$W/pn.sha256"
# Text files whose last line has its end: as many bytes as lines with an end each.
awk 'NR == FNR { size[$2] = $1; next } /\.txt$/ { total = 0; while ((getline row < $0) > 0) total += length(row) + 1; close($0); if (total == size[$0]) print }' \
	"$W/sizes" "$W/names" >"$W/lf"
[ -f "$W/persons" ] || : >"$W/persons"
set --
for table in sha256 lf flat tokens notes proofs pn.sha256 pb.sha256 climbed sha512 persons; do set -- "$@" "$W/$table"; done
run_awk "$RULES" -v DIR="$W" -v KIND="$KIND" -v NOW_TEXT="$now" -v QUORUM="$has_quorum" "$@" || exit 2
finish
