#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Unit tests (Check), as compiled for development.
# builds: dev
set -uo pipefail
. "$(dirname "$0")/lib.sh"
ctest_suite dev
