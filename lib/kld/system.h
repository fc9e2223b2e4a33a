// SPDX-License-Identifier: BSD-2-Clause
//
// The private system calls of kernel/kpi/kld_abi.h, one member function each. Programs take a
// `System&`, so that they run on the host against a kernel made of maps.
//
// Every function returns what the system call does: a result >= 0, or a negated errno. Structures
// are passed with `version` already set by the functions here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernel/kpi/kld_abi.h"

namespace kld {

class System {
 public:
  virtual ~System() = default;

  // `plist` is a property list (plist.h) or empty; `flags` are KLD_LINK_ONLY or 0.
  virtual int64_t Load(const std::string& file, const std::string& plist, unsigned flags) = 0;
  virtual int64_t Unload(int id, unsigned flags) = 0;

  virtual int64_t Find(const std::string& name) = 0;
  virtual int64_t Next(int id) = 0;
  virtual int64_t Stat(int id, kld_file_stat& stat) = 0;
  virtual int64_t FirstModule(int file_id) = 0;
  virtual int64_t NextModuleOfFile(int module_id) = 0;
  virtual int64_t FindModule(const std::string& name) = 0;
  virtual int64_t StatModule(int module_id, kld_module_stat& stat) = 0;

  // `command` is KLDSYM_LOOKUP or KLDSYM_ADDRESS; `file_id` 0 asks all files.
  virtual int64_t Symbol(int file_id, int command, kld_sym_lookup& lookup) = 0;

  virtual int64_t Counters(kld_counters& counters) = 0;

  // Stores at most capacity - 1 characters and a NUL; returns the report's full length.
  virtual int64_t Report(char* text, size_t capacity) = 0;

  // `value` receives the old value as text; `replacement` is nullptr to read only.
  virtual int64_t Sysctl(const std::string& name, std::string* value,
                         const std::string* replacement) = 0;
  // The name after `name` in byte order; "" asks for the first. 0 = there is none.
  virtual int64_t SysctlNext(const std::string& name, std::string& next) = 0;

  // Ends the machine; returns only to say why it could not.
  virtual int64_t PowerOff(int status) = 0;
};

// The kernel this program runs on.
class KernelSystem final : public System {
 public:
  int64_t Load(const std::string& file, const std::string& plist, unsigned flags) override;
  int64_t Unload(int id, unsigned flags) override;
  int64_t Find(const std::string& name) override;
  int64_t Next(int id) override;
  int64_t Stat(int id, kld_file_stat& stat) override;
  int64_t FirstModule(int file_id) override;
  int64_t NextModuleOfFile(int module_id) override;
  int64_t FindModule(const std::string& name) override;
  int64_t StatModule(int module_id, kld_module_stat& stat) override;
  int64_t Symbol(int file_id, int command, kld_sym_lookup& lookup) override;
  int64_t Counters(kld_counters& counters) override;
  int64_t Report(char* text, size_t capacity) override;
  int64_t Sysctl(const std::string& name, std::string* value,
                 const std::string* replacement) override;
  int64_t SysctlNext(const std::string& name, std::string& next) override;
  int64_t PowerOff(int status) override;
};

}  // namespace kld
