#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fetch_debs.sh [-q]: fetches the packages of arch/*/debs and unpacks them under .deps/<cpu>/root. Nothing is installed.
#
# A line is PACKAGE:ARCHITECTURE SUITE. apt works on lists and a cache of its own, so neither the
# system's suite nor its architecture matters. What is there already is left alone. Prints the
# version of everything, with -q only of what it fetched. DEBIAN_MIRROR names another mirror.
set -eu
cd "$(dirname "$0")/.."
quiet=${1-}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keys=/usr/share/keyrings/debian-archive-keyring.gpg

# fetch CPU PACKAGE ARCHITECTURE SUITE: fails as soon as a step does; set -e is off in what || follows.
fetch() {
  work=$PWD/.deps/$1/work.$$
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root" || return
  echo "deb [signed-by=$keys] $mirror $4 main" > "$work/sources.list" || return
  for verb in update "download $2:$3"; do
    # The verb may be two words.
    # shellcheck disable=SC2086
    (cd "$work" && apt-get -qq \
      -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
      -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
      -o Dir::State::status=/dev/null -o APT::Architecture="$3" -o APT::Architectures="$3" \
      -o APT::Sandbox::User= -o Acquire::Retries=3 -o Acquire::Languages=none \
      $verb) || return
  done
  dpkg-deb -x "$work"/*.deb "$work/root" &&
    dpkg-deb -W "$work"/*.deb > "$work/version" &&
    mkdir -p ".deps/$1/root" &&
    cp -a "$work/root/." ".deps/$1/root/" &&
    mv "$work/version" ".deps/$1/$2.version" || return
  rm -rf "$work"
}

for list in arch/*/debs; do
  cpu=$(basename "$(dirname "$list")")
  while read -r package suite; do
    case $package in '' | '#'*) continue ;; esac
    name=${package%:*}
    fetched=
    if [ ! -e ".deps/$cpu/$name.version" ]; then
      fetch "$cpu" "$name" "${package#*:}" "$suite" || {
        rm -rf "$work"
        echo "cannot fetch $package from $suite" >&2
        exit 1
      }
      fetched=yes
    fi
    [ "$quiet" = -q ] && [ -z "$fetched" ] || echo "$cpu: $(cat ".deps/$cpu/$name.version")"
  done < "$list"
done
