#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tools.sh SDK FOLDER: fills FOLDER with a cc, a c++ and a clang++ that compile for the SDK's CPU, so
# that what is written for a machine of that CPU works here with FOLDER first in PATH.
set -eu
export PKG_CONFIG_PATH="$1/lib/pkgconfig"
cc=$(pkg-config --variable=cc dynlink-module)
cxx=$(pkg-config --variable=cxx dynlink-module)
triple=${cc%-gcc}
[ "$triple" != "$cc" ] || triple=
mkdir -p "$2"

# tool NAME COMMAND...
tool() {
  name=$1
  shift
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" > "$folder/$name"
  chmod +x "$folder/$name"
}

folder=$2
tool cc "$(command -v "$cc")"
tool c++ "$(command -v "$cxx")"
tool clang++ "$(command -v clang++)" ${triple:+--target="$triple"}
