// SPDX-License-Identifier: BSD-2-Clause
//
// Diagnostics of the session (rtld_shared/seams/diagnostics.h): every failure becomes a line on
// standard error, all of them are looked for.
#pragma once

#include <span>
#include <string_view>

#include "libexec/ld.elf_so/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"

namespace ldso {

class Reporter {
 public:
  // `collect_missing`: missing libraries are only collected, a listing shows them itself. `silent`:
  // nothing is printed at all.
  Reporter(PageArena& arena, bool collect_missing, bool silent)
      : arena_(arena), collect_missing_(collect_missing), silent_(silent) {}

  bool Error(const rtld::Report& report);
  void Warning(const rtld::Report& report);

  size_t errors() const { return errors_; }
  std::span<const std::string_view> missing() const { return missing_.span(); }

 private:
  void Collect(std::string_view name);

  PageArena& arena_;
  bool collect_missing_;
  bool silent_;
  size_t errors_ = 0;
  rtld::List<std::string_view> missing_;
};

}  // namespace ldso
