#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A program of the boot tests, on Linux: all groups but those that would fail there. Not by exec:
# whoever runs the tests may have started children of this shell, and a program expects to have none.
status=0
"$PWD/$1" || status=$?
exit "$status"
