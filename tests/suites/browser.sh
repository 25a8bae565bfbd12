#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The whole story with headless Chromium on an instance of its own, and each screen judged: axe-core, HTML, narrow phones.
# builds: release
# alone
set -uo pipefail
. "$(dirname "$0")/lib.sh"
cd "$OPX_ROOT" || exit 1
instance=(scripts/instance.sh --instance browser-test)
trap '"${instance[@]}" erase >/dev/null 2>&1' EXIT

# shellcheck source=../../scripts/lib/load.sh
documents() (. scripts/lib/load.sh && documents_fetch)

describe() (
	set -a
	# shellcheck source=/dev/null
	. <("${instance[@]}" paths)
	/usr/bin/python3 -I scripts/describe.py --quiet
)

stage() { describe && /usr/bin/python3 tests/browser/stage.py var/browser-test/demo.json && describe; }

"${instance[@]}" erase >/dev/null 2>&1
check browser.packages web_packages
check browser.documents documents
check browser.instance "${instance[@]}" up
check browser.stage stage
[ "$SUITE_FAILED" = 0 ] && { node tests/browser/run.mjs var/browser-test/demo.json || SUITE_FAILED=1; }
suite_end
