#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# A Debian 12 with nothing but its base, made anew: what a newcomer types works there (docs/bare-debian.md). Root and the archive only.
# long
# alone
set -uo pipefail
[ "${1:-}" != --long ] || shift
exec "$OPX_ROOT/tests/bare/run.sh" "$@"
