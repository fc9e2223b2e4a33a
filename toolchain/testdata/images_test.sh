#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the linked images must be, read with readelf.
set -eu
cd toolchain/testdata
failures=0

# has FILE OPTIONS REGEX: readelf OPTIONS FILE prints a line that matches.
has() {
  if ! readelf -W "$2" "$1" | grep -Eq -- "$3"; then
    echo "FAIL: readelf -W $2 $1: no line matches $3"
    readelf -W "$2" "$1"
    failures=$((failures + 1))
  fi
}

hasnot() {
  if readelf -W "$2" "$1" | grep -E -- "$3"; then
    echo "FAIL: readelf -W $2 $1: the line above matches $3"
    failures=$((failures + 1))
  fi
}

has tiny_kernel -h 'Type: +DYN'
has tiny_kernel -d 'SONAME.*\[tinykernel\]'
has tiny_kernel -d 'BIND_NOW|FLAGS_1.*NOW'
hasnot tiny_kernel -l INTERP
has tiny_kernel -l GNU_RELRO
has tiny_kernel --dyn-syms ' FUNC +GLOBAL +DEFAULT +[0-9]+ tiny_increment@@TINY_1.0'
has tiny_kernel --dyn-syms ' OBJECT +GLOBAL +DEFAULT +[0-9]+ tiny_ticks@@TINY_1.0'
hasnot tiny_kernel --dyn-syms 'TinyDouble|tiny_start'
has tiny_kernel -n 'Build ID: [0-9a-f]{40}'

has tiny_module.kld -h 'Type: +DYN'
has tiny_module.kld -d 'SONAME.*\[tiny_module.kld\]'
has tiny_module.kld -d 'NEEDED.*\[tinykernel\]'
has tiny_module.kld --dyn-syms 'UND tiny_increment@TINY_1.0'
has tiny_module.kld --dyn-syms ' tiny_module_step@@TINY_MODULE_1.0'
has tiny_module.kld -r 'tiny_increment@TINY_1.0'

has tiny_user.kld -d 'NEEDED.*\[tiny_module.kld\]'
hasnot tiny_user.kld -d 'NEEDED.*\[tinykernel\]'
has tiny_user.kld --dyn-syms 'UND tiny_module_step@TINY_MODULE_1.0'

has tiny_whole.kld -d 'NEEDED.*\[kernel\]'
hasnot tiny_whole.kld -d 'NEEDED.*\[tinykernel\]'
has tiny_whole.kld --dyn-syms ' kld_file@@KLD_1.0'
has tiny_whole.kld --dyn-syms ' tiny_whole_value@@TINY_WHOLE_1.0'
has tiny_whole.kld --dyn-syms 'UND kmalloc@KERNEL_1.0'
has tiny_whole.kld -l GNU_RELRO
has tiny_whole.kld -S '[.]init_array'

for image in tiny_kernel tiny_module.kld tiny_user.kld tiny_whole.kld; do
  hasnot $image -l 'RWE'
  hasnot $image -d 'TEXTREL'
  hasnot $image -S 'eh_frame +PROGBITS +[0-9a-f]+ [0-9a-f]+ 0*[1-9a-f]'
done

hasnot static_program -l INTERP
status=0
output=$(./static_program) || status=$?
if [ "$status" != 7 ] || [ "$output" != static ]; then
  echo "FAIL: static_program prints \"$output\" and exits with $status"
  failures=$((failures + 1))
fi

[ "$failures" = 0 ]
