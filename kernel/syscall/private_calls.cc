// SPDX-License-Identifier: BSD-2-Clause
//
// The private calls (kernel/kpi/kld_abi.h): named values and power. The linker's own come by
// SetOtherCalls.

#include "kernel/base/new.h"
#include "kernel/dev/sysctl.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kld_abi.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Error;
using base::Result;

namespace {

Result<std::string_view> SysctlName(uint64_t address, char* to) {
  const Result<size_t> length = mm::CopyInString(to, address, dev::kSysctlNameMax);
  if (!length.ok()) {
    return length.error() == base::Errno(ENAMETOOLONG) ? base::Errno(ENOENT) : length.error();
  }
  return std::string_view(to, length.value());
}

// The value into the caller's buffer with its NUL; `*length` in: room, out: what it takes.
Error GiveValue(std::string_view name, char* buffer, uint64_t to, uint64_t length_address) {
  Word room = 0;
  Error error = ReadUser(&room, length_address);
  if (!base::Ok(error)) return error;
  const Result<size_t> length = dev::ReadSysctl(name, buffer, dev::kSysctlValueMax);
  if (!length.ok()) return length.error();
  const size_t stored =
      length.value() < dev::kSysctlValueMax ? length.value() : dev::kSysctlValueMax;
  const Word needed = stored + 1;
  buffer[stored] = '\0';
  error = WriteUser(length_address, needed);
  if (!base::Ok(error) || !to) return error;
  if (room < needed) return base::Errno(ENOMEM);
  return mm::CopyOut(to, buffer, needed);
}

Error SetValue(const proc::Process& process, std::string_view name, char* buffer, uint64_t from,
               uint64_t bytes) {
  if (!process.context.who.Privileged()) return base::Errno(EPERM);
  if (bytes > dev::kSysctlValueMax) return base::Errno(EINVAL);
  const Error error = mm::CopyIn(buffer, from, bytes);
  if (!base::Ok(error)) return error;
  // With or without its NUL, or a newline as echo writes it.
  while (bytes && (buffer[bytes - 1] == '\0' || buffer[bytes - 1] == '\n')) --bytes;
  buffer[bytes] = '\0';
  return dev::WriteSysctl(name, buffer, bytes);
}

int64_t PrivateSysctl(Arguments& a) {
  char name_bytes[dev::kSysctlNameMax];
  const Result<std::string_view> name = SysctlName(a[0], name_bytes);
  if (!name.ok()) return Fail(name.error());
  char* const buffer = a.process.bounce;
  static_assert(dev::kSysctlValueMax < proc::kBounceBytes);
  if (a[2]) {
    const Error error = GiveValue(name.value(), buffer, a[1], a[2]);
    if (!base::Ok(error)) return Fail(error);
  }
  if (a[3]) return Fail(SetValue(a.process, name.value(), buffer, a[3], a[4]));
  return 0;
}

int64_t PrivateSysctlNext(Arguments& a) {
  char name_bytes[dev::kSysctlNameMax];
  char next[dev::kSysctlNameMax];
  const Result<std::string_view> name = SysctlName(a[0], name_bytes);
  if (!name.ok()) return Fail(name.error());
  const size_t length = dev::NextSysctl(name.value(), next);
  if (!length) return 0;
  if (length + 1 > a[2]) return -ERANGE;
  const Error error = mm::CopyOut(a[1], next, length + 1);
  return base::Ok(error) ? static_cast<int64_t>(length) : Fail(error);
}

int64_t PrivatePowerOff(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  if (a[0] > 255) return -EINVAL;
  proc::PowerOff(static_cast<uint8_t>(a[0]));
}

}  // namespace

Handler PrivateHandler(uint64_t number) {
  switch (number) {
    case SYS_sysctlbyname:
      return PrivateSysctl;
    case SYS_sysctlnext:
      return PrivateSysctlNext;
    case SYS_poweroff:
      return PrivatePowerOff;
  }
  return nullptr;
}

}  // namespace syscalls
