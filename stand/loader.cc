// SPDX-License-Identifier: BSD-2-Clause
#include "stand/loader.h"

#include <new>
#include <optional>

#include "lib/boot_options/boot_options.h"
#include "stand/address_space.h"

namespace stand {
namespace {

std::string_view CommandLine(const boot::Machine& machine) {
  return TextWriter::View(machine.command_line);
}

}  // namespace

void PrepareMemory(const boot::Machine& machine, MemoryMap& map) {
  // 1. The firmware's lines, usable ones first: then reserved ones never run out of room unnoticed.
  for (size_t i = 0; i < machine.range_count; ++i) {
    const boot::FirmwareRange& line = machine.ranges[i];
    if (line.usable && !map.AddUsable(line.range)) Die("the memory map has too many ranges");
  }
  for (size_t i = 0; i < machine.range_count; ++i) {
    const boot::FirmwareRange& line = machine.ranges[i];
    if (!line.usable && !map.AddReserved(line.range)) Die("the memory map has too many ranges");
  }
  if (machine.ranges_lost != 0) Die("the firmware's memory map has too many lines");
  if (map.ranges().empty()) Die("the firmware gave no memory map");

  // 2. What is in use already. The trampoline's pages stay the kernel's for as long as it runs.
  if (!map.Claim(boot::TrampolinePages(), dynamic::kHandoffPageTables) ||
      !map.Claim(machine.loader, dynamic::kHandoffLoader) ||
      !map.Claim(machine.archive, dynamic::kHandoffArchive)) {
    Die("the memory map has too many ranges");
  }
}

Loader::Loader(const boot::Machine& machine, MemoryMap& map, FrameArena& arena,
               dynamic::Handoff& handoff)
    : machine_(machine),
      layout_(boot::AddressLayout()),
      map_(map),
      arena_(arena),
      handoff_(handoff),
      messages_(handoff.messages),
      images_(map, machine.reach, layout_.window) {}

void Loader::ReadConfiguration() {
  if (machine_.archive.bytes == 0) Die("there is no boot archive");
  if (machine_.archive.end() > machine_.reach) Die("the boot archive is out of the loader's reach");
  const std::span<const std::byte> archive(boot::At(machine_.archive.base), machine_.archive.bytes);
  if (!index_.Build(archive, arena_, messages_)) Die("not enough memory");

  std::span<const std::byte> text;
  if (index_.Find(kLoaderConfPath, &text)) {
    conf_.Parse({reinterpret_cast<const char*>(text.data()), text.size()}, kLoaderConfPath,
                messages_);
  }
  SplitModulePath();
  MakeCommandLine();
  GatherEntropy(std::span(machine_.seed).first(machine_.seed_bytes), pool_);
}

void Loader::SplitModulePath() {
  std::string_view path = conf_.module_path();
  while (!path.empty()) {
    size_t length = 0;
    while (length < path.size() && path[length] != ';') ++length;
    if (length != 0) {
      if (directory_count_ == kMaxDirectories) {
        messages_.Say("module_path: only the first ", kMaxDirectories, " directories count");
        return;
      }
      directories_[directory_count_++] = {path.data(), length};
    }
    path.remove_prefix(length < path.size() ? length + 1 : length);
  }
}

void Loader::MakeCommandLine() {
  // Words further to the right win, so the machine's own come last.
  TextWriter line{std::span<char>(handoff_.command_line)};
  line.Append(conf_.kernel_options());
  for (const Tunable& tunable : conf_.tunables()) {
    line.Append(line.text().empty() ? "" : " ", tunable.name, "=", tunable.value);
  }
  const std::string_view machines = CommandLine(machine_);
  if (!machines.empty()) line.Append(line.text().empty() ? "" : " ", machines);
  if (line.cut() || machine_.command_line_cut) messages_.Say("the command line is cut off");
}

bool Loader::HasOption(std::string_view option) const {
  return boot_options::HasWord(TextWriter::View(handoff_.command_line), option);
}

ArchiveFile* Loader::Open(std::string_view directory, std::string_view name) {
  // 1. The absolute path, to stay.
  const size_t capacity = directory.size() + name.size() + 3;
  char* buffer = static_cast<char*>(arena_.Allocate(capacity, 1));
  if (buffer == nullptr) return nullptr;
  TextWriter path{std::span<char>(buffer, capacity)};
  if (!(directory.empty() ? name : directory).starts_with('/')) path.Append('/');
  path.Append(directory);
  if (!directory.empty() && !directory.ends_with('/')) path.Append('/');
  path.Append(name);

  // 2. The file.
  std::span<const std::byte> data;
  if (!index_.Find(path.text(), &data)) return nullptr;
  void* memory = arena_.Allocate(sizeof(ArchiveFile), alignof(ArchiveFile));
  if (memory == nullptr) return nullptr;
  return new (memory) ArchiveFile(path.text(), data, arena_);
}

ArchiveFile* Loader::OpenKernel() {
  const std::string_view name = conf_.kernel();
  ArchiveFile* file = Contains(name, '/') ? Open("", name) : Open("/boot", name);
  if (file == nullptr) {
    Die("there is no kernel: ", name, Contains(name, '/') ? "" : " in /boot",
        " is not in the boot archive");
  }
  return file;
}

ArchiveFile* Loader::OpenModule(std::string_view name,
                                std::span<const std::string_view>* looked_in) {
  *looked_in = {};
  if (Contains(name, '/')) return Open("", name);
  for (size_t i = 0; i < directory_count_; ++i) {
    ArchiveFile* file = Open(directories_[i], name);
    if (file != nullptr) return file;
  }
  *looked_in = {directories_, directory_count_};
  return nullptr;
}

void Loader::ChooseKernelBase(uint64_t bytes, uint64_t align) {
  if (HasOption("nokaslr")) {
    images_.set_kernel_base(0);
    return;
  }
  uint64_t place = pool_.ExtractWord();
  const auto wanted = boot_options::ValueOf(TextWriter::View(handoff_.command_line), "kaslr");
  if (wanted.has_value()) {
    const std::optional<uint64_t> number = boot_options::ToNumber(*wanted);
    if (!number.has_value()) {
      messages_.Say("kaslr=", *wanted, ": not a number; the kernel goes anywhere");
    }
    place = number.value_or(place);
  }
  images_.set_kernel_base(RandomBase(layout_, bytes, align, place));
}

void Loader::EnterKernel(uint64_t entry) {
  // 1. Tables, which take the last memory the loader needs.
  KernelSpace space;
  if (!BuildKernelSpace(layout_, machine_.reach, {machine_.devices, machine_.device_count},
                        boot::TrampolinePages(), images_.images(), map_, &space)) {
    Die("not enough memory for page tables");
  }

  // 2. The rest of the hand-off.
  handoff_.magic = dynamic::kHandoffMagic;
  handoff_.version = dynamic::kHandoffVersion;
  handoff_.size = sizeof(dynamic::Handoff);
  handoff_.direct_map = layout_.direct_map;
  handoff_.direct_map_bytes = space.direct_map_bytes;
  handoff_.root_table = space.root;
  handoff_.firmware = machine_.firmware;
  handoff_.archive = machine_.archive.base;
  handoff_.archive_bytes = machine_.archive.bytes;
  handoff_.range_count = map_.ranges().size();
  for (size_t i = 0; i < map_.ranges().size(); ++i) handoff_.ranges[i] = map_.ranges()[i];
  handoff_.entropy_bits = pool_.bits();
  pool_.Extract(std::as_writable_bytes(std::span(handoff_.entropy)));

  // 3. The jump.
  handoff_.ticks_entry = machine_.ticks_entry;
  handoff_.ticks_jump = boot::Ticks();
  boot::Enter(space.root, entry, layout_.direct_map + reinterpret_cast<uint64_t>(&handoff_));
}

}  // namespace stand
