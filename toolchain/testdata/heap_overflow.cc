// SPDX-License-Identifier: BSD-2-Clause
// Reads the byte behind a block: AddressSanitizer must say so.

#include <cstdlib>

int main(int argc, char**) {
  char* volatile block = static_cast<char*>(std::calloc(4, 1));
  return block[argc + 3];
}
