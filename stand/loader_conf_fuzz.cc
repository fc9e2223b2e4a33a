// SPDX-License-Identifier: BSD-2-Clause
//
// Any bytes are a loader.conf: every line is taken or complained about, and nothing is read
// outside.
#include <cstdlib>

#include "stand/loader_conf.h"
#include "stand/testing/fake_machine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  stand::testing::Fake().console.clear();
  char kept[256];
  stand::Messages messages{std::span<char>(kept)};
  stand::LoaderConf conf;
  const size_t complaints = conf.Parse({reinterpret_cast<const char*>(bytes), size}, "f", messages);
  size_t lines = size == 0 ? 0 : 1;
  for (size_t i = 0; i + 1 < size; ++i) lines += bytes[i] == '\n' ? 1 : 0;
  if (complaints > lines || conf.kernel().empty()) std::abort();
  for (const stand::PreloadEntry& entry : conf.preloads()) {
    if (entry.name.empty()) std::abort();
  }
  return 0;
}
