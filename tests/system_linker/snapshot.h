// SPDX-License-Identifier: BSD-2-Clause
//
// What a CPU's own run-time linker makes of a program and all it needs: taken by programs/snapshot.c,
// which is preloaded, before any other code runs, natively or under qemu-user.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tests {

struct SnapshotObject {
  struct Memory {
    uint64_t vaddr = 0;  // link-time
    std::vector<uint8_t> bytes;
  };

  std::string path;  // on this machine; empty for what is no file (a vDSO)
  uint64_t bias = 0;
  uint64_t tls_module = 0;  // 0: no thread-local storage
  uint64_t tls_block = 0;   // run-time address of its block in the main thread
  std::vector<Memory> writable;

  // `size` bytes at a link-time address; null if they are in no writable segment.
  [[nodiscard]] const uint8_t* At(uint64_t vaddr, uint64_t size) const;
};

struct Snapshot {
  std::vector<SnapshotObject> objects;  // as the linker has loaded them: the program first
  uint64_t tls_variable = 0;            // run-time address of snapshot.so's `snapshot_tls`
};

// How programs of a CPU are started.
struct Launch {
  std::string emulator;  // words; empty: the machine's own CPU
  std::string root;      // where the emulated program's libraries are; empty: as the paths say
  std::string preload;   // snapshot.so
};

// Starts `program`, which ends before it has run. False, with why in `error`, if that does not work.
[[nodiscard]] bool Take(const Launch& launch, const std::string& program, Snapshot& snapshot,
                        std::string& error);

}  // namespace tests
