#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every manual page is clean mdoc.
set -eu
[ $# -gt 0 ]
exec mandoc -Tlint -W warning "$@"
