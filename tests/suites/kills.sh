#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# A whole instance killed with signal 9 under load, part by part and everything at once: nothing that a client was promised is lost.
# Some kills in the usual run, 30 with --long.
# builds: release
set -uo pipefail
. "$(dirname "$0")/lib.sh"
exec /usr/bin/python3 "$OPX_ROOT/tests/kills/run.py" "$@"
