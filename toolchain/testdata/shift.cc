// SPDX-License-Identifier: BSD-2-Clause
// Shifts an int by its width: UndefinedBehaviorSanitizer must say so.

int main(int argc, char**) {
  volatile int amount = 31 + argc;
  return argc << amount;
}
