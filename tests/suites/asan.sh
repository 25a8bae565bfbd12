#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The same unit tests under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer.
# builds: asan
set -uo pipefail
. "$(dirname "$0")/lib.sh"
# Kill campaigns run uninstrumented, in the unit suite: LeakSanitizer cannot work under strace.
ctest_suite asan -E '^kill\.'
