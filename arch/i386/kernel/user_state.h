// SPDX-License-Identifier: BSD-2-Clause
//
// The user state of the running thread that trap entry does not save.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/context.h"
#include "arch/i386/kernel/registers.h"

namespace arch::x86 {

// What FS and GS may hold beside the flat segment, and what they hold while the thread does not run.
// It lies at the top of the thread's kernel stack, above the vector state.
struct UserSegments {
  uint64_t tls[kTlsEntries];  // the thread's entries of the descriptor table
  uint32_t fs, gs;
};

// The context of the thread that runs.
Context* RunningContext();
UserSegments& SegmentsOf(const Context& context);

// FS and GS as they are now; descriptors and selectors into the CPU. A selector that cannot be
// loaded becomes null.
void SaveSelectors(UserSegments* to);
void LoadSegments(const UserSegments& from);

// The base of the entry that GS selects, which is what programs call the thread pointer; 0 without.
uint32_t TlsBase(const UserSegments& segments);
void SetTlsBase(UserSegments& segments, uint32_t base);

// Flags that a program may have when it resumes; the rest keep the kernel's choice.
inline constexpr uint32_t kUserFlags = 0x250dd5;  // CF PF AF ZF SF TF DF OF RF AC ID
constexpr uint32_t UserFlags(uint32_t wanted) {
  return (wanted & kUserFlags) | kFlagInterrupts | 2;
}

}  // namespace arch::x86
