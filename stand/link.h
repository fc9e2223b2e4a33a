// SPDX-License-Identifier: BSD-2-Clause
//
// Links the kernel and the preloads with rtld_shared's sessions and writes them into the hand-off.
//
// The kernel is one session, each preload of loader.conf another, in order: a preload that fails is
// undone with everything that only it needed, is explained, and the boot goes on. No resolver runs
// here: what is pending goes into the hand-off, and RELRO stays writable for the kernel to seal.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/note.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/session.h"
#include "stand/loader.h"
#include "stand/symbol_table.h"

namespace stand {

// Reports become lines on the console and in the hand-off.
class BootDiagnostics {
 public:
  explicit BootDiagnostics(Messages& messages) : messages_(messages) {}

  bool Error(const rtld::Report& report) {
    Tell("", report);
    return true;
  }
  void Warning(const rtld::Report& report) { Tell("warning: ", report); }

 private:
  void Tell(std::string_view prefix, const rtld::Report& report) {
    char line[480];
    TextWriter writer{std::span<char>(line)};
    auto sink = [&](std::string_view piece) { writer.Append(piece); };
    rtld::FormatReport(report, sink);
    messages_.Say(prefix, writer.text());
  }

  Messages& messages_;
};

template <arch::ElfArch A>
class BootFinder {
 public:
  using Module = rtld::Module<A>;

  explicit BootFinder(Loader& loader) : loader_(loader) {}

  Module* Loaded(std::string_view soname) {
    for (size_t i = 0; i < count_; ++i) {
      if (modules_[i]->name == soname) return modules_[i];
    }
    return nullptr;
  }

  rtld::Found<ArchiveFile> Search(std::string_view soname, const Module&) {
    rtld::Found<ArchiveFile> found;
    found.file = loader_.OpenModule(soname, &found.looked_in);
    return found;
  }

  std::span<Module* const> AllLoaded() { return {modules_, count_}; }

  // There is a place for every image of the hand-off.
  void Add(Module* module) { modules_[count_++] = module; }

 private:
  Loader& loader_;
  Module* modules_[dynamic::kHandoffMaxImages];
  size_t count_ = 0;
};

template <arch::ElfArch A>
struct BootSeams {
  using Arch = A;
  using File = ArchiveFile;
  using Finder = BootFinder<A>;
  using Loader = ImageLoader;
  using Arena = FrameArena;
  using Diagnostics = BootDiagnostics;
  using Scope = rtld::ModuleScope<A>;
};

template <arch::ElfArch A>
class ImageLinker {
 public:
  explicit ImageLinker(Loader& loader)
      : loader_(loader), diagnostics_(loader.messages()), finder_(loader) {}

  // Loads and relocates the kernel; returns its run-time entry point. Dies when it cannot.
  uint64_t LinkKernel() {
    ArchiveFile* file = loader_.OpenKernel();
    BootSession session = NewSession();
    // 1. Read and plan; the size says where it can go.
    if (!session.AddRoot(*file) || !session.Plan()) DieOf(*file);
    Record& kernel = *session.records()[0];
    if (session.records().size() != 1) Die(file->Path(), " needs other files");
    if (kernel.name != "kernel") Die(file->Path(), " is no kernel: its soname is ", kernel.name);
    if (kernel.entry == 0) Die(file->Path(), " has no entry point");
    loader_.ChooseKernelBase(kernel.plan.high - kernel.plan.low, kernel.plan.align);

    // 2. Link. With `norelocate` the kernel will do the relocation.
    const bool relocate = !loader_.HasOption("norelocate");
    const uint64_t relocations = CountRelocations(kernel);
    if (!PlacesHeaders(session) || !session.Map()) DieOf(*file);
    kernel.relocated = !relocate;
    if (!session.Relocate() || !session.Protect()) DieOf(*file);

    // 3. Image 0.
    rtld::Committed<Seams> committed;
    if (!Take(session, committed)) DieOf(*file);
    HandoffImage& image = loader_.handoff().images[0];
    image.flags = dynamic::kHandoffKernel;
    if (relocate) {
      image.flags |= dynamic::kHandoffRelocated;
      loader_.handoff().relocations += relocations;
    }
    return kernel.RunTime(kernel.entry);
  }

  // Loads one module of loader.conf and what it needs. False: it was explained and is not there.
  bool LinkPreload(const PreloadEntry& entry) {
    // 1. Which file is it?
    char buffer[128];
    TextWriter name{std::span<char>(buffer)};
    if (entry.file.empty()) {
      name.Append(entry.name, ".kld");
    } else {
      name.Append(entry.file);
    }
    if (rtld::Module<A>* loaded = finder_.Loaded(name.text()); loaded != nullptr) {
      Request(IndexOf(*loaded));  // came in by another's DT_NEEDED
      return true;
    }
    rtld::Names looked_in;
    ArchiveFile* file = loader_.OpenModule(name.text(), &looked_in);
    if (file == nullptr) {
      diagnostics_.Error(
          {.error = rtld::Error::kNotFound, .wanted = name.text(), .list = looked_in});
      return Refused(entry);
    }
    if (const std::optional<size_t> loaded = ImageOf(*file); loaded.has_value()) {
      Request(*loaded);  // likewise; its path was given
      return true;
    }

    // 2. Link it with its closure.
    BootSession session = NewSession();
    if (!session.AddRoot(*file) || !session.Plan() || !PlacesHeaders(session)) {
      return Refused(entry);
    }
    uint64_t relocations = 0;
    for (const Record* record : session.records()) relocations += CountRelocations(*record);
    if (!session.Map() || !session.Relocate() || !session.Protect()) return Refused(entry);

    // 3. Images, in the session's order: the root first.
    const size_t first = loader_.handoff().image_count;
    rtld::Committed<Seams> committed;
    if (!Take(session, committed)) return Refused(entry);
    for (size_t i = first; i < loader_.handoff().image_count; ++i) {
      loader_.handoff().images[i].flags = dynamic::kHandoffRelocated;
    }
    Request(first);
    loader_.handoff().relocations += relocations;
    return true;
  }

 private:
  using Seams = BootSeams<A>;
  using BootSession = rtld::Session<Seams>;
  using Record = rtld::Linked<Seams>;
  using L = typename A::Layout;
  using HandoffImage = dynamic::HandoffImage;

  BootSession NewSession() {
    return BootSession(rtld::kBootPolicy, A::kPageSize, rtld::ModuleScope<A>(), finder_,
                       loader_.images(), loader_.arena(), diagnostics_);
  }

  [[noreturn]] static void DieOf(const ArchiveFile& file) {
    Die("the kernel ", file.Path(), " cannot be loaded");
  }

  bool Refused(const PreloadEntry& entry) {
    loader_.messages().Say(kLoaderConfPath, ":", entry.line, ": ", entry.name,
                           " is not loaded; booting without it");
    return false;
  }

  // The hand-off gives program headers by their address, so every file must have them in memory.
  bool PlacesHeaders(BootSession& session) {
    bool good = true;
    for (const Record* record : session.records()) {
      uint64_t vaddr = 0;
      if (HeadersOf(*record, &vaddr).empty()) {
        diagnostics_.Error({.error = rtld::Error::kBadSegment,
                            .image = record->path,
                            .detail = "the program headers are in no PT_LOAD"});
        good = false;
      }
    }
    return good;
  }

  // The program headers of a planned file, from the file, and their link-time address.
  std::span<const typename L::Phdr> HeadersOf(const Record& record, uint64_t* vaddr) {
    using Ehdr = typename L::Ehdr;
    Ehdr header;
    std::memcpy(&header, record.file->data().data(), sizeof header);  // checked by AddRoot
    const uint64_t offset = header.phoff, bytes = header.phnum * sizeof(typename L::Phdr);
    for (const rtld::Segment& segment : record.plan.segments) {
      if (offset < segment.offset || offset - segment.offset > segment.filesz) continue;
      if (bytes > segment.filesz - (offset - segment.offset)) continue;
      *vaddr = segment.vaddr + (offset - segment.offset);
      const std::byte* table = record.file->Bytes(offset, bytes);
      if (table == nullptr) return {};
      return {reinterpret_cast<const typename L::Phdr*>(table), header.phnum};
    }
    return {};
  }

  static uint64_t CountRelocations(const Record& record) {
    const auto& dynamic = record.dynamic;
    uint64_t count =
        dynamic.rel.size() + dynamic.rela.size() + dynamic.jmprel.size() + dynamic.jmprela.size();
    for (const auto& entry : dynamic.relr) {
      const uint64_t word = entry;
      count += (word & 1) == 0 ? 1 : std::popcount(word) - 1;
    }
    return count;
  }

  // Ends the session with a place in the hand-off for each of its images and open resolvers.
  bool Take(BootSession& session, rtld::Committed<Seams>& committed) {
    dynamic::Handoff& handoff = loader_.handoff();
    if (session.pending_ifuncs().size() > dynamic::kHandoffMaxIfuncs - handoff.ifunc_count ||
        session.records().size() > dynamic::kHandoffMaxImages - handoff.image_count) {
      loader_.messages().Say("the hand-off has no room for ", session.records().size(),
                             " more images and ", session.pending_ifuncs().size(), " resolvers");
      return false;
    }
    if (!std::move(session).HandOff(committed)) return false;
    for (Record* record : committed.records) {
      Describe(*record, handoff.images[handoff.image_count++]);
      finder_.Add(record);
    }
    static_assert(!arch::HasSlots<A>,
                  "the hand-off does not say how a resolver's result is stored");
    for (const rtld::PendingIfunc<A>& ifunc : committed.ifuncs) {
      handoff.ifuncs[handoff.ifunc_count++] = {.image = IndexOf(*ifunc.module),
                                               .place = ifunc.place,
                                               .resolver = ifunc.resolver,
                                               .addend = ifunc.addend};
    }
    return true;
  }

  void Describe(const Record& record, HandoffImage& image) {
    const PlacedImage& placed = *record.image.placed();
    image.bias = placed.bias;
    image.link_start = placed.link_start;
    image.bytes = placed.bytes;
    image.frames = placed.frames;
    const std::span<const typename L::Phdr> headers = HeadersOf(record, &image.program_headers);
    image.program_header_count = headers.size();
    image.entry = record.entry;

    const std::span<const std::byte> file = record.file->data();
    const uint64_t start = reinterpret_cast<uint64_t>(file.data());
    image.file = start;
    image.file_bytes = file.size();
    const SymbolTable table = FindSymbolTable<A>(file);
    if (table.symbol_bytes != 0) {
      image.symbols = start + table.symbols;
      image.symbol_bytes = table.symbol_bytes;
      image.strings = start + table.strings;
      image.string_bytes = table.string_bytes;
    }
    const std::span<const std::byte> id =
        rtld::FindNote<A>(record.image, headers, "GNU", elf::kNtGnuBuildId);
    image.build_id_bytes = id.size() < sizeof image.build_id ? id.size() : sizeof image.build_id;
    if (!id.empty()) std::memcpy(image.build_id, id.data(), image.build_id_bytes);
    if (loader_.conf().verbose()) {
      loader_.messages().Say(record.path, " at ", Hex{image.bias + image.link_start}, ", ",
                             image.bytes, " bytes");
    }
    if (!CopyText(image.soname, record.name) || !CopyText(image.path, record.path)) {
      loader_.messages().Say("warning: ", record.path, ": a name is too long and was cut");
    }
  }

  // Which image of the hand-off a module that was taken is.
  size_t IndexOf(const rtld::Module<A>& module) {
    const std::span<rtld::Module<A>* const> loaded = finder_.AllLoaded();
    size_t i = 0;
    while (loaded[i] != &module) ++i;
    return i;
  }

  // Which image of the hand-off comes from the file, if one does.
  std::optional<size_t> ImageOf(const ArchiveFile& file) {
    const dynamic::Handoff& handoff = loader_.handoff();
    for (size_t i = 0; i < handoff.image_count; ++i) {
      if (handoff.images[i].file == reinterpret_cast<uint64_t>(file.data().data())) return i;
    }
    return std::nullopt;
  }

  void Request(size_t image) {
    loader_.handoff().images[image].flags |= dynamic::kHandoffRequested;
  }

  Loader& loader_;
  BootDiagnostics diagnostics_;
  BootFinder<A> finder_;
};

}  // namespace stand
