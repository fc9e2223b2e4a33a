// SPDX-License-Identifier: BSD-2-Clause
//
// The module manager: loads and unloads shared-object modules, knows their symbols, keeps count.
//
// Who does what. One linker thread owns every change of state (plan, link, publish, undo). It never
// runs module code and never waits for whoever made a request. Resolvers, constructors, destructors
// and handlers run on the thread that called Load or Unload, with no lock held. Queries (Find,
// Next, Stat, symbols) read published tables and never wait for either.
//
// Functions that can fail return 0 or a positive number of kernel/kpi/errno.h; Load's id comes
// through a pointer. Load and Unload explain every failure in a Report: a text for the caller's
// terminal, one number per kind of failure (report.h).
//
// This is all of the library's interface beside owner.h (for rooms that take registrations), host.h
// (what it needs) and syscalls.h (the same for user programs).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/dynlink/report.h"
#include "kernel/kpi/kld_abi.h"

namespace dynamic {
struct Handoff;
}

namespace kld {

// ---- Life ---------------------------------------------------------------------------------------

enum class Event : uint8_t { kLoad, kQuiesce, kResume, kUnload, kShutdown };

// How module code is entered. The default calls it. Host tests, where the code of an image may be
// of another CPU and is never run, put their own functions here. Null members call.
struct Executor {
  void* context = nullptr;
  void (*function)(void* context, uintptr_t address) = nullptr;  // constructor, destructor
  int (*handler)(void* context, Event event, const char* module, uintptr_t address) = nullptr;
  uintptr_t (*resolver)(void* context, uintptr_t address) = nullptr;
};

struct Options {
  const char* module_path = "/boot/modules";  // of kern.module_path
  uint64_t drain_ns = 2'000'000'000;          // how long an unload waits for callers to come out
  Executor executor;
};

// Starts the linker thread. Once, before anything else but owner.h's functions. A host that starts no
// threads (EOPNOTSUPP) has none: each requester does its work, one at a time.
[[nodiscard]] int Start(const Options& options);

// Makes records of the kernel and of the images that the boot loader has relocated: runs pending
// ifunc resolvers, seals RELRO (the kernel's may be sealed before when none is pending), then runs
// constructors and load handlers in dependency order on the calling thread. A preload that fails
// (its code, its metadata, its .plist) is undone with those that need it and reported to the log;
// boot goes on. ENOEXEC when image 0 is not a kernel.
[[nodiscard]] int AdoptBootImages(const dynamic::Handoff& handoff);

// The boot test hook: does what "load random; unload random; stat", the value of kld.test on the
// kernel's command line, says (load, unload, stat, sym) and logs one line for each result. Returns
// the number of commands that failed.
int RunBootCommands(std::string_view commands);

// Runs the shutdown handlers of all LIVE modules in reverse order of loading, on the calling
// thread.
void Shutdown();

// Ends the linker thread, when all requests have come to their end. EBUSY while a file other than
// the kernel is loaded. For host tests.
[[nodiscard]] int Stop();

// ---- Requests -----------------------------------------------------------------------------------

// With whose root, working directory and credentials the file is opened. What it needs is always
// looked for with the linker thread's, which are the kernel's.
enum class Eyes : uint8_t { kCaller, kKernel };

// Loads `file` (a path when it has a '/', else a name looked for in kern.module_path) and what it
// needs, and adds a user reference. `*id` is 0 when it fails. `parameters` is a property list (XML)
// or null; EINVAL when there are any for a file that is there as a dependency. `flags` are KLD_
// flags of kld_abi.h. EINTR: interrupted before linking began, nothing has changed. The caller holds
// no lock at all.
[[nodiscard]] int Load(const char* file, const char* parameters, uint32_t flags, int* id,
                       Report& report, Eyes eyes = Eyes::kCaller);

// Drops the user reference of `id` and unloads every file that is not needed any more.
[[nodiscard]] int Unload(int id, uint32_t flags, Report& report);

// ---- Queries ------------------------------------------------------------------------------------
//
// Ids are never reused. The structures' `version` holds sizeof of the caller's; EINVAL otherwise.

[[nodiscard]] int Find(const char* name, int* id);     // soname, with or without ".kld"
[[nodiscard]] int Next(int id, int* next);             // load order; 0 = first, gives 0 = end
[[nodiscard]] int Stat(int id, kld_file_stat* stat);   // every state
[[nodiscard]] int FirstModule(int file, int* module);  // 0 = none
[[nodiscard]] int NextModule(int module, int* next);   // of the system
[[nodiscard]] int NextModuleOfFile(int module, int* next);
[[nodiscard]] int FindModule(const char* name, int* module);
[[nodiscard]] int StatModule(int module, kld_module_stat* stat);
[[nodiscard]] int Counters(kld_counters* counters);  // the kernel_heap_ and free_frames fields: 0

// Symbol lookup: `file` 0 = all, in load order. ENOENT when there is none.
[[nodiscard]] int SymbolByName(int file, const char* name, kld_sym_lookup* out);
[[nodiscard]] int SymbolByAddress(int file, uint64_t address, kld_sym_lookup* out);

// "random.kld:fill+0x1c" (always NUL-terminated; "0x..." when nobody owns the address). Takes no
// lock and does not allocate: for backtraces in a panic. `behind_call`: the address is one that a
// call returns to, and the name is that of the function with the call, even if it ends with it.
size_t NameAddress(uint64_t address, char* text, size_t capacity, bool behind_call = false);

// Soname of the file that left last, "" if none has; for panic reports.
const char* LastUnloaded();

// ---- Settings (kern.module_path, kern.securelevel)
// ------------------------------------------------

// Directories separated by ';'. ENAMETOOLONG, EINVAL (not absolute).
size_t ModulePath(char* text, size_t capacity);
[[nodiscard]] int SetModulePath(const char* path);

// Once above 0, loading and unloading is EPERM for everybody; it can only rise (EPERM).
int SecureLevel();
[[nodiscard]] int SetSecureLevel(int level);

}  // namespace kld
