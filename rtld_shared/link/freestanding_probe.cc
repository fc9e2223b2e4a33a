// SPDX-License-Identifier: BSD-2-Clause
//
// Instantiates a session for every scope with seams that are only declared, so that the object
// holds all of the relocator and nothing else. What it leaves undefined beside the seams (probe::)
// is what the relocator asks of a freestanding environment; a test compares that with the allowed
// list.

#include "arch/x86_64/elf_traits.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/self.h"
#include "rtld_shared/link/session.h"

namespace probe {

using Arch = arch::x86_64::Traits;

struct File {
  std::string_view Path();
  uint64_t Size();
  const std::byte* Bytes(uint64_t offset, uint64_t size);
};
struct Image {
  uint64_t Bias() const;
  std::byte* At(uint64_t vaddr, uint64_t size);
  uint64_t Reach(uint64_t vaddr);
  void* state;
};
struct Loader {
  using Image = probe::Image;
  bool Reserve(const rtld::Reservation& reservation, Image& image);
  bool Map(Image& image, const rtld::Segment& segment, File& file);
  bool Protect(Image& image, uint64_t vaddr, uint64_t size, rtld::Protection protection);
  void SyncCode(Image& image, uint64_t vaddr, uint64_t size);
  void Release(Image& image);
};
struct Finder {
  rtld::Module<Arch>* Loaded(std::string_view soname);
  rtld::Found<File> Search(std::string_view soname, const rtld::Module<Arch>& requester);
};
struct Arena {
  void* Allocate(size_t size, size_t align);
  void Free(void* memory, size_t size);
};
void Print(std::string_view text);
struct Diagnostics {
  bool Error(const rtld::Report& report);
  void Warning(const rtld::Report& report);
};
bool Diagnostics::Error(const rtld::Report& report) {
  rtld::FormatReport(report, [](std::string_view text) { Print(text); });
  return true;
}
void Diagnostics::Warning(const rtld::Report& report) { (void)Error(report); }

template <class S>
struct Seams {
  using Arch = probe::Arch;
  using File = probe::File;
  using Finder = probe::Finder;
  using Loader = probe::Loader;
  using Arena = probe::Arena;
  using Diagnostics = probe::Diagnostics;
  using Scope = S;
};

template <class S>
bool LinkWith(const rtld::Policy& policy, Finder& finder, Loader& loader, Arena& arena, File& file,
              uint64_t (*call)(uint64_t)) {
  Diagnostics diagnostics;
  rtld::Session<Seams<S>> session(policy, 0x1000, S(), finder, loader, arena, diagnostics);
  rtld::Committed<Seams<S>> out;
  return session.AddRoot(file) && session.Adopt({}) && session.Plan() && session.Map() &&
         session.Relocate() && session.Protect() && session.RunResolvers(call) && session.Seal() &&
         std::move(session).Commit(out);
}

bool LinkModule(Finder& finder, Loader& loader, Arena& arena, File& file,
                uint64_t (*call)(uint64_t)) {
  return LinkWith<rtld::ModuleScope<Arch>>(rtld::kKernelPolicy, finder, loader, arena, file, call);
}
bool LinkProgram(Finder& finder, Loader& loader, Arena& arena, File& file,
                 uint64_t (*call)(uint64_t)) {
  return LinkWith<rtld::ProgramScope<Arch>>(rtld::kProgramPolicy, finder, loader, arena, file,
                                            call);
}

void Start(uintptr_t bias, const Arch::Layout::Dyn* dynamic) {
  rtld::RelocateSelf<Arch>(bias, dynamic);
}

}  // namespace probe
