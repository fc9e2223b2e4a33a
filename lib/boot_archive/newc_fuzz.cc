// SPDX-License-Identifier: BSD-2-Clause
//
// Any bytes are an archive: a walk ends, stays inside, and gives no more entries than headers fit.
#include <cstdlib>
#include <vector>

#include "lib/boot_archive/newc.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::span<const std::byte> archive(reinterpret_cast<const std::byte*>(bytes), size);
  boot_archive::Reader reader(archive);
  boot_archive::Entry entry;
  size_t entries = 0;
  volatile unsigned sum = 0;
  while (reader.Next(&entry)) {
    ++entries;
    for (const char c : entry.name) sum = sum + static_cast<unsigned char>(c);
    for (const std::byte b : entry.data) sum = sum + std::to_integer<unsigned>(b);
  }
  if (entries > size / 110 || reader.offset() > size) std::abort();
  return 0;
}
