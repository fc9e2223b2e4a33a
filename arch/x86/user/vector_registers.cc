// SPDX-License-Identifier: BSD-2-Clause
//
// The x87 and vector registers with what controls them: all that the kernel has enabled of x87,
// SSE, AVX and AVX-512 state (SDM volume 1, chapters 10.5 and 13).
#include "arch/x86/user/vector_registers.h"

#include <cpuid.h>

#include <cstddef>
#include <cstring>

namespace arch {

using namespace x86;

namespace {

constexpr bool kLong = sizeof(long) == 8;
constexpr unsigned kX87AndSse = 3, kAvx = 1 << 2, kAvx512 = 7 << 5;

// Of the older area.
constexpr size_t kControlWord = 0, kStatusWord = 2, kTags = 4, kMxcsr = 24, kX87 = 32, kXmm = 160;
constexpr size_t kX87Bytes = 10, kX87Step = 16, kHeader = 512;
constexpr unsigned kX87Registers = 8, kXmmRegisters = kLong ? 16 : 8;

// Further components. Of the registers that a program of 32 bits does not have nothing is kept.
struct Component {
  unsigned number;
  unsigned bytes;
};
constexpr Component kComponents[] = {
    {2, kXmmRegisters * 16},  // upper halves of YMM
    {5, 8 * 8},               // masks
    {6, kXmmRegisters * 32},  // upper halves of the first ZMM
    {7, kLong ? 16 * 64 : 0},
};

unsigned UsableComponents() {
  constexpr unsigned kUserSeesXsave = 1 << 27;
  unsigned eax, ebx, ecx, edx;
  __cpuid(1, eax, ebx, ecx, edx);
  if (!(ecx & kUserSeesXsave)) return 0;
  asm("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  unsigned usable = kX87AndSse | (eax & kAvx);
  if ((usable & kAvx) && (eax & kAvx512) == kAvx512) usable |= kAvx512;
  return usable;
}

template <class T>
void Set(StateArea& area, size_t at, T value) {
  std::memcpy(area.bytes + at, &value, sizeof value);
}

template <class T>
T Get(const StateArea& area, size_t at) {
  T value;
  std::memcpy(&value, area.bytes + at, sizeof value);
  return value;
}

// Calls `visit` with the place and length of every register.
template <class Visit>
void ForRegisters(unsigned components, Visit visit) {
  visit(kControlWord, sizeof(uint16_t));
  visit(kStatusWord, sizeof(uint16_t));
  visit(kTags, sizeof(uint8_t));
  visit(kMxcsr, sizeof(uint32_t));
  for (unsigned i = 0; i < kX87Registers; ++i) visit(kX87 + i * kX87Step, kX87Bytes);
  visit(kXmm, kXmmRegisters * 16);
  for (const Component& component : kComponents) {
    if (!(components >> component.number & 1)) continue;
    unsigned bytes, offset, ecx, edx;
    __cpuid_count(0xd, component.number, bytes, offset, ecx, edx);
    visit(offset, component.bytes);
  }
}

// All exceptions stay masked, so that none that is noted is raised.
void SetValues(StateArea& area, unsigned components, unsigned long seed) {
  unsigned index = 0;
  ForRegisters(components, [&](size_t at, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) {
      area.bytes[at + i] = static_cast<uint8_t>(RegisterValue(seed, index++) >> 56);
    }
  });
  const bool odd = seed % 2 != 0;
  // Precision and rounding; the top of the stack and exceptions; every register is in use.
  Set<uint16_t>(area, kControlWord, odd ? 0x67f : 0x87f);
  Set<uint16_t>(area, kStatusWord, odd ? 3 << 11 | 0x15 : 5 << 11 | 0x2a);
  Set<uint8_t>(area, kTags, 0xff);
  // Flush to zero, rounding, exceptions.
  Set<uint32_t>(area, kMxcsr, 0x1f80 | (odd ? 0x8000 | 0x2000 | 0x15 : 0x4000 | 0x2a));
  if (components) Set<uint64_t>(area, kHeader, components);
}

// As the ABI wants it where any function begins, so that of a handler too: an x87 stack with
// nothing on it, and control words as at the program's start.
bool AsAtStart(const StateArea& area) {
  constexpr uint32_t kMxcsrControl = 0xffc0;
  return Get<uint16_t>(area, kControlWord) == 0x37f && Get<uint8_t>(area, kTags) == 0 &&
         (Get<uint32_t>(area, kMxcsr) & kMxcsrControl) == 0x1f80;
}

}  // namespace

// Linux keeps all of them in system calls.
bool KeepVectorRegisters(const volatile long* counter, long until, unsigned long seed,
                         RepeatedCall* call) {
  Hold hold{};
  const unsigned components = UsableComponents();
  SetValues(hold.values, components, seed);
  hold.components = static_cast<long>(components);
  hold.until = until;
  if (call) {
    hold.calls = 1;
    hold.call = *call;
  }
  HoldRegisters(hold, counter);
  if (call) *call = hold.call;
  bool kept = AsAtStart(hold.before);
  ForRegisters(components, [&](size_t at, size_t bytes) {
    kept = kept && std::memcmp(hold.kept.bytes + at, hold.values.bytes + at, bytes) == 0;
  });
  return kept;
}

}  // namespace arch
