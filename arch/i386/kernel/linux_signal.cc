// SPDX-License-Identifier: BSD-2-Clause
//
// The signal frames of i386 (asm/sigcontext.h, asm/ucontext.h): one for handlers that want
// siginfo_t, one for those that do not; and AT_HWCAP.
#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/user.h"
#include "arch/i386/kernel/trap_frame.h"
#include "arch/i386/kernel/user_state.h"
#include "arch/x86/kernel/vector_state.h"
#include "kernel/mm/address_space.h"

namespace arch {

using namespace x86;

namespace {

constexpr uint32_t kExtendedState = 1;  // uc_flags
constexpr uint32_t kMagic1 = 0x46505853;
constexpr uint32_t kMagic2 = 0x46505845;
constexpr size_t kSoftwareBytesAt = 464;  // of an FXSAVE area: free for software

struct SigContext {
  uint32_t gs, fs, es, ds;
  uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
  uint32_t trap, error, eip, cs, eflags, esp_at_signal, ss;
  uint32_t vector_state;  // user address, 0 = none
  uint32_t old_mask, cr2;
};
static_assert(sizeof(SigContext) == 88);

// What FSAVE would have stored, in front of an FXSAVE area (struct _fpstate_32).
struct FsaveImage {
  uint32_t control, status, tags, instruction, code_segment, operand, data_segment;
  uint8_t registers[8][10];
  uint16_t status_again;
  uint16_t magic;  // 0: an FXSAVE area follows
};
static_assert(sizeof(FsaveImage) == 112);

// The form without siginfo_t. The first half of the mask is in the registers.
struct PlainFrame {
  uint32_t return_address;
  int32_t signal;
  SigContext registers;
  uint8_t unused[624];  // once the FPU's
  uint32_t more_mask;
  uint8_t code[8];
};
static_assert(sizeof(PlainFrame) == 732);

struct Frame {
  uint32_t return_address;
  int32_t signal;
  uint32_t info_address;
  uint32_t context_address;
  SigInfo info;
  uint32_t flags;
  uint32_t link;
  uint32_t stack_base;
  uint32_t stack_flags;
  uint32_t stack_bytes;
  SigContext registers;
  uint32_t blocked[2];
  uint8_t code[8];
};
static_assert(offsetof(Frame, flags) == 144 && offsetof(Frame, blocked) == 252);

// What tells a handler how large the area is and what is in it.
struct SoftwareBytes {
  uint32_t magic;
  uint32_t whole_bytes;
  uint64_t components;
  uint32_t state_bytes;
  uint32_t padding[7];
};
static_assert(sizeof(SoftwareBytes) == 48);

void SaveRegisters(const UserContext& from, SigContext& to) {
  UserSegments segments{};
  SaveSelectors(&segments);
  to.gs = segments.gs, to.fs = segments.fs, to.es = to.ds = kUserData;
  to.edi = from.edi, to.esi = from.esi, to.ebp = from.ebp, to.esp = from.esp;
  to.ebx = from.ebx, to.edx = from.edx, to.ecx = from.ecx, to.eax = from.eax;
  to.eip = from.eip, to.cs = from.cs, to.eflags = from.eflags;
  to.esp_at_signal = from.esp, to.ss = from.ss;
}

// Code, stack and data segments stay the kernel's choice.
void LoadRegisters(const SigContext& from, UserContext& to) {
  to.edi = from.edi, to.esi = from.esi, to.ebp = from.ebp, to.esp = from.esp;
  to.ebx = from.ebx, to.edx = from.edx, to.ecx = from.ecx, to.eax = from.eax;
  to.eip = from.eip, to.eflags = UserFlags(from.eflags);
  const bool on = DisableInterrupts();
  UserSegments& segments = SegmentsOf(*RunningContext());
  segments.fs = from.fs & 0xffff;
  segments.gs = from.gs & 0xffff;
  LoadSegments(segments);
  RestoreInterrupts(on);
}

// FSAVE's tag of a register that is not empty: 0 a number, 1 zero, 2 anything else (SDM volume 1,
// 8.1.7).
unsigned TagOf(const char* number) {
  uint64_t fraction;
  uint16_t exponent;
  std::memcpy(&fraction, number, sizeof fraction);
  std::memcpy(&exponent, number + sizeof fraction, sizeof exponent);
  exponent &= 0x7fff;
  if (exponent == 0) return fraction == 0 ? 1 : 2;
  return exponent == 0x7fff || fraction >> 63 == 0 ? 2 : 0;
}

// From an FXSAVE area (SDM volume 1, 10.5.1). Tags there are one bit a register, and registers are
// numbered from the top of the stack.
FsaveImage ToFsave(const char* area) {
  constexpr size_t kStatus = 2, kTags = 4, kInstruction = 8, kCodeSegment = 12, kOperand = 16,
                   kDataSegment = 20, kRegisters = 32, kStep = 16;
  FsaveImage image{};
  const auto half = [area](size_t at) {
    uint16_t value;
    std::memcpy(&value, area + at, sizeof value);
    return uint32_t{value};
  };
  image.control = half(0) | 0xffff0000;
  image.status = half(kStatus) | 0xffff0000;
  image.status_again = static_cast<uint16_t>(image.status);
  std::memcpy(&image.instruction, area + kInstruction, sizeof image.instruction);
  std::memcpy(&image.operand, area + kOperand, sizeof image.operand);
  image.code_segment = half(kCodeSegment);
  image.data_segment = half(kDataSegment) | 0xffff0000;
  const unsigned top = image.status >> 11 & 7;
  image.tags = 0xffff0000;
  for (unsigned i = 0; i < 8; ++i) {
    const char* const number = area + kRegisters + ((i - top) & 7) * kStep;
    const bool used = (area[kTags] >> i & 1) != 0;
    image.tags |= (used ? TagOf(number) : 3) << 2 * i;
    std::memcpy(image.registers[i], area + kRegisters + i * kStep, sizeof image.registers[i]);
  }
  return image;
}

// Where the vector state's two areas begin below `top`; a number behind the second says that it is
// whole.
uint32_t PlaceVectorState(uint32_t top) {
  const size_t whole = VectorStateBytes() + (VectorComponents() ? sizeof kMagic2 : 0);
  return ((top - whole) & ~uint32_t{kVectorAlign - 1}) - sizeof(FsaveImage);
}

// The vector state of the running thread.
bool PushVectorState(uint32_t start) {
  // XSAVE leaves the reserved bytes of its header alone.
  alignas(kVectorAlign) char area[kVectorMostBytes] = {};
  const bool on = DisableInterrupts();
  SaveVectorState(area);
  RestoreInterrupts(on);
  const size_t bytes = VectorStateBytes();
  const FsaveImage fsave = ToFsave(area);
  const uint32_t at = start + sizeof fsave;
  SoftwareBytes software{};
  if (VectorComponents()) {
    software.magic = kMagic1;
    software.whole_bytes = static_cast<uint32_t>(sizeof fsave + bytes + sizeof kMagic2);
    software.components = VectorComponents();
    software.state_bytes = static_cast<uint32_t>(bytes);
    if (!base::Ok(mm::CopyOut(at + bytes, &kMagic2, sizeof kMagic2))) return false;
  }
  std::memcpy(area + kSoftwareBytesAt, &software, sizeof software);
  return base::Ok(mm::CopyOut(start, &fsave, sizeof fsave)) &&
         base::Ok(mm::CopyOut(at, area, bytes));
}

// What counts is the FXSAVE area, not the older image in front of it.
bool PopVectorState(uint32_t from) {
  alignas(kVectorAlign) char area[kVectorMostBytes];
  if (!from) {
    ResetVectorState(area);
  } else if (!base::Ok(mm::CopyIn(area, from + sizeof(FsaveImage), VectorStateBytes()))) {
    return false;
  }
  SanitiseVectorState(area);
  const bool on = DisableInterrupts();
  LoadVectorState(area);
  RestoreInterrupts(on);
  return true;
}

// At the handler's first instruction the stack is as after a call: esp + 4 is a multiple of 16.
constexpr uint32_t PlaceFrame(uint32_t below, size_t bytes) {
  return ((below - bytes + 4) & ~uint32_t{15}) - 4;
}

SigContext ContextOf(const UserContext& context, const SignalDelivery& delivery,
                     uint32_t vector_state) {
  SigContext registers{};
  SaveRegisters(context, registers);
  registers.vector_state = vector_state;
  registers.old_mask = static_cast<uint32_t>(delivery.blocked);
  registers.cr2 = delivery.fault_address;
  return registers;
}

bool PushPlain(uint32_t at, const UserContext& context, const SignalDelivery& delivery,
               uint32_t vector_state) {
  PlainFrame frame{};
  frame.return_address = delivery.restorer;
  frame.signal = delivery.signal;
  frame.registers = ContextOf(context, delivery, vector_state);
  frame.more_mask = static_cast<uint32_t>(delivery.blocked >> 32);
  return base::Ok(mm::CopyOut(at, &frame, sizeof frame));
}

bool PushWithInfo(uint32_t at, const UserContext& context, const SignalDelivery& delivery,
                  uint32_t vector_state) {
  Frame frame{};
  frame.return_address = delivery.restorer;
  frame.signal = delivery.signal;
  frame.info_address = at + offsetof(Frame, info);
  frame.context_address = at + offsetof(Frame, flags);
  frame.info = SigInfoOf(delivery);
  frame.flags = VectorComponents() ? kExtendedState : 0;
  frame.stack_base = delivery.alt_base;
  frame.stack_bytes = delivery.alt_bytes;
  frame.stack_flags = delivery.alt_flags;
  frame.registers = ContextOf(context, delivery, vector_state);
  frame.blocked[0] = static_cast<uint32_t>(delivery.blocked);
  frame.blocked[1] = static_cast<uint32_t>(delivery.blocked >> 32);
  return base::Ok(mm::CopyOut(at, &frame, sizeof frame));
}

}  // namespace

bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery) {
  if (!delivery.restorer) return false;
  const uint32_t top = delivery.stack_top ? delivery.stack_top : context.esp;
  const uint32_t vector_state = PlaceVectorState(top);
  const uint32_t at =
      PlaceFrame(vector_state, delivery.want_info ? sizeof(Frame) : sizeof(PlainFrame));
  if (at <= delivery.stack_low || !PushVectorState(vector_state)) return false;
  const bool stored = delivery.want_info ? PushWithInfo(at, context, delivery, vector_state)
                                         : PushPlain(at, context, delivery, vector_state);
  if (!stored) return false;
  // A handler is a function like any other: where it begins the x87 stack has nothing on it and the
  // control words are a program's first ones (System V ABI), whatever was interrupted.
  StartVectorState();
  // For handlers that take their arguments in registers.
  context.eax = static_cast<uint32_t>(delivery.signal);
  context.edx = delivery.want_info ? at + offsetof(Frame, info) : 0;
  context.ecx = delivery.want_info ? at + offsetof(Frame, flags) : 0;
  context.esp = at;
  context.eip = delivery.handler;
  context.eflags = UserFlags(0);
  return true;
}

bool PopSignalFrame(UserContext& context, SignalReturn* out) {
  constexpr uint64_t kSigreturn = 119;
  // The handler's return has taken the return address off the stack; what it returned to, the
  // signal's number too in the form without siginfo_t.
  if (CallNumber(context) == kSigreturn) {
    PlainFrame frame;
    const uint32_t at = context.esp - offsetof(PlainFrame, registers);
    if (!base::Ok(mm::CopyIn(&frame, at, sizeof frame))) return false;
    if (!PopVectorState(frame.registers.vector_state)) return false;
    LoadRegisters(frame.registers, context);
    *out = {.blocked = uint64_t{frame.more_mask} << 32 | frame.registers.old_mask};
    return true;
  }
  Frame frame;
  const uint32_t at = context.esp - sizeof frame.return_address;
  if (!base::Ok(mm::CopyIn(&frame, at, sizeof frame))) return false;
  if (!PopVectorState(frame.registers.vector_state)) return false;
  LoadRegisters(frame.registers, context);
  *out = {.blocked = uint64_t{frame.blocked[1]} << 32 | frame.blocked[0],
          .has_stack = true,
          .alt_base = frame.stack_base,
          .alt_bytes = frame.stack_bytes,
          .alt_flags = frame.stack_flags};
  return true;
}

uint64_t HardwareCapabilities() { return Cpuid(1).edx; }

}  // namespace arch
