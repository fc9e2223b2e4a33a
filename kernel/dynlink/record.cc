// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/record.h"

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/image_symbols.h"
#include "kernel/dynlink/init_only.h"
#include "kernel/dynlink/sets.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "rtld_shared/decode/note.h"

namespace kld {
namespace {

using A = Seams::Arch;

// NT_GNU_BUILD_ID.
constexpr std::string_view kGnuOwner = "GNU";
constexpr uint32_t kBuildIdNote = 3;

class Filler {
 public:
  Filler(File& file, Linked& linked, Teller& teller)
      : file_(file), linked_(linked), teller_(teller) {}

  [[nodiscard]] int Run() {
    file_.linked = &linked_;
    linked_.owner = &file_;
    file_.SetRange(linked_.image.start(), linked_.image.size());
    if (!file_.soname.Set(linked_.name) || !file_.path.Set(linked_.path)) return NoMemory("names");
    // The record outlives the file that it was read from.
    linked_.path = file_.path.view();
    file_.resident.store(linked_.image.resident(), std::memory_order_relaxed);
    file_.dynamic = linked_.RunTime(linked_.plan.dynamic.begin);
    file_.debug_map.l_addr = static_cast<uintptr_t>(linked_.bias);
    file_.debug_map.l_name = file_.path.c_str();
    file_.debug_map.l_ld = static_cast<uintptr_t>(file_.dynamic);
    if (linked_.file != nullptr) file_.digest = DigestOf(*linked_.file);
    if (!CheckInitOnly(linked_, teller_)) return teller_.error();
    if (const int error = ReadNotes(); error != 0) return error;
    if (!ReadHandlers(linked_, teller_, file_.modules) ||
        !ReadHooks(linked_, teller_, file_.hooks) ||
        !ViewSet(linked_, "set", teller_, file_.sets)) {
      return teller_.error();
    }
    if (!ReadFunctions()) return NoMemory("constructors");
    file_.symbols = ReadSymbols(linked_, linked_.file);
    if (file_.symbols == nullptr) return NoMemory("symbols");
    return AddEdges();
  }

 private:
  int NoMemory(std::string_view what) {
    teller_.Error({.error = rtld::Error::kNoMemory, .image = linked_.path, .detail = what});
    return ENOMEM;
  }

  // The file's program headers; they were checked when it was planned.
  FileTable<Layout::Phdr> Headers() {
    const Contents* const contents = linked_.file;
    if (contents == nullptr) return {};
    const FileTable<Layout::Ehdr> ehdr(*contents, 0, sizeof(Layout::Ehdr));
    if (ehdr.empty()) return {};
    const Layout::Ehdr header = ehdr[0];
    return {*contents, header.phoff, uint64_t{header.phnum} * sizeof(Layout::Phdr)};
  }

  [[nodiscard]] int ReadNotes() {
    bool memory = true;
    const FileTable<Layout::Phdr> headers = Headers();
    for (size_t i = 0; i < headers.size(); ++i) {
      const Layout::Phdr header = headers[i];
      if (header.type != elf::kPtNote) continue;
      const bool whole = rtld::ForEachNote<A>(
          linked_.image, {header.vaddr, header.filesz}, header.align,
          [&](std::string_view owner, uint32_t type, std::span<const std::byte> text) {
            return TakeNote(owner, type, text, memory);
          });
      if (!whole) {
        teller_.Error({.error = rtld::Error::kBadNote,
                       .has_place = true,
                       .image = linked_.path,
                       .place = header.vaddr});
        return teller_.error();
      }
      if (!memory) return NoMemory("module notes");
    }
    return 0;
  }

  [[nodiscard]] bool TakeNote(std::string_view owner, uint32_t type,
                              std::span<const std::byte> text, bool& memory) {
    if (owner == kGnuOwner && type == kBuildIdNote) {
      const size_t size =
          text.size() < sizeof(file_.build_id) ? text.size() : sizeof(file_.build_id);
      std::memcpy(file_.build_id, text.data(), size);
      file_.build_id_size = static_cast<uint32_t>(size);
    } else if (owner == KLD_NOTE_OWNER && type == KLD_NOTE_MODULE) {
      memory = ReadNote({reinterpret_cast<const char*>(text.data()), text.size()}, linked_.path,
                        file_.modules, teller_.report());
    }
    return memory;
  }

  [[nodiscard]] bool AddFunction(Array<uintptr_t>& list, uint64_t address) {
    // 0 and -1 are what old linkers begin and fill such arrays with.
    const auto value = static_cast<uintptr_t>(address);
    return value == 0 || value == ~uintptr_t{0} || list.Add(value);
  }

  // gABI "Initialization and Termination Functions": DT_INIT, then the array; the termination array
  // backwards, then DT_FINI.
  [[nodiscard]] bool ReadFunctions() {
    const auto& dynamic = linked_.dynamic;
    std::span<const Layout::AddrField> init, fini;
    const bool viewed =
        rtld::ViewTable(linked_.image, dynamic.init_array.begin, dynamic.init_array.size, init) &&
        rtld::ViewTable(linked_.image, dynamic.fini_array.begin, dynamic.fini_array.size, fini);
    bool good = viewed;
    if (dynamic.init != 0)
      good = good && AddFunction(file_.constructors, linked_.RunTime(dynamic.init));
    for (const Layout::AddrField& function : init) {
      good = good && AddFunction(file_.constructors, function);
    }
    for (size_t i = fini.size(); i-- != 0;) good = good && AddFunction(file_.destructors, fini[i]);
    if (dynamic.fini != 0)
      good = good && AddFunction(file_.destructors, linked_.RunTime(dynamic.fini));
    return good;
  }

  [[nodiscard]] int AddEdges() {
    if (!file_.needed.Reserve(linked_.needed.size())) return NoMemory("edges");
    for (const LinkModule* module : linked_.needed) {
      File* const needed = static_cast<File*>(module->owner);
      if (needed == nullptr || file_.needed.Contains(needed)) continue;
      static_cast<void>(file_.needed.Add(needed));  // reserved
      needed->graph_refs.fetch_add(1, std::memory_order_relaxed);
    }
    return 0;
  }

  File& file_;
  Linked& linked_;
  Teller& teller_;
};

}  // namespace

int FillRecord(File& file, Linked& linked, Teller& teller) {
  return Filler(file, linked, teller).Run();
}

}  // namespace kld
