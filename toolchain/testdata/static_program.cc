// SPDX-License-Identifier: BSD-2-Clause

#include <iostream>

int main() {
  std::cout << "static\n";
  return 7;
}
