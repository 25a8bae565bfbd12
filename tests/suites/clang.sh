#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The second compiler: everything builds without a warning, and the unit tests say the same.
# builds: clang
set -uo pipefail
. "$(dirname "$0")/lib.sh"
ctest_suite clang -E '^kill\.'
