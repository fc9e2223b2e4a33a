// SPDX-License-Identifier: BSD-2-Clause
//
// rtld_shared's session as ld.elf_so instantiates it.
#pragma once

#include <string_view>

#include "arch/contract/rtld/machine.h"
#include "arch/current/elf_traits.h"
#include "libexec/ld.elf_so/arena.h"
#include "libexec/ld.elf_so/file.h"
#include "libexec/ld.elf_so/finder.h"
#include "libexec/ld.elf_so/loader.h"
#include "libexec/ld.elf_so/printer.h"
#include "libexec/ld.elf_so/reporter.h"
#include "libexec/ld.elf_so/tls_descriptors.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/link/session.h"

namespace ldso {

using Traits = arch::Current;

// What there is to say about lookups.
struct LookupStatistics {
  uint64_t lookups = 0;
  bool indexed = false;  // one table for all images, not a walk
};

// ELF's global scope; tells of every symbol bound if asked to (LD_DEBUG=bindings), and counts.
class GlobalScope {
 public:
  static constexpr bool kGlobal = true;

  GlobalScope(PageArena& arena, bool tell, LookupStatistics& statistics)
      : scope_(arena), tell_(tell), statistics_(statistics) {}

  [[nodiscard]] bool SetClosure(std::span<Module* const> closure) {
    const bool good = scope_.SetClosure(closure);
    statistics_.indexed = scope_.indexed();
    return good;
  }

  [[nodiscard]] bool Resolve(const rtld::Request<Traits>& request,
                             rtld::Definition<Traits>& definition) {
    return Count(scope_.Resolve(request, definition), request, definition);
  }

  // The same in steps (rtld_shared/link/look_ahead.h).
  using Scope = rtld::IndexedScope<Traits, PageArena>;
  using Ahead = Scope::Ahead;
  static constexpr unsigned kSteps = Scope::kSteps;
  void Start(const rtld::Request<Traits>& request, Ahead& ahead) { scope_.Start(request, ahead); }
  void Step(unsigned step, Ahead& ahead) { scope_.Step(step, ahead); }
  [[nodiscard]] bool Finish(const rtld::Request<Traits>& request, const Ahead& ahead,
                            rtld::Definition<Traits>& definition) {
    return Count(scope_.Finish(request, ahead, definition), request, definition);
  }

 private:
  [[nodiscard]] bool Count(bool found, const rtld::Request<Traits>& request,
                           const rtld::Definition<Traits>& definition) {
    ++statistics_.lookups;
    if (found && tell_ && request.index != 0) Tell(request, definition);
    return found;
  }

  static void Tell(const rtld::Request<Traits>& request,
                   const rtld::Definition<Traits>& definition) {
    Printer out(kStandardError);
    out << "ld.elf_so: bindings: " << request.from.path << " to " << definition.module->path
        << ": `" << request.from.NameOf(request.symbol) << "'";
    const rtld::Version* version = request.from.VersionOf(request.index);
    if (version) out << " [" << version->name << "]";
    out << "\n";
  }

  Scope scope_;
  bool tell_;
  LookupStatistics& statistics_;
};

struct DescriptorHook : TlsDescriptors<Traits> {
  DescriptorHook() : TlsDescriptors(arch::StaticTlsDescriptor(), arch::UndefinedTlsDescriptor()) {}
};

struct Seams {
  using Arch = Traits;
  using File = ImageFile;
  using Finder = LibraryFinder;
  using Loader = MmapLoader;
  using Arena = PageArena;
  using Diagnostics = Reporter;
  using Scope = GlobalScope;
  using Hook = DescriptorHook;
};

using Session = rtld::Session<Seams>;
using Record = rtld::Linked<Seams>;

}  // namespace ldso
