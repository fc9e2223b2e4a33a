// SPDX-License-Identifier: BSD-2-Clause
//
// A kernel that does nothing but look at how it was started: it checks what the hand-off promises
// against what it can see for itself, says so line by line, and ends the machine. Boot tests of the
// loader boot it in the kernel's place; a line "probe: bad: ..." and a status that is not 0 say
// what is wrong.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/boot/boot.h"
#include "arch/current/elf_traits.h"
#include "kernel/dynamic/boot_times.h"
#include "kernel/dynamic/entry.h"
#include "kernel/dynamic/ifunc.h"
#include "kernel/dynamic/image.h"
#include "lib/boot_archive/newc.h"
#include "lib/boot_options/boot_options.h"
#include "stand/text.h"

extern "C" {
// What test modules call.
[[gnu::visibility("default")]] unsigned probe_add(unsigned a, unsigned b);
[[gnu::visibility("default")]] extern unsigned probe_calls;
}

unsigned probe_calls;
unsigned probe_add(unsigned a, unsigned b) {
  ++probe_calls;
  return a + b;
}

namespace {

using dynamic::Handoff;
using dynamic::HandoffImage;
using stand::Hex;
using stand::TextWriter;
using Layout = arch::Current::Layout;

unsigned failures = 0;

template <class... Parts>
void Say(const Parts&... parts) {
  char line[512];
  TextWriter writer{std::span<char>(line)};
  writer.Append("probe: ");
  (writer.Append(parts), ...);
  for (const char c : writer.text()) boot::PutChar(c);
  boot::PutChar('\n');
}

template <class... Parts>
void Check(bool good, const Parts&... what) {
  if (good) return;
  ++failures;
  Say("bad: ", what...);
}

// Pointers in read-only data: right only after relocation.
const char* const kWords[] = {"relocated", "data"};
const char* const* volatile words = kWords;

class Probe {
 public:
  explicit Probe(const Handoff& handoff) : handoff_(handoff) {}

  void CheckKernel() {
    const HandoffImage& image = handoff_.images[0];
    const uint64_t start = reinterpret_cast<uintptr_t>(&__ehdr_start);
    Say("kernel at ", Hex{start});
    Say((image.flags & dynamic::kHandoffRelocated) != 0 ? "relocated by the loader"
                                                        : "relocated by itself");
    Check(TextWriter::View(words[0]) == "relocated", "a pointer in RELRO");
    Check(static_cast<uintptr_t>(image.bias) == dynamic::OwnBias(), "the bias: ", Hex{image.bias},
          " is ", Hex{dynamic::OwnBias()});
    Check(image.link_start + image.bias == start, "the first page");
    // Where it is linked, or at a chosen or random place where the CPU keeps the kernel.
    const std::string_view line = TextWriter::View(handoff_.command_line);
    const boot::Layout layout = boot::AddressLayout();
    if (boot_options::HasWord(line, "nokaslr")) {
      Check(image.bias == 0, "the bias where it is linked: ", Hex{image.bias});
    } else if (boot_options::ValueOf(line, "kaslr") == "0") {
      Check(start == layout.window.base, "the lowest place: ", Hex{start});
      Check(start < image.link_start, "it is below where it is linked: ", Hex{image.link_start});
    } else {
      Check(start - layout.window.base < layout.random_bytes, "the window of ", Hex{start});
    }
    Check(image.program_headers == image.link_start + __ehdr_start.phoff, "the program headers");
    Check(image.program_header_count == __ehdr_start.phnum, "their number");
    Check(image.entry == __ehdr_start.entry, "the entry point");
    Check(TextWriter::View(image.soname) == "kernel", "the soname");
    Check(image.build_id_bytes == 20, "the length of the build id");

    // The image's frames are seen through the direct map.
    const auto* alias = reinterpret_cast<const volatile char*>(handoff_.direct_map + image.frames);
    const auto* own = reinterpret_cast<const volatile char*>(&__ehdr_start);
    Check(alias[0] == own[0] && alias[24] == own[24], "the frames");
    const uint64_t relro_word = reinterpret_cast<uintptr_t>(kWords);
    const dynamic::AddressRange relro = dynamic::RelroOf(image);
    Check(relro_word >= relro.start && relro_word < relro.start + relro.bytes, "RELRO's range");
  }

  // Writable memory can be written: data, RELRO (still open) and the direct map.
  void CheckMemory() {
    auto* own = reinterpret_cast<volatile uintptr_t*>(const_cast<const char**>(kWords));
    const uintptr_t kept = own[1];
    own[1] = 0;
    own[1] = kept;
    uint64_t usable = 0, end = 0;
    for (uint64_t i = 0; i < handoff_.range_count; ++i) {
      const dynamic::HandoffRange& range = handoff_.ranges[i];
      Check(range.base >= end && range.bytes != 0, "the order of memory range ", i);
      Check((range.base | range.bytes) % boot::kPageSize == 0, "the pages of memory range ", i);
      end = range.base + range.bytes;
      if (range.type != dynamic::kHandoffUsable) continue;
      usable += range.bytes;
      Check(end <= handoff_.direct_map_bytes, "the length of the direct map");
      auto* last = reinterpret_cast<volatile uint64_t*>(handoff_.direct_map + end - 8);
      *last = 0x5aa5;
      Check(*last == 0x5aa5, "memory that cannot be written at ", Hex{end - 8});
    }
    Check(usable > 1 << 20, "the amount of memory");
    Check(OwnedBy(handoff_.root_table) == dynamic::kHandoffPageTables, "who owns the tables");
    Check(OwnedBy(handoff_.archive) == dynamic::kHandoffArchive, "who owns the archive");
    Check(OwnedBy(handoff_.images[0].frames) == dynamic::kHandoffImage, "who owns the image");
    Check(OwnedBy(reinterpret_cast<uintptr_t>(&handoff_) - handoff_.direct_map) ==
              dynamic::kHandoffLoader,
          "who owns the hand-off");
  }

  void CheckFile() {
    const HandoffImage& image = handoff_.images[0];
    boot_archive::Entry entry;
    const std::span<const std::byte> archive(
        reinterpret_cast<const std::byte*>(handoff_.direct_map + handoff_.archive),
        handoff_.archive_bytes);
    Check(boot_archive::Find(archive, TextWriter::View(image.path), &entry), "the path");
    Check(reinterpret_cast<uintptr_t>(entry.data.data()) == handoff_.direct_map + image.file &&
              entry.data.size() == image.file_bytes,
          "the file");
    // The own entry in .symtab.
    const auto* symbols = reinterpret_cast<const Layout::Sym*>(handoff_.direct_map + image.symbols);
    const char* strings = reinterpret_cast<const char*>(handoff_.direct_map + image.strings);
    bool found = false;
    for (uint64_t i = 0; i < image.symbol_bytes / sizeof(Layout::Sym); ++i) {
      if (symbols[i].name >= image.string_bytes) continue;
      if (TextWriter::View(strings + symbols[i].name) != "KernelEntry") continue;
      found = symbols[i].value + image.bias == reinterpret_cast<uintptr_t>(&KernelEntry);
    }
    Check(found, "the symbol table");
  }

  void CheckRest() {
    Check(handoff_.ticks_entry != 0 && handoff_.ticks_entry < handoff_.ticks_load &&
              handoff_.ticks_load <= handoff_.ticks_relocated &&
              handoff_.ticks_relocated < handoff_.ticks_jump,
          "the order of ticks");
    bool any = false;
    for (const uint8_t byte : handoff_.entropy) any = any || byte != 0;
    Check(any && handoff_.entropy_bits >= 16, "the entropy: ", handoff_.entropy_bits, " bits");
    // DT_DEBUG lies in RELRO, which is still open.
    Check(dynamic::SetDebugPointer(&failures), "there is no DT_DEBUG");
    bool pointed = false;
    for (const Layout::Dyn* d = _DYNAMIC; d->tag != elf::kDtNull; ++d) {
      if (d->tag == elf::kDtDebug) pointed = d->val == reinterpret_cast<uintptr_t>(&failures);
    }
    Check(pointed, "DT_DEBUG");
  }

  // Says what else was loaded, runs its resolvers, then its first constructor.
  void RunModules() {
    for (uint64_t i = 1; i < handoff_.image_count; ++i) {
      const HandoffImage& image = handoff_.images[i];
      const bool requested = (image.flags & dynamic::kHandoffRequested) != 0;
      Say("module ", image.soname, " of ", image.path, requested ? ", requested" : ", needed");
      Check((image.flags & dynamic::kHandoffKernel) == 0, "a second kernel");
      Check((image.flags & dynamic::kHandoffRelocated) != 0, "nobody relocated it");
      Check(image.link_start + image.bias > reinterpret_cast<uintptr_t>(&__ehdr_start),
            "its place");
      const size_t ifuncs = dynamic::RunIfuncs(handoff_, i);
      if (ifuncs != 0) Say(image.soname, ": ", ifuncs, " resolvers ran");
      RunConstructors(image);
    }
    Say("modules called ", probe_calls, " times");
  }

 private:
  uint64_t OwnedBy(uint64_t physical) const {
    for (uint64_t i = 0; i < handoff_.range_count; ++i) {
      const dynamic::HandoffRange& range = handoff_.ranges[i];
      if (physical >= range.base && physical - range.base < range.bytes) return range.type;
    }
    return 0;
  }

  void RunConstructors(const HandoffImage& image) {
    const auto* phdrs = reinterpret_cast<const Layout::Phdr*>(image.program_headers + image.bias);
    uint64_t array = 0, bytes = 0;
    for (uint64_t i = 0; i < image.program_header_count; ++i) {
      if (phdrs[i].type != elf::kPtDynamic) continue;
      for (auto* d = reinterpret_cast<const Layout::Dyn*>(phdrs[i].vaddr + image.bias);
           d->tag != elf::kDtNull; ++d) {
        if (d->tag == elf::kDtInitArray) array = d->val;
        if (d->tag == elf::kDtInitArraySz) bytes = d->val;
      }
    }
    using Constructor = void (*)();
    for (uint64_t at = 0; at < bytes; at += sizeof(Constructor)) {
      (*reinterpret_cast<const Constructor*>(array + image.bias + at))();
    }
  }

  const Handoff& handoff_;
};

// Twice, with a pause: bench/ finds out how long a tick is. The pause is some times what the loader
// took, for ticks are of any length.
void TellBootTimes(const Handoff& handoff) {
  constexpr uint64_t kTimes = 8;
  const uint64_t start = boot::Ticks();
  const uint64_t pause = kTimes * (start - handoff.ticks_entry);
  dynamic::WriteBootTimes(handoff, start, boot::PutChar);
  while (boot::Ticks() - start < pause) {
  }
  dynamic::WriteBootTimes(handoff, boot::Ticks(), boot::PutChar);
}

bool HasOption(const Handoff& handoff, std::string_view option) {
  return boot_options::HasWord(TextWriter::View(handoff.command_line), option);
}

}  // namespace

void kernel::Main(const Handoff* given) {
  const Handoff& handoff = *given;
  boot::UseFirmware(handoff.firmware, handoff.direct_map);
  if (handoff.magic != dynamic::kHandoffMagic || handoff.version != dynamic::kHandoffVersion ||
      handoff.size != sizeof(Handoff) || handoff.image_count == 0) {
    Say("panic: the hand-off cannot be read");
    boot::Stop(125);
  }
  Say("started");
  if (HasOption(handoff, "bench")) {
    TellBootTimes(handoff);
    boot::Stop(0);
  }
  Probe probe(handoff);
  probe.CheckKernel();
  probe.CheckMemory();
  probe.CheckFile();
  probe.CheckRest();
  probe.RunModules();
  Say("command line: ", TextWriter::View(handoff.command_line));
  if (handoff.messages[0] != '\0') Say("the loader said:");
  for (const char* c = handoff.messages; *c != '\0'; ++c) boot::PutChar(*c);
  Say(failures, " failures");
  boot::Stop(failures != 0 ? 1 : HasOption(handoff, "exit=42") ? 42 : 0);
}
