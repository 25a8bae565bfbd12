# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Builds the programs and lays a copy where every account of the instance can read it, and none can write.

# build PRESET: configures and compiles; ninja's own count is the progress shown.
build() {
	local jobs
	jobs=$(nproc)
	cd "$OPX_ROOT" || return 1
	if [ ! -e "build/$1/build.ninja" ]; then cmake --preset "$1" || return 1; fi
	cmake --build "build/$1" -j "$jobs"
}

# A running instance keeps the copy it was started with: the new one takes the place of the old as a whole.
# OPX_PRESET names another build than the one that serves: tests look at an instance under the sanitizers.
program_install() {
	local from=$OPX_ROOT/build/${OPX_PRESET:-release} new=$PROGRAM.new f
	umask 022
	rm -rf "$new"
	mkdir -p "$new/plugins" "$new/static" "$new/scripts" "$new/bin"
	for f in "$from"/bin/*; do [ ! -f "$f" ] || install -m 755 "$f" "$new/bin/"; done
	for f in "$from"/plugins/*.so; do [ ! -e "$f" ] || install -m 755 "$f" "$new/plugins/"; done
	mkdir -p "$new/static/statique/none"
	[ ! -d "$from/static/statique" ] || { rmdir "$new/static/statique/none" && cp -R "$from/static/." "$new/static/"; }
	ln -s statique "$new/static/_static"
	cp -R "$OPX_ROOT/sql" "$new/sql"
	mkdir -p "$new/matrix"
	cp "$OPX_ROOT/plugins/rights-matrix/rights-matrix.csv" "$new/matrix/"
	cp "$OPX_ROOT/scripts/mailcatcher.py" "$new/scripts/"
	chmod -R u=rwX,go=rX "$new"
	if is_root; then chown -R root:root "$new"; fi
	rm -rf "$PROGRAM"
	mv "$new" "$PROGRAM"
}
