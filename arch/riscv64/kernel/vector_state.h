// SPDX-License-Identifier: BSD-2-Clause
//
// Floating-point and vector registers of user mode (F, D and V extensions). The kernel itself runs
// with both switched off and never uses them; these functions lift that for their own duration.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::riscv64 {

inline constexpr size_t kVectorAlign = 16;
// Vector registers of at most so many bytes are made use of; on a CPU with longer ones the vector
// unit stays off in user mode.
inline constexpr size_t kVectorRegisterMostBytes = 128;

struct FloatState {
  uint64_t f[32];
  uint64_t control;  // fcsr
};

struct VectorControl {
  uint64_t start, type, length, control;  // vstart, vtype, vl, vcsr
};

// What is saved; the vector registers follow it, VectorRegisterBytes() each.
struct alignas(kVectorAlign) VectorState {
  FloatState floats;
  VectorControl vectors;
  uint64_t padding;
};
inline constexpr size_t kVectorMostBytes = sizeof(VectorState) + 32 * kVectorRegisterMostBytes;

// Finds out what the CPU has.
void InitVectorState();
// Bytes of an area; at most kVectorMostBytes.
size_t VectorStateBytes();
// 0 without vector registers.
size_t VectorRegisterBytes();
// The bits of sstatus that switch on for a program what the CPU has.
uint64_t VectorStatusBits();

inline std::byte* VectorRegisters(VectorState* state) {
  return reinterpret_cast<std::byte*>(state + 1);
}

// Areas are aligned to kVectorAlign.
void ResetVectorState(void* area);
void SaveVectorState(void* area);
void LoadVectorState(const void* area);

}  // namespace arch::riscv64
