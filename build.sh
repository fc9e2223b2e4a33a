#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The one entry: ./build.sh VERB. Every verb first installs what a Debian 12 lacks of the package
# lists in third_party/packages and arch/<cpu>/packages (as root, or with sudo), then works.
set -eu
caller=$PWD
cd "$(dirname "$0")"

usage() {
  cat << 'EOF'
usage: ./build.sh VERB [ARGUMENT]...

  run [--arch CPU] [-c COMMANDS] [--with FILE]... [--gdb] [--timeout SECONDS] [--append TEXT]
      Builds and boots the kernel in QEMU. Without -c: a shell on the console (Ctrl-A X quits).
      With -c: runs COMMANDS in the booted system's shell, prints what they print and exits with
      their status; 125 is a panic or a time-out (120 s unless given).
      --with puts FILE into /extra/, --append TEXT on the kernel's command line; --gdb stops
      before the first instruction and prints the gdb line to use (docs/debugging.md).
  test [--all-cpus] [--arch CPU]... [PATTERN]...
      Checks the sources and runs the tests of all CPUs (of those named) that match the Bazel
      patterns, //... if there are none. --all-cpus also runs those of CPUs that are tested only
      on demand. Ends with "N passed, M failed, K skipped": test cases, not targets; before it
      the same for each CPU. What only some CPUs have of a test that all have is a failure.
  bench [NAME]
      Runs the benchmarks, or the one of that name, or those of that folder.
  fuzz [SECONDS]
      Runs every fuzzer for so long (60 unless given) and ends at the first fault. What it learns
      stays under .deps/corpus.
  sdk [--arch CPU] DIR
      Writes into DIR what building a module outside the tree takes: headers, stubs of the kernel
      and of the tree's modules, the module layout, pkg-config files, examples; and the relocator
      and the module manager as two libraries for other kernels. For a CPU that does not boot,
      only those. An SDK that is there already is replaced. docs/module-authors.md and
      docs/porting.md begin with it.
  setup [--all-cpus]
      Only installs and fetches; --all-cpus also what CPUs need that are tested on demand.
  packages [--all-cpus]
      Names the Debian packages that setup wants.
  fmt
      Formats all C and C++ sources.
EOF
}

die() {
  echo "build.sh: $*" >&2
  exit 2
}

# ---- packages ----

# CPUs that boot: they can be run.
boot_cpus() {
  for file in arch/*/qemu.args; do basename "$(dirname "$file")"; done
}

# CPUs that code of kernel mode can be compiled for.
kernel_cpus() {
  for file in arch/*/cflags; do basename "$(dirname "$file")"; done
}

host_cpu() { uname -m; }

# listed FILE...: the packages of the lists, without comments.
listed() {
  cat "$@" | sed 's/#.*//' | tr -s '[:blank:]' '\n' | sed '/^$/d' | sort -u
}

# lacking FILE...: those that are not installed.
lacking() {
  for package in $(listed "$@"); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || echo "$package"
  done
}

# package_lists [--all-cpus]
package_lists() {
  echo third_party/packages
  for list in arch/*/packages; do
    # What such a CPU needs is installed only if it is asked for (arch/README.md).
    if [ "${1-}" = --all-cpus ] || [ ! -e "${list%/*}/on_demand" ]; then echo "$list"; fi
  done
}

# install [--all-cpus]
install_packages() {
  # Lists and packages have no blanks in their names.
  # shellcheck disable=SC2046
  missing=$(lacking $(package_lists "$@") | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  echo "build.sh: installing $missing" >&2
  if [ "$(id -u)" = 0 ]; then root=; else root='sudo'; fi
  apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3
    -o DPkg::Lock::Timeout=120"
  # shellcheck disable=SC2086
  { $apt update && $apt install -y --no-install-recommends $missing; } >&2
}

# setup [--all-cpus | --quiet]
setup() {
  # Versions of what is unpacked belong into the log of a test.
  if [ "${1-}" = --quiet ]; then quiet=-q; else quiet=; fi
  # Beside the packages, which take one core: it needs none of them.
  third_party/fetch_debs.sh $quiet >&2 &
  fetching=$!
  install_packages "$@" || {
    wait "$fetching" || true
    return 1
  }
  wait "$fetching"
}

# Builds without a word, unless something is wrong or somebody watches.
quiet_build() {
  if [ -t 2 ]; then progress=; else progress=--noshow_progress; fi
  # shellcheck disable=SC2086
  bazel build $progress --ui_event_filters=-info "$@" >&2
}

# A Bazel server that runs looks at the folders of arch/ again when this list is another one.
DYNLINK_FOLDERS=$(echo arch/*/qemu.args arch/*/debs arch/*/qemu_user arch/*/on_demand arch/*/rtld arch/*/cflags)
export DYNLINK_FOLDERS

# ---- verbs ----

verb_setup() {
  case ${1-} in '' | --all-cpus) ;; *) die "setup: unknown option $1" ;; esac
  setup "$@"
}

verb_packages() {
  case ${1-} in '' | --all-cpus) ;; *) die "packages: unknown option $1" ;; esac
  # shellcheck disable=SC2046
  listed $(package_lists "$@")
}

verb_run() {
  cpu=$(host_cpu) command='' gdb='' append='' timeout='' with='' headless=''
  while [ $# -gt 0 ]; do
    case $1 in
      --gdb) gdb=yes ;;
      --arch | -c | --with | --timeout | --append)
        [ $# -ge 2 ] || die "run: $1 wants a value"
        case $1 in
          --arch) cpu=$2 ;;
          -c) command=$2 headless=yes ;;
          --with) [ -r "$2" ] || die "run: cannot read $2"; with="$with$2
" ;;
          --timeout) timeout=$2 ;;
          --append) append=$2 ;;
        esac
        shift
        ;;
      *) die "run: unknown option $1" ;;
    esac
    shift
  done
  [ -e "arch/$cpu/qemu.args" ] || die "run: $cpu does not boot; these do: $(boot_cpus | xargs)"
  setup --quiet
  quiet_build "//distrib:$cpu" //tests/boot:boot_run
  system=bazel-bin/distrib/$cpu
  set -- --qemu "arch/$cpu/qemu.args" --loader "$system/loader" --archive "$system/archive"
  if [ -n "$gdb" ]; then
    # The kernel where it is linked, and time to think.
    append="nokaslr $append" timeout=${timeout:-86400}
    set -- "$@" --gdb "$PWD/$system/kernel" --sources "$PWD"
    description=arch/$cpu/gdb/target.xml
    [ ! -e "$description" ] || set -- "$@" --target-description "$PWD/$description"
    # Debian's gdb knows the CPU that it runs on.
    [ "$cpu" = "$(host_cpu)" ] || set -- "$@" --debugger gdb-multiarch
  fi
  [ -z "$headless" ] || set -- "$@" --command "$command" --timeout "${timeout:-120}"
  set -- "$@" --append "${append% }"
  while read -r file; do
    [ -z "$file" ] || set -- "$@" --with "$file"
  done << EOF
$with
EOF
  exec bazel-bin/tests/boot/boot_run "$@"
}

# Every CPU that has a tag of its own, whatever can be done with it.
tagged_cpus() {
  for folder in arch/*/; do
    if [ -e "$folder/elf_traits.h" ] || [ -e "$folder/cflags" ]; then basename "$folder"; fi
  done
}

verb_test() {
  wanted='' all=''
  while [ $# -gt 0 ]; do
    case $1 in
      --all-cpus) all=--all-cpus ;;
      --arch)
        [ $# -ge 2 ] || die "test: --arch wants a CPU"
        [ -d "arch/$2" ] || die "test: no arch/$2"
        wanted="$wanted $2"
        shift
        ;;
      --) shift; break ;;
      -*) die "test: unknown option $1" ;;
      *) break ;;
    esac
    shift
  done
  # `all` is one word or none.
  # shellcheck disable=SC2086
  setup $all
  filters=
  [ -n "$all" ] || filters=-cross
  if [ -n "$wanted" ]; then
    for cpu in $(tagged_cpus); do
      case " $wanted " in *" $cpu "*) ;; *) filters="$filters,-cpu-$cpu" ;; esac
    done
  fi
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # Sources are checked whole or not at all: a pattern asks for something narrower. And only where
  # everything runs can a CPU lack something.
  whole=
  if [ $# -eq 0 ]; then
    whole=--whole
    # Beside the analysis of the build, which is one thread.
    tools/lint/lint.sh "$folder/lint.xml" > "$folder/lint.log" 2>&1 &
    set -- //...
  fi
  status=0
  bazel test --keep_going --build_tests_only --test_tag_filters="${filters#,}" \
    --build_event_json_file="$folder/events" -- "$@" || status=$?
  wait
  [ -z "$whole" ] || cat "$folder/lint.log" >&2
  [ -s "$folder/events" ] || die "test: bazel left no events (status $status)"
  bazel build --noshow_progress --ui_event_filters=-info,-stderr //tools:count_cases ||
    die "test: cannot build //tools:count_cases"
  counted=0
  if [ -e "$folder/lint.xml" ]; then set -- "$folder/lint.xml"; else set --; fi
  # shellcheck disable=SC2086
  bazel-bin/tools/count_cases $whole "$folder/events" "$@" || counted=$?
  # Bazel's 4 is "no test matched", which the count says too.
  [ "$counted" != 0 ] || return "$status"
  return 1
}

# targets_tagged TAG
targets_tagged() {
  bazel query --noshow_progress --ui_event_filters=-info \
    "attr(tags, \"\\b$1\\b\", //...) except attr(tags, \"\\bmanual\\b\", //...)"
}

verb_bench() {
  setup --quiet
  found=
  for target in $(targets_tagged benchmark); do
    name=${target##*:}
    package=${target#//}
    package=${package%%:*}
    if [ "${1-$name}" != "$name" ]; then
      case $package/ in "$1"/*) ;; *) continue ;; esac
    fi
    found=yes
    echo "== $target"
    quiet_build "$target"
    "bazel-bin/$package/$name"
  done
  [ -n "$found" ] || die "bench: no benchmark${1+ called $1}"
}

verb_fuzz() {
  seconds=${1-60}
  case $seconds in '' | *[!0-9]*) die "fuzz: how many seconds for each fuzzer?" ;; esac
  setup --quiet
  mkdir -p .deps/corpus
  for target in $(targets_tagged fuzz); do
    # Optimised, unlike the short runs of the tests, which do not pay for it.
    quiet_build -c opt "$target" "$target.corpus"
    package=${target#//}
    corpus=.deps/corpus/$(echo "$package" | tr '/:' '__')
    mkdir -p "$corpus"
    # What the target starts from; files of different folders may have one name.
    bazel cquery -c opt --noshow_progress --ui_event_filters=-info --output=starlark \
      --starlark:expr='"\n".join([file.path for file in target.files.to_list()])' \
      "$target.corpus" | grep . |
      while read -r file; do cp -f "$file" "$corpus/$(echo "$file" | tr '/' '_')"; done
    echo "== $target ($(find "$corpus" -type f | wc -l) inputs in $corpus)"
    "bazel-bin/${package%%:*}/${target##*:}" -max_total_time="$seconds" -timeout=10 \
      -artifact_prefix="$corpus." -print_final_stats=1 "$corpus"
  done
}

verb_sdk() {
  cpu=$(host_cpu) folder=''
  while [ $# -gt 0 ]; do
    case $1 in
      --arch)
        [ $# -ge 2 ] || die "sdk: --arch wants a CPU"
        cpu=$2
        shift
        ;;
      -*) die "sdk: unknown option $1" ;;
      *)
        [ -z "$folder" ] || die "sdk: one folder, not $folder and $1"
        folder=$1
        ;;
    esac
    shift
  done
  [ -n "$folder" ] || die "sdk: into which folder?"
  [ -e "arch/$cpu/cflags" ] || die "sdk: not for $cpu, but for these: $(kernel_cpus | xargs)"
  case $folder in /*) ;; *) folder=$caller/$folder ;; esac
  if [ -e "$folder" ] && [ ! -e "$folder/lib/module.ld" ]; then
    rmdir "$folder" 2> /dev/null || die "sdk: $folder is there, and is no SDK"
  fi
  if [ -e "arch/$cpu/on_demand" ]; then setup --all-cpus; else setup --quiet; fi
  quiet_build "//tools/sdk:$cpu"
  for part in examples include lib LICENSE; do rm -rf "${folder:?}/$part"; done
  mkdir -p "$folder"
  cp -RL "bazel-bin/tools/sdk/$cpu/." "$folder"
  chmod -R u+w "$folder"
  echo "export PKG_CONFIG_PATH=$(cd "$folder" && pwd)/lib/pkgconfig"
}

verb_fmt() {
  install_packages
  git -c safe.directory='*' ls-files -z '*.cc' '*.c' '*.h' | xargs -0 clang-format -i
}

verb=${1-}
[ $# -eq 0 ] || shift
case $verb in
  run | test | bench | fuzz | sdk | setup | packages | fmt) "verb_$verb" "$@" ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
