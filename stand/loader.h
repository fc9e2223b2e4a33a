// SPDX-License-Identifier: BSD-2-Clause
//
// The parts of a boot that do not depend on the ELF layout: what the machine has, what the
// configuration says, where files are, and the last steps before the kernel. stand/main.h puts them
// in order around the linking.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/boot/boot.h"
#include "kernel/dynamic/handoff.h"
#include "stand/archive_file.h"
#include "stand/archive_index.h"
#include "stand/entropy.h"
#include "stand/frame_arena.h"
#include "stand/image_loader.h"
#include "stand/loader_conf.h"
#include "stand/memory_map.h"
#include "stand/messages.h"

namespace stand {

// The status of a machine that could not boot.
inline constexpr uint8_t kFailed = 125;

// Says why and ends the machine. Usable from the first instruction on.
template <class... Parts>
[[noreturn]] void Die(const Parts&... parts) {
  char line[512];
  TextWriter writer{std::span<char>(line)};
  writer.Append("panic: loader: ");
  (writer.Append(parts), ...);
  for (const char c : writer.text()) boot::PutChar(c);
  boot::PutChar('\n');
  boot::Stop(kFailed);
}

// Fills `map` from the firmware's lines and takes out the loader, the trampoline and the archive.
// Dies when there is no memory to work with.
void PrepareMemory(const boot::Machine& machine, MemoryMap& map);

class Loader {
 public:
  // `map` is prepared and outlives the loader, as does `arena`. `handoff` is zero.
  Loader(const boot::Machine& machine, MemoryMap& map, FrameArena& arena,
         dynamic::Handoff& handoff);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Indexes the archive, reads /boot/loader.conf, puts the command line together, gathers entropy.
  // Dies when there is no archive.
  void ReadConfiguration();

  // The kernel's file. Dies when there is none.
  ArchiveFile* OpenKernel();
  // The file of a module that is given by path (with a '/') or by name; null when there is none,
  // and `looked_in` names the directories. Null and an empty list: no memory.
  ArchiveFile* OpenModule(std::string_view name, std::span<const std::string_view>* looked_in);

  // Decides where the kernel goes: anywhere in the window; with `nokaslr`, where it is linked; with
  // `kaslr=N`, N pages (of its own alignment) above the window's start.
  void ChooseKernelBase(uint64_t bytes, uint64_t align);

  bool HasOption(std::string_view option) const;

  // Completes the hand-off but for the images, builds the tables and enters the kernel. `entry` is
  // its run-time entry point. Dies when memory is short.
  [[noreturn]] void EnterKernel(uint64_t entry);

  const LoaderConf& conf() const { return conf_; }
  dynamic::Handoff& handoff() { return handoff_; }
  Messages& messages() { return messages_; }
  FrameArena& arena() { return arena_; }
  ImageLoader& images() { return images_; }

 private:
  static constexpr size_t kMaxDirectories = 16;

  void SplitModulePath();
  void MakeCommandLine();
  // A file at `directory`/`name` or, with no directory, at `name`. Null: none, or no memory.
  ArchiveFile* Open(std::string_view directory, std::string_view name);

  const boot::Machine& machine_;
  const boot::Layout layout_;
  MemoryMap& map_;
  FrameArena& arena_;
  dynamic::Handoff& handoff_;
  Messages messages_;
  ArchiveIndex index_;
  LoaderConf conf_;
  EntropyPool pool_;
  ImageLoader images_;
  std::string_view directories_[kMaxDirectories];
  size_t directory_count_ = 0;
};

}  // namespace stand
