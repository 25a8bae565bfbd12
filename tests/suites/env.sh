#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The environment of an instance: nginx as generated, its authorities, PostgreSQL's doors, mail, the set-up itself.
# builds: release
# alone
set -uo pipefail
. "$(dirname "$0")/lib.sh"
exec /usr/bin/python3 "$OPX_ROOT/tests/env/run.py" "$@"
