#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The pages as people and machines ask for them, through nginx: every route, every refusal, every kind of bad input, every part that
# goes down and comes back.
# builds: release
set -uo pipefail
. "$(dirname "$0")/lib.sh"
exec /usr/bin/python3 "$OPX_ROOT/tests/http/run.py"
