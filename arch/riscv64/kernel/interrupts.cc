// SPDX-License-Identifier: BSD-2-Clause
#include "arch/riscv64/kernel/interrupts.h"

#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "arch/riscv64/kernel/machine.h"
#include "arch/riscv64/kernel/registers.h"
#include "kernel/base/panic.h"

namespace arch {

using namespace riscv64;

namespace {

// Sources of which the kernel takes note; source 0 does not exist.
constexpr unsigned kMostLines = 128;

// Memory map (chapter 3): where an array of words begins, and how far apart those of contexts are.
constexpr uintptr_t kPriorities = 0;
constexpr uintptr_t kEnables = 0x2000;
constexpr uintptr_t kEnablesApart = 0x80;
constexpr uintptr_t kThreshold = 0x20'0000;
constexpr uintptr_t kClaim = 0x20'0004;
constexpr uintptr_t kContextsApart = 0x1000;

struct Line {
  InterruptHandler handler;
  void* context;
};
constinit Line lines[kMostLines] = {};

volatile uint32_t& Word(uintptr_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(TheMachine().plic + offset);
}

volatile uint32_t& Priority(unsigned line) { return Word(kPriorities + line * sizeof(uint32_t)); }

volatile uint32_t& EnableWord(unsigned line) {
  return Word(kEnables + TheMachine().plic_context * kEnablesApart + line / 32 * sizeof(uint32_t));
}

volatile uint32_t& OfContext(uintptr_t offset) {
  return Word(offset + TheMachine().plic_context * kContextsApart);
}

}  // namespace

namespace riscv64 {

void MaskAllInterrupts() {
  if (!TheMachine().plic) return;
  for (unsigned line = 0; line < InterruptLines(); line += 32) EnableWord(line) = 0;
  OfContext(kThreshold) = 0;
  SetInterruptEnable(uint64_t{1} << kExternalInterrupt);
}

void HandleExternalInterrupt() {
  // 0: somebody else has it, or it went away.
  while (const uint32_t line = OfContext(kClaim)) {
    if (line < kMostLines && lines[line].handler) lines[line].handler(lines[line].context);
    OfContext(kClaim) = line;
  }
}

}  // namespace riscv64

unsigned InterruptLines() {
  return TheMachine().plic_lines < kMostLines ? TheMachine().plic_lines : kMostLines;
}

void SetInterruptHandler(unsigned line, InterruptHandler handler, void* context) {
  const bool on = DisableInterrupts();
  BASE_CHECK(line && line < InterruptLines() && !lines[line].handler);
  lines[line] = {handler, context};
  Priority(line) = 1;
  EnableWord(line) = EnableWord(line) | uint32_t{1} << line % 32;
  RestoreInterrupts(on);
}

void RemoveInterruptHandler(unsigned line) {
  const bool on = DisableInterrupts();
  BASE_CHECK(line && line < InterruptLines() && lines[line].handler);
  EnableWord(line) = EnableWord(line) & ~(uint32_t{1} << line % 32);
  lines[line] = {};
  RestoreInterrupts(on);
}

}  // namespace arch
