// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/vector_state.h"

#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/current/kernel/registers.h"
#include "arch/x86/kernel/cpu_features.h"

namespace arch::x86 {
namespace {

constexpr uint64_t kX87 = 1 << 0;
constexpr uint64_t kSse = 1 << 1;
constexpr uint64_t kAvx = 1 << 2;
constexpr uint64_t kAvx512 = 7 << 5;

constexpr size_t kFxsaveBytes = 512;
constexpr size_t kControlWordOffset = 0;
constexpr size_t kMxcsrOffset = 24;
constexpr size_t kMxcsrMaskOffset = 28;
constexpr size_t kHeaderOffset = 512;
constexpr size_t kHeaderBytes = 64;

constexpr uint16_t kDefaultControlWord = 0x37f;
constexpr uint32_t kDefaultMxcsr = 0x1f80;
constexpr uint32_t kDefaultMxcsrMask = 0xffbf;

constinit uint64_t components = 0;
constinit size_t area_bytes = kFxsaveBytes;
constinit uint32_t mxcsr_mask = kDefaultMxcsrMask;
alignas(kVectorAlign) constinit char initial_state[kVectorMostBytes] = {};

template <class T>
T& At(void* area, size_t offset) {
  return *reinterpret_cast<T*>(static_cast<char*>(area) + offset);
}

class FpuOn {
 public:
  FpuOn() : was_off_(ReadCr0() & kCr0TaskSwitched) { ClearTaskSwitched(); }
  ~FpuOn() {
    if (was_off_) SetTaskSwitched();
  }

 private:
  bool was_off_;
};

void SetXcr0(uint64_t value) {
  asm volatile("xsetbv" ::"c"(0), "a"(static_cast<uint32_t>(value)),
               "d"(static_cast<uint32_t>(value >> 32)));
}

}  // namespace

void InitVectorState() {
  if (Features().xsave) {
    CpuidResult supported = Cpuid(0xd, 0);
    uint64_t mask = uint64_t{supported.edx} << 32 | supported.eax;
    components = kX87 | kSse;
    if (mask & kAvx) components |= kAvx;
    if ((mask & kAvx) && (mask & kAvx512) == kAvx512) components |= kAvx512;
    SetXcr0(components);
    area_bytes = Cpuid(0xd, 0).ebx;  // of what XCR0 enables now
    if (area_bytes > kVectorMostBytes) {
      components = kX87 | kSse;
      SetXcr0(components);
      area_bytes = Cpuid(0xd, 0).ebx;
    }
  }
  ResetVectorState(initial_state);
  alignas(kVectorAlign) static char probe[kFxsaveBytes];
  FpuOn on;
  asm volatile("fxsave" DYNLINK_SAVE_SUFFIX " %0" : "=m"(probe));
  if (uint32_t mask = At<uint32_t>(probe, kMxcsrMaskOffset)) mxcsr_mask = mask;
}

size_t VectorStateBytes() { return area_bytes; }
uint64_t VectorComponents() { return components; }

void ResetVectorState(void* area) {
  __builtin_memset(area, 0, area_bytes);
  At<uint16_t>(area, kControlWordOffset) = kDefaultControlWord;
  At<uint32_t>(area, kMxcsrOffset) = kDefaultMxcsr;
  if (components) At<uint64_t>(area, kHeaderOffset) = kX87 | kSse;
}

void SaveVectorState(void* area) {
  FpuOn on;
  if (components) {
    asm volatile("xsave" DYNLINK_SAVE_SUFFIX " (%0)" ::"r"(area),
                 "a"(static_cast<uint32_t>(components)), "d"(0)
                 : "memory");
  } else {
    asm volatile("fxsave" DYNLINK_SAVE_SUFFIX " (%0)" ::"r"(area) : "memory");
  }
}

void LoadVectorState(const void* area) {
  FpuOn on;
  if (components) {
    asm volatile("xrstor" DYNLINK_SAVE_SUFFIX " (%0)" ::"r"(area),
                 "a"(static_cast<uint32_t>(components)), "d"(0)
                 : "memory");
  } else {
    asm volatile("fxrstor" DYNLINK_SAVE_SUFFIX " (%0)" ::"r"(area) : "memory");
  }
}

void StartVectorState() {
  const bool on = DisableInterrupts();
  LoadVectorState(initial_state);
  RestoreInterrupts(on);
}

void SanitiseVectorState(void* area) {
  At<uint32_t>(area, kMxcsrOffset) &= mxcsr_mask;
  if (!components) return;
  uint64_t present = At<uint64_t>(area, kHeaderOffset) & components;
  __builtin_memset(static_cast<char*>(area) + kHeaderOffset, 0, kHeaderBytes);
  At<uint64_t>(area, kHeaderOffset) = present;
}

}  // namespace arch::x86
