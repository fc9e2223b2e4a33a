#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# sdk_test.sh SDK KLDTOOLS MODULES TOOLS: copies the SDK elsewhere, builds modules there as a stranger
# would, and looks at what comes out.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=$PWD/$4
cp -L "$2" "$work/kldtools"
kldinfo=$work/kldinfo kldd=$work/kldd
ln -s kldtools "$kldinfo"
ln -s kldtools "$kldd"
cp -RL "$1" "$work/sdk"
cp -RL "$3" "$work/modules"
chmod -R u+w "$work"
cd "$work"
sh "$tools" "$work/sdk" "$work/bin"
export PATH="$work/bin:$PATH" PKG_CONFIG_PATH="$work/sdk/lib/pkgconfig"
failures=0

fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

# same WHAT WANTED GOT
same() {
  [ "$2" = "$3" ] || fail "$1: wanted
$2
got
$3"
}

# has OPTION FILE REGEX: readelf prints a line that matches.
has() {
  readelf -W "$1" "$2" 2> /dev/null | grep -Eq -- "$3" || fail "readelf -W $1 $2: no line matches $3"
}

hasnot() {
  if readelf -W "$1" "$2" 2> /dev/null | grep -E -- "$3"; then
    fail "readelf -W $1 $2: the line above matches $3"
  fi
}

# exports FILE: what it defines for others. Some link editors list sections too, which is no interface.
exports() {
  readelf -W --dyn-syms "$1" |
    awk '$1 ~ /^[0-9]+:$/ && $4 != "SECTION" && $7 != "UND" {print $8}' | LC_ALL=C sort | xargs
}

# refused WORDS COMMAND...: fails and says why.
refused() {
  words=$1
  shift
  if "$@" > log 2>&1; then fail "$*: succeeded"; fi
  grep -q -- "$words" log || { fail "$*: does not say $words"; cat log; }
}

# ---- One command each, as in docs/module-authors.md ----

c_flags=$(pkg-config --cflags dynlink-module)
cxx_flags=$(pkg-config --cflags dynlink-module-cxx)
libs=$(pkg-config --libs dynlink-module)
same "libraries of both" "$libs" "$(pkg-config --libs dynlink-module-cxx)"

for module in hello_c hello_cpp; do
  make -s -C sdk/examples/$module
  mv sdk/examples/$module/$module.kld $module.made
done
# The flags are words.
# shellcheck disable=SC2086
{
  (cd sdk/examples/hello_c && cc -Wall -Werror $c_flags -o hello_c.kld hello_c.c $libs \
    -Wl,-soname,hello_c.kld)
  (cd sdk/examples/hello_cpp && c++ -Wall -Werror $cxx_flags -o hello_cpp.kld hello_cpp.cc $libs \
    -Wl,-soname,hello_cpp.kld)
}

for module in hello_c hello_cpp; do
  mv sdk/examples/$module/$module.kld .
  cmp $module.kld $module.made || fail "$module: make builds another file"

  has -h $module.kld 'Type: +DYN'
  same "what $module needs" kernel \
    "$(readelf -Wd $module.kld | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
  has -d $module.kld "\(SONAME\).*\[$module.kld\]"
  has -d $module.kld 'FLAGS_1.*NOW'
  has -l $module.kld '^ +GNU_RELRO .* R +0x'
  hasnot -l $module.kld '^ +[A-Z_]+ +0x.* RWE '
  hasnot -d $module.kld 'TEXTREL'
  has -n $module.kld '^ +Dynlink +0x'
  has -n $module.kld 'Build ID: [0-9a-f]{40}'
  # Each undefined symbol wants a version of the kernel; what is defined is the directory of sets.
  same "unversioned references of $module" "" \
    "$(readelf -W --dyn-syms $module.kld | awk '$7 == "UND" && NF > 7 && $8 !~ /@KERNEL_1\.0$/')"
  same "exports of $module" "KLD_1.0 kld_file@@KLD_1.0" \
    "$(exports $module.kld)"
  "$kldinfo" $module.kld > info || fail "kldinfo $module.kld: status $?"
  grep -Eq "^ +module +$module\$" info || fail "kldinfo does not name the module: $(cat info)"
  "$kldd" -k sdk/lib/libkernel.so ./$module.kld > tree || fail "kldd: $(cat tree)"
done
"$kldinfo" hello_c.kld > info
grep -q 'param .*greeting,string,rw,hello from C,what /dev/hello says$' info ||
  fail "kldinfo does not show the parameter: $(cat info)"

# A constructor runs from .init_array, and its code is given back after loading.
has -d hello_cpp.kld '\(INIT_ARRAY\)'
has -d hello_cpp.kld '\(FINI_ARRAY\)'
has -l hello_cpp.kld '^ +0[0-9] +\.init\.text *$'

# clang takes the same flags, without those of g++ alone.
# shellcheck disable=SC2046,SC2086
clang++ $c_flags $(pkg-config --variable=cxxflags dynlink-module) -o clang.kld sdk/examples/hello_cpp/hello_cpp.cc $libs \
  -Wl,-soname,clang.kld
"$kldd" -k sdk/lib/libkernel.so ./clang.kld > tree || fail "kldd of clang's: $(cat tree)"

# ---- A module that others need, by its own map; one that needs it ----

# shellcheck disable=SC2086
{
  cc $c_flags -o counter.kld modules/counter.c $libs -Wl,-soname,counter.kld \
    -Wl,--version-script=modules/counter.map
  c++ $cxx_flags -o client.kld modules/client.cc $libs -Wl,-soname,client.kld ./counter.kld
}
same "exports of counter" "KLD_1.0 counter_1.0 counter_next@@counter_1.0 kld_file@@KLD_1.0" \
  "$(exports counter.kld)"
same "what client needs" "kernel counter.kld" \
  "$(readelf -Wd client.kld | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | xargs)"
has --dyn-syms client.kld 'UND counter_next@counter_1.0'
"$kldd" -k sdk/lib/libkernel.so -p "$work" "$work/client.kld" > tree || fail "kldd: $(cat tree)"
grep -q "counter.kld => $work/counter.kld" tree || fail "kldd does not find counter: $(cat tree)"

# ---- A module of the tree, by its stub ----

# shellcheck disable=SC2086
cc $c_flags -o keystream.kld modules/keystream.c $libs -lchacha -Wl,-soname,keystream.kld
same "what keystream needs" "kernel chacha.kld" \
  "$(readelf -Wd keystream.kld | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | xargs)"
has --dyn-syms keystream.kld 'UND chacha_block@chacha_1.0'

# ---- What must not link ----

# shellcheck disable=SC2086
{
  refused 'undefined reference to .nobody_has_this' \
    cc $c_flags -o undefined.kld modules/undefined.c $libs -Wl,-soname,undefined.kld
  refused 'prohibited cross reference' \
    cc $c_flags -o init.kld modules/init_from_text.c $libs -Wl,-soname,init.kld
}

# ---- Each header stands alone: a C ABI's in both languages. The relocator's templates are many. ----

: > templates
for header in $(cd sdk/include && find . -name '*.h' | sed 's,^\./,,' | sort); do
  case $header in
  kernel/kpi/* | modules/*) ;;
  *)
    if ! grep -q __cplusplus "sdk/include/$header"; then
      echo "#include \"$header\"" >> templates
      continue
    fi
    ;;
  esac
  # shellcheck disable=SC2086
  {
    cc -Wall -Wextra -Werror $c_flags -fsyntax-only -x c -include "$header" /dev/null ||
      fail "$header in C"
    c++ -Wall -Wextra -Werror $cxx_flags -fsyntax-only -x c++ -include "$header" /dev/null ||
      fail "$header in C++"
  }
done
grep -q rtld_shared/link/session.h templates || fail "the relocator is not in the SDK"
# shellcheck disable=SC2086
c++ -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-unused-parameter $cxx_flags \
  -fsyntax-only -x c++ templates || fail "the relocator's headers"

[ "$failures" = 0 ]
