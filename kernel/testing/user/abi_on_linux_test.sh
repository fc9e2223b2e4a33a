#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The program of the boot test, on Linux: all groups but the one that Linux would fail. Not by exec:
# whoever runs the tests may have started children of this shell, and the program expects to have none.
status=0
"$PWD/$1" || status=$?
exit "$status"
