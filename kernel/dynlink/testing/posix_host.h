// SPDX-License-Identifier: BSD-2-Clause
//
// host.h in a process: threads, mmap, files that a test puts up. Executable pages are mapped
// readable only: no code of a module ever runs here. Every function checks its contract and aborts
// with a message when the manager breaks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kld::testing {

// ---- Files ----

void PutFile(const std::string& path, std::vector<std::byte> bytes);
void PutFile(const std::string& path, const std::string& text);
void RemoveFile(const std::string& path);
// Opening it gives this error number.
void MakeUnreadable(const std::string& path, int error);
void RemoveAllFiles();
// Opening it waits until the path is let go; AwaitOpen returns when somebody waits there.
void StopOpen(const std::string& path);
void AwaitOpen(const std::string& path);
void LetOpen(const std::string& path);
// The paths that were tried to open, in order: by this thread, or (0) by any. Forgets all.
std::vector<std::string> TakeOpened(uint64_t thread = 0);

// ---- Failures ----

// The n-th next allocation, reservation or mapping fails (1 = the next), once; 0 = none. Returns
// whether the one armed before has happened.
bool FailNth(unsigned n);

// Ends waits of that thread with EINTR, as far as they are patient no more than `patience` says
// (KLD_HOST_WAIT_...); 0 takes it back.
void Interrupt(uint64_t thread, int patience);

// ---- Threads ----

struct Frame {
  uint64_t thread;
  std::string thread_name;
  uint64_t address;  // as kld_file_stat has them
};
// What kld_host_for_each_frame finds.
void SetFrames(std::vector<Frame> frames);

// From now on kld_host_start_thread starts threads, as at the beginning, or has none to start.
void SetStartsThreads(bool starts);

// Waits until `threads` threads wait in the monitor, counting all (the linker thread too).
void AwaitWaiters(unsigned threads);

// ---- What is held ----

struct Held {
  size_t blocks = 0, reservations = 0, mapped_pages = 0, open_files = 0;
  friend bool operator==(const Held&, const Held&) = default;
};
Held HeldNow();

// A permission was given to these pages; for tests of W^X. KLD_HOST_..., 0 = not mapped.
int PermissionAt(uintptr_t address);
// What kld_host_protect has been told about that page, whoever mapped it, in order. Forgets all.
std::vector<int> TakeProtections(uintptr_t address);

std::vector<std::string> TakeLog();

}  // namespace kld::testing
