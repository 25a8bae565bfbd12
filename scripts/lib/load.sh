# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Reads all parts; each of them only defines functions.
opx_lib=$(dirname "${BASH_SOURCE[0]}")
for opx_part in common packages accounts layout process postgres pki configure build documents instance demo doctor; do
	# shellcheck source=/dev/null
	. "$opx_lib/$opx_part.sh"
done
