// SPDX-License-Identifier: BSD-2-Clause
//
// The initial stack of a process (System V ABI, "Process Initialization"): argc, argv, a null,
// environment, a null, auxiliary vector. All words are of the pointer's size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ldso {

// Auxiliary vector types, the same on every CPU.
enum Aux : uintptr_t {
  kAuxNull = 0,
  kAuxIgnore = 1,
  kAuxPhdr = 3,
  kAuxPhent = 4,
  kAuxPhnum = 5,
  kAuxPageSize = 6,
  kAuxBase = 7,
  kAuxEntry = 9,
  kAuxCapabilities = 16,
  kAuxSecure = 23,
  kAuxRandom = 25,
  kAuxMoreCapabilities = 26,
  kAuxExecFn = 31,
};

class StartInfo {
 public:
  // `stack` is where the kernel put argc. Nothing is copied.
  explicit StartInfo(uintptr_t* stack);

  int argc() const { return static_cast<int>(stack_[0]); }
  char** argv() const { return reinterpret_cast<char**>(stack_ + 1); }
  char** environment() const { return argv() + argc() + 1; }
  uintptr_t* stack() const { return stack_; }

  // The value of the first entry of that type, or `absent`.
  uintptr_t Get(Aux type, uintptr_t absent = 0) const;
  // Changes the entry of that type in place; no effect if there is none.
  void Set(Aux type, uintptr_t value);

  // Removes the first `count` (<= argc) arguments by moving the vectors, so that the stack pointer
  // stays 16-byte aligned, as psABIs want it at the program's entry.
  void DropArguments(int count);

 private:
  struct Entry {
    uintptr_t type, value;
  };

  Entry* Find(Aux type) const;

  uintptr_t* stack_;
  Entry* auxv_;
};

}  // namespace ldso
