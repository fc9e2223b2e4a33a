// SPDX-License-Identifier: BSD-2-Clause
//
// kldinfo file ...
#include <cerrno>
#include <string>

#include "lib/kld/text.h"
#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/note.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/link/format_report.h"
#include "sbin/commands.h"
#include "sbin/for_machine.h"
#include "sbin/image_file.h"

namespace sbin::kldinfo {
namespace {

constexpr std::string_view kName = "kldinfo";

// Whatever is well-formed is shown; whether the kernel takes it is kldd's question.
constexpr rtld::Policy kShowAll = {.allow_exec = true,
                                   .allow_writable_code = true,
                                   .allow_text_relocations = true,
                                   .allow_tls = true,
                                   .allow_copy = true,
                                   .allow_unique = true,
                                   .allow_run_path = true};

// The errors of one file, on the terminal.
class Diagnostics {
 public:
  explicit Diagnostics(Terminal& terminal) : terminal_(terminal) {}
  bool Error(const rtld::Report& report) { return Print(report, "kldinfo: "); }
  void Warning(const rtld::Report& report) { Print(report, "kldinfo: warning: "); }

 private:
  bool Print(const rtld::Report& report, std::string_view prefix) {
    std::string text(prefix);
    rtld::FormatReport(report, [&](std::string_view piece) { text += piece; });
    terminal_.Err(text + "\n");
    return true;
  }

  Terminal& terminal_;
};

std::string Protection(const rtld::Segment& segment) {
  std::string text = (segment.flags & elf::kPfR) ? "R" : "-";
  text += segment.writable() ? "W" : "-";
  text += segment.executable() ? "X" : "-";
  return text;
}

template <arch::ElfArch A>
class Printer {
 public:
  using L = typename A::Layout;

  Printer(Terminal& terminal, ImageFile& file) : terminal_(terminal), file_(file) {}
  ~Printer() {
    rtld::FreeArray(arena_, versions_);
    rtld::FreePlan(arena_, plan_);
  }

  // False after a message.
  [[nodiscard]] bool Run() {
    Diagnostics all(terminal_);
    rtld::InImage<Diagnostics> diagnostics(all, file_.Path(), {});
    if (!rtld::ReadHeaders<A>(diagnostics, file_, kShowAll, headers_) ||
        !rtld::PlanLoad<A>(diagnostics, arena_, headers_.phdrs, file_.Size(), A::kPageSize,
                           kShowAll, plan_)) {
      return false;
    }
    rtld::FileMemory<ImageFile> memory(file_, plan_);
    if (!rtld::Decode<A>(diagnostics, memory, plan_, kShowAll, dynamic_) ||
        !rtld::ReadVersions<A>(diagnostics, arena_, memory, dynamic_, versions_)) {
      return false;
    }
    Heading();
    Notes(memory);
    Needed();
    Segments();
    Relocations();
    Symbols();
    return true;
  }

 private:
  void Line(std::string_view key, std::string_view value) {
    terminal_.Out(kld::Format("  %-10.*s %.*s\n", static_cast<int>(key.size()), key.data(),
                              static_cast<int>(value.size()), value.data()));
  }

  void Heading() {
    terminal_.Out(
        std::string(file_.Path()) + ": " + std::string(A::kName) +
        (headers_.type == elf::kEtExec ? " program at a fixed address\n" : " shared object\n"));
    if (dynamic_.has_soname) Line("soname", dynamic_.soname);
  }

  // The build-id, and what the file says about its modules: notes of "key=value" strings.
  void Notes(rtld::FileMemory<ImageFile>& memory) {
    const auto build_id =
        rtld::FindNote<A>(memory, headers_.phdrs, elf::kNoteOwnerGnu, elf::kNtGnuBuildId);
    std::string hex;
    for (const std::byte byte : build_id) hex += kld::Format("%02x", static_cast<unsigned>(byte));
    if (!hex.empty()) Line("build-id", hex);
    for (const auto& header : headers_.phdrs) {
      if (header.type != elf::kPtNote) continue;
      const bool whole = rtld::ForEachNote<A>(
          memory, {header.vaddr, header.filesz}, header.align,
          [&](std::string_view owner, uint32_t type, std::span<const std::byte> descriptor) {
            if (owner == elf::kNoteOwnerDynlink && type == elf::kNtDynlinkModule) Pairs(descriptor);
            return true;
          });
      if (!whole) Line("note", "malformed");
    }
  }

  void Pairs(std::span<const std::byte> descriptor) {
    const auto* text = reinterpret_cast<const char*>(descriptor.data());
    size_t at = 0;
    while (at < descriptor.size()) {
      const std::string_view pair(text + at, strnlen(text + at, descriptor.size() - at));
      at += pair.size() + 1;
      if (pair.empty()) continue;
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos) {
        Line("note", pair);
        continue;
      }
      // A note begins by naming the module that it is about; its first one introduces the module.
      const std::string_view key = pair.substr(0, equals), value = pair.substr(equals + 1);
      if (key == "module" && value == module_) continue;
      if (key == "module") module_ = value;
      Line(key, value);
    }
  }

  void Needed() {
    dynamic_.ForEachNeeded([&](std::string_view name) {
      std::string text(name);
      for (const rtld::Version& version : versions_) {
        if (version.kind == rtld::Version::Kind::kNeeded && version.file == name) {
          text += " " + std::string(version.name) + (version.weak ? " (weak)" : "");
        }
      }
      Line("needed", text);
      return true;
    });
    for (const rtld::Version& version : versions_) {
      if (version.kind == rtld::Version::Kind::kDefined && !version.base) {
        Line("version", version.name);
      }
    }
  }

  void Segments() {
    for (const rtld::Segment& segment : plan_.segments) {
      Line("segment", Protection(segment) + " " + Extent(segment.vaddr, segment.memsz) +
                          (segment.init_only() ? " init" : ""));
    }
    if (!plan_.relro.empty()) Line("relro", "R-- " + Extent(plan_.relro.begin, plan_.relro.size));
    if (plan_.tls.present()) Line("tls", Extent(plan_.tls.vaddr, plan_.tls.memsz));
    if (plan_.exec_stack) Line("stack", "executable");
  }

  static std::string Extent(uint64_t at, uint64_t size) {
    return kld::Format("0x%llx 0x%llx", static_cast<unsigned long long>(at),
                       static_cast<unsigned long long>(size));
  }

  void Relocations() {
    size_t relative = 0, ifuncs = 0, others = 0;
    const auto count = [&](const auto& table) {
      for (const auto& entry : table) {
        const arch::Op op = arch::OpOf(A::RuleFor(L::TypeOf(entry.info)), L::SymbolOf(entry.info));
        const bool ifunc = op == arch::Op::kIrelative || op == arch::Op::kIrelativeSlot;
        ++(op == arch::Op::kRelative ? relative : ifunc ? ifuncs : others);
        last_symbol_ = std::max(last_symbol_, L::SymbolOf(entry.info));
      }
    };
    count(dynamic_.rela);
    count(dynamic_.rel);
    count(dynamic_.jmprela);
    count(dynamic_.jmprel);
    std::string text = kld::Format("%zu relative, %zu symbolic", relative, others);
    if (ifuncs) text += kld::Format(", %zu resolvers", ifuncs);
    if (!dynamic_.relr.empty()) text += kld::Format(", %zu RELR words", dynamic_.relr.size());
    Line("relocation", text);
  }

  // The hash table says how many symbols there are only if it holds one; relocations name the rest.
  void Symbols() {
    const size_t count =
        std::min<size_t>(std::max<size_t>(dynamic_.SymbolCount(), size_t{last_symbol_} + 1),
                         dynamic_.symbols.size());
    for (const bool imports : {false, true}) {
      for (size_t i = 1; i < count; ++i) {
        const auto& symbol = dynamic_.symbols[i];
        const bool wanted =
            symbol.shndx == elf::kShnUndef && elf::BindOf(symbol.info) != elf::kStbLocal;
        if (imports ? wanted : rtld::IsExported(symbol) && !IsVersionName(symbol)) {
          Line(imports ? "imports" : "exports", SymbolText(i, imports));
        }
      }
    }
  }

  // Link editors define an absolute symbol for each version node.
  bool IsVersionName(const typename L::Sym& symbol) const {
    if (symbol.shndx != elf::kShnAbs) return false;
    const std::string_view name = dynamic_.strings.At(symbol.name);
    for (const rtld::Version& version : versions_) {
      if (version.kind == rtld::Version::Kind::kDefined && version.name == name) return true;
    }
    return false;
  }

  std::string SymbolText(size_t index, bool imported) const {
    const auto& symbol = dynamic_.symbols[index];
    std::string text(dynamic_.strings.At(symbol.name));
    if (index < dynamic_.versym.size()) {
      const uint16_t versym = dynamic_.versym[index];
      const size_t version = versym & elf::kVersymIndex;
      if (version < versions_.size() && !versions_[version].base &&
          versions_[version].kind != rtld::Version::Kind::kNone) {
        const bool hidden = imported || (versym & elf::kVersymHidden);
        text += (hidden ? "@" : "@@") + std::string(versions_[version].name);
      }
    }
    if (elf::BindOf(symbol.info) == elf::kStbWeak) text += " weak";
    if (elf::SymbolTypeOf(symbol.info) == elf::kSttObject) {
      text += kld::Format(" object %llu", static_cast<unsigned long long>(symbol.size));
    }
    if (elf::SymbolTypeOf(symbol.info) == elf::kSttGnuIfunc) text += " resolver";
    if (elf::SymbolTypeOf(symbol.info) == elf::kSttTls) text += " tls";
    return text;
  }

  Terminal& terminal_;
  ImageFile& file_;
  HeapArena arena_;
  rtld::Headers<A> headers_;
  rtld::LoadPlan plan_;
  rtld::DynamicInfo<A> dynamic_;
  rtld::Versions versions_;
  std::string_view module_;
  uint32_t last_symbol_ = 0;
};

bool PrintFile(Terminal& terminal, const std::string& path) {
  const std::unique_ptr<ImageFile> file = ImageFile::Read(path);
  if (!file) {
    terminal.Err("kldinfo: " + path + ": " + kld::ErrorText(errno) + "\n");
    return false;
  }
  const std::optional<Identity> identity = IdentityOf(*file);
  if (!identity) {
    terminal.Err("kldinfo: " + path + ": not an ELF file\n");
    return false;
  }
  bool good = false;
  const bool known =
      KnownMachines::Call(*identity, [&]<class A>() { good = Printer<A>(terminal, *file).Run(); });
  if (!known) {
    terminal.Err(kld::Format("kldinfo: %s: for machine %u; this command knows %s\n", path.c_str(),
                             identity->machine, KnownMachines::Names().c_str()));
  }
  return good;
}

}  // namespace

int Run(System&, Terminal& terminal, Arguments arguments) {
  kld::Options options(arguments, "");
  std::string error;
  if (options.Next() || !options.error().empty()) error = options.error();
  if (error.empty() && options.operands().empty()) error = "no file given";
  if (!error.empty()) return PrintUsage(terminal, kName, error, "kldinfo file ...");
  int status = 0;
  for (const std::string& path : options.operands()) {
    if (!PrintFile(terminal, path)) status = kFailure;
  }
  return status;
}

}  // namespace sbin::kldinfo
