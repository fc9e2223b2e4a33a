// SPDX-License-Identifier: BSD-2-Clause
//
// The seams with which rtld_shared links modules, bundled: the current CPU, files in memory, the
// manager's heap, reports as text. A module's scope is strict (rtld_shared/link/resolve.h).
#pragma once

#include <cstddef>
#include <string_view>

#include "arch/current/elf_traits.h"
#include "kernel/dynlink/loader.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/report.h"
#include "rtld_shared/link/records.h"
#include "rtld_shared/link/resolve.h"

namespace kld {

class File;
class Finder;

struct HeapArena {
  void* Allocate(size_t size, size_t) { return kld::Allocate(size); }
  void Free(void* block, size_t) { kld::Free(block); }
};

// Writes rtld_shared's reports as lines of a Report and remembers the first error.
class Teller {
 public:
  explicit Teller(Report& report) : report_(report) {}

  bool Error(const rtld::Report& report);
  void Warning(const rtld::Report& report);

  // Errors are not told any more: the plan is given up for a reason of its own.
  void Mute() { muted_ = true; }
  // The number for the first error, 0 when there was none.
  int error() const { return error_; }
  Report& report() { return report_; }

 private:
  void Tell(const rtld::Report& report);

  Report& report_;
  int error_ = 0;
  bool muted_ = false;
};

// The error number that reaches users for each class of failures: distinct for each.
int ErrnoOf(rtld::Error error);

struct Seams {
  using Arch = arch::Current;
  using File = Contents;
  using Finder = kld::Finder;
  using Loader = ModuleLoader;
  using Arena = HeapArena;
  using Diagnostics = Teller;
  using Scope = rtld::ModuleScope<Arch>;
};

using LinkModule = rtld::Module<Seams::Arch>;
using Layout = Seams::Arch::Layout;

// Answers the planner: what is loaded, and where the rest is. Implemented by the plan (plan.cc).
class Finder {
 public:
  virtual LinkModule* Loaded(std::string_view soname) = 0;
  virtual rtld::Found<Contents> Search(std::string_view soname, const LinkModule& requester) = 0;
  virtual std::span<LinkModule* const> AllLoaded() = 0;

 protected:
  ~Finder() = default;
};

using Linked = rtld::Linked<Seams>;

}  // namespace kld
