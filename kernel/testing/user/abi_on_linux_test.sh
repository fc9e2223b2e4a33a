#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The program of the boot test, on Linux: all groups but the one that Linux would fail.
exec "$PWD/$1"
