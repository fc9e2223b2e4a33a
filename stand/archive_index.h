// SPDX-License-Identifier: BSD-2-Clause
//
// The regular files of the boot archive by path: one walk over the archive, then every look-up
// compares names only. The last file of a name wins.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "lib/boot_archive/newc.h"
#include "rtld_shared/seams/array.h"
#include "stand/frame_arena.h"
#include "stand/messages.h"

namespace stand {

class ArchiveIndex {
 public:
  // Walks `archive`. Where it is broken, a message says so and what stands before counts. False:
  // no memory, which has been said too.
  [[nodiscard]] bool Build(std::span<const std::byte> archive, FrameArena& arena,
                           Messages& messages);

  // False when there is no such file. `path` with or without its leading '/'.
  [[nodiscard]] bool Find(std::string_view path, std::span<const std::byte>* data) const;

 private:
  struct File {
    std::string_view name;
    std::span<const std::byte> data;
  };

  rtld::List<File> files_;
};

}  // namespace stand
