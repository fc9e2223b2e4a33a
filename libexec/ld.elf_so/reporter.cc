// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/reporter.h"

#include "libexec/ld.elf_so/foreign.h"
#include "libexec/ld.elf_so/printer.h"
#include "rtld_shared/link/format_report.h"

namespace ldso {
namespace {

void Print(Printer& out, const rtld::Report& report) {
  rtld::FormatReport(report, [&](std::string_view piece) { out << piece; });
  out << "\n";
}

}  // namespace

bool Reporter::Error(const rtld::Report& report) {
  const bool missing = report.error == rtld::Error::kMissingDependency;
  if (missing && collect_missing_) {
    Collect(report.wanted);
    return true;
  }
  ++errors_;
  if (silent_) return true;
  Printer out(kStandardError);
  out << "ld.elf_so: ";
  if (missing && IsForeignLibc(report.wanted)) {
    out << report.image << " needs " << report.wanted
        << ", a C library with its own run-time linker: not supported\n";
  } else {
    Print(out, report);
  }
  return true;
}

void Reporter::Warning(const rtld::Report& report) {
  if (silent_) return;
  Printer out(kStandardError);
  out << "ld.elf_so: warning: ";
  Print(out, report);
}

void Reporter::Collect(std::string_view name) {
  for (const std::string_view known : missing_) {
    if (known == name) return;
  }
  if (!missing_.Add(arena_, name)) ++errors_;
}

}  // namespace ldso
