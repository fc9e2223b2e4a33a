#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_kernel.sh KERNEL VERSION ACCEPTED [MAP]: is this file what the boot loader and the module manager
# take for a kernel? Reads it with readelf and eu-elflint, prints every complaint, and fails if there
# is one. VERSION is a version node that must be defined; ACCEPTED lists what eu-elflint may say, a
# line each, with N for every number; MAP is the version script whose names must all be exported.
set -u
image=$1 version=$2 accepted=$3 map=${4-}
. kernel/dynamic/check/complaints.sh

# What kind of file.
has 'is not ET_DYN' -h 'Type: +DYN'
has 'has no DT_SONAME kernel' -d '\(SONAME\).*\[kernel\]'
lacks 'needs other files' -d '\(NEEDED\)'
has 'is not bound at once' -d 'BIND_NOW|FLAGS_1.*NOW'
has 'has no DT_DEBUG' -d '\(DEBUG\)'
has 'has no build-id of 20 bytes' -n 'Build ID: [0-9a-f]{40}$'
has 'has no .symtab' -S '\.symtab +SYMTAB'

# Segments.
lacks 'has an interpreter' -l '^ +INTERP'
lacks 'has thread-local storage' -l '^ +TLS'
lacks 'has a segment that is writable and executable' -l ' RWE? *E +0x'
has 'has no RELRO' -l '^ +GNU_RELRO'
has 'has no executable segment of its own' -l '^ +LOAD .* R E '
has 'is linked at address 0, or its headers are not in its first segment' -l \
  '^ +LOAD +0x0+ 0x0*[1-9a-f][0-9a-f]* '
lacks 'has a segment for larger pages' -l '^ +LOAD .* 0x([2-9a-f]000|[0-9a-f]{5,})$'

# Symbols: whatever is visible is versioned and defined here.
has "does not define version $version" -V "Name: $version\$"
lacks 'exports without a version' --dyn-syms \
  '^ +[0-9]+: .* (FUNC|OBJECT|NOTYPE) +(GLOBAL|WEAK) +[A-Z]+ +[0-9]+ [^ @]+$'
lacks 'wants symbols of others' --dyn-syms '^ +[1-9][0-9]*: .* UND '

if [ -n "$map" ]; then
  exported=$(readelf -W --dyn-syms "$image" | awk '$7 != "UND" && $7 != "ABS" { print $8 }' |
    sed 's/@.*//')
  for name in $(sed 's/#.*//' "$map" | tr -s '[:blank:]' '\n' | sed -n 's/^\([a-z_0-9]*\);$/\1/p'); do
    echo "$exported" | grep -qx "$name" || complain "does not export $name"
  done
fi

# A kernel must be able to relocate itself: B + A and nothing else.
lacks 'has text relocations' -d 'TEXTREL'
lacks 'has a PLT to relocate' -d '\(JMPREL\)'
others=$(readelf -W -r "$image" 2> /dev/null | awk '$3 ~ /^R_/ && $3 !~ /_RELATIVE$/')
if [ -n "$others" ]; then
  complain 'has relocations that are not relative:'
  echo "$others"
fi

lint "$accepted"

[ "$failures" = 0 ]
