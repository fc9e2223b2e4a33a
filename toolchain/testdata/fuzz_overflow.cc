// SPDX-License-Identifier: BSD-2-Clause
// Reads behind a block that starts with 'D': a fuzzer without coverage would hardly find it, one
// without AddressSanitizer would not notice.

#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> copy(data, data + size);
  const uint8_t* volatile bytes = copy.data();
  if (size >= 2 && bytes[0] == 'D' && bytes[1] == 'L') return bytes[size] == 1 ? 0 : -1;
  return 0;
}
