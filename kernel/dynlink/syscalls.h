// SPDX-License-Identifier: BSD-2-Clause
//
// The linker's system calls (kernel/kpi/kld_abi.h), as the dispatcher calls them: arguments as they
// came, addresses of the calling process still unchecked. Each returns a result >= 0 or a negated
// error number. On the calling process's thread, no lock held.
#pragma once

#include <cstdint>

namespace kld {

int64_t SysLoad(uint64_t file, uint64_t plist, uint64_t flags);
int64_t SysUnload(uint64_t id, uint64_t flags);
int64_t SysFind(uint64_t name);
int64_t SysNext(uint64_t id);
int64_t SysStat(uint64_t id, uint64_t stat);
int64_t SysFirstModule(uint64_t id);
int64_t SysNextModule(uint64_t module);
int64_t SysNextModuleOfFile(uint64_t module);
int64_t SysFindModule(uint64_t name);
int64_t SysStatModule(uint64_t module, uint64_t stat);
int64_t SysSymbol(uint64_t file, uint64_t command, uint64_t lookup);
int64_t SysReport(uint64_t text, uint64_t capacity);
int64_t SysCounters(uint64_t counters);

// By number, for the dispatcher: true when `number` is one of them.
struct SysArguments {
  uint64_t value[6];
};
bool IsLinkerCall(uint64_t number);
int64_t DispatchLinkerCall(uint64_t number, const SysArguments& arguments);

}  // namespace kld
