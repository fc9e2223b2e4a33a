# SPDX-License-Identifier: BSD-2-Clause
#
# What stands between the fences of a text for module authors, by `part`:
#
#   files    writes each "```LANGUAGE NAME" block to DIRECTORY/NAME
#   host     the commands behind "$ " of "```console" blocks, and what they print
#   boot     the commands behind "# " and what they print, as a scenario of tests/boot/
#
# In a scenario a status other than 0 would have to be said; a text shows only words, so commands
# are wrapped. Numbers that differ from boot to boot (addresses, build-ids) become patterns.

/^```/ {
  if (kind != "") {
    kind = ""
  } else {
    kind = $1 == "```console" ? "console" : "file"
    name = $2
    if (kind == "file" && name == "") kind = "other"
    if (kind == "file" && part == "files") printf "" > (directory "/" name)
    prompt = ""
  }
  next
}

kind == "file" && part == "files" { print > (directory "/" name) }

kind == "console" && /^[$#] / {
  prompt = substr($0, 1, 1)
  command = substr($0, 3)
  if (part == "host" && prompt == "$") print "$ " command
  if (part == "boot" && prompt == "#") {
    if (!cases) print "=== what " text " shows"
    cases = 1
    print "$ {\n> " command "\n> } || true"
  }
  next
}

kind == "console" && prompt == "$" && part == "host" { print }

# The width of an address is a CPU's.
kind == "console" && prompt == "#" && part == "boot" && /^Id Refs Address +Size Name$/ {
  print "Id Refs Address +Size Name (re)"
  next
}

kind == "console" && prompt == "#" && part == "boot" {
  # Lines of kldstat and of the log, all with addresses, and those that depend on the CPU.
  line = $0
  cpu_line = line ~ /: [a-z0-9_]+ shared object$/ || line ~ / is for machine [0-9]+, / || line ~ /[0-9]+ relative, /
  stat = line ~ /^ *[0-9]+ +[0-9]+ 0x/
  log_line = line ~ /^\[ +[0-9]+\.[0-9]+\] /
  if (!stat && !log_line && line !~ /0x[0-9a-f][0-9a-f][0-9a-f]/ && !cpu_line && line !~ /build-id/) {
    print line
    next
  }
  if (log_line) sub(/^\[ +[0-9]+\.[0-9]+\] /, "", line)
  gsub(/[][\\.^$*+?(){}|]/, "\\\\&", line)
  if (stat) {
    sub(/.* /, "", line)
    line = " *[0-9]+ +[0-9]+ 0x[0-9a-f]+ +[0-9a-f]+ " line
  }
  sub(/: [a-z0-9_]+ shared object$/, ": [a-z0-9_]+ shared object", line)
  sub(/, not for [0-9]+ .*/, ", not for [0-9]+ .*", line)
  sub(/[0-9]+ relative, [0-9]+ symbolic/, "[0-9]+ relative, [0-9]+ symbolic", line)
  gsub(/R_[A-Z0-9_]+ at /, "R_[A-Z0-9_]+ at ", line)
  gsub(/0x[0-9a-f]+/, "0x[0-9a-f]+", line)
  sub(/build-id +[0-9a-f]+/, "build-id +[0-9a-f]+", line)
  gsub(/  +/, " +", line)
  print (log_line ? "\\[ *[0-9]+\\.[0-9]+\\] " : "") line " (re)"
}
