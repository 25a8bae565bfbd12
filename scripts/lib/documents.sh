# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Real documents for the demo and the tests, in var/cache/pdf and var/cache/photo: French PDFs and photographs of Debian
# packages. Nothing is installed; what is there is not fetched again.

DOCUMENTS=$OPX_ROOT/var/cache

documents_lines() { grep -v '^#' "$OPX_ROOT/scripts/pdfs.txt"; }

documents_are_there() {
	local name
	while IFS='|' read -r _ _ name _; do [ -s "$DOCUMENTS/pdf/$name" ] || return 1; done < <(documents_lines)
	[ -s "$DOCUMENTS/photo/ordinateur.jpg" ] && [ -s "$DOCUMENTS/photo/appareil.jpg" ]
}

documents_fetch() {
	local package path name work=$DOCUMENTS/.work
	documents_are_there && return 0
	rm -rf "$work"
	mkdir -p "$work/root" "$DOCUMENTS/pdf" "$DOCUMENTS/photo"
	cd "$work" || return 1
	for package in $(documents_lines | cut -d '|' -f 1 | sort -u); do
		apt-get -q -o APT::Sandbox::User="$(id -un)" download "$package" || {
			echo "the package $package could not be fetched; is 'apt-get update' needed?"
			return 1
		}
		dpkg-deb -x "$package"_*.deb root
	done
	while IFS='|' read -r _ path name _; do
		case $path in
		*.gz) gzip -dc "root/$path" >"$DOCUMENTS/pdf/.$name" ;;
		*) cp "root/$path" "$DOCUMENTS/pdf/.$name" ;;
		esac
		mv "$DOCUMENTS/pdf/.$name" "$DOCUMENTS/pdf/$name"
	done < <(documents_lines)
	documents_photographs "$work"
	cd "$OPX_ROOT" && rm -rf "$work"
}

# Photographs printed in these manuals, taken out as the JPEG bytes that they hold, and a drawing as PNG.
documents_photographs() {
	pdfimages -j -f 1 -l 1 "$DOCUMENTS/pdf/eyes17.fr.pdf" "$1/a" && largest_file "$1"/a-*.jpg "$DOCUMENTS/photo/appareil.jpg"
	pdfimages -j -f 1 -l 1 "$DOCUMENTS/pdf/eyesj.fr.pdf" "$1/b" && largest_file "$1"/b-*.jpg "$DOCUMENTS/photo/ordinateur.jpg"
	pdfimages -png -f 60 -l 60 "$DOCUMENTS/pdf/eyes.fr.pdf" "$1/c" && largest_file "$1"/c-*.png "$DOCUMENTS/photo/schema.png"
}

# The last argument is where the largest of the others goes.
largest_file() {
	local to=${!#} from=$1 f
	for f in "${@:1:$#-1}"; do [ "$(stat -c %s "$f")" -le "$(stat -c %s "$from")" ] || from=$f; done
	cp "$from" "$to"
}
