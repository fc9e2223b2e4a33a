// SPDX-License-Identifier: BSD-2-Clause
#include "arch/aarch64/kernel/interrupts.h"

#include <cstdint>

#include "arch/aarch64/kernel/devices.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frames.h"
#include "lib/devices/registers.h"

namespace arch {

using namespace aarch64;

namespace {

using devices::MemoryWordRegisters;

constexpr unsigned kMostLines = 1020;  // numbers above mean something else

// Of the distributor (IHI 0048, table 4-1). The arrays have one, two or eight bits a line.
constexpr unsigned kControl = 0x000;
constexpr unsigned kType = 0x004;
constexpr unsigned kSetEnable = 0x100;
constexpr unsigned kClearEnable = 0x180;
constexpr unsigned kPriority = 0x400;
constexpr unsigned kTargets = 0x800;

// Of the CPU interface (table 4-2).
constexpr unsigned kCpuControl = 0x000;
constexpr unsigned kPriorityMask = 0x004;
constexpr unsigned kAcknowledge = 0x00c;
constexpr unsigned kEndOfInterrupt = 0x010;

constexpr unsigned kLinesPerWord = 32;  // of one bit each
constexpr unsigned kFirstShared = 32;

struct Line {
  InterruptHandler handler;
  void* context;
};
constinit Line lines[kMostLines] = {};
constinit unsigned line_count = 0;
constinit MemoryWordRegisters distributor;
constinit MemoryWordRegisters cpu_interface;

constexpr uint32_t Bit(unsigned line) { return uint32_t{1} << line % kLinesPerWord; }
constexpr unsigned Word(unsigned line) { return line / kLinesPerWord * sizeof(uint32_t); }

MemoryWordRegisters At(mm::PhysAddr registers) {
  return {reinterpret_cast<uintptr_t>(mm::DirectMap(registers))};
}

}  // namespace

namespace aarch64 {

void InitInterruptController() {
  constexpr uint32_t kAllTheSame = 0xa0a0a0a0;  // priority
  constexpr uint32_t kFirstCpu = 0x01010101;
  constexpr uint32_t kEveryPriority = 0xff;
  const Devices& known = KnownDevices();
  if (!known.distributor || !known.cpu_interface) base::Panic("no GICv2 in the device tree");
  distributor = At(known.distributor);
  cpu_interface = At(known.cpu_interface);
  distributor.Write(kControl, 0);
  line_count = ((distributor.Read(kType) & 0x1f) + 1) * kLinesPerWord;
  if (line_count > kMostLines) line_count = kMostLines;
  for (unsigned line = 0; line < line_count; line += kLinesPerWord) {
    distributor.Write(kClearEnable + Word(line), ~uint32_t{0});
  }
  for (unsigned line = 0; line < line_count; line += sizeof(uint32_t)) {
    distributor.Write(kPriority + line, kAllTheSame);
    if (line >= kFirstShared) distributor.Write(kTargets + line, kFirstCpu);
  }
  cpu_interface.Write(kPriorityMask, kEveryPriority);
  cpu_interface.Write(kCpuControl, 1);
  distributor.Write(kControl, 1);
}

void HandleInterrupt() {
  constexpr uint32_t kLineMask = 0x3ff;
  const uint32_t acknowledged = cpu_interface.Read(kAcknowledge);
  const unsigned line = acknowledged & kLineMask;
  if (line >= line_count) return;  // spurious: it has gone away again
  const Line& entry = lines[line];
  if (entry.handler) entry.handler(entry.context);
  cpu_interface.Write(kEndOfInterrupt, acknowledged);
}

}  // namespace aarch64

unsigned InterruptLines() { return line_count; }

void SetInterruptHandler(unsigned line, InterruptHandler handler, void* context) {
  const bool on = DisableInterrupts();
  BASE_CHECK(line < line_count && !lines[line].handler);
  lines[line] = {handler, context};
  distributor.Write(kSetEnable + Word(line), Bit(line));
  RestoreInterrupts(on);
}

void RemoveInterruptHandler(unsigned line) {
  const bool on = DisableInterrupts();
  BASE_CHECK(line < line_count && lines[line].handler);
  distributor.Write(kClearEnable + Word(line), Bit(line));
  lines[line] = {};
  RestoreInterrupts(on);
}

}  // namespace arch
