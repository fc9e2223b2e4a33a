// SPDX-License-Identifier: BSD-2-Clause
//
// A kernel for host tests of programs that use lib/kld.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/kld/system.h"
#include "lib/kld/terminal.h"

namespace kld::testing {

// Collects what a command prints.
class Capture final : public Terminal {
 public:
  void Out(std::string_view text) override { out += text; }
  void Err(std::string_view text) override { err += text; }

  std::string out;
  std::string err;
};

// Files in load order, each with its modules; symbols; sysctls. Loads and unloads are recorded and
// answered by the test's functions, which may set `report`.
class FakeKernel final : public System {
 public:
  struct LoadCall {
    std::string file;
    std::string plist;
    unsigned flags;
    bool operator==(const LoadCall&) const = default;
  };
  struct UnloadCall {
    int id;
    unsigned flags;
    bool operator==(const UnloadCall&) const = default;
  };

  // Adds a live file; `modules` are {id, name}.
  kld_file_stat& AddFile(int id, std::string_view name, std::string_view path, uint64_t address,
                         uint64_t size, std::vector<std::pair<int, std::string>> modules = {});
  void RemoveFile(int id);

  std::function<int64_t(const LoadCall&)> on_load = [](const LoadCall&) { return 0; };
  std::function<int64_t(const UnloadCall&)> on_unload = [](const UnloadCall&) { return 0; };
  // Called around the answer of Stat: what happens meanwhile.
  std::function<void(int id)> before_stat = [](int) {};
  std::function<void(int id)> after_stat = [](int) {};
  int64_t stat_error = 0;
  std::string report;
  std::map<std::string, std::string> sysctls;
  std::map<std::string, int64_t> sysctl_errors;  // answers to writes
  std::vector<kld_sym_lookup> symbols;
  std::vector<LoadCall> loads;
  std::vector<UnloadCall> unloads;
  std::vector<int> poweroffs;
  kld_counters counters = {};
  int64_t counters_error = 0;

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

 private:
  struct File {
    kld_file_stat stat;
    std::vector<kld_module_stat> modules;
  };

  const File* FindFile(int id) const;

  std::vector<File> files_;
};

}  // namespace kld::testing
