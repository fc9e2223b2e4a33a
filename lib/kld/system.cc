// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/system.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kld {
namespace {

constexpr size_t kFirstCapacity = 1024;

// libc's syscall() moves a negated errno away from the result; this puts it back.
template <class... Arguments>
int64_t Call(long number, Arguments... arguments) {
  const long result = syscall(number, arguments...);
  return result == -1 ? -errno : result;
}

}  // namespace

int64_t KernelSystem::Load(const std::string& file, const std::string& plist, unsigned flags) {
  return Call(SYS_kldload, file.c_str(), plist.empty() ? nullptr : plist.c_str(), flags);
}

int64_t KernelSystem::Unload(int id, unsigned flags) { return Call(SYS_kldunload, id, flags); }

int64_t KernelSystem::Find(const std::string& name) { return Call(SYS_kldfind, name.c_str()); }

int64_t KernelSystem::Next(int id) { return Call(SYS_kldnext, id); }

int64_t KernelSystem::Stat(int id, kld_file_stat& stat) {
  stat = {};
  stat.version = sizeof(stat);
  return Call(SYS_kldstat, id, &stat);
}

int64_t KernelSystem::FirstModule(int file_id) { return Call(SYS_kldfirstmod, file_id); }

int64_t KernelSystem::NextModuleOfFile(int module_id) { return Call(SYS_modfnext, module_id); }

int64_t KernelSystem::FindModule(const std::string& name) {
  return Call(SYS_modfind, name.c_str());
}

int64_t KernelSystem::StatModule(int module_id, kld_module_stat& stat) {
  stat = {};
  stat.version = sizeof(stat);
  return Call(SYS_modstat, module_id, &stat);
}

int64_t KernelSystem::Symbol(int file_id, int command, kld_sym_lookup& lookup) {
  lookup.version = sizeof(lookup);
  return Call(SYS_kldsym, file_id, command, &lookup);
}

int64_t KernelSystem::Counters(kld_counters& counters) {
  counters = {};
  counters.version = sizeof(counters);
  return Call(SYS_kldcounters, &counters);
}

int64_t KernelSystem::Report(char* text, size_t capacity) {
  return Call(SYS_kldreport, text, capacity);
}

int64_t KernelSystem::Sysctl(const std::string& name, std::string* value,
                             const std::string* replacement) {
  const char* new_text = replacement ? replacement->c_str() : nullptr;
  const size_t new_bytes = replacement ? replacement->size() : 0;
  if (!value) {
    return Call(SYS_sysctlbyname, name.c_str(), nullptr, nullptr, new_text, new_bytes);
  }
  // A value may grow between the question how long it is and the read, so ask until it fits. Only
  // reads are repeated: the write goes out once, after them.
  size_t length = kFirstCapacity;
  for (;;) {
    const size_t capacity = length;
    value->resize(capacity);
    const int64_t result =
        Call(SYS_sysctlbyname, name.c_str(), value->data(), &length, nullptr, size_t{0});
    const bool grew =
        (result == 0 && length > capacity) || (result == -ENOMEM && length > capacity);
    if (grew) continue;
    if (result < 0) {
      value->clear();
      return result;
    }
    break;
  }
  value->resize(std::min(length, value->size()));
  value->resize(value->find('\0') == std::string::npos ? value->size() : value->find('\0'));
  if (!replacement) return 0;
  return Call(SYS_sysctlbyname, name.c_str(), nullptr, nullptr, new_text, new_bytes);
}

int64_t KernelSystem::SysctlNext(const std::string& name, std::string& next) {
  next.resize(kFirstCapacity);
  const int64_t length = Call(SYS_sysctlnext, name.c_str(), next.data(), next.size());
  next.resize(length < 0 ? 0 : std::min<size_t>(length, kFirstCapacity));
  return length;
}

int64_t KernelSystem::PowerOff(int status) { return Call(SYS_poweroff, status); }

}  // namespace kld
