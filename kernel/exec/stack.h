// SPDX-License-Identifier: BSD-2-Clause
//
// What a program finds on its stack when it starts (System V ABI, "Process Initialization"; the
// order of strings is Linux's). From the stack pointer upwards:
//
//   argc
//   argv[0] .. argv[argc - 1], 0
//   envp[0] .. , 0
//   auxiliary vector, ended by AT_NULL
//   padding
//   16 random bytes (AT_RANDOM), the platform's name (AT_PLATFORM)
//   argv's strings, envp's strings, the path executed (AT_EXECFN)
//   one zero word
//
// The stack pointer is a multiple of 16. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace exec {

// Linux's numbers (uapi/linux/auxvec.h).
enum AuxType : uint64_t {
  kAtNull = 0,
  kAtPhdr = 3,
  kAtPhent = 4,
  kAtPhnum = 5,
  kAtPagesz = 6,
  kAtBase = 7,
  kAtFlags = 8,
  kAtEntry = 9,
  kAtUid = 11,
  kAtEuid = 12,
  kAtGid = 13,
  kAtEgid = 14,
  kAtPlatform = 15,
  kAtHwcap = 16,
  kAtClktck = 17,
  kAtSecure = 23,
  kAtRandom = 25,
  kAtExecfn = 31,
};

struct AuxEntry {
  uint64_t type;
  uint64_t value;
};

inline constexpr size_t kRandomBytes = 16;

struct StackInput {
  std::string_view strings;  // argv's, then envp's, each with its NUL
  size_t argument_count = 0;
  size_t environment_count = 0;
  std::string_view path;      // without NUL
  std::string_view platform;  // without NUL
  uint8_t random[kRandomBytes] = {};
  // Without AT_RANDOM, AT_PLATFORM, AT_EXECFN and AT_NULL, which are added.
  std::span<const AuxEntry> aux;
};

// Bytes from the stack pointer to the top, for a top that is a multiple of 16.
size_t StackBytes(const StackInput& input);
// Fills `to`, StackBytes(input) long, as it will lie just below `top`.
void BuildStack(const StackInput& input, uintptr_t top, std::byte* to);

}  // namespace exec
