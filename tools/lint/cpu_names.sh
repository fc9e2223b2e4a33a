#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cpu_names.sh < FILES: the lines that name a CPU, in files of a tree like this one, whose paths are
# relative to its top, the current directory; and the paths that do. CPUs may be named in the folder
# of a CPU or of a family, in toolchain/, and where text tells people about them.
#
# A CPU is named by its folder's name and its family's, by what toolchain/cpu_words has, and by what
# begins its relocations' names.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  for file in arch/*/elf_traits.h; do basename "${file%/*}"; done
  for file in arch/*/family.*; do [ ! -e "$file" ] || echo "${file##*/family.}"; done
} | sort -u > "$work/folders"

# A folder's name stands by itself or beside an underscore: some are in English words.
sed 's/.*/(^|[^a-z0-9])&([^a-z0-9]|$)/' "$work/folders" > "$work/names"
sed 's/[[:blank:]]*$//; /^#/d; /^=/d; /^$/d' toolchain/cpu_words >> "$work/names"
{
  sed -n 's/^=//p' toolchain/cpu_words
  cat arch/*/relocations |
    awk '$2 ~ /^R_/ { split($2, part, "_"); print "R_" part[2] "_[A-Z0-9_]+" }'
} | sed 's/.*/(^|[^A-Za-z0-9_])(&)([^A-Za-z0-9_]|$)/' | sort -u > "$work/words"

{
  sed 's,.*,^arch/&/,' "$work/folders"
  printf '%s\n' '^toolchain/' '^docs/' '\.md$' '^LICENSE$'
} > "$work/excepted"
grep -vE -f "$work/excepted" > "$work/files" || true

# xargs, because text is what grep -I takes for it.
{
  echo "$work/files"
  xargs -r grep -lI . < "$work/files" || true
} | xargs -r awk -v names="$work/names" -v words="$work/words" -v paths="$work/files" '
  function alternatives(file,    line, all) {
    while ((getline line < file) > 0) all = all (all == "" ? "" : "|") line
    return all
  }
  BEGIN { any_case = alternatives(names); exact = alternatives(words) }
  {
    text = $0
    # The verb, at the beginning of a sentence or as the name of a function.
    gsub(/(^|[^A-Za-z0-9_])Arm([^A-Za-z0-9_]|$)/, " ", text)
    if (text !~ exact && tolower(text) !~ any_case) next
    if (FILENAME == paths) print $0 ": the path names a CPU"
    else print FILENAME ":" FNR ":" $0
  }'
