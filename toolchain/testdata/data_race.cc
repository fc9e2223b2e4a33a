// SPDX-License-Identifier: BSD-2-Clause
// Two threads write one integer without order: ThreadSanitizer must say so.

#include <thread>

int main() {
  int shared = 0;
  std::thread other([&] { shared = 1; });
  shared = 2;
  other.join();
  return shared == 0;
}
