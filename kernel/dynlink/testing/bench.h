// SPDX-License-Identifier: BSD-2-Clause
//
// A running manager over the POSIX host, with a kernel that exports what test modules use and an
// executor that writes down what would have run. Fixture of the manager's tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/dynamic/handoff.h"
#include "kernel/dynlink/file.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/owner.h"
#include "kernel/dynlink/testing/posix_host.h"
#include "kernel/dynlink/testing/test_module.h"
#include "kernel/kpi/errno.h"

namespace kld::testing {

// An image as a boot loader leaves it: mapped, writable, relocated by nobody yet.
class BootImage {
 public:
  BootImage(const std::string& soname, const std::string& path, const std::vector<std::byte>& file,
            uint64_t flags);
  ~BootImage();
  const dynamic::HandoffImage& record() const { return record_; }
  // Makes the pages at this link-time address read-only, as a boot loader may that has relocated.
  void Seal(uint64_t vaddr, size_t bytes);

 private:
  // No better aligned than the hand-off promises.
  static constexpr size_t kFileAt = 4;

  std::vector<std::byte> file_;  // from kFileAt on
  void* memory_ = nullptr;
  size_t bytes_ = 0;
  dynamic::HandoffImage record_ = {};
};

class Bench : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The kernel of the bench: kernel_add, kernel_print @ KERNEL_1.0, kernel_new @ KERNEL_1.1.
  static std::vector<std::byte> KernelImage();
  // Another one before SetUp's; call from a derived SetUp.
  void UseKernel(std::vector<std::byte> image) { kernel_file_ = std::move(image); }
  // Its RELRO is sealed before it is adopted; call from a derived SetUp.
  void SealKernel() { kernel_is_sealed_ = true; }
  // Preloads, adopted by SetUp.
  void Preload(const std::string& soname, const std::vector<std::byte>& image, uint64_t flags);

  // ---- Requests ----
  struct Result {
    int error = 0;
    int id = 0;
    std::string report;
  };
  Result Load(const std::string& file, uint32_t flags = 0, const std::string& plist = {});
  Result Unload(const std::string& name, uint32_t flags = 0);
  // Puts the file into /boot/modules and loads it by name; expects success.
  int MustLoad(const std::string& soname);

  // ---- What module code does ----
  // What `handler` of `module` returns, and what it does before. Unset ones return 0.
  void WhenCalled(Event event, const std::string& module, std::function<int()> action);
  // Everything that was called since the last time: "load net", "construct net.kld" ...
  std::vector<std::string> TakeCalls();

  // ---- State ----
  kld_file_stat StatOf(const std::string& name);
  State StateOf(int id);
  std::vector<std::string> Files();
  // Registers something as code of that file would.
  File* FileNamed(const std::string& name);

  // All that may not change by a failed load, or by a load and its unload.
  struct Everything {
    kld_counters counters;
    Held held;
    std::vector<std::string> files;
    std::vector<std::string> debug_names;
  };
  Everything Now();
  static void ExpectSame(const Everything& before, const Everything& after);

  // How long the next unload waits for callers to come out; plenty unless a test wants it to fail.
  static void SetDrain(uint64_t ns);

 private:
  static void OnFunction(void* context, uintptr_t address);
  static int OnHandler(void* context, Event event, const char* module, uintptr_t address);
  static uintptr_t OnResolver(void* context, uintptr_t address);
  void Called(std::string what);

  std::vector<std::byte> kernel_file_;
  bool kernel_is_sealed_ = false;
  std::vector<std::unique_ptr<BootImage>> images_;
  std::mutex mutex_;
  std::vector<std::string> calls_;
  std::map<std::pair<Event, std::string>, std::function<int()>> actions_;
};

}  // namespace kld::testing
