// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/program.h"

#include <cstring>
#include <new>

#include "arch/current/elf_traits.h"
#include "libexec/ld.elf_so/debugger.h"
#include "libexec/ld.elf_so/exports.h"
#include "libexec/ld.elf_so/foreign.h"
#include "libexec/ld.elf_so/lifecycle.h"
#include "libexec/ld.elf_so/self.h"
#include "libexec/ld.elf_so/tls.h"
#include "rtld_shared/link/call_resolver.h"

namespace ldso {
namespace {

using Phdr = Traits::Layout::Phdr;

constexpr std::string_view kOwnName = "ld.elf_so.1";

constexpr uint8_t kNoRandom[16] = {};

// The image that lies at `bias` with these headers.
bool ImageOf(std::span<const Phdr> headers, uintptr_t bias, MappedImage& image) {
  image = MappedImage(bias);
  for (const Phdr& header : headers) {
    if (header.type == elf::kPtLoad && header.memsz != 0 &&
        !image.AddPart(header.vaddr, header.memsz)) {
      return false;
    }
  }
  return true;
}

// Link-time addresses of PT_PHDR tell the bias; a program without one is not position-independent.
uintptr_t BiasOf(std::span<const Phdr> headers) {
  for (const Phdr& header : headers) {
    if (header.type == elf::kPtPhdr) {
      return reinterpret_cast<uintptr_t>(headers.data()) - header.vaddr;
    }
  }
  return 0;
}

bool IsAbsolute(std::string_view path) { return !path.empty() && path[0] == '/'; }

}  // namespace

ProgramLinker::ProgramLinker(const StartInfo& start, const Options& options)
    : start_(start),
      options_(options),
      secure_(start.Get(kAuxSecure) != 0),
      reporter_(arena_, options.list, options.verify),
      finder_(arena_, options.library_path, secure_, (options.debug & kDebugLibs) != 0),
      loader_(start.Get(kAuxPageSize, Traits::kPageSize)),
      session_(rtld::kProgramPolicy, start.Get(kAuxPageSize, Traits::kPageSize),
               GlobalScope(arena_, (options.debug & kDebugBindings) != 0, lookups_), finder_,
               loader_, arena_, reporter_) {
  if (options.debug & kDebugStatistics) began_ = MonotonicTime();
}

bool ProgramLinker::Fail(std::string_view image, std::string_view what) {
  if (!options_.verify) Printer(kStandardError) << "ld.elf_so: " << image << ": " << what << "\n";
  return false;
}

bool ProgramLinker::AdoptProgram() {
  // $ORIGIN wants the file itself, which may not be what execve(2) was given.
  char link[kMaxPath];
  const char* given = reinterpret_cast<const char*>(start_.Get(kAuxExecFn));
  std::string_view path = given ? given : start_.argc() > 0 ? start_.argv()[0] : "program";
  const intptr_t length = ReadLink("/proc/self/exe", std::span<char>(link, sizeof(link)));
  if (length > 0 && IsAbsolute({link, static_cast<size_t>(length)})) {
    path = arena_.Copy({link, static_cast<size_t>(length)});
    if (!path.data()) return Fail("program", "no memory");
  }
  const auto* headers = reinterpret_cast<const Phdr*>(start_.Get(kAuxPhdr));
  if (!headers) return Fail(path, "the kernel did not say where its program headers are");

  rtld::Adoption<Seams> adoption = {
      .path = path, .phdrs = {headers, start_.Get(kAuxPhnum)}, .owned = true};
  if (!ImageOf(adoption.phdrs, BiasOf(adoption.phdrs), adoption.image)) {
    return Fail(path, "too many segments");
  }
  program_entry_ = start_.Get(kAuxEntry);
  adoption.entry = program_entry_ - adoption.image.Bias();
  return session_.Adopt(adoption);
}

bool ProgramLinker::OpenProgram(const char* path) {
  const intptr_t descriptor = OpenForReading(path);
  if (descriptor < 0) return Fail(path, ErrorText(descriptor));
  if (!program_file_.Open(descriptor, path)) return Fail(path, "cannot be read");
  if (!session_.AddRoot(program_file_)) return false;
  if (session_.records()[0]->entry == 0)
    return Fail(path, "has no entry point: a library, not a program");
  return true;
}

bool ProgramLinker::AddPreloads(std::string_view names) {
  bool good = true;
  std::string_view name;
  while (NextElement(names, ": ", name)) {
    if (name.empty()) continue;
    const rtld::Found<ImageFile> found = finder_.Find(name, nullptr);
    if (!found.file) {
      good = reporter_.Error({.error = rtld::Error::kMissingDependency,
                              .image = "LD_PRELOAD",
                              .wanted = name,
                              .list = found.looked_in}) &&
             false;
    } else if (!session_.AddRoot(*found.file, name)) {
      good = false;
    }
  }
  return good;
}

// As the program names its interpreter, or as the command was started.
std::string_view ProgramLinker::OwnPath() {
  const Record& program = *session_.records()[0];
  if (program.file == nullptr) {
    const rtld::Range& name = program.plan.interpreter;
    const std::byte* text = program.image.At(name.begin, name.size);
    if (text && name.size != 0 && text[name.size - 1] == std::byte{0}) {
      return reinterpret_cast<const char*>(text);
    }
  }
  const auto* started = reinterpret_cast<const char*>(start_.Get(kAuxExecFn));
  return program.file != nullptr && started ? started : kOwnName;
}

bool ProgramLinker::AdoptSelf() {
  rtld::Adoption<Seams> adoption = {
      .path = OwnPath(), .phdrs = OwnHeaders(), .relocated = true, .owned = true};
  if (!ImageOf(adoption.phdrs, OwnBias(), adoption.image)) {
    return Fail(kOwnName, "too many segments");
  }
  return session_.Adopt(adoption);
}

bool ProgramLinker::Plan() {
  const bool found = AddPreloads(options_.more_preload) & AddPreloads(options_.preload);
  const bool planned = (found || options_.list) && AdoptSelf() && session_.Plan();
  if (options_.debug & kDebugStatistics) planned_ = MonotonicTime();
  return planned && found;
}

int ProgramLinker::List() {
  Printer out(kStandardOutput);
  // Missing libraries are listed below; any other error has been told.
  for (const Record* record : session_.records()) {
    if (record == session_.records()[0]) continue;
    out << "\t" << record->name << " => " << record->path << "\n";
  }
  for (const std::string_view name : reporter_.missing()) {
    out << "\t" << name << " => "
        << (IsForeignLibc(name) ? "not supported: a C library with its own run-time linker"
                                : "not found")
        << "\n";
  }
  return reporter_.missing().empty() && reporter_.errors() == 0 ? 0 : 1;
}

bool ProgramLinker::StartTls() {
  for (Record* record : session_.records()) {
    if (!static_tls.Add(arena_, *record)) return Fail(record->path, "no room for its TLS block");
  }
  const auto* random = reinterpret_cast<const uint8_t*>(start_.Get(kAuxRandom));
  return static_tls.Start(random ? random : kNoRandom) || Fail("TLS", "no memory");
}

// The program's DT_DEBUG points to _r_debug from before its .dynamic is sealed.
bool ProgramLinker::TellDebugger() {
  for (Record* record : session_.records()) {
    void* memory = arena_.Allocate(sizeof(LinkMap), alignof(LinkMap));
    if (!memory) return Fail(record->path, "no memory");
    const bool is_program = record == session_.records()[0];
    auto* map = new (memory) LinkMap{
        .address = static_cast<uintptr_t>(record->bias),
        .name = is_program ? "" : record->path.data(),
        .dynamic = reinterpret_cast<const void*>(record->RunTime(record->plan.dynamic.begin))};
    AppendImage(*map);
  }
  Record& program = *session_.records()[0];
  for (const Traits::Layout::Dyn& entry : program.dynamic.entries) {
    if (entry.tag != elf::kDtDebug) continue;
    // Some CPUs' programs keep .dynamic in a read-only segment; there the symbol has to do.
    const uint64_t vaddr = program.LinkTime(reinterpret_cast<uintptr_t>(&entry));
    const rtld::Segment* segment = program.plan.SegmentAt(vaddr, sizeof(entry));
    if (!segment || !segment->writable()) break;
    auto& writable = const_cast<Traits::Layout::Dyn&>(entry);
    writable.val = static_cast<Traits::Layout::Addr>(reinterpret_cast<uintptr_t>(&_r_debug));
  }
  return true;
}

bool ProgramLinker::Link() {
  // 1. Addresses: everything is mapped, the files are not needed any more.
  BeginChange(OwnBias());
  if (!session_.Map()) return false;
  finder_.CloseFiles();
  program_file_.Close();
  if (options_.debug & kDebugStatistics) mapped_ = MonotonicTime();
  if (options_.debug & kDebugFiles) TellFiles();

  // 2. TLS places are part of what is relocated; the thread pointer must be good for resolvers.
  if (!StartTls()) return false;

  // 3. Relocation, protections, resolvers, RELRO.
  if (options_.debug & kDebugReloc) TellRelocations();
  if (!session_.Relocate() || !session_.Protect()) return false;
  if (!TellDebugger()) return false;
  const auto call = [this](uintptr_t resolver) {
    return rtld::CallResolver<arch::Current>(resolver, start_.Get(kAuxCapabilities),
                                             start_.Get(kAuxMoreCapabilities));
  };
  if (!session_.RunResolvers(call) || !session_.Seal()) return false;
  if (options_.debug & kDebugStatistics) relocated_ = MonotonicTime();

  // 4. The images are permanent now.
  rtld::Committed<Seams> committed;
  const size_t count = session_.records().size();
  std::span<Module*> modules = rtld::AllocateArray<Module*>(arena_, count);
  if (modules.empty()) return Fail("list of images", "no memory");
  for (size_t i = 0; i < count; ++i) modules[i] = session_.records()[i];
  if (!std::move(session_).Commit(committed)) return false;
  for (const Module* module : modules) static_tls.Fill(*module);
  SetImages(modules);
  if (!lifecycle.Plan(arena_, modules)) return Fail("order of initialisation", "no memory");
  EndChange();
  program_ = modules[0];
  program_entry_ = program_->RunTime(program_->entry);
  if (options_.debug & kDebugStatistics) {
    finished_ = MonotonicTime();
    TellStatistics(modules);
  }
  return true;
}

void ProgramLinker::TellFiles() {
  for (const Record* record : session_.records()) {
    Printer out(kStandardError);
    out << "ld.elf_so: files: " << record->path << " at ";
    out.Hex(record->bias + record->plan.low) << ", ";
    out.Decimal(record->plan.high - record->plan.low) << " bytes";
    if (record->file == nullptr) out << ", there already";
    out << "\n";
  }
}

void ProgramLinker::TellRelocations() {
  for (const Record* record : session_.records()) {
    if (record->relocated) continue;
    const auto& dynamic = record->dynamic;
    Printer out(kStandardError);
    out << "ld.elf_so: reloc: " << record->path << ": ";
    out.Decimal(dynamic.rela.size() + dynamic.rel.size()) << " relocations, ";
    out.Decimal(dynamic.jmprela.size() + dynamic.jmprel.size()) << " of the PLT, ";
    out.Decimal(dynamic.relr.size()) << " RELR words\n";
  }
}

void ProgramLinker::TellStatistics(std::span<Module* const> modules) {
  uint64_t relocations = 0;
  for (const Module* module : modules) {
    const auto& dynamic = module->dynamic;
    relocations +=
        dynamic.rela.size() + dynamic.rel.size() + dynamic.jmprela.size() + dynamic.jmprel.size();
  }
  Printer out(kStandardError);
  const auto line = [&](std::string_view what, uint64_t value, std::string_view unit) {
    out << "ld.elf_so: statistics: " << what << ": ";
    out.Decimal(value) << unit << "\n";
  };
  line("images", modules.size(), "");
  line("relocations", relocations, "");
  line("symbols looked up", lookups_.lookups,
       lookups_.indexed ? " in one index" : " image by image");
  line("memory for records", arena_.in_use(), " bytes");
  line("find and read", (planned_ - began_) / 1000, " us");
  line("map", (mapped_ - planned_) / 1000, " us");
  line("relocate and protect", (relocated_ - mapped_) / 1000, " us");
  line("all", (finished_ - began_) / 1000, " us");
}

}  // namespace ldso
