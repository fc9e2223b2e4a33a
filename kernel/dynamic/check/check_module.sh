#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_module.sh MODULE SONAME NEEDED ACCEPTED: is this file what the module manager takes for the module
# SONAME? Reads it with readelf and eu-elflint, prints every complaint, and fails if there is one.
# NEEDED has the sonames that DT_NEEDED must list, one a line in that order; ACCEPTED lists what
# eu-elflint may say, a line each, with N for every number.
set -u
image=$1 soname=$2 needed=$3 accepted=$4
. kernel/dynamic/check/complaints.sh

# What kind of file.
has 'is not ET_DYN' -h 'Type: +DYN'
has "has no DT_SONAME $soname" -d "\\(SONAME\\).*\\[$soname\\]"
has 'is not bound at once' -d 'BIND_NOW|FLAGS_1.*NOW'
has 'has no build-id of 20 bytes' -n 'Build ID: [0-9a-f]{40}$'
wants=$(readelf -W -d "$image" 2> /dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ "$wants" = "$(cat "$needed")" ] ||
  complain "needs '$(printf %s "$wants" | xargs)', not '$(xargs < "$needed")'"

# Segments: three that stay, and what is given back; nothing that modules may not have.
lacks 'has an interpreter' -l '^ +INTERP'
lacks 'has thread-local storage' -l '^ +TLS'
lacks 'has a segment that is writable and executable' -l ' RWE? *E +0x'
has 'has no RELRO' -l '^ +GNU_RELRO'
lacks 'has text relocations' -d 'TEXTREL'

# Symbols: what is exported has a version, and what is wanted of others names one.
has 'does not define kld_file@@KLD_1.0' --dyn-syms ' kld_file@@KLD_1\.0$'
lacks 'exports without a version' --dyn-syms \
  '^ +[0-9]+: .* (FUNC|OBJECT|NOTYPE) +(GLOBAL|WEAK) +[A-Z]+ +[0-9]+ [^ @]+$'
lacks 'wants symbols without a version' --dyn-syms '^ +[1-9][0-9]*: .* GLOBAL .* UND [^ @]+$'
for file in $wants; do
  has "wants no version of $file" -V "File: $file +Cnt: "
done

lint "$accepted"

[ "$failures" = 0 ]
