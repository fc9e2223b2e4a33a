// SPDX-License-Identifier: BSD-2-Clause
//
// The signal frame of RISC-V (asm/sigcontext.h, asm/ucontext.h, asm/ptrace.h) and AT_HWCAP.
#include <cstddef>
#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/user.h"
#include "arch/riscv64/kernel/machine.h"
#include "arch/riscv64/kernel/registers.h"
#include "arch/riscv64/kernel/trap_frame.h"
#include "arch/riscv64/kernel/vector_state.h"
#include "kernel/mm/address_space.h"

namespace arch {

using namespace riscv64;

namespace {

constexpr uint32_t kVectorMagic = 0x53465457;

// What stands behind the registers: a header for each further part; the last one is zero.
struct PartHeader {
  uint32_t magic;
  uint32_t bytes;  // of the part, with its header
};

struct SigContext {
  uint64_t pc;
  uint64_t x[31];
  // The union of the F, D and Q states, of which D is in use.
  uint64_t floats[32];
  uint32_t float_control;
  uint32_t unused[65];
  PartHeader first_part;
};
static_assert(offsetof(SigContext, first_part) == 776 && sizeof(SigContext) == 784);

struct Frame {
  SigInfo info;
  uint64_t flags;
  uint64_t link;
  uint64_t stack_base;
  uint32_t stack_flags;
  uint32_t padding;
  uint64_t stack_bytes;
  uint64_t blocked;
  uint8_t room[128];  // for a larger mask, and up to a multiple of 16
  SigContext registers;
};
static_assert(offsetof(Frame, registers) == 304 && sizeof(Frame) == 1088);

// The vector part, behind its header; the registers follow.
struct VectorPart {
  uint64_t start, length, type, control, register_bytes;
  uint64_t registers;  // user address of the registers
};
static_assert(sizeof(VectorPart) == 48);

struct Area {
  alignas(kVectorAlign) std::byte bytes[kVectorMostBytes];
  VectorState* state() { return reinterpret_cast<VectorState*>(bytes); }
};

size_t VectorPartBytes() {
  return sizeof(PartHeader) + sizeof(VectorPart) + 32 * VectorRegisterBytes();
}

// The general registers stand in the same order here and there.
constexpr size_t kGeneralBytes = sizeof(SigContext::x);
static_assert(offsetof(UserContext, pc) == kGeneralBytes);

void Save(Area& area) {
  const bool on = DisableInterrupts();
  SaveVectorState(area.bytes);
  RestoreInterrupts(on);
}

void Load(const Area& area) {
  const bool on = DisableInterrupts();
  LoadVectorState(area.bytes);
  RestoreInterrupts(on);
}

bool PushVectors(Area& area, uintptr_t to) {
  const VectorControl& control = area.state()->vectors;
  const size_t bytes = 32 * VectorRegisterBytes();
  const uintptr_t registers = to + sizeof(VectorPart);
  const VectorPart part = {.start = control.start,
                           .length = control.length,
                           .type = control.type,
                           .control = control.control,
                           .register_bytes = VectorRegisterBytes(),
                           .registers = registers};
  constexpr PartHeader kLast = {};
  return base::Ok(mm::CopyOut(to, &part, sizeof part)) &&
         base::Ok(mm::CopyOut(registers, VectorRegisters(area.state()), bytes)) &&
         base::Ok(mm::CopyOut(registers + bytes, &kLast, sizeof kLast));
}

bool PopVectors(Area& area, uintptr_t from) {
  VectorPart part;
  if (!base::Ok(mm::CopyIn(&part, from, sizeof part))) return false;
  area.state()->vectors = {
      .start = part.start, .type = part.type, .length = part.length, .control = part.control};
  return base::Ok(
      mm::CopyIn(VectorRegisters(area.state()), part.registers, 32 * VectorRegisterBytes()));
}

}  // namespace

bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery) {
  if (!delivery.restorer) return false;
  Area area;
  Save(area);
  const bool vectors = VectorRegisterBytes() != 0;
  const size_t bytes = sizeof(Frame) + (vectors ? VectorPartBytes() : 0);
  const uintptr_t top = delivery.stack_top ? delivery.stack_top : context.sp;
  const uintptr_t at = (top - bytes) & ~uintptr_t{15};
  if (at <= delivery.stack_low) return false;

  Frame frame{};
  frame.stack_base = delivery.alt_base;
  frame.stack_bytes = delivery.alt_bytes;
  frame.stack_flags = delivery.alt_flags;
  frame.blocked = delivery.blocked;
  frame.registers.pc = context.pc;
  std::memcpy(frame.registers.x, &context, kGeneralBytes);
  std::memcpy(frame.registers.floats, area.state()->floats.f, sizeof frame.registers.floats);
  frame.registers.float_control = static_cast<uint32_t>(area.state()->floats.control);
  if (vectors) {
    frame.registers.first_part = {kVectorMagic, static_cast<uint32_t>(VectorPartBytes())};
  }
  frame.info = SigInfoOf(delivery);
  if (!base::Ok(mm::CopyOut(at, &frame, sizeof frame))) return false;
  if (vectors && !PushVectors(area, at + sizeof frame)) return false;

  context.ra = delivery.restorer;
  context.sp = at;
  context.a[0] = static_cast<uint64_t>(delivery.signal);
  context.a[1] = at + offsetof(Frame, info);
  context.a[2] = at + offsetof(Frame, flags);
  context.pc = delivery.handler;
  return true;
}

bool PopSignalFrame(UserContext& context, SignalReturn* out) {
  Frame frame;
  if (!base::Ok(mm::CopyIn(&frame, context.sp, sizeof frame))) return false;
  Area area;
  Save(area);
  std::memcpy(area.state()->floats.f, frame.registers.floats, sizeof frame.registers.floats);
  area.state()->floats.control = frame.registers.float_control;
  const PartHeader& part = frame.registers.first_part;
  if (part.magic == kVectorMagic) {
    if (!VectorRegisterBytes() || part.bytes != VectorPartBytes()) return false;
    if (!PopVectors(area, context.sp + sizeof frame)) return false;
  } else if (part.magic || part.bytes) {
    return false;
  }
  Load(area);
  // The status stays the kernel's choice.
  context.pc = frame.registers.pc;
  std::memcpy(&context, frame.registers.x, kGeneralBytes);
  *out = {.blocked = frame.blocked,
          .has_stack = true,
          .alt_base = frame.stack_base,
          .alt_bytes = frame.stack_bytes,
          .alt_flags = frame.stack_flags};
  return true;
}

uint64_t HardwareCapabilities() {
  constexpr uint64_t kVectors = uint64_t{1} << ('v' - 'a');
  const uint64_t all = TheMachine().capabilities;
  return VectorRegisterBytes() ? all : all & ~kVectors;
}

}  // namespace arch
