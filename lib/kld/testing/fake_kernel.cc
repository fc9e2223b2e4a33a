// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/testing/fake_kernel.h"

#include <algorithm>
#include <cerrno>

namespace kld::testing {
namespace {

template <size_t kSize>
void CopyText(char (&to)[kSize], std::string_view from) {
  const size_t length = std::min(from.size(), kSize - 1);
  memcpy(to, from.data(), length);
  to[length] = '\0';
}

}  // namespace

kld_file_stat& FakeKernel::AddFile(int id, std::string_view name, std::string_view path,
                                   uint64_t address, uint64_t size,
                                   std::vector<std::pair<int, std::string>> modules) {
  File file = {};
  file.stat.version = sizeof(file.stat);
  file.stat.id = id;
  file.stat.refs = 1;
  file.stat.user_refs = 1;
  file.stat.state = KLD_LIVE;
  file.stat.address = address;
  file.stat.size = file.stat.resident_size = size;
  CopyText(file.stat.name, name);
  CopyText(file.stat.pathname, path);
  for (const auto& [module_id, module_name] : modules) {
    kld_module_stat module = {};
    module.version = sizeof(module);
    module.id = module_id;
    module.file_id = id;
    CopyText(module.name, module_name);
    file.modules.push_back(module);
  }
  files_.push_back(file);
  return files_.back().stat;
}

void FakeKernel::RemoveFile(int id) {
  std::erase_if(files_, [id](const File& file) { return file.stat.id == id; });
}

const FakeKernel::File* FakeKernel::FindFile(int id) const {
  for (const File& file : files_) {
    if (file.stat.id == id) return &file;
  }
  return nullptr;
}

int64_t FakeKernel::Load(const std::string& file, const std::string& plist, unsigned flags) {
  loads.push_back({file, plist, flags});
  return on_load(loads.back());
}

int64_t FakeKernel::Unload(int id, unsigned flags) {
  unloads.push_back({id, flags});
  return on_unload(unloads.back());
}

int64_t FakeKernel::Find(const std::string& name) {
  for (const File& file : files_) {
    if (name == file.stat.name || name + ".kld" == file.stat.name) return file.stat.id;
  }
  return -ENOENT;
}

int64_t FakeKernel::Next(int id) {
  if (id == 0) return files_.empty() ? 0 : files_[0].stat.id;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].stat.id == id) return i + 1 < files_.size() ? files_[i + 1].stat.id : 0;
  }
  return -ENOENT;
}

int64_t FakeKernel::Stat(int id, kld_file_stat& stat) {
  if (stat_error != 0) return stat_error;
  before_stat(id);
  const File* file = FindFile(id);
  if (!file) return -ENOENT;
  stat = file->stat;
  after_stat(id);
  return 0;
}

int64_t FakeKernel::FirstModule(int file_id) {
  const File* file = FindFile(file_id);
  if (!file) return -ENOENT;
  return file->modules.empty() ? 0 : file->modules[0].id;
}

int64_t FakeKernel::NextModuleOfFile(int module_id) {
  for (const File& file : files_) {
    for (size_t i = 0; i < file.modules.size(); ++i) {
      if (file.modules[i].id != module_id) continue;
      return i + 1 < file.modules.size() ? file.modules[i + 1].id : 0;
    }
  }
  return -ENOENT;
}

int64_t FakeKernel::FindModule(const std::string& name) {
  for (const File& file : files_) {
    for (const kld_module_stat& module : file.modules) {
      if (name == module.name) return module.id;
    }
  }
  return -ENOENT;
}

int64_t FakeKernel::StatModule(int module_id, kld_module_stat& stat) {
  for (const File& file : files_) {
    for (const kld_module_stat& module : file.modules) {
      if (module.id != module_id) continue;
      stat = module;
      return 0;
    }
  }
  return -ENOENT;
}

int64_t FakeKernel::Symbol(int file_id, int command, kld_sym_lookup& lookup) {
  for (const kld_sym_lookup& symbol : symbols) {
    if (file_id && symbol.file_id != file_id) continue;
    const bool found = command == KLDSYM_LOOKUP ? strcmp(symbol.symname, lookup.symname) == 0
                                                : lookup.value - symbol.value < symbol.size;
    if (!found) continue;
    const uint64_t offset = command == KLDSYM_LOOKUP ? 0 : lookup.value - symbol.value;
    lookup = symbol;
    lookup.offset = offset;
    return 0;
  }
  return -ENOENT;
}

int64_t FakeKernel::Report(char* text, size_t capacity) {
  if (capacity) {
    const size_t length = std::min(report.size(), capacity - 1);
    memcpy(text, report.data(), length);
    text[length] = '\0';
  }
  return report.size();
}

int64_t FakeKernel::Sysctl(const std::string& name, std::string* value,
                           const std::string* replacement) {
  const auto found = sysctls.find(name);
  if (found == sysctls.end()) return -ENOENT;
  if (value) *value = found->second;
  if (!replacement) return 0;
  if (const auto error = sysctl_errors.find(name); error != sysctl_errors.end()) {
    return error->second;
  }
  found->second = *replacement;
  return 0;
}

int64_t FakeKernel::SysctlNext(const std::string& name, std::string& next) {
  const auto found = sysctls.upper_bound(name);
  if (found == sysctls.end()) return 0;
  next = found->first;
  return next.size();
}

int64_t FakeKernel::Counters(kld_counters& out) {
  if (counters_error == 0) out = counters;
  return counters_error;
}

int64_t FakeKernel::PowerOff(int status) {
  poweroffs.push_back(status);
  return 0;
}

}  // namespace kld::testing
