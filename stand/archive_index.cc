// SPDX-License-Identifier: BSD-2-Clause
#include "stand/archive_index.h"

namespace stand {

bool ArchiveIndex::Build(std::span<const std::byte> archive, FrameArena& arena,
                         Messages& messages) {
  boot_archive::Reader reader(archive);
  boot_archive::Entry entry;
  while (reader.Next(&entry)) {
    if (!entry.is_file()) continue;
    if (!files_.Add(arena, {.name = entry.name, .data = entry.data})) {
      messages.Say("no memory for an index of the boot archive");
      return false;
    }
  }
  if (reader.fault() != boot_archive::Fault::kNone) {
    messages.Say("boot archive: ", boot_archive::Describe(reader.fault()), " at offset ",
                 Hex{reader.offset()}, " of ", Hex{archive.size()});
  }
  return true;
}

bool ArchiveIndex::Find(std::string_view path, std::span<const std::byte>* data) const {
  const std::string_view wanted = boot_archive::Normalise(path);
  for (size_t i = files_.size(); i-- > 0;) {
    if (files_[i].name == wanted) {
      *data = files_[i].data;
      return true;
    }
  }
  return false;
}

}  // namespace stand
