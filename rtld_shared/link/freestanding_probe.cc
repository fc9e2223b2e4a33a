// SPDX-License-Identifier: BSD-2-Clause
//
// Instantiates a session for every scope, self-relocation and the text of reports, with seams that
// are function pointers, so that the object holds all of the relocator and nothing else. What it
// leaves undefined is what the relocator asks of a freestanding environment; freestanding_test
// checks that.

#include <bit>
#include <cstdint>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/self.h"
#include "rtld_shared/link/session.h"

namespace probe {

using Arch = arch::Exemplar<elf::Layout<uintptr_t, std::endian::native>>;

struct File {
  std::string_view (*path)();
  uint64_t (*size)();
  const std::byte* (*bytes)(uint64_t offset, uint64_t size);

  std::string_view Path() const { return path(); }
  uint64_t Size() const { return size(); }
  const std::byte* Bytes(uint64_t offset, uint64_t count) const { return bytes(offset, count); }
};
struct Image {
  uint64_t bias;
  std::byte* (*at)(uint64_t vaddr, uint64_t size);
  uint64_t (*reach)(uint64_t vaddr);

  uint64_t Bias() const { return bias; }
  std::byte* At(uint64_t vaddr, uint64_t size) const { return at(vaddr, size); }
  uint64_t Reach(uint64_t vaddr) const { return reach(vaddr); }
};
struct Loader {
  using Image = probe::Image;
  bool (*reserve)(const rtld::Reservation& reservation, Image& image);
  bool (*map)(Image& image, const rtld::Segment& segment, File& file);
  bool (*protect)(Image& image, uint64_t vaddr, uint64_t size, rtld::Protection protection);
  void (*sync)(Image& image, uint64_t vaddr, uint64_t size);
  void (*release)(Image& image);

  bool Reserve(const rtld::Reservation& reservation, Image& image) const {
    return reserve(reservation, image);
  }
  bool Map(Image& image, const rtld::Segment& segment, File& file) const {
    return map(image, segment, file);
  }
  bool Protect(Image& image, uint64_t vaddr, uint64_t size, rtld::Protection protection) const {
    return protect(image, vaddr, size, protection);
  }
  void SyncCode(Image& image, uint64_t vaddr, uint64_t size) const { sync(image, vaddr, size); }
  void Release(Image& image) const { release(image); }
};
struct Finder {
  rtld::Module<Arch>* (*loaded)(std::string_view soname);
  rtld::Found<File> (*search)(std::string_view soname, const rtld::Module<Arch>& requester);

  rtld::Module<Arch>* Loaded(std::string_view soname) const { return loaded(soname); }
  rtld::Found<File> Search(std::string_view soname, const rtld::Module<Arch>& requester) const {
    return search(soname, requester);
  }
};
struct Arena {
  void* (*allocate)(size_t size, size_t align);
  void (*free)(void* memory, size_t size);

  void* Allocate(size_t size, size_t align) const { return allocate(size, align); }
  void Free(void* memory, size_t size) const { free(memory, size); }
};
struct Diagnostics {
  void (*print)(std::string_view text);

  bool Error(const rtld::Report& report) const;
  void Warning(const rtld::Report& report) const;
};
bool Diagnostics::Error(const rtld::Report& report) const {
  rtld::FormatReport(report, [this](std::string_view text) { print(text); });
  return true;
}
void Diagnostics::Warning(const rtld::Report& report) const { (void)Error(report); }

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
bool LinkWith(const rtld::Policy& policy, Finder& finder, Loader& loader, Arena& arena,
              Diagnostics& diagnostics, File& file, uint64_t (*call)(uint64_t)) {
  rtld::Session<Seams<S>> session(policy, 0x1000, S(), finder, loader, arena, diagnostics);
  rtld::Committed<Seams<S>> out;
  return session.AddRoot(file) && session.Adopt({}) && session.Plan() && session.Map() &&
         session.Relocate() && session.Protect() && session.RunResolvers(call) && session.Seal() &&
         std::move(session).Commit(out);
}

bool LinkModule(Finder& finder, Loader& loader, Arena& arena, Diagnostics& diagnostics, File& file,
                uint64_t (*call)(uint64_t)) {
  return LinkWith<rtld::ModuleScope<Arch>>(rtld::kKernelPolicy, finder, loader, arena, diagnostics,
                                           file, call);
}
bool LinkProgram(Finder& finder, Loader& loader, Arena& arena, Diagnostics& diagnostics, File& file,
                 uint64_t (*call)(uint64_t)) {
  return LinkWith<rtld::ProgramScope<Arch>>(rtld::kProgramPolicy, finder, loader, arena,
                                            diagnostics, file, call);
}

void Start(uintptr_t bias, const Arch::Layout::Dyn* dynamic) {
  rtld::RelocateSelf<Arch>(bias, dynamic);
}

}  // namespace probe
