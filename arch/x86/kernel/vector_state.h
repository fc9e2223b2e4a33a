// SPDX-License-Identifier: BSD-2-Clause
//
// FPU and vector registers of user mode, by XSAVE where the CPU has it, else FXSAVE (SDM volume 1,
// chapters 10.5 and 13). The kernel itself runs with CR0.TS set and never uses them; these
// functions lift that for their own duration.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::x86 {

inline constexpr size_t kVectorAlign = 64;
// An area is never larger: x87, SSE, AVX and AVX-512 state. State components beyond that stay
// disabled in XCR0.
inline constexpr size_t kVectorMostBytes = 2816;

void InitVectorState();
// Bytes of an area; at most kVectorMostBytes.
size_t VectorStateBytes();
// What XCR0 enables, 0 without XSAVE. Signal frames record it.
uint64_t VectorComponents();

// Areas are aligned to kVectorAlign.
void ResetVectorState(void* area);
void SaveVectorState(void* area);
void LoadVectorState(const void* area);
// What ResetVectorState() makes, into the registers of the running thread. Interrupts may be on.
void StartVectorState();
// Makes an area that user mode could have written loadable: clears what the CPU would fault on.
void SanitiseVectorState(void* area);

}  // namespace arch::x86
