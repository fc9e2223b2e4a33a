// SPDX-License-Identifier: BSD-2-Clause
//
// The signal frame of aarch64 (asm/sigcontext.h, asm/ucontext.h) and AT_HWCAP (asm/hwcap.h).
#include <cstring>

#include "arch/aarch64/kernel/registers.h"
#include "arch/aarch64/kernel/trap_frame.h"
#include "arch/aarch64/kernel/user_state.h"
#include "arch/aarch64/kernel/vector_state.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/user.h"
#include "kernel/mm/address_space.h"

namespace arch {

using namespace aarch64;

namespace {

constexpr uint32_t kFpsimdMagic = 0x46508001;
constexpr size_t kReservedBytes = 4096;  // of the context: records, ended by one that is zero
constexpr uintptr_t kStackAlign = 16;    // AAPCS64, 6.4.5

struct Record {
  uint32_t magic;
  uint32_t bytes;
};

struct FpsimdRecord {
  Record head;
  uint32_t fpsr;
  uint32_t fpcr;
  uint64_t q[32][2];
};
static_assert(sizeof(FpsimdRecord) == 528);

// As far as it is used; programs see kReservedBytes of records.
struct Frame {
  SigInfo info;
  uint64_t flags;
  uint64_t link;
  uint64_t stack_base;
  uint32_t stack_flags;
  uint32_t padding;
  uint64_t stack_bytes;
  uint64_t blocked;
  uint8_t unused[120];
  alignas(16) uint64_t fault_address;
  uint64_t x[31];
  uint64_t sp;
  uint64_t pc;
  uint64_t pstate;
  alignas(16) FpsimdRecord fpsimd;
  alignas(16) Record end;
};
constexpr size_t kContextAt = offsetof(Frame, flags);
constexpr size_t kRecordsAt = offsetof(Frame, fpsimd);
static_assert(kContextAt == 128 && offsetof(Frame, blocked) - kContextAt == 40 &&
              offsetof(Frame, fault_address) - kContextAt == 176 &&
              kRecordsAt - kContextAt == 464 && sizeof(Frame) == 1136);

// A frame record below which the handler's frames lie, so that unwinders find the way.
struct FrameRecord {
  uint64_t frame_pointer;
  uint64_t return_address;
};

void SaveVectors(FpsimdRecord& to) {
  VectorState state;
  const bool on = DisableInterrupts();
  SaveVectorState(&state);
  RestoreInterrupts(on);
  to.head = {kFpsimdMagic, sizeof to};
  to.fpsr = state.fpsr;
  to.fpcr = state.fpcr;
  std::memcpy(to.q, state.q, sizeof to.q);
}

// Every value of these registers may be loaded.
void LoadVectors(const FpsimdRecord& from) {
  VectorState state;
  state.fpsr = from.fpsr;
  state.fpcr = from.fpcr;
  std::memcpy(state.q, from.q, sizeof state.q);
  const bool on = DisableInterrupts();
  LoadVectorState(state);
  RestoreInterrupts(on);
}

// The program may have moved the record, and put others around it.
bool FindVectors(uintptr_t records, FpsimdRecord* out) {
  for (size_t at = 0; at + sizeof(Record) <= kReservedBytes;) {
    Record head;
    if (!base::Ok(mm::CopyIn(&head, records + at, sizeof head))) return false;
    if (head.magic == 0) return false;
    if (head.bytes < sizeof head || head.bytes % kStackAlign) return false;
    if (head.magic == kFpsimdMagic) {
      return head.bytes == sizeof *out && at + sizeof *out <= kReservedBytes &&
             base::Ok(mm::CopyIn(out, records + at, sizeof *out));
    }
    at += head.bytes;
  }
  return false;
}

}  // namespace

bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery) {
  if (!delivery.restorer) return false;
  const uintptr_t top = delivery.stack_top ? delivery.stack_top : context.sp;
  const uintptr_t link = (top & ~(kStackAlign - 1)) - sizeof(FrameRecord);
  const uintptr_t at = link - (kRecordsAt + kReservedBytes);
  if (at <= delivery.stack_low) return false;

  const FrameRecord record{context.x[kFramePointer], context.x[kLinkRegister]};
  Frame frame{};
  frame.stack_base = delivery.alt_base;
  frame.stack_bytes = delivery.alt_bytes;
  frame.stack_flags = delivery.alt_flags;
  frame.blocked = delivery.blocked;
  std::memcpy(frame.x, context.x, sizeof frame.x);
  frame.sp = context.sp;
  frame.pc = context.pc;
  frame.pstate = context.pstate;
  SaveVectors(frame.fpsimd);
  frame.info = SigInfoOf(delivery);
  frame.fault_address = delivery.fault_address;
  if (!base::Ok(mm::CopyOut(link, &record, sizeof record))) return false;
  if (!base::Ok(mm::CopyOut(at, &frame, sizeof frame))) return false;

  context.x[0] = static_cast<uint64_t>(delivery.signal);
  context.x[1] = at;  // the info comes first
  context.x[2] = at + kContextAt;
  context.x[kFramePointer] = link;
  context.x[kLinkRegister] = delivery.restorer;
  context.sp = at;
  context.pc = delivery.handler;
  context.pstate &= kUserFlags;
  return true;
}

bool PopSignalFrame(UserContext& context, SignalReturn* out) {
  Frame frame;
  if (context.sp % kStackAlign) return false;
  if (!base::Ok(mm::CopyIn(&frame, context.sp, kRecordsAt))) return false;
  if (!FindVectors(context.sp + kRecordsAt, &frame.fpsimd)) return false;
  LoadVectors(frame.fpsimd);
  std::memcpy(context.x, frame.x, sizeof context.x);
  context.sp = frame.sp;
  context.pc = frame.pc;
  context.pstate = frame.pstate & kUserFlags;
  *out = {.blocked = frame.blocked,
          .has_stack = true,
          .alt_base = frame.stack_base,
          .alt_bytes = frame.stack_bytes,
          .alt_flags = frame.stack_flags};
  return true;
}

uint64_t HardwareCapabilities() {
  // What needs no state beyond the registers that are saved: a bit of AT_HWCAP for a field of an ID
  // register that has at least this value. FP and SIMD, where the field says 0 for yes, are always
  // there.
  constexpr uint64_t kFp = 1 << 0, kAsimd = 1 << 1;
  const uint64_t isar0 = AARCH64_READ(id_aa64isar0_el1);
  const uint64_t pfr0 = AARCH64_READ(id_aa64pfr0_el1);
  const struct {
    unsigned bit;
    uint64_t id;
    unsigned shift;
    uint64_t least;
  } kFeatures[] = {
      {3, isar0, 4, 1},    // AES
      {4, isar0, 4, 2},    // PMULL
      {5, isar0, 8, 1},    // SHA1
      {6, isar0, 12, 1},   // SHA2
      {7, isar0, 16, 1},   // CRC32
      {8, isar0, 20, 2},   // ATOMICS
      {12, isar0, 28, 1},  // ASIMDRDM
      {17, isar0, 32, 1},  // SHA3
      {18, isar0, 36, 1},  // SM3
      {19, isar0, 40, 1},  // SM4
      {20, isar0, 44, 1},  // ASIMDDP
      {21, isar0, 12, 2},  // SHA512
      {23, isar0, 48, 1},  // ASIMDFHM
  };
  uint64_t capabilities = kFp | kAsimd;
  for (const auto& feature : kFeatures) {
    if ((feature.id >> feature.shift & 0xf) >= feature.least) capabilities |= 1ull << feature.bit;
  }
  // FPHP and ASIMDHP: half precision.
  if ((pfr0 >> 16 & 0xf) == 1) capabilities |= 1 << 9;
  if ((pfr0 >> 20 & 0xf) == 1) capabilities |= 1 << 10;
  return capabilities;
}

bool OwnCall(uint64_t, const uint64_t (&)[6], int64_t&) { return false; }

}  // namespace arch
