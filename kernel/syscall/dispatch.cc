// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscall/dispatch.h"

#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/user.h"
#include "kernel/base/log.h"
#include "kernel/kpi/errno.h"
#include "kernel/sched/thread.h"
#include "kernel/syscall/handlers.h"

namespace syscalls {
namespace {

constexpr Handler kHandlers[] = {
#define DYNLINK_X(name) Sys##name,
    DYNLINK_SYSTEM_CALLS_ALL(DYNLINK_X)
#undef DYNLINK_X
};
static_assert(sizeof kHandlers / sizeof kHandlers[0] == kCallCount);

// Numbers below this are found by index.
constexpr size_t kTableSize = 512;
Handler g_table[kTableSize];
// One bit for each unknown number that has been told of.
uint64_t g_told[kTableSize / 64 + 1];

Handler Find(uint64_t number) {
  if (number < kTableSize) return g_table[number];
  return PrivateHandler(number);
}

OtherCalls g_other_calls = nullptr;

int64_t Unknown(const proc::Process& process, uint64_t number) {
  const uint64_t index = number < kTableSize ? number : kTableSize;
  const uint64_t bit = uint64_t{1} << index % 64;
  const uint64_t before = __atomic_fetch_or(&g_told[index / 64], bit, __ATOMIC_RELAXED);
  if ((before & bit) == 0) {
    base::Log(base::Level::kNotice, "%s[%d]: system call %lu is unknown", process.name, process.pid,
              static_cast<unsigned long>(number));
  }
  return -ENOSYS;
}

int64_t CallOther(const Arguments& arguments, uint64_t number) {
  int64_t result;
  if (arch::OwnCall(number, arguments.values, result)) return result;
  if (g_other_calls && g_other_calls(number, arguments.values, result)) return result;
  return Unknown(arguments.process, number);
}

}  // namespace

void SetOtherCalls(OtherCalls calls) { g_other_calls = calls; }

void Initialize() {
  for (const arch::SyscallNumber& entry : arch::kLinuxAbi.calls) {
    if (entry.number < kTableSize) {
      g_table[entry.number] = kHandlers[static_cast<size_t>(entry.call)];
    }
  }
}

void Dispatch(arch::UserContext& context) {
  proc::Process& process = *proc::Current();
  const uint64_t number = arch::CallNumber(context);
  process.call_start_ns = sched::CpuNs(sched::Current());
  Arguments arguments{{}, context, process};
  for (unsigned i = 0; i < 6; ++i) arguments.values[i] = arch::CallArgument(context, i);
  const Handler handler = Find(number);
  const int64_t result = handler ? handler(arguments) : CallOther(arguments, number);
  process.restarted = false;
  if (result == -EINTR && arguments.restart != proc::Restart::kNo) {
    process.restart = arguments.restart;
    process.restart_call = number;
  }
  // A restart issues the call again with its own registers: BeforeUser sees to the number.
  if (!arguments.keep_registers) arch::SetCallResult(context, result);
  proc::CountCallTime(process);
}

}  // namespace syscalls
